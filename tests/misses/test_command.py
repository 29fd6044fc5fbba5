"""The command, the page, the figure and the Python function: what they say, and when they refuse."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from markupsafe import escape

import zerosum
from tests.figures import assert_readable
from tests.test_report import rendered
from zerosum.cli import main
from zerosum.errors import InputError
from zerosum.report.html.misses import draw_shares
from zerosum.report.identical import format_misses
from zerosum.report.misses import describe_misses, format_shares, misses_page
from zerosum.report.misses_advice import FEWEST, MOST, WIDEST, WORTH, format_advice, runs_for_shares, widest
from zerosum.report.plots.misses import plot_misses
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.statistics import Interval
from zerosum.studies.compare import compare_strategies
from zerosum.studies.misses import (
    Misses,
    SharedMisses,
    decompose_misses,
    market_digest,
    misses_of,
    share_of_strategy,
)
from zerosum.studies.misses.decompose import cases_table, shares_table
from zerosum.studies.misses.restore import read_misses

SMALL = {"clock.warmup_weeks": 52, "clock.weeks": 52, "comparison.replications": 4}
OPTIONS = ["--set", "clock.warmup_weeks=52", "--weeks", "52", "-n", "4"]
NONE = math.nan


def made_up(worth: list[float], spread: float = 0.01, replications: int = 30, vendors: int = 2) -> Misses:
    """Return a decomposition with known worths of the cases."""
    chance = np.random.default_rng(1)
    variance = np.array(worth) * chance.normal(1.0, spread, size=(replications, 8))
    scenario = load_scenario("kickoff", {"comparison.replications": replications})
    shared = SharedMisses(500, 350, 450, 900, Interval(0.7, 0.66, 0.74, replications))
    names = tuple(vendor.name for vendor in scenario.vendors[:vendors])
    return Misses(scenario, names, shares_table(variance), cases_table(variance, variance), shared)


ADDED = [0.6 + 0.1 * (c & 1) + 0.3 * (c >> 2 & 1) for c in range(8)]
"""Luck 60 %, skill 10 %, quotas 30 %, territories nothing."""


def call(*words: str) -> Result:
    return CliRunner().invoke(main, ["misses", *words])


def test_the_sentence_of_shares() -> None:
    assert format_shares(made_up(ADDED)) == (
        "Of the differences in attainment between reps: luck 60 %, how quotas are set 30 % and skill 10 %. "
        "No measurable share: territories."
    )
    lowered = [0.6 + 0.2 * (c & 1) + 0.2 * (c >> 1 & 1) - 0.1 * (c >> 2 & 1) for c in range(8)]
    assert "and how quotas are set -11 %" in format_shares(made_up(lowered))
    one = "Too few runs for shares: 1 simulated run can't bound them; use more."
    assert format_shares(made_up(ADDED, replications=1)) == one
    nothing = made_up([0.0] * 8)
    assert format_shares(nothing) == "Attainment doesn't differ between reps, so there is nothing to divide."


@pytest.mark.parametrize("replications", [2, 4, 9, 12])
def test_too_few_runs_have_no_shares_but_the_number_that_would_do(replications: int) -> None:
    """Whatever the shares come to; so many runs as it says have intervals as narrow as it says."""
    found = made_up(ADDED, spread=0.2, replications=replications)
    if replications == 12:
        found = replace(found, shares=found.shares.assign(high=found.shares["share"] + 0.4))
    said = format_shares(found)
    assert said.startswith(f"Too few runs for shares: {replications} simulated runs leave them open by ±")
    needed = runs_for_shares(found)
    assert needed is not None
    assert f"about {needed} would do" in said
    assert needed >= FEWEST
    enough = made_up(ADDED, spread=0.2, replications=3 * needed)
    assert widest(enough) <= WIDEST
    assert runs_for_shares(enough) == 0
    assert format_advice(found) == f"Nothing yet: give -n {needed}."
    shown = rendered(describe_misses(found), 100)
    assert "95 % range" not in shown  # no table, so no share of 189 %
    assert max(map(len, shown.splitlines())) <= 100


def with_share(
    factor: str, share: float, low: float, high: float, gone: float = NONE, **shared: int
) -> Misses:
    """A decomposition in which one factor has this share, its removal takes ``gone``, and no other counts."""
    found = made_up([0.7] * 8)
    shares = found.shares.copy()
    shares[["share", "low", "high", "removed_low"]] = 0.0, -0.01, 0.01, -0.01
    columns = ["share", "low", "high", "removed", "removed_low", "removed_high"]
    shares.loc[shares["factor"] == factor, columns] = share, low, high, gone, gone - 0.05, gone + 0.05
    if factor != "luck":
        shares.loc[shares["factor"] == "luck", columns[:3]] = 0.8, 0.7, 0.9
    return replace(found, shares=shares, shared=replace(found.shared, **shared))


LUCKY = "Most of the differences between reps in a year are luck: don't rank or judge them by one year."


@pytest.mark.parametrize(
    ("found", "advice"),
    [
        (with_share("luck", 0.6, MOST + 0.001, 0.7), LUCKY),
        (
            with_share("luck", 0.6, MOST, 0.7),
            "Whether most of the differences between reps in a year are luck can't be told.",
        ),
        (
            with_share("luck", 0.4, 0.3, MOST - 0.001),
            "Less than half of the differences between reps in a year are luck.",
        ),
        (
            with_share("territory", WORTH, 0.01, 0.1, 0.2),
            f"{LUCKY} Balance territories by value: if only this were equal, 20 % of the variance would go (15 to 25).",
        ),
        (
            with_share("quotas", 0.3, 0.2, 0.4, 0.02),
            f"{LUCKY} Divide the team's quota by the territories' value: by itself, that changes the variance by no "
            "measurable amount.",
        ),
        (with_share("skill", 0.3, 0.2, 0.4, 0.3), f"{LUCKY} Coach and hire, because skill counts: if only this were "
            "equal, 30 % of the variance would go (25 to 35)."),
        (with_share("skill", WORTH - 0.001, 0.01, 0.1), f"{LUCKY} Measurable, but too small to act on: skill (4.9 %)."),
        (with_share("skill", 0.1, 0.0, 0.2, 0.3), LUCKY),
        (with_share("quotas", -0.1, -0.2, -0.01), f"{LUCKY} How quotas are set evens out differences: "
            "leave that as it is."),
        (
            with_share("luck", 0.8, 0.7, 0.9, missed=600, equal_missed=630, rep_years=900),
            f"{LUCKY} 67 % of rep-years miss, of identical reps 70 %: quotas are too high for this market, "
            "whoever the reps are.",
        ),
        (with_share("luck", 0.8, 0.7, 0.9, missed=590, equal_missed=630, rep_years=900), LUCKY),
        (with_share("luck", 0.8, 0.7, 0.9, missed=0), ""),
    ],
)  # fmt: skip
def test_what_to_do_follows_from_the_figures(found: Misses, advice: str) -> None:
    assert format_advice(found) == advice


def test_the_screen_answers_first_and_fits() -> None:
    from rich.console import Console

    for width in (80, 100):
        console = Console(width=width, file=None, no_color=True)
        with console.capture() as captured:
            console.print(describe_misses(made_up(ADDED)))
        lines = captured.get().splitlines()
        said = " ".join(captured.get().split())
        assert re.match(
            r"KICKOFF 10 (of 40 )?reps · 30 simulated runs of 3 years · status quo \('usual'\) MISSED", said
        )
        sentence = format_misses(made_up(ADDED).shared)
        assert (
            f"MISSED QUOTAS 56 % of rep-years (identical reps: 50 %). {sentence} DIFFERENCES Of the" in said
        )
        assert "WHAT TO DO Most of the differences between reps in a year are luck" in said
        assert max(map(len, lines)) <= width
        row = next(line for line in lines if line.startswith("how quotas are set"))
        assert "30." in row
        assert "-0.0" not in captured.get()


def test_the_page_and_the_figure_have_all_shares() -> None:
    found = made_up(ADDED)
    page = misses_page(found)
    figure = plot_misses(found)
    assert_readable(figure)
    drawn = " ".join(text.get_text() for text in figure.findobj(match=lambda a: hasattr(a, "get_text")))
    assert "-0.0" not in page + drawn
    for share in [round(100 * row, 1) + 0.0 for row in found.shares["share"]]:
        assert f"{share:.1f} %" in page
        assert f"{share:.1f} %" in drawn
    assert "kickoff: what missed quotas are made of" in page
    assert_readable(plot_misses(made_up([0.0] * 8)))


def test_the_command_writes_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = call("workshop", *OPTIONS)
    assert result.exit_code == 0, result.output
    folder = Path("results/workshop/misses")
    assert {path.name for path in folder.iterdir()} == {
        "summary.json", "shares.csv", "cases.csv", "misses.md", "figure.png", "manifest.json",
    }  # fmt: skip
    scenario = load_scenario("workshop", SMALL)
    expected = decompose_misses(scenario)
    told: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    for sentence in (told["answer"], told["advice"]):
        assert sentence in " ".join(result.output.split())
    assert told["strategy"] is None
    hint = next(line for line in result.output.splitlines() if line.startswith("zerosum misses"))
    assert hint == "zerosum misses workshop --strategy shots: under that strategy"
    assert told["market"] == market_digest(scenario)
    assert told["identical_reps"]["missed"] == expected.shared.missed
    for name, table in (("shares", expected.shares), ("cases", expected.cases)):
        pd.testing.assert_frame_equal(pd.read_csv(folder / f"{name}.csv"), table)
    again = call("workshop", *OPTIONS, "--json", "--out", "other")
    assert json.loads(again.stdout)["shares"] == told["shares"]


def test_what_was_written_can_be_read_again_by_the_same_market_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (["-n", "4"], ["-n", "2", "--out", "fewer"]):
        assert call("workshop", *OPTIONS[:-2], *words).exit_code == 0
    folders = [Path("fewer"), Path("results/workshop/misses"), Path("results/none")]
    scenario = load_scenario(
        "workshop", {**SMALL, "comparison.replications": 30, "comparison.adopters": ["all"]}
    )
    there = misses_of(scenario, folders)
    assert there is not None
    folder, found = there
    expected = decompose_misses(load_scenario("workshop", SMALL))
    assert folder == folders[1], "that with more replications"
    assert found.scenario.comparison.replications == 4
    pd.testing.assert_frame_equal(found.shares, expected.shares)
    pd.testing.assert_frame_equal(found.cases, expected.cases)
    assert found.shared == expected.shared
    for other in (
        {"reps.skill_sd": 2.0},
        {"comparison.seed": 5},
        {"clock.weeks": 104},
        {"quota.ratchet": 0.1},
    ):
        assert misses_of(load_scenario("workshop", {**SMALL, **other}), folders) is None
    document = json.loads((folders[1] / "summary.json").read_text())
    (folders[1] / "summary.json").write_text(json.dumps({**document, "replications": 5000}))
    less = misses_of(scenario, folders)
    assert less is not None
    assert less[0] == folders[0], "what was changed is left out"
    told = json.loads((folders[0] / "manifest.json").read_text())
    (folders[0] / "manifest.json").write_text(
        json.dumps({**told, "origin": {**told["origin"], "engine": "other"}})
    )
    assert misses_of(scenario, folders) is None, "what another version made is left out"


def test_a_share_without_interval_survives_the_file() -> None:
    one = decompose_misses(load_scenario("workshop", {**SMALL, "comparison.replications": 1}))
    from zerosum.report.misses import summarize_misses

    document = json.loads(json.dumps(summarize_misses(one, [])))
    assert document["shares"][0]["low"] is None
    again = read_misses(document, one.scenario)
    assert math.isnan(again.shares["low"].iloc[0])
    assert math.isnan(again.shared.share.low)


def test_from_python() -> None:
    found = zerosum.misses("workshop", weeks=52, replications=2, workers=1)
    assert isinstance(found, zerosum.Misses)
    assert repr(found).startswith("<Misses workshop: luck ")
    assert found.answer[0] in found._repr_html_()
    assert len(found.shares) == 4
    assert len(found.cases) == 8
    assert_readable(found.figure())
    with pytest.raises(ValueError, match="workers"):
        zerosum.misses("workshop", workers=0)


def test_without_quotas_nothing_was_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = call("workshop", "-n", "2", "--weeks", "10", "--set", "clock.warmup_weeks=0")
    assert result.exit_code == 0
    assert "No rep had a quota in the simulated weeks, so none was missed." in " ".join(result.output.split())
    assert "WHAT TO DO" not in result.output
    assert "nan" not in result.output
    assert "nan" not in Path("results/workshop/misses/misses.md").read_text("utf-8")


def test_under_a_strategy_it_is_the_focal_team_that_follows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    longer = "strategies.shots.extra_hours"  # so that misses are others than in the status quo
    result = call("workshop", *OPTIONS, "--strategy", "shots", "--set", f"{longer}={{selling = 15}}")
    assert result.exit_code == 0, result.output
    folder = Path("results/workshop/misses-shots")
    told = json.loads((folder / "summary.json").read_text())
    scenario = load_scenario("workshop", {**SMALL, longer: {"selling": 15}})
    assert told["strategy"] == "shots"
    assert told["vendors"] == [scenario.vendors[scenario.focal_index].name]
    # Each replication's misses are those of a comparison's run of the strategy, and of its own chance baseline.
    adopting = {"comparison.strategies": ["shots"], "comparison.adopters": ["focal"]}
    compared = share_of_strategy(compare_strategies(parse_scenario(scenario, adopting)), strategy="shots")
    usual = share_of_strategy(compare_strategies(parse_scenario(scenario, adopting)), strategy="usual")
    assert compared is not None
    assert usual is not None
    assert (usual.also, usual.equal_missed) != (compared.also, compared.equal_missed)
    found = told["identical_reps"]
    assert (found["missed"], found["also"], found["equal_missed"], found["rep_years"]) == (
        compared.missed, compared.also, compared.equal_missed, compared.rep_years,
    )  # fmt: skip
    assert "under 'shots' · competitors don't react" in " ".join(result.output.split())
    # It is another answer than that of the status quo, and never taken for it.
    assert misses_of(scenario, [folder]) is None
    assert read_misses(told, scenario).strategy == "shots"
    same = zerosum.misses("workshop", strategy="usual", weeks=52, replications=2, workers=1)
    assert same.decomposed.strategy is None
    assert call("workshop", "--strategy", "shot").exit_code == 2
    with pytest.raises(InputError, match="did you mean 'shots'"):
        zerosum.misses("workshop", strategy="shot")


def test_faults_of_the_caller() -> None:
    one = call("workshop", *OPTIONS, "--set", "vendors.Alder.reps=1")
    assert one.exit_code == 2
    assert "has one rep: differences between reps need two; set vendors.Alder.reps" in " ".join(
        one.output.split()
    )
    assert call("workshop", "-n", "0").exit_code == 2
    assert call("nowhere").exit_code == 2


def test_the_report_shows_the_shares_that_lie_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def report() -> str:
        result = CliRunner().invoke(main, ["report", "workshop", "--no-deals"])
        assert result.exit_code == 0, result.output
        (page,) = Path("results/workshop").glob("*/report.html")
        return page.read_text("utf-8")

    compared = CliRunner().invoke(main, ["compare", "workshop", *OPTIONS])
    assert compared.exit_code == 0, compared.output
    title, shares = "What missed quotas are made of", "Where differences in attainment come from"
    alone = report()
    assert title in alone
    assert shares not in alone
    assert (
        call("workshop", *OPTIONS, "--set", "reps.skill_sd=2", "--out", "results/workshop/other").exit_code
        == 0
    )
    assert report() == alone, "the shares of another market"
    assert call("workshop", *OPTIONS).exit_code == 0
    found = decompose_misses(load_scenario("workshop", SMALL))
    few = report()
    assert shares not in few, "too few runs tell them"
    assert str(escape(format_shares(found))) in few
    monkeypatch.setattr("zerosum.report.misses_advice.FEWEST", 2)
    monkeypatch.setattr("zerosum.report.misses_advice.WIDEST", math.inf)
    page = report()
    assert shares in page
    assert str(escape(format_shares(found))) in page
    for share in found.shares["share"]:
        assert f"{round(100 * share, 1) + 0.0:.1f}" in page
    sentence = re.search(r"Of \d+ missed quotas, [^.]*\.", " ".join(compared.output.split()))
    assert sentence is not None
    assert sentence.group() in page, "the comparison's own, as on its screen"


def test_the_page_draws_no_shares_that_too_few_runs_tell() -> None:
    """As on the screen: the sentence says that they can't be told, so there is no figure of them."""
    assert draw_shares(made_up(ADDED)) is not None
    assert draw_shares(made_up(ADDED, replications=FEWEST - 1)) is None
