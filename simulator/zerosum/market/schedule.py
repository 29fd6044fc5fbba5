"""One week, in order. Read this before any kernel.

 1. Calendar      At a year's start reps leave and are replaced, quotas are set, the count starts again.
 2. Buyers        Those who are due take stock; contracts end, reviews and needs come up, evaluations open,
                  incumbents learn of them, vendors are invited.
 3. Departments   Marketing, service and sales go social.
 4. Adoption      Reps try tools, learn them, keep or drop them.
 5. Hours         Administration first, learning, then habits; freed hours as planned.
 6. Prospecting   All reps make their attempts on the market as it stands; then what they provoked opens.
 7. Casework      Hours go to open opportunities; trust grows and fades.
 8. Support       Prepared opportunities ask for presales help and wait for it.
 9. Choices       Evaluations that end are decided; deals close, accounts change hands.
10. Quarter's end Reps behind quota begin, or cease, to push.

Within a step nobody sees what another did in the same step, except through a queue whose order is stated. So
renumbering buyers or reps changes names, not results.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zerosum.market.declare.rules import Rules
from zerosum.market.jit import kernel
from zerosum.market.mechanisms import (
    adoption,
    buyers,
    casework,
    choice,
    departments,
    hours,
    prospecting,
    push,
    quota,
    support,
)
from zerosum.market.records import CUSTOMERS, IN_MARKET, OPEN, SERVED_BUYERS, Record
from zerosum.market.state import NONE, YEAR, Int, Market

BeforeChoices = Callable[[int, Int], None]
"""Called before step 9 with the week and the buyers whose evaluation ends, ascending; it may only read."""


@kernel
def _close_week(market: Market, rules: Rules, record: Record) -> None:
    """Record what stands at the week's end."""
    vendors, reps = market.vendors, market.reps
    in_market = 0
    for end in market.buyers.evaluation_end:
        if end != NONE:
            in_market += 1
    record.weekly[:, IN_MARKET] = in_market
    record.weekly[:, SERVED_BUYERS] = vendors.customers.sum()
    for vendor in range(len(vendors.customers)):
        record.weekly[vendor, CUSTOMERS] = vendors.customers[vendor]
    for rep in range(len(reps.vendor)):
        record.weekly[reps.vendor[rep], OPEN] += rules.reps.slots - reps.free_slots[rep]


def one_week(
    key: np.uint64,
    week: int,
    market: Market,
    rules: Rules,
    record: Record,
    before_choices: BeforeChoices | None = None,
) -> None:
    """Simulate one week: the ten steps, in order.

    Parameters
    ----------
    key : uint64
        run key (seed and replication)
    week : int
        weeks since the start, from 0
    market : Market
        the state; written
    rules : Rules
        read only
    record : Record
        this week's rows; written
    before_choices : callable, optional
        for who wants to see what decisions are made of
    """
    if week % YEAR == 0 and week > 0:
        quota.start_year(key, week, market, rules)
    looking, closing = buyers.who_is_due(week, market)
    buyers.look_around(key, week, looking, market, rules, record)
    departments.go_social(week, market, rules, record)
    adoption.adopt(key, week, market, rules, record)
    hours.divide_week(week, market, rules)
    provoked = prospecting.prospect(key, week, market, rules, record)
    prospecting.open_provoked(key, week, provoked, market, rules, record)
    casework.work_on_cases(market, rules, record)
    support.ask_for_support(key, week, market, rules, record)
    support.serve(key, week, market, rules, record)
    if before_choices is not None:
        before_choices(week, closing)
    choice.decide(key, week, closing, market, rules, record)
    push.end_of_quarter(key, week, market, rules)
    _close_week(market, rules, record)
