"""Lines over a scale: the distribution of attainment over reps, and a difference with its band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from zerosum.report.plots import style

Numbers = npt.NDArray[np.float64]
HIGH = 1.45
"""Inches of a panel's axes."""
QUOTA = 1.0


class Spread(NamedTuple):
    """Attainments of a strategy's reps, of the baseline's, and of the strategy's by chance alone."""

    own: Numbers
    baseline: Numbers | None
    chance: Numbers


def draw_reached(ax: Axes, spread: Spread, right: float, at_quota: str) -> None:
    """Draw the share of reps by quota attainment.

    Parameters
    ----------
    ax : Axes
    spread : Spread
    right : float
        end of the scale
    at_quota : str
        share of reps at or above quota, in words
    """
    style.scale_y(ax, (0.0, 1.04), lambda value: f"{100 * value:.0f} %")
    style.scale_x(ax, (0.0, right), lambda value: f"{value:g}")
    ax.axvline(QUOTA, color=style.INK, linewidth=0.8, zorder=2)
    for z, (values, look) in enumerate(zip(_in_order(spread), REACHED_LOOKS, strict=True), start=3):
        if values is not None and len(values):
            ax.plot(*survival(values), zorder=z, solid_capstyle="butt", **look)
    share = float(np.mean(spread.own >= QUOTA)) if len(spread.own) else float("nan")
    ax.plot([QUOTA], [share], marker="o", markersize=5, color=style.FOCUS, zorder=8)
    ax.annotate(
        f"{at_quota} reach quota",
        (QUOTA, 1.04),
        # At the top, where few curves pass right of the line.
        xytext=(5, -1),
        textcoords="offset points",
        va="top",
        size=style.SMALL,
        zorder=9,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
    )


REACHED_LOOKS: tuple[dict[str, Any], ...] = (
    {"color": style.PALE, "linewidth": 2.6},
    {"color": style.FOCUS, "linewidth": 2.0},
    {"color": style.INK, "linewidth": 1.0, "linestyle": (0, (2.5, 2))},
)
"""Looks of the baseline, the strategy, and chance alone: on top, because it often covers the strategy's."""


def _in_order(spread: Spread) -> tuple[Numbers | None, ...]:
    return spread.baseline, spread.own, spread.chance


def survival(values: Numbers, points: int = 100) -> tuple[Numbers, Numbers]:
    """Return attainments, and the share of reps at or above each; in steps for few reps."""
    if len(values) < points:
        share = np.linspace(1.0, 0.0, len(values) + 1)
        return np.repeat(np.sort(values), 2), np.repeat(share, 2)[1:-1]
    share = np.linspace(1.0, 0.0, points + 1)
    return np.quantile(values, 1.0 - share), share


class Band(NamedTuple):
    """A line with a narrow and a wide band; the narrow one is optional (None)."""

    x: Numbers
    y: Numbers
    low: Numbers | None
    high: Numbers | None
    low_all: Numbers
    high_all: Numbers


def draw_band(
    ax: Axes, band: Band, unit: str, limits: tuple[float, float], ticks: Sequence[tuple[float, str]]
) -> None:
    """Draw a difference along a scale, with its bands around it, and zero.

    Parameters
    ----------
    ax : Axes
    band : Band
    unit : str
        of the difference
    limits : tuple
        of the scale at the left, the same for all panels of a figure
    ticks : sequence
        numbers on the scale below, with labels
    """
    style.scale_y(ax, limits, lambda value: style.tick(value, unit))
    first, last = float(band.x[0]), float(band.x[-1])
    margin = 0.02 * (last - first)
    ax.set_xlim(first - margin, last + margin)
    ax.set_xticks([at for at, _ in ticks], [words for _, words in ticks])
    ax.fill_between(band.x, band.low_all, band.high_all, color="#d6dee8", linewidth=0, zorder=2)
    for edge in (band.low_all, band.high_all):
        ax.plot(band.x, edge, color=style.PALE, linewidth=0.7, zorder=3)
    ax.axhline(0.0, color=style.INK, linewidth=0.9, zorder=4)
    if band.low is not None and band.high is not None:
        ax.vlines(band.x, band.low, band.high, color=style.FOCUS, linewidth=1.6, zorder=5)
        ax.plot(band.x, band.y, "o", color=style.FOCUS, markersize=4, zorder=6)
    else:
        ax.plot(band.x, band.y, color=style.FOCUS, linewidth=1.8, zorder=6)
