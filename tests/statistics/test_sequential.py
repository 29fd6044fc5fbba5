"""Stopping when intervals are narrow: the slow way, what more replications must not change, and what it costs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import share_error, within
from zerosum.statistics import halfwidth_reached, mean_interval

pytestmark = pytest.mark.uncompiled


nan = math.nan


def the_slow_way(values: Any, halfwidth: Any, confidence: float, first: int) -> int | None:
    table = np.asarray(values, float)
    wanted = np.broadcast_to(halfwidth, table.shape[1:])
    for r in range(first, len(table) + 1):
        found = [mean_interval(column, confidence) for column in table[:r].T]
        if all(x.n >= first and x.high - x.mean <= most for x, most in zip(found, wanted, strict=True)):
            return r
    return None


NUMBERS = st.one_of(st.integers(-40, 40).map(lambda i: i / 4), st.just(nan))
TABLES = st.integers(1, 3).flatmap(
    lambda m: st.lists(st.lists(NUMBERS, min_size=m, max_size=m), min_size=1, max_size=40)
)


@given(TABLES, st.floats(0.6, 9), st.sampled_from([0.8, 0.95]), st.integers(2, 6))
def test_one_at_a_time_it_is_the_same(table: Any, halfwidth: float, confidence: float, first: int) -> None:
    assert halfwidth_reached(table, halfwidth, confidence, first) == the_slow_way(
        table, halfwidth, confidence, first
    )


@given(TABLES, st.floats(0.6, 9))
def test_more_replications_never_change_it(table: Any, halfwidth: float) -> None:
    whole = halfwidth_reached(table, halfwidth, first=3)
    for n in range(1, len(table) + 1):
        assert halfwidth_reached(table[:n], halfwidth, first=3) == (whole if whole and whole <= n else None)


def test_the_widest_difference_decides_and_each_may_have_its_own_width() -> None:
    values = np.random.default_rng(1).normal(size=(400, 2)) * [1.0, 10.0]
    alone = [halfwidth_reached(values[:, [i]], w) for i, w in enumerate((0.3, 1.5))]
    together = halfwidth_reached(values, [0.3, 1.5])
    assert None not in alone
    assert together == max(at for at in alone if at)
    assert halfwidth_reached(values, 0.3) is None


def test_digits_are_kept_far_from_nothing() -> None:
    values = np.random.default_rng(2).normal(size=(300, 1))
    assert (
        halfwidth_reached(values + 1e7, 0.2)
        == halfwidth_reached(values, 0.2)
        == the_slow_way(values, 0.2, 0.95, 20)
    )


@pytest.mark.filterwarnings("error")
def test_differences_without_spread_are_known_at_the_first_look() -> None:
    assert halfwidth_reached(np.full((50, 2), 0.1), 1e-9) == 20
    assert halfwidth_reached(np.full((19, 2), 0.1), 1e-9) is None
    assert halfwidth_reached(np.empty((0, 2)), 1.0) is None
    assert halfwidth_reached(np.full((50, 1), nan), 1.0) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"values": [1.0, 2.0]}, "table"),
        ({"halfwidth": 0.0}, "above 0"),
        ({"halfwidth": [1.0, nan]}, "above 0"),
        ({"confidence": 95}, "confidence"),
        ({"first": 1}, "at least two first"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        halfwidth_reached(**({"values": np.zeros((30, 2)), "halfwidth": 1.0} | change))


@pytest.mark.parametrize(
    ("law", "mean", "sd", "covered"), [("normal", 0.0, 1.0, 0.945), ("exponential", 1.0, 1.0, 0.89)]
)
def test_stopping_by_the_width_costs_a_little_coverage(
    law: str, mean: float, sd: float, covered: float
) -> None:
    """Some 60 replications are needed; as many, fixed beforehand, would cover .95 and .94 times."""
    rng, trials = np.random.default_rng(3), 1500
    hits = 0
    for _ in range(trials):
        values = getattr(rng, law)(size=200)
        at = halfwidth_reached(values[:, None], 1.96 * sd / math.sqrt(60))
        assert at is not None
        found = mean_interval(values[:at])
        hits += found.low <= mean <= found.high
    assert within(hits / trials, covered, share_error(covered, trials))
