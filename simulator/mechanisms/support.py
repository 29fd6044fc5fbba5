"""Presales: a few engineers, many requests, a queue in continuous time.

An opportunity whose case is prepared well enough asks once. Each vendor's engineers serve in order of
arrival (or of value); service times are exponential. With Poisson requests this is the M/M/c queue, whose mean wait is Erlang's.

Source: Erlang (1917); MODEL.md step 8.
"""

from __future__ import annotations

import numpy as np

from simulator import draws
from simulator.jit import kernel
from simulator.market import NONE, SERVED, UNASKED, WAITING, Float, Long, Market
from simulator.mechanisms.casework import prepared
from simulator.records import SUPPORT_ASKED, SUPPORT_STARTED, SUPPORT_WAIT, SUPPORT_WAITING, Record
from simulator.rules import Rules


@kernel
def ask_for_support(key: np.uint64, week: int, market: Market, rules: Rules, record: Record) -> None:
    """Let opportunities that have become ready ask for an engineer.

    Draws: (SUPPORT_ARRIVAL, agent=buyer, week, draw=vendor): the moment within the week.
    """
    reps, table, slots = market.reps, market.opportunities, rules.workweek.slots
    for rep in range(len(reps.vendor)):
        if reps.free_slots[rep] == slots:
            continue
        vendor = int(reps.vendor[rep])
        for row in range(rep * slots, (rep + 1) * slots):
            buyer = int(table.buyer[row])
            if buyer == NONE or table.support[row] != UNASKED:
                continue
            if prepared(row, market, rules) >= rules.support.threshold:
                table.support[row] = WAITING
                table.arrival[row] = week + draws.uniform(key, draws.SUPPORT_ARRIVAL, buyer, week, vendor)
                record.weekly[vendor, SUPPORT_ASKED] += 1.0


@kernel
def _goes_before(a: int, b: int, rank: Float, market: Market) -> bool:
    """Order of service: lower rank first, then earlier arrival."""
    if rank[a] != rank[b]:
        return rank[a] < rank[b]
    arrival = market.opportunities.arrival
    return arrival[a] < arrival[b]


@kernel
def _sift_down(heap: Long, start: int, size: int, rank: Float, market: Market) -> None:
    """Restore the heap below ``start``."""
    parent = start
    while 2 * parent + 1 < size:
        child = 2 * parent + 1
        if child + 1 < size and _goes_before(heap[child + 1], heap[child], rank, market):
            child += 1
        if not _goes_before(heap[child], heap[parent], rank, market):
            return
        heap[parent], heap[child] = heap[child], heap[parent]
        parent = child


@kernel
def serve(key: np.uint64, week: int, market: Market, rules: Rules, record: Record) -> None:
    """Let engineers take up waiting requests until the week is over.

    Draws: (SUPPORT_SERVICE, agent=buyer, week of the request, draw=vendor).
    Writes: opportunities.support, support_start, support_end; vendors.free_at.
    Costs: O(slots + served * log(waiting)).
    """
    reps, table, vendors = market.reps, market.opportunities, market.vendors
    slots = rules.workweek.slots
    heap = np.empty(len(table.buyer), np.int64)
    rank = table.arrival
    if rules.support.by_value:
        rank = np.empty(len(table.buyer), np.float64)
        for row in range(len(rank)):
            if table.buyer[row] != NONE:
                rank[row] = -market.buyers.value[table.buyer[row]]
    last_rep = 0
    for vendor in range(len(vendors.strategy)):
        first_rep = last_rep
        while last_rep < len(reps.vendor) and reps.vendor[last_rep] == vendor:
            last_rep += 1
        size = 0
        for row in range(first_rep * slots, last_rep * slots):
            if table.buyer[row] != NONE and table.support[row] == WAITING:
                heap[size] = row
                size += 1
        for start in range(size // 2 - 1, -1, -1):
            _sift_down(heap, start, size, rank, market)
        while size > 0 and vendors.engineers[vendor] > 0:
            row = int(heap[0])
            engineer = np.argmin(vendors.free_at[vendor, : vendors.engineers[vendor]])
            start_time = max(vendors.free_at[vendor, engineer], table.arrival[row])
            if start_time >= week + 1:
                break
            asked = int(table.arrival[row])
            span = draws.exponential(key, draws.SUPPORT_SERVICE, int(table.buyer[row]), asked, vendor)
            table.support[row] = SERVED
            table.support_start[row] = start_time
            table.support_end[row] = start_time + rules.support.service_weeks * span
            vendors.free_at[vendor, engineer] = table.support_end[row]
            record.weekly[vendor, SUPPORT_STARTED] += 1.0
            record.weekly[vendor, SUPPORT_WAIT] += start_time - table.arrival[row]
            size -= 1
            heap[0] = heap[size]
            _sift_down(heap, 0, size, rank, market)
        record.weekly[vendor, SUPPORT_WAITING] = size
