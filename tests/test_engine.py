"""The engine on its own: what must hold in every week of any market, and that the order of rows is nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lively import Play, lively_markets
from tests.side_by_side import digest
from zerosum.market import engine as engine_module
from zerosum.market import records
from zerosum.market.engine import Engine
from zerosum.market.mechanisms import buyers as buyers_rule
from zerosum.market.records import (
    ACCOUNTS_LOST,
    ARR,
    ARR_DROPPED_OUT,
    ARR_LOST,
    ARR_REPRICED,
    CUSTOMERS,
    DEALS_LOST,
    DEALS_STALLED,
    DEALS_WON,
    DROPPED_OUT,
    OPEN,
    OPENED,
    RENEWED,
    REVENUE_DISPLACED,
    REVENUE_NEW,
    REVENUE_RENEWED,
    REVENUE_UPGRADED,
    SERVED_BUYERS,
    UPGRADED,
    WON,
    WON_DISPLACEMENT,
    WON_NEW,
)
from zerosum.market.state import NEW, NO_DECISION, NONE, RENEWAL, UPGRADE, YEAR
from zerosum.scenario import load_scenario, parse_scenario

# --- Every week, always -------------------------------------------------------------------------------------


class Ledger:
    """Keeps the books of a running engine from its records, and compares them with the state each week."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.vendor_of = engine.rules.products.vendor
        self.holds = engine.market.buyers.holds.copy()
        self.customers = self.count(self.holds)
        self.credited = engine.market.reps.revenue_total.copy()
        self.goods = engine.market.reps.free_capacity.copy()
        self.arr = engine.market.vendors.arr.copy()
        self.n_deals = self.n_decisions = self.n_dropouts = 0

    def count(self, holds: Any) -> Any:
        return np.bincount(self.vendor_of[holds[holds >= 0]], minlength=len(self.engine.scenario.vendors))

    def close_week(self) -> None:
        """Book the week that has just been simulated."""
        engine = self.engine
        week, recorder = engine.week - 1, engine.recorder
        weekly = recorder.weekly[week]
        deals = type(recorder.deals)._make(c[self.n_deals :] for c in recorder.deals)
        decisions = type(recorder.decisions)._make(c[self.n_decisions :] for c in recorder.decisions)
        self.n_deals += len(deals.week)
        self.n_decisions += len(decisions.week)
        dropouts = type(recorder.dropouts)._make(c[self.n_dropouts :] for c in recorder.dropouts)
        self.n_dropouts += len(dropouts.week)
        assert np.all(deals.week == week)
        assert np.all(decisions.week == week)
        assert np.all(dropouts.week == week)
        self.accounts(weekly, decisions, dropouts)
        self.recurring(weekly, decisions, dropouts)
        self.revenue(weekly, decisions)
        self.credit(deals, decisions)
        self.pipeline(weekly, deals)

    def accounts(self, weekly: Any, decisions: Any, dropouts: Any) -> None:
        """Accounts gained are accounts lost, and everybody is somebody's customer or nobody's."""
        now = self.engine.market.buyers.holds
        assert np.array_equal(self.holds[decisions.buyer], decisions.before)
        changed = self.holds.copy()
        assert np.array_equal(changed[dropouts.buyer], dropouts.product)
        assert not np.isin(dropouts.buyer, decisions.buyer).any()
        changed[dropouts.buyer] = NONE
        changed[decisions.buyer] = decisions.after
        assert np.array_equal(changed, now), "an account changed hands without a decision"
        customers = self.count(now)
        gained = weekly[:, WON_NEW] + weekly[:, WON_DISPLACEMENT] - weekly[:, ACCOUNTS_LOST]
        gained -= weekly[:, DROPPED_OUT]
        assert np.array_equal(customers - self.customers, gained)
        assert weekly[:, WON_DISPLACEMENT].sum() == weekly[:, ACCOUNTS_LOST].sum()
        assert np.array_equal(customers, weekly[:, CUSTOMERS])
        assert np.array_equal(customers, self.engine.market.vendors.customers)
        assert np.all(weekly[:, SERVED_BUYERS] == customers.sum())
        assert customers.sum() + np.count_nonzero(now == NONE) == len(now)
        self.holds, self.customers = now.copy(), customers

    def recurring(self, weekly: Any, decisions: Any, dropouts: Any) -> None:
        """Annual recurring revenue is what customers pay, and changes by what is decided and who drops out."""
        buyers, n = self.engine.market.buyers, len(self.arr)
        paid = buyers.value * buyers.price_paid
        served = buyers.holds >= 0
        now = np.bincount(self.vendor_of[buyers.holds[served]], weights=paid[served], minlength=n)
        close = {"rtol": 1e-9, "atol": 1e-3}
        np.testing.assert_allclose(now, weekly[:, ARR], **close)
        change = weekly[:, REVENUE_NEW] + weekly[:, REVENUE_DISPLACED] + weekly[:, REVENUE_UPGRADED]
        change += weekly[:, ARR_REPRICED] - weekly[:, ARR_LOST] - weekly[:, ARR_DROPPED_OUT]
        np.testing.assert_allclose(now, self.arr + change, **close)
        moved = decisions.arr_after.sum() - decisions.arr_before.sum() - dropouts.arr.sum()
        assert moved == pytest.approx(change.sum(), rel=1e-9, abs=1e-3)
        assert np.all(buyers.price_paid[~served] == 0.0)
        self.arr = now

    def revenue(self, weekly: Any, decisions: Any) -> None:
        """What vendors book is what buyers decided."""
        n = len(self.customers)
        winner = np.where(decisions.outcome == NO_DECISION, NONE, self.vendor_of[decisions.after])
        for outcome, count, money in (
            (RENEWAL, RENEWED, REVENUE_RENEWED),
            (NEW, WON_NEW, REVENUE_NEW),
            (3, WON_DISPLACEMENT, REVENUE_DISPLACED),
            (UPGRADE, UPGRADED, REVENUE_UPGRADED),
        ):
            mine = decisions.outcome == outcome
            assert np.array_equal(np.bincount(winner[mine], minlength=n), weekly[:, count])
            booked = np.bincount(winner[mine], weights=decisions.revenue[mine], minlength=n)
            np.testing.assert_allclose(booked, weekly[:, money], rtol=1e-12)
        assert np.all(decisions.revenue[decisions.outcome == NO_DECISION] == 0)
        stays = np.isin(decisions.outcome, (NO_DECISION, RENEWAL))
        assert np.array_equal(stays, decisions.before == decisions.after)
        within = (decisions.before >= 0) & ~stays
        own = self.vendor_of[decisions.before] == self.vendor_of[decisions.after]
        assert np.array_equal(within & own, decisions.outcome == UPGRADE)

    def credit(self, deals: Any, decisions: Any) -> None:
        """A rep is credited with the values it won: all of a win, a part of a renewal, nothing else."""
        engine = self.engine
        reps, rules = engine.market.reps, engine.rules
        decided = {int(b): i for i, b in enumerate(decisions.buyer)}
        for i in range(len(deals.buyer)):
            d = decided[int(deals.buyer[i])]
            won = decisions.outcome[d] != NO_DECISION
            won = won and self.vendor_of[decisions.after[d]] == deals.vendor[i]
            assert (deals.outcome[i] == WON) == won
            assert reps.vendor[deals.rep[i]] == deals.vendor[i]
            assert engine.market.buyers.owner[deals.buyer[i], deals.vendor[i]] == deals.rep[i]
            if not won:
                assert deals.revenue[i] == deals.credit[i] == 0.0
                continue
            price = rules.products.price[decisions.after[d]] * (1.0 - deals.discount[i])
            worth = engine.market.buyers.value[deals.buyer[i]] * price
            if decisions.outcome[d] == UPGRADE:
                worth -= decisions.arr_before[d]
            assert deals.revenue[i] == decisions.revenue[d] == pytest.approx(worth, rel=1e-12, abs=1e-6)
            part = rules.quota.renewal_credit if decisions.outcome[d] == RENEWAL else 1.0
            assert deals.credit[i] == part * deals.revenue[i]
        credit = np.bincount(deals.rep, weights=deals.credit, minlength=len(self.credited))
        np.testing.assert_allclose(self.credited + credit, reps.revenue_total, rtol=1e-12, atol=1e-6)
        self.credited = reps.revenue_total.copy()

    def pipeline(self, weekly: Any, deals: Any) -> None:
        """Opportunities open and close once, in a slot of the right rep, with a buyer in the market."""
        market, slots = self.engine.market, self.engine.rules.reps.max_open_opportunities
        table, owner = market.opportunities.buyer.reshape(-1, slots), market.buyers.owner
        busy = np.count_nonzero(table != NONE, axis=1)
        assert np.array_equal(busy + market.reps.free_capacity, np.full(len(table), slots))
        n = len(self.customers)
        before = np.bincount(market.reps.vendor, weights=slots - self.goods, minlength=n)
        closed = weekly[:, DEALS_WON] + weekly[:, DEALS_LOST] + weekly[:, DEALS_STALLED]
        assert np.array_equal(np.bincount(deals.vendor, minlength=n), closed)
        assert np.array_equal(before + weekly[:, OPENED] - closed, weekly[:, OPEN])
        rep, _ = np.nonzero(table != NONE)
        buyer = table[table != NONE]
        assert np.array_equal(owner[buyer, market.reps.vendor[rep]], rep)
        pairs = set(zip(buyer.tolist(), market.reps.vendor[rep].tolist(), strict=True))
        assert len(pairs) == len(buyer)
        assert np.all(market.buyers.evaluation_end[buyer] >= self.engine.week)
        self.goods = market.reps.free_capacity.copy()


def check_state(engine: Engine) -> None:
    """Check what must be true of the columns between any two weeks."""
    buyers, reps, opportunities, vendors = engine.market
    worked = engine.rules.reps.hours_per_week + engine.rules.strategies.extra_hours[reps.strategy].sum(axis=1)
    np.testing.assert_allclose(reps.hours.sum(axis=1), worked, rtol=1e-12, atol=1e-9, err_msg="hours")
    for share in (reps.trust, reps.tool_proficiency, reps.tool_use, vendors.take_up, buyers.goodwill):
        assert np.all((share >= 0) & (share <= 1))
    assert np.all(reps.hours > -1e-9)
    np.testing.assert_allclose(reps.habits.sum(axis=1), 1.0, rtol=1e-12)
    busy = buyers.evaluation_end != NONE
    assert np.array_equal(busy, buyers.evaluation_start != NONE)
    assert np.array_equal(busy, buyers.evaluation_reason != 0)
    assert np.all(buyers.due[busy] == buyers.evaluation_end[busy])
    served = buyers.holds >= 0
    assert np.array_equal(served, buyers.contract_end != NONE)
    next_look = np.where(served, np.minimum(buyers.candidate, buyers.contract_end), buyers.candidate)
    assert np.array_equal(buyers.due[~busy], next_look[~busy])
    assert np.all(buyers.due >= engine.week)
    in_use = opportunities.buyer != NONE
    assert np.all(opportunities.opened[in_use] < engine.week)
    started = in_use & (opportunities.support == 2)
    assert np.all(opportunities.support_start[started] >= opportunities.arrival[started])
    assert np.all(opportunities.support_end[started] >= opportunities.support_start[started])
    assert np.all(opportunities.arrival[in_use & (opportunities.support == 1)] < engine.week)


@given(lively_markets(most_buyers=200, most_weeks=110))
@settings(max_examples=40)
def test_the_books_balance_every_week(play: Play) -> None:
    keep_the_books(play)


@pytest.mark.slow
@given(lively_markets(most_buyers=400, most_weeks=220))
@settings(max_examples=100)
def test_the_books_balance_every_week_in_many_markets(play: Play) -> None:
    keep_the_books(play)


def keep_the_books(play: Play) -> None:
    engine = Engine(play.scenario, play.replication)
    ledger = Ledger(engine)
    switches = {switch.week: switch for switch in play.switches}
    for week in range(play.weeks):
        if week in switches:
            engine.assign(switches[week].vendors, switches[week].reps)
        engine.step()
        ledger.close_week()
        check_state(engine)
    credited = sum(year.revenue for year in engine.recorder.rep_years) + engine.market.reps.revenue_year
    np.testing.assert_allclose(credited, engine.market.reps.revenue_total, rtol=1e-12, atol=1e-6)


@given(lively_markets(most_buyers=80, most_weeks=70))
@settings(max_examples=10)
def test_a_branch_leaves_the_trunk_alone(play: Play) -> None:
    engine = Engine(play.scenario, play.replication)
    engine.run(30)
    before = digest(engine)
    twin = engine.branch()
    twin.assign(*play.switches[0][1:])
    twin.run(25)
    assert digest(engine) == before
    # Whether a branch was made before changes nothing in what the trunk does next.
    straight = Engine(play.scenario, play.replication)
    straight.run(50)
    engine.run(20)
    assert digest(engine) == digest(straight)


@given(lively_markets(most_buyers=80, most_weeks=70))
@settings(max_examples=10)
def test_a_branch_that_changes_nothing_goes_the_same_way(play: Play) -> None:
    straight = Engine(play.scenario, play.replication)
    straight.run(YEAR + 20)
    engine = Engine(play.scenario, play.replication)
    engine.run(YEAR)
    twin = engine.branch()
    twin.assign(*twin.status_quo())
    twin.run(20)
    for mine, theirs in zip(twin.market, straight.market, strict=True):
        for name, column in mine._asdict().items():
            assert np.array_equal(column, getattr(theirs, name)), name
    late = straight.recorder.deals.week >= YEAR
    for mine, theirs in zip(twin.recorder.deals, straight.recorder.deals, strict=True):
        assert np.array_equal(mine, theirs[late])
    assert np.array_equal(twin.recorder.weekly[:20], straight.recorder.weekly[YEAR : YEAR + 20])


# --- The order of rows --------------------------------------------------------------------------------------


def reorder_reps(engine: Engine, order: Any) -> Engine:
    """Return the same market with the rows of its reps in another order; addresses go with the reps."""
    other = engine.branch()
    buyers, reps, opportunities, vendors = other.market
    slots = engine.rules.reps.max_open_opportunities
    row_of = np.argsort(order)
    lists = [reps.territory[reps.territory_start[r] : reps.territory_start[r + 1]] for r in order]
    moved = {n: c[order] for n, c in reps._asdict().items() if n not in ("territory_start", "territory")}
    moved["territory_start"] = np.concatenate([[0], np.cumsum([len(x) for x in lists])]).astype(np.int64)
    moved["territory"] = np.concatenate(lists)
    rows = (np.asarray(order)[:, None] * slots + np.arange(slots)).ravel()
    other._set_market(
        type(other.market)(
            buyers._replace(owner=row_of[buyers.owner].astype(np.int32)),
            type(reps)(**moved),
            type(opportunities)._make(c[rows] for c in opportunities),
            vendors,
        )
    )
    return other


@given(lively_markets(most_buyers=90, most_weeks=80), st.randoms(use_true_random=False))
@settings(max_examples=15)
def test_the_order_of_reps_changes_no_step(play: Play, random: Any) -> None:
    engine = Engine(play.scenario, play.replication)
    # Rows stay within their vendor; the vendor's own number is part of an address.
    order: list[int] = []
    for v in range(len(play.scenario.vendors)):
        rows = np.flatnonzero(engine.market.reps.vendor == v).tolist()
        random.shuffle(rows)
        order += rows
    other = reorder_reps(engine, order)
    vendors, reps = play.switches[0][1:]
    for week in range(play.weeks):
        if week == play.switches[0].week:
            engine.assign(vendors, reps)
            other.assign(vendors, [reps[r] for r in order])
        engine.step()
        other.step()
    back = reorder_reps(other, np.argsort(order))
    for mine, theirs in zip(engine.market, back.market, strict=True):
        for name, column in mine._asdict().items():
            got = getattr(theirs, name)
            if column.dtype.kind == "i":
                assert np.array_equal(column, got), name
            else:  # a team's revenue is summed in another order once a year
                np.testing.assert_allclose(got, column, rtol=1e-9, atol=1e-12, err_msg=name)
    for name, column in engine.recorder.deals._asdict().items():
        got = getattr(other.recorder.deals, name)
        np.testing.assert_allclose(np.asarray(order)[got] if name == "rep" else got, column, rtol=1e-9)
    np.testing.assert_allclose(other.recorder.weekly, engine.recorder.weekly, rtol=1e-9, atol=1e-9)


def _open_cases(engine: Engine) -> Any:
    """(rep, buyer, product, source) of every open opportunity, whatever its slot."""
    table, slots = engine.market.opportunities, engine.rules.reps.max_open_opportunities
    rows = np.flatnonzero(table.buyer != NONE)
    cases = [rows // slots, table.buyer[rows], table.product[rows], table.source[rows]]
    return np.array(sorted(zip(*(c.tolist() for c in cases), strict=True)))


@given(lively_markets(most_buyers=150, most_weeks=70))
@settings(max_examples=15)
def test_buyers_look_around_in_any_order(play: Play) -> None:
    """Nobody sees what another did in the same step; with slots for all, the order of buyers is nothing."""
    roomy = play.scenario.reps.model_copy(update={"max_open_opportunities": 200})
    scenario = play.scenario.model_copy(update={"reps": roomy})
    engine = Engine(scenario, play.replication)
    for _ in range(60):
        week, other = engine.week, engine.branch()
        pair = []
        for twin, step in ((engine.branch(), 1), (other, -1)):
            looking, _ = buyers_rule.who_is_due(week, twin._market)
            record = twin.recorder.open_weeks(week, twin.market)
            ordered = np.ascontiguousarray(looking[::step])
            buyers_rule.look_around(twin.key, week, ordered, twin._market, twin._rules, record)
            pair.append(twin)
        for name, column in pair[0].market.buyers._asdict().items():
            assert np.array_equal(column, getattr(pair[1].market.buyers, name)), name
        assert np.array_equal(_open_cases(pair[0]), _open_cases(pair[1]))
        engine.step()


# --- One call for many weeks ----------------------------------------------------------------------------------


def by_weeks(engine: Engine) -> None:
    for _ in range(70):
        engine.step()


def watched(engine: Engine) -> None:
    """Stop every week before decisions; those told to end are those that are decided."""
    ending: list[tuple[int, int]] = []
    engine.before_choices = lambda week, closing: ending.extend((week, int(buyer)) for buyer in closing)
    engine.run(70)
    decisions = engine.recorder.decisions
    assert ending == list(zip(decisions.week.tolist(), decisions.buyer.tolist(), strict=True))


def in_runs_of_odd_length(engine: Engine) -> None:
    engine.run(51)
    engine.run(0)
    engine.run(19)


@pytest.mark.uncompiled
@pytest.mark.parametrize("how", [by_weeks, watched, in_runs_of_odd_length])
def test_weeks_in_one_call_and_otherwise_are_the_same_bits(how: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the record has no room for a row at first, and when few weeks are done at once."""
    scenario = parse_scenario(load_scenario("workshop"), {"market.buyers": 150})
    whole, other = Engine(scenario), Engine(scenario)
    whole.run(70)
    monkeypatch.setattr(records, "_MOST_ROWS", 0)
    monkeypatch.setattr(engine_module, "_BUYER_WEEKS", 150 * 9)
    other = Engine(scenario)
    other.recorder = records.Recorder(other.market, 1)
    how(other)
    assert digest(other) == digest(whole)
    assert [len(table.week) > 20 for table in (whole.recorder.deals, whole.recorder.decisions)] == [True] * 2
    for name in ("rep_tool_use", "rep_counts", "left_at_start", "rep_years"):
        np.testing.assert_equal(getattr(other.recorder, name), getattr(whole.recorder, name))
