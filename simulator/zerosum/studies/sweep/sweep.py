"""Run a study at all of its points, on any executor, and store every finished run."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zerosum.errors import ExecutorError, Interrupted
from zerosum.market.assumptions import courses
from zerosum.market.metrics import BY_NAME, parse_amount
from zerosum.runs.addresses import Address, Grid, addresses, in_order, only
from zerosum.runs.executors import Executor, Stopped
from zerosum.runs.lock import writing
from zerosum.runs.origin import differing
from zerosum.runs.parts import Parts
from zerosum.runs.store import Lost
from zerosum.runs.work import RUNS, Done, Failure, Task, Work
from zerosum.statistics import paired_difference
from zerosum.studies.sweep.designs import interleave
from zerosum.studies.sweep.folder import parts_of
from zerosum.studies.sweep.plan import check_memory
from zerosum.studies.sweep.points import Study
from zerosum.studies.sweep.work import Work as SweepWork

ROUND = 10
"""Replications added to a point at a time."""


def find_wide(study: Study, runs: pa.Table, replications: Mapping[int, int]) -> list[int]:
    """Return points where some strategy's difference is less precise than the experiment asks.

    Parameters
    ----------
    runs : Table
        of all points
    replications : mapping
        point -> requested replications; points with fewer had failures, so more won't help

    Notes
    -----
    Stopping as soon as an interval is narrow lowers its confidence a little, most for skewed differences:
    docs/statistics.md has figures.
    """
    wanted = study.experiment.precision
    assert wanted is not None
    metric = BY_NAME[wanted.metric]
    amount = parse_amount(wanted.halfwidth, metric)
    columns = ["point", "adopters", "strategy", "replication", wanted.metric]
    frame = runs.filter(pc.invert(runs["null"])).select(columns).to_pandas()
    wide = []
    for (point,), here in frame.groupby(["point"], sort=True):
        table = here.pivot(index="replication", columns=["adopters", "strategy"], values=wanted.metric)
        if len(table) < replications[int(point)]:
            continue
        # Replications that share their assumptions are one observation.
        table = table.groupby(table.index // courses(study.bases[0])).mean()
        for adopters in study.adopters:
            base = table[adopters, study.against].to_numpy()
            asked = amount.of(float(base.mean()))
            halves = [
                found.high - found.mean
                for strategy in study.strategies
                if strategy != study.against
                for found in [paired_difference(table[adopters, strategy].to_numpy(), base)]
            ]
            if any(math.isnan(half) or half > asked for half in halves):
                wide.append(int(point))
                break
    return wide


BATCH_SECONDS = 1.0
"""Target seconds of a batch: short runs are sent together, long ones alone."""

MOST_IN_BATCH = 200

FLUSH_RUNS, FLUSH_SECONDS = 500, 5.0
"""Runs, or seconds, after which finished runs are written."""


@dataclass(frozen=True)
class State:
    """Progress of a sweep; ``wanted`` can grow with a precision."""

    done: int
    wanted: int
    failed: int


OnState = Callable[[State], None]


@dataclass(frozen=True)
class Swept:
    """Results of a sweep.

    Attributes
    ----------
    study : Study
    replications : mapping
        point -> requested replications
    tables : name -> rows
        requested runs only, in order of point, replication, adopters, strategy
    failures : tuple
        failed runs
    missing : int
        runs not simulated yet (other shards)
    missing_here : int
        missing runs that this call should have simulated: their files are gone again
    lost : tuple of Lost
        unreadable parts; their runs are simulated again, or missing
    precise : bool
        whether every point has the requested precision
    """

    study: Study
    replications: Mapping[int, int]
    tables: Mapping[str, pa.Table]
    failures: tuple[Failure, ...]
    missing: int = 0
    missing_here: int = 0
    lost: tuple[Lost, ...] = ()
    precise: bool = True


def sweep(
    study: Study,
    folder: Path,
    executor: Executor,
    shard: tuple[int, int] | None = None,
    retry: bool = False,
    fresh: bool = False,
    on_state: OnState = lambda _: None,
    stop: threading.Event | None = None,
    on_lost: Callable[[Lost], None] = lambda _: None,
    beside: Iterable[Path] = (),
    work: Work | None = None,
    shared: bool = False,
) -> Swept:
    """Simulate the missing runs.

    Parameters
    ----------
    study : Study
    folder : Path
        of the results; stored runs are reused
    executor : Executor
        simulates the runs; results are identical on all executors
    shard : (i, n), optional
        simulate only the i-th of n parts
    retry : bool
        repeat failed runs
    fresh : bool
        discard stored runs
    on_state, stop
    on_lost : callable
        called with each unreadable file; its runs are simulated again
    beside : paths
        folders of other sweeps, whose identical runs are reused
    work : Work, optional
        computes a run; default: the metrics of all strategies
    shared : bool
        whether the caller has shards, so that another process may share the work

    Raises
    ------
    InputError
        if the folder is another study's, another process writes to it, or a market doesn't fit in memory
    ExecutorError
        if no worker is available
    StoreError
        if runs can't be written
    Interrupted
        when stopped; finished runs are stored
    """
    check_memory(study)
    over = stop or threading.Event()
    precision = study.experiment.precision if shard is None else None
    with writing(folder, shard, shared):
        parts = parts_of(study, folder, fresh, on_lost, beside)
        parts.borrow(set(study.grid.points.ravel().tolist()))
        wanted = dict.fromkeys(range(len(study.points)), study.experiment.replications)
        running = _Running(
            study,
            parts,
            executor,
            on_state,
            over,
            work or SweepWork(study.bases, study.nulls, study.experiment.keep),
        )
        running.make(wanted, shard, retry)
        wide: list[int] = []
        while precision and (wide := _known_too_little(study, parts, wanted)):
            growing = [point for point in wide if wanted[point] < precision.at_most]
            if not growing:
                break
            wanted |= {point: min(wanted[point] + ROUND, precision.at_most) for point in growing}
            running.make(wanted, None)
        if shard is None:
            parts.compact()
        parts.claim()
        return gathered(study, parts, wanted, precise=not wide, shard=shard or (1, 1))


def standing(study: Study, folder: Path) -> Swept:
    """Return the stored runs, without simulating."""
    parts = Parts(folder, keep=study.experiment.keep)
    often = study.experiment.replications
    wanted = dict.fromkeys(range(len(study.points)), often)
    precision = study.experiment.precision
    if precision is not None:
        # If a round of added replications was started at a point, the whole round is requested.
        for point, number in study.grid.complete(parts.finished()) | study.grid.any(parts.failed()):
            rounds = math.ceil((number + 1 - often) / ROUND)
            if rounds > 0:
                wanted[point] = max(wanted[point], min(often + rounds * ROUND, precision.at_most))
    return gathered(study, parts, wanted)


@dataclass
class _Running:
    """One running sweep."""

    study: Study
    parts: Parts
    executor: Executor
    on_state: OnState
    stop: threading.Event
    work: Work
    per_run: float = field(default=math.inf)
    """Seconds of recent runs."""

    def make(self, wanted: Mapping[int, int], shard: tuple[int, int] | None, retry: bool = False) -> None:
        """Simulate the missing runs of ``wanted``; with ``retry``, the failed ones too."""
        grid, finished = self.study.grid, self.parts.finished()
        there = grid.complete(finished)
        failed = set() if retry else grid.any(self.parts.failed())
        todo = {
            (point, number): grid.missing(finished, point, number)
            for point, number in interleave(wanted, there | failed)
            if _is_of(shard or (1, 1), (point, number))
        }
        already = sum(1 for point, number in there if number < wanted.get(point, 0))
        done, lost, of = already, len(failed), already + len(failed) + len(todo)
        self.on_state(State(done, of, lost))
        if not todo:
            return
        buffer = _Buffer(self.parts, grid, todo)
        answers = self.executor.run(self.work, self._batches(todo), self.stop)
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

    def _batches(self, todo: Mapping[Address, Sequence[str]]) -> Iterator[Sequence[Task]]:
        """Yield batches that take about a second; smaller at the end, so that no worker idles."""
        following, left = iter(todo.items()), len(todo)
        while left:
            size = max(1, min(MOST_IN_BATCH, int(BATCH_SECONDS / self.per_run)))
            size = min(size, max(1, math.ceil(left / (2 * self.executor.workers))))
            batch = [Task(self.study.place(p), n, tuple(names)) for (p, n), names in islice(following, size)]
            left -= len(batch)
            yield batch


class _Buffer:
    """Finished runs that aren't written yet."""

    def __init__(self, parts: Parts, grid: Grid, strategies: Mapping[Address, Sequence[str]]) -> None:
        self._parts, self._answers, self._since = parts, list[Done](), time.monotonic()
        self._grid, self._strategies = grid, strategies

    def add(self, answer: Done) -> None:
        self._answers.append(answer)
        runs = sum(len(a.finished) + len(a.failures) for a in self._answers)
        if runs >= FLUSH_RUNS or time.monotonic() - self._since >= FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        full = [answer for answer in self._answers if answer.tables]
        names = full[0].tables if full else ()
        tables = {
            name: self._grid.addressed(pa.concat_tables([answer.tables[name] for answer in full]))
            for name in names
        }
        failures = [self._addressed(failure) for answer in self._answers for failure in answer.failures]
        if tables or failures:
            self._parts.add(tables, failures)
        self._answers, self._since = [], time.monotonic()

    def _addressed(self, failure: Failure) -> Failure:
        """Replace the point's number by the address of the first requested strategy."""
        first = self._strategies[failure.point, failure.replication][0]
        return replace(failure, point=self._grid.address(failure.point, first))


def _refuse_others(answer: Done) -> None:
    other = differing(answer.made_by) if answer.made_by else ""
    if other:
        raise ExecutorError(
            f"a worker makes runs otherwise than here ({other}), and the two must not be mixed; install the same there"
        )


def _known_too_little(study: Study, parts: Parts, wanted: Mapping[int, int]) -> list[int]:
    runs = parts.read(RUNS)
    return [] if runs is None else find_wide(study, _of(study.grid.numbered(runs), wanted), wanted)


def _of(table: pa.Table, wanted: Mapping[int, int]) -> pa.Table:
    """Return the rows of the wanted replications only."""
    often = np.array([wanted.get(point, 0) for point in range(max(wanted) + 1)])
    return table.filter(pa.array(table["replication"].to_numpy() < often[table["point"].to_numpy()]))


def _is_of(shard: tuple[int, int], address: Address) -> bool:
    return sum(address) % shard[1] == shard[0] - 1


def gathered(
    study: Study,
    parts: Parts,
    wanted: Mapping[int, int],
    columns: Mapping[str, Sequence[str] | None] | None = None,
    precise: bool = True,
    shard: tuple[int, int] | None = None,
) -> Swept:
    """Return the stored runs among the wanted replications of each point.

    Parameters
    ----------
    columns : mapping, optional
        table -> its columns, or None for all; default: all columns of the runs and stored tables
    precise, shard
        as in :class:`Swept` and :func:`sweep`
    """
    grid, tables = study.grid, dict[str, pa.Table]()
    there, failed = grid.complete(parts.finished()), parts.failed()
    names = columns or dict.fromkeys((RUNS, *study.experiment.keep))
    for name, table in parts.read_all(names, set(grid.points.ravel().tolist())).items():
        rows = _of(grid.numbered(table), wanted)
        if addresses(rows) - there:  # some strategies of a point are missing
            rows = only(rows, there)
        tables[name] = in_order(rows, study.orders)
    failures = {
        (number, replication): replace(failed[point, replication], point=number)
        for point, replication in failed
        for number, _ in grid.any([(point, replication)])
        if replication < wanted.get(number, 0)
    }
    missing = [
        (p, n)
        for p, often in wanted.items()
        for n in range(often)
        if (p, n) not in there and (p, n) not in failures
    ]
    return Swept(
        study,
        wanted,
        tables,
        tuple(failures[address] for address in sorted(failures)),
        missing=len(missing),
        missing_here=sum(_is_of(shard, address) for address in missing) if shard else 0,
        lost=tuple(parts.lost),
        precise=precise,
    )
