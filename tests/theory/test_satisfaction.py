"""Satisfaction alone is a stationary AR(1) process about its norm.

s' = s + pull (m - s) + noise: with a = 1 - pull the variance is sd^2 / (1 - a^2) in every week, and the
correlation of two weeks k apart is a^k (Box and Jenkins 1970, "Time Series Analysis", section 3.2). A path
that is drawn by halving epochs of 1,024 weeks must show neither the halves nor the epochs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.helpers import silent_market, within
from zerosum.market.engine import Engine

PULL, NOISE, SERVICE = 0.05, 0.15, 0.3


def opinions(n: int, weeks: int, **satisfaction: float) -> Any:
    """Opinions of all customers in every week, [weeks, buyers].

    Candidate weeks are drawn at the highest hazard, and need's is one a week here; so every customer takes
    stock every week, and reviews nothing.
    """
    scenario = silent_market(
        clock={"warmup_weeks": 0, "weeks": weeks},
        market={"buyers": n},
        vendors=[{"name": "Vendor A", "service": SERVICE}],
        need={"innovation_per_year": 52.0},
        satisfaction={"pull": PULL, "noise_sd": NOISE, **satisfaction},
    )
    engine = Engine(scenario)
    # Those whose contract ends meanwhile take no stock while they evaluate.
    undisturbed = engine.market.buyers.contract_end >= weeks
    path = np.empty((weeks, n))
    for week in range(weeks):
        engine.step()
        path[week] = engine.market.buyers.opinion
    assert np.all(engine.market.buyers.stock_week[undisturbed] == weeks - 1)
    return path[:, undisturbed] - SERVICE


def check_variance(path: Any, retention: float) -> None:
    """Every week, over buyers, who are independent."""
    n = path.shape[1]
    variance = NOISE**2 / (1 - retention**2)
    assert within(path.mean(axis=1), 0.0, np.sqrt(variance / n), z=5)  # many weeks, hence 5
    assert within(np.mean(path**2, axis=1), variance, variance * np.sqrt(2 / n), z=5)


def test_variance_and_autocorrelation() -> None:
    path = opinions(10_000, 120)
    retention = 1 - PULL
    check_variance(path, retention)
    variance = NOISE**2 / (1 - retention**2)
    n = path.shape[1]
    for start in (0, 13, 63):
        for lag in (1, 2, 7, 26, 52):
            rho = retention**lag
            covariance = np.mean(path[start] * path[start + lag])
            # Isserlis: Var(xy) = variance^2 (1 + rho^2) for jointly normal x, y.
            assert within(covariance, variance * rho, variance * np.sqrt((1 + rho**2) / n))


def test_neighbours_weight_pulls_harder_even_without_neighbours() -> None:
    """With nobody to hear, the norm is the buyer's own, and a = 1 - pull (1 + weight)."""
    path = opinions(5_000, 60, neighbour_weight=1.0)
    check_variance(path, 1 - 2 * PULL)


@pytest.mark.parametrize("pull", [1.0, 0.5, 0.002])
def test_fast_and_slow(pull: float) -> None:
    path = opinions(3_000, 40, pull=pull)
    retention = 1 - pull
    check_variance(path, retention)
    steps = path[1:] - retention * path[:-1]
    assert within(np.mean(steps**2, axis=1), NOISE**2, NOISE**2 * np.sqrt(2 / path.shape[1]), z=5)


def test_shocks_are_white_noise_across_the_seams_of_epochs() -> None:
    """s(t+1) - a s(t) has the same variance every week, and no memory; also at weeks 512, 1,024, ..."""
    weeks, retention = 2_100, 1 - PULL
    path = opinions(600, weeks)
    n = path.shape[1]
    check_variance(path, retention)
    shocks = path[1:] - retention * path[:-1]
    assert within(np.mean(shocks**2, axis=1), NOISE**2, NOISE**2 * np.sqrt(2 / n), z=5)
    assert within(np.mean(shocks[1:] * shocks[:-1], axis=1), 0.0, NOISE**2 / np.sqrt(n), z=5)
    assert within(
        np.mean(shocks[1:] * path[1:-1], axis=1), 0.0, NOISE**2 / np.sqrt(n * (1 - retention**2)), z=5
    )
    total = np.mean(shocks**2)
    assert within(total, NOISE**2, NOISE**2 * np.sqrt(2 / shocks.size))


def test_a_distance_from_the_norm_decays_geometrically() -> None:
    """A customer that settles with neighbours of another mind: its level nears the norm as a^weeks."""
    scenario = silent_market(
        market={"buyers": 50, "neighbours": 2},
        vendors=[{"name": "Vendor A"}],
        satisfaction={"pull": PULL, "neighbour_weight": 0.5, "appeal_weight": 1.0},
        choice={"fit_sd": 1.0},
        need={"innovation_per_year": 52.0},
    )
    engine = Engine(scenario)
    buyers, retention = engine.market.buyers, 1 - 1.5 * PULL
    for _ in range(30):
        level, norm = buyers.level.copy(), buyers.norm.copy()
        engine.step()
        settled = buyers.stock_week == engine.week - 1
        past = engine.week > 1  # level and norm were settled in week 0
        expected = norm + (retention if past else 1.0) * (level - norm)
        assert buyers.level[settled] == pytest.approx(expected[settled], abs=1e-12)
    # In the end norms agree with what everybody says: (base + w heard) / (1 + w).
    engine.run(600)
    heard = np.array(
        [
            np.mean(buyers.level[buyers.neighbours[a:b]])
            for a, b in zip(buyers.neighbour_start[:-1], buyers.neighbour_start[1:], strict=True)
        ]
    )
    base = Engine(scenario).market.buyers.norm
    assert buyers.norm == pytest.approx((base + 0.5 * heard) / 1.5, abs=1e-6)


def test_only_customers_of_the_same_vendor_are_heard() -> None:
    """All of a vendor's customers are of one mind, so whoever hears them only keeps to it."""
    scenario = silent_market(
        market={"buyers": 60, "neighbours": 4},
        vendors=[{"name": "A", "service": 0.9}, {"name": "B", "service": 0.1}],
        satisfaction={"pull": PULL, "neighbour_weight": 0.5},
        need={"innovation_per_year": 52.0},
    )
    engine = Engine(scenario)
    buyers, before = engine.market.buyers, engine.market.buyers.norm.copy()
    engine.run(20)
    assert np.all(buyers.stock_week == 19)
    assert buyers.norm == pytest.approx(before, abs=1e-12)
    assert len(set(np.round(before, 6))) == 2
