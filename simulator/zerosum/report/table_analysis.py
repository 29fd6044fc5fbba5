"""An analysed sweep on the screen: words first, then what the decision hangs on, as tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zerosum.report.analysis_in_words import in_words
from zerosum.report.intervals import excludes_zero
from zerosum.report.wording import MISSING, with_ends

if TYPE_CHECKING:
    from zerosum.studies.sweep.analysis import Analysis

MOST_ROWS = 24
"""Rows of a table on the screen; the files have all."""


def analysis_tables(analysis: Analysis) -> RenderableType:
    """Lay out an analysed sweep."""
    parts: list[RenderableType] = []
    if analysis.swept.study.experiment.question:
        parts.append(Text(analysis.swept.study.experiment.question, style="bold"))
    parts += [Text(line) for line in in_words(analysis)]
    if len(analysis.tables["swings"]):
        parts += [Text(""), _swings(analysis, analysis.tables["swings"])]
    if len(analysis.tables["indices"]):
        parts += [Text(""), _indices(analysis, analysis.tables["indices"])]
    return Group(*parts)


def _table(analysis: Analysis, rows: pd.DataFrame, title: str, caption: str) -> Table:
    more = f": {MOST_ROWS} of {len(rows):,} rows" if len(rows) > MOST_ROWS else ""
    table = Table(
        title=f"{analysis.metric.label}, {title}{more}",
        title_justify="left",
        title_style="bold",
        caption=caption,
        caption_justify="left",
        pad_edge=False,
    )
    for name in ("world", "scenario"):
        if rows[name].nunique() > 1:
            table.add_column(name)
    table.add_column("strategy", overflow="fold")
    table.add_column("factor", overflow="fold")
    return table


def _about(rows: pd.DataFrame, row: dict[Any, Any]) -> list[str]:
    several = [str(row[name]) for name in ("world", "scenario") if rows[name].nunique() > 1]
    return [*several, str(row["strategy"]), str(row["factor"])]


def _swings(analysis: Analysis, rows: pd.DataFrame) -> Table:
    """Show differences at both ends of each factor."""
    unit = analysis.metric.unit
    fifths = "in its lowest and highest fifth" if analysis.swept.study.is_sampled else "at its ends"
    caption = (
        f"Swing: how much the difference from '{analysis.against}' changes from the low end to the high end, the other "
        "factors averaged over. 95 % intervals, each for itself; *: excludes zero."
    )
    table = _table(analysis, rows, f"what the difference hangs on: each factor {fifths}", caption)
    for heading in ("low end", "high end", "swing"):
        table.add_column(heading, justify="right", overflow="fold")
    widest = rows.sort_values("swing", key=lambda values: -values.abs(), kind="stable").index
    shown = rows.loc[widest].sort_values(["world", "scenario", "strategy"], kind="stable").head(MOST_ROWS)
    for row in shown.to_dict("records"):
        star = " *" if excludes_zero(row["swing_low"], row["swing_high"]) else ""
        table.add_row(
            *_about(rows, row),
            f"{row['from_value']}: {_with_ends(row, 'from_difference', 'from', unit)}",
            f"{row['to_value']}: {_with_ends(row, 'to_difference', 'to', unit)}",
            _with_ends(row, "swing", "swing", unit) + star,
        )
    return table


def _with_ends(row: dict[Any, Any], name: str, stem: str, unit: str) -> str:
    value, low, high = float(row[name]), float(row[f"{stem}_low"]), float(row[f"{stem}_high"])
    if not math.isfinite(value):
        return MISSING
    said, bottom, top = with_ends(value, low, high, unit)
    return f"{said} [{bottom}, {top}]" if math.isfinite(low) else said


def _indices(analysis: Analysis, rows: pd.DataFrame) -> Table:
    """Show Morris' or Sobol's indices."""
    morris = "mu_star" in rows
    columns = (
        (("mu*", "mu_star"), ("mu", "mu"), ("sigma", "sigma"))
        if morris
        else (("total", "ST"), ("by itself", "S1"))
    )
    what = "Morris' measures" if morris else "Sobol's indices"
    known = bool((rows["limited_by"] != "").any())
    caption = (
        "95 % intervals; *: clearly above 0, which is what a factor has that does nothing. Limited by: what "
        "makes most of the interval's width."
        if known
        else "With so few replications luck can't be told from factors, so none is marked."
    )
    table = _table(analysis, rows, f"what the difference from '{analysis.against}' hangs on: {what}", caption)
    for heading, _ in columns:
        table.add_column(heading, justify="right")
    table.add_column("limited by")
    unit = analysis.metric.unit

    def said(row: dict[Any, Any], name: str) -> str:
        if morris:
            both = _with_ends(row, name, name, unit)
            return both if name == "mu" else both.replace("+", "")  # a size has no sign
        if not math.isfinite(row[f"{name}_low"]):
            return f"{row[name]:.2f}"
        return f"{row[name]:.2f} [{row[f'{name}_low']:.2f}, {row[f'{name}_high']:.2f}]"

    first = columns[0][1]
    order = rows.sort_values(
        ["world", "scenario", "strategy", first], ascending=[True, True, True, False]
    ).head(MOST_ROWS)
    for row in order.to_dict("records"):
        cells = [said(row, name) for _, name in columns]
        cells[0] += " *" if row["clear"] else ""
        table.add_row(*_about(rows, row), *cells, row["limited_by"] or MISSING)
    return table
