"""Effect of each factor on the decision, averaged over the other factors: by value and from end to end."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from zerosum.market.state import Float
from zerosum.studies.sweep.analysis.averages import Averages, averages
from zerosum.studies.sweep.analysis.outcome import Int, Outcome

MOST_BINS, FEWEST_BINS, POINTS_IN_BIN = 10, 4, 10
"""A sampled range is cut into equally filled bins, of ten points or more, within these bounds."""

FEW = 12
"""Most values of a sampled factor that are not binned."""

FIFTH = 0.2
"""Part of a factor's distribution at either end that a tornado chart compares."""


@dataclass(frozen=True)
class Groups:
    """Points grouped by a factor's value.

    Attributes
    ----------
    of : int[p]
        group of each point; -1: none
    labels : tuple
        label of each group: a value or a range
    places : float[groups]
        position on the factor's axis; the group's number if values aren't numbers
    """

    of: Int
    labels: tuple[str, ...]
    places: Float


def keep_independent(outcome: Outcome) -> Outcome:
    """Keep only the independently drawn points of a sample.

    A saltelli design repeats coordinates of its base points, so averages use the base only.
    """
    design = outcome.study.experiment.design
    if design.kind != "saltelli":
        return outcome
    factors = len(outcome.study.experiment.factors)
    step = (2 * factors if design.second_order else factors) + 2
    within = outcome.points % step
    return outcome.only((within == 0) | (within == step - 1))


def group_by_value(outcome: Outcome, name: str) -> Groups:
    """Group points by a factor's values, or by bins of a sampled range."""
    column = outcome.column(name)
    numeric = outcome.is_numeric(name)
    if not numeric or not outcome.study.is_sampled or column.nunique() <= FEW:
        return _values(outcome, name, column, numeric)
    x = column.to_numpy(np.float64)
    bins = int(np.clip(len(x) // POINTS_IN_BIN, FEWEST_BINS, MOST_BINS))
    edges = np.unique(np.quantile(x, np.linspace(0.0, 1.0, bins + 1)))
    of = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
    labels = tuple(f"{low:.3g} to {high:.3g}" for low, high in itertools.pairwise(edges))
    places = np.bincount(of, x, len(labels)) / np.maximum(np.bincount(of, minlength=len(labels)), 1)
    return Groups(of.astype(np.int64), labels, places)


def _values(outcome: Outcome, name: str, column: pd.Series, numeric: bool) -> Groups:
    factor = outcome.factor(name)
    if numeric:
        order: Sequence[Any] = sorted(column.unique())
    else:
        listed = outcome.study.experiment.scenario if factor is None else factor.listed
        there = set(column.unique())
        order = [value for value in listed if value in there]
    rank = {value: i for i, value in enumerate(order)}
    of = column.map(rank).to_numpy(np.int64)
    places = np.array(order, np.float64) if numeric else np.arange(len(order), dtype=np.float64)
    return Groups(of, tuple(format_factor(value) for value in order), places)


def format_factor(value: Any) -> str:
    """Format a factor's value in short form."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return f"{float(value):.6g}" if isinstance(value, int | float | np.number) else str(value)


def group_by_ends(outcome: Outcome, name: str) -> Groups:
    """Group points by a factor's ends: lowest and highest value, or lowest and highest fifth of a sampled range.

    For a factor without numbers, each value is a group.
    """
    if not outcome.is_numeric(name):
        return group_by_value(outcome, name)
    factor, x = outcome.factor(name), outcome.column(name).to_numpy(np.float64)
    if outcome.study.is_sampled and factor is not None and factor.is_range:
        low, high = float(factor.at(FIFTH)), float(factor.at(1.0 - FIFTH))
        low, high = max(low, x.min()), min(high, x.max())
        labels = (f"{low:.3g} and less", f"{high:.3g} and more")
    else:
        low, high = float(x.min()), float(x.max())
        labels = (format_factor(low), format_factor(high))
    of = np.where(x <= low, 0, np.where(x >= high, 1, -1)) if low < high else np.zeros(len(x))
    return Groups(
        of.astype(np.int64), labels if low < high else labels[:1], np.array([low, high])[: 1 + (low < high)]
    )


def average(outcome: Outcome, strategy: str, groups: Groups, than: str | None = None) -> Averages:
    """Average a strategy's difference over groups of points."""
    return averages(
        outcome.gap(strategy, than),
        outcome.at,
        outcome.course,
        groups.of,
        len(groups.labels),
        outcome.common,
        outcome.study.is_sampled,
    )


def effect_table(outcome: Outcome, confidence: float) -> pd.DataFrame:
    """Average each strategy's difference over all points at which a factor has a value.

    Returns
    -------
    DataFrame
        factor, value (as text), place (on the factor's axis), strategy, points, difference, low, high
    """
    rows = []
    for name in outcome.factors:
        groups = group_by_value(outcome, name)
        for strategy in outcome.others:
            found = average(outcome, strategy, groups)
            for i, label in enumerate(groups.labels):
                mean, low, high = found.interval(i, confidence)
                rows.append((name, label, groups.places[i], strategy, int(found.count[i]), mean, low, high))
    columns = ["factor", "value", "place", "strategy", "points", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def swing_table(outcome: Outcome, confidence: float) -> pd.DataFrame:
    """Compare each strategy's difference at both ends of each factor.

    Returns
    -------
    DataFrame
        factor, strategy, from_value, from_difference, from_low, from_high, to_value, to_difference, to_low,
        to_high, swing, swing_low, swing_high (to minus from); limited_by (main cause of the width of the
        swing's interval: "noise" or "sample" of points; empty if unknown); range, range_low, range_high,
        range_from, range_to (the largest difference between any two values)

    Notes
    -----
    The largest of many differences is biased upward, so its interval is for all differences at once (Bonferroni).
    The ends of a factor without numbers are the two values that differ most, with the same correction.
    """
    rows = []
    for name in outcome.factors:
        at_ends, at_values = group_by_ends(outcome, name), group_by_value(outcome, name)
        for strategy in outcome.others:
            over = average(outcome, strategy, at_values)
            furthest, spans = _furthest(over, at_values, confidence)
            if outcome.is_numeric(name):
                found, pair = average(outcome, strategy, at_ends), (0, len(at_ends.labels) - 1)
                swing = found.contrast(pair[1], pair[0], confidence)
            else:
                found, pair, swing = over, furthest, spans
            labels = at_ends.labels
            rows.append(
                (
                    name,
                    strategy,
                    labels[pair[0]],
                    *found.interval(pair[0], confidence),
                    labels[pair[1]],
                    *found.interval(pair[1], confidence),
                    *swing,
                    found.limited_by(pair[1], pair[0]),
                    *spans,
                    at_values.labels[furthest[0]],
                    at_values.labels[furthest[1]],
                )
            )
    side = ("value", "difference", "low", "high")
    columns = [
        *("factor", "strategy"),
        *(f"from_{column}" for column in side),
        *(f"to_{column}" for column in side),
        *("swing", "swing_low", "swing_high", "limited_by"),
        *("range", "range_low", "range_high", "range_from", "range_to"),
    ]
    return pd.DataFrame(rows, columns=columns)


def _furthest(
    over: Averages, groups: Groups, confidence: float
) -> tuple[tuple[int, int], tuple[float, float, float]]:
    """Return the two groups that differ most, in order, and their difference."""
    known = np.flatnonzero(np.isfinite(over.mean))
    if len(known) < 2:
        nothing = float("nan")
        return (0, len(groups.labels) - 1), (nothing, nothing, nothing)
    least = int(known[np.argmin(over.mean[known])])
    most = int(known[np.argmax(over.mean[known])])
    one, other = sorted((least, most)) if least != most else (int(known[0]), int(known[-1]))
    pairs = len(known) * (len(known) - 1) / 2
    return (one, other), over.contrast(other, one, 1.0 - (1.0 - confidence) / pairs)


def is_crossed(outcome: Outcome) -> bool:
    """Return whether every combination of the factors' values exists, so that averages are comparable."""
    columns = [outcome.column(name) for name in outcome.factors]
    wanted = np.prod([column.nunique() for column in columns], dtype=object) if columns else 1
    there = pd.concat(columns, axis=1).drop_duplicates() if columns else [0]
    return bool(len(there) == wanted)
