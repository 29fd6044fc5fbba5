"""The figure of a comparison across fits: a dot and an interval for each, and the verdict. It computes nothing."""

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
from zerosum.report.wording import MISSING, count, fits_in_words, span
from zerosum.studies.across import FLIPS, HIGHER, LOWER
from zerosum.studies.compare import DEFAULT_METRIC

if TYPE_CHECKING:
    from zerosum.studies.across import Across

STEP = 0.085
"""Inches from one fit to the next."""
LINE = 0.2
"""Inches of the line with the verdict, and of a line of levels."""
AIR = 0.12
"""Inches between strategies."""


@style.drawn
def figure_across(across: Across, metric: str = DEFAULT_METRIC) -> Figure:
    """Draw every fit's paired difference of every arm to the baseline: worlds below each other, a column per metric.

    Parameters
    ----------
    across : Across
    metric : str
        The number that decides; it has a column of its own where it is no headline.

    Returns
    -------
    Figure
    """
    metrics = shown_with(metric)
    scenario = across.scenario
    worlds, baseline = scenario.comparison.worlds, scenario.baseline_name
    room = style.WIDTH - 2 * style.MARGIN
    levels = [style.wrap(n, panels.LONGEST_NAME) for n in (f"{baseline} (baseline)", panels.BY_LUCK)]
    names = [style.wrap(name, panels.LONGEST_NAME) for name in scenario.arm_names[1:]]
    columns = panels.Columns([*levels, *names], metrics)
    strip = STEP * (len(across.fits.sets) + 1)
    block = max([LINE + strip, *(style.height(name, style.NORMAL) for name in names)]) + AIR
    above = [style.height(name, style.NORMAL) + 0.04 for name in levels]

    title, subtitle = _in_words(across, room)
    heads = 0.3 + style.height(title, style.TITLE) + style.height(subtitle, style.LARGE) + 0.2
    blocks = heads + columns.height + 0.15
    labels = [style.wrap(panels.world_label(w, scenario), room, style.LARGE, "bold") for w in worlds]
    heights = [
        style.height(label, style.LARGE) + 0.08 + sum(above) + AIR + block * len(names) + 0.55
        for label in labels
    ]
    notes = style.wrap(_notes(across), room, style.SMALL)
    key = blocks + sum(heights)

    figure = style.sheet(style.WIDTH, key + 0.3 + style.height(notes, style.SMALL) + 0.2)
    style.write(figure, style.MARGIN, 0.2, title, style.TITLE, weight="bold")
    below_title = 0.25 + style.height(title, style.TITLE)
    style.write(figure, style.MARGIN, below_title, subtitle, style.LARGE, color=style.QUIET)
    columns.write(figure, heads)
    table: Any = across.table.set_index(["world", "metric", "arm"]).sort_index()
    drawn: Any = across.differences.set_index(["world", "metric", "arm"]).sort_index()
    top = blocks
    for world, label, height in zip(worlds, labels, heights, strict=True):
        style.write(figure, style.MARGIN, top, label, style.LARGE, weight="bold")
        inner = top + style.height(label, style.LARGE) + 0.08
        strips = inner + sum(above) + AIR
        for words, place in zip(levels, (inner, inner + above[0]), strict=True):
            style.write(figure, style.MARGIN, place, words, color=style.QUIET)
        for i, name in enumerate(names):
            style.write(figure, style.MARGIN, strips + i * block, name)
        for left, name in zip(columns.lefts, metrics, strict=True):
            level = table.loc[(world, name, baseline)]
            _levels(figure, left, (inner, inner + above[0]), name, level)
            if not names:
                continue
            for i, arm in enumerate(scenario.arm_names[1:]):
                _verdict(figure, left, strips + i * block, table.loc[(world, name, arm)])
            parts: list[Any] = [drawn.loc[(w, name)] for w in panels.peers(world, worlds)]
            limits = panels.scale(
                pd.concat(parts)[["difference", "low", "high"]].to_numpy(np.float64).ravel(),
                columns.width,
                0.06,
            )
            ax = style.place(figure, left, strips, columns.width, block * len(names))
            here = [drawn.loc[[(world, name, arm)]].sort_values("fit") for arm in scenario.arm_names[1:]]
            _strips(ax, here, block, limits, columns.width, BY_NAME[name].unit)
        top += height
    panels.key(
        figure,
        key,
        [
            (_interval(True, False), _dot(True, False), "a fit: interval excludes zero"),
            (_interval(False, False), _dot(False, False), "includes zero, or there is none"),
            (_interval(True, True), _dot(True, True), "the default fit"),
        ],
        f"right of the line: more than '{baseline}'",
    )
    style.write(figure, style.MARGIN, key + 0.3, notes, style.SMALL, color=style.QUIET)
    return figure


def _in_words(across: Across, room: float) -> tuple[str, str]:
    scenario = across.scenario
    n, vendor = scenario.comparison.replications, scenario.vendors[scenario.focal_index].name
    fits = len(across.fits.sets)
    intervals = ", 95 % intervals" if n > 1 else "; one replication has no interval"
    title = (
        f"{scenario.name}: what each strategy changes for {vendor} under {count(fits, 'fit')}, "
        f"{count(n, 'replication')} each"
    )
    subtitle = (
        f"Paired differences to '{scenario.baseline_name}' on common luck{intervals}. "
        "A fit is a set of assumptions that agrees with the facts."
    )
    return style.wrap(title, room, style.TITLE, "bold"), style.wrap(subtitle, room, style.LARGE)


def _notes(across: Across) -> str:
    baseline = across.scenario.baseline_name
    said = [
        fits_in_words(across),
        "Higher, lower: the interval lies above, below zero; unclear: it includes zero. Flips: above zero in one fit "
        "and below in another, so the facts don't decide it. Fits are no sample: their range is no interval.",
        f"The numbers above the strips are means of '{baseline}', and of the same with equal reps and interchangeable "
        "territories (by luck alone), from the smallest to the largest over fits. No correction for looking at many "
        "differences at once. Money: k thousand, M million.",
    ]
    if len(across.scenario.arm_names) == 1:
        said.insert(0, f"Only '{baseline}' was run: there is nothing to compare it with.")
    return " ".join(said)


def _levels(figure: Figure, left: float, tops: tuple[float, float], metric: str, row: pd.Series) -> None:
    """Write the baseline's level and its luck null, from the smallest to the largest over fits."""
    unit = row["unit"]
    said = [span(row["level_smallest"], row["level_largest"], unit)]
    if metric in NULL_METRICS:
        said.append(span(row["luck_null_smallest"], row["luck_null_largest"], unit))
    for top, words in zip(tops, said, strict=False):
        style.write(figure, left, top, words, style.SMALL, color=style.QUIET)


def _verdict(figure: Figure, left: float, top: float, row: pd.Series) -> None:
    looks: dict[str, Any] = {"color": style.QUIET}
    if row["verdict"] in (HIGHER, LOWER):
        looks = {"color": style.FOCUS, "weight": "bold"}
    elif row["verdict"] == FLIPS:
        looks = {"color": style.INK, "weight": "bold"}
    words = row["verdict"] if math.isfinite(row["difference"]) else f"{MISSING} undefined in every fit"
    style.write(figure, left, top, words, style.SMALL, **looks)


def _strips(
    ax: Axes,
    arms: Sequence[pd.DataFrame],
    block: float,
    limits: tuple[float, float],
    width: float,
    unit: str,
) -> None:
    """One panel: below each other the arms, of each a row per fit, the default on top. y is in inches."""
    panels.bare(ax, 0.0, block * len(arms))
    panels.axis(ax, limits, width, unit)
    for i, rows in enumerate(arms):
        start = i * block + LINE
        if i:
            ax.axhline(i * block - AIR / 2, color=style.FAINT, linewidth=0.7, zorder=1)
        end = start + STEP * (len(rows) + 1)
        ax.plot([0, 0], [start, end], color=style.INK, linewidth=1.0, zorder=2)
        for fit, (_, row) in enumerate(rows.iterrows()):
            # The default fit is larger, and has more room.
            y = start + STEP * (0.75 if fit == 0 else fit + 1.0)
            _difference(ax, y, row, fit == 0)


def _difference(ax: Axes, y: float, row: pd.Series, default: bool) -> None:
    mean, low, high = float(row["difference"]), float(row["low"]), float(row["high"])
    if not math.isfinite(mean):
        return
    certain = panels.excludes_zero(low, high)
    if math.isfinite(low):
        ax.plot([low, high], [y, y], **_interval(certain, default))
    ax.plot([mean], [y], **_dot(certain, default))


def _interval(certain: bool, default: bool) -> dict[str, Any]:
    return panels.interval(certain) | ({} if default else {"linewidth": 1.3 if certain else 1.0})


def _dot(certain: bool, default: bool) -> dict[str, Any]:
    looks = panels.dot(certain)
    return looks | (
        {"marker": "D", "markersize": 6.0, "zorder": 6}
        if default
        else {"markersize": 3.6, "markeredgewidth": 0.8}
    )
