"""A file of another kind than a scenario, as its errors see it: what it holds, and what is allowed in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zerosum.files import printable
from zerosum.scenario.errors import LONGEST_VALUE
from zerosum.scenario.paths import Path, value_at
from zerosum.scenario.schema import Node, node_at

NAMES = ("name", "key", "vendor", "title")
"""Keys that a row goes by, the first that it has."""


class Content:
    """The tables of one file.

    Parameters
    ----------
    values : mapping
    source : str
        What errors call the file.
    schema : dict
        What is allowed in it, as :func:`~zerosum.scenario.schema.schema_of` returns it.
    """

    def __init__(self, values: Mapping[str, Any], source: str, schema: Node) -> None:
        self.values, self.schema = values, schema
        self._source = source

    def source_of(self, _path: Path) -> str:
        """Name the file."""
        return self._source

    def at(self, path: Path) -> Any:
        """Return the value at a path; None if there is none."""
        return value_at(self.values, path)

    def key_of(self, path: Path) -> str:
        """Write where a path leads: ``replications``, ``[design] kind``, ``[[factors]] 2 (market.saturation): low``."""
        head, rest = path[:1], path[1:]
        if not head or (not isinstance(self.at(head), Mapping) and not (rest and self._has_rows(path[:2]))):
            return ".".join(map(str, path))
        if rest and isinstance(rest[0], int):
            row = self.at(path[:2])
            named = row if isinstance(row, str) else _name_of(row)
            head_text = f"[[{head[0]}]] {rest[0] + 1}" + (f" ({named})" if named else "")
            rest = rest[1:]
        else:
            head_text = f"[{head[0]}]"
        return f"{head_text}: {'.'.join(map(str, rest))}" if rest else head_text

    def place_of(self, location: Path, kind: str) -> Path:
        """Return a fault's place without what pydantic adds to it: types of a union, ``[key]``."""
        place = location
        if kind not in ("missing", "extra_forbidden"):
            while len(place) > 1 and node_at(place, self.schema) is None:
                place = place[:-1]
        return place

    def _has_rows(self, path: Path) -> bool:
        return "properties" in (node_at(path, self.schema) or {})


def _name_of(row: Any) -> str:
    if not isinstance(row, Mapping):
        return ""
    named = next((row[key] for key in NAMES if isinstance(row.get(key), str)), "")
    return printable(named if len(named) <= LONGEST_VALUE else named[: LONGEST_VALUE - 3] + "...")
