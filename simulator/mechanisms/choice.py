"""The decision: no change, the incumbent, or one of the vendors that made an offer.

A multinomial logit drawn through its noise: every option gets its own Gumbel number, addressed by (buyer,
evaluation, option), and the highest utility wins. So one rep's better case flips just those deals in which it
matters, whatever else happens.

Source: McFadden (1974); incumbency as in MODEL.md step 9.
"""

from __future__ import annotations

import numpy as np

from simulator import draws
from simulator.jit import kernel
from simulator.market import (
    DISPLACEMENT,
    NEW,
    NO_DECISION,
    NONE,
    RENEWAL,
    SERVED,
    UPGRADE,
    Float,
    Int,
    Market,
)
from simulator.mechanisms.buyers import schedule_next_look
from simulator.mechanisms.casework import prepared, sold
from simulator.mechanisms.influence import satisfaction, settle
from simulator.mechanisms.opportunities import find_slot
from simulator.mechanisms.preferences import appeal, switching_cost
from simulator.records import (
    ACCOUNTS_LOST,
    DEALS_LOST,
    DEALS_STALLED,
    DEALS_WON,
    GREEN_FIELD,
    LOST,
    OWN_CUSTOMER,
    RENEWED,
    REVENUE_DISPLACED,
    REVENUE_NEW,
    REVENUE_RENEWED,
    REVENUE_UPGRADED,
    RIVAL_HELD,
    STALLED,
    UPGRADED,
    WON,
    WON_DISPLACEMENT,
    WON_NEW,
    Record,
)
from simulator.rules import RULED_OUT, Rules

UPGRADE_DRAW = 1_000_000
"""Where the noise of an own upgrade lies: beyond all vendors, so that one more vendor changes no address."""


@kernel
def support_counts(row: int, week: int, market: Market) -> bool:
    """Tell whether presales support was delivered by the end of the week."""
    table = market.opportunities
    return table.support[row] == SERVED and table.support_end[row] <= week + 1


@kernel
def effort(row: int, rep: int, week: int, market: Market, rules: Rules) -> float:
    """Utility that a rep's work adds to its offer."""
    options = rules.choice
    case, talk = prepared(row, market, rules), sold(row, market, rules)
    worth = options.unprepared_share + (1.0 - options.unprepared_share) * case
    return (
        options.preparation_weight * case
        + options.selling_weight * talk * worth
        + (options.support_weight if support_counts(row, week, market) else 0.0)
        + options.skill_weight * market.reps.skill[rep]
        + options.trust_weight * market.reps.trust[rep]
    )


@kernel
def discount_of(rep: int, market: Market, rules: Rules) -> float:
    """Share of the price that a rep gives away: only while it pushes."""
    return rules.push.discount if market.reps.pushing[rep] == 1 else 0.0


@kernel
def is_upgrade(row: int, rep: int, held: int, market: Market, rules: Rules) -> bool:
    """Tell whether the opportunity offers the vendor's own customer something newer than it holds."""
    newer = rules.products.launch[market.opportunities.product[row]] > rules.products.launch[held]
    return newer and rules.strategies.upgrade[market.reps.strategy[rep]] == 1


@kernel
def weigh_options(
    key: np.uint64, week: int, buyer: int, rows: Int, utilities: Float, market: Market, rules: Rules
) -> None:
    """Fill in the utility of every option of an ending evaluation, without its noise.

    Parameters
    ----------
    rows : int32[vendors]             open opportunity of each vendor with this buyer, NONE
    utilities : float64[vendors + 2]  written; -inf where an option doesn't exist:
                                      0 no decision, 1 + v vendor v (the holder: what is held), last: own
                                      upgrade
    """
    buyers, choice, products = market.buyers, rules.choice, rules.products
    utilities[:] = -np.inf
    held = int(buyers.holds[buyer])
    holder = int(products.vendor[held]) if held >= 0 else NONE
    n_offers = 0
    for vendor in range(len(rows)):
        row = int(rows[vendor])
        rep = int(buyers.owner[buyer, vendor])
        if row != NONE:
            n_offers += 1
        if vendor != holder:
            if row != NONE:
                pitched = int(market.opportunities.product[row])
                price_cut = discount_of(rep, market, rules)
                utilities[1 + vendor] = appeal(key, buyer, pitched, price_cut, rules) + effort(
                    row, rep, week, market, rules
                )
            continue
        content = choice.satisfaction_weight * satisfaction(key, buyer, week, market, rules)
        to_change = switching_cost(key, buyer, market, rules)
        price_cut = discount_of(rep, market, rules) if row != NONE else 0.0
        work = effort(row, rep, week, market, rules) if row != NONE else 0.0
        utilities[1 + vendor] = appeal(key, buyer, held, price_cut, rules) + content + to_change + work
        if row != NONE and is_upgrade(row, rep, held, market, rules):
            pitched = int(market.opportunities.product[row])
            kept = (1.0 - choice.upgrade_switching_share) * to_change
            utilities[-1] = appeal(key, buyer, pitched, price_cut, rules) + content + kept + work
    if choice.no_decision > RULED_OUT or (held < 0 and n_offers == 0):
        utilities[0] = choice.no_decision


@kernel
def _winner(key: np.uint64, buyer: int, started: int, utilities: Float) -> int:
    """Option with the highest utility and noise. Draws: (CHOICE, agent=buyer, week=start, draw=option)."""
    best, highest = 0, -np.inf
    for option in range(len(utilities)):
        if utilities[option] > -np.inf:
            draw = option if option < len(utilities) - 1 else UPGRADE_DRAW
            total = utilities[option] + draws.gumbel(key, draws.CHOICE, buyer, started, draw)
            if total > highest:
                best, highest = option, total
    return best


@kernel
def _book(
    week: int,
    outcome: int,
    buyer: int,
    vendor: int,
    product: int,
    paid: float,
    market: Market,
    rules: Rules,
    record: Record,
) -> float:
    """Let the market know who won: holders, contracts, revenue of the vendor. Return the revenue.

    ``paid`` is the price index that the buyer pays. Keeps: one holder per buyer; a win is another's loss.
    """
    buyers, products, weekly = market.buyers, rules.products, record.weekly
    held = buyers.holds[buyer]
    revenue = buyers.value[buyer] * paid
    if outcome == RENEWAL:
        weekly[vendor, RENEWED] += 1.0
        weekly[vendor, REVENUE_RENEWED] += revenue
    elif outcome == NEW:
        weekly[vendor, WON_NEW] += 1.0
        weekly[vendor, REVENUE_NEW] += revenue
        market.vendors.customers[vendor] += 1
    elif outcome == DISPLACEMENT:
        weekly[vendor, WON_DISPLACEMENT] += 1.0
        weekly[vendor, REVENUE_DISPLACED] += revenue
        weekly[products.vendor[held], ACCOUNTS_LOST] += 1.0
        market.vendors.customers[products.vendor[held]] -= 1
        market.vendors.customers[vendor] += 1
    else:
        revenue = buyers.value[buyer] * (paid - products.price[held])
        weekly[vendor, UPGRADED] += 1.0
        weekly[vendor, REVENUE_UPGRADED] += revenue
    buyers.holds[buyer] = product
    buyers.contract_end[buyer] = week + rules.segments.contract_weeks[buyers.segment[buyer]]
    buyers.goodwill[buyer, vendor] = 1.0
    return revenue


@kernel
def _close_deals(
    week: int,
    buyer: int,
    before: int,
    winner: int,
    outcome: int,
    revenue: float,
    n_offers: int,
    rows: Int,
    market: Market,
    rules: Rules,
    record: Record,
) -> None:
    """Write a row for every opportunity with this buyer, credit the winning rep, free the slots.

    ``winner`` is the winning vendor, NONE after no decision.
    """
    buyers, reps, table, deals = market.buyers, market.reps, market.opportunities, record.deals
    holder = int(rules.products.vendor[before]) if before >= 0 else NONE
    for vendor in range(len(rows)):
        row = int(rows[vendor])
        if row == NONE:
            continue
        rep = int(buyers.owner[buyer, vendor])
        n = record.counts[0]
        result, earned, credit = LOST, 0.0, 0.0
        if winner == NONE:
            result = STALLED
            record.weekly[vendor, DEALS_STALLED] += 1.0
        elif winner == vendor:
            result, earned = WON, revenue
            credit = rules.quota.renewal_credit * revenue if outcome == RENEWAL else revenue
            reps.revenue_year[rep] += credit
            reps.revenue_total[rep] += credit
            record.weekly[vendor, DEALS_WON] += 1.0
        else:
            record.weekly[vendor, DEALS_LOST] += 1.0
        deals.week[n] = week
        deals.opened[n] = table.opened[row]
        deals.buyer[n] = buyer
        deals.rep[n] = rep
        deals.vendor[n] = vendor
        deals.source[n] = table.source[row]
        deals.product[n] = table.product[row]
        deals.holder[n] = before
        deals.offers[n] = n_offers
        deals.outcome[n] = result
        deals.kind[n] = GREEN_FIELD if before < 0 else (OWN_CUSTOMER if holder == vendor else RIVAL_HELD)
        deals.preparation[n] = table.preparation[row]
        deals.selling[n] = table.selling[row]
        deals.supported[n] = 1 if support_counts(row, week, market) else 0
        deals.discount[n] = discount_of(rep, market, rules)
        deals.revenue[n] = earned
        deals.credit[n] = credit
        record.counts[0] = n + 1
        table.buyer[row] = NONE
        reps.free_slots[rep] += 1


@kernel
def decide(key: np.uint64, week: int, closing: Int, market: Market, rules: Rules, record: Record) -> None:
    """Let each buyer whose evaluation ends choose.

    Parameters
    ----------
    week : int
    closing : int32[n]      buyers whose evaluation ends this week, ascending

    Draws: (CHOICE, agent=buyer, week=start of the evaluation, draw=option).
    Writes: buyers.holds and all that follows; opportunities; reps.revenue_*; vendors.customers; the record.
    Costs: O(closing * vendors * slots).
    """
    buyers, products = market.buyers, rules.products
    n_vendors = len(market.vendors.strategy)
    rows = np.empty(n_vendors, np.int32)
    utilities = np.empty(n_vendors + 2, np.float64)
    for i in range(len(closing)):
        buyer = int(closing[i])
        before, started = int(buyers.holds[buyer]), int(buyers.evaluation_start[buyer])
        n_offers = 0
        for vendor in range(n_vendors):
            rep = int(buyers.owner[buyer, vendor])
            rows[vendor] = find_slot(rep, buyer, market, rules)
            if rows[vendor] != NONE:
                n_offers += 1
        weigh_options(key, week, buyer, rows, utilities, market, rules)
        option = _winner(key, buyer, started, utilities)

        outcome, vendor, revenue = NO_DECISION, NONE, 0.0
        if option == 0:
            if before >= 0:
                extension = rules.segments.extension_weeks[buyers.segment[buyer]]
                buyers.contract_end[buyer] = max(buyers.contract_end[buyer], week + extension)
        else:
            product = before
            if option == n_vendors + 1:
                outcome, vendor = UPGRADE, int(products.vendor[before])
                product = int(market.opportunities.product[rows[vendor]])
            else:
                vendor = option - 1
                if before >= 0 and products.vendor[before] == vendor:
                    outcome = RENEWAL
                else:
                    outcome = NEW if before < 0 else DISPLACEMENT
                    product = int(market.opportunities.product[rows[vendor]])
            price_cut = 0.0
            if rows[vendor] != NONE:
                price_cut = discount_of(int(buyers.owner[buyer, vendor]), market, rules)
            paid = products.price[product] * (1.0 - price_cut)
            revenue = _book(week, outcome, buyer, vendor, product, paid, market, rules, record)
            if outcome != RENEWAL:
                settle(key, buyer, week, market, rules)
        _close_deals(week, buyer, before, vendor, outcome, revenue, n_offers, rows, market, rules, record)
        decisions, n = record.decisions, record.counts[1]
        decisions.week[n] = week
        decisions.started[n] = started
        decisions.reason[n] = buyers.evaluation_reason[buyer]
        decisions.buyer[n] = buyer
        decisions.before[n] = before
        decisions.after[n] = buyers.holds[buyer]
        decisions.outcome[n] = outcome
        decisions.offers[n] = n_offers
        decisions.revenue[n] = revenue
        record.counts[1] = n + 1
        buyers.evaluation_start[buyer] = NONE
        buyers.evaluation_end[buyer] = NONE
        buyers.evaluation_reason[buyer] = 0
        schedule_next_look(key, week, buyer, market, rules)
