"""What opens an evaluation: a contract's end, a review, a need, or outreach.

Cost is per event. A buyer is processed only in its ``due`` week: when its contract ends, or in a
*candidate* week. Candidate weeks are drawn at the market's highest hazard, as a fixed path of each buyer, and
a candidate becomes a review with probability hazard/highest: thinning, exact for a bounded hazard (Lewis &
Shedler 1979). One pass over one column of integers finds the buyers that are due: about a nanosecond a
buyer.

Source: Bass (1969) for need; docs/model.md step 2.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pydantic import model_validator

from zerosum.market import draws
from zerosum.market.declare import sources
from zerosum.market.declare.evidence import assumption
from zerosum.market.declare.rules import Rules, derived
from zerosum.market.declare.section import MUCH, Section, calibrated, quantity
from zerosum.market.jit import kernel
from zerosum.market.mechanisms import influence, invitations
from zerosum.market.records import OPENED_EVALUATIONS, Record
from zerosum.market.state import (
    BY_CONTRACT,
    BY_NEED,
    BY_REVIEW,
    NONE,
    YEAR,
    Int,
    Market,
)


class Review(Section):
    """An unscheduled review: a customer that has become dissatisfied looks around before its contract ends."""

    max_per_year: float = quantity(
        calibrated("review.max_per_year"),
        "per year",
        "Reviews a year of a buyer with the lowest possible satisfaction (h_max).",
        evidence=assumption(
            "Direction only: a bad incident makes a business customer reconsider.", source=sources.DOORN
        ),
        ge=0,
        le=52,
    )
    steepness: float = quantity(
        calibrated("review.steepness"),
        "per utility",
        "How sharply reviews rise with dissatisfaction (eta).",
        evidence=assumption("Direction only.", source=sources.DOORN),
        ge=0,
        le=MUCH,
    )
    critical: float = quantity(
        calibrated("review.critical"),
        "utility",
        "Satisfaction at which half of the reviews happen (s_crit).",
        evidence=assumption(
            "Form only: business as usual above, reconsideration below.", source=sources.DOORN
        ),
        ge=-MUCH,
        le=MUCH,
    )

    @derived
    def hazard(self) -> float:
        """Return the reviews per week of the least satisfied buyers."""
        return self.max_per_year / YEAR

    @derived
    def top_hazard(self, scenario: Any) -> float:
        """Return the rate of candidate weeks, per week: an upper bound of every hazard."""
        need = scenario.need
        return max(self.max_per_year, need.innovation_per_year + need.imitation_per_year) / YEAR


class Need(Section):
    """A buyer without an incumbent discovers its need, on its own or from neighbors (Bass 1969)."""

    innovation_per_year: float = quantity(
        calibrated("need.innovation_per_year"),
        "per year",
        "Need found without neighbors' influence (Bass p).",
        evidence=assumption(
            "Form only. Bass has consumers and new durables, where p is a small part of this.",
            source=sources.BASS,
        ),
        ge=0,
        le=52,
    )
    imitation_per_year: float = quantity(
        calibrated("need.imitation_per_year"),
        "per year",
        "Additional need found when every neighbor has an incumbent (Bass q).",
        evidence=assumption("Form only. Bass has consumers and new durables.", source=sources.BASS),
        ge=0,
        le=52,
    )

    @model_validator(mode="after")
    def _the_weekly_hazard_is_a_probability(self) -> Need:
        total = self.innovation_per_year + self.imitation_per_year
        if total > 52:
            raise ValueError(
                f"innovation_per_year + imitation_per_year is {total:g}; it must not exceed 52 (one a week)"
            )
        return self

    @derived
    def innovation(self) -> float:
        """Return the hazard of need, unaided, per week."""
        return self.innovation_per_year / YEAR

    @derived
    def imitation(self) -> float:
        """Return the added hazard of need if all neighbours have a vendor, per week."""
        return self.imitation_per_year / YEAR


LONGEST_EVALUATION = 520
"""Weeks."""


@kernel
def next_candidate(key: np.uint64, buyer: int, after: int, rules: Rules) -> int:
    """Return the next week in which a review may occur. Draws: (REVIEW_GAP, agent=buyer, week=after + 1)."""
    gap = draws.geometric(key, draws.REVIEW_GAP, buyer, after + 1, 0, rules.review.top_hazard)
    return min(draws.NEVER, after + gap)


@kernel
def who_is_due(week: int, market: Market) -> tuple[Int, Int]:
    """Split the buyers that are due: those not in an evaluation, and those whose evaluation ends. Both ascending."""
    due, end = market.buyers.due, market.buyers.evaluation_end
    n_due = 0
    for when in due:
        n_due += when == week
    both = np.empty(n_due, np.int32)
    n_looking, n_closing, n_due = 0, 0, 0
    for buyer in range(len(due)):
        if due[buyer] == week:
            both[n_due] = buyer
            n_due += 1
            n_looking += end[buyer] == NONE
    looking = np.empty(n_looking, np.int32)
    closing = np.empty(n_due - n_looking, np.int32)
    n_looking = 0
    for one in both:
        if end[one] == NONE:
            looking[n_looking] = one
            n_looking += 1
        else:
            closing[n_closing] = one
            n_closing += 1
    return looking, closing


@kernel
def schedule_next_look(key: np.uint64, week: int, buyer: int, market: Market, rules: Rules) -> None:
    """Advance the candidate path beyond this week and set ``due``."""
    buyers = market.buyers
    candidate = int(buyers.candidate[buyer])
    while candidate <= week:
        candidate = next_candidate(key, buyer, candidate, rules)
    buyers.candidate[buyer] = candidate
    if buyers.evaluation_end[buyer] != NONE:
        buyers.due[buyer] = buyers.evaluation_end[buyer]
    elif buyers.holds[buyer] >= 0:
        buyers.due[buyer] = min(candidate, buyers.contract_end[buyer])
    else:
        buyers.due[buyer] = candidate


@kernel
def open_evaluation(
    key: np.uint64, week: int, buyer: int, reason: int, market: Market, rules: Rules, record: Record
) -> None:
    """Open an evaluation, and invite vendors to it.

    Two vendors that create an opportunity with the same buyer open one evaluation. Its length is drawn by buyer and
    week.

    Draws: (EVALUATION_LENGTH, agent=buyer, week), those of :func:`invitations.invite`.
    """
    buyers = market.buyers
    segment = int(buyers.segment[buyer])
    spread = rules.segments.evaluation_sigma[segment] * draws.normal(
        key, draws.EVALUATION_LENGTH, buyer, week, 0
    )
    length = int(math.floor(rules.segments.evaluation_weeks[segment] * math.exp(spread) + 0.5))
    length = min(max(length, 1), LONGEST_EVALUATION)
    buyers.evaluation_start[buyer] = week
    buyers.evaluation_end[buyer] = week + length
    buyers.evaluation_reason[buyer] = reason
    for vendor in range(len(record.weekly)):
        record.weekly[vendor, OPENED_EVALUATIONS] += 1.0
    invitations.invite(key, week, buyer, market, rules, record)


@kernel
def _served_share(buyer: int, market_share: float, market: Market, rules: Rules) -> float:
    """Return the share of a buyer's neighbours that have a vendor; without a network, of all buyers."""
    buyers = market.buyers
    if rules.market.full_mixing:
        return market_share
    first, last = buyers.neighbour_start[buyer], buyers.neighbour_start[buyer + 1]
    if first == last:
        return 0.0
    n_served = 0
    for i in range(first, last):
        if buyers.holds[buyers.neighbours[i]] >= 0:
            n_served += 1
    return n_served / (last - first)


@kernel
def look_around(
    key: np.uint64, week: int, looking: Int, market: Market, rules: Rules, record: Record
) -> None:
    """Open an evaluation for each due buyer that has a reason.

    Parameters
    ----------
    week : int
    looking : int32[n]
        buyers due this week and not in an evaluation, ascending

    Notes
    -----
    Draws: (REVIEW, agent=buyer, week), and those of :func:`open_evaluation`.
    Writes: buyers.evaluation_*, candidate, due; opportunities.
    """
    buyers, review, need = market.buyers, rules.review, rules.need
    market_share = market.vendors.customers.sum() / len(buyers.value)
    for i in range(len(looking)):
        buyer = int(looking[i])
        served = buyers.holds[buyer] >= 0
        reason = 0
        if served and buyers.contract_end[buyer] == week:
            reason = BY_CONTRACT
        elif buyers.candidate[buyer] == week:
            if served:
                hazard = review.hazard * influence.dissatisfaction(buyers.opinion[buyer], rules)
            else:
                share = _served_share(buyer, market_share, market, rules)
                hazard = need.innovation + need.imitation * share
            if draws.uniform(key, draws.REVIEW, buyer, week, 0) < hazard / review.top_hazard:
                reason = BY_REVIEW if served else BY_NEED
        if reason != 0:
            open_evaluation(key, week, buyer, reason, market, rules, record)
        schedule_next_look(key, week, buyer, market, rules)
