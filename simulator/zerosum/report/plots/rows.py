"""Rows of dots with intervals around zero: a name, a number and one mark or several below them in each row."""

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
    """A number with its interval (NaN: none), and how it looks if not as certain or uncertain as it is."""

    mean: float
    low: float
    high: float
    looks: tuple[dict[str, Any], dict[str, Any]] | None = None
    """Of the interval, of the dot."""


class Row(NamedTuple):
    """What stands in a row: a name, words at the right (in bold if ``strong``), marks below."""

    name: str
    words: str
    marks: Sequence[Mark]
    strong: bool = False
    joined: bool = False
    """Whether the way from the first mark to the last is drawn, too."""

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
        inches that the axes will have, about
    title, detail : str
    limits : tuple of float, optional
        of the scale; those of the rows if not given
    label : callable
        how a number of that unit is written at the scale
    """
    names = [_name(row, width) for row in rows]
    tops = list(accumulate((_height(row, name) for row, name in zip(rows, names, strict=True)), initial=0.03))
    ends = limits or limits_of(rows)
    return Panel(
        lambda ax: draw_rows(ax, rows, names, tops, ends, lambda value: label(value, unit)),
        max(float(tops[-1]), BETWEEN),
        title,
        detail,
    )


def limits_of(rows: Sequence[Row]) -> tuple[float, float]:
    """Return limits that hold zero, every mark, and room for a dot at either end."""
    return style.limits([end for row in rows for mark in row.marks for end in mark[:3]])


def _name(row: Row, width: float) -> str:
    words = style.text_width(row.words, style.SMALL, "bold")
    return style.wrap(row.name, width - words - 0.15, style.SMALL)


def _height(row: Row, name: str) -> float:
    return style.height(name, style.SMALL) + row.step * len(row.marks) + BETWEEN


def draw_rows(
    ax: Axes,
    rows: Sequence[Row],
    names: Sequence[str],
    tops: Sequence[float],
    ends: tuple[float, float],
    label: Callable[[float], str],
) -> None:
    """Draw rows; y runs down, in inches."""
    style.bare_y(ax, float(tops[-1]))
    style.scale_x(ax, ends, label)
    beside = ax.get_yaxis_transform()
    for row, name, top in zip(rows, names, tops, strict=False):
        words: dict[str, Any] = {"transform": beside, "va": "top", "size": style.SMALL}
        ax.text(0.0, top, name, **words)
        ax.text(1.0, top, row.words, ha="right", weight="bold" if row.strong else "normal", **words)
        first = top + style.height(name, style.SMALL) + 0.02
        last = first + row.step * len(row.marks)
        if ends[0] <= 0.0 <= ends[1]:
            ax.plot([0, 0], [first, last], color=style.PALE, linewidth=0.8, zorder=1)
        if row.joined:
            ink, y = style.FOCUS if row.strong else style.PALE, (first + last) / 2
            ends_of_way = [row.marks[0].mean, row.marks[-1].mean]
            ax.plot(ends_of_way, [y, y], color=ink, linewidth=3.2, alpha=0.6, zorder=2, solid_capstyle="butt")
        for i, mark in enumerate(row.marks):
            draw_mark(ax, mark, first + (i + 0.5) * row.step)


def draw_mark(ax: Axes, mark: Mark, y: float) -> None:
    """Draw an interval and its dot."""
    certain = excludes_zero(mark.low, mark.high)
    line, dot = mark.looks or (style.interval(certain), style.dot(certain))
    if math.isfinite(mark.low):
        ax.plot([mark.low, mark.high], [y, y], **line)
    if math.isfinite(mark.mean):
        ax.plot([mark.mean], [y], **dot)
