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
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from simulator.metrics import BY_NAME, HEADLINES, NULL_METRICS
from simulator.report import style
from simulator.report.wording import number, short_money, world_in_words

if TYPE_CHECKING:
    from simulator.compare import Comparison

GAP = 0.28
"""Inches between panels."""
LONGEST_NAME = 2.1
"""Inches of a strategy's name, then it is broken."""
BY_LUCK = "by luck alone"
N_LEVELS = 2
"""Rows that show levels, not differences: the baseline, and the same with equal reps."""


@style.drawn
def figure_compare(comparison: Comparison) -> Figure:
    """Draw the paired difference of every arm to the baseline: worlds below each other, a column per metric.

    A column has one scale, so that worlds can be compared; ``head-to-head`` has its own, because its teams
    aren't the same reps twice and its intervals are wider by far.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    Figure
    """
    scenario, frame = comparison.scenario, comparison.differences
    frame = frame.set_index(["world", "metric", "arm"]).sort_index()
    worlds, baseline = scenario.comparison.worlds, scenario.baseline_name
    room = style.WIDTH - 2 * style.MARGIN
    levels = (f"{baseline} (baseline)", BY_LUCK)
    names = [style.wrap(name, LONGEST_NAME) for name in (*levels, *scenario.arm_names[1:])]
    widest = max(style.text_width(line) for name in names for line in name.split("\n"))
    row = max(style.height(name, style.NORMAL) for name in names) + 0.13
    start = style.MARGIN + widest + GAP
    panel = (style.WIDTH - style.MARGIN - start - GAP * (len(HEADLINES) - 1)) / len(HEADLINES)
    lefts = [start + i * (panel + GAP) for i in range(len(HEADLINES))]

    titles = [style.wrap(BY_NAME[name].label, panel, style.NORMAL, "bold") for name in HEADLINES]
    units = [style.wrap(_unit_of_difference(BY_NAME[name].unit), panel, style.SMALL) for name in HEADLINES]
    head = max(style.height(words, style.NORMAL) for words in titles)
    title, subtitle = _comparison_in_words(comparison, room)
    columns = 0.3 + style.height(title, style.TITLE) + style.height(subtitle, style.LARGE) + 0.2
    blocks = columns + head + max(style.height(words, style.SMALL) for words in units) + 0.15
    labels = [style.wrap(_world_label(world, comparison), room, style.LARGE, "bold") for world in worlds]
    heights = [style.height(label, style.LARGE) + 0.08 + row * len(names) + 0.55 for label in labels]
    notes = style.wrap(_notes(comparison), room, style.SMALL)
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
    for left, words, unit in zip(lefts, titles, units, strict=True):
        style.write(figure, left, columns, words, weight="bold")
        style.write(figure, left, columns + head, unit, style.SMALL, color=style.QUIET)
    top = blocks
    for world, label, height in zip(worlds, labels, heights, strict=True):
        style.write(figure, style.MARGIN, top, label, style.LARGE, weight="bold")
        inner = top + style.height(label, style.LARGE) + 0.08
        _row_names(figure, names, inner, row)
        peers = [w for w in worlds if (w == "head-to-head") == (world == "head-to-head")]
        for left, metric in zip(lefts, HEADLINES, strict=True):
            ax = style.place(figure, left, inner, panel, row * len(names))
            _differences(ax, frame, world, peers, metric, scenario.arm_names, panel)
        top += height
    _key(figure, key, baseline)
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


def _world_label(world: str, comparison: Comparison) -> str:
    scenario = comparison.scenario
    words = world_in_words(world, scenario.vendors[scenario.focal_index].name)  # type: ignore[arg-type]
    own_scale = (
        " (on a scale of its own)" if world == "head-to-head" and len(scenario.comparison.worlds) > 1 else ""
    )
    return f"World '{world}': {words}{own_scale}"


def _unit_of_difference(unit: str) -> str:
    """Say in which unit a difference is drawn."""
    words = {
        "share": "percentage points",
        "ratio": "of quota (1 = all of it)",
        "money/money": "money per money spent",
    }
    return words.get(unit, unit.replace("/", " per "))


def _notes(comparison: Comparison) -> str:
    scenario, frame = comparison.scenario, comparison.differences
    shown = frame[frame["metric"].isin(HEADLINES)]
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
    """Limits that hold zero and every interval, with room for the number on the zero line."""
    parts: list[Any] = [frame.loc[(world, metric)] for world in worlds]
    rows = pd.concat(parts)
    values = rows[["difference", "low", "high"]].to_numpy(np.float64).ravel()
    values = values[np.isfinite(values)]
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    if high - low <= 0:
        return -1.0, 1.0
    edge, number_room = 0.12, 0.32  # inches
    per_inch = (high - low) / (width - 2 * edge)
    for _ in range(20):
        left = min(low - edge * per_inch, -number_room * per_inch)
        right = max(high + edge * per_inch, number_room * per_inch)
        per_inch = (right - left) / width
    return left, right


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
    ax.set_ylim(n_rows - 0.5, -0.5)
    ax.yaxis.set_major_locator(NullLocator())
    for side in ("left", "top", "right"):
        ax.spines[side].set_visible(False)
    if not np.isfinite(here["difference"]).any():
        ax.xaxis.set_major_locator(NullLocator())
        ax.spines["bottom"].set_visible(False)
        ax.text(
            0.5,
            0.5,
            style.wrap("undefined in every replication", width, style.SMALL),
            transform=ax.transAxes,
            ha="center",
            va="center",
            size=style.SMALL,
            color=style.QUIET,
        )
        return
    low, high = _scale(frame, peers, metric, width)
    ax.set_xlim(low, high)
    ticks = style.round_ticks(low, high, width, lambda value: _tick(value, unit)) if len(arms) > 1 else []
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value, unit)))
    ax.tick_params(length=3, color=style.PALE, pad=2)
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
    certain = low < high and (low > 0 or high < 0)
    if math.isfinite(low):
        ax.plot([low, high], [row, row], **_interval(certain))
    ax.plot([mean], [row], **_dot(certain))


def _interval(certain: bool) -> dict[str, Any]:
    ink, wide = (style.FOCUS, 2.6) if certain else (style.PALE, 1.3)
    return {"color": ink, "linewidth": wide, "solid_capstyle": "butt", "zorder": 3}


def _dot(certain: bool) -> dict[str, Any]:
    edge, fill = (style.FOCUS, style.FOCUS) if certain else (style.QUIET, "white")
    return {
        "marker": "o",
        "markersize": 7.0 if certain else 6.0,
        "markeredgecolor": edge,
        "markerfacecolor": fill,
        "linestyle": "",
        "zorder": 4,
    }


def _key(figure: Figure, top: float, baseline: str) -> None:
    """Explain the two looks of an interval, with the marks themselves."""
    ax = style.place(figure, style.MARGIN, top, style.WIDTH - 2 * style.MARGIN, 0.22)
    ax.set_axis_off()
    ax.set_xlim(0, style.WIDTH - 2 * style.MARGIN)
    ax.set_ylim(-1, 1)
    left = 0.0
    for certain, words in (
        (True, "interval excludes zero"),
        (False, "interval includes zero, or there is none"),
    ):
        ax.plot([left + 0.02, left + 0.5], [0, 0], **_interval(certain))
        ax.plot([left + 0.26], [0], **_dot(certain))
        ax.text(left + 0.6, 0, words, va="center_baseline", size=style.SMALL)
        left += 0.6 + style.text_width(words, style.SMALL) + 0.35
    words = style.cut(
        f"right of the line: more than '{baseline}'", style.WIDTH - 2 * style.MARGIN - left, style.SMALL
    )
    ax.text(left, 0, words, va="center_baseline", size=style.SMALL)


def _tick(value: float, unit: str) -> str:
    """Say a difference on an axis, as short as can be."""
    if abs(value) < 1e-12:
        return "0"
    if unit.startswith("share"):
        return f"{100 * value:+.4g}"
    if unit.startswith("money") and unit != "money/money":
        return short_money(value, "+")
    return f"{value:+.4g}"
