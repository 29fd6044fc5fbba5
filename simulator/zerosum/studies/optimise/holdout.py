"""Verify the best few strategies of a search on fresh random numbers.

The best of many trials looks better than it is: of those that are as good, it is the one that chance favored (the
winner's curse).
So the best few and the baseline are simulated on other replications. These finalists are fixed in advance. Intervals
hold for all together (sup-t) and p values are Holm's, so you can select the best of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zerosum.runs.lock import writing
from zerosum.runs.store import Lost
from zerosum.statistics import Interval, compare_pairs, holm, mean_interval, simultaneous_band
from zerosum.studies.optimise.search import OnTrial, Trial, finalists, gains_of, over_budget, search
from zerosum.studies.optimise.tried import Measured, Problem, Tried

FRESH = 1_000_000
"""First replication of new simulated runs, far beyond any search's replications."""

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Final:
    """A finalist.

    Attributes
    ----------
    trial : Trial
        the search's trial
    searched : tuple of Interval
        gain of each objective over the baseline on the search's runs; single intervals, optimistic for the best
        of many
    fresh : tuple of Interval
        the same on new simulated runs; for all finalists and objectives together
    p : tuple of float
        p values of no difference on new simulated runs, by Holm over finalists and objectives
    over : mapping
        metric of the budget -> mean on new simulated runs less the limit
    spent : mapping
        metric of the budget -> mean on new simulated runs
    """

    trial: Trial
    searched: tuple[Interval, ...]
    fresh: tuple[Interval, ...]
    p: tuple[float, ...]
    over: dict[str, float]
    spent: dict[str, Interval]

    @property
    def within(self) -> bool:
        """Whether it stays within the budget on new simulated runs."""
        return all(value <= 0 for value in self.over.values())

    def better(self, objective: int = 0) -> bool:
        """Return whether it is significantly better than the baseline."""
        return self.fresh[objective].high > self.fresh[objective].low > 0


@dataclass(frozen=True)
class Optimised:
    """Results of an optimization.

    Attributes
    ----------
    problem : Problem
    trials : list of Trial
    finals : list of Final
        in the search's order
    base, base_fresh : Measured
        the baseline on the search's runs, and on new simulated runs
    """

    problem: Problem
    trials: list[Trial]
    finals: list[Final]
    base: Measured
    base_fresh: Measured

    @property
    def best(self) -> Final | None:
        """The finalist within budget with the highest mean of the first objective, on new simulated runs."""
        there = [final for final in self.finals if final.within]
        return max(there, key=lambda final: final.fresh[0].mean, default=None)


def optimise(
    problem: Problem,
    folder: Path,
    workers: int = 1,
    fresh: bool = False,
    on_trial: OnTrial = lambda *_: None,
    stop: threading.Event | None = None,
    on_lost: Callable[[Lost], None] = lambda _: None,
) -> Optimised:
    """Search, and verify the best few.

    Parameters
    ----------
    problem : Problem
    folder : Path
        stores trials; the same call continues from there
    workers : int
        threads; they don't change results
    fresh : bool
        discard stored trials
    on_trial, stop
    on_lost : callable
        called if trials are damaged: they are simulated again

    Raises
    ------
    InputError
        if the folder is another market's, or another process writes to it
    StoreError
        if it can't be written
    Interrupted
        when stopped; finished runs are stored
    """
    with writing(folder):
        tried = Tried(problem, folder, workers, fresh, stop, on_lost)
        trials = search(tried, on_trial)
        chosen = finalists(problem, trials)
        base = tried.measured(problem.baseline, range(problem.file.replications))
        numbers = range(FRESH, FRESH + problem.file.holdout)
        on_trial("finalists", 0, len(chosen) + 1)
        base_fresh = tried.measured(problem.baseline, numbers)
        again: list[Measured] = []
        for trial in chosen:
            on_trial("finalists", len(again) + 1, len(chosen) + 1)
            again.append(tried.measured(trial.strategy, numbers))
        tried.compact()
    finals = _finals(problem, chosen, again, base, base_fresh)
    return Optimised(problem, trials, finals, base, base_fresh)


def _finals(
    problem: Problem, chosen: Sequence[Trial], again: Sequence[Measured], base: Measured, base_fresh: Measured
) -> list[Final]:
    if not chosen:
        return []
    objectives = problem.file.objectives
    # [replications, finalists * objectives]
    gains = np.concatenate([gains_of(found, base_fresh, objectives) for found in again], axis=1)
    known = gains[~np.isnan(gains).any(axis=1)]
    band = simultaneous_band(known, CONFIDENCE)
    p = holm([compare_pairs(column, np.zeros(len(column))).p for column in known.T])
    finals = []
    for i, (trial, found) in enumerate(zip(chosen, again, strict=True)):
        columns = range(i * len(objectives), (i + 1) * len(objectives))
        searched = gains_of(trial.found, base, objectives)
        finals.append(
            Final(
                trial,
                tuple(mean_interval(column) for column in searched.T),
                tuple(
                    Interval(float(band.mean[c]), float(band.low[c]), float(band.high[c]), len(known))
                    for c in columns
                ),
                tuple(float(p[c]) for c in columns),
                over_budget(problem, found, base_fresh),
                {name: mean_interval(found[name]) for name in problem.file.budget},
            )
        )
    return finals
