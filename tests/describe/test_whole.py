"""A whole description: odd teams in words, figures that facts correspond to, segments of accounts, ramp."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.crm.markets import small_market
from tests.describe.teams import AS_OF, START, make_deals
from tests.each import each
from zerosum.crm.simulated import simulate_team
from zerosum.crm.tables import TeamData, make_table
from zerosum.errors import InputError
from zerosum.market.metrics import Team
from zerosum.report.describe import description_object
from zerosum.report.describe_words import list_answers
from zerosum.studies.describe import describe_team
from zerosum.studies.describe.alike import correlation_of
from zerosum.studies.describe.ramp import ramp_of
from zerosum.studies.facts import MEASURES

pytestmark = pytest.mark.uncompiled

NEVER = np.datetime64("NaT")


def odd_teams() -> dict[str, TeamData]:
    """Return teams at the edges of what an export can be, by name."""
    nothing: dict[str, Any] = {"account": None, "amount": None}
    closed = np.full(3, np.datetime64("2024-03-01"))
    return {
        "one rep": make_deals(1, 100, reps=1),
        "no losses": make_deals(
            2, 100, outcome=["won"] * 100, closed=np.full(100, np.datetime64("2025-01-01"))
        ),
        "no wins": make_deals(
            3, 100, outcome=["lost"] * 100, closed=np.full(100, np.datetime64("2025-01-01"))
        ),
        "three deals": make_deals(4, 3, outcome=["won", "lost", "open"], closed=[*closed[:2], NEVER]),
        "one deal": make_deals(5, 1, outcome=["won"], closed=closed[:1]),
        "no dates": make_deals(
            6, 60, created=[NEVER] * 60, closed=[NEVER] * 60, outcome=["won", "lost"] * 30
        ),
        "no reps": make_deals(7, 60, rep=[None] * 60),
        "bare": make_deals(8, 60, **nothing),
        "equal amounts": make_deals(9, 60, amount=[100.0] * 60),
        "one day": make_deals(
            10, 40, created=[START] * 40, closed=[START] * 40, outcome=["won", "lost"] * 20
        ),
        "no quota is over": make_deals(
            11,
            60,
            quotas=make_table(
                "quotas",
                {
                    "rep": ["rep-000"],
                    "period_start": ["2025-06-01"],
                    "period_end": ["2026-05-31"],
                    "quota": [1.0],
                },
            ),
        ),
    }


@each("name", list(odd_teams()))
def test_odd_teams_are_described_in_words(name: str) -> None:
    found = describe_team(odd_teams()[name])
    said = " ".join(f"{line.label} {line.words}" for line in list_answers(found))
    assert "nan" not in said.lower()
    assert "inf " not in said.lower()
    json.dumps(description_object(found), allow_nan=False)


@each(("team", "says"), [
    (make_deals(1, 0), "there are no deals"),
    (make_deals(1, 20, outcome=["open"] * 20, closed=[NEVER] * 20), "no deal is won or lost (20 open)"),
    (make_deals(1, 2, outcome=["disqualified"] * 2, closed=[START] * 2), "no deal is won or lost (2 disqualified)"),
], ids=lambda case: case[1])  # fmt: skip
def test_a_team_without_closed_deals_is_refused(team: TeamData, says: str) -> None:
    with pytest.raises(InputError) as error:
        describe_team(team)
    assert says in str(error.value)


def test_figures_agree_with_the_simulators_measures_by_the_same_names() -> None:
    # Both count the same run: the team's tables cover its measured weeks and a year before them.
    simulated = simulate_team(small_market(**{"market.buyers": 300, "clock.weeks": 104}))
    found, run = describe_team(simulated.team), Team(simulated.books.run)
    first = np.datetime64(simulated.truth["run"]["measured_from"])
    deals = simulated.team.opportunities
    measured = (deals["closed"] >= first) | (deals["outcome"] == "open")
    within = TeamData(
        deals[measured].reset_index(drop=True),
        simulated.team.currency,
        simulated.team.as_of,
    )
    exact = describe_team(within)
    for name in ("win_rate", "no_decision_rate", "own_client_share", "own_client_win_rate", "rep_icc"):
        one = exact.figure(name)
        assert one.fact == name
        measure = MEASURES[name]
        truth = measure.read(run)[0] if measure.read else simulated.truth["measures"][name]
        # The simulator counts a seat as a rep, whoever sits in it; the export has people.
        assert one.value == pytest.approx(float(truth), abs=0.03 if name == "rep_icc" else 1e-9), name
    assert {one.fact for one in found.figures} - {""} <= MEASURES.keys()


def test_the_correlation_is_that_of_an_analysis_of_variance() -> None:
    draws = np.random.default_rng(1)
    within, found = 0, []
    for _ in range(80):
        n = draws.integers(10, 60, 40)
        rate = draws.beta(6, 14, 40)  # rho = 1 / 21
        code = np.repeat(np.arange(40), n)
        one = correlation_of(
            pd.DataFrame({"rep_code": code, "won": draws.random(len(code)) < rate[code]}), "i", "i", ""
        )
        found.append(one.value)
        within += one.low <= 1 / 21 <= one.high
    assert np.mean(found) == pytest.approx(1 / 21, abs=3 * np.std(found) / np.sqrt(80))
    assert within / 80 >= 0.87


def test_segments_of_accounts_fill_gaps() -> None:
    team = make_deals(1, 200)
    names = team.opportunities["account"].unique()
    accounts = make_table("accounts", {"account": names, "segment": ["large"] * len(names)})
    found = describe_team(TeamData(team.opportunities, "USD", AS_OF, accounts=accounts))
    assert found.figure("win_rate[segment=large]").value == pytest.approx(found.figure("win_rate").value)


def test_reps_with_few_deals_can_be_left_out() -> None:
    rep = ["rep-a"] * 98 + ["rep-b", "rep-c"]
    closed = [np.datetime64("2024-05-02")] * 100
    team = make_deals(1, 100, rep=rep, outcome=["lost"] * 98 + ["won"] * 2, closed=closed)
    found = describe_team(team)
    assert found.few_deals == 2
    assert found.figure("win_rate_without_few_deals").value == 0.0


def test_reps_who_record_wins_only_are_seen() -> None:
    rep = ["rep-a"] * 80 + ["rep-b"] * 20
    outcome = ["won", "lost", "lost", "lost"] * 20 + ["won"] * 20
    flags = [()] * 80 + [("only_wins",)] * 20
    team = make_deals(
        1, 100, rep=rep, outcome=outcome, closed=[np.datetime64("2024-05-02")] * 100, flags=flags
    )
    found = describe_team(team)
    assert found.only_wins == ("rep-b",)
    assert found.figure("win_rate_without_only_wins").value == 0.25


def test_new_reps_are_held_against_those_who_were_there() -> None:
    # Long-serving reps win 4 a month; new ones 1 in their first three months, 2 in the next, then 4.
    rows, staff = [], []
    draws = np.random.default_rng(1)
    months = pd.period_range("2023-01", "2025-05", freq="M")
    for rep in range(40):
        start = None if rep < 20 else months[2 + rep % 8]
        staff.append(
            (f"rep-{rep}", pd.NaT if start is None else start.start_time + pd.Timedelta(days=4), pd.NaT)
        )
        for month in months:
            age = 99 if start is None else (month - start).n
            mean = 0 if age < 1 else 1 if age <= 3 else 2 if age <= 6 else 4
            rows += [(f"rep-{rep}", month.start_time, "won")] * draws.poisson(mean)
    deals = pd.DataFrame(rows, columns=["rep", "closed", "outcome"])
    reps = pd.DataFrame(staff, columns=["rep", "start", "end"]).astype(
        {"start": "datetime64[s]", "end": "datetime64[s]"}
    )
    found = ramp_of(deals, reps, pd.Timestamp("2025-06-30"))
    assert found is not None
    assert (found.new, found.long) == (20, 40)
    truth = dict(zip(("1-3", "4-6", "7-9", "10-12"), (0.25, 0.5, 1.0, 1.0), strict=True))
    for one in found.figures:
        right = truth[one.name.partition("=")[2].rstrip("]")]
        assert one.low - 0.05 <= right <= one.high + 0.05
        assert one.value == pytest.approx(right, abs=0.12)


def test_without_dates_of_start_there_is_no_ramp() -> None:
    team = make_deals(1, 100)
    assert ramp_of(team.opportunities, None, pd.Timestamp(AS_OF)) is None
    reps = make_table("reps", {"rep": ["rep-000", "rep-001"]})
    assert ramp_of(team.opportunities, reps, pd.Timestamp(AS_OF)) is None


def test_the_same_data_give_the_same_description() -> None:
    one, other = (json.dumps(description_object(describe_team(make_deals(3)))) for _ in range(2))
    assert one == other
    team = make_deals(3)
    order = np.random.default_rng(1).permutation(len(team.opportunities))
    shuffled = TeamData(team.opportunities.iloc[order].reset_index(drop=True), "USD", AS_OF)
    mixed = json.loads(json.dumps(description_object(describe_team(shuffled))))
    for left, right in zip(json.loads(one)["figures"], mixed["figures"], strict=True):
        assert left["name"] == right["name"]
        assert math.isclose(left["value"] or 0.0, right["value"] or 0.0, rel_tol=1e-9)
