"""Estimate a sweep's points, runs, memory, disk and time before it runs."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from zerosum.errors import InputError
from zerosum.market.assumptions import courses
from zerosum.market.metrics import METRICS
from zerosum.market.sizes import format_bytes, memory_needed, seconds_needed, workers_that_fit
from zerosum.runs.parts import Parts
from zerosum.runs.work import RUNS, Task
from zerosum.scenario import ScenarioError
from zerosum.scenario.spec import Scenario
from zerosum.studies.questions import name_of
from zerosum.studies.sweep.designs import spread_out
from zerosum.studies.sweep.points import Study
from zerosum.studies.sweep.work import Work

PILOTS = 3
"""Points with a pilot run, to measure the time of a run."""

LONGEST_PILOT = 30.0
"""Longest expected run, in seconds, for which a pilot is simulated."""

SPARE = 0.9
"""Part of the free disk that a sweep may fill."""

TWICE = 2
"""Copies of each row: in the parts and, at the end, in the table."""

BYTES = 9
"""Bytes of a number in Parquet: most don't compress."""


@dataclass(frozen=True)
class Plan:
    """Estimated size and time of a sweep.

    Attributes
    ----------
    points, replications, runs : int
        runs = points * replications
    independent : int
        replications with their own random numbers: those of one point if all points share them, else those of all
        points (two with the same assumptions count once)
    done : int
        finished runs
    simulations : int
        simulated years in a run: strategies for adopters, and their chance baseline
    disk, free : int
        bytes that all rows need, and free bytes
    largest : Scenario
        scenario that needs most memory
    seconds_per_run : float
        seconds of one process, from pilots or sizes; NaN if unknown
    """

    points: int
    replications: int
    runs: int
    independent: int
    done: int
    simulations: int
    disk: int
    free: int
    largest: Scenario
    seconds_per_run: float = float("nan")

    @property
    def memory(self) -> int:
        """Bytes of the largest market."""
        return memory_needed(self.largest)

    def seconds(self, workers: int) -> float:
        """Return the seconds that the remaining runs need, if they are like the pilots."""
        return (self.runs - self.done) * self.seconds_per_run / workers


def planned(study: Study, folder: Path, pilot: bool = False) -> Plan:
    """Estimate what a sweep needs.

    Parameters
    ----------
    pilot : bool
        simulate runs at some points, to measure their time

    Raises
    ------
    InputError
        if the rows don't fit on the disk, or a market in memory: says how many bytes
    """
    experiment = study.experiment
    often = experiment.precision.at_most if experiment.precision else experiment.replications
    runs = len(study.points) * often
    done = sum(number < often for _, number in study.grid.complete(Parts(folder).finished()))
    largest = check_memory(study)
    disk = TWICE * runs * _bytes_per_run(study)
    nearest = folder.absolute()
    while not nearest.exists():
        nearest = nearest.parent
    free = shutil.disk_usage(nearest).free
    if disk * (1 - done / runs) > SPARE * free:
        raise InputError(
            f"{name_of(study.here)}: {runs:,} runs take about {format_bytes(disk)} on disk; {nearest} has "
            f"{format_bytes(free)} free. Fewer points, replications or tables kept would do"
        )
    moves = len(study.strategies) * len(study.adopters)
    apart = often // courses(study.bases[0]) or 1
    return Plan(
        points=len(study.points),
        replications=often,
        runs=runs,
        independent=apart if experiment.random_numbers == "common" else apart * len(study.points),
        done=done,
        simulations=moves * (2 if study.nulls else 1),
        disk=disk,
        free=free,
        largest=largest,
        seconds_per_run=_seconds_per_run(study, largest) if pilot else float("nan"),
    )


def check_memory(study: Study) -> Scenario:
    """Return the scenario that needs most memory.

    Raises
    ------
    InputError
        if it or the rows of all runs don't fit: says how many bytes, and what to lower
    """
    largest = max((study.scenario(n) for n in study.extremes() or (0,)), key=memory_needed)
    runs = study.experiment.replications * len(study.points)
    try:
        workers_that_fit(largest, 1, runs, (RUNS, *study.experiment.keep), process=True)
    except ScenarioError as error:
        raise InputError(
            "\n".join(str(replace(problem, source=str(name_of(study.here)))) for problem in error.problems)
        ) from None
    return largest


def _bytes_per_run(study: Study) -> int:
    rows = len(study.strategies) * len(study.adopters) * (2 if study.nulls else 1)
    scenario = study.bases[0]
    reps = scenario.vendors[scenario.focal_index].reps
    beside = {"weekly": scenario.clock.weeks * 30, "reps": reps * 14, "segments": len(scenario.segments) * 14}
    kept = sum(beside[name] for name in study.experiment.keep)
    return BYTES * rows * (len(METRICS) + kept)


def _seconds_per_run(study: Study, largest: Scenario) -> float:
    """Return the seconds of a run, from a pilot; if a pilot is slow, from the largest market's sizes."""
    guessed = seconds_needed(largest, 1, nulls=study.nulls)
    return guessed if guessed > LONGEST_PILOT else _pilot(study)


def _pilot(study: Study) -> float:
    """Return the mean seconds of a run over some points, after one warm-up run."""
    work = Work(study.bases, study.nulls, study.experiment.keep)
    tried = spread_out(len(study.points))[:PILOTS]
    work([Task(study.place(tried[0]), 0)])
    seconds = []
    for point in tried:
        started = time.perf_counter()
        answer = work([Task(study.place(point), 0)])
        if answer.tables.get(RUNS) is not None:
            seconds.append(time.perf_counter() - started)
    return float(np.mean(seconds)) if seconds else float("nan")
