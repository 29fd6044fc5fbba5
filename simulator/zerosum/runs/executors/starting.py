"""How processes are started: without the caller's main module, and out of reach of Ctrl-C while they load."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from multiprocessing import spawn
from typing import Any

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
