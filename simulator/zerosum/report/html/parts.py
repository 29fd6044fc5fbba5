"""What a page is made of: figures in panels, tables of words; ``template.html.j2`` lays them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from markupsafe import Markup

from zerosum.report.intervals import Said, said, side

SHORT = 9
"""Rows of a table that is not torn apart by the end of a sheet."""
FEW, MANY = 4, 8
"""Columns."""


class Cell(NamedTuple):
    """What stands in a cell, and below it in small type; ``strong`` where it can be told from nothing."""

    words: str
    small: str = ""
    strong: bool = False


def said_of(row: Any) -> Said:
    """Say the row of a table with difference, low, high and unit."""
    return said(float(row["difference"]), float(row["low"]), float(row["high"]), str(row["unit"]))


def cell(row: Any, strong: bool | None = None) -> Cell:
    """Put it in a cell; strong, if not said otherwise, where the interval excludes zero."""
    found = said_of(row)
    bold = side(float(row["low"]), float(row["high"])) != 0 if strong is None else strong
    return Cell(found.words, found.ends, bold)


@dataclass(frozen=True)
class Table:
    """A table: the first cell of a row is its heading.

    Attributes
    ----------
    caption : str
    head : sequence of str
    rows : sequence of rows of Cell or str
    words_from : int
        columns from this one on hold words, those between it and the first hold numbers
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell | str]]
    words_from: int = 1_000

    @property
    def look(self) -> str:
        """Classes: short tables stay on one sheet of paper; those of many columns are set small, of few not wide."""
        columns = len(self.head)
        named = {"short": len(self.rows) <= SHORT, "slim": columns < FEW, "dense": columns > MANY}
        return " ".join(name for name, holds in named.items() if holds)

    @property
    def cells(self) -> list[list[tuple[str, Cell]]]:
        """Rows of pairs: the column's heading (for screens on which columns can't stand side by side), the cell."""
        return [
            [
                (head, cell if isinstance(cell, Cell) else Cell(cell))
                for head, cell in zip(self.head, row, strict=True)
            ]
            for row in self.rows
        ]


@dataclass(frozen=True)
class Figure:
    """A figure: panels that stand side by side where there is room, and its numbers in a table.

    Attributes
    ----------
    name : str
        of its own on the page
    caption : str
        what it shows
    note : str
        how to read it
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
