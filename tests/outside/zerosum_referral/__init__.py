"""Referrals: a rule, a metric that goes with it, and an effect of a tool."""

from __future__ import annotations

import numpy as np

from zerosum import Mechanism, Metric, ToolEffect, stream
from zerosum.market import draws
from zerosum.market.declare.evidence import assumption
from zerosum.market.declare.rules import Rules
from zerosum.market.declare.section import Section, quantity
from zerosum.market.jit import kernel
from zerosum.market.mechanisms.opportunities import has_opportunity, open_opportunity
from zerosum.market.metrics import Team
from zerosum.market.records import Record
from zerosum.market.state import INVITED, Market

REFERRED = stream("referral", "referred")


class Referral(Section):
    """Word of mouth between neighbours."""

    chance: float = quantity(
        0.2,
        "share",
        "How likely a content neighbour gets its vendor invited.",
        evidence=assumption("No source."),
        ge=0,
        le=1,
    )
    content: float = quantity(
        0.5, "utility", "Satisfaction from which on a neighbour is content.", ge=-10, le=10
    )


@kernel
def refer(key: np.uint64, week: int, market: Market, rules: Rules, record: Record, options: Referral) -> None:
    """Let each content neighbour of a buyer whose evaluation opened this week get its vendor invited.

    Draws: (REFERRED, agent=buyer, week, draw=vendor).
    """
    buyers, vendor_of = market.buyers, rules.products.vendor
    for buyer in range(len(buyers.value)):
        if buyers.evaluation_start[buyer] != week:
            continue
        for vendor in range(len(market.vendors.strategy)):
            n_content = 0
            for i in range(buyers.neighbour_start[buyer], buyers.neighbour_start[buyer + 1]):
                neighbour = buyers.neighbours[i]
                held = buyers.holds[neighbour]
                if held >= 0 and vendor_of[held] == vendor and buyers.opinion[neighbour] >= options.content:
                    n_content += 1
            heard = 1.0 - (1.0 - options.chance) ** n_content
            rep = int(buyers.owner[buyer, vendor])
            if draws.uniform(key, REFERRED, buyer, week, vendor) < heard and not has_opportunity(
                rep, buyer, market, rules
            ):
                open_opportunity(key, week, buyer, vendor, INVITED, market, rules, record)


referral = Mechanism("referral", Referral, "choices", refer)


def _content_share(team: Team) -> float:
    buyers, vendor_of = team.engine.market.buyers, team.engine.rules.products.vendor
    ours = team.territory & (buyers.holds >= 0) & (vendor_of[buyers.holds] == team.run.vendor)
    return float((buyers.opinion[ours] >= 0.5).mean()) if ours.any() else float("nan")


content_share = Metric(
    "content_share",
    "Content customers",
    "share",
    "accounts held at the end whose satisfaction is at least 0.5",
    _content_share,
    higher_is_better=True,
)


class Coaching(Section):
    """Advice while selling, of which weak reps make more."""

    lift: float = quantity(
        0.4,
        "utility",
        "What a rep one standard deviation below average gains at full use.",
        evidence=assumption("Direction only: novices gain most."),
        ge=0,
        le=10,
    )


@kernel
def coach(
    key: np.uint64, week: int, tool: int, market: Market, rules: Rules, record: Record, options: Coaching
) -> None:
    """Make the offers of reps with less than average skill better, as far as they use the tool."""
    reps = market.reps
    for rep in range(len(reps.edge)):
        reps.edge[rep] += options.lift * reps.tool_use[rep, tool] * max(0.0, -reps.skill[rep])


coaching = ToolEffect("coaching", Coaching, "work", coach)
