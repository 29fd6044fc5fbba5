"""Uncertain values, given as ranges, and their effect on the decision metric."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from zerosum.report.answers import find_leading
from zerosum.report.compare import format_parts
from zerosum.report.document import Cell, Figure, table_of
from zerosum.report.html.assumed import break_key
from zerosum.report.intervals import difference_cell, format_row_gap
from zerosum.report.plots.layout import PHONE, panel_width
from zerosum.report.plots.rows import FILLED, HOLLOW, Mark, Row, rows_panel
from zerosum.report.plots.svg import Drawing
from zerosum.studies.compare.breakdown import by_assumption

if TYPE_CHECKING:
    from zerosum.studies.compare import Comparison, Decision

MOST_KEYS = 12
"""Keys in the figure; the table has all."""


def draw_tornado(comparison: Comparison, decision: Decision, adopters: str) -> Figure | None:
    """Draw the leading strategy's difference by each uncertain value; None if nothing is uncertain."""
    strategy, metric, usual = (
        find_leading(decision, adopters),
        decision.metric,
        comparison.scenario.baseline_name,
    )
    if strategy is None or not comparison.scenario.uncertain:
        return None
    frame = by_assumption(comparison, metric.name, strategy)
    found: dict[str, dict[str, Any]] = {}
    for row in frame[frame["adopters"] == adopters].to_dict("records"):
        found.setdefault(row["key"], {})[row["half"]] = row
    keys = sorted(found, key=lambda key: -_distance(found[key]))
    if not any(math.isfinite(half["difference"]) for rows in found.values() for half in rows.values()):
        return None
    rows = [_row(key, found[key], metric.unit) for key in keys]
    shown = {key: found[key] for key in keys[:MOST_KEYS]}
    listed = "; ".join(
        f"{key}: low half {_format_half(halves['low'], metric.unit)}, "
        f"high half {_format_half(halves['high'], metric.unit)}"
        for key, halves in shown.items()
    )
    marks = [
        Row(key, "", [_mark(halves["low"], HOLLOW), _mark(halves["high"], FILLED)])
        for key, halves in shown.items()
    ]
    panel = rows_panel(
        marks, metric.unit, panel_width(PHONE, 1), metric.label, f"'{strategy}' less '{usual}'"
    )
    return Figure(
        f"tornado-{adopters}",
        f"Which assumption would change the answer for '{strategy}'?",
        f"{metric.label}: the difference of '{strategy}' to '{usual}', with 95 % interval, among the sets of values in "
        "which the assumption lies in the low half of what is believed (hollow) and in the high half (filled), "
        "whatever the others are. Dots far apart: the answer hangs on it. What is believed stands under 'What is "
        "assumed'." + _spread(decision, adopters, strategy),
        [Drawing(f"tornado-{adopters}", f"{metric.label}, by what is assumed. {listed}.", (panel,))],
        table_of(
            "Difference by what is assumed",
            ("assumption", "middle of its range", "in the low half", "sets", "in the high half", "sets "),
            rows,
        ),
        (("open", "low half"), ("certain", "high half")),
        beside=True,
    )


def _distance(halves: dict[str, Any]) -> float:
    """Return the distance between both halves; 0 if unknown."""
    gap = abs(float(halves["high"]["difference"]) - float(halves["low"]["difference"]))
    return gap if math.isfinite(gap) else 0.0


def _mark(half: Any, looks: Any) -> Mark:
    return Mark(float(half["difference"]), float(half["low"]), float(half["high"]), looks)


def _format_half(half: Any, unit: str) -> str:
    return format_row_gap(half | {"unit": unit}).whole


def _row(key: str, halves: dict[str, Any], unit: str) -> list[Cell | str]:
    cells: list[Cell | str] = [break_key(key), f"{halves['low']['middle']:.3g}"]
    for half in ("low", "high"):
        cells += [difference_cell(halves[half] | {"unit": unit}), str(halves[half]["n"])]
    return cells


def _spread(decision: Decision, adopters: str, strategy: str) -> str:
    """Format the part of the spread from uncertain assumptions, if computed."""
    table = decision.table
    row: Any = table[(table["adopters"] == adopters) & (table["strategy"] == strategy)].iloc[0]
    words = format_parts(row)
    return f" {words[0].upper()}{words[1:]}" if words else ""
