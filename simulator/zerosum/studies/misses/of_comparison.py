"""Count the missed quotas of a comparison's strategy that identical reps would also have missed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from zerosum.market.state import YEAR
from zerosum.studies.compare import Comparison
from zerosum.studies.misses.identical import SharedMisses, count_shared, same_territories, summarize_shared

_SEAT = ["replication", "year", "rep"]
_TABLE = "rep_years"


def share_of_strategy(
    comparison: Comparison, adopters: str | None = None, strategy: str | None = None
) -> SharedMisses | None:
    """Count a strategy's misses in a comparison.

    Parameters
    ----------
    comparison : Comparison
    adopters : str, optional
        the first by default
    strategy : str, optional
        the baseline by default

    Returns
    -------
    SharedMisses, optional
        None if the chance baseline has other territories, or the results are of an earlier version
    """
    scenario = comparison.scenario
    if not same_territories(scenario) or _TABLE not in comparison.tables:
        return None
    rows = comparison.rep_years
    here = rows["adopters"] == (adopters or scenario.comparison.adopters[0])
    here &= rows["strategy"] == (strategy or scenario.baseline_name)
    return _shared(rows[here])


def _shared(rows: pd.DataFrame) -> SharedMisses:
    judged = rows[rows["quota"] > 0]
    whole = judged["weeks"] == YEAR
    judged = judged[whole] if whole.any() else judged
    real, equal = (judged[judged["null"] == null].set_index(_SEAT)["attainment"] for null in (False, True))
    pairs = pd.DataFrame({"real": real, "equal": equal})  # aligned by seat and year
    counts = [
        count_shared(one["real"].to_numpy(), one["equal"].to_numpy())
        for _, one in pairs.groupby(level="replication")
    ]
    return summarize_shared(np.array(counts).reshape(-1, 4))
