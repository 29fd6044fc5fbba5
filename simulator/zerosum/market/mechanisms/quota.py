"""The year: quotas, who leaves, and what a new rep starts with.

Source: MODEL.md, "Quota, pay, turnover"; the ratchet after Misra & Nair (2011).
"""

from __future__ import annotations

import numpy as np

from zerosum.market import draws
from zerosum.market.jit import kernel
from zerosum.market.rules import Rules
from zerosum.market.state import IDLE_TOOL, Market


@kernel
def _replace(key: np.uint64, week: int, rep: int, market: Market, rules: Rules) -> None:
    """Put a new person in a rep's seat. It takes over the territory, the pipeline and the habits of the seat.

    Draws: (SKILL, agent=address, week).
    """
    reps = market.reps
    reps.hired[rep] = week
    reps.trust[rep] = 0.0
    reps.skill[rep] = rules.workweek.skill_sd * draws.normal(
        key, draws.SKILL, int(reps.address[rep]), week, 0
    )
    for tool in range(reps.tool_status.shape[1]):
        reps.tool_status[rep, tool] = IDLE_TOOL
        reps.tool_proficiency[rep, tool] = 0.0
        reps.tool_use[rep, tool] = 0.0  # read in step 2, before step 4 would set it


@kernel
def start_year(key: np.uint64, week: int, market: Market, rules: Rules) -> None:
    """Set quotas, let reps leave, and start the year's count again.

    Draws: (TURNOVER, agent=address, week).
    Writes: reps.quota, revenue_year, and for successors skill, hired, trust, tool_*.
    """
    reps, options = market.reps, rules.quota
    n_vendors = len(market.vendors.strategy)
    total = np.zeros(n_vendors)
    team = np.zeros(n_vendors)
    for rep in range(len(reps.vendor)):
        total[reps.vendor[rep]] += reps.revenue_year[rep]
        team[reps.vendor[rep]] += 1.0
    market_value = market.buyers.value.sum()

    for rep in range(len(reps.vendor)):
        vendor, quota, revenue = int(reps.vendor[rep]), reps.quota[rep], reps.revenue_year[rep]
        leave = options.leave_other
        if quota > 0.0 and revenue / quota < options.below:
            leave = options.leave_below
        if draws.uniform(key, draws.TURNOVER, int(reps.address[rep]), week, 0) < leave:
            _replace(key, week, rep, market, rules)
        if week <= options.last_formula_week:
            average = total[vendor] / team[vendor]
            potential = total[vendor] * reps.territory_value[rep] / market_value
            quota = options.stretch * (
                options.team_weight * average + (1.0 - options.team_weight) * potential
            )
        else:
            quota = ((1.0 - options.ratchet) * quota + options.ratchet * revenue) * options.growth
        reps.quota[rep] = quota
        reps.revenue_year[rep] = 0.0
