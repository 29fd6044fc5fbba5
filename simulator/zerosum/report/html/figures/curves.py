"""Lines over a scale: how attainment is spread over reps, its quantiles, the share of the market week by week."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zerosum.report import style
from zerosum.report.html.figures import panel
from zerosum.report.html.svg import drawn
from zerosum.report.panels import tick

Numbers = npt.NDArray[np.float64]
HIGH = 1.45
"""Inches of a panel's axes."""
LEFT = 0.52
"""Inches for the numbers at the left."""
RIGHT = 0.24
"""Inches, for the half of the last word below that stands out."""
QUOTA = 1.0


class Spread(NamedTuple):
    """Attainments of an arm's reps, of the baseline's, and of the same arm's by luck alone."""

    own: Numbers
    baseline: Numbers | None
    luck: Numbers


def reached_panel(identity: str, title: str, spread: Spread, right: float, at_quota: str) -> Markup:
    """Draw which share of reps reaches how much of their quota.

    Parameters
    ----------
    identity, title : str
    spread : Spread
    right : float
        end of the scale
    at_quota : str
        share of reps that reach their quota, in words
    """
    label = f"{title}: share of reps that reach at least so much of their quota. All of it: {at_quota}."
    return drawn(lambda: _reached(title, spread, right, at_quota), identity, label)


def _reached(title: str, spread: Spread, right: float, at_quota: str) -> Figure:
    figure, ax, width = _axes(title, "", HIGH)
    panel.scale_y(ax, (0.0, 1.04), [0.0, 0.25, 0.5, 0.75, 1.0], lambda value: f"{100 * value:.0f} %")
    panel.scale_x(ax, (0.0, right), width, lambda value: f"{value:g}", zero=False)
    ax.axvline(QUOTA, color=style.INK, linewidth=0.8, zorder=2)
    lines: list[tuple[Numbers | None, dict[str, Any]]] = [
        (spread.baseline, {"color": style.PALE, "linewidth": 2.6}),
        (spread.own, {"color": style.FOCUS, "linewidth": 2.0}),
        # On top, because it often lies on the arm's own.
        (spread.luck, {"color": style.INK, "linewidth": 1.0, "linestyle": (0, (2.5, 2))}),
    ]
    for z, (values, look) in enumerate(lines, start=3):
        if values is not None and len(values):
            x, y = survival(values)
            ax.plot(x, y, zorder=z, solid_capstyle="butt", **look)
    share = float(np.mean(spread.own >= QUOTA)) if len(spread.own) else float("nan")
    ax.plot([QUOTA], [share], marker="o", markersize=5, color=style.FOCUS, zorder=8)
    ax.annotate(
        f"{at_quota} reach quota",
        (QUOTA, 1.04),
        # Up there, where few curves come along right of the line.
        xytext=(5, -1),
        textcoords="offset points",
        va="top",
        size=style.SMALL,
        color=style.INK,
        zorder=9,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
    )
    return figure


def survival(values: Numbers, points: int = 100) -> tuple[Numbers, Numbers]:
    """Return attainments, and which share of the reps reaches at least each; as many points as an eye can part."""
    share = np.linspace(1.0, 0.0, points + 1)
    return np.quantile(values, 1.0 - share), share


class Band(NamedTuple):
    """A line with a narrow and a wide band; either may be left out (None)."""

    x: Numbers
    y: Numbers
    low: Numbers | None
    high: Numbers | None
    low_all: Numbers
    high_all: Numbers


def band_panel(
    identity: str,
    title: str,
    subtitle: str,
    band: Band,
    unit: str,
    limits: tuple[float, float],
    ticks: Sequence[tuple[float, str]],
    label: str,
) -> Markup:
    """Draw a difference along a scale, with its bands around it, and zero.

    Parameters
    ----------
    identity, title, subtitle : str
    band : Band
    unit : str
        of the difference
    limits : tuple
        of the scale at the left, the same for all panels of a figure
    ticks : sequence
        numbers on the scale below, with their words
    label : str
        for those who can't see it
    """
    return drawn(lambda: _band(title, subtitle, band, unit, limits, ticks), identity, label)


def _band(
    title: str,
    subtitle: str,
    band: Band,
    unit: str,
    limits: tuple[float, float],
    ticks: Sequence[tuple[float, str]],
) -> Figure:
    lines = 1 + max(words.count("\n") for _, words in ticks)
    figure, ax, _ = _axes(title, subtitle, HIGH, lines)
    panel.scale_y(ax, limits, panel.round_numbers(*limits, 5), lambda value: tick(value, unit))
    first, last = float(band.x[0]), float(band.x[-1])
    margin = 0.02 * (last - first)
    ax.set_xlim(first - margin, last + margin)
    ax.set_xticks([at for at, _ in ticks], [words for _, words in ticks])
    ax.tick_params(axis="x", length=3, pad=2)
    ax.fill_between(band.x, band.low_all, band.high_all, color="#d6dee8", linewidth=0, zorder=2)
    for edge in (band.low_all, band.high_all):
        ax.plot(band.x, edge, color=style.PALE, linewidth=0.7, zorder=3)
    ax.axhline(0.0, color=style.INK, linewidth=0.9, zorder=4)
    if band.low is not None and band.high is not None:
        ax.vlines(band.x, band.low, band.high, color=style.FOCUS, linewidth=1.6, zorder=5)
        ax.plot(band.x, band.y, "o", color=style.FOCUS, markersize=4, zorder=6)
    else:
        ax.plot(band.x, band.y, color=style.FOCUS, linewidth=1.8, zorder=6)
    return figure


def _axes(title: str, subtitle: str, height: float, lines: int = 1) -> tuple[Figure, Axes, float]:
    """Make a panel with axes and room for so many lines of words below them."""
    below = panel.SCALE + (lines - 1) * style.line_height(style.SMALL)
    sheet = panel.sheet(title, subtitle, height + below)
    width = panel.WIDTH - LEFT - RIGHT
    return sheet.figure, style.place(sheet.figure, LEFT, sheet.top, width, height), width
