"""Make stored runs again: the same bits, or the store holds what this engine doesn't make."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from zerosum.errors import Interrupted
from zerosum.runs.parts import Address, addresses
from zerosum.runs.work import Task
from zerosum.studies.sweep.sweep import Swept, in_order
from zerosum.studies.sweep.work import Work


@dataclass(frozen=True)
class Verified:
    """Runs that were made again, of how many stored ones; what differs: (point, replication, table.column)."""

    tried: int
    stored: int
    wrong: tuple[tuple[int, int, str], ...]


def verify(
    swept: Swept,
    count: int,
    on_done: Callable[[int, int], None] = lambda *_: None,
    stop: threading.Event | None = None,
) -> Verified:
    """Make some stored runs again, evenly over all, and compare every cell of every kept table.

    Parameters
    ----------
    count : int
        runs; all, if there are fewer
    on_done : callable
        called with (runs made again, to be made again)

    Raises
    ------
    Interrupted
        when stopped
    """
    stored = sorted(addresses(swept.tables["runs"])) if swept.tables else []
    count = min(count, len(stored))
    chosen = [stored[i * len(stored) // count] for i in range(count)]
    study = swept.study
    work = Work(study.bases, study.nulls, study.experiment.keep)
    wrong: list[tuple[int, int, str]] = []
    for done, (point, replication) in enumerate(chosen):
        if stop is not None and stop.is_set():
            raise Interrupted(done, count)
        again = work([Task(study.place(point), replication)])
        column = _differing(swept, (point, replication), again.tables)
        if column:
            wrong.append((point, replication, column))
        on_done(done + 1, count)
    return Verified(count, len(stored), tuple(wrong))


def _differing(swept: Swept, address: Address, again: Mapping[str, pa.Table]) -> str:
    """Name the first column that differs; empty if none does."""
    for name, table in swept.tables.items():
        point, replication = address
        mask = pc.and_(pc.equal(table["point"], point), pc.equal(table["replication"], replication))
        stored = table.filter(mask).combine_chunks()
        if name not in again:
            return f"{name}: the run fails now"
        for column in stored.column_names:
            # As bytes: a NaN equals a NaN, and 0.0 is not -0.0.
            if not _same(stored[column], in_order(swept.study, again[name])[column]):
                return f"{name}.{column}"
    return ""


def _same(a: pa.ChunkedArray, b: pa.ChunkedArray) -> bool:
    if pa.types.is_floating(a.type):
        return bool(a.to_numpy().tobytes() == b.to_numpy().tobytes())
    return bool(a.equals(b))
