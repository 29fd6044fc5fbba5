"""The sliders of a room: which keys of a scenario it can change, and their ranges.

A dozen instructive keys are listed here; default, unit, meaning and outer limits are the scenario's own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from zerosum.market.declare.section import Section
from zerosum.market.inventory.strategies import Tool
from zerosum.scenario import keys_by_path
from zerosum.scenario.overrides import key_at
from zerosum.scenario.spec import Scenario
from zerosum.workshop.words import named


@dataclass(frozen=True)
class Chosen:
    """A key with a slider: its label and range on the page."""

    key: str
    label: str
    low: float
    high: float
    step: float


SHARED = (
    Chosen("invitations.competitors", "Rivals on a list", 0.0, 1.0, 0.05),
    Chosen("invitations.inbound", "Rivals asked", 0.0, 1.0, 0.05),
    Chosen("contracts.attrition", "Drop out", 0.0, 0.8, 0.05),
    Chosen("reps.hours_per_week", "Rep's week", 30.0, 60.0, 1.0),
    Chosen("segments.switching_cost", "Switching cost", 0.0, 4.0, 0.1),
    Chosen("review.max_per_year", "Reviews", 0.0, 2.0, 0.05),
    Chosen("effort.preparation_weight", "Worth of a case", 0.0, 3.0, 0.1),
    Chosen("prospecting.goodwill_burn", "Goodwill burnt", 0.0, 1.0, 0.05),
    Chosen("reps.conservatism", "Conservatism", 0.0, 1.0, 0.05),
)
"""The market: the same on both sides."""

IDLE = {"consideration": "invitations.inbound", "independent": "invitations.competitors"}
"""Rule of invitations -> the key that has no effect under it, and so no slider."""

OF_STRATEGIES = (
    Chosen("strategies.plan.prospecting", "Time to find buyers", 0.0, 0.5, 0.05),
    Chosen("strategies.plan.preparation", "Time to prepare", 0.0, 0.5, 0.05),
    Chosen("strategies.training", "Training in the tools", 0.0, 1.0, 0.05),
)
OF_TOOLS = (
    Chosen("tools.boost", "more calls", 0.0, 2.0, 0.05),
    Chosen("tools.saving", "less admin", 0.0, 1.0, 0.05),
    Chosen("tools.dprime", "sharpness", 0.0, 4.0, 0.1),
    Chosen("tools.scans", "looks at", 0.0, 200.0, 5.0),
    Chosen("tools.accuracy", "right product", 0.0, 1.0, 0.05),
)
"""The claims about a tool; one slider for each claim that it has. The label follows the tool's name."""


@dataclass(frozen=True)
class Slider:
    """One slider of a scenario.

    Attributes
    ----------
    key : str
        as in a state: a key path without the strategy's name, which the side has
    label, unit, words : str
    low, high, step, default : float
    side : bool
        True: of a strategy or tool, set for each side
    strategies : tuple
        strategies that it applies to; empty: all
    defaults : mapping
        strategy -> its own value, if strategies differ
    whole : bool
        the scenario requires an integer
    """

    key: str
    label: str
    unit: str
    words: str
    low: float
    high: float
    step: float
    default: float
    side: bool
    strategies: tuple[str, ...] = ()
    defaults: Mapping[str, float] = field(default_factory=dict)
    whole: bool = False

    def snapped(self, value: float) -> float:
        """Return the nearest value on the slider's scale."""
        steps = round((value - self.low) / self.step)
        near = round(min(self.low + steps * self.step, self.high), 9)
        return int(near) if self.whole else near

    def document(self) -> dict[str, Any]:
        """Return the slider as JSON for the page."""
        return {
            "key": self.key,
            "label": self.label,
            "unit": self.unit,
            "words": self.words,
            "min": self.low,
            "max": self.high,
            "step": self.step,
            "default": self.default,
            "side": self.side,
            "strategies": list(self.strategies),
            "defaults": dict(self.defaults),
        }


def sliders_of(scenario: Scenario) -> dict[str, Slider]:
    """Return the sliders of a scenario by key, in the order of the page."""
    found = [*_of_strategies(scenario), *_of_tools(scenario), *_list_shared(scenario)]
    return {slider.key: slider for slider in found}


def _list_shared(scenario: Scenario) -> Iterator[Slider]:
    for chosen in SHARED:
        if chosen.key == IDLE[scenario.invitations.rule]:
            continue
        table, name = chosen.key.split(".")
        if table == "segments":
            if len(scenario.segments) > 1:
                continue  # segments differ; there is no single default
            section: Section = scenario.segments[0]
            key = key_at(scenario, ("segments", 0, name))
        else:
            section, key = getattr(scenario, table), chosen.key
        yield _make_slider(chosen, key, chosen.label, section, getattr(section, name), side=False)


def _of_strategies(scenario: Scenario) -> Iterator[Slider]:
    for chosen in OF_STRATEGIES:
        of_plan = ".plan." in chosen.key
        name = chosen.key.rpartition(".")[2]
        rows = [row for row in scenario.strategies if of_plan or row.tools]
        if not rows:
            continue
        own = {row.name: float(getattr(row.plan if of_plan else row, name)) for row in rows}
        section = rows[0].plan if of_plan else rows[0]
        widest = max(own.values())
        strategies = () if of_plan else tuple(own)
        yield _make_slider(
            chosen, chosen.key, chosen.label, section, widest, side=True, strategies=strategies, defaults=own
        )


def _of_tools(scenario: Scenario) -> Iterator[Slider]:
    for number, tool in enumerate(scenario.tools):
        strategies = tuple(row.name for row in scenario.strategies if tool.name in row.tools)
        for chosen in OF_TOOLS:
            name = chosen.key.rpartition(".")[2]
            if strategies and getattr(tool, name) != Tool.model_fields[name].default:
                key, label = key_at(scenario, ("tools", number, name)), f"{named(tool.name)}: {chosen.label}"
                yield _make_slider(
                    chosen, key, label, tool, getattr(tool, name), side=True, strategies=strategies
                )


def _make_slider(
    chosen: Chosen,
    key: str,
    label: str,
    section: Section,
    own: float,
    *,
    side: bool,
    strategies: tuple[str, ...] = (),
    defaults: Mapping[str, float] | None = None,
) -> Slider:
    """Return a slider; its range includes the scenario's own value, and never exceeds the scenario's limits."""
    spec = keys_by_path()[chosen.key]
    whole = type(section).model_fields[chosen.key.rpartition(".")[2]].annotation is int
    steps_up = math.ceil(round((own - chosen.low) / chosen.step, 9))
    high = max(chosen.high, chosen.low + chosen.step * steps_up)
    low, most = _limits(section, chosen, own)
    return Slider(
        key=key,
        label=label,
        unit=spec.unit,
        # Without symbols of the documentation.
        words=re.sub(r" \([a-z_0-9]+\)", "", spec.description),
        low=max(chosen.low, low),
        high=round(min(high, most), 9),
        step=chosen.step,
        default=own,
        side=side,
        strategies=strategies,
        defaults=defaults or {},
        whole=whole,
    )


def _limits(section: Section, chosen: Chosen, own: float) -> tuple[float, float]:
    """Return the lowest and highest value that the scenario allows; a step below what it excludes."""
    low, high = -math.inf, math.inf
    for limit in type(section).model_fields[chosen.key.rpartition(".")[2]].metadata:
        if getattr(limit, "ge", None) is not None:
            low = max(low, float(limit.ge))
        if getattr(limit, "le", None) is not None:
            high = min(high, float(limit.le))
        if getattr(limit, "lt", None) is not None:
            high = min(high, max(own, float(limit.lt) - chosen.step))
    return low, high
