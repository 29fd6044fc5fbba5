"""Strategies as places on axes: there and back, shares that sum to 1 exactly, even places even plans."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from tests.each import each
from tests.optimise.market import MARKET, SEARCH, problem_in
from zerosum.errors import InputError
from zerosum.market.inventory.strategies import Strategy
from zerosum.scenario import parse_scenario
from zerosum.studies.optimise.space import Axes, strategy_at
from zerosum.studies.optimise.spec import KEYS, Parameter

pytestmark = pytest.mark.uncompiled


SCENARIO = parse_scenario(MARKET)
USUAL, CALLS = SCENARIO.strategies


def axes(key: str, like: Strategy = USUAL, **rest: Any) -> Axes:
    return Axes(Parameter(key=key, **rest), SCENARIO, like)


@pytest.mark.parametrize("like", [USUAL, CALLS], ids=["usual", "calls"])
def test_the_start_is_the_strategy_itself(like: Strategy) -> None:
    ranges = {"low": 0.0, "high": 5.0}
    numbers = [k for k in KEYS if k in ("training", "habit_change", "extra_presales") or "." in k]
    every = [axes(key, like, **(ranges if key in numbers else {})) for key in KEYS]
    start = {name: place for one in every for name, place in one.start.items()}
    assert set(start) == {name for one in every for name in one.axes}
    again = strategy_at(like, every, start, like.name)
    assert again == like


@given(places=st.lists(st.floats(0, 1), min_size=4, max_size=4))
@settings(max_examples=200, deadline=None)
def test_any_places_are_a_plan(places: list[float]) -> None:
    one = axes("plan")
    shares = one.at(dict(zip(one.axes, places, strict=True)))
    assert math.fsum(shares.values()) == pytest.approx(1.0, abs=1e-12)
    assert all(share >= 0 and round(share, 3) == share for share in shares.values())
    strategy_at(USUAL, [one], dict(zip(one.axes, places, strict=True)), "x")


def test_even_places_are_even_plans() -> None:
    """Each share of an even simplex of four is Beta(1, 3)."""
    chance = np.random.default_rng(1)
    one = axes("plan")
    rows = [list(one.at(dict(zip(one.axes, chance.random(4), strict=True))).values()) for _ in range(2000)]
    for column in np.array(rows).T:
        # Rounded to thousandths, so a little noise is added before.
        assert kstest(column + chance.uniform(-0.0005, 0.0005, 2000), "beta", args=(1, 3)).pvalue > 1e-3


def test_a_power_of_all_places_is_the_same_plan() -> None:
    one = axes("plan")
    places = np.array([0.9, 0.5, 0.3, 0.8])
    plans = [one.at(dict(zip(one.axes, places**power, strict=True))) for power in (1, 0.5, 3)]
    assert plans[0] == plans[1] == plans[2]


def test_some_activities_share_what_they_have() -> None:
    one = axes("plan", choices=("prospecting", "selling"))
    assert list(one.axes) == ["plan.prospecting", "plan.selling"]
    shares = one.at({"plan.prospecting": 1.0, "plan.selling": 0.5})
    assert shares == {"prospecting": 0.0, "preparation": 0.25, "selling": 0.6, "social": 0.15}


def test_what_does_nothing_without_tools_stays_as_it_was() -> None:
    both = [axes("tools"), axes("training", low=0.0, high=1.0), axes("reinvest")]
    places = {
        f"reinvest.{name}": 0.5 for name in ("prospecting", "preparation", "selling", "social", "slack")
    }
    places |= {"tools.dialler": False, "tools.assistant": False, "training": 0.9}
    assert strategy_at(USUAL, both, places, "usual") == USUAL
    tooled = strategy_at(USUAL, both, places | {"tools.dialler": True}, "usual")
    assert (tooled.training, tooled.reinvest.slack) == (0.9, 0.2)


def test_sets_switches_numbers() -> None:
    tools = axes("tools")
    assert tools.at({"tools.dialler": True, "tools.assistant": False}) == ("dialler",)
    kept = axes("tools", USUAL.model_copy(update={"tools": ("dialler",)}), choices=("assistant",))
    assert kept.at({"tools.assistant": True}) == ("dialler", "assistant")
    assert axes("social").at({f"social.{d}": d == "sales" for d in ("marketing", "service", "sales")}) == (
        "sales",
    )
    assert axes("push").at({"push": True}) is True
    hours = axes("extra_hours.selling", low=0.0, high=5.0)
    assert hours.at({"extra_hours.selling": 1.23456}) == 1.23
    assert hours.at({"extra_hours.selling": 4.9999}) == 5.0
    assert axes("extra_presales", low=0.0, high=3.0).at({"extra_presales": 2}) == 2
    bent = strategy_at(USUAL, [hours], {"extra_hours.selling": 2.0}, "x")
    assert bent.extra_hours.selling == 2.0
    assert bent.extra_hours.prospecting == 0.0


@each(
    ("change", "said"),
    [
        (
            ('"plan"', '"plans"'),
            r"\[\[parameters\]\] 1 \(plans\): 'plans' of a strategy can't vary; did you mean 'plan'\?",
        ),
        (("high = 5.0", ""), "'extra_hours.selling' is a number: give low and high"),
        (("high = 5.0", "high = -1.0"), "low = 0 must be below high = -1"),
        (("low = 0.0", "low = 1.0"), "is 0 in 'usual', the first that is tried; it must lie between low = 1"),
        (
            ('"tools"', '"tools"\nchoices = ["diallers"]'),
            "scenario has no 'diallers'; did you mean 'dialler'",
        ),
        (('"plan"', '"plan"\nchoices = ["call", "selling"]'), r"\(plan\): 'plan' has no 'call'"),
        (('"plan"', '"plan"\nchoices = ["selling"]'), "can't move among one activity"),
        (('"plan"', '"reinvest"\nchoices = ["selling", "social"]'), "have no share in 'usual' to be moved"),
        (('"plan"', '"tools"'), "'tools' stands there twice"),
        (('"market_share"]', '"market_shar"]'), "no metric 'market_shar'; did you mean 'market_share'"),
        (('"market_share"]', '"gini"]'), "nothing to aim at"),
        (('"market_share"]', '"cost", "cost"]'), "objective 'cost' stands there twice"),
        (('like = "usual"', 'like = "usua"'), r"\[strategy\]: like = 'usua': .*did you mean 'usual'"),
        (('name = "found"', 'name = "calls"'), "the scenario has one of that name; give another"),
        (("trials = 8", "trials = 1"), "trials = 1"),
        (("trials = 8", 'trials = 8\nsampler = "cma"'), "searches shares and numbers"),
        (("trials = 8", 'trials = 8\nsampler = "nsga"'), "is for two objectives"),
        (
            ("trials = 8", "trials = 8\nbudget = { cost_tool = 3 }"),
            "no metric 'cost_tool'; did you mean 'cost_tools'",
        ),
        (("trials = 8", 'trials = 8\nbudget = { cost = "3 pp" }'), r"\[budget\] cost: "),
        (("trials = 8", "trials = 8\nset = { 'comparison.adopters' = ['focal'] }"), "has no meaning here"),
        (
            ("high = 5.0", "high = 150.0"),
            r"\[\[parameters\]\] extra_hours.selling, high = 150: .*'found' works 150 hours a week on top",
        ),
        (
            ("high = 5.0", 'high = 70.0\n[[parameters]]\nkey = "extra_hours.social"\nlow = 0.0\nhigh = 70.0'),
            r"\[\[parameters\]\] extra_hours.social, high = 70: .*'found' works 140 hours a week on top",
        ),
        (
            ("high = 5.0", 'high = 5.0\n[[parameters]]\nkey = "training"\nlow = 0.0\nhigh = 5.0'),
            r"\[\[parameters\]\] training, high = 5: strategies.found.training = 5.0 is too large",
        ),
        (("high = 5.0", "high = 1e300"), "high = 1e\\+300"),
        (
            ("trials = 8", "trials = 8\nset = { 'comparison . \"adopters\"' = ['focal'] }"),
            r"'comparison.adopters' \(as 'comparison . \"adopters\"'\) has no meaning here: it is said by 'adopters'",
        ),
        (("trials = 8", 'trials = 8\nname = "nul.a"'), "'nul.a' is reserved on Windows"),
        (("trials = 8", "trial = 8"), "unknown key 'trial' at the top level; did you mean 'trials'"),
    ],
)
def test_what_is_wrong_is_said(change: tuple[str, str], said: str, tmp_path: Path) -> None:
    assert change[0] in SEARCH
    with pytest.raises(InputError, match=said) as fault:
        problem_in(tmp_path, SEARCH.replace(*change, 1))
    assert "small.toml" in str(fault.value)
