"""Averages over points and the share of noise: against plain twins, and by how often intervals hold the truth."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from tests.experiments.fabricated import METRIC, column, hours, saturation, study_of, swept_of
from tests.helpers import share_error
from zerosum.market.metrics import BY_NAME
from zerosum.studies.sweep import responses
from zerosum.studies.sweep.analysis.averages import averages, noise_between
from zerosum.studies.sweep.analysis.effects import effect_table, swing_table
from zerosum.studies.sweep.analysis.outcome import take_outcomes

pytestmark = pytest.mark.uncompiled


POINTS, COURSES = 6, 5
AT, COURSE = (a.ravel() for a in np.meshgrid(np.arange(POINTS), np.arange(COURSES), indexing="ij"))
GROUP = np.array([0, 0, 0, 1, 1, -1])


def test_on_common_random_numbers_an_average_is_a_paired_one() -> None:
    values = np.random.default_rng(1).normal(size=(POINTS, COURSES))
    found = averages(values.ravel(), AT, COURSE, GROUP, 2, common=True, drawn=False)
    by_course = values[:3].mean(axis=0)
    expected = stats.ttest_1samp(by_course, 0).confidence_interval(0.95)
    assert found.interval(0, 0.95) == pytest.approx((by_course.mean(), expected.low, expected.high))
    gap = values[:3].mean(axis=0) - values[3:5].mean(axis=0)
    expected = stats.ttest_1samp(gap, 0).confidence_interval(0.9)
    assert found.contrast(0, 1, 0.9) == pytest.approx((gap.mean(), expected.low, expected.high))
    assert found.count.tolist() == [3, 2]


def test_on_random_numbers_of_their_own_points_are_independent() -> None:
    values = np.random.default_rng(2).normal(size=(2, COURSES))
    at = np.repeat([0, 1], COURSES)
    found = averages(values.ravel(), at, np.tile(np.arange(COURSES), 2), np.array([0, 1]), 2, False, False)
    welch = stats.ttest_ind(values[0], values[1], equal_var=False).confidence_interval(0.95)
    assert found.contrast(0, 1, 0.95)[1:] == pytest.approx((welch.low, welch.high))
    assert len(found.shared) == 0


def test_drawn_points_of_own_random_numbers_are_a_sample() -> None:
    values = np.random.default_rng(3).normal(size=(POINTS, COURSES))
    found = averages(values.ravel(), AT, COURSE, np.zeros(POINTS, int), 1, common=False, drawn=True)
    expected = stats.ttest_1samp(values.mean(axis=1), 0).confidence_interval(0.95)
    assert found.interval(0, 0.95)[1:] == pytest.approx((expected.low, expected.high))


def test_differences_that_are_all_the_same_have_no_width() -> None:
    """Shares of six reps: 3/6 - 2/6 is not 4/6 - 3/6 to the last bit."""
    sixths = [3 / 6 - 2 / 6, 4 / 6 - 3 / 6, 5 / 6 - 4 / 6, 1 / 6]
    assert len(set(sixths)) > 1
    found = averages(np.array(sixths), np.zeros(4, int), np.arange(4), np.zeros(1, int), 1, True, False)
    _, low, high = found.interval(0, 0.95)
    assert low == high
    study = study_of([saturation("values = [0.1, 0.9]")], often=4)
    parts = np.array([[2, 3, 4, 0]]) / 6
    rows = responses(swept_of(study, lambda p, rng, n: (parts, np.array([[3, 4, 5, 1]]) / 6)))
    gaps = rows[rows["strategy"] == "calls"]
    assert (gaps["low"] == gaps["high"]).all()


def test_undefined_numbers_are_left_out_and_points_count_alike() -> None:
    values = np.array([1.0, 3.0, np.nan, 10.0])
    found = averages(values, np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([0, 0]), 1, True, False)
    assert found.mean[0] == pytest.approx((2.0 + 10.0) / 2)


@pytest.mark.parametrize(("common", "drawn"), list(itertools.product([True, False], [False, True])))
def test_one_run_a_point_has_no_interval_unless_the_sample_gives_it(common: bool, drawn: bool) -> None:
    values = np.random.default_rng(4).normal(size=POINTS)
    where = np.arange(POINTS)
    found = averages(values, where, np.zeros(POINTS, int), np.zeros(POINTS, int), 1, common, drawn)
    _, low, high = found.interval(0, 0.95)
    assert np.isfinite([low, high]).all() == (drawn and not common)


@pytest.mark.parametrize(("common", "drawn"), list(itertools.product([True, False], [False, True])))
def test_intervals_hold_the_truth_as_often_as_they_say(common: bool, drawn: bool) -> None:
    rng, trials = np.random.default_rng(5), 1_500
    held = held_contrast = 0
    for _ in range(trials):
        points = (
            rng.normal(0, 1.0, (POINTS, 1)) if drawn else np.array([[1.0], [2.0], [0.0], [4.0], [0.0], [0.0]])
        )
        shared = rng.normal(0, 1.0, (2, COURSES)) if common else np.zeros((2, COURSES))
        values = points + shared[np.maximum(GROUP, 0)] + rng.normal(0, 1.0, (POINTS, COURSES))
        found = averages(values.ravel(), AT, COURSE, GROUP, 2, common, drawn)
        _, low, high = found.interval(0, 0.95)
        held += low <= (0.0 if drawn else 1.0) <= high
        _, low, high = found.contrast(0, 1, 0.95)
        held_contrast += low <= (0.0 if drawn else -1.0) <= high
    error = 4 * share_error(0.95, trials)
    for share in (held / trials, held_contrast / trials):
        # Drawn points with common random numbers: on the wide side, as the docstring says. Few unequal variances, too.
        assert 0.95 - error <= share <= (1.0 if drawn or not common else 0.95 + error)


def test_the_share_of_noise_is_found() -> None:
    rng, shares = np.random.default_rng(6), []
    at, course = (a.ravel() for a in np.meshgrid(np.arange(200), np.arange(4), indexing="ij"))
    for common in (True, False):
        noise = rng.normal(0, 5, 4) if common else np.zeros(4)
        values = rng.normal(0, 1.0, 200)[:, None] + noise + rng.normal(0, 1.0, (200, 4))
        found = noise_between(values.ravel(), at, course, 200, common)
        shares.append(found.share)
        assert found.noise == pytest.approx(0.5, rel=0.1)
        assert not found.hides_all
    assert shares == pytest.approx([0.2, 0.2], rel=0.25)


def test_of_one_run_a_point_nothing_is_known_of_noise() -> None:
    found = noise_between(np.arange(5.0), np.arange(5), np.zeros(5, int), 5, False)
    assert not found.known
    assert np.isnan(found.p)
    assert found.spread == pytest.approx(np.arange(5.0).std(ddof=1))


def test_main_effects_and_swings_of_a_known_surface() -> None:
    study = study_of([saturation("values = [0.1, 0.5, 0.9]"), hours("values = [30, 40]")], often=12)
    swept = swept_of(
        study, lambda p, rng, n: (0, 10 * column(p, "saturation") + rng.normal(0, 0.1, (len(p), n)))
    )
    (outcome,) = take_outcomes(swept, BY_NAME[METRIC], "usual")
    effects = effect_table(outcome, 0.95)
    slopes = effects[effects["factor"] == "saturation"]
    assert slopes["difference"].tolist() == pytest.approx([1.0, 5.0, 9.0], abs=0.1)
    assert slopes["points"].tolist() == [2, 2, 2]
    found = swing_table(outcome, 0.95).set_index("factor")
    assert found.loc["saturation", "swing"] == pytest.approx(8.0, abs=0.15)
    assert found.loc["saturation", "swing_low"] < 8.0 < found.loc["saturation", "swing_high"]
    assert found.loc["hours", "swing_low"] < 0 < found.loc["hours", "swing_high"]
    # The largest of several distances pays for being the largest.
    assert found.loc["saturation", "range_high"] > found.loc["saturation", "swing_high"]
    assert (found.loc["saturation", "from_value"], found.loc["saturation", "to_value"]) == ("0.1", "0.9")


@pytest.mark.parametrize("common", [True, False])
def test_main_effects_know_whether_points_share_their_random_numbers(common: bool) -> None:
    """What a replication does to a strategy at all points is averaged out by more replications, not by more points."""
    study = study_of(
        [saturation("low = 0.1\nhigh = 0.9\nsteps = 20"), hours("values = [30, 40]")],
        more="" if common else 'random_numbers = "own"',
    )
    shared = np.random.default_rng(1).normal(size=(1, 6))
    noise = np.random.default_rng(2).normal(size=(40, 6))
    gaps = np.broadcast_to(shared, (40, 6)) if common else noise
    (outcome,) = take_outcomes(swept_of(study, lambda p, rng, n: (0, gaps)), BY_NAME[METRIC], "usual")
    rows = effect_table(outcome, 0.95)
    row = rows[(rows["factor"] == "hours") & (rows["value"] == "30")].iloc[0]
    if common:
        expected = stats.ttest_1samp(shared[0], 0).confidence_interval(0.95)
        assert (row["low"], row["high"]) == pytest.approx((expected.low, expected.high))
    else:
        assert row["high"] - row["low"] == pytest.approx(2 * 1.98 * noise[::2].std() / 120**0.5, rel=0.1)


def test_a_sampled_factor_is_compared_in_the_fifths_of_its_law() -> None:
    study = study_of(
        [saturation("low = 0.0\nhigh = 1.0"), hours('low = 20\nhigh = 60\nscale = "log"')],
        'kind = "latin-hypercube"\npoints = 400',
        often=3,
    )
    swept = swept_of(study, lambda p, rng, n: (0, 10 * column(p, "saturation") + rng.normal(0, 1, (1, n))))
    (outcome,) = take_outcomes(swept, BY_NAME[METRIC], "usual")
    found = swing_table(outcome, 0.95).set_index("factor")
    assert found.loc["saturation", "swing"] == pytest.approx(8.0, abs=0.1)
    assert found.loc["saturation", "from_value"] == "0.2 and less"
    assert found.loc["hours", "from_value"] == f"{20 * 3**0.2:.3g} and less"
    bins = effect_table(outcome, 0.95)
    assert bins[bins["factor"] == "saturation"]["points"].tolist() == [40] * 10
