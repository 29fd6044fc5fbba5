"""Warm-ups that are kept: a hand that moves a strategy's slider leaves the two years before the arms part as they were.

What the warm-up depends on is the whole scenario but for strategies that nobody follows in it, and tools that nobody
uses; of these only their number counts, and the engineers that a strategy adds. An engine is kept for what it depends
on and the year, and branched under the rules of the room that asks for it.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from simulator.assumptions import assumed
from simulator.engine import Engine
from simulator.run import warm_up
from simulator.scenario.spec import Scenario

MOST = 16
"""Engines kept."""
MOST_BUYERS = 100_000
"""Of all engines kept together; a larger market is warmed up anew each time."""


class WarmUps:
    """Engines at the end of their warm-up, those used last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Engine] = OrderedDict()

    def start_of(self, scenario: Scenario, year: int) -> Engine:
        """Return an engine as :func:`simulator.run.warm_up` does, under the rules of this very scenario."""
        room = min(MOST, MOST_BUYERS // scenario.market.buyers)
        if room == 0:
            return warm_up(scenario, year)
        key = f"{year} {depends_on(scenario)!r}"
        engine = self._kept.pop(key, None) or warm_up(scenario, year)
        self._kept[key] = engine
        while len(self._kept) > room:
            self._kept.popitem(last=False)
        return engine.branch(assumed(scenario, year))


def depends_on(scenario: Scenario) -> dict[str, Any]:
    """Return all that a warm-up depends on: scenarios of which this is the same have the same warm-ups."""
    followed = {vendor.strategy or scenario.baseline_name for vendor in scenario.vendors}
    used = {name for row in scenario.strategies if row.name in followed for name in row.tools}
    rest = scenario.model_dump(exclude={"name", "question", "strategies", "tools", "comparison"})
    return {
        **rest,
        "strategies": [
            row.model_dump() if row.name in followed else row.extra_presales for row in scenario.strategies
        ],
        "tools": [tool.model_dump() if tool.name in used else None for tool in scenario.tools],
        "seed": scenario.comparison.seed,
        "baseline": scenario.baseline_name if any(v.strategy is None for v in scenario.vendors) else None,
    }
