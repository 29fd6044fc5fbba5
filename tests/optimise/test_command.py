"""``zerosum optimise`` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.commands import zerosum
from tests.optimise.market import SEARCH, put
from zerosum.scenario import load_scenario


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    put(tmp_path)
    return tmp_path


def optimise(*arguments: str, code: int = 0) -> str:
    return zerosum("optimise", "small.toml", *arguments, code=code, columns="140").output


def test_from_the_file_to_a_scenario_that_compare_runs(here: Path) -> None:
    screen = optimise("--out", "out", "--quiet")
    assert screen.index("'usual'") < screen.index("differs from 'usual' in")  # the answer comes first
    assert "8 trials on" not in screen
    said = optimise("--out", "out", "--quiet", "--details")
    for words in (
        "What to do?",
        "differs from 'usual' in",
        "Share of the",
        "8 trials on 3 common simulated runs",
    ):
        assert words in said
    folder = here / "out"
    assert {path.name for path in folder.iterdir() if path.name[0] != "."} == {
        "best.toml",
        "optimisation.json",
        "search.png",
        "summary.json",
        "trials.parquet",
        "parts",
        "manifest.json",
    }
    document = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert (document["command"], document["trials"], document["baseline"]) == ("optimise", 8, "usual")
    assert len(document["finalists"]) == 2
    trials = pd.read_parquet(folder / "trials.parquet")
    assert trials["baseline"].tolist() == [True] + [False] * 7
    shares = trials[[f"plan.{name}" for name in ("prospecting", "preparation", "selling", "social")]]
    assert shares.sum(axis=1).round(9).eq(1.0).all()
    best = document["finalists"][[f["trial"] for f in document["finalists"]].index(document["best"])]
    scenario = load_scenario(folder / "best.toml")
    assert scenario.compared_names == ("usual", "found")
    assert scenario.strategies[-1].model_dump(mode="json") == best["strategy"]
    # What compare says of it on the search's runs is what the search was told.
    zerosum("compare", str(folder / "best.toml"), "-n", "3", "--out", "compared", "--quiet", "--json")
    runs = pd.read_parquet(here / "compared" / "runs.parquet").query("not null")
    wide = runs.pivot(index="replication", columns="strategy", values="market_share")
    row = trials[trials["trial"] == document["best"]].iloc[0]
    assert (wide["found"] - wide["usual"]).mean() == pytest.approx(row["difference_market_share"])


@pytest.mark.slow
def test_again_gives_the_same_files_whoever_made_them(here: Path) -> None:
    optimise("--out", "a", "--workers", "1", "-q")
    optimise("--out", "b", "--workers", "2", "-q")
    for name in ("trials.parquet", "best.toml", "search.png"):
        assert (here / "a" / name).read_bytes() == (here / "b" / name).read_bytes(), name


def test_two_objectives_have_a_front(here: Path) -> None:
    put(here, SEARCH.replace('["market_share"]', '["market_share", "goodwill_burnt"]'))
    document = json.loads(optimise("--json", "--out", "out"))
    assert document["best"] is None
    assert set(document["front"]) >= {f["trial"] for f in document["finalists"]}
    assert "on the front of share of the market and goodwill burnt" in document["words"][0]
    strategies = load_scenario(here / "out" / "best.toml").compared_names
    assert strategies == ("usual", *(f"found-{final['trial']}" for final in document["finalists"]))


def test_a_budget_that_nobody_keeps_is_said(here: Path) -> None:
    put(here, SEARCH.replace("trials = 8", "trials = 3\nbudget = { cost = 1 }"))
    said = optimise("--out", "out", "-q")
    assert "Nothing to try again: of 3 trials, 0 keep the budget." in said
    assert load_scenario(here / "out" / "best.toml").compared_names == ("usual",)


def test_the_wrong_command_names_the_right_one(here: Path) -> None:
    for command in ("sweep", "game"):
        said = zerosum(command, "small.toml", code=2).output
        assert "this is an optimisation; 'zerosum optimise small.toml' runs it" in said
    assert "'zerosum compare market.toml' runs it" in zerosum("optimise", "market.toml", code=2).output
