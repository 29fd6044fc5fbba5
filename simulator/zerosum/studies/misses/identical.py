"""Count the missed quotas that identical reps would also have missed, in the same territories.

Every run has a chance baseline: the same market and random events, with reps of equal skill. A rep's year in one is
paired with the same seat's year in the other. A miss of both didn't need a weaker rep. Whole years count, as for quota
attainment (:meth:`zerosum.market.metrics.team.Team.rep_years`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from zerosum.market.metrics import Team
from zerosum.market.run import Run
from zerosum.market.state import YEAR, Float
from zerosum.runs.replicate import collect, tables_of
from zerosum.scenario.spec import Scenario
from zerosum.statistics import Interval, ratio_of_means
from zerosum.studies.compare import Comparison

_SEAT = ["replication", "year", "rep"]
_TABLE = "rep_years"
MISSED, ALSO = 0, 1
"""Columns of counts, see :func:`count_shared`."""


@dataclass(frozen=True)
class SharedMisses:
    """Missed quotas, and those that identical reps miss too.

    Attributes
    ----------
    missed : int
        rep-years below quota
    also : int
        of these, the rep-years in which identical reps miss too
    equal_missed : int
        rep-years in which identical reps miss
    rep_years : int
        rep-years with a quota
    share : Interval
        ``also / missed`` with its 95 % interval over replications (Fieller); NaN without a miss
    """

    missed: int
    also: int
    equal_missed: int
    rep_years: int
    share: Interval

    @property
    def by_coincidence(self) -> float:
        """Share of misses that identical reps would also miss if both had nothing in common."""
        return self.equal_missed / self.rep_years if self.rep_years else float("nan")


def count_shared(attainment: Float, equal: Float) -> Float:
    """Count the misses of paired rep-years; without a quota (NaN) in either, a pair doesn't count.

    Parameters
    ----------
    attainment, equal : float64[rep-years]
        of the reps, and of identical reps in the same seats and years

    Returns
    -------
    float64[4]
        missed, also missed by identical reps, missed by identical reps, rep-years
    """
    judged = ~(np.isnan(attainment) | np.isnan(equal))
    missed, equal_missed = (attainment < 1.0) & judged, (equal < 1.0) & judged
    return np.array([x.sum() for x in (missed, missed & equal_missed, equal_missed, judged)], np.float64)


def summarize_shared(counts: Float) -> SharedMisses:
    """Sum counts, float64[replications, 4], and estimate the share."""
    missed, also, equal_missed, rep_years = (int(n) for n in counts.sum(axis=0))
    share = ratio_of_means(counts[:, ALSO], counts[:, MISSED])
    return SharedMisses(missed, also, equal_missed, rep_years, share)


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
    if not _same_territories(scenario) or _TABLE not in comparison.tables:
        return None
    rows = comparison.rep_years
    here = rows["adopters"] == (adopters or scenario.comparison.adopters[0])
    here &= rows["strategy"] == (strategy or scenario.baseline_name)
    return _shared(rows[here])


def share_of_run(run: Run, null: Run) -> SharedMisses | None:
    """Count the misses of one run; ``null`` is its chance baseline. None if that has other territories."""
    if not _same_territories(run.engine.scenario):
        return None
    wanted = frozenset({_TABLE})
    made = tables_of([collect(Team(one), one is null, wanted) for one in (run, null)], wanted)
    return _shared(made[_TABLE].to_pandas())


def _same_territories(scenario: Scenario) -> bool:
    return scenario.comparison.chance_baseline == "equal-reps"


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
