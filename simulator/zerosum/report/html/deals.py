"""Deal attribution: the figure of causes with its table, and the largest deals as in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zerosum.report.deals import (
    NOTHING,
    causes_table,
    deals_table,
    format_reading,
    sort_causes,
    sum_of_causes,
)
from zerosum.report.document import Figure
from zerosum.report.html.shown import DIFFERENCES, draw_rows_svg
from zerosum.report.plots.compare import cause_rows
from zerosum.report.wording import count, format_adopters

if TYPE_CHECKING:
    from zerosum.studies.attribution import ChangedDeals

MOST = 20
"""Maximum replications to trace for a page."""
TOLD = 8
"""Number of deals listed."""


def show_changed_deals(changed: ChangedDeals) -> dict[str, Any]:
    """Return the traced runs, the figure of causes (None: no deal changed), and the largest deals."""
    scenario = changed.scenario
    vendor = scenario.vendors[scenario.focal_index].name
    lead = (
        f"'{changed.strategy}' against '{changed.against}' ({format_adopters(changed.adopters, vendor)}), "
        f"the first {count(changed.replications, 'replication')}: each deal with a different result is traced to what "
        "that was."
    )
    if len(changed.deals) == 0:
        return {"lead": f"{lead} {NOTHING}", "figure": None, "deals": None}
    causes, totals = sort_causes(changed), sum_of_causes(changed)
    figure = Figure(
        "causes",
        "Revenue gained and lost, by cause",
        f"'{changed.strategy}' less '{changed.against}'. {format_reading(changed)}",
        [
            draw_rows_svg(
                "causes", "Revenue by cause", "money a year", cause_rows(causes, totals), "money/year"
            )
        ],
        causes_table(changed),
        DIFFERENCES,
        beside=True,
    )
    return {"lead": lead, "figure": figure, "deals": deals_table(changed, TOLD)}
