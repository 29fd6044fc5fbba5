"""Trials: values of the parameters, simulated on some markets and stored, so that none is simulated twice.

A trial is stored as one run, which summarizes several replications. Its point is a digest of its values and of the
settings of its measurement.
"""

from __future__ import annotations

import ast
import hashlib
import json
import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from zerosum.errors import InputError
from zerosum.market.state import Float
from zerosum.runs.addresses import point_of
from zerosum.runs.executors import replications
from zerosum.runs.parts import Parts
from zerosum.runs.work import RUNS
from zerosum.scenario import ScenarioError, load_scenario, parse_scenario
from zerosum.scenario.errors import format_problems, suggest
from zerosum.scenario.fits import apply_values, keys_in
from zerosum.scenario.spec import NAMED_TABLES, Scenario
from zerosum.studies.calibrate.settings import Calibration
from zerosum.studies.facts import (
    MEASURES,
    Fact,
    load_facts,
    observe,
    register_held_out,
    vendors_alike,
)

FAR = 3.0
"""Distance in half-bands of an undefined measure, and upper limit of any other."""

SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.int64()) for name in ("point", "replication")),
        pa.field("fact", pa.string()),
        pa.field("value", pa.float64()),
    ]
)
"""Schema of a row: one fact in a trial's markets."""

Values = Mapping[str, float]
"""Key -> value or factor."""


@dataclass(frozen=True)
class Trial:
    """Result of a trial: places of the parameters in their ranges (0..1), their values, and fact -> value.

    A verification trial also has the measures that count the facts' data. ``checked``: on many markets with own
    random numbers, so that it needs no correction.
    """

    places: tuple[float, ...]
    values: Values
    found: Mapping[str, float]
    checked: bool = False


class Trials:
    """Try values of a calibration's parameters and store the results.

    Parameters
    ----------
    settings : Calibration
    here : Path
        the settings' file; other file names are relative to it
    parts : Parts, optional
        storage for trials
    workers : int
        threads
    stop : Event
        stops a running trial
    checking : bool
        whether to measure held-out facts too, and the data that each fact uses

    Raises
    ------
    InputError
        if scenario and parameters don't match
    """

    def __init__(
        self,
        settings: Calibration,
        here: Path,
        parts: Parts | None,
        workers: int,
        stop: threading.Event | None = None,
        checking: bool = False,
    ) -> None:
        self.settings = settings
        self.stop = stop or threading.Event()
        self._workers = workers
        self._here = here
        try:
            scenario = load_scenario(_beside(here, settings.scenario))
        except ScenarioError as error:
            raise InputError(f"{here}: scenario = '{settings.scenario}': {error}") from None
        # The status quo is observed: who adopts a strategy in a comparison is no part of it.
        status_quo = {"comparison.seed": settings.market_seed, "comparison.adopters": ["focal"]}
        self._scenario = parse_scenario(scenario, status_quo)
        every = load_facts([here.parent / name for name in settings.facts])
        held_out = settings.held_out
        if checking:
            self.facts = tuple(fact for fact in every if fact.judged or fact.name in held_out)
        else:
            self.facts = tuple(fact for fact in every if fact.judged and fact.name not in held_out)
        self.parts = {MEASURES[fact.measure].part for fact in self.facts} - {""} if checking else set[str]()
        self.answers = settings.spread_over
        self._check(every)
        self.done: list[Trial] = []
        self.simulated = 0
        self._one_sided = np.array([fact.low is None or fact.high is None for fact in self.facts])
        self._starts = np.array([p.place(p.centre) for p in settings.parameters])
        self.shift: Mapping[str, float] = {}
        """Fact -> correction added to a trial's value, see :meth:`anchor`."""
        self._parts = parts
        self._how = self._digest()
        table = parts.read() if parts else None
        self._known: dict[int, dict[str, float]] = {}
        for row in table.to_pylist() if table else ():
            self._known.setdefault(row["point"], {})[row["fact"]] = row["value"]

    def _check(self, facts: Sequence[Fact]) -> None:
        known = [fact.name for fact in facts if fact.measure]
        for name in self.settings.held_out:
            if name not in known:
                raise InputError(f"{self._here}: held_out: there is no fact '{name}'; {suggest(name, known)}")
        now = register_held_out(facts, self.settings.held_out)
        if self.settings.registered not in ("", now):
            raise InputError(
                f'{self._here}: registered = "{self.settings.registered}": facts (names, measures, bands, which are '
                "judged) or the list held_out have changed since; what is held out has to be chosen before the search. "
                f'To begin anew with what is there now: registered = "{now}"'
            )
        names = [fact.name for fact in self.facts]
        for name in self.settings.spread_over:
            if name not in MEASURES:
                raise InputError(
                    f"{self._here}: spread_over: there is no measure '{name}'; {suggest(name, list(MEASURES))}"
                )
        for name in self.settings.comfortable:
            if name not in names:
                raise InputError(
                    f"{self._here}: comfortable.{name}: no such fact is fitted; {suggest(name, names)}"
                )
        for key, rows in self.settings.bases.items():
            table = key.partition(".")[0]
            if table not in NAMED_TABLES:
                raise InputError(
                    f"{self._here}: factor_of of {key}: there is one [{table}], and factor_of is for tables with a row "
                    f"for each name ({', '.join(NAMED_TABLES)}); leave it out"
                )
            there = {row.name for row in getattr(self._scenario, table)}
            if there != set(rows):
                raise InputError(
                    f"{self._here}: factor_of of {key} names {', '.join(sorted(rows))}; the scenario's [[{table}]] are "
                    f"{', '.join(sorted(there))}"
                )
        drawn = {row.key for row in self._scenario.uncertain}
        for parameter in self.settings.parameters:
            if drawn & set(keys_in(self._scenario, parameter.key)):
                raise InputError(
                    f"{self._here}: {parameter.key}: the scenario is uncertain of it ([[uncertain]]), so no value that "
                    "is tried would be used; calibrate a scenario that isn't"
                )
        middle = [0.5] * len(self.settings.parameters)
        if fault := self._fault(middle):
            raise InputError(f"{self._here}: in the middle of all ranges the scenario is not valid: {fault}")
        for i, parameter in enumerate(self.settings.parameters):
            for end, name in ((0.0, "low"), (1.0, "high")):
                if fault := self._fault([*middle[:i], end, *middle[i + 1 :]]):
                    value = getattr(parameter, name)
                    raise InputError(
                        f"{self._here}: {name} = {value:g} of {parameter.key}: the scenario is not valid: {fault}"
                    )
        # Limits that couple keys are monotone in each key: their extremes are in these two corners.
        for end, name in ((0.0, "low"), (1.0, "high")):
            corner = [end] * len(middle)
            if fault := self._fault(corner):
                blamed = [
                    f"{p.key} = {getattr(p, name):g}"
                    for i, p in enumerate(self.settings.parameters)
                    if self._fault([*corner[:i], 1.0 - end, *corner[i + 1 :]]) != fault
                ]
                raise InputError(
                    f"{self._here}: {' and '.join(blamed)} can't be together, though each range may be right: {fault}"
                )

    def _fault(self, places: Sequence[float]) -> str:
        """Return why the scenario at these places is invalid; empty if it is valid."""
        try:
            self.market(places)
        except ScenarioError as error:
            return format_problems([replace(problem, source="") for problem in error.problems])
        return ""

    def _digest(self) -> str:
        settings = self.settings.model_dump(
            exclude={
                "question",
                "scattered",
                "guided",
                "polished",
                "sampled",
                "pushed",
                "anchored",
                "verified",
                "sets",
                "seed",
                "registered",
            }
        )
        # In the middle of all ranges: every trial replaces the fitted values, whatever their defaults.
        market = self.market([0.5] * len(self.settings.parameters)).model_dump(mode="json")
        parts = (settings, market, [(f.name, f.measure) for f in self.facts])
        content = json.dumps(parts, sort_keys=True, default=str) + digest_of_measures()
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def values(self, places: Sequence[float]) -> Values:
        """Return the values at places of the ranges."""
        pairs = zip(self.settings.parameters, places, strict=True)
        return {p.key: p.value(place) for p, place in pairs}

    def market(self, places: Sequence[float]) -> Scenario:
        """Return the scenario with the values at these places."""
        parameters = [p.parameter for p in self.settings.parameters]
        return apply_values(self._scenario, parameters, self.values(places), base=self.settings.bases)

    def trial(self, places: Sequence[float]) -> Trial:
        """Simulate the values at these places, or read their stored trial."""
        values = self.values(places)
        point = point_of(self._how, values)
        if point not in self._known:
            found = self._simulate(places, values)
            if self._parts:
                rows = [
                    {"point": point, "replication": 0, "fact": name, "value": v} for name, v in found.items()
                ]
                self._parts.add({RUNS: pa.Table.from_pylist(rows, schema=SCHEMA)})
            self._known[point] = found
            self.simulated += 1
        # The places of the rounded values, since last digits of the given places differ between machines.
        exact = tuple(p.place(values[p.key]) for p in self.settings.parameters)
        result = Trial(exact, values, self._known[point])
        self.done.append(result)
        return result

    def _simulate(self, places: Sequence[float], values: Values) -> dict[str, float]:
        scenario = self.market(places)
        adoption = {key.removeprefix("tools."): v for key, v in values.items() if key.startswith("tools.")}
        also = {name: name for name in sorted({*self.parts, *self.answers})}
        measures, alike = {fact.measure for fact in self.facts} | set(also), vendors_alike(scenario)
        rows = replications(
            lambda number, check: observe(
                scenario, number, check, measures=measures, null=False, vendors=alike, adoption=adoption
            )[0],
            self.settings.replications,
            self._workers,
            stop=self.stop,
        )
        wanted = {fact.name: fact.measure for fact in self.facts} | also
        return {
            name: MEASURES[measure].interval(np.array([row[measure] for row in rows])).mean
            for name, measure in wanted.items()
        }

    def anchor(self, trial: Trial, surely: Trial) -> None:
        """Correct all trials by the error of one of them, which was also simulated on many more markets.

        All trials of the search share their few markets' random numbers. So trials near this one have nearly the same
        error: a control variate (Law, *Simulation Modeling and Analysis*, 11.4).
        """
        gaps = {fact.name: surely.found[fact.name] - trial.found[fact.name] for fact in self.facts}
        self.shift = {name: 0.0 if math.isnan(gap) else gap for name, gap in gaps.items()}

    def corrected(self, trial: Trial) -> Mapping[str, float]:
        """Return a trial's corrected values; fact -> value."""
        if trial.checked:
            return trial.found
        return {fact.name: trial.found[fact.name] + self.shift.get(fact.name, 0.0) for fact in self.facts}

    def distances(self, trial: Trial) -> Float:
        """Return each fact's distance from its band's middle, in half-bands (±1: met); [facts]."""
        found = self.corrected(trial)
        return np.array([distance(fact, found[fact.name], self.settings.comfortable) for fact in self.facts])

    def loss(self, trial: Trial) -> float:
        """Return the squared distances beyond each band's comfortable part, plus a small penalty for leaving the start.

        Distances within the comfortable part cost nothing: bands are wide because sources disagree.
        """
        return self.loss_at(np.array(trial.places), self.distances(trial))

    def loss_at(self, places: Float, distances: Float) -> float:
        """Return the loss at places with these distances of the facts."""
        return float((self._beyond(distances) ** 2).sum() + TOWARDS_START * (self._away(places) ** 2).mean())

    def loss_slopes(self, places: Float, distances: Float, slopes: Float) -> Float:
        """Return the slope of the loss in each parameter, per range; [parameters].

        Parameters
        ----------
        places : [parameters]
        distances : [facts]
            in half-bands
        slopes : [parameters, facts]
            of the distances, in half-bands per range
        """
        rises = np.where(np.abs(distances) < FAR, 2.0 * self._beyond(distances) * np.sign(distances), 0.0)
        return slopes @ rises + 2.0 * TOWARDS_START * self._away(places) / len(places)

    def farthest_off(self, distances: Float) -> float:
        """Return the largest distance of a fact from its band's middle, in half-bands."""
        return float(self.off(distances).max())

    def off(self, distances: Float) -> Float:
        """Return absolute distances in half-bands; a fact with one bound can't be too good."""
        return np.where(self._one_sided, np.maximum(distances, 0.0), np.abs(distances))

    def _beyond(self, distances: Float) -> Float:
        return np.maximum(np.minimum(self.off(distances), FAR) - COMFORT, 0.0)

    def _away(self, places: Float) -> Float:
        return places - self._starts

    def agrees(self, trial: Trial) -> bool:
        """Return whether every fact is met."""
        found = self.corrected(trial)
        return all(fact.holds(found[fact.name]) for fact in self.facts)


COMFORT = 0.6
"""Distance from a band's middle, in half-bands, up to which a fact is comfortably met."""

TOWARDS_START = 1.5
"""Weight of the mean squared distance from the start, in ranges.

Small enough to matter only among places where all facts are comfortable. With 8, the best places were at the edge of
several bands, and none of them held on new simulated runs.
"""


@cache
def digest_of_measures() -> str:
    """Return a digest of the code that computes the facts' measures, without its comments; kernels have their own."""
    package = Path(__file__).parents[2]
    files = sorted(p for part in ("studies/facts", "market/metrics") for p in (package / part).glob("*.py"))
    return hashlib.sha256("".join(_code_of(file) for file in files).encode()).hexdigest()


def _code_of(file: Path) -> str:
    """Return a file's syntax tree without its docstrings: rewording them discards no trial."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                part
                for part in body
                if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
            ]
    return ast.dump(tree)


def distance(fact: Fact, value: float, comfortable: Mapping[str, float]) -> float:
    """Return a value's distance from a band's middle, in half-bands; with one bound: 1 at it, 0 if comfortable."""
    if math.isnan(value):
        return FAR
    if fact.low is not None and fact.high is not None:
        return (value - (fact.low + fact.high) / 2) / ((fact.high - fact.low) / 2)
    if fact.low is not None:
        reach = comfortable.get(fact.name, 1.0)
        return max((fact.low + reach - value) / reach, 0.0)
    assert fact.high is not None
    reach = comfortable.get(fact.name, 1.0)
    return max((value - fact.high + reach) / reach, 0.0)


def _beside(here: Path, name: str) -> str:
    """Return the scenario's file in the calibration's folder, or else its name unchanged."""
    beside = here.parent / name
    return str(beside) if beside.is_file() else name
