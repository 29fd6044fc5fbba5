"""Tables of several files laid over each other, with a note of which file each value came from.

Tables merge deeply. The rows of the tables that have many (:data:`~zerosum.scenario.spec.NAMED_TABLES`)
merge by their ``name``: a row with a known name changes the keys it gives, another is appended. Every other
list replaces. An empty list empties.

A table where rows should be, or the other way round (``[[market]]``), is never laid over: it stays, whatever comes
after it, for the validator to refuse. Otherwise all that it says would vanish without a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zerosum.scenario.paths import Path, value_at, write_key
from zerosum.scenario.schema import node_at, shape_of
from zerosum.scenario.spec import NAMED_TABLES

DEEPEST = 6
"""Tables nested deeper than any of a scenario are taken as they are, however deep somebody nests them."""


class Tables:
    """The values of a scenario, and who wrote them. Nothing that is laid over it is changed."""

    schema = None
    """What is allowed, as :func:`~zerosum.scenario.schema.node_at` wants it: a scenario."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self._authors: dict[Path, str] = {}

    def lay(self, values: Mapping[str, Any], source: str) -> None:
        """Lay the tables of a file over those that are there."""
        self.values = self._over((), self.values, values, source)

    def put(self, path: Path, value: Any, source: str) -> None:
        """Lay one value over what is there; rows on the way must exist.

        A list is laid as a whole, so an index may only lead to a row of a table.
        """
        self.values = self._put(path, 0, self.values, value, source)

    def at(self, path: Path) -> Any:
        """Return the value at a path; None if there is none."""
        return value_at(self.values, path)

    def source_of(self, path: Path) -> str:
        """Name the file that wrote the value at a path or, for a table, wrote to it last."""
        for length in range(len(path), -1, -1):
            if path[:length] in self._authors:
                return self._authors[path[:length]]
        return ""

    def key_of(self, path: Path) -> str:
        """Write a path as ``--set`` would: rows by name, odd names in quotes."""
        return write_key(self._key_parts(path))

    def _key_parts(self, path: Path) -> Iterator[str]:
        for i, part in enumerate(path):
            if isinstance(part, int):
                row = self.at(path[: i + 1])
                name = row.get("name") if isinstance(row, Mapping) else None
                part = name if i == 1 and isinstance(name, str) and name else str(part)
            yield str(part)

    def _over(self, path: Path, old: Any, new: Any, source: str) -> Any:
        """Return ``new`` laid over ``old``."""
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
        # Each old row is matched once: a name given twice in one file is a fault to be reported, not merged
        # away.
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
        """Drop the authors of all within a table or list that is being replaced."""
        if isinstance(old, Mapping | list | tuple):
            for known in [p for p in self._authors if p[: len(path)] == path]:
                del self._authors[known]


def _is_astray(path: Path, value: Any) -> bool:
    """Tell whether a value has not the shape of what belongs there: a table, a list of rows, or neither."""
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
