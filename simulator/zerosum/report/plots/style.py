"""How figures look: type, greys and one blue, and how intervals are marked.

Everything reads without color: what matters is dark, solid and filled; the rest is pale or hollow.
"""

from __future__ import annotations

import functools
import math
import textwrap
from collections.abc import Callable
from typing import Any, ParamSpec

import matplotlib.style
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

P = ParamSpec("P")

FAMILY = "DejaVu Sans"
"""It comes with matplotlib, so a figure looks the same on every machine."""
SMALL, NORMAL, LARGE, TITLE = 9.0, 10.0, 11.0, 14.0
"""Points."""

INK = "#1a1a1a"
QUIET = "#555555"  # text of second rank: 7:1 on white
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
    """Build a figure in this style, whatever the user's own settings are; nothing global stays changed."""

    @functools.wraps(build)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with matplotlib.style.context(["default", _SETTINGS]):
            return build(*args, **kwargs)

    return in_style


def interval(certain: bool) -> dict[str, Any]:
    """Look of an interval, which excludes zero or doesn't."""
    ink, wide = (FOCUS, 2.6) if certain else (PALE, 1.3)
    return {"color": ink, "linewidth": wide, "solid_capstyle": "butt", "zorder": 3}


def dot(certain: bool) -> dict[str, Any]:
    """Look of the dot in an interval."""
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
    """Inches that a line of text takes."""
    return size * 1.35 / 72.0


def height(words: str, size: float) -> float:
    """Inches that text takes, line breaks and all."""
    return line_height(size) * (words.count("\n") + 1) if words else 0.0


def text_width(words: str, size: float = NORMAL, weight: str = "normal") -> float:
    """Inches that one line of text takes."""
    if not words.strip():
        return 0.0
    font = FontProperties(family=FAMILY, weight=weight, size=size)
    return float(text_to_path.get_text_width_height_descent(words, font, ismath=False)[0]) / 72.0


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
