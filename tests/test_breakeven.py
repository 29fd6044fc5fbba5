"""When a strategy pays: by hand from made-up runs, and of a small market, where every way to the same price agrees."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pytest
from matplotlib.figure import Figure

from tests.commands import zerosum
from tests.each import each
from tests.figures import assert_readable
from tests.test_report import rendered
from zerosum.errors import InputError
from zerosum.report.breakeven import describe_break_even, format_answers, summarize_break_even
from zerosum.report.plots.breakeven import plot_break_even
from zerosum.runs.lock import writing
from zerosum.scenario import ScenarioError, parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.breakeven import ADOPTION, EFFECT, Answer, ask
from zerosum.studies.compare import break_even_prices, compare_strategies
from zerosum.studies.sweep import Swept

MARKET = """
name = "small"
market = { buyers = 100, saturation = 0.9 }
clock = { warmup_weeks = 52, weeks = 52 }
vendors = [{ name = "Alder", reps = 4, presales = 1 }, { name = "Elm", reps = 3, presales = 1 }]
tools = [
    { name = "dialler", boost = 0.5, cost_per_rep_year = 1_500, training_cost = 400 },
    { name = "notes", saving = 0.6, accuracy = 0.4, cost_per_rep_year = 900 },
    { name = "idle" },
]
strategies = [
    { name = "usual", tools = ["notes"] },
    { name = "shots", tools = ["notes", "dialler"] },
    { name = "both", tools = ["dialler", "idle"] },
    { name = "idle", tools = ["idle"] },
    { name = "staffed", extra_presales = 2 },
]
comparison = { strategies = ["shots", "staffed"], replications = 8, seed = 7 }
"""
REPS = 4


def market(**values: object) -> Scenario:
    return parse_scenario(MARKET, {key.replace("__", "."): value for key, value in values.items()})


Gain = Callable[[npt.NDArray[np.float64], float, float], npt.NDArray[np.float64]]


def made(gain: Gain, adopters: Sequence[str] = ("focal",), **values: object) -> Answer:
    """An answer of made-up runs: the net gain is a function of each run's luck, of adoption and of effect.

    60 % of reps use the other tool, which the baseline offers, too.
    """
    asked = ask(market(comparison__adopters=list(adopters), **values), "shots")
    study, often = asked.study(), asked.scenario.comparison.replications
    luck = np.random.default_rng(3).normal(size=often)
    luck -= luck.mean()
    rows = []
    for point in range(len(study.points)):
        key, value = study.points.iloc[point]
        used = 0.3 if key != ADOPTION else (1.0 + float(value)) / 2
        part = float(value) if key == EFFECT else 1.0
        usual = 50_000 + 9_000 * luck
        rows += [
            {"null": False, "point": point, "replication": n, "contribution": level, "adoption": adopted}
            for n, more in enumerate(gain(luck, used, part))
            for level, adopted in ((usual[n], 0.6), (usual[n] + more, (0.6 + used) / 2))
        ]
    tables = {"runs": pa.Table.from_pylist(rows)}
    return Answer(asked, Swept(study, dict.fromkeys(range(len(study.points)), often), tables, ()))


def said(answer: Answer) -> dict[str, str]:
    return dict(format_answers(answer))


# --- Price ------------------------------------------------------------------------------------------------------


def test_a_price_is_what_was_entered_and_each_reps_share_of_the_gain() -> None:
    answer = made(lambda luck, used, part: 4_000 + 800 * luck)
    (row,) = answer.prices.to_dict("records")
    assert (row["tool"], row["entered"]) == ("dialler", 1_500)  # both offer the other
    assert row["price"] == pytest.approx(1_500 + 4_000 / REPS)
    half = answer.today.high - 4_000
    assert (row["price_low"], row["price_high"]) == pytest.approx((2_500 - half / REPS, 2_500 + half / REPS))


@each(
    ("gain", "words"),
    [
        (
            4_000,
            "dialler pays up to 2,500 a rep and year (95 %: 2,340 to 2,660); you entered 1,500. It pays, "
            "as long as competitors don't react.",
        ),
        (
            -2_000,
            "pays up to 1,000 a rep and year (95 %: 840 to 1,160); you entered 1,500. It costs more than it",
        ),
        (
            200,
            "pays up to 1,550 a rep and year (95 %: 1,390 to 1,710); you entered 1,500. Whether it pays can't",
        ),
        (
            -6_200,
            "dialler seems not to pay, not even for nothing (95 %: below 0 to 110); you entered 1,500. It costs",
        ),
        (
            -9_000,
            "dialler doesn't pay, not even for nothing: free, it would still lose 750 a rep and year (95 %: 590 ",
        ),
    ],
)
def test_a_price_is_told_in_words(gain: float, words: str) -> None:
    assert words in said(made(lambda luck, used, part: gain + 765.3 * luck / luck.std(ddof=1)))["PRICE"]


def test_amounts_have_the_scenarios_currency() -> None:
    def price(currency: str) -> str:
        return said(made(lambda luck, used, part: 4_000 + 100 * luck, money__currency=currency))["PRICE"]

    assert price("$").startswith("dialler pays up to $2,500 a rep and year (95 %: $2,")
    assert "you entered 1,500 EUR. It pays, as long" in price("EUR")


def test_what_copying_leaves_by_hand() -> None:
    """Alone the gain is 4,000, if all adopt -1,000, both with the same luck: copying takes 5,000 in every run."""
    alone = made(lambda luck, used, part: 4_000 + 800 * luck)
    question = alone.asked.if_copied()
    assert question is not None
    assert (question.adopters, question.dials) == ("all", ())
    copied = made(lambda luck, used, part: -1_000 + 500 * luck, adopters=["all"])
    found = replace(alone, copied=replace(copied, asked=question))
    assert found.lost_if_copied.mean == pytest.approx(5_000)
    # The two move together: of the luck, 300 are left.
    assert found.lost_if_copied.high - 5_000 == pytest.approx(
        300 * (alone.today.high - alone.today.mean) / 800
    )
    words = said(found)["IF ALL ADOPT IT"]
    assert words.startswith(
        "-1.00 k a year (-1.59 to -0.41); -5.00 k (-5.35 to -4.65) against adopting alone. "
    )
    assert (
        "dialler pays up to 1,250 a rep and year (95 %: 1,100 to 1,400). It costs more than it brings"
        in words
    )
    told = summarize_break_even(found, [Path("results/x/summary.json")])["if_copied"]
    assert told["net"]["mean"] == pytest.approx(-1_000)
    assert told["prices"][0]["price"] == pytest.approx(1_500 - 1_000 / REPS)
    assert copied.asked.if_copied() is None, "all adopt already"
    assert said(copied).keys() == {"NET GAIN", "PRICE", "ADOPTION", "EFFECT"}


def test_nobody_copies_where_there_is_one_vendor() -> None:
    asked = ask(market(), "shots")
    only = asked.scenario.model_copy(update={"vendors": asked.scenario.vendors[:1]})
    assert replace(asked, scenario=only).if_copied() is None


# --- Adoption and effect ----------------------------------------------------------------------------------------


def test_where_the_gain_crosses_0_by_hand() -> None:
    """It rises by 400 for each per cent of reps, from -10,000; by 200 for each of the claims, from -12,000."""
    answer = made(lambda luck, used, part: -10_000 + 40_000 * used + 20_000 * (part - 1) + 300 * luck)
    adoption, effect = answer.asked.dials
    (one,) = answer.crossings(adoption)
    assert one.at == pytest.approx(0.25)
    half = 300 * (answer.today.high - answer.today.mean) / 300
    assert (one.low, one.high) == pytest.approx((0.25 - half / 40_000, 0.25 + half / 40_000), rel=1e-6)
    (other,) = answer.crossings(effect)
    assert (other.at, other.rises) == (pytest.approx(0.9), True)
    assert said(answer)["ADOPTION"] == (
        "Pays from 25 % of the reps on (95 %: 24 % to 26 %); of what was tried, 30 % and more surely pays; "
        "here 30 % use it at the end."
    )
    assert said(answer)["EFFECT"].startswith(
        "Pays from 90 % of what is claimed on (95 %: 88 % to 92 %); of what was tried, 100 % and more"
    )


def test_a_loss_that_is_the_same_in_every_run_is_sure() -> None:
    """Nobody uses the tool: its license is lost, and nothing varies."""
    answer = made(lambda luck, used, part: -6_000 + 20_000 * used + 900 * used * luck)
    (one,) = answer.crossings(answer.asked.dials[0])
    assert one.at == pytest.approx(0.3, abs=0.02)


@each(
    ("gain", "adoption", "words"),
    [
        (
            lambda luck, used, part: 9_000 + 900 * luck,
            "always",
            "Pays at every setting that was tried, 0 % to 100 %",
        ),
        (
            lambda luck, used, part: -9_000 + 900 * luck,
            "never",
            "Doesn't pay at any setting that was tried, 0 % to",
        ),
        (lambda luck, used, part: 5_000 * luck, "open", "Can't be told with 8 simulated runs at any setting"),
        (
            lambda luck, used, part: 4_000 * used + (1 - used) * 5_000 * luck,
            "open",
            "Surely pays from 65 % of the reps on; below that, it can't be told with 8 simulated runs; here 30 %",
        ),
        (
            lambda luck, used, part: -4_000 * (1 - used) + used * 9_000 * luck,
            "open",
            "Surely doesn't pay up to 20 % of the reps; above that, it can't be told with 8 simulated runs; here",
        ),
        (
            lambda luck, used, part: 10_000 - 25_000 * used + 300 * luck,
            "changes",
            "Pays up to 40 % of the reps (95",
        ),
    ],
)
def test_what_is_told_of_a_dial(gain: Gain, adoption: str, words: str) -> None:
    answer = made(gain)
    assert answer.pays(answer.asked.dials[0]) == adoption
    assert words in said(answer)["ADOPTION"]


def test_a_change_that_may_be_chance_is_no_break_even() -> None:
    """Without any effect, at most one in twenty such answers has a crossing."""
    chance, found = np.random.default_rng(8), 0
    for _ in range(60):
        answer = made(lambda luck, used, part: 1_000 * chance.normal(size=len(luck)))
        found += sum(bool(answer.crossings(dial)) for dial in answer.asked.dials)
    assert found <= 0.05 * 120


def test_dials_keep_to_the_limits_and_end_with_nobody_and_all() -> None:
    adoption, effect = ask(market(), "both").dials
    assert adoption.overrides(-1.0)["tools.dialler.innovation"] == 0.0
    assert adoption.overrides(-1.0)["tools.idle.imitation"] == 0.0
    assert adoption.overrides(1.0)["tools.dialler.innovation"] == 1.0
    assert effect.overrides(2.0) == {"tools.dialler.boost": 1.0}
    half = ask(market(tools__dialler__accuracy=0.6), "both").dials[1]  # no probability is above 1
    assert max(half.values) == 1.5
    assert ask(market(strategies__usual__tools=[]), "idle").dials == (ask(market(), "idle").dials[0],)


def test_what_is_turned_is_not_drawn() -> None:
    drawn = [
        {"key": "tools.dialler.boost", "low": 0.1, "high": 0.2},
        {"key": "tools.dialler.cost_per_rep_year", "low": 1_000.0, "high": 2_000.0},
    ]
    asked = ask(market(uncertain=drawn), "shots")
    assert [row.key for row in asked.scenario.uncertain] == ["tools.dialler.cost_per_rep_year"]


@each(
    ("values", "strategy", "says"),
    [
        ({}, "usual", "this is the baseline, with which the others are compared; name shots, both or idle"),
        ({}, "staffed", "it has no tool that the baseline 'usual' lacks; with tools are shots, both or idle"),
        ({}, "shot", "there is no such strategy; did you mean 'shots'?"),
        ({"comparison.strategies": ["shots", "both"]}, None, "which strategy? Give strategy: shots, both or idle"),
        ({"comparison.replications": 1}, "shots", "1 simulated run: nobody can say how sure"),
        (
            {
                "comparison.replications": 3,
                "uncertain": [{"key": "reps.admin_fixed_hours", "low": 1.0, "high": 2.0}],
            },
            "shots",
            "3 simulated runs are one set of assumptions: nobody can say how sure a break-even of one is; give "
            "replications=4",
        ),
        ({"comparison.adopters": ["competitors"]}, "shots", "we don't pay for their tools; give adopters='focal'"),
        ({"comparison.adopters": ["head-to-head"]}, "shots", "of different sizes"),
        ({"strategies.shots.tools": ["notes"], "strategies.both.tools": [], "strategies.idle.tools": [],
          "comparison.strategies": ["staffed"]}, None, "no strategy of 'small' has a tool that its baseline"),
    ],
)  # fmt: skip
def test_what_can_not_be_asked_is_refused_in_words(
    values: dict[str, Any], strategy: str | None, says: str
) -> None:
    with pytest.raises((InputError, ScenarioError)) as refused:
        ask(parse_scenario(MARKET, values), strategy)
    assert says in str(refused.value)


def test_a_strategy_is_found_where_only_one_that_is_compared_has_tools() -> None:
    assert ask(market()).strategy == "shots"


# --- What people see --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 100])
def test_the_screen_fits_and_answers_first(width: int) -> None:
    answer = made(lambda luck, used, part: -10_000 + 40_000 * used + 20_000 * (part - 1) + 300 * luck)
    shown = rendered(describe_break_even(answer), width)
    assert max(map(len, shown.splitlines())) <= width
    assert "┃" not in shown
    first = " ".join(shown.split())
    assert re.match("SMALL 4 (of 7 )?reps · 8 simulated runs of 1 year · 'shots' over 'usual'", first)
    assert (
        first.index("PRICE dialler pays up to")
        < first.index("ADOPTION Pays from")
        < first.index("EFFECT Pays")
    )
    assert "30 % (here)" in shown
    assert "nan" not in shown
    assert "dialler: boost 0.5" in first


def test_the_figure_is_readable() -> None:
    assert_readable(plot_break_even(made(lambda luck, used, part: 9_000 * used * part - 3_000 + 900 * luck)))


def test_the_summary_is_whole_and_without_nan() -> None:
    answer = made(lambda luck, used, part: 5_000 * luck)
    told = json.loads(
        json.dumps(summarize_break_even(answer, [Path("results/x/summary.json")]), allow_nan=False)
    )
    assert (told["command"], told["strategy"], told["replications"]) == ("breakeven", "shots", 8)
    assert [dial["pays"] for dial in told["dials"]] == ["open", "open"]
    assert told["dials"][0]["surely_pays_from"] is None
    assert told["prices"][0]["entered"] == 1_500


# --- A small market ---------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(MARKET, encoding="utf-8")
    monkeypatch.setattr("zerosum.report.plots.breakeven.plot_break_even", lambda _: Figure(figsize=(1, 1)))
    return tmp_path


def test_the_command_goes_on_and_agrees_with_compare(here: Path) -> None:
    first = zerosum("breakeven", "small.toml", "-n", "3", columns="80").stdout
    (folder,) = Path("results/small").iterdir()
    written = {file.name: file.read_bytes() for file in folder.glob("*.csv")}
    assert set(written) == {"prices.csv", "points.csv"}
    assert "In results/small/breakeven-" in first
    again = zerosum("breakeven", "small.toml", "-n", "3", "--json").stdout
    told = json.loads(again)
    assert {file.name: file.read_bytes() for file in folder.glob("*.csv")} == written
    both = {"comparison.adopters": ["focal", "all"], "comparison.replications": 3}
    compared = compare_strategies(parse_scenario(MARKET, {"comparison.strategies": ["shots"], **both}))
    alone, copied = break_even_prices(compared).to_dict("records")
    assert (alone["adopters"], copied["adopters"]) == ("focal", "all")
    for price, found in ((alone, told), (copied, told["if_copied"])):
        assert found["prices"][0]["price"] == pytest.approx(price["price"])
        assert found["prices"][0]["price_low"] == pytest.approx(price["price_low"])
    assert alone["price"] != copied["price"]
    points = pd.read_csv(folder / "points.csv")
    adoption = points[points["dial"] == "adoption"]
    assert adoption["value"].iloc[0] == 0.0  # nobody
    assert adoption["value"].iloc[-1] > 0.8  # all but those who have just begun
    assert adoption["value"].is_monotonic_increasing
    assert points.groupby("dial")["is_today"].sum().tolist() == [1, 1]
    # Nobody uses the tool: what is lost is its license and training.
    assert adoption["net"].iloc[0] == pytest.approx(-REPS * (1_500 + 400 * 0.5))


def test_the_price_alone_takes_runs_of_today_only(here: Path) -> None:
    told = json.loads(zerosum("breakeven", "small.toml", "--price-only", "--json", "-n", "2").stdout)
    assert told["dials"] == []
    assert [words.split()[0] for words in told["answers"][1:]] == ["dialler", told["answers"][2].split()[0]]
    listed = zerosum("results").stdout
    assert listed.count("break-even") == 1


def test_a_second_command_in_the_same_folder_is_told_what_it_can_do(here: Path) -> None:
    folder = here / "whole"
    with writing(folder):
        refused = zerosum("breakeven", "small.toml", "-n", "2", "--out", "whole", code=2).stderr
    assert "name another folder with --out" in refused
    assert "--shard" not in refused


def test_a_question_for_the_price_leaves_the_points_of_a_whole_one(here: Path) -> None:
    zerosum("breakeven", "small.toml", "-n", "2", "--out", "whole")
    before = (here / "whole" / "points.csv").read_bytes()
    zerosum("breakeven", "small.toml", "-n", "2", "--out", "whole", "--price-only")
    assert (here / "whole" / "points.csv").read_bytes() == before
    assert len(before.splitlines()) > 2


def test_bad_input_is_refused_before_a_run(here: Path) -> None:
    for arguments, says in (
        (("--strategy", "shot"), "did you mean 'shots'?"),
        (("-n", "1"), "give -n 2 or more"),
        (("--adopters", "competitors"), "give --adopters focal, or all"),
        (("--strategy", "usual"), "this is the baseline"),
    ):
        assert says in zerosum("breakeven", "small.toml", *arguments, code=2).stderr
    assert [path.name for path in here.iterdir()] == ["small.toml"]
