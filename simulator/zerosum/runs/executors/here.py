"""Run in this process, one batch after the other: for debugging, and as the reference for the others."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from zerosum.runs.work import Batches, Done, Halt, Stopped, Work, halting


class Here:
    """Makes runs in the caller's thread."""

    workers = 1

    def run(self, work: Work, batches: Batches, stop: threading.Event) -> Iterator[Done]:
        """See :class:`Executor`."""
        try:
            for batch in batches:
                yield work(batch, halting(stop))
                if stop.is_set():
                    raise Stopped
        except Halt:
            raise Stopped from None
