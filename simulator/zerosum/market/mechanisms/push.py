"""A quarter's end: reps behind quota sell harder, discount, and pull decisions forward.

Source: timing games at quarter end (Larkin 2014); MODEL.md step 10.
"""

from __future__ import annotations

import numpy as np

from zerosum.market import draws
from zerosum.market.jit import kernel
from zerosum.market.mechanisms.adoption import quota_pace
from zerosum.market.rules import Rules
from zerosum.market.state import NONE, QUARTER, YEAR, Market


@kernel
def _pull_forward(key: np.uint64, week: int, rep: int, market: Market, rules: Rules) -> None:
    """Bring decisions due soon after the quarter into its last week.

    Draws: (PULL_FORWARD, agent=buyer, week, draw=vendor).
    """
    buyers, slots = market.buyers, rules.workweek.slots
    last = week + rules.push.weeks
    vendor = int(market.reps.vendor[rep])
    for row in range(rep * slots, (rep + 1) * slots):
        buyer = int(market.opportunities.buyer[row])
        if buyer == NONE or not last < buyers.evaluation_end[buyer] <= last + rules.push.pull_weeks:
            continue
        if draws.uniform(key, draws.PULL_FORWARD, buyer, week, vendor) < rules.push.pull_forward:
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
