"""Build experiments: strategies that differ from the status quo in one thing, tools, runs, curves.

Names of probes are in parentheses, which scenario files don't allow, so they can't clash with users' names.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from zerosum.market.inventory.strategies import ExtraHours, Reinvestment, Strategy, Tool
from zerosum.market.metrics import measure
from zerosum.market.run import OnWeek, Run, branches, warm_up
from zerosum.market.state import YEAR, Float
from zerosum.scenario.comparison import Adopters
from zerosum.scenario.spec import Scenario

Branch = tuple[str, Adopters]
"""Strategy's name and its adopters."""

MONTHS = 12
"""Months in a year of 52 weeks; month i is the weeks from i * 52 // 12 on."""

HALF_A_YEAR = YEAR // 2
SIX_MONTHS = MONTHS // 2

DOSES = (0, 8, 16, 32)
"""Numbers of tools per rep, for the relation between use and performance."""


# --- Strategies and tools -------------------------------------------------------------------------------------


def baseline_strategy(scenario: Scenario) -> Strategy:
    """Return the status quo."""
    return scenario.strategies[scenario.strategy_index(scenario.baseline_name)]


def vary(scenario: Scenario, name: str, **changes: Any) -> Strategy:
    """Return the status quo with changed keys and a name in parentheses."""
    return baseline_strategy(scenario).model_copy(update={"name": f"({name})", **changes})


def hours_more(scenario: Scenario, **hours: float) -> ExtraHours:
    """Return the status quo's extra hours plus ``hours``."""
    now = baseline_strategy(scenario).extra_hours.model_dump()
    return ExtraHours(**{name: now[name] + hours.get(name, 0.0) for name in now})


def assistant(**keys: Any) -> Tool:
    """Return a tool that saves 40 % of admin.

    Adoption by reps and cost in hours are the package's defaults, or ``keys``.
    """
    return _name_tool("assistant", {"saving": 0.4} | keys)


def small_tools(**keys: Any) -> tuple[Tool, ...]:
    """Return tools with small effects on everything, as many as the highest dose; else like :func:`assistant`."""
    does = {"saving": 0.2, "boost": 0.15, "dprime": 0.6, "scans": 15.0}
    return tuple(_name_tool(f"small tool {i}", does | keys) for i in range(max(DOSES)))


def _name_tool(name: str, keys: Mapping[str, Any]) -> Tool:
    return Tool(name="probe", **keys).model_copy(update={"name": f"({name})"})


def adopt(scenario: Scenario, name: str, tools: Sequence[Tool]) -> Strategy:
    """Return the status quo with tools and full training; freed hours go to preparation."""
    return vary(
        scenario,
        name,
        tools=tuple(tool.name for tool in tools),
        training=1.0,
        reinvest=Reinvestment(preparation=1.0),
    )


def dose(scenario: Scenario, tools: Sequence[Tool]) -> tuple[Strategy, ...]:
    """Return a strategy for each dose; the first has no tools."""
    return tuple(adopt(scenario, f"{dose} tools", tools[:dose]) for dose in DOSES)


def add_to(scenario: Scenario, strategies: Sequence[Strategy], tools: Sequence[Tool] = ()) -> Scenario:
    """Return the scenario with strategies and tools after its own and an unchanged status quo."""
    return scenario.model_copy(
        update={
            "tools": (*scenario.tools, *tools),
            "strategies": (*scenario.strategies, *strategies),
            "comparison": scenario.comparison.model_copy(update={"baseline": scenario.baseline_name}),
        }
    )


# --- Runs -----------------------------------------------------------------------------------------------------


def run_from_one_warm_up(
    scenario: Scenario, replication: int, wanted: Sequence[Branch], on_week: OnWeek | None = None
) -> Mapping[Branch, Run]:
    """Run strategies from one warm-up."""
    start = warm_up(scenario, replication, on_week)
    found: dict[Branch, Run] = {}
    for adopters in dict.fromkeys(adopters for _, adopters in wanted):
        names = [name for name, w in wanted if w == adopters]
        found |= {(run.strategy, adopters): run for run in branches(start, names, [adopters], on_week)}
    return found


def gain(of: Run, over: Run, metric: str) -> float:
    """Return a metric's difference between two runs with common random numbers."""
    return measure(of)[metric] - measure(over)[metric]


def relative_gain(of: Run, over: Run, metric: str) -> float:
    """Return a metric's relative difference between two runs with common random numbers; NaN if it is not above 0."""
    base = measure(over)[metric]
    return measure(of)[metric] / base - 1.0 if base > 0 else math.nan


# --- Curves ---------------------------------------------------------------------------------------------------


def use_by_month(run: Run, reps: Any) -> Float:
    """Return the mean use of tools by reps (a mask) in months 1 to 6; NaN if the run is shorter."""
    use = run.engine.recorder.rep_tool_use
    if len(use) < HALF_A_YEAR:
        return np.full(SIX_MONTHS, np.nan)
    month = np.arange(HALF_A_YEAR) * MONTHS // YEAR
    return np.asarray(np.bincount(month, use[:HALF_A_YEAR, reps].mean(axis=1)) / np.bincount(month))


def fall_from_peak(use: Float) -> float:
    """Return the highest mean use of months 1 to 5 less that of month 6."""
    return float(use[: SIX_MONTHS - 1].max() - use[SIX_MONTHS - 1])


def relative(values: Float) -> Float:
    """Return each value's relative gain over the first; NaN if the first isn't above 0."""
    if values[0] <= 0:
        return np.full(len(values), np.nan)
    return values / values[0] - 1.0


def height_of_the_middle(gain_by_dose: Float) -> float:
    """Return the best middle dose's gain less the better end's; negative if an end is best."""
    return float(gain_by_dose[1:-1].max() - max(gain_by_dose[0], gain_by_dose[-1]))
