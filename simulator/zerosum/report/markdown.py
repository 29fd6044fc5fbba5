"""Format documents as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from zerosum.report.document import Cell, Document, Section, Table

_ESCAPES = (("\\", "\\\\"), ("|", "\\|"), ("<", "&lt;"))


def format_markdown(document: Document, title: str) -> str:
    """Format a document as a page with a title."""
    parts = [f"# {title}"]
    for part in document.parts:
        if isinstance(part, Table):
            parts += [f"## {part.title}"] * bool(part.title)
            parts += [format_table(part), *[part.note] * bool(part.note)]
        else:
            parts.append({"heading": f"## {part.words}"}.get(part.look, part.words))
    return "\n\n".join(parts) + "\n"


def format_table(table: Table) -> str:
    """Format a table, small type beside the words; section headings in bold."""
    columns, rows = table.columns, []
    for record in table.records:
        if not isinstance(record, Section):
            rows.append([_words(cell) for cell in table.cells(record)])
        elif record.words:
            blank = [""] * (len(columns) - 2)
            rows.append([f"**{_escape(record.words)}**", *blank, _words(record.last)])
    numbers = [i for i, column in enumerate(columns) if not column.text]
    return format_rows([column.head for column in columns], rows, numbers=numbers)


def format_rows(
    head: Sequence[str], rows: Sequence[Sequence[str]], right: int = 1, numbers: Sequence[int] | None = None
) -> str:
    """Format cells that are Markdown already.

    Align columns from number ``right`` on to the right; or only those in ``numbers``.
    """
    aligned = range(right, len(head)) if numbers is None else numbers
    lines = [
        _row(head).replace("|  |", "| |"),
        "|" + "|".join("--:" if i in aligned else "---" for i in range(len(head))) + "|",
    ]
    return "\n".join([*lines, *map(_row, rows)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _words(cell: Cell) -> str:
    return _escape(" ".join(f"{cell.words} {cell.small}".split()))


def _escape(words: str) -> str:
    for special, plain in _ESCAPES:
        words = words.replace(special, plain)
    return words
