"""Money: what each strategy brings and costs, for each choice of adopters, and where it comes from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from zerosum.market.metrics import BY_NAME, DEFAULT_METRIC
from zerosum.report.document import Cell, Figure, Table, table_of
from zerosum.report.html.shown import DIFFERENCES, draw_rows_svg
from zerosum.report.intervals import excludes_zero, format_gap
from zerosum.report.plots.compare import frame_rows
from zerosum.report.plots.rows import limits_of
from zerosum.report.plots.style import unit_of_difference
from zerosum.report.wording import MISSING, format_adopters, format_level, with_currency

if TYPE_CHECKING:
    import pandas as pd

    from zerosum.studies.compare import Comparison


def _heads(currency: str) -> tuple[str, ...]:
    money = f", {currency}" if currency else ""
    return (
        "strategy",
        f"net gain{money} a year",
        f"present value{money}",
        f"cost{money} a year",
        f"return per {with_currency('1', currency)} spent",
        "payback, months",
        f"more ARR at the end{money} a year",
        "used by",
    )


def money_table(values: pd.DataFrame, adopters: str, who: str, currency: str = "") -> Table:
    """Make the table of what each strategy is worth, with 95 % ranges, the best first."""
    here = values[values["adopters"] == adopters].sort_values("net", ascending=False, kind="stable")
    rows = [
        (
            str(row["strategy"]),
            _money(row, "net", "money/year"),
            _money(row, "present_value", "money"),
            format_level(row["cost"], "money/year"),
            _plain(row, "return", 1),
            _payback(row),
            _money(row, "arr", "money/year"),
            format_level(row["adoption"], "share"),
        )
        for row in here.to_dict("records")
    ]
    return table_of(f"What each strategy is worth: {who}", _heads(currency), rows)


def _money(row: Any, name: str, unit: str) -> Cell:
    low, high = float(row[f"{name}_low"]), float(row[f"{name}_high"])
    gap = format_gap(float(row[name]), low, high, unit)
    return Cell(gap.words, gap.ends, excludes_zero(low, high))


def _plain(row: Any, name: str, digits: int) -> Cell:
    """Format a number and its range."""
    said = [
        f"{value:.{digits}f}" if math.isfinite(value) else MISSING
        for value in (float(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
    ]
    return Cell(said[0], f"[{said[1]}, {said[2]}]" if said[1] != MISSING and said[0] != MISSING else "")


def _payback(row: Any) -> Cell:
    """Format the months until a strategy has paid back; "no" if it doesn't within the run."""
    if not float(row["cost"]) > 0.0:
        return Cell(MISSING)
    if not math.isfinite(float(row["payback_months"])):
        return Cell("no")
    low, high = (float(row[f"payback_months_{end}"]) for end in ("low", "high"))
    ends = "" if not math.isfinite(low) else f"[{low:.0f}, {f'{high:.0f}' if math.isfinite(high) else 'no'}]"
    return Cell(f"{float(row['payback_months']):.0f}", ends)


def draw_gains(comparison: Comparison, vendor: str) -> Figure | None:
    """Draw net gains with their ranges, a panel per choice of adopters, on one scale; None with one strategy.

    All panels have the order of the first.
    """
    scenario, frame = comparison.scenario, comparison.differences
    usual, currency = scenario.baseline_name, scenario.money.currency
    frame = frame[(frame["metric"] == DEFAULT_METRIC) & (frame["strategy"] != usual)]
    if frame.empty:
        return None
    first = frame[frame["adopters"] == scenario.comparison.adopters[0]].set_index("strategy")["difference"]
    frame = frame.assign(rank=-frame["strategy"].map(first)).sort_values("rank", kind="stable")
    by_adopters = {
        who: frame_rows(frame[frame["adopters"] == who], "strategy", "money/year")
        for who in scenario.comparison.adopters
    }
    limits = limits_of([row for rows in by_adopters.values() for row in rows])
    label = BY_NAME[DEFAULT_METRIC].difference_label
    panels = []
    for who, rows in by_adopters.items():
        said = format_adopters(who, vendor)
        panels.append(
            draw_rows_svg(
                f"gains-{who}",
                f"{said[0].upper()}{said[1:]}",
                unit_of_difference("money/year", currency),
                rows,
                "money/year",
                limits,
            )
        )
    return Figure(
        "gains",
        f"{label}, by who adopts",
        f"Gross profit less cost of the whole team, compared with '{usual}'; 95 % ranges; one scale for all panels.",
        panels,
        keys=DIFFERENCES,
    )
