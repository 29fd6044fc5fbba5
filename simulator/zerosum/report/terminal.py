"""Show documents in a terminal. Every table fits the terminal's width; no number is cut."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rich.box import HEAVY_HEAD, SIMPLE_HEAD, Box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from zerosum.report.document import Cell, Column, Document, Section, Table, Words

GAP, BLANKS = 3, 2
"""Characters between columns: a line, with a blank on either side; without lines, only the blanks."""
ASCII_HEAD = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
"""As ``SIMPLE_HEAD``, in ASCII."""
_NUMERIC = (*"+-0123456789",)
LOOKS = {"title": "italic", "answer": "bold", "heading": "bold", "note": "dim"}


def lay_out(document: Document) -> RenderableType:
    """Lay out a document, with a blank line above tables and headings."""
    parts: list[RenderableType] = []
    before = ""
    for part in document.parts:
        if isinstance(part, Words):
            if parts and (
                part.look in ("answer", "heading") or before == "table" or (part.look == "note" != before)
            ):
                parts.append(Text(""))
            before = part.look
            parts.append(Text(part.words, style=LOOKS.get(part.look, "")))
        else:
            parts += [Text("")] * bool(parts) + [FittedTable(part)]
            before = "table"
    return Group(*parts)


def in_ascii(document: Document) -> Document:
    """Return a document in which the signs that ASCII lacks are replaced, before it is laid out."""
    return Document([_plain_part(part) for part in document.parts])


def _plain_part(part: Words | Table) -> Words | Table:
    from zerosum.signs import to_ascii

    if isinstance(part, Words):
        return replace(part, words=to_ascii(part.words))

    def plain(cell: Cell | str) -> Cell:
        cell = cell if isinstance(cell, Cell) else Cell(cell)
        return cell._replace(words=to_ascii(cell.words), small=to_ascii(cell.small))

    def shown(column: Column) -> Column:
        return replace(column, head=to_ascii(column.head), show=lambda record: plain(column.show(record)))

    records = [
        Section(to_ascii(record.words), plain(record.last)) if isinstance(record, Section) else record
        for record in part.records
    ]
    columns = [shown(column) for column in part.columns]
    return replace(
        part, columns=columns, records=records, title=to_ascii(part.title), note=to_ascii(part.note)
    )


class FittedTable:
    """A table as wide as the terminal allows.

    The renderer tries in order: small type beside the words, if the table has ``beside``; small type below; fewer
    columns; then, as the table sets, parts below each other or a sentence per row.
    """

    def __init__(self, table: Table) -> None:
        self.table, self.ascii_only = table, False
        self.shown = [
            record if isinstance(record, Section) else table.cells(record) for record in table.records
        ]
        self.last = max(i for i, column in enumerate(table.columns) if not column.wide)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render title, table and note."""
        self.ascii_only = options.ascii_only
        if self.table.title:
            yield Text(self.table.title, style="bold")
        yield from self._fit(options.max_width)
        if self.table.note:
            yield Text(self.table.note, style="dim")

    def _fit(self, room: int) -> Iterator[RenderableType]:
        columns = self.table.columns
        every = [i for i, column in enumerate(columns) if not column.wide]
        kept = sorted(every, key=lambda i: columns[i].drop)
        tries = [(every, True)] * self.table.beside + [(every, False)]
        while columns[kept[-1]].drop:
            kept = kept[:-1]
            tries.append((sorted(kept), False))
        for which, beside in tries:
            if self._measure_width(which, beside) <= room:
                yield self._grid(which, beside, room)
                return
        which = tries[-1][0]
        parts = self._in_parts(which, room)
        if self.table.narrow == "parts" and all(self._measure_width(part, False) <= room for part in parts):
            for part in parts:
                yield from (Text(""),) * (part is not parts[0])
                yield self._grid(part, False, room)
        else:
            yield from self._list(which)

    def _in_parts(self, which: Sequence[int], room: int) -> list[list[int]]:
        """Put columns below each other; each part repeats the key columns."""
        keys = self.table.keys
        parts = [list(which[:keys])]
        for i in which[keys:]:
            if len(parts[-1]) > keys and self._measure_width([*parts[-1], i], False) > room:
                parts.append(list(which[:keys]))
            parts[-1].append(i)
        return parts

    def _cells(self, i: int, beside: bool) -> Iterator[Text]:
        for row in self.shown:
            if not isinstance(row, Section):
                yield text_of(row[i], self.table.columns[i], beside)
            elif i == self.last:
                yield text_of(row.last, self.table.columns[i], beside)

    def _widths(self, i: int, beside: bool) -> tuple[int, int]:
        """Return a column's smallest width, and the width at which nothing wraps, in characters."""
        column = self.table.columns[i]
        heading = _widest(column.head.split())
        full = max(
            _widest(line.plain for text in self._cells(i, beside) for line in text.split("\n")), heading
        )
        return (max(min(full, column.least), heading) if column.text else full), full

    def _measure_width(self, which: Sequence[int], beside: bool) -> int:
        gap = BLANKS if self.table.plain else GAP
        return sum(self._widths(i, beside)[0] for i in which) + gap * (len(which) - 1)

    def _grid(self, which: Sequence[int], beside: bool, room: int) -> Grid:
        spare = room - self._measure_width(which, beside)
        headed = any(self.table.columns[i].head for i in which)
        plain = ASCII_HEAD if self.ascii_only else SIMPLE_HEAD
        box = None if not headed else plain if self.table.plain else HEAVY_HEAD
        # A box has a column of its own between columns: with one blank beside it, there are two.
        padding = (0, 1, 0, 0) if self.table.plain and headed else (0, 1)
        grid = Grid(show_edge=False, pad_edge=False, show_header=headed, box=box, padding=padding)
        widths: dict[int, int] = {}
        for i in which:
            column = self.table.columns[i]
            least, full = self._widths(i, beside)
            # Spare width goes to text, from left to right.
            more = min(spare, full - least)
            spare -= more
            widths[i] = least + more
            grid.add_column(
                Text(column.head),  # a strategy's name may look like markup
                justify="left" if column.text else "right",
                # Fixed: otherwise rich would cut the last column by a character or two.
                width=widths[i],
                overflow="fold",
                style="dim" if column.dim else "",
            )
        tall = False
        for row in self.shown:
            if isinstance(row, Section):
                grid.add_section()
                if not row.words:
                    continue
                cells = [Text(row.words, style="bold"), *[Text("")] * (len(which) - 1)]
                if len(which) > 1 and which[-1] == self.last:
                    cells[-1] = text_of(row.last, self.table.columns[self.last], beside)
            else:
                cells = [
                    break_at_hyphens(text_of(row[i], self.table.columns[i], beside), widths[i]) for i in which
                ]
                tall = tall or any("\n" in cell.plain for cell in cells)
            grid.add_row(*map(_indent, cells))
        grid.show_lines = tall and self.table.lines
        return grid

    def _list(self, which: Sequence[int]) -> Iterator[RenderableType]:
        for row in self.shown:
            if isinstance(row, Section):
                yield Text(" ".join(f"{row.words} {row.last.words}".split()), style="bold")
                continue
            said = [
                f"{self.table.columns[i].head} {_one_line(row[i].words)}{_aside(row[i].small)}"
                for i in which[self.table.keys :]
                if row[i].words
            ]
            name = ", ".join(_one_line(row[i].words) for i in which[: self.table.keys])
            yield Padding(Text.assemble((name, "bold"), f": {'; '.join(said)}."), (0, 0, 0, 2))


def text_of(cell: Cell, column: Column, beside: bool = False) -> Text:
    """Return a cell's words, with a star after a strong number, and its small type."""
    star = " *" if cell.strong and not column.text and cell.words[:1] in _NUMERIC else ""
    text = Text(cell.words + star, style="bold" if cell.strong else "")
    if cell.small:
        text.append((" " if beside else "\n") + cell.small, style="dim not bold")
    return text


def break_at_hyphens(text: Text, width: int) -> Text:
    """Break words that are too long for a column behind hyphens: rich would break them anywhere."""
    places = []
    for word in re.finditer(r"\S+", text.plain):
        start, hyphen = word.start(), 0
        for place in range(word.start(), word.end()):
            if place + 1 - start > width and hyphen > start:
                places.append(hyphen)
                start = hyphen
            hyphen = place + 1 if text.plain[place] == "-" else hyphen
    return Text("\n").join(text.divide(places)) if places else text


def _indent(text: Text) -> RenderableType:
    """Indent all lines of a cell that begins with blanks."""
    blanks = len(text.plain) - len(text.plain.lstrip(" "))
    return Padding(text[blanks:], (0, 0, 0, blanks)) if blanks else text


def _aside(small: str) -> str:
    """Put small type behind words."""
    return f" {_one_line(small)}" if small.startswith("[") else f" ({_one_line(small)})" if small else ""


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _widest(words: Iterable[str]) -> int:
    return max(map(cell_len, words), default=0)
