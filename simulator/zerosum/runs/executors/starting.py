"""Start processes without the caller's main module, and with Ctrl-C blocked while they load."""

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

    ``multiprocessing`` runs the main script again in each process that isn't forked, because it may define the
    functions to call. It never defines ours: a script needs no ``if __name__ == "__main__":`` to run a sweep, and
    may be a pipe, a notebook or a deleted file. Python has no option for this, so the main module is removed from
    the data for a new process.

    Parameters
    ----------
    in_all_threads : bool
        Also for processes that other threads start meanwhile, for a library that starts them in its own threads.
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
    """Start processes with Ctrl-C blocked while they load, where it would only print a traceback.

    A terminal sends it to the whole process group. Processes inherit this thread's blocked signals and keep them
    blocked; the parent decides whether to stop. On Windows this does nothing.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # if started within, it would unblock the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _preparation(name: str) -> dict[str, Any]:
    """Return the data for a new process; replaces ``multiprocessing.spawn.get_preparation_data``."""
    told: dict[str, Any] = _whole_preparation(name)
    if _without_main[0] or _without_main[threading.get_ident()]:
        for key in ("init_main_from_name", "init_main_from_path"):
            told.pop(key, None)
    return told
