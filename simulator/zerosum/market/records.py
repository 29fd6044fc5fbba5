"""What a run records: deals, decisions, weeks. This is the whole schema, with units.

Kernels append to these columns; nothing reads them during the run. One row of
``deals`` is one opportunity that closed, one row of ``decisions`` one evaluation that ended (with or without
any rep there), one row of ``weekly`` one vendor in one week, one row of ``rep_years`` one rep in one year.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from zerosum.market.jit import bind
from zerosum.market.state import (
    ACTIVITIES,
    ACTIVITY_LABELS,
    DEPARTMENTS,
    YEAR,
    Byte,
    Float,
    Int,
    Long,
    Market,
    Short,
    column_types,
)

# How a deal ended for the vendor that worked on it.
STALLED, WON, LOST = 0, 1, 2
DEAL_OUTCOMES = ("no decision", "won", "lost")

# Whose customer the buyer was when the evaluation ended.
GREEN_FIELD, RIVAL_HELD, OWN_CUSTOMER = 0, 1, 2
DEAL_KINDS = ("green field", "rival's customer", "own customer")


class Deals(NamedTuple):
    """One row per closed opportunity, in order of week, buyer, vendor."""

    week: Int  # week of the decision
    opened: Int  # week in which the opportunity opened
    buyer: Int
    rep: Int
    vendor: Short
    source: Byte  # index of market.SOURCES
    product: Short  # product pitched
    incumbent: Short  # product held before, NONE
    offers: Short  # vendors with an opportunity in this evaluation
    outcome: Byte  # index of DEAL_OUTCOMES; a renewal with the rep there is won
    kind: Byte  # index of DEAL_KINDS
    preparation: Float  # hours
    selling: Float  # hours
    supported: Byte  # 1: presales support counted
    discount: Float  # share
    revenue: Float  # money/year: what the vendor earns from it
    credit: Float  # money/year: what counts for the rep's quota


class Decisions(NamedTuple):
    """One row per evaluation that ended, in order of week, buyer."""

    week: Int
    started: Int  # week in which the evaluation opened
    reason: Byte  # index of market.REASONS
    buyer: Int
    before: Short  # product held, NONE
    after: Short  # product held, NONE
    outcome: Byte  # index of market.OUTCOMES
    offers: Short  # vendors with an opportunity
    revenue: Float  # money/year
    arr_before: Float  # money/year: what the buyer paid until then
    arr_after: Float  # money/year: what it pays from then on


class Dropouts(NamedTuple):
    """One row per customer that dropped out when its contract ended, in order of week, buyer."""

    week: Int
    buyer: Int
    product: Short  # product held before
    arr: Float  # money/year: what it paid


# Columns of ``Recorder.weekly``, one row per week and vendor.
WEEKLY = (
    ("customers", "buyers", "customers at the week's end"),
    ("arr", "money/year", "annual recurring revenue (ARR) at the week's end"),
    ("revenue_new", "money/year", "contracts won from buyers without an incumbent"),
    ("revenue_displaced", "money/year", "contracts won from competitors"),
    ("revenue_renewed", "money/year", "contracts renewed"),
    ("revenue_upgraded", "money/year", "difference earned by displacing own products"),
    ("arr_repriced", "money/year", "ARR that renewals brought more than was paid before"),
    ("arr_lost", "money/year", "ARR of the customers lost to competitors"),
    ("arr_dropped_out", "money/year", "ARR of the customers that dropped out"),
    ("won_new", "deals", "buyers without an incumbent won"),
    ("won_displacement", "deals", "rivals' customers won"),
    ("renewed", "deals", "own customers kept in an evaluation"),
    ("upgraded", "deals", "own products displaced by own products"),
    ("accounts_lost", "buyers", "customers lost to competitors"),
    ("dropped_out", "buyers", "customers that dropped out when their contract ended"),
    ("deals_won", "deals", "opportunities won (renewals with the rep there among them)"),
    ("deals_lost", "deals", "opportunities lost"),
    ("deals_stalled", "deals", "opportunities that ended in no decision"),
    ("opened", "opportunities", "opportunities opened"),
    ("missed", "opportunities", "invitations that found no free capacity"),
    ("open", "opportunities", "open opportunities at the week's end"),
    ("attempts", "attempts", "outreach attempts made"),
    ("attempts_blocked", "attempts", "outreach attempts not made for lack of open-opportunity capacity"),
    ("contacts", "contacts", "attempts that reached somebody"),
    ("provoked", "evaluations", "opportunities created by outreach"),
    ("goodwill_burnt", "goodwill", "goodwill lost by contacts without a result"),
    ("tool_use", "share", "mean use over reps and the tools they are offered"),
    ("in_trial", "rep-tools", "tools in trial"),
    ("in_routine", "rep-tools", "tools in routine use"),
    ("support_asked", "requests", "presales requests made"),
    ("support_started", "requests", "presales requests that an engineer took up"),
    ("support_wait", "weeks", "sum of the waits of those taken up"),
    (
        "support_waiting",
        "requests",
        "presales requests that still wait when the week's are served, before decisions",
    ),
    *(
        (f"hours_{name}", "hours", f"hours of {label}")
        for name, label in zip(ACTIVITIES, ACTIVITY_LABELS, strict=True)
    ),
    *((f"take_up_{name}", "share", f"share of {name} that uses social media") for name in DEPARTMENTS),
    ("served", "buyers", "buyers with an incumbent, any vendor (the same in every row of a week)"),
    ("in_market", "buyers", "buyers in an evaluation, any vendor (the same in every row of a week)"),
    ("opened_evaluations", "evaluations", "evaluations opened, any vendor (the same in every row of a week)"),
)
# Columns of ``Recorder.rep_counts``, one row per rep: sums since recording began.
REP_COUNTS = (
    ("attempts", "attempts", "outreach attempts made"),
    ("provoked", "evaluations", "opportunities created by outreach"),
    ("goodwill_burnt", "goodwill", "goodwill lost by contacts without a result"),
    ("support_started", "requests", "presales requests that an engineer took up"),
    ("support_wait", "weeks", "sum of the waits of those taken up"),
)
REP_ATTEMPTS, REP_PROVOKED, REP_GOODWILL_BURNT, REP_SUPPORT_STARTED, REP_SUPPORT_WAIT = range(len(REP_COUNTS))

_COLUMN = {name: i for i, (name, _, _) in enumerate(WEEKLY)}
N_WEEKLY = len(WEEKLY)

# numba freezes module-level integers, not dictionaries: each column that a kernel writes has a name.
CUSTOMERS = _COLUMN["customers"]
ARR = _COLUMN["arr"]
ARR_REPRICED = _COLUMN["arr_repriced"]
ARR_LOST = _COLUMN["arr_lost"]
ARR_DROPPED_OUT = _COLUMN["arr_dropped_out"]
DROPPED_OUT = _COLUMN["dropped_out"]
REVENUE_NEW = _COLUMN["revenue_new"]
REVENUE_DISPLACED = _COLUMN["revenue_displaced"]
REVENUE_RENEWED = _COLUMN["revenue_renewed"]
REVENUE_UPGRADED = _COLUMN["revenue_upgraded"]
WON_NEW = _COLUMN["won_new"]
WON_DISPLACEMENT = _COLUMN["won_displacement"]
RENEWED = _COLUMN["renewed"]
UPGRADED = _COLUMN["upgraded"]
ACCOUNTS_LOST = _COLUMN["accounts_lost"]
DEALS_WON = _COLUMN["deals_won"]
DEALS_LOST = _COLUMN["deals_lost"]
DEALS_STALLED = _COLUMN["deals_stalled"]
OPENED = _COLUMN["opened"]
MISSED = _COLUMN["missed"]
OPEN = _COLUMN["open"]
ATTEMPTS_MADE = _COLUMN["attempts"]
ATTEMPTS_BLOCKED = _COLUMN["attempts_blocked"]
CONTACTS = _COLUMN["contacts"]
PROVOKED_EVALUATIONS = _COLUMN["provoked"]
GOODWILL_BURNT = _COLUMN["goodwill_burnt"]
TOOL_USE = _COLUMN["tool_use"]
IN_TRIAL = _COLUMN["in_trial"]
IN_ROUTINE = _COLUMN["in_routine"]
SUPPORT_ASKED = _COLUMN["support_asked"]
SUPPORT_STARTED = _COLUMN["support_started"]
SUPPORT_WAIT = _COLUMN["support_wait"]
SUPPORT_WAITING = _COLUMN["support_waiting"]
HOURS = _COLUMN["hours_prospecting"]
TAKE_UP = _COLUMN["take_up_marketing"]
SERVED_BUYERS = _COLUMN["served"]
IN_MARKET = _COLUMN["in_market"]
OPENED_EVALUATIONS = _COLUMN["opened_evaluations"]


N_DEALS, N_DECISIONS, N_WEEKS, N_DROPOUTS = 0, 1, 2, 3
"""Places of ``Record.counts``."""


class Record(NamedTuple):
    """What kernels write to: this week's rows, and where the next deal, decision and week go."""

    weekly: Float  # [vendors, N_WEEKLY] this week's sums
    deals: Deals
    decisions: Decisions
    dropouts: Dropouts
    weeks: Float  # [weeks, vendors, N_WEEKLY] ``weekly`` of every week
    counts: Long  # [4] rows filled: deals, decisions, weeks, dropouts
    rep_hours: Float  # [reps, 9] hours since recording began
    rep_counts: Float  # [reps, 5] sums since recording began, by REP_COUNTS
    rep_use: Float  # [reps] this week's mean use of the tools that the rep is offered, 0 without any
    rep_uses: Float  # [weeks, reps] ``rep_use`` of every week


class RepYear(NamedTuple):
    """All reps of one year (or of its part that was simulated)."""

    week: int  # the year's first week
    weeks: int  # weeks of it that were simulated
    quota: Float  # money/year, 0: none was set
    revenue: Float  # money credited
    left: Byte  # 1: the rep left at the year's end


_FEWEST_ROWS, _MOST_ROWS = 256, 2**20
"""Of the first tables; longer ones replace them when they are full."""
_WEEKS_OF_A_DEAL, _WEEKS_OF_A_DECISION, _WEEKS_OF_A_DROPOUT = 200, 150, 1500
"""Weeks of a buyer (and a vendor) for which there is room for one row: in most markets, more than is needed."""


def _table(kind: Any, rows: int) -> Any:
    return kind(*(np.empty(rows, dtype) for dtype in column_types(kind).values()))


def _first_rows(expected: int) -> int:
    return min(_FEWEST_ROWS + expected, _MOST_ROWS)


def _longer(column: Any, rows: int) -> Any:
    """Return a column with room for ``rows``: itself, or a copy at least twice as long."""
    if rows <= len(column):
        return column
    larger = np.empty((max(rows, 2 * len(column)), *column.shape[1:]), column.dtype)
    larger[: len(column)] = column
    return larger


class Recorder:
    """The growing tables of one run. They grow between weeks, never inside a kernel.

    Attributes
    ----------
    table : Record
        what kernels write to; longer tables replace it during the run
    rep_years : list of RepYear
        years recorded, whole or not
    left_at_start : list of int8[reps]
        1: the rep left; one for each recorded week that starts a year, except week 0
    """

    def __init__(self, market: Market, weeks: int) -> None:
        n_reps, n_vendors = len(market.reps.vendor), len(market.vendors.strategy)
        buyer_weeks = weeks * len(market.buyers.value)
        self.rep_years: list[RepYear] = []
        self.left_at_start: list[Byte] = []
        self.first_week: int | None = None
        self.table = Record(
            weekly=np.zeros((n_vendors, N_WEEKLY)),
            deals=_table(Deals, _first_rows(n_vendors * buyer_weeks // _WEEKS_OF_A_DEAL)),
            decisions=_table(Decisions, _first_rows(buyer_weeks // _WEEKS_OF_A_DECISION)),
            dropouts=_table(Dropouts, _first_rows(buyer_weeks // _WEEKS_OF_A_DROPOUT)),
            weeks=np.empty((weeks, n_vendors, N_WEEKLY)),
            counts=np.zeros(4, np.int64),
            rep_hours=np.zeros((n_reps, len(ACTIVITIES))),
            rep_counts=np.zeros((n_reps, len(REP_COUNTS))),
            rep_use=np.zeros(n_reps),
            rep_uses=np.empty((weeks, n_reps)),
        )
        self._handle: Record | None = None

    def open_weeks(self, week: int, market: Market) -> Record:
        """Make room for at least the coming week, and return what kernels write to.

        A year that has just ended is recorded first, before the calendar rolls it over.
        """
        if self.first_week is None:
            self.first_week = week
        elif week % YEAR == 0:
            self._close_year(week, market)
        self.table.weekly[:] = 0.0
        return self.make_room(week, market)

    def make_room(self, week: int, market: Market) -> Record:
        """Make room for all decisions of a week, and return what kernels write to."""
        record = self.table
        closing = int(np.count_nonzero(market.buyers.evaluation_end == week))
        ending = int(np.count_nonzero(market.buyers.contract_end == week))
        n_deals = int(record.counts[N_DEALS]) + closing * len(record.weekly)
        n_decisions, n_weeks = int(record.counts[N_DECISIONS]) + closing, int(record.counts[N_WEEKS]) + 1
        n_dropouts = int(record.counts[N_DROPOUTS]) + ending
        full = len(record.deals.week) < n_deals or len(record.decisions.week) < n_decisions
        if full or len(record.dropouts.week) < n_dropouts or len(record.weeks) < n_weeks:
            self._handle = None
            self.table = record._replace(
                deals=Deals._make(_longer(column, n_deals) for column in record.deals),
                decisions=Decisions._make(_longer(column, n_decisions) for column in record.decisions),
                dropouts=Dropouts._make(_longer(column, n_dropouts) for column in record.dropouts),
                weeks=_longer(record.weeks, n_weeks),
                rep_uses=_longer(record.rep_uses, n_weeks),
            )
        if self._handle is None:
            self._handle = bind(self.table)
        return self._handle

    def close_weeks(self, first: int, market: Market) -> None:
        """Record who left, if ``first``, the first of the weeks just simulated, starts a year."""
        if first % YEAR == 0 and first > 0:
            left = (market.reps.hired == first).astype(np.int8)
            self.left_at_start.append(left)
            if self.rep_years:
                self.rep_years[-1].left[:] = left

    def _close_year(self, end: int, market: Market) -> None:
        assert self.first_week is not None
        start = max(self.first_week, (end - 1) // YEAR * YEAR)
        reps = market.reps
        stayed = np.zeros(len(reps.quota), np.int8)
        self.rep_years.append(
            RepYear(start, end - start, reps.quota.copy(), reps.revenue_year.copy(), stayed)
        )

    def finish(self, end: int, market: Market) -> None:
        """Record the last year, whole or not; ``end`` is the week after the last one simulated."""
        if self.first_week is not None and end > self.first_week:
            self._close_year(end, market)

    @property
    def weekly(self) -> Float:
        """Return the sums of each vendor and week so far, [weeks, vendors, columns as in :data:`WEEKLY`]."""
        return self.table.weeks[: self.table.counts[N_WEEKS]]

    @property
    def deals(self) -> Deals:
        """Closed opportunities so far."""
        return Deals._make(column[: self.table.counts[N_DEALS]] for column in self.table.deals)

    @property
    def decisions(self) -> Decisions:
        """Ended evaluations so far."""
        return Decisions._make(column[: self.table.counts[N_DECISIONS]] for column in self.table.decisions)

    @property
    def dropouts(self) -> Dropouts:
        """Customers that dropped out so far."""
        return Dropouts._make(column[: self.table.counts[N_DROPOUTS]] for column in self.table.dropouts)

    @property
    def rep_hours(self) -> Float:
        """Hours since recording began, [reps, 9]."""
        return self.table.rep_hours

    @property
    def rep_counts(self) -> Float:
        """Sums since recording began, [reps, 5], columns as in :data:`REP_COUNTS`."""
        return self.table.rep_counts

    @property
    def rep_attempts(self) -> Float:
        """Outreach attempts since recording began, [reps]."""
        return self.table.rep_counts[:, REP_ATTEMPTS]

    @property
    def rep_tool_use(self) -> Float:
        """Mean use (share) of the tools that a rep is offered, 0 without any; [weeks so far, reps]."""
        return self.table.rep_uses[: self.table.counts[N_WEEKS]]
