"""Comparisons with the best: the slow way, what must not change them, and how often they all hold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.helpers import share_error
from zerosum.statistics import Interval, compare_with_best

pytestmark = pytest.mark.uncompiled


nan = math.nan


def strategies(rng: np.random.Generator, n: int, means: Any, correlation: float) -> Any:
    """Normal strategies with unit variance and equal correlations."""
    noise = rng.normal(size=(n, 1))
    own = rng.normal(size=(n, len(means)))
    return math.sqrt(correlation) * noise + math.sqrt(1 - correlation) * own + np.asarray(means)


def the_slow_way(values: Any, confidence: float) -> list[tuple[float, float]]:
    """One-sided paired t tests by scipy, then Hsu's rules, word for word."""
    k = values.shape[1]
    level = 1 - (1 - confidence) / (k - 1)
    upper, lower = {}, {}
    for i in range(k):
        for j in range(k):
            if i != j:
                upper[i, j] = (
                    stats.ttest_rel(values[:, i], values[:, j], alternative="less")
                    .confidence_interval(level)
                    .high
                )
                lower[i, j] = (
                    stats.ttest_rel(values[:, i], values[:, j], alternative="greater")
                    .confidence_interval(level)
                    .low
                )
    high = [max(0.0, min(upper[i, j] for j in range(k) if j != i)) for i in range(k)]
    may_be = [i for i in range(k) if high[i] > 0]
    low = [0.0 if may_be == [i] else min(0.0, *(lower[i, j] for j in may_be if j != i)) for i in range(k)]
    return list(zip(low, high, strict=True))


@pytest.mark.parametrize("k", [2, 3, 5])
@pytest.mark.parametrize("gain", [0.0, 0.4, 3.0])
def test_step_by_step_it_is_the_same(k: int, gain: float) -> None:
    values = strategies(np.random.default_rng(k), 12, [0.0] * (k - 1) + [gain], 0.6)
    found = compare_with_best(values, confidence=0.9)
    for mine, (low, high) in zip(found, the_slow_way(values, 0.9), strict=True):
        assert (mine.low, mine.high) == pytest.approx((low, high))
        assert mine.n == 12


@given(
    st.integers(3, 5).flatmap(
        lambda k: st.lists(st.lists(st.integers(-9, 9), min_size=k, max_size=k), min_size=3, max_size=6)
    ),
    st.sampled_from([0.6, 0.9]),
)
@settings(max_examples=30)
def test_step_by_step_it_is_the_same_for_any_spreads(table: list[list[int]], confidence: float) -> None:
    values = np.array(table, float) + np.random.default_rng(1).normal(0, 1e-3, np.shape(table))
    for mine, (low, high) in zip(
        compare_with_best(values, confidence=confidence), the_slow_way(values, confidence), strict=True
    ):
        assert (mine.low, mine.high) == pytest.approx((low, high))


def test_the_estimate_is_the_gap_to_the_best_of_the_others() -> None:
    values = np.array([[1.0, 5.0, 2.0], [2.0, 4.0, 4.0], [3.0, 9.0, 3.0]])
    assert [x.mean for x in compare_with_best(values)] == pytest.approx([-4.0, 3.0, -3.0])
    assert [x.mean for x in compare_with_best(values, higher_is_better=False)] == pytest.approx(
        [-1.0, 4.0, 1.0]
    )


def test_a_clear_best_is_told() -> None:
    values = strategies(np.random.default_rng(1), 30, [0.0, 2.0, 0.0], 0.9)
    one, best, other = compare_with_best(values)
    assert best.low == 0.0 < best.high
    assert one.high == other.high == 0.0
    assert one.low < -1.5


TABLES = st.integers(2, 4).flatmap(
    lambda k: st.lists(
        st.lists(st.integers(-20, 20).map(lambda i: i / 4), min_size=k, max_size=k), min_size=2, max_size=12
    )
)


@given(TABLES, st.floats(0.5, 0.99))
def test_zero_belongs_to_all_and_somebody_may_be_best(table: list[list[float]], confidence: float) -> None:
    found = compare_with_best(table, confidence=confidence)
    assert all(x.low <= 0.0 <= x.high for x in found)
    leader = int(np.argmax(np.mean(table, axis=0)))
    assert found[leader].mean >= 0.0
    assert all(x.low <= x.mean + 1e-12 for x in found)
    assert all(x.mean <= x.high + 1e-12 for x in found)


@given(TABLES)
def test_the_other_way_round_it_mirrors(table: list[list[float]]) -> None:
    values = np.array(table)
    for one, other in zip(
        compare_with_best(values), compare_with_best(-values, higher_is_better=False), strict=True
    ):
        assert (one.mean, one.low, one.high) == pytest.approx((-other.mean, -other.high, -other.low))


def test_what_strategies_share_drops_out() -> None:
    values = strategies(np.random.default_rng(2), 15, [0.0, 0.3, 0.5], 0.0)
    noise = np.random.default_rng(3).normal(0, 1000, (15, 1))
    for one, other in zip(compare_with_best(values), compare_with_best(values + noise), strict=True):
        assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-9)


def test_strategies_keep_their_intervals_when_they_change_places() -> None:
    values = strategies(np.random.default_rng(4), 15, [0.0, 0.3, 0.5], 0.5)
    found, turned = compare_with_best(values), compare_with_best(values[:, [2, 0, 1]])
    for place, strategy in enumerate([2, 0, 1]):
        assert (turned[place].low, turned[place].high) == pytest.approx(
            (found[strategy].low, found[strategy].high)
        )


@pytest.mark.filterwarnings("error")
def test_strategies_that_do_the_same_are_as_good() -> None:
    same = np.random.default_rng(5).normal(size=(10, 1))
    found = compare_with_best(np.concatenate([same, same, same - 1.0], axis=1))
    assert found[0] == found[1] == Interval(0.0, 0.0, 0.0, 10)
    assert found[2] == Interval(pytest.approx(-1.0), pytest.approx(-1.0), 0.0, 10)  # type: ignore[arg-type]


@pytest.mark.filterwarnings("error")
def test_undefined_rows_are_left_out_and_few_rows_say_nothing() -> None:
    values = strategies(np.random.default_rng(6), 10, [0.0, 1.0], 0.5)
    gap = np.insert(values, 4, [nan, 3.0], axis=0)
    assert compare_with_best(gap) == compare_with_best(values)
    (one, _) = compare_with_best([[1.0, 3.0]])
    assert (one.mean, one.n) == (-2.0, 1)
    assert math.isnan(one.low)
    (lower, _) = compare_with_best([[1.0, 3.0]], higher_is_better=False)
    assert lower.mean == -2.0
    assert all(math.isnan(x.mean) and x.n == 0 for x in compare_with_best(np.empty((0, 2))))


@pytest.mark.parametrize("values", [[1.0, 2.0], [[1.0], [2.0]]])
def test_one_strategy_is_no_comparison(values: Any) -> None:
    with pytest.raises(ValueError, match="at least two strategies"):
        compare_with_best(values)
    with pytest.raises(ValueError, match="confidence"):
        compare_with_best([[1.0, 2.0]], confidence=95)


@pytest.mark.parametrize("correlation", [0.0, 0.95])
@pytest.mark.parametrize("means", [(0.0, 0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0), (0.5, 0.45, 0.0, -0.5)])
def test_they_all_hold_at_once(means: tuple[float, ...], correlation: float) -> None:
    rng, trials = np.random.default_rng(7), 1200
    truth = [mean - max(means[:i] + means[i + 1 :]) for i, mean in enumerate(means)]
    hits = 0
    for _ in range(trials):
        found = compare_with_best(strategies(rng, 10, means, correlation))
        hits += all(x.low <= true <= x.high for x, true in zip(found, truth, strict=True))
    assert hits / trials >= 0.95 - 4 * share_error(0.95, trials)


def test_with_two_strategies_the_level_is_used_up() -> None:
    """Nothing is lost to Bonferroni then: intervals miss as often as they say, if the strategies are just as good."""
    rng, trials = np.random.default_rng(8), 4000
    hits = 0
    for _ in range(trials):
        # Strategy 0 is the better one by next to nothing, so that what rules it out is a miss.
        found = compare_with_best(strategies(rng, 6, (1e-9, 0.0), 0.5), confidence=0.8)
        hits += found[0].high >= 1e-9
    assert abs(hits / trials - 0.8) < 4 * share_error(0.8, trials)
