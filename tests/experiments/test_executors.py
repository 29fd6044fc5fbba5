"""Executors: every task once, whoever dies; nobody outlives the parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulator.experiments.executors import ExecutorError, Here, Processes, Stopped, processes
from simulator.experiments.executors.interface import ATTEMPTS
from simulator.experiments.points import Place
from simulator.experiments.work import Done, Task
from tests.test_cli_process import PATIENCE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as on Linux and macOS")


@dataclass(frozen=True)
class Play:
    """Stands for the work: some points kill their process (once, or always), some take for ever."""

    folder: Path
    poison: frozenset[int] = frozenset()
    once: frozenset[int] = frozenset()
    slow: frozenset[int] = frozenset()

    def __call__(self, tasks: Sequence[Task], on_week: Any = None) -> Done:
        for place, replication in tasks:
            marker = self.folder / f"{place.number}-{replication}"
            with open(marker, "a", encoding="utf-8") as file:
                file.write(f"{os.getpid()}\n")
            if place.number in self.poison or (place.number in self.once and len(tries(marker)) == 1):
                os.kill(os.getpid(), signal.SIGKILL)
            while place.number in self.slow:
                time.sleep(0.02)
                if on_week:
                    on_week(0, 1)
        return Done({}, tuple((place.number, replication) for place, replication in tasks))


def tries(marker: Path) -> list[str]:
    return marker.read_text(encoding="utf-8").split()


def batches(points: Sequence[int], size: int = 1) -> Iterator[list[Task]]:
    tasks = [Task(Place(point, 0, {}), 0) for point in points]
    for first in range(0, len(tasks), size):
        yield tasks[first : first + size]


def points_of(answers: Sequence[Done]) -> tuple[list[int], list[tuple[int, str]]]:
    """Points that were finished, and those that failed with how."""
    done = [point for answer in answers for point, _ in answer.finished]
    return sorted(done), sorted((f.point, f.kind) for answer in answers for f in answer.failures)


EXECUTORS: dict[str, Callable[[], Any]] = {
    "here": Here,
    "one": lambda: Processes(1),
    "two": lambda: Processes(2),
}


@pytest.mark.parametrize("name", EXECUTORS)
@pytest.mark.parametrize("size", [1, 4])
def test_every_task_is_done_once(name: str, size: int, tmp_path: Path) -> None:
    run = EXECUTORS[name]().run(Play(tmp_path), batches(range(10), size), threading.Event())  # type: ignore[arg-type]
    done, failed = points_of(list(run))
    assert done == list(range(10))
    assert failed == []
    assert all(len(tries(marker)) == 1 for marker in tmp_path.iterdir())


@pytest.mark.parametrize("size", [1, 4])
def test_a_task_that_kills_its_process_is_found_and_its_neighbours_are_done(
    size: int, tmp_path: Path
) -> None:
    work = Play(tmp_path, poison=frozenset({2, 3, 9}))
    done, failed = points_of(list(Processes(2).run(work, batches(range(12), size), threading.Event())))  # type: ignore[arg-type]
    assert done == [0, 1, 4, 5, 6, 7, 8, 10, 11]
    assert failed == [(point, "killed") for point in (2, 3, 9)]
    alone = 1 if size == 1 else 2  # in a batch first, then alone
    for point in (2, 3, 9):
        assert ATTEMPTS <= len(tries(tmp_path / f"{point}-0")) <= ATTEMPTS + alone - 1


def test_many_tasks_that_kill_in_a_row_are_not_taken_for_a_broken_machine(tmp_path: Path) -> None:
    work = Play(tmp_path, poison=frozenset(range(8)))
    done, failed = points_of(list(Processes(2).run(work, batches(range(10), 10), threading.Event())))  # type: ignore[arg-type]
    assert done == [8, 9]
    assert len(failed) == 8


def test_a_task_whose_process_died_by_chance_is_tried_again(tmp_path: Path) -> None:
    work = Play(tmp_path, once=frozenset({1, 5}))
    done, failed = points_of(list(Processes(2).run(work, batches(range(6), 3), threading.Event())))  # type: ignore[arg-type]
    assert done == list(range(6))
    assert failed == []


def test_batches_are_asked_for_as_late_as_can_be(tmp_path: Path) -> None:
    """So that a sweep can change its mind about their size, and a stop leaves little behind."""
    asked: list[int] = []

    def told() -> Iterator[list[Task]]:
        for number, batch in enumerate(batches(range(20))):
            asked.append(number)
            yield batch

    run = Processes(2).run(Play(tmp_path), told(), threading.Event())  # type: ignore[arg-type]
    next(run)
    assert len(asked) <= 4
    run.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", EXECUTORS)
def test_a_stop_ends_a_task_that_never_ends_and_leaves_nobody_behind(name: str, tmp_path: Path) -> None:
    stop = threading.Event()
    work = Play(tmp_path, slow=frozenset({1}))
    run = EXECUTORS[name]().run(work, batches(range(2)), stop)
    threading.Timer(0.5, stop.set).start()
    with pytest.raises(Stopped):
        list(run)
    pids = {int(pid) for marker in tmp_path.iterdir() for pid in tries(marker)} - {os.getpid()}
    gone_soon(pids)


def gone_soon(pids: set[int]) -> None:
    deadline = time.monotonic() + PATIENCE
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline, f"{pids} live on"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return os.uname().sysname != "Linux"


def test_workers_that_never_start_are_a_fault_not_a_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.experiments.executors.processes._serve", os._exit)
    with pytest.raises(ExecutorError, match=r"don't start .*--workers 0"):
        list(Processes(2).run(Play(tmp_path), batches(range(4)), threading.Event()))  # type: ignore[arg-type]


def stillborn(pipe: Any, work: Play) -> None:
    """Stands for a worker: the first two die before they have said a word."""
    with open(work.folder / "born", "a", encoding="utf-8") as file:
        file.write("x ")
    if len(tries(work.folder / "born")) <= 2:
        os._exit(1)
    processes._serve(pipe, work)  # type: ignore[arg-type]


def test_a_run_is_not_blamed_for_a_worker_that_never_began_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("simulator.experiments.executors.processes._serve", stillborn)
        found = list(Processes(1).run(Play(tmp_path), batches(range(2)), threading.Event()))  # type: ignore[arg-type]
    assert points_of(found) == ([0, 1], [])
    assert len(tries(tmp_path / "born")) == 3


PARENT = """
import sys, threading
from pathlib import Path
from simulator.experiments.executors import Processes
from tests.experiments.test_executors import Play, batches

if __name__ == "__main__":
    work = Play(Path(sys.argv[1]), slow=frozenset(range(4)))
    list(Processes(2).run(work, batches(range(4)), threading.Event()))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_workers_never_outlive_their_parent(how: signal.Signals, tmp_path: Path) -> None:
    here = tmp_path / "work"
    here.mkdir()
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(PARENT), str(here)])
    try:
        deadline = time.monotonic() + PATIENCE
        while len(list(here.iterdir())) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        pids = {int(pid) for marker in here.iterdir() for pid in tries(marker)}
        assert len(pids) == 2
        parent.send_signal(how)
        gone_soon(pids)
    finally:
        parent.kill()
        parent.wait()
