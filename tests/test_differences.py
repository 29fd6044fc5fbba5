"""Paired differences and what they decide, worked out by hand for three replications."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from simulator.comparison import Comparison, decide, differences
from simulator.metrics import BY_NAME, METRICS, parse_amount
from simulator.scenario import parse_scenario
from simulator.scenario.spec import Scenario
from tests.helpers import comparison_of

ARMS = {"usual": (0.2, 0.4, 0.6), "first": (0.3, 0.4, 0.9), "second": (0.0, 0.1, 0.5)}
NULL = {"usual": (0.5, 0.5, 0.8), "first": (0.1, 0.2, 0.3), "second": (0.3, 0.3, 0.0)}
T2 = 4.302652729749462
"""97.5 % quantile of Student's t with two degrees of freedom: 0.95 * sqrt(2 / (1 - 0.95^2))."""


def scenario(names: tuple[str, ...] = tuple(ARMS), **keys: object) -> Scenario:
    rows = [{"name": name} for name in names]
    return parse_scenario({"strategies": rows, "comparison": {"replications": 3}}, keys)


def runs(metric: str = "share_at_quota", other: str = "win_rate") -> pd.DataFrame:
    """Rows in an order of their own; ``other`` is undefined for an arm in one replication."""
    rows = []
    for null, values in ((False, ARMS), (True, NULL)):
        for arm, numbers in values.items():
            for replication, number in enumerate(numbers):
                row = {"world": "alone", "arm": arm, "replication": replication, "null": null}
                own = {m.name: 7.0 for m in METRICS} | {metric: number, other: number}
                if arm == "first" and replication == 1:
                    own[other] = math.nan
                rows.append(row | own)
    return pd.DataFrame(rows).sample(frac=1, random_state=3)


def test_t2_is_the_quantile() -> None:
    assert pytest.approx(0.95 * math.sqrt(2 / (1 - 0.95**2))) == T2


def test_differences_by_hand() -> None:
    """First: .1, 0, .3, spread sqrt(.07 / 3); second: -.2, -.3, -.1, spread .1. With two degrees of freedom
    p = 1 - |t| / sqrt(t^2 + 2)."""
    frame = differences(scenario(), runs()).set_index(["world", "arm", "metric"])
    first = frame.loc[("alone", "first", "share_at_quota")]
    error = math.sqrt(0.07 / 3 / 3)
    assert first["mean"] == pytest.approx(1.6 / 3)
    own = math.sqrt(0.31 / 3 / 3)  # spread of .3, .4, .9
    assert (first["mean_low"], first["mean_high"]) == pytest.approx((1.6 / 3 - T2 * own, 1.6 / 3 + T2 * own))
    assert first["baseline"] == pytest.approx(0.4)
    assert first["difference"] == pytest.approx(0.4 / 3)
    assert (first["low"], first["high"]) == pytest.approx((0.4 / 3 - T2 * error, 0.4 / 3 + T2 * error))
    assert first[["n", "higher", "lower", "ties"]].tolist() == [3, 2, 0, 1]
    assert first["luck_null"] == pytest.approx(0.2)
    t = 0.4 / 3 / error
    assert first["p"] == pytest.approx(1 - t / math.sqrt(t * t + 2))
    assert first["narrowed"] == pytest.approx((0.31 / 3 + 0.04) / (0.07 / 3))
    second = frame.loc[("alone", "second", "share_at_quota")]
    assert second["difference"] == pytest.approx(-0.2)
    assert second[["higher", "lower", "ties"]].tolist() == [0, 3, 0]
    t = 0.2 / (0.1 / math.sqrt(3))
    assert second["p"] == pytest.approx(1 - t / math.sqrt(t * t + 2))
    # Holm: the smallest of two counts twice, and no larger one is adjusted below it.
    assert second["p_holm"] == pytest.approx(2 * second["p"])
    assert first["p_holm"] == pytest.approx(max(first["p"], 2 * second["p"]))
    usual = frame.loc[("alone", "usual", "share_at_quota")]
    assert usual["difference"] == usual["low"] == usual["high"] == 0
    assert math.isnan(usual["p"])
    assert usual["luck_null"] == pytest.approx(0.6)
    assert frame["unit"].loc[("alone", "first", "share_at_quota")] == "share"


def test_what_is_undefined_is_left_out_of_its_pair() -> None:
    """Without the middle replication: .1 and .3; the baseline's mean is still over all three."""
    row = differences(scenario(), runs()).set_index(["arm", "metric"]).loc[("first", "win_rate")]
    assert row["n"] == 2
    assert row["difference"] == pytest.approx(0.2)
    assert row["mean"] == pytest.approx(0.6)
    assert row["baseline"] == pytest.approx(0.4)
    assert math.isnan(row["luck_null"])  # a win rate has none beside it


def made() -> Comparison:
    found = runs()
    return comparison_of(scenario(), found, differences(scenario(), found))


@pytest.mark.parametrize(
    ("matters", "verdicts"),
    [
        (None, ["baseline", "undecided", "undecided"]),
        ("60pp", ["baseline", "equivalent", "equivalent"]),
    ],
)
def test_verdicts_by_hand(matters: str | None, verdicts: list[str]) -> None:
    """First lies within -.25 and +.51, second within -.45 and +.05."""
    metric = BY_NAME["share_at_quota"]
    table = decide(made(), metric, parse_amount(matters, metric) if matters else None).table
    assert table["verdict"].tolist() == verdicts
    assert table["arm"].tolist() == list(ARMS)
    gaps = made().differences
    expected = gaps[gaps["metric"] == "share_at_quota"][["difference", "low", "high", "luck_null"]]
    assert table[["difference", "low", "high", "luck_null"]].to_numpy() == pytest.approx(expected.to_numpy())


def test_better_and_worse_follow_what_is_better_of_the_number() -> None:
    """Shifted by 1, with hardly any noise: more reps at quota are better, more deals without a decision are worse."""
    values = {"usual": (0.2, 0.4, 0.6), "up": (1.2, 1.4001, 1.6), "down": (-0.8, -0.6001, -0.4)}
    names = tuple(values)
    for metric, said in (
        ("share_at_quota", ["baseline", "better", "worse"]),
        ("no_decision_rate", ["baseline", "worse", "better"]),
        ("gini", ["baseline", "higher", "lower"]),
    ):
        rows = [
            {"world": "alone", "arm": arm, "replication": r, "null": null}
            | {m.name: 7.0 for m in METRICS}
            | {metric: number}
            for null in (False, True)
            for arm, numbers in values.items()
            for r, number in enumerate(numbers)
        ]
        found = pd.DataFrame(rows)
        table = decide(
            comparison_of(scenario(names), found, differences(scenario(names), found)), BY_NAME[metric],
            parse_amount("1pp" if metric != "gini" else "0.01", BY_NAME[metric]),
        ).table.set_index("arm")  # fmt: skip
        assert table["verdict"].tolist() == said, metric
        if metric == "gini":
            continue
        best, worst = ("up", "down") if metric == "share_at_quota" else ("down", "up")
        assert table["may_be_best"].to_dict() == {"usual": False, "up": best == "up", "down": best == "down"}
        # How far from the best of the others: the best is 1 ahead of the usual, the worst 2 behind the best.
        sign = 1 if metric == "share_at_quota" else -1
        for arm, apart in ((best, sign), (worst, -2 * sign), ("usual", -sign)):
            low, high = table.loc[arm, ["best_low", "best_high"]]
            assert low <= apart + 1e-3, (metric, arm)
            assert high >= apart - 1e-3, (metric, arm)
            # An interval that is held at nothing on the side of the best.
            assert (min(abs(low), abs(high)) < 1e-9) or abs(low - apart) < 0.01, (metric, arm)


def test_replications_that_would_do_count_the_baseline_as_none() -> None:
    table = decide(made(), BY_NAME["share_at_quota"]).table.set_index("arm")
    assert math.isnan(table.loc["usual", "needed"])
    # 80 % power to see .4/3 with a spread of sqrt(.07/3): more than the 3 there were; second's -.2 with .1 takes fewer.
    assert table.loc["first", "needed"] > table.loc["second", "needed"] >= 3
