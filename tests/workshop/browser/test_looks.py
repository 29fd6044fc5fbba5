"""Nothing is clipped, covered or too small to read, and axe-core finds no serious fault."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.workshop.browser.conftest import SIZES, Opened

SEEN = 18.0
"""Pixels that the back row can read at 1280x720."""


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def scenes(page: Page) -> list[tuple[str, ...]]:
    """Keys that lead from one thing worth a look to the next."""
    return [
        (),
        ("ArrowRight",) * 14,
        ("End",),
        ("t",),
        ("t", "v", "a", "b"),
        ("Enter", "End"),
        ("?",),
        ("Escape", "n"),
        ("Escape", "h"),
    ]


@pytest.mark.parametrize("size", SIZES)
def test_every_scene_fits_and_is_read_by_all(opened: Opened, size: str) -> None:
    page = opened(size=SIZES[size])
    for keys in scenes(page):
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_timeout(150)
        assert page.evaluate("crowded()") == [], keys
        assert page.evaluate("covered()") == [], keys
        if size == "small projector":
            assert page.evaluate("tiny", SEEN) == [], keys
        if size != "phone":
            assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight"), keys
        if size != "projector":  # which differs from the small one in nothing but scale
            assert serious(page) == [], keys


@pytest.mark.parametrize(
    "size",
    # The projector differs from the small one in nothing but scale.
    [pytest.param(size, marks=pytest.mark.slow) if size == "projector" else size for size in SIZES],
)
def test_lessons_fit(opened: Opened, size: str) -> None:
    page = opened(size=SIZES[size])
    names = [
        lesson["name"] for lesson in page.evaluate("fetch('/api/setup').then(it => it.json())")["lessons"]
    ]
    assert len(names) >= 4
    for number, _ in enumerate(names):
        page.keyboard.press("n")
        page.locator(".lessons button").nth(number).click()
        page.wait_for_selector("#lesson:not([hidden])")
        while page.locator("#lesson").is_visible():
            page.wait_for_timeout(60)
            where = page.inner_text("#lesson-step")
            assert page.evaluate("[...crowded(), ...covered()]") == [], where
            if page.locator("#vote-dialog").is_visible():
                for key in ("a", "a", "b", "Escape"):
                    page.keyboard.press(key)
            page.keyboard.press("End")
            # Bets, who called it, and what a year is worth: the board is fullest now.
            assert page.evaluate("[...crowded(), ...covered()]") == [], f"{where}, at the year's end"
            page.keyboard.press("PageDown")


def test_papers_fit_on_one_sheet(opened: Opened, server: str) -> None:
    page = opened()
    lessons = page.evaluate("fetch('/api/setup').then(it => it.json())")["lessons"]
    for lesson in lessons:
        for kind in ("notes", "handout"):
            page.goto(f"{server}{kind}/{lesson['name']}")
            page.wait_for_selector("h1")
            assert serious(page) == []
            for paper in ("A4", "Letter"):
                printed = page.pdf(format=paper, prefer_css_page_size=False)
                assert printed.startswith(b"%PDF")
                if kind == "handout":
                    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") <= 1, (
                        lesson["name"],
                        paper,
                    )
