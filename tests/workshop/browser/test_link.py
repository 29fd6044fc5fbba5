"""The address holds all settings, and nothing that it can't read is passed over in silence."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.workshop.browser.conftest import Opened


def address(page: Page) -> str:
    """The part after "#", once it is written."""
    page.wait_for_timeout(500)
    return str(page.evaluate("location.hash"))


def test_a_link_brings_back_every_setting(opened: Opened) -> None:
    page = opened()
    page.keyboard.press("t")
    for one in (".left .slider input", "#tune-shared .slider input"):
        page.locator(one).first.press("ArrowRight")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    for key in ("e", "y"):
        page.keyboard.press(key)
    expect(page.locator("#stage")).to_have_attribute("data-state", re.compile("1,true"))
    said = address(page)
    state = page.get_attribute("#stage", "data-state")
    other = opened(said)
    assert other.get_attribute("#stage", "data-state") == state
    assert address(other) == said
    for word in ("A=", "A.", "B=", "adopters=", "year=1", "equal=1"):
        assert word in said
    assert "%7B" not in said


def test_undoing_leaves_nothing_changed(opened: Opened) -> None:
    page = opened()
    first = str(page.get_attribute("#stage", "data-state"))
    page.keyboard.press("t")
    page.locator(".left .slider input").first.press("ArrowRight")
    expect(page.locator("#stage")).not_to_have_attribute("data-state", first)
    page.click("#undo")
    expect(page.locator("#stage")).to_have_attribute("data-state", first)


def test_a_link_that_is_not_understood_is_told(opened: Opened) -> None:
    page = opened("#A=no-such-strategy&B.tools.dialler.boost=1e9&nonsense=1&adopters=focal")
    expect(page.locator("#notice")).to_contain_text("A=no-such-strategy")
    expect(page.locator("#notice")).to_contain_text("nonsense=1")
    assert "no-such-strategy" not in address(page)


def test_a_link_is_followed_in_an_open_page(opened: Opened) -> None:
    page = opened()
    page.evaluate("location.hash = 'A=usual&B=shots&adopters=focal&year=4'")
    expect(page.locator("#stage")).to_have_attribute("data-state", re.compile("usual"))
    assert page.locator(".left .strategy select").input_value() == "usual"
