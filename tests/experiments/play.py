"""Work that stands for a study's, in a module of its own: each worker process imports it, and little with it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zerosum.runs.work import Done, Place, Task


@dataclass(frozen=True)
class Play:
    """Stands for the work: some points kill their process (once, or always), some take for ever."""

    folder: Path
    poison: frozenset[int] = frozenset()
    once: frozenset[int] = frozenset()
    slow: frozenset[int] = frozenset()
    takes: float = 0.0

    def __call__(self, tasks: Sequence[Task], on_week: Any = None) -> Done:
        for place, replication, *_ in tasks:
            marker = self.folder / f"{place.number}-{replication}"
            with open(marker, "a", encoding="utf-8") as file:
                file.write(f"{os.getpid()}\n")
            if place.number in self.poison or (place.number in self.once and len(tries(marker)) == 1):
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(self.takes)
            while place.number in self.slow:
                time.sleep(0.02)
                if on_week:
                    on_week(0, 1)
        return Done({}, tuple((task.place.number, task.replication) for task in tasks))


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


def stillborn(pipe: Any, packed: bytes) -> None:
    """Stands for a worker: the first two die before they have said a word."""
    from zerosum.runs.executors import processes
    from zerosum.runs.executors.ship import receive

    work: Play = receive(packed)
    with open(work.folder / "born", "a", encoding="utf-8") as file:
        file.write("x ")
    if len(tries(work.folder / "born")) <= 2:
        os._exit(1)
    processes._serve(pipe, packed)
