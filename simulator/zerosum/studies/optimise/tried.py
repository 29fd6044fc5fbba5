"""Store results of strategies by replication, under an address made from the strategy's values.

So an interrupted search repeats its trials by reading them, and no strategy is simulated twice. You can add trials,
replications or finalists.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from zerosum.errors import InputError
from zerosum.market.assumptions import assumed
from zerosum.market.engine import Engine
from zerosum.market.inventory.strategies import Strategy
from zerosum.market.metrics import METRICS, measure
from zerosum.market.run import OnWeek, branches, warm_up
from zerosum.market.sizes import memory_needed
from zerosum.market.state import Float
from zerosum.runs.addresses import Address, point_of
from zerosum.runs.executors import replications
from zerosum.runs.parts import Parts
from zerosum.runs.question import Question, hash_of
from zerosum.runs.store import Lost
from zerosum.runs.work import RUNS
from zerosum.scenario import Option, ScenarioError, parse_scenario, results_hash
from zerosum.scenario.comparison import Adopters
from zerosum.scenario.errors import suggest
from zerosum.scenario.load import tables_of
from zerosum.scenario.paths import write_key
from zerosum.scenario.spec import Scenario
from zerosum.studies.optimise.space import Axes, Places, strategy_at
from zerosum.studies.optimise.spec import NUMBERS, WHOLE, Optimisation
from zerosum.studies.questions import load_scenario_of

KIND = "optimisation"
MEMORY = 1e9
"""Most bytes of warm-ups kept for the next strategies."""

SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.int64()) for name in ("point", "replication")),
        *(pa.field(metric.name, pa.float64()) for metric in METRICS),
    ]
)
"""Schema of a row: a strategy's results in a replication; the point is the strategy's digest."""

Measured = Mapping[str, Float]
"""Metric -> a number for each replication."""


class Problem:
    """An optimization with its scenario loaded.

    Parameters
    ----------
    file : Optimisation
    here : Path
        path of the file

    Attributes
    ----------
    like, baseline : Strategy
        start strategy; reference for differences: the scenario's baseline
    axes : list of Axes

    Raises
    ------
    InputError
        if scenario and file don't match
    """

    def __init__(self, file: Optimisation, here: Path) -> None:
        self.file, self.here = file, here
        scenario = load_scenario_of(file.scenario, here, file.set)
        names = [strategy.name for strategy in scenario.strategies]
        if file.strategy.like not in names:
            raise InputError(
                f"{here}: [strategy]: like = '{file.strategy.like}': the scenario has no such strategy"
                f"; {suggest(file.strategy.like, names)}"
            )
        if file.strategy.name in names:
            raise InputError(
                f"{here}: [strategy]: name = '{file.strategy.name}': the scenario has one of that name; give another"
            )
        self.like = scenario.strategies[names.index(file.strategy.like)]
        self.baseline = scenario.strategies[names.index(scenario.baseline_name)]
        self.adopters: Adopters = file.adopters or scenario.comparison.adopters[0]
        if self.adopters == "head-to-head":
            raise InputError(
                f"{here}: give 'adopters': the scenario's first is head-to-head, in which teams are strategies"
            )
        self._bare = scenario
        self.scenario = self.with_strategies({file.strategy.name: self.like})
        self.axes: list[Axes] = []
        for number, parameter in enumerate(file.parameters, start=1):
            try:
                self.axes.append(Axes(parameter, scenario, self.like))
            except ValueError as error:
                raise InputError(f"{here}: [[parameters]] {number}: {error}") from None
        self._check_ends()

    def _check_ends(self) -> None:
        """Check that a strategy can have the ranges' ends, each alone and all at once.

        Raises
        ------
        InputError
            If not; raised before the first trial.
        """
        name = self.file.strategy.name
        numbers = [one.parameter for one in self.axes if one.key in NUMBERS]
        for end in ("low", "high"):
            options = []
            for parameter in numbers:
                value = getattr(parameter, end)
                options.append(
                    Option(
                        f"{self.here}: [[parameters]] {parameter.key}, {end} = {value:g}",
                        write_key(["strategies", name, *parameter.key.split(".")]),
                        int(value) if parameter.key in WHOLE else value,
                    )
                )
            for given in (*([option] for option in options), options):
                try:
                    parse_scenario(self.scenario, given)
                except ScenarioError as error:
                    raise InputError(str(error)) from None

    def strategy(self, places: Places) -> Strategy:
        """Return the strategy at places."""
        return strategy_at(self.like, self.axes, places, self.file.strategy.name)

    def with_strategies(self, strategies: Mapping[str, Strategy]) -> Scenario:
        """Return the scenario with further strategies, by name, compared with its baseline.

        Raises
        ------
        InputError
            if they are invalid in the scenario
        """
        tables = tables_of(self._bare)
        rows = [strategy.model_dump(exclude_unset=True) for strategy in self._bare.strategies]
        rows += [
            strategy.model_dump(exclude_unset=True) | {"name": name} for name, strategy in strategies.items()
        ]
        comparison = dict(tables.get("comparison", {}))
        comparison |= {
            "strategies": (self.baseline.name, *strategies),
            "baseline": self.baseline.name,
            "adopters": (self.adopters,),
        }
        try:
            return parse_scenario({**tables, "strategies": tuple(rows), "comparison": comparison})
        except ScenarioError as error:
            raise InputError(f"{self.here}: {error}") from None

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Everything that can change a strategy's results, by name."""
        return {"scenario": results_hash(self.scenario), "adopters": self.adopters}

    def default_folder(self, results: Path = Path("results")) -> Path:
        """Return the default folder of results; each search on a market has its own."""
        searched = self.file.model_dump(
            mode="json",
            exclude={"question", "trials", "replications", "holdout", "finalists", "scenario", "set", "name"},
        )
        return results / self.file.name / hash_of({**self.identity, "search": searched})[:16]


class Tried:
    """Results of strategies, by replication.

    Parameters
    ----------
    problem : Problem
    folder : Path
        stores the results
    workers : int
        threads; they don't change results
    fresh : bool
        discard stored results
    stop : Event, optional
    on_lost : callable
        called if trials are damaged: they are simulated again

    Raises
    ------
    InputError
        if the folder is another market's
    StoreError
        if it can't be written
    """

    def __init__(
        self,
        problem: Problem,
        folder: Path,
        workers: int = 1,
        fresh: bool = False,
        stop: threading.Event | None = None,
        on_lost: Callable[[Lost], None] = lambda _: None,
    ) -> None:
        self.problem = problem
        self.simulated = 0
        """Runs simulated, not read."""
        self._workers, self._stop = workers, stop
        self._starts: dict[tuple[int, int], Engine] = {}
        self._room = int(MEMORY / memory_needed(problem.scenario))
        self._lock = threading.Lock()
        told = {"name": problem.file.name, "question": problem.file.question}
        self._parts = Parts(folder, Question(KIND, problem.identity, told), (), fresh, on_lost)
        table = self._parts.read()
        rows = [] if table is None else table.to_pylist()
        self._known: dict[Address, Mapping[str, float]] = {
            (row["point"], row["replication"]): row for row in rows
        }

    def measured(self, strategy: Strategy, numbers: Sequence[int]) -> Measured:
        """Return every metric of a strategy in the given replications, in order.

        Raises
        ------
        Interrupted
            when stopped; finished runs are stored
        StoreError
            if results can't be stored
        """
        point = point_of(address_of(strategy))
        missing = [number for number in numbers if (point, number) not in self._known]
        if missing:
            scenario = self.problem.with_strategies({self.problem.file.strategy.name: strategy})

            def one(place: int, on_week: OnWeek) -> None:
                found = self._simulated(scenario, strategy, missing[place], on_week)
                self._remember((point, missing[place]), found)

            replications(one, len(missing), self._workers, stop=self._stop)
        rows = [self._known[point, number] for number in numbers]
        return {metric.name: np.array([row[metric.name] for row in rows]) for metric in METRICS}

    def _simulated(
        self, scenario: Scenario, strategy: Strategy, number: int, on_week: OnWeek
    ) -> dict[str, float]:
        start = self._start(scenario, strategy, number, on_week)
        (run,) = branches(start, [self.problem.file.strategy.name], [self.problem.adopters], on_week)
        return measure(run)

    def _start(self, scenario: Scenario, strategy: Strategy, number: int, on_week: OnWeek) -> Engine:
        """Return the market at the end of its warm-up, with this strategy among its rules.

        No vendor uses the strategy in the warm-up, so all share it; but the rules include its row, and the market has
        room for its engineers.
        """
        address = (number, strategy.extra_presales)
        start = self._starts.get(address)
        if start is None:
            start = warm_up(scenario, number, on_week)
            with self._lock:
                if len(self._starts) < self._room:
                    self._starts[address] = start
            return start
        return start.branch(assumed(scenario, number))

    def _remember(self, address: Address, found: Mapping[str, float]) -> None:
        row = {"point": address[0], "replication": address[1], **found}
        self._parts.add({RUNS: pa.Table.from_pylist([row], schema=SCHEMA)})
        with self._lock:
            self._known[address] = row
            self.simulated += 1

    def compact(self) -> None:
        """Merge stored results into one file.

        Raises
        ------
        StoreError
        """
        self._parts.compact()
        self._parts.claim()


def address_of(strategy: Strategy) -> str:
    """Return all values of a strategy except its name, which doesn't affect results."""
    return json.dumps(strategy.model_dump(mode="json", exclude={"name"}), sort_keys=True)
