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
from zerosum.errors import StoreError
from zerosum.runs import parts as parts_module
from zerosum.runs.manifest import NAME, altered, describe_scenario, write_manifest
from zerosum.runs.manifest import faults as manifest_faults
from zerosum.runs.manifest import read_manifest as results_manifest
from zerosum.runs.outputs import parquet, write_all
from zerosum.runs.outputs import text as written
from zerosum.runs.parts import Parts
from zerosum.runs.question import Question
from zerosum.runs.question import faults as question_faults
from zerosum.runs.store import (
    UnreadableError,
    opened,
    read_document,
    read_kept,
    sealed,
)
from zerosum.runs.work import Failure
from zerosum.scenario import parse_scenario
from zerosum.scenario.spec import Scenario

posix = pytest.mark.skipif(os.name != "posix", reason="modes and signals as on Linux and macOS")


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return parse_scenario('name = "tiny"\nvendors = [{ name = "A", reps = 1 }, { name = "B", reps = 1 }]')


def runs(*numbers: int, value: float = 1.0) -> pa.Table:
    return pa.table(
        {
            "point": pa.array([0] * len(numbers), pa.int64()),
            "replication": pa.array(numbers, pa.int64()),
            "win_rate": pa.array([value + number / 7 for number in numbers], pa.float64()),
        }
    )


def parts_in(folder: Path) -> Parts:
    return Parts(folder, Question("sweep", {"scenario": "12ab"}, {"question": "Why?"}), ("weekly",))


def fill(folder: Path, tiny: Scenario) -> None:
    """Leave one of everything that a command can go on from."""
    failures = [Failure(1, n, "error", "ValueError: no", "Traceback …") for n in range(30)]
    tables = {"runs": runs(*range(200)), "weekly": runs(*range(200), value=9.0)}
    parts_in(folder).add(tables, failures)
    files = {
        "runs.parquet": parquet(runs(*range(200)).to_pandas()),
        "scenario.toml": written("seed = 1\n" * 40),
    }
    more = describe_scenario(tiny, {"metric": "gini"})
    manifest = write_manifest(["zerosum"], datetime.datetime.now(datetime.UTC), tuple(files), more)
    write_all(folder, {**files, NAME: manifest})


KINDS = ("parts/*", "sweep.json", "manifest.json", "runs.parquet", "scenario.toml")


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
    if kind.startswith("parts"):
        return bool(parts_module.faults(folder)[0])
    if kind == "sweep.json":
        return bool(question_faults(folder)[0])
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
    assert parts_module.faults(tmp_path) == ([], 1)
    assert question_faults(tmp_path) == ([], 1)
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


def test_a_part_that_may_not_be_read_stays_and_its_runs_are_made_again_beside_it(
    tmp_path: Path, tiny: Scenario, forbidden: Callable[[Path], None]
) -> None:
    fill(tmp_path, tiny)
    theirs = file_of(tmp_path, "parts/*")
    forbidden(theirs)
    before = sorted(tmp_path.rglob("*"))
    parts = parts_in(tmp_path)
    assert parts.finished() == set()
    assert [str(one) for one in parts.lost] == [
        f"{theirs}: it can't be read (permission denied); left as it is"
    ]
    assert sorted(tmp_path.rglob("*")) == before
    whole = {"runs": runs(*range(200)), "weekly": runs(*range(200), value=9.0)}
    failures = [Failure(1, n, "error", "ValueError: no", "Traceback …") for n in range(30)]
    parts.add(whole, failures)  # the same content: it has another name
    assert len(parts.finished()) == 200
    for half in (slice(0, 100), slice(100, 200)):
        parts.add({name: table.take(list(range(200))[half]) for name, table in whole.items()})
    parts.compact()
    assert theirs.exists()
    found = parts.read("weekly")
    assert found is not None
    assert found.sort_by("replication").equals(whole["weekly"])


def test_a_description_that_may_not_be_read_ends_it_and_nothing_is_touched(
    tmp_path: Path, tiny: Scenario, forbidden: Callable[[Path], None]
) -> None:
    fill(tmp_path, tiny)
    before = sorted(tmp_path.rglob("*"))
    forbidden(tmp_path / "sweep.json")
    with pytest.raises(StoreError, match=r"sweep\.json: it can't be read \(permission denied\)"):
        parts_in(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_commands_final_files_are_checked(tmp_path: Path) -> None:
    began = datetime.datetime.now(datetime.UTC)
    told = write_manifest(("zerosum", "sweep"), began, ("responses.csv",))
    write_all(tmp_path, {"responses.csv": written("a\n1\n"), "manifest.json": told})
    assert manifest_faults(tmp_path) == ([], 2)
    (tmp_path / "responses.csv").write_text("a\n2\n")
    assert manifest_faults(tmp_path)[0] == ["responses.csv was changed since it was written"]
    flipped = (tmp_path / "manifest.json").read_bytes().replace(b"sweep", b"sweap")
    (tmp_path / "manifest.json").write_bytes(flipped)
    assert manifest_faults(tmp_path)[0] == [
        "manifest.json: it is not as it was written (its SHA-256 is another)"
    ]


def test_an_interruption_says_that_nothing_is_kept_where_nothing_is(tmp_path: Path) -> None:
    ending = terminal.Ending()
    ending.kept(tmp_path / "out")
    assert ending.files == "Nothing was finished, so nothing is kept."
    parts_in(tmp_path / "out").add({"runs": runs(0)})
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
            assert terminal.stopping_signal() == signal.SIGTERM
            signal.raise_signal(signal.SIGHUP)  # a second one doesn't disturb the end
        assert [signal.getsignal(name) for name in names] == [signal.SIG_DFL] * 2
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with terminal._stopped_by_signals():
            assert terminal.stopping_signal() is None
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
