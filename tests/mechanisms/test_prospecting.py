"""Goodwill: what a fruitless contact burns, and how it comes back. (Who is contacted: theory/test_detection.py.)"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.helpers import share_error, silent_market, within
from tests.reference import draws
from tests.reference.mood import Mood
from tests.reference.noise import Noise, logistic
from zerosum.market.draws import PROVOKE
from zerosum.market.engine import Engine
from zerosum.market.records import CONTACTS

pytestmark = pytest.mark.uncompiled


BURN, RECOVERY = 0.3, 0.1


def calling(
    buyers: int = 2_000, contact: float = 1.0, reps: int = 20, noise_sd: float = 0.0, **prospecting: Any
) -> Engine:
    """Reps that do nothing but call on the customers of another vendor, who want nothing."""
    return Engine(
        silent_market(
            market={"buyers": buyers},
            vendors=[{"name": "A", "reps": reps, "share": 0.0}, {"name": "B", "share": 1.0, "strategy": "rest"}],
            strategies=[
                {"name": "call", "plan": {"prospecting": 1, "preparation": 0, "selling": 0, "social": 0}},
                {"name": "rest", "plan": {"prospecting": 0, "preparation": 0, "selling": 0, "social": 1}},
            ],
            prospecting={
                "contact": contact, "attempts_per_hour": 1.0, "provoke_customer": 0.0,
                "goodwill_burn": BURN, "goodwill_recovery": RECOVERY, **prospecting,
            },
            reps={"hours_per_week": 40.0},
            satisfaction={"noise_sd": noise_sd},
        )
    )  # fmt: skip


def test_goodwill_is_burnt_by_contacts_and_comes_back_by_weeks() -> None:
    """After n weeks 1 - (1 - g) (1 - recovery)^n; a contact that comes to nothing takes a share of that."""
    engine = calling()
    buyers = engine.market.buyers
    buyers.contract_end[:] = buyers.due[:] = 9_999  # nobody decides anything
    twice = 0
    for week in range(30):
        before, last = buyers.goodwill[:, 0].copy(), buyers.goodwill_week[:, 0].copy()
        engine.step()
        tried = buyers.goodwill_week[:, 0] == week
        fresh = np.where(last < 0, 1.0, 1 - (1 - before) * (1 - RECOVERY) ** (week - last))
        after = buyers.goodwill[tried, 0]
        answered = np.isclose(after, fresh[tried] * (1 - BURN), rtol=1e-12)
        assert np.all(answered | np.isclose(after, fresh[tried], rtol=1e-12))
        assert np.array_equal(buyers.goodwill[~tried, 0], before[~tried])
        expected = fresh[tried].mean()  # contact = 1: an answer has the probability of the goodwill itself
        assert within(answered.mean(), expected, share_error(0.5, tried.sum()) + 1e-12)
        twice += np.count_nonzero(tried & (last >= 0))
    assert twice > 5_000
    assert np.all(buyers.goodwill[:, 1] == 1.0)


@pytest.mark.parametrize("trust", [0.0, 0.8])
def test_answers_come_with_the_contact_rate_and_with_trust(trust: float) -> None:
    engine = calling(contact=0.3, goodwill_burn=0.0, trust_gain=0.5)
    engine.market.reps.trust[:] = trust
    engine.step()
    attempts = engine.recorder.rep_attempts[:20].sum()
    assert attempts == 20 * 40
    tried = np.count_nonzero(engine.market.buyers.goodwill_week[:, 0] == 0)
    p = 0.3 * (1 + 0.5 * trust)
    contacts = engine.recorder.weekly[0, 0, CONTACTS]
    assert within(contacts / tried, p, share_error(p, tried))


def test_nobody_is_tried_twice_in_a_week() -> None:
    """More attempts than accounts: each is reached once, however often it is looked at."""
    engine = calling(buyers=50, reps=5)
    engine.step()
    assert engine.recorder.rep_attempts[:5].sum() == 200
    assert engine.recorder.weekly[0, 0, CONTACTS] == np.count_nonzero(
        engine.market.buyers.goodwill_week[:, 0] == 0
    )
    assert engine.recorder.weekly[0, 0, CONTACTS] <= 50


def test_who_is_dissatisfied_enough_is_provoked() -> None:
    """Each customer's own mood of the week decides, by its address; without moods, some would come out otherwise."""
    engine = calling(buyers=300, noise_sd=0.4, provoke_customer=0.9, goodwill_burn=0.0)
    buyers, rule = engine.market.buyers, engine.scenario.satisfaction
    buyers.contract_end[:] = buyers.due[:] = 9_999
    noise, memory = Noise(draws, int(engine.key)), 1.0 - rule.pull * (1.0 + rule.neighbour_weight)
    moods = [Mood(noise, b, memory, rule.noise_sd) for b in range(300)]
    review, asked, unlike = engine.scenario.review, 0, 0
    for week in range(6):
        resting = (buyers.evaluation_end < 0) & (buyers.holds == 1)  # some have become our own customers
        engine.step()
        for b in np.flatnonzero(resting & (buyers.goodwill_week[:, 0] == week)):
            mood = moods[b].at(week)
            yields = noise.u(PROVOKE, int(b), week, 0)
            norm = float(buyers.norm[b])
            said, plain = (
                0.9 * logistic(review.steepness * (review.critical - norm - m)) for m in (mood, 0.0)
            )
            assert (yields < said) == (buyers.evaluation_end[b] >= 0), (week, b)
            asked, unlike = asked + 1, unlike + ((yields < said) != (yields < plain))
    assert (asked > 500, unlike > 20) == (True, True)
