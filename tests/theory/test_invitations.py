"""Short lists: how long they are (Poisson), and who is on them (sampling without replacement)."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from tests.each import in_sizes
from tests.helpers import n_vendors_alike, share_error, silent_market, within
from zerosum.market.engine import Engine
from zerosum.market.records import MISSED
from zerosum.market.state import INVITED, NONE

pytestmark = pytest.mark.uncompiled

LISTS = {
    "rule": "consideration",
    "coverage": 0.0,
    "presence_share": 0.0,
    "value_exponent": 0.0,
    "review_factor": 1.0,
    "need_factor": 1.0,
}


def told(engine: Engine) -> Any:
    """Return whom each buyer has told; bool[buyers, vendors]."""
    market = engine.market
    found = np.zeros(market.buyers.owner.shape, bool)
    rows = np.flatnonzero(market.opportunities.buyer != NONE)
    assert np.all(market.opportunities.source[rows] == INVITED)
    slots = engine.rules.reps.max_open_opportunities
    found[market.opportunities.buyer[rows], market.reps.vendor[rows // slots]] = True
    return found


def all_look_around(n: int, vendors: Any, **tables: Any) -> Engine:
    """Return a market in which all contracts end in week 1, when it is over: evaluations are open, none has ended."""
    segments = tables.pop("segments", [{"name": "all"}])
    rows = [{"contract_weeks": 1, "evaluation_weeks": 30.0, "evaluation_sigma": 0.0, **s} for s in segments]
    tables["invitations"] = {**LISTS, **tables.get("invitations", {})}
    scenario = silent_market(
        market={"buyers": n},
        segments=rows,
        vendors=[{"reps": 1, "presales": 0, **vendor} for vendor in vendors],
        reps={"max_open_opportunities": min(n, 1000)},
        **tables,
    )
    engine = Engine(scenario)
    engine.run(2)
    return engine


def few_a_rep(n: int, n_vendors: int, **columns: Any) -> list[dict[str, Any]]:
    """Vendors with enough reps for everybody's invitation."""
    return n_vendors_alike(n_vendors, reps=max(1, n // 250), **columns)


def lengths(mean: float, most: int) -> Any:
    """Probability of each length of a list of at most ``most``."""
    exact = [math.exp(-mean) * mean**k / math.factorial(k) for k in range(most)]
    return np.array([*exact, 1.0 - sum(exact)])


@in_sizes(1_500, 40_000)
def test_a_list_is_as_long_as_poisson_says(n: int) -> None:
    engine = all_look_around(n, few_a_rep(n, 4), invitations={"competitors": 0.9})
    found = np.bincount(told(engine).sum(axis=1), minlength=4) / n
    expected = lengths(0.9, 3)
    assert within(found, expected, share_error(expected, n))
    assert not engine.recorder.weekly[:, :, MISSED].any()


@in_sizes(1_500, 40_000)
def test_the_incumbent_is_on_no_list(n: int) -> None:
    engine = all_look_around(n, few_a_rep(n, 4), invitations={"competitors": 3.0})
    holds = engine.market.buyers.holds
    assert not np.any(told(engine)[np.arange(n), holds])


@in_sizes(3_000, 60_000)
def test_members_are_drawn_by_presence_without_replacement(n: int) -> None:
    """Among buyers of the largest vendor: of lists of one, v has w_v/W of them; lists of two follow by Bayes."""
    shares = [0.4, 0.3, 0.2, 0.1]
    vendors = [{**v, "share": s} for v, s in zip(few_a_rep(n, 4), shares, strict=True)]
    engine = all_look_around(n, vendors, invitations={"competitors": 1.2, "presence_share": 1.0})
    lists = told(engine)[engine.market.buyers.holds == 0]
    weight = engine.market.vendors.customers[1:] + 1.0
    total = weight.sum()

    ones = lists[lists.sum(axis=1) == 1][:, 1:]
    assert within(ones.mean(axis=0), weight / total, share_error(weight / total, len(ones)))
    twos = lists[lists.sum(axis=1) == 2][:, 1:]
    for i, j in itertools.combinations(range(3), 2):
        a, b = weight[i], weight[j]
        expected = a / total * b / (total - a) + b / total * a / (total - b)
        both = np.mean(twos[:, i] & twos[:, j])
        assert within(both, expected, share_error(expected, len(twos)))


@in_sizes(3_000, 60_000)
def test_lists_grow_with_what_is_at_stake(n: int) -> None:
    """The mean goes with the value to the power; a typical buyer is the geometric mean over segments."""
    segments = [
        {"name": "small", "share": 0.5, "value_median": 10.0, "value_sigma": 0.0},
        {"name": "large", "share": 0.5, "value_median": 1000.0, "value_sigma": 0.0},
    ]
    options = {"competitors": 0.5, "value_exponent": 0.3}
    engine = all_look_around(n, few_a_rep(n, 6), segments=segments, invitations=options)
    for row, ratio in enumerate((0.1, 10.0)):
        mine = engine.market.buyers.segment == row
        expected = lengths(0.5 * ratio**0.3, 5)
        found = np.bincount(told(engine)[mine].sum(axis=1), minlength=6) / mine.sum()
        assert within(found, expected, share_error(expected, mine.sum()))


@pytest.mark.parametrize("why", ["need", "review", "dissatisfied"])
@in_sizes(1_500, 40_000)
def test_lists_hang_on_why_a_buyer_looks_around(n: int, why: str) -> None:
    options = {"competitors": 0.4, "need_factor": 2.0, "review_factor": 3.0}
    tables: dict[str, Any] = {}
    mean = 0.4
    if why == "need":
        tables = {"market": {"saturation": 0.0}, "need": {"innovation_per_year": 52.0}}
        mean *= 2.0
    elif why == "review":
        tables = {"review": {"max_per_year": 52.0, "steepness": 0.0}}
        mean *= 3.0
    else:
        # Everybody is as satisfied as service makes it: one unit below what is critical.
        options["dissatisfaction"] = 0.7
        tables = {"review": {"critical": 1.0}}
        mean *= math.exp(0.7)
    market = {"buyers": n, **tables.pop("market", {})}
    contract = 5200 if why == "review" else 1
    scenario = silent_market(
        market=market,
        segments=[
            {"name": "all", "contract_weeks": contract, "evaluation_weeks": 30.0, "evaluation_sigma": 0.0}
        ],
        vendors=few_a_rep(n, 5, presales=0),
        reps={"max_open_opportunities": 1000},
        invitations={**LISTS, **options},
        **tables,
    )
    engine = Engine(scenario)
    engine.run(2)
    open_now = engine.market.buyers.evaluation_end != NONE
    assert open_now.sum() > n / 3
    most = 5 if why == "need" else 4
    expected = lengths(mean, most)
    found = np.bincount(told(engine)[open_now].sum(axis=1), minlength=most + 1) / open_now.sum()
    assert within(found, expected, share_error(expected, open_now.sum()))


def test_longer_lists_keep_who_is_on_shorter_ones() -> None:
    """More competitors add to a list: runs with common random numbers differ by the added ones only."""
    n = 1_000
    short, long = (
        told(all_look_around(n, few_a_rep(n, 5), invitations={"competitors": mean})) for mean in (0.5, 1.0)
    )
    assert np.all(long[short])
    assert long.sum() > 1.5 * short.sum()


def test_who_has_no_capacity_is_turned_away() -> None:
    engine = all_look_around(60, n_vendors_alike(3), invitations={"competitors": 2.0, "coverage": 1.0})
    free = all_look_around(60, few_a_rep(60, 3), invitations={"competitors": 2.0, "coverage": 1.0})
    assert not free.market.buyers.turned_away.any()
    scenario = engine.scenario.model_copy(
        update={"reps": engine.scenario.reps.model_copy(update={"max_open_opportunities": 7})}
    )
    full = Engine(scenario)
    full.run(2)
    away = full.market.buyers.turned_away.astype(bool)
    assert np.array_equal(away | told(full), told(free))
    assert not np.any(away & told(full))
    assert away.sum() == full.recorder.weekly[:, :, MISSED].sum() > 0
