"""A year as the page plays it is the engine's own year."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.workshop.settings import BOOST, PREPARATION, SHOTS, WORKSHOP, settings
from zerosum.market.metrics import Team, measure
from zerosum.market.run import Run, branches, chance_baseline, simulate, warm_up
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.attribution import CAUSES, explain
from zerosum.workshop.kept import Kept, side_depends_on, warm_up_depends_on
from zerosum.workshop.log import EITHER, RENEWED
from zerosum.workshop.room import furnish
from zerosum.workshop.state import State
from zerosum.workshop.year import year_of

ADOPTERS = ("focal", "competitors", "all")


def without_time(year: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in year.items() if key != "ms"}


def played(side: dict[str, Any]) -> list[int]:
    """Incumbents when all changes have happened; each must find the incumbent that it names."""
    incumbents = list(side["start"])
    weeks = [change[0] for change in side["changes"]]
    assert weeks == sorted(weeks)
    for _, buyer, before, after, *_ in side["changes"]:
        assert incumbents[buyer] == before
        incumbents[buyer] = after
    return incumbents


def vendors_at_end(run: Run) -> list[int]:
    holds = run.engine.market.buyers.holds
    return np.where(holds < 0, -1, run.engine.rules.products.vendor[holds]).tolist()


NOBODY_DROPS_OUT = parse_scenario(WORKSHOP, {"contracts.attrition": 0.0, "invitations.rule": "independent"})


@pytest.mark.parametrize("year", [0, 3])
@pytest.mark.parametrize("adopters", ADOPTERS)
@pytest.mark.parametrize("scenario", [WORKSHOP, NOBODY_DROPS_OUT], ids=["as it is", "nobody drops out"])
def test_it_is_the_engines_own_year(scenario: Scenario, adopters: str, year: int) -> None:
    """Two ways to the same numbers: the page's log, and a plain run of each strategy of the scenario itself."""
    found = year_of(scenario, settings(adopters=adopters, year=year))
    for side, strategy in zip(found["sides"], (SHOTS, PREPARATION), strict=True):
        run = simulate(scenario, strategy, adopters, year)  # type: ignore[arg-type]
        assert bool(len(run.engine.recorder.dropouts.week)) == (scenario is WORKSHOP)
        numbers = measure(run)
        assert played(side) == vendors_at_end(run)
        assert side["share"][-1] == pytest.approx(numbers["market_share"], abs=1e-6)
        assert side["share"][-1] - side["share"][0] == pytest.approx(numbers["share_gain"], abs=2e-6)
        assert side["money"][-1] == round(numbers["arr_net_new"])
        customers = run.engine.recorder.weekly[:, run.vendor, 0]
        assert side["share"][1:] == pytest.approx((customers / 500).tolist(), abs=1e-6)
        quota, credit = Team(run).quota, Team(run).credit
        for rep in side["reps"]:
            assert rep["money"][-1] == pytest.approx(credit[rep["rep"]], abs=1)
            assert rep["quota"] == round(quota[rep["rep"]])
        gained = side["counts"]["won"] - side["counts"]["lost"]
        assert gained == numbers["accounts_gained"]


def test_causes_are_those_that_deals_tells() -> None:
    years = 6
    changed = explain(WORKSHOP, PREPARATION, SHOTS, "focal", years).deals
    # Some were decided on one side only: a cause belongs to the side and week that it is about.
    assert (changed["week_baseline"].isna() | changed["week_strategy"].isna()).sum() > 3
    names = [cause.name for cause in CAUSES]
    first_week = WORKSHOP.clock.warmup_weeks
    traced = 0
    for year in range(years):
        here = changed[changed["replication"] == year]
        found = year_of(WORKSHOP, settings(year=year))
        for side, column in zip(found["sides"], ("week_baseline", "week_strategy"), strict=True):
            causes = {
                (week - first_week + 1, buyer): names.index(cause)
                for week, buyer, cause in zip(here[column], here["buyer"], here["cause"], strict=True)
            }
            for week, buyer, before, after, cause, _ in side["changes"]:
                usual = RENEWED if before == after else EITHER
                assert cause == causes.get((week, buyer), usual)
                traced += (week, buyer) in causes
    assert traced > 20


def test_head_to_head_is_one_market_with_two_teams() -> None:
    state = settings(adopters="head-to-head", year=1)
    found = year_of(WORKSHOP, state)
    (market,) = found["sides"]
    room = furnish(WORKSHOP, state)
    runs = list(branches(warm_up(room.scenario, 1), room.strategies, ["head-to-head"]))
    ids = [team["owner"] for team in market["teams"]]
    assert ids == [2, 3]
    at_end = vendors_at_end(runs[0])
    owner = runs[0].engine.market.buyers.owner[:, 0]
    expected = [v if v != 0 else ids[int(runs[1].team[rep])] for v, rep in zip(at_end, owner, strict=True)]
    assert played(market) == expected
    assert {cause for *_, cause, _ in market["changes"]} <= {-1, RENEWED}
    for team, run in zip(market["teams"], runs, strict=True):
        numbers = measure(run)
        assert team["share"][-1] == pytest.approx(numbers["market_share"], abs=1e-6)
        assert team["money"][-1] == round(numbers["arr_net_new"])
        assert [rep["rep"] for rep in team["reps"]] == np.flatnonzero(run.team).tolist()
    shares = [team["share"] for team in market["teams"]]
    gains = [share[-1] - share[0] for share in shares]
    assert found["verdict"]["leader"] == ("left" if gains[0] > gains[1] else "right")


def test_own_products_that_displace_own_products_are_told() -> None:
    scenario = load_scenario("own-worst-rival", {"market.buyers": 800})
    strategy = next(s.name for s in scenario.strategies if s.upgrade)
    found = year_of(scenario, settings(scenario.baseline_name, strategy))
    right = found["sides"][1]
    displaced = [change for change in right["changes"] if change[5]]
    assert len(displaced) == right["counts"]["cannibalised"] > 0
    ours = scenario.focal_index
    assert all(change[2] == change[3] for change in displaced)
    assert any(change[2] == ours for change in displaced)


OTHERS = (
    settings(),
    settings(a={BOOST: 0.2}),
    settings(b={"tools.listener.scans": 5.0}),
    settings("usual", SHOTS),
    settings(adopters="all"),
    settings(adopters="head-to-head"),
    settings(equal=True),
)


@pytest.mark.parametrize(
    "state",
    [
        settings(),
        settings(a={BOOST: 1.0}, year=5),
        settings(right=SHOTS, b={BOOST: 1.0}),
        settings(SHOTS, "usual"),
        settings(PREPARATION, SHOTS),
        settings(adopters="all"),
        settings(adopters="head-to-head"),
        settings(shared={"contracts.attrition": 0.5}, equal=True),
    ],
)
def test_what_is_kept_changes_nothing(state: State) -> None:
    kept = Kept()
    for other in OTHERS:
        year_of(WORKSHOP, other, kept)
    fresh = without_time(year_of(WORKSHOP, state))
    assert without_time(year_of(WORKSHOP, state, kept)) == fresh
    assert without_time(year_of(WORKSHOP, state, kept)) == fresh


def test_only_what_is_moved_is_simulated_anew() -> None:
    def of(state: State) -> list[dict[str, Any]]:
        room = furnish(WORKSHOP, state)
        return [
            warm_up_depends_on(room.scenario),
            *(side_depends_on(room.scenario, strategy) for strategy in room.strategies),
        ]

    def changed(state: State) -> list[bool]:
        return [one != before for one, before in zip(of(state), of(settings()), strict=True)]

    assert changed(settings(a={BOOST: 1.0})) == [False, True, False]
    assert changed(settings(b={"strategies.plan.preparation": 0.5})) == [False, False, True]
    assert changed(settings(left="usual")) == [True, True, True]  # one strategy fewer: rows move
    assert changed(settings(shared={"contracts.attrition": 0.5})) == [True, True, True]
    assert changed(settings(equal=True)) == [True, True, True]


def test_little_is_kept() -> None:
    kept = Kept()
    for year in range(20):
        year_of(WORKSHOP, settings(year=year), kept)
    assert len(kept.warm_ups) == len(kept.sides) == 16
    big = load_scenario("workshop", {"market.buyers": 60_000, "clock.warmup_weeks": 0, "clock.weeks": 1})
    year_of(big, settings(), kept)
    assert len(kept.warm_ups) == len(kept.sides) == 1


def test_equal_sides_are_level_and_nothing_has_a_cause() -> None:
    found = year_of(WORKSHOP, settings(right=SHOTS))
    left, right = found["sides"]
    assert left["changes"] == right["changes"]
    assert {cause for side in found["sides"] for *_, cause, _ in side["changes"]} <= {EITHER, RENEWED}
    assert found["verdict"]["leader"] == "none"


def test_equal_reps_are_the_engines_chance_baseline() -> None:
    found = year_of(WORKSHOP, settings(equal=True, year=1))
    run = simulate(chance_baseline(WORKSHOP), SHOTS, "focal", 1)
    assert played(found["sides"][0]) == vendors_at_end(run)


def test_neighbours_stand_in_one_territory() -> None:
    found = year_of(WORKSHOP, settings())
    owner = warm_up(WORKSHOP, 0).market.buyers.owner[:, 0]
    assert sorted(found["places"]) == list(range(500))
    in_order = owner[np.argsort(found["places"])]
    assert (np.diff(in_order) >= 0).all()


def test_money_is_due_week_by_week() -> None:
    pace = year_of(WORKSHOP, settings())["pace"]
    assert pace[0] == 0.0
    assert pace[-1] == 1.0
    assert len(pace) == 53
