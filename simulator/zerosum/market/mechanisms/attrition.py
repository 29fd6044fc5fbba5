"""Attrition: a customer may drop out when its contract ends, without an evaluation.

The project ends, the budget is cut, the firm is acquired. Without attrition, penetration would only rise and all
churn would go to competitors; published churn counts both.

Source: docs/model.md step 2.
"""

from __future__ import annotations

import numpy as np

from zerosum.market import draws
from zerosum.market.declare.evidence import assumption
from zerosum.market.declare.rules import Rules
from zerosum.market.declare.section import Off, Section, calibrated, quantity
from zerosum.market.jit import kernel
from zerosum.market.mechanisms.buyers import schedule_next_look
from zerosum.market.records import ARR_DROPPED_OUT, DROPPED_OUT, N_DROPOUTS, Record
from zerosum.market.state import NONE, Int, Market


class Contracts(Section, table="contracts"):
    """What happens at a contract's end besides an evaluation."""

    attrition: float = quantity(
        calibrated("contracts.attrition"),
        "share",
        "Customers that drop out when their contract ends, without an evaluation.",
        evidence=assumption(
            "Chosen for logo churn of 8 to 25 % a year, drop-outs included; no source tells the two apart."
        ),
        ge=0,
        lt=1,
    )


OFF = (Off("Nobody drops out.", {"contracts.attrition": 0.0}, {}),)


@kernel
def drop_out(key: np.uint64, week: int, looking: Int, market: Market, rules: Rules, record: Record) -> None:
    """Take some customers whose contract ends out of the market for a while.

    Parameters
    ----------
    week : int
    looking : int32[n]
        buyers due this week and not in an evaluation, ascending

    Notes
    -----
    Draws: (ATTRITION, agent=buyer, week).
    Writes: buyers.holds and all that follows, candidate, due; vendors.customers, arr; the record's dropouts.
    """
    attrition = rules.contracts.attrition
    if attrition == 0.0:
        return
    buyers, vendors, dropouts = market.buyers, market.vendors, record.dropouts
    for i in range(len(looking)):
        buyer = int(looking[i])
        product = int(buyers.holds[buyer])
        if product < 0 or buyers.contract_end[buyer] != week:
            continue
        if draws.uniform(key, draws.ATTRITION, buyer, week, 0) >= attrition:
            continue
        vendor = int(rules.products.vendor[product])
        lost = buyers.value[buyer] * buyers.price_paid[buyer]
        vendors.customers[vendor] -= 1
        vendors.arr[vendor] -= lost
        record.weekly[vendor, DROPPED_OUT] += 1.0
        record.weekly[vendor, ARR_DROPPED_OUT] += lost
        n = record.counts[N_DROPOUTS]
        dropouts.week[n] = week
        dropouts.buyer[n] = buyer
        dropouts.product[n] = product
        dropouts.arr[n] = lost
        record.counts[N_DROPOUTS] = n + 1
        buyers.holds[buyer] = NONE
        buyers.contract_end[buyer] = NONE
        buyers.price_paid[buyer] = 0.0
        buyers.norm[buyer] = 0.0
        buyers.level[buyer] = 0.0
        buyers.opinion[buyer] = 0.0
        buyers.stock_week[buyer] = week
        schedule_next_look(key, week, buyer, market, rules)
