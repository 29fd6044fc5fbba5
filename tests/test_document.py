"""Tables of declared columns: whole at every width of a terminal, the same cells in Markdown."""

from __future__ import annotations

import pytest
from rich.text import Text

from tests.test_report import rendered
from zerosum.report.document import Cell, Column, Document, Section, Table, table_of
from zerosum.report.markdown import format_rows, format_table
from zerosum.report.terminal import break_at_hyphens

COLUMNS = (
    Column("strategy", lambda row: row[0], text=True, least=8),
    Column("a level", lambda row: Cell(row[1], "by chance 12.5 %")),
    Column("difference", lambda row: Cell(row[2], "[-1.250, +12.500]", row[0] == "first")),
    Column("verdict", lambda row: Cell("undecided", "about 1,200 would do"), text=True),
    Column("aside", lambda row: "left out", drop=1),
    Column("source", lambda row: "only on pages", text=True, wide=True),
)
RECORDS = (
    ("first", "47.1 %", "+5.6 pp"),
    Section("Others"),
    ("a-name-of-some-length", "1,234.5 k", "-0.1 pp"),
)


def shown(width: int, **more: object) -> str:
    return rendered(Document([Table(COLUMNS, RECORDS, "Of everything", "A note.", **more)]), width)  # type: ignore[arg-type]


@pytest.mark.parametrize("narrow", ["parts", "list"])
@pytest.mark.parametrize("beside", [False, True])
def test_no_cell_is_cut_and_no_line_too_long(narrow: str, beside: bool) -> None:
    for width in (24, 40, 55, 60, 70, 80, 100, 140):
        text = shown(width, narrow=narrow, beside=beside)
        assert max(map(len, text.split("\n"))) <= width
        flat = " ".join(" ".join(text.replace("│", " ").split()).split())
        for words in ("47.1 %", "1,234.5 k", "+5.6 pp", "-0.1 pp", "Others", "A note."):
            assert words in flat, (width, words)
        assert "…" not in text
        assert "only on pages" not in text
        if width >= 70:  # a number is on one line
            assert text.count("by chance 12.5 %") == text.count("[-1.250, +12.500]") == 2


def test_what_is_left_out_first_is_what_is_declared_so() -> None:
    assert "left out" in shown(140)
    assert "left out" not in shown(70)
    assert "undecided" in shown(70)


def test_a_star_marks_strong_numbers_only() -> None:
    assert "+5.6 pp *" in shown(140)
    assert shown(140).count("*") == 1


def test_narrow_tables_come_in_parts_with_their_first_column_or_as_sentences() -> None:
    parts = shown(44, narrow="parts")
    assert parts.count("strategy") > 1
    told = " ".join(shown(44, narrow="list").split())
    assert "first: a level 47.1 % (by chance 12.5 %); difference +5.6 pp [-1.250, +12.500]; verdict" in told


def test_every_part_has_all_columns_that_tell_rows_apart() -> None:
    table = table_of("", ("one", "two", "x", "y"), [("a", "b", "1" * 30, "2" * 30)], text=(0, 1), keys=2)
    assert rendered(Document([table]), 50).count("a   │ b") == 2


def test_names_that_look_like_markup_are_shown_as_they_are() -> None:
    table = table_of("[b]title[/b]", ("[red]a[/red]", "[/x]"), [("[bold]c[/bold]", "1")])
    shown = rendered(Document([table]), 60)
    assert all(name in shown for name in ("[b]title[/b]", "[red]a[/red]", "[/x]", "[bold]c[/bold]"))
    assert "one" in rendered(Document([table_of("", ("one", "two"), [])]), 30)


def test_markdown_has_all_columns_and_escapes_words() -> None:
    lines = format_table(Table(COLUMNS, RECORDS)).split("\n")
    assert lines[1] == "|---|--:|--:|---|--:|---|"
    assert lines[2].endswith("| only on pages |")
    assert lines[3] == "| **Others** |  |  |  |  |  |"
    table = table_of("", ("a", "b"), [("x | <y>", "1")])
    assert format_table(table).split("\n")[2] == "| x \\| &lt;y> | 1 |"
    assert format_rows(("a", "b"), [("x", "1")], numbers=()) == "| a | b |\n|---|---|\n| x | 1 |"


def test_paragraphs_without_words_are_left_out() -> None:
    document = Document()
    document.add("", None, "said", look="note")
    assert [part.words for part in document.parts] == ["said"]  # type: ignore[union-attr]


def test_long_names_break_behind_hyphens() -> None:
    name = "preparation-and-many-engineers"
    assert break_at_hyphens(Text(name), 22).plain == "preparation-and-many-\nengineers"
    assert break_at_hyphens(Text(name), 12).plain == "preparation-\nand-many-\nengineers"
    assert break_at_hyphens(Text(name), 30).plain == name
    assert break_at_hyphens(Text("no-hyphen-too long"), 40).plain == "no-hyphen-too long"
    assert break_at_hyphens(Text("-1.5 [-2, -1]"), 4).plain == "-1.5 [-2, -1]"
    styled = break_at_hyphens(Text(name, style="bold"), 22)
    assert "bold" in str(styled.style) or any("bold" in str(span.style) for span in styled.spans)
