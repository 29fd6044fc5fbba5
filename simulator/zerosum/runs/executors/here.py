"""In this process, one batch after the other: for debugging, and as the measure of all others."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from zerosum.runs.executors.interface import Batches, Stopped
from zerosum.runs.work import Done, Work


class Here:
    """Makes runs in the thread that asks for them."""

    workers = 1

    def run(self, work: Work, batches: Batches, stop: threading.Event) -> Iterator[Done]:
        """See :class:`Executor`."""

        def check(_week: int, _weeks: int) -> None:
            if stop.is_set():
                raise _Halt

        try:
            for batch in batches:
                yield work(batch, check)
                if stop.is_set():
                    raise Stopped
        except _Halt:
            raise Stopped from None


class _Halt(BaseException):
    """Ends a run in its midst; no error of the run, so it isn't recorded as one."""
