"""Compare two strategies pair by pair: difference, interval, how often one beats the other, gain from pairing."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtr

from zerosum.statistics.intervals import Interval, Numbers, paired_difference

Float = npt.NDArray[np.float64]

ROUNDING = 8 * float(np.finfo(np.float64).eps)
"""Differences that vary by at most this fraction of the numbers' size vary by rounding only."""


@dataclass(frozen=True)
class Pairs:
    """The result of a paired comparison of two strategies.

    Attributes
    ----------
    difference : Interval
        values - baseline, by paired t
    p : float
        of the two-sided paired t test of no difference. 1: all differences are exactly 0; NaN: fewer than two
        pairs, or differences that are all the same and not 0, where a t test is undefined
    higher, lower, ties : int
        pairs in which the value is above, below, and exactly the baseline
    share_higher : Interval
        ``higher / (higher + lower)`` by Wilson; its n counts decided pairs. NaN without any
    correlation : float
        of values and baseline; NaN if either doesn't vary
    variance_ratio : float
        (variance of values + of baseline) / variance of differences: without common random numbers you would need
        this many times more runs for the same interval. 1: no gain; inf: differences don't vary; NaN: nothing
        varies
    skewed : bool
        a warning: for so few pairs, differences are so skewed that the t interval misses the mean more often
        than it says
    """

    difference: Interval
    p: float
    higher: int
    lower: int
    ties: int
    share_higher: Interval
    correlation: float
    variance_ratio: float
    skewed: bool


def compare_pairs(values: Numbers, baseline: Numbers, confidence: float = 0.95) -> Pairs:
    """Compare two strategies pair by pair.

    Parameters
    ----------
    values, baseline : float[n]
        same replication at the same index; a pair with a NaN is left out
    confidence : float
        of both intervals, and the reference for `skewed`

    Returns
    -------
    Pairs

    Raises
    ------
    ValueError
        if the two don't have the same length, or for a confidence outside (0, 1)

    Notes
    -----
    Source: Law, *Simulation Modeling and Analysis*, 5th ed., 10.2.1 (paired t) and 11.2 (common
    random numbers); Wilson (1927), J. Am. Stat. Assoc. 22, for the share.
    """
    difference = paired_difference(values, baseline, confidence)
    a, b = np.asarray(values, np.float64), np.asarray(baseline, np.float64)
    known = ~np.isnan(a - b)
    a, b = a[known], b[known]
    gaps, n = a - b, len(a)
    vary = n > 1 and bool(np.ptp(gaps) > ROUNDING * max(np.abs(a).max(), np.abs(b).max()))
    # scipy.stats would take a millisecond a call; thousands of pairs are compared.
    if vary:
        t = difference.mean / (float(gaps.std(ddof=1)) / math.sqrt(n))
        p = 2.0 * float(stdtr(n - 1, -abs(t)))
    else:
        p = 1.0 if n > 1 and not gaps.any() else math.nan
    higher, lower = int((gaps > 0).sum()), int((gaps < 0).sum())
    return Pairs(
        difference=difference,
        p=p,
        higher=higher,
        lower=lower,
        ties=n - higher - lower,
        share_higher=_share(higher, higher + lower, confidence),
        correlation=_correlation(a, b),
        variance_ratio=_variance_ratio(a, b, gaps if vary else np.zeros_like(gaps)),
        skewed=vary and too_skewed(_skewness(gaps), n, confidence),
    )


def too_skewed(skewness: float, n: int, confidence: float = 0.95) -> bool:
    """Return whether a t interval of numbers with this skewness misses the mean a fifth more often than it says.

    Skewness costs a t interval about 2 z phi(z) (z^4 + 2 z^2 - 3)/18 * skewness^2 / n of its coverage (Hall
    1992, *The Bootstrap and Edgeworth Expansion*, 2.6: the term of the skewness, z being the normal
    quantile). For 95 % that is .247 skewness^2 / n, and it is below one point in a hundred if n > 25
    skewness^2: Cochran's rule (*Sampling Techniques*, 3rd ed., 2.15), which Sugden, Smith & Jones (2000, J.
    R. Stat. Soc. B 62) extend to n > 28 + 25 skewness^2 for normal quantiles. Student's quantiles replace the
    28. See also Boos & Hughes-Oliver (2000, Am. Stat. 54): coverage depends on skewness / sqrt(n).

    By simulation at 95 %, n = 10, 20, 60 and 300: coverage is .90, .92, .94 and .945 for exponential numbers, and
    .69, .73, .53 and .006 of samples are called too skewed. For lognormal ones (sigma 1), coverage is .84, .87, .91
    and .93, and .80, .89, .90 and .55 are flagged. For normal numbers, the rate of false alarms is .06 at n = 20,
    .26 at n = 10, .47 at n = 5: such samples are too small.

    Parameters
    ----------
    skewness : float
        third central moment over the standard deviation cubed (not corrected for bias)
    n : int
    confidence : float

    Returns
    -------
    bool
    """
    z = float(ndtri(0.5 + confidence / 2.0))
    density = math.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi)
    lost = 2.0 * z * density * (z**4 + 2.0 * z**2 - 3.0) / 18.0 * skewness**2 / n
    return lost > (1.0 - confidence) / 5.0


def _skewness(numbers: Float) -> float:
    centred = numbers - numbers.mean()
    return float((centred**3).mean() / (centred**2).mean() ** 1.5)


def _share(hits: int, n: int, confidence: float) -> Interval:
    """Return the share of hits with Wilson's interval."""
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    z = float(ndtri(0.5 + confidence / 2.0))
    middle = (hits + z * z / 2.0) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(hits * (n - hits) / n + z * z / 4.0)
    return Interval(hits / n, max(0.0, middle - half), min(1.0, middle + half), n)


def _correlation(a: Float, b: Float) -> float:
    if len(a) < 2 or np.ptp(a) == 0.0 or np.ptp(b) == 0.0:
        return math.nan
    x, y = a - a.mean(), b - b.mean()
    return float((x @ y) / math.sqrt((x @ x) * (y @ y)))


def _variance_ratio(a: Float, b: Float, gaps: Float) -> float:
    if len(a) < 2:
        return math.nan
    apart = float(a.var(ddof=1) + b.var(ddof=1))
    together = float(gaps.var(ddof=1))
    if together > 0.0:
        return apart / together
    return math.inf if apart > 0.0 else math.nan
