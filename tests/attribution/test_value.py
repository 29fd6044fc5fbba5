"""Every decision of lively markets, made anew from what a witness remembered: the same choice, the same money."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from tests.attribution.sides import check_sums, traced
from tests.lively import Play, lively_markets
from tests.side_by_side import digest
from zerosum.market.engine import Engine
from zerosum.market.records import ACCOUNTS_LOST, RENEWED, REVENUE_NEW, UPGRADED, WON_DISPLACEMENT, WON_NEW
from zerosum.market.state import OUTCOMES
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.studies.attribution.value import decide, draw_shared, results
from zerosum.studies.attribution.witness import Witness


def played(play: Play, watched: bool) -> tuple[Engine, Witness | None]:
    """Run a play; watch it from its first switch on."""
    engine, witness = Engine(play.scenario, play.replication), None
    switches = {switch.week: switch for switch in play.switches}
    for week in range(play.weeks):
        if week in switches:
            if week == play.switches[0].week:
                engine = engine.branch()
            engine.assign(switches[week].vendors, switches[week].reps)
            if watched and witness is None:
                witness = Witness(engine, engine.scenario.focal_index)
        engine.step()
    return engine, witness


def check(engine: Engine, witness: Witness) -> list[int]:
    """Compare all decisions with the record; return how many of each outcome there were."""
    made_of, record = witness.decisions(), engine.recorder.decisions
    for name, column in (("buyer", "buyer"), ("start", "started"), ("week", "week"), ("held", "before")):
        assert np.array_equal(getattr(made_of, name), getattr(record, column)), name
    assert np.array_equal(made_of.offer.sum(axis=1), record.offers)
    shared = draw_shared(engine.key, made_of.buyer, made_of.start, engine.market, engine.rules)
    decided = decide(made_of, shared, engine.rules)
    assert np.array_equal(decided.outcome, record.outcome)
    assert np.array_equal(decided.product, record.after)
    assert np.array_equal(decided.revenue, record.revenue)
    found = results(decided, made_of.held, shared.value * made_of.paid, witness.vendor, engine.rules)
    weekly = engine.recorder.weekly[: engine.week - witness.first_week, witness.vendor].sum(axis=0)
    columns = [WON_NEW, WON_DISPLACEMENT, RENEWED, UPGRADED, ACCOUNTS_LOST]
    assert found[:, 5:].sum(axis=0).tolist() == weekly[columns].tolist()
    assert found[:, :4].sum(axis=0) == pytest.approx(weekly[REVENUE_NEW : REVENUE_NEW + 4])
    return np.bincount(record.outcome, minlength=len(OUTCOMES)).tolist()


def test_a_watched_run_has_the_same_bits() -> None:
    scenario = parse_scenario(load_scenario("workshop"), {"clock.warmup_weeks": 0, "market.buyers": 200})
    alone, watched = Engine(scenario), Engine(scenario)
    Witness(watched, 1)
    alone.run(60)
    watched.run(60)
    assert digest(alone) == digest(watched)


@pytest.mark.uncompiled
def test_a_small_market_also_as_plain_python() -> None:
    """A witness shares the kernels' arrays, which as plain Python are a tuple."""
    scenario = parse_scenario(
        load_scenario("workshop"),
        {"clock.warmup_weeks": 0, "clock.weeks": 30, "market.buyers": 60, "market.saturation": 0.5},
    )
    found = traced(scenario, "social-and-preparation", "all")
    check_sums(found)
    engine = Engine(scenario)
    witness = Witness(engine, 0)
    engine.run(30)
    check(engine, witness)


@given(lively_markets())
@settings(max_examples=40)
def test_decisions_can_be_made_anew_in_any_market(play: Play) -> None:
    engine, witness = played(play, watched=True)
    if witness is not None:
        check(engine, witness)
    assert digest(engine) == digest(played(play, watched=False)[0])


@pytest.mark.parametrize(
    ("name", "strategy", "given"),
    [
        ("own-worst-rival", "preparation-and-upgrade", {}),
        ("quarter-end", "push", {"push.below": 2.0}),
        ("greenfield", "usual", {}),
    ],
)
def test_decisions_can_be_made_anew_in_shipped_scenarios(
    name: str, strategy: str, given: dict[str, Any]
) -> None:
    small = {"market.buyers": 1000, "clock.warmup_weeks": 52, "clock.weeks": 104}
    scenario = parse_scenario(load_scenario(name), small | given)
    start = Engine(scenario, 1)
    start.run(52)
    engine = start.branch()
    rows = [scenario.strategy_index(strategy)] * len(scenario.vendors)
    engine.assign(rows, [rows[0]] * len(engine.market.reps.vendor))
    witness = Witness(engine, scenario.focal_index)
    engine.run(104)
    seen = dict(zip(OUTCOMES, check(engine, witness), strict=True))
    assert min(seen["no decision"], seen["renewal"], seen["displacement"]) > 20
    assert name != "own-worst-rival" or seen["upgrade"] > 20
    assert name != "greenfield" or seen["new"] > 20
    discounts = witness.decisions().discount[witness.decisions().offer]
    assert name != "quarter-end" or (discounts > 0).sum() > 20
