"""The market as Mesa users look at theirs: SolaraViz around the same model class, week by week.

``pip install 'zerosum[solara]'``, then ``solara run simulator.workshop.solara_app``. It draws about a week a second and
gets its assets from a CDN, so it is for a desk, and ``zerosum play`` for a room (docs/workshop.md says when to use
which).
"""

from __future__ import annotations

import os
from typing import Any

# Solara counts its users unless told not to, and reads this when it is imported.
os.environ["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] = "False"

from mesa.visualization import Slider, SolaraViz, make_plot_component

from simulator.model import MarketModel
from simulator.scenario import load_scenario
from simulator.workshop.room import worlds_of
from simulator.workshop.sliders import SHARED, sliders_of

SCENARIO = "workshop"


def model_params() -> dict[str, Any]:
    """What can be chosen before a reset: strategy, world, luck, and the market's sliders of the workshop page."""
    scenario = load_scenario(SCENARIO)
    sliders = sliders_of(scenario)
    chosen: dict[str, Any] = {
        "scenario": SCENARIO,
        "arm": _choice("Strategy", scenario.arm_names[-1], scenario.arm_names),
        "world": _choice("Who moves", "alone", worlds_of(scenario)),
        "replication": Slider("Year (luck)", 0, 0, 199, 1, dtype=int),
    }
    for key in (one.key for one in SHARED if one.key in sliders):
        slider = sliders[key]
        label = f"{slider.label} ({slider.unit})"
        # Mesa's models take keywords: two underscores stand for a dot.
        chosen[key.replace(".", "__")] = Slider(label, slider.default, slider.low, slider.high, slider.step)
    return chosen


def _choice(label: str, value: str, values: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "Select", "label": label, "value": value, "values": list(values)}


page = SolaraViz(
    MarketModel(SCENARIO, arm=load_scenario(SCENARIO).arm_names[-1]),
    components=[make_plot_component(name) for name in ("market_share", "win_rate", "attainment_median")],
    model_params=model_params(),
    name="zerosum",
    render_interval=4,
)
