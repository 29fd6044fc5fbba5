"""Compare many strategies: each one's distance from the best of the others, and adjusted p values."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from zerosum.statistics.intervals import Interval, Numbers


def compare_with_best(
    values: npt.ArrayLike, higher_is_better: bool = True, confidence: float = 0.95
) -> list[Interval]:
    """Return simultaneous intervals of each strategy's mean minus the best mean among the *other* strategies.

    If a strategy's interval starts at 0, it is the best. If it ends at 0, it is not the best. If 0 is inside, it may
    be the best, and the lower end is the most that choosing it may cost. (If lower is better, the other way round.)

    Parameters
    ----------
    values : float[n, k]
        a row per replication, a column per strategy; a row with a NaN is left out
    higher_is_better : bool
    confidence : float
        that all k intervals hold at once

    Returns
    -------
    list of Interval, one per strategy
        0 is in each or an end of it; NaN with fewer than two rows

    Raises
    ------
    ValueError
        for fewer than two strategies, or for a confidence outside [.5, 1)

    Notes
    -----
    Hsu's constrained intervals require one event only: that the (unknown) best strategy doesn't look worse than any
    of the k - 1 others by more than the allowance. Each is a one-sided paired t statement. Bonferroni's inequality
    combines them for any correlation, so the level is (1 - confidence)/(k - 1), one-sided.

    Source: Hsu (1984), Ann. Stat. 12, 1136-1144, for the intervals; Yang & Nelson (1991), Oper. Res. 39,
    583-591, for paired differences under common random numbers.
    """
    table = np.asarray(values, np.float64)
    if table.ndim != 2 or table.shape[1] < 2:
        raise ValueError(
            f"comparing with the best takes a table of at least two strategies, not {table.shape}"
        )
    if not 0.5 <= confidence < 1.0:
        raise ValueError(f"the confidence must lie between .5 and 1, not {confidence}")
    table = table[~np.isnan(table).any(axis=1)]
    n, k = table.shape
    if n < 2:
        nothing = float("nan")
        means = table[0] if n else np.full(k, nothing)
        return [Interval(_gap_to_best(means, i, higher_is_better), nothing, nothing, n) for i in range(k)]
    ahead, slack = _ahead(table, higher_is_better, confidence)
    found = []
    for i in range(k):
        others = np.arange(k) != i
        # Hsu takes the lower end over only those others that may be the best. The rest never matter: spreads of
        # differences obey the triangle inequality, so a strategy clearly behind another never lowers the bound.
        low = min(float((ahead - slack)[i, others].min()), 0.0)
        high = max(float((ahead + slack)[i, others].min()), 0.0)
        mean = float(ahead[i, others].min())
        if not higher_is_better:
            mean, low, high = -mean, 0.0 - high, 0.0 - low  # 0.0 - 0.0 has no minus
        found.append(Interval(mean, low, high, n))
    return found


def may_be_best(values: npt.ArrayLike, higher_is_better: bool = True, confidence: float = 0.95) -> list[bool]:
    """Return for each strategy whether it may be the best, by the same intervals.

    A strategy that equals another in every replication is not behind it, though its interval may end at 0:
    strategies that tie don't rule each other out.

    Parameters, errors and source: as in :func:`compare_with_best`. With fewer than two rows, nothing is ruled out.
    """
    table = np.asarray(values, np.float64)
    intervals = compare_with_best(table, higher_is_better, confidence)
    table = table[~np.isnan(table).any(axis=1)]
    if len(table) < 2:
        return [True] * len(intervals)
    ahead, slack = _ahead(table, higher_is_better, confidence)
    return [not bool((most < 0.0).any()) for most in ahead + slack]


def _ahead(
    table: npt.NDArray[np.float64], higher_is_better: bool, confidence: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return by how much strategy i looks better than strategy j, and the allowance on it; both [i, j]."""
    n, k = table.shape
    goodness = table if higher_is_better else -table
    gaps = goodness[:, :, None] - goodness[:, None, :]
    allowance = float(stdtrit(n - 1, 1.0 - (1.0 - confidence) / (k - 1)))
    return gaps.mean(axis=0), allowance * gaps.std(axis=0, ddof=1) / math.sqrt(n)


def _gap_to_best(means: npt.NDArray[np.float64], i: int, higher_is_better: bool) -> float:
    others = np.delete(means, i)
    return float(means[i] - (others.max() if higher_is_better else others.min()))


def holm(p: Numbers) -> npt.NDArray[np.float64]:
    """Adjust p values by Holm's method, so that alpha is the chance of any false alarm.

    It holds for any dependence between the tests; common random numbers make them dependent.

    Parameters
    ----------
    p : float[m]
        two-sided p values; NaN (no test was possible) stays NaN and doesn't count

    Returns
    -------
    float[m]
        adjusted p values; compare them with the same alpha as a single p value

    Raises
    ------
    ValueError
        for a p outside [0, 1]

    Notes
    -----
    Source: Holm (1979), Scand. J. Stat. 6. ``statsmodels`` gives the same (tests), but takes two seconds to import
    and 0.1 s a call.
    """
    found = np.array(p, np.float64)
    known = ~np.isnan(found)
    if np.any((found[known] < 0.0) | (found[known] > 1.0)):
        raise ValueError(f"p values lie between 0 and 1: {found}")
    p_known = found[known]
    order = np.argsort(p_known)
    left = np.arange(len(p_known), 0, -1)  # tests that are not rejected before this one, itself among them
    adjusted = np.empty_like(p_known)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(left * p_known[order]))
    found[known] = adjusted
    return found
