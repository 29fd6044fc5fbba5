"""The figure of a comparison: paired differences with their intervals. It computes nothing.

It is laid out in inches and sized by what it shows, so that no label is clipped or covered, however many arms and
worlds there are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zerosum.market.metrics import BY_NAME, NULL_METRICS, shown_with
from zerosum.report import panels, style
from zerosum.report.panels import BY_LUCK
from zerosum.report.wording import number
from zerosum.studies.compare import DEFAULT_METRIC

if TYPE_CHECKING:
    from zerosum.studies.compare import Comparison

N_LEVELS = 2
"""Rows that show levels, not differences: the baseline, and the same with equal reps."""
NUMBER_ROOM = 0.32
"""Inches on either side of the zero line, for the number on it."""


@style.drawn
def figure_compare(comparison: Comparison, metric: str = DEFAULT_METRIC) -> Figure:
    """Draw the paired difference of every arm to the baseline: worlds below each other, a column per metric.

    A column has one scale, so that worlds can be compared; ``head-to-head`` has its own, because its teams
    aren't the same reps twice and its intervals are wider by far.

    Parameters
    ----------
    comparison : Comparison
    metric : str
        The number that decides; it has a column of its own where it is no headline.

    Returns
    -------
    Figure
    """
    metrics = shown_with(metric)
    scenario, frame = comparison.scenario, comparison.differences
    frame = frame.set_index(["world", "metric", "arm"]).sort_index()
    worlds, baseline = scenario.comparison.worlds, scenario.baseline_name
    room = style.WIDTH - 2 * style.MARGIN
    levels = (f"{baseline} (baseline)", BY_LUCK)
    names = [style.wrap(name, panels.LONGEST_NAME) for name in (*levels, *scenario.arm_names[1:])]
    row = max(style.height(name, style.NORMAL) for name in names) + 0.13
    columns = panels.Columns(names, metrics)
    title, subtitle = _comparison_in_words(comparison, room)
    heads = 0.3 + style.height(title, style.TITLE) + style.height(subtitle, style.LARGE) + 0.2
    blocks = heads + columns.height + 0.15
    labels = [style.wrap(panels.world_label(world, scenario), room, style.LARGE, "bold") for world in worlds]
    heights = [style.height(label, style.LARGE) + 0.08 + row * len(names) + 0.55 for label in labels]
    notes = style.wrap(_notes(comparison, metrics), room, style.SMALL)
    key = blocks + sum(heights)

    figure = style.sheet(style.WIDTH, key + 0.3 + style.height(notes, style.SMALL) + 0.2)
    style.write(figure, style.MARGIN, 0.2, title, style.TITLE, weight="bold")
    style.write(
        figure,
        style.MARGIN,
        0.25 + style.height(title, style.TITLE),
        subtitle,
        style.LARGE,
        color=style.QUIET,
    )
    columns.write(figure, heads)
    top = blocks
    for world, label, height in zip(worlds, labels, heights, strict=True):
        style.write(figure, style.MARGIN, top, label, style.LARGE, weight="bold")
        inner = top + style.height(label, style.LARGE) + 0.08
        _row_names(figure, names, inner, row)
        peers = panels.peers(world, worlds)
        for left, name in zip(columns.lefts, metrics, strict=True):
            ax = style.place(figure, left, inner, columns.width, row * len(names))
            _differences(ax, frame, world, peers, name, scenario.arm_names, columns.width)
        top += height
    panels.key(
        figure,
        key,
        [
            (panels.interval(True), panels.dot(True), "interval excludes zero"),
            (panels.interval(False), panels.dot(False), "interval includes zero, or there is none"),
        ],
        f"right of the line: more than '{baseline}'",
    )
    style.write(figure, style.MARGIN, key + 0.3, notes, style.SMALL, color=style.QUIET)
    return figure


def _comparison_in_words(comparison: Comparison, room: float) -> tuple[str, str]:
    scenario = comparison.scenario
    n, vendor = scenario.comparison.replications, scenario.vendors[scenario.focal_index].name
    often = "1 replication" if n == 1 else f"{n:,} replications"
    intervals = ", 95 % intervals" if n > 1 else "; one replication has no interval"
    title = f"{scenario.name}: what each strategy changes for {vendor}, {often}"
    subtitle = f"Paired differences to '{scenario.baseline_name}' on common luck{intervals}."
    return style.wrap(title, room, style.TITLE, "bold"), style.wrap(subtitle, room, style.LARGE)


def _notes(comparison: Comparison, metrics: Sequence[str]) -> str:
    scenario, frame = comparison.scenario, comparison.differences
    shown = frame[frame["metric"].isin(metrics)]
    said = [
        f"The numbers above the line are means of '{scenario.baseline_name}', and of the same with equal reps and "
        "interchangeable territories: by luck alone. No correction for looking at many differences at once. "
        "Money: k thousand, M million."
    ]
    if len(scenario.arm_names) == 1:
        said.insert(0, f"Only '{scenario.baseline_name}' was run: there is nothing to compare it with.")
    if (shown["n"] < scenario.comparison.replications).any():
        said.append("Replications in which a number is undefined are left out of its interval.")
    return " ".join(said)


def _row_names(figure: Figure, names: Sequence[str], top: float, row: float) -> None:
    for i, name in enumerate(names):
        above = (row - style.height(name, style.NORMAL)) / 2
        style.write(
            figure,
            style.MARGIN,
            top + i * row + above,
            name,
            color=style.QUIET if i < N_LEVELS else style.INK,
        )


def _scale(frame: pd.DataFrame, worlds: Sequence[str], metric: str, width: float) -> tuple[float, float]:
    """Limits that hold zero and every interval."""
    parts: list[Any] = [frame.loc[(world, metric)] for world in worlds]
    values = pd.concat(parts)[["difference", "low", "high"]].to_numpy(np.float64).ravel()
    return panels.scale(values, width, NUMBER_ROOM)


def _differences(
    ax: Axes,
    frame: pd.DataFrame,
    world: str,
    peers: Sequence[str],
    metric: str,
    arms: Sequence[str],
    width: float,
) -> None:
    """One panel: the baseline's level and its luck null above the zero line, then a dot and an interval per arm."""
    unit = BY_NAME[metric].unit
    there: Any = frame.loc[(world, metric)]
    here: pd.DataFrame = there.loc[list(arms)]
    n_rows = N_LEVELS + len(arms) - 1
    panels.bare(ax, -0.5, n_rows - 0.5)
    if not np.isfinite(here["difference"]).any():
        panels.undefined(ax, "undefined in every replication", width)
        return
    panels.axis(ax, _scale(frame, peers, metric, width), width, unit, labelled=len(arms) > 1)
    for row in range(N_LEVELS, n_rows):
        ax.axhline(row, color=style.FAINT, linewidth=0.7, zorder=1)
    ax.plot([0, 0], [N_LEVELS - 0.6, n_rows - 0.5], color=style.INK, linewidth=1.0, zorder=2)
    levels = [here["baseline"].iloc[0]] + ([here["luck_null"].iloc[0]] if metric in NULL_METRICS else [])
    for row, level in enumerate(levels):
        ax.text(
            0,
            row,
            number(level, unit),
            ha="center",
            va="center_baseline",
            size=style.SMALL,
            color=style.QUIET,
        )
    for row, (_, arm) in enumerate(here.iloc[1:].iterrows(), start=N_LEVELS):
        _difference(ax, row, arm)


def _difference(ax: Axes, row: int, arm: pd.Series) -> None:
    mean, low, high = float(arm["difference"]), float(arm["low"]), float(arm["high"])
    if not math.isfinite(mean):
        ax.text(
            0, row, "undefined", ha="center", va="center_baseline", size=style.SMALL, color=style.QUIET,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0}, zorder=5,
        )  # fmt: skip
        return
    certain = panels.excludes_zero(low, high)
    if math.isfinite(low):
        ax.plot([low, high], [row, row], **panels.interval(certain))
    ax.plot([mean], [row], **panels.dot(certain))
