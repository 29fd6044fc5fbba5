"""The picture of the workshop's page in ``README.md``: ``python -m docs.tools.workshop_picture``, a minute.

It is a replay of the kick-off at the end of its weeks. It needs Chromium (``make chromium``).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from click.testing import CliRunner

from docs.tools.blocks import DOCS
from zerosum.cli import main

PICTURE = DOCS / "pictures" / "workshop.png"
WIDTH, HEIGHT = 1280, 800
DRAWN = 2_000
"""Milliseconds that the page gets to draw the last week."""


def make() -> Path:
    """Compare the kick-off, replay it, and take the picture.

    Raises
    ------
    RuntimeError
        if a command fails
    """
    from playwright.sync_api import sync_playwright

    from tests.chromium import OPTIONS, chromium

    with tempfile.TemporaryDirectory() as folder:
        results, page = f"{folder}/results", f"{folder}/room.html"
        for command in (
            ["compare", "kickoff", "-n", "2", "--adopters", "focal", "--out", results],
            ["replay", results, "--strategy", "admin-to-preparation", "--out", page],
        ):
            done = CliRunner().invoke(main, [*command, "--quiet"])
            if done.exit_code:
                raise RuntimeError(done.output)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=list(OPTIONS))
            tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            tab.goto(f"file://{page}")
            tab.keyboard.press("End")
            tab.wait_for_timeout(DRAWN)
            PICTURE.parent.mkdir(exist_ok=True)
            tab.screenshot(path=PICTURE)
            browser.close()
    return PICTURE


if __name__ == "__main__":
    print(make())
