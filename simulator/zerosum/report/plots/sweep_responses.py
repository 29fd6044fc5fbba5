"""What comes out along a factor: a line with its band for numbers, dots with intervals for names or for a sample."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zerosum.report.intervals import excludes_zero
from zerosum.report.plots import factors, layout, scales, style
from zerosum.report.plots.layout import Panel
from zerosum.report.responses import responses, signs, title_of, where
from zerosum.report.wording import count, unit_word
from zerosum.studies.sweep.analysis.effects import FEW, format_factor
from zerosum.studies.sweep.analysis.outcome import is_numeric

if TYPE_CHECKING:
    from zerosum.studies.sweep.analysis import Analysis, Outcome

HEIGHT = 1.75
"""Inches of a panel."""
MOST_FACETS = 12
"""Combinations of the other factors that are shown; of more, some are, evenly over all."""
MOST_DOTS = 3_000
"""Points of a sample that are drawn; of more, some are, evenly over all."""
NOTE = (
    "95 % intervals, each for itself; filled: it excludes zero, hollow: it includes zero, or there is none."
)


@style.styled
def plot_along(analysis: Analysis, outcome: Outcome, name: str) -> Figure:
    """Draw every strategy's difference along the only factor, and beside it the levels.

    Parameters
    ----------
    analysis : Analysis
    outcome : Outcome
        its world and scenario
    name : str
        the factor
    """
    rows = {strategy: responses(analysis, outcome, strategy) for strategy in analysis.swept.study.strategies}
    unit, against, label = analysis.metric.unit, analysis.against, title_of(analysis, name)
    ends = scales.limits(
        [rows[strategy][["difference", "low", "high"]].to_numpy(float) for strategy in analysis.others]
    )
    every = [
        frame[["mean", "mean_low", "mean_high", "chance_baseline"]].to_numpy(float) for frame in rows.values()
    ]
    level_ends = scales.limits(np.concatenate(every), zero=False)
    found: list[layout.Row] = []
    for strategy in analysis.others or analysis.swept.study.strategies:
        levels = partial(
            _draw_levels, analysis=analysis, rows=rows, strategy=strategy, name=name, ends=level_ends
        )
        row = [
            Panel(
                levels,
                HEIGHT,
                " " * bool(analysis.others),
                _of_levels(analysis, strategy, unit, rows[strategy]),
                label,
            )
        ]
        if analysis.others:
            title = (
                strategy
                if len(analysis.others) == 1
                else f"{strategy}: {seen(rows[strategy], against, name)}"
            )
            detail = f"difference from '{against}', {scales.unit_of_difference(unit)}"
            draw = partial(draw_response, analysis=analysis, rows=rows[strategy], name=name, ends=ends)
            row.insert(
                0,
                Panel(
                    partial(_over_others, draw, rows, strategy, name, analysis), HEIGHT, title, detail, label
                ),
            )
        found.append(row)
    notes = NOTE + (" Gray lines: the other strategies." if len(analysis.others) > 1 else "")
    return layout.compose(found, _title(analysis, rows, name), where(analysis, outcome), notes)


def _title(analysis: Analysis, rows: dict[str, pd.DataFrame], name: str) -> str:
    label = analysis.metric.label
    if not analysis.others:
        return f"{label} of '{analysis.against}', the only strategy, along {title_of(analysis, name)}"
    better = [strategy for strategy in analysis.others if signs(rows[strategy])[0]]
    worse = [strategy for strategy in analysis.others if signs(rows[strategy])[1]]
    both = [strategy for strategy in better if strategy in worse]
    if len(analysis.others) == 1:
        (strategy,) = analysis.others
        return f"{label}: '{strategy}' {seen(rows[strategy], analysis.against, name)}"
    of = count(len(analysis.others), "strategy")
    if not better and not worse:
        return f"{label}: none of {of} can be told from '{analysis.against}' at any value of {name}"
    many = [str(len(strategies)) if strategies else "none" for strategies in (better, worse)]
    said = f"{label}: of {of}, {many[0]} above '{analysis.against}' somewhere along {name}, {many[1]} below"
    return said + (f", {len(both)} of them both" if both else "")


def seen(rows: pd.DataFrame, against: str, name: str) -> str:
    """Say what is seen of a strategy: where it is above, below, neither."""
    above, below, neither = signs(rows)
    total = count(len(rows), "value")
    if not above and not below:
        several = f"can't be told from '{against}' at any of {total}"
        return several if len(rows) > 1 else f"not told from '{against}'"
    said = [f"above at {above}"] if above else []
    said += [f"below at {below}"] if below else []
    return f"{', '.join(said)} of {total} of {name}" + (f", open at {neither}" if neither else "")


def _of_levels(analysis: Analysis, strategy: str, unit: str, rows: pd.DataFrame) -> str:
    word = f" ({unit_word(unit)})" if unit_word(unit) else ""
    said = f"level{word}: line '{strategy}'" + (
        f", gray '{analysis.against}'" if strategy != analysis.against else ""
    )
    return said + (", dotted its chance baseline" if np.isfinite(rows["chance_baseline"]).any() else "")


def _over_others(
    draw: Any, rows: dict[str, pd.DataFrame], strategy: str, name: str, analysis: Analysis, ax: Axes
) -> None:
    """Draw a strategy over faint lines of the other strategies."""
    for other in analysis.others:
        if other != strategy and is_numeric(analysis.swept.study.points[name]):
            line = rows[other].sort_values(name)
            ax.plot(line[name], line["difference"], color=style.PALE, linewidth=0.8, zorder=1)
    draw(ax)


def draw_response(
    ax: Axes, analysis: Analysis, rows: pd.DataFrame, name: str, ends: tuple[float, float]
) -> None:
    """Draw a difference along a factor: a band where there is something between two values, bars where there isn't."""
    numeric = is_numeric(analysis.swept.study.points[name])
    places = factors.places_of(analysis, rows, name)
    order = np.argsort(places, kind="stable")
    x = places[order]
    mean, low, high = (rows[column].to_numpy(float)[order] for column in ("difference", "low", "high"))
    if numeric:
        ax.fill_between(x, low, high, color=style.FOCUS, alpha=0.18, linewidth=0, zorder=3)
        ax.plot(x, mean, color=style.FOCUS, linewidth=1.4, zorder=4)
    for at, middle, bottom, top in zip(x, mean, low, high, strict=True):
        certain = excludes_zero(bottom, top)
        if not numeric or len(x) == 1:
            ax.plot([at, at], [bottom, top], **style.interval(certain))
        if len(x) <= 40:
            ax.plot([at], [middle], **style.dot(certain) | {"markersize": 4.5 if len(x) <= FEW else 3.0})
    _differences_axes(ax, analysis, name, ends)


def _differences_axes(ax: Axes, analysis: Analysis, name: str, ends: tuple[float, float]) -> None:
    ax.axhline(0.0, color=style.INK, linewidth=1.0, zorder=2)
    scales.scale_y(ax, ends, lambda value: scales.tick(value, analysis.metric.unit))
    factors.factor_axis(ax, analysis, name)


def _draw_levels(
    ax: Axes,
    analysis: Analysis,
    rows: dict[str, pd.DataFrame],
    strategy: str,
    name: str,
    ends: tuple[float, float],
) -> None:
    """Draw levels of a strategy and of the one it is held against, with the chance baseline."""
    numeric = is_numeric(analysis.swept.study.points[name])
    drawn = [(analysis.against, style.PALE, 0.15)] if strategy != analysis.against else []
    for one, ink, fill in (*drawn, (strategy, style.FOCUS, 0.18)):
        x, frame = factors.places_of(analysis, rows[one], name), rows[one]
        order = np.argsort(x, kind="stable")
        x, frame = x[order], frame.iloc[order]
        mean, low, high = (frame[column].to_numpy(float) for column in ("mean", "mean_low", "mean_high"))
        if numeric and len(x) > 1:
            ax.fill_between(x, low, high, color=ink, alpha=fill, linewidth=0)
            ax.plot(x, mean, color=ink, linewidth=1.4)
        else:
            aside = 0.0 if strategy == analysis.against else (-0.12 if one == analysis.against else 0.12)
            ax.vlines(x + aside, low, high, color=ink, linewidth=1.6)
            ax.plot(x + aside, mean, color=ink, marker="o", markersize=4.5, linestyle="")
        if one == strategy and np.isfinite(frame["chance_baseline"]).any():
            ax.plot(x, frame["chance_baseline"], color=style.INK, linestyle=":", linewidth=1.3, zorder=5)
    scales.scale_y(ax, ends, lambda value: scales.level_tick(value, analysis.metric.unit))
    factors.factor_axis(ax, analysis, name)


@style.styled
def plot_facets(
    analysis: Analysis,
    outcome: Outcome,
    strategy: str,
    name: str,
    others: Sequence[str],
    combinations: pd.DataFrame,
) -> Figure:
    """Draw one strategy's difference along a factor, a panel for each combination of the others.

    Parameters
    ----------
    others : names
        of the factors that panels stand for
    combinations : DataFrame
        their values, a row for each panel
    """
    rows = responses(analysis, outcome, strategy)
    cases = facets(rows, others, combinations)
    ends = scales.limits(
        pd.concat([here for _, here in cases])[["difference", "low", "high"]].to_numpy(float)
    )
    found = [
        Panel(
            partial(draw_response, analysis=analysis, rows=here, name=name, ends=ends),
            HEIGHT - 0.3,
            label,
            xlabel=title_of(analysis, name),
        )
        for label, here in cases
    ]
    return layout.compose(
        layout.in_rows(found, min(3, max(2, len(found)))),
        all_seen(analysis, strategy, rows),
        where(analysis, outcome, factors.difference_from(analysis)),
        f"{NOTE} {left_out(len(combinations), rows, others)}".strip(),
    )


def facets(
    rows: pd.DataFrame, others: Sequence[str], combinations: pd.DataFrame
) -> list[tuple[str, pd.DataFrame]]:
    """Part rows by the values of other factors, each part with its name."""
    return [
        (
            ", ".join(f"{other} = {format_factor(combination[other])}" for other in others),
            rows[(rows[list(others)] == combination).all(axis=1)],
        )
        for _, combination in combinations.iterrows()
    ]


def all_seen(analysis: Analysis, strategy: str, rows: pd.DataFrame) -> str:
    """Say of how many points a strategy is above, below, neither."""
    above, below, neither = signs(rows)
    told_apart = f"'{strategy}' above '{analysis.against}' at {above}, below at {below}, open at {neither}"
    return f"{analysis.metric.label}: {told_apart} of {count(len(rows), 'point')}"


def left_out(shown: int, rows: pd.DataFrame, others: Sequence[str]) -> str:
    """Say how many combinations have no panel."""
    total = len(rows[list(others)].drop_duplicates())
    return f"{shown} of {total} combinations are shown." if shown < total else ""


@style.styled
def plot_scatter(analysis: Analysis, outcome: Outcome, strategy: str) -> Figure:
    """Draw one strategy's difference at each point, a panel a factor, with averages over bins and their intervals."""
    rows = responses(analysis, outcome, strategy)
    means = analysis.of("effects", outcome)
    means = means[means["strategy"] == strategy] if len(means) else means
    ends = scales.limits(rows["difference"].to_numpy(float))
    found = [
        Panel(
            partial(
                _draw_scatter,
                analysis=analysis,
                outcome=outcome,
                rows=rows,
                means=means,
                name=name,
                ends=ends,
            ),
            HEIGHT,
            title_of(analysis, name),
        )
        for name in outcome.factors
    ]
    notes = "Pale: points of the design. "
    if len(rows) > MOST_DOTS:
        notes = f"Pale: {MOST_DOTS:,} of {len(rows):,} points. "
    if len(means):
        notes += (
            "Dots with intervals: averages over the points in a bin, or at a value, and 95 % for what another sample "
            "and other luck would give; filled: the interval excludes zero."
        )
    return layout.compose(
        layout.in_rows(found, 2),
        all_seen(analysis, strategy, rows),
        where(analysis, outcome, factors.difference_from(analysis)),
        notes.strip(),
    )


def _draw_scatter(
    ax: Axes,
    analysis: Analysis,
    outcome: Outcome,
    rows: pd.DataFrame,
    means: pd.DataFrame,
    name: str,
    ends: tuple[float, float],
) -> None:
    shown = rows.iloc[np.linspace(0, len(rows) - 1, min(len(rows), MOST_DOTS)).astype(int)]
    x = factors.places_of(analysis, shown, name)
    numeric = outcome.is_numeric(name)
    if not numeric:
        x = x + np.random.default_rng(1).uniform(-0.15, 0.15, len(shown))
    ax.plot(x, shown["difference"], ls="", marker=".", markersize=3, color=style.PALE, alpha=0.5, zorder=1)
    here = means[means["factor"] == name] if len(means) else means
    for row in here.to_dict("records"):
        at = row["place"] if numeric else factors.levels_of(analysis, name).index(row["value"])
        certain = excludes_zero(row["low"], row["high"])
        if np.isfinite(row["low"]):
            ax.plot([at, at], [row["low"], row["high"]], **style.interval(certain))
        ax.plot([at], [row["difference"]], **(style.dot(certain) | {"markersize": 4.5}))
    _differences_axes(ax, analysis, name, ends)
