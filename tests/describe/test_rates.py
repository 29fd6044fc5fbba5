"""Shares of deals: intervals hold the truth as often as they say, also where deals of a rep are alike."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from tests.describe.teams import make_deals
from tests.each import each
from zerosum.studies.describe import describe_team
from zerosum.studies.describe.rates import design_effect, p_of_equal_groups, share, wilson


@each(("wins", "n"), [(0, 5), (3, 10), (10, 10), (120, 400)])
def test_wilson_is_as_a_library_has_it(wins: int, n: int) -> None:
    assert wilson(wins, n) == pytest.approx(proportion_confint(wins, n, method="wilson"))


def test_a_share_of_nothing_is_unknown() -> None:
    found = share("a", "a", np.zeros(0, bool), np.zeros(0, int))
    assert (found.known, found.n) == (False, 0)


def test_intervals_of_clustered_deals_hold_the_truth() -> None:
    # 40 reps of 20 deals; rates of reps are beta(3, 7), so the truth is 0.3 and rho 1 / 11.
    draws = np.random.default_rng(1)
    within = naive = 0
    rep = np.repeat(np.arange(40), 20)
    for _ in range(400):
        hit = draws.random(800) < draws.beta(3, 7, 40)[rep]
        found = share("a", "a", hit, rep)
        low, high = wilson(hit.sum(), 800)
        within += found.low <= 0.3 <= found.high
        naive += low <= 0.3 <= high
    assert 0.92 <= within / 400 <= 0.98  # standard error of the share: 0.011
    assert naive / 400 < 0.85


def test_the_design_effect_is_kishs() -> None:
    # 1 + (m - 1) rho = 1 + 19 / 11 = 2.73.
    draws = np.random.default_rng(2)
    rep = np.repeat(np.arange(400), 20)
    effects = [design_effect(draws.random(8000) < draws.beta(3, 7, 400)[rep], rep) for _ in range(20)]
    assert np.mean(effects) == pytest.approx(1 + 19 / 11, rel=0.04)
    alone = [design_effect(draws.random(8000) < 0.3, rep) for _ in range(20)]
    assert np.mean(alone) == pytest.approx(1.0, abs=0.08)


def test_n_effective_is_what_the_interval_rests_on() -> None:
    hit = np.repeat([True, False, True, False], 25)
    found = share("a", "a", hit, np.repeat(np.arange(4), 25))
    assert found.n == 100
    assert found.n_effective == pytest.approx(100 / design_effect(hit, np.repeat(np.arange(4), 25)))
    assert found.n_effective < 10
    assert (found.low, found.high) == pytest.approx(wilson(found.n_effective / 2, found.n_effective))


def test_win_rates_are_those_of_the_team() -> None:
    team = make_deals(3, 4000, win=0.3)
    found = describe_team(team)
    closed = team.opportunities[team.opportunities["outcome"] != "open"]
    rate = found.figure("win_rate")
    assert rate.value == pytest.approx((closed["outcome"] == "won").mean())
    assert rate.low < 0.3 < rate.high
    decided = closed[closed["outcome"] != "no_decision"]
    assert found.figure("win_rate_decided").value == pytest.approx((decided["outcome"] == "won").mean())
    assert found.figure("no_decision_rate").value == pytest.approx(0.7 * 0.3, abs=0.03)


def test_groups_are_told_apart_the_largest_first() -> None:
    types = np.array(["new"] * 300 + ["renewal"] * 97 + ["upgrade"] * 3, object)
    outcome = np.where(types == "renewal", "won", "lost")
    closed = np.full(400, np.datetime64("2024-05-02"))
    team = make_deals(4, 400, type=types, outcome=outcome, closed=closed)
    found = describe_team(team)
    names = [one.name for one in found.figures if one.name.startswith("win_rate[type")]
    assert names == ["win_rate[type=new]", "win_rate[type=renewal]"]  # three upgrades are too few
    assert found.figure("win_rate[type=renewal]").value == 1.0
    assert found.figure("win_rate[type=new]").value == 0.0


def test_equal_groups_differ_as_rarely_as_the_p_value_says() -> None:
    draws = np.random.default_rng(6)
    alone = np.full(200, -1)
    p = np.array(
        [
            p_of_equal_groups([share("a", "a", draws.random(200) < 0.3, alone) for _ in range(5)])
            for _ in range(300)
        ]
    )
    assert abs((p < 0.05).mean() - 0.05) <= 3 * 0.0126
    assert (
        p_of_equal_groups([share("a", "a", draws.random(200) < rate, alone) for rate in (0.2, 0.5)]) < 0.001
    )
    assert np.isnan(p_of_equal_groups([share("a", "a", np.ones(9, bool), alone[:9])] * 2))
