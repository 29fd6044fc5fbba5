"""Paired differences and their intervals, against a textbook's example, scipy, and the coverage they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from tests.helpers import share_error, within
from zerosum.statistics import Interval, mean_interval, paired_difference

pytestmark = pytest.mark.uncompiled


LAW_1 = (126.97, 124.31, 126.68, 122.66, 127.23)
LAW_2 = (118.21, 120.22, 122.45, 122.68, 119.40)


def test_paired_t_of_laws_worked_example() -> None:
    """Law, *Simulation Modeling and Analysis*, 5th ed., example 10.5: two inventory policies, 90 %."""
    found = paired_difference(LAW_1, LAW_2, confidence=0.9)
    assert found.n == 5
    assert found.mean == pytest.approx(4.98, abs=0.005)
    assert (found.low, found.high) == (pytest.approx(1.65, abs=0.005), pytest.approx(8.31, abs=0.005))
    half = (found.high - found.low) / 2
    assert (half / stats.t.ppf(0.95, 4)) ** 2 == pytest.approx(2.44, abs=0.005)


def test_a_difference_changes_its_sign_with_the_baseline() -> None:
    one, other = paired_difference(LAW_1, LAW_2), paired_difference(LAW_2, LAW_1)
    assert (one.mean, one.low, one.high) == (-other.mean, -other.high, -other.low)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
def test_an_interval_is_students(confidence: float) -> None:
    values = np.random.default_rng(1).lognormal(size=17)
    found = mean_interval(values, confidence)
    theirs = stats.ttest_1samp(values, 0.0).confidence_interval(confidence)
    assert found.mean == pytest.approx(values.mean(), rel=1e-14)
    assert (found.low, found.high) == (pytest.approx(theirs.low), pytest.approx(theirs.high))


def test_pairs_are_compared_not_means() -> None:
    """What two strategies share drops out: a constant gain under wild noise has no width."""
    noise = 1000.0 * np.random.default_rng(2).integers(-50, 50, size=20)
    found = paired_difference(noise + 2.0, noise)
    assert found == Interval(2.0, 2.0, 2.0, 20)


def test_the_same_numbers_differ_by_exactly_nothing() -> None:
    values = np.random.default_rng(3).normal(size=9)
    assert paired_difference(values, values) == Interval(0.0, 0.0, 0.0, 9)


def test_undefined_numbers_are_left_out_pair_by_pair() -> None:
    nan = math.nan
    found = paired_difference([1.0, nan, 5.0, 7.0, nan], [0.0, 1.0, nan, 3.0, nan])
    assert found.n == 2
    assert found.mean == 2.5
    assert found == paired_difference([1.0, 7.0], [0.0, 3.0])


def test_a_missing_number_lowers_n_and_nothing_else() -> None:
    assert mean_interval([1.0, math.nan, 2.0, 4.0]) == mean_interval([1.0, 2.0, 4.0])


@pytest.mark.parametrize("values", [[], [math.nan], [math.nan, math.nan]])
def test_without_numbers_there_is_no_mean(values: list[float]) -> None:
    found = mean_interval(values)
    assert found.n == 0
    assert all(math.isnan(x) for x in (found.mean, found.low, found.high))


@pytest.mark.filterwarnings("error")
def test_one_number_has_a_mean_but_no_interval() -> None:
    found = mean_interval([3.0])
    assert (found.mean, found.n) == (3.0, 1)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert math.isnan(paired_difference([3.0, math.nan], [1.0, 2.0]).low)


@pytest.mark.parametrize(("left", "right"), [([1.0, 2.0], [1.0]), ([1.0], [1.0, 2.0]), ([1.0, 2.0], 1.0)])
def test_numbers_without_a_partner_are_refused(left: object, right: object) -> None:
    with pytest.raises(ValueError, match="must come in pairs"):
        paired_difference(left, right)  # type: ignore[arg-type]


@pytest.mark.parametrize(("n", "confidence"), [(2, 0.95), (5, 0.8), (30, 0.95)])
def test_intervals_cover_the_truth_as_often_as_they_say(n: int, confidence: float) -> None:
    """Pairs with common random numbers and a known mean difference."""
    rng, trials, truth = np.random.default_rng(4), 1000, 0.3
    hits = 0
    for _ in range(trials):
        noise = rng.normal(0.0, 5.0, n)
        found = paired_difference(
            noise + rng.normal(truth, 1.0, n), noise + rng.normal(0.0, 0.5, n), confidence
        )
        hits += found.low <= truth <= found.high
    assert within(hits / trials, confidence, share_error(confidence, trials))
