"""Show the market in Mesa's SolaraViz, with the same model class, week by week.

``pip install 'zerosum[mesa-viz]'``, then ``solara run zerosum.workshop.solara_app``. It draws about a week a second and
gets its assets from a CDN, so it is for a desk, and ``zerosum play`` for a room (docs/workshop.md says when to use
which).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

# Turn off Solara's telemetry; it reads this on import.
os.environ["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] = "False"

import numpy as np
import solara
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mesa.visualization import Slider, SolaraViz

from zerosum.market.records import CUSTOMERS, DEALS_LOST, DEALS_STALLED, DEALS_WON, IN_MARKET
from zerosum.mesa.model import MarketModel
from zerosum.report.plots.style import FOCUS, PALE, styled
from zerosum.scenario import load_scenario
from zerosum.scenario.comparison import Adopters
from zerosum.workshop.room import adopters_of
from zerosum.workshop.sliders import sliders_of
from zerosum.workshop.words import named

SCENARIO = "workshop"
RUNS = 200
"""Simulated runs to choose from."""

SLIDERS: Mapping[str, str] = {
    "contracts.attrition": "Drop out in the end (%)",
    "reps.hours_per_week": "Hours a week",
    "effort.preparation_weight": "Worth of preparation",
    "prospecting.goodwill_burn": "Goodwill lost a call (%)",
    "reps.conservatism": "Reluctance to tools (%)",
}
"""Key of the scenario -> its slider's label; those in % are shares in the scenario. A longer label hides the slider."""


def who_adopts() -> dict[str, Adopters]:
    """Return the choices of adopters: label -> adopters."""
    scenario = load_scenario(SCENARIO)
    focal = scenario.vendors[scenario.focal_index].name
    labels: dict[Adopters, str] = {
        "focal": f"Only {focal}",
        "competitors": f"Only {focal}'s competitors",
        "all": "All vendors",
        "head-to-head": f"Half of {focal}'s reps",
    }
    return {labels[adopters]: adopters for adopters in adopters_of(scenario)}


class PageModel(MarketModel):
    """The market, with the page's labels as arguments.

    Parameters
    ----------
    strategy : str
        label of a strategy
    adopts : str
        label of the adopters
    run : int
        number of the simulated run, from 1
    **kwargs
        key paths with ``__`` for each dot, as for :class:`MarketModel`; those whose label says % in %
    """

    def __init__(self, strategy: str, adopts: str, run: int, **kwargs: float) -> None:
        values: dict[str, Any] = {
            key: round(value / 100, 8) if SLIDERS[key.replace("__", ".")].endswith("(%)") else value
            for key, value in kwargs.items()
        }
        strategies = {named(strategy): strategy for strategy in load_scenario(SCENARIO).compared_names}
        super().__init__(
            SCENARIO,
            strategy=strategies[strategy],
            adopters=who_adopts()[adopts],
            replication=run - 1,
            **values,
        )


def model_params() -> dict[str, Any]:
    """Return the page's controls by argument of :class:`PageModel`; they take effect on reset."""
    scenario = load_scenario(SCENARIO)
    strategies, adopters = [named(strategy) for strategy in scenario.compared_names], list(who_adopts())
    controls: dict[str, Any] = {
        "strategy": _choice("Strategy", strategies[-1], strategies),
        "adopts": _choice("Who adopts it", adopters[0], adopters),
        "run": Slider(f"Simulated run (of {RUNS})", 1, 1, RUNS, 1, dtype=int),
    }
    ranges = sliders_of(scenario)
    for key, label in SLIDERS.items():
        one, times = ranges[key], 100 if label.endswith("(%)") else 1
        numbers = [round(times * number, 6) for number in (one.default, one.low, one.high, one.step)]
        # Mesa's models take keywords: two underscores stand for a dot.
        controls[key.replace(".", "__")] = Slider(label, *numbers)
    return controls


def _choice(label: str, value: str, values: list[str]) -> dict[str, Any]:
    return {"type": "Select", "label": label, "value": value, "values": values}


# --- Figures ------------------------------------------------------------------------------------------------


def draw_suppliers(ax: Axes, model: MarketModel) -> None:
    """Draw each vendor's share of all buyers, week by week."""
    _lines(ax, model, _weekly(model)[:, :, CUSTOMERS] / model.spec.market.buyers)
    ax.set(title="Who serves the buyers", ylabel="share of all buyers (%)")


def draw_win_rates(ax: Axes, model: MarketModel) -> None:
    """Draw each vendor's win rate: the share won of its opportunities closed so far."""
    sums = _weekly(model).cumsum(axis=0)
    closed = sums[:, :, [DEALS_WON, DEALS_LOST, DEALS_STALLED]].sum(axis=2)
    with np.errstate(invalid="ignore"):
        _lines(ax, model, sums[:, :, DEALS_WON] / closed)
    ax.set(title="Win rate so far", ylabel="won of closed opportunities (%)")


def draw_in_market(ax: Axes, model: MarketModel) -> None:
    """Draw the share of all buyers that are in the market."""
    share = _weekly(model)[:, 0, IN_MARKET] / model.spec.market.buyers
    ax.plot(_weeks(model), 100 * share, color=FOCUS, marker=".")
    ax.set(title="Buyers choosing a vendor", ylabel="share of all buyers (%)", ylim=(0, None))
    _over_weeks(ax, model)


def draw_attainment(ax: Axes, model: MarketModel) -> None:
    """Draw the quota attainment of each rep of the focal vendor, the best first."""
    reached = sorted((100 * rep.attainment for rep in model.focal.reps), reverse=True)
    ax.bar(range(1, len(reached) + 1), np.nan_to_num(reached), color=FOCUS)
    ax.axhline(100, color=PALE, linestyle="--", label="on quota")
    ax.set(
        title=f"{model.focal.name}'s reps against quota",
        xlabel="reps, the best first",
        ylabel="revenue, of the quota due so far (%)",
        xticks=range(1, len(reached) + 1),
    )
    ax.legend(frameon=False)


def _weekly(model: MarketModel) -> Any:
    """Return [measured weeks so far, vendors, columns of ``records.WEEKLY``]."""
    return model.recorder.weekly[: model.measured_weeks]


def _weeks(model: MarketModel) -> Any:
    return np.arange(1, model.measured_weeks + 1)


def _lines(ax: Axes, model: MarketModel, shares: Any) -> None:
    """Draw a line for each vendor, the focal vendor in front."""
    for row, vendor in enumerate(model.vendors):
        studied = row == model.spec.focal_index
        look: dict[str, Any] = (
            {"color": FOCUS, "marker": "."} if studied else {"color": PALE, "linestyle": "--", "marker": "."}
        )
        ax.plot(_weeks(model), 100 * shares[:, row], label=vendor.name, zorder=3 if studied else 2, **look)
    ax.legend(frameon=False)
    _over_weeks(ax, model)


def _over_weeks(ax: Axes, model: MarketModel) -> None:
    ax.set(xlabel="week of the year", xlim=(0, max(model.spec.clock.weeks, model.measured_weeks)))
    if not model.measured_weeks:
        ax.text(0.5, 0.5, "Press Step, or play", transform=ax.transAxes, ha="center")


DRAWINGS = (draw_suppliers, draw_win_rates, draw_in_market, draw_attainment)


@styled
def figure_of(draw: Callable[[Axes, MarketModel], None], model: MarketModel) -> Figure:
    """Return a figure of the page."""
    figure = Figure(figsize=(6.0, 3.8), dpi=150)
    draw(figure.subplots(), model)
    figure.draw_without_rendering()  # makes tick labels, in this style
    return figure


def _component(draw: Callable[[Axes, MarketModel], None]) -> Callable[[MarketModel], Any]:
    def show(model: MarketModel) -> Any:
        return solara.FigureMatplotlib(figure_of(draw, model))

    return show


@solara.component
def Page() -> None:  # solara looks for this name
    """Show the page; each visitor has their own model."""
    controls = model_params()
    start = {name: c["value"] if isinstance(c, dict) else c.value for name, c in controls.items()}
    model = solara.use_memo(lambda: PageModel(**start), [])
    SolaraViz(
        model,
        components=[_component(draw) for draw in DRAWINGS],
        model_params=controls,
        name="zerosum: a year of selling in a full market",
    )
