"""Values, quarter ends, seasons, concentration and coverage, against truth and plain counts."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tests.describe.teams import make_deals
from zerosum.crm.tables import make_table
from zerosum.studies.describe import describe_team
from zerosum.studies.describe.book import concentration_of
from zerosum.studies.describe.calendar import calendar_of, days_to_quarter_end
from zerosum.studies.describe.values import _median, values_of


def wins(closed: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {"created": pd.NaT, "closed": pd.to_datetime(closed), "outcome": "won", "rep_code": -1}
    ).astype({"created": "datetime64[s]"})


def test_the_medians_interval_holds_it_as_often_as_it_says() -> None:
    draws = np.random.default_rng(1)
    for n, least in ((6, 0.93), (15, 0.93), (60, 0.93)):
        within = 0
        for _ in range(1000):
            one = _median(pd.Series(draws.lognormal(0, 1, n)), "m", "m", "money/year")
            within += one.low <= 1.0 <= one.high
        assert least <= within / 1000 <= 0.985  # standard error 0.007
    few = _median(pd.Series([1.0, 2.0, 3.0]), "m", "m", "money/year")
    assert few.value == 2.0
    assert math.isnan(few.low)


def test_levels_and_spread_of_values() -> None:
    draws = np.random.default_rng(2)
    within = 0
    for _ in range(200):
        amounts = pd.DataFrame(
            {"amount": draws.lognormal(9, 0.8, 150), "type": None, "segment": None, "won": True}
        )
        found = {one.name: one for one in values_of(amounts, "USD/year")}
        spread = found["deal_value_sigma"]
        within += spread.low <= 0.8 <= spread.high
        assert found["deal_value_mean"].value == pytest.approx(amounts["amount"].mean())
    assert 0.90 <= within / 200 <= 0.98


def test_days_to_the_quarters_end() -> None:
    dates = pd.Series(pd.to_datetime(["2024-03-31", "2024-01-01", "2024-02-29", "2024-12-18"]))
    assert days_to_quarter_end(dates, 1).tolist() == [0, 90, 31, 13]
    assert days_to_quarter_end(dates, 2).tolist() == [30, 30, 61, 44]  # years begin in February


def test_wins_that_crowd_at_quarter_ends_are_seen() -> None:
    draws = np.random.default_rng(3)
    day = np.datetime64("2023-01-01")
    even = calendar_of(wins(day + draws.integers(0, 730, 600)))
    assert even.quarter_end.low < even.expected < even.quarter_end.high
    assert even.expected == pytest.approx(8 * 14 / 731, abs=0.005)
    days = pd.Series(pd.date_range("2023-01-01", "2024-12-31"))
    last = (days_to_quarter_end(days, 1) < 14).astype(float)
    crowded = draws.choice(days, 600, p=(1 + 2 * last) / (1 + 2 * last).sum())
    seen = calendar_of(wins(crowded))
    assert seen.quarter_end.low > seen.expected
    assert seen.quarter_end.value == pytest.approx(3 * 112 / (619 + 3 * 112), abs=0.06)


def test_equal_months_are_called_seasonal_as_rarely_as_the_p_value_says() -> None:
    draws = np.random.default_rng(4)
    day = np.datetime64("2022-01-01")
    p = np.array([calendar_of(wins(day + draws.integers(0, 1100, 500))).season_p for _ in range(150)])
    assert (p < 0.05).mean() <= 0.05 + 3 * 0.018
    seasonal = calendar_of(
        wins(day + (365 * draws.integers(0, 3, 600) + draws.normal(300, 40, 600).astype(int) % 365))
    )
    assert seasonal.season_p < 0.001


def test_months_are_counted() -> None:
    team = make_deals(5, 300)
    months = describe_team(team).calendar.months
    deals = team.opportunities
    assert months["created"].sum() == 300
    assert months["won"].sum() == (deals["outcome"] == "won").sum()
    march = (deals["created"] >= "2024-03-01") & (deals["created"] < "2024-04-01")
    assert int(months.set_index("month").loc["2024-03", "created"]) == march.sum()


def test_concentration_is_what_a_count_says() -> None:
    won = make_deals(6, 900, reps=10).opportunities
    won = won[won["outcome"] == "won"]
    accounts, reps = concentration_of(won)
    by = won.groupby("account")["amount"].sum().sort_values()
    assert accounts.value == pytest.approx(by.iloc[-10:].sum() / by.sum())
    # Two whole years of 365 days, back from the last win.
    back = (won["closed"].max() - won["closed"]).dt.days
    years = [won[(back >= 365 * one) & (back < 365 * (one + 1))] for one in range(2)]
    by_year = [year.groupby("rep")["amount"].sum().sort_values() for year in years]
    assert reps.value == pytest.approx(np.mean([one.iloc[-2:].sum() / one.sum() for one in by_year]))
    assert (reps.fact, len(by_year[0])) == ("top_fifth_share", 10)
    assert reps.low <= reps.value <= 1.0


def test_the_spread_of_values_is_that_of_closed_deals_if_all_have_one() -> None:
    team = make_deals(8, 400)
    closed = team.opportunities[team.opportunities["outcome"] != "open"]
    spread = describe_team(team).figure("deal_value_sigma")
    assert spread.fact == "deal_value_sigma"
    assert spread.value == pytest.approx(np.log(closed["amount"]).std())
    won = team.opportunities["outcome"] == "won"
    gaps = make_deals(8, 400, amount=team.opportunities["amount"].where(won))
    spread = describe_team(gaps).figure("deal_value_sigma")
    assert spread.fact == ""
    assert spread.value == pytest.approx(np.log(team.opportunities.loc[won, "amount"]).std())


def test_coverage_is_open_value_by_quota_or_by_wins() -> None:
    team = make_deals(7, 600)
    deals = team.opportunities
    still = deals.loc[deals["outcome"] == "open", "amount"].sum()
    recent = deals[(deals["outcome"] == "won") & (deals["closed"] > pd.Timestamp("2025-03-31"))]
    plain = describe_team(team).figure("pipeline_coverage")
    assert plain.value == pytest.approx(still / recent["amount"].sum())
    assert plain.fact == ""
    quotas = make_table(
        "quotas",
        {
            "rep": ["rep-000", "rep-001"],
            "period_start": ["2025-01-01"] * 2,
            "period_end": ["2025-12-31"] * 2,
            "quota": [365_000.0, 730_000.0],
        },
    )
    held = describe_team(make_deals(7, 600, quotas=quotas)).figure("pipeline_coverage")
    assert held.value == pytest.approx(still / (3000 * 91))
    assert held.fact == "pipeline_coverage"
