"""Stacked bars, a strategy each: where hours went, where money came from. Patterns part them, so that gray will do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from zerosum.report.plots import style
from zerosum.report.plots.layout import Panel

BAR, BETWEEN = 0.22, 0.1
"""Inches."""

LOOKS: tuple[tuple[str, str, str], ...] = (
    (style.FOCUS, "", "white"),
    ("#9db7d5", "", style.INK),
    ("white", "/////", style.INK),
    ("#4a4a4a", "", "white"),
    ("#cfcfcf", "", style.INK),
    ("white", "-----", style.INK),
    ("#9db7d5", "\\\\\\\\\\", style.INK),
    ("white", "xxxx", style.INK),
    ("#e9e9e9", "|||||", style.INK),
)
"""Face, pattern and color of words, so that neighbors differ without color, too."""


class Bar(NamedTuple):
    """A strategy's parts, in the order of the legend, and the number at its end."""

    name: str
    parts: Sequence[float]
    total: str


def stacked_panels(
    title: str,
    detail: str,
    kinds: Sequence[str],
    bars: Sequence[Bar],
    label: Callable[[float], str],
    tick: Callable[[float], str],
    width: float,
) -> tuple[Panel, Panel]:
    """Make a legend and, below it, a panel with a bar per strategy, below its name.

    Parameters
    ----------
    title, detail : str
    kinds : sequence of str
        what the parts are, at most nine
    bars : sequence of Bar
        parts that are not negative
    label, tick : callable
        how a number is written in a bar, and at the scale
    width : float
        inches that the axes will have, about
    """
    names = [
        style.wrap(b.name, width - style.text_width(b.total, style.SMALL, "bold") - 0.15, style.SMALL)
        for b in bars
    ]
    tops = list(accumulate((style.height(name, style.SMALL) + BAR + BETWEEN for name in names), initial=0.03))
    return (
        Panel(lambda ax: draw_legend(ax, kinds), 0.19 * ((len(kinds) + 1) // 2), title, detail),
        Panel(lambda ax: draw_stacked(ax, bars, names, tops, label, tick), float(tops[-1])),
    )


def draw_legend(ax: Axes, kinds: Sequence[str]) -> None:
    """Say which part looks how."""
    ax.set_axis_off()
    patches = [Patch(**_face(*look[:2])) for _, look in zip(kinds, LOOKS, strict=False)]
    ax.legend(patches, kinds, loc="upper left", ncols=2, borderaxespad=0, borderpad=0, labelspacing=0.3)


def _face(face: str, hatch: str) -> dict[str, Any]:
    edge = style.INK if hatch else "white"
    return {"facecolor": face, "hatch": hatch or None, "edgecolor": edge, "linewidth": 0.6}


def draw_stacked(
    ax: Axes,
    bars: Sequence[Bar],
    names: Sequence[str],
    tops: Sequence[float],
    label: Callable[[float], str],
    tick: Callable[[float], str],
) -> None:
    """Draw bars; y runs down, in inches."""
    style.bare_y(ax, float(tops[-1]))
    longest = 1.02 * (max((sum(bar.parts) for bar in bars), default=1.0) or 1.0)
    style.scale_x(ax, (0.0, longest), tick)
    beside, per_unit = ax.get_yaxis_transform(), style.inches(ax)[0] / longest
    words: dict[str, Any] = {"size": style.SMALL, "zorder": 4}
    for bar, name, top in zip(bars, names, tops, strict=False):
        ax.text(0.0, top, name, transform=beside, va="top", **words)
        ax.text(1.0, top, bar.total, transform=beside, va="top", ha="right", weight="bold", **words)
        middle, left = top + style.height(name, style.SMALL) + 0.02 + BAR / 2, 0.0
        for part, (face, hatch, ink) in zip(bar.parts, LOOKS, strict=False):
            if part <= 0:
                continue
            ax.barh([middle], [part], left=left, height=BAR, zorder=3, **_face(face, hatch))
            # Words on a pattern can't be read: they stand in the table.
            if not hatch and style.text_width(label(part), style.SMALL) + 0.1 < part * per_unit:
                ax.text(
                    left + part / 2,
                    middle,
                    label(part),
                    ha="center",
                    va="center_baseline",
                    color=ink,
                    **words,
                )
            left += part
