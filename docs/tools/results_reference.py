"""The page of all result tables, written from the schema.

``python -m docs.tools.results_reference`` writes what stands between the markers in ``docs/results.md``; with
``--check`` it only tells whether that is up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from zerosum.market.metrics import METRICS
from zerosum.market.records import WEEKLY
from zerosum.runs.schema import TABLES, Table

BEGIN = "<!-- tables: written by python -m docs.tools.results_reference -->\n"
END = "<!-- end of the tables -->\n"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "results.md"

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


def _page(text: str) -> str:
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n{reference()}\n{END}{rest.split(END)[1]}"


def main() -> int:
    """Write the page, or check it."""
    text = PAGE.read_text(encoding="utf-8")
    written = _page(text)
    if "--check" in sys.argv:
        return int(text != written)
    PAGE.write_text(written, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
