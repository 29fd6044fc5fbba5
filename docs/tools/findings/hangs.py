"""Find what the answer hangs on: keys that differ between the sets, and by how much each moves it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import qmc

from docs.tools.findings.hours import CONTRAST, asked, observe, worth
from docs.tools.findings.kept import NOTHING, Kept
from zerosum.scenario import ScenarioError, parse_scenario, results_hash
from zerosum.scenario.fits import Fits
from zerosum.scenario.spec import Scenario
from zerosum.studies.map.axes import Axis, Span, make_axis
from zerosum.studies.map.ranking import rank_keys

SEED = 1


def rank_correlations(fits: Fits, answers: Sequence[float]) -> pd.Series[float]:
    """Return each key's rank correlation with the answer over the sets (Spearman); NaN if the key doesn't differ."""
    goal = _ranks(answers)
    found = {p.key: _correlation(_ranks([row[p.key] for row in fits.sets]), goal) for p in fits.parameters}
    return pd.Series(found, dtype=float)


@cache
def chance_of(correlation: float, n: int) -> float:
    """Return how often a key that has nothing to do with the answer gets as large a rank correlation, or larger."""
    ordered = np.arange(n, dtype=float)
    if n > 8:
        raise ValueError(f"all orders of {n} sets are too many to count")
    large = [abs(_correlation(ordered, np.array(order))) for order in itertools.permutations(ordered)]
    return float(np.mean(np.array(large) >= abs(correlation) - 1e-9))


def _ranks(values: Sequence[float]) -> np.ndarray:
    return pd.Series(values).rank().to_numpy()


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


def axes_between(scenario: Scenario, fits: Fits) -> tuple[Axis, ...]:
    """Return an axis for each key that differs between the sets, from its lowest value in them to its highest.

    The scenario's own value is among them.
    """
    found = []
    for p in fits.parameters:
        by = fits.sets[0][p.key] if p.factor else 1.0
        whole = make_axis(scenario, p.key, {}, fits)
        values = [whole.shown(whole.here), *(row[p.key] / by for row in fits.sets)]
        low, high = min(values), max(values)
        if low < high:
            found.append(make_axis(scenario, p.key, {p.key: Span(low, high)}, fits))
    return tuple(found)


def what_moves_it(
    scenario: Scenario,
    fits: Fits,
    points: int,
    workers: int = 1,
    kept: Kept = NOTHING,
    stop: threading.Event | None = None,
) -> pd.DataFrame:
    """Return how much each key moves preparation less calls in ARR, from its lowest value in the sets to its highest.

    Points over all keys at once, each with its own random numbers; a plane through them. See
    :func:`zerosum.studies.map.ranking.rank_keys` for the columns.
    """
    axes = axes_between(scenario, fits)
    places = qmc.Sobol(len(axes), rng=np.random.default_rng(SEED)).random(points)
    branches = asked(scenario, ("prospecting", "preparation"))

    def task(number: int, check: Any) -> float:
        changes: dict[str, Any] = {}
        for axis, place in zip(axes, places[number], strict=True):
            changes |= axis.factor.overrides(axis.factor.at(float(place)))
        try:
            market = parse_scenario(scenario, changes)
        except ScenarioError:
            return float("nan")
        found = worth(market, [observe(market, branches, number, check)])
        here = found[(found["activity"] == CONTRAST) & (found["yardstick"] == "arr")]
        return float(here["mean"].iloc[0])

    spans = [[axis.key, *axis.ends] for axis in axes]
    of = [results_hash(scenario), spans, SEED]
    gaps = kept.replications("what moves it", of, task, points, workers, stop)
    return rank_keys(axes, places, np.array(gaps, float))
