"""The first sheet of a workbook: what was asked, the verdict, what each strategy brings, and charts of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from zerosum.report.wording import count, format_adopters
from zerosum.report.workbook.sheets import Book, clean, format_unit, write_header, write_number, write_text

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

    from zerosum.runs.manifest import Manifest
    from zerosum.scenario.spec import Scenario

NAME = "summary"
BLUE, GRAY = "#1F4E79", "#9DB7D5"
BAR_ROW, PLAIN_ROW = 34, 20
"""Pixels of a strategy in a chart with error bars, and of a row of a sheet."""
CHART_WIDTH = 725
"""Pixels."""


class Value(NamedTuple):
    """A column: its name in ``value_table``, its heading, unit, whether it has a sign, its meaning."""

    name: str
    head: str
    unit: str
    difference: bool
    meaning: str


RANGE = "of its 95 % range"
VALUES = (
    Value("net", "net gain a year", "money/year", True,
          "contribution (margin * recurring revenue - cost) less the baseline's: mean of paired differences"),
    Value("net_low", "95 % from", "money/year", True, f"lower end {RANGE}"),
    Value("net_high", "to", "money/year", True, f"upper end {RANGE}"),
    Value("best", "best in", "share", False,
          "share of resamples of the simulated runs in which it has the highest net gain"),
    Value("cost", "cost a year", "money/year", True, "what is spent more than in the baseline"),
    Value("return", "return per 1 spent", "ratio", False,
          "margin * more recurring revenue / more cost; empty where nothing more is spent"),
    Value("payback_months", "payback, months", "months", False,
          "until the summed net gain is above 0 and stays there; empty: not within the run"),
    Value("at_quota", "reps at quota", "share", False, "reps that reach their quota, mean over runs"),
    Value("at_quota_difference", "change", "share", True, "of the reps at quota, in percentage points"),
    Value("chance_baseline", "by chance", "share", False,
          "reps at quota if all reps were equal: what is near it says nothing about reps"),
    Value("adoption", "used by", "share", False, "reps that use the strategy's tools at the end"),
    Value("if_copied", "net gain if all adopt", "money/year", True,
          "net gain a year in the market where all vendors adopt the strategy"),
    Value("if_copied_low", "95 % from", "money/year", True, f"lower end {RANGE}"),
    Value("if_copied_high", "to", "money/year", True, f"upper end {RANGE}"),
)  # fmt: skip
"""Columns after the strategy's name."""
_NOTHING = Value("", "", "", False, "")
MORE = (
    Value("present_value", "present value", "money", True,
          "of the net gain over the measured weeks, discounted to their start"),
    Value("present_value_low", "95 % from", "money", True, f"lower end {RANGE}"),
    Value("present_value_high", "to", "money", True, f"upper end {RANGE}"),
    _NOTHING,
    _NOTHING,
    Value("return", "return per 1 spent", "ratio", False, "margin * more recurring revenue / more cost"),
    Value("return_low", "95 % from", "ratio", False, f"lower end {RANGE}"),
    Value("return_high", "to", "ratio", False, f"upper end {RANGE}"),
    Value("payback_months", "payback, months", "months", False, "until the net gain, summed, stays above 0"),
    Value("payback_months_low", "95 % from", "months", False, f"lower end {RANGE}"),
    Value("payback_months_high", "to", "months", False, f"upper end {RANGE}; empty: more than the run"),
    Value("arr", "more ARR at the end", "money/year", True,
          "annual recurring revenue at the end, less the baseline's"),
    Value("arr_low", "95 % from", "money/year", True, f"lower end {RANGE}"),
    Value("arr_high", "to", "money/year", True, f"upper end {RANGE}"),
)  # fmt: skip
"""Columns of the second table."""


BARS = (("net", "net_low", "net_high"), ("if_copied", "if_copied_low", "if_copied_high"))
"""Columns that a chart shows with ranges."""
HELPERS = len(VALUES) + 2
"""First of the columns that hold the lengths of ranges, for charts; not printed."""


def write_summary(
    book: Book,
    scenario: Scenario,
    manifest: Manifest,
    lines: Sequence[tuple[str, str]],
    values: pd.DataFrame,
    notes: Sequence[str],
) -> None:
    """Write the sheet.

    Parameters
    ----------
    book : Book
    scenario : Scenario
    manifest : Manifest
    lines : sequence of (label, words)
        the verdict
    values : DataFrame
        of :func:`zerosum.studies.compare.value_table`, with ``chance_baseline`` beside ``at_quota``
    notes : sequence of str
        what the workbook doesn't hold
    """
    sheet, quiet = book.add(NAME), book.look(font_color="#555555")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 28)
    for number, value in enumerate(VALUES, 1):
        sheet.set_column(number, number, 16 if value.unit.startswith("money") else 9)
    sheet.set_column(HELPERS, HELPERS + 2 * len(BARS) - 1, 12)
    write_text(sheet, 0, 0, scenario.question or scenario.name, book.look(bold=True, font_size=14))
    write_text(sheet, 1, 0, _describe_runs(scenario, manifest), quiet)
    row = 3
    for label, words in lines:
        write_text(sheet, row, 0, label, book.look(bold=True, font_color=BLUE))
        write_text(sheet, row, 1, words)
        row += 1
    focal = scenario.vendors[scenario.focal_index].name
    by_adopters = {
        adopters: values[values["adopters"] == adopters].sort_values("net", ascending=False, kind="stable")
        for adopters in scenario.comparison.adopters
        if (values["adopters"] == adopters).any()
    }
    for number, (adopters, here) in enumerate(by_adopters.items()):
        who = format_adopters(adopters, focal)
        shown = [value for value in VALUES if adopters == "focal" or not value.name.startswith("if_copied")]
        write_text(sheet, row + 1, 0, f"{who[0].upper()}{who[1:]}", book.look(bold=True))
        row = _write_values(book, sheet, row + 2, here, shown, helpers=number == 0)
        if number == 0:
            row = _add_charts(book, sheet, row + 1, row - len(here), here, focal)
    for adopters, here in by_adopters.items():
        write_text(
            sheet, row + 1, 0, f"More in money: {format_adopters(adopters, focal)}", book.look(bold=True)
        )
        row = _write_values(book, sheet, row + 2, here, MORE)
    row += 1
    for said in (*_reading(scenario, book.currency), *notes):
        write_text(sheet, row, 0, said, quiet)
        row += 1
    sheet.print_area(0, 0, row, len(VALUES))
    sheet.fit_to_pages(1, 1)


def _describe_runs(scenario: Scenario, manifest: Manifest) -> str:
    vendor = scenario.vendors[scenario.focal_index]
    return (
        f"{scenario.name}: {vendor.name}, {count(vendor.reps, 'rep')}, "
        f"{count(scenario.comparison.replications, 'simulated run')} of {count(scenario.clock.weeks, 'week')}; "
        f"baseline: '{scenario.baseline_name}'. Simulated by zerosum {manifest.origin.get('zerosum', '')}, "
        f"{manifest.finished[:10]}."
    )


def _reading(scenario: Scenario, currency: str) -> list[str]:
    """Say how to read the numbers."""
    return [
        f"Differences are to '{scenario.baseline_name}' in the same simulated runs. A 95 % range holds the true mean "
        "difference in 95 of 100 such comparisons. Bold: the range excludes 0.",
        f"Money is in {currency or 'the units of the scenario'}, of the whole team. Each heading has a note with its "
        "unit and meaning. All measures: sheet 'differences'.",
        "These are a model's numbers: they hold for the market as the scenario describes it. What tools do is their "
        "vendors' claim.",
    ]


def _write_values(
    book: Book,
    sheet: Worksheet,
    top: int,
    rows: pd.DataFrame,
    columns: Sequence[Value],
    helpers: bool = False,
) -> int:
    """Write a table of strategies, and beside it what charts need; return the row below it."""
    notes = [
        (value.head, f"{format_unit(value.unit, book.currency)}\n{value.meaning}" if value.name else "")
        for value in columns
    ]
    write_header(
        book, sheet, top, [("strategy", "as the scenario names it; the best net gain first"), *notes]
    )
    if helpers:
        for number, (_, low, high) in enumerate(BARS):
            for place, words in enumerate((f"to {low}", f"to {high}")):
                write_text(sheet, top, HELPERS + 2 * number + place, words, book.look(font_color="#8F8F8F"))
    for row, one in enumerate(rows.to_dict("records"), top + 1):
        certain = bool(one["net_low"] > 0 or one["net_high"] < 0)
        write_text(sheet, row, 0, str(one["strategy"]), book.look(bold=certain))
        for number, value in enumerate(columns, 1):
            if value.name:
                strong = {"bold": True} if value.name == "net" and certain else {}
                write_number(
                    sheet, row, number, one[value.name], book.numbers(value.unit, value.difference, **strong)
                )
        if helpers:
            for number, (mean, low, high) in enumerate(BARS):
                for place, length in enumerate((one[mean] - one[low], one[high] - one[mean])):
                    write_number(sheet, row, HELPERS + 2 * number + place, length, book.numbers("money/year"))
    return top + 1 + len(rows)


# --- Charts -------------------------------------------------------------------------------------------------------


def _add_charts(book: Book, sheet: Worksheet, row: int, first: int, rows: pd.DataFrame, focal: str) -> int:
    """Add a chart of net gains with their ranges, and one of reps at quota beside chance; return the row below."""
    gains = book.book.add_chart({"type": "bar"})
    _add_series(gains, first, rows, "net", f"only {focal} changes", BLUE, 0)
    if rows["if_copied"].notna().any():
        _add_series(gains, first, rows, "if_copied", "all vendors adopt it", GRAY, 1)
    title = f"Net gain, {format_unit('money/year', book.currency)}, with 95 % range"
    _lay_out(gains, title, "#,##0", len(rows))
    gains.set_x_axis({"num_format": "#,##0", **_limits(rows), **_GRID})
    sheet.insert_chart(row, 0, gains)
    if rows["at_quota"].notna().any():
        reps = book.book.add_chart({"type": "bar"})
        _add_series(reps, first, rows, "at_quota", "with the strategy", BLUE)
        if rows["chance_baseline"].notna().any():
            _add_series(reps, first, rows, "chance_baseline", "by chance: equal reps", GRAY)
        _lay_out(reps, "Reps at quota", "0%", len(rows))
        reps.set_x_axis({"num_format": "0%", "min": 0, **_GRID})
        sheet.insert_chart(row, 6, reps)
    return row + _height(len(rows)) // PLAIN_ROW + 1


def _add_series(
    chart: Any, first: int, rows: pd.DataFrame, name: str, title: str, color: str, bar: int | None = None
) -> None:
    """Add a column of the table to a chart; its numbers are in the file, so that previews show them, too."""
    column = 1 + [value.name for value in VALUES].index(name)
    last = first + len(rows) - 1
    series: dict[str, Any] = {
        "name": clean(title),
        "categories": [NAME, first, 0, last, 0],
        "categories_data": rows["strategy"].to_list(),
        "values": [NAME, first, column, last, column],
        "values_data": [_known(value) for value in rows[name]],
        "fill": {"color": color},
        "gap": 60,
    }
    if bar is not None:
        mean, low, high = BARS[bar]
        ends = {"minus": rows[mean] - rows[low], "plus": rows[high] - rows[mean]}
        series["y_error_bars"] = {"type": "custom", "line": {"color": "#1A1A1A", "width": 1.25}}
        for place, (side, lengths) in enumerate(ends.items()):
            letter = xl_col_to_name(HELPERS + 2 * bar + place, col_abs=True)
            series["y_error_bars"][f"{side}_values"] = f"={NAME}!{letter}${first + 1}:{letter}${last + 1}"
            series["y_error_bars"][f"{side}_data"] = [_known(length) for length in lengths]
    chart.add_series(series)


def _known(value: float) -> float | str:
    return float(value) if math.isfinite(value) else ""


def _limits(rows: pd.DataFrame) -> dict[str, float]:
    """Return round limits of an axis that hold every range: Excel looks at bars only."""
    names = [name for ends in BARS for name in ends]
    ends = [float(value) for value in rows[names].to_numpy().ravel() if math.isfinite(value)]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    if low == high:
        return {}
    step = 10.0 ** math.floor(math.log10((high - low) / 2.0)) / 2.0
    return {"min": step * math.floor(low / step), "max": step * math.ceil(high / step)}


_GRID = {"major_gridlines": {"visible": True, "line": {"color": "#DDDDDD"}}}


def _lay_out(chart: Any, title: str, numbers: str, n_rows: int) -> None:
    chart.set_title({"name": clean(title), "name_font": {"size": 13}, "overlay": False})
    # Excel draws the first bar at the bottom; the table's first strategy belongs on top, the scale below.
    chart.set_y_axis({"reverse": True, "crossing": "max", "label_position": "low", "num_font": {"size": 10}})
    chart.set_x_axis({"num_format": numbers, **_GRID})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": CHART_WIDTH, "height": _height(n_rows)})


def _height(n_rows: int) -> int:
    return 150 + BAR_ROW * n_rows
