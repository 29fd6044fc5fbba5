"""Check that stored tables match their manifest, and that a new run gives the same tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from zerosum.market.metrics import BY_NAME
from zerosum.runs.manifest import NAME as MANIFEST
from zerosum.runs.manifest import Manifest, damaged, digest_of
from zerosum.runs.schema import TABLES, Tables
from zerosum.runs.store import UnreadableError, read_content

LATER = ("rep_years",)
"""Tables that earlier results don't have."""


def read_tables(folder: Path, manifest: Manifest) -> Tables:
    """Read the tables of finished results.

    Raises
    ------
    StoreError
        names the table that is missing, can't be read, or doesn't match the manifest
    """
    names = [name for name in TABLES if name not in LATER or f"{name}.parquet" in manifest.files]
    return {name: with_metrics(name, _read(folder, f"{name}.parquet", manifest)) for name in names}


def with_metrics(name: str, table: pa.Table) -> pa.Table:
    """Add columns of NaN for metrics that were not registered when the table was made.

    Parameters
    ----------
    name : str
        of the table
    table : Table

    Returns
    -------
    Table
    """
    for field in TABLES[name].arrow if TABLES[name].metrics else ():
        if field.name not in table.column_names and field.name in BY_NAME:
            table = table.append_column(field, pa.array(np.full(len(table), np.nan)))
    return table


def _read(folder: Path, name: str, manifest: Manifest) -> pa.Table:
    try:
        content = read_content(folder / name)
    except FileNotFoundError:
        raise damaged(folder, name, "the file is missing") from None
    except UnreadableError as error:
        raise damaged(folder, name, error.why) from None
    try:
        table = pq.read_table(pa.BufferReader(content))
    except (OSError, ValueError, pa.ArrowException):
        raise damaged(folder, name, "it is cut short, or no table") from None
    if digest_of(content) != manifest.files.get(name):
        raise damaged(
            folder, name, f"this is not the table that {MANIFEST} names: it was changed, or is another run's"
        )
    return table


def differing(stored: Tables, again: Tables) -> Iterator[str]:
    """Yield each difference in bits: the first column of a table that differs (``runs.attempts``), or the table.

    Parameters
    ----------
    stored, again : Tables
        the rows of the same runs, in the same order
    """
    for name, table in stored.items():
        other = again.get(name)
        if other is None or table.column_names != other.column_names or len(table) != len(other):
            yield name
            continue
        columns = (one for one in table.column_names if not _same(table[one], other[one]))
        if (column := next(columns, None)) is not None:
            yield f"{name}.{column}"


def _same(one: pa.ChunkedArray, other: pa.ChunkedArray) -> bool:
    """Return whether two columns have the same bits: NaN equals NaN (unlike in arrow); 0.0 is not -0.0."""
    try:
        one = one.cast(other.type)  # another program may have written it with another type of the same kind
    except pa.ArrowException:
        return False
    if pa.types.is_floating(other.type):
        return bool(one.to_numpy().tobytes() == other.to_numpy().tobytes())
    return bool(one.equals(other))
