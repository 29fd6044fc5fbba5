"""Write result tables in ``docs/results.md``, metrics and weekly series in ``docs/measures.md``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def texts() -> dict[Path, str]:
    """Return the pages with their current tables."""
    results, measures = DOCS / "results.md", DOCS / "measures.md"
    metrics = _rows(
        ("name", "shown as", "unit", "meaning"),
        ((f"`{m.name}`", m.label, m.unit, m.meaning) for m in METRICS),
    )
    weekly = _rows(
        ("column", "unit", "meaning"), ((f"`{name}`", unit, meaning) for name, unit, meaning in WEEKLY)
    )
    told = put(measures.read_text(encoding="utf-8"), "metrics", metrics)
    return {
        results: put(results.read_text(encoding="utf-8"), "tables", reference()),
        measures: put(told, "weekly series", weekly),
    }
