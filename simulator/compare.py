"""Every arm in every world, over many replications on common luck; differences to the baseline.

A replication is the unit of work: its warm-up, all arms and worlds, and the luck null of each.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from simulator.metrics import METRICS, NULL_METRICS, measure
from simulator.parallel import replications
from simulator.run import OnWeek, Run, branches, luck_null, warm_up
from simulator.scenario.spec import Scenario
from simulator.statistics import mean_interval, paired_difference

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Attributes
    ----------
    scenario : Scenario
    runs : DataFrame          one row per world, arm, replication and ``null`` (True: the luck null), a column per
                              metric
    differences : DataFrame   one row per world, arm and metric: baseline, mean, difference with its 95 % interval,
                              the luck null's mean where it belongs beside the number
    """

    scenario: Scenario
    runs: pd.DataFrame
    differences: pd.DataFrame


def replicate(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Rows:
    """Run one replication of everything.

    Returns
    -------
    list of rows: world, arm, replication, null, and every metric
    """
    rows: Rows = []
    for null in (False, True):
        market = luck_null(scenario) if null else scenario
        start = warm_up(market, replication, on_week)
        runs = branches(start, scenario.arm_names, scenario.comparison.worlds, on_week)
        # `map` lets a measured market go before the next one is simulated; a loop's variable would hold it.
        rows += map(partial(_row, null), runs)
    return rows


def _row(null: bool, run: Run) -> dict[str, Any]:
    address = {"world": run.world, "arm": run.arm, "replication": run.replication, "null": null}
    return address | measure(run)


def compare(
    scenario: Scenario,
    workers: int = 1,
    on_done: Callable[[int], None] | None = None,
    stop: threading.Event | None = None,
) -> Comparison:
    """Compare the scenario's arms with its baseline, as its ``comparison`` table says.

    Parameters
    ----------
    scenario : Scenario
    workers : int                       threads; changes the time, not the result
    on_done : callable, optional        called with the number of replications finished
    stop : Event, optional              set by another thread to end the whole

    Returns
    -------
    Comparison

    Raises
    ------
    Interrupted     on Ctrl-C, or when ``stop`` is set, with how far it got
    """
    found = replications(
        lambda number, check: replicate(scenario, number, check),
        scenario.comparison.replications,
        workers,
        on_done,
        stop,
    )
    rows = [row for replication in found for row in replication]
    runs = pd.DataFrame(rows)
    return Comparison(scenario, runs, differences(scenario, runs))


def differences(scenario: Scenario, runs: pd.DataFrame) -> pd.DataFrame:
    """Pair every arm with the baseline of its world, metric by metric.

    Parameters
    ----------
    runs : DataFrame        as in :class:`Comparison`

    Returns
    -------
    DataFrame   world, arm, metric, label, unit, mean, mean_low, mean_high, baseline, difference, low, high, n,
                luck_null
    """
    rows: list[dict[str, Any]] = []
    for world in runs["world"].unique():
        here = runs[runs["world"] == world].sort_values("replication")
        real, null = here[~here["null"]], here[here["null"]]
        baseline = real[real["arm"] == scenario.baseline_name]
        for arm in scenario.arm_names:
            tried, lucky = real[real["arm"] == arm], null[null["arm"] == arm]
            for metric in METRICS:
                own = mean_interval(tried[metric.name])
                gap = paired_difference(tried[metric.name], baseline[metric.name].to_numpy())
                rows.append(
                    {
                        "world": world,
                        "arm": arm,
                        "metric": metric.name,
                        "label": metric.label,
                        "unit": metric.unit,
                        "mean": own.mean,
                        "mean_low": own.low,
                        "mean_high": own.high,
                        "baseline": float(baseline[metric.name].mean()),
                        "difference": gap.mean,
                        "low": gap.low,
                        "high": gap.high,
                        "n": gap.n,
                        "luck_null": float(lucky[metric.name].mean())
                        if metric.name in NULL_METRICS
                        else float("nan"),
                    }
                )
    return pd.DataFrame(rows)
