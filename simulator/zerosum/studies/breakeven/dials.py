"""What is turned to find out when a strategy pays: how many reps use its tools, and how much of their claims is true.

Each setting of a dial changes several keys of the tools together, from the first measured week on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zerosum.market.inventory.strategies import CLAIMS, Tool
from zerosum.scenario.spec import Scenario
from zerosum.studies.whatif import Change

ADOPTION, EFFECT = "adoption", "effect"

TURNS = (-1.0, -0.85, -0.6, -0.3, 0.3, 1.0)
"""Settings of the dial of adoption; 0 is today, -1: nobody starts, 1: all start at once and keep it."""
PARTS = (0.0, 0.25, 0.5, 0.75, 1.5, 2.0)
"""Settings of the dial of effect: parts of what is claimed; 1 is today."""

SURE_TO_KEEP = 10.0
"""Added to the inclination to keep a tool, in logits: out of 20,000 trials one ends otherwise."""
SOON_DROPPED = 3.0
"""Taken from it, in logits, at the lower end: were trials only slower, more reps would still be in one at the end."""
SLOWEST = 1e-4
"""Hazard, a week, from which adoption is turned up where a tool is never tried by itself."""


@dataclass(frozen=True)
class Dial(Change):
    """A what-if of several keys at once.

    Attributes
    ----------
    settings : mapping
        value -> keys of the scenario and their values
    """

    settings: Mapping[float, Mapping[str, Any]] = field(default_factory=dict)

    def overrides(self, value: Any) -> Mapping[str, Any]:
        """Return the scenario's keys and their values."""
        return self.settings[value]


def dial_adoption(tools: Sequence[Tool]) -> Dial:
    """Make the dial of how many reps use the tools: how soon they try them, and how surely they keep them.

    It moves their hazards and the inclination to keep together. What would bring this about isn't paid for.
    """
    settings = {turn: {} if turn == 0.0 else _merged(tools, turn, _turned) for turn in TURNS}
    return Dial(ADOPTION, tuple(settings), 0.0, "branch", "Reps that use the tools", "share", settings)


def dial_effect(tools: Sequence[Tool]) -> Dial | None:
    """Make the dial of how much of the tools' claims is true; None if they claim nothing.

    No key goes beyond its limit, so a tool that claims to save 80 % can't save twice as much.
    """
    most = min((_highest(tool, name) for tool in tools for name in CLAIMS), default=0.0)
    if not any(getattr(tool, name) for tool in tools for name in CLAIMS):
        return None
    settings = {part: _merged(tools, part, _scaled) for part in PARTS if part <= most}
    return Dial(EFFECT, tuple(settings), 1.0, "branch", "Part of the claimed effect", "share", settings)


def without_drawn(scenario: Scenario, dials: Sequence[Dial]) -> Scenario:
    """Return the scenario without ranges of the keys that are turned: a range would undo it."""
    turned = {key for dial in dials for keys in dial.settings.values() for key in keys}
    rest = tuple(row for row in scenario.uncertain if row.key not in turned)
    return scenario.model_copy(update={"uncertain": rest})


def _merged(tools: Sequence[Tool], value: float, of: Any) -> dict[str, float]:
    return {
        f"tools.{tool.name}.{key}": float(number) for tool in tools for key, number in of(tool, value).items()
    }


def _turned(tool: Tool, turn: float) -> dict[str, float]:
    if turn < 0.0:
        slower = (1.0 + turn) ** 2
        rest = {"innovation": tool.innovation * slower, "imitation": tool.imitation * slower}
        return rest | {"keep": tool.keep + SOON_DROPPED * turn}
    hazard = max(tool.innovation, SLOWEST) ** (1.0 - turn)
    return {"innovation": max(hazard, tool.innovation), "keep": tool.keep + SURE_TO_KEEP * turn}


def _scaled(tool: Tool, part: float) -> dict[str, float]:
    return {name: part * getattr(tool, name) for name in CLAIMS if getattr(tool, name)}


def _highest(tool: Tool, name: str) -> float:
    """Return the highest factor that a claim may have."""
    claimed = float(getattr(tool, name))
    limits = [getattr(one, "le", None) for one in Tool.model_fields[name].metadata]
    limit = next((float(one) for one in limits if one is not None), PARTS[-1] * claimed)
    return limit / claimed if claimed else PARTS[-1]
