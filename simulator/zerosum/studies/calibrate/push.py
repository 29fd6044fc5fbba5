"""Push an answer to both of its ends within the facts: trials between which a verdict may differ.

Each step starts from the trial that agrees and lies farthest to one end so far. The response surface, corrected by
that trial, says where to go; the step is simulated like every other trial. Where it leads nowhere, the next is shorter
(a trust region), and after the shortest a longer one again: the surface has learned meanwhile. Places that only the
surface calls likely, and steps from other trials, seldom held: they were tried, and given up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import minimize

from zerosum.market.state import Float
from zerosum.studies.calibrate.surface import Surface
from zerosum.studies.calibrate.trials import Trial, Trials

Attempt = Callable[[Sequence[float] | Float], Trial]

REACH, SHORTEST, AGAIN = 0.25, 0.02, 0.1
"""Part of the ranges that the first step, the shortest, and the one after the shortest may go."""

SHRINK = 0.7
"""Factor on the reach after a step that led nowhere."""

ROOM = 0.7
"""Distance in half-bands beyond which a step is penalized, so that what it finds also agrees on other runs."""

PRESSED = 30.0
"""Standard deviations of an answer that half a band beyond that costs, times two, squared."""

ENDS = (1.0, -1.0)


def push(trials: Trials, attempt: Attempt) -> None:
    """Try ``pushed`` places, in turn at the upper and the lower end of each answer (``spread_over``)."""
    goals = [(answer, end) for answer in range(len(trials.answers)) for end in ENDS]
    reaches = [REACH] * len(goals)
    for number in range(trials.settings.pushed if goals else 0):
        goal = number % len(goals)
        answer, end = goals[goal]
        before = farthest(trials, answer, end)
        tried = attempt(_step(trials, before, answer, end, reaches[goal]))
        if farthest(trials, answer, end) is tried:
            continue
        # Shorter than the step that failed, not than the one allowed: otherwise the next could end at the same place.
        length = float(np.abs(np.subtract(tried.places, before.places)).max())
        shorter = SHRINK * min(reaches[goal], length)
        reaches[goal] = shorter if shorter >= SHORTEST else AGAIN


def farthest(trials: Trials, answer: int, end: float) -> Trial:
    """Return the trial that agrees and has the highest (``end`` 1) or lowest (-1) answer; the best if none agrees."""
    name = trials.answers[answer]
    agreeing = [trial for trial in trials.done if trials.agrees(trial)]
    if not agreeing:
        return min(trials.done, key=trials.loss)
    return max(agreeing, key=lambda trial: end * trial.found[name])


def _step(trials: Trials, start: Trial, answer: int, end: float, reach: float) -> Float:
    """Return the place near a trial where its answer is farthest and all facts are likely met; [parameters]."""
    surface, answers = Surface.fitted(trials), Surface.of_answers(trials)
    middle = np.array(start.places)
    correction = trials.distances(start) - surface.distances(middle)[0]

    def cost(places: Float) -> float:
        beyond = np.maximum(trials.off(surface.distances(places)[0] + correction) - ROOM, 0.0)
        return float(-end * answers.distances(places)[0, answer] + PRESSED * (beyond**2).sum())

    def slopes(places: Float) -> Float:
        distances = surface.distances(places)[0] + correction
        beyond = np.maximum(trials.off(distances) - ROOM, 0.0)
        rises = 2.0 * PRESSED * beyond * np.sign(distances)
        return np.asarray(-end * answers.slopes(places)[:, answer] + surface.slopes(places) @ rises)

    # With slopes and to more digits than values have: by differences, last digits of a float would decide.
    lowest = minimize(
        cost,
        middle,
        jac=slopes,
        method="L-BFGS-B",
        bounds=[(max(m - reach, 0.0), min(m + reach, 1.0)) for m in middle],
        options={"ftol": 0.0, "gtol": 1e-9, "maxiter": 10_000, "maxfun": 20_000},
    )
    return np.clip(np.asarray(lowest.x, float), 0.0, 1.0)
