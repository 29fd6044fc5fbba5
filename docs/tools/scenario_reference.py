"""Write the reference of scenario keys in ``docs/scenarios.md``, and rows for new keys in ``docs/model.md``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docs.tools.blocks import DOCS, put
from zerosum.scenario import keys
from zerosum.scenario.errors import format_value
from zerosum.scenario.schema import Node, format_limits, is_a_table, keys_of, node_at, resolve, values_of


def reference() -> str:
    """Write the reference of all keys as Markdown, in the order of the spec."""
    top = node_at(()) or {}
    tables = {key: resolve(top["properties"][key]) for key in keys_of(top)}
    single = {key: node for key, node in tables.items() if not is_a_table(node)}
    parts = [
        _section("At the top, above all tables", "", {"extends": top["properties"]["extends"]} | single, top)
    ]
    for key, node in tables.items():
        if not is_a_table(node):
            continue
        rows = node.get("type") == "array"
        inner = resolve(node["items"]) if rows else node
        text = inner["description"]
        if rows:
            text += f" Rows: {node.get('minItems', 0)} to {node['maxItems']}. Default: {_default_rows(node)}."
        parts += _tables(f"[[{key}]]" if rows else f"[{key}]", text, inner)
    return "\n".join(parts)


def _tables(head: str, text: str, node: Node) -> Iterator[str]:
    """Write a table and, after it, the tables within it."""
    fields = {key: resolve(field) for key, field in node["properties"].items()}
    plain = {key: field for key, field in fields.items() if not is_a_table(field)}
    if plain:
        yield _section(f"`{head}`", text, plain, node)
    else:
        yield f"### `{head}`\n\n{text}\n"
    inner = {key: field for key, field in fields.items() if is_a_table(field)}
    for key, field in inner.items():
        yield _section(f"`[{head.strip('[]')}.{key}]`", field["description"], field["properties"], field)


def _section(title: str, text: str, fields: dict[str, Node], table: Node) -> str:
    lines = [f"### {title}\n"]
    if text:
        lines.append(f"{text}\n")
    lines += ["| key | unit | default | rests on | allowed | meaning |", "|---|---|---|---|---|---|"]
    for key, field in fields.items():
        unit = field.get("unit", "text")
        meaning = field["description"].replace(f" ({unit}).", ".")
        meaning += " Money only: nothing in the market responds to it." if field.get("money_only") else ""
        default = "must be given" if key in table.get("required", ()) else _default(field)
        rests_on = field["evidence"]["tag"]
        lines.append(f"| `{key}` | {unit} | {default} | {rests_on} | {_allowed(field)} | {meaning} |")
    return "\n".join(lines) + "\n"


def _default(field: Node) -> str:
    default: Any = field.get("default")
    return "none" if default is None else f"`{format_value(default)}`"


def _default_rows(node: Node) -> str:
    names = [row["name"] for row in node.get("default", [])]
    return ", ".join(f"`{name}`" for name in names) or "none"


def _allowed(field: Node) -> str:
    if "enum" in field:
        return ", ".join(f"`{choice}`" for choice in field["enum"])
    match field.get("type"):
        case "integer":
            return f"whole, {format_limits(field)}"
        case "number":
            return format_limits(field)
        case "boolean":
            return "`true`, `false`"
        case "object" if (values := values_of(field)) is not None:
            return f"table of names, each {_allowed(values)}"
        case "array":
            inner = resolve(field["items"])
            return "list of names" if "pattern" in inner else f"list of {_allowed(inner)}"
        case _:
            return "name" if "pattern" in field else "text"


def model_with_all_keys(page: str) -> str:
    """Return the model's page with a row for each key; a table without any row there needs a submodel first."""
    lines = page.splitlines(keepends=True)
    for key in keys():
        if any(line.startswith(f"| `{key.path}` |") for line in lines):
            continue
        table = key.path.rpartition(".")[0]
        rows = [i for i, line in enumerate(lines) if line.startswith(f"| `{table}.")]
        if rows:
            lines.insert(rows[-1] + 1, f"| `{key.path}` | | {key.description.removesuffix('.')} |\n")
    return "".join(lines)


def texts() -> dict[Path, str]:
    """Return the text of both pages."""
    page, model = DOCS / "scenarios.md", DOCS / "model.md"
    return {
        page: put(page.read_text(encoding="utf-8"), "reference", reference()),
        model: model_with_all_keys(model.read_text(encoding="utf-8")),
    }
