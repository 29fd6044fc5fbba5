"""The page in a browser: nothing is asked of a network, clipped, covered, pale, or folded away on paper."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.report_html.conftest import Made
from tests.report_html.test_page import Tree

LOOKS = Path(__file__).with_name("looks.js").read_text(encoding="utf-8")
"""Functions that look at the page from within."""
WIDTHS = (1280, 1000, 768, 390, 360)
PAPER, HIGH = {"A4": 695, "Letter": 717}, {"A4": 1020, "Letter": 953}
"""Pixels between the margins: width, height."""
OPEN_ALL, FOLD_ALL = (
    f"document.querySelectorAll('details').forEach(one => {{ one.open = {so}; }})" for so in ("true", "false")
)
LONGEST = 12_000
"""Pixels of a page on a phone, as it opens."""
MOST_SHEETS = 12
"""Of six strategies."""
WIDE = "'DejaVu Sans', Verdana, sans-serif"
"""A font that runs wide: other fonts leave more room."""


Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[Opened]:
    """Open a page, or go back to one that is open already, folded as it was written: loading is what takes long."""
    pages: dict[tuple[Path, str], Page] = {}

    def at(path: Path, width: int = 1280, scheme: Any = "light", media: Any = "screen") -> Page:
        if (path, scheme) not in pages:
            page = pages[path, scheme] = browser.new_page(color_scheme=scheme)
            page.goto(path.as_uri())
            page.evaluate(LOOKS)
        page = pages[path, scheme]
        page.evaluate(FOLD_ALL)
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(media=media, color_scheme=scheme)
        return page

    yield at
    for page in pages.values():
        page.close()


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


@pytest.mark.parametrize("which", ["awkward", "mapped"])
def test_nothing_is_wider_than_the_screen(opened: Opened, request: pytest.FixtureRequest, which: str) -> None:
    for width in WIDTHS:
        page = opened(request.getfixturevalue(which).page, width)
        page.evaluate(OPEN_ALL)
        assert page.evaluate("crowded()") == [], width


def test_no_words_of_a_figure_are_clipped_or_covered(opened: Opened, made: Made) -> None:
    for width in (1280, 390, 360):
        page = opened(made.page, width)
        page.evaluate(OPEN_ALL)
        for font in (WIDE, "inherit"):
            assert page.evaluate("font => colliding(font)", font) == []


@pytest.mark.parametrize("which", ["awkward", "six"])
def test_a_phone_shows_the_answer_and_unfolds_the_rest(
    opened: Opened, request: pytest.FixtureRequest, which: str
) -> None:
    made = request.getfixturevalue(which)
    page, sections = opened(made.page, 390), "document.querySelectorAll('.folded')"
    seen = f"[...{sections}].filter(one => one.offsetHeight > 5).length"
    written = page.evaluate(f"{sections}.length")
    assert page.evaluate("document.documentElement.scrollHeight") < LONGEST
    assert written == made.text.count("<section id=") - 1 > 5
    assert page.evaluate(seen) == 0
    page.focus(".fold summary")
    page.keyboard.press("Enter")
    assert page.evaluate(seen) == 1
    assert page.evaluate("document.activeElement.innerText") == "Hide"
    page.keyboard.press("Enter")
    assert page.evaluate(seen) == 0
    # A link to a section, as in the contents, unfolds it.
    page.evaluate("location.hash = '#words'")
    assert page.evaluate("document.querySelector('#words .folded').offsetHeight") > 5
    page.evaluate("location.hash = ''")
    # Wide screens and paper have all of it.
    for there in (opened(made.page), opened(made.page, PAPER["A4"], media="print")):
        assert there.evaluate(seen) == written
        assert there.evaluate("[...document.querySelectorAll('.fold')].every(one => !one.offsetHeight)")


def test_without_scripts_it_is_the_same(browser: Browser, plain: Made) -> None:
    looks = []
    for allowed in (True, False):
        context = browser.new_context(java_script_enabled=allowed, viewport={"width": 900, "height": 900})
        page = context.new_page()
        page.goto(plain.page.as_uri())
        looks.append(page.screenshot(full_page=True))
        context.close()
    assert looks[0] == looks[1]


def test_paper_shows_what_is_open(opened: Opened, made: Made) -> None:
    page = opened(made.page)
    assert page.evaluate("folded()") > 1
    page.evaluate("document.querySelector('details:not(.fold)').open = true")
    page.emulate_media(media="print")
    shown = "[...document.querySelectorAll('details')].map(one => one.getBoundingClientRect().height > 5)"
    assert page.evaluate(shown).count(True) == 1
    page.evaluate(OPEN_ALL)
    page.wait_for_function("folded() === 0")


@pytest.mark.parametrize("paper", PAPER)
@pytest.mark.parametrize("which", ["six", "awkward"])
def test_fits_on_paper(opened: Opened, request: pytest.FixtureRequest, which: str, paper: str) -> None:
    page = opened(request.getfixturevalue(which).page, PAPER[paper], media="print")
    assert page.evaluate("document.querySelector('.sheet').offsetHeight") < HIGH[paper]
    assert page.evaluate("crowded()") == []
    # A figure's panel is lower than a sheet, so it need not be cut.
    tallest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('.panel')].map(one => one.offsetHeight))"
    )
    assert tallest < 900
    if which == "six":
        printed = page.pdf(format=paper)
        assert 4 < len(re.findall(rb"/Type\s*/Page\b", printed)) <= MOST_SHEETS
        assert len(printed) < 3_000_000


@pytest.mark.parametrize("which", ["awkward", "mapped"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(
    opened: Opened, request: pytest.FixtureRequest, which: str, scheme: Any
) -> None:
    page = opened(request.getfixturevalue(which).page, scheme=scheme)
    page.evaluate(OPEN_ALL)
    # All of it at once: what is behind words is known only for what is on the screen.
    page.set_viewport_size({"width": 1280, "height": page.evaluate("document.documentElement.scrollHeight")})
    assert page.evaluate("pale()") == []


def test_a_browser_reads_it_as_it_was_written(opened: Opened, made: Made) -> None:
    """A parser mends what is nested as it must not be; here it finds nothing to mend."""
    written = [[tag, depth] for tag, depth, _ in Tree(made.text).elements]
    assert opened(made.page).evaluate("elements()") == written


def test_a_keyboard_reaches_what_is_folded(browser: Browser, plain: Made) -> None:
    page = browser.new_page()
    page.goto(plain.page.as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus("details:not(.fold) summary")
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('details:not(.fold)').open")
    page.close()


def test_axe_finds_no_fault(opened: Opened, plain: Made) -> None:
    for width, scheme in ((1280, "dark"), (390, "light")):
        found = Axe().run(opened(plain.page, width, scheme))
        assert [one["id"] for one in found.response["violations"]] == []
