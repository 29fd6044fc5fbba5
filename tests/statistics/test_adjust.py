"""Holm's adjustment: a published example, a second way to compute it, and false alarms under dependence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from tests.helpers import share_error
from zerosum.statistics import compare_pairs, holm

pytestmark = pytest.mark.uncompiled


nan = math.nan


def test_the_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_a_test_that_was_not_possible_does_not_count() -> None:
    found = holm([0.01, nan, 0.04, 0.03, nan, 0.005])
    assert found == pytest.approx([0.03, nan, 0.06, 0.06, nan, 0.02], nan_ok=True)


@pytest.mark.parametrize("p", [[], [nan], [nan, nan]])
def test_without_tests_there_is_nothing_to_adjust(p: list[float]) -> None:
    assert holm(p) == pytest.approx(p, nan_ok=True)


@pytest.mark.parametrize("p", [[0.5, 1.5], [-0.1]])
def test_what_is_no_p_is_refused(p: list[float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm(p)


def test_what_it_was_given_stays_as_it_was() -> None:
    given_ = np.array([0.01, 0.04])
    holm(given_)
    assert given_.tolist() == [0.01, 0.04]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
@settings(max_examples=6, deadline=None)  # each collects garbage
def test_statsmodels_agrees(p: list[float]) -> None:
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


@given(st.lists(st.floats(0, 1), max_size=12))
def test_step_by_step_it_is_the_same(p: list[float]) -> None:
    expected, so_far = [0.0] * len(p), 0.0
    for rank, i in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        so_far = max(so_far, min(1.0, (len(p) - rank) * p[i]))
        expected[i] = so_far
    assert holm(p) == pytest.approx(expected)


def test_false_alarms_stay_rare_though_tests_hang_together() -> None:
    """Five strategies that do nothing, against one baseline: unadjusted, one in six tables has a false alarm."""
    rng, trials = np.random.default_rng(1), 500
    raw, adjusted = 0, 0
    for _ in range(trials):
        values = rng.normal(0, 5, (12, 1)) + rng.normal(size=(12, 6))
        p = [compare_pairs(values[:, strategy], values[:, 0]).p for strategy in range(1, 6)]
        raw += min(p) < 0.05
        adjusted += holm(p).min() < 0.05
    assert adjusted / trials < 0.05 + 4 * share_error(0.05, trials)
    assert raw / trials > 0.12
