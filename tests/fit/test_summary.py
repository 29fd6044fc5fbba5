"""Summary statistics: counted by hand on a small table, and equal to the description's figures on a simulated team."""

from __future__ import annotations

import datetime
import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from tests.crm.markets import small_market
from zerosum.crm.simulated import simulate_team
from zerosum.crm.tables import TeamData, make_table
from zerosum.studies.describe import describe_team
from zerosum.studies.fit.summary import LABELS, rep_years, summary_of, tells_no_decision

pytestmark = pytest.mark.uncompiled

DAY = datetime.date(2025, 12, 31)


@pytest.fixture(scope="module")
def simulated() -> TeamData:
    return simulate_team(small_market()).team


def test_values_are_the_descriptions(simulated: TeamData) -> None:
    found = summary_of(simulated)
    figures = {figure.name: figure.value for figure in describe_team(simulated).figures}
    both = [name for name in LABELS if name in figures]
    assert len(both) >= 14
    assert {name: found[name] for name in both} == pytest.approx(
        {name: figures[name] for name in both}, nan_ok=True
    )
    assert [name for name, value in found.items() if math.isnan(value)] == [
        name for name in both if math.isnan(figures[name])
    ]


def deals(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Make opportunities of rows: rep, day created, days until closed (None: open), outcome, amount, type."""
    created = [pd.Timestamp(DAY) - pd.Timedelta(days=364 - row[1]) for row in rows]
    closed = [
        pd.NaT if row[2] is None else day + pd.Timedelta(days=row[2])
        for row, day in zip(rows, created, strict=True)
    ]
    count = len(rows)
    return make_table(
        "opportunities",
        {
            "id": [f"D{i}" for i in range(count)],
            "account": [f"A{i}" for i in range(count)],
            "rep": [row[0] for row in rows],
            "created": created,
            "closed": closed,
            "outcome": [row[3] for row in rows],
            "amount": [row[4] for row in rows],
            "type": [row[5] for row in rows],
            "flags": [()] * count,
        },
    )


ROWS = (
    ("Ann", 0, 70, "won", 100.0, "new"),
    ("Ann", 0, 140, "won", 100.0, "renewal"),
    ("Ann", 10, 28, "lost", 900.0, "new"),
    ("Bob", 10, 14, "no_decision", 400.0, "new"),
    ("Bob", 20, 210, "won", 300.0, "renewal"),
    ("Bob", 300, None, "open", 800.0, "new"),
    ("Bob", 300, 1, "disqualified", 1.0, "new"),
)


def test_counted_by_hand() -> None:
    quotas = pd.DataFrame(
        {
            "rep": ["Ann", "Bob"],
            "period_start": [pd.Timestamp("2025-01-01")] * 2,
            "period_end": [pd.Timestamp("2025-12-31")] * 2,
            "quota": [200.0, 400.0],
        }
    )
    reps = pd.DataFrame(
        {
            "rep": ["Ann", "Bob", "Eve"],
            "start": [pd.NaT, pd.Timestamp(DAY) - pd.Timedelta(days=364 - 182), pd.NaT],
            "end": [pd.NaT, pd.NaT, pd.Timestamp(DAY) - pd.Timedelta(days=364 - 181)],
        }
    ).astype({"start": "datetime64[s]", "end": "datetime64[s]"})
    team = TeamData(deals(*ROWS), "USD", DAY, {}, reps=reps, quotas=quotas)
    found = summary_of(team)
    assert found["win_rate"] == 3 / 5
    assert found["no_decision_rate"] == 1 / 5
    assert found["own_client_share"] == 2 / 5
    assert found["own_client_win_rate"] == 1.0
    assert found["new_business_win_rate"] == 1 / 3
    assert found["new_business_no_decision"] == 1 / 3
    assert found["won_cycle_naive"] == 20.0
    assert found["lost_cycle_ratio"] == 4 / 20
    assert found["no_decision_cycle_ratio"] == 2 / 20
    # Smallest third of five values: 100 and 100, both won; the largest: 900 and 400, both not.
    assert found["win_rate_large_less_small"] == -1.0
    assert found["company_attainment"] == pytest.approx(500 / 600)
    assert found["at_quota"] == 0.5
    assert found["pipeline_coverage"] == pytest.approx(800 / (600 * 91 / 365))
    # Ann 365 days, Bob and Eve 183 and 182: two years but for the last day; one of them left.
    assert found["opportunities_per_rep"] == pytest.approx(6 / (730 / 364))
    assert found["leavers"] == pytest.approx(1 / (730 / 364))


def test_what_is_not_recorded_is_unknown_and_no_error(simulated: TeamData) -> None:
    plain = simulated.opportunities.assign(
        type=None, source_kind=None, competitor=None, incumbent=None, segment=None, amount=math.nan
    )
    team = replace(
        simulated,
        opportunities=plain.astype({"amount": float}),
        reps=None,
        quotas=None,
        accounts=None,
        stages=None,
    )
    known = {name for name, value in summary_of(team).items() if math.isfinite(value)}
    assert {"win_rate", "no_decision_rate", "won_cycle_naive", "opportunities_per_rep"} <= known
    assert not known & {"self_generated", "own_client_share", "leavers", "at_quota", "deal_value_sigma"}
    empty = replace(team, opportunities=plain.iloc[:0])
    assert all(math.isnan(value) for value in summary_of(empty).values())


def test_an_export_without_no_decision_is_compared_with_the_same() -> None:
    team = TeamData(deals(*ROWS), "USD", DAY, {})
    blind = replace(
        team,
        opportunities=team.opportunities.assign(
            outcome=team.opportunities["outcome"].replace("no_decision", "lost")
        ),
    )
    assert (tells_no_decision(team), tells_no_decision(blind)) == (True, False)
    assert summary_of(team, no_decision=False) == pytest.approx(summary_of(blind), nan_ok=True)
    # Lost after 28 and 14 days; won after 20 weeks.
    assert summary_of(blind)["lost_cycle_ratio"] == pytest.approx((28 + 14) / 2 / 7 / 20)
    assert math.isnan(summary_of(blind)["no_decision_rate"])


def test_without_dates_of_reps_their_deals_say_when_they_were_there() -> None:
    team = TeamData(deals(*ROWS), "USD", DAY, {})
    assert rep_years(team, pd.Timestamp("2025-01-01"), pd.Timestamp(DAY)) == pytest.approx((141 + 292) / 364)
