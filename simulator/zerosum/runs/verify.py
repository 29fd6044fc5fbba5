"""Check that a folder of results is what its manifest says, and that it comes out the same again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zerosum.runs.manifest import NAME as MANIFEST
from zerosum.runs.manifest import Manifest, damaged, digest_of
from zerosum.runs.schema import TABLES, Tables
from zerosum.runs.store import UnreadableError, read_content


def read_tables(folder: Path, manifest: Manifest) -> Tables:
    """Read the tables of finished results.

    Raises
    ------
    StoreError
        says which is missing, can't be read, or isn't the one that the manifest names
    """
    return {name: _read(folder, f"{name}.parquet", manifest) for name in TABLES}


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


def repeated(stored: Tables, number: int, again: Callable[[int], Tables]) -> Iterator[str]:
    """Simulate a replication again, and say in which tables it came out otherwise."""
    fresh = again(number)
    for name, table in stored.items():
        kept = table.filter(pc.equal(table["replication"], number)).combine_chunks()
        if not _same(kept, fresh[name]):
            yield name


def _same(one: pa.Table, other: pa.Table) -> bool:
    """Tell whether two tables hold the same bits; undefined numbers are alike."""
    if one.schema.names != other.schema.names or one.num_rows != other.num_rows:
        return False
    try:
        one = one.cast(other.schema)  # another program may have written it with other types of the same kind
    except pa.ArrowException:
        return False
    pairs = ((one[name].combine_chunks(), other[name].combine_chunks()) for name in one.schema.names)
    return all(_bits(a) == _bits(b) if pa.types.is_floating(a.type) else a.equals(b) for a, b in pairs)


def _bits(numbers: pa.Array) -> bytes:
    """Bytes of a column of numbers: NaN equals NaN, which arrow itself denies."""
    return bytes(numbers.to_numpy(zero_copy_only=False).tobytes())
