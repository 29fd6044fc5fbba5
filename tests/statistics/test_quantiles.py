"""Differences of quantiles: one by one the slow way, and all at once."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.helpers import share_error, within
from zerosum.statistics import paired_difference, quantile_differences, simultaneous_band

pytestmark = pytest.mark.uncompiled


nan = math.nan
TENTHS = (0.1, 0.5, 0.9)


def teams(seed: int, n: int = 20, members: int = 15) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 3, (n, 1))
    return noise + rng.gamma(2.0, size=(n, members)), noise + rng.gamma(2.0, size=(n, members))


def test_each_replication_has_its_own_quantile() -> None:
    a, b = teams(1)
    for found, p in zip(quantile_differences(a, b, TENTHS, 0.9), TENTHS, strict=True):
        mine = [np.quantile(row, p) for row in a]
        theirs = [np.quantile(row, p) for row in b]
        expected = paired_difference(mine, theirs, 0.9)
        assert found.probability == p
        assert found.difference.n == found.together.n == 20
        assert (found.difference.mean, found.difference.low) == pytest.approx((expected.mean, expected.low))


def test_together_is_the_band_over_probabilities() -> None:
    a, b = teams(2)
    gaps = np.quantile(a, TENTHS, axis=1).T - np.quantile(b, TENTHS, axis=1).T
    band = simultaneous_band(gaps, key=3)
    found = quantile_differences(a, b, TENTHS, key=3)
    assert [q.together.low for q in found] == pytest.approx(list(band.low))
    for q in found:
        assert q.together.mean == pytest.approx(q.difference.mean)
        assert q.together.low < q.difference.low < q.difference.high < q.together.high


def test_it_finds_who_gains() -> None:
    """The best two of fifteen gain one each; in the middle nothing happens."""
    _, b = teams(3)
    a = np.sort(b, axis=1)
    a[:, -2:] += 1.0
    low, middle, top = (q.difference for q in quantile_differences(a, b, (0.1, 0.5, 1.0)))
    assert (low.mean, low.high, middle.mean) == pytest.approx((0.0, 0.0, 0.0))
    assert top.mean == pytest.approx(1.0)


def test_common_random_numbers_and_scale_pass_through() -> None:
    a, b = teams(4)
    plain = quantile_differences(a, b, TENTHS)
    noise = np.random.default_rng(5).normal(0, 100, (20, 1))
    for one, other in zip(plain, quantile_differences(3 * a + noise, 3 * b + noise, TENTHS), strict=True):
        assert other.difference.high == pytest.approx(3 * one.difference.high)
        assert other.together.low == pytest.approx(3 * one.together.low)


@pytest.mark.filterwarnings("error")
def test_members_may_be_missing_or_differ_in_number() -> None:
    a, b = teams(6)
    longer = np.concatenate([a, np.full((20, 2), nan)], axis=1)
    assert quantile_differences(longer, b, TENTHS) == quantile_differences(a, b, TENTHS)
    empty = a.copy()
    empty[3] = nan
    assert quantile_differences(empty, b, TENTHS) == quantile_differences(
        np.delete(a, 3, axis=0), np.delete(b, 3, axis=0), TENTHS
    )


@pytest.mark.filterwarnings("error")
def test_too_few_replications() -> None:
    a, b = teams(7, n=1)
    (found,) = quantile_differences(a, b, [0.5])
    assert found.difference.n == 1
    assert math.isnan(found.together.low)
    (nothing,) = quantile_differences(a[:0], b[:0], [0.5])
    assert nothing.difference.n == 0


def test_what_does_not_pair_is_refused() -> None:
    a, b = teams(8)
    with pytest.raises(ValueError, match="same replications"):
        quantile_differences(a, b[:-1], TENTHS)
    with pytest.raises(ValueError, match="same replications"):
        quantile_differences(a[:, 0], b[:, 0], TENTHS)
    with pytest.raises(ValueError):
        quantile_differences(a, b, [1.5])


@pytest.mark.slow
def test_all_at_once_they_hold_as_often_as_they_say() -> None:
    rng, trials = np.random.default_rng(9), 800
    probabilities = (0.1, 0.25, 0.5, 0.75, 0.9)
    together = alone = 0
    for trial in range(trials):
        noise = rng.normal(0, 3, (15, 1))
        a, b = noise + rng.normal(size=(15, 20)), noise + rng.normal(size=(15, 20))
        found = quantile_differences(a, b, probabilities, key=trial)
        together += all(q.together.low <= 0 <= q.together.high for q in found)
        alone += all(q.difference.low <= 0 <= q.difference.high for q in found)
    assert within(together / trials, 0.95, share_error(0.95, trials))
    assert alone / trials < 0.9
