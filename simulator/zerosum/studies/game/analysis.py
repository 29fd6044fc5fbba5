"""Analyze a game, and compare each equilibrium with the status quo, in which nobody moves.

A *trap*: in the equilibrium, all players are worse off than if nobody had moved. It is a prisoner's dilemma if also
each player's equilibrium strategy pays more than carrying on, whatever the others do.

Finding and comparing an equilibrium on the same replications causes no bias: it is selected by gains of single moves,
not by the players' joint result. Shares of a mixed equilibrium are taken as given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from zerosum.market.state import Float
from zerosum.statistics import Interval, compare_pairs, holm, paired_difference
from zerosum.studies.game.best import ALPHA, Domination, Response, best_responses, dominations
from zerosum.studies.game.dynamics import Dynamics, dynamics
from zerosum.studies.game.equilibria import Equilibria, Equilibrium, equilibria
from zerosum.studies.game.payoffs import Payoffs, Profile, as_mix, replace_strategy

Outcome = Literal["nobody moves", "trap", "gain", "mixed"]


@dataclass(frozen=True)
class AgainstNobody:
    """Comparison of an equilibrium with "nobody moves".

    Attributes
    ----------
    equilibrium : Equilibrium
    outcome : str
        nobody moves: they are the same; trap: every player is worse off; gain: every player is better off;
        mixed: some are, some aren't
    sure : bool
        whether the outcome is significant: every player's interval is on that side; "mixed": one player
        significantly gains and one loses
    gains : tuple of Interval
        each player's payoff minus that of nobody moving, paired
    together : Interval
        the same for the players' mean
    first : tuple
        each player's gain by moving alone when nobody moves; None if it mixes or stays
    behind : tuple
        each player's loss by carrying on alone when the others have moved (a negative gain)
    dilemma : str
        surely, on average or no: whether the equilibrium strategy dominates carrying on
    """

    equilibrium: Equilibrium
    outcome: Outcome
    sure: bool
    gains: tuple[Interval, ...]
    together: Interval
    first: tuple[Interval | None, ...]
    behind: tuple[Interval | None, ...]
    dilemma: Literal["surely", "on average", "no"]


def compare_with_nobody(
    payoffs: Payoffs, nobody: Profile, found: Sequence[Equilibrium], dominations: Sequence[Domination]
) -> tuple[AgainstNobody, ...]:
    """Compare each equilibrium with the combination "nobody moves"."""
    return tuple(_compare(payoffs, nobody, equilibrium, dominations) for equilibrium in found)


def _compare(
    payoffs: Payoffs, nobody: Profile, equilibrium: Equilibrium, dominations: Sequence[Domination]
) -> AgainstNobody:
    before, after = payoffs.at(nobody), payoffs.of_mix(equilibrium.mix)
    gains = tuple(paired_difference(a, b) for a, b in zip(after.T, before.T, strict=True))
    together = paired_difference(after.mean(axis=1), before.mean(axis=1))
    profile = equilibrium.profile
    outcome: Outcome
    if equilibrium.mix == as_mix(nobody, payoffs.values.shape[1:-1]):
        outcome, sure = "nobody moves", True
    elif all(gain.mean < 0 for gain in gains):
        # All are worse off only if each is: an intersection, so intervals need no correction.
        outcome, sure = "trap", all(gain.low < gain.high < 0 for gain in gains)
    elif all(gain.mean > 0 for gain in gains):
        outcome, sure = "gain", all(gain.high > gain.low > 0 for gain in gains)
    else:
        outcome, sure = "mixed", _both_sides(after, before)
    first: list[Interval | None] = []
    behind: list[Interval | None] = []
    for player in range(len(payoffs.players)):
        if profile is None or profile[player] == nobody[player]:
            first.append(None)
            behind.append(None)
            continue
        alone = payoffs.at(replace_strategy(nobody, player, profile[player]))[:, player]
        left = payoffs.at(replace_strategy(profile, player, nobody[player]))[:, player]
        first.append(paired_difference(alone, before[:, player]))
        behind.append(paired_difference(left, after[:, player]))
    return AgainstNobody(
        equilibrium,
        outcome,
        sure,
        gains,
        together,
        tuple(first),
        tuple(behind),
        _dilemma(nobody, profile, outcome, dominations),
    )


def _both_sides(after: Float, before: Float) -> bool:
    """Return whether one player significantly gains and another loses (Holm over players)."""
    pairs = [compare_pairs(a, b) for a, b in zip(after.T, before.T, strict=True)]
    adjusted = holm([pair.p for pair in pairs])
    sure = {pair.difference.mean > 0 for pair, p in zip(pairs, adjusted, strict=True) if p < ALPHA}
    return sure == {True, False}


def _dilemma(
    nobody: Profile, profile: Profile | None, outcome: Outcome, dominations: Sequence[Domination]
) -> Literal["surely", "on average", "no"]:
    if outcome != "trap" or profile is None:
        return "no"
    pairs = {(d.player, d.strategy, d.by): d.verdict for d in dominations}
    verdicts = [
        pairs[player, still, move]
        for player, (still, move) in enumerate(zip(nobody, profile, strict=True))
        if still != move
    ]
    if all(verdict == "surely" for verdict in verdicts):
        return "surely"
    return "on average" if all(verdict in ("surely", "on average") for verdict in verdicts) else "no"


@dataclass(frozen=True)
class Analysis:
    """Analysis of a game.

    Attributes
    ----------
    payoffs : Payoffs
    nobody : Profile, optional
        the combination in which all carry on; None if a player can't
    responses : list of Response
    dominations : list of Domination
    equilibria : Equilibria
    held : tuple of Held
        each equilibrium against ``nobody``; empty without one
    dynamics : Dynamics
    """

    payoffs: Payoffs
    nobody: Profile | None
    responses: list[Response]
    dominations: list[Domination]
    equilibria: Equilibria
    held: tuple[AgainstNobody, ...]
    dynamics: Dynamics


def analyse(payoffs: Payoffs, nobody: Profile | None = None, resamples: int = 500, seed: int = 1) -> Analysis:
    """Compute best responses, dominated strategies, equilibria, dynamics and traps.

    Parameters
    ----------
    payoffs : Payoffs
    nobody : Profile, optional
        the combination in which all carry on
    resamples, seed : int
        see :func:`zerosum.studies.game.equilibria.equilibria`

    Examples
    --------
    A prisoner's dilemma with exact payoffs:

    >>> import numpy as np
    >>> table = np.array([[[3, 3], [0, 5]], [[5, 0], [1, 1]]], float)
    >>> payoffs = Payoffs(("a", "b"), (("wait", "buy"),) * 2, np.stack([table] * 10))
    >>> found = analyse(payoffs, nobody=(0, 0), resamples=50)
    >>> [payoffs.names_of(e.profile) for e in found.equilibria.found], found.held[0].outcome
    ([('buy', 'buy')], 'trap')
    """
    pairs = dominations(payoffs)
    found = equilibria(payoffs, resamples, seed)
    return Analysis(
        payoffs,
        nobody,
        best_responses(payoffs),
        pairs,
        found,
        compare_with_nobody(payoffs, nobody, found.found, pairs) if nobody is not None else (),
        dynamics(payoffs, nobody or (None,) * len(payoffs.players), seed),
    )
