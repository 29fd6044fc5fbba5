"""No future shown: two years that are the same until week 10 can't be told from each other in week 10.

The second is the engine's own year with everything after week 10 changed. Whatever leaked, in a pixel, a range,
a number or a word for screen readers, would differ.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, Route

from tests.workshop.browser.conftest import Opened, settled

NOW = 10


def other_future(year: dict[str, Any]) -> dict[str, Any]:
    """Change all that a year tells of later weeks."""
    for side in year["sides"]:
        side["changes"] = [change for change in side["changes"] if change[0] <= NOW]
        for team in side.get("teams") or [side]:
            team["share"][NOW + 1 :] = [0.97 for _ in team["share"][NOW + 1 :]]
            team["money"][NOW + 1 :] = [9e9 for _ in team["money"][NOW + 1 :]]
            for rep in team["reps"]:
                rep["money"][NOW + 1 :] = [rep["quota"] * 9 for _ in rep["money"][NOW + 1 :]]
    year["verdict"] = {
        "leader": "left",
        "by": 88.8,
        "by_money": 1,
        "words": "It ends.",
        "certainty": "Surely.",
    }
    return year


def look(page: Page, keys: tuple[str, ...]) -> tuple[list[str], str]:
    """Every pixel of the drawings, and all the rest of the page: screenshots differ by a shade from one to the next."""
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(40)
    settled(page)
    drawings = page.evaluate("[...document.querySelectorAll('canvas')].map(one => one.toDataURL())")
    assert len(drawings) == 3
    return drawings, page.evaluate("document.body.outerHTML")


def test_week_10_knows_nothing_of_what_comes(opened: Opened) -> None:
    """As it is, with a ghost, with sliders, and with bets."""

    def change(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=other_future(answer.json()))

    page, other = opened(), opened(year=change)
    there = ("ArrowRight",) * NOW
    for keys in (there, ("e",), ("e", "t", "e"), ("t", "e", "Home", "v", "a", "b", "Escape", *there)):
        drawings, text = look(page, keys)
        other_drawings, other_text = look(other, keys)
        assert other_text == text
        assert other_drawings == drawings


def test_the_ghost_stops_in_the_week_that_is_shown(opened: Opened) -> None:
    """The line before the change is drawn, but no further than the year has come: further on the plot is empty."""
    page = opened()
    page.keyboard.press("End")
    page.keyboard.press("e")
    page.wait_for_timeout(300)
    for _ in range(42):
        page.keyboard.press("ArrowLeft")
    settled(page)
    # The letters that name the lines stand within six weeks of their ends.
    assert page.evaluate("inkAfter(16)") == 0
    assert page.evaluate("inkAfter(0)") > 100
