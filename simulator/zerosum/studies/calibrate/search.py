"""Search for parameter sets in four stages; trials depend only on the file and on earlier stages.

1. *Scattered*: trials spread evenly over all ranges (a Sobol sequence) show each parameter's effect.
2. *Guided*: CMA-ES (Hansen & Ostermeier 2001) finds the region that agrees best.
3. *Polished*: a quadratic response surface per fact, fitted to all trials so far, predicts the lowest loss nearby.
   That place and its surroundings are tried, and the surface is fitted again.
4. *Sampled*: places are drawn from the surface's likelihood, with bands as normal distributions, and tried. Those that
   agree with every fact are a sample of the markets that the facts allow (approximate Bayesian computation with a
   surrogate).

A stopped search can continue: it repeats the stages and reads finished trials.

Linear algebra differs in its last digits between processors and numbers of threads. Three rules limit the effect:
places come from rounded values, CMA-ES is separable (eigenvectors of a near-identity matrix are unstable), and the
surface's minimum is found with exact slopes. It still differs by 1 to 3 millionths of a range, which rounding can
magnify. All trials were the same with kernels for AVX2 and AVX-512, on one thread and two. On processors without
either, the search differed from trial 242 on.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.stats import qmc

from zerosum.market.state import Float
from zerosum.studies.calibrate.push import push
from zerosum.studies.calibrate.surface import Surface
from zerosum.studies.calibrate.trials import Trial, Trials

OnTrial = Callable[[str, int, int, float], None]
"""Called after each trial with (stage, trials done, trials in all, lowest loss so far)."""

REACH = 0.25
"""Part of the ranges in which the first response surface is trusted."""

POLISHINGS = 12
"""Number of fits of the response surface while polishing."""

ROUNDS = 6
"""Number of fits of the response surface while sampling."""


def search(trials: Trials, anchors: Trials, on_trial: OnTrial = lambda *_: None) -> None:
    """Run all trials of a calibration, and store them in ``trials.done``, in order.

    ``anchors``: the same parameters on many more markets; tried at the best place in each round of polishing, and
    before sampling.
    """
    settings = trials.settings
    whole = settings.scattered + settings.guided + settings.polished + settings.sampled + settings.pushed
    lowest = np.inf

    def attempt(stage: str, places: Sequence[float] | Float) -> Trial:
        nonlocal lowest
        result = trials.trial([float(place) for place in places])
        lowest = min(lowest, trials.loss(result))
        on_trial(stage, len(trials.done), whole, float(lowest))
        return result

    def anchor() -> None:
        nonlocal lowest
        if settings.anchored:
            best = min(trials.done, key=trials.loss)
            trials.anchor(best, anchors.trial(best.places))
            lowest = min(map(trials.loss, trials.done))

    for places in _scatter(trials):
        attempt("scattered", places)
    _guide(trials, lambda places: attempt("guided", places))
    _polish(trials, lambda places: attempt("polished", places), anchor)
    anchor()
    _sample(trials, lambda places: attempt("sampled", places))
    push(trials, lambda places: attempt("pushed", places))


def _scatter(trials: Trials) -> Float:
    settings = trials.settings
    sequence = qmc.Sobol(len(settings.parameters), seed=settings.seed)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # a count that isn't a power of two is slightly less even
        return np.asarray(sequence.random(settings.scattered))


def _guide(trials: Trials, attempt: Callable[[Sequence[float] | Float], Trial]) -> None:
    import optuna
    from optuna.distributions import BaseDistribution, FloatDistribution

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    settings = trials.settings
    keys = [p.key for p in settings.parameters]
    # The search starts at the best place so far, including the ranges' starts. CMA-ES starts in the middle of its
    # unit cube, so the cube is transformed to put its middle there.
    attempt([p.place(p.centre) for p in settings.parameters])
    middle = np.clip(min(trials.done, key=trials.loss).places, 0.02, 0.98)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.CmaEsSampler(
            seed=settings.seed, warn_independent_sampling=False, use_separable_cma=True
        )
    study = optuna.create_study(sampler=sampler)
    space: dict[str, BaseDistribution] = {key: FloatDistribution(0.0, 1.0) for key in keys}
    for _ in range(settings.guided - 1):
        asked = study.ask(space)
        at = np.array([asked.params[key] for key in keys])
        bent = np.where(at < 0.5, 2.0 * at * middle, middle + (2.0 * at - 1.0) * (1.0 - middle))
        study.tell(asked, trials.loss(attempt(bent)))


def _polish(
    trials: Trials, attempt: Callable[[Sequence[float] | Float], Trial], anchor: Callable[[], None]
) -> None:
    """Try the response surface's minimum near the best place so far and its surroundings; fit again.

    Slopes from single differences would be noise: one deal moves a fact by more than a small step does.
    """
    generator = np.random.default_rng(trials.settings.seed)
    n, reach = len(trials.settings.parameters), REACH
    for number in range(POLISHINGS):
        count = _part(trials.settings.polished, number, POLISHINGS)
        if count == 0:
            continue
        anchor()
        best = min(trials.done, key=trials.loss)
        middle = np.array(best.places)
        bottom = _bottom(trials, Surface.fitted(trials), middle, reach)
        tried = attempt(bottom)
        if trials.loss(tried) >= trials.loss(best):
            reach *= 0.7
        # Around the minimum, so that the next surface is accurate there.
        for _ in range(count - 1):
            attempt(np.clip(bottom + reach * generator.uniform(-1.0, 1.0, n), 0.0, 1.0))


def _bottom(trials: Trials, surface: Surface, middle: Float, reach: float) -> Float:
    """Return the place where the surface has the lowest loss, to more digits than values have; [parameters]."""

    def loss(places: Float) -> float:
        return trials.loss_at(places, surface.distances(places)[0])

    def slopes(places: Float) -> Float:
        return trials.loss_slopes(places, surface.distances(places)[0], surface.slopes(places))

    lowest = minimize(
        loss,
        middle,
        jac=slopes,
        method="L-BFGS-B",
        bounds=[(max(m - reach, 0.0), min(m + reach, 1.0)) for m in middle],
        options={"ftol": 0.0, "gtol": 1e-9, "maxiter": 10_000, "maxfun": 20_000},
    )
    return np.clip(np.asarray(lowest.x, dtype=float), 0.0, 1.0)


def _part(whole: int, number: int, parts: int) -> int:
    """Return how many of ``whole`` belong to part ``number``."""
    return whole * (number + 1) // parts - whole * number // parts


def _sample(trials: Trials, attempt: Callable[[Sequence[float] | Float], Trial]) -> None:
    settings = trials.settings
    generator = np.random.default_rng(settings.seed)
    for number in range(ROUNDS):
        count = _part(settings.sampled, number, ROUNDS)
        for places in Surface.fitted(trials).likely(count, generator):
            attempt(places)
