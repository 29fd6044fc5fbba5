"""Tables for the terminal and the JSON documents: nothing clipped, and chance beside every quota figure."""

from __future__ import annotations

import io
import json
import math
import re
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from markupsafe import escape
from matplotlib.figure import Figure
from rich.console import Console, RenderableType

from tests.each import each
from tests.figures import assert_readable, assert_within, words_of
from tests.helpers import comparison_of
from zerosum.market.engine import Engine
from zerosum.market.metrics import BY_NAME, HEADLINES, METRICS, NULL_METRICS, measure
from zerosum.market.run import Run, chance_baseline, simulate
from zerosum.report.compare import certain, describe_comparison, summarize_comparison
from zerosum.report.document import Column, Document
from zerosum.report.html import shown
from zerosum.report.intervals import difference_cell
from zerosum.report.plots import style
from zerosum.report.plots.compare import plot_compare
from zerosum.report.plots.run import _attainment_in_words, plot_run
from zerosum.report.run import SECTIONS, average, describe_run, summarize_run
from zerosum.report.terminal import text_of
from zerosum.report.wording import format_level as number_in_words
from zerosum.scenario import load_scenario, parse_scenario, scenario_hash, shipped_scenarios
from zerosum.scenario.comparison import ADOPTERS
from zerosum.scenario.spec import Scenario
from zerosum.studies.compare import Comparison, Decision, decide, differences

WIDTHS = (100, 132)
SHIPPED = sorted(shipped.name for shipped in shipped_scenarios())
SIZES = {"share": 0.3, "share/year": 0.1, "ratio": 1.2, "money/year": 250_000.0, "money/hour": 260.0}
"""Plausible levels, so that the tables' numbers are as wide as in earnest."""


def rendered(table: RenderableType, width: int) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False)
    console.print(table)
    return stream.getvalue()


def compared(scenario: Scenario, undefined: tuple[str, ...] = ()) -> Comparison:
    """Make up what a comparison could have found."""
    rng, rows = np.random.default_rng(5), []
    for adopters in scenario.comparison.adopters:
        for strategy in scenario.compared_names:
            for replication in range(scenario.comparison.replications):
                for null in (False, True):
                    values = {m.name: SIZES.get(m.unit, 20.0) * rng.lognormal(0, 0.5) for m in METRICS}
                    values |= dict.fromkeys(undefined, math.nan)
                    address = {
                        "adopters": adopters,
                        "strategy": strategy,
                        "replication": replication,
                        "null": null,
                    }
                    rows.append(address | values)
    runs = pd.DataFrame(rows)
    return comparison_of(scenario, runs, differences(scenario, runs))


@cache
def compared_once(name: str, replications: int) -> Comparison:
    """Make up, once, what a comparison of a shipped scenario could have found."""
    return compared(with_comparison(name, replications=replications))


def described(comparison: Comparison) -> Document:
    return describe_comparison(comparison, decided(comparison))


def decided(comparison: Comparison) -> Decision:
    return decide(comparison, BY_NAME["share_at_quota"])


def with_comparison(name: str, **keys: Any) -> Scenario:
    return load_scenario(name, {f"comparison.{key}": value for key, value in keys.items()})


@pytest.fixture(scope="module")
def year() -> tuple[Run, Run]:
    """A year of a small market, and the same with equal reps."""
    scenario = load_scenario("workshop", {"market.buyers": 120})
    return simulate(scenario), simulate(chance_baseline(scenario))


# --- Tables ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
def test_a_run_is_shown_unclipped(year: tuple[Run, Run], width: int) -> None:
    run, null = year
    shown = rendered(describe_run(run, average([(measure(run), measure(null))])), width)
    assert "…" not in shown
    for names in SECTIONS.values():
        for name in names.split():
            assert f"  {next(m.label for m in METRICS if m.name == name)} " in shown


def test_every_quota_figure_of_a_run_has_its_chance_baseline(year: tuple[Run, Run]) -> None:
    run, null = year
    numbers, by_chance = measure(run), measure(null)
    shown = rendered(describe_run(run, average([(numbers, by_chance)])), 100)
    (quota,) = (line for line in shown.split("\n") if line.lstrip().startswith("Reps at quota"))
    cells = [cell.strip() for cell in quota.split("│")]
    assert cells[1:3] == [
        f"{100 * numbers['share_at_quota']:.1f} %",
        f"{100 * by_chance['share_at_quota']:.1f} %",
    ]
    (median,) = (line for line in shown.split("\n") if line.lstrip().startswith("Median quota attainment"))
    cells = [cell.strip() for cell in median.split("│")]
    assert cells[1:3] == [f"{numbers['attainment_median']:.2f}", f"{by_chance['attainment_median']:.2f}"]
    assert "Chance baseline: the same run with identical reps in the same territories" in " ".join(
        shown.split()
    )


def test_there_is_one_table_for_each_of_the_adopters_in_the_order_asked_for() -> None:
    adopters = ["all", "head-to-head", "focal", "competitors"]
    shown = rendered(described(compared(with_comparison("kickoff", adopters=adopters))), 132)
    places = [shown.index(f"adopters '{who}':") for who in adopters]
    assert places == sorted(places)
    assert shown.count(", adopters '") == 4
    assert all("baseline: levels" in block for block in shown.split(", adopters '")[1:])


def test_the_chance_baseline_stands_beside_the_baselines_quota_for_all_adopters() -> None:
    comparison = compared(with_comparison("workshop", adopters=list(ADOPTERS), replications=4))
    blocks = rendered(described(comparison), 132).split(", adopters '")[1:]
    frame = comparison.differences.set_index(["adopters", "strategy", "metric"])
    assert len(blocks) == 4
    for adopters, block in zip(ADOPTERS, blocks, strict=True):
        level = frame.loc[(adopters, "usual", "share_at_quota")]
        assert f"{100 * level['mean']:.1f} %" in block
        assert f"by chance {100 * level['chance_baseline']:.1f} %" in block
        assert (
            f"by chance {frame.loc[(adopters, 'usual', 'attainment_median'), 'chance_baseline']:.2f}" in block
        )


def test_a_star_stands_where_the_difference_holds_though_several_strategies_were_looked_at() -> None:
    comparison = compared(with_comparison("workshop", replications=3))
    frame = comparison.differences
    tried = (frame["strategy"] == "shots") & (frame["metric"] == "win_rate")
    for low, high, p, star in (
        (0.01, 0.03, 0.001, True),
        (-0.03, -0.01, 0.049, True),
        (0.01, 0.03, 0.051, False),
        (-0.01, 0.03, 0.3, False),
        (0.0, 0.0, 1.0, False),
        (0.02, 0.02, math.nan, False),
    ):
        frame.loc[tried, ["difference", "low", "high", "p_holm"]] = [(low + high) / 2, low, high, p]
        row = frame[tried].iloc[0]
        found = text_of(difference_cell(row, certain(row)), Column("number")).plain
        assert found.split("\n")[0].endswith(" *") == star
    shown = rendered(described(comparison), 132)
    assert "* (on the page, bold): holds though several strategies were looked at" in " ".join(shown.split())


def test_a_difference_and_its_interval_are_said_in_one_unit() -> None:
    """Found by a reader: -1.24 k above -2.68 k … +204."""
    comparison = compared(with_comparison("workshop", replications=3))
    frame = comparison.differences
    tried = (frame["strategy"] == "shots") & (frame["metric"] == "revenue_per_rep")
    for numbers, said in (
        ((-1_240.0, -2_680.0, 204.0), ("-1.24 k", "[-2.68, +0.20]")),
        ((849.0, -4_370.0, 6_070.0), ("+0.85 k", "[-4.37, +6.07]")),
        ((-9.5, -20.0, 1.0), ("-10", "[-20, +1]")),
    ):
        frame.loc[tried, ["difference", "low", "high"]] = numbers
        assert difference_cell(frame[tried].iloc[0])[:2] == said


def test_the_figure_shows_every_metric_and_the_one_that_decides() -> None:
    """A panel per metric, the one that decides first where it is no headline: dots and intervals are the frame's."""
    comparison = compared(with_comparison("workshop", adopters=["focal", "competitors"], replications=4))
    metrics = ("churn", *HEADLINES)
    drawn = [ax for ax in plot_compare(comparison, "churn").axes if ax.axison]
    assert len(drawn) == 2 * len(metrics)
    frame = comparison.differences.set_index(["adopters", "metric", "strategy"]).sort_index()
    for number, ax in enumerate(drawn):
        adopters, metric = ("focal", "competitors")[number // len(metrics)], metrics[number % len(metrics)]
        assert ax.get_title("left").replace("\n", " ") == BY_NAME[metric].label
        dots = [line.get_xdata() for line in ax.lines if line.get_marker() == "o"]
        rows = frame.loc[(adopters, metric)].loc[list(comparison.scenario.compared_names[1:])]
        assert np.concatenate(dots).tolist() == rows["difference"].tolist()
        intervals = [line.get_xdata() for line in ax.lines if line.get_zorder() == 3]
        assert np.array(intervals).tolist() == rows[["low", "high"]].to_numpy().tolist()
        usual, words = frame.loc[(adopters, metric, "usual")], " ".join(text.get_text() for text in ax.texts)
        assert f"'usual': {number_in_words(usual['mean'], usual['unit'])}" in words.replace("\n", " ")
        noise = f"by chance alone {number_in_words(usual['chance_baseline'], usual['unit'])}"
        assert (noise in words.replace("\n", " ")) == (metric in NULL_METRICS)


def test_the_page_shows_what_the_figure_shows() -> None:
    comparison = compared(with_comparison("workshop", adopters=["focal", "competitors"], replications=4))
    page = shown.draw_differences(comparison, "competitors", "churn")
    for metric, panel in zip(("churn", *HEADLINES), page.panels, strict=True):
        assert BY_NAME[metric].label in escape(panel)


@pytest.mark.parametrize("adopters", [["focal", "head-to-head"], ["all"]])
def test_no_words_of_the_figure_are_clipped_or_covered(adopters: list[str]) -> None:
    figure = plot_compare(compared(with_comparison("kickoff", adopters=adopters)), "contribution")
    assert_readable(figure)
    assert_within(figure)


def test_a_figure_of_very_many_strategies_shows_the_best_and_says_so() -> None:
    """It was 113 inches high with 40 of them."""
    rows = "".join(f'[[strategies]]\nname = "s{i:02d}"\n' for i in range(40))
    scenario = parse_scenario(f'[[strategies]]\nname = "usual"\n{rows}[comparison]\nreplications = 2')
    comparison = compared(scenario)
    figure = plot_compare(comparison, "churn")
    assert figure.get_size_inches()[1] < 36
    assert "'usual' and the best 19 of 40 other strategies by logo churn" in words_of(figure)
    frame = comparison.differences
    churn = frame[(frame["metric"] == "churn") & (frame["strategy"] != "usual")].set_index("strategy")["mean"]
    (first, *_) = (ax for ax in figure.axes if ax.get_title("left") == BY_NAME["churn"].label)
    named = {text.get_text() for text in first.texts} & set(churn.index)
    assert named == set(churn.nsmallest(19).index)  # less is better


def test_numbers_at_a_scale_have_room_and_stay_few() -> None:
    ax = Figure(figsize=(4, 2)).add_axes((0, 0, 0.25, 1))
    style.scale_x(ax, (-14_000.0, 23_000.0), lambda value: style.tick(value, "money/year"))
    ticks = [tick for tick in ax.get_xticks() if -14_000 <= tick <= 23_000]
    assert 1 < len(ticks) < 4
    assert 0.0 in ticks


@each("metric", ["share_at_quota", "revenue_per_rep"])
@each("width", [60, 80, 90, 95, 100, 105, 110, 115, 140])
def test_the_number_that_decides_is_shown_unclipped(metric: str, width: int) -> None:
    comparison = compared_once("kickoff", 3)
    decision = decide(comparison, BY_NAME[metric], None)
    shown = rendered(describe_comparison(comparison, decision), width)
    assert max(map(len, shown.split("\n"))) <= width
    told = " ".join(shown.split())
    for _, row in decision.table.iterrows():
        assert row["verdict"] in told.lower()
        if row["verdict"] != "baseline":
            found = difference_cell(row)
            assert found.words in told
            assert found.small in told


def test_one_replication_shows_differences_without_intervals() -> None:
    comparison = compared(with_comparison("workshop", replications=1))
    shown = rendered(described(comparison), 132)
    gap = comparison.differences.set_index(["strategy", "metric"]).loc[("shots", "contribution")]
    row = next(line for line in shown.split("\n") if line.startswith("shots"))
    assert difference_cell(gap).words in row
    assert "nan" not in shown
    assert "…" not in row
    assert "*" not in row


def test_what_is_undefined_is_a_dash_in_every_strategy() -> None:
    shown = rendered(described(compared(with_comparison("workshop"), ("win_rate",))), 132)
    assert "nan" not in shown
    rows = [line.split("│") for line in shown.split("\n") if line.startswith(("usual", "shots"))]
    assert [row[2].strip() for row in rows[:2]] == ["–", "–"]


def test_no_words_of_a_runs_figure_are_clipped_or_covered(year: tuple[Run, Run]) -> None:
    figure = plot_run(*year)
    assert_readable(figure)
    assert_within(figure)


# --- Documents ------------------------------------------------------------------------------------------------


def test_a_documents_numbers_are_the_frames(tmp_path: Any) -> None:
    comparison = compared(with_comparison("workshop", adopters=["competitors", "focal"], replications=4))
    document = summarize_comparison(comparison, decided(comparison), [tmp_path / "x.csv"])
    assert document["hash"] == scenario_hash(comparison.scenario)
    assert document["replications"] == 4
    assert list(document["adopters"]) == ["competitors", "focal"]
    frame = comparison.differences.set_index(["adopters", "strategy", "metric"])
    for adopters, strategies in document["adopters"].items():
        assert list(strategies) == ["usual", "shots", "social-and-preparation"]
        for strategy, told in strategies.items():
            for metric in METRICS:
                row = frame.loc[(adopters, strategy, metric.name)]
                assert told["metrics"][metric.name] == pytest.approx(row["mean"], rel=1e-12)
                said = told["differences"][metric.name]
                assert [said["difference"], said["low"], said["high"]] == list(
                    row[["difference", "low", "high"]]
                )
                assert said["n"] == 4
            assert set(told["chance_baseline"]) == set(NULL_METRICS)
            for metric_name in NULL_METRICS:
                null = frame.loc[(adopters, strategy, metric_name), "chance_baseline"]
                assert told["chance_baseline"][metric_name] == pytest.approx(null, rel=1e-12)
    assert document["files"] == [str(tmp_path / "x.csv")]


def test_how_many_reps_each_segment_gets_is_said_where_results_are_compared(year: tuple[Run, Run]) -> None:
    """Of Alder's 20 reps by potential 3.35, 6.24 and 10.41; of Delmark's what is stated."""
    own = {"small": 12, "mid": 5, "enterprise": 3}
    scenario = load_scenario(
        "kickoff",
        {
            "vendors.Alder.reps": 20,
            "vendors.Delmark.reps": 20,
            "vendors.Alder.territory": "segment",
            "vendors.Delmark.territory": "segment",
            "vendors.Delmark.reps_by_segment": own,
            "comparison.replications": 4,
        },
    )
    comparison = compared(scenario)
    shown = " ".join(rendered(described(comparison), 200).split())
    assert "in proportion to its buyers' contract value: Alder small 3, mid 6, enterprise 11." in shown
    assert "as the scenario states: Delmark small 12, mid 5, enterprise 3." in shown
    document = summarize_comparison(comparison, decided(comparison), [])
    assert document["reps_by_segment"] == {"Alder": {"small": 3, "mid": 6, "enterprise": 11}, "Delmark": own}
    run, null = year  # its vendors divide all buyers at random
    shown = rendered(describe_run(run, average([(measure(run), measure(null))])), 200)
    assert "Reps by segment" not in shown
    by_segment = replace(run, engine=Engine(load_scenario("workshop", ["vendors.0.territory=segment"])))
    shown = " ".join(
        rendered(describe_run(by_segment, average([(measure(run), measure(null))])), 200).split()
    )
    assert re.search(r"Reps by segment, in proportion to its buyers' contract value: Alder \w+ \d", shown)


def test_undefined_numbers_are_null_in_a_document() -> None:
    comparison = compared(with_comparison("workshop", replications=1), ("win_rate", "share_at_quota"))
    document = summarize_comparison(comparison, decided(comparison), [])
    json.dumps(document, allow_nan=False)
    told = document["adopters"]["focal"]["shots"]
    assert told["win_rate"] is None
    assert told["attainment"]["share_at_quota"] is None
    assert told["chance_baseline"]["share_at_quota"] is None
    assert told["differences"]["win_rate"] == {"difference": None, "low": None, "high": None, "n": 0}
    assert told["differences"]["revenue"]["low"] is None
    assert told["differences"]["revenue"]["n"] == 1


def test_a_run_is_told_with_its_headlines(year: tuple[Run, Run]) -> None:
    run, null = year
    numbers, by_chance = measure(run), measure(null)
    document = summarize_run(run.engine.scenario, run, average([(numbers, by_chance)]), [])
    told = document["adopters"]["focal"]["usual"]
    assert {name: told["metrics"][name] for name in HEADLINES} == {name: numbers[name] for name in HEADLINES}
    assert told["attainment"] == {
        "share_at_quota": numbers["share_at_quota"],
        "median": numbers["attainment_median"],
        "p10": numbers["attainment_p10"],
        "p90": numbers["attainment_p90"],
    }
    assert told["chance_baseline"] == {name: by_chance[name] for name in NULL_METRICS}


@each("width", WIDTHS)
@each("name", SHIPPED)
def test_no_name_is_clipped(name: str, width: int) -> None:
    comparison = compared_once(name, 5)
    table = described(comparison)
    for line in rendered(table, width).split("\n"):
        assert "│" not in line or "…" not in line.split("│")[0]
    shown = rendered(table, width)
    heads = "".join("".join(line.split("│")[0].split()) for line in shown.split("\n") if "│" in line)
    for strategy in comparison.scenario.compared_names:
        assert strategy in heads


def test_the_lowest_and_highest_tenth_have_their_chance_baseline_too(year) -> None:
    run, null = year
    shown = rendered(describe_run(run, average([(measure(run), measure(null))])), 100)
    for label in ("Quota attainment, lowest tenth", "Quota attainment, highest tenth"):
        (line,) = (line for line in shown.split("\n") if label in line)
        assert line.split("│")[2].strip()


def test_the_documents_chance_baseline_has_the_whole_of_attainment(year) -> None:
    run, null = year
    document = summarize_run(run.engine.scenario, run, average([(measure(run), measure(null))]), [])
    told = document["adopters"]["focal"]["usual"]
    assert {"attainment_p10", "attainment_p90"} <= set(told["chance_baseline"])


def test_without_quotas_the_figure_says_no_sentence_of_dashes() -> None:
    nothing = dict.fromkeys((m.name for m in METRICS), math.nan)
    assert "– of" not in _attainment_in_words(nothing, nothing)


@each("width", [60, 80, 100, 124, *range(126, 136), 150, 200])
def test_no_number_is_cut_at_any_width(width: int) -> None:
    """Every cell of every metric stands whole, and no line is longer than the terminal is wide."""
    comparison = compared_once("own-worst-rival", 3)
    shown = rendered(described(comparison), width)
    assert max(map(len, shown.split("\n"))) <= width
    cells = [" ".join(line.split()) for row in shown.split("\n") for line in row.split("│")]
    frame = comparison.differences
    for _, row in frame[frame["metric"].isin(HEADLINES) & (frame["strategy"] != "usual")].iterrows():
        for line in text_of(difference_cell(row, certain(row)), Column("number")).plain.split("\n"):
            assert line in cells, f"{row['strategy']}, {row['metric']}: {line}"
