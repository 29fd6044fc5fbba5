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

if TYPE_CHECKING:
    from zerosum.api import Simulation, Sweep, compare, open_results, open_sweep, simulate, sweep
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
    "ExecutorError",
    "InputError",
    "Mechanism",
    "Metric",
    "RunError",
    "Scenario",
    "ScenarioError",
    "Simulation",
    "StoreError",
    "Sweep",
    "ToolEffect",
    "ZerosumError",
    "__version__",
    "compare",
    "load_scenario",
    "open_results",
    "open_sweep",
    "parse_scenario",
    "register",
    "simulate",
    "stream",
    "sweep",
]

_HOMES = {
    "zerosum.api": ("Simulation", "Sweep", "compare", "open_results", "open_sweep", "simulate", "sweep"),
    "zerosum.errors": ("ExecutorError", "InputError", "RunError", "StoreError", "ZerosumError"),
    "zerosum.market.metrics": ("Metric",),
    "zerosum.scenario": (
        "Mechanism",
        "Scenario",
        "ScenarioError",
        "ToolEffect",
        "load_scenario",
        "parse_scenario",
        "register",
        "stream",
    ),
}


def __getattr__(name: str) -> Any:
    """Import on first use, because the command line must start fast."""
    from importlib import import_module, metadata

    if name == "__version__":
        return metadata.version("zerosum")
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module 'zerosum' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
