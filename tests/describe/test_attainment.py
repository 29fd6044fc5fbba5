"""Attainment: quotas meet the wins of their own period, and identical reps look identical."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from zerosum.studies.describe.attainment import attainment_of

AS_OF = pd.Timestamp("2024-12-31")
QUARTERS = [("2024-01-01", "2024-03-31"), ("2024-04-01", "2024-06-30"), ("2024-07-01", "2024-09-30")]


def make_quotas(reps: int, quota: float) -> pd.DataFrame:
    rows = [
        (f"rep-{rep}", pd.Timestamp(start), pd.Timestamp(end), quota)
        for rep in range(reps)
        for start, end in QUARTERS
    ]
    return pd.DataFrame(rows, columns=["rep", "period_start", "period_end", "quota"])


def make_closed(seed: int, reps: int, deals: int, skill: float = 0.0) -> pd.DataFrame:
    draws = np.random.default_rng(seed)
    rep = draws.integers(0, reps, deals)
    rate = np.clip(0.3 + skill * np.linspace(-1, 1, reps), 0.02, 0.98)
    return pd.DataFrame(
        {
            "rep": [f"rep-{one}" for one in rep],
            "closed": pd.Timestamp("2024-01-01") + pd.to_timedelta(draws.integers(0, 274, deals), unit="D"),
            "outcome": np.where(draws.random(deals) < rate[rep], "won", "lost"),
            "amount": draws.lognormal(9, 0.5, deals),
        }
    )


def test_a_quota_meets_the_wins_of_its_rep_and_period() -> None:
    deals = pd.DataFrame(
        {
            "rep": ["rep-0", "rep-0", "rep-1", "rep-1", "rep-0"],
            "closed": pd.to_datetime(["2024-01-01", "2024-03-31", "2024-04-01", "2024-05-01", "2024-05-01"]),
            "outcome": ["won", "won", "won", "lost", "open"],
            "amount": [60.0, 40.0, 250.0, 999.0, 999.0],
        }
    )
    found = attainment_of(deals, make_quotas(2, 100.0), AS_OF)
    assert found is not None
    rows = found.rep_periods.set_index(["rep", "period_start"])["attainment"]
    assert rows["rep-0", pd.Timestamp("2024-01-01")] == 1.0
    assert rows["rep-0", pd.Timestamp("2024-04-01")] == 0.0
    assert rows["rep-1", pd.Timestamp("2024-04-01")] == 2.5
    assert found.at_quota.value == pytest.approx(2 / 6)
    assert found.company.value == pytest.approx(350 / 600)
    assert found.periods["won"].tolist() == [100.0, 250.0, 0.0]


def test_identical_reps_lie_within_their_baseline_as_often_as_it_says() -> None:
    within = 0
    for seed in range(60):
        found = attainment_of(make_closed(seed, 12, 900), make_quotas(12, 70_000.0), AS_OF)
        assert found is not None
        within += found.chance_low <= found.at_quota.value <= found.chance_high
    assert within >= 52  # 57 are expected


def test_a_closed_deal_is_won_once_at_most() -> None:
    # If all closed deals are won, for the same amount, chance leaves nothing to differ.
    deals = make_closed(4, 6, 300).assign(outcome="won", amount=100.0)
    found = attainment_of(deals, make_quotas(6, 1600.0), AS_OF)
    assert found is not None
    assert 0.1 < found.at_quota.value < 0.9
    assert (found.chance_low, found.chance_high) == (found.at_quota.value, found.at_quota.value)


def test_reps_of_unequal_skill_lie_outside_their_baseline() -> None:
    # The quota is far above what an average rep wins; only skilled reps reach it.
    found = attainment_of(make_closed(1, 12, 1800, 0.28), make_quotas(12, 230_000.0), AS_OF)
    assert found is not None
    assert found.at_quota.value > found.chance_high


def test_periods_that_are_not_over_are_left_out() -> None:
    deals = make_closed(2, 3, 50)
    found = attainment_of(deals, make_quotas(3, 1000.0), pd.Timestamp("2024-07-01"))
    assert found is not None
    assert len(found.periods) == 2
    assert attainment_of(deals, make_quotas(3, 1000.0), pd.Timestamp("2024-02-01")) is None
    assert attainment_of(deals, None, AS_OF) is None


def test_the_same_team_has_the_same_baseline() -> None:
    deals, quotas = make_closed(3, 5, 300), make_quotas(5, 100_000.0)
    one, other = (attainment_of(deals, quotas, AS_OF) for _ in range(2))
    assert one is not None
    assert other is not None
    assert (one.chance, one.chance_low, one.chance_high) == (
        other.chance,
        other.chance_low,
        other.chance_high,
    )
