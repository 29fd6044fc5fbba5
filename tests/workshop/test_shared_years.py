"""Many years: simulated once for all who ask, kept, and told as far as they have come."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.workshop.apart import run_apart
from zerosum.workshop import shared_years
from zerosum.workshop.engines import EnginesError
from zerosum.workshop.shared_years import SharedYears
from zerosum.workshop.verdict import Ending


def ending(number: int) -> Ending:
    return Ending((0.0, 0.001 * number), (0.0, 1.0))


class Simulator:
    """Endings without an engine: it notes what it was asked, and can be held or fail from a year on."""

    def __init__(self, held_from: int = 10_000) -> None:
        self.asked: list[tuple[bytes, int]] = []
        self.held_from = held_from
        self.go_on = asyncio.Event()
        self.fails_at = -1

    async def __call__(self, settings: bytes, numbers: Sequence[int]) -> list[Ending]:
        self.asked.append((settings, numbers[0]))
        await asyncio.sleep(0)
        if numbers[0] == self.fails_at:
            raise EnginesError("an engine ended over this question; the next has a new engine")
        if numbers[0] >= self.held_from:
            await self.go_on.wait()
        return [ending(number) for number in numbers]


async def read(shared: SharedYears, n: int, settings: bytes = b"a") -> list[int]:
    """Follow to the end: how many years there were each time."""
    counts = []
    async for endings in shared.follow(settings, n):
        assert endings == [ending(number) for number in range(len(endings))]
        counts.append(len(endings))
    return counts


def test_all_who_follow_the_same_settings_share_one_simulation() -> None:
    async def follow() -> None:
        simulate = Simulator()
        shared = SharedYears(simulate, 2)
        for counts in await asyncio.gather(*(read(shared, 200) for _ in range(5))):
            assert counts[0] == 0
            assert counts[-1] == 200
        assert sorted(simulate.asked) == [(b"a", begin) for begin in range(0, 200, 4)]
        # A second click costs nothing, and fewer years are the first of them.
        assert await read(shared, 200) == [200]
        assert await read(shared, 30) == [30]
        assert len(simulate.asked) == 50

    run_apart(follow())


def test_what_has_come_is_kept_for_whoever_goes_on() -> None:
    async def follow() -> None:
        simulate = Simulator(held_from=120)
        shared = SharedYears(simulate, 2)
        async with asyncio.timeout(5):
            following = shared.follow(b"a", 200)
            async for endings in following:
                if len(endings) == 120:
                    break
            await following.aclose()
            simulate.go_on.set()
            counts = await read(shared, 200)
        assert counts[0] == 120
        assert counts[-1] == 200
        assert sorted(simulate.asked) == [(b"a", begin) for begin in range(0, 200, 4)]

    run_apart(follow())


def test_years_that_nobody_waits_for_are_not_simulated() -> None:
    async def follow() -> None:
        simulate = Simulator()
        shared = SharedYears(simulate, 1)
        following = shared.follow(b"a", 200)
        async for endings in following:
            if len(endings) >= 20:
                break
        await following.aclose()
        await asyncio.sleep(0.01)
        assert len(simulate.asked) <= 7
        assert await read(shared, 24) == [24]

    run_apart(follow())


def test_years_are_told_without_a_gap() -> None:
    """A part that comes before an earlier one waits for it: the quickest years are no sample."""

    async def follow() -> None:
        last = asyncio.Event()

        async def simulate(_: bytes, numbers: Sequence[int]) -> list[Ending]:
            if numbers[0] == 0:
                await last.wait()
            if numbers[0] == 36:
                last.set()
            return [ending(number) for number in numbers]

        shared = SharedYears(simulate, 2)
        counts = await read(shared, 40)
        assert counts[0] == 0
        assert set(counts[1:]) <= {36, 40}

    run_apart(follow())


def test_silence_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits hears each BEAT seconds that the server is there, also while others have their turn."""
    monkeypatch.setattr(shared_years, "BEAT", 0.01)

    async def follow() -> None:
        simulate = Simulator(held_from=0)
        shared = SharedYears(simulate, 1)
        others = [asyncio.create_task(read(shared, 4, settings)) for settings in (b"a", b"b")]
        await asyncio.sleep(0)
        counts = []
        async with asyncio.timeout(5):
            async for endings in shared.follow(b"c", 4):
                counts.append(len(endings))
                if len(counts) == 5:
                    simulate.go_on.set()
        assert counts[:5] == [0] * 5
        assert counts[-1] == 4
        await asyncio.gather(*others)

    run_apart(follow())


def test_a_fault_keeps_what_had_come_and_the_next_question_goes_on() -> None:
    async def follow() -> None:
        simulate = Simulator()
        simulate.fails_at = 100
        shared = SharedYears(simulate, 1)
        with pytest.raises(EnginesError, match="an engine ended"):
            await read(shared, 200)
        simulate.fails_at = -1
        assert (await read(shared, 200))[0] == 100

    run_apart(follow())


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_years, "MOST_KEPT", 3)

    async def follow() -> None:
        simulate = Simulator()
        shared = SharedYears(simulate, 1)
        for number in range(10):
            await read(shared, 4, str(number).encode())
        assert len(shared) <= 3
        asked = len(simulate.asked)
        assert await read(shared, 4, b"9") == [4]
        assert (await read(shared, 4, b"0"))[0] == 0
        assert len(simulate.asked) == asked + 1

    run_apart(follow())
