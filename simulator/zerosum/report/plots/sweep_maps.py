"""Plot responses over two factors: a map of each strategy's difference; cells undecided from zero are marked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from zerosum.report.intervals import excludes_zero
from zerosum.report.plots import factors, layout, style
from zerosum.report.plots.layout import Panel
from zerosum.report.plots.sweep_responses import facets, left_out
from zerosum.report.responses import View, signs
from zerosum.report.wording import count

COLORS = LinearSegmentedColormap.from_list(
    "brown-blue", ["#8c4a06", "#e8c59a", "#f7f7f7", "#a9c6e3", style.FOCUS]
)
"""Brown below, blue above: safe for color blindness, and pale near zero."""
WRITTEN = 0.46
"""Smallest width of a cell with a number, in inches."""
SMALLEST = 0.15
"""Smallest hatched cell, in inches; smaller ones are crossed."""


@style.styled
def plot_maps(
    view: View,
    strategies: Sequence[str],
    axes: tuple[str, str],
    others: Sequence[str] = (),
    combinations: pd.DataFrame | None = None,
) -> Figure:
    """Draw a map of each strategy's difference over two factors with numbers.

    Parameters
    ----------
    strategies : names
        several with two factors; one with more
    axes : (name, name)
        factors across, and up
    others, combinations
        factors of the panels, and their values, a row per panel
    """
    across, up = axes
    rows = {strategy: view.rows[strategy] for strategy in strategies}
    values = np.concatenate([frame["difference"].to_numpy(float) for frame in rows.values()])
    known = np.abs(values[np.isfinite(values)])
    most = float(known.max()) if len(known) and known.max() > 0 else 1.0
    single = len(strategies) == 1 and combinations is None
    width = layout.panel_width(layout.READABLE, 1 if single else 2) - 0.5
    grid = [sorted(view.study.points[name].unique()) for name in axes]
    lowest, highest = 0.6 * width, (0.75 if single else 1.1) * width
    height = float(np.clip(width * len(grid[1]) / len(grid[0]), lowest, highest))
    scale = Normalize(-most, most)
    cases: list[tuple[str, str, pd.DataFrame]] = []
    for strategy, frame in rows.items():
        if combinations is None:
            cases.append(("", "", frame) if single else (strategy, _seen(frame), frame))
        else:
            cases += [(label, _seen(here), here) for label, here in facets(frame, others, combinations)]
    label = f"across: {view.title_of(across)}; up: {view.title_of(up)}"
    found = [
        Panel(
            partial(
                draw_map,
                unit=view.unit,
                rows=here,
                names=axes,
                values=grid,
                scale=scale,
                high=height,
            ),
            height,
            heading,
            detail,
            label,
        )
        for heading, detail, here in cases
    ]
    bar = Panel(
        partial(_draw_bar, unit=view.unit, most=most),
        0.14,
        xlabel=f"difference from '{view.against}', {style.unit_of_difference(view.unit, view.currency)}",
    )
    notes = (
        "Hatched, or crossed: the 95 % interval (of each cell for itself) includes zero, or there is none. "
    )
    if np.isnan(values).any() or any(len(here) < len(grid[0]) * len(grid[1]) for _, _, here in cases):
        notes += "Empty: no runs. "
    if combinations is not None:
        notes += left_out(len(combinations), rows[strategies[0]], others)
    return layout.compose(
        [*layout.in_rows(found, 1 if single else 2), [bar]],
        _title(view, rows),
        view.where(f"Difference over {across} and {up}."),
        notes.strip(),
    )


def _title(view: View, rows: dict[str, pd.DataFrame]) -> str:
    label, against = view.label, view.against
    if len(rows) == 1:
        return view.seen(next(iter(rows)))
    of = count(len(rows), "strategy")
    turning = [strategy for strategy, frame in rows.items() if all(signs(frame)[:2])]
    if turning:
        return f"{label}: {len(turning)} of {of} above '{against}' in places and below in others"
    told_apart = [strategy for strategy, frame in rows.items() if any(signs(frame)[:2])]
    return f"{label}: {len(told_apart)} of {of} can be told from '{against}' somewhere"


def _seen(rows: pd.DataFrame) -> str:
    above, below, neither = signs(rows)
    return f"above at {above}, below at {below}, open at {neither} of {count(len(rows), 'point')}"


def draw_map(
    ax: Axes,
    unit: str,
    rows: pd.DataFrame,
    names: tuple[str, str],
    values: Sequence[Sequence[float]],
    scale: Normalize,
    high: float,
) -> None:
    """Fill cells, hatch undecided ones, write numbers where they fit."""
    n, m = len(values[0]), len(values[1])
    wide = style.inches(ax)[0] - 0.4  # numbers at the left take some
    cell = (wide / n, high / m)
    x, y = (
        rows[name].map({value: i for i, value in enumerate(known)}).to_numpy(int)
        for name, known in zip(names, values, strict=True)
    )
    shades = np.full((m, n), np.nan)
    shades[y, x] = rows["difference"].to_numpy(float)
    lines = 0.5 if min(cell) > SMALLEST else 0.0
    ax.pcolormesh(np.arange(n), np.arange(m), shades, norm=scale, cmap=COLORS, edgecolors="white", lw=lines)
    certain = [excludes_zero(low, top) for low, top in zip(rows["low"], rows["high"], strict=True)]
    unsure = ~np.array(certain, bool) & np.isfinite(shades[y, x])
    if min(cell) > SMALLEST:
        squares = [Rectangle((a - 0.5, b - 0.5), 1, 1) for a, b in zip(x[unsure], y[unsure], strict=True)]
        ax.add_collection(
            PatchCollection(squares, facecolor="none", edgecolor=style.PALE, hatch="////", linewidth=0)
        )
    else:
        ax.plot(
            x[unsure], y[unsure], ls="", marker="x", markersize=2.2, markeredgewidth=0.6, color=style.QUIET
        )
    if cell[0] >= WRITTEN and cell[1] >= 0.2:
        for a, b, value, open_ in zip(x, y, shades[y, x], unsure, strict=True):
            if np.isfinite(value):
                _write(ax, float(a), float(b), value, scale, bool(open_), unit)
    factors.write_some(ax, "x", range(n), factors.short(values[0]), wide, (-0.5, n - 0.5))
    factors.write_some(ax, "y", range(m), factors.short(values[1]), high, (-0.5, m - 0.5))


def _write(ax: Axes, x: float, y: float, value: float, scale: Normalize, unsure: bool, unit: str) -> None:
    """Write a cell's number, to two digits, white on dark."""
    dark = abs(float(scale(value)) - 0.5) > 0.38
    ax.text(
        x,
        y,
        style.tick(float(f"{value:.2g}"), unit),
        ha="center",
        va="center_baseline",
        size=style.SMALL - 1,
        color="white" if dark and not unsure else style.INK,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8} if unsure else None,
        zorder=4,
    )


def _draw_bar(ax: Axes, unit: str, most: float) -> None:
    shades = np.linspace(0, 1, 256)[None, :]
    ax.imshow(shades, aspect="auto", cmap=COLORS, extent=(-most, most, 0, 1), interpolation="nearest")
    style.bare_y(ax, 1.0)
    style.scale_x(ax, (-most, most), lambda value: style.tick(value, unit))
