"""Hours become cases and trust: closed forms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.helpers import silent_market
from zerosum.market.engine import Engine
from zerosum.market.mechanisms.casework import prepared, sold
from zerosum.market.state import NONE

pytestmark = pytest.mark.uncompiled


PLAN = {"prospecting": 0.0, "preparation": 0.3, "selling": 0.5, "social": 0.2}


def at_work(buyers: int, weeks: int, strategy: Any = None, **tables: Any) -> Engine:
    """One rep; all buyers evaluate from week 0 and invite it."""
    engine = Engine(
        silent_market(
            **{
                "market": {"buyers": buyers, "saturation": 0.0},
                "segments": [{"name": "all", "evaluation_weeks": 200.0, "value_sigma": 1.0}],
                "vendors": [{"name": "A"}],
                "need": {"innovation_per_year": 52.0},
                "invitations": {"inbound": 1.0},
                "strategies": [{"name": "usual", "plan": PLAN, **(strategy or {})}],
                **tables,
                "reps": {"hours_per_week": 40.0, "max_open_opportunities": 6, **tables.get("reps", {})},
            }
        )
    )
    engine.run(weeks)
    return engine


def test_hours_are_spread_evenly() -> None:
    table = at_work(4, 3).market.opportunities
    busy = table.buyer != NONE
    assert busy.sum() == 4
    assert table.preparation[busy] == pytest.approx(3 * 12 / 4)
    assert table.selling[busy] == pytest.approx(3 * 20 / 4)


def test_or_by_value() -> None:
    engine = at_work(4, 3, {"focus": "value"})
    table = engine.market.opportunities
    busy = table.buyer != NONE
    value = engine.market.buyers.value[table.buyer[busy]]
    assert table.preparation[busy] == pytest.approx(3 * 12 * value / value.sum())
    assert table.selling[busy].sum() == pytest.approx(3 * 20)


def test_a_case_saturates() -> None:
    engine = at_work(1, 5, effort={"preparation_hours": 7.0, "selling_hours": 14.0})
    market, rules = engine._market, engine._rules
    row = int(np.argmax(engine.market.opportunities.buyer))
    assert prepared(row, market, rules) == pytest.approx(1 - math.exp(-60 / 7))
    assert sold(row, market, rules) == pytest.approx(1 - math.exp(-100 / 14))


def test_trust_fades_then_grows_to_its_fixed_point() -> None:
    """t <- t (1 - d), then t + (1 - t) g with g = 1 - e^(-h/H): in the end t = g / (1 - (1 - d)(1 - g))."""
    d, social, hours = 0.05, 100.0, 8.0
    engine = at_work(1, 1, trust={"decay": d, "social_hours": social})
    g, trust = 1 - math.exp(-hours / social), 0.0
    for _ in range(300):
        trust = trust * (1 - d)
        trust += (1 - trust) * g
        assert engine.market.reps.trust[0] == pytest.approx(trust)
        engine.step()
    assert trust == pytest.approx(g / (1 - (1 - d) * (1 - g)))


def test_a_social_sales_department_makes_social_hours_worth_more() -> None:
    engine = at_work(1, 0, trust={"decay": 0.0, "social_hours": 50.0, "sales_social_gain": 0.5})
    engine.market.vendors.take_up[0, 2] = 0.8
    engine.step()
    assert engine.market.reps.trust[0] == pytest.approx(1 - math.exp(-8 * 1.4 / 50))


def test_full_slots_turn_invitations_away() -> None:
    engine = at_work(9, 1)
    assert engine.market.reps.free_capacity[0] == 0
    assert engine.recorder.weekly[0, 0, engine_column("missed")] == 3
    assert engine.recorder.weekly[0, 0, engine_column("opened")] == 6


def engine_column(name: str) -> int:
    from zerosum.market.records import WEEKLY

    return [column for column, _, _ in WEEKLY].index(name)
