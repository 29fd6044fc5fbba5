"""A newer product for one's own customer: when it is offered, what it earns. (How often it wins: test_choice.)"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.helpers import silent_market
from zerosum.market.engine import Engine
from zerosum.market.records import ACCOUNTS_LOST, REVENUE_UPGRADED, UPGRADED
from zerosum.market.state import UPGRADE

pytestmark = pytest.mark.uncompiled


OLD, NEW = 0.8, 1.5


def launched(upgrade: bool, launch_week: int | None = 1, **tables: Any) -> Engine:
    """All are customers of A, whose contracts end; its new product is irresistible and dearer."""
    engine = Engine(
        silent_market(
            **{
                "market": {"buyers": 300},
                "segments": [{"name": "all", "contract_weeks": 10, "value_sigma": 1.0}],
                "vendors": [{"name": "A"}],
                "products": [
                    {"name": "old", "vendor": "A", "price": OLD},
                    {"name": "new", "vendor": "A", "price": NEW, "quality": 90.0, "launch_week": launch_week},
                ],
                "invitations": {"coverage": 1.0},
                "strategies": [{"name": "usual", "upgrade": upgrade}],
                "reps": {"max_open_opportunities": 400},
                "quota": {"renewal_credit": 0.5},
                **tables,
            }
        )
    )
    engine.run(13)
    return engine


def test_an_upgrade_earns_and_credits_the_difference() -> None:
    engine = launched(True)
    decisions, deals = engine.recorder.decisions, engine.recorder.deals
    upgraded = decisions.outcome == UPGRADE
    assert upgraded.sum() > 250
    value = engine.market.buyers.value[decisions.buyer[upgraded]]
    assert decisions.revenue[upgraded] == pytest.approx(value * (NEW - OLD))
    assert engine.recorder.weekly[:, 0, UPGRADED].sum() == upgraded.sum()
    assert engine.recorder.weekly[:, 0, REVENUE_UPGRADED].sum() == pytest.approx(
        decisions.revenue[upgraded].sum()
    )
    assert not np.any(engine.recorder.weekly[:, 0, ACCOUNTS_LOST])
    assert engine.market.vendors.customers[0] == 300
    won = deals.incumbent != deals.product
    assert np.array_equal(deals.credit[won & (deals.revenue > 0)], deals.revenue[won & (deals.revenue > 0)])


@pytest.mark.parametrize(("upgrade", "launch_week"), [(False, 1), (True, None), (True, 5000)])
def test_no_upgrade_without_the_will_or_something_newer(upgrade: bool, launch_week: int | None) -> None:
    """Two products that were always sold are of the same age; one that isn't out cannot be pitched."""
    engine = launched(upgrade, launch_week)
    assert len(engine.recorder.decisions.week) > 250
    assert not np.any(engine.recorder.decisions.outcome == UPGRADE)


def test_no_upgrade_without_a_rep() -> None:
    engine = launched(True, invitations={"coverage": 0.0})
    assert len(engine.recorder.decisions.week) > 250
    assert not np.any(engine.recorder.decisions.outcome == UPGRADE)


@pytest.mark.parametrize("upgrade", [False, True])
def test_a_rep_calls_on_its_own_customers_only_with_something_newer(upgrade: bool) -> None:
    """Courtesy calls provoke nothing, and burn no goodwill."""
    tables = {
        "segments": [{"name": "all"}],
        "reps": {"hours_per_week": 40.0, "max_open_opportunities": 400},
        "prospecting": {"attempts_per_hour": 2.0, "contact": 1.0, "provoke_customer": 0.4},
        "review": {"steepness": 0.0},  # anybody is half dissatisfied
    }
    engine = launched(upgrade, 1, **tables)
    touched = engine.market.buyers.goodwill_week[:, 0] >= 1
    burnt = engine.market.buyers.goodwill[:, 0] < 1
    assert touched.sum() > 50
    if upgrade:
        assert np.any(engine.recorder.deals.source == 3)
        assert burnt.any()
    else:
        assert not np.any(engine.recorder.deals.source == 3)
        assert not burnt.any()
