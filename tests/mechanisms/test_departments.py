"""Departments go social along the discrete Bass curve, each after its delay, and change what they say they change."""

from __future__ import annotations

import numpy as np
import pytest

from tests.each import in_sizes
from tests.helpers import n_vendors_alike, share_error, silent_market, within
from zerosum.market.engine import Engine
from zerosum.market.state import MARKETING, SALES, SERVICE

pytestmark = pytest.mark.uncompiled


P, Q = 1.3, 7.0
CURVE = {"innovation_per_year": P, "imitation_per_year": Q}
SOCIAL = {"marketing": CURVE, "service": {**CURVE, "delay_weeks": 5}, "sales": {**CURVE, "delay_weeks": 11}}


def curve(weeks: int) -> float:
    taken = 0.0
    for _ in range(weeks):
        taken += (P + Q * taken) / 52 * (1 - taken)
    return taken


def test_each_department_follows_its_own_curve_from_its_own_week() -> None:
    strategies = [
        {"name": "usual"},
        {"name": "all", "social": ["sales", "marketing", "service"]},
        {"name": "two", "social": ["service", "sales"]},
    ]
    engine = Engine(silent_market(vendors=n_vendors_alike(3), strategies=strategies, social=SOCIAL))
    engine.run(4)
    engine.assign([0, 1, 2], [0, 1, 2])
    for week in range(1, 60):
        engine.step()
        marketing, service, sales = curve(week), curve(max(0, week - 5)), curve(max(0, week - 11))
        assert engine.market.vendors.take_up[0].tolist() == [0, 0, 0]
        assert engine.market.vendors.take_up[1] == pytest.approx([marketing, service, sales])
        assert engine.market.vendors.take_up[2] == pytest.approx([0, service, sales])
    assert curve(59) > 0.95


def test_a_department_that_is_called_back_keeps_what_it_has() -> None:
    strategies = [{"name": "usual"}, {"name": "all", "social": ["marketing"]}]
    engine = Engine(silent_market(strategies=strategies, social=SOCIAL, vendors=n_vendors_alike(1)))
    engine.assign([1], [1])
    engine.run(20)
    engine.assign([0], [0])
    engine.run(20)
    assert engine.market.vendors.take_up[0, MARKETING] == pytest.approx(curve(20))


@in_sizes(1_000, 30_000)
def test_marketing_raises_inbound_and_service_raises_coverage(n: int) -> None:
    """Invited: inbound (1 + gain * take-up), at most 1; the incumbent: coverage + gain * take-up of what was missed."""
    taken = 0.6
    scenario = silent_market(
        market={"buyers": n},
        segments=[{"name": "all", "contract_weeks": 1, "evaluation_weeks": 9.0}],
        vendors=[{"name": f"{v}", "reps": n // 100, "share": float(v == 0)} for v in range(3)],
        invitations={
            "coverage": 0.5, "inbound": 0.3, "coverage_social_gain": 0.8, "inbound_social_gain": 1.5,
        },
        reps={"max_open_opportunities": 300},
    )  # fmt: skip
    engine = Engine(scenario)
    engine.market.vendors.take_up[0, SERVICE] = taken
    engine.market.vendors.take_up[1, MARKETING] = taken
    engine.market.vendors.take_up[2, SALES] = taken
    engine.run(2)
    assert np.all(engine.market.buyers.evaluation_start == 1)
    vendor = engine.market.reps.vendor[np.flatnonzero(engine.market.opportunities.buyer >= 0) // 300]
    heard = np.bincount(vendor, minlength=3) / n
    expected = np.array([0.5 + 0.5 * 0.8 * taken, 0.3 * (1 + 1.5 * taken), 0.3])
    assert within(heard, expected, share_error(expected, n))
