"""Find each player's best responses and dominated strategies.

Strategy a is *dominated* by b if b pays more whatever the others do. This must hold for each combination of the
others' strategies. So its p value is the largest of theirs, without a correction for their number (an
intersection-union test; Berger 1982, Technometrics 24). Holm's method corrects for the number of pairs of strategies.
Domination by a mixed strategy is not tested.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from zerosum.statistics import Interval, compare_pairs, holm
from zerosum.studies.game.payoffs import Payoffs, Profile, replace_strategy

ALPHA = 0.05

TIE = 1e-9
"""Payoffs count as equal if they differ by less than this part of their range."""

Verdict = Literal["surely", "on average", "undecided", "no"]
"""surely: more than chance; on average: the means say so, but chance alone could; undecided: the means don't say so,
but chance may hide it; no: in some situation it surely pays more."""


@dataclass(frozen=True)
class Response:
    """A best response.

    Attributes
    ----------
    player : int
    others : Profile
        the others' strategies; the player's own entry is its best response
    runner_up : int
        its second best strategy
    margin : Interval
        best minus second best, paired
    p : float
        p value of no difference, by Holm over all responses; NaN: no test was possible
    """

    player: int
    others: Profile
    runner_up: int
    margin: Interval
    p: float

    @property
    def sure(self) -> bool:
        """Whether it is significant."""
        return self.p < ALPHA and self.margin.low > 0


@dataclass(frozen=True)
class Domination:
    """Whether a strategy is dominated by another.

    Attributes
    ----------
    player, strategy, by : int
    verdict : Verdict
    gains : tuple
        (the others' strategies, payoff by ``by`` minus by ``strategy``), single intervals
    p : float
        p value of no domination, by Holm over all pairs; NaN: no test was possible
    """

    player: int
    strategy: int
    by: int
    verdict: Verdict
    gains: tuple[tuple[Profile, Interval], ...]
    p: float


def is_best(means: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return which strategies are best responses, including ties; same shape as the means."""
    best = np.zeros(means.shape, np.bool_)
    for player in range(means.shape[-1]):
        own = means[..., player]
        slack = TIE * float(np.ptp(own))
        best[..., player] = own >= own.max(axis=player, keepdims=True) - slack
    return best


def best_responses(payoffs: Payoffs) -> list[Response]:
    """Return each player's best response to each combination of the others' strategies, by mean payoff."""
    found: list[tuple[int, Profile, int, Interval, float]] = []
    for player, names in enumerate(payoffs.strategies):
        if len(names) < 2:
            continue
        for others in payoffs.others(player):
            here = [replace_strategy(others, player, i) for i in range(len(names))]
            means = [float(payoffs.means[(*profile, player)]) for profile in here]
            first, second = np.argsort(means, kind="stable")[::-1][:2]
            pair = compare_pairs(payoffs.at(here[first])[:, player], payoffs.at(here[second])[:, player])
            found.append((player, here[first], int(second), pair.difference, pair.p))
    adjusted = holm([row[-1] for row in found])
    return [Response(*row[:-1], float(p)) for row, p in zip(found, adjusted, strict=True)]


def dominations(payoffs: Payoffs) -> list[Domination]:
    """Return for each pair of a player's strategies whether the second dominates the first."""
    pairs = [
        (player, a, b)
        for player, names in enumerate(payoffs.strategies)
        for a in range(len(names))
        for b in range(len(names))
        if a != b
    ]
    gains = [_gains(payoffs, *pair) for pair in pairs]
    adjusted = holm([_worst([p for _, _, p in rows]) for rows in gains])
    return [
        Domination(*pair, _verdict(rows, float(p)), tuple((o, i) for o, i, _ in rows), float(p))
        for pair, rows, p in zip(pairs, gains, adjusted, strict=True)
    ]


Gain = tuple[Profile, Interval, float]
"""The others' strategies, the gain, and the one-sided p value of no gain."""


def _gains(payoffs: Payoffs, player: int, strategy: int, by: int) -> list[Gain]:
    found: list[Gain] = []
    for others in payoffs.others(player):
        one, other = (payoffs.at(replace_strategy(others, player, i))[:, player] for i in (by, strategy))
        pair = compare_pairs(one, other)
        p = pair.p / 2 if pair.difference.mean > 0 else 1.0 - pair.p / 2
        found.append((others, pair.difference, p))
    return found


def _worst(p: Sequence[float]) -> float:
    return math.nan if any(math.isnan(value) for value in p) else max(p)


def _verdict(gains: Sequence[Gain], p: float) -> Verdict:
    means = [interval.mean for _, interval, _ in gains]
    if min(means) > 0:
        return "surely" if p < ALPHA else "on average"
    # "No" needs one situation in which it pays significantly more (Bonferroni).
    if any(1.0 - one < ALPHA / len(gains) for _, _, one in gains):
        return "no"
    return "undecided"


def strike_dominated(means: npt.NDArray[np.float64]) -> tuple[tuple[int, ...], ...]:
    """Return each player's strategies after iterated elimination of dominated ones, by mean payoff.

    No Nash equilibrium plays any other (strict domination by a pure strategy).
    """
    left = [list(range(count)) for count in means.shape[:-1]]
    while True:
        struck = False
        for player, own in enumerate(left):
            if len(own) < 2:
                continue
            table = np.moveaxis(means[np.ix_(*left)][..., player], player, 0).reshape(len(own), -1)
            keep = [
                i for i in range(len(own)) if not any(np.all(table[j] > table[i]) for j in range(len(own)))
            ]
            struck = struck or len(keep) < len(own)
            left[player] = [own[i] for i in keep]
        if not struck:
            return tuple(tuple(own) for own in left)
