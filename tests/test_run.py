"""Adopters, branches from one warm-up, the chance baseline, and what pairing is worth."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

from tests.side_by_side import digest
from zerosum.market.engine import Engine
from zerosum.market.metrics import measure
from zerosum.market.metrics.team import variation
from zerosum.market.run import Run, assignment, branches, chance_baseline, simulate, team_of_reps, warm_up
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.scenario.comparison import ADOPTERS
from zerosum.scenario.identity import canonical_json, scenario_hash
from zerosum.scenario.spec import Scenario

SMALL = Scenario.model_validate(
    {
        "clock": {"warmup_weeks": 52, "weeks": 60},
        "market": {"buyers": 200},
        "vendors": [
            {"name": "Alder", "reps": 5, "presales": 1},
            {"name": "Birch", "reps": 3, "presales": 1},
            {"name": "Cedar", "reps": 2, "presales": 1, "strategy": "habit"},
        ],
        "review": {"max_per_year": 2.0},
        "tools": [{"name": "notes", "saving": 0.6, "boost": 0.5, "innovation": 0.5}],
        "strategies": [
            {"name": "usual"},
            {"name": "habit", "social": ["marketing"]},
            {"name": "calls", "tools": ["notes"], "reinvest": {"prospecting": 1.0}, "extra_presales": 1},
            {"name": "same as usual"},
        ],
        "comparison": {
            "focal": "Birch",
            "strategies": ["calls", "usual", "same as usual"],
            "adopters": list(ADOPTERS),
        },
    }
)
ARMS = SMALL.compared_names
USUAL, HABIT, CALLS, SAME = range(4)
STATED = {"all": 2}


@pytest.fixture(scope="module")
def start() -> Engine:
    return warm_up(SMALL, 1)


def all_runs(start: Engine) -> dict[tuple[str, str], Run]:
    return {(run.adopters, run.strategy): run for run in branches(start, ARMS, ADOPTERS)}


# --- Who adopts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("adopters", "vendors", "reps"),
    [
        ("focal", [USUAL, CALLS, HABIT], [USUAL] * 5 + [CALLS] * 3 + [HABIT] * 2),
        ("competitors", [CALLS, USUAL, CALLS], [CALLS] * 5 + [USUAL] * 3 + [CALLS] * 2),
        ("all", [CALLS] * 3, [CALLS] * 10),
        # Rep i follows strategy (i + replication) mod 3; the vendor's own strategy stays. The replication is 1.
        ("head-to-head", [USUAL, USUAL, HABIT], [USUAL] * 5 + [CALLS, SAME, USUAL] + [HABIT] * 2),
    ],
)
def test_who_follows_which_strategy(
    start: Engine, adopters: Any, vendors: list[int], reps: list[int]
) -> None:
    assert ARMS == ("usual", "calls", "same as usual")
    assert assignment(SMALL, start, "calls", adopters) == (tuple(vendors), tuple(reps))
    run = next(branches(start, ["calls"], [adopters]))
    assert run.engine.market.vendors.strategy.tolist() == vendors
    assert run.engine.market.reps.strategy.tolist() == reps
    assert (run.vendor, run.weeks, run.adopters, run.strategy) == (1, 60, adopters, "calls")
    team = [5, 6, 7] if adopters != "head-to-head" else [5]
    assert np.flatnonzero(run.team).tolist() == team
    assert run.strategy_row == (USUAL if adopters == "competitors" else CALLS)
    owned = start.market.buyers.owner[:, 1][start.market.buyers.holds == 1]
    assert run.start_accounts == np.count_nonzero(np.isin(owned, team))


def test_teams_rotate_with_the_replication() -> None:
    scenario = parse_scenario(SMALL, {"clock.warmup_weeks": 0})
    seen = [team_of_reps(scenario, Engine(scenario, r)) for r in range(3)]
    assert [teams[5:8] for teams in seen] == [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
    assert all(teams[:5] == [-1] * 5 and teams[8:] == [-1] * 2 for teams in seen)


# --- Branches -------------------------------------------------------------------------------------------------


def test_strategies_leave_the_warm_up_as_it_was(start: Engine) -> None:
    before, week = digest(start), start.week
    all_runs(start)
    assert (digest(start), start.week) == (before, week)


def test_the_order_of_strategies_and_adopters_changes_no_bit(start: Engine) -> None:
    forth = all_runs(start)
    back = {(r.adopters, r.strategy): r for r in branches(start, ARMS[::-1], ADOPTERS[::-1])}
    assert forth.keys() == back.keys()
    for key, run in forth.items():
        assert digest(run.engine) == digest(back[key].engine)
        np.testing.assert_equal(measure(run), measure(back[key]))


@pytest.mark.parametrize("adopters", ADOPTERS)
def test_branches_are_separate_simulations(start: Engine, adopters: Any) -> None:
    for strategy in ARMS:
        alone = simulate(SMALL, strategy, adopters, 1)
        among = all_runs(start)[adopters, strategy]
        assert digest(alone.engine) == digest(among.engine)
        np.testing.assert_equal(measure(alone), measure(among))


def test_a_strategy_that_is_the_baseline_is_the_baseline(start: Engine) -> None:
    """Also to the bit what the warm-up would have gone on to, and what a strategy of another name does."""
    runs = all_runs(start)
    straight = start.branch()
    straight.run(60)
    straight.recorder.finish(straight.week, straight.market)
    assert digest(straight) == digest(runs["focal", "usual"].engine)
    # In `competitors` and `all` Cedar leaves its own strategy for the baseline's.
    assert digest(straight) != digest(runs["all", "usual"].engine)
    for adopters in ("focal", "competitors", "all"):
        np.testing.assert_equal(measure(runs[adopters, "usual"]), measure(runs[adopters, "same as usual"]))
        assert digest(runs[adopters, "usual"].engine) != digest(runs[adopters, "calls"].engine)


def test_two_assignments_alike_are_simulated_once(start: Engine) -> None:
    weeks = []
    runs = list(branches(start, ARMS, ADOPTERS, lambda done, all_weeks: weeks.append((done, all_weeks))))
    # With the baseline, `competitors` and `all` are one assignment (Cedar leaves its own); head-to-head is one for all.
    assert len({id(run.engine) for run in runs}) == 3 + 3 + 3 - 1 + 1
    assert weeks == [(60, 60)] * 9  # a small market's weeks are one call


def test_finished_markets_are_let_go() -> None:
    """A market is kept only while another move is the same run: memory doesn't grow with the number of moves."""
    rows = [{"name": f"s{i}", "push": True, "habit_change": 1.0 + i} for i in range(6)]
    given = {"clock.weeks": 3, "comparison.strategies": [], "comparison.adopters": ["focal"]}
    scenario = parse_scenario(SMALL, {"strategies": rows, **given})
    alive: list[weakref.ref[Engine]] = []
    most = 0
    for run in branches(warm_up(scenario, 0), scenario.compared_names, ["focal"]):
        alive.append(weakref.ref(run.engine))
        del run
        gc.collect()
        most = max(most, sum(ref() is not None for ref in alive))
    assert len(alive) == 10
    assert most <= 2


def test_a_market_that_was_measured_is_freed_at_once() -> None:
    """Without a garbage collection, for which big markets would wait: a comparison took three times as much memory."""
    run = simulate(parse_scenario(SMALL, {"clock.weeks": 3}))
    engine = weakref.ref(run.engine)
    gc.collect()
    gc.disable()
    try:
        assert measure(run)["cost"] > 0
        del run
        assert engine() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("strategy", "adopters", "given"),
    [
        ("calls", "head-to-head", {"vendors": [{"name": "Birch", "reps": 2}]}),
        ("calls", "head-to-head", {"comparison.strategies": ["usual"]}),
        ("calls", "nowhere", {}),
        ("cals", "focal", {}),
        ("calls", "competitors", {"vendors": [{"name": "Birch"}]}),
    ],
)
def test_a_strategy_or_adopters_that_cannot_be_are_refused(
    strategy: str, adopters: Any, given: dict[str, Any]
) -> None:
    """The scenario's own are checked when it is loaded; these are given to the function."""
    values = parse_scenario(SMALL, {"comparison.adopters": ["focal"], "clock.warmup_weeks": 0}).model_dump()
    if adopters == "competitors":
        values |= {"vendors": [values["vendors"][1]], "products": []}
        scenario = Scenario.model_validate(values)
    else:
        scenario = parse_scenario(Scenario.model_validate(values), given)
    with pytest.raises(ValueError, match=r"head-to-head|there is no|at least two"):
        simulate(scenario, strategy, adopters)


def test_defaults_of_a_simulation() -> None:
    scenario = parse_scenario(SMALL, {"clock.weeks": 5, "comparison.adopters": ["all", "focal"]})
    weeks: list[tuple[int, int]] = []
    run = simulate(scenario, on_week=lambda *week: weeks.append(week))
    assert (run.strategy, run.adopters, run.replication) == ("usual", "all", 0)
    assert weeks == [(52, 52), (5, 5)]
    assert run.engine.week == 57
    assert run.engine.recorder.weekly.shape[0] == 5


def test_no_warm_up_is_a_warm_up() -> None:
    run = simulate(parse_scenario(SMALL, {"clock.warmup_weeks": 0}), "calls", "all")
    assert run.engine.week == 60
    assert [(y.week, y.weeks) for y in run.engine.recorder.rep_years] == [(0, 52), (52, 8)]


# --- The chance baseline --------------------------------------------------------------------------------------------


BY_SEGMENT = {
    "vendors.Birch.territory": "balanced",
    "vendors.Cedar.territory": "segment",
    "vendors.Cedar.reps_by_segment": STATED,
}


def test_the_chance_baseline_differs_in_skills_alone() -> None:
    """It dealt out territories by segment anew, and so compared two markets."""
    scenario = parse_scenario(SMALL, BY_SEGMENT)
    null = chance_baseline(scenario)
    assert (scenario.reps.skill_sd, null.reps.skill_sd) == (pytest.approx(1.0), 0.0)
    given, made = scenario.model_dump(), null.model_dump()
    given["reps"]["skill_sd"] = made["reps"]["skill_sd"]
    assert given == made
    one, two = Engine(scenario, 2), Engine(null, 2)
    assert not np.any(two.market.reps.skill)
    assert np.any(one.market.reps.skill)
    for name in one.market.buyers._fields:
        assert np.array_equal(getattr(one.market.buyers, name), getattr(two.market.buyers, name)), name
    two.run(3 * 52)
    assert not np.any(two.market.reps.skill), "a successor brought a skill"
    assert np.any(two.market.reps.hired >= 0)


def test_the_chance_baseline_balances_territories_if_asked_to() -> None:
    asked = {"comparison.chance_baseline": "equal-reps-and-territories"}
    scenario = parse_scenario(SMALL, BY_SEGMENT | asked)
    null = chance_baseline(scenario)
    assert [v.territory for v in null.vendors] == ["balanced"] * len(scenario.vendors)
    parse_scenario(null)  # what was stated of segments is gone, too
    given, made = scenario.model_dump(), null.model_dump()
    given["reps"]["skill_sd"] = made["reps"]["skill_sd"]
    for vendor, other in zip(given["vendors"], made["vendors"], strict=True):
        vendor |= {name: other[name] for name in ("territory", "reps_by_segment")}
    assert given == made
    of_alder = slice(5)  # at random
    potential = Engine(null, 2).market.reps.territory_value[of_alder]
    uneven = Engine(scenario, 2).market.reps.territory_value[of_alder]
    assert variation(potential) < variation(uneven) / 2


def test_only_where_the_chance_baseline_changed_the_hash_did() -> None:
    random, by_segment = parse_scenario(SMALL), parse_scenario(SMALL, BY_SEGMENT)
    asked = {"comparison.chance_baseline": "equal-reps-and-territories"}
    assert "chance_baseline" not in canonical_json(random)
    assert "chance_baseline" in canonical_json(by_segment)
    for market in (random, by_segment):
        assert scenario_hash(parse_scenario(market, asked)) != scenario_hash(market)


# --- What pairing is worth ------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["shots", "social-and-preparation"])
def test_common_random_numbers_makes_differences_quieter(strategy: str) -> None:
    """Variance of the difference of two independent means over that of a paired one, in a small kickoff."""
    scenario = parse_scenario(
        load_scenario("kickoff"),
        {
            "market.buyers": 600,
            "vendors": [{"name": v.name, "reps": 4, "presales": 1} for v in load_scenario("kickoff").vendors],
            "clock.warmup_weeks": 52,
            "clock.weeks": 52,
            "comparison.strategies": [strategy],
        },
    )
    names = ("win_rate", "accounts_gained", "won_revenue_per_rep", "revenue", "deals_closed")
    table = []
    for replication in range(60):
        runs = branches(warm_up(scenario, replication), scenario.compared_names, ["focal"])
        table.append([[measure(run)[name] for name in names] for run in runs])
    numbers = np.array(table)
    paired = np.var(numbers[:, 1] - numbers[:, 0], axis=0, ddof=1)
    independent = np.var(numbers[:, 1], axis=0, ddof=1) + np.var(numbers[:, 0], axis=0, ddof=1)
    factors = dict(zip(names, np.round(independent / paired, 2), strict=True))

    assert min(factors.values()) > 2, factors
