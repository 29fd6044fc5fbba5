"""Single values from the command line: ``--set vendors.Alder.reps=30``.

An override works as one more file laid over the others. It also reaches rows that no file gives and that exist
only as defaults.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from simulator.files import UnreadableFile, parse_toml
from simulator.scenario.errors import Problem, ScenarioError, nearest, printable, shown
from simulator.scenario.explain import unknown_key
from simulator.scenario.merging import Path, Tables
from simulator.scenario.schema import keys_of, node_at, values_of
from simulator.scenario.spec import NAMED_TABLES, Scenario


class Option(NamedTuple):
    """A value that came by another way than ``--set``."""

    source: str
    """What errors call it: ``--world rivals``."""
    key: str
    value: Any


Overrides = Sequence[str | Option] | Mapping[str, Any]
"""``["market.saturation=0.2", ...]``, or ``{"market.saturation": 0.2, ...}`` with the values themselves."""

_SEGMENT = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^."'=]+?))\s*(\.|=|\Z)""")
_PLACE = re.compile(r"^line \d+, column \d+: ")
_LOOKS_LIKE_TOML = re.compile(r"""\s*["'\[{]""")


def apply_overrides(tables: Tables, overrides: Overrides) -> list[Problem]:
    """Lay overrides over the tables, in order; return what was wrong with those that were left out."""
    problems: list[Problem] = []
    for key, value, source in _pairs(overrides, problems):
        try:
            _apply(tables, key, value, source)
        except ScenarioError as error:
            problems += error.problems
    return problems


def _pairs(overrides: Overrides, problems: list[Problem]) -> Iterable[tuple[list[str], Any, str]]:
    if isinstance(overrides, str):
        overrides = [overrides]
    if isinstance(overrides, Mapping):
        overrides = [Option(f"override {key}", key, value) for key, value in overrides.items()]
    for given in overrides:
        try:
            if isinstance(given, Option):
                source, value = given.source, given.value
                key, _ = _split(f"{given.key}=", source)
            else:
                source = f"--set {_cut(given)}"
                key, written = _split(given, source)
                value = _value(written, source)
        except ScenarioError as error:
            problems += error.problems
        else:
            yield key, value, source


def _cut(text: str) -> str:
    return printable(text if len(text) <= 80 else text[:77] + "...")


def _split(text: str, source: str) -> tuple[list[str], str]:
    """Split ``a."b.c".d=value`` into its key's parts and the text of its value."""
    parts: list[str] = []
    position = 0
    while match := _SEGMENT.match(text, position):
        double, single, bare, end = match.groups()
        parts.append(next(part for part in (double, single, bare) if part is not None))
        position = match.end()
        if end == "=":
            return parts, text[position:]
        if end == "":
            break
    raise ScenarioError(
        Problem(
            wrong="this is not of the form key=value",
            source=source,
            key=_cut(text),
            allowed="write a key path, =, and a value, such as market.saturation=0.2 or vendors.Alder.reps=30",
        )
    )


def _value(text: str, source: str) -> Any:
    """Read a value as TOML; a word that is no TOML is taken as text."""
    try:
        read = parse_toml(f"value = {text}", "a value", source)
    except UnreadableFile as error:
        read = {}
        reason = error.wrong.removeprefix("value = ")
        wrong = f"{_cut(text.strip())} is not a TOML value ({_PLACE.sub('', reason)})"
    else:
        wrong = "this is more than one value"
    if not text.strip():
        wrong = "there is no value after ="
    elif read.keys() == {"value"}:
        return read["value"]
    elif not read and not _LOOKS_LIKE_TOML.match(text) and "\n" not in text:
        return text.strip()
    raise ScenarioError(
        Problem(
            wrong=wrong,
            source=source,
            value=_cut(text.strip()),
            allowed='write a TOML value: 0.4, true, text, ["a", "b"] or {key = 1}',
        )
    )


def _apply(tables: Tables, key: list[str], value: Any, source: str) -> None:
    path, rest = _row(tables, key, source)
    for i, part in enumerate(rest):
        node = node_at(path) or {}
        if values_of(node) is not None:
            path = (*path, part)
            continue
        if not keys_of(node):
            what = "a list, which is set as a whole" if node.get("type") == "array" else "a single value"
            raise ScenarioError(
                Problem(
                    wrong=f"{tables.key_of(path)} is {what}; it has no '{_cut('.'.join(rest[i:]))}'",
                    source=source,
                    key=".".join(key),
                    allowed=f"write {tables.key_of(path)}=...",
                )
            )
        path = (*path, part)
        if part not in keys_of(node):
            raise ScenarioError(unknown_key(tables, path, source))
    tables.put(path, value, source)


def _row(tables: Tables, key: list[str], source: str) -> tuple[Path, list[str]]:
    """Find the row that a key begins with, by name or number; return its path and the rest of the key."""
    table, rest = key[0], key[1:]
    if table == "extends":
        raise ScenarioError(
            Problem(
                wrong="'extends' can only stand in a file",
                source=source,
                key="extends",
                allowed="load that file",
            )
        )
    if table not in NAMED_TABLES or not rest:
        if table in NAMED_TABLES:
            _make_defaults_rows(tables, table)
        return (), key
    _make_defaults_rows(tables, table)
    rows = tables.at((table,))
    if not isinstance(rows, list | tuple):
        rows = []
    names = [row.get("name") if isinstance(row, Mapping) else None for row in rows]
    # A name may hold dots: the longest that fits is meant.
    for length in range(len(rest), 0, -1):
        name = ".".join(rest[:length])
        if name in names:
            return (table, names.index(name)), rest[length:]
    if rest[0].isascii() and rest[0].isdigit() and len(rest[0]) < 10 and int(rest[0]) < len(rows):
        return (table, int(rest[0])), rest[1:]
    known = [name for name in names if isinstance(name, str)]
    raise ScenarioError(
        Problem(
            wrong=f"[[{table}]] has no row '{_cut(rest[0])}'",
            source=source,
            key=".".join(key),
            value=shown(rest[0]),
            allowed=f"rows: {', '.join(known) or 'none'}" + (f" (or 0 to {len(rows) - 1})" if rows else ""),
            nearest=nearest(rest[0], known),
        )
    )


def _make_defaults_rows(tables: Tables, table: str) -> None:
    """Write down the rows that a table has by default, if no file gives it any."""
    if tables.values.get(table) or (table in tables.values and table != "products"):
        return
    if table == "products":
        _make_defaults_rows(tables, "vendors")
        vendors = tables.values["vendors"]
        named = [v for v in vendors if isinstance(v, Mapping)] if isinstance(vendors, list | tuple) else []
        rows = [{"name": v["name"], "vendor": v["name"]} for v in named if isinstance(v.get("name"), str)]
    else:
        rows = [row.model_dump(exclude_unset=True) for row in Scenario.model_fields[table].default]
    if rows:
        tables.lay({table: rows}, "the defaults")
