"""Markets that differ in one thing, and what a team does in them: the parts that experiments are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.metrics import measure
from simulator.run import OnWeek, Run, branches, warm_up
from simulator.scenario import parse_scenario
from simulator.scenario.comparison import World
from simulator.scenario.spec import Scenario
from simulator.scenario.strategies import ExtraHours, Strategy, Tool

Arm = tuple[str, World]
"""Strategy and world."""


def usual(scenario: Scenario) -> Strategy:
    """Return the status quo."""
    return scenario.strategies[scenario.strategy_index(scenario.baseline_name)]


def varied(scenario: Scenario, name: str, **changes: Any) -> Strategy:
    """Return the status quo under another name, with some of its keys changed."""
    return usual(scenario).model_copy(update={"name": name, **changes})


def with_strategies(
    scenario: Scenario, strategies: Sequence[Strategy], tools: Sequence[Tool] = ()
) -> Scenario:
    """Return the scenario with the status quo and these strategies only, and with these tools."""
    return scenario.model_copy(
        update={
            "tools": (*scenario.tools, *tools),
            "strategies": (*scenario.strategies, *strategies),
            "comparison": scenario.comparison.model_copy(update={"baseline": scenario.baseline_name}),
        }
    )


def changed(scenario: Scenario, **overrides: Any) -> Scenario:
    """Return the scenario with other values; ``__`` stands for the dot in a key."""
    return parse_scenario(scenario, {key.replace("__", "."): value for key, value in overrides.items()})


def hours_more(scenario: Scenario, **hours: float) -> ExtraHours:
    """Return the status quo's extra hours and some more."""
    now = usual(scenario).extra_hours.model_dump()
    return ExtraHours(**{name: now[name] + hours.get(name, 0.0) for name in now})


def runs(
    scenario: Scenario, replication: int, arms: Sequence[Arm], on_week: OnWeek | None = None
) -> Mapping[Arm, Run]:
    """Run arms from one warm-up."""
    start = warm_up(scenario, replication, on_week)
    found: dict[Arm, Run] = {}
    for world in dict.fromkeys(world for _, world in arms):
        names = [name for name, w in arms if w == world]
        found |= {(run.arm, world): run for run in branches(start, names, [world], on_week)}
    return found


def gain(of: Run, over: Run, metric: str) -> float:
    """Difference of a metric between two runs on the same luck."""
    return measure(of)[metric] - measure(over)[metric]


ASSISTANT = Tool(name="an assistant", saving=0.4)
"""Saves 40 % of the record keeping; how reps take it up is as the package's defaults say."""
