"""Attrition by hand: who drops out, what is lost, and how many are without a supplier in the long run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.each import in_sizes
from tests.helpers import mean_and_error, n_vendors_alike, share_error, silent_market, within
from zerosum.market.engine import Engine
from zerosum.market.records import ARR, ARR_DROPPED_OUT, DROPPED_OUT, OPENED_EVALUATIONS, SERVED_BUYERS
from zerosum.market.state import NONE
from zerosum.scenario.spec import Scenario

pytestmark = pytest.mark.uncompiled


def all_contracts_end(n: int, attrition: float, **tables: Any) -> Engine:
    """Return a market in which all contracts end in week 1, before it."""
    segments = [{"name": "all", "contract_weeks": 1, "evaluation_weeks": 30.0, "value_sigma": 1.0}]
    return Engine(
        silent_market(
            market={"buyers": n},
            segments=segments,
            contracts={"attrition": attrition},
            vendors=n_vendors_alike(3, reps=1),
            **tables,
        )
    )


@in_sizes(1_000, 40_000)
def test_a_share_drops_out_and_the_others_evaluate(n: int) -> None:
    engine = all_contracts_end(n, 0.3)
    buyers, before = engine.market.buyers, engine.market.vendors.customers.copy()
    buyers.price_paid[:] = np.linspace(0.6, 1.0, n)  # most got a discount
    worth = buyers.value * buyers.price_paid
    engine.market.vendors.arr[:] = np.bincount(buyers.holds, worth, 3)
    held = buyers.holds.copy()
    engine.run(2)
    gone = buyers.holds == NONE
    assert within(gone.mean(), 0.3, share_error(0.3, n))
    assert np.all(buyers.evaluation_end[gone] == NONE)
    assert np.all(buyers.evaluation_end[~gone] != NONE)
    week = engine.recorder.weekly[1]
    assert week[0, OPENED_EVALUATIONS] == np.count_nonzero(~gone)
    assert np.array_equal(week[:, DROPPED_OUT], np.bincount(held[gone], minlength=3))
    assert np.array_equal(engine.market.vendors.customers, before - week[:, DROPPED_OUT])
    np.testing.assert_allclose(week[:, ARR_DROPPED_OUT], np.bincount(held[gone], worth[gone], 3))
    np.testing.assert_allclose(week[:, ARR], np.bincount(held[~gone], worth[~gone], 3))
    dropouts = engine.recorder.dropouts
    assert np.array_equal(dropouts.buyer, np.flatnonzero(gone))
    assert np.array_equal(dropouts.product, held[gone])
    np.testing.assert_allclose(dropouts.arr, worth[gone])


def test_who_has_dropped_out_has_no_contract_and_no_opinion() -> None:
    engine = all_contracts_end(200, 0.9, satisfaction={"noise_sd": 0.2})
    engine.run(2)
    buyers = engine.market.buyers
    gone = buyers.holds == NONE
    for column in (buyers.norm, buyers.level, buyers.opinion, buyers.price_paid):
        assert not column[gone].any()
    assert np.all(buyers.contract_end[gone] == NONE)
    assert np.array_equal(buyers.due[gone], buyers.candidate[gone])


@pytest.mark.compiled
def test_the_unserved_settle_where_renewal_theory_says() -> None:
    """A customer stays for 1/a contracts of L weeks, with evaluations of d between them, then is gone for 1/h + d."""
    n, attrition, length, evaluation, need = 4_000, 0.25, 26, 2, 0.05
    scenario = silent_market(
        market={"buyers": n},
        segments=[
            {
                "name": "all",
                "contract_weeks": length,
                "evaluation_weeks": float(evaluation),
                "evaluation_sigma": 0.0,
            }
        ],
        contracts={"attrition": attrition},
        need={"innovation_per_year": 52 * need},
        invitations={"inbound": 1.0, "coverage": 1.0},
        reps={"max_open_opportunities": 1000},
        vendors=n_vendors_alike(2, reps=4),
    )
    shares = []
    for replication in range(12):
        engine = Engine(scenario, replication)
        engine.run(416)
        shares.append(1.0 - engine.recorder.weekly[208:, 0, SERVED_BUYERS].mean() / n)
    served = length / attrition + evaluation * (1.0 / attrition - 1.0)
    gone = 1.0 / need + evaluation
    assert within(*[mean_and_error(shares)[0], gone / (served + gone), mean_and_error(shares)[1]])


def test_all_cannot_drop_out() -> None:
    with pytest.raises(ValidationError, match=r"contracts\.attrition"):
        Scenario.model_validate({"contracts": {"attrition": 1.0}})
