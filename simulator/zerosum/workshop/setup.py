"""Describe the workshop to the page, once: vendors, choices, sliders and lessons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zerosum.market.inventory.strategies import Strategy
from zerosum.scenario.spec import Scenario
from zerosum.studies.attribution import CAUSES
from zerosum.workshop.lessons import Lesson
from zerosum.workshop.presets import presets_of
from zerosum.workshop.room import adopters_of
from zerosum.workshop.sliders import sliders_of
from zerosum.workshop.state import LAST_YEAR, Side, State
from zerosum.workshop.words import ADOPTERS, claim_of, label_of, span_of, strategy_words

PROTOCOL = 1

MORE_CAUSES = (
    ("either", "on either side", "it would have come out the same on the other side"),
    ("renewed", "renewed", "our customer stayed with us"),
    ("cannibalised", "upgraded", "a newer product of ours displaced an older one"),
)
"""Name, label and meaning of causes besides the traced ones, in order from ``log.EITHER`` on."""


def setup_of(scenario: Scenario, lessons: Iterable[Lesson], live: bool = True) -> dict[str, Any]:
    """Return the answer of ``/api/setup``.

    Parameters
    ----------
    scenario : Scenario
    lessons
        those that fit this scenario
    live : bool
        whether there is an engine
    """
    return {
        "protocol": PROTOCOL,
        "live": live,
        "scenario": {
            "name": scenario.name,
            "question": scenario.question,
            "weeks": scenario.clock.weeks,
            "span": span_of(scenario.clock.weeks),
            "buyers": scenario.market.buyers,
            "seed": scenario.comparison.seed,
        },
        "years": LAST_YEAR + 1,
        "vendors": [
            {"name": vendor.name, "ours": row == scenario.focal_index}
            for row, vendor in enumerate(scenario.vendors)
        ],
        "reps": [
            {"name": f"Rep {number + 1}", "vendor": row}
            for row, vendor in enumerate(scenario.vendors)
            for number in range(vendor.reps)
        ],
        "strategies": [_strategy(scenario, strategy) for strategy in scenario.strategies],
        "adopters": [
            {"name": adopters, "label": ADOPTERS[adopters][0], "words": ADOPTERS[adopters][1]}
            for adopters in adopters_of(scenario)
        ],
        "sliders": [slider.document() for slider in sliders_of(scenario).values()],
        "presets": presets_of(scenario, first_state(scenario)),
        "causes": _causes(),
        "lessons": [lesson.listed() for lesson in lessons],
        "state": first_state(scenario).model_dump(mode="json"),
    }


def first_state(scenario: Scenario) -> State:
    """Return the page's first state: the first two strategies besides the baseline, if there are two.

    It has the first of the scenario's adopters that the page can show two sides for.
    """
    first, *others = scenario.compared_names
    left, right = (others[0], others[-1]) if len(others) > 1 else (first, others[0] if others else first)
    possible = adopters_of(scenario)
    adopters = next(
        (adopters for adopters in scenario.comparison.adopters if adopters in possible), possible[0]
    )
    return State(left=Side(strategy=left), right=Side(strategy=right), adopters=adopters)


def _strategy(scenario: Scenario, strategy: Strategy) -> Mapping[str, Any]:
    tools = {tool.name: tool for tool in scenario.tools}
    return {
        "name": strategy.name,
        "label": label_of(strategy.name),
        "words": strategy_words(strategy),
        "tools": [{"name": name, "claim": claim_of(tools[name])} for name in strategy.tools],
    }


def _causes() -> list[dict[str, str]]:
    traced = [(cause.name, cause.label, cause.meaning) for cause in CAUSES]
    return [{"name": name, "label": label, "words": words} for name, label, words in (*traced, *MORE_CAUSES)]
