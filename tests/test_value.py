"""What strategies are worth: by hand from a made-up table of runs, and against a market run at the break-even price."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.each import each
from zerosum.market.metrics import METRICS
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.statistics import mean_interval, paired_difference, ratio_of_means, resampled
from zerosum.studies.compare import Comparison, break_even_prices, compare_strategies, value_table
from zerosum.studies.compare.value import best_shares, payback

SCENARIO = parse_scenario(
    load_scenario("workshop"),
    {
        "comparison.strategies": ["usual", "shots", "social-and-preparation"],
        "comparison.replications": 3,
        "comparison.adopters": ["focal", "all"],
        "clock.weeks": 26,
    },
)
SHOTS, PREPARED = "shots", "social-and-preparation"
# adopters, strategy: in each replication contribution, cost, ARR
RUNS = {
    ("focal", "usual"): ([100, 200, 300], [50, 50, 50], [1000, 1000, 1000]),
    ("focal", SHOTS): ([110, 220, 330], [55, 60, 60], [1010, 1010, 1040]),
    ("focal", PREPARED): ([90, 200, 330], [40, 50, 60], [1000, 1000, 1000]),
    ("all", "usual"): ([100, 200, 300], [50, 50, 50], [1000, 1000, 1000]),
    ("all", SHOTS): ([100, 190, 290], [55, 60, 60], [1000, 1000, 1000]),
    ("all", PREPARED): ([100, 200, 300], [50, 50, 50], [1000, 1000, 1000]),
}
T2 = 4.302652729911275
"""97.5 % quantile of Student's t with two degrees of freedom."""


def made(**weekly: list[list[float]]) -> Comparison:
    """A comparison of made-up runs; ``weekly``: the net gain of a strategy in each replication and week."""
    rows: list[dict[str, Any]] = []
    for (adopters, strategy), columns in RUNS.items():
        for replication, (contribution, cost, arr) in enumerate(zip(*columns, strict=True)):
            numbers = dict.fromkeys((m.name for m in METRICS), 1.0)
            numbers |= {
                "contribution": contribution,
                "cost": cost,
                "arr": arr,
                "present_value": contribution / 2,
            }
            numbers |= {"adoption": math.nan if strategy == "usual" else 0.25 * replication}
            numbers |= {"share_at_quota": 0.5 + 0.1 * replication * (strategy == SHOTS)}
            where = {"adopters": adopters, "strategy": strategy, "replication": replication}
            rows += [where | {"null": null} | numbers for null in (True, False)]
    weeks = [
        {"adopters": adopters, "strategy": strategy, "replication": replication, "week": week + 1,
         "contribution": 7.0 * week + (weekly.get(strategy, [[0.0] * 26] * 3)[replication][week])}
        for adopters, strategy in RUNS for replication in range(3) for week in range(26)
    ]  # fmt: skip
    found = Comparison(SCENARIO, {})
    # Rows in any order are the same comparison.
    found.__dict__.update(
        runs=pd.DataFrame(rows).sample(frac=1, random_state=1),
        weekly=pd.DataFrame(weeks).sample(frac=1, random_state=1),
    )
    return found


def row(table: pd.DataFrame, adopters: str, strategy: str) -> dict[str, float]:
    (found,) = table[(table["adopters"] == adopters) & (table["strategy"] == strategy)].to_dict("records")
    return {str(name): value for name, value in found.items()}


def test_gains_costs_and_shares_by_hand() -> None:
    table = value_table(made())
    assert table[["adopters", "strategy"]].to_numpy().tolist() == [
        ["focal", SHOTS], ["focal", PREPARED], ["all", SHOTS], ["all", PREPARED],
    ]  # fmt: skip
    shots = row(table, "focal", SHOTS)
    half = T2 * 10 / math.sqrt(3)  # of gains of 10, 20 and 30
    assert (shots["net"], shots["net_low"], shots["net_high"]) == pytest.approx((20, 20 - half, 20 + half))
    assert (shots["present_value"], shots["present_value_low"]) == pytest.approx((10, 10 - half / 2))
    assert shots["cost"] == pytest.approx(25 / 3)
    assert (shots["arr"], shots["arr_high"]) == pytest.approx((20, 20 + T2 * math.sqrt(300 / 3)))
    assert shots["adoption"] == pytest.approx(0.25)
    assert (shots["at_quota"], shots["at_quota_difference"]) == pytest.approx((0.6, 0.1))
    assert shots["at_quota_difference_low"] == pytest.approx(0.1 - T2 * 0.1 / math.sqrt(3))
    assert (shots["if_copied"], shots["n"]) == (pytest.approx(-20 / 3), 3)
    assert shots["if_copied_low"] == pytest.approx(-20 / 3 - T2 * math.sqrt(100 / 3 / 3))
    # Gross profit grows by 15, 30 and 40, for 5, 10 and 10.
    assert shots["return"] == pytest.approx(85 / 25)
    assert row(table, "all", SHOTS)["if_copied"] == pytest.approx(-20 / 3)


def test_where_nothing_more_is_spent_there_is_no_return() -> None:
    prepared = row(value_table(made()), "focal", PREPARED)
    assert prepared["cost"] == 0.0
    assert [name for name in ("return", "return_low", "return_high") if not math.isnan(prepared[name])] == []


def test_without_a_run_in_which_all_adopt_nobody_knows_what_copying_does() -> None:
    alone = made()
    alone.__dict__["runs"] = alone.runs[alone.runs["adopters"] == "focal"]
    assert value_table(alone)["if_copied"].isna().all()


def test_the_same_runs_give_the_same_table() -> None:
    first, again = value_table(made()), value_table(made())
    pd.testing.assert_frame_equal(first, again, check_exact=True)


def test_one_run_has_gains_without_intervals() -> None:
    single = made()
    single.__dict__["runs"] = single.runs[single.runs["replication"] == 0]
    single.__dict__["weekly"] = single.weekly[single.weekly["replication"] == 0]
    shots = row(value_table(single), "focal", SHOTS)
    assert (shots["net"], shots["return"], shots["n"]) == (10, 3, 1)
    unknown = ("net_low", "arr_high", "return_low", "payback_months_low", "if_copied_high", "best")
    assert [name for name in unknown if not math.isnan(shots[name])] == []


# --- Return ---------------------------------------------------------------------------------------------------


@each("seed", [1, 2, 3])
def test_fiellers_interval_holds_the_ratios_that_a_paired_t_test_does_not_refuse(seed: int) -> None:
    chance = np.random.default_rng(seed)
    bottom = chance.normal(5, 1, 12)
    top = 3 * bottom + chance.normal(1, 4, 12)
    found = ratio_of_means(top, bottom)
    assert found.mean == pytest.approx(top.mean() / bottom.mean())
    for end in (found.low, found.high):
        interval = paired_difference(top, end * bottom)
        assert min(abs(interval.low), abs(interval.high)) < 1e-9
    inside = paired_difference(top, found.mean * bottom)
    assert inside.low < 0 < inside.high


def test_a_ratio_to_what_is_always_the_same_is_a_mean() -> None:
    top = [1.0, 4.0, 2.0, 7.0]
    found, plain = ratio_of_means(top, [2.0] * 4), mean_interval(np.array(top) / 2)
    assert (found.mean, found.low, found.high) == pytest.approx((plain.mean, plain.low, plain.high))


@each(
    ("bottom", "mean"),
    [([-1.0, 0.0, 1.0], math.nan), ([-2.0, -1.0, -1.0], math.nan), ([9.0, -1.0, 0.0], 6 / 8)],
)
def test_a_ratio_to_what_may_be_0_has_no_ends(bottom: list[float], mean: float) -> None:
    found = ratio_of_means([1.0, 2.0, 3.0], bottom)
    assert found.mean == pytest.approx(mean, nan_ok=True)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


# --- Payback --------------------------------------------------------------------------------------------------


@each(
    ("gains", "months"),
    [
        ([-13.0] + [1.0] * 25, 3),  # 0 again at the end of week 14; below 0 for the last time in week 13
        ([-14.0] + [1.0] * 25, 4),
        ([-10.0] + [1.0] * 12 + [-5.0] + [1.0] * 12, 4),  # 0 in week 11, below again in week 14, to week 16
        ([1.0] * 26, 0),
        ([0.0] * 26, 0),
        ([-1.0] * 26, math.nan),
        ([1.0] * 25 + [-26.0], math.nan),  # lost in the last week
    ],
)
def test_payback_by_hand(gains: list[float], months: float) -> None:
    found = row(value_table(made(shots=[gains] * 3)), "focal", SHOTS)
    ends = [found[f"payback_months{end}"] for end in ("", "_low", "_high")]
    assert ends == pytest.approx([months] * 3, nan_ok=True)


def test_payback_is_of_the_mean_and_its_range_of_resamples() -> None:
    quick, slow = [-2.0] + [1.0] * 25, [-14.0] + [1.0] * 25
    found = row(value_table(made(shots=[quick, slow, slow])), "focal", SHOTS)
    # The mean starts at -10 and is 0 again after eleven weeks. All three quick: one resample in 27; slow: eight.
    assert [found[f"payback_months{end}"] for end in ("", "_low", "_high")] == [3, 1, 4]
    found = row(value_table(made(shots=[quick, slow, [-1.0] * 26])), "focal", SHOTS)
    assert found["payback_months"] == 4  # -17 / 3 and a third more each week: below 0 to week 17
    assert math.isnan(found["payback_months_high"])


def test_an_interval_of_payback_holds_what_it_should() -> None:
    """Costs at once, gains of a normal size for good: of 300 samples of 30 runs about 95 % hold the true month."""
    chance, weeks = np.random.default_rng(5), np.arange(1, 157)
    gains = chance.normal(1.0, 0.6, (300, 30, 1))
    weights = resampled(30, 500)
    found = [payback(sample * weeks - 60.5, weights) for sample in gains]
    true = math.ceil(60 * 12 / 52)  # below 0 for the last time in week 60
    held = np.mean([one.low <= true and not one.high < true for one in found])
    assert 0.9 < held < 0.99


# --- Choice ---------------------------------------------------------------------------------------------------


def test_shares_of_resamples_by_hand() -> None:
    """Two runs: the second strategy wins where the first run is drawn twice, the third where the second is."""
    net = np.array([[0.0, 8.0, -9.0], [0.0, -9.0, 8.0]])
    every = np.array([[1.0, 0.0], [0.5, 0.5], [0.5, 0.5], [0.0, 1.0]])
    assert best_shares(net, every).tolist() == [0.5, 0.25, 0.25]
    assert best_shares(np.zeros((2, 4)), every).tolist() == [0.25] * 4


def test_resamples_draw_runs_with_replacement_and_by_key() -> None:
    weights = resampled(4, 4_000)
    assert weights.sum(axis=1) == pytest.approx(np.ones(4_000))
    assert weights.mean(axis=0) == pytest.approx(np.full(4, 0.25), abs=0.01)
    assert (weights[:, 0] == 0).mean() == pytest.approx(0.75**4, abs=0.03)
    assert np.array_equal(weights, resampled(4, 4_000))
    assert not np.array_equal(weights, resampled(4, 4_000, key=1))


# --- Break-even price -----------------------------------------------------------------------------------------


def test_a_break_even_price_by_hand() -> None:
    """The team's reps share the gain: what is left over for each is what the tool may cost more."""
    table = break_even_prices(made())
    assert table[["adopters", "strategy"]].drop_duplicates().to_numpy().tolist() == [
        ["focal", SHOTS], ["focal", PREPARED], ["all", SHOTS], ["all", PREPARED],
    ]  # fmt: skip
    (tool,) = next(row.tools for row in SCENARIO.strategies if row.name == SHOTS)
    entered = next(row.cost_per_rep_year for row in SCENARIO.tools if row.name == tool)
    reps = SCENARIO.vendors[0].reps
    found = row(table, "focal", SHOTS)
    assert (found["tool"], found["entered"]) == (tool, entered)
    assert found["price"] == pytest.approx(entered + 20 / reps)
    assert found["price_low"] == pytest.approx(entered + (20 - T2 * 10 / math.sqrt(3)) / reps)


def test_at_the_break_even_price_the_net_gain_is_0() -> None:
    """Simulated again with other licenses: the market doesn't respond to them, and the net gain falls on a line."""
    small = parse_scenario(
        load_scenario("workshop"),
        {
            "market.buyers": 90,
            "clock.warmup_weeks": 52,
            "clock.weeks": 52,
            "comparison.strategies": ["usual", SHOTS],
            "comparison.replications": 3,
            "comparison.adopters": ["focal"],
            "pay.base_per_year": 0.0,  # so that the break-even price is above 0
            "strategies.shots.extra_hours": {"selling": 20.0},
        },
    )
    wanted, reps = frozenset({"runs", "weekly"}), small.vendors[0].reps
    before = compare_strategies(small, wanted=wanted)
    (price,) = break_even_prices(before).to_dict("records")
    assert price["price"] > 0
    assert price["price_low"] < price["price"] < price["price_high"]
    for licence in (0.0, 40_000.0, price["price"]):
        key = f"tools.{price['tool']}.cost_per_rep_year"
        after = compare_strategies(parse_scenario(small, {key: licence}), wanted=wanted)
        assert after.runs["deals_closed"].tolist() == before.runs["deals_closed"].tolist()
        found = value_table(after).iloc[0]
        for name in ("", "_low", "_high"):
            left = (price[f"price{name}"] - licence) * reps
            assert found[f"net{name}"] == pytest.approx(left, rel=1e-9, abs=1e-4)
    assert abs(found["net"]) < 1e-4
