"""Shots on goal: whom a rep tries, whether somebody answers, what the contact does.

With signals a rep looks at several accounts and tries the one that looks most like a buyer: signal detection
with a score that is normal with mean 0 for buyers that rest and ``d' * voice`` for those in the market. With
two looks the chance to tell them apart is ``Phi(d' / sqrt 2)``. Independent cues add in squares.

A contact with a buyer that rests may provoke an evaluation; otherwise it burns goodwill, which recovers
slowly.

Source: Green & Swets (1966) for signal detection; MODEL.md step 6.
"""

from __future__ import annotations

import math

import numpy as np

from simulator import draws
from simulator.jit import kernel
from simulator.market import (
    BY_PROVOCATION,
    FOUND,
    NONE,
    PROSPECTING,
    PROVOKED,
    Int,
    Market,
)
from simulator.mechanisms import influence, preferences
from simulator.mechanisms.buyers import open_evaluation, schedule_next_look
from simulator.mechanisms.opportunities import has_opportunity, open_opportunity
from simulator.records import (
    ATTEMPTS_BLOCKED,
    ATTEMPTS_MADE,
    CONTACTS,
    GOODWILL_BURNT,
    PROVOKED_EVALUATIONS,
    REP_ATTEMPTS,
    REP_GOODWILL_BURNT,
    REP_PROVOKED,
    Record,
)
from simulator.rules import Rules

MOST_LOOKS = 16
"""Accounts a rep looks at before one attempt, at most: also the draws an attempt may use."""


@kernel
def _account_to_try(
    key: np.uint64,
    week: int,
    rep: int,
    attempt: int,
    n_looks: int,
    dprime: float,
    market: Market,
    rules: Rules,
) -> int:
    """Look at accounts of the territory and return the one that scores highest; NONE if none can be tried.

    Draws: (LOOK, agent=address, week, draw=16 * attempt + look), (SCORE, agent=buyer, week, draw=vendor).
    """
    buyers, reps = market.buyers, market.reps
    vendor = int(reps.vendor[rep])
    first = reps.territory_start[rep]
    size = reps.territory_start[rep + 1] - first
    best, highest = NONE, -np.inf
    for look in range(n_looks):
        place = draws.below(key, draws.LOOK, int(reps.address[rep]), week, MOST_LOOKS * attempt + look, size)
        buyer = int(reps.territory[first + place])
        tried = buyers.goodwill_week[buyer, vendor] == week
        if tried or has_opportunity(rep, buyer, market, rules):
            continue
        if n_looks == 1:
            return buyer
        score = draws.normal(key, draws.SCORE, buyer, week, vendor)
        if dprime > 0.0 and buyers.evaluation_end[buyer] != NONE:
            score += dprime * preferences.voice(key, buyer, market, rules)
        if score > highest:
            best, highest = buyer, score
    return best


@kernel
def _refresh_goodwill(week: int, buyer: int, vendor: int, market: Market, rules: Rules) -> float:
    """Bring goodwill up to the week, note that the buyer was tried, and return it."""
    buyers = market.buyers
    goodwill = buyers.goodwill[buyer, vendor]
    last = buyers.goodwill_week[buyer, vendor]
    if goodwill < 1.0:
        goodwill = 1.0 - (1.0 - goodwill) * rules.prospecting.goodwill_retention ** (week - last)
    buyers.goodwill[buyer, vendor] = goodwill
    buyers.goodwill_week[buyer, vendor] = week
    return goodwill


@kernel
def _chance_to_provoke(
    key: np.uint64, week: int, rep: int, buyer: int, market: Market, rules: Rules
) -> float:
    """Chance that a contact makes a resting buyer evaluate; negative for a mere courtesy call.

    A rep calls on its own customers for nothing but to sell them something newer.
    """
    held = int(market.buyers.holds[buyer])
    if held < 0:
        return rules.prospecting.provoke_unserved
    vendor = int(market.reps.vendor[rep])
    if rules.products.vendor[held] == vendor:
        lead = preferences.lead_product(vendor, week, rules)
        newer = rules.products.launch[lead] > rules.products.launch[held]
        if not newer or rules.strategies.upgrade[market.reps.strategy[rep]] == 0:
            return -1.0
    score = influence.satisfaction(key, buyer, week, market, rules)
    return rules.prospecting.provoke_customer * influence.dissatisfaction(score, rules)


@kernel
def _contact(
    key: np.uint64, week: int, rep: int, buyer: int, market: Market, rules: Rules, record: Record
) -> bool:
    """Try one account; True if it was provoked to evaluate.

    Draws: (CONTACT, agent=buyer, week, draw=vendor), (PROVOKE, likewise).
    """
    options, vendor = rules.prospecting, int(market.reps.vendor[rep])
    goodwill = _refresh_goodwill(week, buyer, vendor, market, rules)
    chance = options.contact * (1.0 + options.trust_gain * market.reps.trust[rep]) * goodwill
    if draws.uniform(key, draws.CONTACT, buyer, week, vendor) >= chance:
        return False
    record.weekly[vendor, CONTACTS] += 1.0
    if market.buyers.evaluation_end[buyer] != NONE:
        open_opportunity(key, week, buyer, vendor, FOUND, market, rules, record)
        return False
    provoke = _chance_to_provoke(key, week, rep, buyer, market, rules)
    if provoke < 0.0:
        return False
    if draws.uniform(key, draws.PROVOKE, buyer, week, vendor) < provoke:
        record.weekly[vendor, PROVOKED_EVALUATIONS] += 1.0
        record.rep_counts[rep, REP_PROVOKED] += 1.0
        return open_opportunity(key, week, buyer, vendor, PROVOKED, market, rules, record)
    market.buyers.goodwill[buyer, vendor] = goodwill * (1.0 - options.goodwill_burn)
    record.weekly[vendor, GOODWILL_BURNT] += goodwill * options.goodwill_burn
    record.rep_counts[rep, REP_GOODWILL_BURNT] += goodwill * options.goodwill_burn
    return False


@kernel
def prospect(key: np.uint64, week: int, market: Market, rules: Rules, record: Record) -> Int:
    """Let every rep make its attempts, on the market as it stands; return the buyers provoked.

    Territories of one vendor are disjoint and vendors touch only their own goodwill and slots, so the order
    of reps doesn't matter.

    Draws: (ATTEMPTS, agent=address, week), (LOOKS, agent=address, week, draw=attempt).
    Writes: buyers.goodwill, goodwill_week; opportunities.
    Costs: O(attempts * looks).
    """
    reps, options = market.reps, rules.prospecting
    provoked = np.empty(16, np.int32)
    n_provoked = 0
    for rep in range(len(reps.vendor)):
        if reps.territory_start[rep + 1] == reps.territory_start[rep]:
            continue
        boost, scans, squared = 0.0, 0.0, 0.0
        for tool in range(len(rules.tools.boost)):
            use = reps.tool_use[rep, tool]
            boost += rules.tools.boost[tool] * use
            scans += rules.tools.scans[tool] * use
            squared += (rules.tools.dprime[tool] * use) ** 2
        mean = reps.hours[rep, PROSPECTING] * options.attempts_per_hour * (1.0 + boost)
        address, vendor = int(reps.address[rep]), int(reps.vendor[rep])
        n_attempts = int(math.floor(mean + draws.uniform(key, draws.ATTEMPTS, address, week, 0)))
        for attempt in range(n_attempts):
            if reps.free_slots[rep] == 0:
                record.weekly[vendor, ATTEMPTS_BLOCKED] += n_attempts - attempt
                break
            n_looks = 1
            if scans > 0.0:
                wanted = 1.0 + scans / mean + draws.uniform(key, draws.LOOKS, address, week, attempt)
                n_looks = int(min(float(MOST_LOOKS), math.floor(wanted)))
            record.weekly[vendor, ATTEMPTS_MADE] += 1.0
            record.rep_counts[rep, REP_ATTEMPTS] += 1.0
            buyer = _account_to_try(key, week, rep, attempt, n_looks, math.sqrt(squared), market, rules)
            if buyer != NONE and _contact(key, week, rep, buyer, market, rules, record):
                if n_provoked == len(provoked):
                    larger = np.empty(2 * n_provoked, np.int32)
                    larger[:n_provoked] = provoked
                    provoked = larger
                provoked[n_provoked] = buyer
                n_provoked += 1
    return _ascending(provoked[:n_provoked])


@kernel
def _ascending(numbers: Int) -> Int:
    """Sort in place (Shell 1959). numpy's sort would take longer to compile than all of this file."""
    gap = len(numbers) // 2
    while gap > 0:
        for i in range(gap, len(numbers)):
            number, j = numbers[i], i
            while j >= gap and numbers[j - gap] > number:
                numbers[j] = numbers[j - gap]
                j -= gap
            numbers[j] = number
        gap //= 2
    return numbers


@kernel
def open_provoked(
    key: np.uint64, week: int, provoked: Int, market: Market, rules: Rules, record: Record
) -> None:
    """Open one evaluation per provoked buyer, however many vendors provoked it.

    Parameters
    ----------
    provoked : int32[n]     buyers, ascending, perhaps repeated
    """
    for i in range(len(provoked)):
        buyer = int(provoked[i])
        if i > 0 and buyer == provoked[i - 1]:
            continue
        open_evaluation(key, week, buyer, BY_PROVOCATION, market, rules, record)
        schedule_next_look(key, week, buyer, market, rules)
