"""Calls and invitations worked out again from their draws: exactly those came to something that did in the run."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings

from tests.attribution.sides import as_run
from tests.lively import Play, Switch, lively_markets
from zerosum.market import draws
from zerosum.market.engine import Engine
from zerosum.market.state import FOUND, INVITED, NONE
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.studies.attribution.missing import _uniforms, is_fatigue, is_invited_in_vain
from zerosum.studies.attribution.side import Side
from zerosum.studies.attribution.witness import Witness


def watched(play: Play, **given: Any) -> Side:
    """Run a market from its first switch on."""
    scenario = parse_scenario(play.scenario, given) if given else play.scenario
    start = Engine(scenario, play.replication)
    start.run(play.switches[0].week)
    engine = start.branch()
    engine.assign(play.switches[0].vendors, play.switches[0].reps)
    witness = Witness(engine, scenario.focal_index)
    engine.run(max(1, play.weeks - engine.week))
    engine.recorder.finish(engine.week, engine.market)
    return as_run(engine, witness)


def opened(side: Side, source: int) -> set[tuple[int, int]]:
    """Buyer and week of our opportunities of a source since the watch began, closed or still open."""
    deals, table, vendor = (
        side.run.engine.recorder.deals,
        side.run.engine.market.opportunities,
        side.run.vendor,
    )
    ours = (deals.vendor == vendor) & (deals.source == source)
    closed = zip(deals.buyer[ours].tolist(), deals.opened[ours].tolist(), strict=True)
    slots = side.witness.rules.reps.max_open_opportunities
    vendor_of = side.run.engine.market.reps.vendor[np.arange(len(table.buyer)) // slots]
    rows = (table.buyer != NONE) & (vendor_of == vendor) & (table.source == source)
    there = zip(table.buyer[rows].tolist(), table.opened[rows].tolist(), strict=True)
    return {(buyer, week) for buyer, week in (*closed, *there) if week >= side.witness.first_week}


@given(lively_markets())
@settings(max_examples=30)
def test_a_call_was_heard_where_its_draw_lies_below_its_chance(play: Play) -> None:
    """Also with successors without reputation, and in the week in which an evaluation was provoked."""
    side = watched(play)
    calls, options = side.attempts, side.witness.rules.prospecting
    noise = _uniforms(side, draws.CONTACT, calls.buyer, calls.week)
    chance = options.contact * (1.0 + options.trust_gain * calls.trust) * calls.goodwill
    heard = noise < chance
    found = zip(calls.buyer[heard].tolist(), calls.week[heard].tolist(), strict=True)
    assert set(found) == opened(side, FOUND)


@given(lively_markets())
@settings(max_examples=30)
def test_who_was_turned_away_was_not_invited(play: Play) -> None:
    """Without free capacity, that is: with room for all nobody is turned away. Calls may bring a deal all the same."""
    side = watched(play)
    away = is_invited_in_vain(side, np.arange(len(side.made_of.buyer)))
    assert not np.any(side.made_of.source[away, side.run.vendor] == INVITED)
    roomy = watched(play, **{"reps.max_open_opportunities": 90})
    assert not is_invited_in_vain(roomy, np.arange(len(roomy.made_of.buyer))).any()


def test_tired_is_who_would_have_been_heard_at_full_goodwill() -> None:
    """By hand, call by call."""
    scenario = parse_scenario(
        load_scenario("workshop"),
        {"prospecting.goodwill_burn": 0.9, "prospecting.attempts_per_hour": 2.0, "clock.warmup_weeks": 52},
    )
    side = watched(Play(scenario, 0, 156, (Switch(52, [1, 0], [1] * 4 + [0] * 4),)))
    options, made_of, calls = side.witness.rules.prospecting, side.made_of, side.attempts
    rows = np.arange(len(made_of.buyer))
    expected = np.zeros(len(rows), np.bool_)
    for buyer, week, goodwill, trust in zip(*calls, strict=True):
        noise = draws.uniform(side.witness.key, draws.CONTACT, int(buyer), int(week), side.run.vendor)
        fresh = options.contact * (1 + options.trust_gain * trust)
        if fresh * goodwill <= noise < fresh:
            expected |= (made_of.buyer == buyer) & (made_of.start <= week) & (week <= made_of.week)
    assert np.array_equal(is_fatigue(side, rows), expected)
    assert 5 < expected.sum() < len(rows) - 5
