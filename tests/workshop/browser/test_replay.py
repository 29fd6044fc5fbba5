"""The replay: one file, opened from a disk with the network cut."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect

from tests.workshop.browser.conftest import LOOKS, shown, watch
from zerosum.cli import main


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replay")
    run("compare", "workshop", "-n", "3", "--out", folder / "results", "--quiet")
    run("replay", folder / "results", "--out", folder / "room.html")
    run("replay", folder / "results", "--out", folder / "lesson.html", "--lesson", "red-queen")
    return folder / "room.html"


def run(*words: str | Path) -> None:
    found = CliRunner().invoke(main, [str(word) for word in words])
    assert found.exit_code == 0, found.output


@contextmanager
def opened_offline(browser: Browser, file: Path) -> Iterator[Page]:
    amiss: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    found = context.new_page()
    watch(found, file.as_uri(), amiss)
    found.goto(file.as_uri())
    found.evaluate(f"() => {{ {LOOKS} }}")
    shown(found)
    yield found
    context.close()
    assert amiss == []


@pytest.fixture
def page(browser: Browser, replay: Path) -> Iterator[Page]:
    with opened_offline(browser, replay) as found:
        yield found


def test_a_year_is_bet_on_and_played(page: Page) -> None:
    for key in ("v", "a", "b", "b", "Escape", "End"):
        page.keyboard.press(key)
    expect(page.locator("#week-number")).to_have_text("52")
    assert page.inner_text(".called")
    assert page.evaluate("crowded()") == []
    assert page.evaluate("covered()") == []


def test_another_year_is_among_those_kept(page: Page) -> None:
    seen = set()
    for _ in range(3):
        page.keyboard.press("End")
        page.wait_for_timeout(100)
        seen.add(page.inner_text("#stage"))
        page.keyboard.press("y")
        page.wait_for_timeout(100)
    assert len(seen) == 3


def test_what_needs_an_engine_is_closed_and_says_why(page: Page) -> None:
    for name in ("what-if", "equal", "link", "save"):
        expect(page.locator(f"#{name}")).to_be_disabled()
        assert "zerosum play" in str(page.get_attribute(f"#{name}", "title"))
    before = page.get_attribute("#stage", "data-state")
    for key in ("t", "e", "l", "s"):
        page.keyboard.press(key)
    assert page.get_attribute("#stage", "data-state") == before
    expect(page.locator("#question")).to_contain_text("replay")


def test_a_reload_goes_on_where_it_stood(browser: Browser, replay: Path) -> None:
    with opened_offline(browser, replay.with_name("lesson.html")) as page:
        for key in ("PageDown", "a", "b", "b"):
            page.keyboard.press(key)
        page.reload()
        expect(page.locator("#lesson-step")).to_contain_text("step 2 of")
        expect(page.locator("#vote-dialog .number")).to_have_text(["1", "2"])
        page.keyboard.press("Escape")
        expect(page.locator("#vote-dialog")).to_be_hidden()
        page.keyboard.press("End")
        expect(page.locator("#week-number")).to_have_text("52")
        page.go_back()
        expect(page.locator("#notice")).to_contain_text("Once more Back leaves")
        page.reload()
        expect(page.locator("#week-number")).to_have_text("52")


def test_a_lesson_is_given_without_an_engine(browser: Browser, replay: Path) -> None:
    with opened_offline(browser, replay.with_name("lesson.html")) as page:
        expect(page.locator("#lesson")).to_be_visible()
        expect(page.locator("#lesson-notes")).to_be_hidden()
        adopters = set()
        while page.locator("#lesson").is_visible():
            adopters.add("all" in str(page.get_attribute("#stage", "data-state")))
            if page.locator("#vote-dialog").is_visible():
                page.keyboard.press("Escape")
            page.keyboard.press("PageDown")
            page.wait_for_timeout(100)
        assert adopters == {True, False}
        assert page.locator("#notice").inner_text() == ""
        page.keyboard.press("m")
        expect(page.locator("#many-dialog .said")).not_to_be_empty()
