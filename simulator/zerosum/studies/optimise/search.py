"""Choose the strategies to try, and their order.

optuna proposes one trial after the other: TPE (Bergstra et al. 2011; constraints after Watanabe & Hutter 2022),
NSGA-II (Deb et al. 2002) or CMA-ES (Hansen & Ostermeier 2001). Its objective is the mean paired difference from the
baseline on the same replications, so shared noise can't mislead it.

optuna's storage doesn't include a sampler's random state, so resuming from it would change the search. Instead a
stopped search restarts with the same seed, proposes the same trials and reads their stored results. A trial depends
only on the file and on earlier trials.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zerosum.market.inventory.strategies import Strategy
from zerosum.market.metrics import BY_NAME
from zerosum.market.state import Float
from zerosum.studies.optimise.space import Places
from zerosum.studies.optimise.tried import Measured, Problem, Tried, address_of

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

STARTUP = 12
"""Uniform random trials before TPE learns from them."""
POPULATION = 16
"""Population of NSGA-II: small, because trials are expensive."""

OnTrial = Callable[[str, int, int], None]
"""Called with (task, number done, total)."""


@dataclass(frozen=True)
class Trial:
    """A strategy on the search's runs.

    Attributes
    ----------
    number : int
    places : Places
        on the axes
    strategy : Strategy
    found : Measured
    gains : tuple of float
        mean paired difference from the baseline for each objective, more is better; NaN if the metric is
        undefined in some replication
    over : Mapping
        metric of the budget -> mean less the limit; 0 and below is within budget
    """

    number: int
    places: Places
    strategy: Strategy
    found: Measured
    gains: tuple[float, ...]
    over: Mapping[str, float]

    @property
    def failed(self) -> bool:
        """Whether there is no number to judge it by."""
        return any(math.isnan(value) for value in (*self.gains, *self.over.values()))

    @property
    def within(self) -> bool:
        """Whether it keeps the budget, by its means."""
        return not self.failed and all(value <= 0 for value in self.over.values())


def sign_of(metric: str) -> int:
    """Return 1 if more of a metric is better, -1 if less is."""
    return 1 if BY_NAME[metric].higher_is_better else -1


def gains_of(found: Measured, base: Measured, objectives: Sequence[str]) -> Float:
    """Return paired differences from the baseline, more is better; float[replications, objectives]."""
    return np.stack([sign_of(name) * (found[name] - base[name]) for name in objectives], axis=1)


def over_budget(problem: Problem, found: Measured, base: Measured) -> dict[str, float]:
    """Return means less the limits, by metric; relative limits use the baseline in the same replications."""
    return {
        name: float(found[name].mean() - problem.file.allowed(name).of(float(base[name].mean())))
        for name in problem.file.budget
    }


def search(tried: Tried, on_trial: OnTrial = lambda *_: None) -> list[Trial]:
    """Run all trials of a search, in order; the first is the start strategy."""
    import optuna
    from optuna.trial import TrialState

    problem = tried.problem
    file, numbers = problem.file, range(problem.file.replications)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    base = tried.measured(problem.baseline, numbers)
    space = {name: axis for one in problem.axes for name, axis in one.axes.items()}

    study = optuna.create_study(directions=["maximize"] * len(file.objectives), sampler=_sampler(problem))
    study.enqueue_trial({name: place for one in problem.axes for name, place in one.start.items()})
    done: list[Trial] = []
    for number in range(file.trials):
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # of places that samplers round, and of first trials outside of CMA's cube
            asked = study.ask(space)
        strategy = problem.strategy(asked.params) if number else problem.like
        found = tried.measured(strategy, numbers)
        gains = gains_of(found, base, file.objectives).mean(axis=0)
        over = over_budget(problem, found, base)
        trial = Trial(number, asked.params, strategy, found, tuple(float(gain) for gain in gains), over)
        done.append(trial)
        if trial.failed:
            study.tell(asked, state=TrialState.FAIL)
        else:
            for name, value in over.items():
                asked.set_constraint(name, value)
            study.tell(asked, list(trial.gains))
        on_trial("trials", len(done), file.trials)
    return done


def _sampler(problem: Problem) -> BaseSampler:
    from optuna.samplers import CmaEsSampler, NSGAIISampler, TPESampler

    file = problem.file
    if file.sampler == "nsga":
        return NSGAIISampler(seed=file.seed, population_size=POPULATION)
    if file.sampler == "cma":
        return CmaEsSampler(seed=file.seed, warn_independent_sampling=False)
    return TPESampler(seed=file.seed, n_startup_trials=STARTUP, multivariate=True)


def front(trials: Sequence[Trial]) -> list[Trial]:
    """Return the Pareto front: trials within budget that no other one dominates; each strategy once, in order.

    With one objective: the best.
    """
    there = distinct([trial for trial in trials if trial.within])
    return [
        one
        for one in there
        if not any(
            all(a >= b for a, b in zip(other.gains, one.gains, strict=True))
            and any(a > b for a, b in zip(other.gains, one.gains, strict=True))
            for other in there
        )
    ]


def distinct(trials: Sequence[Trial]) -> list[Trial]:
    """Return the first trial of each strategy."""
    return list({address_of(trial.strategy): trial for trial in reversed(trials)}.values())[::-1]


def finalists(problem: Problem, trials: Sequence[Trial]) -> list[Trial]:
    """Return the best few to verify: by the search's estimate, or evenly along the front; never the baseline."""
    base, most = address_of(problem.baseline), problem.file.finalists
    there = [t for t in distinct(trials) if t.within and address_of(t.strategy) != base]
    if len(problem.file.objectives) == 1:
        return sorted(there, key=lambda trial: (-trial.gains[0], trial.number))[:most]
    # Trials with equal objectives are verified once, as the first of them.
    places = {trial.gains: trial for trial in reversed(front(trials)) if address_of(trial.strategy) != base}
    along = sorted(places.values(), key=lambda trial: (-trial.gains[0], trial.number))
    if len(along) <= most:
        return along
    chosen = np.linspace(0, len(along) - 1, most).round().astype(int) if most > 1 else [0]
    return [along[i] for i in chosen]
