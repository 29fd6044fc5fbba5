"""What missed quotas are made of, on the page: a sentence, and the shares if ``zerosum misses`` has computed them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zerosum.report.document import Figure
from zerosum.report.identical import format_misses
from zerosum.report.misses import (
    IF_EQUAL,
    NAMES,
    format_note,
    format_shares,
    format_title,
    percent,
    shares_table,
)
from zerosum.report.misses_advice import runs_for_shares
from zerosum.report.plots.layout import PHONE, panel_width
from zerosum.report.plots.misses import shares_panel
from zerosum.report.plots.svg import Drawing
from zerosum.studies.misses import share_of_strategy

if TYPE_CHECKING:
    from zerosum.studies.compare import Comparison
    from zerosum.studies.misses import Misses


def show_misses(comparison: Comparison, found: Misses | None) -> dict[str, Any] | None:
    """Return what the page says of missed quotas; None if nothing can be said.

    Parameters
    ----------
    comparison : Comparison
    found : Misses, optional
        the decomposition of the same market
    """
    # Of the comparison itself, as on its first screen; the decomposition may have measured more vendors.
    said = format_misses(share_of_strategy(comparison) or (found.shared if found else None))
    if not said:
        return None
    if found is None:
        return {"sentence": said, "shares": "", "figure": None}
    return {"sentence": said, "shares": format_shares(found), "figure": draw_shares(found)}


def draw_shares(found: Misses) -> Figure | None:
    """Draw the shares, with their table; None if attainment doesn't differ, or too few runs tell them."""
    rows = found.shares.to_dict("records")
    if not math.isfinite(rows[0]["share"]) or runs_for_shares(found) != 0:
        return None
    label = "; ".join(f"{NAMES[row['factor']]} {percent(row['share']):.1f} %" for row in rows)
    panel = shares_panel(found, panel_width(PHONE, 1))
    return Figure(
        "misses",
        "Where differences in attainment come from",
        f"{format_title(found).splitlines()[1]}. {format_note(found)} {IF_EQUAL}",
        [Drawing("misses", f"{panel.title}: {label}.", (panel,))],
        replace(shares_table(found), title="Shares of luck and of each factor", note=""),
    )
