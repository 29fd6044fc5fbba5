"""The Mesa shell, against Mesa's own functions: the same market as the engine's, and nothing else."""

import copy
import gc
import importlib.util
import inspect
import math
import pickle
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest

from tests.each import each
from zerosum.market.engine import Engine
from zerosum.market.metrics import measure
from zerosum.market.records import WEEKLY
from zerosum.market.run import assignment, simulate
from zerosum.market.state import NONE, Market
from zerosum.market.tables import deals_table
from zerosum.mesa.agents import Buyer, Rep, Vendor
from zerosum.mesa.model import MODEL_REPORTERS, MarketModel
from zerosum.scenario import Scenario, ScenarioError, load_scenario, parse_scenario

SMALL: dict[str, Any] = {"market.buyers": 200, "clock.weeks": 8}
"""The workshop's market, made smaller: overrides."""

HAS_BATCH_RUN = hasattr(mesa, "batch_run")
needs_batch_run = pytest.mark.skipif(not HAS_BATCH_RUN, reason="Mesa 4 has no batch_run")
MESA_3_3 = mesa.__version__.startswith("3.3.")


def small(strategy: str | None = "social-and-preparation", **arguments: Any) -> MarketModel:
    return MarketModel("workshop", strategy=strategy, set={**SMALL, **arguments.pop("set", {})}, **arguments)


def columns(market: Market) -> Iterator[tuple[str, np.ndarray]]:
    for table in market:
        for name, column in table._asdict().items():
            yield f"{type(table).__name__}.{name}", column


def assert_same(engine: Engine, other: Engine) -> None:
    """Assert that state and record are equal, bit by bit."""
    assert engine.week == other.week
    assert engine.key == other.key
    for (name, got), (_, expected) in zip(columns(engine.market), columns(other.market), strict=True):
        np.testing.assert_array_equal(got, expected, err_msg=name)
    for table in ("deals", "decisions"):
        got, expected = getattr(engine.recorder, table), getattr(other.recorder, table)
        for name in got._fields:
            np.testing.assert_array_equal(
                getattr(got, name), getattr(expected, name), err_msg=f"{table}.{name}"
            )
    weeks = min(len(engine.recorder.weekly), len(other.recorder.weekly))
    np.testing.assert_array_equal(engine.recorder.weekly[:weeks], other.recorder.weekly[:weeks])


def differs(engine: Engine, other: Engine) -> bool:
    return any(
        not np.array_equal(a, b)
        for (_, a), (_, b) in zip(columns(engine.market), columns(other.market), strict=True)
    )


@pytest.fixture(scope="module")
def finished() -> MarketModel:
    """A model at the end of its measured weeks; tests only read it."""
    keys = {"market.saturation": 0.5, "clock.warmup_weeks": 52, "clock.weeks": 52}
    market = load_scenario("workshop", keys)  # some buyers are nobody's at the end
    return run(MarketModel(market, strategy="social-and-preparation", collect="reps"))


def run(model: MarketModel) -> MarketModel:
    while model.running:
        model.step()
    return model


# --- The same market ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategy", "adopters", "replication"),
    [
        (None, None, 0),
        ("shots", "focal", 3),
        ("shots", "competitors", 0),
        ("social-and-preparation", "all", 1),
        ("usual", "head-to-head", 0),
        ("shots", "head-to-head", 2),
    ],
)
def test_a_model_is_the_engine_bit_by_bit(strategy: str | None, adopters: Any, replication: int) -> None:
    scenario = load_scenario("workshop", SMALL)
    model = run(MarketModel(scenario, strategy=strategy, adopters=adopters, replication=replication))

    plain = Engine(scenario, replication)
    plain.run(scenario.clock.warmup_weeks)
    plain = plain.branch()
    plain.assign(*assignment(scenario, plain, strategy or "usual", adopters or "focal"))
    plain.run(scenario.clock.weeks)

    assert_same(model.engine, plain)


@pytest.mark.parametrize(
    ("strategy", "adopters"),
    [(None, None), ("shots", "competitors"), ("social-and-preparation", "head-to-head")],
)
def test_its_numbers_are_those_of_a_run(strategy: str | None, adopters: Any) -> None:
    scenario = load_scenario("workshop")
    model = run(MarketModel(scenario, strategy=strategy, adopters=adopters, replication=1))
    expected = simulate(scenario, strategy, adopters, 1)
    assert (model.strategy, model.adopters, model.replication) == (expected.strategy, expected.adopters, 1)
    numbers = measure(expected)
    assert model.metrics() == pytest.approx(numbers, rel=0, abs=0, nan_ok=True)
    for name in ("win_rate", "attainment_median", "market_share"):
        assert getattr(model, name) == numbers[name]
    pd.testing.assert_frame_equal(
        pd.DataFrame(deals_table(model.so_far())), pd.DataFrame(deals_table(expected))
    )


def test_looking_changes_nothing() -> None:
    watched, alone = small(collect="reps"), small(collect=False)
    for _ in range(8):
        watched.step()
        watched.metrics()
        [repr(a) for a in (*watched.reps, *watched.vendors)]
        for row in range(0, 200, 7):
            view = watched.buyer(row)
            for name in dir(Buyer):
                getattr(view, name)
        for rep in watched.reps:
            for name in dir(Rep):
                getattr(rep, name)
        alone.step()
    assert_same(watched.engine, alone.engine)


def test_the_engine_draws_nothing_from_mesas_generators() -> None:
    model = small()
    before = model.random.getstate(), model.rng.bit_generator.state
    run(model)
    assert (model.random.getstate(), model.rng.bit_generator.state) == before


def test_shuffling_agents_changes_nothing() -> None:
    shuffled, plain = small(), small()
    for _ in range(4):
        shuffled.agents.shuffle(inplace=True)
        shuffled.agents.shuffle_do("step")
        shuffled.rng.random(5)
        shuffled.step()
        plain.step()
    assert_same(shuffled.engine, plain.engine)


def test_two_models_in_one_process_do_not_mix() -> None:
    arguments: list[dict[str, Any]] = [
        {"strategy": "usual"},
        {"strategy": "shots", "rng": 5},
        {"strategy": "shots", "replication": 1},
        {"strategy": "usual", "set": {"vendors.Alder.reps": 3, "market.buyers": 150}},
    ]
    separate = [run(small(**a)) for a in arguments]
    together = [small(**a) for a in arguments]
    for _ in range(8):
        for model in together:
            model.step()
    for one, other in zip(separate, together, strict=True):
        assert_same(one.engine, other.engine)
        assert one.agents.get("revenue_year") == other.agents.get("revenue_year")
        assert one.agents.get("revenue_year") == one.engine.market.reps.revenue_year.tolist()


def test_a_forgotten_model_is_freed() -> None:
    model = run(small(collect="reps"))
    market, buyer = weakref.ref(model.engine), weakref.ref(model)
    del model
    gc.collect()
    assert market() is None
    assert buyer() is None


# --- Time ---------------------------------------------------------------------------------------------------


def test_a_model_is_made_at_the_start_of_the_measured_weeks() -> None:
    model = small()
    assert (model.week, model.measured_weeks, model.running) == (model.spec.clock.warmup_weeks, 0, True)
    assert len(model.recorder.deals.week) == 0
    assert math.isnan(model.win_rate)
    assert math.isnan(model.attainment_median)
    assert 0 < model.market_share < 1
    assert all(math.isnan(value) for value in model.metrics().values())


def test_running_ends_with_the_last_measured_week() -> None:
    model = small()
    for week in range(1, 9):
        assert model.running
        model.step()
        assert (model.week, model.measured_weeks) == (model.spec.clock.warmup_weeks + week, week)
    assert not model.running
    assert not hasattr(model, "steps") or model.steps == 8


def test_whoever_steps_on_simulates_on() -> None:
    model, longer = small(), small(set={"clock.weeks": 60})
    for _ in range(60):
        model.step()
        longer.step()
    assert not model.running
    assert_same(model.engine, longer.engine)
    assert model.metrics() == pytest.approx(longer.metrics(), rel=0, abs=0, nan_ok=True)


def test_a_model_stopped_by_hand_stays_stopped() -> None:
    model = small()
    model.running = False
    model.step()
    assert not model.running


def test_a_model_without_warm_up() -> None:
    model = small(set={"clock.warmup_weeks": 0})
    assert (model.week, model.measured_weeks) == (0, 0)
    assert math.isnan(model.rep(0).attainment)
    assert math.isfinite(next(model.buyer(b) for b in range(200) if model.buyer(b).vendor).satisfaction)
    model.step()
    assert (model.week, model.measured_weeks) == (1, 1)


# --- Seeds and overrides ------------------------------------------------------------------------------------


def test_zero_is_a_seed() -> None:
    zero, own, given = small(rng=0), small(), small(rng=2013)
    assert zero.spec.comparison.seed == 0
    assert own.spec.comparison.seed == 2013
    assert differs(zero.engine, own.engine)
    assert_same(own.engine, given.engine)
    assert_same(zero.engine, engine_at_start("workshop", seed=0))


def engine_at_start(name: str, seed: int) -> Engine:
    scenario = load_scenario(name, {**SMALL, "comparison.seed": seed})
    engine = Engine(scenario)
    engine.run(scenario.clock.warmup_weeks)
    engine = engine.branch()
    engine.assign(*assignment(scenario, engine, "social-and-preparation", "focal"))
    return engine


def test_numbers_of_numpys_will_do() -> None:
    model = MarketModel(
        "workshop",
        replication=np.int64(2),
        rng=np.int64(4),
        market__buyers=np.int64(200),
        market__saturation=np.float64(0.5),
    )
    same = MarketModel("workshop", replication=2, rng=4, market__buyers=200, market__saturation=0.5)
    assert_same(model.engine, same.engine)


def test_mesas_generators_follow_seed_and_replication() -> None:
    drawn = [
        (m.random.random(), m.rng.random()) for m in (small(), small(), small(replication=1), small(rng=7))
    ]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 3


def test_overrides() -> None:
    expected = load_scenario("workshop", ["market.saturation=0.4", "vendors.Alder.reps=3"])
    by_table = MarketModel("workshop", set={"market.saturation": 0.4, "vendors.Alder.reps": 3})
    by_keyword = MarketModel("workshop", market__saturation=0.4, vendors__Alder__reps=3)
    by_scenario = MarketModel(load_scenario("workshop", {"market.saturation": 0.4}), vendors__Alder__reps=3)
    assert by_table.spec == by_keyword.spec == by_scenario.spec == expected
    assert len(by_table.agents) == 3 + 4


def test_scenarios_by_path_and_as_objects(tmp_path: Path) -> None:
    file = tmp_path / "tiny.toml"
    file.write_text('extends = "workshop"\n[market]\nbuyers = 100\n')
    assert MarketModel(file).spec.market.buyers == 100
    assert MarketModel(str(file)).spec.name == "tiny"
    scenario = parse_scenario("[market]\nbuyers = 100\n[clock]\nwarmup_weeks = 0")
    assert MarketModel(scenario).spec is scenario


@each(
    ("arguments", "error", "message"),
    [
        ({"scenario": "workshp"}, ScenarioError, "workshop"),
        ({"scenario": 3}, TypeError, "Scenario"),
        ({"market__saturaton": 0.4}, ScenarioError, "saturation"),
        ({"market__saturation": 1.4}, ScenarioError, "1.4"),
        ({"set": {"market.saturation": "much"}}, ScenarioError, "much"),
        ({"set": "market.saturation"}, TypeError, "list of tables"),
        ({"seed": 3}, TypeError, "rng="),
        ({"rng": -1}, ScenarioError, "-1"),
        ({"rng": 0.5}, TypeError, "whole number"),
        ({"rng": True}, TypeError, "whole number"),
        ({"rng": np.random.default_rng(1)}, TypeError, "whole number"),
        ({"replication": 1.0}, TypeError, "whole number"),
        ({"replication": -1}, ValueError, "-1"),
        ({"strategy": "shot"}, ValueError, "usual, shots, social-and-preparation"),
        ({"adopters": "nobody"}, ValueError, "focal, competitors, all, head-to-head"),
        ({"collect": "agents"}, ValueError, "'reps'"),
    ],
)
def test_faults_are_told_at_the_door(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        MarketModel(**arguments)


def test_teams_are_strategies() -> None:
    tables = {"comparison.strategies": ["usual", "shots"]}
    MarketModel("workshop", strategy="social-and-preparation", set=tables)
    with pytest.raises(ValueError, match="there are: usual, shots"):
        MarketModel("workshop", strategy="social-and-preparation", adopters="head-to-head", set=tables)


# --- Agents -------------------------------------------------------------------------------------------------


def test_agents_are_the_reps(finished: MarketModel) -> None:
    reps = finished.agents_by_type[Rep]
    assert len(finished.agents) == len(reps) == len(finished.reps) == 8
    assert list(finished.agents) == list(finished.reps)
    assert [rep.row for rep in finished.agents] == list(range(8))
    assert finished.agents.get("unique_id") == list(range(1, 9))
    assert finished.rep(np.int64(3)) is finished.reps[3]
    assert all(isinstance(agent, mesa.Agent) for agent in finished.agents)


def test_agent_sets_read_the_columns(finished: MarketModel) -> None:
    market = finished.engine.market
    agents = finished.agents_by_type[Rep]
    assert agents.get("quota") == market.reps.quota.tolist()
    assert agents.get(["skill", "trust"]) == np.stack([market.reps.skill, market.reps.trust], axis=1).tolist()
    assert agents.agg("revenue_year", sum) == sum(market.reps.revenue_year.tolist())
    assert agents.agg("revenue_total", [min, max]) == [
        min(market.reps.revenue_total),
        max(market.reps.revenue_total),
    ]
    alder = agents.select(lambda rep: rep.vendor == "Alder")
    assert len(alder) == 4
    assert alder.get("strategy") == ["social-and-preparation"] * 4
    groups = agents.groupby("vendor")
    assert groups.count() == {"Alder": 4, "Brightwell": 4}
    best = agents.sort("revenue_year").get("row")
    assert market.reps.revenue_year[best[0]] == market.reps.revenue_year.max()


def test_a_rep_reads_its_row(finished: MarketModel) -> None:
    engine, scenario = finished.engine, finished.spec
    deals, slots = engine.recorder.deals, scenario.reps.max_open_opportunities
    assert sum(len(rep.prospects) for rep in finished.reps) > 0
    for row, rep in enumerate(finished.reps):
        mine = engine.market.opportunities.buyer[row * slots : (row + 1) * slots]
        assert sorted(b.row for b in rep.prospects) == sorted(mine[mine >= 0].tolist())
        assert rep.open_opportunities == len(rep.prospects)
        assert all(rep.prospects[i].in_market for i in range(len(rep.prospects)))
        assert sum(rep.hours.values()) == pytest.approx(scenario.reps.hours_per_week)
        assert sum(rep.habits.values()) == pytest.approx(1)
        assert rep.attempts == engine.recorder.rep_attempts[row]
        won = int(np.count_nonzero((deals.rep == row) & (deals.outcome == 1)))
        assert rep.win_rate == won / np.count_nonzero(deals.rep == row)
        assert all(finished.buyer(b).reps[rep.vendor] is rep for b in rep.territory[:5])
        assert rep.territory_value == pytest.approx(sum(finished.buyer(b).value for b in rep.territory))
        assert set(rep.tool_use) == set(rep.tool_status) == {"dialler", "assistant", "listener"}
        assert rep.tool_use["dialler"] == 0
        assert rep.hired is None or rep.hired % 52 == 0
    # The measured weeks are one year: its attainment is the run's.
    assert np.median([rep.attainment for rep in finished.focal.reps]) == pytest.approx(
        finished.attainment_median
    )
    assert {status for rep in finished.focal.reps for status in rep.tool_status.values()} > {"idle"}


def test_a_territory_cannot_be_written(finished: MarketModel) -> None:
    with pytest.raises(ValueError, match="read-only"):
        finished.rep(0).territory[0] = 1


def test_a_buyer_reads_its_row(finished: MarketModel) -> None:
    engine, scenario = finished.engine, finished.spec
    buyers, week = engine.market.buyers, finished.week - 1
    names = [vendor.name for vendor in scenario.vendors]
    seen = {"served": 0, "unserved": 0, "in the market": 0, "just looked": 0}
    for row in range(scenario.market.buyers):
        buyer = finished.buyer(row)
        assert buyer.value == buyers.value[row]
        assert buyer.segment == scenario.segments[buyers.segment[row]].name
        assert (
            buyer.in_market == (buyers.evaluation_end[row] != NONE) == (buyer.evaluation_reason is not None)
        )
        seen["in the market"] += buyer.in_market
        if buyer.in_market:
            assert buyer.evaluation_start is not None
            assert buyer.evaluation_start <= week < buyers.evaluation_end[row] == buyer.evaluation_end
        assert list(buyer.reps) == names
        assert (buyer.vendor is None) == (buyer.product is None) == math.isnan(buyer.satisfaction)
        if buyer.vendor is None:
            seen["unserved"] += 1
            assert buyer.contract_end is None
        else:
            seen["served"] += 1
            assert buyer.vendor in names
            if buyers.stock_week[row] == week:
                seen["just looked"] += 1
                assert buyer.satisfaction == pytest.approx(buyer.opinion, abs=1e-12)
    assert min(seen.values()) > 0
    assert seen["served"] == sum(vendor.customers for vendor in finished.vendors)
    one = finished.buyer(0)
    assert one.neighbours
    assert all(one in other.neighbours for other in one.neighbours)
    assert one == finished.buyer(0) != finished.buyer(1)
    assert one not in MarketModel(scenario, collect=False).buyer(0).neighbours
    assert len({one, finished.buyer(0)}) == 1


def test_vendors(finished: MarketModel) -> None:
    alder, brightwell = finished.vendors
    assert finished.vendor("Brightwell") is brightwell
    assert finished.focal is alder
    assert [rep.row for rep in brightwell.reps] == list(range(4, 8))
    assert (alder.strategy, brightwell.strategy) == ("social-and-preparation", "usual")
    assert alder.market_share == finished.market_share
    assert alder.engineers == 1
    assert alder.take_up["marketing"] > 0 == brightwell.take_up["marketing"]
    with pytest.raises(ValueError, match="Alder, Brightwell"):
        finished.vendor("Birch")


@pytest.mark.parametrize("row", [-1, 500, 10**9])
def test_rows_that_are_not_there(finished: MarketModel, row: int) -> None:
    for find in (finished.buyer, finished.rep):
        with pytest.raises(IndexError, match=f"there is no (buyer|rep) {row}"):
            find(row)


def test_views_write_through() -> None:
    model, other = small(), small()
    model.agents.set("quota", 1000.0)
    assert model.engine.market.reps.quota.tolist() == [1000.0] * 8
    rep, buyer = model.rep(2), model.buyer(7)
    rep.skill, rep.trust, buyer.opinion = 1.5, 0.5, -2
    rep.habits = {"selling": 1.0, "prospecting": 0.0, "preparation": 0.0, "social": 0.0}
    buyer.level += 1.0
    market = model.engine.market
    assert (market.reps.skill[2], market.reps.trust[2], market.buyers.opinion[7]) == (1.5, 0.5, -2.0)
    assert market.reps.habits[2].tolist() == [0.0, 0.0, 1.0, 0.0]
    assert market.buyers.level[7] == other.engine.market.buyers.level[7] + 1.0
    untouched, fresh = other.engine, small().engine
    assert_same(untouched, fresh)
    model.step()
    assert rep.hours["selling"] > 10 * rep.hours["prospecting"]


def test_strategies_can_be_changed_on_the_way() -> None:
    model = small(strategy="usual")
    scenario = model.spec
    twin = engine_at_start("workshop", seed=2013)
    twin.assign(*assignment(scenario, twin, "usual", "focal"))
    twin.market.vendors.social_since[:] = model.engine.market.vendors.social_since
    model.vendor("Alder").strategy = "shots"
    model.rep(1).strategy = "social-and-preparation"
    twin.assign([1, 0], [1, 2, 1, 1, 0, 0, 0, 0])
    assert model.agents.get("strategy")[:3] == ["shots", "social-and-preparation", "shots"]
    assert model.vendor("Alder").strategy == "shots"
    for _ in range(8):
        model.step()
        twin.step()
    assert_same(model.engine, twin)
    with pytest.raises(ValueError, match="there is no strategy 'shot'; there are: usual, shots, "):
        model.rep(1).strategy = "shot"


@each(
    ("name", "value", "error"),
    [
        ("revenue_year", 5.0, AttributeError),
        ("hired", 3, AttributeError),
        ("vendor", "Alder", AttributeError),
        ("win_rate", 1.0, AttributeError),
        ("hours", {"selling": 40.0}, AttributeError),
        ("remove", None, AttributeError),
        ("row", 3, AttributeError),
        ("unique_id", 3, AttributeError),
        ("model", None, AttributeError),
        ("quota", "1000", TypeError),
        ("quota", True, TypeError),
        ("quota", None, TypeError),
        ("strategy", 1, ValueError),
        ("habits", [0.25] * 4, TypeError),
        ("habits", {"selling": "1", "prospecting": 0.0, "preparation": 0.0, "social": 0.0}, TypeError),
        ("trust", 1.5, ValueError),
        ("quota", -1.0, ValueError),
        ("skill", math.nan, ValueError),
        ("skill", math.inf, ValueError),
        ("habits", {"selling": 1.0}, ValueError),
        ("habits", {"selling": 2.0, "prospecting": -1.0, "preparation": 0.0, "social": 0.0}, ValueError),
        ("habits", {"selling": math.nan, "prospecting": 0.0, "preparation": 0.0, "social": 0.0}, ValueError),
    ],
)
def test_what_cannot_be_written(finished: MarketModel, name: str, value: Any, error: type[Exception]) -> None:
    before = finished.engine.branch()
    with pytest.raises(error):
        setattr(finished.rep(0), name, value)
    assert not differs(finished.engine, before)


CAN: dict[type, tuple[str, ...]] = {
    Rep: ("habits", "quota", "skill", "strategy", "trust"),
    Buyer: ("level", "norm", "opinion"),
    Vendor: ("strategy",),
}
"""What can be assigned."""


@each(
    ("kind", "name", "meant"),
    [
        (Rep, "plan", ""),
        (Rep, "attention", ""),
        (Rep, "my_flag", ""),
        (Rep, "qouta", "did you mean 'quota'? "),
        (Buyer, "goodwill", ""),
        (Buyer, "opnion", "did you mean 'opinion'? "),
        (Vendor, "price", ""),
        (Vendor, "stratgy", "did you mean 'strategy'? "),
    ],
)
def test_an_attribute_that_there_is_not_is_refused(
    finished: MarketModel, kind: type, name: str, meant: str
) -> None:
    view = {Rep: finished.rep(0), Buyer: finished.buyer(0), Vendor: finished.vendors[0]}[kind]
    before = finished.engine.branch()
    with pytest.raises(AttributeError) as error:
        setattr(view, name, 0.1)
    word, names = kind.__name__, ", ".join(CAN[kind])
    assert str(error.value) == (
        f"{word}.{name}: {meant}there is no such attribute, so nothing in the market would change; of a {word.lower()} "
        f"can be assigned: {names}. What is your own goes elsewhere, such as a dictionary by {word.lower()}.row"
    )
    assert not hasattr(view, name)
    assert not differs(finished.engine, before)


def test_all_that_can_be_assigned_changes_the_market_and_all_else_is_refused() -> None:
    model = small()
    values: dict[str, Any] = {
        "habits": {"selling": 0.4, "prospecting": 0.3, "preparation": 0.2, "social": 0.1},
        "strategy": "usual",
        "trust": 0.75,
    }
    for view in (model.rep(0), model.buyer(0), model.vendors[0]):
        kind = type(view)
        for name in sorted(name for name in dir(view) if not name.startswith("_")):
            before = model.engine.branch()
            if name in CAN[kind]:
                setattr(view, name, values.get(name, 1.25))
                assert getattr(view, name) == values.get(name, 1.25)
                assert differs(model.engine, before), f"{kind.__name__}.{name}"
            elif name != "pos":  # Mesa's: where an agent is, in a space that isn't the market's
                with pytest.raises(AttributeError, match=f"{kind.__name__}.{name} is read-only"):
                    setattr(view, name, getattr(view, name))


def test_agent_sets_refuse_what_views_refuse() -> None:
    model = small()
    before = model.engine.branch()
    for name in ("attention", "win_rate", "revenue_year"):
        with pytest.raises(AttributeError, match=rf"Rep\.{name}"):
            model.agents.set(name, 1.0)
    with pytest.raises(ValueError, match=r"Rep\.trust = 2\.0: it must be a number from 0 to 1"):
        model.agents.set("trust", 2.0)
    assert not differs(model.engine, before)


def test_what_is_read_as_a_table_or_list_cannot_be_changed(finished: MarketModel) -> None:
    rep, buyer, vendor = finished.rep(0), finished.buyer(0), finished.vendors[0]
    for table in (rep.hours, rep.habits, rep.tool_use, rep.tool_status, buyer.reps, vendor.take_up):
        read, name = dict(table), next(iter(table))
        for change in ("__setitem__", "__delitem__", "update", "setdefault", "pop", "popitem", "clear"):
            with pytest.raises(TypeError, match="changing one here changes nothing there; assign the whole"):
                getattr(table, change)(*((name, 1.0) if change in ("__setitem__", "setdefault") else ()))
        assert table == read
    assert pickle.loads(pickle.dumps(rep.hours)) == copy.deepcopy(rep.hours) == rep.hours
    for many in (rep.prospects, buyer.neighbours, vendor.reps):
        assert isinstance(many, tuple)


@each(
    ("name", "said"),
    [
        (
            "strategy",
            "is an argument: it is decided when a model is made, so make another one (strategy=...)",
        ),
        ("scenario", "is an argument"),
        ("replication", "is an argument"),
        ("market__saturation", "so make another one (market__saturation=...)"),
        ("week", "is read-only"),
        ("win_rate", "is read-only"),
        ("reps", "is read-only"),
        ("engine", "is read-only"),
    ],
)
def test_a_model_refuses_what_would_not_change_its_market(
    finished: MarketModel, name: str, said: str
) -> None:
    before = getattr(finished, name, None)
    with pytest.raises(AttributeError) as error:
        setattr(finished, name, 0.5)
    assert str(error.value).startswith(f"MarketModel.{name} is ")
    assert said in str(error.value)
    assert getattr(finished, name, None) == before


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "datacollector",
            None,
            "None: it must be a mesa.DataCollector; MarketModel(collect=False) collects nothing",
        ),
        ("running", 5, "5: it must be True or False"),
        ("rng", None, "None: it must be a numpy.random.Generator"),
        ("random", 3, "3: it must be a random.Random"),
    ],
)
def test_what_mesa_could_not_use_is_refused_and_the_next_step_works(name: str, value: Any, said: str) -> None:
    model = small()
    with pytest.raises(TypeError) as error:
        setattr(model, name, value)
    assert str(error.value) == f"MarketModel.{name} = {said}"
    with pytest.raises(AttributeError, match=f"MarketModel.{name} can't be deleted"):
        delattr(model, name)
    setattr(model, name, getattr(model, name))
    model.step()


def test_a_seed_is_given_when_a_model_is_made(finished: MarketModel) -> None:
    with pytest.raises(AttributeError, match=r"the seed is an argument, MarketModel\(rng=...\)"):
        finished.seed = 3  # type: ignore[attr-defined]


def test_nothing_of_the_market_can_be_deleted(finished: MarketModel) -> None:
    for view, names in (
        (finished.rep(0), ("quota", "trust", "row")),
        (finished.buyer(0), ("opinion", "model")),
    ):
        for name in names:
            with pytest.raises(
                AttributeError, match=f"{type(view).__name__}.{name} can't be deleted: it is the"
            ):
                delattr(view, name)
    with pytest.raises(AttributeError, match=r"MarketModel.engine can't be deleted"):
        del finished.engine


@pytest.mark.parametrize("row", [True, 1.5, "1", None])
def test_a_row_is_a_whole_number(finished: MarketModel, row: Any) -> None:
    for kind in ("rep", "buyer"):
        with pytest.raises(TypeError) as error:
            getattr(finished, kind)(row)
        assert str(error.value) == f"{kind} = {row!r}: it must be a whole number"


def test_what_a_number_may_be_is_said_without_infinities(finished: MarketModel) -> None:
    with pytest.raises(ValueError, match=r"opinion = inf: it must be a finite number$"):
        finished.buyer(0).opinion = float("inf")
    with pytest.raises(ValueError, match=r"quota = -1: it must be a finite number of at least 0$"):
        finished.rep(0).quota = -1


def test_a_model_takes_attributes_of_a_users_own() -> None:
    class Noting(MarketModel):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__("workshop", set=SMALL, **kwargs)
            self.notes = {rep.row: 0 for rep in self.reps}

        def step(self) -> None:
            super().step()
            self.notes[self.week % 8] += 1

    model = run(Noting(strategy="shots"))
    model.flag = 1  # type: ignore[attr-defined]
    assert (sum(model.notes.values()), model.flag) == (8, 1)  # type: ignore[attr-defined]
    assert_same(model.engine, run(small("shots")).engine)


def test_columns_of_a_buyer_that_others_follow_from_are_read_only(finished: MarketModel) -> None:
    for name in ("value", "contract_end", "evaluation_end", "product", "vendor"):
        with pytest.raises(AttributeError):
            setattr(finished.buyer(0), name, 1)


def test_every_attribute_says_what_it_is() -> None:
    for kind in (Rep, Buyer, Vendor, MarketModel):
        for name, attribute in vars(kind).items():
            if not name.startswith("_"):
                assert attribute.__doc__, f"{kind.__name__}.{name}"


def test_removing_a_rep_removes_its_view_only() -> None:
    model, plain = small(), small()
    model.rep(0).remove()
    assert len(model.agents) == 7
    run(model), run(plain)
    assert_same(model.engine, plain.engine)


# --- Collecting ---------------------------------------------------------------------------------------------


def test_frames(finished: MarketModel) -> None:
    weeks, reps = finished.spec.clock.weeks, len(finished.reps)
    frame = finished.datacollector.get_model_vars_dataframe()
    assert list(frame.columns) == list(MODEL_REPORTERS)
    assert len(frame) == weeks
    assert frame.iloc[-1].to_dict() == {name: getattr(finished, name) for name in MODEL_REPORTERS}
    weekly = finished.recorder.weekly[:weeks]
    from_record = weekly[:, 0, [name for name, *_ in WEEKLY].index("in_market")] / finished.spec.market.buyers
    np.testing.assert_allclose(frame["in_market"], from_record, rtol=1e-15)
    agents = finished.datacollector.get_agent_vars_dataframe()
    assert list(agents.columns) == ["revenue", "quota"]
    assert agents.index.names == ["Step", "AgentID"]
    assert len(agents) == weeks * reps
    revenue = agents["revenue"].unstack("AgentID")
    assert revenue.iloc[-1].tolist() == finished.engine.market.reps.revenue_year.tolist()
    assert revenue.diff().dropna().to_numpy().min() >= 0
    assert revenue.index.tolist() == list(range(1, weeks + 1))


def test_collecting_can_be_left() -> None:
    silent = run(small(collect=False))
    assert silent.datacollector.get_model_vars_dataframe().empty
    plain = run(small())
    assert len(plain.datacollector.get_model_vars_dataframe()) == 8
    assert not plain.datacollector.agent_reporters


def test_a_collector_of_ones_own() -> None:
    model = small()
    model.datacollector = mesa.DataCollector(
        model_reporters={
            "share": lambda m: m.vendor("Alder").market_share,
            "gini": lambda m: m.metrics()["gini"],
        },
        agenttype_reporters={Rep: {"hours": lambda rep: rep.hours["selling"], "tools": "tool_use"}},
    )
    model.datacollector.collect(model)  # the start, which is not collected otherwise
    run(model)
    frame = model.datacollector.get_model_vars_dataframe()
    assert frame["share"].iloc[-1] == model.market_share
    assert math.isnan(frame["gini"].iloc[0])
    assert frame["gini"].iloc[-1] == model.metrics()["gini"]
    reps = model.datacollector.get_agenttype_vars_dataframe(Rep)
    assert reps["hours"].unstack("AgentID").shape == (9, 8)
    tried = reps["tools"].map(lambda use: use["listener"]).unstack("AgentID").max(axis=1).tolist()
    assert tried[0] == 0 < tried[-1]  # each week has its own values


# --- batch_run ----------------------------------------------------------------------------------------------


def batch(**arguments: Any) -> pd.DataFrame:
    rows = mesa.batch_run(MarketModel, number_processes=1, display_progress=False, **arguments)
    return pd.DataFrame(rows)


@needs_batch_run
def test_batch_run_over_strategies_and_replications() -> None:
    frame = batch(
        parameters={
            "scenario": "workshop",
            "strategy": ["usual", "shots"],
            "replication": range(2),
            "market__buyers": 200,
            "market__saturation": [0.5, 0.9],
            "clock__weeks": 30,
        }
    )
    assert len(frame) == 8
    keys = ["strategy", "replication", "market__saturation"]
    for row in frame.to_dict("records"):
        own = run(MarketModel(market__buyers=200, clock__weeks=30, **{key: row[key] for key in keys}))
        for name in MODEL_REPORTERS:
            assert row[name] == getattr(own, name)
    assert frame["win_rate"].nunique() >= 4  # two strategies can win the same deals


@needs_batch_run
def test_batch_run_over_tables_of_overrides() -> None:
    tables = [{**SMALL, "market.saturation": s} for s in (0.3, 0.9)]
    frame = batch(parameters={"set": tables, "strategy": "shots"})
    assert len(frame) == 2
    for row, table in zip(frame.to_dict("records"), tables, strict=True):
        assert row["market_share"] == run(MarketModel("workshop", strategy="shots", set=table)).market_share


@needs_batch_run
def test_batch_run_goes_through_a_tables_keys_and_is_told_so() -> None:
    with pytest.raises(TypeError, match="give it a list of tables"):
        batch(parameters={"set": {"market.buyers": 200}})


@needs_batch_run
def test_batch_run_with_max_steps_takes_one_step_more_in_mesa_3_3() -> None:
    frame = batch(parameters={"set": [SMALL], "strategy": "shots"}, max_steps=3)
    model = small("shots")
    for _ in range(4 if MESA_3_3 else 3):
        model.step()
    assert frame["win_rate"].tolist() == [model.win_rate]
    assert frame["in_market"].tolist() == [model.in_market]


@needs_batch_run
def test_batch_run_week_by_week() -> None:
    frame = batch(parameters={"set": [SMALL]}, data_collection_period=1)
    model = run(small(strategy=None))
    expected = model.datacollector.get_model_vars_dataframe()
    pd.testing.assert_frame_equal(frame[list(MODEL_REPORTERS)], expected)


@needs_batch_run
def test_numbers_of_reps_in_a_batch_are_a_week_old_in_mesa_3_3() -> None:
    frame = batch(parameters={"set": [SMALL], "collect": "reps"})
    model = run(small(strategy=None, collect="reps"))
    agents = model.datacollector.get_agent_vars_dataframe()
    assert frame["AgentID"].tolist() == list(range(1, 9))
    assert frame["win_rate"].tolist() == [model.win_rate] * 8
    assert frame["revenue"].tolist() == agents["revenue"].xs(7 if MESA_3_3 else 8, level="Step").tolist()


@needs_batch_run
def test_seeds_of_a_batch() -> None:
    parameters: dict[str, Any] = {"set": [SMALL]}
    if MESA_3_3:
        frame = batch(parameters={**parameters, "rng": [0, 1]})
    else:
        frame = batch(parameters=parameters, rng=[0, 1])
    assert frame["rng"].tolist() == [0, 1]
    assert frame["win_rate"].tolist() == [run(small(strategy=None, rng=seed)).win_rate for seed in (0, 1)]


# --- A guest in Mesa's house --------------------------------------------------------------------------------


def test_mesas_own_scenario_is_not_mistaken_for_ours() -> None:
    # SolaraViz (3.5 and later) rebuilds a model with its own kind of `scenario=` if the model has a true one.
    model = small()
    assert model.scenario is None
    assert model.rep(0).model.scenario is None
    assert isinstance(model.spec, Scenario)


def test_mesas_pages_find_the_keywords_under_the_name_that_they_look_for() -> None:
    # SolaraViz of 3.3 refuses a model whose open keywords have another name, and controls that it finds nowhere else.
    parameters = inspect.signature(MarketModel.__init__).parameters
    assert parameters["kwargs"].kind is inspect.Parameter.VAR_KEYWORD


def test_nothing_else_imports_mesa() -> None:
    doors = [
        f"zerosum.{name}"
        for name in ("market.run", "market.metrics", "market.tables", "cli")
        if _exists(f"zerosum.{name}")
    ]
    code = f"import sys, zerosum, {', '.join(doors)}; sys.exit('mesa' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[1]
    )
    assert done.returncode == 0, done.stderr


def _exists(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
