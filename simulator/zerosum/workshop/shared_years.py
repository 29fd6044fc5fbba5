"""Simulate many years of the same settings once for all clients, a few at a time, and cache them.

Years are returned from year 0 without a gap. So a verdict over them is over a sample fixed beforehand, not over the
fastest years.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from zerosum.workshop.verdict import Ending

AT_ONCE = 4
"""Years that an engine simulates in one task."""
MOST_RUNS = 2
"""Settings whose years are simulated at the same time; others wait."""
MOST_KEPT = 64
"""Settings whose years are cached: some 60 kB each."""
BEAT = 5.0
"""Seconds after which the stream repeats itself, even without a new year, to show that the server is alive."""

Simulate = Callable[[bytes, Sequence[int]], Awaitable[list[Ending]]]


class SharedYears:
    """Endings of many years, shared by all clients.

    Parameters
    ----------
    simulate : callable
        coroutine function of settings and numbers of years; returns their endings
    engines : int
        questions of one run at the same time
    """

    def __init__(self, simulate: Simulate, engines: int) -> None:
        self._simulate, self._engines = simulate, engines
        self._turn = asyncio.Semaphore(MOST_RUNS)
        self._runs: OrderedDict[bytes, _Run] = OrderedDict()

    def __len__(self) -> int:
        return len(self._runs)

    async def follow(self, settings: bytes, n: int) -> AsyncGenerator[list[Ending]]:
        """Yield the endings of the first years so far: at once, whenever there are more, and each BEAT seconds.

        Parameters
        ----------
        settings : bytes
            the same for the same years
        n : int
            years, from year 0 on; it ends when all are there

        Raises
        ------
        whatever ``simulate`` raises; years so far stay cached
        """
        run = self._runs.setdefault(settings, _Run(settings))
        self._runs.move_to_end(settings)
        run.wanted.append(n)
        try:
            self._forget()
            if len(run.known) < n and (run.task is None or run.task.done()):
                run.failure = None
                run.task = asyncio.create_task(self._fill(run))
            while True:
                more = run.more
                yield run.known[:n]
                if len(run.known) >= n:
                    return
                if run.failure is not None:
                    raise run.failure
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(more.wait(), BEAT)
        finally:
            run.wanted.remove(n)

    def _forget(self) -> None:
        """Drop the least recently used settings without a client."""
        for settings, run in list(self._runs.items()):
            if len(self._runs) <= MOST_KEPT:
                return
            if not run.wanted and (run.task is None or run.task.done()):
                del self._runs[settings]

    async def _fill(self, run: _Run) -> None:
        """Simulate missing years, while any client waits for them."""

        async def some(begin: int) -> None:
            run.add(begin, await self._simulate(run.settings, range(begin, begin + AT_ONCE)))

        async with self._turn:
            under_way: set[asyncio.Task[None]] = set()
            asked: set[int] = set()
            while True:
                while len(under_way) < self._engines and (begin := run.next_part(asked)) is not None:
                    asked.add(begin)
                    under_way.add(asyncio.create_task(some(begin)))
                if not under_way:
                    return
                done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    if (failure := task.exception()) is not None:
                        run.fail(failure)


class _Run:
    """The years of some settings: those so far, and how many clients wait for."""

    def __init__(self, settings: bytes) -> None:
        self.settings = settings
        self.known: list[Ending] = []
        self.wanted: list[int] = []
        self.task: asyncio.Task[None] | None = None
        self.failure: BaseException | None = None
        self.more = asyncio.Event()
        self._early: dict[int, list[Ending]] = {}  # parts that finished before an earlier part

    def next_part(self, asked: set[int]) -> int | None:
        """Return the first year of the next part to simulate; None if none is missing, or no client waits."""
        if self.failure is not None:
            return None
        parts = range(len(self.known), max(self.wanted, default=0), AT_ONCE)
        return next((begin for begin in parts if begin not in asked and begin not in self._early), None)

    def add(self, begin: int, endings: list[Ending]) -> None:
        self._early[begin] = endings
        if begin == len(self.known):
            while (part := self._early.pop(len(self.known), None)) is not None:
                self.known += part
            self._tell()

    def fail(self, failure: BaseException) -> None:
        self.failure = failure
        self._tell()

    def _tell(self) -> None:
        """Wake all current waiters; later ones wait for the next event."""
        self.more.set()
        self.more = asyncio.Event()
