"""Prospecting: which accounts a rep contacts, who answers, and what follows.

With intent data a rep looks at several accounts and contacts the one with the highest score. The score is normal,
with mean 0 for buyers out of the market and ``d' * voice`` for buyers in it (signal detection). With two
looks the probability of a right choice is ``Phi(d' / sqrt 2)``. Squares of independent cues' d' add up.

A contact with a buyer out of the market may open an evaluation; otherwise it costs goodwill, which recovers
slowly.

Source: Green & Swets (1966) for signal detection; docs/model.md step 6.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from zerosum.market import bulk, draws
from zerosum.market.bulk import new_batch
from zerosum.market.declare.evidence import second_hand
from zerosum.market.declare.rules import Rules, derived
from zerosum.market.declare.section import MUCH, Off, Section, calibrated, quantity
from zerosum.market.jit import kernel
from zerosum.market.mechanisms import influence, preferences
from zerosum.market.mechanisms.buyers import open_evaluation, schedule_next_look
from zerosum.market.mechanisms.opportunities import has_opportunity, open_opportunity
from zerosum.market.records import (
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
from zerosum.market.state import (
    BY_PROVOCATION,
    FOUND,
    NONE,
    PROSPECTING,
    PROVOKED,
    Byte,
    Float,
    Int,
    Long,
    Market,
)


class Prospecting(Section):
    """Outreach attempts: how many, how often they reach somebody, what they leave behind."""

    attempts_per_hour: float = quantity(
        calibrated("prospecting.attempts_per_hour"),
        "attempts/hour",
        "Outreach attempts per prospecting hour.",
        evidence=second_hand(
            "Vozah, a vendor, citing Bridge Group 2025: 45 calls a day, 8 tries to reach somebody, "
            "https://vozah.com/blog/cold-call-statistics",
            "Order of magnitude only. An attempt is a campaign for one account, not one dial: 45 dials "
            "in 8 hours, 8 to an attempt, are 0.7 an hour.",
        ),
        ge=0,
        le=200,
    )
    contact: float = quantity(
        calibrated("prospecting.contact"),
        "share",
        "Share of attempts that reach somebody, with full goodwill and no trust.",
        evidence=second_hand(
            "Belkins, a vendor, 175,000 dials in 2025, https://belkins.io/blog/cold-calling-benchmarks",
            "24.5 % of prospects reached over all attempts, 9.9 % of single dials. Order of magnitude.",
        ),
        ge=0,
        le=1,
    )
    trust_gain: float = quantity(
        0.5, "share", "Relative increase of the contact probability with full trust.", ge=0, le=MUCH
    )
    provoke_customer: float = quantity(
        calibrated("prospecting.provoke_customer"),
        "share",
        "Share of contacts that make a very dissatisfied customer of a competitor evaluate.",
        ge=0,
        le=1,
    )
    provoke_unserved: float = quantity(
        calibrated("prospecting.provoke_unserved"),
        "share",
        "Share of contacts that make a buyer without an incumbent evaluate.",
        ge=0,
        le=1,
    )
    goodwill_burn: float = quantity(
        0.15, "share", "Share of goodwill lost by a contact without a result.", ge=0, le=1
    )
    goodwill_recovery: float = quantity(
        0.02, "per week", "Share of the lost goodwill that returns in a week.", ge=0, le=1
    )

    @derived
    def goodwill_retention(self) -> float:
        """What is left of burnt goodwill after a week."""
        return 1.0 - self.goodwill_recovery


MOST_LOOKS = 16
"""Most accounts a rep looks at before one attempt; also its most draws."""


class Plan(NamedTuple):
    """All reps' attempts of a week, and the accounts looked at before each."""

    attempt: Long  # [reps + 1] where each rep's attempts begin
    look: Long  # [attempts + 1] where each attempt's looks begin
    buyer: Int  # [looks]
    in_market: Byte  # [looks] 1: in an evaluation; none opens before all attempts are made
    score: Float  # [looks] noise of an account's score; set if any attempt has several looks
    dprime: Float  # [reps] d' (discriminability) of the rep's tools


OFF = (
    Off(
        "Goodwill that isn't burnt needs no recovery.",
        {"prospecting.goodwill_burn": 0.0},
        {"prospecting.goodwill_recovery": 0.9},
    ),
    Off("Signals without anything to look at.", {}, {"tools": [{"name": "notes", "dprime": 5.0}]}),
)


@kernel
def _count_looks(key: np.uint64, week: int, market: Market, rules: Rules) -> tuple[Long, Long, Float]:
    """Count attempts and looks; return the first two columns of :class:`Plan`, and its last.

    A rep without a territory makes no attempt.

    Draws: (ATTEMPTS, agent=address, week), (LOOKS, agent=address, week, draw=attempt).
    """
    reps, tools, n_reps = market.reps, rules.tools, len(market.reps.vendor)
    attempts = np.zeros(n_reps + 1, np.int64)
    means, scans, dprime = np.zeros(n_reps), np.zeros(n_reps), np.zeros(n_reps)
    for rep in range(n_reps):
        attempts[rep + 1] = attempts[rep]
        if reps.territory_start[rep + 1] == reps.territory_start[rep]:
            continue
        boost, squared = 0.0, 0.0
        for tool in range(len(tools.boost)):
            use = reps.tool_use[rep, tool]
            boost += tools.boost[tool] * use
            scans[rep] += tools.scans[tool] * use
            squared += (tools.dprime[tool] * use) ** 2
        dprime[rep] = math.sqrt(squared)
        means[rep] = reps.hours[rep, PROSPECTING] * rules.prospecting.attempts_per_hour * (1.0 + boost)
        noise = draws.uniform(key, draws.ATTEMPTS, reps.address[rep], week, 0)
        attempts[rep + 1] += int(math.floor(means[rep] + noise))
    looks = np.zeros(attempts[n_reps] + 1, np.int64)
    for rep in range(n_reps):
        for i in range(attempts[rep], attempts[rep + 1]):
            n_looks = 1
            if scans[rep] > 0.0:
                noise = draws.uniform(key, draws.LOOKS, reps.address[rep], week, i - attempts[rep])
                n_looks = int(min(float(MOST_LOOKS), math.floor(1.0 + scans[rep] / means[rep] + noise)))
            looks[i + 1] = looks[i] + n_looks
    return attempts, looks, dprime


@kernel
def _plan_attempts(key: np.uint64, week: int, market: Market, rules: Rules) -> Plan:
    """Draw all random numbers that choose accounts, before any attempt.

    Draws: (LOOK, agent=address, week, draw=16 * attempt + look), (SCORE, agent=buyer, week, draw=vendor), and those
    of :func:`_count_looks`.
    """
    reps = market.reps
    attempts, looks, dprime = _count_looks(key, week, market, rules)
    n_attempts, n = len(looks) - 1, looks[len(looks) - 1]
    batch = new_batch(n)
    batch.week[:] = week
    for rep in range(len(reps.vendor)):
        for i in range(attempts[rep], attempts[rep + 1]):
            for at in range(looks[i], looks[i + 1]):
                batch.agent[at] = reps.address[rep]
                batch.draw[at] = MOST_LOOKS * (i - attempts[rep]) + at - looks[i]
    bulk.uniforms(key, draws.LOOK, n, batch)
    buyer, in_market = np.empty(n, np.int32), np.empty(n, np.int8)
    for rep in range(len(reps.vendor)):
        start = reps.territory_start[rep]
        size = np.float64(reps.territory_start[rep + 1] - start)
        for at in range(looks[attempts[rep]], looks[attempts[rep + 1]]):
            buyer[at] = reps.territory[start + int(batch.uniform[at] * size)]
            batch.draw[at] = reps.vendor[rep]
    evaluation_end = market.buyers.evaluation_end
    for at in range(n):
        in_market[at] = evaluation_end[buyer[at]] != NONE
    if n > n_attempts:
        batch.agent[:] = buyer
        bulk.normals(key, draws.SCORE, n, batch)
    return Plan(attempts, looks, buyer, in_market, batch.normal, dprime)


@kernel
def _accounts_to_try(key: np.uint64, plan: Plan, market: Market, rules: Rules) -> Int:
    """Choose for each attempt the account with the highest score; NONE if none can be contacted.

    A rep contacts no account twice in a week; its attempts are otherwise independent. A rep without free capacity
    at the start chooses nobody.
    """
    reps = market.reps
    account = np.empty(len(plan.look) - 1, np.int32)
    for rep in range(len(reps.vendor)):
        first, dprime = plan.attempt[rep], plan.dprime[rep]
        for attempt in range(first, plan.attempt[rep + 1]):
            best, highest = NONE, -np.inf
            several = plan.look[attempt + 1] - plan.look[attempt] > 1
            for i in range(plan.look[attempt], plan.look[attempt + 1]):
                if reps.free_capacity[rep] == 0:
                    break
                buyer, in_market = int(plan.buyer[i]), plan.in_market[i] == 1
                # Others have opportunities only if provoked this week: the next check excludes those.
                if in_market and has_opportunity(rep, buyer, market, rules):
                    continue
                tried = False
                for earlier in range(first, attempt):
                    tried |= account[earlier] == buyer
                if tried:
                    continue
                score = plan.score[i] if several else 0.0
                if several and dprime > 0.0 and in_market:
                    score += dprime * preferences.voice(key, buyer, market, rules)
                if score > highest:
                    best, highest = buyer, score
            account[attempt] = best
    return account


@kernel
def _is_courtesy(week: int, rep: int, held: int, market: Market, rules: Rules) -> bool:
    """Return whether a contact with a buyer out of the market is a courtesy call; ``held``: its product.

    A rep has nothing to sell to its own customers but a newer product.
    """
    vendor = int(market.reps.vendor[rep])
    if held < 0 or rules.products.vendor[held] != vendor:
        return False
    lead = preferences.lead_product(vendor, week, rules)
    newer = rules.products.launch[lead] > rules.products.launch[held]
    return not newer or rules.strategies.upgrade[market.reps.strategy[rep]] == 0


SILENT, EVALUATING, COURTEOUS, RESTING = 0, 1, 2, 3
"""Answers to an attempt: none, a buyer in the market, a courtesy call, a buyer out of the market."""


class Response(NamedTuple):
    """Responses of accounts to attempts."""

    goodwill: Float  # [attempts] share: the account's in this week, before the contact
    answer: Byte  # [attempts] SILENT, EVALUATING, COURTEOUS, RESTING
    provoke: Float  # [attempts] uniform: whether a buyer out of the market is provoked
    mood: Float  # [attempts] utility: a customer's, where it matters


@kernel
def _draw_responses(
    key: np.uint64, week: int, plan: Plan, account: Int, market: Market, rules: Rules
) -> Response:
    """Draw the random numbers of all responses at once.

    Draws: (CONTACT, agent=buyer, week, draw=vendor), (PROVOKE, likewise), and those of :func:`influence.moods`.
    """
    reps, buyers, options, n_attempts = market.reps, market.buyers, rules.prospecting, len(account)
    batch, at = new_batch(n_attempts), np.empty(n_attempts, np.int64)
    goodwill, answer = np.empty(n_attempts), np.zeros(n_attempts, np.int8)
    provoke, mood = np.empty(n_attempts), np.empty(n_attempts)
    contact, found, left = np.empty(n_attempts), np.empty(n_attempts), np.empty(n_attempts)
    first = plan.attempt
    batch.week[:] = week
    n = 0
    for rep in range(len(reps.vendor)):
        for attempt in range(first[rep], first[rep + 1]):
            if account[attempt] != NONE:
                at[n], batch.agent[n], batch.draw[n] = attempt, account[attempt], reps.vendor[rep]
                n += 1
    bulk.uniforms(key, draws.CONTACT, n, batch)
    for i in range(n):
        buyer, vendor = batch.agent[i], batch.draw[i]
        found[i] = buyers.goodwill[buyer, vendor]
        batch.week[i] = week - buyers.goodwill_week[buyer, vendor]
    bulk.powers(options.goodwill_retention, n, batch.week, left)
    for i in range(n):
        goodwill[at[i]] = 1.0 - (1.0 - found[i]) * left[i]
        contact[at[i]] = batch.uniform[i]
    n = 0
    batch.week[:] = week
    for rep in range(len(reps.vendor)):
        fresh = options.contact * (1.0 + options.trust_gain * reps.trust[rep])
        for attempt in range(first[rep], first[rep + 1]):
            buyer = account[attempt]
            if buyer == NONE or contact[attempt] >= fresh * goodwill[attempt]:
                continue
            if buyers.evaluation_end[buyer] != NONE:
                answer[attempt] = EVALUATING
            elif _is_courtesy(week, rep, int(buyers.holds[buyer]), market, rules):
                answer[attempt] = COURTEOUS
            else:
                answer[attempt] = RESTING
                at[n], batch.agent[n], batch.draw[n] = attempt, buyer, reps.vendor[rep]
                n += 1
    bulk.uniforms(key, draws.PROVOKE, n, batch)
    # A customer's probability is at most ``provoke_customer``: most moods needn't be computed.
    n_open = 0
    for i in range(n):
        provoke[at[i]] = batch.uniform[i]
        if batch.uniform[i] < options.provoke_customer and buyers.holds[batch.agent[i]] >= 0:
            at[n_open], batch.agent[n_open] = at[i], batch.agent[i]
            n_open += 1
    influence.moods(key, week, n_open, batch, rules, found)
    for i in range(n_open):
        mood[at[i]] = found[i]
    return Response(goodwill, answer, provoke, mood)


@kernel
def _contact(
    key: np.uint64,
    week: int,
    rep: int,
    buyer: int,
    answer: int,
    goodwill: float,
    yields: float,
    mood: float,
    market: Market,
    rules: Rules,
    record: Record,
) -> bool:
    """Simulate a contact with an account that answers; return True if it created an opportunity."""
    options, vendor, held = rules.prospecting, int(market.reps.vendor[rep]), int(market.buyers.holds[buyer])
    record.weekly[vendor, CONTACTS] += 1.0
    if answer == EVALUATING:
        open_opportunity(key, week, buyer, vendor, FOUND, market, rules, record)
    if answer != RESTING:
        return False
    provoked = yields < (options.provoke_unserved if held < 0 else options.provoke_customer)
    if provoked and held >= 0:
        score = influence.satisfaction_with(mood, buyer, week, market, rules)
        provoke = options.provoke_customer * influence.dissatisfaction(score, rules)
        provoked = yields < provoke
    if provoked:
        record.weekly[vendor, PROVOKED_EVALUATIONS] += 1.0
        record.rep_counts[rep, REP_PROVOKED] += 1.0
        return open_opportunity(key, week, buyer, vendor, PROVOKED, market, rules, record)
    burnt = goodwill * options.goodwill_burn
    market.buyers.goodwill[buyer, vendor] = goodwill * (1.0 - options.goodwill_burn)
    record.weekly[vendor, GOODWILL_BURNT] += burnt
    record.rep_counts[rep, REP_GOODWILL_BURNT] += burnt
    return False


@kernel
def prospect(key: np.uint64, week: int, market: Market, rules: Rules, record: Record) -> Int:
    """Simulate all reps' attempts on the same state; return the buyers with an opportunity created by outreach.

    Territories of one vendor are disjoint and vendors change only their own goodwill and capacity, so the order
    of reps doesn't matter.

    Draws: those of :func:`_plan_attempts` and :func:`_draw_responses`.
    Writes: buyers.goodwill, goodwill_week; opportunities.
    Costs: O(attempts * looks).
    """
    reps, buyers = market.reps, market.buyers
    plan = _plan_attempts(key, week, market, rules)
    account = _accounts_to_try(key, plan, market, rules)
    response = _draw_responses(key, week, plan, account, market, rules)
    # Columns are read from their tuples before the loop: in it, each read would count a reference.
    first, goodwill, answer = plan.attempt, response.goodwill, response.answer
    provoke, mood = response.provoke, response.mood
    provoked = np.empty(len(account), np.int32)
    n_provoked = 0
    for rep in range(len(reps.vendor)):
        vendor = int(reps.vendor[rep])
        for attempt in range(first[rep], first[rep + 1]):
            if reps.free_capacity[rep] == 0:
                record.weekly[vendor, ATTEMPTS_BLOCKED] += first[rep + 1] - attempt
                break
            record.weekly[vendor, ATTEMPTS_MADE] += 1.0
            record.rep_counts[rep, REP_ATTEMPTS] += 1.0
            buyer = int(account[attempt])
            if buyer == NONE:
                continue
            buyers.goodwill[buyer, vendor] = goodwill[attempt]
            buyers.goodwill_week[buyer, vendor] = week
            said, yields = int(answer[attempt]), provoke[attempt]
            if said != SILENT and _contact(
                key, week, rep, buyer, said, goodwill[attempt], yields, mood[attempt], market, rules, record
            ):
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
    """Open one evaluation per buyer with an opportunity created by outreach, even by several vendors.

    Parameters
    ----------
    provoked : int32[n]
        buyers, ascending, perhaps repeated
    """
    for i in range(len(provoked)):
        buyer = int(provoked[i])
        if i > 0 and buyer == provoked[i - 1]:
            continue
        open_evaluation(key, week, buyer, BY_PROVOCATION, market, rules, record)
        schedule_next_look(key, week, buyer, market, rules)
