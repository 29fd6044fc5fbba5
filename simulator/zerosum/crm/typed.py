"""Read files whose cells have types: workbooks and Parquet. Cells become text that can be read in one way only."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from zerosum.crm.read import MOST_COLUMNS, NOTHING, TextTable, collect, text_type, unique_names
from zerosum.errors import InputError
from zerosum.files import printable


def read_workbook(path: Path, name: str) -> list[TextTable]:
    """Read each sheet of a workbook that isn't empty."""
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(os.fspath(path))
        sheets = [(sheet, book.get_sheet_by_name(sheet).to_python()) for sheet in book.sheet_names]
    except Exception as error:  # the library has a dozen kinds, and panics on some spoiled files
        raise InputError(
            f"{name}: this can't be read as a workbook ({_short(error)}); save it again as XLSX"
        ) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise InputError(
            f"{name}: this can't be read as a workbook (damaged); save it again as XLSX"
        ) from None
    tables = []
    for sheet, rows in sheets:
        if not any(any(cell not in ("", None) for cell in row) for row in rows):
            continue
        records = ((number, [as_text(cell) for cell in row]) for number, row in enumerate(rows, 1))
        table = collect(records, name, printable(sheet))
        table.form |= {"encoding": "workbook", "encoding_why": "its first bytes", "delimiter": ""}
        tables.append(table)
    if not tables:
        raise InputError(f"{name}: every sheet of the workbook is empty")
    if len(tables) == 1:
        tables[0].form["sheet"] = tables[0].sheet
    return tables


def read_parquet(path: Path, name: str) -> TextTable:
    """Read a Parquet file; lines are rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = pq.read_table(path)
    except (OSError, pa.ArrowException, ValueError) as error:
        raise InputError(f"{name}: this can't be read as Parquet ({_short(error)})") from None
    if found.num_columns > MOST_COLUMNS:
        raise InputError(f"{name}: {found.num_columns:,} columns; at most {MOST_COLUMNS:,} can be read")
    columns = {}
    for column, key in zip(unique_names(found.column_names), range(found.num_columns), strict=True):
        values = pd.Series(_arrow_text(found.column(key)), dtype=text_type()).str.strip()
        columns[column] = values.mask(values.isin(NOTHING))
    data = pd.DataFrame(columns)
    form = {
        "encoding": "Parquet",
        "encoding_why": "its first bytes",
        "delimiter": "",
        "footers": 0,
        "above": 0,
    }
    return TextTable(name, "", data, np.arange(1, len(data) + 1, dtype=np.int64), form)


def _arrow_text(column: Any) -> Any:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return _arrow_text(column.cast(kind.value_type))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return column.to_pandas()
    if pa.types.is_boolean(kind):
        return column.cast(pa.string()).to_pandas()
    return [None if value is None else as_text(value) for value in column.to_pylist()]


def as_text(cell: Any) -> str:
    """Write a typed cell as text that can be read in one way only.

    >>> as_text(3.0), as_text(234.567), as_text(datetime.date(2025, 3, 31)), as_text(None)
    ('3', '234.5670', '2025-03-31', '')
    """
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime.datetime):
        midnight = cell.time() == datetime.time() and cell.tzinfo is None
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, float):
        if cell == int(cell) if abs(cell) < 1e15 else False:
            return str(int(cell))
        text = repr(cell)
        # Three digits after the point could be thousands; four can't.
        return text + "0" if "e" not in text and len(text.partition(".")[2]) == 3 else text
    if isinstance(cell, bytes | list | dict):
        return "" if isinstance(cell, bytes) else str(cell)
    return str(cell).strip()


def _short(error: BaseException) -> str:
    return printable(str(error).partition("\n")[0][:80])
