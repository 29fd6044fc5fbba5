"""A room full of hands: 32 sliders dragged at once, and memory that stays where it is."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workshop.asking import ask
from tests.workshop.conftest import playing
from tests.workshop.settings import BOOST, settings
from tests.workshop.test_play import children

HANDS, MOVES = 32, 32
SECONDS = 1.0
PATIENT = 3.0 if os.environ.get("CI") == "true" else 1.0
"""A shared machine of a CI service is slower, and not by the same factor each day."""

pytestmark = pytest.mark.slow


@pytest.fixture
def workshop() -> Iterator[tuple[str, list[int]]]:
    with playing("scenarios/workshop.toml") as (link, child):
        yield link, [child.pid, *children(child.pid)]


def megabytes(processes: list[int]) -> float:
    lines = [line for one in processes for line in Path(f"/proc/{one}/status").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def drag(server: str, hands: int, moves: int, day: int) -> list[float]:
    """Let each hand move a slider, and go on when its year is there; seconds of every answer.

    Hands stand at different sliders' values, so that nobody's year is another's.
    """
    seconds: list[float] = []
    amiss: list[object] = []

    def hand(number: int) -> None:
        for move in range(moves):
            a = {BOOST: round(0.05 * (move % 40), 2)}
            b = {"tools.listener.scans": 5.0 * (number % 40)}
            state = settings(a=a, b=b, year=day)
            began = time.perf_counter()
            answer = ask(server, "/api/year", state.model_dump_json())
            seconds.append(time.perf_counter() - began)
            if answer.status != 200:
                amiss.append(answer)

    threads = [threading.Thread(target=hand, args=(number,)) for number in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert amiss == []
    assert len(seconds) == hands * moves
    return sorted(seconds)


def test_a_room_of_hands_is_answered(workshop: tuple[str, list[int]]) -> None:
    """The best of three: whatever else the machine does meanwhile only adds to it."""
    server, _ = workshop
    found = []
    for day in range(3):
        seconds = drag(server, HANDS, 10, day)
        found.append(seconds[int(0.95 * len(seconds))])
        print(f"{HANDS} hands: median {seconds[len(seconds) // 2]:.2f} s, p95 {found[-1]:.2f} s")
        if found[-1] < SECONDS:
            break
    assert min(found) < SECONDS * PATIENT


def test_memory_stays_where_it_is(workshop: tuple[str, list[int]]) -> None:
    """After a thousand questions, a thousand more take no more than answers that are kept, which are bounded."""
    server, processes = workshop
    if not Path("/proc/self/status").exists():
        pytest.skip("this system doesn't tell how much memory a process has")
    drag(server, HANDS, MOVES, 0)
    first = megabytes(processes)
    drag(server, HANDS, MOVES, 1)
    second = megabytes(processes)
    print(f"{first:.0f} MB after {HANDS * MOVES} questions, {second:.0f} MB after as many more")
    assert second - first < 20


def test_many_years_do_not_starve_a_hand(workshop: tuple[str, list[int]]) -> None:
    server, _ = workshop
    # Of six different settings, because all who ask for the same ones share their years.
    questions = [f'{{"state": {settings(a={BOOST: 0.1 * n}).model_dump_json()}}}' for n in range(6)]
    began = time.perf_counter()
    running = [threading.Thread(target=ask, args=(server, "/api/years", question)) for question in questions]
    for thread in running:
        thread.start()
    time.sleep(0.3)
    seconds = drag(server, 1, 20, 5)
    assert any(thread.is_alive() for thread in running), "the years were over before the hand was"
    for thread in running:
        thread.join()
    print(
        f"a hand beside 6 x 200 years: p95 {seconds[18]:.2f} s; years took {time.perf_counter() - began:.1f} s"
    )
    assert seconds[18] < SECONDS * PATIENT


def processor_seconds(processes: list[int]) -> float:
    fields = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in processes]
    return sum(int(field[11]) + int(field[12]) for field in fields) / os.sysconf("SC_CLK_TCK")


def test_two_hundred_years_take_few_seconds(workshop: tuple[str, list[int]]) -> None:
    """Processor seconds of two cores, so that whatever else the machine does isn't counted."""
    server, processes = workshop
    if not Path("/proc/self/stat").exists():
        pytest.skip("this system doesn't tell how long a process has worked")
    first, second = (
        f'{{"state": {settings(year=0, equal=equal).model_dump_json()}}}' for equal in (True, False)
    )
    ask(server, "/api/years", first)  # the second engine may still be on its way
    spent, began = processor_seconds(processes), time.perf_counter()
    ask(server, "/api/years", second)
    seconds = (processor_seconds(processes) - spent) / 2
    print(f"200 years: {seconds:.2f} s of two cores, {time.perf_counter() - began:.2f} s by the clock")
    assert seconds < 3.0 * PATIENT
    # Once more they are there.
    spent = processor_seconds(processes)
    assert len(ask(server, "/api/years", second).body.splitlines()) == 1
    assert processor_seconds(processes) - spent < 0.3 * PATIENT
