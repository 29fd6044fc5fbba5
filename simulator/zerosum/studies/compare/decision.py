"""Decide by one metric: which strategy is best, and which are better than the baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from zerosum.market.assumptions import courses, draw_of
from zerosum.market.metrics import Amount, Metric
from zerosum.market.state import Float
from zerosum.scenario import alike_strategies
from zerosum.scenario.spec import Scenario
from zerosum.statistics import (
    Interval,
    compare_with_best,
    may_be_best,
    mean_interval,
    range_over_assumptions,
    replications_needed,
    split_variance,
    verdict,
)
from zerosum.statistics.intervals import critical_value
from zerosum.studies.compare.comparison import Comparison
from zerosum.studies.compare.paired import observations, scale_to_equal_teams
from zerosum.studies.compare.stopping import Best, by_strategy

LEVEL = 0.05
"""Chance of a false alarm, over all strategies."""
PARTS = (
    "noise_sd",
    "assumption_sd",
    "assumption_share",
    "share_low",
    "share_high",
    "range_low",
    "range_high",
)
"""Columns that split the spread of a difference into chance and uncertain assumptions."""


@dataclass(frozen=True)
class Decision:
    """The decision by one metric.

    Attributes
    ----------
    metric : Metric
    matters : Amount, optional
        smallest difference that matters to the user
    table : DataFrame
        One row per adopters and strategy: the columns of ``Comparison.differences`` for the metric; ``verdict``
        (better, equivalent, undecided, …; higher, lower without ``matters``); ``needed`` (about how many
        replications would decide among as many strategies as were tried, at 80 % power; NaN: unknown);
        ``best_low``, ``best_high`` (difference from the best other strategy, 95 % for all strategies at once);
        ``may_be_best``. If the scenario has uncertain keys, else NaN: ``noise_sd``, ``assumption_sd``,
        ``assumption_share`` (parts of the difference's spread), ``share_low``, ``share_high`` (95 % interval of
        that share), ``range_low``, ``range_high`` (range of the effect over 95 % of the assumptions)
    found : dict
        adopters -> strategy that the rule ``Best`` selected; without adopters that have none yet
    """

    metric: Metric
    matters: Amount | None
    table: pd.DataFrame
    found: dict[str, str]


def decide(comparison: Comparison, metric: Metric, matters: Amount | None = None) -> Decision:
    """Decide by one metric which strategies are better than the baseline, and which may be best.

    Parameters
    ----------
    comparison : Comparison
    metric : Metric
        metric that decides
    matters : Amount, optional
        smallest difference that matters
    """
    scenario, frame = comparison.scenario, comparison.differences
    each = by_strategy(scale_to_equal_teams(scenario, comparison.runs), metric.name, scenario.compared_names)
    same = {name for group in alike_strategies(scenario) if scenario.baseline_name in group for name in group}
    rows: list[dict[str, Any]] = []
    for adopters, values in by_strategy(
        observations(scenario, comparison.runs), metric.name, scenario.compared_names
    ).items():
        here = frame[(frame["adopters"] == adopters) & (frame["metric"] == metric.name)].to_dict("records")
        apart = matters.of(float(here[0]["mean"])) if matters else None
        against_best, open_to = _against_the_best(values, metric)
        for number, (row, best) in enumerate(zip(here, against_best, strict=True)):
            gap = Interval(row["difference"], row["low"], row["high"], row["n"])
            is_baseline = row["strategy"] == scenario.baseline_name
            told: str = verdict(gap, apart, metric.higher_is_better)
            if is_baseline:
                told = "baseline"
            elif row["strategy"] in same and row["ties"] == row["n"] > 1:
                told = "equivalent"  # the market doesn't respond to their differences: any number of ties is enough
            needed = None if is_baseline else _needed(gap, apart, told, row["p_holm"], len(here) - 1)
            rows.append(
                {str(name): value for name, value in row.items()}
                | {
                    "verdict": told,
                    "needed": math.nan if needed is None else float(needed * courses(scenario)),
                    "best_low": best.low,
                    "best_high": best.high,
                    "may_be_best": open_to[number],
                }
                | _parts(scenario, each[adopters][:, number] - each[adopters][:, 0])
            )
    return Decision(metric, matters, pd.DataFrame(rows), _find_selected(comparison))


def holds(row: Mapping[Any, Any]) -> bool:
    """Return whether a difference holds after correction for several strategies."""
    return bool(row["low"] == row["high"] or row["p_holm"] < LEVEL)


class Alike(NamedTuple):
    """A strategy that may be as good as the one that leads.

    Attributes
    ----------
    strategy : str
    ahead : Interval
        by how much the leading one is ahead of it; as wide as that of ``best_low`` and ``best_high``
    needed : float
        about how many replications would tell the two apart at 80 % power; NaN if that isn't known
    """

    strategy: str
    ahead: Interval
    needed: float


def compare_leaders(
    comparison: Comparison, metric: Metric, adopters: str, leader: str, others: Sequence[str]
) -> tuple[Alike, ...]:
    """Compare the leading strategy with others that may be as good.

    The level is that of :func:`zerosum.statistics.compare_with_best`: one-sided, shared by all strategies but one.
    """
    scenario = comparison.scenario
    values = by_strategy(observations(scenario, comparison.runs), metric.name, (leader, *others))[adopters]
    confidence = 1.0 - 2.0 * LEVEL / (len(scenario.compared_names) - 1)
    found = []
    for number, name in enumerate(others, 1):
        ahead = mean_interval(values[:, 0] - values[:, number], confidence)
        needed = replications_needed(ahead, confidence=confidence)
        unknown = needed is None or needed <= ahead.n
        found.append(Alike(name, ahead, math.nan if unknown else float((needed or 0) * courses(scenario))))
    return tuple(found)


def _needed(gap: Interval, apart: float | None, told: str, p_holm: float, others: int) -> int | None:
    """Return about how many observations would decide on a strategy among ``others``, at 80 % power; None if unknown.

    With a smallest difference that matters, the question is whether one interval lies beyond or within it. Without, the
    interval is widened for as many strategies as were tried (Bonferroni; Holm's test may need fewer).
    """
    certain = p_holm < LEVEL
    if gap.n < 2 or not gap.low < gap.high or (apart and (certain or told == "undecided")):
        return replications_needed(gap, apart)
    if certain:
        return gap.n
    confidence = 1.0 - LEVEL / others
    half = (
        (gap.high - gap.low) / 2.0 * critical_value(gap.n - 1, confidence) / critical_value(gap.n - 1, 0.95)
    )
    wide = Interval(gap.mean, gap.mean - half, gap.mean + half, gap.n)
    return replications_needed(wide, confidence=confidence)


def _parts(scenario: Scenario, gaps: Float) -> dict[str, float]:
    """Split a difference's spread into chance and assumptions; NaN if no key is uncertain."""
    if not scenario.uncertain:
        return dict.fromkeys(PARTS, math.nan)
    draws = [draw_of(replication) for replication in range(len(gaps))]
    parts, reach = split_variance(gaps, draws), range_over_assumptions(gaps, draws)
    share = parts.share
    found = (
        parts.noise_sd,
        parts.assumption_sd.mean,
        share.mean,
        share.low,
        share.high,
        reach.low,
        reach.high,
    )
    return dict(zip(PARTS, found, strict=True))


def _against_the_best(values: Float, metric: Metric) -> tuple[list[Interval], list[bool]]:
    """Return each strategy's interval against the best other, and whether it may be best; NaN where undefined."""
    n, k = values.shape
    if n < 2 or k < 2 or np.isnan(values).any() or metric.higher_is_better is None:
        return [Interval(math.nan, math.nan, math.nan, n)] * k, [True] * k
    better = metric.higher_is_better
    return compare_with_best(values, better), may_be_best(values, better)


def _find_selected(comparison: Comparison) -> dict[str, str]:
    rule, scenario = comparison.until, comparison.scenario
    if not isinstance(rule, Best):
        return {}
    return {
        adopters: rule.strategies[selection.best]
        for adopters, selection in rule.selections(observations(scenario, comparison.runs)).items()
        if selection.best is not None
    }
