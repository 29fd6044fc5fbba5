"""What a player had better do: best responses to what the others do, and strategies that are never the better ones.

Strategy a is *dominated* by b if b pays more whatever the others do. That is one claim for each combination of the
others' strategies, and holds only if each of them does: its p value is the largest of theirs (an intersection-union
test; Berger 1982, Technometrics 24), without any adjustment for their number. Over all pairs of strategies p values are
Holm's, for many pairs are looked at. Domination by a mixture is not looked for.
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
"""Payoffs that differ by no more than this part of their range are the same but for rounding."""

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
        what the others do; the player's own place says what it had better do
    runner_up : int
        its second best strategy there
    margin : Interval
        best minus second best, paired
    p : float
        of no difference, by Holm over all responses; NaN: no test was possible
    """

    player: int
    others: Profile
    runner_up: int
    margin: Interval
    p: float

    @property
    def sure(self) -> bool:
        """Whether it is more than chance."""
        return self.p < ALPHA and self.margin.low > 0


@dataclass(frozen=True)
class Domination:
    """Whether a strategy is dominated by another.

    Attributes
    ----------
    player, strategy, by : int
    verdict : Verdict
    gains : tuple
        (what the others do, payoff by ``by`` minus by ``strategy``), each interval for itself
    p : float
        that it isn't so, by Holm over all pairs; NaN: no test was possible
    """

    player: int
    strategy: int
    by: int
    verdict: Verdict
    gains: tuple[tuple[Profile, Interval], ...]
    p: float


def is_best(means: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Tell which strategies are best responses, ties among them; same shape as the means."""
    best = np.zeros(means.shape, np.bool_)
    for player in range(means.shape[-1]):
        own = means[..., player]
        slack = TIE * float(np.ptp(own))
        best[..., player] = own >= own.max(axis=player, keepdims=True) - slack
    return best


def best_responses(payoffs: Payoffs) -> list[Response]:
    """Each player's best answer to each combination of the others' strategies, by mean payoff."""
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
    """Every pair of a player's strategies, whether the first is dominated by the second."""
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
"""What the others do, what is gained there, and the one-sided p that nothing is."""


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
    # "No" needs one situation in which it surely pays more: among so many, by Bonferroni.
    if any(1.0 - one < ALPHA / len(gains) for _, _, one in gains):
        return "no"
    return "undecided"


def strike_dominated(means: npt.NDArray[np.float64]) -> tuple[tuple[int, ...], ...]:
    """Strategies of each player that are left when dominated ones are struck out again and again, by mean payoff.

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
