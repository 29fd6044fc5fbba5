"""SolaraViz around our model class; only where the extra is installed, which development doesn't need."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("solara", reason="the extra isn't installed: pip install 'zerosum[solara]'")


def test_the_page_is_drawn_and_the_model_steps() -> None:
    import solara

    from simulator.model import MarketModel
    from simulator.workshop.solara_app import model_params, page

    assert os.environ["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] == "False"
    box, context = solara.render(page, handle_error=False)
    try:
        assert box.children
    finally:
        context.close()
    params = {
        name: one["value"] if isinstance(one, dict) else getattr(one, "value", one)
        for name, one in model_params().items()
    }
    model = MarketModel(**params)
    model.step()
    assert model.measured_weeks == 1
    assert len(model.datacollector.get_model_vars_dataframe()) >= 1
