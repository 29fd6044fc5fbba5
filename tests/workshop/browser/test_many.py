"""Many years that come slowly, or not all: patience counts from the last line, and what has come is told."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.workshop.browser.conftest import Opened
from tests.workshop.browser.test_flow import press

PAGE = Path(__file__).parents[3] / "simulator" / "zerosum" / "workshop" / "page"
PATIENCE_MS = 400

SLOWLY = """
// Every 150 ms a line of 20 years, as far as `window.until`; then silence, an end, or a fault in words.
window.until = 120; window.then = "silence"; window.asked = [];
const real = window.fetch;
window.fetch = (path, options) => {
    if (path !== "/api/years") return real(path, options);
    const { n } = JSON.parse(options.body);
    window.asked.push(n);
    let done = window.come ?? 0;
    const line = (told) => new TextEncoder().encode(JSON.stringify(told) + "\\n");
    const stream = new ReadableStream({
        async start(to) {
            options.signal.addEventListener("abort", () => to.error(options.signal.reason));
            for (; done <= window.until; done += 20) {
                const ahead = { left: done / 2, right: done / 4, tied: done / 4 };
                const words = done ? `Shots ends ahead in ${done / 2} of ${done} years.` : undefined;
                to.enqueue(line({ done, n, ahead, words }));
                window.come = done;
                await new Promise((later) => setTimeout(later, 150));
            }
            if (window.then === "fault") to.enqueue(line({ error: "an engine ended over this question" }));
            if (window.then !== "silence" || done > n) to.close();
        },
    });
    return Promise.resolve(new Response(stream));
};
"""


def impatient(page: Page, then: str = "silence", until: int = 120) -> Page:
    """Open the dialog in a page whose server is slow, and sends no more than so many years."""
    page.evaluate(f"() => {{ {SLOWLY} window.then = '{then}'; window.until = {until}; }}")
    press(page, "m")
    return page


def hurry(route: Route) -> None:
    text = (PAGE / "live.js").read_text(encoding="utf-8")
    assert text.count("PATIENCE_MS = 30_000") == 1
    route.fulfill(
        body=text.replace("PATIENCE_MS = 30_000", f"PATIENCE_MS = {PATIENCE_MS}"),
        content_type="text/javascript",
    )


def test_what_has_come_is_told_and_the_rest_can_be_asked_for(opened: Opened) -> None:
    page = impatient(opened(routes={"**/static/live.js": hurry}))
    dialog = page.locator("#many-dialog")
    # The lines take 900 ms and more in all: longer than the patience, which begins anew with each.
    expect(dialog.locator(".problem")).to_have_text("120 of 200 years; the rest did not come in time.")
    expect(dialog.locator(".said")).to_have_text("Shots ends ahead in 60 of 120 years.")
    expect(dialog.locator("#many-title")).to_have_text("120 of 200 different years")
    page.evaluate("window.until = 200")
    # "Go on" has the focus; the years that had come are not asked for anew by the server, see test_shared_years.
    press(page, "Enter")
    expect(dialog.locator(".said")).to_have_text("Shots ends ahead in 100 of 200 years.")
    expect(dialog.locator(".problem")).to_have_count(0)
    assert page.evaluate("asked") == [200, 200]
    press(page, "Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#board .called")).to_have_text("Shots ends ahead in 100 of 200 years.")


def test_a_stop_or_a_fault_loses_nothing_that_has_come(opened: Opened) -> None:
    page = impatient(opened(), until=60)
    dialog = page.locator("#many-dialog")
    expect(dialog.locator("#many-title")).to_have_text("60 of 200 different years")
    press(page, "Enter")
    expect(dialog.locator(".problem")).to_have_text("60 of 200 years; stopped.")
    expect(dialog.locator(".said")).to_have_text("Shots ends ahead in 30 of 60 years.")
    press(page, "Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("#board .called")).to_have_text("Shots ends ahead in 30 of 60 years.")

    impatient(page, "fault")
    expect(dialog.locator(".problem")).to_have_text(
        "120 of 200 years; the rest did not come: an engine ended over this question"
    )
    expect(dialog.locator(".said")).to_have_text("Shots ends ahead in 60 of 120 years.")
    press(page, "Escape")
    expect(dialog).to_be_hidden()

    # Closed while they come, it is told on the board; and a reload keeps it.
    page.evaluate("window.come = 0")
    impatient(page, until=40)
    expect(dialog.locator("#many-title")).to_have_text("40 of 200 different years")
    press(page, "Escape")
    expect(page.locator("#board .called")).to_have_text("Shots ends ahead in 20 of 40 years.")
    page.reload()
    expect(page.locator("#board .called")).to_have_text("Shots ends ahead in 20 of 40 years.")


def test_a_connection_that_ends_is_told(opened: Opened) -> None:
    page = impatient(opened(), "end")
    expect(page.locator("#many-dialog .problem")).to_have_text(
        "120 of 200 years; the rest did not come: The connection to the engine is lost."
    )
