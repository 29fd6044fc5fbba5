"""How figures look: type, greys and one blue, and a page that is measured in inches, so that nothing is left to luck.

Everything reads without colour: what matters is dark, solid and filled; the rest is pale or hollow.
"""

from __future__ import annotations

import functools
import itertools
import math
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ParamSpec

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

P = ParamSpec("P")

DPI = 150
LONGEST_SIDE = 60_000
"""Pixels; the renderer ends at 65,535."""

WIDTH = 13.33
"""Inches: a slide's."""
MARGIN = 0.35
"""Inches."""

FAMILY = "DejaVu Sans"
"""It comes with matplotlib, so a figure looks the same on every machine."""
SMALL, NORMAL, LARGE, TITLE = 9.0, 10.0, 11.0, 15.0
"""Points."""
LINE = 1.35
"""Height of a line of text, in font sizes."""

INK = "#1a1a1a"
QUIET = "#555555"  # text of second rank: 7:1 on white
FOCUS = "#1f4e79"
PALE = "#8f8f8f"
FAINT = "#dddddd"

_SETTINGS: dict[str, Any] = {
    "figure.dpi": DPI,
    "figure.facecolor": "white",
    "font.family": FAMILY,
    "font.size": NORMAL,
    "text.color": INK,
    "text.parse_math": False,
    "axes.facecolor": "white",
    "axes.edgecolor": PALE,
    "axes.labelcolor": QUIET,
    "axes.labelsize": SMALL,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": PALE,
    "ytick.color": PALE,
    "xtick.labelcolor": QUIET,
    "ytick.labelcolor": QUIET,
    "hatch.linewidth": 0.8,
}


def drawn(build: Callable[P, Figure]) -> Callable[P, Figure]:
    """Build a figure in this style, whatever the user's own settings are.

    It is drawn once in here, because matplotlib makes tick labels only then; nothing global stays changed.
    """

    @functools.wraps(build)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with matplotlib.style.context(["default", _SETTINGS]):
            figure = build(*args, **kwargs)
            FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]  # matplotlib says no types here
        return figure

    return in_style


def sheet(width: float, height: float) -> Figure:
    """Make an empty figure, sides in inches."""
    return Figure(figsize=(width, height), dpi=min(DPI, LONGEST_SIDE / max(width, height)))


def place(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Add axes: inches from the left and from the top, then their size in inches."""
    wide, high = figure.get_size_inches()
    return figure.add_axes((left / wide, 1.0 - (top + height) / high, width / wide, height / high))


def write(figure: Figure, left: float, top: float, words: str, size: float = NORMAL, **options: Any) -> None:
    """Write below a point: inches from the left and from the top; every line has the height of :func:`line_height`."""
    wide, high = figure.get_size_inches()
    for number, line in enumerate(words.split("\n")):
        # Centred on its line, so that letters without a tail don't ride up.
        y = 1.0 - (top + (number + 0.5) * line_height(size)) / high
        figure.text(left / wide, y, line, size=size, va="center_baseline", **options)


def line_height(size: float) -> float:
    """Inches that a line of text takes."""
    return size * LINE / 72.0


def height(words: str, size: float) -> float:
    """Inches that text takes, line breaks and all."""
    return line_height(size) * (words.count("\n") + 1)


def text_width(words: str, size: float = NORMAL, weight: str = "normal") -> float:
    """Inches that one line of text takes."""
    if not words.strip():
        return 0.0
    outline = TextPath((0, 0), words, size=size, prop=FontProperties(family=FAMILY, weight=weight))
    # Of the curves' control points: their extents, exactly, would take ten times as long.
    return float(np.max(outline.vertices[:, 0])) / 72.0


def wrap(words: str, width: float, size: float = NORMAL, weight: str = "normal") -> str:
    """Break text into lines no wider than ``width`` inches, at blanks and hyphens if it can be."""
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


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move positions apart to at least ``gap``, within bounds, in their order and near to where they should be.

    Where there isn't room for all, they share what there is.
    """
    if not wanted:
        return []
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed: list[float] = []
    for rank, i in enumerate(order):
        floor = placed[-1] + gap if placed else low
        placed.append(max(wanted[i], floor))
        # Room is kept for those that follow.
        placed[-1] = min(placed[-1], high - gap * (len(order) - 1 - rank))
    result = [0.0] * len(wanted)
    for i, position in zip(order, placed, strict=True):
        result[i] = position
    return result


def round_ticks(low: float, high: float, width: float, label: Callable[[float], str]) -> list[float]:
    """Return round numbers (1, 2 or 5 times a power of ten, and 0) within bounds, whose labels have room.

    Parameters
    ----------
    low, high : float
        bounds, low < high, with 0 between them
    width : float
        inches from one to the other
    label : callable
        what will be written at a number

    Returns
    -------
    list of float
        the finest such numbers that are evenly apart; else 0 and the largest that has room, if any has
    """
    per_unit = width / (high - low)

    def half(tick: float) -> float:
        return text_width(label(tick), SMALL) / 2

    def within(ticks: Iterable[float]) -> list[float]:
        # A label may stand out a little at either end.
        return [
            tick
            for tick in ticks
            if half(tick) <= (tick - low) * per_unit + 0.14 and half(tick) <= (high - tick) * per_unit + 0.14
        ]

    def apart(ticks: Sequence[float]) -> bool:
        return all((b - a) * per_unit >= half(a) + half(b) + 0.08 for a, b in itertools.pairwise(ticks))

    power = 10.0 ** math.floor(math.log10((high - low) / 8))
    for step in (factor * power * scale for scale in (1.0, 10.0, 100.0) for factor in (1.0, 2.0, 5.0)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        ticks = [n * step for n in range(first, last + 1)]
        if len(inside := within(ticks)) > 1 and apart(inside):
            return inside
    steps = [
        sign * factor * power * 10.0**k for k in range(3) for factor in (1.0, 2.0, 5.0) for sign in (1, -1)
    ]
    for tick in sorted(within(steps), key=abs, reverse=True):
        if apart(both := sorted((0.0, tick))):
            return both
    return [0.0]
