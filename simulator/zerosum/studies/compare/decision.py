"""Decide by one metric: which strategy is best, and which are better than the baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
        replications would decide at 80 % power; NaN: unknown); ``best_low``, ``best_high`` (difference from
        the best other strategy, 95 % for all strategies at once); ``may_be_best``. If the scenario has
        uncertain keys, else NaN: ``noise_sd``, ``assumption_sd``, ``assumption_share`` (parts of the
        difference's spread), ``share_low``, ``share_high`` (95 % interval of that share), ``range_low``,
        ``range_high`` (range of the effect over 95 % of the assumptions)
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
            needed = None if is_baseline else replications_needed(gap, apart)
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


def runs_to_tell(comparison: Comparison, metric: Metric, adopters: str, first: str, second: str) -> float:
    """Return about how many replications would tell two strategies apart at 80 % power; NaN if that isn't known."""
    scenario = comparison.scenario
    values = by_strategy(observations(scenario, comparison.runs), metric.name, (first, second))[adopters]
    gap = mean_interval(values[:, 0] - values[:, 1])
    needed = replications_needed(gap)
    return math.nan if needed is None or needed <= gap.n else float(needed * courses(scenario))


def runs_to_hold(scenario: Scenario, decision: Decision, row: Mapping[Any, Any]) -> float:
    """Return about how many replications would decide a difference among all strategies, at 80 % power.

    Parameters
    ----------
    scenario : Scenario
    decision : Decision
    row : mapping
        one of ``decision.table``

    Returns
    -------
    float
        NaN if it isn't known. The interval is widened for as many strategies as were tried (Bonferroni; Holm's test may
        need fewer). With a smallest difference that matters: the row's ``needed``, for that question
    """
    low, high, n = float(row["low"]), float(row["high"]), int(row["n"])
    if decision.matters or n < 2 or not low < high:
        return float(row["needed"]) if row["verdict"] == "undecided" else math.nan
    confidence = 1.0 - 0.05 / (len(scenario.compared_names) - 1)
    half = (high - low) / 2.0 * critical_value(n - 1, confidence) / critical_value(n - 1, 0.95)
    mean = float(row["difference"])
    needed = replications_needed(Interval(mean, mean - half, mean + half, n), confidence=confidence)
    return math.nan if needed is None else float(needed * courses(scenario))


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
