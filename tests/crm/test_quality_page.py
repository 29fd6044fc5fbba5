"""The data-quality page in a browser: readable for all, on a phone and in the dark, and it asks nobody for anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.crm.exports import REPS, deal, imported, write_csv, write_deals

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.uncompiled


def test_the_page_can_be_read_by_all(browser: Browser, tmp_path: Path) -> None:
    deals = [deal(n, Amount=("", "0", "tbd", "900")[n % 4]) for n in range(40)]
    reps = write_csv(tmp_path / "reps.csv", ["Rep", "Q1 2025"], [[one, "5000"] for one in REPS])
    imported(tmp_path, write_deals(tmp_path / "deals.csv", [*deals, deals[3]]), reps)
    page_file = (tmp_path / "team" / "quality.html").as_uri()
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
        page = context.new_page()
        asked = list[str]()
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(page_file)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert [one for one in asked if not one.startswith(("file:", "data:"))] == []
    narrow = browser.new_context(viewport={"width": 320, "height": 800}).new_page()
    narrow.goto(page_file)
    assert narrow.evaluate("document.documentElement.scrollWidth") <= 320
