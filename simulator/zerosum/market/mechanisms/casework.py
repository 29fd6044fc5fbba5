"""Casework: preparation, selling and trust, each with diminishing returns.

Source: concave sales response (Albers, Mantrala & Sridhar 2010 give an elasticity of .34); that selling time
is worth little without a case is an assumption, with the parameter ``unprepared_share``.
"""

from __future__ import annotations

import math

import numpy as np

from zerosum.market.declare import sources
from zerosum.market.declare.evidence import assumption, computed
from zerosum.market.declare.rules import Rules
from zerosum.market.declare.section import LEAST_HOURS, MUCH, Off, Section, calibrated, quantity
from zerosum.market.jit import kernel
from zerosum.market.records import HOURS, Record
from zerosum.market.state import IDLE, NONE, PREPARATION, SALES, SELLING, SOCIAL, Market


class Effort(Section):
    """What a rep's work on an opportunity is worth to the buyer."""

    preparation_weight: float = quantity(
        calibrated("effort.preparation_weight"),
        "utility",
        "A fully prepared case.",
        evidence=assumption(
            "Direction only.", source="Fudge & Lodish 1977, a trial: planned calls +8.1 % of sales"
        ),
        ge=0,
        le=MUCH,
    )
    selling_weight: float = quantity(
        calibrated("effort.selling_weight"),
        "utility",
        "Full selling time on a full case.",
        evidence=assumption(
            "The elasticity is a check on all effort weights together; their division is an assumption.",
            source=(
                "Albers, Mantrala & Sridhar 2010, mean elasticity 0.34, as cited at "
                "http://what-when-how.com/Tutorial/topic-4f3uq/Innovation-and-Marketing-in-the-Pharmaceutical-Industry-532.html"
            ),
        ),
        ge=0,
        le=MUCH,
    )
    support_weight: float = quantity(
        calibrated("effort.support_weight"), "utility", "Presales support delivered.", ge=0, le=MUCH
    )
    skill_weight: float = quantity(
        calibrated("effort.skill_weight"),
        "utility per skill unit",
        "A standard deviation of skill.",
        evidence=computed(
            sources.BOHANEC,
            "Intra-class correlation of sellers .155 overall, .082 with new and .035 with current "
            "clients, much of it account mix: an upper bound. The default amounts to .019, beside the "
            "choice's own noise.",
        ),
        ge=0,
        le=MUCH,
    )
    trust_weight: float = quantity(
        calibrated("effort.trust_weight"), "utility", "Full trust in the rep's territory.", ge=0, le=MUCH
    )
    preparation_hours: float = quantity(
        calibrated("effort.preparation_hours"),
        "hours",
        "Preparation that makes 63 % of a full case (k0).",
        ge=LEAST_HOURS,
        le=MUCH,
    )
    selling_hours: float = quantity(
        calibrated("effort.selling_hours"),
        "hours",
        "Selling that makes 63 % of its full effect (f0).",
        ge=LEAST_HOURS,
        le=MUCH,
    )
    unprepared_share: float = quantity(
        calibrated("effort.unprepared_share"),
        "share",
        "What selling time is worth without any preparation (iota): an assumption.",
        ge=0,
        le=1,
    )


class Trust(Section):
    """A rep's reputation in the territory, built by social hours."""

    social_hours: float = quantity(
        120.0, "hours", "Social hours that close 63 % of the gap to full trust.", ge=LEAST_HOURS, le=MUCH
    )
    decay: float = quantity(0.01, "per week", "Share of trust lost in a week.", ge=0, le=1)
    sales_social_gain: float = quantity(
        0.5,
        "share",
        "Relative increase of a social hour's effect when sales fully uses social media.",
        ge=0,
        le=MUCH,
    )


OFF = (
    Off(
        "Skill that sells nothing.",
        {"effort.skill_weight": 0.0},
        {"reps.skill_sd": 3.0},
        frozenset({"skill"}),
    ),
    Off(
        "Trust that reaches nobody and wins no deal.",
        {"effort.trust_weight": 0.0, "prospecting.trust_gain": 0.0},
        {"trust.social_hours": 7.0, "trust.decay": 0.3},
        frozenset({"trust"}),
    ),
)


@kernel
def prepared(row: int, market: Market, rules: Rules) -> float:
    """Return the completeness G (0..1) of an opportunity's case."""
    return 1.0 - math.exp(-market.opportunities.preparation[row] / rules.effort.preparation_hours)


@kernel
def sold(row: int, market: Market, rules: Rules) -> float:
    """Return the saturation F (0..1) of an opportunity's selling time."""
    return 1.0 - math.exp(-market.opportunities.selling[row] / rules.effort.selling_hours)


@kernel
def work_on_cases(market: Market, rules: Rules, record: Record) -> None:
    """Spread preparation and selling hours over open opportunities; update trust.

    Without an open opportunity those hours are idle. The week's hours are then final, and are recorded.

    Writes: opportunities.preparation, selling; reps.hours, trust.
    """
    reps, table, slots = market.reps, market.opportunities, rules.reps.max_open_opportunities
    weight = np.empty(slots)
    for rep in range(len(reps.vendor)):
        hours = reps.hours[rep]
        vendor, strategy = reps.vendor[rep], reps.strategy[rep]
        n_open = slots - reps.free_capacity[rep]
        if n_open == 0:
            hours[IDLE] = hours[PREPARATION] + hours[SELLING]
            hours[PREPARATION] = 0.0
            hours[SELLING] = 0.0
        else:
            rows, total = slice(rep * slots, (rep + 1) * slots), np.float64(n_open)
            buyer, preparation, selling = table.buyer[rows], table.preparation[rows], table.selling[rows]
            for slot in range(slots):
                weight[slot] = 0.0 if buyer[slot] == NONE else 1.0
            if rules.strategies.by_value[strategy] == 1:
                total = np.float64(0.0)
                for slot in range(slots):
                    if buyer[slot] != NONE:
                        weight[slot] = market.buyers.value[buyer[slot]]
                        total += weight[slot]
            to_prepare, to_sell = hours[PREPARATION], hours[SELLING]
            for slot in range(slots):
                part = weight[slot] / total
                preparation[slot] += to_prepare * part
                selling[slot] += to_sell * part
        worth = 1.0 + rules.trust.sales_social_gain * market.vendors.take_up[vendor, SALES]
        trust = reps.trust[rep] * (1.0 - rules.trust.decay)
        reps.trust[rep] = trust + (1.0 - trust) * (
            1.0 - math.exp(-hours[SOCIAL] * worth / rules.trust.social_hours)
        )
        for activity in range(len(hours)):
            record.weekly[vendor, HOURS + activity] += hours[activity]
            record.rep_hours[rep, activity] += hours[activity]
