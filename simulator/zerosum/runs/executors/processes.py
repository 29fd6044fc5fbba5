"""Run in processes of this machine. Each has its own pipe, which shows the batch of a process that died.

Python's own pools report only that some process died and drop all running batches
(``ProcessPoolExecutor``), or wait forever (``multiprocessing.Pool``).

Workers aren't forked from this process, whose threads and locks would break. They are forked from a server with one
thread and the compiled engine loaded, so replacements start at once. (Where a system has no such server, each worker
loads the engine.) Workers don't import the caller's script. Each watches its parent, and ends when the parent ends.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from zerosum.errors import ExecutorError
from zerosum.runs.executors.ship import receive, ship
from zerosum.runs.executors.starting import main_not_imported, without_ctrl_c
from zerosum.runs.work import Batches, Done, Stopped, Suspects, Task, Work

FALSE_STARTS = 3
"""Consecutive workers that may die before their first message."""


class Processes:
    """Makes runs in processes.

    Parameters
    ----------
    workers : int
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(self, work: Work, batches: Batches, stop: threading.Event) -> Iterator[Done]:
        """See :class:`Executor`."""
        _refuse_child()
        again: deque[Sequence[Task]] = deque()
        suspects, pool, false_starts, packed = Suspects(), list[_Worker](), 0, ship(work)

        def following() -> Sequence[Task] | None:
            return again.popleft() if again else next(batches, None)

        try:
            while True:
                while len(pool) < self.workers and (batch := following()) is not None:
                    pool.append(_Worker(packed, batch))
                if not pool:
                    return
                ready = wait([worker.pipe for worker in pool], timeout=0.2)
                if stop.is_set():
                    raise Stopped
                for worker in [worker for worker in pool if worker.pipe in ready]:
                    try:
                        done = worker.hear()
                    except EOFError:
                        pool.remove(worker)
                        worker.kill()
                        false_starts = 0 if worker.started else false_starts + 1
                        if false_starts >= FALSE_STARTS:
                            raise ExecutorError(
                                f"worker processes don't start ({worker.how_it_ended}). To work in this process, and "
                                "see what is wrong: ",
                                python="workers=0",
                                typed="--workers 0",
                            ) from None
                        if not worker.started:  # it died before it began: the batch didn't cause it
                            again.append(worker.batch)
                            continue
                        retried, given_up = suspects.died(worker.batch)
                        again.extend(retried)
                        if given_up is not None:
                            yield given_up
                        continue
                    if done is None:
                        continue
                    if (batch := following()) is None:
                        worker.dismiss()
                        pool.remove(worker)
                    else:
                        worker.give(batch)
                    yield done
        finally:
            for worker in pool:
                worker.kill()


def _refuse_child() -> None:
    """Raise an error in a multiprocessing process that may not start others."""
    here = multiprocessing.current_process()
    if getattr(here, "_inheriting", False):
        raise ExecutorError(
            "this process was started by multiprocessing and is still importing your main script, which would start "
            "processes again: in that script, keep what starts processes below if __name__ == '__main__':"
        )
    if here.daemon:
        raise ExecutorError(
            "this process may start no others: it is a daemon of multiprocessing's, such as a Pool's worker. "
            "To make the runs in it: ",
            python="workers=0",
            typed="--workers 0",
        )


class _Worker:
    """A process and its batch."""

    def __init__(self, packed: bytes, batch: Sequence[Task]) -> None:
        try:
            context = _context()
            self.pipe, theirs = context.Pipe()
            self._process: BaseProcess = context.Process(
                target=_serve, args=(theirs, packed), name="zerosum worker", daemon=True
            )
            with main_not_imported():
                self._process.start()
        except (OSError, EOFError) as error:
            # The system's limit of processes or files is reached, or the fork server died.
            said = str(error) or "its server ended"
            raise ExecutorError(f"a worker process can't be started ({said})") from None
        theirs.close()  # so that the pipe closes when the process ends
        self.started = False
        self.batch = batch
        self.give(batch)

    def give(self, batch: Sequence[Task]) -> None:
        self.batch = batch
        with contextlib.suppress(OSError):  # it has died: the next `hear` shows it
            self.pipe.send(batch)

    def hear(self) -> Done | None:
        """Return the result of the batch; None: the worker only reported that it has started.

        Raises
        ------
        EOFError
            if it is dead
        ExecutorError
            if it can't load the work
        """
        try:
            said: Done | ExecutorError | None = self.pipe.recv()
        except OSError:
            raise EOFError from None
        if isinstance(said, ExecutorError):
            raise said
        self.started = True
        return said

    @property
    def how_it_ended(self) -> str:
        code = self._process.exitcode
        if code is not None and code < 0:
            return f"by {signal.Signals(-code).name}"
        return f"exit code {code}"

    def dismiss(self) -> None:
        with contextlib.suppress(OSError):
            self.pipe.send(None)
        self.pipe.close()
        self._process.join(5.0)

    def kill(self) -> None:
        self._process.kill()
        self._process.join(5.0)
        self.pipe.close()


def _context() -> Any:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["zerosum.runs.executors.warm"])
    from multiprocessing import forkserver

    with without_ctrl_c():
        forkserver.ensure_running()
    return context


def _serve(pipe: Connection[Any, Any], packed: bytes) -> None:
    """Run batches until there are no more, or the parent is gone."""
    # Ctrl-C reaches the whole process group; the parent decides whether to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):
        try:
            work: Work = receive(packed)
        except Exception as error:
            pipe.send(ExecutorError(f"a worker can't load its work: {type(error).__name__}: {error}"))
            return
        pipe.send(None)
        while (batch := pipe.recv()) is not None:
            pipe.send(work(batch))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
