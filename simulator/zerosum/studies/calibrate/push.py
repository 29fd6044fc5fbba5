"""Push an answer to both of its ends within the facts: trials between which a verdict may differ.

Each step starts from the trial that agrees and lies farthest to one end so far. The response surface, corrected by
that trial, says where to go; the step is simulated like every other trial. After a step that led nowhere the next is
shorter, after another it is longer (a trust region). Where even the shortest leads nowhere, the next starts from the
next-farthest trial. Long steps from there, and places that only the surface calls likely, seldom held: they were tried,
and given up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from zerosum.market.state import Float
from zerosum.studies.calibrate.surface import Surface
from zerosum.studies.calibrate.trials import Trial, Trials

Attempt = Callable[[Sequence[float] | Float], Trial]

REACH, SHRINK = 0.25, 0.7
"""Part of the ranges in which the first step goes; factor on it after a step that led nowhere, else its inverse."""

SHORTEST = 0.02
"""Part of the ranges that the shortest step may go."""

ROOM = 0.7
"""Distance in half-bands beyond which a step is penalized, so that what it finds also agrees on other runs."""

PRESSED = 30.0
"""Standard deviations of an answer that half a band beyond that costs, times two, squared."""

ENDS = (1.0, -1.0)


@dataclass
class _Goal:
    """An end of an answer, how far the next step may go, and how many trials lie farther than where it starts."""

    answer: int
    end: float
    reach: float = REACH
    farther: int = 0


def push(trials: Trials, attempt: Attempt) -> None:
    """Try ``pushed`` places, in turn at the upper and the lower end of each answer (``spread_over``)."""
    goals = [_Goal(answer, end) for answer in range(len(trials.answers)) for end in ENDS]
    for number in range(trials.settings.pushed if goals else 0):
        goal = goals[number % len(goals)]
        starts = farthest_first(trials, goal.answer, goal.end)
        start = starts[min(goal.farther, len(starts) - 1)]
        tried = attempt(_step(trials, start, goal.answer, goal.end, goal.reach))
        if farthest_first(trials, goal.answer, goal.end)[0] is tried:
            goal.reach, goal.farther = min(REACH, goal.reach / SHRINK), 0
            continue
        # Shorter than the step that failed, not than the one allowed: otherwise the next could end at the same place.
        length = float(np.abs(np.subtract(tried.places, start.places)).max())
        goal.reach = SHRINK * min(goal.reach, length)
        if goal.reach < SHORTEST:
            goal.reach, goal.farther = SHORTEST, goal.farther + 1


def farthest_first(trials: Trials, answer: int, end: float) -> list[Trial]:
    """Return the trials that agree, from the highest (``end`` 1) or lowest (-1) answer on; the best if none agrees."""
    name = trials.answers[answer]
    agreeing = {trial.places: trial for trial in reversed(trials.done) if trials.agrees(trial)}
    if not agreeing:
        return [min(trials.done, key=trials.loss)]
    return sorted(agreeing.values(), key=lambda trial: -end * trial.found[name])


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
