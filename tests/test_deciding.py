"""Which number decides, what matters, when enough is known: options, stopping, the answer in words."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.commands import shop as market
from tests.commands import zerosum
from tests.each import each
from zerosum.market.metrics import BY_NAME, METRICS, Amount, parse_amount
from zerosum.report.answers import format_enough
from zerosum.report.verdict import reach_verdict
from zerosum.runs.schema import TABLES
from zerosum.scenario import parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.compare import (
    Best,
    Comparison,
    Halfwidth,
    compare_strategies,
    decide,
    kept_in,
    value_table,
)
from zerosum.studies.compare.stopping import FIRST, NotDecidable, by_strategy

MARKET = market(
    60,
    8,
    '{ name = "selling", extra_hours = { selling = 30.0 } }, { name = "calls", extra_hours = { prospecting = 5.0 } }',
    "replications = 30",
)
BELIEF = {"key": "effort.preparation_weight", "low": 0.5, "high": 2.5}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("zerosum.report.plots.compare.plot_compare", lambda *_: Figure(figsize=(1, 1)))
    (tmp_path / "shop.toml").write_text(MARKET, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def shop() -> Scenario:
    return parse_scenario(MARKET)


# --- Options --------------------------------------------------------------------------------------------------


@each(
    ("options", "said"),
    [
        (("--metric", "winrate"), "did you mean 'win_rate'?"),
        (("--metric", "zzz"), "there is no such metric; the usual ones are contribution, "),
        (("--matters", "1pp"), "--matters '1pp': contribution is in money per year, such as 5k"),
        (("--until-best", "0.95", "--indifference", "soon"), "--indifference 'soon' is no amount"),
        (("--until-best", "2"), "--until-best"),
        (("--until-best", "0.95", "--until-halfwidth", "5k"), "give one of the two"),
        (("--indifference", "5k"), "add --until-best"),
        (("--at-most", "50"), "add --until-best or --until-halfwidth"),
        (("--until-best", "0.95", "-n", "30"), "give --at-most N"),
        (("--until-best", "0.95", "--at-most", "19"), "--at-most"),
        (("--until-best", "0.95", "--metric", "attempts"), "neither more nor less of 'attempts' is better"),
        (("--until-best", "0.95", "--across-fits"), "give --replications"),
        (
            ("--until-best", "0.95", "--set", "comparison.strategies=['usual']"),
            "the scenario compares only 'usual'",
        ),
    ],
)
def test_options_that_do_not_go_together_are_refused_in_words(
    here: Path, options: tuple[str, ...], said: str
) -> None:
    done = zerosum("compare", "shop.toml", *options, code=2)
    assert said in done.stderr
    assert list(here.iterdir()) == [here / "shop.toml"]


def test_the_number_that_decides_can_be_chosen(here: Path) -> None:
    told = json.loads(
        zerosum(
            *("compare", "shop.toml", "-n", "4", "--json", "--metric", "win_rate", "--matters", "3pp")
        ).stdout
    )
    decision = told["decision"]
    assert (decision["metric"], decision["unit"], decision["matters"]) == ("win_rate", "share", "3pp")
    assert (decision["until"], decision["decided"]) == (None, None)
    strategies = decision["adopters"]["focal"]["strategies"]
    assert list(strategies) == ["usual", "selling", "calls"]
    assert strategies["usual"]["verdict"] == "baseline"
    assert "answer" not in decision["adopters"]["focal"]


def test_a_rule_decides_how_many_and_the_folder_says_so(here: Path) -> None:
    rule = ("--until-halfwidth", "50%", "--metric", "arr_earned")
    told = json.loads(zerosum("compare", "shop.toml", "--json", "--at-most", "40", *rule).stdout)
    assert FIRST <= told["replications"] <= 40
    (folder,) = (here / "results" / "shop").iterdir()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["replications"] == told["replications"]
    assert len(pd.read_parquet(folder / "runs.parquet")) == 3 * 2 * told["replications"]
    assert manifest["command"][3:] == [
        *("--metric", "arr_earned", "--until-halfwidth", "50%", "--at-most", "40")
    ]


def test_a_rule_on_a_number_that_is_nothing_or_undefined_says_so(here: Path) -> None:
    nothing = ("--set", "quota.stretch=1.0", "--metric", "presales_wait", "--until-halfwidth", "50%")
    said = zerosum("compare", "shop.toml", *nothing, "--set", "clock.weeks=1", code=2).stderr
    assert "'presales_wait' is undefined in some replications for adopters 'focal'" in said
    assert "--metric names another number" in said


@pytest.mark.parametrize(
    ("usual", "said"),
    [
        ([0.0] * 20, "the baseline's 'revenue_per_rep' is 0, so 50% of it is nothing to go by"),
        (
            [*[1.0] * 19, math.nan],
            "'revenue_per_rep' is undefined in some replications for adopters 'focal'",
        ),
    ],
)
def test_a_number_that_is_no_ground_for_a_rule_is_refused(usual: list[float], said: str) -> None:
    found = comparison({"usual": usual, "first": [2.0] * 20}, "revenue_per_rep")
    half = parse_amount("50%", BY_NAME["revenue_per_rep"])
    with pytest.raises(NotDecidable, match=said):
        Halfwidth(("usual", "first"), "revenue_per_rep", half).reached(found.runs)


def test_a_rule_that_gives_up_says_so_and_ends_with_1(here: Path) -> None:
    rule = ("--until-halfwidth", "0.001%", "--metric", "revenue_per_rep", "--at-most", "20")
    done = zerosum("compare", "shop.toml", *rule, code=1)
    assert "Not decided: 20 replications were not enough." in done.stderr
    assert "the rule gave up there" in " ".join(done.stdout.split())
    (folder,) = (here / "results" / "shop").iterdir()
    assert (folder / "manifest.json").exists()


@each("columns", ["60", "80", "100", "132"])
def test_every_verdict_stands_whole_at_any_width(
    here: Path, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    asked = ("-n", "4", "--matters", "50pp", "--metric", "win_rate", "--details")
    shown = zerosum("compare", "shop.toml", *asked).stdout
    told = shown[shown.index("strategy by strategy") :].lower()
    assert told.count("equivalent") >= 2
    assert "equiv…" not in told
    lines = shown.split("\n")
    # Of the last lines, which name files and commands, no part is broken.
    assert max(map(len, lines[: next(i for i, line in enumerate(lines) if line.startswith("In "))])) <= int(
        columns
    )
    assert max(map(len, lines)) <= max(100, int(columns))
    assert [line for line in lines if line != line.rstrip()] == []


# --- Stopping -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class After:
    """Stop after so many observations; notes how many it was shown."""

    enough: int
    shown: list[int]

    def reached(self, runs: pd.DataFrame) -> int | None:
        n = runs["replication"].nunique()
        self.shown.append(n)
        return self.enough if n >= self.enough else None

    @property
    def in_words(self) -> str:
        return f"{self.enough} are there"


def test_a_rule_sees_twenty_first_then_ten_more_at_a_time(shop: Scenario) -> None:
    rule = After(33, [])
    found = compare_strategies(shop, 2, until=rule, at_most=100)
    assert rule.shown == [20, 30, 40]
    assert found.decided
    assert found.scenario.comparison.replications == 33
    assert sorted(found.runs["replication"].unique()) == list(range(33))
    fixed = compare_strategies(parse_scenario(shop, {"comparison.replications": 33}), 1)
    assert all(found.tables[name].equals(fixed.tables[name]) for name in ("weekly", "segments", "deals"))


def test_a_rule_that_is_never_met_gives_up_where_it_was_told(shop: Scenario) -> None:
    rule = After(1000, [])
    found = compare_strategies(shop, 2, until=rule, at_most=27)
    assert rule.shown == [20, 27]
    assert not found.decided
    assert found.scenario.comparison.replications == 27


def test_what_is_kept_changes_no_stop(tmp_path: Path, shop: Scenario) -> None:
    plenty = parse_scenario(shop, {"comparison.replications": 26})
    compare_strategies(plenty, 2, kept=kept_in(tmp_path, plenty))
    rule = Halfwidth(shop.compared_names, "revenue_per_rep", Amount(0.3, True, "30%"))
    with_kept = compare_strategies(shop, 2, until=rule, at_most=40, kept=kept_in(tmp_path, shop))
    without = compare_strategies(shop, 1, until=rule, at_most=40)
    assert with_kept.scenario == without.scenario
    assert with_kept.runs.equals(without.runs)


def test_sets_of_assumptions_are_the_observations_where_there_are_any(shop: Scenario) -> None:
    """Two replications that share their assumptions are one observation, their mean."""
    unsure = parse_scenario(shop, {"uncertain": [BELIEF], "comparison.replications": 12})
    rule = After(21, [])
    found = compare_strategies(unsure, 2, until=rule, at_most=200)
    assert rule.shown == [20, 30]
    assert found.scenario.comparison.replications == 42
    few = compare_strategies(unsure, 2)
    gaps = few.differences.set_index(["strategy", "metric"])
    runs = few.runs[~few.runs["null"]].pivot(index="replication", columns="strategy", values="revenue")
    each = (runs["selling"] - runs["usual"]).to_numpy().reshape(6, 2).mean(axis=1)
    row = gaps.loc[("selling", "revenue")]
    assert row["n"] == 6
    assert row["difference"] == pytest.approx(each.mean())
    half = 2.5705818 * each.std(ddof=1) / math.sqrt(6)  # Student t, 5 degrees of freedom
    assert (row["high"] - row["low"]) / 2 == pytest.approx(half, rel=1e-6)


# --- What can be said -----------------------------------------------------------------------------------------


def comparison(
    values: dict[str, list[float]], metric: str = "share_at_quota", until: Any = None, apart: float = 1.0
) -> Comparison:
    """Make a comparison in which one metric has these values, strategy by strategy, and all others are nothing."""
    n = len(next(iter(values.values())))
    keys = {
        "strategies": [
            {"name": name, "extra_hours": {"selling": apart * i}} for i, name in enumerate(values)
        ],
        "comparison.strategies": list(values),
        "comparison.replications": n,
    }
    scenario = parse_scenario(MARKET, keys)
    rows = [
        {m.name: 0.0 for m in METRICS}
        | {"adopters": "focal", "strategy": strategy, "replication": r, "null": null, metric: numbers[r]}
        for null in (False, True)
        for strategy, numbers in values.items()
        for r in range(n)
    ]
    columns = {name: [row[name] for row in rows] for name in TABLES["runs"].arrow.names}
    tables = {"runs": TABLES["runs"].filled(columns)}
    rule = until(scenario.compared_names) if until else None
    return Comparison(scenario, tables, rule, True)


RNG = np.random.default_rng(5)
SHARED = RNG.normal(0.5, 0.1, size=40)
NOISE = RNG.normal(0.0, 0.01, size=(3, 40))


def judged(
    values: dict[str, list[float]],
    metric: str = "share_at_quota",
    matters: str | None = None,
    until: Any = None,
) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the lines of the verdict, and the rows of the decision's table."""
    found = comparison(values, metric, until)
    number = BY_NAME[metric]
    decision = decide(found, number, parse_amount(matters, number) if matters else None)
    lines = reach_verdict(found, decision, "focal", value_table(found)).lines
    return dict(lines), decision.table.set_index("strategy").to_dict("index")


def strategies(*gains: float) -> dict[str, list[float]]:
    names = ("usual", "first", "second")
    return {names[i]: (SHARED + gain + NOISE[i]).tolist() for i, gain in enumerate(gains)}


def test_a_clear_winner_is_named_with_what_it_rests_on() -> None:
    told, rows = judged(strategies(0.0, 0.05, 0.10), matters="2pp")
    assert told["RECOMMENDED"].startswith("second: reps at quota +10")
    assert told["RECOMMENDED"].endswith("; all others are worse.")
    assert [rows[a]["may_be_best"] for a in rows] == [False, False, True]
    assert rows["second"]["verdict"] == "better"
    assert rows["first"]["higher"] == 40


def test_where_less_is_better_the_least_is_best() -> None:
    told, rows = judged(strategies(0.0, -0.05, 0.10), metric="no_decision_rate", matters="2pp")
    assert told["RECOMMENDED"].startswith("first: no decision -5")
    assert rows["first"]["verdict"] == "better"
    assert rows["second"]["verdict"] == "worse"


def test_what_can_not_be_told_apart_is_said_so() -> None:
    told, rows = judged(strategies(0.0, 0.0005, 0.10 - 0.0995), matters="5pp")
    assert told["KEEP usual"] == "no strategy makes a measurable difference (40 simulated runs)."
    assert {rows["first"]["verdict"], rows["second"]["verdict"]} == {"equivalent"}
    told, rows = judged(strategies(0.0, 0.0005, 0.0), matters="0.1pp")
    assert rows["first"]["verdict"] == "undecided"
    assert format_enough(pd.Series(rows["first"])) == "more than 2,000 runs would decide"
    told, rows = judged(strategies(0.0, 0.0005, 0.0), matters="0.3pp")
    assert rows["first"]["verdict"] == "undecided"
    assert rows["first"]["needed"] > 40
    assert re.fullmatch(r"about [\d,]+ runs would decide", format_enough(pd.Series(rows["first"])))


def test_strategies_that_tie_with_each_other_rule_each_other_out_of_nothing() -> None:
    """A tie leaves an interval without width, whose end is 0: that is no proof that the third strategy is best."""
    wide = RNG.normal(0.0, 0.1, size=40)
    tied = SHARED.tolist()
    told, rows = judged({"usual": tied, "first": tied, "second": (SHARED + 0.01 + wide).tolist()})
    assert "UNDECIDED" in told
    assert [rows[strategy]["may_be_best"] for strategy in rows] == [True, True, True]
    told, rows = judged({"usual": tied, "first": tied, "second": (SHARED + 0.1 + NOISE[0]).tolist()})
    assert told["RECOMMENDED"].startswith("second: ")
    told, rows = judged({"usual": tied, "first": tied, "second": tied})
    assert [(rows[name]["verdict"], rows[name]["needed"]) for name in ("first", "second")] == [
        ("undecided", 59)
    ] * 2
    assert told["KEEP usual"] == "no strategy makes a measurable difference (40 simulated runs)."
    told, rows = judged({name: [*tied, *tied] for name in ("usual", "first", "second")})
    assert told["KEEP usual"] == "no strategy makes a measurable difference (80 simulated runs)."
    assert {rows[name]["verdict"] for name in ("first", "second")} == {"equivalent"}
    # The market can't tell them apart, whatever the number of ties.
    found = decide(comparison({"usual": tied[:3], "first": tied[:3]}, apart=0.0), BY_NAME["share_at_quota"])
    assert found.table["verdict"].tolist() == ["baseline", "equivalent"]


def test_the_rule_s_choice_is_told_with_its_guarantee() -> None:
    told, _ = judged(
        strategies(0.0, 0.05, 0.10),
        until=lambda names: Best(names, "share_at_quota", Amount(0.01, False, "1pp"), 0.9),
    )
    assert told["RECOMMENDED"].startswith("second: ")
    assert told["RECOMMENDED"].endswith("; no other is better by more than 1pp (90 % sure).")


def test_one_strategy_one_replication_and_no_direction_are_no_crash() -> None:
    assert "NOTHING TO COMPARE" in judged({"usual": [0.1, 0.2]})[0]
    one = judged({"usual": [0.1], "first": [0.2]})
    assert one[0]["UNDECIDED"].startswith("one simulated run can't tell an effect from chance")
    assert math.isnan(one[1]["first"]["needed"])
    assert "NO BEST STRATEGY" in judged({"usual": [1.0, 2.0], "first": [2.0, 4.0]}, metric="attempts")[0]
    assert "UNDECIDED" in judged({"usual": [math.nan, 0.1], "first": [0.2, 0.3]})[0]
    alike = judged({"usual": [0.1, 0.2], "first": [0.1, 0.2]})
    assert alike[1]["first"]["difference"] == 0.0


def test_values_come_in_order_of_replication_and_strategy() -> None:
    found = comparison({"usual": [1.0, 2.0, 3.0], "first": [4.0, 5.0, 6.0]})
    shuffled = found.runs.sample(frac=1.0, random_state=1)
    (values,) = by_strategy(shuffled, "share_at_quota", ("usual", "first")).values()
    assert values.tolist() == [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]
