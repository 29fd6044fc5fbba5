"""Compute how many of a vendor's reps each segment gets, if territories are by segment."""

from __future__ import annotations

import math
from collections.abc import Sequence

from zerosum.market.inventory.buyers import Segment


def potential(segment: Segment) -> float:
    """Return a segment's expected contract value, per buyer of the whole market.

    Returns
    -------
    float, money/year
        Mean of the lognormal contract value, times the segment's share of all buyers.
    """
    return segment.share * segment.value_median * math.exp(segment.value_sigma**2 / 2)


def deal_reps(reps: int, potentials: Sequence[float]) -> tuple[int, ...]:
    """Allocate reps to segments in proportion to their potential, at least one each (largest remainder).

    Parameters
    ----------
    reps : int
        At least as many as there are segments.
    potentials : sequence of float
        All above 0, in any unit.

    Returns
    -------
    tuple of int
        Reps of each segment; they add up to ``reps``.

    Notes
    -----
    >>> deal_reps(45, (4800, 9000, 15000)), deal_reps(5, (98, 1, 1))
    ((8, 14, 23), (3, 1, 1))
    """
    dealt = [0] * len(potentials)
    open_to = list(range(len(potentials)))
    left = reps
    while True:
        total = sum(potentials[s] for s in open_to)
        wanted = {s: left * potentials[s] / total for s in open_to}
        small = [s for s in open_to if wanted[s] < 1 - 1e-9]
        if not small:
            break
        for s in small:
            dealt[s] = 1
            open_to.remove(s)
        left -= len(small)
    # Rounded, so that values that are equal on paper are equal here.
    rounded = {s: round(x, 9) for s, x in wanted.items()}
    for s, x in rounded.items():
        dealt[s] = math.floor(x)
    by_remainder = sorted(open_to, key=lambda s: -round(rounded[s] % 1, 9))
    for s in by_remainder[: reps - sum(dealt)]:
        dealt[s] += 1
    return tuple(dealt)
