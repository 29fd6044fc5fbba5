"""Replications side by side, in threads.

The kernels let go of the interpreter, so two cores are used without a second process to start, feed or lose.
What a replication yields depends on its address only: the number of workers, and the order in which
replications end, change nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from simulator.run import OnWeek

T = TypeVar("T")


class Interrupted(Exception):
    """The user stopped the whole.

    Attributes
    ----------
    done, wanted : int      replications finished, and asked for
    """

    def __init__(self, done: int, wanted: int) -> None:
        super().__init__(f"stopped after {done} of {wanted} replications")
        self.done, self.wanted = done, wanted


class _Stopped(Exception):
    """Raised inside a worker when the user has stopped the whole."""


def replications(
    task: Callable[[int, OnWeek], T],
    count: int,
    workers: int = 1,
    on_done: Callable[[int], None] | None = None,
    stop: threading.Event | None = None,
) -> list[T]:
    """Run a task for replications 0, 1, …, at most two waiting per thread.

    Parameters
    ----------
    task : callable         gets a replication's number, and what it must call after each week it simulates, so that
                            it can be stopped
    count : int             replications
    workers : int           threads
    on_done : callable      called with the number of replications finished
    stop : Event            set by another thread to end the whole

    Returns
    -------
    what the task returned, in order of replication

    Raises
    ------
    Interrupted     on Ctrl-C, or when ``stop`` is set, with how far it got
    whatever a task raises
    """
    over = threading.Event()

    def stopped() -> bool:
        return over.is_set() or (stop is not None and stop.is_set())

    def check(_week: int, _weeks: int) -> None:
        if stopped():
            raise _Stopped

    results: dict[int, T] = {}
    waiting: dict[Future[T], int] = {}
    following = iter(range(count))
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="replication")
    try:
        while len(results) < count:
            while len(waiting) < 2 * workers and (number := next(following, None)) is not None:
                waiting[pool.submit(task, number, check)] = number
            # A bounded wait: without one some platforms hold back Ctrl-C until a replication ends.
            finished, _ = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            if stopped():
                raise KeyboardInterrupt
            for future in finished:
                results[waiting.pop(future)] = future.result()
                if on_done:
                    on_done(len(results))
    except KeyboardInterrupt:
        raise Interrupted(len(results), count) from None
    finally:
        over.set()
        pool.shutdown(wait=True, cancel_futures=True)
    return [results[number] for number in range(count)]
