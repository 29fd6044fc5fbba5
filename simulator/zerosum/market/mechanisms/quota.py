"""A year's start: quotas, turnover, and a new rep's first values.

Source: docs/model.md, "Quota, pay, turnover"; the ratchet after Misra & Nair (2011).
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from zerosum.market import draws
from zerosum.market.declare import sources
from zerosum.market.declare.evidence import assumption, definition, second_hand
from zerosum.market.declare.rules import Rules, derived
from zerosum.market.declare.section import LEAST_RATIO, Off, Section, calibrated, quantity
from zerosum.market.jit import kernel
from zerosum.market.state import IDLE_TOOL, YEAR, Market


class Quota(Section):
    """How quotas are set, and how they follow results."""

    stretch: float = quantity(
        calibrated("quota.stretch"),
        "ratio",
        "Quota / expected revenue.",
        evidence=assumption(
            "Chosen for the share of reps at quota, 49 to 63 % there. Below 1, since revenue is skewed: "
            "the median rep sells less than the mean.",
            source=sources.CSO_QUOTA,
        ),
        ge=LEAST_RATIO,
        le=10,
    )
    team_weight: float = quantity(
        0.5, "share", "Weight of the team average; the rest follows territory potential.", ge=0, le=1
    )
    later: Literal["ratchet", "formula"] = quantity(
        "ratchet",
        "choice",
        "How quotas are set after the warm-up: by each rep's results, or always by team and potential.",
        evidence=definition(
            "Companies use both; with formula and team_weight = 0 quotas follow potential alone."
        ),
    )
    ratchet: float = quantity(
        0.3,
        "share",
        "Weight of last year's own revenue in next year's quota (rho).",
        evidence=assumption(
            "Direction and form only: quotas ratchet, as a weighted average of last year's quota and "
            "sales. The weight is an assumption.",
            source=(
                "Misra & Nair 2011, https://ideas.repec.org/a/kap/qmktec/v9y2011i3p211-257.html; Leone, "
                "Misra & Zimmerman 2004, "
                ""
                "https://documents.pub/document/investigating-dynamic-sales-quotas-simon-business-simon-s-compensation-and.html"
            ),
        ),
        ge=0,
        le=1,
    )
    growth: float = quantity(
        1.0,
        "ratio",
        "Factor on every later year's quota.",
        evidence=definition("A market that doesn't grow."),
        ge=0.1,
        le=10,
    )
    renewal_credit: float = quantity(
        calibrated("quota.renewal_credit"),
        "share",
        "Share of a renewal's value that counts for the rep.",
        evidence=second_hand(
            "Prowi, a vendor of commission software: 8 to 12 % on new, 1 to 3 % on renewed contracts, "
            "https://www.prowi.io/en/virksomhedstype/saas",
            "A ratio of rates, 0.08 to 0.4; that quota credit has the same ratio is an assumption.",
        ),
        ge=0,
        le=1,
    )

    @derived
    def read_later(self) -> bool:
        """Return whether quotas always follow the formula."""
        return self.later == "formula"

    @derived
    def last_formula_week(self, scenario: Any) -> int:
        """Return the last week in which the formula sets quotas; later they ratchet."""
        return max(scenario.clock.warmup_weeks, YEAR)


class Turnover(Section):
    """Who leaves at a year's end."""

    below: float = quantity(
        0.5,
        "attainment",
        "Attainment under which a rep is at risk.",
        evidence=assumption(
            "A consultant puts reps consistently below 85 % at risk; half of quota is stricter.",
            source="CustomerThink, https://customerthink.com/the-secret-to-predicting-sales-rep-turnover/",
        ),
        ge=0,
        le=10,
    )
    leave_below: float = quantity(
        calibrated("turnover.leave_below"),
        "share",
        "Probability that a rep at risk leaves.",
        evidence=assumption(
            "Chosen for 20 to 35 % turnover a year in all. That study found average reps likeliest to "
            "quit, and those who miss quotas to stay until they are fired.",
            source=(
                "Sunder et al. 2017, in "
                ""
                "https://neeley.tcu.edu/News_and_Events/Top_Stories/Articles/2017/Three_Reasons_Salespeople_Leave,_and_How_to_Prevent_It.aspx"
            ),
        ),
        ge=0,
        le=1,
    )
    leave_other: float = quantity(
        calibrated("turnover.leave_other"),
        "share",
        "Probability that any other rep leaves.",
        evidence=second_hand(
            "all turnover: 13.9 % a year (Alexander Group, "
            "https://alexandergroup.com/insights/why-are-your-reps-leaving), 27 % (HBR 2017, in "
            "https://sbigrowth.com/insights/blog/sales-rep-turnover-why-it-happens-and-how-to-reduce-it), "
            "35 % (https://optymyze.com/blog/high-turnover-how-heavy-a-price-are-you-paying/)",
            "The figures are for all reps, those at risk included; the two rates together should come to "
            "20 to 35 %.",
        ),
        ge=0,
        le=1,
    )


OFF = (
    Off(
        "Nobody looks at quotas: neither adoption, nor the push, nor who leaves.",
        {
            "push.below": 0.0,
            "reps.conservatism": 0.0,
            "turnover.below": 0.0,
            "tools": [{"name": "notes", "keep_pace": 0.0}],
        },
        {"quota.stretch": 9.0, "quota.team_weight": 0.1, "quota.ratchet": 0.9},
        frozenset({"quota"}),
    ),
    Off("Quotas follow the formula for good.", {"quota.later": "formula"}, {"quota.ratchet": 0.9}),
    Off(
        "Nobody leaves: it doesn't matter who would be at risk, nor how a new rep would begin.",
        {"turnover.leave_below": 0.0, "turnover.leave_other": 0.0},
        {"turnover.below": 3.0, "reps.ramp_start": 0.0},
    ),
)


@kernel
def _replace(key: np.uint64, week: int, rep: int, market: Market, rules: Rules) -> None:
    """Replace a rep by a new hire, who takes over the territory, the pipeline and the habits.

    Draws: (SKILL, agent=address, week).
    """
    reps = market.reps
    reps.hired[rep] = week
    reps.trust[rep] = 0.0
    reps.skill[rep] = rules.reps.skill_sd * draws.normal(key, draws.SKILL, int(reps.address[rep]), week, 0)
    for tool in range(reps.tool_status.shape[1]):
        reps.tool_status[rep, tool] = IDLE_TOOL
        reps.tool_proficiency[rep, tool] = 0.0
        reps.tool_use[rep, tool] = 0.0  # read in step 2, before step 4 would set it


@kernel
def start_year(key: np.uint64, week: int, market: Market, rules: Rules) -> None:
    """Set quotas, replace reps who leave, and reset the year's revenue.

    Draws: (TURNOVER, agent=address, week).
    Writes: reps.quota, revenue_year, and for successors skill, hired, trust, tool_*.
    """
    reps, options, turnover = market.reps, rules.quota, rules.turnover
    n_vendors = len(market.vendors.strategy)
    total = np.zeros(n_vendors)
    team = np.zeros(n_vendors)
    for rep in range(len(reps.vendor)):
        total[reps.vendor[rep]] += reps.revenue_year[rep]
        team[reps.vendor[rep]] += 1.0
    market_value = market.buyers.value.sum()

    for rep in range(len(reps.vendor)):
        vendor, quota, revenue = int(reps.vendor[rep]), reps.quota[rep], reps.revenue_year[rep]
        leave = turnover.leave_other
        if quota > 0.0 and revenue / quota < turnover.below:
            leave = turnover.leave_below
        if draws.uniform(key, draws.TURNOVER, int(reps.address[rep]), week, 0) < leave:
            _replace(key, week, rep, market, rules)
        first = week <= options.last_formula_week
        if first or options.later:
            average = total[vendor] / team[vendor]
            potential = total[vendor] * reps.territory_value[rep] / market_value
            quota = options.stretch * (
                options.team_weight * average + (1.0 - options.team_weight) * potential
            )
            if not first:
                quota *= options.growth
        else:
            quota = ((1.0 - options.ratchet) * quota + options.ratchet * revenue) * options.growth
        reps.quota[rep] = quota
        reps.revenue_year[rep] = 0.0
