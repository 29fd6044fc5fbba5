"""The commands as scripts and readers use them: files, tables, JSON, silence. Faults: test_cli_bad_input.py."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure

from tests.commands import zerosum
from zerosum.cli import main, session
from zerosum.cli.terminal import WIDTH_WITHOUT_TERMINAL, stages
from zerosum.market import jit
from zerosum.market.metrics import BY_NAME, HEADLINES, METRICS, NULL_METRICS, measure
from zerosum.market.records import WEEKLY
from zerosum.market.run import chance_baseline, simulate
from zerosum.market.state import ACTIVITIES, NO_DECISION, OUTCOMES
from zerosum.scenario import load_scenario, scenario_schema, shipped_scenarios
from zerosum.scenario.comparison import ADOPTERS
from zerosum.studies.compare.value import COLUMNS

SMALL = ("--set", "market.buyers=90", "--set", "clock.warmup_weeks=52", "--weeks", "52")
TINY = ("--set", "market.buyers=60", "--set", "clock.warmup_weeks=0", "--weeks", "3")
RUN_FILES = ("summary.json", "weekly.csv", "deals.csv", "decisions.csv", "dropouts.csv", "figure.png")


def files_in(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.name != "manifest.json"}


def one_document(text: str) -> dict[str, Any]:
    """Read exactly one JSON object in which every number is one that JSON knows."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    read = json.loads(text, parse_constant=refuse)
    assert isinstance(read, dict)
    return read


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave figures empty, which saves most of the time where nobody looks at them."""
    for name in ("run", "compare"):
        monkeypatch.setattr(f"zerosum.report.plots.{name}.plot_{name}", lambda *_: Figure(figsize=(1, 1)))


@pytest.fixture(scope="module")
def a_year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of one run of a year, with its files."""
    folder = tmp_path_factory.mktemp("a year")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        zerosum("run", "workshop", *SMALL, "--quiet")
    return folder / "results" / "workshop" / "run-usual-focal"


# --- run: the files -------------------------------------------------------------------------------------------


def test_a_run_writes_its_files_and_nothing_else(a_year: Path) -> None:
    assert sorted(files_in(a_year)) == sorted(RUN_FILES)
    above = a_year.parents[2]
    assert sorted(p.name for p in above.rglob("*") if p.is_file()) == sorted([*RUN_FILES, "manifest.json"])
    told = one_document((a_year / "summary.json").read_text("utf-8"))
    assert told["files"] == [f"results/workshop/run-usual-focal/{name}" for name in RUN_FILES]
    assert (a_year / "figure.png").read_bytes().startswith(b"\x89PNG\r\n")


def test_a_runs_summary_holds_every_metric_and_chance_beside_attainment(a_year: Path) -> None:
    scenario = load_scenario("workshop", {"market.buyers": 90, "clock.warmup_weeks": 52, "clock.weeks": 52})
    numbers, by_chance = measure(simulate(scenario)), measure(simulate(chance_baseline(scenario)))
    told = one_document((a_year / "summary.json").read_text("utf-8"))
    assert (told["command"], told["scenario"], told["replication"]) == ("run", "workshop", 0)
    assert (told["baseline"], told["focal"], told["seed"], told["weeks"]) == ("usual", "Alder", 2013, 52)
    assert list(told["adopters"]) == ["focal"]
    assert list(told["adopters"]["focal"]) == ["usual"]
    strategy = told["adopters"]["focal"]["usual"]
    assert strategy["metrics"] == {n: x if math.isfinite(x) else None for n, x in numbers.items()}
    assert strategy["chance_baseline"] == {n: by_chance[n] for n in NULL_METRICS}
    assert strategy["win_rate"] == numbers["win_rate"] > 0
    assert strategy["attainment"]["share_at_quota"] == numbers["share_at_quota"]
    assert strategy["attainment"]["median"] == numbers["attainment_median"] > 0
    assert {"revenue_per_working_hour", "revenue_per_selling_hour", "contribution"} <= set(
        strategy["metrics"]
    )
    shares = [strategy["metrics"][f"share_{name}"] for name in ACTIVITIES]
    assert sum(shares) == pytest.approx(1.0)


def test_the_summarys_market_share_and_win_rate_follow_from_the_tables(a_year: Path) -> None:
    """Recounted from weekly.csv and deals.csv."""
    metrics = one_document((a_year / "summary.json").read_text("utf-8"))["adopters"]["focal"]["usual"][
        "metrics"
    ]
    weekly, deals = pd.read_csv(a_year / "weekly.csv"), pd.read_csv(a_year / "deals.csv")
    last = weekly[(weekly["measured_week"] == 52) & (weekly["vendor"] == "Alder")].iloc[0]
    assert metrics["market_share"] == pytest.approx(last["customers"] / 90)
    ours = deals[deals["vendor"] == "Alder"]
    assert metrics["deals_closed"] == len(ours) > 0
    assert metrics["win_rate"] == pytest.approx((ours["outcome"] == "won").mean())
    decisions = pd.read_csv(a_year / "decisions.csv", keep_default_na=False)
    booked = decisions[(decisions["after"] == "Alder") & (decisions["outcome"] != OUTCOMES[NO_DECISION])]
    assert metrics["revenue"] == pytest.approx(booked["revenue"].sum())
    assert metrics["revenue"] > 0


def test_the_weekly_series_has_every_week_and_vendor_once(a_year: Path) -> None:
    weekly = pd.read_csv(a_year / "weekly.csv")
    assert list(weekly.columns[:3]) == ["week", "measured_week", "vendor"]
    assert set(weekly.columns[3:]) == {name for name, _, _ in WEEKLY}
    pairs = list(weekly[["measured_week", "vendor"]].itertuples(index=False, name=None))
    assert pairs == [(w, v) for w in range(1, 53) for v in ("Alder", "Brightwell")]
    assert weekly["week"].min() == 52  # counted from the start of the warm-up


def test_several_runs_are_averaged_with_ranges_and_each_is_kept(here: Path, undrawn: None) -> None:
    """The same with any number of workers; the first run's tables are those of one run."""
    zerosum("run", "workshop", *TINY, "-n", "3", "-q", "--workers", "2", "--out", "three")
    zerosum("run", "workshop", *TINY, "--replications", "3", "-q", "--workers", "1", "--out", "alone")
    zerosum("run", "workshop", *TINY, "-q", "--out", "one")
    zerosum("run", "workshop", *TINY, "--replication", "2", "-q", "--out", "last")
    three, alone, one = (files_in(here / name) for name in ("three", "alone", "one"))
    assert {name for name in three if three[name] != alone[name]} <= {"summary.json"}
    assert three["deals.csv"] == one["deals.csv"]
    runs = pd.read_csv(here / "three" / "runs.csv")
    assert list(runs["replication"]) == [0, 0, 1, 1, 2, 2]
    told, last = (
        one_document((here / name / "summary.json").read_text("utf-8")) for name in ("three", "last")
    )
    own = runs[~runs["null"]]
    strategy = told["adopters"]["focal"]["usual"]
    assert (told["replication"], told["replications"]) == (0, 3)
    assert strategy["metrics"]["contribution"] == pytest.approx(own["contribution"].mean())
    half = own["contribution"].std() / math.sqrt(3) * 4.302652729911275  # Student's t, two degrees of freedom
    assert strategy["ranges"]["contribution"]["high"] == pytest.approx(own["contribution"].mean() + half)
    of_last = last["adopters"]["focal"]["usual"]["metrics"]["contribution"]
    assert own["contribution"].iloc[-1] == pytest.approx(of_last)


def test_the_same_run_gives_the_same_bytes(a_year: Path, here: Path) -> None:
    zerosum("run", "workshop", *SMALL)
    assert files_in(here / "results/workshop/run-usual-focal") == files_in(a_year)


def test_a_rerun_replaces_the_files(here: Path, undrawn: None) -> None:
    zerosum("run", "workshop", *TINY, "--out", "out")
    first = files_in(here / "out")
    zerosum("run", "workshop", *TINY, "--out", "out", "--seed", "5")
    second = files_in(here / "out")
    assert sorted(second) == sorted(first) == sorted(RUN_FILES)
    assert second["weekly.csv"] != first["weekly.csv"]


# --- run: what was asked for ----------------------------------------------------------------------------------


def told(*arguments: str) -> dict[str, Any]:
    """Run and return the one document."""
    return one_document(zerosum("run", "workshop", *TINY, *arguments, "--json").stdout)


def numbers_of(document: dict[str, Any]) -> dict[str, Any]:
    (strategies,) = document["adopters"].values()
    (strategy,) = strategies.values()
    return dict(strategy["metrics"])


def test_zero_is_a_seed(here: Path, undrawn: None) -> None:
    zero, one, own = told("--seed", "0"), told("--seed", "1"), told()
    assert (zero["seed"], one["seed"], own["seed"]) == (0, 1, 2013)
    numbers = [numbers_of(d) for d in (zero, one, own)]
    assert numbers[0] != numbers[1] != numbers[2] != numbers[0]
    assert len({d["hash"] for d in (zero, one, own)}) == 3
    assert told("--seed", "2013") == own


def test_the_largest_seed_works(here: Path, undrawn: None) -> None:
    assert told("--seed", str(2**63 - 1))["seed"] == 2**63 - 1


def test_replications_are_different_years(here: Path, undrawn: None) -> None:
    years = [told("--replication", str(k)) for k in (0, 1)]
    assert [y["replication"] for y in years] == [0, 1]
    assert numbers_of(years[0]) != numbers_of(years[1])
    assert years[0]["hash"] == years[1]["hash"]


def test_set_reaches_what_it_names(here: Path, undrawn: None) -> None:
    changed = told("--set", "vendors.Alder.reps=3", "--set", "pay.base_per_year=52_000", "--set", "name=mine")
    assert changed["scenario"] == "mine"
    assert numbers_of(changed)["cost"] < numbers_of(told())["cost"]
    assert (here / "results" / "mine" / "run-usual-focal" / "summary.json").exists()


def test_the_last_set_of_a_key_wins(here: Path, undrawn: None) -> None:
    assert told("--set", "comparison.seed=5", "--set", "comparison.seed=6")["seed"] == 6


def test_options_win_over_the_file_and_are_not_given_beside_set(here: Path, undrawn: None) -> None:
    (here / "mine.toml").write_text("clock = { weeks = 9, warmup_weeks = 0 }\n[market]\nbuyers = 50\n")
    assert one_document(zerosum("run", "mine.toml", "--json").stdout)["weeks"] == 9
    both = zerosum("run", "mine.toml", "--weeks", "2", "--set", "clock.weeks=5", code=2)
    assert (
        "--weeks 2: clock.weeks is set by '--set clock.weeks=5' as well; give one of the two" in both.stderr
    )
    other = zerosum("run", "mine.toml", "--json", "--weeks", "2", "--seed", "3")
    document = one_document(other.stdout)
    assert (document["weeks"], document["seed"]) == (2, 3)
    assert len(pd.read_csv(here / "results/mine/run-usual-focal/weekly.csv")) == 2 * 4


@pytest.mark.parametrize("adopters", ADOPTERS)
def test_strategy_and_adopters_are_the_ones_asked_for(here: Path, undrawn: None, adopters: str) -> None:
    document = told("--strategy", "shots", "--adopters", adopters)
    assert list(document["adopters"]) == [adopters]
    assert list(document["adopters"][adopters]) == ["shots"]
    assert (here / "results" / "workshop" / f"run-shots-{adopters}" / "summary.json").exists()
    scenario = load_scenario(
        "workshop",
        {"market.buyers": 60, "clock.warmup_weeks": 0, "clock.weeks": 3, "comparison.adopters": [adopters]},
    )
    wanted = measure(simulate(scenario, "shots", adopters))  # type: ignore[arg-type]
    assert numbers_of(document) == {n: x if math.isfinite(x) else None for n, x in wanted.items()}


def test_without_options_the_scenarios_first_adopters_and_baseline_are_run(here: Path, undrawn: None) -> None:
    document = told(
        "--set", 'comparison.adopters=["competitors", "focal"]', "--set", "comparison.baseline=shots"
    )
    assert {w: list(strategies) for w, strategies in document["adopters"].items()} == {
        "competitors": ["shots"]
    }


def test_out_is_where_the_files_go(here: Path, undrawn: None) -> None:
    document = told("--out", "some where/deep")
    assert sorted(files_in(here / "some where" / "deep")) == sorted(RUN_FILES)
    assert document["files"] == [f"some where/deep/{name}" for name in RUN_FILES]
    assert not (here / "results").exists()


def test_a_scenario_is_found_by_name_path_and_link(here: Path, undrawn: None) -> None:
    """Numbers don't depend on where the file stands."""
    text = load_text("workshop")
    folder = here / "a folder with blanks"
    folder.mkdir()
    (folder / "a scenario.toml").write_text(text, encoding="utf-8")
    (here / "link.toml").symlink_to(folder / "a scenario.toml")
    paths = ["workshop", "scenarios/workshop.toml", "a folder with blanks/a scenario.toml", "link.toml"]
    found = [one_document(zerosum("run", path, *TINY, "--json", "--out", "out").stdout) for path in paths]
    assert all(document == found[0] for document in found)


def load_text(name: str) -> str:
    (path,) = (shipped.path for shipped in shipped_scenarios() if shipped.name == name)
    return path.read_text("utf-8")


SMALLEST = {
    "one buyer": ("--set", "market.buyers=1", "--weeks", "30"),
    "one rep": ("--set", "vendors.Alder.reps=1", "--set", "market.buyers=30", "--weeks", "30"),
    "one week": ("--set", "market.buyers=30", "--weeks", "1"),
    "nobody works": ("--set", "reps.hours_per_week=0", "--set", "market.buyers=30", "--weeks", "2"),
    "nobody has a supplier": ("--set", "market.saturation=0", "--set", "market.buyers=30", "--weeks", "9"),
}


@pytest.mark.parametrize(
    ("command", "case"),
    [*(("run", case) for case in SMALLEST), ("compare", "one buyer"), ("compare", "nobody works")],
)
def test_the_smallest_markets_work_figures_and_all(here: Path, command: str, case: str) -> None:
    often = ("--replications", "2") if command == "compare" else ()
    done = zerosum(command, "workshop", "--set", "clock.warmup_weeks=0", *SMALLEST[case], *often)
    assert "nan" not in done.stdout
    assert "inf" not in done.stdout
    assert len(list(here.rglob("figure.png"))) == 1


def test_one_vendor_has_nobody_to_lose_to(here: Path, undrawn: None) -> None:
    (here / "solo.toml").write_text("[[vendors]]\nname = 'Solo'\nreps = 2\n[market]\nbuyers = 40\n")
    document = one_document(zerosum("run", "solo.toml", "--json", "--weeks", "20").stdout)
    assert document["focal"] == "Solo"
    assert numbers_of(document)["win_rate_displacement"] is None
    assert numbers_of(document)["revenue_displaced"] == 0.0


def test_many_vendors(here: Path) -> None:
    rows = "".join(f"[[vendors]]\nname = 'V{i}'\nreps = 1\n" for i in range(60))
    (here / "many.toml").write_text(f"[market]\nbuyers = 120\n[clock]\nwarmup_weeks = 0\n{rows}")
    zerosum("run", "many.toml", "--weeks", "3")
    assert len(pd.read_csv(here / "results/many/run-usual-focal/weekly.csv")) == 180


# --- compare --------------------------------------------------------------------------------------------------


def test_compare_prints_a_table_for_each_of_the_adopters(here: Path, undrawn: None) -> None:
    adopters = ("all", "focal")
    flags = [word for who in adopters for word in ("--adopters", who)]
    shown = zerosum("compare", "workshop", *TINY, "-n", "2", *flags, "--details").stdout
    assert [shown.count(f"adopters '{who}'") for who in ADOPTERS] == [1, 0, 1, 0]
    assert shown.index("adopters 'all'") < shown.index("adopters 'focal'")
    assert "means over 2 simulated runs" in shown
    assert re.search(r"In results/workshop/[0-9a-f]{16}/:", shown)


def test_compare_takes_replications_and_adopters_from_the_file(here: Path, undrawn: None) -> None:
    tables = ("--set", "comparison.replications=3", "--set", 'comparison.adopters=["competitors"]')
    document = one_document(zerosum("compare", "workshop", *TINY, *tables, "--json").stdout)
    assert document["replications"] == 3
    assert list(document["adopters"]) == ["competitors"]


def test_compare_runs_the_comparisons_strategies_only(here: Path, undrawn: None) -> None:
    strategies = ("--set", 'comparison.strategies=["usual", "shots"]')
    document = one_document(zerosum("compare", "workshop", *TINY, *strategies, "-n", "1", "--json").stdout)
    assert list(document["adopters"]["focal"]) == ["usual", "shots"]


def test_compare_with_the_baseline_alone_works(here: Path) -> None:
    (here / "only.toml").write_text("[[strategies]]\nname = 'only'\n[market]\nbuyers = 40\n")
    zerosum("compare", "only.toml", "--weeks", "2", "--set", "clock.warmup_weeks=0", "-n", "2")
    (written,) = (here / "results/only").iterdir()
    gaps = pd.read_csv(written / "differences.csv")
    assert set(gaps["strategy"]) == {"only"}
    assert np.nansum(np.abs(gaps["difference"])) == 0.0


# --- What is printed ------------------------------------------------------------------------------------------

COMMANDS: dict[str, Sequence[str]] = {
    "run": ("run", "workshop", *TINY),
    "compare": ("compare", "workshop", *TINY, "-n", "2"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_json_is_one_document_and_the_summary(here: Path, undrawn: None, command: str) -> None:
    done = zerosum(*COMMANDS[command], "--json", "--out", "out")
    assert done.stderr == ""
    assert one_document(done.stdout) == one_document((here / "out" / "summary.json").read_text("utf-8"))
    assert done.stdout == (here / "out" / "summary.json").read_text("utf-8")


NUMBER = {"type": ["number", "null"]}


def the_object(**properties: Any) -> dict[str, Any]:
    """Return the schema of an object with exactly these keys."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def decision() -> dict[str, Any]:
    maybe = {"type": ["string", "null"]}
    numbers = "mean mean_low mean_high baseline difference low high chance_baseline p p_holm narrowed needed"
    parts = (
        "noise_sd",
        "assumption_sd",
        "assumption_share",
        "share_low",
        "share_high",
        "range_low",
        "range_high",
    )
    counts, flags = ("n", "higher", "lower", "ties"), ("skewed", "may_be_best")
    strategy = the_object(
        **dict.fromkeys((*numbers.split(), "best_low", "best_high", *parts), NUMBER),
        **{name: {"type": "integer", "minimum": 0} for name in counts},
        **{name: {"type": "boolean"} for name in flags},
        verdict={"type": "string"},
    )
    line = the_object(label={"type": "string"}, words={"type": "string"})
    names = {"type": "array", "items": {"type": "string"}}
    alike = the_object(
        strategy={"type": "string"}, **dict.fromkeys(("difference", "low", "high", "needed"), NUMBER)
    )
    adopters = the_object(
        verdict={"type": "array", "items": line, "minItems": 1},
        leaders=names,
        recommended=names,
        alike={"type": "array", "items": alike},
        best=maybe,
        value={"type": "object", "additionalProperties": the_object(**dict.fromkeys(COLUMNS, NUMBER))},
        strategies={"type": "object", "additionalProperties": strategy},
    )
    return the_object(
        metric={"enum": [metric.name for metric in METRICS]},
        unit={"type": "string"},
        matters=maybe,
        until=maybe,
        decided={"type": ["boolean", "null"]},
        needed_power={"const": 0.8},
        adopters={"type": "object", "additionalProperties": adopters},
    )


def shape(command: str) -> dict[str, Any]:
    """Return the documented shape (report/documents.py)."""
    text, count = {"type": "string"}, {"type": "integer", "minimum": 0}
    gap = the_object(difference=NUMBER, low=NUMBER, high=NUMBER, n=count)
    strategy = {
        "win_rate": NUMBER,
        "attainment": the_object(share_at_quota=NUMBER, median=NUMBER, p10=NUMBER, p90=NUMBER),
        "chance_baseline": the_object(**dict.fromkeys(NULL_METRICS, NUMBER)),
        "metrics": the_object(**{metric.name: NUMBER for metric in METRICS}),
    }
    if command == "compare":
        strategy["differences"] = the_object(**{metric.name: gap for metric in METRICS})
    strategies = {"type": "object", "minProperties": 1, "additionalProperties": the_object(**strategy)}
    often: dict[str, Any] = {"replications": count}
    if command == "run":
        often["replication"] = count
    if command == "compare":
        often["decision"] = decision()
        often["results"] = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
    counts = dict.fromkeys(("missed", "also", "equal_missed", "rep_years", "n"), count)
    shared = the_object(**counts, **dict.fromkeys(("share", "low", "high", "by_coincidence"), NUMBER))
    often["identical_reps"] = {"anyOf": [shared, {"type": "null"}]}
    by_segment = {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": count}}
    return the_object(
        command={"const": command},
        scenario=text,
        hash={"type": "string", "pattern": "^[0-9a-f]{64}$"},
        question=text,
        settings={"type": "object"},
        seed=count,
        weeks=count,
        baseline=text,
        focal=text,
        reps_by_segment=by_segment,
        alike={"type": "array", "items": {"type": "array", "items": text, "minItems": 2}},
        **often,
        adopters={
            "type": "object",
            "propertyNames": {"enum": list(ADOPTERS)},
            "additionalProperties": strategies,
        },
        files={"type": "array", "items": text, "minItems": 5},
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_json_has_the_documented_shape(here: Path, undrawn: None, command: str) -> None:
    document = one_document(zerosum(*COMMANDS[command], "--json").stdout)
    jsonschema.validate(document, shape(command))
    for file in document["files"]:
        assert (here / file).is_file()


@pytest.mark.parametrize("command", COMMANDS)
def test_quiet_prints_the_table_alone(here: Path, undrawn: None, command: str) -> None:
    loud, quiet = zerosum(*COMMANDS[command]), zerosum(*COMMANDS[command], "--quiet")
    assert quiet.stderr == ""
    table, files = loud.stdout.rsplit("\nIn results/", 1)
    assert quiet.stdout == table
    assert files.count("\n--details: ") == 1  # the files, and what to ask next
    assert zerosum(*COMMANDS[command], "-q").stdout == quiet.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_terminal_there_are_no_escape_codes(here: Path, undrawn: None, command: str) -> None:
    done = zerosum(*COMMANDS[command])
    assert "\x1b" not in done.stdout + done.stderr
    assert max(map(len, done.stdout.split("\n"))) <= WIDTH_WITHOUT_TERMINAL


def test_the_first_run_says_that_it_compiles_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    for quiet in (False, True):
        with stages(quiet):
            for listener in jit.listeners:
                listener("draws.uniform", 0, 4)
                listener("schedule.run_weeks", 0, 87)
                listener("draws.words", 1, 87)
    assert jit.listeners == []
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "Compiling the engine, once on this machine …\n"


def test_lists_are_read_in_a_narrow_terminal_too() -> None:
    shown = zerosum("metrics", columns="40").stdout
    assert max(map(len, shown.splitlines())) <= 40
    assert "…" not in shown
    assert " ".join(shown.split()).count("win_rate, share Win rate: won / closed opportunities") == 1
    assert "zerosum sweep adoption\n  What do" in zerosum("experiments", columns="40").stdout


def test_metrics_are_listed_the_usual_ones_first() -> None:
    lines = zerosum("metrics", columns="100").stdout.splitlines()
    listed = [line.split()[0] for line in lines if line.split()[0] in BY_NAME]
    assert set(listed) == set(BY_NAME)
    assert tuple(listed[: len(HEADLINES)]) == HEADLINES
    assert max(map(len, lines)) <= 100


def test_schema_is_the_schema() -> None:
    assert one_document(zerosum("schema").stdout) == json.loads(json.dumps(scenario_schema()))


def test_scenarios_lists_what_ships_with_its_question() -> None:
    shown = zerosum("scenarios").stdout
    flat = " ".join(shown.replace("│", " ").split())
    for shipped in shipped_scenarios():
        assert shipped.name in shown
        assert shipped.question.split()[0] in flat
    assert "…" not in shown


@pytest.mark.parametrize("arguments", [(), ("run",), ("compare",), ("schema",), ("scenarios",)])
def test_help_names_every_argument(arguments: tuple[str, ...]) -> None:
    shown = zerosum(*arguments, "--help").stdout
    assert shown.startswith("Usage: ")
    assert zerosum(*arguments, "-h").stdout == shown
    if arguments and arguments[0] in COMMANDS:
        for option in ("--adopters", "--weeks", "--seed", "--set", "--out", "--quiet", "--json", "SCENARIO"):
            assert option in shown


def test_version_is_the_distributions() -> None:
    assert zerosum("--version").stdout.startswith("zerosum, version 0.")


def test_the_commands_adopters_are_the_scenarios() -> None:
    assert f"[{'|'.join(ADOPTERS)}]" == session.ADOPTERS


def test_one_is_one(here: Path) -> None:
    done = CliRunner().invoke(main, ["compare", "workshop", *TINY, "-n", "1"])
    assert "1 replications" not in done.stdout
    one = (
        "--set",
        "vendors.Alder.reps=1",
        "--weeks",
        "1",
        "--set",
        "market.buyers=40",
        "--set",
        "clock.warmup_weeks=0",
    )
    done = CliRunner().invoke(main, ["run", "workshop", *one])
    assert "1 reps" not in done.stdout
    assert "1 weeks" not in done.stdout


def test_a_run_of_some_weeks_is_not_called_a_year(here: Path) -> None:
    assert "one year of one market" not in CliRunner().invoke(main, ["run", "workshop", *TINY]).stdout
