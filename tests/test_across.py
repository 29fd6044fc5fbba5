"""A comparison across fits: each one's numbers are a plain comparison's; the verdict is what they have in common."""

from __future__ import annotations

import io
import itertools
import json
import math
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from rich.console import Console

from tests.commands import ctrl_c, zerosum
from tests.each import each
from tests.figures import assert_readable, assert_within, words_of
from tests.helpers import comparison_of
from tests.test_compare import ARMS, TRIAL, exact
from zerosum.errors import InputError, Interrupted
from zerosum.market.metrics import BY_NAME, HEADLINES, METRICS, NULL_METRICS
from zerosum.report.across import _cell, describe_across, format_fits, summarize_across
from zerosum.report.document import Column
from zerosum.report.plots import style
from zerosum.report.plots.compare import plot_across
from zerosum.report.terminal import text_of
from zerosum.report.wording import format_span
from zerosum.scenario import load_scenario, parse_scenario, scenario_hash
from zerosum.scenario.fits import Fits, Parameter, load_fits
from zerosum.scenario.spec import Scenario
from zerosum.studies.across import (
    BASELINE,
    DIFFER,
    HIGHER,
    LOWER,
    MAYBE_HIGHER,
    MAYBE_LOWER,
    NO_INTERVAL,
    UNCLEAR,
    VERDICTS,
    Across,
    across,
    verdict,
    verdicts,
)
from zerosum.studies.compare import Comparison, compare_strategies, differences
from zerosum.studies.compare import replications as replications_module

FITS = """
[about]
scenario = "trial"

[[parameters]]
key = "choice.no_decision"
low = 0.5
high = 3.0

[[parameters]]
key = "segments.switching_cost"
low = 0.4
high = 1.8
factor = true

[[parameters]]
key = "market.saturation"
low = 0.0
high = 1.0

[[fits]]
"choice.no_decision" = 1.7
"segments.switching_cost" = 1.0
"market.saturation" = 0.5

[[fits]]
"choice.no_decision" = 0.6
"segments.switching_cost" = 0.5
"market.saturation" = 0.6

[[fits]]
"choice.no_decision" = 2.9
"segments.switching_cost" = 1.7
"market.saturation" = 0.7
"""
FILES = [
    "summary.json",
    *(f"{name}.{kind}" for name in ("across", "differences", "runs") for kind in ("csv", "parquet")),
    "figure.png",
]
SHORT = ("-n", "3", "--adopters", "focal", "--adopters", "head-to-head", "--weeks", "13")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with a scenario and fits; the figure is left empty."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trial.toml").write_text(TRIAL, encoding="utf-8")
    (tmp_path / "fits.toml").write_text(FITS, encoding="utf-8")
    monkeypatch.setattr("zerosum.report.plots.compare.plot_across", lambda *_: Figure(figsize=(1, 1)))
    return tmp_path


def trial(**keys: Any) -> Scenario:
    said = {"comparison.replications": 3, "comparison.adopters": ["focal", "head-to-head"], "clock.weeks": 13}
    return parse_scenario(TRIAL, said | {key.replace("__", "."): value for key, value in keys.items()})


@pytest.fixture(scope="module")
def fits(tmp_path_factory: pytest.TempPathFactory) -> Fits:
    path = tmp_path_factory.mktemp("fits") / "fits.toml"
    path.write_text(FITS, encoding="utf-8")
    return load_fits(path)


@pytest.fixture(scope="module")
def found(fits: Fits) -> Across:
    return across(trial(), fits)


# --- The verdict ----------------------------------------------------------------------------------------------


@each(
    ("above", "below", "around", "without", "said"),
    [
        (12, 0, 0, 0, HIGHER),
        (1, 0, 0, 0, HIGHER),
        (0, 12, 0, 0, LOWER),
        (11, 0, 1, 0, MAYBE_HIGHER),
        (1, 0, 11, 0, MAYBE_HIGHER),
        (0, 1, 11, 0, MAYBE_LOWER),
        (0, 0, 12, 0, UNCLEAR),
        (0, 0, 1, 0, UNCLEAR),
        (11, 1, 0, 0, DIFFER),
        (1, 1, 10, 0, DIFFER),
        (1, 1, 0, 10, DIFFER),  # what is known is enough
        (11, 0, 0, 1, NO_INTERVAL),
        (0, 11, 0, 1, NO_INTERVAL),
        (0, 0, 6, 6, NO_INTERVAL),
        (0, 0, 0, 12, NO_INTERVAL),
    ],
)
def test_the_verdict(above: int, below: int, around: int, without: int, said: str) -> None:
    assert verdict(above + below + around + without, above, below, without) == said


def made_up(
    scenario: Scenario, intervals: list[tuple[float, float, float]], strategy: str, metric: str
) -> list[Comparison]:
    """Make up comparisons, one per fit, with these differences and intervals in one place."""
    rng, comparisons = np.random.default_rng(5), []
    for gap in intervals:
        rows = [
            {"adopters": adopters, "strategy": name, "replication": r, "null": null}
            | {m.name: rng.lognormal(0, 0.5) for m in METRICS}
            for adopters in scenario.comparison.adopters
            for name in scenario.compared_names
            for r in range(2)
            for null in (False, True)
        ]
        runs = pd.DataFrame(rows)
        frame = differences(scenario, runs)
        frame.loc[
            (frame["strategy"] == strategy) & (frame["metric"] == metric), ["difference", "low", "high"]
        ] = gap
        comparisons.append(comparison_of(scenario, runs, frame))
    return comparisons


NAN = math.nan


@each(
    ("intervals", "counts", "said"),
    [
        ([(2, 1, 3), (5, 4, 6)], (2, 0, 0, 0), HIGHER),
        ([(2, 1, 3), (-2, -3, -1)], (1, 1, 0, 0), DIFFER),
        ([(2, 1, 3), (0, -3, 1)], (1, 0, 1, 0), MAYBE_HIGHER),
        ([(-2, -3, -1), (0, -3, 1)], (0, 1, 1, 0), MAYBE_LOWER),
        ([(0, 0, 0), (0, -3, 1)], (0, 0, 2, 0), UNCLEAR),
        ([(1, 0, 2), (-1, -2, 0)], (0, 0, 2, 0), UNCLEAR),  # zero is an end
        ([(2, 2, 2), (2, 1, 3)], (1, 0, 0, 1), NO_INTERVAL),  # without a spread
        ([(NAN, NAN, NAN), (2, 1, 3)], (1, 0, 0, 1), NO_INTERVAL),
        ([(3, NAN, NAN), (NAN, NAN, NAN)], (0, 0, 0, 2), NO_INTERVAL),
    ],
)
def test_the_verdict_rests_on_each_fits_interval(
    intervals: list[tuple[float, float, float]], counts: tuple[int, ...], said: str
) -> None:
    table = verdicts(made_up(trial(), intervals, "shots", "win_rate"))
    row = table[(table["strategy"] == "shots") & (table["metric"] == "win_rate")].iloc[0]
    assert row["verdict"] == said
    assert tuple(row[["above", "below", "around", "without"]]) == counts
    means, lows, highs = (np.array(ends, float) for ends in zip(*intervals, strict=True))
    for name, value in (
        ("difference", pd.Series(means).mean()),
        ("smallest", pd.Series(means).min()),
        ("largest", pd.Series(means).max()),
        ("lowest", pd.Series(lows).min()),
        ("highest", pd.Series(highs).max()),
        ("default", means[0]),
        ("default_low", lows[0]),
        ("default_high", highs[0]),
    ):
        assert row[name] == pytest.approx(value, nan_ok=True), name


# --- The numbers ----------------------------------------------------------------------------------------------


def test_each_fits_numbers_are_those_of_a_plain_comparison(found: Across, fits: Fits) -> None:
    for number, own in enumerate(found.comparisons):
        plain = compare_strategies(fits.applied(trial(), number))
        pd.testing.assert_frame_equal(own.runs, plain.runs, check_exact=True)
        pd.testing.assert_frame_equal(own.differences, plain.differences, check_exact=True)
        assert scenario_hash(own.scenario) == scenario_hash(plain.scenario)
        assert own.scenario.comparison.seed == 7


def test_fits_make_a_difference(found: Across) -> None:
    runs = [comparison.runs for comparison in found.comparisons]
    assert not any(a.equals(b) for a, b in itertools.pairwise(runs))


def test_the_frames_say_which_fit_a_row_is_of(found: Across) -> None:
    for frame, name in ((found.differences, "differences"), (found.runs, "runs")):
        assert list(frame["fit"].unique()) == [0, 1, 2]
        for number, comparison in enumerate(found.comparisons):
            own = frame[frame["fit"] == number].drop(columns="fit").reset_index(drop=True)
            pd.testing.assert_frame_equal(own, getattr(comparison, name), check_exact=True)


def test_the_table_follows_from_the_differences(found: Across) -> None:
    table = found.table
    assert len(table) == 2 * len(ARMS) * len(METRICS)
    assert set(table["verdict"]) <= set(VERDICTS)
    assert (table["above"] + table["below"] + table["around"] + table["without"] == 3).all()
    rows = found.differences.groupby(["adopters", "strategy", "metric"], sort=False)
    for (_, row), (address, three) in zip(table.iterrows(), rows, strict=True):
        assert tuple(row[["adopters", "strategy", "metric"]]) == address
        spread = three["high"] > three["low"]
        assert row["above"] == ((three["low"] > 0) & spread).sum()
        assert row["below"] == ((three["high"] < 0) & spread).sum()
        assert row["difference"] == pytest.approx(three["difference"].mean(), rel=1e-12, nan_ok=True)
        for name, value in (
            ("smallest", three["difference"].min()),
            ("largest", three["difference"].max()),
            ("level_smallest", three["mean"].min()),
            ("level_largest", three["mean"].max()),
            ("chance_baseline_smallest", three["chance_baseline"].min()),
            ("chance_baseline_largest", three["chance_baseline"].max()),
        ):
            assert row[name] == value or (math.isnan(row[name]) and math.isnan(value)), name
        if row["metric"] in NULL_METRICS and row["level"] > 0:
            assert math.isfinite(row["chance_baseline_smallest"])
    assert (table.loc[table["strategy"] == "usual", "verdict"] == BASELINE).all()


def test_what_the_scenario_says_is_kept_in_every_fit(found: Across) -> None:
    assert [c.scenario.market.saturation for c in found.comparisons] == [0.9] * 3
    assert [c.scenario.choice.no_decision for c in found.comparisons] == [1.7, 0.6, 2.9]
    assert all(change.kept == ("market.saturation",) for change in found.changes)
    assert found.changes[0].scaled == {}
    assert list(found.changes[1].scaled) == ["segments.all.switching_cost"]


@pytest.mark.parametrize("workers", [2, 5])
def test_workers_change_no_bit(found: Across, fits: Fits, workers: int) -> None:
    other = across(trial(), fits, workers)
    pd.testing.assert_frame_equal(other.table, found.table, check_exact=True)
    pd.testing.assert_frame_equal(other.runs, found.runs, check_exact=True)


def test_progress_counts_the_replications_of_all_fits(fits: Fits) -> None:
    done: list[int] = []
    across(trial(clock__weeks=1, clock__warmup_weeks=0), fits, 2, done.append)
    assert done == list(range(1, 10))


def test_ctrl_c_says_how_far_it_got(fits: Fits) -> None:
    def press(done: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        across(trial(clock__weeks=1, clock__warmup_weeks=0), fits, 2, press)
    assert (caught.value.done, caught.value.wanted) == (4, 9)


def test_it_can_be_stopped_from_outside(fits: Fits) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        across(trial(), fits, 1, stop=stop)


def test_a_fit_that_makes_the_scenario_invalid_is_found_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replications_module, "replicate", None)
    bad = Fits((Parameter("choice.no_decision", 0, 1),), ({"choice.no_decision": 1.0}, {PLAIN: math.nan}), {})
    with pytest.raises(InputError, match="fit 1 of trial"):
        across(trial(), bad)


PLAIN = "choice.no_decision"


def test_the_page_of_measures_names_every_column(found: Across) -> None:
    page = (Path(__file__).parents[1] / "docs" / "measures.md").read_text(encoding="utf-8")
    section = page.split("## Across calibrated parameter sets")[1].split("\n## ")[0]
    assert [column for column in found.table if f"`{column}`" not in section] == []
    assert [verdict for verdict in VERDICTS if f"| {verdict} |" not in section] == []


# --- What is shown --------------------------------------------------------------------------------------------


def shown(found: Across, width: int) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, highlight=False).print(describe_across(found))
    return stream.getvalue()


@cache
def differing(name: str, fits: int = 12, **keys: Any) -> Across:
    """Make up what was found of a shipped scenario; the first strategy's win rate differs in sign."""
    scenario = load_scenario(name, {f"comparison.{key}": list(value) for key, value in keys.items()})
    ends = [(0.02, 0.01, 0.03) if fit % 3 else (-0.02, -0.03, -0.01) for fit in range(fits)]
    comparisons = made_up(scenario, ends, scenario.compared_names[1], "win_rate")
    sets = [{"tools.keep": -0.5 - 0.1 * fit, "choice.fit_sd": 0.5} for fit in range(fits)]
    some = Fits((Parameter("tools.keep", -3, 1), Parameter("choice.fit_sd", 0, 1)), tuple(sets), {})
    changes = tuple(some.changes(scenario, number) for number in range(fits))
    return Across(scenario, some, tuple(comparisons), changes, verdicts(comparisons))


@each("width", [60, 80, 100, 132, 200])
def test_every_cell_stands_whole_at_any_width(width: int) -> None:
    made = differing("kickoff")
    said = shown(made, width)
    assert max(map(len, said.split("\n"))) <= width
    cells = [" ".join(line.split()) for row in said.split("\n") for line in row.split("│")]
    rows = made.table[made.table["metric"].isin(HEADLINES)]
    for _, row in rows.iterrows():
        for line in text_of(_cell(row), Column("number")).plain.split("\n"):
            assert line in cells, f"{row['strategy']}, {row['metric']}: {line}"
    assert "undecided: sets differ" in cells
    assert "8 up, 4 down of 12" in cells


def test_cells_say_verdict_range_count_and_chance() -> None:
    row = differing("kickoff").table.iloc[0].copy()
    row[["unit", "smallest", "largest", "fits"]] = ["share", 0.002, 0.009, 12]
    for said, counts, last in (
        (HIGHER, (12, 0, 0, 0), "12 of 12"),
        (MAYBE_HIGHER, (7, 0, 5, 0), "higher in 7 of 12"),
        (MAYBE_LOWER, (0, 3, 9, 0), "lower in 3 of 12"),
        (UNCLEAR, (0, 0, 12, 0), "12 of 12"),
        (DIFFER, (5, 2, 5, 0), "5 up, 2 down of 12"),
        (NO_INTERVAL, (11, 0, 0, 1), "in 1 of 12"),
    ):
        row["verdict"], row["metric"] = said, "win_rate"
        row[["above", "below", "around", "without"]] = counts
        assert text_of(_cell(row), Column("number")).plain.split("\n") == [said, "+0.2 … +0.9 pp", last]
    row["metric"], row["chance_baseline_smallest"], row["chance_baseline_largest"] = (
        "share_at_quota",
        0.48,
        0.521,
    )
    assert text_of(_cell(row), Column("number")).plain.split("\n")[-1] == "by chance 48.0 … 52.1 %"


def test_the_chance_baseline_stands_in_every_quota_cell_and_the_baselines_level_too(found: Across) -> None:
    for _, row in found.table.iterrows():
        lines = text_of(_cell(row), Column("number")).plain.split("\n")
        assert (row["metric"] in NULL_METRICS) == lines[-1].startswith("by chance ")
    assert "by chance" in shown(found, 132)


def test_what_is_undefined_is_a_dash(fits: Fits) -> None:
    alone = across(
        trial(
            comparison__replications=1, comparison__adopters=["focal"], clock__weeks=1, quota__stretch=0.01
        ),
        fits,
    )
    said = shown(alone, 132)
    assert "nan" not in said
    assert "no interval" in said
    assert plot_across(alone)


def test_the_number_that_decides_is_printed_drawn_and_told_first() -> None:
    """A metric that is no headline has a column of its own, with its numbers; a headline is told of in words."""
    scenario, metric = load_scenario("workshop", {"clock.weeks": 52}), BY_NAME["present_value"]
    intervals = [(21_000.0, 11_000.0, 31_000.0), (62_000.0, 52_000.0, 72_000.0)]
    comparisons = made_up(scenario, intervals, "shots", metric.name)
    fits = Fits((Parameter("choice.fit_sd", 0, 1),), ({"choice.fit_sd": 0.5}, {"choice.fit_sd": 0.4}), {})
    changes = tuple(fits.changes(scenario, number) for number in range(2))
    made = Across(scenario, fits, tuple(comparisons), changes, verdicts(comparisons))
    stream = io.StringIO()
    Console(file=stream, width=200, highlight=False).print(describe_across(made, metric.name))
    lines = stream.getvalue().split("\n")
    answer = "Adopters 'focal'. Present value of contribution: 'shots' higher in all sets; 'social-and-preparation' "
    assert lines[0].startswith(answer)
    grid = [[cell.strip() for cell in line.replace("┃", "│").split("│")] for line in lines]
    heading = [
        " ".join(words).strip() for words in zip(*(row for row in grid[3:5] if len(row) > 1), strict=True)
    ]
    assert heading[1:3] == ["Present value of contribution", "Contribution"]
    row = next(i for i, line in enumerate(lines) if line.startswith("shots"))
    assert [cells[1] for cells in grid[row : row + 3]] == ["higher in all sets", "+21.0 … +62.0 k", "2 of 2"]
    # The others are as if for a year; it is of all measured weeks together.
    unit = "money per year, but of 'Present value of contribution' money in the 52 measured weeks;"
    assert unit in " ".join(stream.getvalue().split())
    drawn = [ax.get_title("left").replace("\n", " ") for ax in plot_across(made, metric.name).axes]
    assert "Present value of contribution" in drawn
    document = summarize_across(made, [], metric.name)
    assert document["metric"] == metric.name
    assert document["answers"]["focal"] == lines[0]
    # A headline needs no column of its own.
    assert "Present value" not in shown(made, 200)
    assert shown(made, 200).startswith("Adopters 'focal'. Contribution: ")


def test_words_for_ranges() -> None:
    assert format_span(0.002, 0.009, "share", signed=True) == "+0.2 … +0.9 pp"
    assert format_span(0.261, 0.293, "share") == "26.1 … 29.3 %"
    assert format_span(-4_720.0, 3_360.0, "money/year", signed=True) == "-4.72 … +3.36 k"
    assert format_span(0.5, 0.5, "share") == "50.0 %"
    assert format_span(math.nan, math.nan, "share") == "–"


def test_words_for_fits(found: Across) -> None:
    said = format_fits(found)
    assert said.startswith("3 calibrated parameter sets: values for 3 assumptions")
    assert "They change 2 values of this scenario, and keep what it says itself: market.saturation." in said
    nothing = Across(
        found.scenario,
        Fits(found.fits.parameters[2:], tuple({"market.saturation": 0.1 * i} for i in (1, 2)), {}),
        found.comparisons[:2],
        (),
        found.table,
    )
    changes = tuple(nothing.fits.changes(nothing.scenario, i) for i in (0, 1))
    nothing = Across(nothing.scenario, nothing.fits, nothing.comparisons, changes, nothing.table)
    assert format_fits(nothing).endswith("so all sets are alike.")


@pytest.mark.parametrize(
    ("name", "fits", "adopters", "metric"),
    [
        ("kickoff", 12, ("focal", "head-to-head"), "contribution"),
        ("workshop", 1, ("all",), "win_rate"),
    ],
)
def test_in_the_figure_no_words_are_clipped_or_covered(
    name: str, fits: int, adopters: tuple[str, ...], metric: str
) -> None:
    figure = plot_across(differing(name, fits, adopters=adopters), metric)
    assert_readable(figure)
    assert_within(figure)
    assert (DIFFER in words_of(figure)) == (fits > 1)


def test_the_figures_dots_and_intervals_are_the_differences() -> None:
    """A panel per metric; in it the strategies below each other, of each a row per fit, the default first."""
    made = differing("workshop", 3)
    panels = [ax for ax in plot_across(made).axes if ax.axison]
    frame = made.differences.set_index(["metric", "strategy", "fit"]).sort_index()
    strategies = made.scenario.compared_names[1:]
    assert len(panels) == len(HEADLINES)
    for ax, metric in zip(panels, HEADLINES, strict=True):
        rows = frame.loc[[(metric, strategy, fit) for strategy in strategies for fit in range(3)]]
        dots = [line for line in ax.lines if line.get_marker() in ("o", "D")]
        assert [line.get_xdata()[0] for line in dots] == rows["difference"].tolist()
        assert [line.get_marker() for line in dots] == ["D", "o", "o"] * len(strategies)
        heights = [line.get_ydata()[0] for line in dots]
        assert heights == sorted(heights)
        ends = [line.get_xdata() for line in ax.lines if line.get_zorder() == 3]
        assert np.array(ends).tolist() == rows[["low", "high"]].to_numpy().tolist()


def test_figures_read_without_color() -> None:
    """The two inks differ in lightness as much as in color, and in filling besides."""

    def gray(ink: str) -> float:
        red, green, blue = (int(ink[i : i + 2], 16) for i in (1, 3, 5))
        return (0.299 * red + 0.587 * green + 0.114 * blue) / 255

    assert gray(style.PALE) - gray(style.FOCUS) > 0.25


def test_a_document_says_what_the_table_says(found: Across) -> None:
    document = summarize_across(found, [Path("x")])
    json.dumps(document, allow_nan=False)
    assert document["command"] == "compare-across-fits"
    assert document["replications"] == 3
    assert document["kept"] == ["market.saturation"]
    assert [fit["hash"] for fit in document["fits"]] == [scenario_hash(c.scenario) for c in found.comparisons]
    assert document["fits"][1]["replaced"]["choice.no_decision"][1] == 0.6
    assert document["fits"][1]["scaled"]["segments.all.switching_cost"][1] == pytest.approx(
        found.scenario.segments[0].switching_cost / 2
    )
    for _, row in found.table.iterrows():
        told = document["adopters"][row["adopters"]][row["strategy"]][row["metric"]]
        assert told["verdict"] == row["verdict"]
        for name, value in told.items():
            if isinstance(row[name], str):
                assert value == row[name]
            else:
                assert value == (None if math.isnan(row[name]) else row[name])


# --- The command ----------------------------------------------------------------------------------------------


def test_the_files_are_there_and_nothing_else(here: Path) -> None:
    done = zerosum("compare", "trial.toml", *SHORT, "--across-fits", "--fits", "fits.toml", "--json")
    assert done.stderr == ""
    folder = here / "results" / "trial" / "compare-across-fits"
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*FILES, "across.json", "parts", "manifest.json"]
    )
    assert done.stdout == (folder / "summary.json").read_text("utf-8")
    document = json.loads(done.stdout)
    assert [Path(file).name for file in document["files"]] == FILES
    assert document["fits_file"] == "fits.toml"
    runs = exact(folder / "runs.csv")
    assert list(runs.columns[:5]) == ["fit", "adopters", "strategy", "replication", "null"]
    assert len(runs) == 3 * 3 * 2 * len(ARMS) * 2
    for name in ("differences", "across"):
        csv = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        parquet = pd.read_parquet(folder / f"{name}.parquet")
        assert list(csv.columns) == list(parquet.columns)
        for column in parquet.select_dtypes("number"):
            numbers = [float(text) if text else math.nan for text in csv[column]]
            np.testing.assert_array_equal(numbers, parquet[column].to_numpy(float))


def test_a_fit_on_its_own_is_that_part_of_the_files(here: Path, found: Across) -> None:
    """The command's runs are the function's."""
    zerosum("compare", "trial.toml", *SHORT, "--across-fits", "--fits", "fits.toml", "--out", "out", "-q")
    runs = exact(here / "out" / "runs.csv")
    np.testing.assert_array_equal(runs["revenue"].to_numpy(), found.runs["revenue"].to_numpy())


TINY = ("--set", "market.buyers=60", "--set", "clock.warmup_weeks=0", "--weeks", "2", "-n", "2")


def test_the_table_is_printed(here: Path) -> None:
    done = zerosum(
        "compare",
        "trial.toml",
        *TINY,
        "--across-fits",
        "--fits",
        "fits.toml",
        "--metric",
        "contribution",
        "--details",
    )
    assert done.stdout.count(", adopters '") == 4
    assert done.stdout.count("Contribution") == 8  # a sentence and a column for each of the adopters
    assert "In results/trial/compare-across-fits/: summary.json, across.csv" in done.stdout


@each(
    ("arguments", "said"),
    [
        (("--across-fits", "--fits", "none.toml"), ("none.toml", "there is no such file")),
        (("--across-fits", "--fits", "trial.toml"), ("trial.toml", "[[parameters]]")),
        (("--across-fits", "--fits", "bad.toml"), ("bad.toml", "choice.no_decison", "did you mean")),
        (("--across-fits", "--fits", "wild.toml"), ("wild.toml: fit 1 of trial:", "choice.no_decision")),
        (("--across-fits", "--fits", " "), ("--fits", "name a file")),
        (("--across-fits", "--fits", "."), ("this is a folder",)),
        (("--across-fits", "--matters", "5k"), ("--across-fits and --matters 5k", "leave --matters out")),
        (("--fits", "fits.toml"), ("--fits fits.toml", "--across-fits")),
    ],
)
def test_bad_fits_are_the_command_lines_fault(
    here: Path, arguments: tuple[str, ...], said: tuple[str, ...]
) -> None:
    (here / "bad.toml").write_text(FITS.replace("no_decision", "no_decison"), encoding="utf-8")
    (here / "wild.toml").write_text(FITS.replace("= 0.6\n", "= 1e99\n", 1), encoding="utf-8")
    before = sorted(here.rglob("*"))
    done = zerosum("compare", "trial.toml", *TINY, *arguments, code=2)
    assert done.stdout == ""
    for words in said:
        assert words in done.stderr
    assert sorted(here.rglob("*")) == before


def test_without_shipped_fits(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zerosum.scenario.fits.SHIPPED", here / "nowhere.toml")
    done = zerosum("compare", "trial.toml", *TINY, "--across-fits", code=2)
    for words in ("nowhere.toml", "no fits came with this zerosum", "--fits FILE"):
        assert words in done.stderr


def test_nowhere_to_write_is_found_before_anything_runs(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replications_module, "replicate", None)
    (here / "results").write_text("a file")
    done = zerosum("compare", "trial.toml", *TINY, "--across-fits", "--fits", "fits.toml", code=1)
    assert "can't write results" in done.stderr


def test_if_a_file_cant_be_written_none_is(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Any) -> Any:
        def write(path: Path) -> None:
            raise OSError(28, "No space left on device")

        return write

    monkeypatch.setattr("zerosum.runs.outputs.picture", full)
    done = zerosum("compare", "trial.toml", *TINY, "--across-fits", "--fits", "fits.toml", code=1)
    assert "No space left" in done.stderr
    (folder,) = (here / "results" / "trial").iterdir()  # what was simulated is kept for the next time
    assert sorted(path.name for path in folder.iterdir()) == ["across.json", "parts"]
    monkeypatch.undo()
    monkeypatch.chdir(here)
    monkeypatch.setattr(replications_module, "replicate", None)
    assert (
        "can't" not in zerosum("compare", "trial.toml", *TINY, "--across-fits", "--fits", "fits.toml").stderr
    )


def test_ctrl_c_in_the_middle_keeps_what_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fits.toml").write_text(FITS, encoding="utf-8")
    whole, done = replications_module.replicate, list[int]()
    words = ("compare", "workshop", *TINY, "-n", "2", "--workers", "1", "--out", str(tmp_path / "out"))
    words += ("--across-fits", "--fits", str(tmp_path / "fits.toml"))
    with ctrl_c() as press:

        def replicate(scenario: Scenario, number: int, on_week: Any, *rest: Any, **names: Any) -> Any:
            if len(done) < 2:
                done.append(number)
                return whole(scenario, number, on_week, *rest, **names)
            press()
            while True:
                on_week(1, 5200)
                time.sleep(0.01)

        monkeypatch.setattr(replications_module, "replicate", replicate)
        told = zerosum(*words, code=130)
    assert told.stdout == ""
    assert (
        f"Stopped: 2 of 6 replications were done. What was finished is kept in {tmp_path}/out/" in told.stderr
    )
    assert not (tmp_path / "out" / "summary.json").exists()
    made = list[int]()

    def counted(scenario: Scenario, number: int, *rest: Any, **names: Any) -> Any:
        made.append(number)
        return whole(scenario, number, *rest, **names)

    monkeypatch.setattr(replications_module, "replicate", counted)
    zerosum(*words)
    assert len(made) == 4
