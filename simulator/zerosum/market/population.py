"""From a scenario to the market before week 0: buyers, network, territories, reps, vendors.

Every trait is drawn from its owner's address, so one more buyer or rep changes no other draw. Random
picks among all buyers or reps use consistent hashing: one more changes only its fair share of picks.
"""

from __future__ import annotations

import numpy as np

from zerosum.market import draws
from zerosum.market.declare.rules import Rules
from zerosum.market.jit import bind, kernel
from zerosum.market.mechanisms.buyers import next_candidate, schedule_next_look
from zerosum.market.mechanisms.influence import mood, settle
from zerosum.market.mechanisms.preferences import fit, lead_product
from zerosum.market.state import (
    ACTIVITIES,
    ADDRESS_BLOCK,
    DEPARTMENTS,
    N_PLANNED,
    NONE,
    Buyers,
    Byte,
    Float,
    Int,
    Long,
    Market,
    Opportunities,
    Reps,
    Short,
    Vendors,
)
from zerosum.scenario.spec import Scenario


def _uniforms(key: np.uint64, stream: int, n: int, draw: int = 0) -> Float:
    out = np.empty(n)
    draws.fill_uniform(key, stream, 0, draw, out)
    return out


def _normals(key: np.uint64, stream: int, n: int) -> Float:
    out = np.empty(n)
    draws.fill_normal(key, stream, 0, 0, out)
    return out


def _pick(cumulated: Float, at: Float, last: int) -> Long:
    """Return the row of the first share whose cumulated sum exceeds ``at``; ``last`` if none does."""
    rows = np.searchsorted(cumulated, at, side="right")
    return np.where(rows < len(cumulated), rows, last)


def _segments(scenario: Scenario, key: np.uint64) -> Byte:
    shares = np.cumsum([s.share for s in scenario.segments])
    picked = _pick(shares, _uniforms(key, draws.SEGMENT, scenario.market.buyers), len(shares) - 1)
    return picked.astype(np.int8)


def _values(scenario: Scenario, segment: Byte, key: np.uint64) -> Float:
    median = np.array([s.value_median for s in scenario.segments])[segment]
    sigma = np.array([s.value_sigma for s in scenario.segments])[segment]
    return median * np.exp(sigma * _normals(key, draws.VALUE, len(segment)))


def _incumbents(scenario: Scenario, key: np.uint64, bound: Rules) -> Short:
    """Return the product that each buyer holds at the start; the rules are bound."""
    saturation, n = scenario.market.saturation, scenario.market.buyers
    holds = np.full(n, NONE, np.int16)
    if saturation == 0.0:
        return holds
    at = _uniforms(key, draws.INCUMBENT, n)
    served = at < saturation
    shares = np.array(scenario.vendor_shares)
    vendor = _pick(np.cumsum(shares), at[served] / saturation, int(np.flatnonzero(shares > 0)[-1]))
    leads = np.array([lead_product(v, 0, bound) for v in range(len(shares))], np.int16)
    holds[served] = leads[vendor]
    return holds


def _network(scenario: Scenario, segment: Byte, key: np.uint64) -> tuple[Long, Int]:
    """Return a small-world network (Watts & Strogatz 1998): rings by segment, some ties rewired. CSR, both ways."""
    n, half = scenario.market.buyers, scenario.market.neighbours // 2
    if half == 0:
        return np.zeros(n + 1, np.int64), np.zeros(0, np.int32)
    sources: list[Int] = []
    targets: list[Int] = []
    everyone = np.arange(n, dtype=np.int32)
    rings = [np.flatnonzero(segment == s).astype(np.int32) for s in range(len(scenario.segments))]
    for k in range(1, half + 1):
        target = np.empty(n, np.int32)
        for ring in rings:
            target[ring] = np.roll(ring, -k)
        rewired = np.flatnonzero(_uniforms(key, draws.NEIGHBOUR, n, 2 * k) < scenario.market.rewired)
        _tie_to_anybody(key, 2 * k + 1, rewired.astype(np.int32), target)
        real = target != everyone
        sources.append(everyone[real])
        targets.append(target[real])
    return _both_ways(n, np.concatenate(sources), np.concatenate(targets))


@kernel
def _tie_to_anybody(key: np.uint64, draw: int, rewired: Int, target: Int) -> None:
    """Draw a random neighbour for buyers whose tie is rewired."""
    for buyer in rewired:
        target[buyer] = draws.choose(key, draws.NEIGHBOUR, buyer, 0, draw, len(target))


@kernel
def _both_ways(n: int, sources: Int, targets: Int) -> tuple[Long, Int]:
    """Turn a list of mutual ties into CSR lists of neighbours."""
    start = np.zeros(n + 1, np.int64)
    for i in range(len(sources)):
        start[sources[i] + 1] += 1
        start[targets[i] + 1] += 1
    for buyer in range(n):
        start[buyer + 1] += start[buyer]
    filled = start[:-1].copy()
    neighbours = np.empty(2 * len(sources), np.int32)
    for i in range(len(sources)):
        a, b = sources[i], targets[i]
        neighbours[filled[a]] = b
        filled[a] += 1
        neighbours[filled[b]] = a
        filled[b] += 1
    return start, neighbours


def _deal_out(buyers: Int, value: Float, noise: Float, n_reps: int) -> Int:
    """Assign buyers to reps in blocks of falling value, in random order within a block."""
    by_value = np.lexsort((buyers, -value[buyers]))
    block = np.empty(len(buyers), np.int64)
    block[by_value] = np.arange(len(buyers)) // n_reps
    order = np.lexsort((noise[buyers], block))
    rep = np.empty(len(buyers), np.int32)
    rep[order] = np.arange(len(buyers)) % n_reps
    return rep


def _territories(scenario: Scenario, segment: Byte, value: Float, key: np.uint64) -> Int:
    """Return the rep (row) of every vendor for every buyer, int32[buyers, vendors]."""
    n = len(value)
    owner = np.empty((n, len(scenario.vendors)), np.int32)
    everyone = np.arange(n, dtype=np.int32)
    first = 0
    for v, vendor in enumerate(scenario.vendors):
        if vendor.territory == "random":
            picked = np.empty(n, np.int64)
            draws.fill_choose(key, draws.TERRITORY, 0, v, vendor.reps, picked)
            owner[:, v] = picked
        else:
            noise = _uniforms(key, draws.TERRITORY, n, v)
            by_segment = scenario.reps_by_segment(vendor)
            if by_segment is None:
                owner[:, v] = _deal_out(everyone, value, noise, vendor.reps)
            else:
                before = 0
                for s, n_reps in enumerate(by_segment.values()):
                    members = everyone[segment == s]
                    owner[members, v] = before + _deal_out(members, value, noise, n_reps)
                    before += n_reps
        owner[:, v] += first
        first += vendor.reps
    return owner


@kernel
def _lists_of_buyers(owner: Int, n_reps: int) -> tuple[Long, Int]:
    """Turn owners into CSR lists of buyers per rep, ascending."""
    n, n_vendors = owner.shape
    start = np.zeros(n_reps + 1, np.int64)
    for buyer in range(n):
        for vendor in range(n_vendors):
            start[owner[buyer, vendor] + 1] += 1
    for rep in range(n_reps):
        start[rep + 1] += start[rep]
    filled = start[:-1].copy()
    territory = np.empty(n * n_vendors, np.int32)
    for buyer in range(n):
        for vendor in range(n_vendors):
            rep = owner[buyer, vendor]
            territory[filled[rep]] = buyer
            filled[rep] += 1
    return start, territory


@kernel
def _first_looks(key: np.uint64, market: Market, rules: Rules) -> None:
    """Initialize satisfaction and the candidate path of every buyer."""
    buyers = market.buyers
    for buyer in range(len(buyers.value)):
        held = int(buyers.holds[buyer])
        if held >= 0:
            settle(buyer, 0, mood(key, buyer, 0, rules), fit(key, buyer, held, rules), market, rules)
        buyers.candidate[buyer] = next_candidate(key, buyer, -1, rules)
        schedule_next_look(key, -1, buyer, market, rules)


def _buyers(scenario: Scenario, key: np.uint64, rules: Rules, bound: Rules) -> Buyers:
    n, n_vendors = scenario.market.buyers, len(scenario.vendors)
    segment = _segments(scenario, key)
    value = _values(scenario, segment, key)
    holds = _incumbents(scenario, key, bound)
    length = rules.segments.contract_weeks[segment]
    runs = 1 + np.floor(_uniforms(key, draws.CONTRACT, n) * length).astype(np.int32)
    start, neighbours = _network(scenario, segment, key)
    return Buyers(
        segment=segment,
        value=value,
        holds=holds,
        level=np.zeros(n),
        norm=np.zeros(n),
        opinion=np.zeros(n),
        stock_week=np.zeros(n, np.int32),
        contract_end=np.where(holds >= 0, runs, NONE).astype(np.int32),
        price_paid=np.where(holds >= 0, rules.products.price[holds], 0.0),
        evaluation_start=np.full(n, NONE, np.int32),
        evaluation_end=np.full(n, NONE, np.int32),
        evaluation_reason=np.zeros(n, np.int8),
        candidate=np.zeros(n, np.int32),
        due=np.zeros(n, np.int32),
        goodwill=np.ones((n, n_vendors)),
        goodwill_week=np.full((n, n_vendors), NONE, np.int32),
        turned_away=np.zeros((n, n_vendors), np.int8),
        owner=_territories(scenario, segment, value, key),
        neighbour_start=start,
        neighbours=neighbours,
    )


def _reps(scenario: Scenario, buyers: Buyers, vendor_strategy: Short, key: np.uint64, rules: Rules) -> Reps:
    sizes = [v.reps for v in scenario.vendors]
    n, n_tools = sum(sizes), len(scenario.tools)
    vendor = np.repeat(np.arange(len(sizes)), sizes).astype(np.int16)
    address = np.concatenate([v * ADDRESS_BLOCK + np.arange(size) for v, size in enumerate(sizes)])
    strategy = vendor_strategy[vendor]
    start, territory = _lists_of_buyers(buyers.owner, n)
    owned = np.repeat(np.arange(n), np.diff(start))
    skill = [draws.normal(key, draws.SKILL, int(a), 0, 0) for a in address]
    return Reps(
        vendor=vendor,
        address=address.astype(np.int64),
        strategy=strategy,
        skill=scenario.reps.skill_sd * np.array(skill),
        hired=np.full(n, NONE, np.int32),
        trust=np.zeros(n),
        habits=rules.strategies.plan[strategy, :N_PLANNED].copy(),
        quota=np.zeros(n),
        revenue_year=np.zeros(n),
        revenue_total=np.zeros(n),
        admin_hours=np.zeros(n),
        pushing=np.zeros(n, np.int8),
        hours=np.zeros((n, len(ACTIVITIES))),
        tool_status=np.zeros((n, n_tools), np.int8),
        tool_proficiency=np.zeros((n, n_tools)),
        tool_trial_start=np.full((n, n_tools), NONE, np.int32),
        tool_trial_revenue=np.zeros((n, n_tools)),
        tool_use=np.zeros((n, n_tools)),
        edge=np.zeros(n),
        free_capacity=np.full(n, scenario.reps.max_open_opportunities, np.int32),
        territory_start=start,
        territory=territory,
        territory_value=np.bincount(owned, weights=buyers.value[territory], minlength=n).astype(np.float64),
    )


def _opportunities(n_rows: int) -> Opportunities:
    return Opportunities(
        buyer=np.full(n_rows, NONE, np.int32),
        product=np.zeros(n_rows, np.int16),
        opened=np.zeros(n_rows, np.int32),
        source=np.zeros(n_rows, np.int8),
        preparation=np.zeros(n_rows),
        selling=np.zeros(n_rows),
        support=np.zeros(n_rows, np.int8),
        arrival=np.full(n_rows, -1.0),
        support_start=np.full(n_rows, -1.0),
        support_end=np.full(n_rows, -1.0),
    )


def _vendors(scenario: Scenario, strategy: Short, buyers: Buyers, rules: Rules) -> Vendors:
    n = len(scenario.vendors)
    served = buyers.holds >= 0
    held_by = rules.products.vendor[buyers.holds[served]]
    paid = (buyers.value * buyers.price_paid)[served]
    most = max(v.presales for v in scenario.vendors) + max(s.extra_presales for s in scenario.strategies)
    return Vendors(
        strategy=strategy,
        social_since=np.zeros(n, np.int32),
        take_up=np.zeros((n, len(DEPARTMENTS))),
        customers=np.bincount(held_by, minlength=n).astype(np.int64),
        arr=np.bincount(held_by, weights=paid, minlength=n).astype(np.float64),
        engineers=np.array(
            [
                v.presales + scenario.strategies[s].extra_presales
                for v, s in zip(scenario.vendors, strategy, strict=True)
            ],
            np.int32,
        ),
        free_at=np.zeros((n, max(1, most))),
    )


def status_quo(scenario: Scenario) -> Short:
    """Return the strategy (row) of each vendor in the warm-up, int16[vendors]."""
    rows = [scenario.strategy_index(v.strategy or scenario.baseline_name) for v in scenario.vendors]
    return np.array(rows, np.int16)


def followed(scenario: Scenario) -> set[str]:
    """Return the names of the strategies used in the warm-up."""
    return {scenario.strategies[row].name for row in status_quo(scenario)}


def build_market(scenario: Scenario, key: np.uint64, rules: Rules) -> Market:
    """Draw the market before week 0.

    Parameters
    ----------
    scenario : Scenario
    key : uint64
        run key (:func:`zerosum.market.draws.run_key`)
    rules : Rules
        of the same scenario

    Returns
    -------
    Market

    Notes
    -----
    Draws: SEGMENT, VALUE, INCUMBENT, CONTRACT, NEIGHBOUR, TERRITORY, SKILL, MOOD, REVIEW_GAP.
    """
    strategy = status_quo(scenario)
    bound = bind(rules)
    buyers = _buyers(scenario, key, rules, bound)
    reps = _reps(scenario, buyers, strategy, key, rules)
    opportunities = _opportunities(len(reps.vendor) * scenario.reps.max_open_opportunities)
    vendors = _vendors(scenario, strategy, buyers, rules)
    market = Market(buyers, reps, opportunities, vendors)
    _first_looks(key, bind(market), bound)
    return market
