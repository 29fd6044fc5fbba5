"""Many years of the same settings: simulated once for all who ask, a few at a time, and kept.

Years are counted from year 0 without a gap, so that a verdict over those that have come is one over a sample that was
fixed beforehand, and not over the years that were quickest.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from zerosum.workshop.verdict import Ending

AT_ONCE = 4
"""Years that an engine simulates before others have their turn."""
MOST_RUNS = 2
"""Settings whose years are simulated side by side; the next ones wait."""
MOST_KEPT = 64
"""Settings whose years are kept: some 60 kB each."""
BEAT = 5.0
"""Seconds after which a reader hears that the server is still there, even if no year has come."""

Simulate = Callable[[bytes, Sequence[int]], Awaitable[list[Ending]]]


class SharedYears:
    """Endings of many years, for all who ask.

    Parameters
    ----------
    simulate : callable
        coroutine function of settings and numbers of years; returns their endings
    engines : int
        questions of one run that may be under way
    """

    def __init__(self, simulate: Simulate, engines: int) -> None:
        self._simulate, self._engines = simulate, engines
        self._turn = asyncio.Semaphore(MOST_RUNS)
        self._runs: OrderedDict[bytes, _Run] = OrderedDict()

    def __len__(self) -> int:
        return len(self._runs)

    async def follow(self, settings: bytes, n: int) -> AsyncGenerator[list[Ending]]:
        """Yield the endings of the first years that are there: at once, whenever there are more, and each BEAT seconds.

        Parameters
        ----------
        settings : bytes
            the same for the same years
        n : int
            years, from year 0 on; once all have come it ends

        Raises
        ------
        whatever ``simulate`` raises; the years that had come are kept
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
        """Forget the settings that were asked for longest ago and that nobody follows now."""
        for settings, run in list(self._runs.items()):
            if len(self._runs) <= MOST_KEPT:
                return
            if not run.wanted and (run.task is None or run.task.done()):
                del self._runs[settings]

    async def _fill(self, run: _Run) -> None:
        """Simulate what is missing, for as long as anybody waits for it."""

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
    """The years of some settings: those that there are, and how many somebody waits for."""

    def __init__(self, settings: bytes) -> None:
        self.settings = settings
        self.known: list[Ending] = []
        self.wanted: list[int] = []
        self.task: asyncio.Task[None] | None = None
        self.failure: BaseException | None = None
        self.more = asyncio.Event()
        self._early: dict[int, list[Ending]] = {}  # parts that came before one that comes earlier

    def next_part(self, asked: set[int]) -> int | None:
        """Return the first year of the next part to simulate; None if nothing is missing, or nobody waits."""
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
        """Wake whoever waits now; who waits next waits for the next time."""
        self.more.set()
        self.more = asyncio.Event()
