"""Hours make a case: preparation, selling, trust; each with a falling return.

Source: concave sales response (Albers, Mantrala & Sridhar 2010 give an elasticity of .34); that selling time
is worth little without a case is an assumption with a parameter of its own (``unprepared_share``).
"""

from __future__ import annotations

import math

from zerosum.market.jit import kernel
from zerosum.market.records import HOURS, Record
from zerosum.market.rules import Rules
from zerosum.market.state import IDLE, NONE, PREPARATION, SALES, SELLING, SOCIAL, Market


@kernel
def prepared(row: int, market: Market, rules: Rules) -> float:
    """Completeness G (0..1) of an opportunity's case."""
    return 1.0 - math.exp(-market.opportunities.preparation[row] / rules.casework.preparation_hours)


@kernel
def sold(row: int, market: Market, rules: Rules) -> float:
    """Saturation F (0..1) of an opportunity's selling time."""
    return 1.0 - math.exp(-market.opportunities.selling[row] / rules.casework.selling_hours)


@kernel
def work_on_cases(market: Market, rules: Rules, record: Record) -> None:
    """Spread preparation and selling hours over open opportunities; let trust grow and fade.

    Without an open opportunity those hours are idle. Afterwards the week's hours are final, and are recorded.

    Writes: opportunities.preparation, selling; reps.hours, trust.
    """
    reps, table, slots = market.reps, market.opportunities, rules.workweek.slots
    for rep in range(len(reps.vendor)):
        hours = reps.hours[rep]
        vendor, strategy = reps.vendor[rep], reps.strategy[rep]
        n_open = slots - reps.free_slots[rep]
        if n_open == 0:
            hours[IDLE] = hours[PREPARATION] + hours[SELLING]
            hours[PREPARATION] = 0.0
            hours[SELLING] = 0.0
        else:
            by_value = rules.strategies.by_value[strategy] == 1
            total = 0.0
            for row in range(rep * slots, (rep + 1) * slots):
                if table.buyer[row] != NONE:
                    total += market.buyers.value[table.buyer[row]] if by_value else 1.0
            for row in range(rep * slots, (rep + 1) * slots):
                if table.buyer[row] != NONE:
                    part = (market.buyers.value[table.buyer[row]] if by_value else 1.0) / total
                    table.preparation[row] += hours[PREPARATION] * part
                    table.selling[row] += hours[SELLING] * part
        worth = 1.0 + rules.casework.sales_social_gain * market.vendors.take_up[vendor, SALES]
        trust = reps.trust[rep] * (1.0 - rules.casework.trust_decay)
        reps.trust[rep] = trust + (1.0 - trust) * (
            1.0 - math.exp(-hours[SOCIAL] * worth / rules.casework.social_hours)
        )
        for activity in range(len(hours)):
            record.weekly[vendor, HOURS + activity] += hours[activity]
            record.rep_hours[rep, activity] += hours[activity]
