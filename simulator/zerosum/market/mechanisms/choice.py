"""The decision: no change, the incumbent, or one of the vendors that made an offer.

A multinomial logit: every option (``options.py``) gets its own Gumbel random number, addressed by (buyer, evaluation,
option). The option with the highest utility plus noise wins. So a rep's better case changes only the deals that
depend on it.

Source: McFadden (1974); incumbency as in docs/model.md step 9.
"""

from __future__ import annotations

import numpy as np

from zerosum.market.declare.rules import Rules
from zerosum.market.jit import kernel
from zerosum.market.mechanisms.buyers import schedule_next_look
from zerosum.market.mechanisms.influence import settle
from zerosum.market.mechanisms.options import Choices, list_choices, support_counts, weigh
from zerosum.market.records import (
    ACCOUNTS_LOST,
    ARR_LOST,
    ARR_REPRICED,
    DEALS_LOST,
    DEALS_STALLED,
    DEALS_WON,
    GREEN_FIELD,
    LOST,
    N_DEALS,
    N_DECISIONS,
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
from zerosum.market.state import DISPLACEMENT, NEW, NO_DECISION, NONE, RENEWAL, UPGRADE, Float, Int, Market


@kernel
def _winner(utilities: Float, noise: Float) -> int:
    """Return the option with the highest utility plus noise; in a tie, the first."""
    best, highest = 0, -np.inf
    for option in range(len(utilities)):
        if utilities[option] > -np.inf and utilities[option] + noise[option] > highest:
            best, highest = option, utilities[option] + noise[option]
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
    """Update the incumbent, the contract and the vendor's revenue after a win. Return the revenue.

    ``paid`` is the price index that the buyer pays. A displacement is the old incumbent's loss.
    """
    buyers, products, weekly = market.buyers, rules.products, record.weekly
    held = buyers.holds[buyer]
    value, paid_before = buyers.value[buyer], buyers.price_paid[buyer]
    revenue = value * paid
    change = revenue
    if outcome == RENEWAL:
        change = value * (paid - paid_before)
        weekly[vendor, RENEWED] += 1.0
        weekly[vendor, REVENUE_RENEWED] += revenue
        weekly[vendor, ARR_REPRICED] += change
    elif outcome == NEW:
        weekly[vendor, WON_NEW] += 1.0
        weekly[vendor, REVENUE_NEW] += revenue
        market.vendors.customers[vendor] += 1
    elif outcome == DISPLACEMENT:
        weekly[vendor, WON_DISPLACEMENT] += 1.0
        weekly[vendor, REVENUE_DISPLACED] += revenue
        loser = products.vendor[held]
        weekly[loser, ACCOUNTS_LOST] += 1.0
        weekly[loser, ARR_LOST] += value * paid_before
        market.vendors.customers[loser] -= 1
        market.vendors.arr[loser] -= value * paid_before
        market.vendors.customers[vendor] += 1
    else:
        revenue = change = value * (paid - paid_before)
        weekly[vendor, UPGRADED] += 1.0
        weekly[vendor, REVENUE_UPGRADED] += revenue
    market.vendors.arr[vendor] += change
    buyers.holds[buyer] = product
    buyers.price_paid[buyer] = paid
    buyers.contract_end[buyer] = week + rules.segments.contract_weeks[buyers.segment[buyer]]
    buyers.goodwill[buyer, vendor] = 1.0
    return revenue


@kernel
def _close_deals(
    week: int,
    i: int,
    buyer: int,
    before: int,
    winner: int,
    outcome: int,
    revenue: float,
    n_offers: int,
    choices: Choices,
    market: Market,
    rules: Rules,
    record: Record,
) -> None:
    """Write a row for every opportunity with this buyer, credit the winning rep, free the reps' capacity.

    ``i`` is the buyer's row in ``choices``, ``winner`` the winning vendor, NONE after no decision.
    """
    rows = choices.row[i]
    buyers, reps, table, deals = market.buyers, market.reps, market.opportunities, record.deals
    incumbent = int(rules.products.vendor[before]) if before >= 0 else NONE
    for vendor in range(len(rows)):
        row = int(rows[vendor])
        if row == NONE:
            continue
        rep = int(buyers.owner[buyer, vendor])
        n = record.counts[N_DEALS]
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
        deals.incumbent[n] = before
        deals.offers[n] = n_offers
        deals.outcome[n] = result
        deals.kind[n] = GREEN_FIELD if before < 0 else (OWN_CUSTOMER if incumbent == vendor else RIVAL_HELD)
        deals.preparation[n] = table.preparation[row]
        deals.selling[n] = table.selling[row]
        deals.supported[n] = 1 if support_counts(row, week, market) else 0
        deals.discount[n] = choices.discount[i, vendor]
        deals.revenue[n] = earned
        deals.credit[n] = credit
        record.counts[N_DEALS] = n + 1
        table.buyer[row] = NONE
        reps.free_capacity[rep] += 1


@kernel
def decide(key: np.uint64, week: int, closing: Int, market: Market, rules: Rules, record: Record) -> None:
    """Decide every evaluation that ends this week.

    Parameters
    ----------
    week : int
    closing : int32[n]
        buyers whose evaluation ends this week, ascending

    Notes
    -----
    Draws: those of :func:`options.list_choices`.
    Writes: buyers.holds and all that follows; opportunities; reps.revenue_*; vendors.customers; the record.
    Costs: O(closing * vendors * opportunities a rep).
    """
    buyers, products = market.buyers, rules.products
    n_vendors = len(market.vendors.strategy)
    choices = list_choices(key, week, closing, market, rules)
    utilities = np.empty(n_vendors + 2, np.float64)
    for i in range(len(closing)):
        buyer, rows = int(closing[i]), choices.row[i]
        before, started = int(buyers.holds[buyer]), int(buyers.evaluation_start[buyer])
        arr_before = buyers.value[buyer] * buyers.price_paid[buyer]
        n_offers = 0
        for row in rows:
            n_offers += row != NONE
        weigh(week, i, buyer, choices, utilities, market, rules)
        option = _winner(utilities, choices.noise[i])

        outcome, vendor, revenue = NO_DECISION, NONE, 0.0
        if option == 0:
            if before >= 0:
                extension = rules.segments.extension_weeks[buyers.segment[buyer]]
                buyers.contract_end[buyer] = max(buyers.contract_end[buyer], week + extension)
        else:
            product = int(choices.product[i, option])
            vendor = int(products.vendor[product])
            if option == n_vendors + 1:
                outcome = UPGRADE
            elif before < 0:
                outcome = NEW
            else:
                outcome = RENEWAL if products.vendor[before] == vendor else DISPLACEMENT
            price_cut = 0.0
            if rows[vendor] != NONE:
                price_cut = choices.discount[i, vendor]
            paid = products.price[product] * (1.0 - price_cut)
            revenue = _book(week, outcome, buyer, vendor, product, paid, market, rules, record)
            if outcome != RENEWAL:
                settle(buyer, week, choices.mood[i], choices.fit[i, option], market, rules)
        _close_deals(
            week, i, buyer, before, vendor, outcome, revenue, n_offers, choices, market, rules, record
        )
        decisions, n = record.decisions, record.counts[N_DECISIONS]
        decisions.week[n] = week
        decisions.started[n] = started
        decisions.reason[n] = buyers.evaluation_reason[buyer]
        decisions.buyer[n] = buyer
        decisions.before[n] = before
        decisions.after[n] = buyers.holds[buyer]
        decisions.outcome[n] = outcome
        decisions.offers[n] = n_offers
        decisions.revenue[n] = revenue
        decisions.arr_before[n] = arr_before
        decisions.arr_after[n] = buyers.value[buyer] * buyers.price_paid[buyer]
        record.counts[N_DECISIONS] = n + 1
        buyers.evaluation_start[buyer] = NONE
        buyers.evaluation_end[buyer] = NONE
        buyers.evaluation_reason[buyer] = 0
        schedule_next_look(key, week, buyer, market, rules)
