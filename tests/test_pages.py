"""Pages hold what commands write: it is up to date, and only what stands between the marks is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.tools import first_screen, map_page, whatif_page
from docs.tools.__main__ import texts
from docs.tools.blocks import put, write_or_check
from docs.tools.scenario_reference import model_with_all_keys
from zerosum.scenario import load_scenario

pytestmark = pytest.mark.uncompiled


def test_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    """Every key, every column of results, every default with what it rests on."""
    write_or_check(texts(), ["--check"], "python -m docs.tools")
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_the_first_screen_is_what_compare_prints() -> None:
    assert write_or_check(first_screen.texts(), ["--check"], first_screen.COMMAND) == 0


@pytest.mark.slow
def test_the_examples_of_what_ifs_are_what_the_command_says() -> None:
    assert write_or_check(whatif_page.texts(), ["--check"], whatif_page.COMMAND) == 0


@pytest.mark.slow
def test_the_example_of_a_map_is_what_the_command_says() -> None:
    assert write_or_check(map_page.texts(), ["--check"], map_page.COMMAND) == 0


def test_the_first_screen_on_pages_has_every_strategy() -> None:
    for path in first_screen.PAGES:
        page = path.read_text(encoding="utf-8")
        block = page.split("<!-- screen: ")[1].split("<!-- end of the screen -->")[0]
        baseline, *others = load_scenario("kickoff").compared_names
        assert f"Compared with '{baseline}'" in block
        assert all(re.search(rf"^{name} +[+-]", block, flags=re.MULTILINE) for name in others)


def test_a_block_is_put_between_its_marks_and_nowhere_else() -> None:
    begin, end = "<!-- keys: written by python -m docs.tools -->\n", "<!-- end of the keys -->\n"
    page = f"before\n{begin}\nyesterday\n{end}after\n"
    assert put(page, "keys", "today") == page.replace("yesterday", "today")
    for without in ("no marks", begin, f"{end}{begin}"):
        with pytest.raises(ValueError, match="the page lacks the lines"):
            put(without, "keys", "today")


def test_a_new_key_gets_a_row_below_its_table() -> None:
    row = "| `push.weeks` | |"
    rows = model_with_all_keys(f"before\n| `push.below` | |\n{row}\nafter\n").splitlines()
    assert rows[2] == row
    assert "| `push.discount` | | Discount on decisions within the window |" in rows[3:-1]


def test_only_what_is_stale_is_written_and_a_check_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stale, fresh, new = (tmp_path / name for name in ("stale.md", "fresh.md", "new.md"))
    for page in (stale, fresh):
        page.write_text("old", encoding="utf-8")
    wanted = {stale: "now", fresh: "old", new: "now"}
    assert write_or_check(wanted, ["--check"], "make it") == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{page} is out of date: run make it" for page in (stale, new)
    ]
    assert (stale.read_text(encoding="utf-8"), new.exists()) == ("old", False)
    assert write_or_check(wanted, [], "make it") == 0
    assert write_or_check(wanted, ["--check"], "make it") == 0
