"""A sweep of one strategy, read as its difference from another one than the baseline."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.commands import zerosum
from tests.experiments.market import put
from zerosum.runs.replicate import replicate
from zerosum.studies.sweep.restore import restored

MARKET = """
name = "small"
market = { buyers = 60, saturation = 0.9 }
clock = { warmup_weeks = 0, weeks = 16 }
vendors = [{ name = "Alder", reps = 3 }, { name = "Elm", reps = 3 }]
strategies = [
    { name = "usual" },
    { name = "calls", plan = { prospecting = 0.5, preparation = 0.1, selling = 0.4, social = 0.0 } },
    { name = "care", plan = { prospecting = 0.1, preparation = 0.5, selling = 0.4, social = 0.0 } },
]
"""
ONE = """
scenario = "market.toml"
strategies = ["calls"]
replications = 3
metrics = ["attempts"]
[[factors]]
key = "market.saturation"
values = [0.2, 0.9]
"""
AGAINST = ("--strategy", "calls", "--against", "care")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    put(tmp_path, ONE, MARKET)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("zerosum.report.plots.sweep.plot_sweep", lambda *_: {})
    return tmp_path


def folders() -> list[Path]:
    return sorted(Path("results/small").iterdir(), key=lambda folder: folder.stat().st_ctime)


def test_the_difference_is_paired_with_the_named_strategy(here: Path) -> None:
    said = zerosum("sweep", "small.toml", *AGAINST, "--workers", "0", columns="100").stdout
    assert "'care': mean. Others: difference from it on the same random events" in " ".join(said.split())
    (folder,) = folders()
    runs = restored(folder).tables["runs"].to_pandas()
    wide = runs.pivot(index=["point", "replication"], columns="strategy", values="attempts")
    gap = (wide["calls"] - wide["care"]).groupby(level="point").mean()
    table = pd.read_csv(folder / "responses.csv").set_index(["strategy", "point"])["difference"]
    assert table["calls"].to_list() == pytest.approx(gap.to_list())
    assert table["care"].isna().all()
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert (summary["baseline"], summary["against"]) == ("usual", "care")  # the status quo is what it was


def test_what_is_there_is_not_made_again_and_the_folder_can_be_read_alone(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zerosum("sweep", "small.toml", "-q", "--workers", "0")
    made: list[tuple[str, ...]] = []
    monkeypatch.setattr(
        "zerosum.studies.sweep.work.replicate", lambda *given: made.append(given[5]) or replicate(*given)
    )
    zerosum("sweep", "small.toml", *AGAINST, "-q", "--workers", "0")
    assert made == [("care",)] * 6
    first, second = folders()
    for path in first.glob("parts/*"):
        path.unlink()
    assert "difference from 'care'" in zerosum("analyse", str(second), "-q").stdout


def test_the_analysis_finds_the_sweep_of_these_strategies(here: Path) -> None:
    said = zerosum("analyse", "small.toml", *AGAINST, code=2).output
    assert "'zerosum sweep small.toml --strategy calls --against care' begins it" in " ".join(said.split())
    zerosum("sweep", "small.toml", "-q", "--workers", "0")
    said = zerosum("analyse", "small.toml", "--against", "care", code=2).output
    assert "'zerosum sweep small.toml --against care' makes them" in " ".join(said.split())
    zerosum("sweep", "small.toml", "--against", "care", "-q", "--workers", "0")
    assert "difference from 'care'" in zerosum("analyse", "small.toml", "--against", "care", "-q").stdout
    assert "difference from 'usual'" in zerosum("analyse", "small.toml", "-q").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--against", "car"), "--against car: there is no such strategy; did you mean 'care'?"),
        (("--strategy", "cals"), "--strategy cals: there is no strategy 'cals'; did you mean 'calls'?"),
        (("--strategy", "care", "--against", "care"), "are both 'care'; a difference needs two"),
    ],
)
def test_names_that_are_wrong_are_said(here: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in " ".join(zerosum("sweep", "small.toml", *arguments, code=2).output.split())
    assert not Path("results").exists()


def test_a_file_can_say_against_what(here: Path) -> None:
    put(here, ONE.replace("replications", 'against = "care"\nreplications'), MARKET)
    assert "'care': mean. Others" in zerosum("sweep", "small.toml", "--workers", "0").stdout
