"""Turn a point of a design into its scenario."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from zerosum.errors import InputError
from zerosum.market.metrics import NULL_METRICS
from zerosum.runs.addresses import Grid, point_of
from zerosum.runs.question import Kind, hash_of
from zerosum.runs.work import Place
from zerosum.scenario import ScenarioError, parse_scenario, results_hash
from zerosum.scenario.errors import format_problems, suggest
from zerosum.scenario.identity import runs_json
from zerosum.scenario.spec import Scenario
from zerosum.studies.questions import load_scenario_of
from zerosum.studies.sweep.designs import is_sampled, lay_out, spread_out
from zerosum.studies.sweep.factors import Factor
from zerosum.studies.sweep.keys import with_canonical_keys
from zerosum.studies.sweep.spec import SCENARIO, Experiment

CHECKED = 2_000
"""Points whose scenarios are checked before the first run."""


class Study:
    """An experiment with its scenarios loaded and its points laid out.

    Parameters
    ----------
    experiment : Experiment
    here : Path
        its file
    bases, points : optional
        loaded scenarios and points; default: read from the files

    Attributes
    ----------
    points : DataFrame
        one row a point, one column a factor
    bases : tuple of Scenario
        in the order of ``experiment.scenario``

    Raises
    ------
    InputError
        if scenario, factors and design don't fit each other
    """

    def __init__(
        self,
        experiment: Experiment,
        here: Path,
        bases: tuple[Scenario, ...] | None = None,
        points: pd.DataFrame | None = None,
    ) -> None:
        self.here = here
        self.bases = bases or _bases(experiment, here)
        self.experiment = experiment = with_canonical_keys(experiment, self.bases, here)
        self.points = lay_out(experiment, here) if points is None else points
        self.nulls = any(metric in NULL_METRICS for metric in experiment.metrics)
        """Whether the chance baseline is simulated too: if a metric is shown beside it."""
        self.asked: Mapping[str, Any] = {}
        """What runs compute besides their metrics; part of their addresses."""
        self.kind: Kind = "sweep"
        """Kind of question that its folder answers."""
        strategies = {base.compared_names for base in self.bases}
        if len(strategies) > 1:
            said = "; ".join(
                f"{name}: {', '.join(base.compared_names)}"
                for name, base in zip(experiment.scenario, self.bases, strict=True)
            )
            raise InputError(
                f"{here}: the scenarios have different strategies ({said}); say which with 'strategies'"
            )

    def asking(self, replications: int | None) -> Study:
        """Return the study with another number of replications a point; None: its own.

        Raises
        ------
        InputError
            if its precision allows fewer
        """
        if replications is None:
            return self
        precision = self.experiment.precision
        if precision and precision.at_most < replications:
            raise InputError(
                f"{self.here}: precision.at_most = {precision.at_most} is below the {replications} replications that "
                "are asked for"
            )
        asked = copy(self)
        asked.experiment = self.experiment.model_copy(update={"replications": replications})
        return asked

    @property
    def strategies(self) -> tuple[str, ...]:
        """Names of the strategies that are compared."""
        return self.bases[0].compared_names

    @property
    def baseline(self) -> str:
        """The strategy of the status quo."""
        return self.bases[0].baseline_name

    @property
    def against(self) -> str:
        """The strategy that the others are compared with."""
        return self.experiment.against or self.baseline

    @property
    def adopters(self) -> tuple[str, ...]:
        """Adopters that are compared."""
        return self.bases[0].comparison.adopters

    @property
    def is_sampled(self) -> bool:
        """Whether its points are drawn from distributions, not listed."""
        return is_sampled(self.experiment)

    @property
    def alike(self) -> Mapping[str, Any]:
        """What is the same for all runs of a folder: points, strategies, replications and tables can be added later."""
        factors = self.experiment.factors
        return {
            "scenarios": [runs_json(base) for base in self.bases],
            "factors": sorted(key for factor in factors for key in (factor.name, *factor.keys)),
            "random numbers": self.experiment.random_numbers,
            **({"measures": self.asked} if self.asked else {}),
        }

    def place(self, number: int) -> Place:
        """Return what a worker needs to build a point's scenario."""
        base = self.experiment.scenario.index(self._at(number, SCENARIO)) if SCENARIO in self.points else 0
        changes: dict[str, Any] = {}
        for factor in self.experiment.factors:
            changes |= factor.overrides(self._at(number, factor.name))
        if self.experiment.random_numbers == "own":
            changes["comparison.seed"] = _own_seed(self.bases[base].comparison.seed, number)
        return Place(number, base, changes)

    def scenario(self, number: int) -> Scenario:
        """Return the scenario of a point.

        Raises
        ------
        InputError
            if it isn't valid: says which point, and what is wrong
        """
        place = self.place(number)
        try:
            return scenario_at(self.bases, place)
        except ScenarioError as error:
            wrong = format_problems([replace(problem, source="") for problem in error.problems])
            raise InputError(f"{self.here}: at {self.describe(number)}: {wrong}") from None

    def asked_at(self, number: int) -> Mapping[str, Any]:
        """Return what else a point's runs depend on or compute; part of their addresses."""
        return self.asked

    def with_value(self, number: int, factor: Factor, value: Any) -> Scenario:
        """Return the scenario of a point with another value of one factor.

        Raises
        ------
        ScenarioError
            if it isn't valid
        """
        place, changes = self.place(number), dict[str, Any]()
        for one in self.experiment.factors:
            changes |= one.overrides(_plain(value) if one is factor else self._at(number, one.name))
        return parse_scenario(self.bases[place.base], changes)

    def describe(self, number: int) -> str:
        """Return a point's values as text: ``saturation = 0.5, contact = 0.2``."""
        said = (f"{name} = {_short(self._at(number, name))}" for name in self.points.columns)
        return ", ".join(said) or "the only point"

    @property
    def listed(self) -> Mapping[str, Any]:
        """The points as JSON values, to restore them without the experiment's files."""
        rows = [[_plain(value) for value in row] for row in self.points.itertuples(index=False)]
        return {"names": list(self.points.columns), "rows": rows}

    @property
    def orders(self) -> Mapping[str, tuple[str, ...]]:
        """Order of names in tables, for each column of names."""
        return {"adopters": self.adopters, "strategy": self.strategies}

    @cached_property
    def grid(self) -> Grid:
        """Addresses of runs, by everything they depend on, so that another design can reuse shared points."""
        markets: dict[tuple[int, str, tuple[str, ...]], int] = {}
        names = [
            [row.name for row in base.strategies] + [row.name for row in base.tools] for base in self.bases
        ]
        quoted = [[(name, json.dumps(name)) for name in known] for known in names]
        rows = []
        for number in range(len(self.points)):
            place = self.place(number)
            changes = json.dumps(place.changes, sort_keys=True)
            named = tuple(name for name, text in quoted[place.base] if text in changes)
            for strategy in self.strategies:
                if (market := (place.base, strategy, named)) not in markets:
                    markets[market] = point_of(runs_json(self.bases[place.base], strategy, named))
            asked = (changes, self.nulls, *filter(None, [self.asked_at(number)]))
            rows.append([point_of(markets[place.base, name, named], *asked) for name in self.strategies])
        return Grid(rows, self.strategies)

    def _at(self, number: int, name: str) -> Any:
        return _plain(self.points[name].iat[number])

    def checked(self) -> Iterator[int]:
        """Check the scenarios of points, the extremes first, before the first run.

        It checks the extremes and up to ``CHECKED`` other points, evenly spaced. Runs at any other invalid point fail.

        Yields
        ------
        number of a valid point
        """
        for number in dict.fromkeys((*self.extremes(), *spread_out(len(self.points))[:CHECKED])):
            self.scenario(number)
            yield number

    def extremes(self) -> tuple[int, ...]:
        """Return points at which a factor has its lowest or highest value, or the first of each text value."""
        found: list[int] = []
        for name in self.points.columns:
            column = self.points[name]
            if pd.api.types.is_numeric_dtype(column):
                found += [int(column.to_numpy().argmin()), int(column.to_numpy().argmax())]
            else:
                found += [int(i) for i in column.drop_duplicates().index]
        return tuple(dict.fromkeys(found))

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Everything that can change a run, by name, so that results of different studies never mix."""
        points = json.dumps(self.listed["rows"])
        return {
            "scenarios": [results_hash(base) for base in self.bases],
            "factors": [_meaning(factor.model_dump(mode="json")) for factor in self.experiment.factors],
            "points": hashlib.sha256(points.encode()).hexdigest(),
            "random numbers": self.experiment.random_numbers,
            "chance baseline": self.nulls,
            "kept tables": sorted(self.experiment.keep),
        }

    @cached_property
    def hash(self) -> str:
        """64 hexadecimal digits of :attr:`identity`."""
        return hash_of(self.identity)


def scenario_at(bases: tuple[Scenario, ...], place: Place) -> Scenario:
    """Return the scenario of a point.

    Raises
    ------
    ScenarioError
        if it isn't valid there
    """
    return parse_scenario(bases[place.base], place.changes)


def _bases(experiment: Experiment, here: Path) -> tuple[Scenario, ...]:
    """Load the scenarios; raise if one is named twice, by its name and by its file."""
    named: dict[str, str] = {}
    bases = []
    for name in experiment.scenario:
        bases.append(_base(experiment, here, name))
        known = named.setdefault(results_hash(bases[-1]), name)
        if known != name:
            raise InputError(f"{here}: scenario: '{known}' and '{name}' are the same scenario; name it once")
    return tuple(bases)


def _base(experiment: Experiment, here: Path, name: str) -> Scenario:
    changes = dict(experiment.set)
    if experiment.strategies:
        changes["comparison.strategies"] = list(experiment.strategies)
    if experiment.baseline is not None:
        changes["comparison.baseline"] = experiment.baseline
    if experiment.adopters:
        changes["comparison.adopters"] = list(experiment.adopters)
    base, against = load_scenario_of(name, here, changes), experiment.against
    if against is None or against in base.compared_names:
        return base
    known = [strategy.name for strategy in base.strategies]
    if against not in known:
        raise InputError(
            f"{here}: against = '{against}': there is no such strategy; {suggest(against, known)}"
        )
    return load_scenario_of(name, here, {**changes, "comparison.strategies": [*base.compared_names, against]})


def _meaning(factor: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in factor.items() if key not in ("label", "unit")}


def _own_seed(seed: int, number: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {number}".encode()).digest()[:7], "big")


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
