"""Report an analyzed sweep: text, tables of the factors that matter, and data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.report.analysis_findings import format_findings
from zerosum.report.document import Cell, Column, Document, Table
from zerosum.report.intervals import excludes_zero, format_gap
from zerosum.report.sweep import summary_of_sweep
from zerosum.report.wording import MISSING

if TYPE_CHECKING:
    from zerosum.studies.sweep.analysis import Analysis

MOST_ROWS = 24
"""Maximum rows of a table on the screen; the files have all."""
MOST_SHOWN = 10
"""Maximum rows of the table of a first screen."""
SHORT_NOTE = "In brackets: 95 % interval. *: it excludes zero."
IN_FILES = ("responses", "effects")
"""Tables with a row per point or value: only in the files."""


def describe_analysis(analysis: Analysis, details: bool = False) -> Document:
    """Describe an analyzed sweep.

    Parameters
    ----------
    analysis : Analysis
    details : bool
        all tables whole, and how to read them; else the first one, short
    """
    found = Document()
    found.add(analysis.swept.study.experiment.question, look="answer")
    found.add(*format_findings(analysis))
    tables = [
        table(analysis, analysis.tables[name])
        for name, table in (("swings", _swings), ("indices", _indices))
        if len(analysis.tables[name])
    ]
    for table in tables if details else tables[:1]:
        shorter = replace(table, records=table.records[:MOST_SHOWN], note=SHORT_NOTE, plain=True, lines=False)
        found.add(table if details else shorter)
    return found


def _table(analysis: Analysis, rows: pd.DataFrame, columns: Sequence[Column], title: str, note: str) -> Table:
    several = [name for name in ("adopters", "scenario") if rows[name].nunique() > 1]
    about = [Column(name, itemgetter(name), text=True) for name in (*several, "strategy", "factor")]
    more = f": {MOST_ROWS} of {len(rows):,} rows" if len(rows) > MOST_ROWS else ""
    records = rows.head(MOST_ROWS).to_dict("records")
    return Table(
        [*about, *columns],
        records,
        f"{analysis.metric.label}, {title}{more}",
        note,
        narrow="list",
        beside=True,
        keys=len(about),
    )


def _swings(analysis: Analysis, rows: pd.DataFrame) -> Table:
    """Make a table of differences at both ends of each factor."""
    unit = analysis.metric.unit

    def end(side: str) -> Any:
        return lambda row: _cell(row, f"{side}_difference", side, unit, f"{row[f'{side}_value']}: ")

    def swing(row: Any) -> Cell:
        return _cell(row, "swing", "swing", unit)._replace(
            strong=excludes_zero(row["swing_low"], row["swing_high"])
        )

    columns = (Column("low end", end("from")), Column("high end", end("to")), Column("swing", swing))
    fifths = "in its lowest and highest fifth" if analysis.swept.study.is_sampled else "at its ends"
    note = (
        f"Swing: how much the difference from '{analysis.against}' changes from the low end to the high end, the other "
        "factors averaged over. 95 % intervals, each for itself; *: excludes zero."
    )
    widest = rows.sort_values("swing", key=lambda values: -values.abs(), kind="stable")
    rows = widest.sort_values(["adopters", "scenario", "strategy"], kind="stable")
    return _table(analysis, rows, columns, f"what the difference hangs on: each factor {fifths}", note)


def _cell(row: Any, name: str, stem: str, unit: str, before: str = "") -> Cell:
    value, low, high = float(row[name]), float(row[f"{stem}_low"]), float(row[f"{stem}_high"])
    if not math.isfinite(value):
        return Cell(f"{before}{MISSING}")
    words, ends = format_gap(value, low, high, unit)
    return Cell(before + words, ends)


def _indices(analysis: Analysis, rows: pd.DataFrame) -> Table:
    """Make a table of Morris or Sobol indices."""
    morris, unit = "mu_star" in rows, analysis.metric.unit
    named = {"mu*": "mu_star", "mu": "mu", "sigma": "sigma"} if morris else {"total": "ST", "by itself": "S1"}
    first = next(iter(named.values()))

    def show(name: str) -> Any:
        def cell(row: Any) -> Cell:
            strong = name == first and bool(row["clear"])
            if morris:
                words, ends, _ = _cell(row, name, name, unit)
                sizes = (words, ends) if name == "mu" else (words.replace("+", ""), ends.replace("+", ""))
                return Cell(*sizes, strong)  # a magnitude has no sign
            ends = f"[{row[f'{name}_low']:.2f}, {row[f'{name}_high']:.2f}]"
            return Cell(f"{row[name]:.2f}", ends if math.isfinite(row[f"{name}_low"]) else "", strong)

        return cell

    columns = [Column(head, show(name)) for head, name in named.items()]
    columns.append(Column("limited by", lambda row: row["limited_by"] or MISSING, text=True))
    note = (
        "95 % intervals; *: clearly above 0, which is what a factor has that does nothing. Limited by: what makes most "
        "of the interval's width."
        if bool((rows["limited_by"] != "").any())
        else "With so few replications noise can't be told from factors, so none is marked."
    )
    order = rows.sort_values(["adopters", "scenario", "strategy", first], ascending=[True, True, True, False])
    what = "Morris' measures" if morris else "Sobol's indices"
    title = f"what the difference from '{analysis.against}' hangs on: {what}"
    return _table(analysis, order, columns, title, note)


def summarize_analysis(analysis: Analysis, files: Sequence[Path]) -> dict[str, Any]:
    """Return an analysis as one object: its runs, its findings as text, and its tables."""
    tables = {
        name: table.to_dict("records")
        for name, table in analysis.tables.items()
        if name not in IN_FILES and len(table)
    }
    more = {
        "metric": analysis.metric.name,
        "unit": analysis.metric.unit,
        "against": analysis.against,
        "confidence": analysis.confidence,
        "said": format_findings(analysis),
        "refusals": [vars(refusal) for refusal in analysis.refusals],
        **tables,
    }
    return summary_of_sweep("analyse", analysis.swept, more, files)
