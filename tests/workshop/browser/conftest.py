"""The page as a room has it: in a browser that notes what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route

LOOKS = Path(__file__).with_name("looks.js").read_text(encoding="utf-8")
"""Functions that look at the page from within."""
SIZES = {"small projector": (1280, 720), "projector": (1920, 1080), "phone": (390, 844)}

Opened = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, server: str) -> Iterator[Opened]:
    """Open the page, as often as asked; no page may complain, or ask anybody but its own server."""
    contexts: list[BrowserContext] = []
    amiss: list[str] = []

    def visit(
        after: str = "",
        size: tuple[int, int] = (1280, 720),
        year: Callable[[Route, Request], None] | None = None,
        complains: str = "",
        routes: Mapping[str, Callable[[Route], None]] | None = None,
        **options: Any,
    ) -> Page:
        """``complains``: what the page may say, because the test makes it; ``routes``: who answers instead."""
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        contexts.append(context)
        page = context.new_page()
        watch(page, server, amiss, complains)
        if year:
            page.route("**/api/year", year)
        for where, route in (routes or {}).items():
            page.route(where, route)
        page.goto(server + after)
        page.evaluate(f"() => {{ {LOOKS} }}")
        shown(page)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert amiss == []


def watch(page: Page, allowed: str, amiss: list[str], complains: str = "") -> None:
    """Note every complaint, and every request that goes elsewhere."""

    def asked(url: str) -> None:
        if not url.startswith((allowed, "data:", "blob:")):
            amiss.append(f"asked {url}")

    def said(text: str) -> None:
        if not complains or complains not in text:
            amiss.append(f"said {text}")

    page.on("request", lambda request: asked(request.url))
    page.on("console", lambda message: said(message.text))
    page.on("pageerror", lambda error: amiss.append(f"failed {error}"))


def shown(page: Page) -> None:
    """Wait for the first year to be on the stage."""
    page.wait_for_selector("#stage[data-state]")


def settled(page: Page) -> None:
    """Wait until no sign is alive, and nothing of the page is asked for."""
    page.wait_for_timeout(900)
