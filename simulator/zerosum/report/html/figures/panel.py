"""A panel: what all figures of the page are made of. It is as wide as a telephone, so that its type needn't shrink.

Where there is more room, panels stand side by side. Everything is measured in inches; a point is 4/3 of a pixel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from zerosum.report import style

WIDTH = 3.4
"""Inches: 326 pixels, which leaves a margin on a telephone that is 360 wide."""
INDENT = 0.02
"""Inches at either side of words."""
INSET = 0.17
"""Inches at either side of axes, because the first and the last number of a scale stand out of them."""
INNER = WIDTH - 2 * INDENT
AXES = WIDTH - 2 * INSET
BETWEEN = 0.10
"""Inches from one row to the next."""
SCALE = 0.34
"""Inches below a panel for the numbers on its scale."""


@dataclass(frozen=True)
class Sheet:
    """An empty panel with its title, and where its inside begins (inches from the top)."""

    figure: Figure
    top: float


def sheet(title: str, subtitle: str, height: float) -> Sheet:
    """Make a panel with room of so many inches below its title."""
    bold = style.wrap(title, INNER, style.NORMAL, "bold")
    small = style.wrap(subtitle, INNER, style.SMALL) if subtitle else ""
    head = (
        0.04 + style.height(bold, style.NORMAL) + (style.height(small, style.SMALL) if small else 0.0) + 0.08
    )
    figure = style.sheet(WIDTH, head + height)
    style.write(figure, INDENT, 0.04, bold, weight="bold")
    if small:
        under = 0.04 + style.height(bold, style.NORMAL)
        style.write(figure, INDENT, under, small, style.SMALL, color=style.QUIET)
    return Sheet(figure, head)


def name_lines(name: str, room: float) -> str:
    """Break a name into lines no wider than ``room``; one without blanks is broken anywhere."""
    return style.wrap(name, room, style.SMALL)


def scale_x(
    ax: Axes, limits: tuple[float, float], width: float, label: Callable[[float], str], zero: bool = True
) -> None:
    """Give axes a scale below, with round numbers that have room."""
    ax.set_xlim(*limits)
    ticks = _ticks(limits, width, label, zero)
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: label(value)))
    ax.tick_params(axis="x", length=3, color=style.PALE, pad=2)


def scale_y(
    ax: Axes, limits: tuple[float, float], ticks: Sequence[float], label: Callable[[float], str]
) -> None:
    """Give axes a scale at the left, with faint lines across."""
    ax.set_ylim(*limits)
    ax.yaxis.set_major_locator(FixedLocator(list(ticks)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: label(value)))
    ax.tick_params(axis="y", length=0, pad=3)
    ax.grid(axis="y", color=style.FAINT, linewidth=0.6)
    ax.spines["left"].set_visible(False)


def round_numbers(low: float, high: float, most: int = 5) -> list[float]:
    """Return at most so many round numbers (1, 2 or 5 times a power of ten) from low to high."""
    if not high > low:
        return [low]
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (factor * power for factor in (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            return [n * step for n in range(first, last + 1)]
    return [low, high]


def _ticks(
    limits: tuple[float, float], width: float, label: Callable[[float], str], zero: bool
) -> list[float]:
    if zero and limits[0] <= 0.0 <= limits[1]:
        return style.round_ticks(*limits, width, label)
    for most in (6, 5, 4, 3, 2):
        ticks = round_numbers(*limits, most)
        needed = sum(style.text_width(label(tick), style.SMALL) + 0.1 for tick in ticks)
        if needed <= width:
            return ticks
    return []


def padded(values: Any, share: float = 0.06) -> tuple[float, float]:
    """Limits that hold zero and all numbers, NaN aside, and a margin."""
    numbers = np.asarray(values, np.float64).ravel()
    numbers = numbers[np.isfinite(numbers)]
    low, high = min(0.0, *numbers, 0.0), max(0.0, *numbers, 0.0)
    if high <= low:
        return -1.0, 1.0
    margin = share * (high - low)
    return (low - margin if low < 0 else low), high + margin


def value_label(figure: Figure, right: float, top: float, words: str, **options: Any) -> None:
    """Write a number that ends at ``right``."""
    style.write(figure, right, top, words, style.SMALL, ha="right", **options)
