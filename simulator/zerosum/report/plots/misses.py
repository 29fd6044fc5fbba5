"""Plot what missed quotas are made of: the share of luck and of each factor, with intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from zerosum.report.identical import format_misses
from zerosum.report.misses import AT_RANDOM, NAMES, format_note, format_title, percent
from zerosum.report.plots import layout, style
from zerosum.report.plots.layout import Panel, panel_width
from zerosum.report.plots.rows import Mark, Row, rows_panel

if TYPE_CHECKING:
    from zerosum.studies.misses import Misses


@style.styled
def plot_misses(found: Misses) -> Figure:
    """Draw the shares.

    Parameters
    ----------
    found : Misses

    Returns
    -------
    Figure
    """
    title, subtitle = format_title(found).split("\n")
    subtitle = f"{format_misses(found.shared)} {subtitle}".strip()
    return layout.compose(
        [[shares_panel(found, panel_width(layout.READABLE, 1))]],
        title,
        subtitle,
        f"{format_note(found)} {AT_RANDOM}",
    )


def shares_panel(found: Misses, width: float) -> Panel:
    """Make the panel of shares; ``width``: approximate width of the axes, in inches."""
    rows = []
    for one in found.shares.to_dict("records"):
        mark = Mark(one["share"], one["low"], one["high"])
        words = f"{percent(one['share']):.1f} %" if math.isfinite(one["share"]) else ""
        if math.isfinite(one["low"]):
            words += f" [{percent(one['low']):.1f}, {percent(one['high']):.1f}]"
        rows.append(Row(NAMES[one["factor"]], words, [mark]))
    return rows_panel(
        rows,
        "share",
        width,
        "Luck and what else differs",
        "percent of the variance between reps of a team in a year, with 95 % intervals",
        label=style.level_tick,
    )
