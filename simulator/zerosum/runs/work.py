"""What is given to a worker, what comes back, and what every executor does: tasks; rows, and what failed.

A *run* of a study is all strategies for all adopters at one point in one replication; its address is (point,
replication).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import pyarrow as pa

from zerosum.market.run import OnWeek

RUNS = "runs"
"""The table that every run has."""


@dataclass(frozen=True)
class Place:
    """A point as workers need it: enough to make its scenario, and small.

    ``base``: row of the study's scenarios; ``changes``: key -> value.
    """

    number: int
    base: int
    changes: Mapping[str, Any]


class Task(NamedTuple):
    """A run that is to be made: of some strategies, or of all if none are named."""

    place: Place
    replication: int
    strategies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """A run that ended otherwise; ``kind`` is "error" (it raised one) or "killed" (it took its process with it)."""

    point: int
    replication: int
    kind: str
    error: str
    trace: str = ""


@dataclass(frozen=True)
class Done:
    """What became of a batch.

    Attributes
    ----------
    tables : name -> rows
        of all runs that went well, a column ``point`` first
    finished : tuple
        addresses of those runs
    failures : tuple of Failure
    seconds : float
        it took
    made_by : mapping
        see :func:`zerosum.runs.origin.origin`
    """

    tables: Mapping[str, pa.Table]
    finished: tuple[tuple[int, int], ...]
    failures: tuple[Failure, ...] = ()
    seconds: float = 0.0
    made_by: Mapping[str, str] = field(default_factory=dict)


class Work(Protocol):
    """Makes runs; small, and the same for every worker of a study."""

    def __call__(self, tasks: Sequence[Task], on_week: OnWeek | None = None) -> Done:
        """Make the runs of a batch; one that fails leaves the others as they are."""
        ...


# --- Executors ----------------------------------------------------------------------------------------------------

Batches = Iterator[Sequence[Task]]

ATTEMPTS = 2
"""Times that a run is tried alone before it is said to kill its process."""


class Stopped(Exception):
    """The user has stopped the whole."""


class Halt(BaseException):
    """Ends a run in its midst; no error of the run, so it isn't recorded as one."""


def halting(*stops: threading.Event) -> OnWeek:
    """Return what a run calls after some weeks, so that it ends in its midst when one of the events is set."""

    def check(_week: int, _weeks: int) -> None:
        if any(stop.is_set() for stop in stops):
            raise Halt

    return check


class Executor(Protocol):
    """Makes runs.

    Attributes
    ----------
    workers : int
        batches that are worked on at a time
    """

    workers: int

    def run(self, work: Work, batches: Batches, stop: threading.Event) -> Iterator[Done]:
        """Work on batches, which are asked for one by one, as late as can be.

        Yields
        ------
        Done
            in whatever order they end; together they hold every task once, finished or failed

        Raises
        ------
        Stopped
            when ``stop`` is set; workers are gone by then
        ExecutorError
            if there is nobody to work
        """
        ...


class Suspects:
    """Batches whose process died: which are to be tried again, and when to give up on a task."""

    def __init__(self) -> None:
        self._deaths: dict[tuple[int, int], int] = {}

    def died(self, batch: Sequence[Task]) -> tuple[list[Sequence[Task]], Done | None]:
        """Return what is to be tried again, and what is given up.

        A batch is taken apart: from then on, its tasks are tried alone. A task that has died alone ``ATTEMPTS`` times
        is given up. (Once is not enough: it may have been the neighbour on the machine that took all memory.)
        """
        if len(batch) > 1:
            return [[task] for task in batch], None
        (task,) = batch
        address = (task.place.number, task.replication)
        self._deaths[address] = self._deaths.get(address, 0) + 1
        if self._deaths[address] < ATTEMPTS:
            return [batch], None
        failure = Failure(
            *address,
            "killed",
            f"its process ended without a word, {ATTEMPTS} times (out of memory, killed, or crashed)",
        )
        return [], Done({}, (), (failure,))
