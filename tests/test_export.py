"""``zerosum export``: what another program reads in the workbook, and what is never written."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from tests.commands import shop as market
from tests.commands import zerosum
from zerosum.report.workbook import book as book_module
from zerosum.report.workbook.sheets import LONG, MOST_ROWS, Book, clean, number_format, write_text
from zerosum.runs.schema import TABLES
from zerosum.studies.compare import value_table
from zerosum.studies.compare.restore import restore

HOSTILE = '=HYPERLINK("http://example.com","<r><t>gain</t></r>")'
SHEETS = [
    "summary",
    "strategies",
    "differences",
    "runs",
    "weekly",
    "reps",
    "rep_years",
    "segments",
    "deals",
    "columns",
]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison of two strategies whose question is a formula."""
    folder = tmp_path_factory.mktemp("shop")
    text = market(
        60,
        8,
        '{ name = "selling", extra_hours = { selling = 9.0 } }',
        'replications = 3, adopters = ["focal", "all"]',
    )
    text = text.replace('"Does it pay?"', f"'{HOSTILE}'") + 'money.currency = "EUR"\n'
    (folder / "shop.toml").write_text(text, encoding="utf-8")
    zerosum("compare", str(folder / "shop.toml"), "-q", "--out", str(folder / "results"))
    return folder / "results"


@pytest.fixture(scope="module")
def file(results: Path) -> Path:
    path = results.parent / "made" / "shop.xlsx"
    zerosum("export", str(results), "--xlsx", str(path))
    return path


@pytest.fixture(scope="module")
def book(file: Path) -> Any:
    return openpyxl.load_workbook(file)


def rows(sheet: Any, first: int = 1) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=first)]


def test_every_table_is_a_sheet_with_all_its_numbers(results: Path, book: Any) -> None:
    assert book.sheetnames == SHEETS  # nothing is uncertain, so there are no assumptions
    for name in SHEETS[3:-1]:
        head, *values = rows(book[name])
        assert head == [column.name for column in TABLES[name].columns]
        stored = pd.read_parquet(results / f"{name}.parquet")
        found = pd.DataFrame(values, columns=head)
        assert len(found) == len(stored) > 0, name
        for column in TABLES[name].columns:
            if column.kind == "text":
                assert found[column.name].fillna("").tolist() == stored[column.name].tolist()
            else:
                numbers = found[column.name].astype(float).to_numpy()
                assert numbers == pytest.approx(
                    stored[column.name].astype(float).to_numpy(), rel=1e-14, nan_ok=True
                )


def test_nothing_is_a_formula(book: Any) -> None:
    assert book["summary"]["A1"].value == HOSTILE
    assert book["summary"]["A1"].data_type == "s"
    for sheet in book:
        assert not [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        assert not [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.hyperlink]


@pytest.mark.uncompiled
@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "<r><t>bold</t></r>", "a\x01b", "é" * 40_000, "😀" * 20_000],
)
def test_text_is_text_and_fits_a_cell(text: str, tmp_path: Path) -> None:
    made = Book(tmp_path / "a.xlsx", "", "title", {})
    write_text(made.add("one"), 0, 0, text)
    made.close()
    cell = openpyxl.load_workbook(tmp_path / "a.xlsx")["one"]["A1"]
    assert cell.data_type == "s"
    if len(text) < LONG // 2:
        assert openpyxl.utils.escape.unescape(cell.value).strip() == text.strip()
    else:
        assert cell.value == clean(text)
        assert len(cell.value) == LONG // 2 + 1


def test_headings_say_unit_and_meaning_and_stay_in_sight(book: Any) -> None:
    for name in SHEETS[3:-1]:
        sheet = book[name]
        for cell, column in zip(sheet[1], TABLES[name].columns, strict=True):
            assert cell.comment is not None
            assert column.meaning in cell.comment.text
        assert sheet.freeze_panes is not None
        assert sheet.auto_filter.ref.startswith("A1:")
    heads = {cell.value: cell.comment.text for cell in book["runs"][1]}
    assert heads["cost"].startswith("EUR a year\n")
    assert heads["revenue_per_selling_hour"].startswith("EUR an hour\n")
    assert heads["win_rate"].startswith("share (shown in %)\n")
    listed = {(row[0], row[1]): row[2:] for row in rows(book["columns"], 2)}
    assert listed["runs", "cost"][0] == "EUR a year"
    assert len(listed) == sum(len(table.columns) for table in TABLES.values())


@pytest.mark.uncompiled
@pytest.mark.parametrize(
    ("unit", "difference", "expected"),
    [
        ("money/year", False, '#,##0 "EUR"'),
        ("money", True, '+#,##0 "EUR";-#,##0 "EUR";#,##0 "EUR"'),
        ("money/hour", False, '#,##0.00 "EUR"'),
        ("share", True, "+0.0%;-0.0%;0.0%"),
        ("share/year", False, "0.0%"),
        ("ratio", False, "0.00"),
        ("deals", False, "#,##0"),
        ("weeks", False, "#,##0.00"),
        ("months", False, "0.0"),
    ],
)
def test_numbers_are_in_their_unit(unit: str, difference: bool, expected: str) -> None:
    assert number_format(unit, "EUR", difference) == expected
    assert number_format("money", "$", difference=True) == '+"$"#,##0;-"$"#,##0;"$"#,##0'
    assert number_format("money", "") == "#,##0"


def test_the_summary_has_what_each_strategy_brings(results: Path, book: Any) -> None:
    sheet, (comparison, _, _) = book["summary"], restore(results)
    found = rows(sheet)
    tops = [i for i, row in enumerate(found) if row[0] == "strategy" and row[1] == "net gain a year"]
    values = value_table(comparison).set_index(["adopters", "strategy"])
    for top, adopters in zip(tops, ("focal", "all"), strict=True):
        expected = values.loc[(adopters, "selling")]
        head, row = found[top], found[top + 1]
        shown = dict(zip(head[:12], row[:12], strict=True))
        assert row[0] == "selling"
        assert shown["net gain a year"] == pytest.approx(expected["net"])
        assert row[2:4] == pytest.approx([expected["net_low"], expected["net_high"]])
        assert shown["cost a year"] == pytest.approx(expected["cost"])
    head, row = found[tops[0]], found[tops[0] + 1]
    assert row[head.index("net gain if all adopt")] == pytest.approx(values.loc[("all", "selling"), "net"])
    net = sheet.cell(tops[0] + 2, 2)
    assert net.number_format == '+#,##0 "EUR";-#,##0 "EUR";#,##0 "EUR"'
    assert "less the baseline's" in sheet.cell(tops[0] + 1, 2).comment.text


def test_charts_have_error_bars_of_the_ranges_length(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def askew(comparison: Any) -> pd.DataFrame:
        """Ranges that aren't symmetric, so that no end can stand for the other."""
        found = value_table(comparison)
        return found.assign(net_high=found["net_high"] + 1e6, if_copied_high=found["if_copied_high"] + 2e6)

    monkeypatch.setattr("zerosum.studies.compare.value_table", askew)
    file = tmp_path / "askew.xlsx"
    zerosum("export", str(results), "--xlsx", str(file))
    book = openpyxl.load_workbook(file)
    charts = book["summary"]._charts
    assert len(charts) == 1  # nobody has a quota without a warm-up
    with zipfile.ZipFile(file) as archive:
        (drawn,) = (archive.read(name).decode() for name in archive.namelist() if "charts/chart" in name)
    found = rows(book["summary"])
    for bars, name in zip(re.findall("<c:errBars>.*?</c:errBars>", drawn), ("net", "if_copied"), strict=True):
        for side, end in (("plus", "high"), ("minus", "low")):
            (reference,) = re.findall(rf"<c:{side}>.*?<c:f>summary!\$(\w+)\$(\d+):", bars)
            length = book["summary"][f"{reference[0]}{reference[1]}"].value
            top = int(reference[1]) - 1
            at = found[top - 1].index("net gain a year" if name == "net" else "net gain if all adopt")
            mean, low, high = found[top][at : at + 3]
            assert length == pytest.approx(high - mean if end == "high" else mean - low, abs=1e-6)


def test_same_results_same_bytes(results: Path, file: Path, tmp_path: Path) -> None:
    zerosum("export", str(results), "--xlsx", str(tmp_path / "again.xlsx"))
    assert (tmp_path / "again.xlsx").read_bytes() == file.read_bytes()


def test_long_tables_hold_whole_runs_and_a_line_says_so(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weeks = 8 * 2 * 2  # of a run, two strategies, two choices of adopters
    monkeypatch.setattr("zerosum.report.workbook.QUICK", 2 * weeks + 5)
    path = tmp_path / "short.xlsx"
    said = zerosum("export", str(results), "--xlsx", str(path)).stdout
    line = f"Sheet 'weekly' holds the first 2 simulated runs of 3: {2 * weeks} of {3 * weeks} rows."
    assert f"{line} --all-rows writes all." in " ".join(said.split())
    made = openpyxl.load_workbook(path)
    assert {row[2] for row in rows(made["weekly"], 2)} == {0, 1}
    assert made["weekly"].max_row == 1 + 2 * weeks
    assert line in [row[0] for row in rows(made["summary"])]
    whole = zerosum("export", str(results), "--xlsx", str(path), "--all-rows").stdout
    assert "holds" not in whole
    monkeypatch.setattr(book_module, "MOST_ROWS", weeks - 1)  # not even one run fits
    said = zerosum("export", str(results), "--xlsx", str(path), "--all-rows").stdout
    assert "Sheet 'weekly' holds none of 3" in said
    assert MOST_ROWS == 2**20 - 1


def test_it_is_written_whole_or_not_at_all(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "shop.xlsx"
    zerosum("export", str(results), "--xlsx", str(path))
    before = path.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(book_module, "_write_columns", full)
    said = zerosum("export", str(results), "--xlsx", str(path), code=1).stderr
    assert "No space left on device" in said
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "--xlsx"),
        (("--xlsx", ""), "name a file"),
        (("--xlsx", "."), "this is a folder"),
        (("--xlsx", "shop.xls"), "spreadsheets open files that end with .xlsx"),
        (("--xlsx", "theirs.xlsx"), "not from 'zerosum export --xlsx'"),
        (("--xlsx", "a.xlsx", "--metric", "win_rat"), "win_rate"),
        (("--csv", ""), "name a folder"),
        (("--csv", "theirs.xlsx"), "this is a file"),
        (("--csv", "tables", "--xlsx", "theirs.xlsx"), "not from 'zerosum export --xlsx'"),
        (("--csv", "tables", "--all-rows"), "--all-rows is for --xlsx"),
        (("--csv", "tables", "--metric", "win_rate"), "--metric win_rate is for --xlsx"),
    ],
)
def test_faults_are_plain(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("theirs.xlsx").write_bytes(b"PK\x03\x04 not a workbook of ours")
    assert expected in " ".join(zerosum("export", str(results), *words, code=2).stderr.split())
    assert [path.name for path in tmp_path.iterdir()] == ["theirs.xlsx"]


def test_a_workbook_among_results_goes_with_them(results: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    shutil.copytree(results, folder)
    zerosum("export", str(folder), "--xlsx", str(folder / "shop.xlsx"))
    assert "as they were written" in zerosum("results", "verify", str(folder), "--rerun", "0").stdout
    again = zerosum(
        "compare", str(results.parent / "shop.toml"), "-n", "2", "--out", str(folder), "-q"
    ).stderr
    assert "shop.xlsx" in again
    assert "export" in again
    assert not (folder / "shop.xlsx").exists()


def test_csv_has_the_differences(results: Path, tmp_path: Path) -> None:
    zerosum("export", str(results), "--csv", str(tmp_path / "tables"))
    assert (tmp_path / "tables" / "differences.csv").read_bytes() == (
        results / "differences.csv"
    ).read_bytes()


def test_an_unfinished_comparison_is_exit_code_1(results: Path, tmp_path: Path) -> None:
    shutil.copytree(results, tmp_path / "half")
    (tmp_path / "half" / "manifest.json").unlink()
    for way in ("--csv", "--charts"):
        said = zerosum("export", str(tmp_path / "half"), way, str(tmp_path / "made"), code=1).stderr
        assert "not finished; run it again" in said
    assert not (tmp_path / "made").exists()
