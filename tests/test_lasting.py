"""What commands go on from: flushed in the right order, checked bit by bit, set aside when damaged, never deleted."""

from __future__ import annotations

import datetime
import os
import signal
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from tests.disk import Disk, flips
from zerosum.cli import terminal
from zerosum.errors import InputError, StoreError
from zerosum.runs import parts as parts_module
from zerosum.runs.claimed import claim, read_manifest
from zerosum.runs.kept import Kept
from zerosum.runs.kept import faults as kept_faults
from zerosum.runs.manifest import NAME, write_manifest
from zerosum.runs.manifest import read_manifest as results_manifest
from zerosum.runs.parts import Parts
from zerosum.runs.provenance import altered, write_provenance
from zerosum.runs.provenance import faults as provenance_faults
from zerosum.runs.schema import TABLES, Tables
from zerosum.runs.store import (
    Journal,
    Lost,
    UnreadableError,
    opened,
    parquet,
    read_document,
    read_kept,
    save_kept,
    sealed,
    write_all,
)
from zerosum.runs.store import text as written
from zerosum.runs.work import Failure
from zerosum.scenario import parse_scenario
from zerosum.scenario.spec import Scenario

posix = pytest.mark.skipif(os.name != "posix", reason="modes and signals as on Linux and macOS")
ROW = {"strategy": '{"a": 1}', "replication": 3, "found": {"win_rate": 0.1 + 0.2, "gini": None, "name": "Ä"}}


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return parse_scenario('name = "tiny"\nvendors = [{ name = "A", reps = 1 }, { name = "B", reps = 1 }]')


def replication(number: int, value: float = 1.5) -> Tables:
    """Tables of a replication that nobody has simulated."""
    plain: dict[pa.DataType, object] = {pa.string(): "usual", pa.bool_(): False, pa.float64(): value}
    rows = {}
    for name, table in TABLES.items():
        row = {field.name: plain.get(field.type, number) for field in table.arrow}
        rows[name] = pa.Table.from_pylist([row] * 40, schema=table.arrow)
    return rows


def runs(*numbers: int, value: float = 1.0) -> pa.Table:
    return pa.table(
        {
            "point": pa.array([0] * len(numbers), pa.int64()),
            "replication": pa.array(numbers, pa.int64()),
            "win_rate": pa.array([value + number / 7 for number in numbers], pa.float64()),
        }
    )


def fill(folder: Path, tiny: Scenario) -> None:
    """Leave one of everything that a command can go on from."""
    Kept(folder, tiny).add(0, replication(0))
    failures = [Failure(1, n, "error", "ValueError: no", "Traceback …") for n in range(30)]
    tables = {"runs": runs(*range(200)), "weekly": runs(*range(200), value=9.0)}
    Parts(folder, ("weekly",)).add(tables, failures)
    claim(folder, "sweep", {"scenario": "12ab", "points": [1, 2]}, {"question": "Why?"}, holds_runs=False)
    journal = Journal(folder / "tried.jsonl")
    for number in range(20):
        journal.add(ROW | {"replication": number})
    files = {
        "runs.parquet": parquet(runs(*range(200)).to_pandas()),
        "scenario.toml": written("seed = 1\n" * 40),
    }
    manifest = write_manifest(tiny, {"metric": "gini"}, ["zerosum"], "", "", tuple(files))
    write_all(folder, {**files, NAME: manifest})


KINDS = (
    "replications/*.arrow",
    "replications/identity.json",
    "parts/runs-*",
    "parts/weekly-*",
    "parts/failures-*",
    "sweep.json",
    "tried.jsonl",
    "manifest.json",
    "runs.parquet",
    "scenario.toml",
)


def file_of(folder: Path, kind: str) -> Path:
    (path,) = folder.glob(kind)
    return path


# --- Flushed before it counts -----------------------------------------------------------------------------------


def test_everything_kept_is_flushed_before_it_has_its_name(
    tmp_path: Path, tiny: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the flush, or with the move before it, a power cut would leave an empty file of a sound one's name."""
    disk = Disk(monkeypatch)
    fill(tmp_path / "out", tiny)
    disk.check(*(file_of(tmp_path / "out", kind) for kind in KINDS))
    # What is made anew at the end, too.
    journal = Journal(tmp_path / "out" / "tried.jsonl")
    rows = list(journal.read())
    journal.path.write_bytes(journal.path.read_bytes().replace(b"0.3", b"0.4", 1))
    assert journal.mend()
    disk.check(journal.path, journal.path.with_name("tried.jsonl.damaged"))
    journal.arrange(rows)
    disk.check(journal.path)


def test_each_line_of_a_journal_is_on_the_disk_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, journal = Disk(monkeypatch), Journal(tmp_path / "lines.jsonl")
    for number in range(3):
        journal.add({"number": number})
        status = journal.path.stat()
        assert disk.done[-1 if number else -2] == ("flush", (status.st_ino, status.st_size))
    assert disk.done[1] == ("flush", (tmp_path.stat().st_ino, tmp_path.stat().st_size))
    assert len(disk.done) == 4


def test_a_run_is_written_after_what_is_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch)
    Parts(tmp_path, ("weekly",)).add({"runs": runs(0), "weekly": runs(0)}, [Failure(0, 1, "error", "no")])
    moved = [path.name.partition("-")[0] for what, path in disk.done if what == "move"]
    assert moved == ["failures", "weekly", "runs"]


@posix
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o002, 0o664)])
def test_files_have_the_mode_that_the_umask_leaves(
    umask: int, mode: int, tmp_path: Path, tiny: Scenario
) -> None:
    before = os.umask(umask)
    try:
        fill(tmp_path / "out", tiny)
    finally:
        os.umask(before)
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(files) >= len(KINDS)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {mode}


# --- No flipped bit goes unnoticed ------------------------------------------------------------------------------


def seen(folder: Path, kind: str) -> bool:
    """Tell whether a damaged file is noticed when it is read."""
    if kind.startswith("replications"):
        return bool(kept_faults(folder)[0])
    if kind.startswith("parts"):
        return bool(parts_module.faults(folder)[0])
    if kind == "tried.jsonl":
        journal = Journal(folder / kind)
        return len(list(journal.read())) < 20 and bool(journal.damaged) and not journal.unchecked
    if kind == "sweep.json":
        with pytest.raises(UnreadableError):
            read_document(folder / kind)
        return True
    if kind == "manifest.json":
        with pytest.raises(StoreError, match=r"manifest\.json"):
            results_manifest(folder)
        return True
    return bool(list(altered(folder, results_manifest(folder).files)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_is_seen_wherever_it_is(kind: str, tmp_path: Path, tiny: Scenario) -> None:
    fill(tmp_path, tiny)
    path = file_of(tmp_path, kind)
    whole = path.read_bytes()
    for bit, content in flips(whole, 200):
        path.write_bytes(content)
        assert seen(tmp_path, kind), f"bit {bit} of {path.name}"
    path.write_bytes(whole)
    assert kept_faults(tmp_path) == ([], 2)
    assert parts_module.faults(tmp_path) == ([], 3)
    assert list(altered(tmp_path, results_manifest(tmp_path).files)) == []


def test_a_document_says_its_own_digest_and_comes_back(tmp_path: Path) -> None:
    for text in ('{\n  "a": 1\n}', '{"a": 1}', '{"a": "}\\u00e4"}'):
        content = sealed(text)
        assert b'"sha256": "' in content
        assert opened(content) == opened(text.encode())
    # As another program writes it: the numbers may be the same, but it is not what was written.
    with pytest.raises(ValueError, match="not as it was written"):
        opened(sealed('{"a": 1}').replace(b'"a": 1', b'"a":  1'))
    with pytest.raises(ValueError, match="no JSON object"):
        opened(b"[1]")


def test_what_an_earlier_version_has_kept_is_read_and_counted(tmp_path: Path, tiny: Scenario) -> None:
    fill(tmp_path, tiny)
    for kind in ("replications/*.arrow", "parts/runs-*", "parts/weekly-*", "parts/failures-*"):
        path = file_of(tmp_path, kind)
        path.rename(path.with_name(path.name.partition(".")[0] + path.suffix))
    journal = tmp_path / "tried.jsonl"
    for path in (tmp_path / "replications" / "identity.json", tmp_path / "sweep.json"):
        path.write_text(path.read_text().rpartition(",\n")[0] + "\n}\n")
    journal.write_text("".join(line.rpartition(", ")[0] + "}\n" for line in journal.read_text().splitlines()))
    kept = Kept(tmp_path, tiny)
    assert kept.read(0) == replication(0)
    assert kept.unchecked == 1
    parts = Parts(tmp_path, ("weekly",))
    assert len(parts.finished()) == 200
    assert len(parts.failed()) == 30
    assert len(parts.unchecked) == 3
    assert read_manifest(tmp_path, "sweep") is not None
    lines = Journal(journal)
    assert len(list(lines.read())) == 20
    assert (lines.unchecked, lines.damaged) == (20, [])


# --- Set aside, never deleted -----------------------------------------------------------------------------------


@pytest.fixture
def forbidden(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Let a file be one that the system lets nobody read; to root it would say nothing."""
    names: set[Path] = set()
    plain, access = Path.read_bytes, os.access

    def read_bytes(path: Path) -> bytes:
        if path in names:
            raise PermissionError(13, "Permission denied")
        return plain(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    monkeypatch.setattr(os, "access", lambda path, mode: path not in names and access(path, mode))
    return names.add


def test_a_replication_that_may_not_be_read_stays_and_is_made_again_beside_it(
    tmp_path: Path, tiny: Scenario, forbidden: Callable[[Path], None]
) -> None:
    Kept(tmp_path, tiny).add(0, replication(0))
    theirs = file_of(tmp_path, "replications/*.arrow")
    content = theirs.read_bytes()
    forbidden(theirs)
    lost: list[Lost] = []
    kept = Kept(tmp_path, tiny, on_lost=lost.append)
    assert kept.read(0) is None
    assert [str(one) for one in lost] == [f"{theirs}: it can't be read (permission denied); left as it is"]
    kept.add(0, replication(0))
    assert kept.read(0) == replication(0)
    with open(theirs, "rb") as file:
        assert file.read() == content
    assert len(list(theirs.parent.glob("*.arrow"))) == 2


def test_an_identity_that_may_not_be_read_ends_it_and_nothing_is_touched(
    tmp_path: Path, tiny: Scenario, forbidden: Callable[[Path], None]
) -> None:
    Kept(tmp_path, tiny).add(0, replication(0))
    before = sorted(tmp_path.rglob("*"))
    forbidden(tmp_path / "replications" / "identity.json")
    with pytest.raises(
        StoreError, match=r"identity\.json: it can't be read \(permission denied\): nobody knows"
    ):
        Kept(tmp_path, tiny)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", ["parts/runs-*", "parts/weekly-*"])
def test_a_part_that_may_not_be_read_stays_and_its_runs_are_missing(
    kind: str, tmp_path: Path, tiny: Scenario, forbidden: Callable[[Path], None]
) -> None:
    fill(tmp_path, tiny)
    theirs = file_of(tmp_path, kind)
    forbidden(theirs)
    before = sorted(tmp_path.rglob("*"))
    parts = Parts(tmp_path, ("weekly",), mending=True)
    assert parts.finished() == set()
    assert [(one.path, one.aside) for one in parts.lost] == [(theirs, None)]
    assert sorted(tmp_path.rglob("*")) == before
    again = {"runs": runs(*range(200)), "weekly": runs(*range(200), value=9.0)}
    for half in (slice(0, 100), slice(100, 200)):
        parts.add({name: table.take(list(range(200))[half]) for name, table in again.items()})
    parts.compact()
    assert theirs.exists()
    assert len(parts.finished()) == 200
    found = parts.read("weekly")
    assert found is not None
    assert found.sort_by("replication").equals(again["weekly"])


def test_a_damaged_line_is_named_set_aside_and_met_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "lines.jsonl")
    for number in range(5):
        journal.add({"number": number, "value": 0.25})
    lines = journal.path.read_bytes().splitlines(keepends=True)
    lines[1], lines[4] = lines[1].replace(b"0.25", b"0.75"), lines[4][:9]
    journal.path.write_bytes(b"".join(lines))
    lost = Journal(journal.path).mend()
    assert lost is not None
    assert lost.why == "2 lines, the first 2, not as written"
    assert lost.aside is not None
    assert lost.aside.read_bytes() == lines[1] + lines[4] + b"\n"
    again = Journal(journal.path)
    assert again.mend() is None
    assert [row["number"] for row in again.read()] == [0, 2, 3]
    again.add({"number": 5, "value": 0.25})
    assert [row["number"] for row in Journal(journal.path).read()] == [0, 2, 3, 5]


def test_parts_of_nobody_are_not_deleted(tmp_path: Path) -> None:
    """They may be unreadable for a while only; --fresh deletes them, and says so."""

    save_kept(tmp_path, "runs-1-2", ".parquet", b"no table at all")
    (tmp_path / "parts").mkdir()
    next(tmp_path.glob("runs-*")).rename(tmp_path / "parts" / "runs-1-2.parquet")
    with pytest.raises(InputError, match=r"holds runs, but no sweep\.json"):
        claim(tmp_path, "sweep", {}, {}, Parts(tmp_path).any())
    assert (tmp_path / "parts" / "runs-1-2.parquet").exists()


def test_a_damaged_sweep_json_is_made_again_from_its_copy(tmp_path: Path) -> None:
    claim(tmp_path, "sweep", {"points": "few"}, {"format": 1}, False)
    whole = (tmp_path / "sweep.json").read_bytes()
    (tmp_path / "sweep.json").write_bytes(whole.replace(b"few", b"fow"))
    assert (read_manifest(tmp_path, "sweep") or {})["identity"] == {"points": "few"}
    with pytest.raises(InputError, match="holds runs of another sweep"):
        claim(tmp_path, "sweep", {"points": "fow"}, {"format": 1}, True)
    lost: list[Lost] = []
    claim(tmp_path, "sweep", {"points": "few"}, {"format": 1}, True, lost.append)
    assert [one.path.name for one in lost] == ["sweep.json"]
    assert (tmp_path / "sweep.json.damaged").exists()
    assert (tmp_path / "sweep.json").read_bytes() == whole
    for name in ("sweep.json", ".sweep-copy.json"):
        (tmp_path / name).write_bytes(whole.replace(b"few", b"fow"))
    with pytest.raises(StoreError, match="--fresh makes all runs anew"):
        read_manifest(tmp_path, "sweep")


def test_a_commands_final_files_are_checked(tmp_path: Path) -> None:
    began = datetime.datetime.now(datetime.UTC)
    told = write_provenance(("zerosum", "sweep"), began, ("responses.csv",))
    write_all(tmp_path, {"responses.csv": written("a\n1\n"), "provenance.json": told})
    assert provenance_faults(tmp_path) == ([], 2)
    (tmp_path / "responses.csv").write_text("a\n2\n")
    assert provenance_faults(tmp_path)[0] == ["responses.csv was changed since it was written"]
    flipped = (tmp_path / "provenance.json").read_bytes().replace(b"sweep", b"sweap")
    (tmp_path / "provenance.json").write_bytes(flipped)
    assert provenance_faults(tmp_path)[0] == [
        "provenance.json: it is not as it was written (its SHA-256 is another)"
    ]


def test_an_interruption_says_that_nothing_is_kept_where_nothing_is(tmp_path: Path) -> None:
    ending = terminal.Ending()
    ending.kept(tmp_path / "out")
    assert ending.files == "Nothing was finished, so nothing is kept."
    Journal(tmp_path / "out" / "tried.jsonl").add({"number": 1})
    assert ending.files.startswith(f"What was finished is kept in {tmp_path / 'out'}/; ")
    ending.files = "Done."
    assert ending.files == "Done."


def test_what_is_gone_is_not_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_kept(tmp_path / "none.arrow")
    with pytest.raises(FileNotFoundError):
        read_document(tmp_path / "none.json")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(UnreadableError, match=r"it can't be read \(is a directory\)") as caught:
        read_document(tmp_path / "folder.json")
    assert not caught.value.damaged
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.json")
        with pytest.raises(UnreadableError, match="it is no regular file"):
            read_document(tmp_path / "pipe.json")


# --- Signals ----------------------------------------------------------------------------------------------------


@posix
def test_only_a_command_handles_signals_and_only_those_that_nobody_else_does() -> None:
    """A library's user keeps what was set; ``nohup`` keeps its word."""
    names = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(name, signal.SIG_DFL) for name in names]
    try:
        with terminal._stopped_by_signals():
            assert all(callable(signal.getsignal(name)) for name in names)
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
            assert terminal.stopped_by() == signal.SIGTERM
            signal.raise_signal(signal.SIGHUP)  # a second one doesn't disturb the end
        assert [signal.getsignal(name) for name in names] == [signal.SIG_DFL] * 2
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with terminal._stopped_by_signals():
            assert terminal.stopped_by() is None
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            signal.raise_signal(signal.SIGHUP)
        inside: list[object] = []

        def elsewhere() -> None:
            with terminal._stopped_by_signals():
                inside.append(signal.getsignal(signal.SIGTERM))

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        assert inside == [signal.SIG_DFL]
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)
