"""The market before week 0: shares, values, contracts, network, territories; a few of them by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats

from tests.each import each
from tests.helpers import share_error, within
from tests.lively import Play, lively_markets
from zerosum.market import draws
from zerosum.market.bulk import new_batch
from zerosum.market.engine import Engine
from zerosum.market.mechanisms import preferences
from zerosum.market.population import _deal_out, _pick, status_quo
from zerosum.market.sizes import memory_needed
from zerosum.market.state import ADDRESS_BLOCK, NONE, bytes_per_buyer, copy_market
from zerosum.scenario import load_scenario, parse_scenario, results_hash
from zerosum.scenario.spec import Scenario
from zerosum.scenario.territories import deal_reps

N = 40_000
BASE = Scenario.model_validate(
    {
        "market": {"buyers": N, "saturation": 0.8, "neighbours": 6, "rewired": 0.2},
        "segments": [
            {"name": "small", "share": 0.6, "value_median": 8_000, "value_sigma": 1.0, "voice": 0.3},
            {"name": "mid", "share": 0.3, "contract_weeks": 30, "voice": 0.0, "switching_cost_sd": 0.7},
            {"name": "large", "share": 0.1, "value_median": 150_000, "value_sigma": 0.0, "voice": 1.0},
        ],
        "vendors": [
            {"name": "Alder", "reps": 40, "share": 0.5},
            {"name": "Birch", "reps": 30, "territory": "balanced"},
            {"name": "Cedar", "reps": 20, "territory": "segment"},
        ],
        "products": [
            {"name": "A2", "vendor": "Alder", "launch_week": -100},
            {"name": "A1", "vendor": "Alder"},
            {"name": "A3", "vendor": "Alder", "launch_week": -400},
            {"name": "B", "vendor": "Birch"},
            {"name": "C", "vendor": "Cedar"},
        ],
    }
)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(BASE)


def test_segments_incumbents_and_values_have_their_shares(engine: Engine) -> None:
    buyers = engine.market.buyers
    segments = np.bincount(buyers.segment) / N
    assert within(segments, [0.6, 0.3, 0.1], share_error([0.6, 0.3, 0.1], N))
    served = buyers.holds >= 0
    assert within(served.mean(), 0.8, share_error(0.8, N))
    # Warm-up is 104 weeks: in week 0 (-104) A3 has been launched, A2 hasn't; Birch and Cedar split the rest.
    holds = np.bincount(buyers.holds[served], minlength=5) / served.sum()
    assert holds[0] == holds[1] == 0
    assert within(holds[2:], [0.5, 0.25, 0.25], share_error(np.array([0.5, 0.25, 0.25]), served.sum()))
    small = np.log(buyers.value[buyers.segment == 0] / 8_000)
    assert stats.kstest(small, "norm").pvalue > 1e-3
    assert np.all(buyers.value[buyers.segment == 2] == 150_000)


def test_contracts_are_spread_evenly_over_their_length(engine: Engine) -> None:
    buyers = engine.market.buyers
    served = buyers.holds >= 0
    assert np.all(buyers.contract_end[~served] == NONE)
    ends = buyers.contract_end[served & (buyers.segment == 1)]
    counts = np.bincount(ends, minlength=31)
    assert counts[0] == 0
    assert stats.chisquare(counts[1:]).pvalue > 1e-3
    assert np.all(buyers.evaluation_end == NONE)
    assert np.all(buyers.goodwill == 1.0)
    assert np.all(buyers.due >= 0)


def test_voice_and_switching_cost_have_their_means(engine: Engine) -> None:
    key, market, rules = engine.key, engine._market, engine._rules
    voices = np.array([preferences.voice(key, b, market, rules) for b in range(N)])
    segment = engine.market.buyers.segment
    assert np.all(voices[segment == 1] == 0.0)
    assert np.all(voices[segment == 2] == 1.0)
    small = voices[segment == 0]
    assert within(small.mean(), 0.3, small.std() / math.sqrt(len(small)))
    mid = np.flatnonzero(segment == 1)
    batch = new_batch(len(mid))
    batch.agent[:] = mid
    preferences.switching_costs(key, len(mid), batch, market, rules)
    assert (
        stats.kstest((batch.normal - engine.scenario.segments[1].switching_cost) / 0.7, "norm").pvalue > 1e-3
    )


def test_ties_are_mutual_and_mostly_within_the_segment(engine: Engine) -> None:
    start, targets = engine.market.buyers.neighbour_start, engine.market.buyers.neighbours
    segment = engine.market.buyers.segment
    source = np.repeat(np.arange(N), np.diff(start))
    assert not np.any(source == targets)
    forth = np.sort(source.astype(np.int64) * N + targets)
    back = np.sort(targets.astype(np.int64) * N + source)
    assert np.array_equal(forth, back)
    # Every buyer makes 3 ties; but for rare ties to oneself it has 6 on average, at least the 3 it makes.
    assert len(targets) / N == pytest.approx(6, abs=0.01)
    assert np.diff(start).min() >= 2
    # .8 stay in the segment; rewired ones hit it with its share: .8 + .2 * sum of shares squared.
    shares = np.bincount(segment) / N
    same = np.mean(segment[source] == segment[targets])
    assert within(same, 0.8 + 0.2 * np.sum(shares**2), share_error(0.8, len(targets) / 2))


def test_without_rewiring_the_network_is_a_ring_in_each_segment() -> None:
    engine = Engine(
        parse_scenario(BASE, {"market.rewired": 0.0, "market.buyers": 200, "market.neighbours": 4})
    )
    start, targets = engine.market.buyers.neighbour_start, engine.market.buyers.neighbours
    for s in range(3):
        ring = np.flatnonzero(engine.market.buyers.segment == s).tolist()
        n = len(ring)
        for place, buyer in enumerate(ring):
            expected = sorted(ring[(place + k) % n] for k in (-2, -1, 1, 2))
            assert sorted(targets[start[buyer] : start[buyer + 1]].tolist()) == expected


def test_no_neighbours_is_no_network() -> None:
    buyers = Engine(parse_scenario(BASE, {"market.neighbours": 0, "market.buyers": 300})).market.buyers
    assert len(buyers.neighbours) == 0
    assert not np.any(buyers.neighbour_start)


def test_territories_follow_their_rule(engine: Engine) -> None:
    buyers, reps = engine.market.buyers, engine.market.reps
    alder, birch, cedar = buyers.owner.T
    assert stats.chisquare(np.bincount(alder, minlength=40)).pvalue > 1e-3
    sizes = np.bincount(birch - 40, minlength=30)
    assert sizes.max() - sizes.min() <= 1
    # Each block of thirty by falling value is dealt to thirty reps, one each.
    by_value = np.lexsort((np.arange(N), -buyers.value))
    for block in (0, 1, 500, 1332):
        assert sorted(birch[by_value[30 * block : 30 * block + 30]]) == list(range(40, 70))
    for rep in range(70, 90):
        assert len(set(buyers.segment[cedar == rep])) == 1
    per_segment = [len(set(cedar[buyers.segment == s])) for s in range(3)]
    # Potential per buyer of the market: .6 * 8,000 e^.5 = 7,914, .3 * 20,000 e^.845 = 13,968, .1 * 150,000 = 15,000.
    # Of 20 reps 4.29, 7.57 and 8.13.
    assert per_segment == [4, 8, 8]
    for rep in range(0, 90, 11):
        mine = reps.territory[reps.territory_start[rep] : reps.territory_start[rep + 1]]
        assert np.array_equal(mine, np.flatnonzero(buyers.owner[:, reps.vendor[rep]] == rep))
        assert reps.territory_value[rep] == pytest.approx(buyers.value[mine].sum())


@given(lively_markets(most_buyers=60, most_weeks=60))
@settings(max_examples=25)
def test_every_vendor_divides_all_buyers(play: Play) -> None:
    buyers, reps, _, vendors = Engine(play.scenario, play.replication).market
    n = len(buyers.value)
    for v, vendor in enumerate(play.scenario.vendors):
        mine = np.flatnonzero(reps.vendor == v)
        assert len(mine) == vendor.reps
        lists = [reps.territory[reps.territory_start[r] : reps.territory_start[r + 1]] for r in mine]
        assert sorted(np.concatenate(lists).tolist()) == list(range(n))
        assert all(np.all(np.diff(one) > 0) for one in lists)
        assert reps.territory_value[mine].sum() == pytest.approx(buyers.value.sum())
        assert reps.address[mine].tolist() == [v * ADDRESS_BLOCK + i for i in range(vendor.reps)]
        assert vendors.engineers[v] <= vendors.free_at.shape[1]
    assert vendors.strategy.tolist() == status_quo(play.scenario).tolist()
    for v in range(len(play.scenario.vendors)):
        held = engine_products(play.scenario, v)
        assert vendors.customers[v] == np.count_nonzero(np.isin(buyers.holds, held))


def engine_products(scenario: Scenario, vendor: int) -> list[int]:
    return [i for i, p in enumerate(scenario.products) if p.vendor == scenario.vendors[vendor].name]


# --- By hand --------------------------------------------------------------------------------------------------


def test_pick_by_hand() -> None:
    at = np.array([0.0, 0.2499, 0.25, 0.6, 0.999])
    assert _pick(np.array([0.25, 0.25, 0.75]), at, 9).tolist() == [0, 0, 2, 2, 9]


@each(
    ("reps", "potentials", "expected"),
    [
        (3, [10, 10, 10], [1, 1, 1]),
        (10, [60, 30, 10], [6, 3, 1]),
        (6, [60, 30, 10], [3, 2, 1]),  # 3.6, 1.8, .6: one to the last; of 5 left 3.33 and 1.67
        (4, [1, 1, 1], [2, 1, 1]),  # ties go to the first
        (5, [0.0001, 100], [1, 4]),
        (10, [70, 20, 10], [7, 2, 1]),
        (10, [75, 20, 5], [7, 2, 1]),  # .5 to the last; of 9 left 7.11 and 1.89
        (4, [97, 1, 1, 1], [1, 1, 1, 1]),
        (45, [4800, 9000, 15000], [8, 14, 23]),  # 7.5, 14.06, 23.44
        (5, [0.5, 0.3, 0.2], [3, 1, 1]),  # 2.5, 1.5, 1: a tie in spite of .3 being no binary fraction
    ],
)
def test_reps_are_dealt_to_segments_by_potential(
    reps: int, potentials: list[float], expected: list[int]
) -> None:
    assert list(deal_reps(reps, potentials)) == expected


BY_SEGMENT = {"vendors.Alder.reps": 45, "vendors.Alder.territory": "segment"}


def test_enterprise_gets_reps_for_its_revenue_not_for_its_heads() -> None:
    """In kickoff a tenth of the buyers has half of the value: 60 % at 6.7 k, 30 % at 25 k, 10 % at 125 k, spread alike.

    Of 45 reps these are 7.53, 14.05 and 23.42.
    """
    scenario = parse_scenario(load_scenario("kickoff"), BY_SEGMENT)
    assert scenario.reps_by_segment(scenario.vendors[0]) == {"small": 8, "mid": 14, "enterprise": 23}
    assert scenario.reps_by_segment(scenario.vendors[1]) is None
    buyers = Engine(scenario).market.buyers
    assert [len(set(buyers.owner[buyers.segment == s, 0])) for s in range(3)] == [8, 14, 23]


def test_stated_reps_of_segments_are_taken_in_the_segments_order() -> None:
    stated = {"enterprise": 10, "small": 30, "mid": 5}
    scenario = parse_scenario(
        load_scenario("kickoff"), BY_SEGMENT | {"vendors.Alder.reps_by_segment": stated}
    )
    assert list((scenario.reps_by_segment(scenario.vendors[0]) or {}).items()) == [
        ("small", 30),
        ("mid", 5),
        ("enterprise", 10),
    ]
    buyers = Engine(scenario).market.buyers
    assert [len(set(buyers.owner[buyers.segment == s, 0])) for s in range(3)] == [30, 5, 10]
    assert sorted(set(buyers.owner[buyers.segment == 2, 0])) == list(range(35, 45))


def test_stating_what_would_be_dealt_is_the_same_scenario() -> None:
    plain = load_scenario("kickoff")
    by_value = parse_scenario(plain, BY_SEGMENT)
    dealt = {"vendors.Alder.reps_by_segment": by_value.reps_by_segment(by_value.vendors[0])}
    other = {"vendors.Alder.reps_by_segment": {"small": 9, "mid": 13, "enterprise": 23}}
    assert results_hash(parse_scenario(by_value, dealt)) == results_hash(by_value)
    assert results_hash(parse_scenario(by_value, other)) != results_hash(by_value)


def test_dealing_out_by_hand() -> None:
    """Blocks of two by value: (3, 0), (4, 1), (2); within a block lower chance goes to rep 0."""
    value = np.array([50.0, 20.0, 10.0, 90.0, 20.0])
    noise = np.array([0.1, 0.9, 0.5, 0.7, 0.3])
    # Buyers 1 and 4 are worth the same: the lower number is first, but they share a block anyway.
    assert _deal_out(np.arange(5, dtype=np.int32), value, noise, 2).tolist() == [0, 1, 0, 1, 0]


@pytest.mark.parametrize("saturation", [0.0, 1.0])
def test_ends_of_saturation(saturation: float) -> None:
    engine = Engine(parse_scenario(BASE, {"market.saturation": saturation, "market.buyers": 500}))
    assert np.mean(engine.market.buyers.holds >= 0) == saturation
    assert engine.market.vendors.customers.sum() == 500 * saturation


def test_vendors_without_a_share_hold_nothing() -> None:
    shares = [
        {"name": "Alder", "share": 0.0},
        {"name": "Birch", "share": 1.0},
        {"name": "Cedar", "share": 0.0},
    ]
    engine = Engine(parse_scenario(BASE, {"vendors": shares, "market.buyers": 2000}))
    assert engine.market.vendors.customers.tolist()[::2] == [0, 0]


def test_more_saturation_adds_incumbents_and_removes_none() -> None:
    """Points that differ in saturation share random numbers: who is served at .5 is served at .9."""
    few, many = (
        Engine(parse_scenario(BASE, {"market.saturation": s, "market.buyers": 3000})).market.buyers.holds >= 0
        for s in (0.5, 0.9)
    )
    assert np.all(many[few])
    assert many.sum() > few.sum()


def test_skill_is_drawn_by_address() -> None:
    engine = Engine(parse_scenario(BASE, {"market.buyers": 100, "reps.skill_sd": 2.0}))
    for rep in (0, 39, 40, 89):
        address = int(engine.market.reps.address[rep])
        expected = 2.0 * draws.normal(engine.key, draws.SKILL, address, 0, 0)
        assert engine.market.reps.skill[rep] == expected


def test_a_copy_shares_what_never_changes_and_nothing_else(engine: Engine) -> None:
    copy = copy_market(engine.market)
    shared = set()
    for table, other in zip(engine.market, copy, strict=True):
        for name, column in table._asdict().items():
            assert np.array_equal(column, getattr(other, name))
            if np.shares_memory(column, getattr(other, name)):
                shared.add(name)
    twin = Engine(parse_scenario(BASE, {"market.buyers": 200}))
    before = {n: c.copy() for t in twin.market for n, c in t._asdict().items() if n in shared}
    twin.run(120)
    after = {n: c for t in twin.market for n, c in t._asdict().items() if n in shared}
    changed = [n for n in shared if not np.array_equal(before[n], after[n])]
    assert changed == []
    assert {"value", "segment", "owner", "territory"} <= shared


def test_memory_needed_is_an_upper_estimate_and_not_a_wild_one() -> None:
    for tables in ({}, {"market.neighbours": 0}, {"market.neighbours": 20}):
        scenario = parse_scenario(BASE, tables)
        engine = Engine(scenario)
        held = sum(column.nbytes for table in engine.market for column in table)
        changing = held + sum(c.nbytes for t in copy_market(engine.market) for c in t)
        needed = memory_needed(scenario)
        assert held < needed < 3 * changing
        assert bytes_per_buyer(engine.market) * N < needed


def test_the_index_of_a_list_of_ties(engine: Engine) -> None:
    start = engine.market.buyers.neighbour_start
    assert start[0] == 0
    assert start[-1] == len(engine.market.buyers.neighbours)
    assert all(a <= b for a, b in itertools.pairwise(start[:100]))
