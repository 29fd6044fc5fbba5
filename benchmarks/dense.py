"""The other design: every week a pass over all buyers, and what it costs beside the calendar.

The engine looks at a buyer only in the weeks that its ``due`` column names. Here the same step is written the
usual way: one pass over everybody, every week, in which each satisfaction takes one AR(1) step, ends of
contracts and evaluations are checked, and the hazard of a review (or need) is drawn. The two open the same
evaluations in law, not draw by draw (tests/test_benchmarks.py).

The pass is let off lightly: customers hear no neighbours in it, and norms stand still until an account moves.
"""

from __future__ import annotations

import numpy as np

from benchmarks.markets import BUYERS_PER_REP, busy_market
from benchmarks.measure import NANO, Options, SteppedEngine, Table, clock, replaced, stopwatches
from zerosum.market import bulk, draws
from zerosum.market.bulk import new_batch
from zerosum.market.declare.rules import Rules
from zerosum.market.jit import kernel
from zerosum.market.mechanisms import buyers as mechanism
from zerosum.market.mechanisms.buyers import look_around, open_evaluation, who_is_due
from zerosum.market.mechanisms.influence import dissatisfaction
from zerosum.market.records import Record
from zerosum.market.state import BY_CONTRACT, BY_NEED, BY_REVIEW, NONE, Float, Int, Market
from zerosum.scenario import Scenario

SHOCK = 2
"""Draw number of a weekly shock: the engine's mood uses 0 and 1."""

BLOCK = 1024
"""Buyers whose random numbers is drawn at once."""

_NOBODY = np.zeros(0, np.int32)


@kernel
def start_deviation(key: np.uint64, deviation: Float, rules: Rules) -> None:
    """Draw every buyer's satisfaction about its norm (utility) before week 0, from its stationary law."""
    for buyer in range(len(deviation)):
        shock = draws.normal(key, draws.MOOD, buyer, -1, SHOCK)
        deviation[buyer] = rules.satisfaction.mood_sd * shock


@kernel
def look_at_everybody(
    key: np.uint64, week: int, deviation: Float, market: Market, rules: Rules, record: Record
) -> Int:
    """Do step 2 for all buyers; return those whose evaluation ends this week, ascending.

    Parameters
    ----------
    deviation : float64[n_buyers]    satisfaction less its norm (utility); written

    Draws: (MOOD, agent=buyer, week, draw=2), (REVIEW, agent=buyer, week), and those of `open_evaluation`.
    """
    # Columns are taken out of the handles once: nothing here is slower than it need be.
    holds, norm, contract_end = market.buyers.holds, market.buyers.norm, market.buyers.contract_end
    end, first, neighbours = (
        market.buyers.evaluation_end,
        market.buyers.neighbour_start,
        market.buyers.neighbours,
    )
    retention = rules.satisfaction.retention
    noise = rules.satisfaction.mood_sd * np.sqrt(1.0 - retention * retention)
    review, innovation = rules.review.hazard, rules.need.innovation
    imitation, full_mixing = rules.need.imitation, rules.market.full_mixing
    market_share = market.vendors.customers.sum() / len(holds)
    n_closing = 0
    closing = np.empty(len(holds), np.int32)
    batch = new_batch(BLOCK)
    batch.week[:] = week
    for buyer in range(len(holds)):
        i = buyer % BLOCK
        if i == 0:
            for k in range(BLOCK):
                batch.agent[k] = buyer + k
                batch.draw[k] = SHOCK
            bulk.normals(key, draws.MOOD, BLOCK, batch)
            batch.draw[:] = 0
            bulk.uniforms(key, draws.REVIEW, BLOCK, batch)
        moved = retention * deviation[buyer] + noise * batch.normal[i]
        deviation[buyer] = moved
        if end[buyer] != NONE:
            if end[buyer] == week:
                closing[n_closing] = buyer
                n_closing += 1
            continue
        served = holds[buyer] >= 0
        if served and contract_end[buyer] == week:
            open_evaluation(key, week, buyer, BY_CONTRACT, market, rules, record)
            continue
        if served:
            hazard = review * dissatisfaction(norm[buyer] + moved, rules)
        else:
            share = market_share
            if not full_mixing:
                n_served, n_ties = 0, first[buyer + 1] - first[buyer]
                for tie in range(first[buyer], first[buyer + 1]):
                    if holds[neighbours[tie]] >= 0:
                        n_served += 1
                share = n_served / n_ties if n_ties > 0 else 0.0
            hazard = innovation + imitation * share
        if batch.uniform[i] < hazard:
            open_evaluation(key, week, buyer, BY_REVIEW if served else BY_NEED, market, rules, record)
    return closing[:n_closing]


@kernel
def look_at_those_due(key: np.uint64, week: int, market: Market, rules: Rules, record: Record) -> Int:
    """Do step 2 as the engine does, in one call; return those whose evaluation ends this week."""
    looking, closing = who_is_due(week, market)
    look_around(key, week, looking, market, rules, record)
    return closing


class TimedEngine(SteppedEngine):
    """An engine that counts the processor seconds of its second step, which is one call from Python."""

    def __init__(self, scenario: Scenario, replication: int = 0) -> None:
        super().__init__(scenario, replication)
        self.seconds = 0.0

    def second_step(self, week: int, market: Market, record: Record) -> Int:
        """Look at buyers; return those whose evaluation ends."""
        return look_at_those_due(self.key, week, market, self._rules, record)

    def step(self) -> None:
        """Simulate one week."""
        record = self.recorder.open_weeks(self.week, self.market)

        def timed(week: int, market: Market) -> tuple[Int, Int]:
            start = clock()
            closing = self.second_step(week, market, record)
            self.seconds += clock() - start
            return _NOBODY, closing

        with replaced(mechanism, who_is_due=timed, look_around=lambda *_: None):
            self.one_week(record)
        self.recorder.close_weeks(self.week, self.market)
        self.week += 1


class DenseEngine(TimedEngine):
    """An engine whose second step looks at everybody. All else is the engine's own."""

    def __init__(self, scenario: Scenario, replication: int = 0) -> None:
        super().__init__(scenario, replication)
        self.deviation = np.empty(len(self.market.buyers.value))
        start_deviation(self.key, self.deviation, self._rules)

    def second_step(self, week: int, market: Market, record: Record) -> Int:
        """Look at everybody."""
        return look_at_everybody(self.key, week, self.deviation, market, self._rules, record)


def _sizes(options: Options) -> list[int]:
    if options.quick:
        return [500]
    return [n for n in (500, 10_000, 1_000_000, 10_000_000) if n <= max(options.largest, 10_000)]


def measure(options: Options) -> list[Table]:
    """Time step 2 both ways, in markets that are otherwise the same."""
    weeks = 6 if options.quick else 52
    for kind in (SteppedEngine, TimedEngine, DenseEngine):
        kind(busy_market(400)).run(2)  # compiles
    rows, shares = [], []
    for buyers in _sizes(options):
        scenario = busy_market(buyers, weeks=weeks)
        # Small markets are over in milliseconds: several, each with its own random numbers, and their mean.
        n_runs = 1 if options.quick else max(1, min(10, 200_000 // buyers))
        scan = calendar = dense = total = 0.0
        n_due = 0
        for replication in range(n_runs):
            engine = SteppedEngine(scenario, replication)
            with stopwatches() as steps:
                for week in range(weeks):
                    n_due += np.count_nonzero(engine.market.buyers.due == week)
                    start = clock()
                    engine.step()
                    total += clock() - start
            scan += steps["who_is_due"]
            del engine
            by_calendar = TimedEngine(scenario, replication)
            by_calendar.run(weeks)
            calendar += by_calendar.seconds
            del by_calendar
            for_all = DenseEngine(scenario, replication)
            for_all.run(weeks)
            dense += for_all.seconds
        each = NANO / weeks / buyers / n_runs
        rows.append(
            [
                f"{buyers:,}",
                f"{n_due / (weeks * buyers * n_runs):.1%}",
                f"{scan * each:.2f}",
                f"{calendar * each:.1f}",
                f"{dense * each:.1f}",
                f"{dense / calendar:.1f}",
            ]
        )
        shares.append(f"{scan / total:.1%} ({buyers:,})")
    return [
        Table(
            "events",
            f"Buyers by calendar and by a dense pass: ns per buyer-week, {weeks} weeks",
            ("buyers", "due", "scan of due", "calendar", "dense pass", "dense / calendar"),
            rows,
            (
                f"Step 2 only, one thread, one rep for {BUYERS_PER_REP} buyers, from week 0 on; the calls from Python "
                "are in it.",
                "The scan's share of the whole week, all that a queue of due weeks could save: "
                f"{', '.join(shares)}.",
            ),
        )
    ]
