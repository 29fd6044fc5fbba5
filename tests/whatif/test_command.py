"""``zerosum compare --what-if`` as a user meets it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.commands import zerosum
from tests.whatif.market import MARKET, asking, market
from zerosum.errors import InputError, Interrupted
from zerosum.scenario import load_scenario
from zerosum.studies.whatif import ask, check_points, parse_change

FILES = ["figure.png", "manifest.json", "summary.json", "what-if.csv", "what-if.parquet"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(MARKET, encoding="utf-8")
    monkeypatch.setattr("zerosum.report.plots.whatif.plot_what_if", lambda _: Figure(figsize=(1, 1)))
    return tmp_path


def run(*arguments: str, code: int = 0, columns: str = "100") -> str:
    return zerosum("compare", "small.toml", *arguments, code=code, columns=columns).output


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_answer_comes_first_in_money_and_then_a_table(here: Path) -> None:
    said = run("--what-if", "vendors.Alder.reps=2,4,6")
    lines = said.splitlines()
    assert max(map(len, said.partition("\nIn results")[0].splitlines())) <= 100
    assert lines[0] == "SMALL   4 of 7 reps · 4 simulated runs of 1 year · competitors don't react"
    assert flat(said).startswith(f"{flat(lines[0])} WHAT IF vendors.Alder.reps = 2, 6 (today 4). ANSWER 2: ")
    settled = (
        "These are markets that have settled with so many reps: hiring, ramp and their cost aren't in it."
    )
    assert f"{settled} CHANGED In whole runs, from the first week of the warm-up on" in flat(said)
    assert "Reps of the others stay as they are: Elm 3." in flat(said)
    table = pd.read_csv(next(Path("results").glob("small/what-if-*/vendors.Alder.reps/what-if.csv")))
    gain = table[(table["metric"] == "contribution") & (table["point"] == 2)].iloc[0]
    answer = next(line for line in lines if line.startswith("ANSWER"))
    assert f"6: {'no measurable difference, ' * bool(gain['low'] <= 0 <= gain['high'])}" in flat(said)
    assert " a year net (" in answer
    assert [line.split()[0] for line in lines if line[:2] in ("2 ", "6 ")] == ["2", "6"]
    assert "all Alder's reps together: contribution" in flat(said)
    folder = next(Path("results").glob("small/what-if-*/vendors.Alder.reps"))
    assert sorted(file.name for file in folder.iterdir()) == FILES


def test_only_whole_runs_are_said_to_be_settled_markets(here: Path) -> None:
    keys = ("quota.stretch=0.8", "invitations.competitors=0.2", "pay.commission=0.2")
    found = json.loads(run(*(word for key in keys for word in ("--what-if", key)), "--json"))
    answers = [one["answer"] for one in found["changes"]]
    assert ["settled" in answer for answer in answers] == [False, True, False]
    assert "reps" not in answers[1].partition("These are")[2]


def test_a_currency_stands_beside_every_amount(here: Path) -> None:
    said = run("--what-if", "vendors.Alder.presales=0,2", "--set", "money.currency='$'")
    heads = flat(said[said.index("CHANGED") : said.index("Today,")])
    assert heads.count("$") == 3  # net gain, cost and ARR
    amounts = re.findall(r"[^\s(]*[\d.]+ [kM]\b(?= a year|,)", said)
    assert amounts
    assert all("$" in amount for amount in amounts)


def test_the_team_is_counted_and_not_a_rep(here: Path) -> None:
    run("--what-if", "vendors.Alder.reps=8", "-q")
    table = pd.read_csv(next(Path("results").glob("small/what-if-*/*/what-if.csv")))
    cost = table[table["metric"] == "cost"].set_index("point")["mean"]
    base = market().pay.base_per_year
    assert cost[1] - cost[0] > 4 * base  # four more reps, and what they are paid for selling


def test_one_object_holds_every_change(here: Path) -> None:
    keys = ("--what-if", "quota.stretch=0.8", "--what-if", "strategies.shots.training=0.25")
    found = json.loads(run(*keys, "--strategy", "shots", "--json", "--metric", "share_at_quota"))
    assert found["command"] == "compare-what-if"
    assert [(one["key"], one["since"], one["responds"]) for one in found["changes"]] == [
        ("quota.stretch", "branch", "market"),
        ("strategies.shots.training", "branch", "market"),
    ]
    rows = {(row["point"], row["strategy"], row["metric"]): row for row in found["points"]}
    assert rows[2, "usual", "arr"]["difference"] == 0.0
    assert rows[1, "shots", "share_at_quota"]["chance_baseline"] is not None
    assert rows[0, "usual", "arr"]["difference"] is None
    assert "share" in found["changes"][0]["answer"] or "quota" in found["changes"][0]["answer"]


def test_another_metric_decides_and_the_net_gain_stands_beside_it(here: Path) -> None:
    said = run(
        "--what-if", "invitations.competitors=0,0.2,0.5,0.9", "--metric", "win_rate", "-q", columns="120"
    )
    head = flat(said[said.index("CHANGED") : said.index("Today,")])
    assert head.count("gain") == 1
    assert head.count("rate") == 1
    assert re.search(r"ANSWER Most at [\d.]+: .*win rate.*; least at [\d.]+: ", flat(said))


def test_several_keys_of_a_row_change_together(here: Path) -> None:
    said = flat(run("--what-if", "vendors.Alder={reps=5, presales=2}", "-q"))
    assert "WHAT IF vendors.Alder = {reps=5, presales=2} (today {reps=4, presales=1})." in said
    typed = "vendors.Alder={territory='segment', reps_by_segment={all=3}}"
    assert "--what-if vendors.Alder={territory=segment, reps_by_segment={all=3}}: vendors.Alder" in flat(
        run("--what-if", typed, code=2)
    )


def test_what_only_money_responds_to_is_said_before_a_run_is_made(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise Interrupted(0, 1)

    monkeypatch.setattr("zerosum.studies.sweep.sweep", stop)
    said = run("--what-if", "pay.base_per_year=50_000", code=130)
    assert "Nothing in the market responds to it; only what is counted as money changes" in flat(said)
    assert "competitors included" not in said


def test_a_strategys_net_gain_is_followed(here: Path) -> None:
    said = flat(run("--what-if", "tools.dialler.cost_per_rep_year=0"))
    assert "'shots' over 'usual' · competitors don't react" in said
    assert "against today +6.00 k a year (in every run)" in said  # 4 reps, 1,500 each
    assert "ANSWER 0: net gain of shots" in said


def test_results_list_a_what_if_with_its_last_command(here: Path) -> None:
    run("--what-if", "quota.stretch=0.8", "-q")
    run("--what-if", "quota.stretch=0.8", "-q", "--strategy", "shots")
    rows = [row for row in zerosum("results", columns="100").output.splitlines() if "what-if" in row]
    assert len(rows) == 1
    assert re.search(r"  20\d\d-", rows[0])  # when it finished
    assert "files as they were written" in zerosum("results", "verify", rows[0].split()[0]).output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--what-if", "vendors.Elder.reps=8"], "[[vendors]] has no row 'Elder'; did you mean 'Alder'?"),
        (["--what-if", "vendors.Alder.rep=8"], "unknown key 'rep' in vendors.Alder; did you mean 'reps'?"),
        (["--what-if", "vendors.reps=8"], "say which of the [[vendors]]: vendors.ROW.reps; rows: Alder, Elm"),
        (["--what-if", "vendors.Alder.reps=8.5"], "this is not a whole number"),
        (["--what-if", "quota.stretch=many"], "this is not a number; it must be a number from"),
        (["--what-if", "quota.stretch=-1"], "this is too small"),
        (["--what-if", "market.saturation=55"], "write 0.55 for 55 %"),
        (["--what-if", "quota.stretch=2,2.0"], "2 stands there twice; give each value once"),
        (["--what-if", "quota.stretch=2,2"], "2 stands there twice; give each value once"),
        (["--what-if", "vendors.Alder.reps=4"], "4 is today's value already"),
        (["--what-if", "vendors.Alder.reps="], "there is no value after ="),
        (["--what-if", "vendors.Alder.reps"], "write a key, =, and values with commas"),
        (["--what-if", "vendors.Alder.reps=2,,3"], "a value is missing between two commas"),
        (["--what-if", "quota.stretch=2", "--what-if", "quota . stretch=3"], "this key is given twice"),
        (["--what-if", "vendors.Alder=3"], "this is a table; name one of its keys"),
        (["--what-if", "vendors.Alder.name=Oak"], "this is a row's name"),
        (["--what-if", "clock.weeks=104"], "change the scenario"),
        (["--what-if", "comparison.seed=3"], "it says what is asked"),
        (["--what-if", "strategies.usual.plan.selling=0.1"], "they must sum to 1"),
        (["--what-if", "tools.dialler.boost=1", "--strategy", "staffed"], "Give --strategy shots"),
        (["--what-if", "strategies.shots.training=0", "--strategy", "staffed"], "Give --strategy shots"),
        (["--what-if", "quota.stretch=2", "--strategy", "shotz"], "did you mean 'shots'?"),
        (["--what-if", "quota.stretch=2", "--metric", "win_rat"], "did you mean 'win_rate'"),
        (["--what-if", "quota.stretch=2", "--across-fits"], "--what-if and --across-fits"),
        (["--what-if", "quota.stretch=2", "--until-best", "0.9"], "--what-if and --until"),
        (["--what-if", "quota.stretch=2", "--matters", "1k"], "--what-if and --matters"),
        (["--what-if", "quota.stretch=2", "--adopters", "focal", "--adopters", "all"], "give one"),
        (["--what-if", "quota.stretch=2", "--adopters", "head-to-head"], "give --adopters focal"),
        (["--strategy", "shots"], "add --what-if"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(here: Path, arguments: list[str], said: str) -> None:
    assert said in flat(run(*arguments, code=2))
    assert not (here / "results").exists()


def test_a_key_to_which_nothing_responds_is_refused() -> None:
    idle = market(strategies__shots__tools=[])
    with pytest.raises(InputError, match=r"no strategy of the scenario has this tool; nothing responds"):
        asking(idle, "tools.dialler.boost=1")
    with pytest.raises(
        InputError, match=r"nothing responds to it\. No vendor that follows 'usual' and 'shots'"
    ):
        asking(idle, "strategies.shots.training=0.2")


def test_an_uncertain_key_is_no_what_if() -> None:
    drawn = market(uncertain=[{"key": "quota.stretch", "low": 0.5, "high": 1.5}])
    with pytest.raises(InputError, match=r"uncertain in the scenario .*--set 'uncertain=\[\]'"):
        asking(drawn, "quota.stretch=2")


def test_two_strategies_with_a_tool_need_a_name() -> None:
    both = market(strategies__staffed__tools=["dialler"])
    with pytest.raises(InputError, match="whose net gain\\? Give strategy: 'shots' or 'staffed'"):
        asking(both, "tools.dialler.boost=1")
    assert asking(both, "tools.dialler.boost=1", strategy="staffed").strategy == "staffed"


PAGE = (Path(__file__).parents[2] / "docs" / "what-if.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "typed", re.findall(r"[`']([a-z]+\.[A-Za-z_.]+=[^`']+)[`']", PAGE.split("## Files")[0])
)
def test_every_key_of_the_page_can_be_asked(typed: str) -> None:
    asked = ask(load_scenario("kickoff"), [parse_change(typed)])
    check_points(asked.study())
    assert asked.responds[0] == ("money" if re.match("pay|.*cost", typed) else "market")
    (row,) = re.findall(r"^\| strategies, tools, .*\(`(.*)`\) \|", PAGE, flags=re.MULTILINE)
    at_branch = [part.partition(".")[0] for part in re.split("`, `", row)] + ["pay"]
    assert (asked.changes[0].since == "branch") == (
        ".presales=" in typed or typed.partition(".")[0] in set(at_branch) - {"vendors"}
    )


@pytest.mark.parametrize("values", [[], "8", 8])
def test_values_are_a_list(values: Any) -> None:
    with pytest.raises(InputError, match="give a list of one or more values"):
        ask(market(), {"vendors.Alder.reps": values}.items())
