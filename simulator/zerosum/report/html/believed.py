"""What is believed within a range only, and what that does to the number that decides."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from zerosum.report.html.assumed import breakable
from zerosum.report.html.decided import leading
from zerosum.report.html.figures.differences import Dot
from zerosum.report.html.figures.tornado import Halves, tornado_panel
from zerosum.report.html.parts import Cell, Figure, Table
from zerosum.report.html.said import cell, said
from zerosum.studies.compare.breakdown import by_assumption

if TYPE_CHECKING:
    from zerosum.studies.compare import Comparison, Decision

MOST_KEYS = 12
"""Keys in the figure; all stand in the table."""


def tornado(comparison: Comparison, decision: Decision, world: str) -> Figure | None:
    """How the leading arm's difference goes with each uncertain value; None where nothing is uncertain."""
    arm, metric, usual = leading(decision, world), decision.metric, comparison.scenario.baseline_name
    if arm is None or not comparison.scenario.uncertain:
        return None
    frame = by_assumption(comparison, metric.name, arm)
    found: dict[str, dict[str, Any]] = {}
    for row in frame[frame["world"] == world].to_dict("records"):
        found.setdefault(row["key"], {})[row["half"]] = row
    halves = [Halves(key, _dot(rows["low"]), _dot(rows["high"])) for key, rows in found.items()]
    halves.sort(key=lambda one: -one.apart)
    if not any(math.isfinite(dot.mean) for one in halves for dot in (one.low, one.high)):
        return None
    rows = [_row(one.key, found[one.key], metric.unit) for one in halves]
    return Figure(
        f"tornado-{world}",
        f"Which assumption would change the answer for '{arm}'?",
        f"{metric.label}: the difference of '{arm}' to '{usual}', with 95 % interval, among the sets of values in "
        "which the assumption lies in the low half of what is believed (hollow) and in the high half (filled), "
        "whatever the others are. Dots far apart: the answer hangs on it. What is believed stands under 'What is "
        "assumed'." + _spread(decision, world, arm),
        [
            tornado_panel(
                f"tornado-{world}", metric.label, f"'{arm}' less '{usual}'", halves[:MOST_KEYS], metric.unit
            )
        ],
        Table(
            "Difference by what is assumed",
            ("assumption", "middle of its range", "in the low half", "sets", "in the high half", "sets "),
            rows,
        ),
        (("open", "low half"), ("certain", "high half")),
        beside=True,
    )


def _dot(row: Any) -> Dot:
    return Dot(str(row["key"]), float(row["difference"]), float(row["low"]), float(row["high"]))


def _row(key: str, halves: dict[str, Any], unit: str) -> list[Cell | str]:
    cells: list[Cell | str] = [breakable(key), f"{halves['low']['middle']:.3g}"]
    for half in ("low", "high"):
        cells += [cell(halves[half] | {"unit": unit}), str(halves[half]["n"])]
    return cells


def _spread(decision: Decision, world: str, arm: str) -> str:
    """Say which part of the spread is that the assumptions aren't known, if that was computed."""
    table = decision.table
    row: Any = table[(table["world"] == world) & (table["arm"] == arm)].iloc[0]
    low, high = (float(row.get(name, math.nan)) for name in ("range_low", "range_high"))
    if not math.isfinite(low):
        return ""
    ends = said((low + high) / 2, low, high, decision.metric.unit).ends.replace(" to ", " and ")
    return (
        f" Of the spread of this difference {100 * float(row['assumption_share']):.0f} % is that the assumptions are "
        f"not known, the rest is luck; for 95 % of what is believed it lies between {ends}."
    )
