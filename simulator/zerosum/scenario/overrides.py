"""Set single values from the command line: ``--set vendors.Alder.reps=30``.

An override is merged like one more file. It can also change rows that no file has and that exist only as defaults.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from zerosum.files import UnreadableFile, parse_toml, printable
from zerosum.scenario.errors import Problem, ScenarioError, format_value, nearest
from zerosum.scenario.explain import unknown_key
from zerosum.scenario.merging import Tables
from zerosum.scenario.paths import Path, find_row, meet, split_key, split_pair, write_key
from zerosum.scenario.schema import keys_of, node_at, shape_of, values_of
from zerosum.scenario.spec import NAMED_TABLES, Scenario


class Option(NamedTuple):
    """A value from another option than ``--set``."""

    source: str
    """Its name in errors: ``--adopters competitors``."""
    key: str
    value: Any


Overrides = Sequence[str | Option] | Mapping[str, Any]
"""``["market.saturation=0.2", ...]``, or ``{"market.saturation": 0.2, ...}`` with the values themselves."""

_PLACE = re.compile(r"^line \d+, column \d+: ")
_LOOKS_LIKE_TOML = re.compile(r"""\s*["'\[{]""")


class Override(NamedTuple):
    """One parsed override."""

    parts: list[str]
    value: Any
    source: str
    is_option: bool


def apply_overrides(tables: Tables, overrides: Overrides) -> tuple[list[Problem], dict[Path, str]]:
    """Merge overrides into the tables, in order.

    Returns
    -------
    list of Problem
        Problems of overrides that were skipped, and of mappings that set one value twice.
    dict
        Path of every value that was set -> its override's name in errors.
    """
    problems: list[Problem] = []
    setters: dict[Path, Override] = {}
    for given in _take_apart(overrides, problems):
        try:
            path = _resolve(tables, given.parts, given.source)
        except ScenarioError as error:
            problems += error.problems
            continue
        tables.put(path, given.value, given.source)
        for leaf in paths_set(tables, path, given.value):
            before = _set_before(setters, leaf, given, isinstance(overrides, Mapping))
            if before is not None:
                problems.append(_set_twice(tables, leaf, before, given))
            setters[leaf] = given
    return problems, {path: given.source for path, given in setters.items()}


def paths_set(tables: Tables, path: Path, value: Any) -> Iterator[Path]:
    """Yield each path that setting a value changes: tables and rows merge, other values replace."""
    shape = shape_of(node_at(path) or {})
    if shape == "table" and isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from paths_set(tables, (*path, key), inner)
    elif shape == "rows" and path[0] in NAMED_TABLES and isinstance(value, list | tuple) and value:
        rows = tables.at(path)
        names = [_name_of(row) for row in rows] if isinstance(rows, list | tuple) else []
        for row in value:
            name = _name_of(row)
            if name is None or name not in names:
                yield path
                return
            said = {key: inner for key, inner in row.items() if key != "name"}
            yield from paths_set(tables, (*path, names.index(name)), said)
    else:
        yield path


def find_path(scenario: Scenario, key: str, source: str = "") -> Path:
    """Return the path of a key in a scenario.

    Raises
    ------
    ScenarioError
        If there is no such key or row.
    """
    return _resolve(_names(scenario), _parts_of(key, source), source)


def key_at(scenario: Scenario, path: Path) -> str:
    """Return the canonical key of a path: rows by name, quotes only if needed.

    >>> key_at(Scenario(), ("vendors", 0, "reps"))
    'vendors.Alder.reps'
    """
    tables = _names(scenario)
    key = tables.key_of(path)
    if _resolve(tables, split_key(key), "") == path:
        return key
    return write_key(path)  # rows called 'A' and 'A.share': what 'vendors.A.share' leads to is the second


def paths_of(scenario: Scenario, key: str, value: Any, source: str = "") -> tuple[Path, ...]:
    """Return the paths that change if a key is set to a value; for tables, all paths within.

    Raises
    ------
    ScenarioError
        If there is no such key or row.

    Notes
    -----
    >>> paths_of(Scenario(), "market", {"buyers": 5, "rewired": 0.5})
    (('market', 'buyers'), ('market', 'rewired'))
    """
    tables = _names(scenario)
    return tuple(paths_set(tables, _resolve(tables, _parts_of(key, source), source), value))


def _names(scenario: Scenario) -> Tables:
    """Return tables with the names of a scenario's rows, which is all that keys need."""
    tables = Tables()
    tables.values = {
        table: [{"name": row.name} for row in getattr(scenario, table)] for table in NAMED_TABLES
    }
    return tables


def _name_of(row: Any) -> str | None:
    name = row.get("name") if isinstance(row, Mapping) else None
    return name if isinstance(name, str) else None


def _set_before(
    setters: Mapping[Path, Override], path: Path, given: Override, apart: bool
) -> Override | None:
    """Return the earlier override of a path, if setting it twice is a mistake.

    In a mapping all keys count equally (``apart``). On a command line, a later ``--set`` with the same spelling
    wins. With another spelling, or if an option sets the same path, it is a mistake.
    """
    for known, before in setters.items():
        if before is given or not meet(known, path):
            continue
        same = before.parts == given.parts and before.is_option == given.is_option
        if apart or (known == path and not same):
            return before
    return None


def _set_twice(tables: Tables, path: Path, before: Override, given: Override) -> Problem:
    return Problem(
        wrong=f"{tables.key_of(path)} is set by '{_cut(before.source)}' as well",
        source=given.source,
        key=tables.key_of(path),
        value=format_value(given.value),
        allowed="give one of the two",
    )


def _take_apart(overrides: Overrides, problems: list[Problem]) -> Iterator[Override]:
    if isinstance(overrides, str):
        overrides = [overrides]
    if isinstance(overrides, Mapping):
        overrides = [Option(f"override {key}", key, value) for key, value in overrides.items()]
    for given in overrides:
        try:
            if isinstance(given, Option):
                yield Override(_parts_of(given.key, given.source), given.value, given.source, True)
            else:
                source = f"--set {_cut(given)}"
                parts, written = _split(given, source)
                yield Override(parts, _value(written, source), source, False)
        except ScenarioError as error:
            problems += error.problems


def _cut(text: str) -> str:
    return printable(text if len(text) <= 80 else text[:77] + "...")


def _split(text: str, source: str) -> tuple[list[str], str]:
    """Split ``a."b.c".d=value`` into its key's parts and the text of its value."""
    try:
        parts, value = split_pair(text)
    except ValueError:
        value = None
    if value is not None:
        return parts, value
    raise ScenarioError(
        Problem(
            wrong="this is not of the form key=value",
            source=source,
            key=_cut(text),
            allowed="write a key path, =, and a value, such as market.saturation=0.2 or vendors.Alder.reps=30",
        )
    )


def _parts_of(key: str, source: str) -> list[str]:
    try:
        return split_key(key)
    except ValueError:
        raise ScenarioError(
            Problem(
                wrong=f"'{_cut(key)}' is no key",
                source=source,
                key=_cut(key),
                allowed="write names with dots between them, such as market.saturation or vendors.Alder.reps",
            )
        ) from None


def _value(text: str, source: str) -> Any:
    """Parse a value as TOML; a word that isn't TOML is text."""
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


def _resolve(tables: Tables, key: list[str], source: str) -> Path:
    """Return the path of a key."""
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
    return path


def _row(tables: Tables, key: list[str], source: str) -> tuple[Path, list[str]]:
    """Return the path of the row at the start of a key, by name or number, and the rest of the key."""
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
    names = [_name_of(row) for row in rows]
    found = find_row(names, rest)
    if found is not None:
        number, length = found
        return (table, number), rest[length:]
    known = [name for name in names if isinstance(name, str)]
    raise ScenarioError(
        Problem(
            wrong=f"[[{table}]] has no row '{_cut(rest[0])}'",
            source=source,
            key=".".join(key),
            value=format_value(rest[0]),
            allowed=f"rows: {', '.join(known) or 'none'}" + (f" (or 0 to {len(rows) - 1})" if rows else ""),
            nearest=nearest(rest[0], known),
        )
    )


def _make_defaults_rows(tables: Tables, table: str) -> None:
    """Add a table's default rows, if no file has any."""
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
