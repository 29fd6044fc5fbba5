"""Scales: limits, round numbers that have room, and the words at them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, MaxNLocator

from zerosum.report.plots.style import SMALL, text_width
from zerosum.report.wording import format_short_money


def tick(value: float, unit: str) -> str:
    """Write a difference at an axis, as short as can be."""
    if abs(value) < 1e-12:
        return "0"
    if unit.startswith("share"):
        return f"{100 * value:+.4g}"
    if unit.startswith("money") and unit != "money/money":
        return format_short_money(value, "+")
    return f"{value:+.4g}"


def level_tick(value: float, unit: str) -> str:
    """Write a level at an axis: without a plus."""
    return tick(value, unit).lstrip("+")


def unit_of_difference(unit: str) -> str:
    """Return the unit in which a difference is drawn, in words."""
    words = {
        "share": "percentage points",
        "ratio": "of quota (1 = all of it)",
        "money/money": "money per money spent",
    }
    return words.get(unit, unit.replace("/", " per "))


def limits(values: Any, zero: bool = True, margin: float = 0.06) -> tuple[float, float]:
    """Return limits that hold all numbers, NaN aside, and zero if asked to, with a margin."""
    known = np.asarray(values, np.float64).ravel()
    known = known[np.isfinite(known)]
    ends = [*known, 0.0] if zero or not len(known) else list(known)
    low, high = min(ends), max(ends)
    edge = margin * (high - low) or 0.5 * abs(high) or 1.0
    return low - edge, high + edge


class _Roomy(MaxNLocator):
    """The most ticks at round numbers whose labels have room beside each other."""

    def __init__(self, label: Callable[[float], str], inches: float) -> None:
        super().__init__(6, steps=[1, 2, 5, 10])
        self._label, self._inches = label, inches

    def tick_values(self, vmin: float, vmax: float) -> Any:
        low, high = sorted((vmin, vmax))
        ticks: Any = []
        for most in (6, 5, 4, 3, 2, 1):
            self.set_params(nbins=most)
            ticks = super().tick_values(low, high)
            widths = [text_width(self._label(t), SMALL) for t in ticks if low <= t <= high]
            apart = (ticks[1] - ticks[0]) / (high - low) * self._inches if len(ticks) > 1 else 0.0
            if not widths or max(widths) + 0.1 <= apart:
                break
        return ticks


def inches(ax: Axes) -> tuple[float, float]:
    """Return width and height of axes."""
    box = ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted())
    return float(box.width), float(box.height)


def scale_x(ax: Axes, ends: tuple[float, float], label: Callable[[float], str]) -> None:
    """Give axes a scale below."""
    ax.set_xlim(*ends)
    ax.xaxis.set_major_locator(_Roomy(label, inches(ax)[0]))
    _write(ax.xaxis, label)


def scale_y(ax: Axes, ends: tuple[float, float], label: Callable[[float], str], grid: bool = True) -> None:
    """Give axes a scale at the left, with faint lines across."""
    ax.set_ylim(*ends)
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    _write(ax.yaxis, label)
    if grid:
        ax.grid(axis="y")
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)


def _write(axis: Axis, label: Callable[[float], str]) -> None:
    axis.set_major_formatter(FuncFormatter(lambda value, _: label(value)))


def bare_y(ax: Axes, bottom: float) -> None:
    """Let y run down from 0 to ``bottom`` (inches), with nothing at the sides."""
    ax.set_ylim(bottom, 0.0)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
