"""Cache answers: users drag sliders back and forth over the same values, and a room follows the same link.

If an answer is being computed, later requests for it wait for the same answer.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

MOST_BYTES = 16_000_000


class Answers:
    """Cache of the latest answers, up to a number of bytes.

    Parameters
    ----------
    ask : callable
        computes an answer
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
        # Shielded: a client that leaves must not cancel the answer for the others.
        return await asyncio.shield(task)

    def _over(self, question: bytes, done: asyncio.Task[bytes]) -> None:
        self._under_way.pop(question, None)
        if not done.cancelled():
            done.exception()  # retrieved even if all clients have left, so that asyncio doesn't warn

    async def _work_out(self, question: bytes) -> bytes:
        found = await self._ask(question)
        self._kept[question] = found
        self._bytes += len(question) + len(found)
        while self._bytes > self._most:
            old, gone = self._kept.popitem(last=False)
            self._bytes -= len(old) + len(gone)
        return found
