"""Finished runs on disk, in parts: if the process is killed, only runs that weren't written are repeated.

A part is one file that holds all tables of some runs, as Arrow streams one after the other. Its table ``runs`` says
which runs they are: each has an address, a point and a replication (``addresses.py``). A part is written under a
temporary name, flushed and renamed, so it is never incomplete. Its name is its SHA-256. Parts are only added, so any
number of processes may write at the same time. A run that two processes have made is read once.

A damaged part (a truncated file, a flipped bit) is renamed, and its runs are made again. A part that the system
doesn't let us read stays as it is, and its runs are made again.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from zerosum.errors import StoreError
from zerosum.runs.addresses import Address, addresses, in_order, only
from zerosum.runs.question import Question, taken
from zerosum.runs.store import (
    Lost,
    UnreadableError,
    delete_leftovers,
    make_folder,
    read_kept,
    save_kept,
    set_aside,
)
from zerosum.runs.work import RUNS, Failure

FOLDER = "parts"
FAILURES = "failures"
ENDING = ".arrow"
MOST_PARTS, LEAST_RUNS = 50, 20
"""Parts of a finished study, and runs that each holds at least: more files cost space and time."""
EARLIER = ("replications/*.arrow", "parts/*.parquet", "tried.jsonl", "trials-*.jsonl")
"""Files in which earlier versions stored finished runs."""
_BESIDE_EARLIER = ("replications/identity.json*", ".*-copy.json", "provenance.json")

_COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")
_FAILURE = pa.schema(
    [
        *(pa.field(name, pa.int64()) for name in ("point", "replication")),
        *(pa.field(name, pa.string()) for name in ("kind", "error", "trace")),
    ]
)


class _Part(NamedTuple):
    """The content of a part."""

    addresses: frozenset[Address]
    tables: frozenset[str]
    failures: tuple[Failure, ...]


class Parts:
    """The parts of a study.

    Parameters
    ----------
    folder : Path
        of the study's results; parts are in a folder within it
    question : Question, optional
        of the runs; needed to add runs, not to read them
    keep : names
        tables besides ``runs`` that a finished run must have
    fresh : bool
        delete the parts that exist
    on_lost : callable
        called with each file that couldn't be read: its runs are missing
    beside : sequence of Path
        folders of other results, whose runs are read, too, if question and origin are the same

    Attributes
    ----------
    lost : list of Lost
        files that couldn't be read

    Raises
    ------
    InputError
        if the folder has runs of another question, engine or library version: names the differences
    StoreError
        if the folder can't be written
    """

    def __init__(
        self,
        folder: Path,
        question: Question | None = None,
        keep: Sequence[str] = (),
        fresh: bool = False,
        on_lost: Callable[[Lost], None] = lambda _: None,
        beside: Iterable[Path] = (),
    ) -> None:
        self.results, self.folder = folder, folder / FOLDER
        self.keep = tuple(keep)
        self.lost: list[Lost] = []
        self._question, self._on_lost = question, on_lost
        self._beside = [one / FOLDER for one in beside if question and not fresh and question.is_of(one)]
        self._known: dict[Path, _Part] = {}
        self._unreadable: set[Path] = set()
        if question is None:
            return
        if fresh:
            self.forget()
        if earlier := _kept_earlier(folder):
            raise taken(f"{folder} holds {earlier}")
        self._look()
        self.claim()
        delete_leftovers(self.folder)

    def finished(self) -> set[Address]:
        """Addresses of the runs that have all tables."""
        self._look()
        return set.intersection(*({*self._where(name)} for name in (RUNS, *self.keep)))

    def failed(self) -> dict[Address, Failure]:
        """Runs that failed and have not succeeded since."""
        self._look()
        rows = (failure for part in self._known.values() for failure in part.failures)
        found = {(failure.point, failure.replication): failure for failure in rows}
        done = self.finished() if found else ()
        return {address: failure for address, failure in found.items() if address not in done}

    def read(self, name: str = RUNS, columns: Sequence[str] | None = None) -> pa.Table | None:
        """Return all rows of a table, in no order, each run once; None if there are none.

        Parameters
        ----------
        columns : names
            all if not given; ``point`` and ``replication`` must be among them
        """
        return self.read_all({name: columns}).get(name)

    def read_all(
        self,
        wanted: Mapping[str, Sequence[str] | None],
        points: Set[int] | None = None,
        within: Set[Address] | None = None,
    ) -> dict[str, pa.Table]:
        """Return tables as :meth:`read` does, by name; those without a row are left out.

        Parameters
        ----------
        wanted : mapping
            table -> its columns, or None for all
        points : set of int, optional
            parts without a run of these points are skipped
        within : set of Address, optional
            only these runs, not those that another process has added since
        """
        while True:  # again, if a file was deleted meanwhile: another process has merged parts
            self._look()
            of_these = [
                path
                for path, part in self._known.items()
                if points is None or any(point in points for point, _ in part.addresses)
            ]
            try:
                return self._tables(of_these, wanted, within)
            except FileNotFoundError:
                continue

    def add(self, tables: Mapping[str, pa.Table], failures: Sequence[Failure] = ()) -> None:
        """Write a part; other processes may write at the same time.

        Raises
        ------
        StoreError
            if it can't be written; older parts are unchanged
        """
        assert self._question is not None
        kept = {name: tables[name] for name in (RUNS, *self.keep) if name in tables}
        if failures:
            rows = [asdict(failure) for failure in failures]
            kept[FAILURES] = pa.Table.from_pylist(rows, schema=_FAILURE)
        self.claim()
        self._write(kept)

    def borrow(self, points: Set[int]) -> None:
        """Copy runs of some points from the folders beside, so that this folder can be read alone."""
        self._look()
        ours = {a for path, part in self._known.items() if path.parent == self.folder for a in part.addresses}
        theirs = {address for address in self.finished() - ours if address[0] in points}
        if theirs:
            self.add(self.read_all(dict.fromkeys((RUNS, *self.keep)), points, theirs))

    def compact(self) -> None:
        """Merge parts with the same tables into a few; skip it if another process is merging.

        A damaged file loses the runs that it holds: at most one in ``MOST_PARTS``, or ``LEAST_RUNS``. The merged
        parts are written before the others are deleted: if killed in between, some runs are stored twice, but read
        once. Files that can't be read are not deleted.
        """
        self._look()
        alike: dict[frozenset[str], list[Path]] = {}
        for path, part in self._known.items():
            if path.parent == self.folder:
                alike.setdefault(part.tables - {FAILURES}, []).append(path)
        failed = self.failed()
        for names, paths in alike.items():
            held = [self._known[path].addresses for path in paths]
            count = len(frozenset().union(*held))
            most = max(LEAST_RUNS, math.ceil(count / MOST_PARTS))
            if len(paths) <= max(1, math.ceil(count / most)) and max(map(len, held)) <= most:
                continue
            tables = self._tables(paths, dict.fromkeys(names))
            read = [path for path in paths if path in self._known]
            rows = (row for path in read for row in self._known[path].failures)
            left = [asdict(row) for row in rows if failed.get((row.point, row.replication)) == row]
            pieces = list(_pieces(tables, most)) or [{}]
            if left:
                pieces[0][FAILURES] = pa.Table.from_pylist(left, schema=_FAILURE)
            whole = {self._write(piece) for piece in pieces if piece}
            for path in read:
                if path not in whole:
                    path.unlink(missing_ok=True)

    def forget(self) -> None:
        """Delete all parts, and those of earlier versions."""
        for pattern in (f"{FOLDER}/*{ENDING}", *EARLIER, *_BESIDE_EARLIER):
            for path in self.results.glob(pattern):
                path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            (self.results / "replications").rmdir()
        self._known.clear()

    def claim(self) -> None:
        """Write the question to the folder, if it isn't there; another process may have removed it."""
        assert self._question is not None
        if lost := self._question.write(self.results):
            self._lost(lost)

    def _look(self) -> None:
        """Find the parts that exist."""
        there = {path for folder in (self.folder, *self._beside) for path in folder.glob(f"*{ENDING}")}
        for path in self._known.keys() - there:
            del self._known[path]
        for path in sorted(there - self._known.keys() - self._unreadable):
            try:
                of, tables = read_part(path, {RUNS: ("point", "replication"), FAILURES: None})
            except FileNotFoundError:
                continue
            except UnreadableError as error:
                self._lose(error)
                continue
            if self._question is not None and (other := self._question.differing(of, self.results)):
                if path.parent == self.folder:
                    raise taken(f"{self.results} {other}")
                continue
            self._known[path] = _part(tables)

    def _where(self, name: str) -> Iterator[Address]:
        for part in self._known.values():
            if name in part.tables:
                yield from part.addresses

    def _tables(
        self,
        paths: Iterable[Path],
        wanted: Mapping[str, Sequence[str] | None],
        within: Set[Address] | None = None,
    ) -> dict[str, pa.Table]:
        seen = {name: set[Address]() for name in wanted}
        kept: dict[str, list[pa.Table]] = {}
        for path in paths:
            part = self._known[path]
            ours = part.addresses if within is None else part.addresses & within
            new = {name: ours - seen[name] for name in wanted if name in part.tables}
            if not any(new.values()):
                continue
            try:
                tables = read_part(path, {name: wanted[name] for name in new})[1]
            except UnreadableError as error:
                self._lose(error)
                continue
            for name, here in new.items():
                whole = len(here) == len(part.addresses)
                kept.setdefault(name, []).append(tables[name] if whole else only(tables[name], here))
                seen[name] |= here
        return {name: pa.concat_tables(rows).combine_chunks() for name, rows in kept.items()}

    def _lose(self, error: UnreadableError) -> None:
        self._known.pop(error.path, None)
        self._unreadable.add(error.path)
        if error.path.parent == self.folder:
            self._lost(set_aside(error) if self._question else Lost(error.path, error.why))

    def _lost(self, lost: Lost) -> None:
        self.lost.append(lost)
        self._on_lost(lost)

    def _write(self, tables: Mapping[str, pa.Table]) -> Path:
        assert self._question is not None
        content = io.BytesIO()
        of = json.dumps(dict(self._question.of), sort_keys=True)
        for name, table in tables.items():
            schema = table.schema.with_metadata({"table": name, "of": of})
            with pa.ipc.new_stream(content, schema, options=_COMPRESSED) as stream:
                stream.write_table(table)
        try:
            make_folder(self.folder)
            path = save_kept(self.folder, ENDING, content.getvalue())
        except OSError as error:
            raise StoreError(f"can't write runs to {self.folder}: {error.strerror or error}") from error
        self._known[path] = _part(tables)
        return path


def read_part(
    path: Path, wanted: Mapping[str, Sequence[str] | None]
) -> tuple[Mapping[str, Any], dict[str, pa.Table]]:
    """Read a part and check its digest.

    Parameters
    ----------
    path : Path
    wanted : mapping
        table -> its columns, or None for all; other tables are read with one column

    Returns
    -------
    tuple
        the question of its runs, and table -> rows

    Raises
    ------
    FileNotFoundError
    UnreadableError
    """
    content = read_kept(path)
    source, of, tables = pa.BufferReader(content), dict[str, Any](), dict[str, pa.Table]()
    try:
        while (start := source.tell()) < len(content):
            schema = pa.ipc.open_stream(source).schema
            name, of = schema.metadata[b"table"].decode(), json.loads(schema.metadata[b"of"])
            columns = wanted.get(name, schema.names[:1])
            fields = [schema.get_field_index(column) for column in columns or schema.names]
            source.seek(start)
            options = pa.ipc.IpcReadOptions(included_fields=fields)
            rows = pa.ipc.open_stream(source, options=options).read_all()
            tables[name] = rows.select(columns or schema.names).replace_schema_metadata()
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        raise UnreadableError(path, "it is cut short, or no part", True) from None
    return of, tables


def any_runs(folder: Path, kind: str = "") -> bool:
    """Return whether a folder has finished runs, of a kind of study or of any."""
    for path in (folder / FOLDER).glob(f"*{ENDING}"):
        with contextlib.suppress(FileNotFoundError, UnreadableError):
            if not kind or read_part(path, {})[0].get("kind") == kind:
                return True
    return False


def faults(folder: Path) -> tuple[list[str], int]:
    """Return what is wrong with each damaged part.

    Returns
    -------
    tuple
        what is wrong, how many files were checked
    """
    files, parts = list((folder / FOLDER).glob(f"*{ENDING}")), Parts(folder)
    parts.finished()
    wrong = sorted(f"{FOLDER}/{lost.path.name}: {lost.why}" for lost in parts.lost)
    return [*wrong, *filter(None, [_kept_earlier(folder)])], len(files)


def _part(tables: Mapping[str, pa.Table]) -> _Part:
    failures = tables[FAILURES].to_pylist() if FAILURES in tables else []
    return _Part(
        frozenset(addresses(tables[RUNS]) if RUNS in tables else ()),
        frozenset(tables),
        tuple(Failure(**row) for row in failures),
    )


def _pieces(tables: Mapping[str, pa.Table], most: int) -> Iterator[dict[str, pa.Table]]:
    """Split tables into pieces of at most ``most`` runs, in order of address: equal runs make equal pieces."""
    starts = sorted(addresses(tables[RUNS]))[::most] if RUNS in tables else []
    ordered = {name: in_order(table, {}) for name, table in tables.items()}
    ends: dict[str, list[int]] = {}
    for name, table in ordered.items():
        points, numbers = table["point"].to_numpy(), table["replication"].to_numpy()
        before = (((points < p) | ((points == p) & (numbers < n))).sum() for p, n in starts[1:])
        ends[name] = [0, *map(int, before), len(table)]
    for place in range(len(starts)):
        cuts = {name: (ends[name][place], ends[name][place + 1]) for name in ordered}
        yield {name: ordered[name].slice(first, last - first) for name, (first, last) in cuts.items()}


def _kept_earlier(folder: Path) -> str:
    """Return a sentence if the folder has runs of an earlier version; empty if it has none."""
    for path in (path for pattern in EARLIER for path in folder.glob(pattern)):
        name = path.relative_to(folder)
        return f"runs as an earlier version of zerosum kept them ({name}), which this one doesn't read"
    return ""
