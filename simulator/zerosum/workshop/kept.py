"""Cache simulations between questions: moving one side's slider leaves most of the year unchanged.

The warm-up, and the other side's year, are simulated once. A warm-up depends on the whole scenario except unused
strategies and tools; of these only their number counts, and the engineers that a strategy adds. A side's year also
depends on its own strategy, and on its tools and their rows.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from zerosum.market.assumptions import assumed
from zerosum.market.engine import Engine
from zerosum.market.population import followed
from zerosum.market.run import branches, warm_up
from zerosum.scenario.comparison import Adopters
from zerosum.scenario.spec import Scenario
from zerosum.studies.attribution.side import Side, make_side
from zerosum.studies.attribution.witness import Witness
from zerosum.workshop.room import Room

MOST = 16
"""Maximum of cached warm-ups, and of sides."""
MOST_BUYERS = 100_000
"""Maximum buyers of all cached markets of a kind; a larger market is simulated each time."""

T = TypeVar("T")


class _Latest(Generic[T]):
    """Cache of the latest items."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, T] = OrderedDict()

    def __len__(self) -> int:
        return len(self._found)

    def get(self, key: str, make: Callable[[], T], room: int) -> T:
        """Return the item of a key, made if it isn't cached; ``room`` is the maximum of items."""
        found = self._found.pop(key) if key in self._found else make()
        self._found[key] = found
        while len(self._found) > room:
            self._found.popitem(last=False)
        return found


class Kept:
    """Cache of markets at the end of their warm-up, and of sides' finished years."""

    def __init__(self) -> None:
        self.warm_ups = _Latest[Engine]()
        self.sides = _Latest[Side]()

    def start_of(self, room: Room) -> Engine:
        """Return an engine as :func:`zerosum.market.run.warm_up` does, with the rules of this room."""
        scenario, year = room.scenario, room.state.year
        key = f"{year} {warm_up_depends_on(scenario)!r}"
        engine = self.warm_ups.get(key, lambda: warm_up(scenario, year), _that_fit(scenario))
        return engine.branch(assumed(scenario, year))

    def sides_of(self, room: Room) -> tuple[Side, Side]:
        """Return both sides' years, each with its witness; equal sides are the same object."""
        first, second = (self._side(room, strategy) for strategy in room.strategies)
        return first, second

    def _side(self, room: Room, strategy: str) -> Side:
        adopters = room.state.adopters
        key = f"{room.state.year} {adopters} {side_depends_on(room.scenario, strategy)!r}"
        return self.sides.get(
            key, lambda: _simulate(self.start_of(room), strategy, adopters), _that_fit(room.scenario)
        )


def _that_fit(scenario: Scenario) -> int:
    return min(MOST, MOST_BUYERS // scenario.market.buyers)


def _simulate(start: Engine, strategy: str, adopters: Adopters) -> Side:
    witnesses: list[Witness] = []
    focal = start.scenario.focal_index
    (run,) = branches(
        start, [strategy], [adopters], watch=lambda engine: witnesses.append(Witness(engine, focal))
    )
    return make_side(run, witnesses[0])


def warm_up_depends_on(scenario: Scenario) -> dict[str, Any]:
    """Return all that a warm-up depends on: if it is equal, warm-ups are equal."""
    there = followed(scenario)
    used = {name for row in scenario.strategies if row.name in there for name in row.tools}
    rest = scenario.model_dump(exclude={"name", "question", "strategies", "tools", "comparison"})
    return {
        **rest,
        "strategies": [
            row.model_dump() if row.name in there else row.extra_presales for row in scenario.strategies
        ],
        "tools": [tool.model_dump() if tool.name in used else None for tool in scenario.tools],
        "seed": scenario.comparison.seed,
        "baseline": scenario.baseline_name if any(v.strategy is None for v in scenario.vendors) else None,
    }


def side_depends_on(scenario: Scenario, name: str) -> dict[str, Any]:
    """Return all that the year of a strategy depends on, except year and adopters."""
    strategy = scenario.strategies[scenario.strategy_index(name)]
    return {
        "warm-up": warm_up_depends_on(scenario),
        "strategy": strategy.model_dump(exclude={"name", "tools"}),
        # A vendor that follows it already continues, and doesn't start again.
        "followed": name if name in followed(scenario) else None,
        "tools": [
            (row, tool.model_dump(exclude={"name"}))
            for row, tool in enumerate(scenario.tools)
            if tool.name in strategy.tools
        ],
    }
