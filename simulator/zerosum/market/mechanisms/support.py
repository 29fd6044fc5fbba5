"""Presales: a few engineers, many requests, a queue in continuous time.

An opportunity with enough preparation makes one request. Each vendor's engineers serve by arrival
(or by value among those waiting); service times are exponential. With Poisson requests this is the M/M/c
queue, whose mean wait is Erlang's.

Source: Erlang (1917); docs/model.md step 8.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from zerosum.market import draws
from zerosum.market.declare.evidence import assumption
from zerosum.market.declare.rules import Rules, derived
from zerosum.market.declare.section import AT_ONCE, Section, calibrated, quantity
from zerosum.market.jit import kernel
from zerosum.market.mechanisms.casework import prepared
from zerosum.market.records import (
    REP_SUPPORT_STARTED,
    REP_SUPPORT_WAIT,
    SUPPORT_ASKED,
    SUPPORT_STARTED,
    SUPPORT_WAIT,
    SUPPORT_WAITING,
    Record,
)
from zerosum.market.state import NONE, SERVED, UNASKED, WAITING, Float, Long, Market


class Support(Section):
    """Presales: a finite group of engineers serves prepared opportunities."""

    threshold: float = quantity(
        0.6, "share", "Preparation G (0..1) at which an opportunity asks for support.", ge=0, le=1
    )
    service_weeks: float = quantity(
        calibrated("support.service_weeks"),
        "weeks",
        "Mean time that an engineer spends on a request (exponential).",
        evidence=assumption(
            "A pilot takes 2 to 8 weeks by the calendar; how much of it is an engineer's work is not known.",
            source="https://resumegeni.com/blog/sales-engineer/proof-of-concept",
        ),
        ge=AT_ONCE,
        le=5200,
    )
    order: Literal["first-come", "value"] = quantity(
        "first-come", "rule", "Which waiting request is served next."
    )

    @derived
    def fewest_hours(self, scenario: Any) -> float:
        """Return the preparation (hours) below which an opportunity can't be ready."""
        return -math.log(1.0 - self.threshold + 1e-12) * scenario.effort.preparation_hours

    @derived
    def by_value(self) -> bool:
        """Whether the largest waiting request is served next."""
        return self.order == "value"


@kernel
def ask_for_support(key: np.uint64, week: int, market: Market, rules: Rules, record: Record) -> None:
    """Make a presales request for each opportunity that is ready.

    Draws: (SUPPORT_ARRIVAL, agent=buyer, week, draw=vendor): the moment within the week.
    """
    table, slots = market.opportunities, rules.reps.max_open_opportunities
    fewest_hours = rules.support.fewest_hours
    ready, n = np.empty(len(table.buyer), np.int64), 0
    for row in range(len(ready)):  # listed without a branch, which the processor couldn't predict
        ready[n] = row
        enough = table.preparation[row] >= fewest_hours
        n += enough & (table.support[row] == UNASKED) & (table.buyer[row] != NONE)
    for row in ready[:n]:
        if prepared(row, market, rules) >= rules.support.threshold:
            buyer, vendor = int(table.buyer[row]), int(market.reps.vendor[row // slots])
            table.support[row] = WAITING
            table.arrival[row] = week + draws.uniform(key, draws.SUPPORT_ARRIVAL, buyer, week, vendor)
            record.weekly[vendor, SUPPORT_ASKED] += 1.0


@kernel
def _goes_before(a: int, b: int, first: Float, second: Float) -> bool:
    """Order in a heap: the lower ``first``, then the lower ``second``, then the lower number."""
    if first[a] != first[b]:
        return first[a] < first[b]
    if second[a] != second[b]:
        return second[a] < second[b]
    return a < b


@kernel
def _push(number: int, heap: Long, size: int, first: Float, second: Float) -> None:
    """Add a number to a heap of ``size``."""
    child = size
    while child > 0 and _goes_before(number, heap[(child - 1) // 2], first, second):
        heap[child] = heap[(child - 1) // 2]
        child = (child - 1) // 2
    heap[child] = number


@kernel
def _pop(heap: Long, size: int, first: Float, second: Float) -> int:
    """Take the first number out of a heap of ``size``."""
    top, last = heap[0], heap[size - 1]
    parent = 0
    while 2 * parent + 1 < size - 1:
        child = 2 * parent + 1
        if child + 1 < size - 1 and _goes_before(heap[child + 1], heap[child], first, second):
            child += 1
        if not _goes_before(heap[child], last, first, second):
            break
        heap[parent] = heap[child]
        parent = child
    heap[parent] = last
    return int(top)


@kernel
def serve(key: np.uint64, week: int, market: Market, rules: Rules, record: Record) -> None:
    """Assign engineers to waiting requests until the week is over.

    The engineer who is free first takes the first waiting request by the vendor's order; if none waits, the next
    to arrive. No engineer is idle while a request waits, whatever the order.

    Draws: (SUPPORT_SERVICE, agent=buyer, week of the request, draw=vendor).
    Writes: opportunities.support, support_start, support_end; vendors.free_at.
    Costs: O(opportunities + engineers + waiting * log(waiting + engineers)).
    """
    reps, table, vendors = market.reps, market.opportunities, market.vendors
    slots, arrival = rules.reps.max_open_opportunities, table.arrival
    waiting, n_waiting = np.empty(len(table.buyer), np.int64), 0
    for row in range(len(waiting)):
        waiting[n_waiting] = row
        n_waiting += (table.buyer[row] != NONE) & (table.support[row] == WAITING)
    to_come = np.empty(n_waiting, np.int64)  # heap by arrival
    there = np.empty(n_waiting, np.int64)  # heap by order of service
    staff = np.empty(vendors.free_at.shape[1], np.int64)  # heap of engineers by when they are free
    by_value, rank = rules.support.by_value, arrival
    if by_value:
        rank = np.empty(len(table.buyer), np.float64)
        for row in waiting[:n_waiting]:
            rank[row] = -market.buyers.value[table.buyer[row]]
    last_rep, at = 0, 0
    for vendor in range(len(vendors.strategy)):
        while last_rep < len(reps.vendor) and reps.vendor[last_rep] == vendor:
            last_rep += 1
        n_to_come, n_there = 0, 0
        while at < n_waiting and waiting[at] < last_rep * slots:
            _push(waiting[at], to_come, n_to_come, arrival, arrival)
            n_to_come += 1
            at += 1
        free_at = vendors.free_at[vendor, : vendors.engineers[vendor]]
        n_staff = 0
        while n_staff < len(free_at) and n_to_come > 0:
            _push(n_staff, staff, n_staff, free_at, free_at)
            n_staff += 1
        while n_staff > 0 and n_to_come + n_there > 0:
            now = free_at[staff[0]]
            if n_there == 0:
                now = max(now, arrival[to_come[0]])
            if now >= week + 1:
                break
            # First come, first served: the order of arrival is the order of service, so no second heap is needed.
            while by_value and n_to_come > 0 and arrival[to_come[0]] <= now:
                _push(_pop(to_come, n_to_come, arrival, arrival), there, n_there, rank, arrival)
                n_to_come -= 1
                n_there += 1
            if by_value:
                row = _pop(there, n_there, rank, arrival)
                n_there -= 1
            else:
                row = _pop(to_come, n_to_come, arrival, arrival)
                n_to_come -= 1
            # An engineer free earlier may take a request that arrived with another's.
            now = max(now, arrival[row])
            asked = int(arrival[row])
            span = draws.exponential(key, draws.SUPPORT_SERVICE, int(table.buyer[row]), asked, vendor)
            table.support[row] = SERVED
            table.support_start[row] = now
            table.support_end[row] = now + rules.support.service_weeks * span
            engineer = _pop(staff, n_staff, free_at, free_at)
            free_at[engineer] = table.support_end[row]
            _push(engineer, staff, n_staff - 1, free_at, free_at)
            record.weekly[vendor, SUPPORT_STARTED] += 1.0
            record.weekly[vendor, SUPPORT_WAIT] += now - arrival[row]
            record.rep_counts[row // slots, REP_SUPPORT_STARTED] += 1.0
            record.rep_counts[row // slots, REP_SUPPORT_WAIT] += now - arrival[row]
        record.weekly[vendor, SUPPORT_WAITING] = n_to_come + n_there
