"""Which keys move the verdict most: the difference at both ends of a key's range, all others at the user's place.

One key at a time: a key whose effect rises and falls again within its range, or that matters only together with
another, is missed. It costs two points a key; a design for interactions
would cost many times as much as the map.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from zerosum.market.state import Float
from zerosum.statistics import mean_interval
from zerosum.studies.map.axes import Axis


def rank_keys(axes: Sequence[Axis], gaps: Float) -> pd.DataFrame:
    """Rank keys by how much the difference changes over their range.

    Parameters
    ----------
    axes : sequence of Axis
    gaps : float[1 + 2 * axes, n]
        differences of each replication, on the same random events at all points: at the user's place, then at the low
        and the high end of each key; NaN where there is none

    Returns
    -------
    DataFrame
        key, low, high (its range, as shown), at_low, at_high (the difference there), change (from the low end to
        the high one), change_low, change_high (its 95 % interval); the largest change first
    """
    rows = []
    for i, axis in enumerate(axes):
        low, high = gaps[1 + 2 * i], gaps[2 + 2 * i]
        both = np.isfinite(low) & np.isfinite(high)
        change = mean_interval(high[both] - low[both])
        ends = [axis.shown(end) for end in axis.ends]
        rows.append(
            (axis.key, *ends, _mean(low[both]), _mean(high[both]), change.mean, change.low, change.high)
        )
    columns = ["key", "low", "high", "at_low", "at_high", "change", "change_low", "change_high"]
    table = pd.DataFrame(rows, columns=columns)
    order = np.argsort(-table["change"].abs().fillna(-1.0).to_numpy(), kind="stable")
    return table.iloc[order].reset_index(drop=True)


def _mean(values: Float) -> float:
    return float(values.mean()) if len(values) else float("nan")
