"""Whether points differ beyond chance: how often the test cries wolf, and how often it sees what is there."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from tests.experiments import rates
from tests.helpers import share_error
from zerosum.statistics import sign_flip_test
from zerosum.studies.sweep.analysis.averages import averages, noise_between


@pytest.mark.parametrize("noise", [rates.smooth, rates.rough, rates.uneven])
def test_on_common_random_numbers_points_seldom_differ_by_noise_alone(noise: rates.Noise) -> None:
    """As rarely as stated, however the points of a replication hang together; an F test errs four times as often."""
    for often, trials in ((10, 400), (40, 150)):
        wrong, by_f = rates.alarms(noise, True, often, trials)
        assert wrong <= 0.05 + 4 * share_error(0.05, trials)
        if noise is rates.smooth:
            assert by_f > 0.15


@pytest.mark.parametrize("noise", [rates.rough, rates.uneven, rates.skewed])
def test_on_own_random_numbers_points_seldom_differ_by_noise_alone(noise: rates.Noise) -> None:
    for often in (4, 10):
        wrong, by_f = rates.alarms(noise, False, often, 150)
        assert wrong <= 0.05 + 4 * share_error(0.05, 150)
        if noise is rates.uneven:
            assert by_f > 0.08


@pytest.mark.parametrize(("often", "common"), [(10, True), (40, True), (4, False), (10, False)])
def test_what_is_there_is_seen(often: int, common: bool) -> None:
    assert rates.alarms(rates.rough, common, often, 50, 4.0)[0] > 0.8
    if common:
        assert rates.alarms(rates.smooth, common, often, 50, 8.0)[0] > 0.8


def test_too_few_replications_that_all_points_share_give_no_p() -> None:
    """Of five there are 16 patterns of signs that matter: a p below 1/16 can't be."""
    values = np.random.default_rng(1).normal(size=(5, 30)) + 10 * np.arange(30)
    at, course = (a.ravel() for a in np.meshgrid(np.arange(30), np.arange(5)))
    found = noise_between(values.ravel(), at, course, 30, common=True)
    assert math.isnan(found.p)
    assert not found.hides_all
    assert found.independent == 5
    own = noise_between(values.ravel(), at, course, 30, common=False)
    assert own.p == pytest.approx(1 / 2000)
    assert own.independent == 150


def test_every_pattern_of_signs_is_tried_where_there_are_few() -> None:
    """Against a plain twin."""
    table = np.random.default_rng(2).normal(size=(7, 4)) + 0.7 * np.arange(4)
    rest = table - table.mean(axis=1, keepdims=True)
    spreads = [
        (rest * np.array([signs]).T).mean(axis=0).var() for signs in itertools.product([1, -1], repeat=7)
    ]
    expected = np.mean(np.array(spreads) >= rest.mean(axis=0).var() * (1 - 1e-9))
    assert sign_flip_test(table) == pytest.approx(expected)
    holed = np.vstack([table, [[1.0, np.nan, 2.0, 3.0]]])
    assert sign_flip_test(holed) == sign_flip_test(table)


@pytest.mark.parametrize("table", [np.zeros((9, 1)), np.zeros(9), np.zeros((2, 3)), np.full((9, 9), np.nan)])
def test_what_can_not_be_tested_has_no_p(table: np.ndarray) -> None:
    assert math.isnan(sign_flip_test(table, together=True))
    assert math.isnan(sign_flip_test(table, together=False))


def test_columns_that_never_differ_differ_by_nothing() -> None:
    assert sign_flip_test(np.ones((9, 5))) == 1.0
    assert sign_flip_test(np.ones((9, 5)), together=False) == 1.0


def test_what_a_point_has_more_of_weighs_no_more() -> None:
    """A precision adds replications to one point of ten. All share random numbers: the first ten count most."""
    rng, trials = np.random.default_rng(3), 1200
    often = np.array([10] * 9 + [50])
    at = np.repeat(np.arange(10), often)
    course = np.concatenate([np.arange(n) for n in often])
    held, means, widths = 0, [], []
    for _ in range(trials):
        found = averages(rng.normal(size=50)[course], at, course, np.zeros(10, int), 1, True, False)
        mean, low, high = found.interval(0, 0.95)
        held += low <= 0.0 <= high
        means.append(mean)
        widths.append(found.variance(0))
    assert np.mean(widths) == pytest.approx(np.var(means), rel=0.1)
    # Ten courses weigh .092 each, forty .002: as good as ten, not fifty.
    assert found.df(0) == pytest.approx((10 * 0.092**2 + 40 * 0.002**2) ** 2 / (10 * 0.092**4) - 1, rel=1e-4)
    assert held / trials == pytest.approx(0.95, abs=4 * share_error(0.95, trials))
