"""Read exported files as tables of text: CSV in any usual encoding and delimiter, workbooks, Parquet.

Nothing is interpreted here but the form: cells stay as they were written, and each row keeps its line.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from zerosum.errors import InputError
from zerosum.files import printable

if TYPE_CHECKING:
    import pyarrow as pa

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
ROWS = 50_000
"""Rows that are turned into columns at a time."""
HEAD = 40
"""Records among which the header and the delimiter are sought."""
SAMPLE = 1 << 20
"""Bytes from which an encoding is told."""
LONGEST_CELL = 1_000_000
"""Characters of a cell; a longer one comes of a quote that is not closed."""
MOST_COLUMNS = 2_000
NOTHING = (
    "",
    "-",
    "--",
    "NULL",
    "(null)",
    "<null>",
    "NaN",
    "nan",
    "#N/A",
    "#REF!",
    "#VALUE!",
    "(blank)",
    "\\N",
)
"""Cells that hold nothing."""
_FOOTER = re.compile(
    r"\b(grand|totals?|sum|summe|records|confidential|copyright|generated|exported|all rights)\b|©",
    re.IGNORECASE,
)
"""Words in lines below a report."""


class Reject(NamedTuple):
    """A row that was left out, or a cell that counts as missing: where it stood, and why."""

    file: str
    line: int
    column: str
    reason: str
    what: str = "row"


@dataclass
class TextTable:
    """A table as it stood in a file.

    Attributes
    ----------
    file, sheet : str
        the file's name, and the sheet of a workbook
    data : DataFrame
        text; an empty cell is missing
    lines : int64[n_rows]
        where each row began in its file
    form : dict
        how it was read: encoding, delimiter, what stood around it
    rejects : list of Reject
        rows that are no rows of the table
    """

    file: str
    sheet: str
    data: pd.DataFrame
    lines: npt.NDArray[np.int64]
    form: dict[str, Any] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return [str(column) for column in self.data.columns]

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.file}, sheet '{self.sheet}'" if self.sheet else self.file


def read_tables(path: Path, encoding: str = "") -> list[TextTable]:
    """Read the tables of a file: one of a CSV or Parquet file, one for each sheet that isn't empty of a workbook.

    Raises
    ------
    InputError
        if the file can't be read, or isn't of one of these kinds
    """
    name = printable(path.name)
    try:
        if path.is_dir():
            raise InputError(f"{path}: this is a folder; name the files in it")
        if not path.is_file():
            what = "this is not a regular file" if path.exists() else "there is no such file"
            raise InputError(f"{path}: {what}")
        with open(path, "rb") as file:
            start = file.read(SAMPLE)
    except InputError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{printable(str(path))}: the file can't be read ({reason.lower()})") from None
    from zerosum.crm.typed import read_parquet, read_workbook

    if not start.strip():
        raise InputError(f"{name}: the file is empty; export it again, with its header row")
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return read_workbook(path, name)
    if start.startswith(b"PAR1"):
        return [read_parquet(path, name)]
    from zerosum.spreadsheet import name_program_file

    if what := name_program_file(start[:4000], name):
        raise InputError(f"{name}: this is {what}; export the table as CSV, XLSX or Parquet")
    return [_read_csv(path, name, start, encoding)]


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- CSV ------------------------------------------------------------------------------------------------------------


def _read_csv(path: Path, name: str, start: bytes, encoding: str) -> TextTable:
    found, why, sample = _encoding_of(path, name, start, encoding)
    try:
        text = _decode(start, found)
    except UnicodeError:
        raise InputError(
            f"{name}: this is not text in the encoding {found}; --encoding names another"
        ) from None
    if "\0" in text:
        raise InputError(f"{name}: this is not a text file (it holds NUL characters); export it as CSV again")
    head = text.lstrip()[:200].lower()
    if head.startswith(("<!doctype", "<html", "<?xml")):
        raise InputError(
            f"{name}: this is a web page, as some systems name .xls or .csv; open it in a spreadsheet, save as CSV"
        )
    if head.startswith(("{", "[{")):
        raise InputError(f"{name}: this is JSON; export the table as CSV, XLSX or Parquet")
    delimiter, declared = _delimiter_of(text)
    with _opened(path, found) as file:
        records = _records(file, delimiter, name)
        if declared:
            next(records)
        table = collect(records, name)
    table.form |= {
        "encoding": found,
        "encoding_why": why,
        "sample": sample,
        "delimiter": DELIMITERS[delimiter],
    }
    return table


def _encoding_of(path: Path, name: str, start: bytes, given: str) -> tuple[str, str, str]:
    """Return a file's encoding, how it is known, and a word that shows it."""
    if given:
        try:
            return codecs.lookup(given).name, "as you said (--encoding)", ""
        except LookupError:
            raise InputError(
                f"--encoding {given}: there is no such encoding; utf-8, cp1252 and utf-16 are usual"
            ) from None
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", "its byte-order mark", ""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "its byte-order mark", ""
    zeros = start[:2000]
    if zeros.count(0) > len(zeros) // 4:
        return (
            ("utf-16-le" if zeros[1::2].count(0) > zeros[::2].count(0) else "utf-16-be"),
            "its zero bytes",
            "",
        )
    odd = _bytes_that_are_not_utf_8(path)
    if not odd:
        return "utf-8", "every byte is valid", ""
    from charset_normalizer import from_bytes

    allowed = [
        "cp1252",
        "cp1250",
        "cp1251",
        "cp1253",
        "cp1254",
        "cp1257",
        "mac_roman",
        "cp932",
        "gb18030",
        "big5",
    ]
    matches = from_bytes(odd, cp_isolation=[*allowed, "cp949"])
    best = matches.best()
    if best is None:
        return "cp1252", "not UTF-8, and too little to tell; Windows' usual one", ""
    same = [one.encoding for one in matches if str(one) == str(best)]
    try:  # letters of western Europe are in nearly every code page; Windows' western one is by far the most usual
        western = sum(c in "ÄÖÜäöüßéèêëàâçîïôûñåøæÅØÆÉœŒ£€áíóúÁÍÓÚ°’–" for c in odd.decode("cp1252"))
        plain = western >= sum(byte > 127 for byte in odd)
    except UnicodeDecodeError:
        plain = False
    chosen = "cp1252" if plain or "cp1252" in same else best.encoding
    words = [
        word
        for word in _decode(odd, chosen).replace(",", " ").replace(";", " ").split()
        if not word.isascii()
    ]
    return chosen, "not UTF-8; by its letters", words[0][:20] if words else ""


def _bytes_that_are_not_utf_8(path: Path) -> bytes:
    """Return some lines that have other bytes than ASCII, if the file isn't UTF-8; else nothing."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid, odd = True, bytearray()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(SAMPLE), b""):
            if valid:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    valid = False
            if not block.isascii() and len(odd) < 20_000:
                odd += b"\n".join(line for line in block.split(b"\n") if not line.isascii())[:20_000]
        if valid:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                valid = False
    return b"" if valid else bytes(odd)


def _decode(start: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)().decode(start)


def _opened(path: Path, encoding: str) -> IO[str]:
    # What isn't valid in the encoding becomes a replacement character: a name, not a reason to stop.
    return open(path, encoding=encoding, errors="replace", newline="")


def _delimiter_of(text: str) -> tuple[str, bool]:
    """Return the delimiter, and whether a first line 'sep=;' declares it."""
    if text[:4].lower() == "sep=" and text[4:5] in DELIMITERS:
        return text[4], True
    best, most = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        try:
            reader = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=delimiter)
            counts = [len(row) for row in itertools.islice(reader, HEAD)]
        except csv.Error:
            continue
        wide = Counter(count for count in counts if count > 1)
        if wide:
            width, often = wide.most_common(1)[0]
            score = (often / max(1, len([count for count in counts if count])), width)
            best, most = (delimiter, score) if score > most else (best, most)
    return best, False


def _records(file: IO[str], delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record and the line on which it begins."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(file, delimiter=delimiter)
    line = 1
    while True:
        try:
            record = next(reader, None)
        except csv.Error:
            raise InputError(
                f"{name}: a quote that opens on line {line} or soon after it is never closed; close it, or export again"
            ) from None
        if record is None:
            return
        yield line, record
        line = reader.line_num + 1


# --- Rows to columns ------------------------------------------------------------------------------------------------


def collect(records: Iterator[tuple[int, list[str]]], name: str, sheet: str = "") -> TextTable:
    """Find the header, and turn records into columns; what is no row is listed as a reject."""
    first = list(itertools.islice(records, HEAD))
    at = _header_of([record for _, record in first])
    if at is None:
        raise InputError(f"{name}: there is no header row; the first row must hold the names of the columns")
    while first and at > 0 and not any(first[0][1]):
        first, at = first[1:], at - 1
    header = unique_names(first[at][1])
    if len(header) > MOST_COLUMNS:
        raise InputError(f"{name}: {len(header):,} columns; at most {MOST_COLUMNS:,} can be read")
    where = f"{name}, sheet '{sheet}'" if sheet else name
    rejects = [
        Reject(where, line, "", "a line above the header") for line, record in first[:at] if any(record)
    ]
    data, lines, footers = _columns(itertools.chain(first[at + 1 :], records), header, where, rejects)
    form = {"header_line": first[at][0], "above": at, "footers": footers}
    return TextTable(name, sheet, data, lines, form, rejects)


def _header_of(records: Sequence[Sequence[str]]) -> int | None:
    """Return which of the first records is the header: the first that is about as wide as the widest."""
    filled = [sum(bool(cell.strip()) for cell in record) for record in records]
    if not filled or max(filled) == 0:
        return None
    return next(at for at, count in enumerate(filled) if count >= max(1, 0.6 * max(filled)))


def unique_names(header: Sequence[str]) -> list[str]:
    """Return names of columns: what is empty gets a number, what is twice a second name."""
    names: list[str] = []
    for number, cell in enumerate(header, 1):
        name = printable(" ".join(cell.replace("\ufeff", "").split())) or f"column {number}"
        while name in names:
            name += " (again)"
        names.append(name)
    return names


def _columns(
    records: Iterator[tuple[int, list[str]]], header: Sequence[str], name: str, rejects: list[Reject]
) -> tuple[pd.DataFrame, npt.NDArray[np.int64], int]:
    """Return the rows of a table as columns of text, their lines, and how many lines of a report's footer came last."""
    import pyarrow as pa

    width, parts, lines = len(header), list[Any](), list[npt.NDArray[np.int64]]()
    doubtful: list[tuple[int, list[str]]] = []
    alone: list[tuple[int, list[str]]] = []
    block: list[list[str]] = []
    block_lines: list[int] = []

    def keep(line: int, record: list[str]) -> None:
        block.append(record)
        block_lines.append(line)
        if len(block) == ROWS:
            flush()

    def flush() -> None:
        if block:
            turned = zip(*block, strict=True)
            cells = [_cells(pa.array(column, pa.large_string())) for column in turned]
            parts.append(pa.table(cells, names=list(header)))
            lines.append(np.array(block_lines, dtype=np.int64))
            block.clear()
            block_lines.clear()

    for line, record in records:
        if not any(cell.strip() for cell in record):
            continue
        if len(record) > width and not any(cell.strip() for cell in record[width:]):
            record = record[:width]
        elif 1 < width // 2 <= len(record) < width:
            record = record + [""] * (width - len(record))  # spreadsheets leave out empty cells at the end
        if len(record) != width:
            doubtful.append((line, record))
        elif width > 2 and not any(record[1:]):
            alone.append(
                (line, record)
            )  # one cell, as below a report: known when the next row comes, or none
        else:
            for earlier in alone:
                (doubtful.append if _FOOTER.search(earlier[1][0]) else lambda row: keep(*row))(earlier)
            alone.clear()
            keep(line, record)
    ending = next((at for at, (_, record) in enumerate(alone) if _FOOTER.search(record[0])), len(alone))
    for row in alone[:ending]:
        keep(*row)
    flush()
    last = int(lines[-1][-1]) if lines else 0
    footers = 0
    for line, record in sorted([*doubtful, *((line, record[:1]) for line, record in alone[ending:])]):
        if line > last:
            footers += 1
            rejects.append(Reject(name, line, "", "a line below the table, as reports have"))
        else:
            many = "more" if len(record) > width else "fewer"
            rejects.append(
                Reject(name, line, "", f"{many} cells than the header ({len(record)}, not {width})")
            )
    if not parts:
        empty = pd.DataFrame(
            {column: pd.Series([], dtype=pd.StringDtype(na_value=np.nan)) for column in header}
        )
        return empty, np.array([], dtype=np.int64), footers
    table = pa.concat_tables(parts)
    data = pd.DataFrame(
        {column: pd.Series(table[column].to_pandas(), dtype=text_type()) for column in header}
    )
    return data, np.concatenate(lines), footers


def _cells(column: pa.Array) -> pa.Array:
    """Return cells without spaces around them; empty ones are missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(column)
    return pc.if_else(
        pc.is_in(trimmed, pa.array(NOTHING, pa.large_string())), pa.scalar(None, pa.large_string()), trimmed
    )


def text_type() -> pd.StringDtype:
    """Return the type of text columns: missing is NaN."""
    return pd.StringDtype(na_value=np.nan)
