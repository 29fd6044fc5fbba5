"""Stacked bars, an arm each: where hours went, where money came from. Patterns part them, so that grey will do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from zerosum.report import panels, style
from zerosum.report.html.figures import panel
from zerosum.report.html.svg import drawn

BAR = 0.22
"""Inches."""
LEFT = 0.07
"""Inches, for the half of the zero below that stands out."""
AXES = panel.WIDTH - LEFT - panel.INSET
LEGEND_ROW = 0.19
SWATCH = 0.22

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
"""Face, pattern and colour of words, so that neighbours differ without colour, too."""


class Bar(NamedTuple):
    """An arm's parts, in the order of the legend, and the number at its end."""

    name: str
    parts: Sequence[float]
    total: str


def stacked_panel(
    identity: str,
    title: str,
    subtitle: str,
    kinds: Sequence[str],
    bars: Sequence[Bar],
    label: Callable[[float], str],
    tick: Callable[[float], str],
) -> Markup:
    """Draw a panel: a bar per arm, below its name; the legend above.

    Parameters
    ----------
    identity, title, subtitle : str
    kinds : sequence of str
        what the parts are, at most nine
    bars : sequence of Bar
        parts that are not negative
    label : callable
        how a number is said
    tick : callable
        how a number is said on the scale
    """
    listed = "; ".join(
        f"{bar.name}: "
        + ", ".join(f"{kind} {label(part)}" for kind, part in zip(kinds, bar.parts, strict=True))
        for bar in bars
    )
    return drawn(lambda: _draw(title, subtitle, kinds, bars, label, tick), identity, f"{title}. {listed}.")


def _draw(
    title: str,
    subtitle: str,
    kinds: Sequence[str],
    bars: Sequence[Bar],
    label: Callable[[float], str],
    tick: Callable[[float], str],
) -> Figure:
    legend = _legend_places(kinds)
    legend_height = LEGEND_ROW * (1 + max(row for row, _ in legend)) + 0.08
    rooms = [panel.INNER - style.text_width(bar.total, style.SMALL, "bold") - 0.1 for bar in bars]
    names = [panel.name_lines(bar.name, room) for bar, room in zip(bars, rooms, strict=True)]
    heights = [style.height(name, style.SMALL) + BAR + panel.BETWEEN for name in names]
    sheet = panel.sheet(title, subtitle, legend_height + sum(heights) + panel.SCALE)
    figure = sheet.figure
    _write_legend(figure, sheet.top, kinds, legend)
    top = sheet.top + legend_height
    ax = style.place(figure, LEFT, top, AXES, sum(heights))
    panels.bare(ax, 0.0, sum(heights))
    longest = max((sum(bar.parts) for bar in bars), default=1.0) or 1.0
    panel.scale_x(ax, (0.0, longest * 1.02), AXES, tick, zero=False)
    per_unit = AXES / (longest * 1.02)
    at = 0.0
    for bar, name, height in zip(bars, names, heights, strict=True):
        style.write(figure, panel.INDENT, top + at, name, style.SMALL)
        panel.value_label(figure, panel.WIDTH - panel.INDENT, top + at, bar.total, weight="bold")
        middle, left = at + height - panel.BETWEEN - BAR / 2, 0.0
        for part, (face, hatch, ink) in zip(bar.parts, LOOKS, strict=False):
            if part <= 0:
                continue
            ax.barh(
                [middle], [part], left=left, height=BAR, facecolor=face, hatch=hatch or None,
                edgecolor=style.INK if hatch else "white", linewidth=0.6, zorder=3,
            )  # fmt: skip
            words = label(part)
            # Words on a pattern can't be read: they stand in the table.
            if not hatch and style.text_width(words, style.SMALL) + 0.08 < part * per_unit:
                ax.text(
                    left + part / 2, middle, words, ha="center", va="center_baseline", size=style.SMALL,
                    color=ink, zorder=4,
                )  # fmt: skip
            left += part
        at += height
    return figure


def _legend_places(kinds: Sequence[str]) -> list[tuple[int, float]]:
    """Row and left end of each entry."""
    places, row, left = [], 0, panel.INDENT
    for kind in kinds:
        width = SWATCH + 0.06 + style.text_width(kind, style.SMALL) + 0.14
        if left > panel.INDENT and left + width > panel.WIDTH:
            row, left = row + 1, panel.INDENT
        places.append((row, left))
        left += width
    return places


def _write_legend(
    figure: Figure, top: float, kinds: Sequence[str], places: Sequence[tuple[int, float]]
) -> None:
    wide, high = figure.get_size_inches()
    for kind, (row, left), (face, hatch, _) in zip(kinds, places, LOOKS, strict=False):
        above = top + row * LEGEND_ROW
        figure.add_artist(
            Rectangle(
                (left / wide, 1 - (above + 0.15) / high),
                SWATCH / wide,
                0.12 / high,
                transform=figure.transFigure,
                facecolor=face,
                hatch=hatch or None,
                edgecolor=style.INK if hatch else "white",
                linewidth=0.6,
            )
        )
        style.write(figure, left + SWATCH + 0.06, above, kind, style.SMALL)
