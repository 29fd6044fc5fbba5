"""SolaraViz around our model class: the page that a browser shows, its controls, and what it draws.

It needs the extra, which development doesn't: `make wheel-test` runs this file alone, in an environment that has it.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("solara", reason="the extra isn't installed: pip install 'zerosum[mesa-viz]'")

import ipyvuetify
import numpy as np
import solara
from ipywidgets import Image, Widget
from matplotlib.figure import Figure

from zerosum.scenario import load_scenario
from zerosum.workshop import solara_app
from zerosum.workshop.solara_app import PageModel, model_params

START = {"strategy": "Social and preparation", "adopts": "Only Alder", "run": 1}


class Shown:
    """The page's widgets, as they stand after whatever was clicked."""

    def __init__(self, box: Widget) -> None:
        self._box = box

    def all(self, kind: type[Widget]) -> list[Any]:
        return [widget for widget in _within(self._box, set()) if isinstance(widget, kind)]

    def texts(self) -> list[str]:
        return [
            c for w in _within(self._box, set()) for c in getattr(w, "children", ()) if isinstance(c, str)
        ]

    def step(self) -> int:
        """Steps that Mesa shows: 3.3 says "Step: 3", 3.5 "Time: 3.0"."""
        (found,) = (t for t in self.texts() if t.startswith(("Step: ", "Time: ")))
        return int(float(found.split()[1]))

    def labelled(self, label: str) -> Any:
        (found,) = (w for w in _within(self._box, set()) if getattr(w, "label", None) == label)
        return found

    def click(self, text: str) -> None:
        (button,) = (b for b in self.all(ipyvuetify.Btn) if text in b.children)
        button.click()

    def pictures(self) -> list[bytes]:
        return [bytes(image.value) for image in self.all(Image)]


def _within(widget: Any, seen: set[int]) -> Iterator[Any]:
    if not isinstance(widget, Widget) or id(widget) in seen:
        return
    seen.add(id(widget))
    yield widget
    inner = [*getattr(widget, "children", ()), *getattr(widget, "items", ())]
    for slot in getattr(widget, "v_slots", ()):
        inner += slot["children"] if isinstance(slot["children"], list) else [slot["children"]]
    for one in inner:
        yield from _within(one, seen)


@pytest.fixture
def shown() -> Iterator[Shown]:
    """The whole page, the sidebar with its controls too: without a layout around it, it would not be made."""

    @solara.component
    def whole() -> None:
        solara.AppLayout(children=[solara_app.Page()], navigation=False)

    box, context = solara.render(whole(), handle_error=False)
    yield Shown(box)
    context.close()


def test_the_page_shows_controls_and_a_market_and_no_error(shown: Shown) -> None:
    assert os.environ["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] == "False"
    for label in (
        "Strategy",
        "Who adopts it",
        "Simulated run (of 200)",
        "Drop out in the end (%)",
        "Hours a week",
    ):
        assert shown.labelled(label)
    attrition = load_scenario("workshop").contracts.attrition
    assert shown.labelled("Drop out in the end (%)").v_model == pytest.approx(100 * attrition)
    assert all(len(slider.label) <= 24 for slider in shown.all(ipyvuetify.Slider))  # no room for more
    assert {"Reset", "▶", "Step"} <= {text for b in shown.all(ipyvuetify.Btn) for text in b.children}
    assert len(shown.pictures()) == 4
    assert all(b"<svg" in picture for picture in shown.pictures())
    assert not shown.all(ipyvuetify.Alert)


def test_a_step_is_a_week_and_every_figure_follows(shown: Shown) -> None:
    before = shown.pictures()
    assert shown.step() == 0
    shown.click("Step")
    assert shown.step() == 1
    assert all(old != new for old, new in zip(before, shown.pictures(), strict=True))
    assert not shown.all(ipyvuetify.Alert)


def test_what_is_chosen_holds_from_a_reset_on(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[PageModel] = []
    original = PageModel.__init__

    @functools.wraps(original)  # Mesa 3.3 looks at the names of its arguments
    def watched(self: PageModel, **given: Any) -> None:
        original(self, **given)
        made.append(self)

    monkeypatch.setattr(PageModel, "__init__", watched)
    shown.labelled("Strategy").v_model = "Shots"
    shown.labelled("Drop out in the end (%)").v_model = 40.0
    assert not made
    shown.click("Reset")
    (model,) = made
    assert (model.strategy, model.adopters, model.replication) == ("shots", "focal", 0)
    assert model.spec.contracts.attrition == 0.4
    assert shown.step() == 0
    assert not shown.all(ipyvuetify.Alert)


def test_the_controls_start_at_the_scenarios_own_values() -> None:
    start = {name: c["value"] if isinstance(c, dict) else c.value for name, c in model_params().items()}
    assert {name: start[name] for name in START} == START
    default = PageModel(**START).spec
    assert PageModel(**start).spec.model_dump() == default.model_dump()


@pytest.mark.parametrize(
    ("adopts", "adopters"),
    [
        ("Only Alder", "focal"),
        ("Only Alder's competitors", "competitors"),
        ("All vendors", "all"),
        ("Half of Alder's reps", "head-to-head"),
    ],
)
def test_who_adopts_it(adopts: str, adopters: str) -> None:
    assert adopts in model_params()["adopts"]["values"]
    model = PageModel(**{**START, "adopts": adopts, "run": 3})
    assert (model.adopters, model.replication) == (adopters, 2)


def test_figures_show_the_markets_own_numbers_under_labels() -> None:
    model = PageModel(**START)
    for _ in range(30):
        model.step()
    drawn = {}
    for draw in solara_app.DRAWINGS:
        ax = Figure().subplots()
        draw(ax, model)
        drawn[draw.__name__] = ax
        assert ax.get_title()
        assert ax.get_ylabel().endswith("(%)")
        assert ax.get_xlabel() in ("week of the year", "reps, the best first")
    suppliers, rates = drawn["draw_suppliers"], drawn["draw_win_rates"]
    for ax in (suppliers, rates):
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Alder", "Brightwell"]
        assert [len(line.get_xdata()) for line in ax.lines] == [30, 30]
    shares = [line.get_ydata()[-1] for line in suppliers.lines]
    assert shares == pytest.approx([100 * vendor.market_share for vendor in model.vendors])
    assert rates.lines[0].get_ydata()[-1] == pytest.approx(100 * model.win_rate)
    assert drawn["draw_in_market"].lines[0].get_ydata()[-1] == pytest.approx(100 * model.in_market)
    heights = [bar.get_height() for bar in drawn["draw_attainment"].patches]
    assert heights == sorted(heights, reverse=True)
    assert np.median(heights) == pytest.approx(100 * model.attainment_median)


def test_before_the_first_week_figures_say_what_to_do() -> None:
    model = PageModel(**START)
    for draw in solara_app.DRAWINGS[:3]:
        ax = Figure().subplots()
        draw(ax, model)
        assert "Press Step, or play" in [text.get_text() for text in ax.texts]
