"""Find Nash equilibria (no player gains by moving alone), and how often they change by chance.

Two players: all equilibria, including mixed ones, by nashpy. More players: all pure ones, by checking every
combination; mixed ones are not searched. Payoffs are means over replications and have an error. So whole replications
are resampled with replacement (which keeps pairs), and the equilibria of each resample are counted.
"""

from __future__ import annotations

import contextlib
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zerosum.market.state import Float
from zerosum.statistics import Interval, mean_interval
from zerosum.studies.game.best import TIE, is_best, strike_dominated
from zerosum.studies.game.payoffs import Mix, Payoffs, Profile, as_mix

MOST_SUPPORTS = 70_000
"""Most pairs of supports to enumerate: two players with eight strategies each have up to 65,025."""

PLAYED = 1e-6
"""Probability below which a strategy isn't played."""

Support = tuple[tuple[int, ...], ...]
"""Strategies that each player plays with some probability."""


@dataclass(frozen=True)
class Equilibrium:
    """A Nash equilibrium.

    Attributes
    ----------
    mix : Mix
    payoffs : tuple of Interval
        of each player; with mixed strategies, the expected payoff
    seen : float
        share of resamples that have an equilibrium with the same support
    """

    mix: Mix
    payoffs: tuple[Interval, ...]
    seen: float = float("nan")

    @property
    def support(self) -> Support:
        """Strategies that are played."""
        return support_of(self.mix)

    @property
    def profile(self) -> Profile | None:
        """The combination, if no player mixes; else None."""
        support = self.support
        return tuple(s[0] for s in support) if all(len(s) == 1 for s in support) else None


@dataclass(frozen=True)
class Equilibria:
    """All equilibria found.

    Attributes
    ----------
    found : tuple of Equilibrium
        pure ones first
    complete : bool
        whether mixed ones were searched
    degenerate : bool
        whether there may be a continuum of others: a player has more best responses than there are strategies
        played against it
    patterns : mapping
        set of supports -> share of resamples with exactly these equilibria; most frequent first
    resamples : int
    """

    found: tuple[Equilibrium, ...]
    complete: bool
    degenerate: bool
    patterns: Mapping[frozenset[Support], float]
    resamples: int

    @property
    def same(self) -> float:
        """Share of resamples with the same equilibria as all replications together."""
        return self.patterns.get(frozenset(e.support for e in self.found), 0.0)


def support_of(mix: Mix) -> Support:
    """Return the strategies with positive probability."""
    return tuple(tuple(i for i, share in enumerate(shares) if share > PLAYED) for shares in mix)


def equilibria(payoffs: Payoffs, resamples: int = 500, seed: int = 1) -> Equilibria:
    """Find the equilibria of the mean payoffs, and how often resampled replications have them."""
    mixes, degenerate, complete = solve(payoffs.means)
    chance, counted = np.random.default_rng(seed), Counter[frozenset[Support]]()
    for _ in range(resamples):
        drawn = chance.integers(0, payoffs.n, payoffs.n)
        found, _, _ = solve(payoffs.values[drawn].mean(axis=0))
        counted[frozenset(support_of(mix) for mix in found)] += 1
    order = sorted(counted, key=lambda pattern: (-counted[pattern], sorted(pattern)))
    patterns = {pattern: counted[pattern] / resamples for pattern in order}

    def seen(mix: Mix) -> float:
        return sum(share for pattern, share in patterns.items() if support_of(mix) in pattern)

    return Equilibria(
        tuple(Equilibrium(mix, _intervals(payoffs, mix), seen(mix)) for mix in mixes),
        complete,
        degenerate,
        patterns,
        resamples,
    )


def _intervals(payoffs: Payoffs, mix: Mix) -> tuple[Interval, ...]:
    return tuple(mean_interval(column) for column in payoffs.of_mix(mix).T)


def solve(means: Float) -> tuple[list[Mix], bool, bool]:
    """Find the equilibria of a table of payoffs.

    Parameters
    ----------
    means : float[strategies of player 0, …, players]

    Returns
    -------
    tuple
        equilibria, pure ones first; whether the game is degenerate; whether mixed ones were searched
    """
    shape = means.shape[:-1]
    pures = [as_mix(profile, shape) for profile in pure_equilibria(means)]
    left = strike_dominated(means)
    supports = np.prod([2.0 ** len(own) - 1 for own in left])
    complete = len(shape) == 2 and bool(supports <= MOST_SUPPORTS)
    mixed: list[Mix] = []
    degenerate = False
    if complete and max(map(len, left)) > 1:
        mixed, degenerate = _two_players(means, left)
    # If a player can leave a pure equilibrium at no loss, there may be many.
    degenerate = degenerate or any(_ties(means, support_of(mix)) for mix in pures)
    found = pures + [mix for mix in mixed if all(support_of(mix) != support_of(p) for p in pures)]
    return found, degenerate, complete


def pure_equilibria(means: Float) -> list[Profile]:
    """Return combinations in which every player's strategy is a best response."""
    return [tuple(int(i) for i in place) for place in np.argwhere(is_best(means).all(axis=-1))]


def _ties(means: Float, support: Support) -> bool:
    """Return whether a player has another best response to a pure combination."""
    profile = tuple(s[0] for s in support)
    best = is_best(means)
    for player in range(means.shape[-1]):
        line: tuple[Any, ...] = (*profile[:player], slice(None), *profile[player + 1 :], player)
        if best[line].sum() > 1:
            return True
    return False


def _two_players(means: Float, left: Sequence[Sequence[int]]) -> tuple[list[Mix], bool]:
    """Return all equilibria of a game without its dominated strategies; and whether it is degenerate."""
    table = means[np.ix_(*left)]
    # Scale and origin of a player's payoffs don't change equilibria, but do change tolerances.
    one, other = (_unit(table[..., player]) for player in (0, 1))
    found: list[Mix] = []
    degenerate = False
    for rows, columns in _enumerate(one, other):
        against = (one @ columns, rows @ other)
        if not all(
            value.max() - shares @ value < TIE for value, shares in zip(against, (rows, columns), strict=True)
        ):
            continue
        mix = tuple(
            _all(shares, own, count)
            for shares, own, count in zip((rows, columns), left, means.shape[:2], strict=True)
        )
        answers = [int((value >= value.max() - TIE).sum()) for value in against]
        played = [len(own) for own in support_of(mix)]
        degenerate = degenerate or answers[0] > played[1] or answers[1] > played[0]
        if all(support_of(mix) != support_of(known) for known in found):
            found.append(mix)
    return found, degenerate or len(found) % 2 == 0


def _enumerate(one: Float, other: Float) -> list[tuple[Float, Float]]:
    """Return nashpy's equilibria, including duplicates and false ones by rounding.

    Support enumeration compares floats exactly, and so loses an equilibrium in about one of a hundred games, to a
    share of -1e-17. Nondegenerate games have an odd number of equilibria (Wilson 1971, SIAM J. Appl. Math. 21). So if
    the number is even, vertex enumeration is used too.
    """
    from nashpy import Game  # takes a second, and most importers don't need it
    from scipy.spatial import QhullError

    game = Game(one, other)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # even number of equilibria
        found = list(game.support_enumeration())
        if len(found) % 2 == 0:
            with contextlib.suppress(QhullError):
                found += list(game.vertex_enumeration())
    pairs = [(np.asarray(rows, np.float64), np.asarray(columns, np.float64)) for rows, columns in found]
    return [pair for pair in pairs if all(np.isfinite(shares).all() for shares in pair)]


def _unit(table: Float) -> Float:
    """Scale payoffs to 1 to 2; vertex enumeration needs positive ones."""
    wide = float(np.ptp(table))
    return 1.0 + (table - table.min()) / (wide if wide > 0 else 1.0)


def _all(shares: Float, own: Sequence[int], count: int) -> tuple[float, ...]:
    """Return shares of all strategies, from those of the remaining ones."""
    found = np.zeros(count)
    found[list(own)] = np.where(shares > PLAYED, shares, 0.0)
    return tuple(float(share) for share in found / found.sum())
