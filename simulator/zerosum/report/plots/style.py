"""Style of figures: font, grays and one blue, interval marks, and scales with round numbers.

Figures need no color: what matters is dark, solid and filled; the rest is pale or hollow.
"""

from __future__ import annotations

import functools
import math
import textwrap
from collections.abc import Callable
from typing import Any, ParamSpec

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FuncFormatter, MaxNLocator

from zerosum.report.wording import format_short_money

P = ParamSpec("P")

FAMILY = "DejaVu Sans"
"""Part of matplotlib, so figures look the same on every machine."""
SMALL, NORMAL, LARGE, TITLE = 9.0, 10.0, 11.0, 14.0
"""Points."""

INK = "#1a1a1a"
QUIET = "#555555"  # secondary text: 7:1 on white
FOCUS = "#1f4e79"
PALE = "#8f8f8f"
FAINT = "#dddddd"

_SETTINGS: dict[str, Any] = {
    "figure.facecolor": "white",
    "font.family": FAMILY,
    "font.size": NORMAL,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": PALE,
    "axes.labelcolor": QUIET,
    "axes.labelsize": SMALL,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.8,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": PALE,
    "ytick.color": PALE,
    "xtick.labelcolor": QUIET,
    "ytick.labelcolor": QUIET,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.major.pad": 2,
    "ytick.major.pad": 3,
}


def styled(build: Callable[P, Figure]) -> Callable[P, Figure]:
    """Build a figure in this style, whatever the user's settings; global settings don't change."""

    @functools.wraps(build)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with matplotlib.style.context(["default", _SETTINGS]):
            return build(*args, **kwargs)

    return in_style


def interval(certain: bool) -> dict[str, Any]:
    """Return an interval's look, by whether it excludes zero."""
    ink, wide = (FOCUS, 2.6) if certain else (PALE, 1.3)
    return {"color": ink, "linewidth": wide, "solid_capstyle": "butt", "zorder": 3}


def dot(certain: bool) -> dict[str, Any]:
    """Return the look of an interval's dot."""
    edge, fill = (FOCUS, FOCUS) if certain else (QUIET, "white")
    return {
        "marker": "o",
        "markersize": 7.0 if certain else 6.0,
        "markeredgecolor": edge,
        "markerfacecolor": fill,
        "linestyle": "",
        "zorder": 4,
    }


def line_height(size: float) -> float:
    """Return the height of a line, in inches."""
    return size * 1.35 / 72.0


def height(words: str, size: float) -> float:
    """Return the height of text with line breaks, in inches."""
    return line_height(size) * (words.count("\n") + 1) if words else 0.0


def text_width(words: str, size: float = NORMAL, weight: str = "normal") -> float:
    """Return the width of one line, in inches."""
    if not words.strip():
        return 0.0
    font = FontProperties(family=FAMILY, weight=weight, size=size)
    return float(text_to_path.get_text_width_height_descent(words, font, ismath=False)[0]) / 72.0


def wrap(words: str, width: float, size: float = NORMAL, weight: str = "normal") -> str:
    """Break text into lines of at most ``width`` inches, at blanks and hyphens if possible."""
    at_most = len(words)
    while at_most > 1:
        lines = textwrap.wrap(words, at_most)
        widest = max(text_width(line, size, weight) for line in lines)
        if widest <= width:
            return "\n".join(lines)
        at_most = min(at_most - 1, math.ceil(at_most * width / widest))
    return words


def cut(words: str, width: float, size: float = NORMAL, weight: str = "normal") -> str:
    """Shorten one line of text to ``width`` inches."""
    short = words
    while short and text_width(short if short == words else short + "…", size, weight) > width:
        short = short[:-1]
    return words if short == words else short.rstrip() + "…"


# --- Scales -------------------------------------------------------------------------------------------------------


def tick(value: float, unit: str) -> str:
    """Format a difference at an axis, as short as possible."""
    if abs(value) < 1e-12:
        return "0"
    if unit.startswith("share"):
        return f"{100 * value:+.4g}"
    if unit.startswith("money"):
        return format_short_money(value, "+")
    return f"{value:+.4g}"


def level_tick(value: float, unit: str) -> str:
    """Format a level at an axis, without a plus."""
    return tick(value, unit).lstrip("+")


def unit_of_difference(unit: str, currency: str = "") -> str:
    """Return the unit of a plotted difference, in words: ``$ a year`` for money."""
    words = {
        "share": "percentage points",
        "ratio": "of quota (1 = all of it)",
        "money": currency or "money",
        "money/year": f"{currency or 'money'} a year",
        "money/hour": f"{currency or 'money'} an hour",
    }
    return words.get(unit, unit.replace("/", " per "))


def limits(values: Any, zero: bool = True, margin: float = 0.06) -> tuple[float, float]:
    """Return limits, with a margin, that include all numbers but NaN, and optionally zero."""
    known = np.asarray(values, np.float64).ravel()
    known = known[np.isfinite(known)]
    ends = [*known, 0.0] if zero or not len(known) else list(known)
    low, high = min(ends), max(ends)
    edge = margin * (high - low) or 0.5 * abs(high) or 1.0
    return low - edge, high + edge


class _Roomy(MaxNLocator):
    """The most ticks at round numbers whose labels fit side by side."""

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
