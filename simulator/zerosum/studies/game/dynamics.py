"""Replicator dynamics: decision makers copy strategies that pay, in one population for each player.

A strategy spreads if it pays more than its population's mean: x_i' = x_i (payoff of i - mean payoff) (Taylor & Jonker
1978, Math. Biosci. 40; Taylor 1979, J. Appl. Prob. 16, for several populations). Payoffs are divided by the widest
range of any player's payoffs, so time has no unit and results don't show durations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zerosum.market.state import Float
from zerosum.studies.game.payoffs import Payoffs

HORIZON = 200.0
TIMES = 1_601
STARTS = 200
"""Random starts, uniform over all mixtures."""

MOSTLY = 0.95
"""Share that carries on in the start with hardly any movers."""

SHOWN = 40
"""Trajectories from random starts in figures."""

TINY = 1e-300
"""Share of a strategy that is not played: too small to matter in any trajectory."""

SETTLED = 1e-3
"""Rate of change of shares, per unit of time, below which a trajectory has settled."""


@dataclass(frozen=True)
class Course:
    """One trajectory.

    Attributes
    ----------
    times : float[times]
    shares : tuple of float[times, strategies]
        one for each player
    settled : bool
        whether it has reached a rest point
    """

    times: Float
    shares: tuple[Float, ...]
    settled: bool

    @property
    def leads(self) -> tuple[int, ...] | None:
        """The combination at its end, with shares of at least 99 %; None if there is none."""
        ends = [shares[-1] for shares in self.shares]
        if not self.settled or any(end.max() < 0.99 for end in ends):
            return None
        return tuple(int(end.argmax()) for end in ends)


@dataclass(frozen=True)
class Dynamics:
    """Trajectories from several starts.

    Attributes
    ----------
    first : Course
        start with hardly any movers
    even : Course
        start with equal shares of all strategies
    basins : tuple
        (combination, share of random starts that end there), most frequent first; None: none was reached
    sample : tuple of Course
        some trajectories from random starts, for figures
    """

    first: Course
    even: Course
    basins: tuple[tuple[tuple[int, ...] | None, float], ...]
    sample: tuple[Course, ...]


def courses(
    means: Float, starts: Sequence[Float], horizon: float = HORIZON, times: int = TIMES
) -> list[Course]:
    """Compute replicator dynamics from several starts.

    Parameters
    ----------
    means : float[strategies of player 0, …, players]
    starts : float[starts, strategies]
        for each player; a strategy with share 0 stays at 0
    horizon : float
        end time
    times : int
        number of evenly spaced times to return

    Notes
    -----
    All starts are one system of equations, in logarithms of shares. There the slopes are bounded by differences in
    payoffs, and shares can't become negative.
    """
    from scipy.integrate import solve_ivp

    sizes = means.shape[:-1]
    n, cuts = len(starts[0]), np.cumsum(sizes)[:-1]
    scaled = means / (max(float(np.ptp(means[..., i])) for i in range(len(sizes))) or 1.0)

    def shares_of(logs: Float) -> list[Float]:
        parts = np.split(logs, cuts, axis=-1)
        whole = [np.exp(part - part.max(axis=-1, keepdims=True)) for part in parts]
        return [part / part.sum(axis=-1, keepdims=True) for part in whole]

    def change(_: float, flat: Float) -> Float:
        shares = shares_of(flat.reshape(n, -1))
        rates = []
        for player, own in enumerate(shares):
            value = payoff_of_each(scaled, shares, player)
            rates.append(value - (own * value).sum(axis=-1, keepdims=True))
        return np.concatenate(rates, axis=-1).ravel()

    at = np.linspace(0.0, horizon, times)
    begin = np.log(np.maximum(np.concatenate([np.asarray(s, np.float64) for s in starts], axis=-1), TINY))
    solved = solve_ivp(
        change, (0.0, horizon), begin.ravel(), t_eval=at, method="DOP853", rtol=1e-7, atol=1e-7
    )
    logs = solved.y.T.reshape(len(at), n, -1)
    paths = shares_of(logs)
    rates = np.split(change(0.0, solved.y[:, -1]).reshape(n, -1), cuts, axis=-1)
    moving = [np.abs(rate * path[-1]).max(axis=-1) for rate, path in zip(rates, paths, strict=True)]
    rest = np.max(moving, axis=0) < SETTLED
    return [Course(at, tuple(path[:, i] for path in paths), bool(rest[i])) for i in range(n)]


def payoff_of_each(means: Float, shares: Sequence[Float], player: int) -> Float:
    """Return the mean payoff of each of a player's strategies against the others' shares, [starts, strategies].

    Parameters
    ----------
    means : float[strategies of player 0, …, players]
    shares : float[starts, strategies] for each player
    """
    letters = "abcdefgh"[: len(shares)]
    others = [i for i in range(len(shares)) if i != player]
    terms = ",".join([letters, *(f"n{letters[i]}" for i in others)])
    return np.einsum(f"{terms}->n{letters[player]}", means[..., player], *(shares[i] for i in others))


def dynamics(payoffs: Payoffs, nobody: Sequence[int | None], seed: int = 1, starts: int = STARTS) -> Dynamics:
    """Compute the dynamics of mean payoffs from a start with hardly any movers, an even one, and random ones.

    Parameters
    ----------
    nobody
        each player's strategy of not moving; None: it has none, and starts evenly
    """
    sizes = [len(names) for names in payoffs.strategies]
    even = [np.full(size, 1.0 / size) for size in sizes]
    first = [e if still is None else _mostly(still, len(e)) for still, e in zip(nobody, even, strict=True)]
    chance = np.random.default_rng(seed)
    begun = [
        np.vstack([f, e, chance.dirichlet(np.ones(size), starts)])
        for f, e, size in zip(first, even, sizes, strict=True)
    ]
    from_first, from_even, *rest = courses(payoffs.means, begun)
    ends = [c.leads for c in rest]
    counted = {end: ends.count(end) / starts for end in dict.fromkeys(ends)}
    basins = sorted(counted.items(), key=lambda item: (item[0] is None, -item[1], item[0] or ()))
    return Dynamics(from_first, from_even, tuple(basins), tuple(rest[:SHOWN]))


def _mostly(still: int, size: int) -> Float:
    if size == 1:
        return np.ones(1)
    shares = np.full(size, (1.0 - MOSTLY) / (size - 1))
    shares[still] = MOSTLY
    return shares
