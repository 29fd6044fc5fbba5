"""The quarter's end: who pushes, when, and what it does to hours, prices and dates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.each import in_sizes
from tests.helpers import share_error, silent_market, within
from tests.reference import draws
from tests.reference.noise import Noise
from zerosum.market.draws import GIVEN_AWAY, PULL_FORWARD
from zerosum.market.engine import Engine
from zerosum.market.state import ACTIVITIES, NONE

pytestmark = pytest.mark.uncompiled


PLAN = {"prospecting": 0.2, "preparation": 0.3, "selling": 0.1, "social": 0.4}


def pushing(reps: int = 4, buyers: int = 40, length: float = 100.0, **tables: Any) -> Engine:
    """Reps of one vendor that push whenever they are behind; all buyers evaluate from week 0."""
    return Engine(
        silent_market(
            **{
                "market": {"buyers": buyers, "saturation": 0.0},
                "segments": [{"name": "all", "evaluation_weeks": length}],
                "vendors": [{"name": "A", "reps": reps}],
                "need": {"innovation_per_year": 52.0},
                "invitations": {"inbound": 1.0},
                "strategies": [{"name": "usual", "plan": PLAN, "push": True}],
                "prospecting": {"attempts_per_hour": 0.0},
                "push": {"weeks": 3, "pull_forward": 0.0, "hours_shift": 0.5},
                **tables,
                "reps": {"hours_per_week": 40.0, "max_open_opportunities": 1000, **tables.get("reps", {})},
            }
        )
    )


@pytest.mark.parametrize("weeks", [1, 3, 12])
def test_a_push_lasts_for_its_weeks_and_ends_with_the_quarter(weeks: int) -> None:
    engine = pushing(push={"weeks": weeks, "hours_shift": 0.5, "pull_forward": 0.0})
    engine.market.reps.quota[:] = [0.0, 100.0, 100.0, 100.0]
    engine.market.reps.revenue_year[:] = [0.0, 0.0, 1000.0, 0.0]
    selling = ACTIVITIES.index("selling")
    shifted = []
    for _ in range(30):
        engine.step()
        shifted.append(engine.market.reps.hours[:, selling] > 5)
    shifted = np.array(shifted)
    in_window = np.arange(30) % 13 >= 13 - weeks
    for rep in (1, 3):
        assert np.array_equal(shifted[:, rep], in_window)
    assert not np.any(shifted[:, [0, 2]])  # without a quota, and ahead of it


def test_behind_quota_is_what_the_year_so_far_asks_for() -> None:
    """Week 9 is the tenth: of a quota of 52 ten are due. At below = .8 those under 8 push."""
    engine = pushing(push={"weeks": 3, "below": 0.8})
    engine.run(9)
    engine.market.reps.quota[:] = 52.0
    engine.market.reps.revenue_year[:] = [7.99, 8.0, 8.01, -3.0]
    engine.step()
    assert engine.market.reps.pushing.tolist() == [1, 0, 0, 1]


def test_hours_move_to_selling() -> None:
    engine = pushing(push={"weeks": 3, "hours_shift": 0.25})
    engine.market.reps.quota[:] = 1.0
    engine.run(11)
    hours = dict(zip(ACTIVITIES, engine.market.reps.hours[0], strict=True))
    assert hours["prospecting"] == pytest.approx(8 * 0.75)
    assert hours["preparation"] == pytest.approx(12 * 0.75)
    assert hours["social"] == pytest.approx(16 * 0.75)
    assert hours["selling"] == pytest.approx(4 + 36 * 0.25)


@in_sizes(500, 8_000)
@pytest.mark.parametrize("last", [10, 12])
def test_a_discount_lifts_the_utility_and_cuts_the_revenue(last: int, n: int) -> None:
    """Won: e^(a) / (1 + e^(a)) with a = - weight * ln(1 - discount); worth 1 - discount of the value.

    In the first week of the window and in the quarter's last: pushing ends after its choices.
    """
    weight, cut = 3.0, 0.3
    wins = {}
    for quota in (0.0, 1e12):
        engine = pushing(
            reps=20,
            buyers=n,
            length=float(last),
            choice={"no_decision": 0.0, "price_weight": weight},
            effort={"preparation_weight": 0.0, "selling_weight": 0.0, "support_weight": 0.0},
            push={"weeks": 3, "discount": cut, "pull_forward": 0.0},
        )
        engine.market.reps.quota[:] = quota
        engine.run(last + 1)
        deals = engine.recorder.deals
        assert np.all(deals.week == last)
        won = deals.outcome == 1
        worth = engine.market.buyers.value[deals.buyer[won]] * (1 - cut * (quota > 0))
        assert deals.revenue[won] == pytest.approx(worth)
        assert deals.credit[won] == pytest.approx(worth)
        assert np.all(deals.discount == cut * (quota > 0))
        wins[quota] = won.mean()
    lifted = (1 - cut) ** -weight
    for share, p in ((wins[0.0], 0.5), (wins[1e12], lifted / (1 + lifted))):
        assert within(share, p, share_error(p, n))


def test_no_discount_outside_the_window() -> None:
    engine = pushing(length=13.0, push={"weeks": 3, "discount": 0.3, "pull_forward": 0.0})
    engine.market.reps.quota[:] = 1e12
    engine.run(14)
    deals = engine.recorder.deals
    assert np.all(deals.week == 13)
    assert not np.any(deals.discount)


@pytest.mark.compiled
def test_decisions_due_soon_after_the_quarter_are_pulled_into_it() -> None:
    """Those due in weeks 13 to 12 + pull_weeks move to week 12, each with the same probability; no others do."""
    n, p, pull = 40_000, 0.35, 6
    engine = pushing(
        reps=40,
        buyers=n,
        segments=[{"name": "all", "evaluation_weeks": 14.0, "evaluation_sigma": 0.6}],
        push={"weeks": 3, "pull_forward": p, "pull_weeks": pull},
    )
    half = np.arange(40) < 20
    engine.market.reps.quota[:] = np.where(half, 1e12, 0.0)
    engine.run(9)
    before = engine.market.buyers.evaluation_end.copy()
    engine.step()
    after = engine.market.buyers.evaluation_end
    still = (before >= 10) & (before != NONE)
    behind = half[engine.market.buyers.owner[:, 0]]
    soon = (before >= 13) & (before <= 12 + pull)
    moved = still & (before != after)
    assert np.all(after[moved] == 12)
    assert np.all(engine.market.buyers.due[moved] == 12)
    assert not np.any(moved & ~(soon & behind))
    for week in range(13, 13 + pull):
        there = behind & (before == week)
        assert within(moved[there].mean(), p, share_error(p, there.sum()))
    assert math.isclose(moved.sum() / (soon & behind).sum(), p, abs_tol=0.02)


@pytest.mark.compiled
def test_a_decision_pulled_forward_is_the_same_decision() -> None:
    """Noise belongs to the evaluation and the option: sooner, with nothing else changed, the outcome is the same."""
    found = []
    for p in (0.0, 1.0):
        engine = pushing(
            reps=20,
            buyers=2_000,
            length=15.0,
            choice={"no_decision": 0.0},
            effort={"preparation_weight": 0.0, "selling_weight": 0.0, "support_weight": 0.0},
            push={"weeks": 3, "discount": 0.0, "hours_shift": 0.0, "pull_forward": p},
        )
        engine.market.reps.quota[:] = 1e12
        engine.run(16)
        found.append(engine.recorder.decisions)
    late, soon = found
    assert set(late.week) == {15}
    assert set(soon.week) == {12}
    assert np.array_equal(late.buyer, soon.buyer)
    assert np.array_equal(late.after, soon.after)
    assert 0.3 < np.mean(late.after >= 0) < 0.7


def test_more_is_done_at_the_end_of_the_fiscal_year() -> None:
    """With ``year_end`` 2 the fourth quarter has twice the shift and twice the discount, the third neither."""
    engine = pushing(
        length=38.0,
        push={"weeks": 3, "hours_shift": 0.25, "discount": 0.2, "pull_forward": 0.0, "year_end": 2.0},
    )
    engine.market.reps.quota[:] = 1e12
    selling = ACTIVITIES.index("selling")
    engine.run(39)  # the last week of the third quarter
    assert engine.market.reps.hours[0, selling] == pytest.approx(4 + 36 * 0.25)
    assert np.all(engine.recorder.deals.week == 38)
    assert np.all(engine.recorder.deals.discount == 0.2)
    later = pushing(
        length=51.0,
        push={"weeks": 3, "hours_shift": 0.25, "discount": 0.2, "pull_forward": 0.0, "year_end": 2.0},
    )
    later.market.reps.quota[:] = 1e12
    later.run(52)
    assert later.market.reps.hours[0, selling] == pytest.approx(4 + 36 * 0.5)
    assert np.all(later.recorder.deals.week == 51)
    assert np.all(later.recorder.deals.discount == 0.4)


@in_sizes(500, 8_000)
@pytest.mark.parametrize(("last", "given"), [(12, 0.4), (13, 0.0)])
def test_discounts_are_given_away_at_a_quarters_end(last: int, given: float, n: int) -> None:
    """Reps without a quota aren't behind it: of their decisions in the window a share gets the discount, too."""
    engine = pushing(
        reps=20,
        buyers=n,
        length=float(last),
        push={"weeks": 3, "discount": 0.3, "pull_forward": 0.0, "given_away": 0.4},
    )
    engine.run(last + 1)
    deals = engine.recorder.deals
    assert np.all(deals.week == last)
    cut = deals.discount > 0
    assert np.all(deals.discount[cut] == 0.3)
    assert within(cut.mean(), given, share_error(given, n))
    won = deals.outcome == 1
    worth = engine.market.buyers.value[deals.buyer[won]]
    assert deals.revenue[won] == pytest.approx(worth * (1 - deals.discount[won]))
    assert engine.market.buyers.price_paid[deals.buyer[won]] == pytest.approx(1 - deals.discount[won])


def test_each_buyer_and_vendor_has_its_own_random_numbers_with_dates_and_discounts() -> None:
    """By address, of two vendors; a rep's own strategy decides, not its vendor's."""
    p, length = 0.4, {"evaluation_weeks": 14.0, "evaluation_sigma": 0.3}
    engine = pushing(
        buyers=300,
        segments=[{"name": "all", **length}],
        vendors=[{"name": "A", "reps": 4}, {"name": "B", "reps": 4}],
        strategies=[{"name": "usual", "plan": PLAN, "push": True}, {"name": "calm", "plan": PLAN}],
        push={
            "weeks": 3,
            "pull_forward": p,
            "pull_weeks": 6,
            "discount": 0.3,
            "given_away": p,
            "hours_shift": 0.0,
        },
    )
    reps, buyers, noise = engine.market.reps, engine.market.buyers, Noise(draws, int(engine.key))
    reps.strategy[:] = [0, 1] * 4
    engine.run(9)
    reps.quota[4:] = 1e12  # only the second vendor's reps are behind
    before = buyers.evaluation_end.copy()
    engine.step()
    soon = np.flatnonzero((before >= 13) & (before <= 18))
    behind = reps.strategy[buyers.owner[soon, 1]] == 0
    moved = [b and noise.u(PULL_FORWARD, int(buyer), 9, 1) < p for buyer, b in zip(soon, behind, strict=True)]
    assert (buyers.evaluation_end[soon] == 12).tolist() == moved
    assert 0 < sum(moved) < behind.sum()
    reps.quota[:] = 0.0
    reps.pushing[:] = 0
    engine.run(13)
    given = [0, 0]
    for week, buyer, vendor, rep, cut in zip(
        *(getattr(engine.recorder.deals, name) for name in DEAL), strict=True
    ):
        gives = reps.strategy[rep] == 0 and noise.u(GIVEN_AWAY, int(buyer), int(week), int(vendor)) < p
        assert cut == (0.3 if gives and week in (10, 11, 12) else 0.0)
        given[int(vendor)] += cut > 0
    assert min(given) > 10


DEAL = ("week", "buyer", "vendor", "rep", "discount")


def test_the_price_cannot_be_given_away_altogether() -> None:
    with pytest.raises(ValueError, match=r"year_end times discount is 1\.2"):
        pushing(push={"discount": 0.3, "year_end": 4.0})
