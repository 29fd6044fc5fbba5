"""Shapley values: each player's part of what all players bring together.

A player's value is what it adds to those that came before it, averaged over all orders. The values sum to the whole.

Source: Shapley (1953), "A value for n-person games".
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]


def shapley_values(worth: Float) -> Float:
    """Return the Shapley values of games.

    Parameters
    ----------
    worth : float64[n, 2**m, k]
        of every coalition of m players, in n games; player j is in coalition c if bit j of c is set

    Returns
    -------
    float64[n, m, k]
        each player's value; they sum to worth[:, -1] - worth[:, 0]
    """
    n, size, k = worth.shape
    m = size.bit_length() - 1
    coalition = np.arange(size)
    members = np.array([int(c).bit_count() for c in coalition])
    values = np.empty((n, m, k))
    for player in range(m):
        without = coalition[coalition >> player & 1 == 0]
        weight = np.array(
            [math.factorial(s) * math.factorial(m - s - 1) / math.factorial(m) for s in members[without]]
        )
        gain = worth[:, without | 1 << player] - worth[:, without]
        values[:, player] = np.einsum("c,nck->nk", weight, gain)
    return values
