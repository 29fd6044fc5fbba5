"""``zerosum analyse``: from a folder to words, tables and figures; faults in plain words; nothing clipped."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from benchmarks import analysis as benchmark
from tests.commands import zerosum
from tests.each import each
from tests.experiments import market
from tests.experiments.fabricated import column, hours, saturation, study_of, swept_of
from tests.experiments.market import study_in
from tests.figures import assert_readable, assert_within
from tests.test_report import rendered
from zerosum.report.analysis import describe_analysis, summarize_analysis
from zerosum.report.analysis_findings import format_findings
from zerosum.report.plots.sweep import plot_sweep
from zerosum.report.responses import View
from zerosum.runs.executors import Here
from zerosum.scenario import parse_scenario
from zerosum.studies.sweep import Swept, responses, sweep
from zerosum.studies.sweep.analysis import Analysis, analyse
from zerosum.studies.sweep.restore import restored

LONG = "a-strategy-whose-name-is-much-longer-than-anybody-would-want"
TEAM = """
name = "team"
[[factors.levels]]
name = "small, and quick to learn, with a long name"
set = { "reps.max_open_opportunities" = 10 }
[[factors.levels]]
name = "large"
set = { "reps.max_open_opportunities" = 40 }
"""
MOOD = """
name = "mood"
[[factors.levels]]
name = "good"
set = { "market.neighbours" = 2 }
[[factors.levels]]
name = "bad"
set = { "market.neighbours" = 6 }
"""


def effect(points: pd.DataFrame, rng: np.random.Generator, often: int, strategies: int = 2) -> list[Any]:
    """Strategies that gain where the market is empty and lose where it is full, the more the later they come."""
    noise, x = rng.normal(50, 5, (1, often)), column(points, points.columns[0])
    x = x if np.issubdtype(x.dtype, np.number) else (x == "large") * 0.8
    return [
        1000 * (noise + i * (4 - 10 * x) + rng.normal(0, 0.8, (len(points), often)))
        for i in range(strategies)
    ]


def case(
    factors: Sequence[str],
    design: str = "",
    strategies: Sequence[str] = ("usual", "calls"),
    often: int = 4,
    more: str = "",
) -> Swept:
    study = study_of(factors, design, strategies, more, often)
    return swept_of(study, lambda p, rng, n: effect(p, rng, n, len(strategies)))


GRID = saturation("values = [0.1, 0.3, 0.5, 0.7, 0.9]")
RANGE, HOURS = saturation("low = 0.1\nhigh = 0.9"), hours('low = 10\nhigh = 60\nscale = "log"')
MANY = ("usual", "calls", LONG)
CASES: dict[str, Callable[[], Swept]] = {
    "one factor": lambda: case([GRID], strategies=MANY),
    "one strategy": lambda: case([GRID], strategies=("usual",)),
    "one strategy, two factors": lambda: case([GRID, HOURS + "\nsteps = 3"], strategies=("usual",)),
    "many values": lambda: case([hours("low = 10\nhigh = 60\nsteps = 40")], strategies=MANY),
    "names": lambda: case([TEAM], strategies=MANY),
    "two factors": lambda: case([GRID, hours("values = [30, 40, 50]")], strategies=MANY),
    "a large map": lambda: case(
        [saturation("low = 0\nhigh = 1\nsteps = 50"), hours("low = 1\nhigh = 60\nsteps = 40")]
    ),
    "three factors": lambda: case(
        [GRID, hours("values = [30, 40]"), 'key = "market.neighbours"\nvalues = [2, 6]']
    ),
    "a factor and names": lambda: case([TEAM, GRID, MOOD]),
    "names only": lambda: case([TEAM, MOOD]),
    "two adopters": lambda: case([GRID], more='adopters = ["focal", "all"]'),
    "sample": lambda: case([RANGE, HOURS, TEAM], 'kind = "latin-hypercube"\npoints = 60', MANY),
    "morris": lambda: case([RANGE, HOURS, TEAM], 'kind = "morris"\ntrajectories = 8', MANY),
    "saltelli": lambda: case([RANGE, HOURS, TEAM], 'kind = "saltelli"\npoints = 16', MANY),
    "one replication": lambda: case([GRID], often=1),
}


class Shown(NamedTuple):
    name: str
    analysis: Analysis
    figures: Mapping[str, Figure]


@pytest.fixture(scope="module", params=CASES)
def shown(request: pytest.FixtureRequest) -> Shown:
    analysis = analyse(CASES[request.param]())
    return Shown(request.param, analysis, plot_sweep(analysis))


@each("currencies, seen, word", [(["$", "$"], "", "$"), (["$", "EUR"], "", ""), (["$", "EUR"], "b", "EUR")])
def test_a_view_has_the_currency_of_its_scenarios(currencies: list[str], seen: str, word: str) -> None:
    bases = [SimpleNamespace(money=SimpleNamespace(currency=one)) for one in currencies]
    study = SimpleNamespace(experiment=SimpleNamespace(scenario=["a", "b"]), bases=bases)
    analysis: Any = SimpleNamespace(swept=SimpleNamespace(study=study))
    outcome: Any = SimpleNamespace(scenario=seen)
    assert View(analysis, outcome).currency == word


def test_figures_of_a_sweep_name_the_currency(shown: Shown) -> None:
    analysis = shown.analysis
    study = analysis.swept.study
    before = study.bases
    study.bases = tuple(parse_scenario(base, {"money.currency": "EUR"}) for base in before)
    try:
        figures = plot_sweep(analysis)
    finally:
        study.bases = before
    assert analysis.metric.unit == "money"
    for name, figure in figures.items():
        words = " ".join(" ".join(text.get_text() for text in figure.findobj(Text)).split())
        assert not re.search(r"\bmoney\b", words), name


def test_no_words_of_a_figure_are_clipped_or_covered(shown: Shown) -> None:
    assert bool(shown.figures) == (shown.name != "one strategy, two factors")
    for figure in shown.figures.values():
        assert_readable(figure)
        assert_within(figure)


@each("width", [80, 132])
def test_on_the_screen_nothing_is_cut(shown: Shown, width: int) -> None:
    printed = rendered(describe_analysis(shown.analysis), width)
    assert "…" not in printed
    assert max(map(len, printed.split("\n"))) <= width


def test_every_number_has_its_interval(shown: Shown) -> None:
    name, analysis = shown.name, shown.analysis
    document = summarize_analysis(analysis, [Path("x/summary.json")])
    json.dumps(document, allow_nan=False)
    for table, stems in (("effects", ["difference"]), ("swings", ["swing", "range", "from", "to"])):
        rows = analysis.tables[table]
        for stem in stems if len(rows) else ():
            ends = ("low", "high") if table == "effects" else (f"{stem}_low", f"{stem}_high")
            assert rows[list(ends)].notna().all(axis=None) == (name != "one replication"), (table, stem)


def said(swept: Swept) -> str:
    return "\n".join(format_findings(analyse(swept)))


def test_what_is_said_of_one_factor() -> None:
    words = said(case([GRID], often=8))
    assert "Revenue: each strategy's difference from 'usual'; 40 runs at 5 points." in words
    assert "'calls' is above 'usual' at " in words
    assert "It depends most on saturation: -7.81 k [-8.87, -6.76] at 0.9, against 0.1." in words
    assert "Along saturation (share): 'usual' overtakes 'calls' between 0.293 and 0.52, about 0.407." in words


def test_what_is_said_of_noise() -> None:
    study = study_of([GRID], often=6)
    words = said(swept_of(study, lambda p, rng, n: (0, rng.normal(size=(len(p), n)))))
    assert "no crossover can be told from chance" in words or "no crossover." in words
    assert "of the variance of this difference between points is noise" in words


def test_what_is_said_of_one_replication() -> None:
    words = said(case([GRID], often=1))
    assert "noise can't be judged at any of 5 points" in words
    assert "so no crossover is looked for" in words


@pytest.mark.parametrize(
    "design", ["", 'kind = "latin-hypercube"\npoints = 10', 'kind = "saltelli"\npoints = 4']
)
def test_a_number_that_is_undefined_everywhere_is_said_to_be(design: str) -> None:
    factors = [RANGE, HOURS] if design else [GRID]
    undefined = analyse(swept_of(study_of(factors, design), lambda p, rng, n: (np.nan, np.nan)))
    assert "Revenue is undefined in every run" in "\n".join(format_findings(undefined))
    assert not plot_sweep(undefined)
    json.dumps(summarize_analysis(undefined, []), allow_nan=False)


def test_an_unfinished_sweep_says_so_and_averages_only_what_is_whole() -> None:
    study = study_of([GRID, hours("values = [30, 40]")], often=4)
    missing = [(3, replication) for replication in range(4)]
    swept = swept_of(study, lambda p, rng, n: effect(p, rng, n), drop=[*missing, (5, 3)])
    words = said(swept)
    assert "5 of 40 runs are missing" in words
    assert "not every combination of values has runs" in words
    assert analyse(swept).tables["swings"].empty
    assert len(analyse(swept).tables["switches"])


def test_strategies_can_be_held_against_another() -> None:
    swept = case([GRID], strategies=MANY)
    found = analyse(swept, against="calls")
    assert found.others == ("usual", LONG)
    one = responses(swept, against="calls").set_index(["strategy", "point"])["difference"]
    other = responses(swept).set_index(["strategy", "point"])["difference"]
    assert one["usual"].to_numpy() == pytest.approx(-other["calls"].to_numpy())
    assert np.isnan(one["calls"]).all()


EXPERIMENT = market.EXPERIMENT.replace('"gini", "attempts"', '"attempts", "win_rate"')


@pytest.mark.slow
@pytest.mark.parametrize("design", benchmark.DESIGNS)
def test_what_the_benchmark_analyses_is_a_sweep(design: str, tmp_path: Path) -> None:
    runs = benchmark.fabricate(tmp_path, design, 400)
    swept = restored(tmp_path / design)
    assert swept.missing == 0
    assert len(swept.tables["runs"]) == runs * 2 * len(swept.study.strategies)
    assert benchmark.run(tmp_path / design)["figures"] >= 2


# --- The command ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sweep in a folder as the command puts it, and its file."""
    folder = tmp_path_factory.mktemp("ran")
    study = study_in(folder, EXPERIMENT)
    sweep(study, folder / "results" / "small" / study.hash[:16], Here())
    return folder


@pytest.fixture
def here(ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ran, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def test_a_folder_and_a_file_are_the_same_sweep(here: Path) -> None:
    folder = next((here / "results" / "small").iterdir())
    by_folder = json.loads(zerosum("analyse", str(folder), "--json").stdout)
    assert by_folder["command"] == "analyse"
    assert by_folder["metric"] == "attempts"
    assert by_folder["runs"] == {"wanted": 18, "done": 18, "failed": 0, "missing": 0}
    for file in by_folder["files"]:
        assert (here / file).stat().st_size > 0
    assert {"responses.csv", "responses.parquet", "swings.csv", "switches.csv", "response-focal.png"} <= {
        Path(file).name for file in by_folder["files"]
    }
    by_file = json.loads(zerosum("analyse", "small.toml", "--json").stdout)
    by_name = json.loads(zerosum("analyse", "results/small", "--json").stdout)
    for other in (by_file, by_name):
        assert {k: v for k, v in other.items() if k != "files"} == {
            k: v for k, v in by_folder.items() if k != "files"
        }
    table = pd.read_csv(folder / "analysis" / "attempts" / "responses.csv")
    expected = responses(restored(folder), ("attempts",))
    pd.testing.assert_frame_equal(table, expected, check_dtype=False)
    assert zerosum("analyse", "small.toml", "-q").stdout.startswith("Where do calls pay?")


def test_other_questions_go_beside(here: Path) -> None:
    zerosum("analyse", "small.toml", "--metric", "deals_closed", "--against", "calls")
    folder = next((here / "results" / "small").iterdir())
    assert (folder / "analysis" / "deals_closed-against-calls" / "summary.json").is_file()
    zerosum("analyse", "small.toml", "--out", "mine")
    assert (here / "mine" / "summary.json").is_file()
    (here / "mine" / "indices.csv").write_text("old", encoding="utf-8")
    document = json.loads((here / "mine" / "summary.json").read_text(encoding="utf-8"))
    document["files"].append("mine/indices.csv")
    (here / "mine" / "summary.json").write_text(json.dumps(document), encoding="utf-8")
    zerosum("analyse", "small.toml", "--out", "mine")
    assert not (here / "mine" / "indices.csv").exists()


@each(
    ("arguments", "words"),
    [
        (
            ["small.toml", "--metric", "atempts"],
            "--metric atempts: there is no such metric; did you mean 'attempts'?",
        ),
        (
            ["small.toml", "--against", "cals"],
            "--against cals: there is no such strategy; did you mean 'calls'?",
        ),
        (["nowhere"], "nowhere: there is no such folder"),
        (["market.toml"], "this is a scenario"),
        (["nowhere.toml"], "nowhere.toml: there is no such file"),
        (["results/small/x.csv"], "there is no such folder"),
        (["empty"], "no sweep here (no sweep.json)"),
        (["small.toml", "--out", "small.toml"], "this is a file"),
    ],
)
def test_faults_are_told_in_plain_words(here: Path, arguments: list[str], words: str) -> None:
    (here / "empty").mkdir(exist_ok=True)
    assert words in " ".join(zerosum("analyse", *arguments, code=2).output.split())


def test_several_sweeps_are_named(here: Path) -> None:
    one = next((here / "results" / "small").iterdir())
    shutil.copytree(one, one.with_name("other"))
    assert "there are 2 sweeps here; name one:" in zerosum("analyse", "results", code=2).output


def test_nothing_finished_is_no_analysis(here: Path) -> None:
    folder = next((here / "results" / "small").iterdir())
    shutil.rmtree(folder / "parts")
    assert "no run is finished yet" in zerosum("analyse", str(folder), code=1).output
    shutil.rmtree(folder)
    assert (
        "nothing is there yet; 'zerosum sweep small.toml' begins it"
        in zerosum("analyse", "small.toml", code=2).output
    )


def test_a_strangers_files_are_not_replaced(here: Path) -> None:
    (here / "mine").mkdir()
    (here / "mine" / "responses.csv").write_text("precious", encoding="utf-8")
    zerosum("analyse", "small.toml", "--out", "mine", code=2)
    assert (here / "mine" / "responses.csv").read_text(encoding="utf-8") == "precious"
