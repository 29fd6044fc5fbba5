"""Run requests in a few processes with an engine each.

Processes, not threads: a year of a room's market is thousands of short kernels, and Python holds the GIL between them.
First come, first served; a client that leaves before its turn costs nothing.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

from zerosum.errors import ExecutorError
from zerosum.runs.executors.starting import main_not_imported, without_ctrl_c
from zerosum.scenario.spec import Scenario
from zerosum.workshop import work

MOST_WAITING = 256
"""Maximum questions in the queue."""

P = ParamSpec("P")
T = TypeVar("T")


class EnginesError(ExecutorError):
    """The engines can't answer; the message says why."""


class Engines:
    """Processes that answer questions about one scenario.

    Parameters
    ----------
    scenario : Scenario
    count : int
        processes
    """

    def __init__(self, scenario: Scenario, count: int) -> None:
        self.count = count
        self._scenario = scenario
        self._turn = asyncio.Semaphore(count)
        self._waiting = 0
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        # Spawned, not forked: a fork would break the server's threads and locks.
        return ProcessPoolExecutor(
            self.count,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=work.begin,
            initargs=(self._scenario,),
        )

    def begin(self) -> None:
        """Wait until the first process is ready, which may have to compile; then start the others.

        Raises
        ------
        EnginesError
        """
        try:
            self._submit(work.ready).result()
        except BrokenProcessPool:
            raise EnginesError(
                "the engine's process ended before it was ready; 'zerosum run' with the same scenario shows why"
            ) from None
        for _ in range(self.count):
            self._submit(work.ready)

    async def ask(self, question: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the next free process.

        Raises
        ------
        EnginesError
            if the process dies, or if too many wait
        whatever the question raises
        """
        if self._waiting >= MOST_WAITING:
            raise EnginesError("too many questions wait for an engine; ask again in a moment")
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        try:
            return await self._asked(question, *args, **kwargs)
        finally:
            self._turn.release()

    async def _asked(self, question: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        pool = self._pool
        try:
            return await asyncio.wrap_future(self._submit(question, *args, **kwargs))
        except BrokenProcessPool:
            if pool is self._pool:
                self._pool = self._new_pool()
            raise EnginesError("an engine ended over this question; the next has a new engine") from None

    def _submit(self, question: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        # A pool starts a process when it gets a task and none is idle.
        with main_not_imported(), without_ctrl_c():
            return self._pool.submit(question, *args, **kwargs)

    def end(self) -> None:
        """End all processes without waiting for their tasks."""
        for process in list((getattr(self._pool, "_processes", None) or {}).values()):
            process.terminate()
        # The pool's own thread sees that and ends at once. If it still ran at the interpreter's end, it would be woken
        # through a closed pipe, which prints a traceback.
        self._pool.shutdown(wait=True, cancel_futures=True)
