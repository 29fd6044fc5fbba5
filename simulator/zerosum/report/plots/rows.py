"""Rows of dots with intervals around zero: each has a name, a number, and one or more marks below."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from matplotlib.axes import Axes

from zerosum.report.intervals import excludes_zero
from zerosum.report.plots import style
from zerosum.report.plots.layout import Panel

BETWEEN = 0.1
"""Inches from one row to the next."""


class Mark(NamedTuple):
    """A number with its interval (NaN: none), and its look if it overrides the usual one."""

    mean: float
    low: float
    high: float
    looks: tuple[dict[str, Any], dict[str, Any]] | None = None
    """Of the interval, of the dot."""


class Row(NamedTuple):
    """A row: a name, words at the right (bold if ``strong``), marks below."""

    name: str
    words: str
    marks: Sequence[Mark]
    strong: bool = False
    joined: bool = False
    """Whether to draw a line from the first mark to the last."""

    @property
    def step(self) -> float:
        """Inches from one mark to the next."""
        return 0.17 if len(self.marks) == 1 else 0.15 if len(self.marks) < 4 else 0.085


FILLED, HOLLOW = (
    (
        {"color": ink, "linewidth": wide, "solid_capstyle": "butt", "zorder": 3},
        {
            "marker": "o",
            "markersize": 5.5,
            "markerfacecolor": fill,
            "markeredgecolor": edge,
            "linestyle": "",
            "zorder": 4,
        },
    )
    for ink, wide, fill, edge in (
        (style.FOCUS, 2.0, style.FOCUS, style.FOCUS),
        (style.PALE, 1.3, "white", style.QUIET),
    )
)
"""Looks of the higher and the lower of two marks in a row."""


def rows_panel(
    rows: Sequence[Row],
    unit: str,
    width: float,
    title: str,
    detail: str = "",
    limits: tuple[float, float] | None = None,
    label: Callable[[float, str], str] = style.tick,
) -> Panel:
    """Make a panel of rows.

    Parameters
    ----------
    rows : sequence of Row
    unit : str
        as in the metrics' catalog
    width : float
        approximate width of the axes, in inches
    title, detail : str
    limits : tuple of float, optional
        of the scale; default: those of the rows
    label : callable
        formats a number of that unit on the scale
    """
    ends = limits or limits_of(rows)
    items = [(row.name, row.words, row.strong, row.step * len(row.marks)) for row in rows]
    return listed_panel(
        items,
        width,
        lambda ax: style.scale_x(ax, ends, lambda value: label(value, unit)),
        lambda ax, i, y: draw_row(ax, rows[i], y),
        title,
        detail,
    )


def limits_of(rows: Sequence[Row]) -> tuple[float, float]:
    """Return limits that include zero, every mark, and space for a dot at either end."""
    return style.limits([end for row in rows for mark in row.marks for end in mark[:3]])


def draw_row(ax: Axes, row: Row, y: float) -> None:
    """Draw a row's marks from ``y`` on, the line between them, and zero."""
    last, (low, high) = y + row.step * len(row.marks), ax.get_xlim()
    if low <= 0.0 <= high:
        ax.plot([0, 0], [y, last], color=style.PALE, linewidth=0.8, zorder=1)
    if row.joined:
        ink, middle = style.FOCUS if row.strong else style.PALE, (y + last) / 2
        way = [row.marks[0].mean, row.marks[-1].mean]
        ax.plot(way, [middle] * 2, color=ink, lw=3.2, alpha=0.6, zorder=2, solid_capstyle="butt")
    for i, mark in enumerate(row.marks):
        draw_mark(ax, mark, y + (i + 0.5) * row.step)


def draw_mark(ax: Axes, mark: Mark, y: float) -> None:
    """Draw an interval and its dot."""
    certain = excludes_zero(mark.low, mark.high)
    line, dot = mark.looks or (style.interval(certain), style.dot(certain))
    if math.isfinite(mark.low):
        ax.plot([mark.low, mark.high], [y, y], **line)
    if math.isfinite(mark.mean):
        ax.plot([mark.mean], [y], **dot)


def listed_panel(
    items: Sequence[tuple[str, str, bool, float]],
    width: float,
    set_scale: Callable[[Axes], None],
    draw: Callable[[Axes, int, float], None],
    title: str = "",
    detail: str = "",
) -> Panel:
    """Make a panel of items below each other: a name, words at the right, and a drawing below.

    Parameters
    ----------
    items : sequence
        of each: name, words, whether these are bold, drawing's height in inches
    width : float
        approximate width of the axes, in inches
    set_scale : callable
        gives axes their scale; y runs down, in inches
    draw : callable
        draws an item: called with axes, its number and its first y
    title, detail : str
    """
    names = [
        style.wrap(name, width - style.text_width(words, style.SMALL, "bold") - 0.15, style.SMALL)
        for name, words, _, _ in items
    ]
    heights = (style.height(n, style.SMALL) + item[3] + BETWEEN for n, item in zip(names, items, strict=True))
    *tops, bottom = accumulate(heights, initial=0.03)

    def draw_all(ax: Axes) -> None:
        style.bare_y(ax, bottom)
        set_scale(ax)
        look: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "va": "top", "size": style.SMALL}
        for i, (name, (_, words, strong, _), top) in enumerate(zip(names, items, tops, strict=True)):
            ax.text(0.0, top, name, **look)
            ax.text(1.0, top, words, ha="right", weight="bold" if strong else "normal", **look)
            draw(ax, i, top + style.height(name, style.SMALL) + 0.02)

    return Panel(draw_all, max(bottom, BETWEEN), title, detail)
