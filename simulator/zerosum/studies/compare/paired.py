"""Average replications into independent observations, and pair every strategy with the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from zerosum.market.assumptions import courses
from zerosum.market.metrics import METRICS, NULL_METRICS
from zerosum.market.run import team_sizes
from zerosum.scenario.spec import Scenario
from zerosum.statistics import compare_pairs, holm, mean_interval


def observations(scenario: Scenario, runs: pd.DataFrame) -> pd.DataFrame:
    """Return the independent observations: with uncertain keys, two runs in a row are one.

    Teams of one vendor (head-to-head) may differ by a rep. Sums over a team are those of one of mean size, in each run.

    Parameters
    ----------
    runs : DataFrame
        adopters, strategy, replication, null, metrics

    Returns
    -------
    DataFrame
        the same columns; with uncertain keys, ``replication`` numbers the sets of assumptions
    """
    shared, runs = courses(scenario), scale_to_equal_teams(scenario, runs)
    if shared == 1:
        return runs
    key = ["adopters", "strategy", "null", "replication"]
    sets = runs.assign(replication=runs["replication"] // shared)
    means = sets.groupby(key, sort=False)[[metric.name for metric in METRICS]].mean().reset_index()
    return means[list(runs.columns)]


def scale_to_equal_teams(scenario: Scenario, runs: pd.DataFrame) -> pd.DataFrame:
    """Return the runs with sums over a team scaled to teams of equal size; see :func:`team_sizes`."""
    names, reps = scenario.compared_names, scenario.vendors[scenario.focal_index].reps
    here = runs["adopters"] == "head-to-head"
    if reps % len(names) == 0 or not here.any():
        return runs
    sizes = [team_sizes(reps, len(names), replication) for replication in range(len(names))]
    rows = runs.loc[here, ["strategy", "replication"]].to_numpy()
    size = [sizes[replication % len(names)][names.index(strategy)] for strategy, replication in rows]
    factor = reps / len(names) / np.array(size, np.float64)
    scaled = runs.copy()
    totals = [metric.name for metric in METRICS if metric.total]
    scaled.loc[here, totals] = runs.loc[here, totals].mul(factor, axis=0)
    return scaled


def _columns(runs: pd.DataFrame, strategy: str) -> Mapping[str, npt.NDArray[np.float64]]:
    """Return each metric's values in the strategy's runs; one selection for all, since each is slow in pandas."""
    names = [metric.name for metric in METRICS]
    return dict(zip(names, runs.loc[runs["strategy"] == strategy, names].to_numpy(np.float64).T, strict=True))


def _mean(values: npt.NDArray[np.float64]) -> float:
    """Mean of the values that are defined; NaN without any."""
    count = np.count_nonzero(~np.isnan(values))
    return float(np.nansum(values) / count) if count else float("nan")


def differences(scenario: Scenario, runs: pd.DataFrame) -> pd.DataFrame:
    """Pair every strategy with the baseline for the same adopters, metric by metric.

    Parameters
    ----------
    runs : DataFrame
        as in :class:`Comparison`

    Returns
    -------
    DataFrame
        adopters, strategy, metric, label, unit, mean, mean_low, mean_high, baseline, difference, low, high (95 %), n
        (replications, or sets of assumptions with uncertain keys), chance_baseline; p (paired t), p_holm (adjusted
        across the strategies for the same adopters); higher, lower, ties (observations in which the strategy is above,
        below, equal to the baseline); narrowed (variance of the difference without common random numbers / with
        them), skewed (True: don't trust the interval)
    """
    rows: list[dict[str, Any]] = []
    independent = observations(scenario, runs)
    for adopters in runs["adopters"].unique():
        here = independent[independent["adopters"] == adopters].sort_values("replication")
        real, null = here[~here["null"]], here[here["null"]]
        baseline = _columns(real, scenario.baseline_name)
        for strategy in scenario.compared_names:
            tried, by_chance = _columns(real, strategy), _columns(null, strategy)
            for metric in METRICS:
                own = mean_interval(tried[metric.name])
                pairs = compare_pairs(tried[metric.name], baseline[metric.name])
                gap = pairs.difference
                rows.append(
                    {
                        "adopters": adopters,
                        "strategy": strategy,
                        "metric": metric.name,
                        "label": metric.label,
                        "unit": metric.unit,
                        "mean": own.mean,
                        "mean_low": own.low,
                        "mean_high": own.high,
                        "baseline": _mean(baseline[metric.name]),
                        "difference": gap.mean,
                        "low": gap.low,
                        "high": gap.high,
                        "n": gap.n,
                        "chance_baseline": _mean(by_chance[metric.name])
                        if metric.name in NULL_METRICS
                        else float("nan"),
                        "p": float("nan") if strategy == scenario.baseline_name else pairs.p,
                        "p_holm": float("nan"),
                        "higher": pairs.higher,
                        "lower": pairs.lower,
                        "ties": pairs.ties,
                        "narrowed": pairs.variance_ratio,
                        "skewed": pairs.skewed,
                    }
                )
    found = pd.DataFrame(rows)
    for _, group in found.groupby(["adopters", "metric"], sort=False):
        found.loc[group.index, "p_holm"] = holm(group["p"].to_numpy(np.float64))
    return found
