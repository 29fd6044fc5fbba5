"""Preset settings of a room: the skeptic's, the believer's, another market, other adopters."""

from __future__ import annotations

from typing import Any

from zerosum.scenario.spec import Scenario
from zerosum.workshop.room import adopters_of
from zerosum.workshop.sliders import sliders_of
from zerosum.workshop.state import SIDES, State

OPEN = 0.8
"""Customers that drop out when their contract ends, in a market that stays open: the warm-up leaves nearly half of its
buyers unserved."""


def presets_of(scenario: Scenario, first: State) -> list[dict[str, Any]]:
    """Return a scenario's presets, each a whole state."""
    made = {
        "as-it-is": ("As the scenario has it", first),
        "half-as-good": ("Tools half as good as claimed", _claims_times(scenario, first, 0.5)),
        "twice-as-good": ("Tools twice as good as claimed", _claims_times(scenario, first, 2.0)),
        "full-market": ("Nobody drops out", _with_shared(first, "contracts.attrition", 0.0)),
        "open-market": ("Most drop out in the end", _with_shared(first, "contracts.attrition", OPEN)),
    }
    if "all" in adopters_of(scenario):
        made["all"] = ("All adopt", first.model_copy(update={"adopters": "all"}))
    if "head-to-head" in adopters_of(scenario):
        made["head-to-head"] = (
            "Two teams, one market",
            first.model_copy(update={"adopters": "head-to-head"}),
        )
    return [
        {"name": name, "label": label, "state": state.model_dump(mode="json")}
        for name, (label, state) in made.items()
        if name == "as-it-is" or state != first
    ]


def _with_shared(state: State, key: str, value: float) -> State:
    return state.model_copy(update={"shared": {**state.shared, key: value}})


def _claims_times(scenario: Scenario, state: State, factor: float) -> State:
    """Multiply every claim about a tool that a side uses by a factor, within its slider's range."""
    sides: dict[str, Any] = {}
    for name in SIDES:
        side = getattr(state, name)
        values = {
            slider.key: slider.snapped(min(slider.high, slider.default * factor))
            for slider in sliders_of(scenario).values()
            if slider.key.startswith("tools.") and side.strategy in slider.strategies
        }
        sides[name] = side.model_copy(update={"values": values})
    return state.model_copy(update=sides)
