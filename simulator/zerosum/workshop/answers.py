"""Answers that are kept: a hand moves to and fro over the same few values, and a room follows the same link.

Whoever asks what is being worked out already waits for that answer, and not for one of its own.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

MOST_BYTES = 16_000_000


class Answers:
    """The answers used last, up to a number of bytes.

    Parameters
    ----------
    ask : callable
        works an answer out
    most_bytes : int
    """

    def __init__(self, ask: Callable[[bytes], Awaitable[bytes]], most_bytes: int = MOST_BYTES) -> None:
        self._ask, self._most = ask, most_bytes
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._bytes = 0
        self._under_way: dict[bytes, asyncio.Task[bytes]] = {}

    async def answer(self, question: bytes) -> bytes:
        """Return an answer; raises whatever ``ask`` raises."""
        if question in self._kept:
            self._kept.move_to_end(question)
            return self._kept[question]
        task = self._under_way.get(question)
        if task is None:
            task = asyncio.create_task(self._work_out(question))
            self._under_way[question] = task
            task.add_done_callback(lambda done: self._over(question, done))
        # Shielded: whoever goes away must not take the answer from those who wait with it.
        return await asyncio.shield(task)

    def _over(self, question: bytes, done: asyncio.Task[bytes]) -> None:
        self._under_way.pop(question, None)
        if not done.cancelled():
            done.exception()  # looked at, also where everybody who waited has gone

    async def _work_out(self, question: bytes) -> bytes:
        found = await self._ask(question)
        self._kept[question] = found
        self._bytes += len(question) + len(found)
        while self._bytes > self._most:
            old, gone = self._kept.popitem(last=False)
            self._bytes -= len(old) + len(gone)
        return found
