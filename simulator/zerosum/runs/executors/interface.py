"""What every executor does."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Protocol

from zerosum.market.run import OnWeek
from zerosum.runs.work import Done, Failure, Task, Work

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
