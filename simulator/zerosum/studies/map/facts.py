"""Find the facts that respond to a key, and the values that they rule out.

A fact *responds* to a key if its measure changes significantly along the axis, by more than a minimum. It *rules out*
a value if the 95 % interval of the market's measure is outside the fact's band. Values between are interpolated
linearly; where the market has no such number, nothing is ruled out. A fact that the market misses at the user's own
place is named, and rules out nothing: the others still say what they leave.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.special import fdtrc, stdtrit

from zerosum.market.run import OnWeek
from zerosum.market.state import Float
from zerosum.runs.origin import origin
from zerosum.runs.work import RUNS, Done, Failure, Task
from zerosum.scenario.spec import Scenario
from zerosum.studies.calibrate.trials import digest_of_measures
from zerosum.studies.facts import MEASURES, Fact, observe, vendors_alike
from zerosum.studies.map.axes import Axis
from zerosum.studies.sweep.points import scenario_at

CHANCE = 0.05
"""Error probability of finding that a fact sees a key if none does."""

TRIFLE = 0.1
"""Part of a band's width; a fact that moves less over the whole axis doesn't see the key."""


@dataclass(frozen=True)
class FactWork:
    """Compute measures of the status quo at points; small, and the same for every worker.

    Attributes
    ----------
    bases : tuple of Scenario
    measures : tuple of str
    """

    bases: tuple[Scenario, ...]
    measures: tuple[str, ...]

    def __call__(self, tasks: Sequence[Task], on_week: OnWeek | None = None) -> Done:
        """Simulate the runs of a batch; a failed run doesn't affect the others."""
        started, finished = time.perf_counter(), list[tuple[int, int]]()
        rows: list[tuple[int, int, str, int, float]] = []
        failures: list[Failure] = []
        for place, replication, _ in tasks:
            at = (place.number, replication)
            try:
                scenario = scenario_at(self.bases, place)
                found, _ = observe(
                    scenario,
                    replication,
                    on_week,
                    measures=self.measures,
                    null=False,
                    vendors=vendors_alike(scenario),
                )
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
                failures.append(Failure(*at, "error", said, traceback.format_exc()))
                continue
            for name, numbers in found.items():
                rows += [(*at, name, i, float(value)) for i, value in enumerate(numbers)]
            finished.append(at)
        columns = list(zip(*rows, strict=True)) or [()] * len(SCHEMA)
        table = pa.Table.from_arrays(
            [pa.array(column, kind.type) for column, kind in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
        )
        tables = {RUNS: table} if rows else {}
        return Done(tables, tuple(finished), tuple(failures), time.perf_counter() - started, origin())


SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.int64()) for name in ("point", "replication")),
        pa.field("measure", pa.string()),
        pa.field("place", pa.int64()),
        pa.field("value", pa.float64()),
    ]
)
"""Schema of a row: one number of a measure's row."""


def asked_of_facts(facts: Sequence[Fact]) -> dict[str, object]:
    """Return what identifies the runs: the facts' measures and a digest of the code."""
    return {"measures": sorted({fact.measure for fact in facts}), "digest": digest_of_measures()}


Parts = tuple[tuple[float, float], ...]
"""Parts of an axis: (low, high) of each, ascending, in the factor's unit."""


@dataclass(frozen=True)
class Seen:
    """A fact along an axis.

    Attributes
    ----------
    fact : Fact
    moves : float
        highest less lowest value of the market's measure
    allowed : tuple of (low, high)
        parts of the axis that it doesn't rule out
    """

    fact: Fact
    moves: float
    allowed: Parts


@dataclass(frozen=True)
class Constraint:
    """The facts' constraint on an axis.

    Attributes
    ----------
    axis : Axis
    seen : tuple of Seen
        facts that respond to it
    low, high : float
        the part around the user's place that is ruled out by none of the facts that the place meets
    low_by, high_by : str
        labels of the facts that end it there; empty at an end of the axis
    elsewhere : tuple of (low, high)
        other parts that none of these facts rules out
    """

    axis: Axis
    seen: tuple[Seen, ...]
    low: float
    high: float
    low_by: str
    high_by: str
    elsewhere: Parts = ()

    @property
    def constrains(self) -> bool:
        """Whether any value of the axis is ruled out."""
        return bool(self.low_by or self.high_by)

    @property
    def missed(self) -> tuple[Seen, ...]:
        """The facts that the place itself misses; they rule out nothing here."""
        return tuple(one for one in self.seen if _around(one.allowed, self.axis.here) is None)


def constrain(
    axis: Axis, values: Float, rows: Mapping[str, Float], facts: Sequence[Fact], tests: int
) -> Constraint:
    """Return the facts that respond to an axis, and the parts that they leave together.

    Parameters
    ----------
    axis : Axis
    values : float[k]
        ascending, in the factor's unit; includes the user's place
    rows : mapping
        measure -> float[k, replications, numbers], with common random numbers at all values
    facts : sequence of Fact
    tests : int
        number of tests together: facts and axes (Bonferroni)
    """
    seen = list[Seen]()
    low, high, low_by, high_by = float(values[0]), float(values[-1]), "", ""
    left: Parts = ((low, high),)
    for fact in facts:
        if fact.measure not in rows or (found := _see(fact, values, rows[fact.measure], tests)) is None:
            continue
        seen.append(found)
        part = _around(found.allowed, axis.here)
        if part is None:
            continue
        left = _overlap(left, found.allowed)
        if part[0] > low:
            low, low_by = part[0], fact.label
        if part[1] < high:
            high, high_by = part[1], fact.label
    elsewhere = tuple(part for part in left if part[1] < low or part[0] > high)
    return Constraint(axis, tuple(seen), low, high, low_by, high_by, elsewhere)


def misses(fact: Fact, rows: Float) -> bool:
    """Return whether a fact rules out a place: float[replications, numbers] of its measure there."""
    about = MEASURES[fact.measure]
    numbers = _numbers(about.reduce, about.pooled, rows)
    return (
        len(numbers) > 1 and bool(np.isfinite(numbers).all()) and float(_room(fact, numbers[None])[0]) < 0.0
    )


def _see(fact: Fact, values: Float, rows: Float, tests: int) -> Seen | None:
    """Look at a fact along an axis; None if it doesn't respond."""
    about = MEASURES[fact.measure]
    numbers = np.array([_numbers(about.reduce, about.pooled, row) for row in rows])
    known = np.isfinite(numbers).all(axis=1)
    numbers = numbers[known]
    k, n = numbers.shape
    if k < 2 or n < 2:
        return None
    mean = numbers.mean(axis=1)
    moves = float(np.ptp(mean))
    width = (fact.high or 0.0) - (fact.low or 0.0) if fact.low is not None and fact.high is not None else 0.0
    # Compare whole replications: noise common to all values makes no difference between them.
    rest = numbers - mean[:, None] - numbers.mean(axis=0) + mean.mean()
    error = float((rest**2).sum()) / ((k - 1) * (n - 1))
    between = n * float(((mean - mean.mean()) ** 2).sum()) / (k - 1)
    nothing = moves <= 1e-12 * float(np.abs(mean).max())
    chance = (
        1.0 if nothing else 0.0 if error == 0.0 else float(fdtrc(k - 1, (k - 1) * (n - 1), between / error))
    )
    if chance >= CHANCE / tests or moves < TRIFLE * width:
        return None
    whole = np.full(len(values), np.inf)
    whole[known] = _room(fact, numbers)
    return Seen(fact, moves, tuple(_above_zero(values, whole)))


def _room(fact: Fact, numbers: Float) -> Float:
    """Return how far each value's 95 % interval reaches into the band; below zero: the fact rules it out.

    Parameters
    ----------
    numbers : float[k, replications]
    """
    n, mean = numbers.shape[1], numbers.mean(axis=1)
    reach = float(stdtrit(n - 1, 0.975)) * numbers.std(axis=1, ddof=1) / np.sqrt(n)
    inside = np.full(len(mean), np.inf)
    if fact.low is not None:
        inside = np.minimum(inside, mean + reach - fact.low)
    if fact.high is not None:
        inside = np.minimum(inside, fact.high - (mean - reach))
    return inside


def _numbers(reduce: object, pooled: bool, rows: Float) -> Float:
    """Return one number a replication whose mean is the measure; jackknife pseudo-values where it is pooled."""
    if not pooled:
        return rows[:, 0]
    assert callable(reduce)
    n, total = len(rows), rows.sum(axis=0)
    if np.isnan(total).any() or n < 2:
        return np.full(n, np.nan)
    whole = reduce(total / n)
    return np.array([n * whole - (n - 1) * reduce((total - row) / (n - 1)) for row in rows])


def _above_zero(x: Float, y: Float) -> list[tuple[float, float]]:
    """Return the parts of a piecewise linear function that aren't below zero; infinity reaches to the next value."""
    parts: list[tuple[float, float]] = []
    for i in range(len(x) - 1):
        a, b = y[i], y[i + 1]
        if a < 0 and b < 0:
            continue
        if (a < 0) == (b < 0):
            part = (float(x[i]), float(x[i + 1]))
        else:
            way = 1.0 if np.isinf(a) else 0.0 if np.isinf(b) else a / (a - b)
            cross = float(x[i] + (x[i + 1] - x[i]) * way)
            part = (float(x[i]), cross) if a >= 0 else (cross, float(x[i + 1]))
        if parts and parts[-1][1] == part[0]:
            parts[-1] = (parts[-1][0], part[1])
        else:
            parts.append(part)
    return parts


def _around(parts: Parts, value: float) -> tuple[float, float] | None:
    """Return the part that a value lies in."""
    return next((part for part in parts if part[0] <= value <= part[1]), None)


def _overlap(one: Parts, other: Parts) -> Parts:
    """Return what two lists of parts share."""
    shared = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return tuple(part for part in shared if part[0] <= part[1])
