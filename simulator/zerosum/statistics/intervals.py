"""Intervals of differences with common random numbers.

Two strategies of one replication share their random numbers, so they are compared in pairs: the interval of a
difference is that of the paired differences, not of two independent means.

Source: Law, *Simulation Modeling and Analysis*, 5th ed., sections 9.4.1 and 10.2.1 (paired t); the worked
example is in ``tests/statistics/test_intervals.py``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

Numbers = npt.ArrayLike


@dataclass(frozen=True)
class Interval:
    """A mean (or another estimate) with a confidence interval, all in the unit of the numbers.

    ``n`` counts its numbers; with fewer than two there is no interval (NaN).
    """

    mean: float
    low: float
    high: float
    n: int


def critical_value(df: int, confidence: float) -> float:
    """Return the quantile of Student's t: the half-width of an interval, in standard errors.

    Parameters
    ----------
    df : int
        degrees of freedom, at least 1
    confidence : float
        of the two-sided interval

    Returns
    -------
    float

    Raises
    ------
    ValueError
        for a confidence outside (0, 1), such as 95
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    return _quantile(df, confidence)


@cache
def _quantile(df: int, confidence: float) -> float:
    # stdtrit is the quantile behind scipy.stats.t; importing scipy.stats would take a second.
    return float(stdtrit(df, 0.5 + confidence / 2.0))


def centre(numbers: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64], float]:
    """Return the mean of numbers, their distances from it, and the sum of the squared distances.

    To the bit what ``numbers.mean()`` and ``numbers.var()`` compute, without their checks, which take longer than the
    sums: a comparison has thousands of such means.
    """
    mean = np.add.reduce(numbers) / len(numbers)
    apart = numbers - mean
    return float(mean), apart, float(np.add.reduce(apart * apart))


def mean_interval(values: Numbers, confidence: float = 0.95) -> Interval:
    """Return the mean of independent numbers with a Student t interval.

    Parameters
    ----------
    values : float[n]
        NaN (undefined in that replication) is left out and lowers ``n``
    confidence : float
        of the two-sided interval

    Returns
    -------
    Interval
    """
    known = np.asarray(values, np.float64)
    known = known[~np.isnan(known)]
    n = len(known)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean, _, squares = centre(known)
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1)
    half = critical_value(n - 1, confidence) * math.sqrt(squares / (n - 1)) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half, n)


def paired_difference(values: Numbers, baseline: Numbers, confidence: float = 0.95) -> Interval:
    """Return the mean of ``values - baseline``, with a paired t interval.

    Parameters
    ----------
    values, baseline : float[n]
        same replication at the same index
    confidence : float

    Returns
    -------
    Interval
        over the pairs in which both numbers are defined

    Raises
    ------
    ValueError
        if the two don't have the same length
    """
    a, b = np.asarray(values, np.float64), np.asarray(baseline, np.float64)
    if a.shape != b.shape:
        raise ValueError(f"paired numbers must come in pairs: {a.shape} and {b.shape}")
    return mean_interval(a - b, confidence)
