"""Paired differences and what they decide, worked out by hand for three replications."""

from __future__ import annotations

import io
import math

import pandas as pd
import pytest
from rich.console import Console

from tests.helpers import comparison_of
from zerosum.market.metrics import BY_NAME, HEADLINES, METRICS, parse_amount
from zerosum.report.compare import decision_table, describe_comparison, headline_table
from zerosum.report.document import Cell
from zerosum.scenario import parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.compare import Comparison, decide, differences

ARMS = {"usual": (0.2, 0.4, 0.6), "first": (0.3, 0.4, 0.9), "second": (0.0, 0.1, 0.5)}
NULL = {"usual": (0.5, 0.5, 0.8), "first": (0.1, 0.2, 0.3), "second": (0.3, 0.3, 0.0)}
T2 = 4.302652729749462
"""97.5 % quantile of Student's t with two degrees of freedom: 0.95 * sqrt(2 / (1 - 0.95^2))."""


def scenario(names: tuple[str, ...] = tuple(ARMS), **keys: object) -> Scenario:
    rows = [{"name": name} for name in names]
    return parse_scenario({"strategies": rows, "comparison": {"replications": 3}}, keys)


def runs(metric: str = "share_at_quota", other: str = "win_rate") -> pd.DataFrame:
    """Rows in an order of their own; ``other`` is undefined for a strategy in one replication."""
    rows = []
    for null, values in ((False, ARMS), (True, NULL)):
        for strategy, numbers in values.items():
            for replication, number in enumerate(numbers):
                row = {"adopters": "focal", "strategy": strategy, "replication": replication, "null": null}
                own = {m.name: 7.0 for m in METRICS} | {metric: number, other: number}
                if strategy == "first" and replication == 1:
                    own[other] = math.nan
                rows.append(row | own)
    return pd.DataFrame(rows).sample(frac=1, random_state=3)


def test_t2_is_the_quantile() -> None:
    assert pytest.approx(0.95 * math.sqrt(2 / (1 - 0.95**2))) == T2


def test_differences_by_hand() -> None:
    """First: .1, 0, .3, spread sqrt(.07 / 3); second: -.2, -.3, -.1, spread .1. With two degrees of freedom
    p = 1 - |t| / sqrt(t^2 + 2)."""
    frame = differences(scenario(), runs()).set_index(["adopters", "strategy", "metric"])
    first = frame.loc[("focal", "first", "share_at_quota")]
    error = math.sqrt(0.07 / 3 / 3)
    assert first["mean"] == pytest.approx(1.6 / 3)
    own = math.sqrt(0.31 / 3 / 3)  # spread of .3, .4, .9
    assert (first["mean_low"], first["mean_high"]) == pytest.approx((1.6 / 3 - T2 * own, 1.6 / 3 + T2 * own))
    assert first["baseline"] == pytest.approx(0.4)
    assert first["difference"] == pytest.approx(0.4 / 3)
    assert (first["low"], first["high"]) == pytest.approx((0.4 / 3 - T2 * error, 0.4 / 3 + T2 * error))
    assert first[["n", "higher", "lower", "ties"]].tolist() == [3, 2, 0, 1]
    assert first["chance_baseline"] == pytest.approx(0.2)
    t = 0.4 / 3 / error
    assert first["p"] == pytest.approx(1 - t / math.sqrt(t * t + 2))
    assert first["narrowed"] == pytest.approx((0.31 / 3 + 0.04) / (0.07 / 3))
    second = frame.loc[("focal", "second", "share_at_quota")]
    assert second["difference"] == pytest.approx(-0.2)
    assert second[["higher", "lower", "ties"]].tolist() == [0, 3, 0]
    t = 0.2 / (0.1 / math.sqrt(3))
    assert second["p"] == pytest.approx(1 - t / math.sqrt(t * t + 2))
    # Holm: the smallest of two counts twice, and no larger one is adjusted below it.
    assert second["p_holm"] == pytest.approx(2 * second["p"])
    assert first["p_holm"] == pytest.approx(max(first["p"], 2 * second["p"]))
    usual = frame.loc[("focal", "usual", "share_at_quota")]
    assert usual["difference"] == usual["low"] == usual["high"] == 0
    assert math.isnan(usual["p"])
    assert usual["chance_baseline"] == pytest.approx(0.6)
    assert frame["unit"].loc[("focal", "first", "share_at_quota")] == "share"


def test_what_is_undefined_is_left_out_of_its_pair() -> None:
    """Without the middle replication: .1 and .3; the baseline's mean is still over all three."""
    row = differences(scenario(), runs()).set_index(["strategy", "metric"]).loc[("first", "win_rate")]
    assert row["n"] == 2
    assert row["difference"] == pytest.approx(0.2)
    assert row["mean"] == pytest.approx(0.6)
    assert row["baseline"] == pytest.approx(0.4)
    assert math.isnan(row["chance_baseline"])  # a win rate has none beside it


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
    assert table["strategy"].tolist() == list(ARMS)
    gaps = made().differences
    expected = gaps[gaps["metric"] == "share_at_quota"][["difference", "low", "high", "chance_baseline"]]
    assert table[["difference", "low", "high", "chance_baseline"]].to_numpy() == pytest.approx(
        expected.to_numpy()
    )


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
            {"adopters": "focal", "strategy": strategy, "replication": r, "null": null}
            | {m.name: 7.0 for m in METRICS}
            | {metric: number}
            for null in (False, True)
            for strategy, numbers in values.items()
            for r, number in enumerate(numbers)
        ]
        found = pd.DataFrame(rows)
        table = decide(
            comparison_of(scenario(names), found, differences(scenario(names), found)), BY_NAME[metric],
            parse_amount("1pp" if metric != "gini" else "0.01", BY_NAME[metric]),
        ).table.set_index("strategy")  # fmt: skip
        assert table["verdict"].tolist() == said, metric
        if metric == "gini":
            continue
        best, worst = ("up", "down") if metric == "share_at_quota" else ("down", "up")
        assert table["may_be_best"].to_dict() == {"usual": False, "up": best == "up", "down": best == "down"}
        # How far from the best of the others: the best is 1 ahead of the usual, the worst 2 behind the best.
        sign = 1 if metric == "share_at_quota" else -1
        for strategy, apart in ((best, sign), (worst, -2 * sign), ("usual", -sign)):
            low, high = table.loc[strategy, ["best_low", "best_high"]]
            assert low <= apart + 1e-3, (metric, strategy)
            assert high >= apart - 1e-3, (metric, strategy)
            # An interval that is held at nothing on the side of the best.
            assert (min(abs(low), abs(high)) < 1e-9) or abs(low - apart) < 0.01, (metric, strategy)


def test_replications_that_would_do_count_the_baseline_as_none() -> None:
    table = decide(made(), BY_NAME["share_at_quota"]).table.set_index("strategy")
    assert math.isnan(table.loc["usual", "needed"])
    # 80 % power to see .4/3 with a spread of sqrt(.07/3): more than the 3 there were; second's -.2 with .1 takes fewer.
    assert table.loc["first", "needed"] > table.loc["second", "needed"] >= 3


def test_the_spread_of_a_difference_is_parted_by_hand() -> None:
    """Two replications a set of values. Gaps .1 and .3, then .6 and .8: chance alone spreads them by sqrt(.02) within a
    set, and the sets' means, .2 and .7, spread by more than that."""
    gaps = (0.1, 0.3, 0.6, 0.8)
    values = {
        "usual": (0.2, 0.4, 0.6, 0.1),
        "first": tuple(u + g for u, g in zip((0.2, 0.4, 0.6, 0.1), gaps, strict=True)),
    }
    rows = [
        {"adopters": "focal", "strategy": strategy, "replication": r, "null": null}
        | {m.name: number for m in METRICS}
        for null in (False, True)
        for strategy, numbers in values.items()
        for r, number in enumerate(numbers)
    ]
    believed = [{"key": "choice.no_decision", "low": 1.0, "high": 2.0}]
    uncertain = scenario(tuple(values), uncertain=believed, **{"comparison.replications": 4})
    found = pd.DataFrame(rows)
    made = comparison_of(uncertain, found, differences(uncertain, found))
    row = decide(made, BY_NAME["share_at_quota"]).table.set_index("strategy").loc["first"]
    assert row["n"] == 2  # sets of values
    assert row["difference"] == pytest.approx(0.45)
    t = math.tan(0.475 * math.pi)
    assert (row["low"], row["high"]) == pytest.approx((0.45 - t * 0.25, 0.45 + t * 0.25))
    assert row["noise_sd"] == pytest.approx(math.sqrt(0.02))
    # Between sets: variance of the means .125, of which half of .02 is chance's.
    assert row["assumption_sd"] == pytest.approx(math.sqrt(0.125 - 0.01))
    assert row["assumption_share"] == pytest.approx(0.115 / 0.135)
    assert math.isfinite(row["best_low"])  # two observations and two strategies are enough for an interval
    assert row["range_low"] < row["difference"] < row["range_high"]
    assert row["range_low"] + row["range_high"] == pytest.approx(0.9)


def test_tables_name_the_currency() -> None:
    found, named = runs(), scenario(**{"money.currency": "EUR"})
    compared = comparison_of(named, found, differences(named, found))
    heads = [column.head for column in headline_table(compared, "focal").columns]
    ends = {"money": "EUR", "money/year": "EUR a year", "money/hour": "EUR an hour"}
    wanted = [f"{BY_NAME[n].label}, {ends[BY_NAME[n].unit]}" for n in HEADLINES if BY_NAME[n].unit in ends]
    assert wanted
    assert [head for head in heads if "EUR" in head] == wanted
    table = decision_table(decide(compared, BY_NAME["contribution"]), "focal", compared.scenario)
    assert table is not None
    assert table.columns[1].head == f"{BY_NAME['contribution'].label}, EUR a year"


def test_the_page_tells_of_a_decision_in_these_numbers() -> None:
    """First: 53.3 % where chance alone gives 20 %, +13.3 pp, between -24.6 and +51.3; p by Holm .270 and .148."""
    compared = made()
    table = decision_table(decide(compared, BY_NAME["share_at_quota"]), "focal", compared.scenario)
    assert table is not None
    rows = [[cell[:2] for cell in row] for row in table.rows]
    usual, first, second = rows
    assert usual[:2] == [("usual", "baseline"), ("40.0 %", "by chance 60.0 %")]
    assert [words for words, _ in usual[2:4]] == ["", ""]
    assert first[1] == ("53.3 %", "by chance 20.0 %")
    assert first[2] == ("+13 pp", "[-25, +51]")
    assert first[3] == ("2 of 3", "1 tie")
    assert first[5:] == [(".270", ""), ("undecided", first[6][1])]
    assert second[2] == ("-20 pp", "[-45, +5]")
    assert second[3] == ("0 of 3", "")
    assert second[5][0] == ".148"
    headlines = {
        name: row[1 + HEADLINES.index("share_at_quota")]
        for name, row in zip(ARMS, headline_table(compared, "focal").rows, strict=True)
    }
    assert headlines["usual"] == Cell("40.0 %", "by chance 60.0 %")
    assert headlines["first"] == Cell("+13 pp", "[-25, +51]\nby chance 20.0 %", False)


def test_the_terminal_tells_of_a_decision_in_these_numbers() -> None:
    compared = made()
    stream = io.StringIO()
    decision = decide(compared, BY_NAME["share_at_quota"], parse_amount("60pp", BY_NAME["share_at_quota"]))
    Console(file=stream, width=140, highlight=False).print(describe_comparison(compared, decision))
    lines = [[cell.strip() for cell in line.split("│")] for line in stream.getvalue().split("\n")]
    start, (second,) = (
        [i for i, cells in enumerate(lines) if cells[0] == "first" and len(cells) == 7][-1],
        [cells for cells in lines if cells[0] == "second" and cells[-1] == "equivalent"],
    )
    assert lines[start][:4] == ["first", "53.3 %", "+13 pp", "2 of 3"]
    assert lines[start][5:] == [".270", "equivalent"]
    assert lines[start + 1][1:4] == ["by chance 20.0 %", "[-25, +51]", "1 tie"]
    assert second[1:4] == ["20.0 %", "-20 pp", "0 of 3"]
    assert second[5:] == [".148", "equivalent"]
