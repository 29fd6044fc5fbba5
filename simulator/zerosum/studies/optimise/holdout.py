"""Try the best few of a search again on fresh random numbers.

The best of many trials looks better than it is: of those that are as good, it is the one that chance favored (the
winner's curse).
So the best few and the baseline are tried again on replications of other numbers. Which of them are tried was settled
before; intervals over them hold together (sup-t), and p values are Holm's, so the best of them may be looked at, too.
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
"""First replication of new simulated runs: far beyond any search's, so that a longer search never sees it."""

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Final:
    """A finalist.

    Attributes
    ----------
    trial : Trial
        as the search has seen it
    searched : tuple of Interval
        of each objective: gain over the baseline on the search's runs; the interval is each for itself, and
        too good for what was picked as the best of many
    fresh : tuple of Interval
        the same on new simulated runs; over all finalists and objectives together
    p : tuple of float
        of no difference on new simulated runs, by Holm over finalists and objectives
    over : mapping
        metric of the budget -> mean on new simulated runs less what is allowed
    spent : mapping
        metric of the budget -> its mean on new simulated runs
    """

    trial: Trial
    searched: tuple[Interval, ...]
    fresh: tuple[Interval, ...]
    p: tuple[float, ...]
    over: dict[str, float]
    spent: dict[str, Interval]

    @property
    def within(self) -> bool:
        """Whether it keeps the budget on new simulated runs, too."""
        return all(value <= 0 for value in self.over.values())

    def better(self, objective: int = 0) -> bool:
        """Whether it is better than the baseline by more than chance."""
        return self.fresh[objective].high > self.fresh[objective].low > 0


@dataclass(frozen=True)
class Optimised:
    """What an optimisation has found.

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
        """The finalist with the highest mean of the first objective on new simulated runs, within the budget there."""
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
    """Search, and try the best few again.

    Parameters
    ----------
    problem : Problem
    folder : Path
        in which what was tried is kept; the same call goes on from there
    workers : int
        threads; they change no bit
    fresh : bool
        forget what is there
    on_trial, stop
    on_lost : callable
        called if trials are damaged: they are made again

    Raises
    ------
    InputError
        if the folder is another market's, or another process writes to it
    StoreError
        if it can't be written
    Interrupted
        when stopped; what was finished is kept
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
