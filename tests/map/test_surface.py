"""The surface of a map and what it answers, against functions whose zero line is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import qmc

from zerosum.market.state import Float
from zerosum.scenario import load_scenario
from zerosum.studies.map.answer import at_place, crossovers, shares
from zerosum.studies.map.axes import Axis, Span, make_axis
from zerosum.studies.map.surface import Surface

pytestmark = pytest.mark.uncompiled

KEYS = ("invitations.inbound", "choice.fit_sd")
PLACES = np.vstack(
    [[[0, 0], [0, 1], [1, 0], [1, 1], [0.5, 0.4]], qmc.Sobol(2, rng=np.random.default_rng(1)).random(16)]
)


def bent(x: Float, y: Float) -> Float:
    """Zero along a bent line."""
    return np.asarray(2.5 * np.tanh(3.0 * (x - 0.35)) - 1.5 * y**2 + 0.4)


def axes() -> tuple[Axis, Axis]:
    """Two axes from 0 to 1, the place at (.5, .4)."""
    market = load_scenario("kickoff", {"invitations.inbound": 0.5, "choice.fit_sd": 0.4})
    first, second = (make_axis(market, key, {key: Span(0.0, 1.0)}) for key in KEYS)
    return first, second


def noisy(seed: int, sd: float = 1.0, often: int = 12) -> Surface:
    rng = np.random.default_rng(seed)
    return Surface.through(PLACES, [bent(x, y) + rng.normal(0, sd * (1 + x), often) for x, y in PLACES])


def test_without_noise_it_goes_through_all_points() -> None:
    surface = noisy(1, sd=1e-6)
    assert np.allclose(surface.predict(PLACES)[0], bent(*PLACES.T), atol=1e-4)


def test_intervals_cover_as_often_as_they_say() -> None:
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, 6)] * 2), -1).reshape(-1, 2)
    truth, root = bent(*grid.T), brentq(lambda x: float(bent(np.array(x), np.array(0.4))), 0, 1)
    inside, held = [], []
    for seed in range(16):
        surface = noisy(seed)
        _, low, high = surface.interval(grid)
        inside.append(((low <= truth) & (truth <= high)).mean())
        (cross,) = crossovers(surface, axes(), 0)
        held.append(cross.low <= root <= cross.high)
        assert cross.rises
        assert cross.low < cross.at < cross.high
    assert 0.88 < np.mean(inside) < 0.99
    assert sum(held) >= 13  # of 16 at 95 %: fewer once in 700 tries


def test_the_place_and_the_shares_are_read_off_it() -> None:
    surface = noisy(3, sd=0.05)
    here = at_place(surface, axes())
    assert here.low < float(bent(np.array(0.5), np.array(0.4))) < here.high
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, 21)] * 2), -1).reshape(-1, 2)
    first, second, open_ = shares(surface.probability(grid))
    assert first == pytest.approx((bent(*grid.T) > 0).mean(), abs=0.05)
    assert first + second + open_ == pytest.approx(1.0)
    assert open_ < 0.1


def test_strategies_that_nothing_tells_apart_are_flat_and_open() -> None:
    surface = Surface.through(PLACES, [np.zeros(3)] * len(PLACES))
    assert surface.probability(PLACES).tolist() == [0.5] * len(PLACES)
    assert crossovers(surface, axes(), 0) == []
    with pytest.raises(ValueError, match="four points"):
        Surface.through(PLACES, [np.array([1.0])] * len(PLACES))


def test_points_without_replications_are_left_out() -> None:
    rng = np.random.default_rng(5)
    rows = [bent(x, y) + rng.normal(0, 0.1, 0 if i == 7 else 6) for i, (x, y) in enumerate(PLACES)]
    assert len(Surface.through(PLACES, rows).mean) == len(PLACES) - 1
