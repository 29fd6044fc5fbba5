"""Split the spread of a difference into noise and assumptions.

The design: assumptions are drawn many times, and each draw is simulated a few times (usually twice).
Differences within a draw vary by chance only; means of draws vary by chance and by assumptions.

Source: Searle, Casella & McCulloch (1992), *Variance Components*, ch. 3 (one-way random effects).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri, fdtri

from zerosum.statistics.intervals import Interval, Numbers, mean_interval

Float = npt.NDArray[np.float64]

DRAWS = 20_000
"""Draws of the unknown variances; their simulation error in a coverage is less than half a percentage point."""


@dataclass(frozen=True)
class Parts:
    """The sources of a difference's spread.

    Attributes
    ----------
    mean : Interval
        over assumptions and noise, from the means of draws (its n counts draws)
    noise_sd : float
        standard deviation of the difference under one set of assumptions; NaN if no draw was simulated twice
    assumption_sd : Interval
        standard deviation, over assumptions, of the effect averaged over noise; the estimate is 0 if chance alone
        explains the spread of draws
    share : Interval
        of the variance of one difference that is due to assumptions; NaN if nothing varies
    """

    mean: Interval
    noise_sd: float
    assumption_sd: Interval
    share: Interval


def split_variance(differences: Numbers, draw: npt.ArrayLike, confidence: float = 0.95) -> Parts:
    """Split the spread of paired differences into noise and assumptions.

    Parameters
    ----------
    differences : float[n]
        one per run; NaN is left out
    draw : int[n]
        number of its draw of assumptions; draws need not have equally many runs
    confidence : float
        of each interval by itself

    Returns
    -------
    Parts

    Raises
    ------
    ValueError
        if the two don't have the same length, or for a confidence outside (0, 1)

    Notes
    -----
    The share's interval is the exact F interval if all draws have equally many runs, else
    that of Thomas & Hultquist (1978, Ann. Stat. 6), the same formula with the harmonic mean of their numbers.
    The interval of ``assumption_sd`` is that of Williams (1962, Biometrika 49), which holds at least as often
    as it says, or nearly so (.94 to .975 by simulation). Estimates are those of the analysis of variance, at
    least 0. All assume normal components; the interval of the mean depends least on that.
    """
    means, within, df, times = _analysis(differences, draw)
    mean = mean_interval(means, confidence)
    draws = len(means)
    unknown = Interval(math.nan, math.nan, math.nan, draws)
    if draws < 2 or df < 1:
        return Parts(mean, math.sqrt(within), unknown, unknown)
    between = times * float(means.var(ddof=1))  # mean square, on the scale of one difference
    tail = (1.0 - confidence) / 2.0
    # Upper and lower quantiles of F and chi square; fdtri takes the lower tail, chdtri the upper one.
    f_high, f_low = float(fdtri(draws - 1, df, 1.0 - tail)), float(fdtri(draws - 1, df, tail))
    chi_high, chi_low = float(chdtri(draws - 1, tail)), float(chdtri(draws - 1, 1.0 - tail))

    def sd(square: float) -> float:
        return math.sqrt(max(0.0, square) / times)

    assumption_sd = Interval(
        sd(between - within),
        sd((draws - 1) * (between - f_high * within) / chi_high),
        sd((draws - 1) * (between - f_low * within) / chi_low),
        draws,
    )
    share = Interval(
        _share(between, within, times),
        _share(between / f_high, within, times),
        _share(between / f_low, within, times),
        draws,
    )
    return Parts(mean, math.sqrt(within), assumption_sd, share)


def range_over_assumptions(
    differences: Numbers, draw: npt.ArrayLike, confidence: float = 0.95, key: int = 0
) -> Interval:
    """Return the range of the effect under most sets of assumptions, averaged over noise.

    The interval of the mean is for the average over all assumptions, and shrinks with more runs. This one doesn't:
    it says what to expect if one unknown set of assumptions is true. If it includes 0, the effect has the other
    sign under some plausible assumptions.

    Parameters
    ----------
    differences, draw
        as in :func:`split_variance`
    confidence : float
        part of all sets of assumptions
    key : int
        of the generator: the same key gives the same range

    Returns
    -------
    Interval
        its n counts draws; NaN ends with fewer than two, or if no draw was simulated twice

    Raises
    ------
    ValueError
        as in :func:`split_variance`

    Notes
    -----
    The effect under a further draw is mean + z sqrt(assumption_sd^2 + standard error^2). Neither
    is known, so both are drawn given the two mean squares (generalized pivots: Weerahandi
    1993, J. Am. Stat. Assoc. 88; Lin & Liao 2008, J. Stat. Plan. Inference 138). With estimates instead and
    Student's quantile, as usual for the next study in a meta-analysis, the range is too short if assumptions matter
    less than noise, because the estimate is then often 0. With 10 to 60 draws of two simulated runs at 95 %, it
    covers .79 to .97 of further draws, this one .92 to .995.
    """
    means, within, df, times = _analysis(differences, draw)
    found = mean_interval(means, confidence)
    draws = len(means)
    if draws < 2 or df < 1:
        return Interval(found.mean, math.nan, math.nan, draws)
    chance = np.random.Generator(np.random.Philox(key=key))
    between = float(means.var(ddof=1)) * (draws - 1) / chance.chisquare(draws - 1, DRAWS)
    noise = within * df / chance.chisquare(df, DRAWS) / times
    spread = np.sqrt(np.maximum(0.0, between - noise) + between / draws)
    half = float(np.quantile(np.abs(chance.standard_normal(DRAWS)) * spread, confidence))
    return Interval(found.mean, found.mean - half, found.mean + half, draws)


def _analysis(differences: Numbers, draw: npt.ArrayLike) -> tuple[Float, float, int, float]:
    """Return means of draws; mean square within draws, its degrees of freedom; runs per draw (harmonic mean)."""
    values, labels = np.asarray(differences, np.float64), np.asarray(draw)
    if values.ndim != 1 or values.shape != labels.shape:
        raise ValueError(f"each difference needs its draw: {values.shape} and {labels.shape}")
    known = ~np.isnan(values)
    values = values[known]
    _, group, tries = np.unique(labels[known], return_inverse=True, return_counts=True)
    means = np.bincount(group, values) / tries
    df = len(values) - len(means)
    within = float(((values - means[group]) ** 2).sum()) / df if df > 0 else math.nan
    times = len(tries) / float((1.0 / tries).sum()) if len(tries) else math.nan
    return means, within, df, times


def _share(between: float, within: float, times: float) -> float:
    """Return the assumptions' share of the variance, from the mean squares between and within draws."""
    assumptions = max(0.0, between - within)
    everything = assumptions + times * within
    return assumptions / everything if everything > 0.0 else math.nan
