"""Rank keys by their effect on the verdict: fit a plane to differences at points over all keys.

Every run informs about every key. For 36 keys, varying one key at a time with independent runs would need about
twelve times as many runs. The ranking misses keys whose effect rises and falls within their range, or cancels over the
ranges of others.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from zerosum.market.state import Float
from zerosum.studies.map.axes import Axis

COLUMNS = ["key", "low", "high", "change", "change_low", "change_high"]


def rank_keys(axes: Sequence[Axis], places: Float, gaps: Float) -> pd.DataFrame:
    """Rank keys by the change of the difference over their range, averaged over the ranges of all others.

    Parameters
    ----------
    axes : sequence of Axis
    places : float[n, axes]
        of the points, 0 to 1
    gaps : float[n]
        difference at each, with its own random numbers; NaN if missing

    Returns
    -------
    DataFrame
        key, low, high (its range, as shown), change (from the low end to the high one), change_low, change_high (its
        95 % interval); the largest change first

    Raises
    ------
    ValueError
        with fewer known differences than keys + 2
    """
    known = np.isfinite(gaps)
    terms = np.column_stack([np.ones(int(known.sum())), places[known]])
    df = len(terms) - terms.shape[1]
    if df < 1:
        raise ValueError(f"{len(terms)} known differences are too few for {len(axes)} keys")
    change, *_ = np.linalg.lstsq(terms, gaps[known], rcond=None)
    rest = gaps[known] - terms @ change
    error = np.sqrt(np.diag(np.linalg.pinv(terms.T @ terms)) * float(rest @ rest) / df)
    reach = float(stdtrit(df, 0.975)) * error
    rows = [
        (
            axis.key,
            *(axis.shown(end) for end in axis.ends),
            change[i],
            change[i] - reach[i],
            change[i] + reach[i],
        )
        for i, axis in enumerate(axes, start=1)
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    order = np.argsort(-table["change"].abs().to_numpy(), kind="stable")
    return table.iloc[order].reset_index(drop=True)
