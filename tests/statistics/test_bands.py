"""Bands: a second way to find their width, and how often they hold a whole curve."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.helpers import share_error, within
from zerosum.statistics import Band, mean_interval, simultaneous_band

pytestmark = pytest.mark.uncompiled


nan = math.nan


def walks(rng: np.random.Generator, n: int, weeks: int, memory: float) -> Any:
    """Curves whose weeks hang together; true mean 0."""
    steps = rng.normal(size=(n, weeks))
    curves = np.empty((n, weeks))
    curves[:, 0] = steps[:, 0]
    for week in range(1, weeks):
        curves[:, week] = memory * curves[:, week - 1] + steps[:, week]
    return curves


def width(band: Band, curves: Any) -> Any:
    """Half-width in standard errors, week by week."""
    return (band.high - band.mean) / (curves.std(axis=0, ddof=1) / math.sqrt(len(curves)))


def holds(band: Band, low: str = "low", high: str = "high") -> bool:
    return bool(np.all((getattr(band, low) <= 0.0) & (getattr(band, high) >= 0.0)))


def test_each_week_by_itself_it_is_the_t_interval() -> None:
    curves = walks(np.random.default_rng(1), 12, 6, 0.5)
    band = simultaneous_band(curves, 0.9)
    for week in range(6):
        found = mean_interval(curves[:, week], 0.9)
        here = band.mean[week], band.pointwise_low[week], band.pointwise_high[week]
        assert here == pytest.approx((found.mean, found.low, found.high))


def test_the_whole_band_is_wider_by_the_same_factor_everywhere() -> None:
    curves = walks(np.random.default_rng(2), 15, 20, 0.7) * np.arange(1, 21)
    widths = width(simultaneous_band(curves), curves)
    assert widths == pytest.approx(widths[0])
    assert stats.t.ppf(0.975, 14) < widths[0] < stats.t.ppf(1 - 0.025 / 20, 14)


def test_one_week_and_weeks_that_move_as_one_need_no_wider_band() -> None:
    """Up to what 2,000 draws leave open: about 4 % of a quantile with 9 degrees of freedom."""
    one = np.random.default_rng(3).normal(size=(10, 1))
    together = one * np.array([1.0, -2.0, 5.0]) + np.array([0.0, 7.0, 1.0])
    for curves in (one, together):
        assert width(simultaneous_band(curves), curves) == pytest.approx(stats.t.ppf(0.975, 9), rel=0.08)


@pytest.mark.parametrize(("n", "weeks", "memory"), [(6, 4, 0.0), (20, 8, 0.8), (4, 12, 0.5)])
def test_samples_drawn_one_by_one_give_the_same_width(n: int, weeks: int, memory: float) -> None:
    """The plain way: draw whole samples of normal curves with these correlations, and take each one's largest |t|."""
    rng = np.random.default_rng(4)
    curves = walks(rng, n, weeks, memory)
    centred = curves - curves.mean(axis=0)
    largest = []
    for _ in range(4000):
        sample = rng.normal(size=(n, n)) @ centred
        t = sample.mean(axis=0) / (sample.std(axis=0, ddof=1) / math.sqrt(n))
        largest.append(np.abs(t).max())
    c = width(simultaneous_band(curves, 0.9), curves)[0]
    assert within((np.array(largest) <= c).mean(), 0.9, share_error(0.9, 4000) + share_error(0.9, 2000))


def test_the_same_key_the_same_band() -> None:
    curves = walks(np.random.default_rng(5), 10, 12, 0.5)
    one, same, other = (simultaneous_band(curves, key=key) for key in (7, 7, 8))
    assert np.array_equal(one.high, same.high)
    assert not np.array_equal(one.high, other.high)
    assert np.array_equal(one.pointwise_high, other.pointwise_high)


@pytest.mark.filterwarnings("error")
def test_weeks_in_which_all_agree_have_no_width_and_cost_none() -> None:
    """0.1, ten times, misses its own mean by a rounding; that is no spread."""
    curves = walks(np.random.default_rng(6), 10, 8, 0.5)
    with_dull = np.insert(curves, [0, 0, 4], [0.0, 0.1, -3.3], axis=1)
    plain, band = simultaneous_band(curves), simultaneous_band(with_dull)
    dull = [0, 1, 6]
    assert band.high[dull] == pytest.approx([0.0, 0.1, -3.3])
    assert np.array_equal(band.high[dull], band.low[dull])
    assert np.delete(band.high, dull) == pytest.approx(plain.high)


@pytest.mark.filterwarnings("error")
def test_a_week_of_mere_rounding_does_not_add_a_dimension() -> None:
    """Three curves span two dimensions once they are centred, whatever a rounding looks like."""
    curves = np.array([[0.1, 0.3, 0.2, 0.3], [0.2, 0.1, 0.5, 0.3], [0.4, 0.2, 0.1, np.nextafter(0.3, 1.0)]])
    band, plain = simultaneous_band(curves), simultaneous_band(curves[:, :3])
    assert np.isfinite(band.low).all()
    assert np.array_equal(band.mean[:3], plain.mean)
    assert (band.low[:3] <= plain.pointwise_low).all()


def test_curves_that_all_agree() -> None:
    band = simultaneous_band(np.tile([1.0, 2.0, 3.0], (5, 1)))
    assert band.low.tolist() == band.high.tolist() == band.mean.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.filterwarnings("error")
def test_an_undefined_week_does_not_hold_up_the_others() -> None:
    curves = walks(np.random.default_rng(7), 10, 8, 0.5)
    plain = simultaneous_band(curves)
    gap = np.insert(curves, 3, 1.0, axis=1)
    gap[4, 3] = nan
    band = simultaneous_band(gap)
    assert np.isnan([band.mean[3], band.low[3], band.pointwise_high[3]]).all()
    assert np.delete(band.low, 3) == pytest.approx(plain.low)


@pytest.mark.filterwarnings("error")
def test_too_few_curves() -> None:
    one = simultaneous_band([[1.0, 2.0]])
    assert one.mean.tolist() == [1.0, 2.0]
    assert np.isnan([one.low, one.high, one.pointwise_low, one.pointwise_high]).all()
    assert np.isnan(simultaneous_band(np.empty((0, 3))).mean).all()
    two = simultaneous_band([[1.0, 2.0], [3.0, 2.5]])
    assert np.all(two.low < two.mean)


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(ValueError, match="table"):
        simultaneous_band([1.0, 2.0])
    with pytest.raises(ValueError, match="confidence"):
        simultaneous_band([[1.0], [2.0]], confidence=95)


def coverage(n: int, weeks: int, memory: float, trials: int, seed: int) -> tuple[float, float]:
    """Share of samples whose band holds the whole curve: the band, and the pointwise one."""
    rng = np.random.default_rng(seed)
    whole = pointwise = 0
    for trial in range(trials):
        band = simultaneous_band(walks(rng, n, weeks, memory), key=trial)
        whole += holds(band)
        pointwise += holds(band, "pointwise_low", "pointwise_high")
    return whole / trials, pointwise / trials


def test_a_band_holds_the_whole_curve() -> None:
    trials = 150
    whole, pointwise = coverage(8, 12, 0.7, trials, 8)
    assert within(whole, 0.945, share_error(0.945, trials))
    assert pointwise < 0.75


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "memory", "pointwise_at_most"),
    [(10, 0.7, 0.25), (20, 0.0, 0.15), (20, 0.95, 0.65), (60, 0.7, 0.25)],
)
def test_over_a_year_it_holds_as_often_as_it_says(n: int, memory: float, pointwise_at_most: float) -> None:
    """.945: that correlations are estimated, too, costs half a point."""
    trials = 400 if n < 60 else 100
    whole, pointwise = coverage(n, 52, memory, trials, 9)
    assert within(whole, 0.945, share_error(0.945, trials))
    assert pointwise < pointwise_at_most


def test_a_band_of_all_weeks_is_no_narrower_than_one_of_each() -> None:
    """Two curves make all weeks move as one: the simulated quantile is then that of one |t|, give or take chance."""
    for key in range(6):
        band = simultaneous_band([[0.0, 1.0, 2.0], [1.0, 3.0, 3.0]], key=key)
        assert np.all(band.low <= band.pointwise_low), key
        assert np.all(band.high >= band.pointwise_high), key
        assert band.mean.tolist() == [0.5, 2.0, 2.5]
