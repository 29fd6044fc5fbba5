"""Rows of dots with intervals around zero: what arms change, group by group or number by number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup
from matplotlib.figure import Figure

from zerosum.report import panels, style
from zerosum.report.html.figures import panel
from zerosum.report.html.said import said
from zerosum.report.html.svg import drawn
from zerosum.report.panels import tick

MARK = 0.17
"""Inches that a dot with its interval takes, below the name."""


class Dot(NamedTuple):
    """A difference with its interval (NaN: none)."""

    name: str
    mean: float
    low: float
    high: float

    def said(self, unit: str) -> str:
        """Say it with its interval."""
        return said(self.mean, self.low, self.high, unit).whole


def dots_panel(
    identity: str,
    title: str,
    subtitle: str,
    dots: Sequence[Dot],
    unit: str,
    limits: tuple[float, float] | None = None,
) -> Markup:
    """Draw a panel: a row per difference, its name and the number above the dot.

    Parameters
    ----------
    identity : str
        of its own on the page
    title, subtitle : str
    dots : sequence of Dot
    unit : str
        of what is compared, as in the metrics' catalogue
    limits : tuple of float, optional
        of the scale; its own if not given
    """
    listed = "; ".join(f"{dot.name} {dot.said(unit)}" for dot in dots)
    label = f"{title}: differences with 95 % intervals. {listed}."
    return drawn(lambda: _draw(title, subtitle, dots, unit, limits), identity, label)


def _draw(
    title: str, subtitle: str, dots: Sequence[Dot], unit: str, limits: tuple[float, float] | None
) -> Figure:
    numbers = [said(dot.mean, dot.low, dot.high, unit).words for dot in dots]
    rooms = [panel.INNER - style.text_width(words, style.SMALL, "bold") - 0.1 for words in numbers]
    names = [panel.name_lines(dot.name, room) for dot, room in zip(dots, rooms, strict=True)]
    heights = [style.height(name, style.SMALL) + MARK + panel.BETWEEN for name in names]
    sheet = panel.sheet(title, subtitle, sum(heights) + panel.SCALE)
    figure, top = sheet.figure, sheet.top
    ax = style.place(figure, panel.INSET, top, panel.AXES, sum(heights))
    panels.bare(ax, 0.0, sum(heights))
    shown = limits or limits_of(dots)
    panel.scale_x(ax, shown, panel.AXES, lambda value: tick(value, unit))
    ax.axvline(0.0, color=style.PALE, linewidth=0.8, zorder=1)
    at = 0.0
    for dot, name, words, height in zip(dots, names, numbers, heights, strict=True):
        certain = panels.excludes_zero(dot.low, dot.high)
        row = at + height - panel.BETWEEN - MARK / 2
        # White behind the words, so that the line at zero doesn't run through them.
        room = style.height(name, style.SMALL)
        ax.axhspan(at, at + room, color="white", linewidth=0, zorder=2)
        style.write(figure, panel.INDENT, top + at, name, style.SMALL)
        panel.value_label(
            figure, panel.WIDTH - panel.INDENT, top + at, words, weight="bold" if certain else "normal"
        )
        if math.isfinite(dot.low):
            ax.plot([dot.low, dot.high], [row, row], **panels.interval(certain))
        if math.isfinite(dot.mean):
            ax.plot([dot.mean], [row], **panels.dot(certain))
        at += height
    return figure


def limits_of(dots: Sequence[Dot]) -> tuple[float, float]:
    """Limits that hold zero, every interval, and room for a dot at either end."""
    ends = [value for dot in dots for value in (dot.mean, dot.low, dot.high) if math.isfinite(value)]
    low, high = min(0.0, *ends, 0.0), max(0.0, *ends, 0.0)
    if high <= low:
        return -1.0, 1.0
    margin = 0.05 * (high - low)
    return low - margin, high + margin
