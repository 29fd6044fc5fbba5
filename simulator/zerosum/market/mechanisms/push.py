"""A quarter's end: reps behind quota sell harder, discount, and pull decisions forward.

Source: timing games at quarter end (Larkin 2014); docs/model.md step 10.
"""

from __future__ import annotations

import numpy as np
from pydantic import model_validator

from zerosum.market import draws
from zerosum.market.declare import sources
from zerosum.market.declare.evidence import assumption, definition, read
from zerosum.market.declare.rules import Rules
from zerosum.market.declare.section import Off, Section, quantity
from zerosum.market.jit import kernel
from zerosum.market.mechanisms.adoption import quota_pace
from zerosum.market.state import NONE, QUARTER, YEAR, Float, Int, Market


class Push(Section):
    """What reps behind quota do at a quarter's end, where their strategy says so."""

    weeks: int = quantity(
        3,
        "weeks",
        "Length of the window before the quarter ends.",
        evidence=assumption("Direction only: deals crowd at the quarter's end.", source=sources.LARKIN),
        ge=1,
        le=12,
    )
    below: float = quantity(
        1.0,
        "attainment",
        "Quota pace under which a rep pushes.",
        evidence=definition("Behind quota means a pace below 1."),
        ge=0,
        le=10,
    )
    hours_shift: float = quantity(
        0.3, "share", "Share of other customer-related hours moved to selling.", ge=0, le=1
    )
    discount: float = quantity(
        0.1,
        "share",
        "Discount on decisions within the window.",
        evidence=read(
            sources.LARKIN,
            "Order of magnitude only: lower prices for the sake of timing cost one software vendor 6 to "
            "8 % of revenue; how deep each discount was is not in the abstract.",
        ),
        ge=0,
        lt=1,
    )
    pull_forward: float = quantity(
        0.3,
        "share",
        "Share of open opportunities due soon after the quarter that are pulled into it.",
        evidence=assumption(
            "Direction only: sales are higher at a fiscal year's end and lower at its beginning.",
            source=sources.OYER,
        ),
        ge=0,
        le=1,
    )
    year_end: float = quantity(
        1.0,
        "ratio",
        "Factor on hours shifted, discount and decisions pulled forward at the fiscal year's end.",
        evidence=assumption(
            "Direction only: sales crowd at the end of fiscal years, discounts too. 1: all quarters alike.",
            source=sources.OYER,
        ),
        ge=0,
        le=20,
    )
    given_away: float = quantity(
        0.0,
        "share",
        "Share of decisions at a quarter's end, of reps with `push` who aren't pushing, that get the discount, too.",
        evidence=assumption(
            "Form only: timing for pay costs 6 to 8 % of revenue there, so discounts reach deals that would "
            "have been won without. 0: only reps behind quota give them.",
            source=sources.LARKIN,
        ),
        ge=0,
        le=1,
    )
    pull_weeks: int = quantity(
        6,
        "weeks",
        "Weeks after the quarter's end from which a decision can be pulled forward.",
        evidence=assumption("Direction only.", source=sources.OYER),
        ge=0,
        le=5200,
    )

    @model_validator(mode="after")
    def _something_is_left_of_the_price(self) -> Push:
        if self.year_end * self.discount >= 1:
            raise ValueError(
                f"year_end times discount is {self.year_end * self.discount:g}, the discount at the fiscal year's "
                "end; it must be below 1"
            )
        return self


OFF = (
    Off(
        "Nobody falls behind, and nothing is given away: what is done at a fiscal year's end doesn't matter.",
        {"push.below": 0.0, "push.given_away": 0.0},
        {"push.year_end": 3.0},
    ),
    Off("There are no discounts to give away.", {"push.discount": 0.0}, {"push.given_away": 0.9}),
)


@kernel
def year_end(week: int, rules: Rules) -> float:
    """Return the factor on push effects: 1 except in the fiscal year's last quarter."""
    return rules.push.year_end if week % YEAR >= YEAR - QUARTER else 1.0


@kernel
def discounts(key: np.uint64, week: int, closing: Int, market: Market, rules: Rules) -> Float:
    """Return each vendor's discount (share of the price) in this week's decisions; [closing, vendors].

    A rep gives it while it pushes. At a quarter's end, a rep that isn't behind may give it too.

    Draws: (GIVEN_AWAY, agent=buyer, week, draw=vendor).
    """
    reps, options, owner = market.reps, rules.push, market.buyers.owner
    in_window = week % QUARTER > QUARTER - 1 - options.weeks
    cut = year_end(week, rules) * options.discount
    found = np.zeros((len(closing), owner.shape[1]))
    for i in range(len(closing)):
        buyer = int(closing[i])
        for vendor in range(owner.shape[1]):
            rep = owner[buyer, vendor]
            gives = reps.pushing[rep] == 1
            if not gives and in_window and options.given_away > 0.0:
                gives = rules.strategies.push[reps.strategy[rep]] == 1 and (
                    draws.uniform(key, draws.GIVEN_AWAY, buyer, week, vendor) < options.given_away
                )
            if gives:
                found[i, vendor] = cut
    return found


@kernel
def _pull_forward(key: np.uint64, week: int, rep: int, market: Market, rules: Rules) -> None:
    """Bring decisions due soon after the quarter into its last week.

    Draws: (PULL_FORWARD, agent=buyer, week, draw=vendor).
    """
    buyers, slots = market.buyers, rules.reps.max_open_opportunities
    last = week + rules.push.weeks
    vendor = int(market.reps.vendor[rep])
    chance = year_end(week, rules) * rules.push.pull_forward
    for row in range(rep * slots, (rep + 1) * slots):
        buyer = int(market.opportunities.buyer[row])
        if buyer == NONE or not last < buyers.evaluation_end[buyer] <= last + rules.push.pull_weeks:
            continue
        if draws.uniform(key, draws.PULL_FORWARD, buyer, week, vendor) < chance:
            buyers.evaluation_end[buyer] = last
            buyers.due[buyer] = last


@kernel
def end_of_quarter(key: np.uint64, week: int, market: Market, rules: Rules) -> None:
    """Start the push in the week before its window; end it with the quarter.

    Reads: reps.revenue_year, quota, strategy. Writes: reps.pushing; buyers.evaluation_end, due.
    """
    reps = market.reps
    place = week % QUARTER
    if place == QUARTER - 1:
        reps.pushing[:] = 0
    elif place == QUARTER - 1 - rules.push.weeks:
        for rep in range(len(reps.vendor)):
            if rules.strategies.push[reps.strategy[rep]] == 0 or reps.quota[rep] <= 0.0:
                continue
            if quota_pace(rep, week % YEAR + 1, market) < rules.push.below:
                reps.pushing[rep] = 1
                _pull_forward(key, week, rep, market, rules)
