"""Compare under each of several calibrated parameter sets (fits), and report which conclusions hold in all.

The facts about selling don't determine every assumption. Fits are sets of values that agree equally well with the
facts. If a difference is above zero in one fit and below zero in another, it is undecided, however narrow the
intervals.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from zerosum.market.sizes import workers_that_fit
from zerosum.runs.parts import Parts
from zerosum.scenario.fits import Changes, Fits
from zerosum.scenario.spec import Scenario
from zerosum.statistics.verdicts import SAME
from zerosum.studies.compare import Comparison, Replications

RUNS = frozenset({"runs"})

HIGHER, LOWER = "higher in all sets", "lower in all sets"
MAYBE_HIGHER, MAYBE_LOWER = "higher or unclear", "lower or unclear"
UNCLEAR, DIFFER = "unclear in all sets", "undecided: sets differ"
NO_INTERVAL, BASELINE = "no interval", "baseline"
VERDICTS = (HIGHER, MAYBE_HIGHER, UNCLEAR, MAYBE_LOWER, LOWER, DIFFER, NO_INTERVAL, BASELINE)
"""Verdicts on a strategy's difference over all sets. Unclear: the interval includes zero."""


@dataclass(frozen=True)
class Across:
    """Results of comparisons under several fits.

    Attributes
    ----------
    scenario : Scenario
        before any fit
    fits : Fits
    comparisons : tuple
        fit -> Comparison
    changes : tuple
        fit -> its changes of the scenario
    table : DataFrame
        one row per adopters, strategy and metric: the verdict and its data
    """

    scenario: Scenario
    fits: Fits
    comparisons: tuple[Comparison, ...]
    changes: tuple[Changes, ...]
    table: pd.DataFrame

    @property
    def differences(self) -> pd.DataFrame:
        """All comparisons' differences, with a column ``fit``."""
        return _stack([comparison.differences for comparison in self.comparisons])

    @property
    def runs(self) -> pd.DataFrame:
        """All comparisons' runs, with a column ``fit``."""
        return _stack([comparison.runs for comparison in self.comparisons])


def across(
    scenario: Scenario,
    fits: Fits,
    workers: int = 1,
    on_done: Callable[[int], None] | None = None,
    stop: threading.Event | None = None,
    kept: Parts | None = None,
) -> Across:
    """Compare the scenario's strategies under each calibrated parameter set, with common random numbers in all of them.

    Parameters
    ----------
    scenario : Scenario
    fits : Fits
    workers : int
        threads; changes the time, not the result
    on_done : callable, optional
        called with the number of finished replications, over all sets
    stop : Event, optional
        another thread sets it to stop the work
    kept : Parts, optional
        storage for finished runs, see :func:`kept_in`

    Raises
    ------
    InputError
        if the scenario is not valid under one of the fits
    Interrupted
        on Ctrl-C, or when ``stop`` is set; it holds the progress
    ScenarioError
        if it doesn't fit in memory
    """
    scenarios = apply_all(scenario, fits)
    often = scenario.comparison.replications
    workers = workers_that_fit(scenario, workers, often * len(scenarios), RUNS)
    made = Replications(scenarios, RUNS, workers, kept, on_done, stop)
    made.make(often)
    comparisons = [Comparison(fitted, made.tables(fit)) for fit, fitted in enumerate(scenarios)]
    changes = tuple(fits.changes(scenario, number) for number in range(len(fits.sets)))
    return Across(scenario, fits, tuple(comparisons), changes, verdicts(comparisons))


def apply_all(scenario: Scenario, fits: Fits) -> tuple[Scenario, ...]:
    """Return the scenario under each calibrated parameter set."""
    return tuple(fits.applied(scenario, number) for number in range(len(fits.sets)))


def verdicts(comparisons: list[Comparison]) -> pd.DataFrame:
    """Return the verdict over all sets for all adopters, strategies and metrics.

    Parameters
    ----------
    comparisons : list
        the default fit's first; all with the same adopters and strategies

    Returns
    -------
    DataFrame
        adopters, strategy, metric, label, unit, verdict, fits, above, below, around, without (number of fits whose
        interval lies above zero, below zero, includes zero, is missing), sets_above, sets_below, sets_without (their
        numbers, the default's is 1), difference (mean over fits), smallest,
        largest, lowest, highest (ends of intervals), default, default_low, default_high, level,
        level_smallest, level_largest, chance_baseline_smallest, chance_baseline_largest
    """
    frames = [comparison.differences for comparison in comparisons]
    gap, low, high, often, level, chance = (
        pd.DataFrame({fit: frame[name] for fit, frame in enumerate(frames)})
        for name in ("difference", "low", "high", "n", "mean", "chance_baseline")
    )
    above, below, without = _sides(low, high, often)
    table = frames[0][["adopters", "strategy", "metric", "label", "unit"]].copy()
    counts = np.stack([above.sum(axis=1), below.sum(axis=1), without.sum(axis=1)], axis=1)
    baseline = comparisons[0].scenario.baseline_name
    table["verdict"] = [
        BASELINE if strategy == baseline else verdict(len(frames), *(int(n) for n in counts[row]))
        for row, strategy in enumerate(table["strategy"])
    ]
    table["fits"] = len(frames)
    table["above"], table["below"] = counts[:, 0], counts[:, 1]
    # Sets have numbers from 1 on, the default's first.
    for name, found in (("sets_above", above), ("sets_below", below), ("sets_without", without)):
        table[name] = [" ".join(str(fit + 1) for fit in found.columns[row]) for row in found.to_numpy(bool)]
    table["around"], table["without"] = len(frames) - counts.sum(axis=1), counts[:, 2]
    table["difference"] = gap.mean(axis=1)
    table["smallest"], table["largest"] = gap.min(axis=1), gap.max(axis=1)
    table["lowest"], table["highest"] = low.min(axis=1), high.max(axis=1)
    table["default"], table["default_low"], table["default_high"] = gap[0], low[0], high[0]
    table["level"] = level.mean(axis=1)
    table["level_smallest"], table["level_largest"] = level.min(axis=1), level.max(axis=1)
    table["chance_baseline_smallest"], table["chance_baseline_largest"] = (
        chance.min(axis=1),
        chance.max(axis=1),
    )
    return table


def _sides(low: Any, high: Any, often: Any) -> tuple[Any, Any, Any]:
    """Return whether intervals lie above zero, lie below, and are missing."""
    # A few equal nonzero differences have no spread: too few replications, not certainty.
    without = low.isna() | ((low == high) & (low != 0.0) & (often < SAME))
    return (low > 0.0) & ~without, (high < 0.0) & ~without, without


def verdict(fits: int, above: int, below: int, without: int) -> str:
    """Return the verdict over all sets.

    Parameters
    ----------
    fits : int
        at least 1
    above, below, without : int
        fits whose interval lies above zero, below zero, is missing; in the others it includes zero

    Notes
    -----
    >>> verdict(12, 12, 0, 0), verdict(12, 7, 0, 0), verdict(12, 7, 1, 0)
    ('higher in all sets', 'higher or unclear', 'undecided: sets differ')
    """
    if above and below:
        return DIFFER
    if without:
        return NO_INTERVAL
    if above:
        return HIGHER if above == fits else MAYBE_HIGHER
    if below:
        return LOWER if below == fits else MAYBE_LOWER
    return UNCLEAR


def _stack(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Concatenate frames, with a column ``fit`` in front."""
    numbered: list[Any] = []
    for fit, frame in enumerate(frames):
        numbered.append(frame.copy())
        numbered[-1].insert(0, "fit", fit)
    return pd.concat(numbered, ignore_index=True)
