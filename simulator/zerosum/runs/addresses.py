"""Where a run is stored: its address depends only on what its numbers depend on.

An *address* is a point and a replication. A point is a 63-bit digest of all that a run depends on besides its
replication: the market, the strategy, who adopts it. So any design finds a run again, whatever number the design
gives to the point. If you add points, strategies or replications to a design, it reuses the earlier runs.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Address = tuple[int, int]
"""(point, replication)"""


def point_of(*parts: Any) -> int:
    """Return the point of JSON values: equal for equal parts, whatever the order within mappings."""
    text = json.dumps(parts, sort_keys=True)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def addresses(table: pa.Table) -> set[Address]:
    """Return (point, replication) of a table's rows."""
    pairs = table.select(["point", "replication"]).group_by(["point", "replication"]).aggregate([])
    return set(zip(pairs["point"].to_pylist(), pairs["replication"].to_pylist(), strict=True))


class Grid:
    """The points of a design, numbered from 0 in its tables, and the addresses of their runs.

    Parameters
    ----------
    points : sequence of rows
        each point's digests, see :func:`point_of`: one for each strategy. Equal ones get separate addresses
    strategies : sequence of str
        in the order of the columns; a single column is for all strategies of a point
    """

    def __init__(self, points: Sequence[Sequence[int]], strategies: Sequence[str] = ("",)) -> None:
        seen: dict[int, int] = {}
        distinct = []
        for point in (point for row in points for point in row):
            seen[point] = seen.get(point, -1) + 1
            distinct.append(point_of(point, seen[point]) if seen[point] else point)
        self.points: npt.NDArray[np.int64] = np.array(distinct, np.int64).reshape(-1, len(strategies))
        self.strategies = tuple(strategies)
        self._places = {point: place for place, point in enumerate(distinct)}

    def address(self, number: int, strategy: str) -> int:
        """Return the address of a point's runs of a strategy."""
        return int(self.points[number, self.strategies.index(strategy)])

    def missing(self, there: Set[Address], number: int, replication: int) -> tuple[str, ...]:
        """Return a point's strategies without a run in ``there``."""
        pairs = zip(self.strategies, self.points[number].tolist(), strict=True)
        return tuple(name for name, point in pairs if (point, replication) not in there)

    def any(self, there: Iterable[Address]) -> set[Address]:
        """Return (number, replication) of the points with a run of any strategy."""
        columns, places = len(self.strategies), self._places
        return {(places[point] // columns, number) for point, number in there if point in places}

    def complete(self, there: Set[Address]) -> set[Address]:
        """Return (number, replication) of the points with runs of all strategies."""
        columns, places = len(self.strategies), self._places
        found = Counter((places[point] // columns, number) for point, number in there if point in places)
        return {address for address, count in found.items() if count == columns}

    def addressed(self, table: pa.Table) -> pa.Table:
        """Replace the points' numbers in a table by addresses."""
        columns = ranks(table["strategy"], self.strategies) if len(self.strategies) > 1 else 0
        found = pa.array(self.points[table["point"].to_numpy(), columns])
        return table.set_column(0, table.schema.field("point"), found)

    def numbered(self, table: pa.Table) -> pa.Table:
        """Return the rows of this design's points, with addresses replaced by the points' numbers."""
        places = pc.index_in(table["point"], value_set=pa.array(self.points.ravel()))
        table, places = table.filter(places.is_valid()), places.drop_null()
        numbers = pa.array(places.to_numpy().astype(np.int64) // len(self.strategies))
        return table.set_column(0, table.schema.field("point"), numbers)


_NUMBER = pa.field("point", pa.int64(), metadata={"unit": "number", "meaning": "point of the design, from 0"})


def at_point(table: pa.Table, number: int) -> pa.Table:
    """Return the table with a first column for the number of its point."""
    return table.add_column(0, _NUMBER, pa.repeat(pa.scalar(number, pa.int64()), len(table)))


def only(table: pa.Table, wanted: Set[Address]) -> pa.Table:
    """Return the rows of the wanted runs."""
    pairs = zip(table["point"].to_pylist(), table["replication"].to_pylist(), strict=True)
    return table.filter(pa.array([pair in wanted for pair in pairs], pa.bool_()))


def ranks(column: pa.ChunkedArray, names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the position of each row's name in ``names``, or their number if it isn't there; int64[n_rows]."""
    found = pc.fill_null(pc.index_in(column, value_set=pa.array(names)), len(names))
    return np.asarray(found.to_numpy(), np.int64)


def in_order(table: pa.Table, orders: Mapping[str, Sequence[str]]) -> pa.Table:
    """Sort by point, replication and null, then by columns of names in the orders given; skip missing columns.

    Rows of one run stay in the order in which they were made.
    """
    columns = [name for name in ("point", "replication", "null") if name in table.column_names]
    keys = [table[name].to_numpy(zero_copy_only=False) for name in columns]
    keys += [ranks(table[name], names) for name, names in orders.items() if name in table.column_names]
    order = np.lexsort(keys[::-1])
    return table.take(order).combine_chunks()
