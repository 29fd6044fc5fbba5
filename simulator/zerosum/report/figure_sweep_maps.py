"""Responses over two factors: a map of each arm's difference, with what can't be told from zero marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter

from zerosum.report import figure_sweep_parts as parts
from zerosum.report import panels, style
from zerosum.report.figure_sweep_lines import left_out
from zerosum.report.figure_sweep_parts import Panel
from zerosum.report.wording import count
from zerosum.studies.sweep.analysis.effects import told

if TYPE_CHECKING:
    from zerosum.studies.sweep.analysis import Analysis, Outcome

COLOURS = LinearSegmentedColormap.from_list(
    "brown-blue", ["#8c4a06", "#e8c59a", "#f7f7f7", "#a9c6e3", style.FOCUS]
)
"""Brown below, blue above: told apart by everyone, and pale towards nothing."""

WRITTEN = 0.46
"""Inches that a cell must be wide for its number to be written into it."""
SMALLEST = 0.15
"""Inches of a cell that can be hatched; a smaller one is crossed."""


@style.drawn
def figure_maps(
    analysis: Analysis,
    outcome: Outcome,
    arms: Sequence[str],
    axes: tuple[str, str],
    others: Sequence[str] = (),
    combinations: pd.DataFrame | None = None,
) -> Figure:
    """Draw a map of each arm's difference over two factors with numbers.

    Parameters
    ----------
    arms : names
        several where there are two factors; one where there are more
    axes : (name, name)
        factors across, and up
    others, combinations
        factors that panels stand for, and their values, a row for each panel
    """
    across, up = axes
    rows = {arm: parts.responses(analysis, outcome, arm) for arm in arms}
    values = np.concatenate([frame["difference"].to_numpy(float) for frame in rows.values()])
    known = np.abs(values[np.isfinite(values)])
    most = float(known.max()) if len(known) and known.max() > 0 else 1.0
    single = len(arms) == 1 and combinations is None
    width = parts.ROOM - parts.TICKS if single else (parts.ROOM - 2 * parts.TICKS - parts.GAP) / 2
    columns = sorted(analysis.swept.study.points[across].unique())
    lines = sorted(analysis.swept.study.points[up].unique())
    height = float(
        np.clip(width * len(lines) / len(columns), 0.6 * width, 0.75 * width if single else 1.1 * width)
    )
    scale = Normalize(-most, most)
    cases: list[tuple[str, str, pd.DataFrame]] = []
    for arm, frame in rows.items():
        if combinations is None:
            cases.append(("", "", frame) if single else (arm, _seen(frame), frame))
            continue
        for _, combination in combinations.iterrows():
            here = frame[(frame[list(others)] == combination).all(axis=1)]
            label = ", ".join(f"{other} = {told(combination[other])}" for other in others)
            cases.append((label, _seen(here), here))
    found = [
        Panel(
            heading,
            lambda ax, here=here: _map(
                ax, analysis, here, (across, up), (columns, lines), scale, (width, height)
            ),  # type: ignore[misc]
            width,
            height,
            xlabel=f"across: {parts.title_of(analysis, across)}; up: {parts.title_of(analysis, up)}",
            detail=detail,
        )
        for heading, detail, here in cases
    ]
    bar = Panel(
        "",
        lambda ax: _bar(ax, analysis.metric.unit, most, parts.ROOM - 2 * parts.TICKS),
        parts.ROOM - 2 * parts.TICKS,
        0.14,
        xlabel=f"difference from '{analysis.against}', {panels.unit_of_difference(analysis.metric.unit)}",
    )
    subtitle = (f"Difference over {across} and {up}. " + parts.where(analysis, outcome)).strip()
    notes = (
        "Hatched, or crossed: the 95 % interval (of each cell for itself) includes zero, or there is none. "
    )
    if np.isnan(values).any() or any(len(here) < len(columns) * len(lines) for _, _, here in cases):
        notes += "Empty: no runs. "
    if combinations is not None:
        notes += left_out(len(combinations), rows[arms[0]], others)
    return parts.compose(_title(analysis, rows), subtitle, [*parts.in_rows(found, 2), [bar]], notes.strip())


def _title(analysis: Analysis, rows: dict[str, pd.DataFrame]) -> str:
    label, against = analysis.metric.label, analysis.against
    if len(rows) == 1:
        ((arm, frame),) = rows.items()
        above, below, neither = parts.signs(frame)
        return (
            f"{label}: '{arm}' above '{against}' at {above}, below at {below}, open at {neither} of "
            f"{count(len(frame), 'point')}"
        )
    turning = [arm for arm, frame in rows.items() if all(parts.signs(frame)[:2])]
    if turning:
        return f"{label}: {len(turning)} of {count(len(rows), 'arm')} above '{against}' in places and below in others"
    told_apart = [arm for arm, frame in rows.items() if any(parts.signs(frame)[:2])]
    return f"{label}: {len(told_apart)} of {count(len(rows), 'arm')} can be told from '{against}' somewhere"


def _seen(rows: pd.DataFrame) -> str:
    above, below, neither = parts.signs(rows)
    return f"above at {above}, below at {below}, open at {neither} of {count(len(rows), 'point')}"


def _map(
    ax: Axes,
    analysis: Analysis,
    rows: pd.DataFrame,
    names: tuple[str, str],
    values: tuple[Sequence[float], Sequence[float]],
    scale: Normalize,
    size: tuple[float, float],
) -> None:
    """Fill cells, hatch what is open, write numbers where there is room."""
    columns = {value: i for i, value in enumerate(values[0])}
    lines = {value: i for i, value in enumerate(values[1])}
    cell = (size[0] / len(columns), size[1] / len(lines))
    x, y = rows[names[0]].map(columns).to_numpy(int), rows[names[1]].map(lines).to_numpy(int)
    shades = np.full((len(lines), len(columns)), np.nan)
    shades[y, x] = rows["difference"].to_numpy(float)
    apart = 0.5 if min(cell) > SMALLEST else 0.0
    ax.pcolormesh(
        np.arange(len(columns)),
        np.arange(len(lines)),
        shades,
        norm=scale,
        cmap=COLOURS,
        edgecolors="white",
        lw=apart,
    )
    certain = [panels.excludes_zero(low, high) for low, high in zip(rows["low"], rows["high"], strict=True)]
    unsure = ~np.array(certain, bool) & np.isfinite(shades[y, x])
    if min(cell) > SMALLEST:
        squares = [Rectangle((a - 0.5, b - 0.5), 1, 1) for a, b in zip(x[unsure], y[unsure], strict=True)]
        ax.add_collection(
            PatchCollection(squares, facecolor="none", edgecolor=style.PALE, hatch="////", linewidth=0)
        )
    else:
        ax.plot(
            x[unsure],
            y[unsure],
            linestyle="",
            marker="x",
            markersize=2.2,
            markeredgewidth=0.6,
            color=style.QUIET,
        )
    if cell[0] >= WRITTEN and cell[1] >= 0.2:
        for a, b, value, open_ in zip(x, y, shades[y, x], unsure, strict=True):
            if np.isfinite(value):
                _write(ax, float(a), float(b), value, scale, bool(open_), analysis.metric.unit)
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(-0.5, len(lines) - 0.5)
    _ticks(ax, "x", parts.short(values[0]), size[0])
    _ticks(ax, "y", parts.short(values[1]), size[1])


def _write(ax: Axes, x: float, y: float, value: float, scale: Normalize, unsure: bool, unit: str) -> None:
    """Write a cell's number, white on dark."""
    dark = abs(float(scale(value)) - 0.5) > 0.38
    ax.text(
        x,
        y,
        panels.tick(_rounded(value), unit),
        ha="center",
        va="center_baseline",
        size=style.SMALL - 1,
        color="white" if dark and not unsure else style.INK,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8} if unsure else None,
        zorder=4,
    )


def _rounded(value: float) -> float:
    """Two significant digits."""
    return float(f"{value:.2g}")


def _ticks(ax: Axes, which: str, labels: Sequence[str], inches: float) -> None:
    step = inches / len(labels)
    if which == "x":
        shown = parts.with_room([(i + 0.5) * step for i in range(len(labels))], labels)
    else:
        every = max(1, int(np.ceil(0.18 / step)))
        shown = list(range(0, len(labels), every))
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_locator(FixedLocator(shown))
    axis.set_major_formatter(FuncFormatter(lambda _, position: labels[shown[position]]))
    ax.tick_params(length=2, color=style.PALE, pad=2)


def _bar(ax: Axes, unit: str, most: float, width: float) -> None:
    ax.imshow(
        np.linspace(0, 1, 256)[None, :],
        aspect="auto",
        cmap=COLOURS,
        extent=(-most, most, 0, 1),
        interpolation="nearest",
    )
    panels.bare(ax, 1, 0)
    panels.axis(ax, (-most, most), width, unit)
