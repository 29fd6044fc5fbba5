"""The tables of a comparison: every column with its type, unit and meaning. This is the whole schema.

A table is Parquet (zstd), with each column's unit and meaning in the column's metadata. Rows are in order
of replication, adopters, strategy and the table's own unit, so the same inputs give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from zerosum.market.metrics import METRICS
from zerosum.market.metrics.catalogue import after_a_new_metric
from zerosum.market.records import WEEKLY
from zerosum.market.state import ACTIVITIES, ACTIVITY_LABELS

Tables = Mapping[str, pa.Table]
"""Name -> rows, with the columns that :data:`TABLES` lists."""

_TYPES = {"text": pa.string(), "count": pa.int64(), "number": pa.float64(), "flag": pa.bool_()}


@dataclass(frozen=True)
class Column:
    """One column: ``kind`` is text, count, number or flag."""

    name: str
    kind: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """One table: what a row is, and its columns."""

    name: str
    row: str
    own: tuple[Column, ...]
    metrics: bool = False
    """Whether every metric is a column, too, including metrics of other packages."""

    def __post_init__(self) -> None:
        if self.metrics:
            after_a_new_metric.append(lambda: self.__dict__.pop("arrow", None))

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns."""
        metrics = METRICS if self.metrics else ()
        return (*self.own, *(Column(m.name, "number", m.unit, m.meaning) for m in metrics))

    @cached_property
    def arrow(self) -> pa.Schema:
        """The pyarrow schema; unit and meaning are metadata of each field."""
        return pa.schema(
            [
                pa.field(c.name, _TYPES[c.kind], metadata={"unit": c.unit, "meaning": c.meaning})
                for c in self.columns
            ]
        )

    def filled(self, columns: Mapping[str, Any]) -> pa.Table:
        """Make rows from columns by name; all are required, and no others are allowed.

        Raises
        ------
        ValueError
            names the columns that are missing or unknown
        """
        schema = self.arrow
        if set(columns) != set(schema.names):
            amiss = sorted(set(columns) ^ set(schema.names))
            raise ValueError(f"table '{self.name}': missing or unknown: {', '.join(amiss)}")
        arrays = [pa.array(columns[field.name], field.type) for field in schema]
        return pa.Table.from_arrays(arrays, schema=schema)


_WHERE = (
    Column("adopters", "text", "name", "who adopts: focal, competitors, all, head-to-head"),
    Column("strategy", "text", "name", "strategy that was tried"),
    Column("replication", "count", "number", "which simulated run; strategies that share it are pairs"),
)
_NULL = Column("null", "flag", "yes/no", "the chance baseline: identical reps in the same territories")

RUNS = Table(
    "runs",
    "a run: one strategy, adopted by some, once",
    (*_WHERE, _NULL),
    metrics=True,
)
WEEKS = Table(
    "weekly",
    "a measured week of a run, of the vendor whose move is studied (none for head-to-head: its teams share a vendor)",
    (
        *_WHERE,
        Column("week", "count", "weeks", "measured week, from 1"),
        *(Column(name, "number", unit, meaning) for name, unit, meaning in WEEKLY),
        Column("cost", "number", "money", "what the vendor paid in the week"),
        Column("contribution", "number", "money", "margin * arr / 52 - cost"),
    ),
)
REPS = Table(
    "reps",
    "a rep of the measured team in a run; after turnover, the last one in that seat",
    (
        *_WHERE,
        _NULL,
        Column("rep", "count", "number", "seat within the vendor, from 0"),
        Column(
            "skill", "number", "skill units", "standard normal over reps; 0 for all in the chance baseline"
        ),
        Column(
            "skill_third",
            "count",
            "number",
            "1 lowest, 2 middle, 3 highest third of the vendor; 0: all alike",
        ),
        Column("quota", "number", "money", "for the measured weeks; 0: none was set"),
        Column("credit", "number", "money", "revenue credited over the measured weeks"),
        Column("attainment", "number", "ratio", "credit / quota; undefined without a quota"),
        Column("arr", "number", "money/year", "what the customers in its territory pay at the end"),
        Column("arr_net_new", "number", "money/year", "the same less at the start"),
        Column("arr_earned", "number", "money/year", "what they paid, as if for a whole year"),
        Column("closed", "count", "deals", "opportunities that closed"),
        Column("won", "count", "deals", "of them won (renewals with the rep there among them)"),
        Column("stalled", "count", "deals", "of them ended in no decision"),
        Column("revenue_won", "number", "money/year", "contracts of the deals won, with the rep there"),
        Column("attempts", "count", "attempts", "outreach attempts made"),
        Column("tool_use", "number", "share", "mean use of the tools that the rep is offered"),
        Column("hired", "count", "weeks", "week of the run in which the seat's last rep began; -1: long ago"),
        *(
            Column(f"hours_{name}", "number", "hours", f"hours of {label}")
            for name, label in zip(ACTIVITIES, ACTIVITY_LABELS, strict=True)
        ),
    ),
)
REP_YEARS = Table(
    "rep_years",
    "a year of a rep of the measured team in a run; after turnover, of the seat",
    (
        *_WHERE,
        _NULL,
        Column("rep", "count", "number", "seat within the vendor, from 0"),
        Column("year", "count", "years", "measured year, from 1"),
        Column("weeks", "count", "weeks", "of it that were simulated; reps are judged by whole years"),
        Column("quota", "number", "money", "for these weeks; 0: none was set"),
        Column("credit", "number", "money", "revenue credited in these weeks"),
        Column("attainment", "number", "ratio", "credit / quota; undefined without a quota"),
        Column("potential", "number", "money/year", "annual contract value of all buyers in the territory"),
    ),
)
SEGMENTS = Table(
    "segments",
    "a segment of buyers in a run, as the measured team saw it",
    (
        *_WHERE,
        Column("segment", "text", "name", "kind of buyers"),
        Column("buyers", "count", "buyers", "in the team's territories"),
        Column("customers", "count", "buyers", "of them held at the end"),
        Column("closed", "count", "deals", "opportunities that closed"),
        Column("won", "count", "deals", "of them won"),
        Column("stalled", "count", "deals", "of them ended in no decision"),
        Column("revenue_new", "number", "money", "contracts won from buyers without an incumbent"),
        Column("revenue_displaced", "number", "money", "contracts won from competitors"),
        Column("revenue_renewed", "number", "money", "contracts renewed, with or without the rep"),
        Column("revenue_upgraded", "number", "money", "difference earned by displacing own products"),
        Column("arr", "number", "money/year", "what its customers pay at the end"),
        Column("arr_net_new", "number", "money/year", "the same less at the start"),
        Column("arr_earned", "number", "money/year", "what they paid, as if for a whole year"),
        Column("arr_lost", "number", "money/year", "of customers that competitors took"),
        Column("arr_dropped_out", "number", "money/year", "of customers that dropped out"),
    ),
)
DEALS = Table(
    "deals",
    "an opportunity of the measured team that closed",
    (
        *_WHERE,
        Column("week", "count", "weeks", "of the run: when it closed"),
        Column("opened", "count", "weeks", "of the run: when it opened"),
        Column("buyer", "count", "number", "row of the market's buyers"),
        Column("segment", "text", "name", "kind of buyer"),
        Column("value", "number", "money/year", "the buyer's annual contract value"),
        Column("rep", "count", "number", "seat within the vendor, from 0"),
        Column(
            "source", "text", "name", "how it came about: invited, found, or provoked (created by outreach)"
        ),
        Column("product", "text", "name", "product pitched"),
        Column("incumbent", "text", "name", "product that the buyer held; empty: none"),
        Column("kind", "text", "name", "green field, rival's customer, own customer"),
        Column("offers", "count", "vendors", "with an opportunity in the same evaluation"),
        Column("outcome", "text", "name", "no decision, won, lost; a renewal with the rep there is won"),
        Column("preparation", "number", "hours", "that went into it"),
        Column("selling", "number", "hours", "that went into it"),
        Column("supported", "flag", "yes/no", "presales support counted"),
        Column("discount", "number", "share", "of the price"),
        Column("revenue", "number", "money/year", "that the vendor earns from it"),
        Column("credit", "number", "money/year", "that counts for the rep's quota"),
    ),
)

ASSUMPTIONS = Table(
    "assumptions",
    "a value that a replication took of what the scenario is uncertain about; empty where it is of nothing",
    (
        Column("replication", "count", "number", "which simulated run"),
        Column("draw", "count", "number", "set of values; each is tried on two simulated runs"),
        Column("key", "text", "key", "of the scenario"),
        Column("value", "number", "unit of the key", "the same for all strategies and adopters"),
    ),
)

TABLES: Mapping[str, Table] = {
    t.name: t for t in (RUNS, WEEKS, REPS, REP_YEARS, SEGMENTS, DEALS, ASSUMPTIONS)
}
