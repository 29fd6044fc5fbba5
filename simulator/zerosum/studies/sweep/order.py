"""In which order runs are made: so that a sweep that is cut short is balanced.

The first replication of every point comes first, then the second; and points are gone through so that those done so far
lie evenly over the whole list (van der Corput's sequence, which is Halton's in one dimension), not at one end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from scipy.stats import qmc


def spread_out(count: int) -> Sequence[int]:
    """Numbers 0 to ``count`` - 1, early ones evenly over the whole.

    >>> spread_out(8)
    [0, 4, 2, 6, 1, 5, 3, 7]
    """
    if count < 1:
        return []
    sequence = qmc.Halton(1, scramble=False).random(count)[:, 0]
    return [int(rank) for rank in np.argsort(np.argsort(sequence))]


def interleave(wanted: Mapping[int, int], done: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Addresses (point, replication) of the runs that are missing, in the order in which they are to be made.

    Parameters
    ----------
    wanted : point -> replications
        every point from 0 on
    done : addresses
        that are there, or aren't to be tried
    """
    there, points = set(done), spread_out(len(wanted))
    for replication in range(max(wanted.values(), default=0)):
        for point in points:
            if replication < wanted[point] and (point, replication) not in there:
                yield point, replication
