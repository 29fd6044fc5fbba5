"""Verdicts: whether a difference matters, by its interval; and how many runs a verdict needs."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy.special import nctdtr, ndtri

from zerosum.statistics.intervals import Interval, Numbers, critical_value, mean_interval

Verdict = Literal["better", "worse", "higher", "lower", "equivalent", "undecided"]

MOST = 10**9
"""Replications beyond which plans return None."""

POWER = 0.8
"""Power: chance of a decision with the planned number of replications; name it beside each such number."""


SAME, TIED = 6, 59
"""Replications that a verdict needs if all differences are the same, so that their interval has no width.

For "better" or "worse", by the sign test: 2 * .5**6 < .05. For "equivalent", by the exact bound on the share of
replications in which the difference matters: .95**59 < .05, so with 95 % confidence at most one in 20.
"""


def verdict(
    interval: Interval, matters: float | None = None, higher_is_better: bool | None = None
) -> Verdict:
    """Judge a difference by its interval and the smallest difference that matters.

    Parameters
    ----------
    interval : Interval
        of the difference
    matters : float, optional
        smallest difference that matters, in the same unit. None or 0: any difference matters, and the question
        is its sign
    higher_is_better : bool, optional
        None: the number is neither good nor bad

    Returns
    -------
    str
        "better" or "worse": the whole interval is beyond ``matters`` ("higher" or "lower" if the number is
        neither good nor bad, or if ``matters`` isn't set); "equivalent": the whole interval is within
        ``matters``, ends included; "undecided": neither, or there is no interval, or one without width from fewer
        than ``SAME`` or ``TIED`` replications

    Raises
    ------
    ValueError
        if ``matters`` is negative

    Notes
    -----
    Equivalence by a two-sided 95 % interval is two one-sided tests at 2.5 % each, stricter than the usual 5 %
    (Schuirmann 1987, J. Pharmacokinet. Biopharm. 15), so that one interval serves both questions.

    Three ties are no proof of equivalence: their t interval is [0, 0], but three runs miss an event that occurs in
    every second run one time in eight. If n runs show no event, it occurs in at most about 3/n of runs (Hanley &
    Lippman-Hand 1983, J. Am. Med. Assoc. 249). This bounds how often, not how much.
    """
    margin = _margin(matters)
    if interval.n < _least(interval, margin):
        return "undecided"
    if interval.low >= -margin and interval.high <= margin:
        return "equivalent"
    if interval.low > margin:
        up = True
    elif interval.high < -margin:
        up = False
    else:
        return "undecided"
    if higher_is_better is None or margin == 0.0:
        return "higher" if up else "lower"
    return "better" if up == higher_is_better else "worse"


def replications_needed(
    interval: Interval, matters: float | None = None, confidence: float = 0.95, power: float = POWER
) -> int | None:
    """Return about how many replications in all would decide, if mean and spread stay the same.

    It is a plan, not a promise, and imprecise if it is based on few replications.

    Parameters
    ----------
    interval : Interval
        of the difference so far
    matters : float, optional
        as in :func:`verdict`
    confidence : float
        of the interval
    power : float
        chance that a comparison with this many replications is decided

    Returns
    -------
    int or None
        ``interval.n`` if it is decided already; None if unknown: without an interval, with a mean equal to
        ``matters``, or beyond a billion

    Raises
    ------
    ValueError
        if ``matters`` is negative, or for a confidence or a power outside (0, 1)

    Notes
    -----
    If the expected interval just reaches the edge, half of all comparisons stay undecided (a power of 50 %); 80 %
    take about twice as many. The power comes from the noncentral t distribution. For "equivalent", both ends must
    be within ``matters``; the chance of that is at least the sum of the two chances less one, which is nearly exact
    at usual powers.
    """
    if not 0.0 < power < 1.0:
        raise ValueError(f"a power must lie between 0 and 1, not {power}")
    margin = _margin(matters)
    if interval.n < 2 or math.isnan(interval.low):
        return None
    if verdict(interval, matters) != "undecided":
        return interval.n
    if least := _least(interval, margin):
        return least
    half = (interval.high - interval.low) / 2.0
    spread = half / critical_value(interval.n - 1, confidence) * math.sqrt(interval.n)
    mean = abs(interval.mean)
    # Beyond a billion even with certainty about the spread; a mean at the edge is never decided.
    room = abs(mean - margin)
    if not (ndtri(0.5 + confidence / 2.0) + max(0.0, ndtri(power))) ** 2 * spread**2 < MOST * room**2:
        return None
    low, high = interval.n, interval.n
    while _power(high, mean, margin, spread, confidence) < power:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        decides = _power(middle, mean, margin, spread, confidence) >= power
        low, high = (low, middle) if decides else (middle, high)
    return high


def _power(n: int, mean: float, margin: float, spread: float, confidence: float) -> float:
    """Return the chance that ``n`` replications decide, for a true mean of at least 0 and a true spread."""
    t, error = critical_value(n - 1, confidence), spread / math.sqrt(n)
    # Beyond (or within) the upper edge, and the lower one, which is further away.
    near, far = (mean - margin) / error, (mean + margin) / error
    decided = _above(t, n - 1, near) + _above(t, n - 1, -far)
    if margin > 0.0:
        decided += max(0.0, _above(t, n - 1, -near) + _above(t, n - 1, far) - 1.0)
    return decided


def _above(t: float, df: int, shift: float) -> float:
    """Return the chance that a noncentral t is above a limit."""
    below = float(nctdtr(df, shift, t))
    if math.isnan(below):  # so far out that it underflows
        return float(shift > 0.0)
    return 1.0 - below


def replications_for_halfwidth(
    values: Numbers, halfwidth: float, relative: bool = False, confidence: float = 0.95
) -> int | None:
    """Return about how many replications in all a mean needs for a half-width.

    Parameters
    ----------
    values : float[n]
        so far; NaN is left out
    halfwidth : float
        target: in the unit of the values, or as a fraction of the true mean
    relative : bool
        True: a fraction of the true mean. The half-width must then fall to halfwidth/(1 + halfwidth) of the
        *estimated* mean
    confidence : float

    Returns
    -------
    int or None
        at least n; None with fewer than two values, for a relative target with mean 0, or beyond a billion

    Raises
    ------
    ValueError
        if the half-width isn't above 0, or for a confidence outside (0, 1)

    Notes
    -----
    Source: Law, *Simulation Modeling and Analysis*, 5th ed., 9.4.1. The variance is assumed to stay the same;
    Student's quantile is that of each candidate number.
    """
    if not halfwidth > 0.0:
        raise ValueError(f"a half-width must be above 0, not {halfwidth}")
    found = mean_interval(values, confidence)
    if found.n < 2:
        return None
    known = np.asarray(values, np.float64)
    spread = float(np.nanstd(known, ddof=1))
    wanted = halfwidth / (1.0 + halfwidth) * abs(found.mean) if relative else halfwidth
    return _fewest(found.n, spread, wanted, confidence)


def _least(interval: Interval, margin: float) -> int:
    """Return the fewest replications for a verdict if all differences are the same; 0 if they aren't."""
    if not math.isclose(interval.low, interval.high, rel_tol=1e-9):
        return 0
    return TIED if abs(interval.mean) <= margin else SAME


def _margin(matters: float | None) -> float:
    margin = 0.0 if matters is None else float(matters)
    if not margin >= 0.0:
        raise ValueError(f"the smallest difference that matters can't be below 0: {matters}")
    return margin


def _fewest(n: int, spread: float, half: float, confidence: float) -> int | None:
    """Return the fewest replications, at least ``n``, at which t * spread / sqrt(replications) <= half."""
    if half <= 0.0:
        return n if spread == half else None
    # The normal quantile gives too few, Student's a few more: start there, and count up.
    enough = (float(ndtri(0.5 + confidence / 2.0)) * spread / half) ** 2
    if not enough < MOST:
        return None
    n = max(n, math.floor(enough))
    while critical_value(n - 1, confidence) * spread > half * math.sqrt(n):
        n += 1
    return n
