"""A study's report, independent of the output format: text, tables of declared columns, figures.

One module per study makes a :class:`Document`. A terminal (``terminal.py``), Markdown (``markdown.py``) and the page
(``html/template.html.j2``) each render any document, so a new sentence, column or table is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from zerosum.report.plots.svg import Drawing

SHORT = 9
"""Maximum rows of a table that page breaks don't split."""
FEW, MANY = 4, 8
"""Columns of a table that isn't wide, and of one set small."""


class Cell(NamedTuple):
    """The content of a cell.

    Attributes
    ----------
    words : str
    small : str
        small type below: an interval, a chance baseline
    strong : bool
        differs from zero beyond chance; in a column of numbers a terminal adds a star
    """

    words: str
    small: str = ""
    strong: bool = False


class Section(NamedTuple):
    """A row that begins a group: its heading ("": only a line), and the last column's text."""

    words: str
    last: Cell = Cell("")


@dataclass(frozen=True)
class Column:
    """One column of a table: its heading, its content, and how it adapts to narrow terminals.

    Attributes
    ----------
    head : str
    show : callable
        (record) -> Cell or str; unused if the table gets cells instead of records
    text : bool
        text: aligned left and wrapped; numbers: aligned right and never broken
    drop : int
        narrow terminals drop the column with the highest number first; 0: never
    least : int
        smallest width of wrapped text, in characters
    dim : bool
        less important
    wide : bool
        only on the page and in Markdown, never in a terminal
    """

    head: str
    show: Callable[[Any], Cell | str] = str
    text: bool = False
    drop: int = 0
    least: int = 12
    dim: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Table:
    """Records in declared columns; the first column, or several, name the row.

    Attributes
    ----------
    columns : sequence of Column
    records : sequence
        arguments of each column's ``show``, and :class:`Section` rows
    title : str
        above the table; on the page its caption
    note : str
        below it
    narrow : str
        in a narrow terminal: "parts" puts columns below each other, "list" makes a sentence of each row
    beside : bool
        small type beside the words, not below, if there is room
    keys : int
        number of first columns that identify a row; each part of a table repeats them
    lines : bool
        whether lines separate rows of several lines
    plain : bool
        whether blanks, not lines, separate columns, with one line below the headings
    """

    columns: Sequence[Column]
    records: Sequence[Any]
    title: str = ""
    note: str = ""
    narrow: str = "parts"
    beside: bool = False
    keys: int = 1
    lines: bool = True
    plain: bool = False

    @property
    def rows(self) -> list[list[Cell]]:
        """Cells of every record, without sections."""
        return [self.cells(record) for record in self.records if not isinstance(record, Section)]

    def cells(self, record: Any) -> list[Cell]:
        """Return the cells of one record."""
        shown = (column.show(record) for column in self.columns)
        return [cell if isinstance(cell, Cell) else Cell(cell) for cell in shown]

    @property
    def look(self) -> str:
        """CSS classes: short tables stay on one sheet; many columns are set small, few not wide."""
        columns = len(self.columns)
        named = {"short": len(self.rows) <= SHORT, "slim": columns < FEW, "dense": columns > MANY}
        return " ".join(name for name, holds in named.items() if holds)


def place(number: int) -> Callable[[Sequence[Cell | str]], Cell | str]:
    """Return a ``show`` that picks a cell of a row by its index."""
    return lambda record: record[number]


def table_of(
    title: str,
    heads: Iterable[str],
    rows: Sequence[Sequence[Cell | str]],
    text: Iterable[int] = (0,),
    **more: Any,
) -> Table:
    """Make a table from finished cells.

    Parameters
    ----------
    title : str
    heads : iterable of str
    rows : sequence of rows
    text : iterable of int
        indices of text columns
    **more
        as for :class:`Table`
    """
    words = set(text)
    columns = [Column(head, place(i), text=i in words) for i, head in enumerate(heads)]
    return Table(columns, rows, title, **more)


@dataclass(frozen=True)
class Words:
    """A paragraph; ``look`` is "" (plain), "title", "answer" (strong), "heading" or "note"."""

    words: str
    look: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure of the page: panels, side by side if there is room, and a table of its numbers.

    Attributes
    ----------
    name : str
        unique on the page
    caption, note : str
        content, and how to read it
    panels : sequence of Drawing
    table : Table, optional
        the numbers
    keys : sequence of (mark, words)
        legend; the template defines the marks
    beside : bool
        show the table beside the panel instead of folded
    """

    name: str
    caption: str
    note: str
    panels: Sequence[Drawing]
    table: Table | None = None
    keys: Sequence[tuple[str, str]] = ()
    beside: bool = False


Part = Words | Table


@dataclass(frozen=True)
class Document:
    """Parts in reading order. rich prints it to fit the terminal."""

    parts: list[Part] = field(default_factory=list)

    def add(self, *parts: Part | str | None, look: str = "") -> None:
        """Add tables and paragraphs; skip empty paragraphs and None."""
        for part in parts:
            if isinstance(part, str):
                part = Words(part, look)
            if part is not None and not (isinstance(part, Words) and not part.words):
                self.parts.append(part)

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        """Lay it out for a terminal; for one that knows ASCII only, with plain signs."""
        from zerosum.report.terminal import in_ascii, lay_out

        yield lay_out(in_ascii(self) if options.ascii_only else self)
