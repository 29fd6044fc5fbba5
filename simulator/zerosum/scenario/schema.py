"""The scenario file as a JSON Schema: for editors, the reference table, and what errors say is allowed."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel

from zerosum.market.declare.evidence import definition
from zerosum.market.declare.section import ABOVE_ZERO, SMALLEST
from zerosum.scenario.errors import join_names
from zerosum.scenario.extend import register_installed
from zerosum.scenario.spec import Scenario, after_a_new_table

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Node = dict[str, Any]
"""A part of the schema: what is allowed at one path."""

NO_UNIT = ("yes/no", "rule", "text", "name", "names", "table", "tables", "number")
"""Units of values that are no quantities; messages don't show them."""


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a scenario file: types, limits, defaults, units, evidence.

    A file that ``extends`` another may leave out what the other sets, so a row requires only what tells it apart: its
    ``name``, or the ``key`` of what is uncertain. Rules that a schema can't express (shares that sum to one, names that
    must exist) are checked when the file is loaded.
    """
    schema = copy.deepcopy(_schema())
    for node in schema["$defs"].values():
        if "required" in node:
            node["required"] = ["name" if "name" in node["properties"] else "key"]
    for node in (schema, *schema["$defs"].values()):
        for field in node["properties"].values():
            if field.get("type") == "number" and field.get("minimum", -1) <= 0:
                least = field.get(ABOVE_ZERO, SMALLEST)
                below = [{"maximum": -least}] if field.get("minimum", -1) < 0 else []
                field["anyOf"] = [{"const": 0}, {"minimum": least}, *below]
    return schema


@cache
def _schema() -> Node:
    register_installed()
    schema = Scenario.model_json_schema()
    for node in (schema, *schema["$defs"].values()):
        for key, field in node["properties"].items():
            node["properties"][key] = _without_null(field)
            unit = field.get("unit")
            if unit and unit not in NO_UNIT:
                # Editors show descriptions, and skip keywords that they don't know.
                field = node["properties"][key]
                field["description"] = f"{field['description'].removesuffix('.')} ({unit})."
    schema["properties"] = {"extends": _extends(), **schema["properties"]}
    return {"$schema": DIALECT, **schema, "title": "zerosum scenario"}


after_a_new_table.append(_schema.cache_clear)


def _without_null(field: Node) -> Node:
    """Drop null from "this or null": TOML has no null, you leave the key out."""
    something = [option for option in field.get("anyOf", ()) if option != {"type": "null"}]
    if len(something) != 1:
        return field
    rest = {key: value for key, value in field.items() if key not in ("anyOf", "default")}
    return {**something[0], **rest}


def _extends() -> Node:
    return {
        "type": "string",
        "minLength": 1,
        "title": "Extends",
        "description": "The scenario that this file changes: a file, relative to this one, or a shipped name.",
        "evidence": definition()._asdict(),
    }


@cache
def schema_of(model: type[BaseModel]) -> Node:
    """Return the schema of a file that isn't a scenario."""
    schema = model.model_json_schema()
    for node in (schema, *schema.get("$defs", {}).values()):
        properties = node.get("properties", {})
        properties |= {key: _without_null(field) for key, field in properties.items()}
    return schema


def resolve(node: Node, top: Node | None = None) -> Node:
    """Return the node with its definition merged in, if it refers to one; ``top`` as for :func:`node_at`."""
    if "$ref" not in node:
        return node
    definition = (top or _schema())["$defs"][node["$ref"].rpartition("/")[2]]
    return {**definition, **{key: value for key, value in node.items() if key != "$ref"}}


def node_at(path: tuple[str | int, ...], top: Node | None = None) -> Node | None:
    """Return what is allowed at a path, such as ``("vendors", 0, "reps")``; None if there is no such path.

    Parameters
    ----------
    path : tuple
    top : dict, optional
        Schema of the whole file; that of a scenario if not given.
    """
    node = _schema() if top is None else top
    for part in path:
        if isinstance(part, int):
            inner = node.get("items")
        elif part == "extends" and top is None:
            inner = None
        else:
            inner = node.get("properties", {}).get(part) or values_of(node)
        if inner is None:
            return None
        node = resolve(inner, top)
    return node


def keys_of(node: Node) -> tuple[str, ...]:
    """Return the keys of a table; empty if the node is no table."""
    return tuple(key for key in node.get("properties", {}) if key != "extends")


def values_of(node: Node) -> Node | None:
    """Return what is allowed under each key of a table with free keys; None if the node is no such table."""
    values = node.get("additionalProperties")
    return values if isinstance(values, dict) else None


def homes_of(key: str, is_table: bool, top: Node | None = None) -> list[str]:
    """Return the tables that have a key: ``in [market]``, ``in [[vendors]]``; ``is_table`` if its value is a table."""
    whole = _schema() if top is None else top
    field = whole["properties"].get(key)
    homes = []
    if field is not None and is_a_table(resolve(field, top), top) == is_table:
        homes.append("at the top level, above all tables")
    for table in keys_of(whole):
        rows = node_at((table, 0), top)
        field = (rows or node_at((table,), top) or {}).get("properties", {}).get(key)
        if field is not None and is_a_table(resolve(field, top), top) == is_table:
            homes.append(f"in [[{table}]]" if rows else f"in [{table}]")
    return homes


def is_a_table(node: Node, top: Node | None = None) -> bool:
    """Return whether a node is a table, or a list of tables."""
    return "properties" in node or "properties" in resolve(node.get("items", {}), top)


def shape_of(node: Node) -> Literal["table", "rows", "value"]:
    """Return whether a node is a table, a list of tables, or any other value."""
    if "properties" in node or values_of(node) is not None:
        return "table"
    return "rows" if is_a_table(node) else "value"


_NAMES = {
    r"^[A-Za-z0-9][A-Za-z0-9 _.+-]*$": (
        "letters, digits, spaces and . _ + -, with a letter or digit first and no space or dot last"
    ),
    r"^[A-Za-z0-9][A-Za-z0-9_.-]*$": "letters, digits, . _ -, a letter or digit first, no dot last",
    r"^[a-z0-9][a-z0-9-]*$": "small letters, digits and hyphens, such as 'win-rate'",
}
"""Pattern of a name -> the allowed characters in words."""


def describe_allowed(node: Node, key: str = "", top: Node | None = None) -> str:
    """Format what a node allows, in plain words; ``key`` is its name, if it is a table."""
    if "enum" in node:
        return join_names(node["enum"])
    if "anyOf" in node:
        kinds = [resolve(option, top) for option in node["anyOf"]]
        wide = any(kind.get("type") == "number" for kind in kinds)
        said = [
            describe_allowed(kind, key, top) for kind in kinds if not (wide and kind.get("type") == "integer")
        ]
        return f"{', '.join(said[:-1])} or {said[-1]}"
    match node.get("type"):
        case "integer" | "number":
            return _number(node)
        case "boolean":
            return "true or false"
        case "string" if "pattern" in node:
            kinds_of_letters = _NAMES[node["pattern"].removesuffix("|^$")]
            return f"a name of 1 to {node['maxLength']} {kinds_of_letters}"
        case "string" if "maxLength" in node:
            return f"text of {node.get('minLength', 0)} to {node['maxLength']} characters, in quotes"
        case "string":
            return "text in quotes"
        case "array" if is_a_table(node, top):
            return f"{_how_many(node)} tables, each headed [[{key}]]"
        case "array":
            return f"a list of {_how_many(node)} values, each {describe_allowed(resolve(node['items'], top), '', top)}"
        case "object" if (values := values_of(node)) is not None:
            return f"a table that gives each name {describe_allowed(resolve(values, top), '', top)}"
        case _:
            return f"a table headed [{key}]"


def _how_many(node: Node) -> str:
    least, most = node.get("minItems"), node.get("maxItems")
    if least is not None and most is not None:
        return f"{least} to {most}"
    if least:
        return "one or more" if least == 1 else f"at least {least}"
    return f"at most {most}" if most else "any number of"


def format_limits(node: Node) -> str:
    """Format a number's limits: ``from 0 to 1``, ``above 0 up to 1``; empty if it has none."""
    parts = {
        "above {}": node.get("exclusiveMinimum"),
        "from {}": node.get("minimum"),
        "to {}" if "minimum" in node else "up to {}": node.get("maximum"),
        "to below {}": node.get("exclusiveMaximum"),
    }
    text = " ".join(words.format(format_number(limit)) for words, limit in parts.items() if limit is not None)
    if ABOVE_ZERO in node:
        text += f", none between 0 and {format_number(node[ABOVE_ZERO])}"
    if "multipleOf" in node:
        text += f", a multiple of {format_number(node['multipleOf'])}"
    return text


def _number(node: Node) -> str:
    kind = "a whole number" if node["type"] == "integer" else "a number"
    unit = node.get("unit", "number")
    return f"{kind} {format_limits(node)}".rstrip() + (f" ({unit})" if unit not in NO_UNIT else "")


def format_number(value: float) -> str:
    """Format a number without an exponent: ``1,000,000``."""
    return f"{int(value):,}" if value == int(value) else f"{value:g}"
