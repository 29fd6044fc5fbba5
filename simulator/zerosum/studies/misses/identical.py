"""Count the missed quotas that identical reps would also have missed, in the same territories.

Every run has a chance baseline: the same market and random events, with reps of equal skill. A rep's year in one is
paired with the same seat's year in the other. A miss of both didn't need a weaker rep. Whole years count, as for quota
attainment (:meth:`zerosum.market.metrics.team.Team.rep_years`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zerosum.market.metrics import Team
from zerosum.market.run import Run
from zerosum.market.state import Float
from zerosum.scenario.spec import Scenario
from zerosum.statistics import Interval, ratio_of_means

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


def share_of_run(run: Run, null: Run) -> SharedMisses | None:
    """Count the misses of one run; ``null`` is its chance baseline. None if that has other territories."""
    if not same_territories(run.engine.scenario):
        return None
    real, equal = (_attainment(Team(one)) for one in (run, null))
    return summarize_shared(count_shared(real, equal)[None, :])


def pool_shared(found: Sequence[SharedMisses | None]) -> SharedMisses | None:
    """Sum the misses of several runs; None if their chance baseline has other territories."""
    known = [one for one in found if one is not None]
    counts = [[one.missed, one.also, one.equal_missed, one.rep_years] for one in known]
    return summarize_shared(np.array(counts, np.float64)) if known else None


def same_territories(scenario: Scenario) -> bool:
    """Return whether a scenario's chance baseline keeps territories as they are."""
    return scenario.comparison.chance_baseline == "equal-reps"


def _attainment(team: Team) -> Float:
    """Return each rep-year's attainment, year by year; NaN without a quota."""
    found = [
        np.divide(credit, quota, out=np.full(len(quota), np.nan), where=quota > 0)
        for quota, credit in team.rep_years(with_quotas=True)
    ]
    return np.concatenate(found) if found else np.empty(0)
