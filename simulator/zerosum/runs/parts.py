"""Finished runs on disk, in parts: whatever kills the process, what was written stays, and only the rest is redone.

A part is one Parquet file of many runs, written beside under another name, flushed, and renamed; its name bears its
SHA-256. Tables beside the runs are written first and the runs last, so that a run exists once its own rows do. A part
that isn't as it was written (a disk that broke off in the midst, a flipped bit) is set aside and its runs are made
again; one that the system doesn't let us read is left as it is, and its runs are made again beside it.

In a trial of seven stores this was the fastest that lost nothing that had been committed.
"""

from __future__ import annotations

import contextlib
import io
import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from zerosum.errors import StoreError
from zerosum.runs.store import (
    PARTIAL,
    Lost,
    UnreadableError,
    is_checked,
    make_folder,
    read_kept,
    save_kept,
    set_aside,
)
from zerosum.runs.work import RUNS, Failure

FOLDER = "parts"
FAILURES = "failures"
_ENDING = ".parquet"

Address = tuple[int, int]
"""(point, replication)"""

_FAILURE = pa.schema(
    [
        pa.field("point", pa.int64()),
        pa.field("replication", pa.int64()),
        pa.field("kind", pa.string()),
        pa.field("error", pa.string()),
        pa.field("trace", pa.string()),
    ]
)


class Parts:
    """The parts of a study.

    Parameters
    ----------
    folder : Path
        of the study's results; parts lie in a folder within it
    keep : names
        tables beside the runs
    mending : bool
        set damaged parts aside, for their runs are to be made again; otherwise only pass over them
    on_lost : callable
        called with each file that couldn't be read: its runs are not there

    Attributes
    ----------
    lost : list of Lost
        these files
    unchecked : set of Path
        files that were read, of an earlier version, which have no SHA-256
    """

    def __init__(
        self,
        folder: Path,
        keep: Sequence[str] = (),
        mending: bool = False,
        on_lost: Callable[[Lost], None] = lambda _: None,
    ) -> None:
        self.folder = folder / FOLDER
        self.keep = tuple(keep)
        self._mending, self._on_lost = mending, on_lost
        self.lost: list[Lost] = []
        self.unchecked: set[Path] = set()
        self._checked: set[Path] = set()
        self._without: set[str] = set()
        """Stems of parts of which a file can't be read."""

    def finished(self) -> set[Address]:
        """Addresses of the runs that are there."""
        found: set[Address] = set()
        for table in self._tables(RUNS, ("point", "replication")):
            found |= addresses(table)
        return found

    def failed(self) -> dict[Address, Failure]:
        """Runs that ended otherwise, and have not been made since."""
        found = {
            (row["point"], row["replication"]): Failure(**row)
            for table in self._tables(FAILURES)
            for row in table.to_pylist()
        }
        done = self.finished() if found else set()
        return {address: failure for address, failure in found.items() if address not in done}

    def read(self, name: str = RUNS, columns: Sequence[str] | None = None) -> pa.Table | None:
        """Return all rows of a table, in no order, each run once, whoever has made it; None if there are none.

        Parameters
        ----------
        columns : names
            all if not given; ``point`` and ``replication`` must be among them
        """
        if name != RUNS:
            self.finished()  # puts aside runs that can't be read: other rows count only with them
        seen: set[Address] = set()
        kept: list[pa.Table] = []
        for table in self._tables(name, columns):
            here = addresses(table)
            twice = here & seen
            if twice:
                table = table.filter(_none_of(table, twice))
            seen |= here
            kept.append(table)
        return pa.concat_tables(kept).combine_chunks() if kept else None

    def add(self, tables: Mapping[str, pa.Table], failures: Sequence[Failure] = ()) -> None:
        """Write a part; safe beside others that write.

        Raises
        ------
        StoreError
            if it can't be written; what was there before is there still
        """
        name = f"{os.getpid():x}-{uuid.uuid4().hex[:12]}"
        try:
            make_folder(self.folder)
            if failures:
                rows = pa.Table.from_pylist([asdict(failure) for failure in failures], schema=_FAILURE)
                self._write(f"{FAILURES}-{name}", rows)
            for table in self.keep:
                if table in tables:
                    self._write(f"{table}-{name}", tables[table])
            if RUNS in tables:
                self._write(f"{RUNS}-{name}", tables[RUNS])
        except OSError as error:
            raise StoreError(f"can't write runs to {self.folder}: {error.strerror or error}") from error

    def forget(self) -> None:
        """Delete all parts."""
        for path in self._files("*"):
            path.unlink(missing_ok=True)

    def forget_failures(self) -> None:
        """Let what failed be tried again."""
        for path in self._files(f"{FAILURES}-*"):
            path.unlink(missing_ok=True)

    def clean(self) -> None:
        """Delete what a killed process has left half-written; only while nobody else writes."""
        for path in self.folder.glob(f"{PARTIAL}*"):
            path.unlink(missing_ok=True)

    def compact(self) -> None:
        """Put all parts into one, once there are many; only while nobody else writes.

        The one is written before the many are deleted: killed in between, some runs are there twice, and read once.
        What can't be read is not deleted.
        """
        runs = self._files(f"{RUNS}-*")
        if len(runs) < 2:
            return
        before = self._files("*")
        tables = {name: table for name in (RUNS, *self.keep) if (table := self.read(name)) is not None}
        failed = tuple(self.failed().values())
        unread = {lost.path for lost in self.lost}
        self.add(tables, failed)
        for path in before:
            if path not in unread:
                path.unlink(missing_ok=True)

    def any(self) -> bool:
        """Tell whether there are parts, whether or not they can be read."""
        return bool(self._files("*"))

    def _files(self, pattern: str) -> list[Path]:
        return sorted(
            path for path in self.folder.glob(f"{pattern}{_ENDING}") if not path.name.startswith(".")
        )

    def _tables(self, name: str, columns: Sequence[str] | None = None) -> list[pa.Table]:
        """Read all parts of a table; again, if one has gone meanwhile: somebody has put them together."""
        while True:
            before = self._listed(name)
            tables = list(self._readable(name, columns))
            if before <= self._listed(name):
                return tables

    def _listed(self, name: str) -> set[Path]:
        files = {*self._files(f"{name}-*"), *self._files(f"{RUNS}-*")}
        return {path for path in files if not self._is_without(path)}

    def _readable(self, name: str, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        self._check_beside()
        runs = {_stem(path) for path in self._files(f"{RUNS}-*")}
        for path in self._files(f"{name}-*"):
            # A table beside the runs counts only with the runs themselves: they are written last.
            if self._is_without(path) or (name != FAILURES and _stem(path) not in runs):
                continue
            table = self._read(path, columns)
            if table is not None:
                yield table

    def _check_beside(self) -> None:
        """Find out which parts lack a table beside their runs, before any run counts as finished."""
        for name in self.keep:
            for path in self._files(f"{name}-*"):
                if path not in self._checked and not self._is_without(path):
                    self._read(path, ())
                    self._checked.add(path)

    def _read(self, path: Path, columns: Sequence[str] | None) -> pa.Table | None:
        """Read a file; None if it is gone, or if it can't be read: then the whole part is out of use."""
        try:
            table = read_part(path, columns)
        except FileNotFoundError:
            return None
        except UnreadableError as error:
            self._lose(error)
            return None
        if not is_checked(path):
            self.unchecked.add(path)
        return table

    def _lose(self, error: UnreadableError) -> None:
        path = error.path
        self._without.add(path.name if _table(path) == FAILURES else _stem(path))
        lost = self._lost(error)
        if lost.aside is None or _table(path) == FAILURES:
            return
        for other in self._files("*"):  # sound, they would say that the part's runs are there
            if _stem(other) == _stem(path) and _table(other) != FAILURES:
                self._lost(UnreadableError(other, f"it goes with {path.name}", True))

    def _lost(self, error: UnreadableError) -> Lost:
        lost = set_aside(error) if self._mending else Lost(error.path, error.why)
        self.lost.append(lost)
        self._on_lost(lost)
        return lost

    def _is_without(self, path: Path) -> bool:
        return (path.name if _table(path) == FAILURES else _stem(path)) in self._without

    def _write(self, stem: str, table: pa.Table) -> None:
        content = io.BytesIO()
        pq.write_table(table, content, compression="zstd")
        save_kept(self.folder, stem, _ENDING, content.getvalue())


def read_part(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a file of a part, checked.

    Raises
    ------
    FileNotFoundError
    UnreadableError
    """
    content = read_kept(path)
    try:
        return pq.read_table(pa.BufferReader(content), columns=None if columns is None else list(columns))
    except (OSError, ValueError, pa.ArrowException):
        raise UnreadableError(path, "it is cut short, or no table", True) from None


def faults(folder: Path) -> tuple[list[str], int]:
    """Say of every part that isn't as it was written what is wrong with it.

    Returns
    -------
    tuple
        what is wrong, how many files were looked at
    """
    files, wrong = sorted((folder / FOLDER).glob(f"[!.]*{_ENDING}")), list[str]()
    for path in files:
        with contextlib.suppress(FileNotFoundError):  # somebody has put parts together
            try:
                read_part(path)
            except UnreadableError as error:
                wrong.append(f"{FOLDER}/{path.name}: {error.why}")
    return wrong, len(files)


def _table(path: Path) -> str:
    return path.name.partition("-")[0]


def _stem(path: Path) -> str:
    """What the files of one part have in common."""
    return path.name.partition("-")[2].partition(".")[0]


def addresses(table: pa.Table) -> set[Address]:
    """(point, replication) of a table's rows."""
    pairs = table.select(["point", "replication"]).group_by(["point", "replication"]).aggregate([])
    return set(zip(pairs["point"].to_pylist(), pairs["replication"].to_pylist(), strict=True))


def _none_of(table: pa.Table, twice: set[Address]) -> pa.Array:
    pairs = zip(table["point"].to_pylist(), table["replication"].to_pylist(), strict=True)
    return pa.array([pair not in twice for pair in pairs])
