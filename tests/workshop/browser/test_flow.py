"""Predict, bet, reveal: the whole of it by keyboard only."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.workshop.browser.conftest import Opened


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def fast(page: Page) -> None:
    """Play as fast as the page can: the choice of speed is reached by keyboard, too."""
    page.focus("#speed")
    press(page, "8")
    page.evaluate("document.activeElement.blur()")


def test_bet_pause_bet_again_and_be_told(opened: Opened) -> None:
    page = opened()
    fast(page)
    press(page, "v")
    dialog = page.locator("#vote-dialog")
    expect(dialog).to_be_visible()
    press(page, *"aaaa", "Shift+A", *"bb")
    expect(dialog.locator(".number")).to_have_text(["3", "2"])
    press(page, "Enter")
    expect(dialog).to_be_hidden()

    # It stops by itself, and asks again with what was bet before.
    expect(dialog).to_be_visible(timeout=5_000)
    expect(page.locator("#week-number")).to_have_text("12")
    expect(dialog.locator(".over")).to_have_text("Week 12: change your bet?")
    expect(dialog.locator(".number")).to_have_text(["3", "2"])
    assert page.locator(".called").count() == 0
    press(page, "b", "Enter")

    expect(page.locator("#week-number")).to_have_text("52", timeout=15_000)
    expect(page.locator("#play")).to_have_text("Play")
    called = page.inner_text(".called")
    assert re.match(r"[32] of 5 called it, [33] of 6 from week 12 on\.", called), called
    assert page.inner_text("#verdict").strip()
    # Who can't see it is told, too.
    assert page.inner_text("#verdict") in page.text_content("#said")


def test_nothing_is_bet_on_other_settings(opened: Opened) -> None:
    page = opened()
    press(page, "v", "a", "Escape", "e")
    expect(page.locator("#equal")).to_have_attribute("aria-pressed", "true")
    press(page, "End")
    assert page.locator(".called").count() == 0


def test_many_years(opened: Opened) -> None:
    page = opened()
    press(page, "m")
    expect(page.locator("#many-dialog .said")).not_to_be_empty(timeout=60_000)
    shares = [
        int(re.sub(r".*: ", "", text))
        for text in page.locator("#many-dialog .ends span").all_inner_texts()
        if text
    ]
    assert sum(shares) == 200
    press(page, "Enter")
    expect(page.locator("#many-dialog")).to_be_hidden()
    said = page.inner_text("#board .called")
    # Of other settings it would not be true.
    press(page, "e")
    expect(page.locator("#board")).not_to_contain_text(said)


def test_hidden_until_revealed(opened: Opened) -> None:
    page = opened()
    press(page, "h", "End")
    assert page.evaluate("results()") == []
    assert page.text_content("#said") == ""
    press(page, "h")
    expect(page.locator("#verdict")).to_be_visible()


def test_steps_back_and_forth_end_where_they_began(opened: Opened) -> None:
    page = opened()
    press(page, "ArrowRight", "ArrowRight", "ArrowRight")
    expect(page.locator("#week-number")).to_have_text("3")
    there = page.locator("#stage").inner_text()
    press(page, "End", *["ArrowLeft"] * 49)
    expect(page.locator("#week-number")).to_have_text("3")
    assert page.locator("#stage").inner_text() == there
    press(page, "Home")
    expect(page.locator("#week-number")).to_have_text("0")


def test_every_button_can_be_reached_and_seen(opened: Opened) -> None:
    page = opened()
    wanted = set(page.evaluate("controls()"))
    for _ in range(40):
        press(page, "Tab")
        name, outline = page.evaluate("focused()")
        assert outline != "none", name
        wanted.discard(name)
        if not wanted:
            break
    assert wanted == set()


def test_a_lesson_from_end_to_end(opened: Opened) -> None:
    page = opened()
    fast(page)
    press(page, "n", "Tab")
    page.locator(".lessons button").first.press("Enter")
    expect(page.locator("#lesson")).to_be_visible()
    steps = int(re.search(r"of (\d+)", page.inner_text("#lesson-step")).group(1))  # type: ignore[union-attr]
    seen = set()
    for _ in range(steps):
        seen.add(page.inner_text("#lesson-step"))
        if page.locator("#vote-dialog").is_visible():
            press(page, "a", "Escape")
        press(page, "PageDown")
    assert len(seen) == steps
    expect(page.locator("#lesson")).to_be_hidden()
    expect(page.locator("#headline")).to_be_visible()


PICTURES_BY_WEEK = """async () => {
    const seen = {}, until = performance.now() + 2500;
    while (performance.now() < until) {
        await new Promise(requestAnimationFrame);
        const week = document.querySelector("#week-number").innerText;
        (seen[week] ??= new Set()).add(document.querySelector(".left canvas").toDataURL());
    }
    return Object.entries(seen).map(([week, pictures]) => [week, pictures.size]);
}"""


def test_reduced_motion_moves_in_whole_weeks(opened: Opened) -> None:
    """The picture stands still until the next week is there."""
    page = opened(reduced_motion="reduce")
    press(page, " ")
    found = page.evaluate(PICTURES_BY_WEEK)
    assert len(found) >= 3
    assert [pictures for _, pictures in found] == [1] * len(found), found


def test_a_click_does_not_catch_the_next_key(opened: Opened) -> None:
    """Space plays, whatever was clicked before; it would press the button again."""
    page = opened()
    page.click("#what-if")
    press(page, " ")
    expect(page.locator("#play")).to_have_text("Pause")
    expect(page.locator("#what-if")).to_have_attribute("aria-pressed", "true")
