"""What figures of differences share: a column per metric, a scale with zero in it, dots with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from zerosum.market.metrics import BY_NAME
from zerosum.report import style
from zerosum.report.wording import short_money, world_in_words
from zerosum.scenario.comparison import World
from zerosum.scenario.spec import Scenario

GAP = 0.28
"""Inches between panels."""
LONGEST_NAME = 2.1
"""Inches of a strategy's name, then it is broken."""
BY_LUCK = "by luck alone"


class Columns:
    """A column per metric, right of the names: where each begins, how wide it is, what stands above it.

    Parameters
    ----------
    names : sequence of str
        what stands left of the panels, broken into lines
    metrics : sequence of str
        names of the metrics
    """

    def __init__(self, names: Sequence[str], metrics: Sequence[str]) -> None:
        widest = max(style.text_width(line) for name in names for line in name.split("\n"))
        start = style.MARGIN + widest + GAP
        self.width = (style.WIDTH - style.MARGIN - start - GAP * (len(metrics) - 1)) / len(metrics)
        self.lefts = [start + i * (self.width + GAP) for i in range(len(metrics))]
        found = [BY_NAME[name] for name in metrics]
        self._titles = [style.wrap(m.label, self.width, style.NORMAL, "bold") for m in found]
        self._units = [style.wrap(unit_of_difference(m.unit), self.width, style.SMALL) for m in found]
        self._head = max(style.height(words, style.NORMAL) for words in self._titles)
        self.height = self._head + max(style.height(words, style.SMALL) for words in self._units)

    def write(self, figure: Figure, top: float) -> None:
        """Write titles and units."""
        for left, words, unit in zip(self.lefts, self._titles, self._units, strict=True):
            style.write(figure, left, top, words, weight="bold")
            style.write(figure, left, top + self._head, unit, style.SMALL, color=style.QUIET)


def world_label(world: World, scenario: Scenario) -> str:
    """Say what a world is, above its panels."""
    words = world_in_words(world, scenario.vendors[scenario.focal_index].name)
    own_scale = (
        " (on a scale of its own)" if world == "head-to-head" and len(scenario.comparison.worlds) > 1 else ""
    )
    return f"World '{world}': {words}{own_scale}"


def peers(world: World, worlds: Sequence[World]) -> list[World]:
    """Return the worlds that share a scale with one.

    The teams of ``head-to-head`` aren't the same reps twice; their intervals are wider by far.
    """
    return [other for other in worlds if (other == "head-to-head") == (world == "head-to-head")]


def unit_of_difference(unit: str) -> str:
    """Say in which unit a difference is drawn."""
    words = {
        "share": "percentage points",
        "ratio": "of quota (1 = all of it)",
        "money/money": "money per money spent",
    }
    return words.get(unit, unit.replace("/", " per "))


def scale(values: npt.NDArray[np.float64], width: float, at_zero: float) -> tuple[float, float]:
    """Limits that hold zero and all numbers, NaN aside, with ``at_zero`` inches on either side of the zero line."""
    values = values[np.isfinite(values)]
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    if high - low <= 0:
        return -1.0, 1.0
    edge = 0.12  # inches
    per_inch = (high - low) / (width - 2 * edge)
    for _ in range(20):
        left = min(low - edge * per_inch, -at_zero * per_inch)
        right = max(high + edge * per_inch, at_zero * per_inch)
        per_inch = (right - left) / width
    return left, right


def bare(ax: Axes, top: float, bottom: float) -> None:
    """Let y run down from ``top`` to ``bottom``, with nothing at the sides."""
    ax.set_ylim(bottom, top)
    ax.yaxis.set_major_locator(NullLocator())
    for side in ("left", "top", "right"):
        ax.spines[side].set_visible(False)


def undefined(ax: Axes, words: str, width: float) -> None:
    """Say in the middle of a panel why there is nothing in it."""
    ax.xaxis.set_major_locator(NullLocator())
    ax.spines["bottom"].set_visible(False)
    ax.text(
        0.5,
        0.5,
        style.wrap(words, width, style.SMALL),
        transform=ax.transAxes,
        ha="center",
        va="center",
        size=style.SMALL,
        color=style.QUIET,
    )


def axis(ax: Axes, limits: tuple[float, float], width: float, unit: str, labelled: bool = True) -> None:
    """Give a panel its scale below."""
    ax.set_xlim(*limits)
    ticks = style.round_ticks(*limits, width, lambda value: tick(value, unit)) if labelled else []
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value, unit)))
    ax.tick_params(length=3, color=style.PALE, pad=2)


def excludes_zero(low: float, high: float) -> bool:
    """Tell whether an interval lies on one side of zero; one without width doesn't count."""
    return low < high and (low > 0 or high < 0)


def interval(certain: bool) -> dict[str, Any]:
    """Look of an interval, which excludes zero or doesn't."""
    ink, wide = (style.FOCUS, 2.6) if certain else (style.PALE, 1.3)
    return {"color": ink, "linewidth": wide, "solid_capstyle": "butt", "zorder": 3}


def dot(certain: bool) -> dict[str, Any]:
    """Look of the dot in an interval."""
    edge, fill = (style.FOCUS, style.FOCUS) if certain else (style.QUIET, "white")
    return {
        "marker": "o",
        "markersize": 7.0 if certain else 6.0,
        "markeredgecolor": edge,
        "markerfacecolor": fill,
        "linestyle": "",
        "zorder": 4,
    }


def key(
    figure: Figure, top: float, entries: Sequence[tuple[dict[str, Any], dict[str, Any], str]], last: str
) -> None:
    """Explain the looks of intervals, with the marks themselves (interval, dot, words); then some words more."""
    width = style.WIDTH - 2 * style.MARGIN
    ax = style.place(figure, style.MARGIN, top, width, 0.22)
    ax.set_axis_off()
    ax.set_xlim(0, width)
    ax.set_ylim(-1, 1)
    left = 0.0
    for line, mark, words in entries:
        ax.plot([left + 0.02, left + 0.5], [0, 0], **line)
        ax.plot([left + 0.26], [0], **mark)
        ax.text(left + 0.6, 0, words, va="center_baseline", size=style.SMALL)
        left += 0.6 + style.text_width(words, style.SMALL) + 0.35
    words = style.cut(last, width - left, style.SMALL)
    ax.text(left, 0, words, va="center_baseline", size=style.SMALL)


def tick(value: float, unit: str) -> str:
    """Say a difference on an axis, as short as can be."""
    if abs(value) < 1e-12:
        return "0"
    if unit.startswith("share"):
        return f"{100 * value:+.4g}"
    if unit.startswith("money") and unit != "money/money":
        return short_money(value, "+")
    return f"{value:+.4g}"
