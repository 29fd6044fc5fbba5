"""What opens an evaluation: the contract's end, a review, a need, a rep's provocation.

Cost follows events. A buyer is looked at only in its ``due`` week: when its contract ends, or in a
*candidate* week. Candidate weeks are drawn at the market's highest hazard, as a fixed path of each buyer, and
a candidate becomes a review with probability hazard/highest: thinning, exact for a bounded hazard (Lewis &
Shedler 1979). Whose due week has come is found by one pass over one column of integers: about a nanosecond a
buyer.

Source: Bass (1969) for need; MODEL.md step 2.
"""

from __future__ import annotations

import math

import numpy as np

from zerosum.market import draws
from zerosum.market.jit import kernel
from zerosum.market.mechanisms import influence
from zerosum.market.mechanisms.opportunities import has_opportunity, open_opportunity
from zerosum.market.records import MISSED, OPENED_EVALUATIONS, Record
from zerosum.market.rules import Rules
from zerosum.market.state import (
    BY_CONTRACT,
    BY_NEED,
    BY_REVIEW,
    INVITED,
    MARKETING,
    NONE,
    SERVICE,
    Int,
    Market,
)

LONGEST_EVALUATION = 520
"""Weeks."""


@kernel
def next_candidate(key: np.uint64, buyer: int, after: int, rules: Rules) -> int:
    """Next week in which a review may come up. Draws: (REVIEW_GAP, agent=buyer, week=after + 1)."""
    gap = draws.geometric(key, draws.REVIEW_GAP, buyer, after + 1, 0, rules.evaluations.top_hazard)
    return min(draws.NEVER, after + gap)


@kernel
def who_is_due(week: int, market: Market) -> tuple[Int, Int]:
    """Split the buyers that are due: those that look around, and those whose evaluation ends. Both ascending."""
    due, end = market.buyers.due, market.buyers.evaluation_end
    n_looking, n_closing = 0, 0
    for buyer in range(len(due)):
        if due[buyer] == week:
            if end[buyer] == NONE:
                n_looking += 1
            else:
                n_closing += 1
    looking = np.empty(n_looking, np.int32)
    closing = np.empty(n_closing, np.int32)
    n_looking, n_closing = 0, 0
    for buyer in range(len(due)):
        if due[buyer] == week:
            if end[buyer] == NONE:
                looking[n_looking] = buyer
                n_looking += 1
            else:
                closing[n_closing] = buyer
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
    """Put a buyer in the market, and let vendors hear of it.

    The incumbent's rep learns of it with the vendor's coverage, others are invited with their inbound rate;
    vendors that already work on the buyer (they provoked it) need no invitation. Two vendors that provoke the
    same buyer open one evaluation: its length is drawn by buyer and week.

    Draws: (EVALUATION_LENGTH, agent=buyer, week), (INVITATION, agent=buyer, week, draw=vendor).
    """
    buyers, options = market.buyers, rules.evaluations
    segment = int(buyers.segment[buyer])
    spread = rules.segments.evaluation_sigma[segment] * draws.normal(
        key, draws.EVALUATION_LENGTH, buyer, week, 0
    )
    length = int(math.floor(rules.segments.evaluation_weeks[segment] * math.exp(spread) + 0.5))
    length = min(max(length, 1), LONGEST_EVALUATION)
    buyers.evaluation_start[buyer] = week
    buyers.evaluation_end[buyer] = week + length
    buyers.evaluation_reason[buyer] = reason
    record.weekly[:, OPENED_EVALUATIONS] += 1.0
    holder = NONE
    if buyers.holds[buyer] >= 0:
        holder = rules.products.vendor[buyers.holds[buyer]]
    take_up = market.vendors.take_up
    for vendor in range(len(take_up)):
        if has_opportunity(int(buyers.owner[buyer, vendor]), buyer, market, rules):
            continue
        if vendor == holder:
            missed = (1.0 - options.coverage) * options.coverage_social_gain
            chance = options.coverage + missed * take_up[vendor, SERVICE]
        else:
            gain = 1.0 + options.inbound_social_gain * take_up[vendor, MARKETING]
            chance = min(1.0, options.inbound * gain)
        if draws.uniform(key, draws.INVITATION, buyer, week, vendor) < chance and not open_opportunity(
            key, week, buyer, vendor, INVITED, market, rules, record
        ):
            record.weekly[vendor, MISSED] += 1.0


@kernel
def _served_share(buyer: int, market_share: float, market: Market, rules: Rules) -> float:
    """Share of a buyer's neighbours that have a supplier; of the whole market where there is no network."""
    buyers = market.buyers
    if rules.evaluations.full_mixing:
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
    """Let the buyers that are due take stock, and open an evaluation if they have reason to.

    Parameters
    ----------
    week : int
    looking : int32[n]
        buyers due this week and not in an evaluation, ascending

    Notes
    -----
    Draws: (REVIEW, agent=buyer, week), and those of :func:`open_evaluation`.
    Writes: buyers.level, norm, opinion, stock_week, evaluation_*, candidate, due; opportunities.
    """
    buyers, options = market.buyers, rules.evaluations
    influence.take_stock(key, week, looking, market, rules)
    market_share = market.vendors.customers.sum() / len(buyers.value)
    for i in range(len(looking)):
        buyer = int(looking[i])
        served = buyers.holds[buyer] >= 0
        reason = 0
        if served and buyers.contract_end[buyer] == week:
            reason = BY_CONTRACT
        elif buyers.candidate[buyer] == week:
            if served:
                hazard = options.review_hazard * influence.dissatisfaction(buyers.opinion[buyer], rules)
            else:
                share = _served_share(buyer, market_share, market, rules)
                hazard = options.need_innovation + options.need_imitation * share
            if draws.uniform(key, draws.REVIEW, buyer, week, 0) < hazard / options.top_hazard:
                reason = BY_REVIEW if served else BY_NEED
        if reason != 0:
            open_evaluation(key, week, buyer, reason, market, rules, record)
        schedule_next_look(key, week, buyer, market, rules)
