"""Responses along one factor: a line with its band for numbers, dots with intervals for names. Computes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zerosum.report import figure_sweep_parts as parts
from zerosum.report import panels, style
from zerosum.report.figure_sweep_parts import Panel
from zerosum.report.wording import count, unit_word
from zerosum.studies.sweep.analysis.effects import FEW, told
from zerosum.studies.sweep.analysis.outcome import is_numeric

if TYPE_CHECKING:
    from zerosum.studies.sweep.analysis import Analysis, Outcome

HEIGHT = 1.75
"""Inches of a panel."""
MOST_FACETS = 12
"""Combinations of the other factors that are shown; of more, some are, evenly over all."""
NOTE = (
    "95 % intervals, each for itself; filled: it excludes zero, hollow: it includes zero, or there is none."
)


@style.drawn
def figure_along(analysis: Analysis, outcome: Outcome, name: str) -> Figure:
    """Draw every arm's difference along the only factor, and beside it the levels.

    Parameters
    ----------
    analysis : Analysis
    outcome : Outcome
        its world and scenario
    name : str
        the factor
    """
    arms = analysis.others or analysis.swept.study.arms
    rows = {arm: parts.responses(analysis, outcome, arm) for arm in analysis.swept.study.arms}
    unit = analysis.metric.unit
    ends = parts.limits([rows[arm][["difference", "low", "high"]].to_numpy(float) for arm in analysis.others])
    levels = [
        frame[["mean", "mean_low", "mean_high", "luck_null"]].to_numpy(float) for frame in rows.values()
    ]
    level_ends = parts.limits(np.concatenate(levels), zero=False)
    wide, narrow = 3.3, parts.ROOM - 3.3 - 2 * parts.TICKS - parts.GAP
    if not analysis.others:
        narrow = parts.ROOM - parts.TICKS
    found: list[Sequence[Panel]] = []
    for arm in arms:
        row = [
            Panel(
                "",
                lambda ax, arm=arm: _levels(ax, analysis, rows, arm, name, level_ends, narrow),  # type: ignore[misc]
                narrow,
                HEIGHT,
                xlabel=parts.title_of(analysis, name),
                names=_names(analysis, name),
                detail=_of_levels(analysis, arm, unit, rows[arm]),
            )
        ]
        if analysis.others:
            difference = Panel(
                arm if len(analysis.others) == 1 else f"{arm}: {seen(rows[arm], analysis.against, name)}",
                lambda ax, arm=arm: _differences(ax, analysis, rows, arm, name, ends, wide),  # type: ignore[misc]
                wide,
                HEIGHT,
                xlabel=parts.title_of(analysis, name),
                names=_names(analysis, name),
                detail=f"difference from '{analysis.against}', {panels.unit_of_difference(unit)}",
            )
            row.insert(0, difference)
        found.append(row)
    notes = NOTE + (" Grey lines: the other arms." if len(analysis.others) > 1 else "")
    return parts.compose(_title(analysis, rows, name), parts.where(analysis, outcome), found, notes)


def _title(analysis: Analysis, rows: dict[str, pd.DataFrame], name: str) -> str:
    label = analysis.metric.label
    if not analysis.others:
        return f"{label} of '{analysis.against}', the only arm, along {parts.title_of(analysis, name)}"
    better = [arm for arm in analysis.others if parts.signs(rows[arm])[0]]
    worse = [arm for arm in analysis.others if parts.signs(rows[arm])[1]]
    both = [arm for arm in better if arm in worse]
    if len(analysis.others) == 1:
        (arm,) = analysis.others
        return f"{label}: '{arm}' {seen(rows[arm], analysis.against, name)}"
    of = count(len(analysis.others), "arm")
    if not better and not worse:
        return f"{label}: none of {of} can be told from '{analysis.against}' at any value of {name}"
    many = [str(len(arms)) if arms else "none" for arms in (better, worse)]
    said = f"{label}: of {of}, {many[0]} above '{analysis.against}' somewhere along {name}, {many[1]} below"
    return said + (f", {len(both)} of them both" if both else "")


def seen(rows: pd.DataFrame, against: str, name: str) -> str:
    """Say what is seen of an arm: where it is above, below, neither."""
    above, below, neither = parts.signs(rows)
    total = count(len(rows), "value")
    if not above and not below:
        return (
            f"can't be told from '{against}' at any of {total}"
            if len(rows) > 1
            else f"not told from '{against}'"
        )
    said = [f"above at {above}"] if above else []
    said += [f"below at {below}"] if below else []
    return f"{', '.join(said)} of {total} of {name}" + (f", open at {neither}" if neither else "")


def _of_levels(analysis: Analysis, arm: str, unit: str, rows: pd.DataFrame) -> str:
    word = f" ({unit_word(unit)})" if unit_word(unit) else ""
    said = f"level{word}: line '{arm}'" + (f", grey '{analysis.against}'" if arm != analysis.against else "")
    return said + (", dotted its luck null" if np.isfinite(rows["luck_null"]).any() else "")


def _names(analysis: Analysis, name: str) -> Sequence[str]:
    """Names on a factor's axis; none where it has numbers."""
    return () if is_numeric(analysis.swept.study.points[name]) else parts.levels_of(analysis, name)


def _below(ax: Axes, analysis: Analysis, name: str, width: float) -> None:
    """Give a panel the axis of a factor."""
    names = _names(analysis, name)
    if names:
        parts.names_axis(ax, names, width)
        return
    places = sorted({float(value) for value in analysis.swept.study.points[name]})
    log, ends = parts.is_log(analysis, name), (places[0], places[-1])
    if len(places) > FEW:
        places = parts.round_places(*ends, log)
    parts.x_axis(ax, places, parts.short(places), width, log, ends)


def _x(analysis: Analysis, rows: pd.DataFrame, name: str) -> Any:
    """Where rows lie on the axis of a factor."""
    values = analysis.swept.study.points[name]
    if is_numeric(values):
        return rows[name].to_numpy(float)
    order = {value: float(i) for i, value in enumerate(parts.levels_of(analysis, name))}
    return np.array([order[told(value)] for value in rows[name]])


def _differences(
    ax: Axes,
    analysis: Analysis,
    rows: dict[str, pd.DataFrame],
    arm: str,
    name: str,
    ends: tuple[float, float],
    width: float,
) -> None:
    """One arm's difference along a factor, over faint lines of the other arms."""
    numeric = is_numeric(analysis.swept.study.points[name])
    for other in analysis.others:
        if other != arm and numeric:
            line = rows[other].sort_values(name)
            ax.plot(line[name], line["difference"], color=style.PALE, linewidth=0.8, zorder=1)
    curve(ax, _x(analysis, rows[arm], name), rows[arm], numeric, ("difference", "low", "high"))
    parts.zero_line(ax)
    parts.y_axis(ax, ends, analysis.metric.unit)
    _below(ax, analysis, name, width)


def curve(ax: Axes, x: Any, rows: pd.DataFrame, numeric: bool, columns: tuple[str, str, str]) -> None:
    """Draw means with intervals: a band where there is something between two values, bars where there isn't."""
    order = np.argsort(x, kind="stable")
    x = np.asarray(x)[order]
    mean, low, high = (rows[column].to_numpy(float)[order] for column in columns)
    if numeric:
        ax.fill_between(x, low, high, color=style.FOCUS, alpha=0.18, linewidth=0, zorder=3)
        ax.plot(x, mean, color=style.FOCUS, linewidth=1.4, zorder=4)
    if not numeric or len(x) == 1:
        for at, bottom, top in zip(x, low, high, strict=True):
            ax.plot([at, at], [bottom, top], **panels.interval(panels.excludes_zero(bottom, top)))
    for at, middle, bottom, top in zip(x, mean, low, high, strict=True):
        if len(x) <= 40:
            look = panels.dot(panels.excludes_zero(bottom, top)) | {
                "markersize": 4.5 if len(x) <= FEW else 3.0
            }
            ax.plot([at], [middle], **look)


def _levels(
    ax: Axes,
    analysis: Analysis,
    rows: dict[str, pd.DataFrame],
    arm: str,
    name: str,
    ends: tuple[float, float],
    width: float,
) -> None:
    """Levels of an arm and of the one it is held against, with the luck null."""
    numeric = is_numeric(analysis.swept.study.points[name])
    drawn = [(analysis.against, style.PALE, 0.15)] if arm != analysis.against else []
    for one, ink, fill in (*drawn, (arm, style.FOCUS, 0.18)):
        x, frame = _x(analysis, rows[one], name), rows[one]
        order = np.argsort(x, kind="stable")
        x, frame = x[order], frame.iloc[order]
        mean, low, high = (frame[column].to_numpy(float) for column in ("mean", "mean_low", "mean_high"))
        if numeric and len(x) > 1:
            ax.fill_between(x, low, high, color=ink, alpha=fill, linewidth=0)
            ax.plot(x, mean, color=ink, linewidth=1.4)
        else:
            aside = 0.0 if arm == analysis.against else (-0.12 if one == analysis.against else 0.12)
            ax.vlines(x + aside, low, high, color=ink, linewidth=1.6)
            ax.plot(x + aside, mean, color=ink, marker="o", markersize=4.5, linestyle="")
        if one == arm and np.isfinite(frame["luck_null"]).any():
            ax.plot(x, frame["luck_null"], color=style.INK, linestyle=":", linewidth=1.3, marker="", zorder=5)
    parts.y_axis(
        ax,
        ends,
        analysis.metric.unit,
        lambda value, unit: panels.tick(value, unit).lstrip("+"),
    )
    _below(ax, analysis, name, width)


@style.drawn
def figure_facets(
    analysis: Analysis,
    outcome: Outcome,
    arm: str,
    name: str,
    others: Sequence[str],
    combinations: pd.DataFrame,
) -> Figure:
    """Draw one arm's difference along a factor, a panel for each combination of the others.

    Parameters
    ----------
    others : names
        of the factors that panels stand for
    combinations : DataFrame
        their values, a row for each panel
    """
    rows = parts.responses(analysis, outcome, arm)
    numeric = is_numeric(analysis.swept.study.points[name])
    here = [
        rows[(rows[list(others)] == combination).all(axis=1)] for _, combination in combinations.iterrows()
    ]
    ends = parts.limits(pd.concat(here)[["difference", "low", "high"]].to_numpy(float))
    a_row = min(3, max(2, len(combinations)))
    width = (parts.ROOM - a_row * parts.TICKS - (a_row - 1) * parts.GAP) / a_row

    def draw(ax: Axes, frame: pd.DataFrame) -> None:
        curve(ax, _x(analysis, frame, name), frame, numeric, ("difference", "low", "high"))
        parts.zero_line(ax)
        parts.y_axis(ax, ends, analysis.metric.unit)
        _below(ax, analysis, name, width)

    found = [
        Panel(
            ", ".join(f"{other} = {told(combination[other])}" for other in others),
            lambda ax, frame=frame: draw(ax, frame),  # type: ignore[misc]
            width,
            HEIGHT - 0.3,
            xlabel=parts.title_of(analysis, name),
            names=_names(analysis, name),
        )
        for frame, (_, combination) in zip(here, combinations.iterrows(), strict=True)
    ]
    above, below, neither = parts.signs(rows)
    told_apart = f"'{arm}' above '{analysis.against}' at {above}, below at {below}, open at {neither}"
    title = f"{analysis.metric.label}: {told_apart} of {count(len(rows), 'point')}"
    subtitle = f"Difference from '{analysis.against}', {panels.unit_of_difference(analysis.metric.unit)}. "
    return parts.compose(
        title,
        (subtitle + parts.where(analysis, outcome)).strip(),
        parts.in_rows(found, a_row),
        f"{NOTE} {left_out(len(combinations), rows, others)}".strip(),
    )


def left_out(shown: int, rows: pd.DataFrame, others: Sequence[str]) -> str:
    """Say how many combinations have no panel."""
    total = len(rows[list(others)].drop_duplicates())
    return f"{shown} of {total} combinations are shown." if shown < total else ""
