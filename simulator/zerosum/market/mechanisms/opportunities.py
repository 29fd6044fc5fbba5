"""Opportunities: a rep's rows, their buyers, and the product pitched.

A rep works on a limited number of opportunities, at most one per buyer. A row is found by a search of the
rep's own rows, so buyers store no pointers.
"""

from __future__ import annotations

import numpy as np

from zerosum.market import draws
from zerosum.market.declare.rules import Rules
from zerosum.market.jit import kernel
from zerosum.market.mechanisms import preferences
from zerosum.market.records import OPENED, Record
from zerosum.market.state import NONE, UNASKED, Market


@kernel
def find_slot(rep: int, buyer: int, market: Market, rules: Rules) -> int:
    """Return the row of the rep's opportunity with a buyer (``NONE``, -1: its first free row); NONE without one."""
    slots = rules.reps.max_open_opportunities
    there = market.opportunities.buyer[rep * slots : (rep + 1) * slots]
    for slot in range(len(there)):
        if there[slot] == buyer:
            return rep * slots + slot
    return NONE


@kernel
def has_opportunity(rep: int, buyer: int, market: Market, rules: Rules) -> bool:
    """Return whether the rep works on this buyer."""
    if market.reps.free_capacity[rep] == rules.reps.max_open_opportunities:
        return False
    return find_slot(rep, buyer, market, rules) != NONE


@kernel
def product_pitched(
    key: np.uint64, week: int, buyer: int, vendor: int, rep: int, market: Market, rules: Rules
) -> int:
    """Choose the product: with analytics, at its accuracy, the best fit; else the lead product.

    Draws: (PITCH, agent=buyer, week, draw=vendor).
    """
    blind = 1.0
    for tool in range(len(rules.tools.accuracy)):
        blind *= 1.0 - rules.tools.accuracy[tool] * market.reps.tool_use[rep, tool]
    if blind < 1.0 and draws.uniform(key, draws.PITCH, buyer, week, vendor) < 1.0 - blind:
        return preferences.best_product(key, buyer, vendor, week, rules)
    return preferences.lead_product(vendor, week, rules)


@kernel
def open_opportunity(
    key: np.uint64,
    week: int,
    buyer: int,
    vendor: int,
    source: int,
    market: Market,
    rules: Rules,
    record: Record,
) -> bool:
    """Open an opportunity for the rep who owns the buyer; False without free capacity.

    Writes: opportunities (one row), reps.free_capacity.
    """
    rep = int(market.buyers.owner[buyer, vendor])
    if market.reps.free_capacity[rep] == 0:
        return False
    row = find_slot(rep, NONE, market, rules)
    table = market.opportunities
    table.buyer[row] = buyer
    table.product[row] = product_pitched(key, week, buyer, vendor, rep, market, rules)
    table.opened[row] = week
    table.source[row] = source
    table.preparation[row] = 0.0
    table.selling[row] = 0.0
    table.support[row] = UNASKED
    table.arrival[row] = -1.0
    table.support_start[row] = -1.0
    table.support_end[row] = -1.0
    market.reps.free_capacity[rep] -= 1
    record.weekly[vendor, OPENED] += 1.0
    return True
