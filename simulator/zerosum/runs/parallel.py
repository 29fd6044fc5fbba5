"""Replications side by side, in threads; and how processes are started where threads don't do.

The kernels let go of the interpreter, so two cores are used without a second process to start, feed or lose.
What a replication yields depends on its address only: the number of workers, and the order in which
replications end, change nothing.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from multiprocessing import spawn
from typing import Any, TypeVar

from zerosum.errors import Interrupted
from zerosum.market.run import OnWeek

T = TypeVar("T")


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
    task : callable
        gets a replication's number, and what it must call after each week it simulates, so that it can be
        stopped
    count : int
        replications
    workers : int
        threads
    on_done : callable
        called with the number of replications finished
    stop : Event
        set by another thread to end the whole

    Returns
    -------
    iterator
        what the task returned, in order of replication

    Raises
    ------
    Interrupted
        on Ctrl-C, or when ``stop`` is set, with how far it got
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


# --- Processes ------------------------------------------------------------------------------------------------

_whole_preparation = spawn.get_preparation_data
_without_main: Counter[int] = Counter()
"""Thread -> how often it is within :func:`main_not_imported`; 0 stands for all threads."""


@contextlib.contextmanager
def main_not_imported(in_all_threads: bool = False) -> Iterator[None]:
    """Start processes that don't import the caller's main module.

    ``multiprocessing`` lets each process that isn't forked run the main script once more, because functions to be
    called may be defined there. Ours never are: a script needs no ``if __name__ == "__main__":`` to run a sweep, and
    may be a pipe, a notebook or a file that is gone. Python has no option for it, so what it tells a new process of
    the main module is taken out.

    Parameters
    ----------
    in_all_threads : bool
        Also of processes that other threads start meanwhile, for a library that starts them in threads of its
        own.
    """
    spawn.get_preparation_data = _preparation
    which = 0 if in_all_threads else threading.get_ident()
    _without_main[which] += 1
    try:
        yield
    finally:
        _without_main[which] -= 1


@contextlib.contextmanager
def without_ctrl_c() -> Iterator[None]:
    """Start processes that Ctrl-C doesn't reach while they are still loading, where a traceback is all it would bring.

    A terminal sends it to the whole group of processes. What this thread holds back is held back in what it starts,
    too, for good; whether the work ends is for the parent to say. On Windows nothing is changed.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # started within, it would end the holding back
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _preparation(name: str) -> dict[str, Any]:
    """Return what a new process is told of this one; stands for ``multiprocessing.spawn.get_preparation_data``."""
    told: dict[str, Any] = _whole_preparation(name)
    if _without_main[0] or _without_main[threading.get_ident()]:
        for key in ("init_main_from_name", "init_main_from_path"):
            told.pop(key, None)
    return told
