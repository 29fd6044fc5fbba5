"""Presales is a queue: Poisson requests, exponential service, Erlang's mean wait.

With c servers, offered load a (arrivals per service time) and C the probability of having to wait, the mean
wait is C / (c - a) service times (Erlang 1917; Kleinrock 1975, "Queueing Systems", volume 1, section 3.5):
.509 for c = 4, a = 3.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.helpers import n_vendors_alike, silent_market, within
from zerosum.market.engine import Engine
from zerosum.market.records import SUPPORT_ASKED, SUPPORT_STARTED, SUPPORT_WAIT

EVALUATION = 4
"""Weeks: 400 service times, so that nobody's evaluation ends while it waits."""

SERVICE = 0.01
"""Weeks: a run of a hundred weeks is ten thousand service times."""


def erlang_wait(servers: int, load: float) -> float:
    """Mean wait in service times."""
    waiting = load**servers / math.factorial(servers) * servers / (servers - load)
    free = sum(load**k / math.factorial(k) for k in range(servers))
    return waiting / (waiting + free) / (servers - load)


def test_the_formula_gives_the_published_number() -> None:
    assert erlang_wait(4, 3.0) == pytest.approx(0.509, abs=5e-4)
    assert erlang_wait(1, 0.5) == pytest.approx(1.0)  # M/M/1: load / (1 - load)


def run_of_requests(engineers: int, load: float, weeks: int, order: str = "first-come") -> Any:
    """Weekly record of one vendor whose buyers need, ask for support, decide nothing, and need again."""
    n = 60_000
    per_week = load / SERVICE
    # A buyer's cycle: weeks until its need (geometric, hazard h), then the evaluation; N/(1/h + length) a
    # week.
    hazard = 1 / (n / per_week - EVALUATION)
    scenario = silent_market(
        clock={"warmup_weeks": 0, "weeks": weeks},
        market={"buyers": n, "saturation": 0.0},
        segments=[{"name": "all", "evaluation_weeks": float(EVALUATION), "value_sigma": 1.0}],
        vendors=n_vendors_alike(1, reps=n // 300, presales=engineers),
        need={"innovation_per_year": 52 * hazard},
        invitations={"inbound": 1.0},
        choice={"no_decision": 1e6},
        reps={"max_open_opportunities": 40},
        support={"threshold": 0.0, "service_weeks": SERVICE, "order": order},
    )
    engine = Engine(scenario)
    engine.run(weeks)
    # No request was dropped, none was turned away.
    weekly = engine.recorder.weekly[:weeks, 0]
    assert np.all(engine.recorder.deals.supported == 1)
    return weekly


def batches(weekly: Any, n: int) -> tuple[Any, Any]:
    """Mean wait in service times of each of ``n`` spans of weeks, and their weights."""
    parts = np.array_split(weekly, n)
    waits = np.array([part[:, SUPPORT_WAIT].sum() / part[:, SUPPORT_STARTED].sum() for part in parts])
    return waits / SERVICE, np.array([part[:, SUPPORT_STARTED].sum() for part in parts])


@pytest.mark.parametrize(
    ("engineers", "load", "weeks"),
    [(4, 3.0, 210), (1, 0.5, 510), (10, 8.0, 210)],  # a small load brings few requests a week
)
def test_the_mean_wait_is_erlangs(engineers: int, load: float, weeks: int) -> None:
    weekly = run_of_requests(engineers, load, weeks)[10:]  # the first weeks have no returning buyers
    asked = weekly[:, SUPPORT_ASKED]
    assert within(asked.mean() * SERVICE, load, asked.std() / math.sqrt(len(asked)) * SERVICE)
    assert within(asked.var() / asked.mean(), 1.0, math.sqrt(2 / len(asked)))  # as Poisson
    waits, weights = batches(weekly, 20)
    mean = np.average(waits, weights=weights)
    se = waits.std(ddof=1) / math.sqrt(len(waits))
    assert within(mean, erlang_wait(engineers, load), se)
    assert se < 0.05 * erlang_wait(engineers, load)


def test_order_of_service_by_value_keeps_the_mean_wait() -> None:
    """Service times don't depend on value, so that its order moves waits about but not their mean."""
    waits, weights = batches(run_of_requests(4, 3.0, 210, order="value")[10:], 20)
    se = waits.std(ddof=1) / math.sqrt(len(waits))
    assert within(np.average(waits, weights=weights), erlang_wait(4, 3.0), se)
    assert se < 0.05 * erlang_wait(4, 3.0)
