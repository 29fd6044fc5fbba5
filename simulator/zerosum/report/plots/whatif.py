"""Plot a what-if: each value's paired difference from today, with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from zerosum.report.plots import layout, style
from zerosum.report.plots.compare import LOOKS, difference_row
from zerosum.report.plots.layout import Key, Panel
from zerosum.report.plots.rows import Row, rows_panel
from zerosum.report.plots.style import limits, unit_of_difference
from zerosum.report.whatif import format_kind, format_setting, format_settled, format_values
from zerosum.report.wording import format_level
from zerosum.studies.whatif import TODAY, format_choice

if TYPE_CHECKING:
    from zerosum.studies.whatif import Answer, Change


@style.styled
def plot_what_if(answer: Answer) -> Figure:
    """Draw a panel for each key: what its values change in the metric that decides.

    Parameters
    ----------
    answer : Answer

    Returns
    -------
    Figure
    """
    asked, metric = answer.asked, answer.asked.metric
    currency = asked.scenario.money.currency
    table = answer.table
    shown = table[(table["metric"] == metric.name) & (table["strategy"] == asked.strategy)]
    followed = asked.strategy != asked.baseline
    columns = ["gain", "gain_low", "gain_high"] if followed else ["difference", "low", "high"]
    ends = limits(shown[columns])
    today = shown[shown["point"] == TODAY].iloc[0]

    def row_of(name: str, row: Any) -> Row:
        mean, low, high = (float(row[column]) for column in columns)
        return difference_row(name, mean, low, high, metric.unit)

    def panel(change: Change) -> Panel:
        here = shown[shown["key"] == change.key]
        rows = [row_of(format_choice(asked.points[row["point"]][1]), row) for _, row in here.iterrows()]
        if followed:
            rows.insert(0, row_of("today", today))
        level = "" if followed else f"; today {format_level(float(today['mean']), metric.unit)}"
        return rows_panel(
            rows,
            metric.unit,
            layout.panel_width(layout.READABLE, 1),
            change.key,
            f"{unit_of_difference(metric.unit, currency)}{level}",
            ends,
        )

    label = metric.difference_label or metric.label
    what = f"{label} of '{asked.strategy}' over '{asked.baseline}'" if followed else f"{label} against today"
    return layout.compose(
        [Key(LOOKS), *([panel(change)] for change in asked.changes)],
        f"{asked.scenario.name}: what if?",
        f"{what}, on the same random events; 95 % intervals, each by itself. {format_setting(asked)}.",
        " ".join(
            f"{format_values(change)}. {format_kind(asked, change)} {format_settled(asked, change)}".rstrip()
            for change in asked.changes
        )
        + " Money: k thousand, M million.",
    )
