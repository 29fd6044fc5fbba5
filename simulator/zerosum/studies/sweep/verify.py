"""Simulate stored runs again and check that they are identical to the last bit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow.compute as pc

from zerosum.errors import Interrupted
from zerosum.runs.addresses import addresses, in_order
from zerosum.runs.verify import differing
from zerosum.runs.work import RUNS, Task
from zerosum.studies.sweep.sweep import Swept
from zerosum.studies.sweep.work import Work


@dataclass(frozen=True)
class Verified:
    """Runs simulated again, number of stored runs, and differences: (point, replication, table.column)."""

    tried: int
    stored: int
    wrong: tuple[tuple[int, int, str], ...]


def verify(
    swept: Swept,
    count: int,
    on_done: Callable[[int, int], None] = lambda *_: None,
    stop: threading.Event | None = None,
) -> Verified:
    """Simulate some stored runs again, evenly spaced, and compare every cell of every stored table.

    Parameters
    ----------
    count : int
        most runs to verify
    on_done : callable
        called with (runs verified, runs to verify)

    Raises
    ------
    Interrupted
        when stopped
    """
    stored = sorted(addresses(swept.tables[RUNS])) if swept.tables else []
    count = min(count, len(stored))
    study = swept.study
    work = Work(study.bases, study.nulls, study.experiment.keep)
    wrong: list[tuple[int, int, str]] = []
    for done in range(count):
        if stop is not None and stop.is_set():
            raise Interrupted(done, count)
        point, replication = stored[done * len(stored) // count]
        here = (pc.field("point") == point) & (pc.field("replication") == replication)
        kept = {name: table.filter(here) for name, table in swept.tables.items()}
        made = work([Task(study.place(point), replication)]).tables
        again = {name: in_order(table, study.orders) for name, table in made.items()}
        wrong += [(point, replication, column) for column in list(differing(kept, again))[:1]]
        on_done(done + 1, count)
    return Verified(count, len(stored), tuple(wrong))
