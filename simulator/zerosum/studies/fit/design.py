"""Simulate a team at many places of its parameters' ranges, and store its summary statistics.

Places are a Sobol sequence: spread evenly, and the same for every data set. Each place is one simulated team, with
random numbers of its own. The parameters that aren't fitted have the values of one of the calibrated sets, picked by
the sequence, too: what is not known of them stays unknown.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd
import pyarrow as pa
from scipy.stats import qmc

from zerosum.crm.simulated import simulate_team
from zerosum.errors import Interrupted
from zerosum.market.run import OnWeek
from zerosum.runs.addresses import Address, point_of
from zerosum.runs.executors import Executor, Stopped
from zerosum.runs.origin import origin
from zerosum.runs.parts import Parts
from zerosum.runs.work import RUNS, Done, Failure, Place, Task
from zerosum.scenario.fits import Fits, Parameter, apply_values
from zerosum.scenario.spec import Scenario
from zerosum.studies.fit.posterior import Float
from zerosum.studies.fit.summary import LABELS, summary_of

BATCH = 4
"""Teams that a worker is given at a time."""
FLUSH_SECONDS = 5.0
"""Seconds after which finished teams are written."""
DIGITS = 6
"""Significant digits of a value, so that machines agree on it."""

SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.int64()) for name in ("point", "replication")),
        *(pa.field(name, pa.float64()) for name in LABELS),
    ]
)


@dataclass(frozen=True)
class Free:
    """A parameter to fit, uniform over its range, or uniform in its logarithm."""

    parameter: Parameter
    log: bool = False

    @property
    def key(self) -> str:
        """Path in the scenario."""
        return self.parameter.key

    def value(self, place: float) -> float:
        """Return the value at a place of the range, 0 to 1."""
        low, high = self.parameter.low, self.parameter.high
        value = low * (high / low) ** place if self.log else low + (high - low) * place
        return float(f"{value:.{DIGITS}g}")

    def place(self, value: float) -> float:
        """Return the place of a value."""
        low, high = self.parameter.low, self.parameter.high
        return math.log(value / low) / math.log(high / low) if self.log else (value - low) / (high - low)


@dataclass(frozen=True)
class Model:
    """What turns a place into a simulated team; small to send to a worker.

    Attributes
    ----------
    base : Scenario
        everything that isn't fitted, and the rows that factors multiply
    free : tuple of Free
    fits : Fits
        calibrated sets, for parameters that are neither free nor ``kept``
    kept : frozenset of str
        keys that the base knows from the data
    no_decision : bool
        whether the data tell deals without a decision from lost ones
    """

    base: Scenario
    free: tuple[Free, ...]
    fits: Fits
    kept: frozenset[str] = frozenset()
    no_decision: bool = True

    @property
    def keys(self) -> list[str]:
        """The fitted keys."""
        return [one.key for one in self.free]

    def scenario(self, places: Sequence[float], number: int) -> Scenario:
        """Return the scenario at a place, with a calibrated set for the rest.

        Raises
        ------
        ScenarioError
            if it isn't valid
        """
        # Factors multiply the base's rows, so those of fitted keys must still be the base's: these are left out here.
        mine = {one.key for one in self.free} | self.kept
        rest = tuple(p for p in self.fits.parameters if p.key not in mine)
        scenario = replace(self.fits, parameters=rest).applied(self.base, number)
        values = {one.key: one.value(place) for one, place in zip(self.free, places, strict=True)}
        return apply_values(scenario, [one.parameter for one in self.free], values)


@dataclass(frozen=True)
class Design:
    """Places to simulate at; ``numbers``: the calibrated set at each."""

    places: Float
    numbers: tuple[int, ...]

    @classmethod
    def spread(cls, model: Model, count: int, seed: int = 1) -> Design:
        """Return ``count`` places, spread evenly; the first of a longer design are those of a shorter one."""
        sequence = qmc.Sobol(len(model.free) + 1, seed=seed)
        drawn = sequence.random_base2(math.ceil(math.log2(max(count, 1))))[:count]
        sets = len(model.fits.sets)
        return cls(drawn[:, :-1], tuple(int(u * sets) for u in drawn[:, -1]))


@dataclass(frozen=True)
class Work:
    """Simulate teams and return their statistics; a team that fails doesn't affect the others."""

    model: Model

    def __call__(self, tasks: Sequence[Task], on_week: OnWeek | None = None) -> Done:
        """Simulate a batch."""
        started = time.perf_counter()
        rows, finished, failures = [], [], []
        for place, replication, _ in tasks:
            try:
                scenario = self.model.scenario(place.changes["places"], place.base)
                team = simulate_team(scenario, replication=replication, on_week=on_week).team
                found = summary_of(team, self.model.no_decision)
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
                failures.append(Failure(place.number, replication, "error", said, traceback.format_exc()))
                continue
            rows.append({"point": place.number, "replication": replication, **found})
            finished.append((place.number, replication))
        tables = {RUNS: pa.Table.from_pylist(rows, schema=SCHEMA)} if rows else {}
        return Done(tables, tuple(finished), tuple(failures), time.perf_counter() - started, origin())


@dataclass
class _Buffer:
    parts: Parts
    answers: list[Done] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)

    def add(self, answer: Done) -> None:
        self.answers.append(answer)
        if time.monotonic() - self.since >= FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        full = [answer.tables[RUNS] for answer in self.answers if answer.tables]
        failures = [failure for answer in self.answers for failure in answer.failures]
        if full or failures:
            self.parts.add({RUNS: pa.concat_tables(full)} if full else {}, failures)
        self.answers, self.since = [], time.monotonic()


def simulate(
    model: Model,
    design: Design,
    parts: Parts,
    executor: Executor,
    on_done: Callable[[int, int], None] = lambda *_: None,
    stop: threading.Event | None = None,
    first: int = 0,
) -> pd.DataFrame:
    """Simulate the places that aren't stored yet, and return all rows in the design's order.

    Parameters
    ----------
    model : Model
    design : Design
    parts : Parts
        stores finished teams: a stopped fit goes on where it was
    executor : Executor
        results are the same on all
    on_done : callable
        called with the teams finished, and of how many
    stop : Event, optional
    first : int
        number of the first place's replication: each team has random numbers of its own

    Returns
    -------
    DataFrame
        a row per place, a column per statistic; all NaN where no team could be simulated

    Raises
    ------
    Interrupted
        when stopped; finished teams are stored
    """
    tasks = [
        Task(Place(point_of(model.keys, list(map(float, where)), base), base, {"places": where}), number)
        for number, (where, base) in enumerate(
            zip(design.places.tolist(), design.numbers, strict=True), first
        )
    ]
    there = parts.finished() | set(parts.failed())
    todo = [task for task in tasks if (task.place.number, task.replication) not in there]
    done, of = len(tasks) - len(todo), len(tasks)
    on_done(done, of)
    buffer = _Buffer(parts)
    answers = executor.run(Work(model), _batches(todo), stop or threading.Event())
    try:
        with contextlib.closing(answers):  # type: ignore[type-var]  # a generator; the interface says less
            for answer in answers:
                buffer.add(answer)
                done += len(answer.finished) + len(answer.failures)
                on_done(done, of)
    except Stopped:
        raise Interrupted(done, of) from None
    finally:
        buffer.flush()
    return _in_order(parts, [(task.place.number, task.replication) for task in tasks])


def _batches(todo: Sequence[Task]) -> Iterator[Sequence[Task]]:
    for first in range(0, len(todo), BATCH):
        yield todo[first : first + BATCH]


def _in_order(parts: Parts, wanted: Sequence[Address]) -> pd.DataFrame:
    table = parts.read(RUNS)
    index = pd.MultiIndex.from_tuples(wanted, names=["point", "replication"])
    if table is None:
        return pd.DataFrame(math.nan, index=range(len(wanted)), columns=list(LABELS))
    rows = table.to_pandas().set_index(["point", "replication"])
    return rows.reindex(index)[list(LABELS)].reset_index(drop=True)
