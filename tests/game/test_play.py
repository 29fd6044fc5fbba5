"""The engine's path: a cell is what `simulate` gives, the same bits whatever stops it and whoever makes it."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.each import each
from tests.experiments.market import same
from tests.game.tables import GAME, MARKET, contest_in, put
from zerosum.errors import InputError, Interrupted
from zerosum.market.metrics import measure
from zerosum.market.run import simulate
from zerosum.runs.parts import read_part
from zerosum.scenario import parse_scenario
from zerosum.studies.game import load_game, play
from zerosum.studies.game import play as package_play
from zerosum.studies.sweep import load_experiment

assert package_play is play


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    folder = tmp_path_factory.mktemp("once")
    return play(contest_in(folder), folder / "out")


def row(table: pa.Table, point: int, player: str, replication: int) -> dict[str, Any]:
    (found,) = (
        r
        for r in table.to_pylist()
        if (r["point"], r["player"], r["replication"]) == (point, player, replication)
    )
    return found


def test_all_combinations_are_there_in_order(once: pa.Table) -> None:
    keys = list(zip(*(once[n].to_pylist() for n in ("replication", "point", "player")), strict=True))
    assert keys == [(r, p, v) for r in range(4) for p in range(4) for v in ("Alder", "Elm")]
    strategies = [
        s
        for p in range(4)
        for s in (("usual", "usual"), ("usual", "calls"), ("calls", "usual"), ("calls",) * 2)[p]
    ]
    assert once["strategy"].to_pylist() == strategies * 4


@pytest.mark.parametrize(
    ("point", "player", "strategy", "adopters"),
    [
        (0, "Alder", "usual", "focal"),
        (2, "Alder", "calls", "focal"),
        (1, "Alder", "calls", "competitors"),
        (3, "Alder", "calls", "all"),
        (1, "Elm", "calls", "focal"),
        (3, "Elm", "calls", "all"),
    ],
)
def test_a_cell_is_what_the_runner_gives(
    once: pa.Table, tmp_path: Path, point: int, player: str, strategy: str, adopters: Any
) -> None:
    """Every metric, to the bit, for either vendor as the focal one; `competitors` measures the vendor that stays."""
    scenario = contest_in(tmp_path).scenario
    focal = parse_scenario(scenario, {"comparison.focal": player})
    for replication in (0, 3):
        theirs = measure(simulate(focal, strategy, adopters, replication))
        ours = row(once, point, player, replication)
        for name, value in theirs.items():
            assert ours[name] == value or (math.isnan(value) and math.isnan(ours[name])), name


def test_the_runs_before_a_stop_are_kept(once: pa.Table, tmp_path: Path) -> None:
    contest, stop, done = contest_in(tmp_path), threading.Event(), list[tuple[int, int]]()

    def on_done(finished: int, of: int) -> None:
        done.append((finished, of))
        if finished == 2:
            stop.set()

    with pytest.raises(Interrupted) as stopped:
        play(contest, tmp_path / "out", on_done=on_done, stop=stop)
    assert stopped.value.done >= 2
    assert stopped.value.wanted == 4
    done.clear()
    again = play(contest, tmp_path / "out", on_done=lambda *now: done.append(now))
    assert done[0][0] >= 2
    assert same(again, once)
    done.clear()
    assert same(play(contest, tmp_path / "out", on_done=lambda *now: done.append(now)), once)
    assert done == [(4, 4)]


def test_threads_and_replications_in_two_goes_change_no_bit(once: pa.Table, tmp_path: Path) -> None:
    contest = contest_in(tmp_path)
    two = play(contest, tmp_path / "out", often=2, workers=3)
    assert same(two, once.filter(pa.array(once["replication"].to_numpy() < 2)).combine_chunks())
    assert same(play(contest, tmp_path / "out", workers=3), once)


def test_a_torn_part_is_made_again(once: pa.Table, tmp_path: Path) -> None:
    contest = contest_in(tmp_path)
    play(contest, tmp_path / "out", often=2)
    (part,) = (tmp_path / "out" / "parts").glob("*.arrow")
    part.write_bytes(part.read_bytes()[:-20])
    assert same(play(contest, tmp_path / "out"), once)


def test_only_what_is_missing_is_made(
    once: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads end in any order, so a kill can leave a hole: replications 1 and 2, but not 0."""
    contest = contest_in(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("zerosum.runs.parts.Parts.compact", lambda _: None)
        play(contest, tmp_path / "out", often=3)
    for part in (tmp_path / "out" / "parts").glob("*.arrow"):
        if read_part(part, {"runs": None})[1]["runs"]["replication"][0].as_py() == 0:
            part.unlink()
    done: list[tuple[int, int]] = []
    assert same(play(contest, tmp_path / "out", on_done=lambda *now: done.append(now)), once)
    assert done[0] == (2, 4)


def test_another_payoff_needs_no_new_run_and_another_game_no_old_one(tmp_path: Path) -> None:
    play(contest_in(tmp_path), tmp_path / "out", often=2)
    other = contest_in(tmp_path, GAME.replace("market_share", "revenue"))
    done: list[tuple[int, int]] = []
    play(other, tmp_path / "out", often=2, on_done=lambda *now: done.append(now))
    assert done == [(2, 2)]
    done.clear()
    swapped = contest_in(tmp_path, GAME.replace('["usual", "calls"]', '["calls", "usual"]'))
    play(swapped, tmp_path / "out", often=2, on_done=lambda *now: done.append(now))
    assert done == [(2, 2)]
    market = contest_in(tmp_path, GAME, MARKET.replace("saturation = 0.9", "saturation = 0.8"))
    with pytest.raises(InputError, match=r"another game: the scenario differs"):
        play(market, tmp_path / "out", often=2)
    assert len(play(market, tmp_path / "out", often=2, fresh=True)) == 16


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    contest = contest_in(tmp_path)

    def meanwhile(_done: int, _of: int) -> None:
        with pytest.raises(InputError, match="another process writes to"):
            play(contest, tmp_path / "out", often=2)

    play(contest, tmp_path / "out", often=2, on_done=meanwhile)


def test_alike_vendors_have_alike_payoffs(tmp_path: Path) -> None:
    """Nobody's place in the scenario may matter: what one gets in (a, b), the other gets in (b, a)."""
    contest = contest_in(tmp_path, GAME.replace("replications = 4", "replications = 40"))
    payoffs = contest.payoffs(play(contest, tmp_path / "out", workers=2))
    for i in range(2):
        for j in range(2):
            gaps = payoffs.at((i, j))[:, 0] - payoffs.at((j, i))[:, 1]
            error = gaps.std(ddof=1) / np.sqrt(len(gaps))
            assert error > 0
            assert abs(gaps.mean()) < 4 * error


def test_payoffs_of_a_metric_of_which_less_is_better(tmp_path: Path) -> None:
    contest = contest_in(tmp_path, GAME.replace("market_share", "cost"))
    table = play(contest, tmp_path / "out")
    payoffs = contest.payoffs(table)
    assert payoffs.sign == -1
    assert payoffs.values[3, 1, 0, 1] == -row(table, 2, "Elm", 3)["cost"]
    assert contest.nobody == (0, 0)


def test_a_payoff_without_a_denominator_leaves_replications_out(tmp_path: Path) -> None:
    contest = contest_in(tmp_path)
    table = play(contest, tmp_path / "out")
    column = table.column_names.index("market_share")
    values = table["market_share"].to_numpy().copy()
    values[3] = np.nan
    holes = table.set_column(column, table.schema.field("market_share"), [values])
    payoffs = contest.payoffs(holes)
    assert (payoffs.n, payoffs.dropped) == (3, 1)
    values[:25] = np.nan
    with pytest.raises(InputError, match="undefined in 4 of 4 replications"):
        contest.payoffs(table.set_column(column, table.schema.field("market_share"), [np.full(32, np.nan)]))


def test_nobody_is_none_where_somebody_cant_carry_on(tmp_path: Path) -> None:
    tables = """players = [
        { vendor = "Alder", strategies = ["calls", "usual"] },
        { vendor = "Elm", strategies = ["calls"] },
    ]"""
    game = GAME.replace('players = ["Alder", "Elm"]\nstrategies = ["usual", "calls"]', tables)
    contest = contest_in(tmp_path, game)
    assert contest.nobody is None
    assert contest_in(tmp_path, 'nobody = "calls"\n' + game).nobody == (0, 0)


@each(
    ("change", "said"),
    [
        (('"Elm"', '"Elma"'), r"\[\[players\]\] 2: the scenario has no vendor 'Elma'; did you mean 'Elm'\?"),
        (
            ('"calls"]', '"cals"]'),
            r"1 \(Alder\): the scenario has no strategy 'cals'; did you mean 'calls'\?",
        ),
        (("market_share", "market_shar"), r"no metric 'market_shar'; did you mean 'market_share'\?"),
        (("market_share", "attempts"), "neither more nor less of it is better"),
        (
            ('["usual", "calls"]', '["usual", "usual"]'),
            r"\[\[players\]\] 1 \(Alder\): strategy 'usual' stands there twice",
        ),
        (('["usual", "calls"]', '["usual"]'), "nothing to choose"),
        (('"Elm"', '"Alder"'), "vendor 'Alder' plays twice"),
        (('["Alder", "Elm"]', '["Alder"]'), "players"),
        (("replications = 4", "replications = 1"), "replications = 1"),
        (("resamples", "resample"), r"unknown key 'resample' at the top level; did you mean 'resamples'\?"),
        (("payoff", 'nobody = "nix"\npayoff'), "nobody = 'nix': the scenario has no such strategy"),
        (("market.toml", "marke.toml"), "scenario = 'marke.toml'"),
        (('strategies = ["usual", "calls"]\n', ""), r"\[\[players\]\] 1 \(Alder\) has no \'strategies\'"),
        (("payoff", "set = { 'comparison.strategies' = ['usual'] }\npayoff"), "has no meaning here"),
        (("payoff", "set = { 'market.buyer' = 3 }\npayoff"), "market.buyer"),
    ],
)
def test_what_is_wrong_is_said(change: tuple[str, str], said: str, tmp_path: Path) -> None:
    assert change[0] in GAME
    with pytest.raises(InputError, match=said) as fault:
        contest_in(tmp_path, GAME.replace(*change))
    assert "small.toml" in str(fault.value)


def test_files_of_other_kinds_are_sent_to_their_command(tmp_path: Path) -> None:
    file = put(tmp_path)
    with pytest.raises(InputError, match="this is a game; 'zerosum game"):
        load_experiment(file)
    with pytest.raises(InputError, match="this is a scenario; 'zerosum compare"):
        load_game(tmp_path / "market.toml")
    with pytest.raises(InputError, match="this is an experiment; 'zerosum sweep"):
        load_game("experiments/saturation.toml")
    with pytest.raises(InputError, match="this is a calibration; 'zerosum calibrate"):
        load_game("experiments/calibration.toml")
    with pytest.raises(InputError, match=r"smal\.toml: .*did you mean '.*small\.toml'\?"):
        load_game(tmp_path / "smal.toml")
    (tmp_path / "x.toml").write_text("a = ")
    with pytest.raises(InputError, match="line 1, column 4: there is no value after"):
        load_game(tmp_path / "x.toml")
