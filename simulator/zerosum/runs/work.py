"""The interface of workers and executors: tasks in; rows and failures out.

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
    """A point as workers need it: small, but enough to make its scenario.

    ``base``: row of the study's scenarios; ``changes``: key -> value.
    """

    number: int
    base: int
    changes: Mapping[str, Any]


class Task(NamedTuple):
    """A run to make: of some strategies, or of all if none are named."""

    place: Place
    replication: int
    strategies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """A run that failed; ``kind`` is "error" (it raised one) or "killed" (its process died)."""

    point: int
    replication: int
    kind: str
    error: str
    trace: str = ""


@dataclass(frozen=True)
class Done:
    """The result of a batch.

    Attributes
    ----------
    tables : name -> rows
        of all runs that succeeded; the first column is ``point``
    finished : tuple
        addresses of those runs
    failures : tuple of Failure
    seconds : float
        duration
    made_by : mapping
        see :func:`zerosum.runs.origin.origin`
    """

    tables: Mapping[str, pa.Table]
    finished: tuple[tuple[int, int], ...]
    failures: tuple[Failure, ...] = ()
    seconds: float = 0.0
    made_by: Mapping[str, str] = field(default_factory=dict)


class Work(Protocol):
    """Makes runs; small to send, and the same for every worker of a study."""

    def __call__(self, tasks: Sequence[Task], on_week: OnWeek | None = None) -> Done:
        """Make the runs of a batch; a failed run doesn't affect the others."""
        ...


# --- Executors ----------------------------------------------------------------------------------------------------

Batches = Iterator[Sequence[Task]]

ATTEMPTS = 2
"""Times that a run is tried alone before it counts as killing its process."""


class Stopped(Exception):
    """The user has stopped the study."""


class Halt(BaseException):
    """Ends a run early; not an error of the run, so it isn't recorded as one."""


def halting(*stops: threading.Event) -> OnWeek:
    """Return a weekly callback that ends the run when one of the events is set."""

    def check(_week: int, _weeks: int) -> None:
        if any(stop.is_set() for stop in stops):
            raise Halt

    return check


class Executor(Protocol):
    """Makes runs.

    Attributes
    ----------
    workers : int
        batches that run at the same time
    """

    workers: int

    def run(self, work: Work, batches: Batches, stop: threading.Event) -> Iterator[Done]:
        """Run batches; take each from the iterator as late as possible.

        Yields
        ------
        Done
            in the order in which they end; together they hold every task once, finished or failed

        Raises
        ------
        Stopped
            when ``stop`` is set; workers have ended by then
        ExecutorError
            if there are no workers
        """
        ...


class Suspects:
    """Batches whose process died: which to try again, and when to give up on a task."""

    def __init__(self) -> None:
        self._deaths: dict[tuple[int, int], int] = {}

    def died(self, batch: Sequence[Task]) -> tuple[list[Sequence[Task]], Done | None]:
        """Return the batches to try again, and the task to give up.

        A batch is split: from then on, its tasks are tried alone. A task that has died alone ``ATTEMPTS`` times
        is given up. (Once is not enough: another program may have taken all memory.)
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
