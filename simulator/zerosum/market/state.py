"""The state of a market: its columns and their units.

State is struct-of-arrays: one column per quantity, one row per buyer, rep, opportunity or vendor. All of
it lives in one :class:`Market`; a copy of its arrays is a copy of the market. Kernels receive the whole
tuple; their docstrings list the columns that they read and write.

``docs/model.md`` explains every column, and the rule that changes it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple, get_args, get_type_hints

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int32]
Short = npt.NDArray[np.int16]
Byte = npt.NDArray[np.int8]
Long = npt.NDArray[np.int64]

QUARTER = 13
YEAR = 52
"""Weeks."""

NONE = -1
"""No product held, no evaluation, no opportunity in a row."""

ALWAYS = -(2**30)
"""Launch week of products sold from the beginning."""

ADDRESS_BLOCK = 1_048_576
"""Rep addresses: vendor * ADDRESS_BLOCK + index within the vendor, so that one more rep changes no other address."""

# What a rep's hours go to: columns of ``Reps.hours``.
PROSPECTING, PREPARATION, SELLING, SOCIAL = 0, 1, 2, 3
ADMINISTRATION, LEARNING, SLACK, RAMPING, IDLE = 4, 5, 6, 7, 8
ACTIVITIES = (
    "prospecting",
    "preparation",
    "selling",
    "social",
    "administration",
    "learning",
    "slack",
    "ramping",
    "idle",
)
ACTIVITY_LABELS = (
    "prospecting",
    "preparation",
    "selling",
    "social media",
    "admin",
    "learning tools",
    "slack",
    "ramp",
    "idle",
)
"""Names of the activities as readers see them; columns in files keep those of :data:`ACTIVITIES`."""
N_PLANNED = 4
"""The first four activities are the ones that a time plan divides."""

# Columns of ``Vendors.take_up``.
MARKETING, SERVICE, SALES = 0, 1, 2
DEPARTMENTS = ("marketing", "service", "sales")

# Tool states of a rep.
IDLE_TOOL, TRIAL, ROUTINE, DROPPED = 0, 1, 2, 3

# Why an evaluation opened.
REASONS = ("none", "contract end", "review", "need", "provoked")
BY_CONTRACT, BY_REVIEW, BY_NEED, BY_PROVOCATION = 1, 2, 3, 4

# How an opportunity came about.
SOURCES = ("none", "invited", "found", "provoked")
INVITED, FOUND, PROVOKED = 1, 2, 3

# Presales support of an opportunity.
UNASKED, WAITING, SERVED = 0, 1, 2

# How an evaluation ended.
OUTCOMES = ("no decision", "renewal", "new", "displacement", "upgrade")
NO_DECISION, RENEWAL, NEW, DISPLACEMENT, UPGRADE = 0, 1, 2, 3, 4


@cache
def column_types(table: Any) -> dict[str, Any]:
    """Return the numpy type of each column of a table class, by name."""
    return {name: _scalar(hint) for name, hint in get_type_hints(table).items()}


def _scalar(hint: Any) -> Any:
    """Scalar type within an array's annotation; how deep it lies differs from one numpy to the next."""
    if isinstance(hint, type) and issubclass(hint, np.generic):
        return hint
    found = (_scalar(part) for part in get_args(hint))
    return next((scalar for scalar in found if scalar is not None), None)


class Buyers(NamedTuple):
    """One row per buyer."""

    segment: Byte  # row of the scenario's segments
    value: Float  # money/year: annual contract value
    holds: Short  # product held, NONE
    level: Float  # utility: satisfaction without mood, at stock_week
    norm: Float  # utility: what the level reverts to
    opinion: Float  # utility: satisfaction at stock_week; it influences neighbours
    stock_week: Int  # week of the last satisfaction update
    contract_end: Int  # week, NONE
    price_paid: Float  # index: price at which its contract was signed, discount included; 0 without one
    evaluation_start: Int  # week, NONE
    evaluation_end: Int  # week, NONE: not in the market
    evaluation_reason: Byte  # index of REASONS
    candidate: Int  # next week in which a review (or need) may come up
    due: Int  # next week in which this buyer must be processed
    goodwill: Float  # [buyers, vendors] 1 fresh .. 0 burnt, at goodwill_week
    goodwill_week: Int  # [buyers, vendors] week of the last attempt, NONE
    turned_away: Byte  # [buyers, vendors] 1: invited when the rep had no free capacity
    owner: Int  # [buyers, vendors] rep whose territory the buyer is in
    neighbour_start: Long  # [buyers + 1] CSR offsets into neighbours
    neighbours: Int  # CSR targets: buyers


class Reps(NamedTuple):
    """One row per rep, vendor by vendor."""

    vendor: Short
    address: Long  # agent number in draws
    strategy: Short  # row of the scenario's strategies
    skill: Float  # skill units
    hired: Int  # week, NONE: long ago
    trust: Float  # share
    habits: Float  # [reps, 4] share of planned hours
    quota: Float  # money/year, 0 until first set
    revenue_year: Float  # money credited this year
    revenue_total: Float  # money credited since week 0
    admin_hours: Float  # hours/week that admin needs before savings
    pushing: Byte  # 1: pushing at a quarter's end
    hours: Float  # [reps, 9] hours this week, by ACTIVITIES
    tool_status: Byte  # [reps, tools]
    tool_proficiency: Float  # [reps, tools] share
    tool_trial_start: Int  # [reps, tools] week, NONE
    tool_trial_revenue: Float  # [reps, tools] revenue_total when the trial began
    tool_use: Float  # [reps, tools] share: proficiency while in trial or routine
    edge: Float  # utility: what rules and effects from outside add to the rep's offers this week
    free_capacity: Int  # rows without an opportunity
    territory_start: Long  # [reps + 1] CSR offsets into territory
    territory: Int  # CSR targets: buyers
    territory_value: Float  # money/year: value of all buyers in the territory


class Opportunities(NamedTuple):
    """Rows: rep * capacity + number within the rep. Free where ``buyer`` is NONE."""

    buyer: Int
    product: Short  # product pitched
    opened: Int  # week
    source: Byte  # index of SOURCES
    preparation: Float  # hours so far
    selling: Float  # hours so far
    support: Byte  # UNASKED, WAITING, SERVED
    arrival: Float  # weeks: time of the presales request, NONE
    support_start: Float  # weeks, NONE
    support_end: Float  # weeks, NONE


class Vendors(NamedTuple):
    """One row per vendor."""

    strategy: Short  # row of the scenario's strategies
    social_since: Int  # week in which that strategy began
    take_up: Float  # [vendors, 3] share of each department that uses social media
    customers: Long  # buyers that hold one of its products
    arr: Float  # money/year: annual recurring revenue, what its customers pay
    engineers: Int  # presales engineers employed
    free_at: Float  # [vendors, most engineers] weeks: when each is free


class Market(NamedTuple):
    """The whole state."""

    buyers: Buyers
    reps: Reps
    opportunities: Opportunities
    vendors: Vendors


def copy_market(market: Market) -> Market:
    """Copy the state. Columns that never change after the start are shared, not copied.

    Parameters
    ----------
    market : Market

    Returns
    -------
    Market
        whose changing columns may be written without touching the original
    """
    return Market._make(_copy_table(table) for table in market)


_CONSTANT = frozenset({"segment", "value", "owner", "neighbour_start", "neighbours", "vendor", "address"}) | {
    "territory_start",
    "territory",
    "territory_value",
}


def _copy_table(table: Any) -> Any:
    columns = {
        name: column if name in _CONSTANT else column.copy() for name, column in table._asdict().items()
    }
    return type(table)(**columns)


def bytes_per_buyer(market: Market) -> float:
    """Count the bytes of all columns whose length grows with the buyers, per buyer."""
    columns: list[npt.NDArray[Any]] = [*market.buyers, market.reps.territory]
    return sum(column.nbytes for column in columns) / len(market.buyers.value)
