"""Shares of deals, with Wilson's intervals: win rates by group, no decision, missing amounts.

Source: Wilson (1927), as recommended by Brown, Cai and DasGupta (2001). Deals of one rep or one account aren't
independent, so ``n`` is divided by the design effect of clusters (Kish 1965) before the interval is computed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from scipy.stats import chi2

from zerosum.studies.describe.figure import Figure

Z = 1.959963984540054
"""Quantile of the normal distribution for 95 %."""
METHOD = "Wilson interval, n divided by the design effect of reps"
FEWEST = 5
"""Fewest deals of a group that is shown."""
MOST = 40
"""Most groups of a column; the largest."""


def wilson(wins: float, n: float) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share; ``n`` needs not be whole. NaN for n = 0."""
    if n <= 0:
        return math.nan, math.nan
    p = wins / n
    middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def design_effect(hit: np.ndarray, cluster: np.ndarray) -> float:
    """Return by how much clusters enlarge the variance of a share; at least 1.

    Parameters
    ----------
    hit : bool[n]
    cluster : int[n]
        codes; below 0: in no cluster, so independent of all

    Returns
    -------
    float
        variance of the ratio estimator over clusters / binomial variance
    """
    n, p = len(hit), float(hit.mean()) if len(hit) else 0.0
    if n < 2 or p in (0.0, 1.0):
        return 1.0
    loose = cluster < 0
    codes, kept = np.unique(cluster[~loose], return_inverse=True)
    if len(codes) < 2:
        return 1.0
    off = np.bincount(kept, hit[~loose] - p)
    alone = hit[loose] - p
    groups = len(codes) + len(alone)
    variance = (float(off @ off) + float(alone @ alone)) * groups / (groups - 1) / n**2
    return max(1.0, variance / (p * (1 - p) / n))


def share(
    name: str,
    label: str,
    hit: np.ndarray,
    cluster: np.ndarray,
    fact: str = "",
) -> Figure:
    """Return the share of rows that hit, with its interval.

    Parameters
    ----------
    name, label, fact : str
        see `Figure`
    hit : bool[n]
    cluster : int[n]
        see :func:`design_effect`
    """
    n = len(hit)
    if n == 0:
        return Figure(name, label, math.nan, math.nan, math.nan, 0, 0.0, "share", METHOD, fact)
    wins = float(np.count_nonzero(hit))
    effective = n / design_effect(hit, cluster)
    low, high = wilson(wins / n * effective, effective)
    return Figure(name, label, wins / n, low, high, n, effective, "share", METHOD, fact)


def rates_by(
    deals: pd.DataFrame, column: str, name: str, hit: str = "won", fewest: int = FEWEST
) -> Iterator[Figure]:
    """Yield the share of deals that hit in each group of a column, the largest group first.

    Parameters
    ----------
    deals : DataFrame
        closed deals, with the columns ``column``, ``hit`` and ``rep_code``
    column, name : str
        the figures' names are ``name[column=value]``
    hit : str
        a column of bool
    fewest : int
        smaller groups are left out, and all but the 40 largest
    """
    known = deals[deals[column].notna()]
    sizes = known[column].value_counts()
    sizes = sizes[sizes >= fewest]
    order = sorted(sizes.index, key=lambda one: (-sizes[one], str(one)))[:MOST]
    parts = dict(iter(known[known[column].isin(order)].groupby(column, sort=False, observed=True)))
    for value in order:
        hits, codes = parts[value][hit].to_numpy(bool), parts[value]["rep_code"].to_numpy()
        yield share(f"{name}[{column}={value}]", str(value), hits, codes)


def p_of_equal_groups(figures: Sequence[Figure]) -> float:
    """Return the p-value of equal shares in all groups; NaN with one group, or if all or none hit.

    Chi-square over groups, with ``n_effective`` for numbers (Rao and Scott 1981, by groups).
    """
    n = np.array([one.n_effective for one in figures])
    hits = n * np.array([one.value for one in figures])
    if len(n) < 2 or not 0 < hits.sum() < n.sum():
        return math.nan
    p = hits.sum() / n.sum()
    return float(chi2.sf(((hits - n * p) ** 2 / (n * p * (1 - p))).sum(), len(n) - 1))
