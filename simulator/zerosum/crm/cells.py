"""Tables as files: cells as text, CSV or a workbook, the same bytes for the same cells."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from zerosum.runs.outputs import Writer

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""Signs at the start of a cell that spreadsheets take for a formula's."""
_FIXED = datetime.datetime(2023, 1, 1)


@dataclass(frozen=True)
class Style:
    """How a file is written.

    Attributes
    ----------
    encoding, delimiter : str
    dates : str
        as strftime has it
    comma : bool
        decimal comma, and points between thousands
    quote_all : bool
    footer : sequence of str
        lines behind the rows
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    dates: str = "%Y-%m-%d"
    comma: bool = False
    quote_all: bool = False
    footer: Sequence[str] = ()

    def amount(self, value: float) -> str:
        """Return an amount as text."""
        if not self.comma:
            return f"{value:.2f}"
        return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def write_csv(table: pd.DataFrame, style: Style) -> Writer:
    """Write a table as CSV."""
    file = io.StringIO(newline="")
    writer = csv.writer(
        file,
        delimiter=style.delimiter,
        quoting=csv.QUOTE_ALL if style.quote_all else csv.QUOTE_MINIMAL,
        lineterminator="\r\n",
    )
    writer.writerow(table.columns)
    writer.writerows(zip(*(format_column(table[name], style) for name in table.columns), strict=True))
    content = file.getvalue() + "".join(f"{line}\r\n" for line in style.footer)
    content_bytes = content.encode(style.encoding, errors="replace")
    return lambda path: path.write_bytes(content_bytes) and None  # type: ignore[return-value]


def format_column(column: pd.Series, style: Style) -> list[str]:
    """Return a column's cells as text; empty where missing, and no formula in any spreadsheet."""
    there = column.notna()
    if pd.api.types.is_datetime64_any_dtype(column):
        made = column.dt.strftime(style.dates)
    elif pd.api.types.is_float_dtype(column):
        made = column.map(style.amount, na_action="ignore")
    else:
        made = column.astype(object).where(there, "").map(lambda cell: escape_formula(str(cell)))
    return made.astype(object).where(there, "").tolist()


def escape_formula(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula.

    >>> escape_formula("=1+1"), escape_formula("Acorn")
    ("'=1+1", 'Acorn')
    """
    return f"'{text}" if text.startswith(FORMULAS) else text


def write_workbook(table: pd.DataFrame, sheet: str) -> Writer:
    """Write a table as a workbook of one sheet; dates are dates, text is never a formula."""

    def write(path: Path) -> None:
        from xlsxwriter import Workbook

        book = Workbook(
            str(path),
            {"strings_to_formulas": False, "strings_to_urls": False, "default_date_format": "yyyy-mm-dd"},
        )
        book.set_properties({"created": _FIXED})
        page = book.add_worksheet(sheet)
        page.write_row(0, 0, list(table.columns))
        for at, name in enumerate(table.columns):
            column = table[name]
            days = pd.api.types.is_datetime64_any_dtype(column)
            for row, (value, there) in enumerate(zip(column, column.notna(), strict=True), start=1):
                if not there:
                    continue
                if days:
                    page.write_datetime(row, at, value.to_pydatetime())
                elif isinstance(value, str):
                    page.write_string(row, at, escape_formula(value))
                else:
                    page.write_number(row, at, float(value))
        book.close()

    return write
