"""Make all runs of a study, wherever they are made, and lose none that was finished."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from zerosum.errors import ExecutorError, Interrupted
from zerosum.runs.executors import Executor, Stopped
from zerosum.runs.lock import writing
from zerosum.runs.origin import differing
from zerosum.runs.parts import Address, Parts
from zerosum.runs.store import Lost
from zerosum.runs.work import RUNS, Done, Failure, Task
from zerosum.studies.sweep.folder import MANIFEST, open_folder
from zerosum.studies.sweep.order import interleaved
from zerosum.studies.sweep.plan import check_memory
from zerosum.studies.sweep.points import Study
from zerosum.studies.sweep.precision import ROUND, wider_than_asked
from zerosum.studies.sweep.work import Work

BATCH_SECONDS = 1.0
"""A batch is to take about so long: short runs are sent together, long ones alone."""

MOST_IN_BATCH = 200

FLUSH_RUNS, FLUSH_SECONDS = 500, 5.0
"""Runs, or seconds, after which what is finished is written."""


@dataclass(frozen=True)
class State:
    """How far a sweep is; ``wanted`` can grow, where a precision is asked for."""

    done: int
    wanted: int
    failed: int


OnState = Callable[[State], None]


@dataclass(frozen=True)
class Swept:
    """What a sweep has made.

    Attributes
    ----------
    study : Study
    replications : mapping
        point -> how many were wanted there
    tables : name -> rows
        in order of point, replication, world, strategy; of the wanted runs only
    failures : tuple
        runs that ended otherwise
    missing : int
        runs that nobody has made yet (other shards)
    missing_here : int
        of these, those that this very call was to make: their files are gone again
    lost : tuple of Lost
        parts that couldn't be read; what they held is made again, or missing
    unchecked : int
        parts of an earlier version, which have no SHA-256
    precise : bool
        whether every point is known as well as was asked for
    """

    study: Study
    replications: Mapping[int, int]
    tables: Mapping[str, pa.Table]
    failures: tuple[Failure, ...]
    missing: int = 0
    missing_here: int = 0
    lost: tuple[Lost, ...] = ()
    unchecked: int = 0
    precise: bool = True


def sweep(
    study: Study,
    folder: Path,
    executor: Executor,
    replications: int | None = None,
    shard: tuple[int, int] | None = None,
    retry: bool = False,
    fresh: bool = False,
    on_state: OnState = lambda _: None,
    stop: threading.Event | None = None,
    on_lost: Callable[[Lost], None] = lambda _: None,
) -> Swept:
    """Make the runs that are missing.

    Parameters
    ----------
    study : Study
    folder : Path
        of the results; what is there is not made again
    executor : Executor
        where runs are made; the bits are the same everywhere
    replications : int, optional
        a point; the experiment's if not given
    shard : (i, n), optional
        make the i-th of n parts only, beside others that make the rest
    retry : bool
        try again what failed before
    fresh : bool
        forget what is there
    on_state, stop
    on_lost : callable
        called with each kept file that couldn't be read; its runs are made again

    Returns
    -------
    Swept

    Raises
    ------
    InputError
        if the folder is another study's, somebody else writes to it, or a market doesn't fit in memory
    ExecutorError
        if there is nobody to make runs
    StoreError
        if runs can't be written
    Interrupted
        when stopped; finished runs are kept
    """
    check_memory(study, replications or study.experiment.replications)
    over = stop or threading.Event()
    precision = study.experiment.precision if shard is None else None
    with writing(folder, shard, "or share the work: --shard 1/2 here and --shard 2/2 there"):
        open_folder(folder, study, fresh, on_lost=on_lost)
        parts = Parts(folder, study.experiment.keep, mending=True, on_lost=on_lost)
        if shard is None:
            parts.clean()
        if retry:
            parts.forget_failures()
        often = replications or study.experiment.replications
        wanted = dict.fromkeys(range(len(study.points)), often)
        running = _Running(study, folder, parts, executor, on_state, over)
        running.make(wanted, shard)
        wide: list[int] = []
        while precision and (wide := _known_too_little(study, parts, wanted)):
            growing = [point for point in wide if wanted[point] < precision.at_most]
            if not growing:
                break
            wanted |= {point: min(wanted[point] + ROUND, precision.at_most) for point in growing}
            running.make(wanted, None)
        if shard is None:
            parts.compact()
        running.claim()
        return _gathered(study, parts, wanted, not wide, shard or (1, 1))


def standing(study: Study, folder: Path, replications: int | None = None) -> Swept:
    """Return what is there, without making a run."""
    parts = Parts(folder, study.experiment.keep)
    often = replications or study.experiment.replications
    wanted = dict.fromkeys(range(len(study.points)), often)
    precision = study.experiment.precision
    if precision is not None:
        # A round that was begun at a point for its precision is wanted whole.
        for point, number in parts.finished() | parts.failed().keys():
            rounds = math.ceil((number + 1 - often) / ROUND)
            if point in wanted and rounds > 0:
                wanted[point] = max(wanted[point], min(often + rounds * ROUND, precision.at_most))
    return _gathered(study, parts, wanted, True)


@dataclass
class _Running:
    """One sweep under way."""

    study: Study
    folder: Path
    parts: Parts
    executor: Executor
    on_state: OnState
    stop: threading.Event
    per_run: float = field(default=math.inf)
    """Seconds that a run has taken of late."""

    def make(self, wanted: Mapping[int, int], shard: tuple[int, int] | None) -> None:
        """Make the runs that are missing of these."""
        there, failed = self.parts.finished(), self.parts.failed()
        todo = [
            (point, number)
            for point, number in interleaved(wanted, there | failed.keys())
            if _is_of(shard or (1, 1), (point, number))
        ]
        already = sum(1 for point, number in there if number < wanted.get(point, 0))
        done, lost, of = already, len(failed), already + len(failed) + len(todo)
        self.on_state(State(done, of, lost))
        if not todo:
            return
        study = self.study
        work = Work(study.bases, study.nulls, study.experiment.keep)
        buffer = _Buffer(self.parts, self.claim)
        answers = self.executor.run(work, self._batches(todo), self.stop)
        try:
            with contextlib.closing(answers):  # type: ignore[type-var]  # a generator; the interface says less
                for answer in answers:
                    _refuse_others(answer)
                    buffer.add(answer)
                    done += len(answer.finished)
                    lost += len(answer.failures)
                    count = len(answer.finished) + len(answer.failures)
                    if answer.seconds:
                        self.per_run = answer.seconds / count
                    self.on_state(State(done, of, lost))
        except Stopped:
            raise Interrupted(done, of) from None
        finally:
            buffer.flush()

    def claim(self) -> None:
        """Write the manifest again if somebody has removed it: without it the runs would be nobody's."""
        if not (self.folder / MANIFEST).exists():
            open_folder(self.folder, self.study, known_as_ours=True)

    def _batches(self, todo: Sequence[Address]) -> Iterator[Sequence[Task]]:
        """Cut into batches, of as many runs as take about a second; towards the end smaller, so that nobody idles."""
        following, left = iter(todo), len(todo)
        while left:
            size = max(1, min(MOST_IN_BATCH, int(BATCH_SECONDS / self.per_run)))
            size = min(size, max(1, math.ceil(left / (2 * self.executor.workers))))
            batch = [Task(self.study.place(p), number) for p, number in islice(following, size)]
            left -= len(batch)
            yield batch


class _Buffer:
    """What is finished but not yet written."""

    def __init__(self, parts: Parts, claim: Callable[[], None]) -> None:
        self._parts, self._answers, self._since = parts, list[Done](), time.monotonic()
        self._claim = claim

    def add(self, answer: Done) -> None:
        self._answers.append(answer)
        runs = sum(len(a.finished) + len(a.failures) for a in self._answers)
        if runs >= FLUSH_RUNS or time.monotonic() - self._since >= FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        full = [answer for answer in self._answers if answer.tables]
        names = full[0].tables if full else ()
        tables = {name: pa.concat_tables([answer.tables[name] for answer in full]) for name in names}
        failures = [failure for answer in self._answers for failure in answer.failures]
        if tables or failures:
            self._claim()
            self._parts.add(tables, failures)
        self._answers, self._since = [], time.monotonic()


def _refuse_others(answer: Done) -> None:
    other = differing(answer.made_by) if answer.made_by else ""
    if other:
        raise ExecutorError(
            f"a worker makes runs otherwise than here ({other}), and the two must not be mixed; install the same there"
        )


def _known_too_little(study: Study, parts: Parts, wanted: Mapping[int, int]) -> list[int]:
    runs = parts.read(RUNS)
    return [] if runs is None else wider_than_asked(study, _of(runs, wanted), wanted)


def _of(table: pa.Table, wanted: Mapping[int, int]) -> pa.Table:
    """Rows of the wanted replications only."""
    often = np.array([wanted.get(point, 0) for point in range(max(wanted) + 1)])
    points, numbers = table["point"].to_numpy(), table["replication"].to_numpy()
    inside = points < len(often)
    return table.filter(inside & (numbers < often[np.where(inside, points, 0)]))


def _is_of(shard: tuple[int, int], address: Address) -> bool:
    return sum(address) % shard[1] == shard[0] - 1


def _gathered(
    study: Study, parts: Parts, wanted: Mapping[int, int], precise: bool, shard: tuple[int, int] | None = None
) -> Swept:
    names = (RUNS, *study.experiment.keep)
    tables = {
        name: in_order(study, _of(table, wanted)) for name in names if (table := parts.read(name)) is not None
    }
    failures = [f for f in parts.failed().values() if f.replication < wanted.get(f.point, 0)]
    there = parts.finished() | {(f.point, f.replication) for f in failures}
    missing = [(p, n) for p, often in wanted.items() for n in range(often) if (p, n) not in there]
    return Swept(
        study,
        wanted,
        tables,
        tuple(sorted(failures, key=lambda f: (f.point, f.replication))),
        missing=len(missing),
        missing_here=sum(_is_of(shard, address) for address in missing) if shard else 0,
        lost=tuple(parts.lost),
        unchecked=len(parts.unchecked),
        precise=precise,
    )


def in_order(study: Study, table: pa.Table) -> pa.Table:
    """Sort by point, replication, null, world and strategy as the scenario has them, and whatever the table counts."""
    keys = [table["point"].to_numpy(), table["replication"].to_numpy()]
    if "null" in table.column_names:
        keys.append(table["null"].to_numpy(zero_copy_only=False))
    for column, names in (("world", study.worlds), ("strategy", study.strategies)):
        rank = {name: i for i, name in enumerate(names)}
        keys.append(np.array([rank[name] for name in table[column].to_pylist()]))
    # A stable sort: rows of one run stay in the order in which they were made.
    order = np.lexsort(keys[::-1])
    return table.take(order).combine_chunks()
