"""More calls help far more in a green field than in a saturated market, per hour spent."""

from __future__ import annotations

from zerosum.market.run import OnWeek
from zerosum.scenario import parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.effects.effect import Effect, Row, number, one
from zerosum.studies.probes import added, gain, hours_more, runs, usual, varied

MORE = 4.0
"""Hours a week and rep."""


def _worth(scenario: Scenario, replication: int, on_week: OnWeek | None) -> float:
    """New business in a year per hour of further calls, money/hour."""
    caller = varied(scenario, "calls more", extra_hours=hours_more(scenario, prospecting=MORE))
    market = added(scenario, [caller])
    base = usual(market).name
    found = runs(market, replication, [(base, "alone"), (caller.name, "alone")], on_week)
    less, more = found[base, "alone"], found[caller.name, "alone"]
    # Per rep and year, over the hours that a rep calls more in it.
    return gain(more, less, "won_revenue_per_rep") / (MORE * 52)


def _observe(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    saturated = _worth(scenario, replication, on_week)
    green = _worth(parse_scenario(scenario, {"market.saturation": 0.0}), replication, on_week)
    return {"more": one(green - saturated), "green": one(green), "saturated": one(saturated)}


CALLS = Effect(
    "calls-need-an-open-market",
    "More calls help more in a green field",
    "An hour of calls brings far more where most buyers have no supplier than where nearly all have one.",
    "the question this project began with: in a saturated market a win is somebody's loss",
    f"market.saturation (0 against the scenario's); in both, our reps call {MORE:g} hours a week more or don't",
    (
        number(
            "more",
            "New business per hour of further calls, green field less saturated",
            "money/hour",
            "above",
        ),
        number("green", "  in the green field", "money/hour"),
        number("saturated", "  in the saturated market", "money/hour"),
    ),
    _observe,
)
