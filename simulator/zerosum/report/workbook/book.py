"""Write a comparison as a workbook: summary, strategies, differences, a sheet per table, and what columns mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from zerosum.report.html.tried import format_changes, format_claims
from zerosum.report.wording import count
from zerosum.report.workbook.sheets import (
    MOST_ROWS,
    Book,
    format_unit,
    write_header,
    write_number,
    write_rows,
    write_text,
)
from zerosum.report.workbook.summary import write_summary
from zerosum.runs.derived import MADE_FROM
from zerosum.runs.schema import TABLES

if TYPE_CHECKING:
    from zerosum.runs.manifest import Manifest
    from zerosum.scenario.spec import Scenario
    from zerosum.studies.compare import Comparison

QUICK = 50_000
"""Rows of a table that a workbook holds, unless all are asked for: more take long to write and to open."""

_DIFFERENCES = (
    ("adopters", "who adopts: focal, competitors, all, head-to-head"),
    ("strategy", "compared with the baseline in the same simulated runs"),
    ("measure", "name in the tables"),
    ("label", "name in words"),
    ("unit", "of the mean, the difference and its interval"),
    ("mean", "mean over simulated runs"),
    ("difference", "mean of the paired differences from the baseline"),
    ("low", "lower end of the 95 % interval of the difference"),
    ("high", "upper end of the 95 % interval of the difference"),
    ("n", "independent pairs of runs"),
    ("chance_baseline", "what identical reps in interchangeable territories reach; only where it matters"),
    ("p_holm", "p value of the paired t test, adjusted by Holm for the number of strategies"),
)


class Part(NamedTuple):
    """A table and how many of its rows a workbook holds: those of whole simulated runs."""

    name: str
    rows: int
    of_rows: int
    runs: int
    of_runs: int

    @property
    def missing(self) -> str:
        """What is left out, in words; empty if nothing is."""
        if self.rows == self.of_rows:
            return ""
        held = f"the first {count(self.runs, 'simulated run')}" if self.runs else "none"
        return (
            f"Sheet '{self.name}' holds {held} of {self.of_runs:,}: {self.rows:,} of {self.of_rows:,} rows."
        )


def plan_parts(comparison: Comparison, most: int = QUICK) -> list[Part]:
    """Return how much of each table a workbook holds."""
    found = []
    for name, table in comparison.tables.items():
        counted = pc.value_counts(table["replication"]).to_pylist()
        sizes = [one["counts"] for one in sorted(counted, key=lambda one: one["values"])]
        rows = runs = 0
        for size in sizes:
            if rows + size > min(most, MOST_ROWS):
                break
            rows, runs = rows + size, runs + 1
        found.append(Part(name, rows, len(table), runs, len(sizes)))
    return found


def write_workbook(
    comparison: Comparison,
    manifest: Manifest,
    path: Path,
    parts: list[Part],
    lines: Sequence[tuple[str, str]],
    values: pd.DataFrame,
    on_done: Callable[[int, int], None] = lambda done, of: None,
) -> None:
    """Write a workbook.

    Parameters
    ----------
    comparison : Comparison
    manifest : Manifest
        of the results; the only source of dates and versions
    path : Path
        an existing file is replaced, so write beside and move
    parts : list of Part
        from :func:`plan_parts`
    lines : sequence of (label, words)
        the verdict
    values : DataFrame
        of :func:`zerosum.studies.compare.value_table`
    on_done : callable
        called with the rows written and their number

    Raises
    ------
    OSError
    """
    from xlsxwriter.exceptions import FileCreateError

    scenario = comparison.scenario
    book = Book(path, scenario.money.currency, scenario.name, {MADE_FROM: manifest.answer})
    missing = [part.missing for part in parts if part.missing]
    write_summary(book, scenario, manifest, lines, _with_chance(values, comparison.differences), missing)
    _write_strategies(book, scenario)
    _write_differences(book, comparison)
    done, total = 0, sum(part.rows for part in parts)
    for part in parts:
        if part.of_rows == 0:  # such as assumptions where nothing is uncertain
            continue
        before = done
        table = comparison.tables[part.name].slice(0, part.rows)
        columns = TABLES[part.name].columns
        write_rows(
            book,
            part.name,
            columns,
            _rows(table, [column.name for column in columns]),
            part.rows,
            lambda row, before=before: on_done(before + row, total),  # type: ignore[misc]
        )
        done += part.rows
    _write_columns(book)
    try:
        book.close()
    except FileCreateError as error:
        raise error.args[0] if isinstance(error.args[0], OSError) else OSError(str(error)) from None


def _with_chance(values: pd.DataFrame, differences: pd.DataFrame) -> pd.DataFrame:
    """Add to each strategy's share of reps at quota what chance gives."""
    quota = differences[differences["metric"] == "share_at_quota"]
    return values.merge(quota[["adopters", "strategy", "chance_baseline"]], "left", ["adopters", "strategy"])


def _rows(table: pa.Table, names: list[str]) -> Iterator[tuple[Any, ...]]:
    """Yield rows, a batch of columns at a time."""
    for batch in table.select(names).to_batches(max_chunksize=10_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _write_strategies(book: Book, scenario: Scenario) -> None:
    """Write what each strategy changes, and what its tools are claimed to do."""
    sheet = book.add("strategies")
    plain = book.look(text_wrap=True, valign="top")
    sheet.set_column(0, 0, 30, plain)
    sheet.set_column(1, 1, 110, plain)
    write_header(book, sheet, 0, [("strategy", ""), ("what it changes", "")], 2)
    row = 1
    for strategy in format_changes(scenario):
        write_text(sheet, row, 0, strategy.name + (" (baseline)" if strategy.is_baseline else ""), plain)
        write_text(sheet, row, 1, "\n".join(strategy.changes), plain)
        row += 1
    if claims := format_claims(scenario):
        write_header(book, sheet, row + 1, [("tool", ""), ("what its vendor claims, and its price", "")], 2)
        row += 2
        for tool in claims:
            write_text(sheet, row, 0, tool.name, plain)
            write_text(sheet, row, 1, f"{'; '.join(tool.claims)}. Costs {tool.cost}.", plain)
            row += 1


def _write_differences(book: Book, comparison: Comparison) -> None:
    """Write every strategy's difference in every metric; each row has the formats of its unit."""
    sheet = book.add("differences")
    frame = comparison.differences.rename(columns={"metric": "measure"})
    write_header(book, sheet, 0, _DIFFERENCES, 5)
    for number, (name, _) in enumerate(_DIFFERENCES):
        sheet.set_column(
            number, number, {"strategy": 24, "label": 34, "measure": 26, "unit": 24}.get(name, 14)
        )
    sheet.freeze_panes(1, 3)
    sheet.autofilter(0, 0, len(frame), len(_DIFFERENCES) - 1)
    for row, one in enumerate(frame.to_dict("records"), 1):
        level, gap = book.numbers(one["unit"]), book.numbers(one["unit"], difference=True)
        is_baseline = one["strategy"] == comparison.scenario.baseline_name
        for column, (name, _) in enumerate(_DIFFERENCES):
            if name in ("adopters", "strategy", "measure", "label"):
                write_text(sheet, row, column, one[name])
            elif name == "unit":
                write_text(sheet, row, column, format_unit(one[name], book.currency))
            elif name in ("difference", "low", "high"):
                if not is_baseline:
                    write_number(sheet, row, column, one[name], gap)
            elif name in ("mean", "chance_baseline"):
                write_number(sheet, row, column, one[name], level)
            else:
                write_number(
                    sheet, row, column, one[name], book.look(num_format="0" if name == "n" else "0.000")
                )


def _write_columns(book: Book) -> None:
    """Write what each column of each table means."""
    sheet = book.add("columns")
    head = (("table", ""), ("column", ""), ("unit", ""), ("meaning", ""))
    for number, width in enumerate((14, 28, 26, 100)):
        sheet.set_column(number, number, width)
    write_header(book, sheet, 0, head, len(head))
    sheet.freeze_panes(1, 2)
    every = [(table.name, column) for table in TABLES.values() for column in table.columns]
    for row, (table, column) in enumerate(every, 1):
        said = (table, column.name, format_unit(column.unit, book.currency), column.meaning)
        for number, words in enumerate(said):
            write_text(sheet, row, number, words)
    sheet.autofilter(0, 0, len(every), len(head) - 1)
