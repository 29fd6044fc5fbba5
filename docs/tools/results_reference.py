"""All result tables in ``docs/results.md``, written from the schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docs.tools.blocks import DOCS, put
from zerosum.market.metrics import METRICS
from zerosum.market.records import WEEKLY
from zerosum.runs.schema import TABLES, Table

_ELSEWHERE = {m.name for m in METRICS} | {name for name, _, _ in WEEKLY}
"""Columns that docs/measures.md explains."""


def reference() -> str:
    """Write every table as Markdown."""
    return "\n".join("\n".join(_section(table)) for table in TABLES.values())


def _section(table: Table) -> Iterator[str]:
    yield f"### `{table.name}.parquet`\n"
    yield f"A row is {table.row}.\n"
    yield "| column | type | unit | meaning |"
    yield "|---|---|---|---|"
    long = table.name in ("runs", "weekly")
    for column in table.columns:
        if not (long and column.name in _ELSEWHERE):
            yield f"| `{column.name}` | {column.kind} | {column.unit} | {column.meaning} |"
    if long:
        what = "metric" if table.name == "runs" else "weekly series"
        yield f"| … | number | | every {what} by name, as in [measures.md](measures.md) |"
    yield ""


def texts() -> dict[Path, str]:
    """Return the page with its tables as they are now."""
    page = DOCS / "results.md"
    return {page: put(page.read_text(encoding="utf-8"), "tables", reference())}
