"""All that is said of a game, worked out from its payoffs alone."""

from __future__ import annotations

from dataclasses import dataclass

from zerosum.studies.game.best import Domination, Response, best_responses, dominations
from zerosum.studies.game.dynamics import Dynamics, dynamics
from zerosum.studies.game.equilibria import Equilibria, equilibria
from zerosum.studies.game.payoffs import Payoffs, Profile
from zerosum.studies.game.trap import Held, held_against


@dataclass(frozen=True)
class Analysis:
    """What a game comes to.

    Attributes
    ----------
    payoffs : Payoffs
    nobody : Profile, optional
        the combination in which all carry on; None if somebody can't
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
    held: tuple[Held, ...]
    dynamics: Dynamics


def analyse(payoffs: Payoffs, nobody: Profile | None = None, resamples: int = 500, seed: int = 1) -> Analysis:
    """Work out best responses, dominated strategies, equilibria, dynamics, and whether there is a trap.

    Parameters
    ----------
    payoffs : Payoffs
    nobody : Profile, optional
        the combination in which all carry on
    resamples, seed : int
        see :func:`zerosum.studies.game.equilibria.equilibria`

    Examples
    --------
    A prisoner's dilemma, whose payoffs are known without error:

    >>> import numpy as np
    >>> table = np.array([[[3, 3], [0, 5]], [[5, 0], [1, 1]]], float)
    >>> payoffs = Payoffs(("a", "b"), (("wait", "buy"),) * 2, np.stack([table] * 10))
    >>> found = analyse(payoffs, nobody=(0, 0), resamples=50)
    >>> [payoffs.told(e.profile) for e in found.equilibria.found], found.held[0].outcome
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
        held_against(payoffs, nobody, found.found, pairs) if nobody is not None else (),
        dynamics(payoffs, nobody or (None,) * len(payoffs.players), seed),
    )
