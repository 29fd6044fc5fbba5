"""Run in threads of this process: no other process must start, load a scenario, or can die.

Kernels release the GIL, so threads use all cores.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from zerosum.errors import Interrupted
from zerosum.market.run import OnWeek
from zerosum.runs.work import Stopped, halting

B = TypeVar("B")
T = TypeVar("T")


class Threads:
    """Makes runs in threads.

    Parameters
    ----------
    workers : int
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(
        self, work: Callable[[B, OnWeek], T], batches: Iterator[B], stop: threading.Event
    ) -> Generator[T, None, None]:
        """See :class:`Executor`; batches and results may be of any type."""
        over, waiting = threading.Event(), set[Future[T]]()
        check = halting(over, stop)
        pool = ThreadPoolExecutor(self.workers, "replication")
        try:
            while True:
                # Two for each thread, so that none waits while the caller handles a result.
                while len(waiting) < 2 * self.workers and (batch := next(batches, None)) is not None:
                    waiting.add(pool.submit(work, batch, check))
                if not waiting:
                    return
                # A timeout: without one some platforms delay Ctrl-C until a run ends.
                finished, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
                if stop.is_set():
                    raise Stopped
                for future in finished:
                    yield future.result()
        finally:
            over.set()
            pool.shutdown(wait=True, cancel_futures=True)


def replications(
    task: Callable[[int, OnWeek], T],
    count: int,
    workers: int = 1,
    on_done: Callable[[int], None] | None = None,
    stop: threading.Event | None = None,
    before: int = 0,
) -> list[T]:
    """Run a task for replications 0, 1, …, in threads.

    Its result may depend on the replication only: not on the number of workers, nor on the order in which they end.

    Parameters
    ----------
    task : callable
        gets a replication's number, and a callback that it must call after each simulated week, so that it can
        be stopped
    count : int
        replications
    workers : int
        threads
    on_done : callable
        called with the number of replications finished
    stop : Event
        set by another thread to stop
    before : int
        replications finished earlier; ``on_done`` and errors count them, too

    Returns
    -------
    list
        the task's results, in order of replication

    Raises
    ------
    Interrupted
        on Ctrl-C, or when ``stop`` is set; says how many finished
    whatever a task raises
    """
    results: dict[int, T] = {}

    def numbered(number: int, check: OnWeek) -> tuple[int, T]:
        return number, task(number, check)

    made = Threads(workers).run(numbered, iter(range(count)), stop or threading.Event())
    try:
        with contextlib.closing(made):
            for number, result in made:
                results[number] = result
                if on_done:
                    on_done(before + len(results))
    except (KeyboardInterrupt, Stopped):
        raise Interrupted(before + len(results), before + count) from None
    return [results[number] for number in range(count)]
