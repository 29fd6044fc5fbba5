"""Markets: the default one, without each of its new rules, and the former default."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zerosum.market.engine import Engine
from zerosum.market.state import INVITED, NONE
from zerosum.scenario import Scenario, load_scenario, parse_scenario
from zerosum.scenario.identity import market_json

SEED = 16
"""Of the page's markets. The defaults were fitted and chosen on other random numbers."""
FORMER = Path(__file__).with_name("former.toml")
PLACE = "matched"
"""In place of a number: the inbound rate that invites as many competitors as the short lists do."""
ADOPTION = ("innovation", "imitation", "keep", "keep_training")
"""Keys of a tool that were fitted: how reps take it up."""


class Change(NamedTuple):
    """A rule at its neutral or former value; all else as in the default market."""

    letter: str
    without: str
    values: Mapping[str, Any]


CHANGES = (
    Change("A", "customers who drop out", {"contracts.attrition": 0.0}),
    Change(
        "B",
        "short lists; each competitor invited for itself, at the default rate",
        {"invitations.rule": "independent"},
    ),
    Change(
        "C",
        "short lists; each competitor invited for itself, as many of them as by lists",
        {"invitations.rule": "independent", "invitations.inbound": PLACE},
    ),
    Change("D", "longer lists for larger contracts", {"invitations.value_exponent": 0.0}),
    Change("E", "longer lists in reviews", {"invitations.review_factor": 1.0}),
    Change("F", "longer lists of buyers without an incumbent", {"invitations.need_factor": 1.0}),
    Change("G", "lists that prefer vendors with many customers", {"invitations.presence_share": 0.0}),
    Change("H", "the longer warm-up", {"clock.warmup_weeks": 104}),
    Change("I", "room for more opportunities", {"reps.max_open_opportunities": 24}),
    Change(
        "J",
        "all of these",
        {
            "contracts.attrition": 0.0,
            "invitations.rule": "independent",
            "invitations.inbound": PLACE,
            "clock.warmup_weeks": 104,
            "reps.max_open_opportunities": 24,
        },
    ),
    Change("K", "a ratchet of quotas; an option: quotas by formula", {"quota.later": "formula"}),
)


def default_market(replications: int) -> Scenario:
    """Return the kick-off's market, with the page's random numbers."""
    return _with_chance(load_scenario("kickoff"), replications)


def former_market(replications: int) -> Scenario:
    """Return the default of before."""
    return _with_chance(load_scenario(FORMER), replications)


def _with_chance(scenario: Scenario, replications: int) -> Scenario:
    keys = {
        "comparison.seed": SEED,
        "comparison.replications": replications,
        "comparison.adopters": ["focal"],
    }
    return parse_scenario(scenario, keys)


def market_digest() -> str:
    """Return a digest of all that the default market's status quo hangs on: pages say which market they are about."""
    usual = parse_scenario(default_market(1), {"comparison.strategies": ["usual"]})
    return hashlib.sha256(market_json(usual).encode()).hexdigest()[:12]


def without(scenario: Scenario, change: Change, matched: float) -> Scenario:
    """Return the market without a rule.

    Parameters
    ----------
    scenario : Scenario
    change : Change
    matched : float
        what stands for :data:`PLACE`
    """
    values = {key: matched if value == PLACE else value for key, value in change.values.items()}
    return parse_scenario(scenario, values)


def adoption_of(scenario: Scenario) -> dict[str, float]:
    """Return how reps take up the scenario's tools, all of which are alike in that."""
    return {name: getattr(scenario.tools[0], name) for name in ADOPTION}


def matching_inbound(scenario: Scenario, replications: int) -> float:
    """Return the share of vendors without the account that lists invite to an evaluation, to three digits."""
    invited = there = 0
    for number in range(replications):
        engine = Engine(scenario, number)
        engine.run(scenario.clock.warmup_weeks + scenario.clock.weeks)
        deals, decisions = engine.recorder.deals, engine.recorder.decisions
        vendor = engine.rules.products.vendor
        held = np.where(deals.incumbent == NONE, NONE, vendor[deals.incumbent])
        invited += int(np.count_nonzero((deals.source == INVITED) & (held != deals.vendor)))
        there += int((len(scenario.vendors) - (decisions.before != NONE)).sum())
    return round(invited / there, 3)
