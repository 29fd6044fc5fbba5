"""One week, in order. Read this before any kernel.

 1. Calendar      At a year's start reps leave and are replaced, quotas are set, the year's revenue restarts.
 2. Buyers        Due buyers update their satisfaction; some customers drop out; evaluations open (contract end,
                  review, need); incumbents learn of them, vendors are invited.
 3. Departments   Marketing, service and sales adopt social media.
 4. Adoption      Reps try tools, learn them, keep or drop them.
 5. Hours         Admin first, then learning, then habits; saved hours as planned.
 6. Prospecting   All reps make their attempts on the same state; then the opportunities created open.
 7. Casework      Hours go to open opportunities; trust grows and fades.
 8. Support       Prepared opportunities ask for presales help and wait for it.
 9. Choices       Evaluations that end are decided; deals close, accounts change hands.
10. Quarter's end Reps behind quota start, or stop, to push.
11. Record        The week's rows are stored.

Within a step no actor sees what another did in that step, except through a queue whose order is stated. So
renumbering buyers or reps changes names, not results.
"""

from __future__ import annotations

import numpy as np

from zerosum.market.declare.rules import Rules
from zerosum.market.jit import kernel
from zerosum.market.mechanisms import (
    adoption,
    attrition,
    buyers,
    casework,
    choice,
    departments,
    hours,
    influence,
    prospecting,
    push,
    quota,
    support,
)
from zerosum.market.records import (
    ARR,
    CUSTOMERS,
    IN_MARKET,
    N_DEALS,
    N_DECISIONS,
    N_DROPOUTS,
    N_WEEKS,
    OPEN,
    SERVED_BUYERS,
    Record,
)
from zerosum.market.state import NONE, YEAR, Market

FIRST_STEP, LAST_STEP = 1, 11
CHOICES = 9
"""Steps of a week."""


@kernel
def _close_week(market: Market, rules: Rules, record: Record) -> None:
    """Record the state at the week's end."""
    vendors, reps = market.vendors, market.reps
    in_market = 0
    for end in market.buyers.evaluation_end:
        if end != NONE:
            in_market += 1
    served = 0
    for customers in vendors.customers:
        served += customers
    for vendor in range(len(vendors.customers)):
        record.weekly[vendor, IN_MARKET] = in_market
        record.weekly[vendor, SERVED_BUYERS] = served
        record.weekly[vendor, CUSTOMERS] = vendors.customers[vendor]
        record.weekly[vendor, ARR] = vendors.arr[vendor]
    for rep in range(len(reps.vendor)):
        record.weekly[reps.vendor[rep], OPEN] += rules.reps.max_open_opportunities - reps.free_capacity[rep]


@kernel
def _keep_week(record: Record) -> None:
    """Store the week's rows, and reset them."""
    n = record.counts[N_WEEKS]
    for vendor in range(len(record.weekly)):
        for column in range(record.weekly.shape[1]):
            record.weeks[n, vendor, column] = record.weekly[vendor, column]
            record.weekly[vendor, column] = 0.0
    for rep in range(len(record.rep_use)):
        record.rep_uses[n, rep] = record.rep_use[rep]
    record.counts[N_WEEKS] = n + 1


@kernel
def run_weeks(
    key: np.uint64, first: int, last: int, step: int, until: int, market: Market, rules: Rules, record: Record
) -> int:
    """Simulate weeks, as long as the record has room for what they may add.

    One call does all, so that the interpreter is needed only between calls, and threads don't wait for each other.
    To act or read within a week, stop before a step and go on from there: the results are the same, to the bit.

    Parameters
    ----------
    key : uint64
        run key (seed and replication)
    first, last : int
        weeks since the start, from 0; ``last`` is the first one not simulated
    step, until : int
        first and last step of each week that is simulated
    market : Market
        the state; written
    rules : Rules
        read only
    record : Record
        written

    Returns
    -------
    int
        the week after the last one simulated; before ``last`` if the record must be made longer first
    """
    n_vendors = len(market.vendors.strategy)
    for week in range(first, last):
        n_closing, n_ending = 0, 0
        for end in market.buyers.evaluation_end:
            n_closing += end == week
        if rules.contracts.attrition > 0.0:
            for end in market.buyers.contract_end:
                n_ending += end == week
        if (
            record.counts[N_WEEKS] == len(record.weeks)
            or record.counts[N_DEALS] + n_closing * n_vendors > len(record.deals.week)
            or record.counts[N_DECISIONS] + n_closing > len(record.decisions.week)
            or record.counts[N_DROPOUTS] + n_ending > len(record.dropouts.week)
        ):
            return week
        if step <= 1 and week % YEAR == 0 and week > 0:
            quota.start_year(key, week, market, rules)
        looking, closing = buyers.who_is_due(week, market)
        if step <= 2 <= until:
            influence.take_stock(key, week, looking, market, rules)
            attrition.drop_out(key, week, looking, market, rules, record)
            buyers.look_around(key, week, looking, market, rules, record)
        if step <= 3 <= until:
            departments.go_social(week, market, rules, record)
        if step <= 4 <= until:
            adoption.adopt(key, week, market, rules, record)
        if step <= 5 <= until:
            hours.divide_week(week, market, rules)
        if step <= 6 <= until:
            provoked = prospecting.prospect(key, week, market, rules, record)
            prospecting.open_provoked(key, week, provoked, market, rules, record)
        if step <= 7 <= until:
            casework.work_on_cases(market, rules, record)
        if step <= 8 <= until:
            support.ask_for_support(key, week, market, rules, record)
            support.serve(key, week, market, rules, record)
        if step <= CHOICES <= until:
            choice.decide(key, week, closing, market, rules, record)
        if step <= 10 <= until:
            push.end_of_quarter(key, week, market, rules)
            _close_week(market, rules, record)
        if until == LAST_STEP:
            _keep_week(record)
    return last
