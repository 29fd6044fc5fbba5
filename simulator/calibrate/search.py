"""The search, in three stages, each of whose trials depends on the file and the stages before it only.

1. *Scattered*: trials spread evenly over all ranges (a Sobol sequence), which show what each parameter does.
2. *Guided*: CMA-ES (Hansen & Ostermeier 2001) looks for the market that agrees best.
3. *Sampled*: a quadratic response surface per fact, fitted to all trials so far, picks places at random from those
   that it thinks possible; each is tried. Those that agree with every fact are a sample of the markets that the
   facts allow: rejection sampling with a surrogate, in the manner of approximate Bayesian computation.

A search that was stopped goes on where it was: stages are gone through again, and trials done before are read.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import qmc

from simulator.calibrate.surface import Surface
from simulator.calibrate.trials import Trial, Trials
from simulator.market import Float

OnTrial = Callable[[str, int, int, float], None]
"""Called after each trial with (stage, trials done, trials in all, lowest loss so far)."""

ROUNDS = 4
"""Times that the response surface is fitted anew while sampling."""


def search(trials: Trials, on_trial: OnTrial = lambda *_: None) -> None:
    """Do all trials of a calibration; they are then in ``trials.done``, in order."""
    settings = trials.settings
    whole = settings.scattered + settings.guided + settings.sampled
    lowest = np.inf

    def attempt(stage: str, places: Sequence[float]) -> Trial:
        nonlocal lowest
        result = trials.trial(places)
        lowest = min(lowest, trials.loss(result))
        on_trial(stage, len(trials.done), whole, float(lowest))
        return result

    for places in _scattered(trials):
        attempt("scattered", places)
    _guided(trials, lambda places: attempt("guided", places))
    _sampled(trials, lambda places: attempt("sampled", places))


def _scattered(trials: Trials) -> Float:
    settings = trials.settings
    sequence = qmc.Sobol(len(settings.parameters), seed=settings.seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a count that is no power of two is a little less even
        return np.asarray(sequence.random(settings.scattered))


def _guided(trials: Trials, attempt: Callable[[Sequence[float]], Trial]) -> None:
    import optuna
    from optuna.distributions import BaseDistribution, FloatDistribution

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    settings = trials.settings
    keys = [p.key for p in settings.parameters]
    # The search begins at the best place seen, the ranges' starts among them. CMA-ES begins in the middle of its own
    # unit cube, so that cube is bent until its middle lies there.
    attempt([p.place(p.centre) for p in settings.parameters])
    middle = np.clip(min(trials.done, key=trials.loss).places, 0.02, 0.98)
    sampler = optuna.samplers.CmaEsSampler(seed=settings.seed, warn_independent_sampling=False)
    study = optuna.create_study(sampler=sampler)
    space: dict[str, BaseDistribution] = {key: FloatDistribution(0.0, 1.0) for key in keys}
    for _ in range(settings.guided - 1):
        asked = study.ask(space)
        at = np.array([asked.params[key] for key in keys])
        bent = np.where(at < 0.5, 2.0 * at * middle, middle + (2.0 * at - 1.0) * (1.0 - middle))
        study.tell(asked, trials.loss(attempt([float(place) for place in bent])))


def _sampled(trials: Trials, attempt: Callable[[Sequence[float]], Trial]) -> None:
    settings = trials.settings
    generator = np.random.default_rng(settings.seed)
    for number in range(ROUNDS):
        count = settings.sampled * (number + 1) // ROUNDS - settings.sampled * number // ROUNDS
        surface = Surface.fitted(trials)
        for places in surface.possible(count, generator):
            attempt([float(place) for place in places])
