"""Sheets of a workbook: numbers in formats by unit, text that is never a formula, headers with notes."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.report.wording import is_money

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from zerosum.runs.schema import Column

MOST_ROWS = 1_048_575
"""Rows that Excel has below a header."""
MOST_TEXT = 32_767
"""UTF-16 units in a cell of Excel."""
LONG = 32_000
"""Characters that text is cut to if it is longer than a cell."""
WIDEST, NARROWEST = 44, 9
"""Widths of columns, in characters."""
FIXED = datetime.datetime(2000, 1, 1)
"""Date of creation in every workbook: the same results give the same bytes."""
EVERY = 2_000
"""Rows between two reports of progress."""


def clean(text: str) -> str:
    """Return text as a cell can hold it.

    XlsxWriter writes text between ``<r>`` and ``</r>`` as markup, unescaped, so it gets a blank at its end.
    """
    if len(text.encode("utf-16-le", "replace")) // 2 > MOST_TEXT:
        text = text[: LONG // 2] + "…"
    return text + " " if text.startswith("<r>") and text.endswith("</r>") else text


def number_format(unit: str, currency: str, difference: bool = False) -> str:
    """Return Excel's number format for a unit; differences have a sign."""
    if is_money(unit):
        digits = "#,##0.00" if unit == "money/hour" else "#,##0"
        if currency and not currency[-1].isalpha():
            return _signed(f'"{currency}"{digits}', difference)
        return _signed(f'{digits} "{currency}"' if currency else digits, difference)
    if unit.startswith("share") or unit == "points":
        return _signed("0.0%", difference)
    if unit == "ratio":
        return _signed("0.00", difference)
    if unit == "months":
        return "0.0"
    whole = unit in ("number", "deals", "buyers", "vendors", "requests", "opportunities", "attempts")
    return _signed("#,##0" if whole and not difference else "#,##0.00", difference)


def _signed(digits: str, difference: bool) -> str:
    return f"+{digits};-{digits};{digits}" if difference else digits


def format_unit(unit: str, currency: str) -> str:
    """Return a unit in words, with the currency: ``EUR a year``, ``% (as a share)``."""
    money, _, per = unit.partition("/")
    if money == "money":
        return f"{currency or 'money'}{f' {_article(per)} {per}' if per else ''}"
    return {"share": "share (shown in %)", "share/year": "share a year (shown in %)"}.get(unit, unit)


def _article(word: str) -> str:
    return "an" if word.startswith(("a", "e", "i", "o", "hour")) else "a"


class Book:
    """A workbook that is being written.

    Parameters
    ----------
    path : Path
        the file; temporary files are made beside it
    currency : str
        name of the money, empty if it has none
    title : str
    tags : mapping of str
        custom properties
    """

    def __init__(self, path: Path, currency: str, title: str, tags: dict[str, str]) -> None:
        from xlsxwriter import Workbook

        options = {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
            "default_date_format": "yyyy-mm-dd",
        }
        self.book: Workbook = Workbook(str(path), options)
        self.currency = currency
        self.book.set_properties({"title": clean(title)[:255], "author": "zerosum", "created": FIXED})
        for name, value in tags.items():
            self.book.set_custom_property(name, value, "text")
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def look(self, **given: Any) -> Format:
        """Return a format, the same for the same properties."""
        key = tuple(sorted(given.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(given)
        return self._formats[key]

    def numbers(self, unit: str, difference: bool = False, **given: Any) -> Format:
        """Return the format of a unit's numbers."""
        return self.look(num_format=number_format(unit, self.currency, difference), **given)

    def add(self, name: str) -> Worksheet:
        """Add an empty sheet."""
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def close(self) -> None:
        """Write the file."""
        self.book.close()


def write_text(sheet: Worksheet, row: int, column: int, text: str, look: Format | None = None) -> None:
    """Write text, whatever it begins with, never as a formula."""
    sheet.write_string(row, column, clean(text), look)


def write_number(sheet: Worksheet, row: int, column: int, value: Any, look: Format | None = None) -> None:
    """Write a number; one that is undefined leaves the cell empty."""
    if value is not None and math.isfinite(value):
        sheet.write_number(row, column, value, look)
    elif look is not None:
        sheet.write_blank(row, column, None, look)


def write_header(
    book: Book, sheet: Worksheet, row: int, columns: Sequence[tuple[str, str]], n_text: int = 1
) -> None:
    """Write a header; each of its cells may have a note.

    Parameters
    ----------
    book : Book
    sheet : Worksheet
    row : int
    columns : sequence of (name, note)
    n_text : int
        first columns that hold text; the others' headings are aligned right, as numbers are
    """
    looks = [
        book.look(bold=True, bottom=1, bg_color="#EEF2F6", text_wrap=True, valign="bottom", align=align)
        for align in ("left", "right")
    ]
    for number, (name, note) in enumerate(columns):
        write_text(sheet, row, number, name, looks[number >= n_text])
        if note:
            lines = 1 + len(note) // 34 + note.count("\n")
            size = {"width": 240, "height": 18 + 17 * lines}
            sheet.write_comment(row, number, clean(note), {"author": "zerosum", **size})


def write_rows(
    book: Book,
    name: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    n_rows: int,
    on_row: Callable[[int], None],
) -> None:
    """Add a sheet of a table: header with notes, frozen; a filter; numbers in their units' formats.

    Parameters
    ----------
    book : Book
    name : str
    columns : sequence of Column
    rows : iterable of sequences
        values in the order of the columns
    n_rows : int
        at most MOST_ROWS
    on_row : callable
        called every now and then with the number of rows written
    """
    sheet = book.add(name)
    notes = [
        (column.name, f"{format_unit(column.unit, book.currency)}\n{column.meaning}") for column in columns
    ]
    for number, column in enumerate(columns):
        look = None if column.kind == "text" else book.numbers(column.unit)
        usual = 18 if column.kind == "text" else NARROWEST
        sheet.set_column(number, number, min(WIDEST, max(usual, len(column.name) + 3)), look)
    write_header(book, sheet, 0, notes, len(columns))
    sheet.freeze_panes(1, _keys(columns))
    sheet.repeat_rows(0)
    if n_rows:
        sheet.autofilter(0, 0, n_rows, len(columns) - 1)
    writers = [
        {"text": sheet.write_string, "flag": sheet.write_boolean}.get(column.kind, sheet.write_number)
        for column in columns
    ]
    texts = [column.kind == "text" for column in columns]
    for row, values in enumerate(rows, 1):
        for column_number, value in enumerate(values):
            if texts[column_number]:
                if value:
                    writers[column_number](row, column_number, clean(value))
            elif value is not None and value - value == 0:  # neither NaN nor infinite
                writers[column_number](row, column_number, value)
        if row % EVERY == 0:
            on_row(row)
    on_row(n_rows)


def _keys(columns: Sequence[Column]) -> int:
    """Return how many first columns say which row it is: those stay in sight."""
    names = ("adopters", "strategy", "replication")
    return next((i for i, column in enumerate(columns) if column.name not in names), len(columns))
