"""Quotas and turnover by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.each import in_sizes
from tests.helpers import n_vendors_alike, share_error, silent_market, within
from zerosum.market import draws
from zerosum.market.engine import Engine

pytestmark = pytest.mark.uncompiled


REVENUE = np.array([100.0, 300.0, 0.0, 50.0, 70.0])


def two_vendors(**tables: Any) -> Engine:
    """Three reps and two, one year over, with revenues by hand."""
    engine = Engine(
        silent_market(
            **{
                "clock": {"warmup_weeks": 52},
                "market": {"buyers": 300},
                "segments": [{"name": "all", "value_sigma": 1.0}],
                "vendors": [
                    {"name": "A", "reps": 3, "territory": "random"},
                    {"name": "B", "reps": 2, "territory": "random"},
                ],
                **tables,
            }
        )
    )
    engine.run(52)
    engine.market.reps.revenue_year[:] = REVENUE
    return engine


@pytest.mark.parametrize("weight", [0.0, 0.4, 1.0])
def test_the_first_quota_is_team_average_and_territory_potential(weight: float) -> None:
    engine = two_vendors(quota={"stretch": 1.2, "team_weight": weight})
    reps = engine.market.reps
    potential = reps.territory_value / engine.market.buyers.value.sum()
    engine.step()
    team, n = np.array([400.0] * 3 + [120.0] * 2), np.array([3] * 3 + [2] * 2)
    expected = 1.2 * (weight * team / n + (1 - weight) * team * potential)
    assert reps.quota == pytest.approx(expected)
    assert not np.any(reps.revenue_year)
    # Without stretch a team's quotas sum to what it has sold, whatever the weight.
    assert reps.quota[:3].sum() == pytest.approx(1.2 * 400)


@pytest.mark.parametrize(("warmup", "formula_years"), [(0, 1), (52, 1), (104, 2)])
def test_later_quotas_ratchet(warmup: int, formula_years: int) -> None:
    """The formula sets quotas until the warm-up ends (at least once); then they follow the rep's own results."""
    engine = two_vendors(
        clock={"warmup_weeks": warmup},
        quota={"ratchet": 0.25, "growth": 1.1, "stretch": 1.0, "team_weight": 1.0},
    )
    reps = engine.market.reps
    engine.step()
    quota = np.array([400 / 3] * 3 + [60.0] * 2)
    for year in range(2, 5):
        assert reps.quota == pytest.approx(quota)
        engine.run(51)
        reps.revenue_year[:] = REVENUE * year
        engine.step()
        fresh = year * np.array([400 / 3] * 3 + [60.0] * 2)
        quota = fresh if year <= formula_years else (0.75 * quota + 0.25 * REVENUE * year) * 1.1
    assert reps.quota == pytest.approx(quota)


def test_quotas_may_follow_the_formula_for_good() -> None:
    """With ``team_weight`` 0 they follow potential alone; growth counts from the second time on."""
    engine = two_vendors(
        quota={"later": "formula", "growth": 1.1, "stretch": 0.9, "team_weight": 0.0, "ratchet": 0.7}
    )
    reps = engine.market.reps
    share = reps.territory_value / engine.market.buyers.value.sum()
    engine.step()
    assert reps.quota == pytest.approx(0.9 * np.array([400.0] * 3 + [120.0] * 2) * share)
    engine.run(51)
    reps.revenue_year[:] = 2.0 * REVENUE
    engine.step()
    assert reps.quota == pytest.approx(1.1 * 0.9 * np.array([800.0] * 3 + [240.0] * 2) * share)


@in_sizes(300, 6_000)
def test_those_far_below_quota_leave_rather(n: int) -> None:
    engine = Engine(
        silent_market(
            market={"buyers": 20},
            vendors=n_vendors_alike(1, reps=n, territory="random"),
            turnover={"below": 0.5, "leave_below": 0.6, "leave_other": 0.1},
            reps={"skill_sd": 1.0},
        )
    )
    engine.run(52)
    reps = engine.market.reps
    quota = np.where(np.arange(n) % 3 == 0, 0.0, 100.0)  # every third without a quota: not at risk
    reps.quota[:] = quota
    reps.revenue_year[:] = np.where(np.arange(n) % 3 == 1, 49.9, 50.0)
    reps.trust[:] = 0.5
    before = reps.skill.copy()
    engine.step()
    left = reps.hired == 52
    for kind, p in ((0, 0.1), (1, 0.6), (2, 0.1)):
        mine = left[np.arange(n) % 3 == kind]
        assert within(mine.mean(), p, share_error(p, len(mine)))
    assert np.array_equal(reps.skill[~left], before[~left])
    for rep in np.flatnonzero(left)[:50]:
        assert reps.skill[rep] == draws.normal(engine.key, draws.SKILL, int(reps.address[rep]), 52, 0)
    assert not np.any(reps.trust[left] > 0)
    assert np.all(reps.trust[~left] > 0.4)


def test_a_successor_takes_over_the_seat() -> None:
    """Territory, quota, pipeline and habits stay; tools and trust begin anew."""
    engine = Engine(
        silent_market(
            market={"buyers": 30, "saturation": 0.0},
            segments=[{"name": "all", "evaluation_weeks": 200.0}],
            vendors=[{"name": "A", "reps": 3}],
            need={"innovation_per_year": 52.0},
            invitations={"inbound": 1.0},
            tools=[{"name": "t", "innovation": 1.0}],
            strategies=[{"name": "usual", "tools": ["t"]}],
            turnover={"leave_other": 1.0},
            reps={"hours_per_week": 40.0, "max_open_opportunities": 20},
        )
    )
    engine.run(52)
    before = engine.branch().market
    engine.step()
    after = engine.market
    assert np.all(after.reps.hired == 52)
    assert np.array_equal(before.opportunities.buyer, after.opportunities.buyer)
    assert np.all(after.opportunities.selling[after.opportunities.buyer >= 0] > 0)
    assert np.array_equal(before.reps.habits, after.reps.habits)
    assert np.all(after.reps.tool_trial_start == 52)
    assert np.all(after.reps.trust < before.reps.trust)
    assert engine.recorder.rep_years[0].left.tolist() == [1, 1, 1]


def test_the_credit_for_a_renewal_is_a_part_of_it() -> None:
    for credit in (0.0, 0.25, 1.0):
        engine = Engine(
            silent_market(
                market={"buyers": 200},
                segments=[{"name": "all", "contract_weeks": 3, "value_median": 1000.0}],
                vendors=n_vendors_alike(1),
                invitations={"coverage": 1.0},
                reps={"max_open_opportunities": 300},
                quota={"renewal_credit": credit},
            )
        )
        engine.run(6)
        deals = engine.recorder.deals
        assert np.all(deals.revenue == 1000.0)
        assert np.all(deals.credit == 1000.0 * credit)
        assert engine.market.reps.revenue_year[0] == pytest.approx(len(deals.week) * 1000 * credit)


def test_leavers_are_noted_in_the_year_that_they_end() -> None:
    engine = Engine(
        silent_market(
            market={"buyers": 20}, vendors=n_vendors_alike(2, reps=10), turnover={"leave_other": 0.5}
        )
    )
    hired = []
    for year in range(1, 5):
        engine.run(52 * year + 1 - engine.week)
        hired.append(engine.market.reps.hired == 52 * year)
    noted = [year.left == 1 for year in engine.recorder.rep_years]
    assert np.array_equal(hired, noted)
    assert len({tuple(row) for row in hired}) == 4
