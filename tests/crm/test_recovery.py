"""The recovery measures what it says: markets within the ranges, figures that come back."""

from __future__ import annotations

import tomllib

import pytest

from benchmarks.recovery import FIGURES, RANGES, as_markdown, draw_markets, recover, tabulate
from zerosum.crm.systems import SYSTEMS

pytestmark = pytest.mark.uncompiled


def test_markets_lie_within_the_ranges_and_differ() -> None:
    rows = {row["key"]: row for row in tomllib.loads(RANGES.read_text(encoding="utf-8"))["parameters"]}
    markets = [scenario for scenario, _ in draw_markets(6, seed=2)]
    for scenario in markets:
        assert (
            rows["choice.no_decision"]["low"]
            <= scenario.choice.no_decision
            <= rows["choice.no_decision"]["high"]
        )
        small, factor = scenario.segments[0], rows["segments.evaluation_weeks"]
        assert factor["low"] <= small.evaluation_weeks / factor["factor_of"]["small"] <= factor["high"]
        assert 8 <= scenario.vendors[0].reps <= 40
        assert 150 <= scenario.market.buyers / scenario.vendors[0].reps <= 400
    assert len({scenario.choice.no_decision for scenario in markets}) == 6
    assert [one.model_dump() for one, _ in draw_markets(6, seed=2)] == [one.model_dump() for one in markets]


@pytest.mark.slow
@pytest.mark.compiled
def test_figures_come_back_through_dirty_exports() -> None:
    found = [recover(scenario, dirt, SYSTEMS[n % 4], 8) for n, (scenario, dirt) in enumerate(draw_markets(8))]
    rows = tabulate(found)
    assert len(rows) == len(FIGURES)
    for row in rows:
        assert row.markets == 8
        assert row.error_of_import < 0.02, row
        assert row.held >= 4, row  # of 8 intervals of 95 %, fewer hold once in 60,000 times
    assert as_markdown(rows, 8).count("\n| ") == len(FIGURES)
