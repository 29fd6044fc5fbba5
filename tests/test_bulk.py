"""Many draws at once are the single draws, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lively import Play, lively_markets
from zerosum.market import bulk, draws
from zerosum.market.engine import Engine
from zerosum.market.jit import bind, kernel
from zerosum.market.mechanisms import influence, preferences

KEY = draws.run_key(5, 7)


@pytest.mark.uncompiled
@pytest.mark.parametrize("n", [0, 1, 7, 64, 301])
def test_every_draw_is_the_one_at_its_address(n: int) -> None:
    rng = np.random.default_rng(n)
    batch = bulk.new_batch(n + 3)
    batch.agent[:] = rng.integers(0, 2**48, n + 3)
    batch.week[:] = rng.integers(-1, 6000, n + 3)
    batch.draw[:] = rng.integers(0, 2**32, n + 3)
    batch.uniform[:] = batch.normal[:] = 99.0
    addresses = list(zip(batch.agent, batch.week, batch.draw, strict=True))[:n]
    bulk.uniforms(KEY, draws.CHOICE, n, batch)
    assert batch.uniform[:n].tolist() == [draws.uniform(KEY, draws.CHOICE, *a) for a in addresses]
    bulk.normals(KEY, draws.FIT, n, batch)
    assert batch.normal[:n].tolist() == [draws.normal(KEY, draws.FIT, *a) for a in addresses]
    assert batch.uniform[n:].tolist() == batch.normal[n:].tolist() == [99.0] * 3


def test_tails_and_middle_both_occur() -> None:
    n = 2_000
    batch = bulk.new_batch(n)
    batch.agent[:], batch.week[:], batch.draw[:] = np.arange(n), 3, 0
    bulk.normals(KEY, draws.FIT, n, batch)
    middle = [draws.is_middle(p) for p in batch.uniform]
    assert 0.8 < np.mean(middle) < 0.9
    assert batch.normal.tolist() == [draws.normal(KEY, draws.FIT, i, 3, 0) for i in range(n)]


def test_quantiles_far_out_in_both_tails_are_the_single_ones() -> None:
    """No address is known where so rare a number is drawn."""
    p = [
        2.0**-53,
        1e-12,
        1.388e-11,
        1.389e-11,
        1e-9,
        0.0749,
        0.075,
        0.3,
        0.925,
        0.9251,
        1 - 1e-9,
        1 - 2.0**-53,
    ]
    batch = bulk.new_batch(len(p))
    batch.uniform[:] = p
    bulk.quantiles(len(p), batch)
    assert batch.normal.tolist() == [draws.normal_quantile(x) for x in p]


def test_powers_are_those_of_a_single_kernel() -> None:
    weeks = np.array([0, 1, 2, 3, 52, 107, 1024, 65_536])
    out = np.empty(len(weeks) + 1)
    out[-1] = 99.0
    bulk.powers(0.98, len(weeks), weeks, out)
    assert out.tolist() == [_power(0.98, int(n)) for n in weeks] + [99.0]
    bulk.powers(0.0, 2, weeks, out)
    assert out[:2].tolist() == [1.0, 0.0]


@kernel
def _power(base: float, exponent: int) -> float:
    return base**exponent


@given(lively_markets(), st.sampled_from([0, 1, 51, 512, 1023, 1024, 1025, 3000]))
def test_moods_and_fits_of_many_are_those_of_each(play: Play, week: int) -> None:
    engine = Engine(play.scenario, play.replication)
    rules, n = bind(engine.rules), play.scenario.market.buyers
    batch, out = bulk.new_batch(n), np.empty(n)
    batch.agent[:] = np.arange(n)
    influence.moods(engine.key, week, n, batch, rules, out)
    assert out.tolist() == [influence.mood(engine.key, buyer, week, rules) for buyer in range(n)]
    batch.draw[:] = np.arange(n) % len(play.scenario.products)
    preferences.fits(engine.key, n, batch, rules)
    each = [preferences.fit(engine.key, b, b % len(play.scenario.products), rules) for b in range(n)]
    assert batch.normal.tolist() == each
