"""Parts: what was written stays, whatever comes after; what can't be read is made again."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest

from zerosum.errors import StoreError
from zerosum.runs import parts as module
from zerosum.runs.parts import Parts
from zerosum.runs.work import Failure

pytestmark = pytest.mark.uncompiled


def rows(*addresses: tuple[int, int], value: float = 1.0) -> pa.Table:
    """Two rows a run."""
    pairs = [pair for pair in addresses for _ in range(2)]
    return pa.table(
        {
            "point": pa.array([point for point, _ in pairs], pa.int64()),
            "replication": pa.array([number for _, number in pairs], pa.int64()),
            "win_rate": pa.array([value] * len(pairs), pa.float64()),
        }
    )


def files(folder: Path) -> list[str]:
    return sorted(path.name.partition("-")[0] for path in (folder / "parts").iterdir())


def test_what_is_added_is_there(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    assert parts.finished() == set()
    assert parts.read() is None
    parts.add({"runs": rows((0, 0), (3, 1))})
    parts.add({"runs": rows((0, 1))}, [Failure(2, 0, "error", "ValueError: no", "Traceback …")])
    again = Parts(tmp_path)
    assert again.finished() == {(0, 0), (3, 1), (0, 1)}
    assert len(again.read() or []) == 6
    assert again.failed() == {(2, 0): Failure(2, 0, "error", "ValueError: no", "Traceback …")}


def test_a_run_that_two_have_made_counts_once(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    parts.add({"runs": rows((0, 0), (0, 1))})
    parts.add({"runs": rows((0, 1), (0, 2))})
    found = parts.read()
    assert found is not None
    assert sorted(found["replication"].to_pylist()) == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize("name", ["runs", "weekly"])
def test_nothing_is_missed_while_another_puts_parts_together(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = Parts(tmp_path, ("weekly",)), Parts(tmp_path, ("weekly",))
    for number in range(3):
        writer.add({"runs": rows((0, number)), "weekly": rows((0, number))})
    plain, done = module.read_kept, []

    def slow(path: Path) -> bytes:
        if path.name.startswith(name) and not done:
            done.append(path)
            writer.compact()
        return plain(path)

    monkeypatch.setattr(module, "read_kept", slow)
    found = reader.read(name)
    assert found is not None
    assert (len(done), sorted(found["replication"].to_pylist())) == (1, [0, 0, 1, 1, 2, 2])


def test_a_failure_that_was_made_good_is_none(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    parts.add({}, [Failure(0, 0, "killed", "gone"), Failure(0, 1, "killed", "gone")])
    parts.add({"runs": rows((0, 0))})
    assert set(parts.failed()) == {(0, 1)}
    parts.forget_failures()
    assert parts.failed() == {}
    assert parts.finished() == {(0, 0)}


def test_a_table_beside_the_runs_counts_only_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the two: the run doesn't exist, and its other rows aren't read."""
    parts = Parts(tmp_path, ("weekly",))
    whole, calls = module.pq.write_table, []

    def write(table: pa.Table, file: object, **options: object) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        whole(table, file, **options)

    monkeypatch.setattr(module.pq, "write_table", write)
    with pytest.raises(KeyboardInterrupt):
        parts.add({"runs": rows((0, 0)), "weekly": rows((0, 0))})
    assert files(tmp_path) == ["weekly"]
    assert parts.finished() == set()
    assert parts.read("weekly") is None


@pytest.mark.parametrize("left", [0, 1, 50, -8])
@pytest.mark.parametrize("name", ["runs", "weekly"])
def test_a_torn_part_is_put_aside_and_its_runs_are_missing(name: str, left: int, tmp_path: Path) -> None:
    """As after a power cut on a disk that lies about what it has written."""
    parts = Parts(tmp_path, ("weekly",))
    parts.add({"runs": rows((0, 0)), "weekly": rows((0, 0))})
    parts.add({"runs": rows((0, 1)), "weekly": rows((0, 1))})
    torn = sorted((tmp_path / "parts").glob(f"{name}-*.parquet"))[0]
    torn.write_bytes(torn.read_bytes()[:left])
    looking = Parts(tmp_path, ("weekly",))
    assert [len(looking.finished()), len(looking.read("weekly") or [])] == [1, 2]
    assert [(lost.path, lost.aside) for lost in looking.lost] == [(torn, None)]
    again = Parts(tmp_path, ("weekly",), mending=True)
    tables = [again.read("weekly"), again.read("runs")]
    assert [len(table or []) for table in tables] == [2, 2]
    assert len(again.finished()) == 1
    assert again.lost[0].path == torn
    assert again.lost[0].why == "its content is not that of the SHA-256 in its name"
    # The sound file goes with the damaged one: it would say that the runs are there.
    assert sorted(path.name for path in (tmp_path / "parts").glob("*.damaged")) == sorted(
        f"{lost.path.name}.damaged" for lost in again.lost
    )
    assert [lost.path.name.partition("-")[0] for lost in again.lost[1:]] == [
        "weekly" if name == "runs" else "runs"
    ]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = Parts(tmp_path)
    parts.add({"runs": rows((0, 0))})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        parts.add({"runs": rows((0, 1))})
    assert parts.finished() == {(0, 0)}
    assert files(tmp_path) == ["runs"]


def test_many_parts_become_one(tmp_path: Path) -> None:
    parts = Parts(tmp_path, ("weekly",))
    for number in range(5):
        table = rows((0, number), value=number)
        parts.add({"runs": table, "weekly": table}, [Failure(1, number, "error", "no")])
    before = parts.read().sort_by("replication")  # type: ignore[union-attr]
    parts.compact()
    assert files(tmp_path) == ["failures", "runs", "weekly"]
    assert parts.read().sort_by("replication").equals(before)  # type: ignore[union-attr]
    assert parts.read("weekly").sort_by("replication").equals(before)  # type: ignore[union-attr]
    assert len(parts.failed()) == 5


def test_a_kill_while_parts_become_one_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = Parts(tmp_path)
    for number in range(4):
        parts.add({"runs": rows((0, number))})
    whole, count = Path.unlink, []

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path.name.startswith("runs-"):
            count.append(path)
            if len(count) == 3:
                raise KeyboardInterrupt
        whole(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    with pytest.raises(KeyboardInterrupt):
        parts.compact()
    monkeypatch.undo()
    assert Parts(tmp_path).finished() == {(0, number) for number in range(4)}
    assert len(Parts(tmp_path).read() or []) == 8


def test_what_a_killed_process_left_half_written_is_no_part(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    parts.add({"runs": rows((0, 0))})
    (tmp_path / "parts" / ".partial-runs-1.parquet").write_bytes(b"PAR1")
    assert parts.finished() == {(0, 0)}
    parts.clean()
    assert files(tmp_path) == ["runs"]
