"""Merge the tables of several files, and record which file each value came from.

Tables merge deeply. Tables with rows (:data:`~zerosum.scenario.spec.NAMED_TABLES`) merge by the rows' ``name``: a row
with a known name changes the keys it sets, any other row is appended. Every other list replaces the earlier one.
An empty list deletes all rows.

A table instead of rows, or rows instead of a table (``[[market]]``), is never merged: it stays, so that the validator
refuses it. Otherwise its content would vanish silently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zerosum.scenario.paths import Path, value_at, write_key
from zerosum.scenario.schema import node_at, shape_of
from zerosum.scenario.spec import NAMED_TABLES

DEEPEST = 6
"""Tables this deep or deeper are not merged but taken as they are; those of a scenario are less deep."""


class Tables:
    """The values of a scenario, and the file of each. Merged tables are not modified."""

    schema = None
    """The schema for :func:`~zerosum.scenario.schema.node_at`; None: a scenario."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self._authors: dict[Path, str] = {}

    def lay(self, values: Mapping[str, Any], source: str) -> None:
        """Merge the tables of a file into these."""
        self.values = self._over((), self.values, values, source)

    def put(self, path: Path, value: Any, source: str) -> None:
        """Set one value; rows on its path must exist.

        A list is set as a whole, so an index may only lead to a row of a table.
        """
        self.values = self._put(path, 0, self.values, value, source)

    def at(self, path: Path) -> Any:
        """Return the value at a path; None if there is none."""
        return value_at(self.values, path)

    def source_of(self, path: Path) -> str:
        """Return the file that wrote the value at a path or, for a table, wrote to it last."""
        for length in range(len(path), -1, -1):
            if path[:length] in self._authors:
                return self._authors[path[:length]]
        return ""

    def key_of(self, path: Path) -> str:
        """Format a path as for ``--set``: rows by name, unusual names in quotes."""
        return write_key(self._key_parts(path))

    def _key_parts(self, path: Path) -> Iterator[str]:
        for i, part in enumerate(path):
            if isinstance(part, int):
                row = self.at(path[: i + 1])
                name = row.get("name") if isinstance(row, Mapping) else None
                part = name if i == 1 and isinstance(name, str) and name else str(part)
            yield str(part)

    def _over(self, path: Path, old: Any, new: Any, source: str) -> Any:
        """Return ``old`` with ``new`` merged into it."""
        if _is_astray(path, old):
            return old
        if isinstance(new, Mapping) and len(path) < DEEPEST:
            if not isinstance(old, Mapping):
                self._forget(path, old)
                old = {}
            merged = dict(old)
            for key, value in new.items():
                merged[key] = self._over((*path, key), merged.get(key), value, source)
            self._authors[path] = source
            return merged
        if (
            len(path) == 1
            and path[0] in (*NAMED_TABLES, "uncertain")
            and isinstance(new, list | tuple)
            and new
        ):
            return self._rows_over(path, old, new, source)
        self._forget(path, old)
        self._authors[path] = source
        return new

    def _rows_over(self, path: Path, old: Any, new: list[Any] | tuple[Any, ...], source: str) -> list[Any]:
        if not isinstance(old, list | tuple):
            self._forget(path, old)
            old = ()
        rows = list(old)
        # Each old row is matched once: a name given twice in one file must be reported, not merged.
        word = "key" if path[0] == "uncertain" else "name"
        free = {_text(row, word): i for i, row in reversed(list(enumerate(rows)))}
        for row in new:
            name = _text(row, word)
            i = free.pop(name, None) if name is not None else None
            if i is None:
                i = len(rows)
                rows.append(None)
            rows[i] = self._over((*path, i), rows[i], row, source)
        self._authors[path] = source
        return rows

    def _put(self, path: Path, depth: int, here: Any, value: Any, source: str) -> Any:
        if depth == len(path):
            return self._over(path, here, value, source)
        if _is_astray(path[:depth], here):
            return here
        self._authors[path[:depth]] = source
        part = path[depth]
        if isinstance(part, int):
            rows = list(here)
            rows[part] = self._put(path, depth + 1, rows[part], value, source)
            return rows
        table = dict(here) if isinstance(here, Mapping) else {}
        table[part] = self._put(path, depth + 1, table.get(part), value, source)
        return table

    def _forget(self, path: Path, old: Any) -> None:
        """Delete the recorded files of all values in a table or list that is replaced."""
        if isinstance(old, Mapping | list | tuple):
            for known in [p for p in self._authors if p[: len(path)] == path]:
                del self._authors[known]


def _is_astray(path: Path, value: Any) -> bool:
    """Return whether a value has the wrong shape for its path: a table, a list of rows, or neither."""
    node = node_at(path)
    if value is None or node is None:
        return False
    match shape_of(node):
        case "table":
            return not isinstance(value, Mapping)
        case "rows":
            return not isinstance(value, list | tuple)
        case _:
            return isinstance(value, Mapping)


def _text(row: Any, key: str) -> str | None:
    value = row.get(key) if isinstance(row, Mapping) else None
    return value if isinstance(value, str) else None
