"""A tornado: two dots a row, for the low and the high half of what is believed, the widest apart first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from markupsafe import Markup
from matplotlib.figure import Figure

from zerosum.report import panels, style
from zerosum.report.html.figures import panel
from zerosum.report.html.figures.differences import Dot, limits_of
from zerosum.report.html.svg import drawn
from zerosum.report.panels import tick

LINE = 0.15
"""Inches from the low half's dot to the high half's."""
LOOKS: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"color": style.PALE, "linewidth": 1.3}, {"markerfacecolor": "white", "markeredgecolor": style.QUIET}),
    (
        {"color": style.FOCUS, "linewidth": 2.2},
        {"markerfacecolor": style.FOCUS, "markeredgecolor": style.FOCUS},
    ),
)
"""Of the low half and of the high one: interval, dot."""


class Halves(NamedTuple):
    """A key, and the difference where its value is low and where it is high."""

    key: str
    low: Dot
    high: Dot

    @property
    def apart(self) -> float:
        """How far the two are apart; 0 where that isn't known."""
        gap = abs(self.high.mean - self.low.mean)
        return gap if math.isfinite(gap) else 0.0


def tornado_panel(identity: str, title: str, subtitle: str, rows: Sequence[Halves], unit: str) -> Markup:
    """Draw a panel.

    Parameters
    ----------
    identity : str
        of its own on the page
    title, subtitle : str
    rows : sequence of Halves
    unit : str
        of the difference
    """
    listed = "; ".join(
        f"{row.key}: low half {row.low.said(unit)}, high half {row.high.said(unit)}" for row in rows
    )
    return drawn(
        lambda: _draw(title, subtitle, rows, unit), identity, f"{title}, by what is assumed. {listed}."
    )


def _draw(title: str, subtitle: str, rows: Sequence[Halves], unit: str) -> Figure:
    names = [panel.name_lines(row.key, panel.INNER) for row in rows]
    heights = [style.height(name, style.SMALL) + 2 * LINE + panel.BETWEEN for name in names]
    sheet = panel.sheet(title, subtitle, sum(heights) + panel.SCALE)
    ax = style.place(sheet.figure, panel.INSET, sheet.top, panel.AXES, sum(heights))
    panels.bare(ax, 0.0, sum(heights))
    limits = limits_of([dot for row in rows for dot in (row.low, row.high)])
    panel.scale_x(ax, limits, panel.AXES, lambda value: tick(value, unit))
    ax.axvline(0.0, color=style.PALE, linewidth=0.8, zorder=1)
    at = 0.0
    for row, name, height in zip(rows, names, heights, strict=True):
        room = style.height(name, style.SMALL)
        ax.axhspan(at, at + room, color="white", linewidth=0, zorder=2)
        style.write(sheet.figure, panel.INDENT, sheet.top + at, name, style.SMALL)
        for place, (dot, (line, mark)) in enumerate(zip((row.low, row.high), LOOKS, strict=True)):
            y = at + room + (place + 0.5) * LINE
            if math.isfinite(dot.low):
                ax.plot([dot.low, dot.high], [y, y], solid_capstyle="butt", zorder=3, **line)
            if math.isfinite(dot.mean):
                ax.plot([dot.mean], [y], marker="o", markersize=6, linestyle="", zorder=4, **mark)
        at += height
    return sheet.figure
