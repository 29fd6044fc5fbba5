"""What each strategy is worth in money: net gain, return, payback, and what is left of it if all adopt.

All of it comes from paired runs: a strategy less the baseline in the same simulated run.

Source: docs/measures.md, "What a strategy is worth".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from zerosum.market.assumptions import believed, courses
from zerosum.market.inventory.strategies import Tool
from zerosum.market.state import YEAR, Float
from zerosum.scenario.spec import Scenario
from zerosum.statistics import Interval, mean_interval, ratio_of_means, resampled
from zerosum.studies.compare.comparison import Comparison
from zerosum.studies.compare.paired import observations
from zerosum.studies.compare.stopping import by_strategy

MONTHS = 12

_METRICS = ("contribution", "present_value", "cost", "arr", "share_at_quota", "adoption")


def value_table(comparison: Comparison) -> pd.DataFrame:
    """Return what each strategy is worth compared with the baseline.

    Parameters
    ----------
    comparison : Comparison
        with the table ``runs``; without ``weekly``, payback is unknown

    Returns
    -------
    DataFrame
        One row per adopters and strategy other than the baseline. Differences are means over pairs; ``_low`` and
        ``_high`` are the ends of a 95 % interval, NaN with fewer than two pairs.

        ``net``
            net gain: more contribution, money/year
        ``present_value``
            of the net gain over the measured weeks, money
        ``cost``
            more spent, money/year
        ``arr``
            more ARR at the end, money/year
        ``return``
            more gross profit / more cost; NaN where nothing more is spent
        ``payback_months``
            months after which the mean cumulative net gain stays at 0 or above; 0: it is never below, NaN: it doesn't
            pay back within the run, or weeks weren't recorded (head-to-head)
        ``adoption``
            share of reps that use the strategy's tools at the end; NaN without tools
        ``at_quota``, ``at_quota_difference``
            share of reps at quota, and how much it is more
        ``if_copied``
            net gain where all vendors adopt it; NaN if that wasn't run
        ``best``
            share of resamples in which it has the highest net gain, the baseline among them with 0; NaN with fewer than
            two pairs
        ``n``
            pairs (with uncertain keys: sets of values)

    Notes
    -----
    Intervals are paired t; of ``return`` Fieller's; of ``payback_months`` quantiles of resampled runs, whose upper end
    is NaN if more than 2.5 % of the resamples don't pay back.
    """
    scenario = comparison.scenario
    levels = _levels(comparison)
    copied = _net(levels["all"]) if "all" in levels else None
    rows: list[dict[str, Any]] = []
    for adopters, values in levels.items():
        net = _net(values)
        weights = resampled(len(net)) if len(net) > 1 else np.empty((0, len(net)))
        best = best_shares(net, weights)
        curves = _curves(comparison, adopters)
        for number, strategy in enumerate(scenario.compared_names):
            if strategy == scenario.baseline_name:
                continue
            gaps = {name: table[:, number] - table[:, 0] for name, table in values.items()}
            row = _row(values, gaps, number) | {"best": float(best[number]), "n": len(net)}
            row |= _ends("if_copied", mean_interval(copied[:, number]) if copied is not None else UNKNOWN)
            row |= _ends("payback_months", payback(curves[strategy], weights) if curves else UNKNOWN)
            rows.append({"adopters": adopters, "strategy": strategy} | {name: row[name] for name in COLUMNS})
    return pd.DataFrame(rows, columns=["adopters", "strategy", *COLUMNS])


def _ends_of(*names: str) -> tuple[str, ...]:
    return tuple(name + end for name in names for end in ("", "_low", "_high"))


UNKNOWN = Interval(math.nan, math.nan, math.nan, 0)

COLUMNS = (
    *_ends_of("net", "present_value"),
    "cost",
    *_ends_of("arr", "return", "payback_months"),
    "adoption",
    "at_quota",
    *_ends_of("at_quota_difference", "if_copied"),
    "best",
    "n",
)
"""Columns of :func:`value_table` after adopters and strategy."""


def _row(values: Mapping[str, Float], gaps: Mapping[str, Float], number: int) -> dict[str, float]:
    cost = mean_interval(gaps["cost"])
    return {
        **_ends("net", mean_interval(gaps["contribution"])),
        **_ends("present_value", mean_interval(gaps["present_value"])),
        "cost": cost.mean,
        **_ends("arr", mean_interval(gaps["arr"])),
        # The margin of a run may be uncertain: gross profit is what is left, and what was spent.
        **_ends("return", ratio_of_means(gaps["contribution"] + gaps["cost"], gaps["cost"])),
        "adoption": mean_interval(values["adoption"][:, number]).mean,
        "at_quota": mean_interval(values["share_at_quota"][:, number]).mean,
        **_ends("at_quota_difference", mean_interval(gaps["share_at_quota"])),
    }


def _ends(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}


# --- Pairs --------------------------------------------------------------------------------------------------------


def _levels(comparison: Comparison) -> dict[str, dict[str, Float]]:
    """Return each metric's values for each of the adopters, [observations, strategies]; the first is the baseline."""
    scenario, runs = comparison.scenario, comparison.runs
    independent = observations(scenario, runs)
    found: dict[str, dict[str, Float]] = {}
    for metric in _METRICS:
        for adopters, values in by_strategy(independent, metric, scenario.compared_names).items():
            found.setdefault(adopters, {})[metric] = values
    return found


def _net(values: Mapping[str, Float]) -> Float:
    """Return each strategy's net gain, [observations, strategies]; 0 for the baseline."""
    return np.asarray(values["contribution"] - values["contribution"][:, :1], np.float64)


def _curves(comparison: Comparison, adopters: str) -> dict[str, Float]:
    """Return each strategy's cumulative net gain, [observations, weeks]; empty if weeks weren't recorded."""
    if "weekly" not in comparison.tables and "weekly" not in comparison.__dict__:
        return {}
    scenario, weekly = comparison.scenario, comparison.weekly
    here = weekly[weekly["adopters"] == adopters]
    if here.empty:
        return {}
    shared = courses(scenario)
    tables = {
        str(strategy): rows.pivot(index="replication", columns="week", values="contribution").to_numpy()
        for strategy, rows in here.groupby("strategy", sort=False)
    }
    base = tables[scenario.baseline_name]
    found = {}
    for strategy, table in tables.items():
        gaps = (table - base).cumsum(axis=1)
        sets = np.arange(len(gaps)) // shared
        found[strategy] = np.stack([gaps[sets == number].mean(axis=0) for number in range(sets[-1] + 1)])
    return found


# --- Payback and choice -------------------------------------------------------------------------------------------


def payback(curves: Float, weights: Float) -> Interval:
    """Return the months after which the mean of cumulative net gains stays at 0 or above.

    Parameters
    ----------
    curves : float[n, weeks]
        cumulative net gain of each observation
    weights : float[times, n]
        of resamples, see :func:`zerosum.statistics.resampled`

    Returns
    -------
    Interval
        whole months, rounded up; NaN: not within the weeks
    """
    mean = float(_months(curves.mean(axis=0, keepdims=True))[0])
    if len(weights) == 0:
        return Interval(_finite(mean), math.nan, math.nan, len(curves))
    low, high = np.quantile(_months(weights @ curves), (0.025, 0.975), method="inverted_cdf")
    return Interval(_finite(mean), _finite(float(low)), _finite(float(high)), len(curves))


def _months(curves: Float) -> Float:
    """Return for each curve the months until its last week below 0 is over; inf: that is the last week."""
    weeks = curves.shape[1]
    # Sums of the same payments in another order differ by rounding.
    below = curves < -1e-9 * np.abs(curves).max(axis=1, keepdims=True)
    last = np.where(below.any(axis=1), weeks - np.argmax(below[:, ::-1], axis=1), 0)
    months = np.ceil(last * MONTHS / YEAR - 1e-9)
    return np.asarray(np.where(last == weeks, math.inf, months), np.float64)


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.nan


def best_shares(net: Float, weights: Float) -> Float:
    """Return for each strategy the share of resamples in which its mean net gain is the highest; ties share.

    Parameters
    ----------
    net : float[n, strategies]
    weights : float[times, n]

    Returns
    -------
    float[strategies]
        NaN without resamples
    """
    if len(weights) == 0:
        return np.full(net.shape[1], math.nan)
    means = weights @ net
    first = means == means.max(axis=1, keepdims=True)
    return np.asarray((first / first.sum(axis=1, keepdims=True)).mean(axis=0), np.float64)


# --- Break-even price ---------------------------------------------------------------------------------------------


def break_even_prices(comparison: Comparison) -> pd.DataFrame:
    """Return for each tool of each strategy the license at which its net gain is 0, all else unchanged.

    Nothing in the market responds to a license, so the net gain falls by the team's reps for each unit of it: the price
    is exact, and its interval is that of the net gain.

    Returns
    -------
    DataFrame
        adopters, strategy, tool, ``entered`` (the scenario's license; its mean where it is uncertain), ``price``,
        ``price_low``, ``price_high`` (95 %), all money/year for each rep that is offered the tool. A price below 0: the
        strategy doesn't pay even if the tool is free. There are no rows for tools that the baseline offers, too, where
        only competitors adopt, and for head-to-head
    """
    scenario = comparison.scenario
    usual = next(row for row in scenario.strategies if row.name == scenario.baseline_name)
    reps = scenario.vendors[scenario.focal_index].reps
    rows: list[dict[str, Any]] = []
    for adopters, values in _levels(comparison).items():
        if adopters not in ("focal", "all"):
            continue
        net = _net(values)
        for number, name in enumerate(scenario.compared_names):
            strategy = next(row for row in scenario.strategies if row.name == name)
            for tool in scenario.tools:
                if tool.name not in strategy.tools or tool.name in usual.tools:
                    continue
                entered = licences(scenario, tool, len(net))
                price = mean_interval(entered + net[:, number] / reps)
                rows.append(
                    {
                        "adopters": adopters,
                        "strategy": name,
                        "tool": tool.name,
                        "entered": float(entered.mean()),
                        **_ends("price", price),
                    }
                )
    return pd.DataFrame(rows, columns=["adopters", "strategy", "tool", "entered", *_ends_of("price")])


def licences(scenario: Scenario, tool: Tool, n: int) -> Float:
    """Return the tool's license in each of ``n`` observations, money/year for each rep: it may be uncertain."""
    shared, key = courses(scenario), f"tools.{tool.name}.cost_per_rep_year"
    drawn = [believed(scenario, number * shared) for number in range(n)] if scenario.uncertain else [{}] * n
    return np.array([values.get(key, tool.cost_per_rep_year) for values in drawn], np.float64)
