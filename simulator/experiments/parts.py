"""Finished runs on disk, in parts: whatever kills the process, what was written stays, and only the rest is redone.

A part is one Parquet file of many runs, written beside under another name, flushed, and renamed. Tables beside the runs
are written first and the runs last, so that a run exists once its own rows do. A part that can't be read any more (a
disk that broke off in the midst) is put aside and its runs are made again.

In a trial of seven stores this was the fastest that lost nothing that had been committed.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.experiments.work import RUNS, Failure
from simulator.store import StoreError, flush_folder

FOLDER = "parts"
FAILURES = "failures"
_PARTIAL = ".partial-"
_DAMAGED = ".damaged"

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
    folder : Path       of the study's results; parts lie in a folder within it
    keep : names        tables beside the runs
    """

    def __init__(self, folder: Path, keep: Sequence[str] = ()) -> None:
        self.folder = folder / FOLDER
        self.keep = tuple(keep)
        self.damaged: list[Path] = []
        """Parts that were put aside because they can't be read."""

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
        columns : names     all if not given; ``point`` and ``replication`` must be among them
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
        StoreError      if it can't be written; what was there before is there still
        """
        name = f"{os.getpid():x}-{uuid.uuid4().hex[:12]}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if failures:
                rows = pa.Table.from_pylist([asdict(failure) for failure in failures], schema=_FAILURE)
                self._write(f"{FAILURES}-{name}.parquet", rows)
            for table in self.keep:
                if table in tables:
                    self._write(f"{table}-{name}.parquet", tables[table])
            if RUNS in tables:
                self._write(f"{RUNS}-{name}.parquet", tables[RUNS])
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
        for path in self.folder.glob(f"{_PARTIAL}*"):
            path.unlink(missing_ok=True)

    def compact(self) -> None:
        """Put all parts into one, once there are many; only while nobody else writes.

        The one is written before the many are deleted: killed in between, some runs are there twice, and read once.
        """
        before = self._files("*")
        runs = [path for path in before if path.name.startswith(f"{RUNS}-")]
        if len(runs) < 2:
            return
        tables = {name: table for name in (RUNS, *self.keep) if (table := self.read(name)) is not None}
        self.add(tables, tuple(self.failed().values()))
        for path in before:
            path.unlink(missing_ok=True)

    def _files(self, pattern: str) -> list[Path]:
        return sorted(
            path for path in self.folder.glob(f"{pattern}.parquet") if not path.name.startswith(".")
        )

    def _tables(self, name: str, columns: Sequence[str] | None = None) -> list[pa.Table]:
        """Read all parts of a table; again, if one has gone meanwhile: somebody has put them together."""
        while True:
            before = self._listed(name)
            tables = list(self._readable(name, columns))
            if before <= self._listed(name):
                return tables

    def _listed(self, name: str) -> set[Path]:
        return {*self._files(f"{name}-*"), *self._files(f"{RUNS}-*")}

    def _readable(self, name: str, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        for path in self._files(f"{name}-*"):
            # A table beside the runs counts only with the runs themselves: they are written last.
            runs = path.with_name(path.name.replace(f"{name}-", f"{RUNS}-", 1))
            if name != FAILURES and not runs.exists():
                continue
            try:
                table = pq.read_table(path, columns=list(columns) if columns else None)
            except FileNotFoundError:
                continue
            except (OSError, pa.ArrowException):
                self._put_aside(runs if name != FAILURES else path)
                continue
            yield table

    def _put_aside(self, path: Path) -> None:
        self.damaged.append(path)
        path.replace(path.with_name(path.name + _DAMAGED))

    def _write(self, name: str, table: pa.Table) -> None:
        partial = self.folder / f"{_PARTIAL}{name}"
        try:
            with open(partial, "wb") as file:
                pq.write_table(table, file, compression="zstd")
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, self.folder / name)
            flush_folder(self.folder)
        finally:
            partial.unlink(missing_ok=True)


def addresses(table: pa.Table) -> set[Address]:
    """(point, replication) of a table's rows."""
    pairs = table.select(["point", "replication"]).group_by(["point", "replication"]).aggregate([])
    return set(zip(pairs["point"].to_pylist(), pairs["replication"].to_pylist(), strict=True))


def _none_of(table: pa.Table, twice: set[Address]) -> pa.Array:
    pairs = zip(table["point"].to_pylist(), table["replication"].to_pylist(), strict=True)
    return pa.array([pair not in twice for pair in pairs])
