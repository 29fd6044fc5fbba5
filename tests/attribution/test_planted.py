"""Runs that differ in one thing, planted: all changed deals must be traced to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.attribution.sides import at_work, both, causes_of, check_sums, traced
from tests.helpers import silent_market
from zerosum.market.engine import Engine
from zerosum.market.state import YEAR
from zerosum.studies.attribution.table import ABSENT

QUOTA_YEAR = {
    "clock": {"warmup_weeks": YEAR, "weeks": 45},
    "segments": [{"name": "all", "contract_weeks": 2 * YEAR, "evaluation_weeks": 3.0, "value_sigma": 1.0}],
    "quota": {"stretch": 10.0},
}
"""A year of warm-up, so that there is a quota to be behind; still no buyer decides twice in the measured weeks."""


def planted() -> Any:
    """Cases: the cause that is planted, the scenario, the adopters."""
    hours = {"preparation": 20.0, "selling": 20.0}
    skilled = {"effort": {"trust_weight": 3.0, "skill_weight": 0.0}}
    presales = {"effort": {"support_weight": 2.0}, "support": {"threshold": 0.1, "service_weeks": 0.1}}
    push = {"weeks": 6, "below": 2.0, "hours_shift": 0.0, "pull_forward": 0.0, "discount": 0.0}
    newer = [
        {"name": "old", "vendor": "Vendor A"},
        {"name": "new", "vendor": "Vendor A", "launch_week": 1, "quality": 0.5, "price": 1.3},
        {"name": "other", "vendor": "Vendor B"},
    ]
    yield "preparation", at_work({"extra_hours": {**hours, "preparation": 60.0}}), "focal"
    yield "selling", at_work({"extra_hours": {**hours, "selling": 60.0}}), "focal"
    yield "trust", at_work({"extra_hours": {**hours, "social": 20.0}}, **skilled), "focal"
    yield "support", at_work({"extra_presales": 5}, **presales), "focal"
    yield "competitors", at_work({"extra_hours": {**hours, "preparation": 60.0}}), "competitors"
    yield "competitors", at_work({"extra_presales": 5}, **presales), "competitors"
    cut = {"push": {**push, "discount": 0.3}, "choice": {"price_weight": 3.0, "no_decision": -60.0}}
    yield "price", at_work({"push": True}, **cut, **QUOTA_YEAR), "focal"
    yield "competitors", at_work({"push": True}, **cut, **QUOTA_YEAR), "competitors"
    yield "pitch", at_work({"upgrade": True}, products=newer), "focal"
    pull = {"push": {**push, "pull_forward": 1.0, "pull_weeks": 20}}
    mood = {"satisfaction": {"noise_sd": 0.5}, "choice": {"satisfaction_weight": 3.0, "no_decision": -60.0}}
    slow = {"segments": [{**QUOTA_YEAR["segments"][0], "evaluation_weeks": 12.0}]}
    nobody_works = {"strategies": [{"name": "usual"}, {"name": "strategy", "push": True}]}
    yield "timing", at_work(**(nobody_works | pull | mood | QUOTA_YEAR | slow)), "focal"
    calls = {
        "invitations": {"coverage": 1.0, "inbound": 0.0},
        "strategies": [{"name": "usual"}, {"name": "strategy", "extra_hours": {"prospecting": 10.0}}],
        "prospecting": {
            "attempts_per_hour": 1.0,
            "contact": 0.7,
            "provoke_customer": 0.0,
            "goodwill_burn": 0.0,
        },
    }
    yield "contact", at_work(**calls), "focal"
    yield "competitors", at_work(**calls), "competitors"


@pytest.mark.parametrize(("cause", "scenario", "adopters"), list(planted()))
def test_all_lies_at_the_door_of_what_was_planted(cause: str, scenario: Any, adopters: Any) -> None:
    found = traced(scenario, adopters=adopters)
    check_sums(found)
    assert len(found.deals) > 10
    assert causes_of(found) == {cause}
    assert found.totals["money"] != 0.0
    assert found.deals["cause"].eq(cause).all()


@pytest.mark.parametrize("upgrade", [False, True])
def test_a_pitch_counts_as_well_where_the_upgrade_is_not_new(upgrade: bool) -> None:
    """Analytics pitches the product that fits; the other run's reps pitch the latest."""
    products = [
        {"name": "old", "vendor": "Vendor A"},
        {"name": "new", "vendor": "Vendor A", "launch_week": 0, "price": 1.2},
        {"name": "other", "vendor": "Vendor B"},
    ]
    choice = {"no_decision": -60.0, "fit_sd": 1.0}
    tools = [{"name": "analytics", "accuracy": 1.0}]
    strategy = {"tools": ["analytics"], "upgrade": upgrade}
    found = traced(at_work(strategy, products=products, choice=choice, tools=tools))
    check_sums(found)
    assert causes_of(found) == {"pitch"}
    assert (found.deals["product_strategy"] == "old").sum() > 20
    assert (found.deals["product_baseline"] == "new").sum() > 20


def test_what_we_provoke_is_ours() -> None:
    """Nobody evaluates but whom we call."""
    scenario = silent_market(
        market={"buyers": 400},
        clock={"weeks": 26},
        segments=[{"name": "all", "contract_weeks": 5200, "evaluation_weeks": 2.0}],
        vendors=[{"name": "A", "share": 0.3}, {"name": "B"}],
        reps={"max_open_opportunities": 400},
        review={"steepness": 0.0},
        prospecting={"attempts_per_hour": 1.0, "contact": 1.0, "provoke_customer": 1.0, "goodwill_burn": 0.0},
        strategies=[{"name": "usual"}, {"name": "strategy", "extra_hours": {"prospecting": 10.0}}],
    )
    for adopters, cause in (("focal", "provoked"), ("competitors", "competitors")):
        found = traced(scenario, adopters=adopters)
        check_sums(found)
        provoked = found.deals[found.deals["reason_strategy"] == "provoked"]
        assert len(provoked) > 20
        assert set(provoked["cause"]) == {cause}
        assert found.deals["result_baseline"].isin([*ABSENT, "renewed", "nothing"]).all()


def test_a_call_that_burnt_goodwill_made_vain_is_fatigue() -> None:
    """The strategy calls everybody each week, and is heard by nobody any more; the baseline calls now and then."""
    calls = {
        "invitations": {"coverage": 1.0, "inbound": 0.0},
        "strategies": [
            {"name": "usual", "extra_hours": {"prospecting": 1.0}},
            {"name": "strategy", "extra_hours": {"prospecting": 168.0}},
        ],
        "prospecting": {
            "attempts_per_hour": 10.0,
            "contact": 0.9,
            "provoke_customer": 0.0,
            "goodwill_burn": 1.0,
            "goodwill_recovery": 0.0,
        },
    }
    found = traced(at_work(segments=[
        {"name": "all", "contract_weeks": 52, "evaluation_weeks": 6.0, "value_sigma": 1.0}], **calls))  # fmt: skip
    check_sums(found)
    missing = found.deals[
        (found.deals["source_strategy"] == "") & (found.deals["source_baseline"] == "found")
    ]
    assert len(missing) > 5
    assert set(missing["cause"]) == {"fatigue"}
    arrived = found.deals[
        (found.deals["source_strategy"] == "found") & (found.deals["source_baseline"] == "")
    ]
    assert set(arrived["cause"]) <= {"contact", "fatigue"}


def test_an_invitation_that_finds_all_slots_full_is_no_free_capacity() -> None:
    """Whoever is invited now and then is also invited by a vendor that everybody knows; there is no room for all."""
    social = {"marketing": {"innovation_per_year": 52.0, "imitation_per_year": 0.0, "delay_weeks": 0}}
    scenario = at_work(
        {"social": ["marketing"]},
        invitations={"coverage": 0.0, "inbound": 0.2, "inbound_social_gain": 4.0},
        social=social,
        reps={"max_open_opportunities": 3},
        market={"buyers": 600},
        segments=[{"name": "all", "contract_weeks": 52, "evaluation_weeks": 4.0}],
        strategies=[{"name": "usual"}, {"name": "strategy", "social": ["marketing"]}],
    )
    found = traced(scenario)
    check_sums(found)
    missing = found.deals[
        (found.deals["source_strategy"] == "") & (found.deals["source_baseline"] == "invited")
    ]
    arrived = found.deals[
        (found.deals["source_strategy"] == "invited") & (found.deals["source_baseline"] == "")
    ]
    assert min(len(missing), len(arrived)) > 5
    assert set(missing["cause"]) == {"no_free_capacity"}
    assert "contact" in set(arrived["cause"])
    assert causes_of(found) == {"contact", "no_free_capacity"}


def test_a_call_for_which_there_was_no_slot_is_no_free_capacity() -> None:
    """The strategy's slots are filled by invitations before it calls; the baseline calls as often, with room."""
    scenario = at_work(
        invitations={"coverage": 0.0, "inbound": 0.0001, "inbound_social_gain": 10_000.0},
        social={"marketing": {"innovation_per_year": 52.0, "imitation_per_year": 0.0, "delay_weeks": 0}},
        reps={"max_open_opportunities": 2},
        prospecting={"attempts_per_hour": 1.0, "contact": 1.0, "provoke_customer": 0.0, "goodwill_burn": 0.0},
        segments=[{"name": "all", "contract_weeks": 52, "evaluation_weeks": 4.0}],
        strategies=[
            {"name": "usual", "extra_hours": {"prospecting": 30.0}},
            {"name": "strategy", "extra_hours": {"prospecting": 30.0}, "social": ["marketing"]},
        ],
    )
    found = traced(scenario)
    check_sums(found)
    missing = found.deals[
        (found.deals["source_strategy"] == "") & (found.deals["source_baseline"] == "found")
    ]
    assert len(missing) > 10
    assert set(missing["cause"]) <= {"no_free_capacity", "contact"}
    assert (missing["cause"] == "no_free_capacity").mean() > 0.9


# --- Changed by hand -------------------------------------------------------------------------------------------


def test_another_skill_is_skill() -> None:
    def tamper(engine: Engine) -> None:
        engine.market.reps.skill[:6] += 2.0

    found = traced(at_work(effort={"skill_weight": 1.0}), tamper=tamper)
    check_sums(found)
    assert causes_of(found) == {"skill"}
    assert found.totals["n"] > 10


def test_another_incumbent_is_an_incumbent_that_changed_before() -> None:
    def tamper(engine: Engine) -> None:
        market = engine.market
        market.buyers.holds[::2] = 1 - market.buyers.holds[::2]
        vendor = engine.rules.products.vendor[market.buyers.holds]
        market.vendors.customers[:] = np.bincount(vendor, minlength=2)
        # Satisfaction with another product is another one; it is no cause of its own.
        market.buyers.level[::2] -= 3.0

    segments = [
        {
            "name": "all",
            "contract_weeks": 52,
            "evaluation_weeks": 2.0,
            "value_sigma": 1.0,
            "switching_cost": 2.0,
        }
    ]
    choice = {"no_decision": -60.0, "satisfaction_weight": 1.0}
    found = traced(at_work(segments=segments, choice=choice, satisfaction={"pull": 0.01}), tamper=tamper)
    check_sums(found)
    assert causes_of(found) == {"incumbent"}
    assert len(found.deals) > 50
    assert (found.deals["incumbent_baseline"] != found.deals["incumbent_strategy"]).all()


def test_satisfaction_is_satisfaction_and_a_review_in_one_run_is_word_of_mouth() -> None:
    """Half of the customers are less satisfied; first their contracts end, then they may review."""

    def tamper(engine: Engine) -> None:
        engine.market.buyers.level[::2] -= 3.0

    choice = {"no_decision": -60.0, "satisfaction_weight": 1.0}
    scenario = at_work(choice=choice, satisfaction={"pull": 0.01})
    found = traced(scenario, tamper=tamper)
    check_sums(found)
    assert causes_of(found) == {"satisfaction"}
    assert len(found.deals) > 20
    reviewing = at_work(
        review={"max_per_year": 4.0, "steepness": 3.0, "critical": -1.0},
        satisfaction={"pull": 0.01},
        segments=[{"name": "all", "contract_weeks": 5200, "evaluation_weeks": 2.0, "value_sigma": 1.0}],
        clock={"weeks": 20},
        strategies=[{"name": "usual"}, {"name": "strategy"}],
    )
    first, second = both(reviewing, tamper=tamper)
    found = traced(reviewing, tamper=tamper)
    check_sums(found)
    assert len(second.outcome) > len(first.outcome) + 20
    assert "word_of_mouth" in causes_of(found)
    assert causes_of(found) <= {"word_of_mouth", "incumbent", "earlier"}
