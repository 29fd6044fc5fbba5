"""Differences between reps: the likelihood, its spread, the test against chance, and shrunk rates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import betabinom, binom, kstest

from tests.describe.teams import closed_deals
from zerosum.studies.describe.reps import (
    GRID,
    MOST_STRATA,
    _log_likelihood,
    _score,
    _strata,
    differences_between_reps,
)


def test_the_likelihood_is_the_beta_binomials() -> None:
    k, n, mean = np.array([3.0, 0.0, 9.0]), np.array([10, 4, 9]), np.array([0.3, 0.25, 0.4])
    ours = _log_likelihood(k[None], n[None], mean[None])[0]
    constant = binom.logpmf(k, n, mean).sum() - ours[0]
    for rho, found in zip(GRID[1:], ours[1:], strict=True):
        total = (1 - rho) / rho
        theirs = betabinom.logpmf(k, n, mean * total, (1 - mean) * total).sum()
        assert found + constant == pytest.approx(theirs, abs=1e-6)


def test_the_score_is_the_likelihoods_slope_at_zero() -> None:
    k, n, mean = np.array([3.0, 0.0, 9.0]), np.array([10, 4, 12]), np.array([0.3, 0.25, 0.4])
    rho = 1e-6
    total = (1 - rho) / rho
    rise = betabinom.logpmf(k, n, mean * total, (1 - mean) * total).sum() - binom.logpmf(k, n, mean).sum()
    assert _score(k[None], n, mean[None])[0] == pytest.approx(rise / rho, rel=1e-3)


def test_the_spread_is_found_and_its_interval_holds_it() -> None:
    # Rates beta(6, 14): mean 0.3, rho 1 / 21, spread 0.1.
    draws, n = np.random.default_rng(1), np.full(60, 40)
    truth = np.sqrt(0.3 * 0.7 / 21)
    found = []
    for _ in range(100):
        one = differences_between_reps(closed_deals(draws.binomial(n, draws.beta(6, 14, 60)), n))
        assert one is not None
        found.append((one.spread, one.spread_low, one.spread_high, one.p_value))
    spread, low, high, p = np.array(found).T
    assert spread.mean() == pytest.approx(truth, abs=3 * spread.std() / np.sqrt(100) + 0.003)
    assert ((low <= truth) & (truth <= high)).mean() >= 0.88  # standard error: 0.022
    assert (p < 0.05).mean() > 0.9


def test_identical_reps_look_alike_as_often_as_the_p_value_says() -> None:
    draws, n = np.random.default_rng(2), np.array([3, 5, 8, 13, 20, 30, 40, 50, 60, 80])
    p = []
    for _ in range(250):
        one = differences_between_reps(closed_deals(draws.binomial(n, 0.3), n))
        assert one is not None
        p.append(one.p_value)
    # Uniform: the share below 5 % is 0.05, with a standard error of 0.014.
    assert np.mean(np.array(p) < 0.05) <= 0.05 + 3 * 0.014
    assert kstest(p, "uniform").pvalue > 0.01


def test_shrunk_rates_are_nearer_the_truth_and_their_intervals_hold_it() -> None:
    draws = np.random.default_rng(3)
    n = np.tile([2, 5, 10, 20, 40, 80], 10)
    raw = shrunk = within = 0.0
    for _ in range(40):
        truth = draws.beta(6, 14, len(n))
        one = differences_between_reps(closed_deals(draws.binomial(n, truth), n))
        assert one is not None
        table = one.table.sort_values("rep")
        raw += ((table["rate"] - truth) ** 2).mean() / 40
        shrunk += ((table["shrunk"] - truth) ** 2).mean() / 40
        within += ((table["low"] <= truth) & (truth <= table["high"])).mean() / 40
    assert shrunk < 0.45 * raw
    assert 0.93 <= within <= 0.97


def test_rates_are_shrunk_towards_what_the_mix_lets_expect() -> None:
    # Two kinds of deals; each rep has one kind only, so no rep is better than the mix says.
    draws = np.random.default_rng(4)
    parts = []
    for rep in range(20):
        won = draws.random(100) < (0.8 if rep < 10 else 0.2)
        kind = "renewal" if rep < 10 else "new"
        parts.append(pd.DataFrame({"rep": f"rep-{rep:02d}", "won": won, "type": kind, "segment": "one"}))
    deals = pd.concat(parts, ignore_index=True)
    one = differences_between_reps(deals)
    assert one is not None
    assert one.adjusted_for == ("type",)
    assert one.p_value > 0.05
    table = one.table.sort_values("rep")
    assert table["expected"].to_numpy()[:10] == pytest.approx(0.8, abs=0.03)
    assert table["shrunk"].to_numpy()[:10] == pytest.approx(0.8, abs=0.06)
    assert table["shrunk"].to_numpy()[10:] == pytest.approx(0.2, abs=0.06)
    mixed = differences_between_reps(deals, adjust=())
    assert mixed is not None
    assert mixed.p_value < 0.01
    assert mixed.spread == pytest.approx(0.3, abs=0.06)


def mixed_reps(draws: np.random.Generator, spread: float = 0.0) -> pd.DataFrame:
    """Draw 30 reps with 20 sure and 40 unsure deals each, 90 % and 20 % of which are won."""
    kind = np.tile(np.repeat(["renewal", "new"], [20, 40]), 30)
    rep = np.repeat([f"rep-{i:02d}" for i in range(30)], 60)
    better = np.repeat(draws.normal(0, 1, 30) * spread, 60)
    won = draws.random(1800) < np.clip(np.where(kind == "renewal", 0.9, 0.2) + better, 0.01, 0.99)
    return pd.DataFrame({"rep": rep, "won": won, "type": kind, "segment": "one"})


def test_identical_reps_with_a_mix_of_deals_look_alike() -> None:
    draws = np.random.default_rng(6)
    found = [differences_between_reps(mixed_reps(draws)) for _ in range(150)]
    p = np.array([one.p_value for one in found if one])
    # 900 such teams with another seed: 5.4 % below .05, 9.9 % below .1, 50.7 % below .5.
    assert kstest(p, "uniform").pvalue > 0.001
    assert (p < 0.05).mean() <= 0.05 + 3 * 0.018
    # Chance in a rep's rate: (20 * 0.09 + 40 * 0.16) / 60 ** 2, less than a binomial's of the mean.
    chance = np.sqrt((20 * 0.09 + 40 * 0.16) / 3600)
    assert np.mean([one.chance_spread for one in found if one]) == pytest.approx(chance, rel=0.02)
    assert np.mean([one.observed_spread for one in found if one]) == pytest.approx(chance, rel=0.05)


def test_the_spread_is_found_within_a_mix_of_deals() -> None:
    draws = np.random.default_rng(7)
    found = [differences_between_reps(mixed_reps(draws, 0.08)) for _ in range(60)]
    # Rates of renewals can't rise above 0.99, so the spread over both kinds is a little below 0.08.
    assert 0.062 <= np.mean([one.spread for one in found if one]) <= 0.082


def test_chance_alone_spreads_rates_by_the_binomials() -> None:
    one = differences_between_reps(closed_deals(np.array([10, 20, 30]), np.array([100, 100, 100])))
    assert one is not None
    assert one.chance_spread == pytest.approx(np.sqrt(0.2 * 0.8 / 100), rel=0.02)
    assert one.observed_spread == pytest.approx(np.sqrt(0.02 / 3), rel=0.01)


def test_one_rep_or_one_outcome_cannot_be_compared() -> None:
    assert differences_between_reps(closed_deals(np.array([5]), np.array([9]))) is None
    assert differences_between_reps(closed_deals(np.array([5, 4]), np.array([5, 4]))) is None
    assert differences_between_reps(closed_deals(np.array([0, 0]), np.array([5, 4]))) is None


def test_many_mixes_and_many_reps_are_bounded() -> None:
    # 3,000 segments and 2,000 reps: in full, 6 million kinds of deals, 200 times over.
    draws = np.random.default_rng(5)
    n = 30_000
    deals = pd.DataFrame(
        {
            "rep": [f"rep-{i}" for i in draws.integers(0, 2000, n)],
            "won": draws.random(n) < 0.3,
            "type": "new",
            "segment": [f"segment-{i}" for i in (3000 * draws.random(n) ** 3).astype(int)],
        }
    )
    assert _strata(deals, ("segment",)).max() == MOST_STRATA - 1
    one = differences_between_reps(deals)
    assert one is not None
    assert one.p_value > 0.01
