"""Whatever ends with runs that are missing says so, and ends with exit code 1."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import zerosum
from tests.commands import shop
from tests.commands import zerosum as command
from tests.experiments.market import put
from tests.game.tables import GAME
from tests.game.tables import put as put_game
from tests.optimise.market import put as put_search
from zerosum.errors import InputError
from zerosum.runs.parts import Parts
from zerosum.runs.store import read_document
from zerosum.studies.sweep import sweep as sweep_package

GOES_ON = "the same command goes on from there: zerosum "


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    module = __import__("sys").modules["zerosum.studies.sweep.sweep"]
    assert module.sweep is sweep_package
    # As soon as they are finished, and few at a time: small as it is, the sweep has something to lose.
    monkeypatch.setattr(module, "FLUSH_SECONDS", 0.0)
    monkeypatch.setattr(module, "MOST_IN_BATCH", 1)
    return tmp_path


def removing(monkeypatch: pytest.MonkeyPatch, owner: type, folder: Path, at: int) -> None:
    """Let somebody remove the folder when so many runs have been kept in it."""
    add, lock, calls = owner.add, threading.Lock(), list[int]()  # type: ignore[attr-defined]

    def lose(*arguments: Any) -> None:
        with lock:
            add(*arguments)
            calls.append(1)
            if len(calls) == at:
                shutil.rmtree(folder)

    monkeypatch.setattr(owner, "add", lose)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name[0] != ".")


def test_a_sweep_whose_folder_was_removed_ends_with_1_and_then_goes_on(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(here)
    words = ("sweep", "small.toml", "--workers", "0", "--quiet", "--out")
    command(*words, "whole")
    with monkeypatch.context() as patch:
        removing(patch, Parts, here / "out", at=7)
        done = command(*words, "out", code=1)
    assert "11 of 18 runs are done, 7 are missing." in done.stdout
    assert "7 runs are missing: their files were removed from out/ while the sweep ran" in done.stderr
    assert f"{GOES_ON}sweep small.toml --workers 0 --quiet --out out\n" in done.stderr
    assert json.loads((here / "out" / "summary.json").read_text())["runs"]["missing"] == 7
    # An analysis of what is there is no analysis of the whole.
    said = command("analyse", "out", "--quiet", code=1).stderr
    assert "7 of 18 runs are missing, and not in these tables. 'zerosum sweep' makes them." in said
    command("results", "verify", "out")
    assert command(*words, "out").stderr == ""
    for name in ("runs.parquet", "responses.csv"):
        assert (here / "out" / name).read_bytes() == (here / "whole" / name).read_bytes()


def test_a_sweep_that_loses_everything_at_last_ends_with_1(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(here)
    removing(monkeypatch, Parts, here / "out", at=18)
    done = command("sweep", "small.toml", "--workers", "0", "--quiet", "--out", "out", code=1)
    assert "18 runs are missing" in done.stderr
    assert done.stdout == ""
    assert (
        "no run is there that could be made again"
        in command("sweep", "small.toml", "--out", "out", "--verify", "3", code=1).stderr
    )


def test_a_shard_that_lost_its_own_share_is_not_done(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(here)
    removing(monkeypatch, Parts, here / "out", at=4)
    done = command("sweep", "small.toml", "--workers", "0", "-q", "--out", "out", "--shard", "1/2", code=1)
    assert "Shard 1/2 is not done. Of all shards: 5 of 18 runs are done, 13 are missing." in done.stdout
    assert "4 runs are missing" in done.stderr


def test_a_game_whose_folder_was_removed_is_not_analysed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_game(here, GAME)
    words = ("game", "small.toml", "--workers", "1", "--quiet", "--out")
    command(*words, "whole")
    with monkeypatch.context() as patch:
        removing(patch, Parts, here / "out", at=3)
        said = command(*words, "out", code=1).stderr
    assert "3 of 4 replications are missing: their files were removed from out/ while the game ran" in said
    assert names(here / "out") == ["game.json", "parts"]
    command(*words, "out")
    assert (here / "out" / "cells.parquet").read_bytes() == (here / "whole" / "cells.parquet").read_bytes()


def test_a_search_whose_folder_was_removed_keeps_all_that_it_knows(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_search(here)
    words = ("optimise", "small.toml", "--workers", "1", "--quiet", "--out")
    command(*words, "whole")
    with monkeypatch.context() as patch:
        removing(patch, Parts, here / "out", at=9)
        command(*words, "out")
    assert names(here / "out") == names(here / "whole")
    for name in ("trials.parquet", "best.toml"):
        assert (here / "out" / name).read_bytes() == (here / "whole" / name).read_bytes()


def test_a_comparison_whose_folder_was_removed_is_whole(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = shop(60, 4, '{ name = "selling", extra_hours = { selling = 9.0 } }', "replications = 4")
    (here / "shop.toml").write_text(text, encoding="utf-8")
    command("compare", "shop.toml", "-q", "--out", "whole")
    with monkeypatch.context() as patch:
        removing(patch, Parts, here / "out", at=2)
        command("compare", "shop.toml", "-q", "--workers", "1", "--out", "out")
    assert len(list((here / "out" / "parts").glob("*.arrow"))) == 2
    command("results", "verify", "out", "--rerun", "0")
    assert (here / "out" / "runs.parquet").read_bytes() == (here / "whole" / "runs.parquet").read_bytes()


def test_a_manifest_that_was_removed_alone_is_written_again(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(here)
    add = Parts.add

    def lose(*arguments: Any) -> None:
        add(*arguments)
        (here / "out" / "sweep.json").unlink(missing_ok=True)

    monkeypatch.setattr(Parts, "add", lose)
    command("sweep", "small.toml", "--workers", "0", "--quiet", "--out", "out")
    assert read_document(here / "out" / "sweep.json")["name"] == "small"


# --- Damage is named, set aside and made good -------------------------------------------------------------------


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 4
    path.write_bytes(bytes(content))


def test_a_flipped_bit_of_a_sweep_is_said_and_its_runs_are_made_again(here: Path) -> None:
    put(here)
    words = ("sweep", "small.toml", "--workers", "0", "--quiet", "--out", "out")
    command(*words)
    before = (here / "out" / "runs.parquet").read_bytes()
    part = min((here / "out" / "parts").glob("*.arrow"))
    flip(part)
    why = f"parts/{part.name}: its content is not that of the SHA-256 in its name"
    assert why in command("results", "verify", "out", code=1).stderr
    assert f"{why}; left as it is" in command("sweep", "small.toml", "--out", "out", "--status").stderr
    assert why in command("sweep", "small.toml", "--out", "out", "--verify", "3", code=1).stderr
    said = command(*words).stderr
    assert said == (
        f"out/{why}; set aside as {part.name}.damaged\nWhat they held is not used; it is simulated again.\n"
    )
    assert (here / "out" / "runs.parquet").read_bytes() == before
    assert command(*words).stderr == ""
    assert "files as they were written." in command("results", "verify", "out").stdout


def test_python_is_warned_of_what_is_lost(here: Path) -> None:
    put(here)
    whole = zerosum.sweep("small.toml", replications=1, workers=0, keep_in="out")
    (part,) = (here / "out" / "parts").glob("*.arrow")
    flip(part)
    with pytest.warns(
        UserWarning, match=r"its content is not that of the SHA-256 in its name; left as it is"
    ):
        assert len(zerosum.open_sweep("out").runs) == 0
    with pytest.warns(UserWarning, match=r"set aside as .*\.arrow\.damaged"):
        again = zerosum.sweep("small.toml", replications=1, workers=0, keep_in="out")
    pd.testing.assert_frame_equal(again.runs, whole.runs)


def test_a_flipped_bit_of_a_comparison_is_said_and_made_good(here: Path) -> None:
    text = shop(60, 4, '{ name = "selling", extra_hours = { selling = 9.0 } }', "replications = 2")
    (here / "shop.toml").write_text(text, encoding="utf-8")
    command("compare", "shop.toml", "-q", "--out", "out")
    before = (here / "out" / "runs.parquet").read_bytes()
    path = next((here / "out" / "parts").glob("*.arrow"))
    flip(path)
    said = command("results", "verify", "out", "--rerun", "0", code=1).stderr
    assert f"parts/{path.name}: its content is not that of the SHA-256 in its name" in said
    said = command("compare", "shop.toml", "-q", "--out", "out").stderr
    assert f"set aside as {path.name}.damaged\n" in said
    assert (here / "out" / "runs.parquet").read_bytes() == before
    assert "as they were written" in command("results", "verify", "out").stdout


def test_a_damaged_part_of_a_search_is_said_and_made_good(here: Path) -> None:
    put_search(here)
    words = ("optimise", "small.toml", "--workers", "1", "--quiet", "--out", "out")
    command(*words)
    before = (here / "out" / "trials.parquet").read_bytes()
    part = min((here / "out" / "parts").glob("*.arrow"))
    flip(part)
    assert f"parts/{part.name}: its content is not" in command("results", "verify", "out", code=1).stderr
    assert f"set aside as {part.name}.damaged\n" in command(*words).stderr
    assert (here / "out" / "trials.parquet").read_bytes() == before
    assert "as they were written" in command("results", "verify", "out").stdout


@pytest.mark.parametrize("folder", [3, "", None, b"out"])
def test_a_folder_that_is_none_is_refused(folder: Any) -> None:
    with pytest.raises(InputError, match="give the path of a folder"):
        zerosum.open_sweep(folder)
