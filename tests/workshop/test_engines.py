"""Engines in processes, and the answers that are kept of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import main_module
from tests.workshop.apart import run_apart
from tests.workshop.settings import WORKSHOP
from zerosum.workshop import engines as engines_module
from zerosum.workshop.answers import Answers
from zerosum.workshop.engines import Engines, EnginesError


@pytest.fixture
def engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engines]:
    """One engine, asked for by a script that must not be run once more in the engine's process."""
    script = tmp_path / "a talk.py"
    script.write_text("raise SystemExit(3)", encoding="utf-8")
    main_module(monkeypatch, str(script))
    found = Engines(WORKSHOP, 1)
    found.begin()
    yield found
    found.end()


def test_an_engine_that_dies_is_replaced(engines: Engines) -> None:
    async def ask() -> None:
        assert await engines.ask(abs, -3) == 3
        with pytest.raises(EnginesError, match="an engine ended"):
            await engines.ask(os._exit, 1)
        assert await engines.ask(abs, -4) == 4

    run_apart(ask())


def test_only_so_many_wait(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines_module, "MOST_WAITING", 3)

    async def ask() -> list[int | BaseException]:
        return await asyncio.gather(*(engines.ask(abs, -n) for n in range(8)), return_exceptions=True)

    found = run_apart(ask())
    refused = [one for one in found if isinstance(one, EnginesError)]
    assert [one for one in found if isinstance(one, int)] == [0, 1, 2, 3]
    assert len(refused) == 4


def test_the_same_question_is_worked_out_once() -> None:
    asked: list[bytes] = []

    async def work(question: bytes) -> bytes:
        asked.append(question)
        await asyncio.sleep(0)
        if question == b"bad":
            raise ValueError("no")
        return question * 10

    async def ask() -> None:
        answers = Answers(work, most_bytes=100)
        assert await asyncio.gather(*(answers.answer(b"abc") for _ in range(3))) == [b"abc" * 10] * 3
        assert asked == [b"abc"]
        # What was wrong is not kept, and the least used goes when room is short.
        for _ in range(2):
            with pytest.raises(ValueError, match="no"):
                await answers.answer(b"bad")
        for question in (b"def", b"abc", b"ghi", b"jkl", b"abc", b"def"):
            await answers.answer(question)
        assert asked == [b"abc", b"bad", b"bad", b"def", b"ghi", b"jkl", b"def"]

    run_apart(ask())


def test_whoever_goes_away_takes_no_answer_from_others() -> None:
    async def work(question: bytes) -> bytes:
        await asyncio.sleep(0.01)
        return question

    async def ask() -> None:
        answers = Answers(work)
        first = asyncio.create_task(answers.answer(b"a"))
        second = asyncio.create_task(answers.answer(b"a"))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == b"a"

    run_apart(ask())
