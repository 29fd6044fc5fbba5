"""Make a map: rank keys, simulate points over two of them, fit a surface to the differences, check facts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pandas as pd

from zerosum.errors import InputError
from zerosum.market.state import Float
from zerosum.runs.executors import Executor
from zerosum.runs.store import Lost
from zerosum.runs.work import RUNS, Failure
from zerosum.statistics import Interval
from zerosum.studies.facts import Fact, asked_for
from zerosum.studies.map.answer import Crossover, at_place, crossovers, places_of, shares
from zerosum.studies.map.axes import Axis
from zerosum.studies.map.design import (
    FACT_REPLICATIONS,
    FACT_STEPS,
    PLACE,
    Question,
    facts_study,
    map_study,
    probe_study,
    ranking_study,
)
from zerosum.studies.map.facts import Constraint, FactWork, asked_of_facts, constrain, misses
from zerosum.studies.map.folder import FACTS, POINTS, PROBE, RANKING, keep, kept
from zerosum.studies.map.ranking import COLUMNS, rank_keys
from zerosum.studies.map.surface import Surface
from zerosum.studies.sweep import State, Study, Swept, outcomes, sweep

STAGES = {
    RANKING: "ranking of keys: runs",
    PROBE: "ends of the axes: runs",
    POINTS: "points of the map: runs",
    FACTS: "facts along the axes: runs",
}
"""Names of the stages, for their progress."""

OnStage = Callable[[str, int, int], None]


Run = Callable[[Study, str, "FactWork | None"], Swept]
"""Return the runs of a sweep in a folder of the map: its study, the folder, what is measured if not the metrics."""


@dataclass(frozen=True)
class Map:
    """Where a verdict changes over two keys.

    Attributes
    ----------
    question : Question
    axes : tuple of Axis
    ranking : DataFrame
        see :func:`zerosum.studies.map.ranking.rank_keys`; empty if the keys were given
    swept : Swept
        the runs at the points
    fitted : Surface
    constraints : tuple of Constraint
        the facts' constraint on each axis; empty without facts
    facts : int
        number of judged facts checked
    missed : tuple of str
        labels of the facts that the user's place misses, and that respond to neither key
    inert : tuple of str
        keys to which nothing responds: at both ends and at the place all numbers of a run are the same to the last bit
    failures : tuple of Failure
        runs that failed, of all sweeps
    """

    question: Question
    axes: tuple[Axis, Axis]
    ranking: pd.DataFrame
    swept: Swept
    fitted: Surface
    constraints: tuple[Constraint, ...]
    facts: int
    failures: tuple[Failure, ...]
    missed: tuple[str, ...] = ()
    inert: tuple[str, ...] = ()

    @property
    def sign(self) -> int:
        """1 if more of the metric is better, -1 if less is."""
        return 1 if self.question.metric.higher_is_better else -1

    @cached_property
    def points(self) -> pd.DataFrame:
        """One row per point: both keys, n, difference, low, high (each point's own 95 % interval), is_place."""
        from zerosum.studies.sweep import responses

        found = responses(self.swept)
        mine = found[found["strategy"] == self.question.strategy].sort_values("point")
        columns = {axis.key: mine[axis.factor.name].to_numpy(float) / axis.times for axis in self.axes}
        rest = {name: mine[name].to_numpy() for name in ("n", "difference", "low", "high")}
        return pd.DataFrame({**columns, **rest, "is_place": mine["point"].to_numpy() == PLACE})

    @cached_property
    def surface(self) -> pd.DataFrame:
        """The surface at 41 x 41 places: both keys, difference, low, high, probability (the strategy is better)."""
        grid = self.grid
        places = places_of(self.axes, [values.ravel() for values in np.meshgrid(*grid, indexing="ij")])
        found, low, high = self.fitted.interval(places)
        chance = self.fitted.probability(places)
        columns = [values.ravel() for values in np.meshgrid(*grid, indexing="ij")]
        keys = {axis.key: column / axis.times for axis, column in zip(self.axes, columns, strict=True)}
        chance = chance if self.sign > 0 else 1.0 - chance
        return pd.DataFrame({**keys, "difference": found, "low": low, "high": high, "probability": chance})

    @property
    def grid(self) -> tuple[Float, Float]:
        """Values of both axes at which the surface is computed, in the factors' units."""
        return self.axes[0].values, self.axes[1].values

    @cached_property
    def here(self) -> Interval:
        """The difference at the user's place, from the surface."""
        return at_place(self.fitted, self.axes)

    @cached_property
    def crossings(self) -> tuple[tuple[Crossover, ...], ...]:
        """Where the difference changes sign along each axis through the user's place."""
        return tuple(tuple(crossovers(self.fitted, self.axes, number)) for number in (0, 1))

    @cached_property
    def crossover(self) -> pd.DataFrame:
        """The line on which both strategies are equal: line (several are possible), both keys; in order along it."""
        from contourpy import contour_generator

        x, y = self.grid
        z = self.surface["difference"].to_numpy().reshape(len(x), len(y)).T
        lines = contour_generator(x, y, z).lines(0.0) if np.ptp(z) else []
        rows = [(number, *point) for number, line in enumerate(lines) for point in np.asarray(line).tolist()]
        found = pd.DataFrame(rows, columns=["line", *(axis.key for axis in self.axes)])
        return found.assign(**{axis.key: found[axis.key].astype(float) / axis.times for axis in self.axes})

    @cached_property
    def shares(self) -> tuple[float, float, float]:
        """Shares of the map where the strategy is better, where the other is, and where neither is clearly."""
        return shares(self.surface["probability"].to_numpy())

    @cached_property
    def shares_left(self) -> tuple[float, float, float] | None:
        """The same shares of the part that facts leave of both keys; None if they rule out nothing."""
        if not any(one.constrains for one in self.constraints):
            return None
        inside = np.ones((len(self.grid[0]), len(self.grid[1])), bool)
        for number, (one, values) in enumerate(zip(self.constraints, self.grid, strict=True)):
            parts = ((one.low, one.high), *one.elsewhere)
            left = np.any([(low <= values) & (values <= high) for low, high in parts], axis=0)
            inside &= left[:, None] if number == 0 else left[None, :]
        chance = self.surface["probability"].to_numpy()[inside.ravel()]
        return shares(chance) if len(chance) else None


def make_map(
    question: Question,
    candidates: Sequence[Axis],
    folder: Path,
    executor: Executor,
    facts: Sequence[Fact] = (),
    fresh: bool = False,
    on_stage: OnStage = lambda what, done, of: None,
    stop: threading.Event | None = None,
    on_lost: Callable[[Lost], None] = lambda _: None,
) -> Map:
    """Make a map, reusing runs in its folder.

    Parameters
    ----------
    question : Question
    candidates : sequence of Axis
        two keys; if more, a ranking selects the two with the largest effect
    folder : Path
    executor : Executor
    facts : sequence of Fact
        judged ones are checked along both axes; default: none
    fresh : bool
        discard stored runs
    on_stage, stop, on_lost
        see :func:`zerosum.studies.sweep.sweep`; called with the stage's name, runs done, runs in all

    Raises
    ------
    InputError
        if a scenario is invalid at a point, or with fewer than two keys
    Interrupted
        when stopped; finished runs are stored
    """
    about = partial(kept, question, candidates, [fact for fact in facts if fact.judged and fact.measure])
    begun = False

    def simulated(study: Study, name: str, work: FactWork | None) -> Swept:
        nonlocal begun
        for _ in study.checked():
            pass
        if not begun:
            keep(folder, about(complete=False), fresh, on_lost)
            begun = True

        def on_state(now: State) -> None:
            on_stage(STAGES[name], now.done + now.failed, now.wanted)

        return sweep(study, folder / name, executor, None, True, fresh, on_state, stop, on_lost, work=work)

    found = assemble(question, candidates, facts, simulated)
    keep(folder, about(complete=True))
    return found


def assemble(question: Question, candidates: Sequence[Axis], facts: Sequence[Fact], run: Run) -> Map:
    """Make a map of runs that ``run`` simulates or reads; the other parameters are those of :func:`make_map`."""
    ranking, failures = pd.DataFrame(columns=COLUMNS), list[Failure]()

    def made(study: Study, name: str, work: FactWork | None = None) -> Swept:
        found = run(study, name, work)
        failures.extend(found.failures)
        return found

    axes = tuple(candidates)
    if len(candidates) > 2:
        study = ranking_study(question, candidates)
        gaps = _gaps(made(study, RANKING), question)
        columns = [study.points[axis.factor.name].to_numpy(float) for axis in candidates]
        try:
            ranking = rank_keys(candidates, places_of(candidates, columns), gaps[:, 0])
        except ValueError:
            raise _nothing_to_map(question) from None
        by_key = {axis.key: axis for axis in candidates}
        axes = tuple(by_key[key] for key in ranking["key"][:2])
    pair = (axes[0], axes[1])
    inert = _inert(made(probe_study(question, pair), PROBE), pair)
    swept = made(map_study(question, pair), POINTS)
    rows = [row[np.isfinite(row)] for row in _gaps(swept, question)]
    columns = [swept.study.points[axis.factor.name].to_numpy(float) for axis in pair]
    try:
        fitted = Surface.through(places_of(pair, columns), rows)
    except ValueError:
        raise _nothing_to_map(question) from None
    judged = [fact for fact in facts if fact.judged and fact.measure]
    constraints, missed = tuple[Constraint, ...](), tuple[str, ...]()
    if judged:
        study = facts_study(question, pair, asked_of_facts(judged))
        work = FactWork(study.bases, asked_for(judged))
        constraints, missed = _constraints(made(study, FACTS, work), pair, judged)
    return Map(
        question, pair, ranking, swept, fitted, constraints, len(judged), tuple(failures), missed, inert
    )


def _nothing_to_map(question: Question) -> InputError:
    return InputError(
        f"'{question.metric.name}' has no value in nearly all runs here, so there is nothing to map; "
        "metric names another"
    )


def _inert(swept: Swept, axes: tuple[Axis, Axis]) -> tuple[str, ...]:
    """Return the keys whose ends give the same runs as the user's place; points are those of the probe."""
    if RUNS not in swept.tables:
        return ()
    runs = swept.tables[RUNS].to_pandas()
    at = [runs[runs["point"] == point].drop(columns="point").reset_index(drop=True) for point in range(5)]
    ends = {axes[0].key: (1, 2), axes[1].key: (3, 4)}
    return tuple(key for key, pair in ends.items() if all(at[0].equals(at[end]) for end in pair))


def _gaps(swept: Swept, question: Question) -> Float:
    """Return differences at a sweep's points, float[points, replications]; NaN if missing."""
    runs = outcomes(swept, question.metric.name)[question.adopters]
    gap = (runs[question.strategy] - runs[question.against]).unstack("replication")
    return gap.reindex(range(len(swept.study.points))).to_numpy(float)


def _constraints(
    swept: Swept, axes: tuple[Axis, Axis], facts: Sequence[Fact]
) -> tuple[tuple[Constraint, ...], tuple[str, ...]]:
    """Return the facts' constraints on both axes, and facts that the place misses and that respond to neither.

    The first point is the user's place, on both axes.
    """
    table = swept.tables.get(RUNS)
    frame = table.to_pandas() if table is not None else pd.DataFrame()
    found, there = list[Constraint](), dict[str, Float]()
    for number, axis in enumerate(axes):
        first = 1 + number * FACT_STEPS
        points = swept.study.points[axis.factor.name].to_numpy(float)
        numbers = np.array([0, *range(first, first + FACT_STEPS)])
        values, order = np.unique(points[numbers], return_index=True)
        rows = _rows(frame, numbers[order].tolist()) if len(frame) else {}
        there = {measure: row[order.tolist().index(0)] for measure, row in rows.items()}
        found.append(constrain(axis, values, rows, facts, len(axes) * len(facts)))
    respond = {seen.fact.name for one in found for seen in one.seen}
    others = (fact for fact in facts if fact.name not in respond and fact.measure in there)
    return tuple(found), tuple(fact.label for fact in others if misses(fact, there[fact.measure]))


def _rows(frame: pd.DataFrame, points: Sequence[int]) -> Mapping[str, Float]:
    """Return measure -> float[points, replications, numbers], NaN if a run failed."""
    found = {}
    for measure, here in frame.groupby("measure"):
        shape = (len(points), FACT_REPLICATIONS, int(here["place"].max()) + 1)
        rows = np.full(shape, np.nan)
        place = {point: i for i, point in enumerate(points)}
        here = here[here["point"].isin(points)]
        at = here["point"].map(place).to_numpy(int)
        rows[at, here["replication"].to_numpy(int), here["place"].to_numpy(int)] = here["value"].to_numpy()
        whole = ~np.isnan(rows).all(axis=(0, 2))
        found[str(measure)] = rows[:, whole]
    return found
