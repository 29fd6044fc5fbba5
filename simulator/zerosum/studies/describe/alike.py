"""How alike deals of a rep are: the intra-class correlation of wins, as the simulator's facts count it.

Source: ICC(1) of a one-way analysis of variance with unequal numbers (Donner and Koval 1980); its interval is Student's
t over jackknife pseudo-values of reps (Tukey 1958).
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from zerosum.statistics.intervals import mean_interval
from zerosum.studies.describe.figure import Figure

FEWEST_REPS = 5
"""Fewest reps for an interval over reps."""
METHOD = "one-way analysis of variance; jackknife over reps"


def correlation_of(closed: pd.DataFrame, name: str, label: str, fact: str) -> Figure:
    """Return the intra-class correlation of wins within reps; unknown with fewer than five reps.

    Parameters
    ----------
    closed : DataFrame
        closed deals: ``won rep_code``
    name, label, fact : str
        see `Figure`
    """
    known = closed[closed["rep_code"] >= 0]
    code = np.unique(known["rep_code"].to_numpy(), return_inverse=True)[1]
    n = np.bincount(code).astype(float)
    k = np.bincount(code, known["won"].to_numpy(float), minlength=len(n))
    nothing = Figure(name, label, math.nan, math.nan, math.nan, len(known), len(n), "ratio", METHOD, fact)
    if len(n) < FEWEST_REPS or n.max() < 2:
        return nothing
    sums = np.stack([np.ones(len(n)), n, n**2, k, k**2 / n])
    total = sums.sum(axis=1)
    whole = float(_correlation(total[:, None])[0])
    without = _correlation(total[:, None] - sums)
    if not math.isfinite(whole) or not np.isfinite(without).all():
        return nothing
    spread = mean_interval(len(n) * whole - (len(n) - 1) * without)
    half = (spread.high - spread.low) / 2
    return Figure(name, label, whole, whole - half, whole + half, len(known), len(n), "ratio", METHOD, fact)


def _correlation(sums: np.ndarray) -> np.ndarray:
    """Return ICC(1) from sums over reps of 1, n, n², k and k² / n, float[5, samples]."""
    reps, n, squares, k, rates = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (rates - k**2 / n) / (reps - 1)
        within = (k - rates) / (n - reps)
        size = (n - squares / n) / (reps - 1)
        return np.asarray((between - within) / (between + (size - 1) * within))
