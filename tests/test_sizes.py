"""What a question takes is said before any of it is spent: bytes and time, within a factor of what is measured."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from zerosum import compare, sweep
from zerosum.cli import main
from zerosum.errors import InputError
from zerosum.market import sizes
from zerosum.market.engine import Engine
from zerosum.runs.schema import TABLES
from zerosum.scenario import Scenario, ScenarioError, load_scenario, parse_scenario

pytestmark = pytest.mark.uncompiled


ALL = tuple(sizes.ROW_BYTES)
MANY = "\n".join(f"[[strategies]]\nname = 's{i}'\ntraining = {i / 1000}" for i in range(300))
OTHERS = "\n".join(
    f"[[vendors]]\nname = '{name}'\nreps = 20" for name in ("Brightwell", "Corvane", "Delmark")
)
ABSURD = f"""
extends = "kickoff"
clock = {{ warmup_weeks = 104, weeks = 52 }}
market = {{ buyers = 4_000 }}
reps = {{ max_open_opportunities = 24 }}
[comparison]
adopters = ["focal"]
strategies = [{", ".join(f"'s{i}'" for i in range(300))}]
[[vendors]]
name = "Alder"
reps = 1_000_000
{OTHERS}
{MANY}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "absurd.toml").write_text(ABSURD)
    (tmp_path / "study.toml").write_text(
        'scenario = "absurd.toml"\n[[factors]]\nkey = "market.saturation"\nvalues = [0.2, 0.4]\n'
    )
    return tmp_path


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a market was built")

    monkeypatch.setattr(Engine, "_set_market", refuse)


def test_rows_are_as_large_as_the_schema_makes_them() -> None:
    n = 1000
    for name, size in sizes.ROW_BYTES.items():
        columns = {
            c.name: ["all" if c.name == "adopters" else "Alder 1234"] * n
            if c.kind == "text"
            else np.zeros(n, bool if c.kind == "flag" else int if c.kind == "count" else float)
            for c in TABLES[name].columns
        }
        assert 0.7 < size * n / TABLES[name].filled(columns).nbytes < 1.4, name


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["compare", "absurd.toml"], 2),
        (["sweep", "study.toml"], 2),
        (["sweep", "study.toml", "--plan"], 2),
        (["play", "absurd.toml", "--no-browser"], 2),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_what_is_absurd_is_answered_at_once(
    here: Path, no_engine: None, arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "memory_free", lambda: 8e9)
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == code, done.output
    (message,) = (line for line in done.stderr.split("\n") if line.startswith("Error: "))
    assert message.startswith(f"Error: {arguments[1]}: ")
    assert "1,000,060 reps" in message
    assert "lower " in message
    assert sorted(path.name for path in here.iterdir()) == ["absurd.toml", "study.toml"]


def test_the_message_says_how_much_of_what(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "memory_free", lambda: 20e9)
    with pytest.raises(ScenarioError) as caught:
        sizes.workers_that_fit(load_scenario("absurd.toml"), 4, 30, ALL)
    assert str(caught.value) == (
        "absurd: this needs about 13.45 TB of memory (a market of 4,000 buyers and 1,000,060 reps 9.7 GB, the results "
        "of 301 strategies in 30 replications 13.44 TB); 20.0 GB are free here; lower comparison.replications or "
        "comparison.strategies or vendors.Alder.reps"
    )


def test_the_answer_costs_nothing(here: Path) -> None:
    """Under a tenth of a second, and hardly any memory; what is measured is the asking, not the reading of the file."""
    scenario = load_scenario("absurd.toml")
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(ScenarioError, match="TB of memory"):
        sizes.workers_that_fit(scenario, 4, 30, ALL)
    took, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 0.1
    assert peak < 1e6


def test_scripts_are_answered_like_commands(
    here: Path, no_engine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "memory_free", lambda: 8e9)
    with pytest.raises(ScenarioError, match="TB of memory"):
        compare("absurd.toml")
    with pytest.raises(InputError, match=r"study\.toml: this needs about .* of memory"):
        sweep("study.toml", workers=0)


def test_no_market_is_built_that_does_not_fit(no_engine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "memory_free", lambda: 1e9)
    large = parse_scenario("market.buyers = 10_000_000")
    with pytest.raises(ScenarioError, match=r"a market of 10,000,000 buyers .* lower market\.buyers"):
        Engine(large)


def test_fewer_workers_run_where_not_all_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = parse_scenario("market.buyers = 1_000_000")
    one = sizes.memory_needed(scenario)
    for free, workers in ((1.5, 1), (2.5, 2), (3.5, 3), (99, 4)):
        monkeypatch.setattr(sizes, "memory_free", lambda free=free: free * one)
        assert sizes.workers_that_fit(scenario, 4) == workers
    monkeypatch.setattr(sizes, "memory_free", lambda: 0.9 * one)
    with pytest.raises(ScenarioError):
        sizes.workers_that_fit(scenario, 4)


def test_days_are_said_beforehand(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zerosum.cli.session import workers_that_fit

    scenario = parse_scenario({}, {"market.buyers": 1_000_000, "comparison.replications": 20_000})
    seconds = sizes.seconds_needed(scenario, 20_000)
    said: list[str] = []
    monkeypatch.setattr("click.echo", lambda text, err: said.append(text))
    monkeypatch.setattr(sizes, "memory_free", lambda: 1e12)
    assert workers_that_fit("mine.toml", scenario, 2, 20_000) == 2
    assert said == [
        f"mine.toml: this takes about {seconds / 2 / 86_400:,.1f} days, on 2 at a time. Ctrl-C stops it."
    ]
    workers_that_fit("mine.toml", scenario, 2, 20_000, quiet=True)
    workers_that_fit("mine.toml", Scenario(), 2, 30)
    assert len(said) == 1


MEASURE = """
import json, sys
from pathlib import Path
from zerosum.studies.compare import compare_strategies
from zerosum.scenario import parse_scenario
from zerosum.market.sizes import ROW_BYTES, memory_needed, results_needed
def peak():
    (line,) = (x for x in Path("/proc/self/status").read_text().split("\\n") if x.startswith("VmHWM"))
    return 1024 * int(line.split()[1])
asked = json.loads(sys.argv[1])
compare_strategies(parse_scenario("market.buyers = 200", {"comparison.replications": 2, "clock.weeks": 4})).differences
before = peak()
scenario = parse_scenario('extends = "kickoff"', asked)
compare_strategies(scenario).differences
often = scenario.comparison.replications
print(memory_needed(scenario) + results_needed(scenario, often, tuple(ROW_BYTES)), peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="only Linux tells a process's peak this way"
)
@pytest.mark.parametrize(
    "asked",
    [
        {"market.buyers": 400_000, "comparison.replications": 2},
        {"vendors.Alder.reps": 3000, "comparison.replications": 8, "clock.warmup_weeks": 0},
        {"comparison.replications": 40, "clock.warmup_weeks": 0},
    ],
    ids=["buyers", "reps", "replications"],
)
def test_the_estimate_is_near_what_is_measured(asked: dict[str, int]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, json.dumps(asked)], capture_output=True, text=True, check=True
    )
    needed, taken = map(int, done.stdout.split())
    assert 1 / 1.5 < needed / taken < 1.5, (needed, taken)
