"""``zerosum game`` as a user meets it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.commands import zerosum
from tests.game.tables import GAME, MARKET, put


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    put(tmp_path)
    return tmp_path


def game(*arguments: str, code: int = 0) -> str:
    return zerosum("game", "small.toml", *arguments, code=code, columns="120").output


def test_from_the_file_to_tables_and_figures(here: Path) -> None:
    screen = game("--out", "out", "--quiet")
    assert (
        "quilibrium: Alder '" in screen[: screen.index("Share of the market where")]
    )  # the answer comes first
    assert "replicator dynamics" not in screen
    said = game("--out", "out", "--quiet", "--details")
    for words in (
        "Who calls?",
        "Share of the market where nobody moves, and each combination's difference to it: mean ± standard error of 4",
        "quilibrium: Alder '",
        "resamples of the replications",
        "replicator dynamics",
        "Intervals are of chance",
    ):
        assert words in said
    folder = here / "out"
    assert {path.name for path in folder.iterdir() if path.name[0] != "."} == {
        "cells.parquet",
        "dominations.csv",
        "dynamics.png",
        "game.json",
        "parts",
        "manifest.json",
        "payoffs.csv",
        "payoffs.png",
        "summary.json",
    }
    payoffs = pd.read_csv(folder / "payoffs.csv")
    assert payoffs.columns.tolist() == [
        "Alder",
        "Elm",
        "player",
        "payoff",
        "standard_error",
        "low",
        "high",
        "n",
        "best_response",
    ]
    cells = pd.read_parquet(folder / "cells.parquet")
    by_hand = cells.query("point == 2 and player == 'Elm'")["market_share"]
    row = payoffs.query("Alder == 'calls' and Elm == 'usual' and player == 'Elm'").iloc[0]
    assert row["payoff"] == pytest.approx(by_hand.mean())
    assert row["standard_error"] == pytest.approx(by_hand.sem())
    document = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert (document["command"], document["payoff"], document["replications"]) == ("game", "market_share", 4)
    assert all(line in " ".join(said.split()) for line in document["words"])


@pytest.mark.slow
def test_strategies_that_differ_in_cost_only_are_said_so(here: Path) -> None:
    """Without a tool nobody is trained: to the market, 'untrained' is 'usual'."""
    said = "are the same strategy: nothing responds to what they differ in."
    market = MARKET.replace("strategies = [", 'strategies = [\n    { name = "untrained", training = 0.0 },')
    put(here, GAME.replace('"calls"', '"untrained"').replace("replications = 4", "replications = 2"), market)
    assert json.loads(game("--json"))["alike"] == [["usual", "untrained"]]
    assert f"'usual' and 'untrained' {said}" in " ".join(game().split())
    put(here)
    assert said not in " ".join(game("--fresh").split())


def test_again_gives_the_same_files_whoever_made_them(here: Path) -> None:
    game("--out", "a", "--workers", "1", "-q")
    game("--out", "b", "--workers", "2", "-q")
    for name in ("cells.parquet", "payoffs.csv", "dominations.csv", "payoffs.png", "dynamics.png"):
        assert (here / "a" / name).read_bytes() == (here / "b" / name).read_bytes(), name


def test_three_players_have_no_mixed_equilibria_looked_for(here: Path) -> None:
    market = (here / "market.toml").read_text(encoding="utf-8")
    three = market.replace(
        '{ name = "Elm", reps = 3 }]', '{ name = "Elm", reps = 3 }, { name = "Fir", reps = 3 }]'
    )
    put(here, GAME.replace('"Elm"]', '"Elm", "Fir"]'), three)
    document = json.loads(game("--json"))
    assert document["mixed_looked_for"] is False
    assert "Only equilibria without mixing were looked for (three players or more)." in document["words"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--out", ""), "--out ''"),
        (("--out", "small.toml"), "this is a file"),
        (("-n", "1"), "'--replications' / '-n'"),
    ],
)
def test_options_that_dont_go(here: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in game(*arguments, code=2)


def test_the_wrong_command_names_the_right_one(here: Path) -> None:
    assert (
        "this is a game; 'zerosum game small.toml' runs it" in zerosum("sweep", "small.toml", code=2).output
    )
    assert "'zerosum compare market.toml' runs it" in zerosum("game", "market.toml", code=2).output


def test_three_players_are_listed_one_combination_a_row() -> None:
    from rich.console import Console

    from tests.game.tables import payoffs
    from zerosum.report.game import _list_table
    from zerosum.report.terminal import FittedTable
    from zerosum.studies.game import analyse

    analysis = analyse(replace(payoffs(np.zeros((2, 2, 2, 3)), sd=1.0), metric="revenue"), (0, 0, 0), 50)
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(FittedTable(_list_table(analysis)))
    assert console.export_text().count("±") == 8 * 3 + 1
