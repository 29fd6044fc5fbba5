"""Plot a validation: every fact's band as a pale box, and the market's value.

All bands are equally wide, whatever their units; marks at the panel's edge show values beyond it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from zerosum.report.plots import layout, style
from zerosum.report.plots.layout import Key, Panel, Words
from zerosum.report.plots.rows import listed_panel
from zerosum.report.validate import Line, format_head, format_lines, format_measured, format_reading
from zerosum.report.wording import format_edge, format_unit

if TYPE_CHECKING:
    from zerosum.studies.validate import Validation

BOX, BELOW = 0.2, 0.2
"""Inches that a box is high; and for the ends of its band, below it."""
LEFT, RIGHT = -0.85, 1.85
"""Limits, with the band from 0 to 1."""
RANGE: dict[str, Any] = {"color": style.FOCUS, "linewidth": 2.6, "solid_capstyle": "butt"}
CHANCE: dict[str, Any] = {
    "marker": "D",
    "markersize": 5.0,
    "markeredgecolor": style.QUIET,
    "markeredgewidth": 1.2,
    "markerfacecolor": "white",
    "linestyle": "",
}


@style.styled
def plot_validate(found: Validation) -> Figure:
    """Draw the market's value in every fact's band, judged facts first.

    Parameters
    ----------
    found : Validation

    Returns
    -------
    Figure
    """
    every, numbers = format_lines(found), found.table.set_index("fact")
    rows: list[layout.Row] = [_key(any(line.null for line in every))]
    for words, judged in (("Judged", True), ("Shown only: no reason to fail", False)):
        members = [(n, line) for n, line in enumerate(every, 1) if line.judged == judged]
        if members:
            rows += [Words(words, style.LARGE, "bold"), [_facts_panel(members, numbers)]]
    sources = "  ".join(f"[{n}] {line.source} ({line.tag})." for n, line in enumerate(every, 1))
    return layout.compose(
        [*rows, Words(format_reading(found), style.SMALL, color=style.QUIET)],
        format_head(found),
        f"{format_measured(found)}.",
        f"Sources: {sources}",
    )


def _facts_panel(members: Sequence[tuple[int, Line]], numbers: Any) -> Panel:
    width = layout.panel_width(layout.READABLE, 1)

    def set_scale(ax: Axes) -> None:
        ax.set_xlim(LEFT, RIGHT)
        ax.set_xticks([])
        ax.spines["bottom"].set_visible(False)

    def draw(ax: Axes, i: int, y: float) -> None:
        _, line = members[i]
        draw_fact(ax, numbers.loc[line.name], y + BOX / 2, line.outside, width / (RIGHT - LEFT))

    items = [
        (f"{n}  {line.label}", _format_beside(line), not line.verdict.startswith("inside"), BOX + BELOW)
        for n, line in members
    ]
    return listed_panel(items, width, set_scale, draw)


def _format_beside(line: Line) -> str:
    """Format number, interval, chance baseline and verdict."""
    null = f"chance baseline {line.null}" if line.null else ""
    return ";  ".join(filter(None, [f"{line.value}  {line.interval}".rstrip(), null, line.verdict]))


class _Scale:
    """Scale a fact's unit to band widths: closed bands span 0 to 1, open ones continue past their only end."""

    def __init__(self, row: Any) -> None:
        self.low, self.high = float(row["low"]), float(row["high"])
        shown = [float(row[name]) for name in ("mean", "mean_low", "mean_high", "chance_baseline")]
        if self.low < self.high:
            self.origin, self.width = self.low, self.high - self.low
            return
        end = self.high if math.isnan(self.low) else self.low
        furthest = max((abs(x - end) for x in shown if math.isfinite(x)), default=0.0)
        self.width = 1.25 * furthest or 1.0
        self.origin = end - self.width if math.isnan(self.low) else end

    def __call__(self, value: float) -> float:
        return (value - self.origin) / self.width


def draw_fact(ax: Axes, row: Any, y: float, outside: bool, per_band: float) -> None:
    """Draw a fact around ``y``: its box with the ends labeled, the chance baseline, the interval, the market.

    Parameters
    ----------
    ax : Axes
    row : Series
        of a validation's table
    y : float
    outside : bool
        whether the market is
    per_band : float
        width of the band, in inches
    """
    scale = _Scale(row)
    ax.plot([LEFT, RIGHT], [y, y], color=style.FAINT, linewidth=0.7, zorder=1)
    numbers, word = (
        [format_edge(end, row["unit"]) for end in (scale.low, scale.high)],
        format_unit(row["unit"]),
    )
    ends = [f"{number} {word}".rstrip() for number in numbers]
    if sum(style.text_width(words, style.SMALL) for words in ends) / 2 + 0.1 > per_band:
        ends[0] = numbers[0]
    left = LEFT if math.isnan(scale.low) else 0.0
    right = RIGHT if math.isnan(scale.high) else 1.0
    ax.add_patch(
        Rectangle((left, y - BOX / 2), right - left, BOX, facecolor="#e6e6e6", edgecolor="none", zorder=2)
    )
    for end, at, words in ((scale.low, 0.0, ends[0]), (scale.high, 1.0, ends[1])):
        if math.isfinite(end):
            ax.plot([at, at], [y - BOX / 2, y + BOX / 2], color=style.PALE, linewidth=1.2, zorder=3)
            ax.text(at, y + BOX / 2 + 0.02, words, ha="center", va="top", size=style.SMALL, color=style.QUIET)
    mean = float(row["mean"])
    if not math.isfinite(mean):
        ax.text(
            0.5, y, "undefined in every replication", ha="center", va="center", size=style.SMALL, zorder=6
        )
        return
    at, low, high = scale(mean), scale(float(row["mean_low"])), scale(float(row["mean_high"]))
    if math.isfinite(low):
        _interval(ax, low, high, y)
    null = scale(float(row["chance_baseline"]))
    if LEFT <= null <= RIGHT:
        ax.plot([null], [y], **CHANCE, zorder=6)
    if at < LEFT or at > RIGHT:
        place, marker = (LEFT + 0.03, "<") if at < LEFT else (RIGHT - 0.03, ">")
        ax.plot([place], [y], **_market(marker), zorder=5)
    else:
        ax.plot([at], [y], **_market("s" if outside else "o"), zorder=5)


def _interval(ax: Axes, low: float, high: float, y: float) -> None:
    """Draw the market's interval, with an arrowhead if it continues beyond the panel."""
    if high < LEFT or low > RIGHT:
        return
    ax.plot([max(low, LEFT), min(high, RIGHT)], [y, y], **RANGE, zorder=4)
    for beyond, at, marker in ((low < LEFT, LEFT + 0.02, 4), (high > RIGHT, RIGHT - 0.02, 5)):
        if beyond:
            ax.plot([at], [y], marker=marker, markersize=7, color=style.FOCUS, zorder=4)


def _market(marker: str) -> dict[str, Any]:
    """Draw the market: a filled dot inside; hollow and angular outside, a triangle beyond the panel."""
    inside = marker == "o"
    return {
        "marker": marker,
        "markersize": 7.5 if inside else 9.0,
        "markeredgecolor": style.FOCUS if inside else style.INK,
        "markeredgewidth": 1.0 if inside else 2.0,
        "markerfacecolor": style.FOCUS if inside else "white",
        "linestyle": "",
    }


def _key(with_null: bool) -> Key:
    """Draw the legend of the marks."""
    band = {"color": "#e6e6e6", "linewidth": 12, "solid_capstyle": "butt"}
    entries = [
        (band, "band"),
        ({**RANGE, **_market("o"), "linestyle": "-"}, "market inside, 95 % interval"),
        (_market("s"), "market OUTSIDE"),
        (_market(">"), "OUTSIDE, further away than there is room"),
    ]
    return Key(entries + [(CHANCE, "chance baseline")] * with_null)
