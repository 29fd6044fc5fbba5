"""What a study says, before it is written anywhere: words, tables of declared columns, figures.

One module per study makes a :class:`Document`. A terminal (``terminal.py``), Markdown (``markdown.py``) and the page
(``html/template.html.j2``) each render any document, so a new sentence, column or table is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from markupsafe import Markup

SHORT = 9
"""Rows of a table that isn't torn apart by the end of a sheet."""
FEW, MANY = 4, 8
"""Columns of a table that needn't be wide, and of one that is set small."""


class Cell(NamedTuple):
    """What stands in a cell.

    Attributes
    ----------
    words : str
    small : str
        below it in small type: an interval, a chance baseline
    strong : bool
        it can be told from zero; in a column of numbers a terminal adds a star
    """

    words: str
    small: str = ""
    strong: bool = False


class Section(NamedTuple):
    """A row that begins a group of rows: its heading (""; only a line), and what stands in the last column."""

    words: str
    last: Cell = Cell("")


@dataclass(frozen=True)
class Column:
    """One column of a table: its heading, what stands in it, and what becomes of it where there is no room.

    Attributes
    ----------
    head : str
    show : callable
        (record) -> Cell or str; where a table is given cells and no records, unused
    text : bool
        words, aligned left and wrapped; numbers are aligned right and never broken
    drop : int
        the column with the highest is left out first where a terminal is narrow; 0: never
    least : int
        fewest characters to which text may be wrapped
    dim : bool
        of second rank
    wide : bool
        only where there is room to spare: on the page and in Markdown, never in a terminal
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
        what each column's ``show`` gets; a :class:`Section` stands for itself
    title : str
        above the table; on the page its caption
    note : str
        below it
    narrow : str
        where a terminal is too narrow: "parts" puts columns below each other, "list" makes a sentence of each row
    beside : bool
        small type stands beside the words, not below them, where there is room
    keys : int
        how many columns, the first ones, tell rows apart: each part of a table has them
    lines : bool
        whether rows of several lines are parted by lines
    """

    columns: Sequence[Column]
    records: Sequence[Any]
    title: str = ""
    note: str = ""
    narrow: str = "parts"
    beside: bool = False
    keys: int = 1
    lines: bool = True

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
        """Classes on the page: short tables stay on one sheet; of many columns are set small, of few not wide."""
        columns = len(self.columns)
        named = {"short": len(self.rows) <= SHORT, "slim": columns < FEW, "dense": columns > MANY}
        return " ".join(name for name, holds in named.items() if holds)


def place(number: int) -> Callable[[Sequence[Cell | str]], Cell | str]:
    """Return a ``show`` that takes the cell at a place of a record that is a row of cells."""
    return lambda record: record[number]


def table_of(
    title: str,
    heads: Iterable[str],
    rows: Sequence[Sequence[Cell | str]],
    text: Iterable[int] = (0,),
    **more: Any,
) -> Table:
    """Make a table of rows whose cells are known already.

    Parameters
    ----------
    title : str
    heads : iterable of str
    rows : sequence of rows
    text : iterable of int
        places of the columns that hold words
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
    """A figure of the page: panels that stand side by side where there is room, and its numbers in a table.

    Attributes
    ----------
    name : str
        of its own on the page
    caption, note : str
        what it shows, and how to read it
    panels : sequence of Markup
    table : Table, optional
        the same in numbers
    keys : sequence of (mark, words)
        what its marks mean; the marks are the template's
    beside : bool
        whether the table is shown at once, beside the panel, instead of folded away
    """

    name: str
    caption: str
    note: str
    panels: Sequence[Markup]
    table: Table | None = None
    keys: Sequence[tuple[str, str]] = ()
    beside: bool = False


Part = Words | Table


@dataclass(frozen=True)
class Document:
    """Parts in the order in which they are read. Printed by rich, it fits the terminal."""

    parts: list[Part] = field(default_factory=list)

    def add(self, *parts: Part | str | None, look: str = "") -> None:
        """Add tables and paragraphs; those without words, and None, are left out."""
        for part in parts:
            if isinstance(part, str):
                part = Words(part, look)
            if part is not None and not (isinstance(part, Words) and not part.words):
                self.parts.append(part)

    def __rich__(self) -> Any:
        """Lay it out for a terminal."""
        from zerosum.report.terminal import lay_out

        return lay_out(self)
