"""The decomposition: shares computed by hand, markets whose answer is known, and a slow twin."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from zerosum.errors import InputError
from zerosum.market.metrics import measure
from zerosum.market.run import chance_baseline, simulate
from zerosum.market.state import YEAR
from zerosum.scenario import load_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.misses import Misses, decompose_misses
from zerosum.studies.misses.decompose import cases_table, shares_table
from zerosum.studies.misses.design import AS_IT_IS, FACTORS, by_potential, observe

SMALL: dict[str, Any] = {"clock.warmup_weeks": 104, "clock.weeks": 130, "comparison.replications": 3}


def market(**settings: Any) -> Scenario:
    return load_scenario("workshop", {**SMALL, **{k.replace("__", "."): v for k, v in settings.items()}})


# --- By hand ------------------------------------------------------------------------------------------------------

LEVELS = {
    "luck": (Fraction(1, 2), Fraction(1), Fraction(3, 2)),
    "skill": (Fraction(4, 5), Fraction(6, 5)),
    "territory": (Fraction(1, 2), Fraction(3, 2)),
    "quotas": (Fraction(9, 10), Fraction(11, 10)),
}
"""A made-up team: one rep for each combination of levels. Every factor has mean 1, and is 1 for all if made equal."""


def exact_variance(attainment: Callable[..., Fraction], on: set[str]) -> Fraction:
    """Variance over the team where only luck and the factors in ``on`` differ."""
    levels = [
        values if name in on or name == "luck" else (Fraction(1),) * len(values)
        for name, values in LEVELS.items()
    ]
    values = [attainment(*row) for row in itertools.product(*levels)]
    mean = sum(values, Fraction(0)) / len(values)
    return sum(((value - mean) ** 2 for value in values), Fraction(0)) / len(values)


def exact_shares(attainment: Callable[..., Fraction]) -> dict[str, Fraction]:
    """Shares over all orders, in fractions: add the factors to luck one by one, and average what each adds."""
    whole = exact_variance(attainment, set(FACTORS))
    shares = {"luck": exact_variance(attainment, set()) / whole} | dict.fromkeys(FACTORS, Fraction(0))
    orders = list(itertools.permutations(FACTORS))
    for order in orders:
        for n, name in enumerate(order):
            added = exact_variance(attainment, {*order[:n], name}) - exact_variance(attainment, {*order[:n]})
            shares[name] += added / whole / len(orders)
    return shares


def worths(attainment: Callable[..., Fraction]) -> list[float]:
    sets = [{name for j, name in enumerate(FACTORS) if case >> j & 1} for case in range(8)]
    return [float(exact_variance(attainment, on)) for on in sets]


def added(luck: Fraction, skill: Fraction, territory: Fraction, quotas: Fraction) -> Fraction:
    return luck + skill + territory + quotas


def multiplied(luck: Fraction, skill: Fraction, territory: Fraction, quotas: Fraction) -> Fraction:
    return luck * skill * territory * quotas


def test_where_factors_add_up_each_share_is_its_own_variance() -> None:
    """Variances 1/6, 1/25, 1/4 and 1/100, together 7/15: shares 5/14, 3/35, 15/28 and 3/140."""
    expected = [Fraction(5, 14), Fraction(3, 35), Fraction(15, 28), Fraction(3, 140)]
    assert list(exact_shares(added).values()) == expected
    found = shares_table(np.array([worths(added)]))
    assert found["factor"].tolist() == ["luck", "skill", "territory", "quotas"]
    assert found["share"].to_numpy() == pytest.approx([float(share) for share in expected], rel=1e-12)
    assert found["removed"].to_numpy()[1:] == pytest.approx([float(share) for share in expected[1:]])


def test_where_factors_multiply_shares_are_those_over_all_orders() -> None:
    """In closed form: 1 + variance of a product of independent factors with mean 1 is the product of theirs."""
    one_and = {
        "luck": Fraction(7, 6),
        "skill": Fraction(26, 25),
        "territory": Fraction(5, 4),
        "quotas": Fraction(101, 100),
    }
    for on in ({"skill"}, {"territory", "quotas"}, set(FACTORS)):
        product = math.prod((one_and[name] for name in {"luck", *on}), start=Fraction(1))
        assert exact_variance(multiplied, on) == product - 1
    expected = exact_shares(multiplied)
    assert sum(expected.values()) == 1
    found = shares_table(np.array([worths(multiplied)])).set_index("factor")
    for name, share in expected.items():
        assert found.loc[name, "share"] == pytest.approx(float(share), rel=1e-12)
    # Made equal alone, a factor takes more with it than its share: it multiplies the others' differences.
    assert found.loc["territory", "removed"] > found.loc["territory", "share"]


def test_shares_are_ratios_of_means_over_replications() -> None:
    variance = np.random.default_rng(3).uniform(0.1, 0.3, size=(40, 8))
    found, pooled = shares_table(variance), shares_table(variance.mean(axis=0, keepdims=True))
    assert found["share"].to_numpy() == pytest.approx(pooled["share"].to_numpy())
    assert found["share"].sum() == pytest.approx(1.0)
    assert (found["n"] == 40).all()
    assert (found["low"] < found["share"]).all()
    assert (found["share"] < found["high"]).all()
    assert pooled[["low", "high"]].isna().all(axis=None), "one replication has no interval"


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """A hundred studies of 40 replications with a known answer: about 95 intervals of each share hold it."""
    chance = np.random.default_rng(7)
    true = np.array(worths(multiplied))
    expected = [float(share) for share in exact_shares(multiplied).values()]
    held = np.zeros(4)
    for _ in range(100):
        found = shares_table(
            true * chance.gamma(4.0, 0.25, size=(40, 1)) * chance.gamma(9.0, 1 / 9, size=(40, 8))
        )
        held += (found["low"] <= expected) & (expected <= found["high"])
    assert (held >= 87).all(), held


def test_undefined_replications_are_left_out() -> None:
    variance = np.full((3, 8), 0.2)
    variance[1] = np.nan
    found = shares_table(variance)
    assert (found["n"] == 2).all()
    assert found.loc[0, "share"] == pytest.approx(1.0)
    assert cases_table(variance, variance)["n"].tolist() == [2] * 8
    assert shares_table(np.zeros((3, 8)))["share"].isna().all(), (
        "without differences there are no shares of them"
    )


def test_quotas_by_potential_by_hand() -> None:
    divided = by_potential(np.array([10.0, 20.0, 30.0]), np.array([1.0, 1.0, 4.0]))
    assert divided.tolist() == [10.0, 10.0, 40.0]


# --- Markets whose answer is known --------------------------------------------------------------------------------


def shares_of(scenario: Scenario) -> tuple[pd.Series[float], Misses]:
    found = decompose_misses(scenario)
    return found.shares.set_index("factor")["share"], found


def test_without_differences_in_skill_its_share_is_zero() -> None:
    shares, found = shares_of(market(reps__skill_sd=0.0))
    assert shares["skill"] == 0.0
    assert found.shared.missed == found.shared.also > 0
    assert shares.sum() == pytest.approx(1.0)


def test_in_balanced_territories_their_share_is_zero() -> None:
    balanced = {f"vendors.{vendor.name}.territory": "balanced" for vendor in market().vendors}
    shares, _ = shares_of(market(**balanced))
    assert shares["territory"] == 0.0
    assert shares["luck"] != 1.0


def test_where_quotas_follow_potential_their_share_is_zero() -> None:
    shares, _ = shares_of(market(quota__later="formula", quota__team_weight=0.0))
    assert shares["quotas"] == pytest.approx(0.0, abs=1e-12)
    assert abs(shares["skill"]) > 1e-6


def test_equal_quotas_for_unequal_territories_count_as_territory_and_quotas() -> None:
    """Small accounts for five reps and large ones for five, all with the team's average as quota."""
    settings: dict[str, Any] = {
        **SMALL,
        "market.buyers": 800,
        "quota.later": "formula",
        "quota.team_weight": 1.0,
        "vendors.Alder.territory": "segment",
        "vendors.Alder.reps_by_segment": {"small": 3, "mid": 3, "enterprise": 4},
    }
    shares, found = shares_of(load_scenario("kickoff", settings))
    assert found.vendors == ("Alder",)
    assert min(shares["territory"], shares["quotas"]) > 0.1
    assert abs(shares["skill"]) < 0.1


# --- A slow twin --------------------------------------------------------------------------------------------------


def plain_variance(numbers: list[float]) -> float:
    mean = math.fsum(numbers) / len(numbers)
    return math.fsum((number - mean) ** 2 for number in numbers) / (len(numbers) - 1)


def naive(
    scenario: Scenario, replication: int, skill: bool, territory: bool, quotas: bool
) -> tuple[float, float]:
    """Do it again for the focal vendor, from settings, in plain numbers."""
    changed: dict[str, Any] = {}
    if not skill:
        changed["reps.skill_sd"] = 0.0
    if not territory:
        changed |= {f"vendors.{vendor.name}.territory": "balanced" for vendor in scenario.vendors}
    engine = simulate(load_scenario("workshop", {**SMALL, **changed}), replication=replication).engine
    ours = [r for r, vendor in enumerate(engine.market.reps.vendor) if vendor == 0]
    potential = dict.fromkeys(ours, 0.0)
    for owners, value in zip(engine.market.buyers.owner, engine.market.buyers.value, strict=True):
        potential[int(owners[0])] += float(value)
    variances, missed = [], []
    for year in engine.recorder.rep_years:
        if year.weeks < YEAR:
            continue
        company, market_of_all = sum(year.quota[r] for r in ours), sum(potential.values())
        reached = [
            float(year.revenue[r] / (year.quota[r] if quotas else company * potential[r] / market_of_all))
            for r in ours
        ]
        variances.append(plain_variance(reached))
        missed.append(sum(one < 1 for one in reached) / len(reached))
    return sum(variances) / len(variances), sum(missed) / len(missed)


def test_observations_are_those_of_the_slow_twin() -> None:
    scenario = market()
    for replication in (0, 2):
        found = observe(scenario, replication, [0])
        for case in range(8):
            on = [bool(case >> j & 1) for j in range(3)]
            variance, missed = naive(scenario, replication, *on)
            assert found.variance[case] == pytest.approx(variance, rel=1e-9), on
            assert found.missed[case] == pytest.approx(missed), on
        assert len(set(found.variance)) == 8, "cases that are the same test nothing"


def test_corners_are_runs_that_others_make_too() -> None:
    scenario = market(reps__skill_sd=2.0)
    found = observe(scenario, 1, [0])
    share = measure(simulate(scenario, replication=1))["share_at_quota"]
    by_chance = measure(simulate(chance_baseline(scenario), replication=1))["share_at_quota"]
    assert share != by_chance
    assert found.missed[AS_IT_IS] == pytest.approx(1 - share)
    assert found.missed[AS_IT_IS & ~1] == pytest.approx(1 - by_chance)
    assert found.shared[[0, 2]] / found.shared[3] == pytest.approx([1 - share, 1 - by_chance])


def test_vendors_alike_are_averaged_within_a_replication() -> None:
    scenario = market()
    apart = [observe(scenario, 0, [vendor]) for vendor in (0, 1)]
    together = observe(scenario, 0, [0, 1])
    assert together.variance == pytest.approx(np.mean([one.variance for one in apart], axis=0))
    assert together.shared.tolist() == np.sum([one.shared for one in apart], axis=0).tolist()
    found = decompose_misses(scenario)
    assert found.vendors == tuple(vendor.name for vendor in scenario.vendors)
    assert found.cases.loc[0, "n"] == 3
    assert found.shared.rep_years == 3 * sum(vendor.reps for vendor in scenario.vendors) * 2


def test_threads_change_no_bit() -> None:
    scenario = market()
    one, two = decompose_misses(scenario, 1), decompose_misses(scenario, 2)
    assert one.shares.equals(two.shares)
    assert one.cases.equals(two.cases)
    assert one.shared == two.shared


def test_uncertain_skill_is_drawn_where_it_counts_and_equal_where_not() -> None:
    uncertain = [{"key": "reps.skill_sd", "low": 0.5, "high": 3.0}]
    found = observe(market(uncertain=uncertain), 1, [0])
    plain = observe(market(), 1, [0])
    cases = np.arange(8)
    equal = cases & 1 == 0
    assert found.variance[equal].tolist() == plain.variance[equal].tolist()
    assert not np.any(found.variance[~equal] == plain.variance[~equal])


def test_one_rep_differs_from_nobody() -> None:
    with pytest.raises(InputError, match="one rep: differences between reps need two"):
        decompose_misses(market(vendors__Alder__reps=1))
