"""zerosum: an agent-based simulator of selling in a saturated market.

>>> from zerosum import compare, load_scenario, simulate
>>> market = load_scenario("workshop")
>>> run = simulate(market, weeks=4)
>>> bool(run.metrics["attempts"] > 0)
True

What can be imported from here is what scripts and notebooks need; docs/python.md shows it at work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zerosum.lazy import exports

if TYPE_CHECKING:
    from zerosum.api.breakeven import BreakEven, breakeven
    from zerosum.api.compare import compare, open_results
    from zerosum.api.describe import TeamDescription, describe
    from zerosum.api.export_crm import SimulatedExport, export_crm
    from zerosum.api.map import Map, map, open_map
    from zerosum.api.misses import Misses, misses
    from zerosum.api.run import Simulation, simulate
    from zerosum.api.sweep import Sweep, open_sweep, sweep
    from zerosum.api.whatif import WhatIf, what_if
    from zerosum.errors import ExecutorError, InputError, RunError, StoreError, ZerosumError
    from zerosum.market.metrics import Metric
    from zerosum.scenario import (
        Mechanism,
        Scenario,
        ScenarioError,
        ToolEffect,
        load_scenario,
        parse_scenario,
        register,
        stream,
    )

    __version__: str

__all__ = [
    "BreakEven",
    "ExecutorError",
    "InputError",
    "Map",
    "Mechanism",
    "Metric",
    "Misses",
    "RunError",
    "Scenario",
    "ScenarioError",
    "SimulatedExport",
    "Simulation",
    "StoreError",
    "Sweep",
    "TeamDescription",
    "ToolEffect",
    "WhatIf",
    "ZerosumError",
    "__version__",
    "breakeven",
    "compare",
    "describe",
    "export_crm",
    "load_scenario",
    "map",
    "misses",
    "open_map",
    "open_results",
    "open_sweep",
    "parse_scenario",
    "register",
    "simulate",
    "stream",
    "sweep",
    "what_if",
]

_attribute = exports(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib import metadata

        return metadata.version("zerosum")
    return _attribute(name)


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
