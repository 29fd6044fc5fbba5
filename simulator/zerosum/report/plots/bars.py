"""Stacked bars per strategy: hours and money. Patterns separate parts, so gray is enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from zerosum.report.plots import style
from zerosum.report.plots.layout import Panel
from zerosum.report.plots.rows import listed_panel

BAR = 0.22
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
"""Face, pattern and text color; neighbors differ without color, too."""


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
        names of the parts, at most nine
    bars : sequence of Bar
        with parts of at least 0
    label, tick : callable
        format a number in a bar, and on the scale
    width : float
        approximate width of the axes, in inches
    """
    longest = 1.02 * (max((sum(bar.parts) for bar in bars), default=1.0) or 1.0)
    legend = Panel(lambda ax: draw_legend(ax, kinds), 0.19 * ((len(kinds) + 1) // 2), title, detail)
    return legend, listed_panel(
        [(bar.name, bar.total, True, BAR) for bar in bars],
        width,
        lambda ax: style.scale_x(ax, (0.0, longest), tick),
        lambda ax, i, y: draw_stacked(ax, bars[i].parts, y + BAR / 2, label),
    )


def draw_legend(ax: Axes, kinds: Sequence[str]) -> None:
    """Draw the legend of parts."""
    ax.set_axis_off()
    patches = [Patch(**_face(*look[:2])) for _, look in zip(kinds, LOOKS, strict=False)]
    ax.legend(patches, kinds, loc="upper left", ncols=2, borderaxespad=0, borderpad=0, labelspacing=0.3)


def _face(face: str, hatch: str) -> dict[str, Any]:
    edge = style.INK if hatch else "white"
    return {"facecolor": face, "hatch": hatch or None, "edgecolor": edge, "linewidth": 0.6}


def draw_stacked(ax: Axes, parts: Sequence[float], y: float, label: Callable[[float], str]) -> None:
    """Draw a bar around ``y``, with numbers where they fit."""
    per_unit, left = style.inches(ax)[0] / ax.get_xlim()[1], 0.0
    look: dict[str, Any] = {"ha": "center", "va": "center_baseline", "size": style.SMALL, "zorder": 4}
    for part, (face, hatch, ink) in zip(parts, LOOKS, strict=False):
        if part <= 0:
            continue
        ax.barh([y], [part], left=left, height=BAR, zorder=3, **_face(face, hatch))
        # Text on a pattern is illegible: the table has it.
        if not hatch and style.text_width(label(part), style.SMALL) + 0.1 < part * per_unit:
            ax.text(left + part / 2, y, label(part), color=ink, **look)
        left += part
