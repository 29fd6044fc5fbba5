"""Select the best strategy with as few replications as possible, and drop the others early."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Selection:
    """The state of a selection. Strategies are column numbers, from 0; replications are counted from 1.

    Attributes
    ----------
    best : int or None
        the selected strategy; None: not decided yet
    alive : list of int
        strategies that may still be the best
    dropped_at : dict
        strategy -> number of replications after which it was dropped
    at_most : int or None
        replications after which it is decided at the latest; None: too few so far to say
    decided_at : int or None
        number of replications after which it was decided
    leader : int or None
        strategy among those alive with the best mean so far (the selected one, once decided); None without any
        replication
    """

    best: int | None
    alive: list[int]
    dropped_at: dict[int, int]
    at_most: int | None
    decided_at: int | None
    leader: int | None


def kim_nelson(
    values: npt.ArrayLike,
    indifference: float,
    confidence: float = 0.95,
    first: int = 20,
    higher_is_better: bool = True,
) -> Selection:
    """Select the best strategy, fully sequentially, by paired differences.

    After each replication from ``first`` on, a strategy is dropped if it is behind another one by more than the
    spread of *their difference* allows; the last one is the best. If the best is ahead of all others by at least
    the indifference, it is selected with at least the given confidence, whatever the correlation. A higher
    correlation takes fewer replications. Strategies within the indifference of the best count as equally good, and
    one of them is selected. The rule is made for a look after each replication, so early looks cost nothing.

    Parameters
    ----------
    values : float[n, k]
        all replications so far, in order; a column per strategy. Values after a strategy was dropped are ignored,
        and may be NaN
    indifference : float
        smallest difference between strategies that matters, above 0
    confidence : float
        of selecting the best, at least 1/k
    first : int
        replications that estimate the spreads of differences, once; at least 2; below about 10, the selection
        takes many more replications
    higher_is_better : bool

    Returns
    -------
    Selection
        more replications never undo a decision. If strategies don't differ at all, the first one wins

    Raises
    ------
    ValueError
        for a NaN or infinite number of a strategy that isn't dropped yet; for fewer than two strategies; for an
        indifference, a confidence or a ``first`` out of range

    Notes
    -----
    Source: Kim & Nelson (2001), ACM Trans. Model. Comput. Simul. 11, 251-273, with c = 1: eta =
    ((2 alpha / (k - 1))^(-2 / (first - 1)) - 1) / 2, h^2 = 2 eta (first - 1). Strategy i is dropped at r if its
    mean is below that of an l by more than W_il(r) = max(0, delta/(2 r) (h^2 S_il^2 / delta^2 - r)), S_il^2
    being the variance of the difference in the first replications. It assumes normal differences.

    By simulation (10 strategies, the best ahead by an indifference of half a standard deviation, first = 20, 95 %),
    the selection is correct in .97, .98 and .999 of cases, with 324, 217 and 200 runs in all, at correlation 0, .5
    and .8.
    """
    table = np.asarray(values, np.float64)
    if table.ndim != 2 or table.shape[1] < 2:
        raise ValueError(f"selecting the best takes a table of at least two strategies, not {table.shape}")
    n, k = table.shape
    if not indifference > 0.0:
        raise ValueError(f"the indifference must be above 0, not {indifference}")
    if not 1.0 / k <= confidence < 1.0:
        raise ValueError(f"the confidence must lie between 1/{k} (a blind guess) and 1, not {confidence}")
    if first < 2:
        raise ValueError(f"a spread takes at least two first replications, not {first}")
    goodness = table if higher_is_better else -table
    alive = np.arange(k)
    if n < first:
        _refuse_undefined(table, {}, n)
        return Selection(None, alive.tolist(), {}, None, None, _leader(goodness, alive))

    _refuse_undefined(table[:first], {}, first)
    apart = goodness[:first, :, None] - goodness[:first, None, :]
    eta = ((2.0 * (1.0 - confidence) / (k - 1)) ** (-2.0 / (first - 1)) - 1.0) / 2.0
    # After this many replications a pair has no slack left: the one behind is dropped.
    patience = 2.0 * eta * (first - 1) * apart.var(axis=0, ddof=1) / indifference**2
    counts = np.arange(first, n + 1)
    means = np.cumsum(goodness, axis=0)[first - 1 :] / counts[:, None]

    dropped_at: dict[int, int] = {}
    seen = 0
    while len(alive) > 1:
        losers = _first_losers(
            means[seen:, alive], patience[np.ix_(alive, alive)], counts[seen:], indifference
        )
        if losers is None:
            break
        looks, lost = losers
        seen += looks
        dropped_at |= dict.fromkeys(alive[lost].tolist(), int(counts[seen - 1]))
        alive = alive[~lost]
    decided_at = max(dropped_at.values()) if len(alive) == 1 else None
    end = n if decided_at is None else decided_at
    _refuse_undefined(table, dropped_at, end)
    return Selection(
        best=int(alive[0]) if decided_at is not None else None,
        alive=alive.tolist(),
        dropped_at=dropped_at,
        at_most=decided_at or max(first, math.floor(patience[np.ix_(alive, alive)].max()) + 1),
        decided_at=decided_at,
        leader=_leader(goodness[:end], alive),
    )


def _first_losers(
    means: Float, patience: Float, counts: npt.NDArray[np.int64], indifference: float
) -> tuple[int, npt.NDArray[np.bool_]] | None:
    """Return the number of looks until the first one that drops strategies, and which; None: none does."""
    slack = np.maximum(0.0, indifference / 2.0 * (patience - counts[:, None, None])) / counts[:, None, None]
    with np.errstate(invalid="ignore"):
        behind = means[:, None, :] - means[:, :, None]  # [look, i, l]: by how much i is behind l
    # A tie without slack goes to the earlier strategy; else strategies without a difference would continue forever.
    later = np.tri(means.shape[1], k=-1, dtype=np.bool_)
    beaten = (behind > slack) | (later & (behind == 0.0) & (slack == 0.0))
    lost = beaten.any(axis=2)
    looks = np.flatnonzero(lost.any(axis=1))
    if not len(looks):
        return None
    return int(looks[0]) + 1, lost[looks[0]]


def _leader(goodness: Float, alive: npt.NDArray[np.int64]) -> int | None:
    if not len(goodness):
        return None
    return int(alive[np.argmax(goodness[:, alive].mean(axis=0))])


def _refuse_undefined(table: Float, dropped_at: dict[int, int], end: int) -> None:
    for strategy in range(table.shape[1]):
        looked_at = table[: dropped_at.get(strategy, end), strategy]
        if not np.isfinite(looked_at).all():
            where = int(np.flatnonzero(~np.isfinite(looked_at))[0])
            raise ValueError(
                f"strategy {strategy} has no number ({looked_at[where]}) in replication {where}: "
                "the best can't be selected by a number that isn't always defined"
            )
