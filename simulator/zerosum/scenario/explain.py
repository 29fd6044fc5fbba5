"""Translate pydantic's errors into problems that a user can fix."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from zerosum.errors import InputError
from zerosum.files import Grouped, printable
from zerosum.market.declare.section import ABOVE_ZERO, SMALLEST, Fault
from zerosum.scenario.errors import (
    LONGEST_VALUE,
    Problem,
    ScenarioError,
    format_problems,
    format_value,
    nearest,
)
from zerosum.scenario.merging import Tables
from zerosum.scenario.paths import Path, value_at, write_key
from zerosum.scenario.schema import (
    Node,
    describe_allowed,
    format_number,
    homes_of,
    is_a_table,
    keys_of,
    node_at,
    resolve,
    schema_of,
    values_of,
)
from zerosum.scenario.spec import Scenario, products_follow

NAMES = ("name", "key", "vendor", "title")
"""Keys that identify a row; the first that it has counts."""


class Content:
    """The tables of one file.

    Parameters
    ----------
    values : mapping
    source : str
        Name of the file in errors.
    schema : dict
        Its schema, see :func:`~zerosum.scenario.schema.schema_of`.
    """

    def __init__(self, values: Mapping[str, Any], source: str, schema: Node) -> None:
        self.values, self.schema = values, schema
        self._source = source

    def source_of(self, _path: Path) -> str:
        """Return the name of the file."""
        return self._source

    def at(self, path: Path) -> Any:
        """Return the value at a path; None if there is none."""
        return value_at(self.values, path)

    def key_of(self, path: Path) -> str:
        """Format a path: ``replications``, ``[design] kind``, ``[[factors]] 2 (market.saturation): low``."""
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
        """Return a problem's path without pydantic's additions: types of a union, ``[key]``."""
        place = location
        if kind not in ("missing", "extra_forbidden"):
            while len(place) > 1 and node_at(place, self.schema) is None:
                place = place[:-1]
        return place

    def _has_rows(self, path: Path) -> bool:
        node = node_at(path, self.schema) or {}
        return "properties" in node or values_of(node) is not None


def _name_of(row: Any) -> str:
    if not isinstance(row, Mapping):
        return ""
    named = next((row[key] for key in NAMES if isinstance(row.get(key), str)), "")
    return printable(named if len(named) <= LONGEST_VALUE else named[: LONGEST_VALUE - 3] + "...")


Detail = Mapping[str, Any]
"""One error of pydantic: ``type``, ``loc``, ``input``, ``ctx``."""

Given = Tables | Content
"""The validated content: a scenario, or a file of another kind."""

M = TypeVar("M", bound=BaseModel)

MOST_HOMES = 3
"""A key in more tables than this is too common for "it belongs in"."""


def validate_scenario(tables: Tables) -> Scenario:
    """Make a scenario from its tables.

    Raises
    ------
    ScenarioError
        with all problems, in the order in which they were found
    """
    try:
        scenario = Scenario.model_validate(tables.values)
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems = [problem for detail in details for problem in _problems(detail, tables)]
        raise ScenarioError(dict.fromkeys([*find_thousands(tables), *problems])) from None
    if doubtful := find_thousands(tables):
        raise ScenarioError(doubtful)
    return scenario


class Row(BaseModel):
    """A table of such a file: unknown keys, NaN and wrong types are refused, nothing changes later."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def validate_file(
    model: type[M],
    values: Mapping[str, Any],
    source: str | os.PathLike[str],
    choose: Callable[[list[Problem]], list[Problem]] = lambda problems: problems,
    kind: type[InputError] = InputError,
) -> M:
    """Validate the content of a file that isn't a scenario.

    Parameters
    ----------
    model : type
        Model of the file.
    values : mapping
        Its content.
    source : str or path
        Its name in errors.
    choose : callable
        Selects the problems for the message.
    kind : type
        Class of the error.

    Raises
    ------
    InputError
        with all problems, one per line
    """
    try:
        found = model.model_validate(freeze(values))
    except ValidationError as error:
        problems = _explain(error, model, values, os.fspath(source))
        raise kind(format_problems(choose(problems))) from None
    if doubtful := find_thousands(Content(values, os.fspath(source), schema_of(model))):
        raise kind(format_problems(doubtful))
    return found


def _explain(
    error: ValidationError, model: type[BaseModel], values: Mapping[str, Any], source: str
) -> list[Problem]:
    content = Content(values, source, schema_of(model))
    # A default that depends on another, wrong value is no problem of its own.
    details = [d for d in error.errors(include_url=False) if d["type"] != "default_factory_not_called"]
    # A value of a union has an error for each type, with the type's name at the end of its path.
    places = [content.place_of(tuple(detail["loc"]), detail["type"]) for detail in details]
    problems: list[Problem] = []
    for place in dict.fromkeys(places):
        here = [detail for detail, at in zip(details, places, strict=True) if at == place]
        telling = [d for d in here if not d["type"].endswith("_type")] or [{**here[0], "type": "union"}]
        for detail in here if len(here[0]["loc"]) == len(place) else telling:
            problems += _problems({**detail, "loc": place}, content)
    return list(dict.fromkeys(problems))


def find_thousands(given: Given) -> list[Problem]:
    """Return the amounts of money whose point may separate thousands: ``pay.base_per_year = 95.000``."""
    found = [(path, value) for path, value in _leaves((), given.values) if isinstance(value, Grouped)]
    if not found:
        return []
    from zerosum.scenario.keys import keys
    from zerosum.spreadsheet import read_number

    money = {_last(key.path) for key in keys() if key.unit.startswith("money")}
    problems = []
    for path, value in found:
        row = given.at(path[:2])
        meant = row["key"] if isinstance(row, Mapping) and "key" in row else path[-1]
        if _last(str(meant)) in money and (number := read_number(str(value), groups=True)):
            key, source = given.key_of(path), given.source_of(path)
            is_option = source.startswith("--") and not source.startswith("--set")
            wrong = f"{'this' if is_option else f'{key} = {value}'} can mean two numbers"
            problems.append(Problem(wrong, source, key, str(value), number.fix))
    return problems


def _last(key: str) -> str:
    return key.rpartition(".")[2].strip(" \"'")


AMOUNTS_WITHIN = 6
"""Levels of tables and lists in which amounts are looked for; what is given from Python may be nested without end."""


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    """Yield each value within tables and lists, and its path."""
    inner: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        inner = value.items()
    elif isinstance(value, list | tuple):
        inner = enumerate(value)
    else:
        yield path, value
    if len(path) < AMOUNTS_WITHIN:
        for key, one in inner:
            yield from _leaves((*path, key), one)


def freeze(value: Any) -> Any:
    """Turn lists into tuples, so that a frozen object can't be changed."""
    if isinstance(value, dict):
        return {key: freeze(v) for key, v in value.items()}
    return tuple(freeze(v) for v in value) if isinstance(value, list) else value


def unknown_key(tables: Given, path: Path, source: str | None = None) -> Problem:
    """Return the problem of an unknown key; ``source`` if not the file that wrote the value at the path."""
    key = str(path[-1])
    known = keys_of(node_at(path[:-1], tables.schema) or {})
    is_table = isinstance(tables.at(path), Mapping | list | tuple) and source is None
    homes = homes_of(key, is_table, tables.schema)
    close = nearest(key, known)
    if homes and len(homes) <= MOST_HOMES:
        right, close = f"it belongs {' or '.join(homes)}", ""
        if source is not None:  # of --set, or of a factor
            right = f"write {' or '.join(_key_in(home, key) for home in homes)}"
    else:
        right = f"known: {', '.join(known)}"
        if is_table and isinstance(tables, Tables) and not close and (len(path) == 1 or path[0] == "tools"):
            what = "a rule" if len(path) == 1 else "an effect"
            right += f"; a table of {what} from outside needs the package that adds it"
    return Problem(
        wrong=f"unknown key '{_short(key)}' {_place(tables, path[:-1])}",
        source=tables.source_of(path) if source is None else source,
        key=tables.key_of(path),
        value=format_value(tables.at(path)) if source is None else "",
        allowed=right,
        nearest=close,
    )


def _key_in(home: str, key: str) -> str:
    """Format a key of a table as for --set; ``home`` as from :func:`homes_of`."""
    if home.startswith("in [["):
        return f"{home[5:-2]}.NAME.{key}"
    return f"{home[4:-1]}.{key}" if home.startswith("in [") else key


def _place(tables: Given, path: Path) -> str:
    if not path:
        return "at the top level"
    if isinstance(tables, Content):
        return f"in {tables.key_of(path)}"
    return f"in [{path[0]}]" if len(path) == 1 else f"in {tables.key_of(path)}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _problems(detail: Detail, tables: Given) -> Iterator[Problem]:
    path: Path = tuple(detail["loc"])
    kind: str = detail["type"]
    if isinstance(tables, Tables) and path[:1] == ("products",) and products_follow(tables.values):
        return  # default products of wrong vendors: the vendors' problems are reported
    if kind == "faults":
        for fault in detail["ctx"]["faults"]:
            if (
                fault.path != ("products",)
                or isinstance(tables, Content)
                or not products_follow(tables.values)
            ):
                yield _from_fault(fault, tables)
    elif kind == "extra_forbidden":
        yield unknown_key(tables, path)
    elif kind == "missing":
        yield _missing(path, tables)
    elif kind == "value_error":
        yield _from_fault(Fault(path, str(detail["ctx"]["error"])), tables)
    elif kind == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]:
        return  # the rows exist, but have errors: each is reported
    else:
        yield _wrong_value(path, detail, tables)


def _from_fault(fault: Fault, tables: Given) -> Problem:
    wrong, _, right = fault.wrong.partition("; ")
    if fault.known is not None:
        right = f"known: {', '.join(fault.known) or 'none'}"
    key = tables.key_of(fault.path)
    return Problem(
        wrong=f"{key}: {wrong}" if key else wrong,
        source=tables.source_of(fault.path),
        key=key,
        value="" if fault.value is None else format_value(fault.value),
        allowed=right,
        nearest=nearest(str(fault.value), fault.known) if fault.known else "",
    )


def _missing(path: Path, tables: Given) -> Problem:
    where = tables.key_of(path[:-1])
    if isinstance(tables, Tables) and isinstance(path[1], int):
        where = f"{where} (row {path[1] + 1} of [[{path[0]}]])"
    return Problem(
        wrong=f"{where} has no '{path[-1]}'" if where else f"'{path[-1]}' is missing",
        source=tables.source_of(path[:-1]),
        key=tables.key_of(path),
        allowed=f"it must be given: {_describe_value(path, tables)}",
    )


def _describe_value(path: Path, tables: Given) -> str:
    head = str(path[-1]) if isinstance(tables, Tables) else ".".join(p for p in path if isinstance(p, str))
    return describe_allowed(node_at(path, tables.schema) or {}, head, tables.schema)


def _must_be(path: Path, tables: Given) -> str:
    """Return what is required, if the schema says more than "a number"."""
    node = node_at(path, tables.schema)
    endless = node is not None and node.get("type") == "number" and node.get("maximum", 0) >= 1e15
    said = _describe_value(path, tables) if node and not endless else "a number"
    return f"it must be {said}" if said != "a number" else ""


def _wrong_value(path: Path, detail: Detail, tables: Given) -> Problem:
    node = node_at(path, tables.schema) or {}
    value = detail["input"]
    phrase, right = _phrase(detail["type"], node, value, path, tables)
    key, source = tables.key_of(path), tables.source_of(path)
    subject = f"{key} = {format_value(value)}"
    if isinstance(value, Mapping):
        subject = f"{key} is a table: it"
    if source.startswith("--") and not source.startswith("--set"):
        subject = "this"  # an option; the message starts with its name
    return Problem(
        wrong=f"{subject} {phrase}{_percent(node, value)}",
        source=source,
        key=key,
        value=format_value(value),
        allowed=right or _must_be(path, tables),
        nearest=nearest(value, node["enum"]) if "enum" in node and isinstance(value, str) else "",
    )


_IN_PERCENT = ("share", "share/year", "ratio", "index", "attainment")
"""Units in which 1 is the whole, so that many a person writes 100."""


def _percent(node: Node, value: Any) -> str:
    """Format the share that was probably meant by a percentage."""
    high = float(node.get("maximum", node.get("exclusiveMaximum", 0)) or 0)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 2 <= value <= 100 * high:
        return ""
    if value <= high or value > 1000 or not (_is_share(node) or node.get("unit") in _IN_PERCENT):
        return ""
    return f"; write {value / 100:g} for {value:g} %"


def _is_share(node: Node) -> bool:
    return 1 in (node.get("maximum"), node.get("exclusiveMaximum"))


def _is_rows(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _phrase(kind: str, node: Node, value: Any, path: Path, tables: Given) -> tuple[str, str]:
    """Return what is wrong with a value and, if its limits don't tell, what to write instead."""
    match kind:
        case "int_type" | "float_type":
            return _no_number(node, value, tables.source_of(path)), ""
        case "finite_number":
            return "is not a finite number", ""
        case "next_to_nothing":
            return "is too near to 0", f"write 0, or at least {node.get(ABOVE_ZERO, SMALLEST):g}"
        case "greater_than" | "greater_than_equal":
            return "is too small", ""
        case "less_than" | "less_than_equal":
            return "is too large", ""
        case "multiple_of":
            return f"is not a multiple of {format_number(node['multipleOf'])}", ""
        case "bool_type":
            meant = _YES_NO.get(str(value).strip().lower(), "true or false")
            return "is neither true nor false", f"write {meant}, in small letters and without quotes"
        case "string_type":
            return "is not text", ""
        case "string_too_short" | "string_too_long" | "string_pattern_mismatch" if "pattern" in node:
            if "," in value and isinstance(path[-1], int):
                return "can't be a name", f"write {_as_list(value, node)}: each name has its own quotes"
            if value != value.strip() and re.fullmatch(node["pattern"], value.strip()):
                return "can't be a name", f"write {format_value(value.strip())}, without the space"
            return "can't be a name", ""
        case "string_too_short":
            return "is empty", ""
        case "string_too_long":
            return f"is too long ({len(value):,} characters)", ""
        case "literal_error":
            return "is not known", ""
        case "tuple_type" | "list_type" if is_a_table(node, tables.schema) and _is_by_name(value):
            name, inner = next(iter(value.items()))
            key = write_key([*map(str, path), name, next(iter(inner), "...")])
            return (
                "is not a list of tables",
                f"head the row [[{path[-1]}]] and write name = {format_value(name)} in it; or set one value of it by a "
                f"key in quotes: '{key}'",
            )
        case "tuple_type" | "list_type" if is_a_table(node, tables.schema) and isinstance(value, Mapping):
            return (
                "is not a list of tables",
                f"head each row [[{path[-1]}]], in double brackets, not [{path[-1]}]",
            )
        case "tuple_type" | "list_type" if is_a_table(node, tables.schema):
            return "is not a list of tables", f"head each row [[{path[-1]}]], in double brackets"
        case "tuple_type" | "list_type":
            if isinstance(value, str):
                item = resolve(node.get("items", {}), tables.schema)
                write = f"write [{_as_list(value, item)}]"
                return (f"is not a list; {write}", "") if "enum" in item else ("is not a list", write)
            return "is not a list", ""
        case "too_short":
            return "is too short", ""
        case "too_long":
            return f"is too long ({len(value)} values)", ""
        case "model_type" if isinstance(path[-1], int) and "key" in node.get("properties", {}):
            return (
                "is not a table",
                f"head each row [[{path[0]}]], and write key = {format_value(value)} in it",
            )
        case "model_type" if isinstance(path[-1], int):
            named = " and give it a name" if "name" in node.get("properties", {}) else ""
            return "is not a table", f"head each row [[{path[0]}]]{named}"
        case "model_type" | "dict_type" if _is_rows(value):
            head = ".".join(str(part) for part in path if not isinstance(part, int))
            return "is a list of tables, not one table", f"write [{head}], once, not [[{head}]]"
        case "model_type":
            head = f"[{path[0]}]" if len(path) == 1 else f"{path[-1]} = {{...}}"
            return "is not a table", f"write {head} with its keys: {', '.join(keys_of(node))}"
        case "dict_type":
            return "is not a table", "" if values_of(node) else f"write {path[-1]} = {{...}}"
        case _:
            return "can't be used", ""


def _is_by_name(value: Any) -> bool:
    """Return whether rows are given as tables by name: ``[vendors.Alder]``."""
    return isinstance(value, Mapping) and bool(value) and all(isinstance(v, Mapping) for v in value.values())


_YES_NO = dict.fromkeys(("true", "yes", "y", "on", "1"), "true") | dict.fromkeys(
    ("false", "no", "n", "off", "0"), "false"
)
"""What people write for true and false."""


def _as_list(text: str, item: Node) -> str:
    """Format a text with commas as the values of a list: ``"usual", "calls"``, or ``0.5, 0.9``."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if item.get("type") != "string" and all(re.fullmatch(r"-?\d+(\.\d+)?", part) for part in parts):
        return ", ".join(parts)
    return ", ".join(format_value(part) for part in parts) or '""'


def _no_number(node: Node, value: Any, source: str) -> str:
    """Say that a value is no number, and what number was probably meant."""
    from zerosum.spreadsheet import looks_like_a_date

    whole, unit = node.get("type") == "integer", node.get("unit", "")
    if isinstance(value, int) and not isinstance(value, bool):
        return "is too far from zero"  # beyond what a float holds
    if isinstance(value, datetime.date | datetime.time) or (
        isinstance(value, str) and looks_like_a_date(value)
    ):
        return "is a date" + ("; write a number of weeks" if unit == "weeks" else ", not a number")
    if isinstance(value, str) and re.fullmatch(r"0\d\d", value):  # of 95,000, where a comma separates values
        return "is not a number; a comma separates values, so write thousands without one"
    if isinstance(value, str) and (number := _number_in(value, node)):
        bare = "" if " for " in number or source.startswith("--") else ", without quotes"
        return f"is text, not a number; write {number}{bare}"
    if whole and isinstance(value, float) and abs(value) < 1e15:
        if value == int(value):
            return f"is not a whole number; write {int(value)}, without a point"
        if abs(value) < 1000 and (value * 1000).is_integer() and not (value * 100).is_integer():
            return f"is not a whole number; write {int(value * 1000)} if the point separates thousands"
    return f"is not a {'whole ' if whole else ''}number"


def _number_in(text: str, node: Node) -> str:
    """Return the number that a text means, written as TOML; empty if it means none that is allowed."""
    from zerosum.spreadsheet import WEEKS, plain, read_number

    whole, unit = node.get("type") == "integer", node.get("unit", "")
    amount = whole or unit.startswith("money")
    number = read_number(text, groups=amount)
    if number is None or (whole and number.percent):
        return ""
    value = number.value
    if number.unit:
        weeks = WEEKS.get(number.unit.removesuffix("s"))
        if weeks and unit == "weeks":
            value *= weeks
        elif number.unit.removesuffix("s") not in unit:
            return ""
    if (whole and value != int(value)) or value < node.get("minimum", value):
        return ""
    if number.percent:
        return f"{plain(value)} for {number.percent} %{number.or_more}"
    if _is_share(node) and 2 <= value <= 100:
        return f"{plain(value / 100)} for {plain(value)} %"
    if number.other is not None and not amount:
        return number.fix.removeprefix("write ")
    return plain(value, point="." in text and not whole and not number.separated and not number.suffix)
