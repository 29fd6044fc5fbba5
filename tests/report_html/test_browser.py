"""The page in a browser: nothing is asked of a network, clipped, covered, pale, or folded away on paper."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.report_html.conftest import Made
from tests.report_html.test_page import Tree

LOOKS = Path(__file__).with_name("looks.js").read_text(encoding="utf-8")
"""Functions that look at the page from within."""
WIDTHS = (1280, 1000, 768, 390, 360)
PAPER, HIGH = {"A4": 695, "Letter": 717}, {"A4": 1020, "Letter": 953}
"""Pixels between the margins: width, height."""
OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
MOST_SHEETS = 12
"""Of six strategies."""
WIDE = "'DejaVu Sans', Verdana, sans-serif"
"""A font that runs wide: other fonts leave more room."""


def at(browser: Browser, page: Path, width: int = 1280, height: int = 900, **options: Any) -> Page:
    found = browser.new_page(viewport={"width": width, "height": height}, **options)
    found.goto(page.as_uri())
    found.evaluate(LOOKS)
    return found


@pytest.fixture(params=["awkward", "plain", "mapped"])
def made(request: pytest.FixtureRequest) -> Made:
    found: Made = request.getfixturevalue(request.param)
    return found


def test_asks_for_nothing_and_complains_of_nothing(browser: Browser, made: Made) -> None:
    page = browser.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(made.page.as_uri(), wait_until="networkidle")
    assert asked == [made.page.as_uri()]
    assert said == []
    assert page.title() != "oh"
    page.close()


INJECTED = {
    "a script": "const it = document.createElement('script'); it.textContent = CODE; document.body.append(it);",
    "a handler": "document.querySelector('h1').setAttribute('onclick', CODE); document.querySelector('h1').click();",
    "an address": "const it = document.createElement('a'); it.href = `javascript:${CODE}`; "
    "document.body.append(it); it.click();",
}


@pytest.mark.parametrize("how", INJECTED)
def test_what_is_injected_does_not_run(browser: Browser, plain: Made, how: str) -> None:
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(plain.page.as_uri())
    title = page.title()
    page.evaluate(f"() => {{ const CODE = 'document.title = \"oh\"'; {INJECTED[how]} }}")
    page.wait_for_timeout(50)
    assert page.title() == title
    assert ["script-src 'none'" in one for one in said] == [True]
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("which", ["awkward", "mapped"])
def test_nothing_is_wider_than_the_screen(
    browser: Browser, request: pytest.FixtureRequest, which: str, width: int
) -> None:
    page = at(browser, request.getfixturevalue(which).page, width)
    page.evaluate(OPEN_ALL)
    assert page.evaluate("crowded()") == []
    page.close()


def test_no_words_of_a_figure_are_clipped_or_covered(browser: Browser, made: Made) -> None:
    page = at(browser, made.page)
    for width in (1280, 390, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for font in (WIDE, "inherit"):
            assert page.evaluate("font => colliding(font)", font) == []
    page.close()


def test_without_scripts_it_is_the_same(browser: Browser, plain: Made) -> None:
    looks = []
    for allowed in (True, False):
        context = browser.new_context(java_script_enabled=allowed, viewport={"width": 900, "height": 900})
        page = context.new_page()
        page.goto(plain.page.as_uri())
        looks.append(page.screenshot(full_page=True))
        context.close()
    assert looks[0] == looks[1]


def test_paper_shows_what_is_open(browser: Browser, made: Made) -> None:
    page = at(browser, made.page)
    assert page.evaluate("folded()") > 1
    page.evaluate("document.querySelector('details').open = true")
    page.emulate_media(media="print")
    shown = "[...document.querySelectorAll('details')].map(one => one.getBoundingClientRect().height > 5)"
    assert page.evaluate(shown).count(True) == 1
    page.evaluate(OPEN_ALL)
    page.wait_for_function("folded() === 0")
    page.close()


@pytest.mark.parametrize("paper", PAPER)
@pytest.mark.parametrize("which", ["six", "awkward"])
def test_the_answer_is_one_sheet(
    browser: Browser, request: pytest.FixtureRequest, which: str, paper: str
) -> None:
    page = at(browser, request.getfixturevalue(which).page, PAPER[paper])
    page.emulate_media(media="print")
    assert page.evaluate("document.querySelector('.sheet').offsetHeight") < HIGH[paper]
    if which == "six":
        printed = page.pdf(format=paper)
        assert 4 < len(re.findall(rb"/Type\s*/Page\b", printed)) <= MOST_SHEETS
    page.close()


@pytest.mark.parametrize("paper", PAPER)
def test_fits_on_paper(browser: Browser, awkward: Made, paper: str) -> None:
    page = at(browser, awkward.page, PAPER[paper])
    page.emulate_media(media="print")
    assert page.evaluate("crowded()") == []
    # A figure's panel is lower than a sheet, so it need not be cut.
    tallest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('.panel')].map(one => one.offsetHeight))"
    )
    assert tallest < 900
    printed = page.pdf(format=paper)
    assert printed.startswith(b"%PDF")
    assert len(printed) < 3_000_000
    page.close()


@pytest.mark.parametrize("which", ["awkward", "mapped"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(
    browser: Browser, request: pytest.FixtureRequest, which: str, scheme: Any
) -> None:
    page = at(browser, request.getfixturevalue(which).page, color_scheme=scheme)
    page.evaluate(OPEN_ALL)
    # All of it at once: what is behind words is known only for what is on the screen.
    page.set_viewport_size({"width": 1280, "height": page.evaluate("document.documentElement.scrollHeight")})
    assert page.evaluate("pale()") == []
    page.close()


def test_a_browser_reads_it_as_it_was_written(browser: Browser, made: Made) -> None:
    """A parser mends what is nested as it must not be; here it finds nothing to mend."""
    page = at(browser, made.page)
    written = [[tag, depth] for tag, depth, _ in Tree(made.text).elements]
    assert page.evaluate("elements()") == written
    page.close()


def test_a_keyboard_reaches_what_is_folded(browser: Browser, plain: Made) -> None:
    page = at(browser, plain.page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus("summary")
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('details').open")
    page.close()
