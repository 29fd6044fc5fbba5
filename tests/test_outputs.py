"""Results on disk: whole or not at all, whatever goes wrong in between."""

from __future__ import annotations

import errno
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.disk import Disk
from zerosum.errors import StoreError
from zerosum.runs import outputs
from zerosum.runs.outputs import Writer, check_writable, write_all
from zerosum.runs.store import name_partial, without_nan

pytestmark = pytest.mark.uncompiled


def text(words: str) -> Writer:
    """Write some text."""
    return lambda path: path.write_text(words, encoding="utf-8") and None  # type: ignore[return-value]


def full(path: Path) -> None:
    """Write half a file on a disk that is full."""
    path.write_text("half", encoding="utf-8")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def contents(folder: Path) -> dict[str, bytes]:
    """Return all that is below a folder, hidden or not."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def names(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


# --- All or nothing -------------------------------------------------------------------------------------------


def test_files_are_written_and_named_in_order(tmp_path: Path) -> None:
    paths = write_all(tmp_path / "new" / "er", {"b.txt": text("b"), "a.txt": text("a")})
    assert paths == [tmp_path / "new/er/b.txt", tmp_path / "new/er/a.txt"]
    assert contents(tmp_path) == {"new/er/a.txt": b"a", "new/er/b.txt": b"b"}


def test_older_files_are_replaced_and_strangers_left(tmp_path: Path) -> None:
    (tmp_path / "stranger.txt").write_text("mine")
    write_all(tmp_path, {"a.txt": text("long old content")})
    write_all(tmp_path, {"a.txt": text("new")})
    assert contents(tmp_path) == {"a.txt": b"new", "stranger.txt": b"mine"}


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"can't write results to .*out: No space left on device"):
        write_all(tmp_path / "out", {"a.txt": text("a"), "b.txt": full})
    assert contents(tmp_path) == {}
    assert not list(tmp_path.rglob(".partial-*"))


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_old_results_survive_a_failed_rewrite_whole(tmp_path: Path, failing: int) -> None:
    write_all(tmp_path, {f"{i}.txt": text(f"old {i}") for i in range(3)})
    before = contents(tmp_path)
    writers = {f"{i}.txt": full if i == failing else text(f"new {i}") for i in range(3)}
    with pytest.raises(StoreError):
        write_all(tmp_path, writers)
    assert contents(tmp_path) == before
    assert names(tmp_path) == sorted(before)


def test_old_results_survive_a_disk_that_fails_at_the_flush(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems say only at fsync that there was no room."""
    write_all(tmp_path, {"a.txt": text("old"), "b.txt": text("old")})
    before, calls = contents(tmp_path), []

    def fail_second(_: int) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr(outputs.os, "fsync", fail_second)
    with pytest.raises(StoreError, match="quota"):
        write_all(tmp_path, {"a.txt": text("new"), "b.txt": text("new")})
    assert contents(tmp_path) == before
    assert names(tmp_path) == sorted(before)


@pytest.mark.parametrize("trouble", [MemoryError, KeyboardInterrupt, ZeroDivisionError])
def test_any_other_trouble_cleans_up_and_goes_on_up(tmp_path: Path, trouble: type[BaseException]) -> None:
    write_all(tmp_path, {"a.txt": text("old")})

    def broken(path: Path) -> None:
        path.write_text("half", encoding="utf-8")
        raise trouble

    with pytest.raises(trouble):
        write_all(tmp_path, {"a.txt": text("new"), "b.txt": broken})
    assert contents(tmp_path) == {"a.txt": b"old"}
    assert names(tmp_path) == ["a.txt"]


def test_every_file_is_flushed_before_any_is_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch)
    write_all(tmp_path / "new" / "out", {name: text(name) for name in "abc"})
    kinds = [what for what, _ in disk.done]
    # Two folders that are made, three files, and the folder with its new names.
    assert kinds == ["flush"] * 5 + ["move"] * 3 + ["flush"]
    disk.check(*((tmp_path / "new" / "out").iterdir()))


def test_left_overs_of_a_killed_run_do_no_harm(tmp_path: Path) -> None:
    left = tmp_path / ".partial-abc"
    left.mkdir()
    (left / "a.txt").write_text("half")
    assert write_all(tmp_path, {"a.txt": text("whole")}) == [tmp_path / "a.txt"]
    assert (tmp_path / "a.txt").read_text() == "whole"


def test_what_an_ended_process_left_is_deleted_and_what_others_write_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(timeout=60)
    left = []
    for process, machine in ((ended.pid, "here"), (os.getpid(), "here"), (ended.pid, "there")):
        monkeypatch.setattr("platform.node", lambda machine=machine: machine)
        monkeypatch.setattr("os.getpid", lambda process=process: process)
        left.append(tmp_path / f"{name_partial()}abc")
        left[-1].mkdir()
    monkeypatch.undo()
    monkeypatch.setattr("platform.node", lambda: "here")
    write_all(tmp_path, {"a.txt": text("whole")})
    assert [one.exists() for one in left] == [False, True, True]


# --- Where results can't go -----------------------------------------------------------------------------------


def test_a_check_leaves_no_trace(tmp_path: Path) -> None:
    check_writable(tmp_path / "not" / "yet" / "there")
    check_writable(tmp_path)
    assert names(tmp_path) == []


@pytest.mark.parametrize("below", ["file", "file/sub", "file/sub/sub"])
def test_a_file_in_the_way_is_named(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(StoreError, match="file is not a folder") as caught:
        check_writable(tmp_path / below)
    assert str(tmp_path / below) in str(caught.value)
    with pytest.raises(StoreError):
        write_all(tmp_path / below, {"a": text("a")})
    assert contents(tmp_path) == {"file": b"precious"}


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc here")
def test_a_place_where_nobody_can_write_is_found_out_before_the_run() -> None:
    with pytest.raises(StoreError, match="can't write results to /proc/zerosum"):
        check_writable(Path("/proc/zerosum/results"))


def test_a_folder_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may write anywhere, so the system's answer is made up."""

    def refuse(**_: Any) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(outputs.tempfile, "TemporaryFile", refuse)
    with pytest.raises(StoreError, match=r"can't write results to .*there: Permission denied"):
        check_writable(tmp_path / "there")


# --- What is in the files -------------------------------------------------------------------------------------

AWKWARD = pd.DataFrame(
    {
        "name": ["plain", "with, comma", 'quote "', "grüße"],
        "real": [0.1 + 0.2, math.nan, -1e-300, 1.0 / 3.0],
        "whole": np.array([0, -1, 2**62, 7]),
        "truth": [True, False, True, False],
    }
)


def test_csv_keeps_every_digit(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    outputs.csv(AWKWARD)(path)
    back = pd.read_csv(path, dtype=str, keep_default_na=False)
    # Python's own reading of a number is exact; whether pandas' is depends on its version.
    assert [float(written) if written else None for written in back["real"]] == [
        0.1 + 0.2,
        None,
        -1e-300,
        1 / 3,
    ]
    assert [int(written) for written in back["whole"]] == list(AWKWARD["whole"])
    assert list(back["name"]) == list(AWKWARD["name"])


def test_csv_is_the_same_on_every_system(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    outputs.csv(AWKWARD)(path)
    raw = path.read_bytes()
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    assert raw.splitlines()[2] == b'"with, comma",,-1,False'
    assert "grüße" in raw.decode("utf-8")
    columns = {name: np.array(values, object if name == "name" else None) for name, values in AWKWARD.items()}
    outputs.csv(columns)(tmp_path / "columns.csv")
    assert (tmp_path / "columns.csv").read_bytes() == raw


def test_parquet_keeps_every_digit(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    outputs.parquet(AWKWARD)(path)
    pd.testing.assert_frame_equal(pd.read_parquet(path), AWKWARD, check_exact=True)


def test_json_knows_no_nan(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    content = {"a": math.nan, "b": [math.inf, (1.5, -math.inf)], "c": {"d": np.float64("nan"), "e": "grüße"}}
    outputs.document(content)(path)

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    read = json.loads(path.read_text("utf-8"), parse_constant=refuse)
    assert read == {"a": None, "b": [None, [1.5, None]], "c": {"d": None, "e": "grüße"}}
    assert "grüße" in path.read_text("utf-8")


def test_json_keeps_every_digit_and_leaves_the_rest_alone() -> None:
    values = [0.1 + 0.2, 2**60, "NaN", True, None, 0]
    assert json.loads(json.dumps(without_nan(values))) == values
    assert without_nan(True) is True


def test_the_same_picture_is_the_same_file(tmp_path: Path) -> None:
    for name in "ab":
        figure = Figure(figsize=(1, 1))
        figure.add_subplot().plot([0, 1], [1, 0])
        outputs.picture(figure)(tmp_path / f"{name}.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    raw = (tmp_path / "a.png").read_bytes()
    assert raw.startswith(b"\x89PNG")
    assert b"Creation" not in raw
    assert b"Matplotlib version" not in raw


@pytest.mark.parametrize("failing", [1, 2])
def test_old_results_survive_a_failed_move_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    write_all(tmp_path, {f"{i}.txt": text(f"old {i}") for i in range(3)})
    before, moved, whole = contents(tmp_path), [], os.replace

    def replace(source: Path, target: Path) -> None:
        if Path(source).parent.name.startswith(".partial"):
            moved.append(target)
            if len(moved) == failing + 1:
                raise OSError(5, "Input/output error")
        whole(source, target)

    monkeypatch.setattr(outputs.os, "replace", replace)
    with pytest.raises(StoreError):
        write_all(tmp_path, {f"{i}.txt": text(f"new {i}") for i in range(3)})
    assert contents(tmp_path) == before


def test_a_folder_in_a_files_place_leaves_the_old_results_whole(tmp_path: Path) -> None:
    write_all(tmp_path, {"a.txt": text("old")})
    (tmp_path / "b.txt").mkdir()
    with pytest.raises(StoreError, match=r"b\.txt"):
        write_all(tmp_path, {"a.txt": text("new"), "b.txt": text("new")})
    assert contents(tmp_path) == {"a.txt": b"old"}


def test_a_name_that_is_too_long_for_a_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="File name too long"):
        check_writable(tmp_path / ("a" * 300))
