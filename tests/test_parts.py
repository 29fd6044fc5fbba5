"""Parts: what was written stays, whatever comes after; what can't be read is made again."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest

from zerosum.errors import InputError, StoreError
from zerosum.runs import origin, question
from zerosum.runs import parts as module
from zerosum.runs.addresses import Grid, addresses, in_order
from zerosum.runs.parts import Parts, read_part
from zerosum.runs.question import Question
from zerosum.runs.store import Lost
from zerosum.runs.work import Failure


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


OF = Question("sweep", {"scenario": "12ab", "random numbers": "own"})


def opened(folder: Path, *keep: str) -> Parts:
    return Parts(folder, OF, keep)


def files(folder: Path) -> list[Path]:
    return sorted((folder / "parts").glob("*.arrow"))


def test_what_is_added_is_there(tmp_path: Path) -> None:
    parts = opened(tmp_path)
    assert parts.finished() == set()
    assert parts.read() is None
    parts.add({"runs": rows((0, 0), (3, 1))})
    parts.add({"runs": rows((0, 1))}, [Failure(2, 0, "error", "ValueError: no", "Traceback …")])
    again = Parts(tmp_path)
    assert again.finished() == {(0, 0), (3, 1), (0, 1)}
    assert len(again.read() or []) == 6
    assert again.failed() == {(2, 0): Failure(2, 0, "error", "ValueError: no", "Traceback …")}


def test_a_part_holds_its_tables_one_after_the_other(tmp_path: Path) -> None:
    """Any program that reads Arrow reads it: the streams follow each other."""
    weekly = rows((0, 0), value=2.0).append_column("week", pa.array([1, 2]))
    opened(tmp_path, "weekly").add({"weekly": weekly, "runs": rows((0, 0)), "deals": rows((0, 0))})
    with pa.OSFile(str(files(tmp_path)[0])) as file:
        runs, beside = (pa.ipc.open_stream(file).read_all() for _ in range(2))
        assert file.tell() == file.size()
    assert runs.replace_schema_metadata().equals(rows((0, 0)))
    assert beside.replace_schema_metadata().equals(weekly)
    columns = read_part(files(tmp_path)[0], {"weekly": ("week", "point")})[1]["weekly"]
    assert columns.equals(weekly.select(["week", "point"]))


def test_a_run_that_two_have_made_counts_once(tmp_path: Path) -> None:
    parts = opened(tmp_path)
    parts.add({"runs": rows((0, 0), (0, 1))})
    parts.add({"runs": rows((0, 1), (0, 2))})
    found = Parts(tmp_path).read()
    assert found is not None
    assert sorted(found["replication"].to_pylist()) == [0, 0, 1, 1, 2, 2]
    parts.add({"runs": rows((0, 1), (0, 2))})
    assert len(files(tmp_path)) == 2  # the same content is the same file


def test_nothing_is_missed_while_another_puts_parts_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = opened(tmp_path, "weekly"), Parts(tmp_path, keep=("weekly",))
    for number in range(3):
        writer.add({"runs": rows((0, number)), "weekly": rows((0, number))})
    assert len(reader.finished()) == 3
    plain, done = module.read_kept, []

    def slow(path: Path) -> bytes:
        if not done:
            done.append(path)
            writer.compact()
        return plain(path)

    monkeypatch.setattr(module, "read_kept", slow)
    found = reader.read("weekly")
    assert found is not None
    assert (len(files(tmp_path)), sorted(found["replication"].to_pylist())) == (1, [0, 0, 1, 1, 2, 2])


def test_a_failure_that_was_made_good_is_none(tmp_path: Path) -> None:
    parts = opened(tmp_path)
    parts.add({}, [Failure(0, 0, "killed", "gone"), Failure(0, 1, "killed", "gone")])
    parts.add({"runs": rows((0, 0))})
    assert set(parts.failed()) == {(0, 1)}
    parts.compact()
    assert set(Parts(tmp_path).failed()) == {(0, 1)}
    assert parts.finished() == {(0, 0)}


def test_one_more_kept_table_has_runs_made_again_that_lack_it(tmp_path: Path) -> None:
    """What has it serves both; and no row is there twice."""
    opened(tmp_path).add({"runs": rows((0, 0), (0, 1))})
    more = opened(tmp_path, "weekly")
    assert more.finished() == set()
    more.add({"runs": rows((0, 1)), "weekly": rows((0, 1))})
    assert more.finished() == {(0, 1)}
    more.compact()  # what lacks the table isn't put together with what has it
    assert (len(more.read() or []), len(more.read("weekly") or [])) == (4, 2)
    assert opened(tmp_path).finished() == {(0, 0), (0, 1)}


@pytest.mark.parametrize("left", [0, 1, 50, -8])
def test_a_torn_part_is_put_aside_and_its_runs_are_missing(left: int, tmp_path: Path) -> None:
    """As after a power cut on a disk that lies about what it has written."""
    parts = opened(tmp_path, "weekly")
    for number in range(2):
        parts.add({"runs": rows((0, number)), "weekly": rows((0, number))})
    torn = files(tmp_path)[0]
    torn.write_bytes(torn.read_bytes()[:left])
    looking = Parts(tmp_path, keep=("weekly",))
    assert [len(looking.finished()), len(looking.read("weekly") or [])] == [1, 2]
    assert [(lost.path, lost.aside) for lost in looking.lost] == [(torn, None)]
    again = opened(tmp_path, "weekly")
    assert [len(table or []) for table in (again.read("weekly"), again.read("runs"))] == [2, 2]
    assert len(again.finished()) == 1
    (lost,) = again.lost
    assert (lost.path, lost.aside) == (torn, torn.with_name(torn.name + ".damaged"))
    assert lost.why == "its content is not that of the SHA-256 in its name"


def test_a_part_that_is_torn_while_one_reads_is_lost_as_well(tmp_path: Path) -> None:
    parts = opened(tmp_path)
    parts.add({"runs": rows((0, 0))})
    parts.add({"runs": rows((0, 1))})
    files(tmp_path)[0].write_bytes(b"nothing")
    assert len(parts.read() or []) == 2
    assert len(parts.finished()) == 1
    parts.compact()
    assert [lost.aside is not None for lost in parts.lost] == [True]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = opened(tmp_path)
    parts.add({"runs": rows((0, 0))})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=r"can't write runs to .*No space left"):
        parts.add({"runs": rows((0, 1))})
    assert parts.finished() == {(0, 0)}
    assert sorted(tmp_path.rglob("*")) == before


def test_many_parts_become_one(tmp_path: Path) -> None:
    parts = opened(tmp_path, "weekly")
    for number in range(5):
        table = rows((0, number), value=number)
        parts.add({"runs": table, "weekly": table}, [Failure(1, number, "error", "no")])
    before = parts.read().sort_by("replication")  # type: ignore[union-attr]
    parts.compact()
    assert len(files(tmp_path)) == 1
    for name in ("runs", "weekly"):
        assert Parts(tmp_path).read(name).sort_by("replication").equals(before)  # type: ignore[union-attr]
    assert len(Parts(tmp_path).failed()) == 5
    parts.compact()
    assert len(Parts(tmp_path).finished()) == 5


def test_a_flipped_bit_costs_few_runs_after_parts_were_put_together(tmp_path: Path) -> None:
    """It cost a finished sweep all of its runs, once: they were in one file. Now 20 runs, or one in 50."""
    parts = opened(tmp_path, "weekly")
    for first in range(0, 1500, 500):
        table = rows(*((number % 7, number) for number in range(first, first + 500)))
        parts.add({"runs": table, "weekly": table.slice(2)}, [Failure(9, first, "error", "no")])
    before = in_order(parts.read("weekly"), {})  # type: ignore[arg-type]
    parts.compact()
    sizes = [len(read_part(path, {"runs": None})[1]["runs"]) // 2 for path in files(tmp_path)]
    assert (len(sizes), set(sizes)) == (50, {30})
    again = opened(tmp_path, "weekly")
    assert in_order(again.read("weekly"), {}).equals(before)  # type: ignore[arg-type]
    assert len(again.failed()) == 3
    there = files(tmp_path)
    again.compact()  # nothing is left to do
    assert files(tmp_path) == there
    content = bytearray(there[7].read_bytes())
    content[len(content) // 2] ^= 1
    there[7].write_bytes(content)
    for _ in range(2):
        assert len(opened(tmp_path, "weekly").finished()) == 1470


def test_equal_runs_make_equal_files(tmp_path: Path) -> None:
    """Whoever has made them, and in which order."""
    for folder, order in ((tmp_path / "a", range(60)), (tmp_path / "b", range(59, -1, -1))):
        parts = opened(folder)
        for number in order:
            parts.add({"runs": rows((number % 3, number), value=number)})
        parts.compact()
    assert [path.name for path in files(tmp_path / "a")] == [path.name for path in files(tmp_path / "b")]
    assert len(files(tmp_path / "a")) == 3


def test_a_part_that_holds_all_that_others_hold_stays(tmp_path: Path) -> None:
    """Put together, the two have the content, and so the name, of one of them."""
    parts = opened(tmp_path)
    parts.add({"runs": rows((0, 0), (0, 1))})
    parts.add({"runs": rows((0, 1))})
    parts.compact()
    assert Parts(tmp_path).finished() == {(0, 0), (0, 1)}


def test_a_kill_while_parts_become_one_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = opened(tmp_path)
    for number in range(4):
        parts.add({"runs": rows((0, number))})
    whole, count = Path.unlink, []

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".arrow":
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


def test_what_a_killed_process_left_half_written_is_no_part_and_goes_after_a_day(tmp_path: Path) -> None:
    opened(tmp_path).add({"runs": rows((0, 0))})
    left = [tmp_path / "parts" / f".partial-{number}" for number in range(2)]
    for path in left:
        path.write_bytes(b"ARROW1")
    os.utime(left[0], (1.0, 1.0))
    assert opened(tmp_path).finished() == {(0, 0)}
    assert [path.exists() for path in left] == [False, True]


# --- Of the same question only ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (
            Question("sweep", {"scenario": "34cd", "random numbers": "own"}),
            "another sweep: the scenario differs",
        ),
        (
            Question("sweep", {"scenario": "34cd", "random numbers": "common"}),
            "the scenario and the random numbers differ",
        ),
        (Question("game", {"scenario": "12ab", "random numbers": "own"}), "another sweep: the kind differs"),
    ],
)
def test_runs_of_another_question_are_refused_and_not_touched(
    other: Question, said: str, tmp_path: Path
) -> None:
    opened(tmp_path).add({"runs": rows((0, 0))})
    before = sorted(tmp_path.rglob("*"))
    for _ in range(2):
        with pytest.raises(
            InputError, match=rf"holds runs of .*{said}\. Name another folder \(keep_in\), or delete"
        ):
            Parts(tmp_path, other)
        (tmp_path / "sweep.json").unlink(missing_ok=True)  # every part says itself of what it is
    assert sorted(tmp_path.rglob("*")) == [path for path in before if path.name != "sweep.json"]
    assert Parts(tmp_path, other, fresh=True).finished() == set()


def test_runs_made_otherwise_are_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(tmp_path).add({"runs": rows((0, 0))})
    now = dict(origin.origin()) | {"engine": "0123456789abcdef"}
    monkeypatch.setattr("zerosum.runs.origin.origin", lambda: now)
    monkeypatch.setattr("zerosum.runs.question.origin", lambda: now)
    other = Question("sweep", OF.alike)
    with pytest.raises(
        InputError, match=r"made otherwise \(engine [0-9a-f]{16} → 0123456789abcdef\).*keep_in"
    ):
        Parts(tmp_path, other)
    assert Parts(tmp_path, other, fresh=True).finished() == set()


@pytest.mark.parametrize(
    "file", ["replications/000001.1f.arrow", "parts/runs-1-2.1f.parquet", "tried.jsonl", "trials-1f.jsonl"]
)
def test_what_earlier_versions_kept_is_refused_and_fresh_replaces_it(file: str, tmp_path: Path) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("kept long ago")
    with pytest.raises(InputError, match=rf"earlier version of zerosum kept them \({file}\).*\(keep_in\)"):
        opened(tmp_path)
    assert (tmp_path / file).exists()
    opened(tmp_path / "new")
    assert question.faults(tmp_path / "new") == ([], 1)
    assert f"({file}), which this one doesn't read" in module.faults(tmp_path)[0][0]
    for name in ("replications", "parts"):
        (tmp_path / name).mkdir(exist_ok=True)
    (tmp_path / "replications" / "identity.json").write_text("{}")
    Parts(tmp_path, OF, fresh=True)
    assert not (tmp_path / file).exists()
    assert not (tmp_path / "replications").exists()


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"flip"])
def test_a_damaged_description_costs_no_run(damage: bytes, tmp_path: Path) -> None:
    """One flipped bit once made all runs nobody's. Parts say themselves of what they are."""
    opened(tmp_path).add({"runs": rows((0, 0))})
    path, lost = tmp_path / "sweep.json", list[Lost]()
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"sweep", b"sweap") if damage == b"flip" else damage)
    assert question.faults(tmp_path)[0][0].startswith("sweep.json: ")
    assert Parts(tmp_path, OF, on_lost=lost.append).finished() == {(0, 0)}
    assert [(one.path, one.aside) for one in lost] == [(path, tmp_path / "sweep.json.damaged")]
    assert (path.read_bytes(), question.faults(tmp_path)) == (whole, ([], 1))
    path.unlink()
    assert Parts(tmp_path, OF).finished() == {(0, 0)}
    assert path.read_bytes() == whole


def test_runs_of_another_folder_are_read_if_they_were_made_alike(tmp_path: Path) -> None:
    opened(tmp_path / "a").add({"runs": rows((0, 0))})
    Parts(tmp_path / "b", Question("sweep", {"scenario": "34cd"})).add({"runs": rows((0, 1))})
    opened(tmp_path / "c").add({"runs": rows((0, 2))})
    for path in files(tmp_path / "c"):
        path.write_bytes(b"torn")
    beside = [tmp_path / name for name in ("a", "b", "c", "nothing")]
    parts = Parts(tmp_path / "new", OF, beside=beside)
    assert (parts.finished(), parts.lost) == ({(0, 0)}, [])
    parts.add({"runs": rows((0, 3))})
    parts.compact()
    assert len(parts.read() or []) == 4
    assert [len(files(tmp_path / name)) for name in ("a", "b", "c", "new")] == [1, 1, 1, 1]


# --- Addresses --------------------------------------------------------------------------------------------------


def test_tables_come_back_with_the_numbers_of_their_points(tmp_path: Path) -> None:
    """Also where two points are the same, and where there are runs of other designs."""
    grid = Grid([[5, 6], [7, 8], [5, 6]], ("usual", "calls"))
    table = pa.table(
        {
            "point": pa.array([2, 0, 1, 0], pa.int64()),
            "replication": pa.array([0, 0, 3, 0], pa.int64()),
            "strategy": ["calls", "usual", "usual", "calls"],
        }
    )
    kept = grid.addressed(table)
    assert kept["point"].to_pylist()[1:] == [5, 7, 6]
    assert len(set(kept["point"].to_pylist())) == 4
    other = kept.set_column(0, "point", pa.array([9, 9, 9, 9], pa.int64()))
    assert grid.numbered(pa.concat_tables([other, kept])).equals(table)
    there = addresses(kept)
    assert grid.complete(there) == {(0, 0)}
    assert grid.any(there) == {(0, 0), (1, 3), (2, 0)}
    assert [grid.missing(there, n, 0) for n in range(3)] == [(), ("usual", "calls"), ("usual",)]
    less = Grid([[7, 8]], ("usual", "calls"))
    assert less.numbered(kept)["point"].to_pylist() == [0]


def test_fresh_makes_anew_also_what_other_folders_hold(tmp_path: Path) -> None:
    opened(tmp_path / "a").add({"runs": rows((0, 0))})
    assert Parts(tmp_path / "b", OF, fresh=True, beside=[tmp_path / "a"]).finished() == set()
    assert Parts(tmp_path / "b", OF, beside=[tmp_path / "a"]).finished() == {(0, 0)}


def test_parts_of_other_points_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = opened(tmp_path, "weekly")
    for point in range(3):
        parts.add({"runs": rows((point, 0)), "weekly": rows((point, 0), value=2.0)})
    plain, read = module.read_kept, list[Path]()
    monkeypatch.setattr(module, "read_kept", lambda path: read.append(path) or plain(path))
    found = parts.read_all({"runs": None, "weekly": ("point", "replication")}, {1})
    assert [table["point"].to_pylist() for table in found.values()] == [[1, 1], [1, 1]]
    assert len(read) == 1  # once, for both tables
