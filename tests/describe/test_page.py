"""What is shown: the page, the screen, the command and the function."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner

import zerosum
from tests.describe.teams import make_deals
from tests.describe.test_whole import odd_teams
from tests.each import each
from zerosum.cli import main
from zerosum.crm.tables import TeamData, make_table, save_team
from zerosum.report.html.described import write_description
from zerosum.studies.describe import describe_team

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = '</style><script>document.title = "oh"</script>'


def rich_team() -> TeamData:
    """Return a team with all that a page shows, and a name that must be escaped."""
    quotas: dict[str, Any] = {
        "rep": [f"rep-{i:03d}" for i in range(12)] * 2,
        "period_start": ["2024-01-01"] * 12 + ["2024-07-01"] * 12,
        "period_end": ["2024-06-30"] * 12 + ["2024-12-31"] * 12,
        "quota": [60_000.0] * 24,
    }
    starts = [None] * 6 + ["2023-08-01"] * 6
    reps = make_table(
        "reps", {"rep": [f"rep-{i:03d}" for i in range(12)], "start": np.array(starts, "datetime64[D]")}
    )
    kinds = np.array(["new", "renewal"], object)[np.arange(600) % 2]
    segment = np.array([HOSTILE, "高橋", "small"], object)[np.arange(600) % 3]
    more = {
        "type": kinds,
        "segment": segment,
        "source_kind": ["outreach"] * 600,
        "competitor": ["rival-a"] * 600,
    }
    return make_deals(
        5,
        600,
        reps=12,
        win=np.linspace(0.1, 0.6, 12),
        quotas=make_table("quotas", quotas),
        reps_table=reps,
        **more,
    )


def folder_of(team: TeamData, where: Path) -> Path:
    save_team(where / "myteam", team)
    return where / "myteam"


def invoke(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, [str(word) for word in words])
    return done.exit_code, done.output


def test_the_page_has_every_part_and_escapes_names() -> None:
    page = write_description(describe_team(rich_team()))
    for part in ("reps", "quota", "groups", "cycle", "values", "months", "never", "every"):
        assert f'<section id="{part}"' in page
    assert "New reps" in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert page == write_description(describe_team(rich_team()))


@each("name", list(odd_teams()))
def test_pages_of_odd_teams_show_no_undefined_number(name: str) -> None:
    page = write_description(describe_team(odd_teams()[name])).lower()
    assert ">nan" not in page
    assert "nan %" not in page
    assert "inf %" not in page


def test_the_page_can_be_read_by_everybody_on_every_screen(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "describe.html"
    path.write_text(write_description(describe_team(rich_team())), encoding="utf-8")
    for width, scheme in ((1280, "light"), (390, "light"), (1280, "dark")):
        page = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))  # noqa: B023
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(path.as_uri())
        assert asked == [path.as_uri()]
        assert page.title() == "What your pipeline says"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        page.close()


def test_the_command_writes_both_files_and_says_what_it_found(tmp_path: Path) -> None:
    folder = folder_of(rich_team(), tmp_path)
    code, said = invoke("describe", folder)
    assert code == 0, said
    assert "REPS" in said and "differ by more than chance" in " ".join(said.split())  # noqa: PT018
    assert "zerosum describe" in said
    written = json.loads((folder / "describe.json").read_text(encoding="utf-8"))
    code, printed = invoke("describe", folder, "--json")
    assert (code, json.loads(printed)) == (0, written)
    assert (folder / "describe.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    before = (folder / "describe.html").read_bytes()
    assert invoke("describe", folder, "-q")[0] == 0
    assert (folder / "describe.html").read_bytes() == before


def test_a_folder_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    code, said = invoke("describe", tmp_path / "none")
    assert code == 2
    assert "there is no such folder" in " ".join(said.split())
    empty = folder_of(make_deals(1, 0), tmp_path)
    code, said = invoke("describe", empty)
    assert code == 2
    assert "there are no deals" in " ".join(said.split())
    assert not (empty / "describe.json").exists()


def test_the_function_gives_the_same_figures(tmp_path: Path) -> None:
    folder = folder_of(rich_team(), tmp_path)
    found = zerosum.describe(folder)
    assert invoke("describe", folder)[0] == 0
    written = json.loads((folder / "describe.json").read_text(encoding="utf-8"))
    table = found.figures.set_index("name")
    for one in written["figures"]:
        value = table.loc[one["name"], "value"]
        assert value == one["value"] or (np.isnan(value) and one["value"] is None)
    assert found.reps is not None
    assert set(found.reps["rep"]) == {row["rep"] for row in written["reps"]["rows"]}
    assert "<svg" in found._repr_html_() or "<table" in found._repr_html_()
    with pytest.raises(zerosum.InputError):
        zerosum.describe(tmp_path / "none")
