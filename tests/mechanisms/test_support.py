"""The presales queue by hand: who is served when. (Its mean wait is Erlang's: tests/theory/test_queue.py.)"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.helpers import silent_market
from zerosum.market import draws
from zerosum.market.engine import Engine
from zerosum.market.state import NONE, SERVED, UNASKED, WAITING

pytestmark = pytest.mark.uncompiled


THRESHOLD = 0.5


def queue(engineers: int, order: str = "first-come", buyers: int = 30, **support: Any) -> Engine:
    """One vendor; all buyers evaluate for long from week 0, and ask as soon as the case is half prepared."""
    return Engine(
        silent_market(
            market={"buyers": buyers, "saturation": 0.0},
            segments=[{"name": "all", "evaluation_weeks": 200.0, "value_sigma": 1.0}],
            vendors=[{"name": "A", "reps": 3, "presales": engineers, "territory": "random"}],
            need={"innovation_per_year": 52.0},
            invitations={"inbound": 1.0},
            support={"threshold": THRESHOLD, "service_weeks": 0.4, "order": order, **support},
            reps={"hours_per_week": 60.0, "max_open_opportunities": 40},
            effort={"preparation_hours": 3.0},
            strategies=[
                {"name": "u", "plan": {"prospecting": 0, "preparation": 1, "selling": 0, "social": 0}}
            ],
        )
    )


def expected(
    engine: Engine, asked: dict[int, float], order: str, until: float
) -> dict[int, tuple[float, float]]:
    """(start, end) of each request served before a time, by plain simulation: requests by buyer."""
    free, waiting, done = [0.0] * int(engine.market.vendors.engineers[0]), dict(asked), {}
    while waiting and free:
        e = free.index(min(free))
        now = max(free[e], min(waiting.values()))
        if now >= until:
            break
        there = [b for b, t in waiting.items() if t <= now]
        key = (lambda b: asked[b]) if order == "first-come" else (lambda b: -engine.market.buyers.value[b])
        buyer = min(there, key=key)
        u = draws.uniform(engine.key, draws.SUPPORT_SERVICE, buyer, int(asked[buyer]), 0)
        done[buyer] = (now, now - 0.4 * math.log(u))
        free[e] = done[buyer][1]
        del waiting[buyer]
    return done


@pytest.mark.parametrize("order", ["first-come", "value"])
@pytest.mark.parametrize("engineers", [0, 1, 3])
def test_engineers_serve_in_order(engineers: int, order: str) -> None:
    """A rep with n cases puts 60/n hours in each a week: a case is half prepared after n/60 * 3 ln 2 weeks."""
    engine = queue(engineers, order)
    for week in range(30):
        engine.step()
        table = engine.market.opportunities
        rows = np.flatnonzero(table.buyer != NONE)
        asked: dict[int, float] = {}
        for row in rows:
            buyer = int(table.buyer[row])
            rep = row // 40
            n = 40 - engine.market.reps.free_capacity[rep]
            hours = 60 * (week + 1) / n
            ready = 1 - math.exp(-hours / 3.0) >= THRESHOLD
            assert (table.support[row] != UNASKED) == ready
            if ready:
                first = math.ceil(3.0 * math.log(2) * n / 60 - 1e-9) - 1
                asked[buyer] = first + draws.uniform(engine.key, draws.SUPPORT_ARRIVAL, buyer, first, 0)
                assert table.arrival[row] == asked[buyer]
        served = expected(engine, asked, order, week + 1)
        for row in rows:
            buyer = int(table.buyer[row])
            if buyer in served:
                assert table.support[row] == SERVED
                assert (table.support_start[row], table.support_end[row]) == pytest.approx(served[buyer])
            elif buyer in asked:
                assert table.support[row] == WAITING
    assert len(served) == (0 if engineers == 0 else len(asked))


def test_engineers_added_are_free_at_once_and_engineers_removed_finish_what_they_do() -> None:
    scenario = queue(1).scenario
    rows = [
        scenario.strategies[0].model_dump(),
        {**scenario.strategies[0].model_dump(), "name": "more", "extra_presales": 2},
    ]
    scenario = type(scenario).model_validate({**scenario.model_dump(), "strategies": rows})
    engine = Engine(scenario)
    engine.run(3)
    assert engine.market.vendors.engineers.tolist() == [1]
    engine.assign([1], [1, 1, 1])
    assert engine.market.vendors.engineers.tolist() == [3]
    assert engine.market.vendors.free_at[0, 1:3].tolist() == [3.0, 3.0]
    engine.step()
    busy = engine.market.vendors.free_at[0].copy()
    engine.assign([0], [0, 0, 0])
    assert engine.market.vendors.engineers.tolist() == [1]
    assert np.array_equal(engine.market.vendors.free_at[0], busy)


@pytest.mark.compiled
def test_support_counts_only_if_it_is_delivered_before_the_decision() -> None:
    """Twenty thousand cases of one week; the support of a case ends within its two weeks or does not."""
    n, service = 20_000, 0.8
    engine = Engine(
        silent_market(
            market={"buyers": n, "saturation": 0.0},
            segments=[{"name": "all", "evaluation_weeks": 1.0}],
            vendors=[{"name": "A", "reps": 200, "presales": n // 2}, {"name": "B", "reps": 200}],
            need={"innovation_per_year": 52.0},
            invitations={"inbound": 1.0},
            support={"threshold": 0.0, "service_weeks": service},
            reps={"max_open_opportunities": 100},
        )
    )
    # Two vendors' requests of one buyer come at moments of their own.
    other = engine.branch()
    other.step()
    table = other.market.opportunities
    for row in (0, 150, 200 * 100, 250 * 100 + 3):
        vendor, buyer = row // (200 * 100), int(table.buyer[row])
        assert table.arrival[row] == draws.uniform(engine.key, draws.SUPPORT_ARRIVAL, buyer, 0, vendor)
    # Each of half the buyers has an engineer to itself, the others wait for one: only the first half is looked at.
    engine.run(2)
    deals = engine.recorder.deals
    mine = deals.vendor == 0
    arrival = np.array(
        [draws.uniform(engine.key, draws.SUPPORT_ARRIVAL, int(b), 0, 0) for b in deals.buyer[mine]]
    )
    span = np.array(
        [draws.exponential(engine.key, draws.SUPPORT_SERVICE, int(b), 0, 0) for b in deals.buyer[mine]]
    )
    early = np.argsort(np.argsort(arrival)) < n // 2
    counted = arrival + service * span <= 2.0
    assert np.array_equal(deals.supported[mine][early] == 1, counted[early])
    assert 0.3 < counted.mean() < 0.95
    assert not np.any(deals.supported[~mine])
