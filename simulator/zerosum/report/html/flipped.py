"""Why it differed: the figure of causes with its table; the largest deals come from the same tables as a terminal's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zerosum.report.document import Figure
from zerosum.report.flips import NOTHING, causes_table, deals_table, format_reading, sort_causes
from zerosum.report.html.shown import DIFFERENCES, draw_rows_svg
from zerosum.report.plots.compare import cause_rows
from zerosum.report.wording import count, format_adopters

if TYPE_CHECKING:
    from zerosum.studies.attribution import Flips

MOST = 20
"""Replications that are traced for a page, at most."""
TOLD = 8
"""Deals that are told."""


def tell_flips(flips: Flips) -> dict[str, Any]:
    """Tell why a strategy differs: what was traced, the figure of causes (None: nothing flipped), the largest deals."""
    scenario = flips.scenario
    vendor = scenario.vendors[scenario.focal_index].name
    lead = (
        f"'{flips.strategy}' against '{flips.against}' ({format_adopters(flips.adopters, vendor)}), "
        f"the first {count(flips.replications, 'replication')}: each deal that came out otherwise is traced to what "
        "that was."
    )
    if len(flips.flips) == 0:
        return {"lead": f"{lead} {NOTHING}", "figure": None, "deals": None}
    causes, totals = sort_causes(flips), flips.totals.iloc[0]
    figure = Figure(
        "causes",
        "Revenue gained and lost, by cause",
        f"A mean of a replication, '{flips.strategy}' less '{flips.against}'. {format_reading(flips)}",
        [
            draw_rows_svg(
                "causes", "Revenue by cause", "money a year", cause_rows(causes, totals), "money/year"
            )
        ],
        causes_table(flips),
        DIFFERENCES,
        beside=True,
    )
    return {"lead": lead, "figure": figure, "deals": deals_table(flips, TOLD)}
