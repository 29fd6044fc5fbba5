"""A simulated vendor's pipeline: every figure is counted a second time, from what the run recorded."""

from __future__ import annotations

import datetime
import itertools
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from tests.crm.markets import small_market
from tests.each import each
from zerosum.crm.simulated import START, SimulatedTeam, figures_of, simulate_team
from zerosum.crm.tables import check_table
from zerosum.errors import InputError
from zerosum.market.records import OPENED, WON
from zerosum.market.run import warm_up
from zerosum.market.state import NONE, RENEWAL, UPGRADE

pytestmark = pytest.mark.uncompiled

SCENARIO = small_market()


@pytest.fixture(scope="module")
def alder() -> SimulatedTeam:
    return simulate_team(SCENARIO)


@pytest.fixture(scope="module")
def birke() -> SimulatedTeam:
    return simulate_team(SCENARIO, vendor="Birke")


def test_every_table_is_as_it_should_be(alder: SimulatedTeam) -> None:
    for name, table in alder.team.tables.items():
        check_table(name, table, name)
    assert alder.team.currency == "USD"
    assert alder.team.as_of == START + datetime.timedelta(weeks=65, days=-1)


def test_the_market_has_what_these_tests_look_for(alder: SimulatedTeam) -> None:
    deals = alder.team.opportunities
    assert set(deals["outcome"]) == {"open", "won", "lost", "no_decision"}
    assert {"new", "renewal"} <= set(deals["type"])
    assert len(alder.books.people) > 3


@each("who", ["alder", "birke"])
def test_no_opportunity_is_left_out_and_none_is_anothers(who: str, request: pytest.FixtureRequest) -> None:
    # The week's sums count openings apart from the tables of deals.
    team = request.getfixturevalue(who)
    books, engine = team.books, team.books.run.engine
    slots = engine.market.opportunities.buyer.reshape(len(engine.market.reps.vendor), -1)
    still_open = int((slots[engine.market.reps.vendor == books.vendor] != NONE).sum())
    opened_since_start = int(engine.recorder.weekly[:, books.vendor, OPENED].sum())
    deals = team.team.opportunities
    assert int((deals["outcome"] == "open").sum()) == still_open > 0
    assert int((books.deals["opened"] >= books.start).sum()) == opened_since_start
    assert (books.deals["opened"] >= books.first).all()


def test_the_books_begin_with_their_first_week(alder: SimulatedTeam) -> None:
    books = alder.books
    begun = warm_up(SCENARIO, 0)
    opened_before = begun.recorder.weekly[books.first : books.start, books.vendor, OPENED].sum()
    assert int((books.deals["opened"] < books.start).sum()) == opened_before > 0


def test_days_lie_in_their_weeks(alder: SimulatedTeam) -> None:
    books, deals = alder.books, alder.team.opportunities
    first_monday = pd.Timestamp(START) - pd.Timedelta(weeks=books.start)
    assert set(deals["created"].dt.day_of_week) == set(range(5))
    for column, weeks in (("created", books.deals["opened"]), ("closed", books.deals["closed"])):
        known = deals[column].notna()
        mondays = deals[column] - pd.to_timedelta(deals[column].dt.day_of_week, unit="D")
        expected = first_monday + pd.to_timedelta(7 * weeks, unit="D")
        assert (mondays[known] == expected[known]).all()
    closed = deals[deals["outcome"] != "open"]
    assert (closed["closed"] >= closed["created"]).all()
    assert closed["closed"].max().date() <= alder.team.as_of
    assert deals.loc[deals["outcome"] == "open", "closed"].isna().all()


def test_outcomes_and_money_are_those_of_the_record(alder: SimulatedTeam) -> None:
    books, engine = alder.books, alder.books.run.engine
    record = pd.DataFrame(engine.recorder.deals._asdict()).query("vendor == 0")
    recent = alder.team.opportunities[books.deals["closed"] >= books.start]
    long_ago = record["opened"] < books.first
    assert not long_ago.any()
    assert Counter(recent["outcome"]) == Counter(
        record["outcome"].map({0: "no_decision", 1: "won", 2: "lost"})
    )
    won = record[record["outcome"] == WON]
    assert recent.loc[recent["outcome"] == "won", "amount"].sum() == pytest.approx(won["revenue"].sum())
    assert recent["amount"].notna().all()


def test_quotas_and_deals_give_the_years_attainment(alder: SimulatedTeam) -> None:
    # From dates and names alone, a rep's credit in each period is the one that the market counted.
    team, engine = alder.team, alder.books.run.engine
    assert team.quotas is not None
    won = team.opportunities.query("outcome == 'won'")
    share = np.where(won["type"] == "renewal", engine.scenario.quota.renewal_credit, 1.0)
    won = won.assign(credit=won["amount"] * share)
    year = engine.recorder.rep_years[0]  # the rest of the market's second year
    seats = np.flatnonzero(engine.market.reps.vendor == 0)
    start = pd.Timestamp(START)
    end = start + pd.Timedelta(weeks=year.weeks)
    quotas = team.quotas.query("period_start >= @start and period_start < @end")
    assert quotas["quota"].sum() == pytest.approx((year.quota[seats] * year.weeks / 52).sum())
    periods = sorted(set(zip(team.quotas["period_start"], team.quotas["period_end"], strict=True)))
    assert all(after[0] - before[1] == pd.Timedelta(days=1) for before, after in itertools.pairwise(periods))
    credit = won[(won["closed"] >= start) & (won["closed"] < end)].groupby("rep")["credit"].sum()
    assert sorted(credit) == pytest.approx(sorted(year.revenue[seats][year.revenue[seats] > 0]), abs=1.0)


def test_a_deal_belongs_to_who_is_there(alder: SimulatedTeam) -> None:
    team = alder.team
    assert team.reps is not None
    assert team.quotas is not None
    reps = team.reps.set_index("rep")
    assert reps.index.is_unique
    last = team.opportunities["closed"].fillna(pd.Timestamp(team.as_of)).to_numpy()
    there = reps.loc[team.opportunities["rep"]]
    assert not (there["start"].to_numpy() > last).any()
    assert not (there["end"].to_numpy() < last).any()
    of_quota = reps.loc[team.quotas["rep"]]
    assert not (of_quota["start"].to_numpy() > team.quotas["period_start"].to_numpy()).any()
    assert not (of_quota["end"].to_numpy() < team.quotas["period_end"].to_numpy()).any()
    there_now = int(reps["end"].isna().sum())
    assert there_now == 3


def test_ones_loss_is_the_others_win(alder: SimulatedTeam, birke: SimulatedTeam) -> None:
    ours, theirs = alder.team.opportunities, birke.team.opportunities
    pairs = ours.merge(theirs, on=["account", "closed"], suffixes=("", "_theirs"))
    lost = pairs[(pairs["outcome"] == "lost") & (pairs["outcome_theirs"] == "won")]
    assert len(lost) > 5
    assert set(lost["competitor"]) == {"Birke"}  # Cedar's customers among them
    assert {"Birke", "Cedar"} <= set(lost["incumbent"])
    assert not ((pairs["outcome"] == "won") & (pairs["outcome_theirs"] == "won")).any()
    assert set(ours.loc[ours["outcome"] == "lost", "competitor"]) == {"Birke", "Cedar"}
    assert ours.loc[ours["type"] == "renewal", "incumbent"].isna().all()
    assert set(ours.loc[ours["type"] == "new", "incumbent"].dropna()) == {"Birke", "Cedar"}


def test_stages_lead_from_opening_to_close(alder: SimulatedTeam) -> None:
    deals, stages = alder.team.opportunities.set_index("id"), alder.team.stages
    assert stages is not None
    first, last = (stages.groupby("id").nth(row).set_index("id") for row in (0, -1))
    assert (first["entered"] == deals.loc[first.index, "created"]).all()
    assert (last["stage"] == deals.loc[last.index, "stage"]).all()
    assert last["left"].isna().all()
    closed = deals.index[deals["outcome"] != "open"]
    assert (last.loc[closed, "entered"] == deals.loc[closed, "closed"]).all()


def test_upgrades_are_told_from_renewals() -> None:
    products = [
        {"name": "One", "vendor": "Alder"},
        {"name": "Two", "vendor": "Alder", "launch_week": 0, "price": 1.3},
        {"name": "Birke", "vendor": "Birke"},
        {"name": "Cedar", "vendor": "Cedar"},
    ]
    strategies = [{"name": "usual"}, {"name": "upgrade", "upgrade": True}]
    market = small_market(products=products, strategies=strategies)
    usual, upgrading = (simulate_team(market, strategy=name) for name in ("usual", "upgrade"))
    assert "upgrade" not in set(usual.team.opportunities["type"])
    deals, record = upgrading.team.opportunities, upgrading.books.run.engine.recorder.decisions
    upgrades = deals[deals["type"] == "upgrade"]
    assert {"won", "no_decision"} <= set(upgrades["outcome"])
    assert set(upgrades["product"]) == {"Two"}
    assert upgrades["created"].min() >= pd.Timestamp(START) - pd.Timedelta(weeks=10)
    won = upgrades.loc[upgrades["outcome"] == "won", "amount"].sum()
    assert won == pytest.approx(record.revenue[record.outcome == UPGRADE].sum(), rel=1e-4)
    kept = deals[
        (deals["type"] == "renewal") & (upgrading.books.deals["closed"] >= 104) & (deals["outcome"] == "won")
    ]
    assert len(kept) <= (record.outcome == RENEWAL).sum()


def test_the_truth_is_the_runs(alder: SimulatedTeam) -> None:
    truth, deals = alder.truth, alder.team.opportunities
    closed = deals.query("outcome != 'open'")
    assert truth["books"]["win_rate"]["all"] == (closed["outcome"] == "won").mean()
    assert truth["books"] == {**figures_of(alder.team), "opened_before_the_books": 0}
    assert truth["measures"]["deals_closed"] == (alder.books.deals["closed"] >= alder.books.start).sum()
    assert truth["scenario"]["market"]["buyers"] == 160
    assert truth["run"]["measured_from"] == "2023-01-02"
    assert truth["run"]["books_from"] == "2022-01-03"


def test_what_opened_before_the_books_is_counted() -> None:
    long = small_market(**{"segments.little.evaluation_sigma": 2.0, "clock.weeks": 26})
    found = simulate_team(long)
    record = pd.DataFrame(found.books.run.engine.recorder.deals._asdict()).query("vendor == 0")
    closed = int((record["opened"] < 52).sum())
    assert closed > 0
    assert found.truth["books"]["opened_before_the_books"] >= closed
    recent = (found.books.deals["closed"] >= 104).sum()
    assert recent == len(record) - closed


def test_the_same_run_gives_the_same_pipeline_and_another_doesnt(alder: SimulatedTeam) -> None:
    again = simulate_team(SCENARIO).team
    for name, table in alder.team.tables.items():
        pd.testing.assert_frame_equal(table, again.tables[name])
    other = simulate_team(SCENARIO, replication=1).team
    assert not other.opportunities["amount"].equals(again.opportunities["amount"])


@each(
    ("asked", "words"),
    [
        ({"vendor": "Alda"}, "vendor 'Alda': the scenario has none of that name; it has Alder, Birke"),
        ({"strategy": "none"}, "strategy 'none': the scenario has none of that name"),
        ({"start": datetime.date(2023, 1, 4)}, "start 2023-01-04: weeks begin on Mondays; take 2023-01-02"),
    ],
)
def test_what_cant_be_written_is_refused(asked: dict[str, object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        simulate_team(SCENARIO, **asked)  # type: ignore[arg-type]
    assert words in str(caught.value)


def test_no_two_have_a_name() -> None:
    from zerosum.crm.fictitious import make_companies, make_people

    assert len(set(make_people("a", range(1500)))) == 1500
    assert len(set(make_companies("a", range(5000)))) == 5000
    assert make_people("a", [3]) == [make_people("a", [3, 4])[0]]
    assert not all(name.isascii() for name in make_people("a", range(50)))
