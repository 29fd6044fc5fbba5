"""Pairs of strategies: against scipy, a textbook, and what the numbers promise under known laws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.each import each
from tests.helpers import share_error, within
from tests.statistics.test_intervals import LAW_1, LAW_2
from zerosum.statistics import Interval, compare_pairs, mean_interval, paired_difference
from zerosum.statistics.pairs import too_skewed

pytestmark = pytest.mark.uncompiled


nan = math.nan
EIGHTHS = st.integers(-80, 80).map(lambda i: i / 8.0)
PAIRS = st.lists(st.tuples(EIGHTHS, EIGHTHS), min_size=2, max_size=40)


def some(n: int, seed: int, shared: float = 3.0, gain: float = 0.3) -> tuple[Any, Any]:
    """Two strategies with common random numbers."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0.0, shared, n)
    return noise + rng.normal(gain, 1.0, n), noise + rng.normal(0.0, 1.0, n)


def test_laws_worked_example() -> None:
    """Law, 5th ed., example 10.5: t = 4.98 / sqrt(2.44) = 3.19 with 4 degrees of freedom."""
    found = compare_pairs(LAW_1, LAW_2, confidence=0.9)
    assert found.difference == paired_difference(LAW_1, LAW_2, 0.9)
    assert found.p == pytest.approx(2 * stats.t.sf(4.98 / math.sqrt(2.44), 4), rel=0.01)
    assert (found.higher, found.lower, found.ties) == (4, 1, 0)


@each("seed", range(5))
@each("confidence", [0.8, 0.95])
def test_it_is_what_scipy_says(seed: int, confidence: float) -> None:
    a, b = some(23, seed)
    found = compare_pairs(a, b, confidence)
    assert found.p == pytest.approx(stats.ttest_rel(a, b).pvalue, rel=1e-9)
    assert found.correlation == pytest.approx(stats.pearsonr(a, b).statistic)
    wilson = stats.binomtest(found.higher, 23).proportion_ci(confidence, method="wilson")
    assert found.share_higher.n == 23
    assert (found.share_higher.low, found.share_higher.high) == pytest.approx((wilson.low, wilson.high))
    skewness = stats.skew(a - b)
    assert found.skewed == too_skewed(float(skewness), 23, confidence)


@given(PAIRS)
def test_the_other_way_round_everything_mirrors(pairs: list[tuple[float, float]]) -> None:
    a, b = np.array(pairs).T
    one, other = compare_pairs(a, b), compare_pairs(b, a)
    assert one.p == pytest.approx(other.p, nan_ok=True)
    assert (one.higher, one.lower, one.ties) == (other.lower, other.higher, other.ties)
    assert one.higher + one.lower + one.ties == one.difference.n == len(pairs)
    assert one.correlation == pytest.approx(other.correlation, nan_ok=True)
    assert one.variance_ratio == pytest.approx(other.variance_ratio, nan_ok=True)
    assert one.skewed == other.skewed
    assert one.share_higher.n == one.higher + one.lower
    if one.share_higher.n:
        assert one.share_higher.mean == pytest.approx(1 - other.share_higher.mean)
        assert one.share_higher.low == pytest.approx(1 - other.share_higher.high)


@given(PAIRS, st.floats(0.5, 0.99))
def test_p_and_interval_tell_the_same(pairs: list[tuple[float, float]], confidence: float) -> None:
    """0 lies outside the interval just when p is below 1 - confidence."""
    a, b = np.array(pairs).T
    found = compare_pairs(a, b, confidence)
    if math.isnan(found.p) or abs(found.p - (1 - confidence)) < 1e-9:
        return
    outside = found.difference.low > 0 or found.difference.high < 0
    assert outside == (found.p < 1 - confidence)


def test_undefined_numbers_are_left_out_pair_by_pair() -> None:
    a, b = some(12, 1)
    with_gaps = np.insert(a, [3, 7], [nan, 1e9]), np.insert(b, [3, 7], [-1e9, nan])
    assert compare_pairs(*with_gaps) == compare_pairs(a, b)


def test_ties_stand_apart() -> None:
    found = compare_pairs([1.0, 2.0, 3.0, 4.0, 9.0], [1.0, 2.0, 2.0, 3.0, 10.0])
    assert (found.higher, found.lower, found.ties) == (2, 1, 2)
    assert found.share_higher.mean == pytest.approx(2 / 3)
    assert found.share_higher.n == 3


def test_strategies_that_do_the_same_differ_by_nothing_for_sure() -> None:
    values = np.random.default_rng(3).normal(size=9)
    found = compare_pairs(values, values)
    assert (found.difference, found.p) == (Interval(0.0, 0.0, 0.0, 9), 1.0)
    assert (found.higher, found.lower, found.ties) == (0, 0, 9)
    assert (found.correlation, found.variance_ratio, found.skewed) == (pytest.approx(1.0), math.inf, False)
    assert found.share_higher.n == 0
    assert math.isnan(found.share_higher.mean)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("gain", [2.0, 0.1])
def test_a_difference_without_spread_says_nothing_of_chance(gain: float) -> None:
    """0.1 is added with roundings: what varies in the seventeenth digit doesn't vary."""
    noise = np.random.default_rng(2).normal(0.0, 30.0, 20)
    found = compare_pairs(noise + gain, noise)
    assert math.isnan(found.p)
    assert found.higher == 20
    assert found.difference.mean == pytest.approx(gain)
    assert found.variance_ratio == math.inf
    assert not found.skewed


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [0, 1])
def test_too_few_pairs(n: int) -> None:
    found = compare_pairs([2.0][:n], [1.0][:n])
    assert found.difference.n == n
    assert (found.higher, found.lower, found.ties) == (n, 0, 0)
    assert all(math.isnan(x) for x in (found.p, found.correlation, found.variance_ratio))
    assert not found.skewed


@pytest.mark.filterwarnings("error")
def test_where_nothing_varies_common_random_numbers_brings_nothing_to_speak_of() -> None:
    assert math.isnan(compare_pairs([2.0, 2.0], [1.0, 1.0]).variance_ratio)
    one_varies = compare_pairs([2.0, 3.0, 7.0], [1.0, 1.0, 1.0])
    assert one_varies.variance_ratio == pytest.approx(1.0)
    assert math.isnan(one_varies.correlation)


def test_numbers_without_a_partner_are_refused() -> None:
    with pytest.raises(ValueError, match="must come in pairs"):
        compare_pairs([1.0, 2.0], [1.0])


def test_so_many_times_as_many_independent_runs_would_be_needed() -> None:
    """With correlation r and equal variances, 1/(1 - r); and its root is how much narrower the interval is."""
    a, b = some(20_000, 5, shared=2.0)
    found = compare_pairs(a, b)
    assert found.variance_ratio == pytest.approx(1 / (1 - 4 / 5), rel=0.05)
    apart = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    width = found.difference.high - found.difference.low
    assert ((apart.high - apart.low) / width) ** 2 == pytest.approx(found.variance_ratio, rel=1e-3)


def test_p_is_below_alpha_as_often_as_it_says() -> None:
    rng, trials = np.random.default_rng(6), 2000
    noise = rng.normal(0, 5, (trials, 8))
    a, b = noise + rng.normal(0, 1, (trials, 8)), noise + rng.normal(0, 1, (trials, 8))
    p = np.array([compare_pairs(x, y).p for x, y in zip(a, b, strict=True)])
    for alpha in (0.05, 0.3):
        assert within((p < alpha).mean(), alpha, share_error(alpha, trials))


# --- Where the t interval isn't to be trusted ---------------------------------------------------------------


@pytest.mark.parametrize("skewness", [0.5, 1.0, 2.0, 6.2])
def test_at_95_percent_it_is_cochrans_rule(skewness: float) -> None:
    edge = 25 * skewness**2
    assert too_skewed(skewness, math.floor(0.98 * edge))
    assert not too_skewed(skewness, math.ceil(edge))
    assert too_skewed(-skewness, math.floor(0.98 * edge))


def test_more_confidence_asks_for_more_numbers() -> None:
    """Tails are what skewness spoils: by Hall's term, 9.2 skewness^2 at 90 % and 112 at 99 %."""
    for confidence, factor in ((0.9, 9.2), (0.99, 112.0)):
        assert too_skewed(1.0, math.floor(0.97 * factor), confidence)
        assert not too_skewed(1.0, math.ceil(1.03 * factor), confidence)


def coverage(draw: Any, n: int, mean: float, trials: int) -> float:
    hits = 0
    for row in draw((trials, n)):
        found = mean_interval(row)
        hits += found.low <= mean <= found.high
    return hits / trials


@pytest.mark.parametrize("unit", [1e-6, 0.1, 1000.0])
def test_the_warning_has_no_unit(unit: float) -> None:
    rng = np.random.default_rng(9)
    for _ in range(50):
        gaps = rng.exponential(size=40)
        assert compare_pairs(unit * gaps, 0 * gaps).skewed == compare_pairs(gaps, 0 * gaps).skewed


@pytest.mark.slow
@pytest.mark.parametrize("shape", [1.0, 2.0])
def test_at_the_edge_of_the_rule_one_in_a_hundred_is_lost(shape: float) -> None:
    """Gamma numbers have skewness 2 / sqrt(shape). Far inside the edge, several are lost, far outside hardly any."""
    rng, trials = np.random.default_rng(7), 20_000

    def draw(size: tuple[int, int]) -> Any:
        return rng.gamma(shape, size=size)

    edge = round(25 * 4 / shape)
    at_edge = coverage(draw, edge, shape, trials)
    assert within(at_edge, 0.94, share_error(0.94, trials) + 0.001)
    assert coverage(draw, edge // 8, shape, trials) < 0.925
    assert coverage(draw, edge * 4, shape, trials) > 0.943


def test_exponential_differences_are_warned_of_and_normal_ones_are_not() -> None:
    rng = np.random.default_rng(8)
    warned = {"normal": 0, "exponential": 0}
    for _ in range(500):
        noise = rng.normal(0, 5, 60)
        warned["normal"] += compare_pairs(noise + rng.normal(size=60), noise).skewed
        warned["exponential"] += compare_pairs(noise + rng.exponential(size=60), noise).skewed
    assert warned["normal"] <= 3
    assert within(warned["exponential"] / 500, 0.53, share_error(0.53, 500))


def test_two_equal_pairs_are_no_difference_and_one_says_nothing() -> None:
    assert compare_pairs([1.0, 2.0], [1.0, 2.0]).p == 1.0
    assert math.isnan(compare_pairs([1.0], [1.0]).p)
    assert math.isnan(compare_pairs([2.0, 3.0], [1.0, 2.0]).p)  # of equal differences a t test says nothing
