"""Single kernels under pytest-benchmark: ``python -m pytest benchmarks --benchmark-only``.

For comparing two states of the source on one machine; `make bench` measures whole weeks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.markets import busy_market
from zerosum.market import draws
from zerosum.market.bulk import new_batch
from zerosum.market.declare.rules import Rules
from zerosum.market.engine import Engine
from zerosum.market.jit import bind, kernel
from zerosum.market.mechanisms import buyers, influence, options

N = 10_000
WEEK = 37


@kernel
def moods(key: np.uint64, n: int, rules: Rules) -> float:
    """Sum of the moods of n buyers."""
    total = 0.0
    for buyer in range(n):
        total += influence.mood(key, buyer, WEEK, rules)
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


def test_moods_at_once(benchmark: Any, engine: Engine) -> None:
    batch, out = new_batch(N), np.empty(N)
    batch.agent[:] = np.arange(N)
    benchmark(influence.moods, engine.key, WEEK, N, batch, bind(engine.rules), out)


def test_list_choices(benchmark: Any, engine: Engine) -> None:
    everybody = np.arange(N, dtype=np.int32)
    benchmark(options.list_choices, engine.key, WEEK, everybody, bind(engine.market), bind(engine.rules))


def test_a_week(benchmark: Any, engine: Engine) -> None:
    benchmark.pedantic(Engine.step, setup=lambda: ((engine.branch(),), {}), rounds=20)
