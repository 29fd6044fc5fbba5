"""Compute differences of quantiles: whether the weakest or the strongest gain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zerosum.statistics.bands import simultaneous_band
from zerosum.statistics.intervals import Interval, mean_interval


@dataclass(frozen=True)
class QuantileDifference:
    """Difference of one quantile, with a single and a simultaneous interval.

    Attributes
    ----------
    probability : float
    difference : Interval
        mean over replications of a's quantile - b's, by paired t
    together : Interval
        the same mean; all these intervals hold at once with the given confidence
    """

    probability: float
    difference: Interval
    together: Interval


def quantile_differences(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    probabilities: Sequence[float],
    confidence: float = 0.95,
    key: int = 0,
) -> list[QuantileDifference]:
    """Compare the quantiles of two strategies, replication by replication.

    Each replication has its own quantile over its members; noise and baseline are shared, so the differences
    of these are paired. The estimate is the expected quantile of a group of that size, not that of an infinite
    group.

    Parameters
    ----------
    a, b : float[n, members]
        a row per replication, with common random numbers; the numbers of members may differ. A NaN member
        is left out; so is a replication without other members
    probabilities : float[q]
        such as (.1, .5, .9)
    confidence : float
    key : int
        as in :func:`~zerosum.statistics.simultaneous_band`

    Returns
    -------
    list of QuantileDifference
        in the order of the probabilities

    Raises
    ------
    ValueError
        if the two aren't tables with the same number of replications, or for a probability outside [0, 1]

    Notes
    -----
    The simultaneous intervals are the sup-t band of the curve over probabilities.
    """
    left, right = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if left.ndim != 2 or right.ndim != 2 or len(left) != len(right):
        raise ValueError(f"quantiles need tables of the same replications: {left.shape} and {right.shape}")
    somebody = ~(np.isnan(left).all(axis=1) | np.isnan(right).all(axis=1))
    left, right = left[somebody], right[somebody]
    gaps = np.empty((0, len(probabilities)))
    if len(left):
        gaps = (np.nanquantile(left, probabilities, axis=1) - np.nanquantile(right, probabilities, axis=1)).T
    band = simultaneous_band(gaps, confidence, key)
    return [
        QuantileDifference(
            float(probability),
            mean_interval(gaps[:, i], confidence),
            Interval(float(band.mean[i]), float(band.low[i]), float(band.high[i]), len(gaps)),
        )
        for i, probability in enumerate(probabilities)
    ]
