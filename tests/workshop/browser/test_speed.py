"""What a hand feels: the year follows a slider, and plays without stutter."""

from __future__ import annotations

import os

from playwright.sync_api import Page

from tests.workshop.browser.conftest import Opened

LATENCY_MS = 150.0
FRAMES = 50.0
PATIENT = 3.0 if os.environ.get("CI") == "true" else 1.0
"""A shared machine of a CI service is slower, and not by the same factor each day."""


def test_the_year_follows_a_slider(opened: Opened) -> None:
    """The best of three: whatever else the machine does meanwhile only adds to it."""
    page = opened()
    page.keyboard.press("End")
    page.keyboard.press("t")
    found = []
    for _ in range(3):
        times = sorted(moved(page))
        assert len(times) >= 30
        found.append(times[int(0.95 * len(times))])
        print(f"slider to frame: median {times[len(times) // 2]:.0f} ms, p95 {found[-1]:.0f} ms")
        if found[-1] < LATENCY_MS:
            break
    assert min(found) < LATENCY_MS * PATIENT


def moved(page: Page) -> list[float]:
    """Move a slider of each side; milliseconds from each movement to the frame that shows its year."""
    times: list[float] = []
    for side in ("left", "right"):
        one = page.locator(f".{side} .slider input").first.element_handle()
        low, high, step = (float(one.get_attribute(name) or 0) for name in ("min", "max", "step"))
        values = [low + step * (i % max(1, int((high - low) / step))) for i in range(1, 19)]
        times += page.evaluate("([range, values]) => slide(range, values)", [one, values])
    return times


def test_it_plays_without_stutter(opened: Opened) -> None:
    page = opened(size=(1920, 1080))
    page.keyboard.press(" ")
    frames = page.evaluate("framesPerSecond(3)")
    print(f"{frames:.1f} frames a second while playing at 1920x1080")
    assert frames * PATIENT >= FRAMES


def test_the_hand_is_followed_not_queued(opened: Opened) -> None:
    """A hundred movements at once ask for few years, and the last one is what stands there."""
    page = opened()
    page.keyboard.press("t")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    last = page.evaluate(
        """async () => {
            const range = document.querySelector('.side .slider input');
            for (let i = 0; i < 100; i++) {
                range.value = Number(range.min) + Number(range.step) * (i % 7);
                range.dispatchEvent(new Event('input', { bubbles: true }));
            }
            return Number(range.value);
        }"""
    )
    page.wait_for_timeout(1500)
    assert len(asked) <= 3
    assert f":{last}" in page.get_attribute("#stage", "data-state").replace(",", ":") or last == 0
