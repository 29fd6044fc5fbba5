"""Single kernels under pytest-benchmark: ``python -m pytest benchmarks --benchmark-only``.

For comparing two states of the source on one machine; `make bench` measures whole weeks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.markets import busy_market
from simulator import draws
from simulator.engine import Engine
from simulator.jit import bind, kernel
from simulator.market import Float, Int, Market
from simulator.mechanisms import buyers, choice, influence
from simulator.rules import Rules

N = 10_000
WEEK = 37


@kernel
def moods(key: np.uint64, n: int, rules: Rules) -> float:
    """Sum of the moods of n buyers."""
    total = 0.0
    for buyer in range(n):
        total += influence.mood(key, buyer, WEEK, rules)
    return total


@kernel
def weigh_all(key: np.uint64, n: int, rows: Int, utilities: Float, market: Market, rules: Rules) -> float:
    """Weigh the options of n buyers, as if no vendor worked on them."""
    total = 0.0
    for buyer in range(n):
        choice.weigh_options(key, WEEK, buyer, rows, utilities, market, rules)
        total += max(utilities)
    return total


@pytest.fixture(scope="module")
def engine() -> Engine:
    engine = Engine(busy_market(N))
    engine.run(WEEK)
    return engine


@pytest.mark.parametrize("fill", [draws.fill_uniform, draws.fill_normal], ids=["uniform", "normal"])
def test_draws(benchmark: Any, engine: Engine, fill: Any) -> None:
    out = np.empty(N)
    benchmark(fill, engine.key, draws.CHOICE, WEEK, 0, out)


def test_mood(benchmark: Any, engine: Engine) -> None:
    benchmark(moods, engine.key, N, bind(engine.rules))


def test_who_is_due(benchmark: Any, engine: Engine) -> None:
    benchmark(buyers.who_is_due, WEEK, bind(engine.market))


def test_weigh_options(benchmark: Any, engine: Engine) -> None:
    rows, utilities = np.full(4, -1, np.int32), np.empty(6)
    arguments = (engine.key, N, rows, utilities, bind(engine.market), bind(engine.rules))
    benchmark(weigh_all, *arguments)


def test_a_week(benchmark: Any, engine: Engine) -> None:
    benchmark.pedantic(Engine.step, setup=lambda: ((engine.branch(),), {}), rounds=20)
