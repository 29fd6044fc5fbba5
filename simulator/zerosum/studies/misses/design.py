"""The markets of the decomposition: skill, territories and quotas each as they are, or made equal.

Luck can't be made equal: it is what remains between identical reps. So three factors are switched on and off, which
makes eight cases. Skill and territories change the market, so four markets are simulated, under the same key. Quotas
are set anew on paper in each of them: the team's quotas of a year, divided in proportion to potential.

Quotas that follow past credit (the ratchet) hang on earlier luck. What they add or take away counts as quota setting,
because another rule would not have carried that luck over. The team's total quota, its years and its reps' behavior
(who leaves, who pushes) stay those of the scenario's own quotas.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from zerosum.market.assumptions import assumed
from zerosum.market.metrics import Team
from zerosum.market.run import OnWeek, Run, branches, equal_reps, equal_territories, warm_up
from zerosum.market.state import Float
from zerosum.scenario.spec import Scenario
from zerosum.studies.misses.identical import count_shared

FACTORS = ("skill", "territory", "quotas")
"""Bit j of a case is set where factor j is as it is."""
CASES = 2 ** len(FACTORS)
SKILL, TERRITORY, QUOTAS = (1 << j for j in range(len(FACTORS)))
AS_IT_IS = CASES - 1


class Observed(NamedTuple):
    """One replication.

    Attributes
    ----------
    variance : float64[8]
        of attainment between the reps of a team in a year, mean over years and vendors; NaN if undefined
    missed : float64[8]
        share of rep-years below quota, mean over years and vendors
    shared : float64[4]
        counts of :func:`~zerosum.studies.misses.identical.count_shared`, summed over vendors
    """

    variance: Float
    missed: Float
    shared: Float


def market_with(scenario: Scenario, factors: Collection[str]) -> Scenario:
    """Return the market in which skill and territory are as they are if named, else equal."""
    if "skill" not in factors:
        scenario = equal_reps(scenario)
    if "territory" not in factors:
        scenario = equal_territories(scenario)
    return scenario


def by_potential(quota: Float, potential: Float) -> Float:
    """Divide a team's quotas among its reps in proportion to their territories' potential.

    Parameters
    ----------
    quota, potential : float64[reps]
        money; quotas of a year, and annual contract value of all buyers in each territory

    Returns
    -------
    float64[reps]
        the same sum
    """
    return quota.sum() * potential / potential.sum()


def attainments(team: Team) -> list[tuple[Float, Float]]:
    """Return the attainments of each year, with quotas as they are and by potential; [reps] each.

    Reps without a quota or without potential are left out of both.
    """
    potential = team.engine.market.reps.territory_value[team.run.team]
    found = []
    for quota, credit in team.rep_years(with_quotas=True):
        judged = (quota > 0) & (potential > 0)
        quota, credit, worth = quota[judged], credit[judged], potential[judged]
        found.append((credit / quota, credit / by_potential(quota, worth)))
    return found


def seats(team: Team) -> Float:
    """Return the attainment of each rep in each year, [years * reps]; NaN without a quota."""
    years = team.rep_years(with_quotas=True)
    quota, credit = (
        (np.concatenate(column) for column in zip(*years, strict=True)) if years else np.empty((2, 0))
    )
    return np.where(quota > 0, credit / np.where(quota > 0, quota, 1.0), np.nan)


def observe(
    scenario: Scenario,
    replication: int,
    vendors: Sequence[int],
    on_week: OnWeek | None = None,
    strategy: str | None = None,
) -> Observed:
    """Simulate the four markets of a replication, and compute all eight cases.

    Parameters
    ----------
    scenario : Scenario
    replication : int
    vendors : sequence of int
        rows of the vendors to average over
    on_week : callable, optional
        called after each simulated week
    strategy : str, optional
        what the focal vendor follows in the measured weeks; the baseline if not given

    Returns
    -------
    Observed
    """
    scenario = assumed(scenario, replication, alone=True)
    variance, missed = np.zeros((2, len(vendors), CASES))
    paired: dict[int, list[Float]] = {}
    for case in range(QUOTAS):
        factors = [name for j, name in enumerate(FACTORS) if case >> j & 1]
        for v, team in enumerate(
            _teams(market_with(scenario, factors), replication, vendors, on_week, strategy)
        ):
            years = attainments(team)
            for quotas, one in ((QUOTAS, [own for own, _ in years]), (0, [other for _, other in years])):
                variance[v, case | quotas] = _mean([_variance(year) for year in one])
                missed[v, case | quotas] = _mean([_share_missed(year) for year in one])
            paired.setdefault(case, []).append(seats(team))
    pairs = zip(paired[SKILL | TERRITORY], paired[TERRITORY], strict=True)
    shared = np.sum([count_shared(own, equal) for own, equal in pairs], axis=0)
    return Observed(_mean_of_rows(variance), _mean_of_rows(missed), shared)


def _teams(
    scenario: Scenario, replication: int, vendors: Sequence[int], on_week: OnWeek | None, strategy: str | None
) -> list[Team]:
    """Return each vendor's team, where the focal vendor follows a strategy."""
    named = [strategy or scenario.baseline_name]
    run = next(branches(warm_up(scenario, replication, on_week), named, ["focal"], on_week))
    return [Team(_as_of(run, vendor)) for vendor in vendors]


def _as_of(run: Run, vendor: int) -> Run:
    return replace(run, vendor=vendor, team=run.engine.market.reps.vendor == vendor)


def _variance(attainment: Float) -> float:
    """Return the variance of a sample; NaN with fewer than two."""
    return float(attainment.var(ddof=1)) if len(attainment) > 1 else np.nan


def _share_missed(attainment: Float) -> float:
    return float((attainment < 1.0).mean()) if len(attainment) else np.nan


def _mean(values: Sequence[float]) -> float:
    """Return the mean of those that are known."""
    known = [value for value in values if value == value]
    return sum(known) / len(known) if known else np.nan


def _mean_of_rows(rows: Float) -> Float:
    return np.array([_mean(column) for column in rows.T.tolist()])
