"""A mechanism at its neutral value is not there: no bit of a run differs, but in the mechanism's own books."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from tests.side_by_side import digest
from zerosum.market import mechanisms
from zerosum.market.declare.rules import build_rules
from zerosum.market.declare.section import Off
from zerosum.market.engine import Engine
from zerosum.market.records import WEEKLY
from zerosum.scenario import keys, parse_scenario
from zerosum.scenario.spec import Scenario

WEEKS = 110
USUAL = {
    "name": "usual",
    "plan": {"prospecting": 0.3, "preparation": 0.2, "selling": 0.3, "social": 0.2},
    "tools": ["notes"],
    "reinvest": {"prospecting": 1.0},
    "social": ["marketing", "service", "sales"],
    "push": True,
}
LIVELY = Scenario.model_validate(
    {
        "clock": {"warmup_weeks": 0},
        "market": {"buyers": 250, "saturation": 0.8},
        "segments": [{"name": "all", "contract_weeks": 40}],
        "vendors": [{"name": f"v{i}", "reps": 4, "presales": 1} for i in range(3)],
        "review": {"max_per_year": 2.0},
        # Enough of everything, whatever the defaults are fitted to.
        "effort": {
            "preparation_weight": 1.0,
            "selling_weight": 1.0,
            "support_weight": 0.5,
            "trust_weight": 1.0,
        },
        "prospecting": {"attempts_per_hour": 1.0, "contact": 0.2, "provoke_customer": 0.2},
        "tools": [
            {"name": "notes", "saving": 0.4, "accuracy": 0.5, "innovation": 0.2},
            {
                "name": "nothing",
                "innovation": 0.3,
                "imitation": 0.5,
                "learning_hours": 0.0,
                "upkeep_hours": 0.0,
            },
        ],
        "strategies": [USUAL, {**USUAL, "name": "other"}],
    }
)


def after(scenario: Scenario, strategies: tuple[int, ...] = (0, 0, 0)) -> Engine:
    engine = Engine(scenario)
    engine.assign(list(strategies), [s for s in strategies for _ in range(4)])
    engine.run(WEEKS)
    return engine


def differences(one: Engine, two: Engine) -> set[str]:
    """Columns of the state and the record in which two runs differ."""
    found = set()
    for mine, theirs in [
        *zip(one.market, two.market, strict=True),
        (one.recorder.deals, two.recorder.deals),
        (one.recorder.decisions, two.recorder.decisions),
    ]:
        for name, column in mine._asdict().items():
            if not np.array_equal(column, getattr(theirs, name)):
                found.add(name)
    for i, (name, _, _) in enumerate(WEEKLY):
        if not np.array_equal(one.recorder.weekly[:, :, i], two.recorder.weekly[:, :, i]):
            found.add(f"weekly {name}")
    return found


def with_other(**columns: Any) -> Scenario:
    """The market in which the strategy "other" differs from "usual" in these columns."""
    return parse_scenario(LIVELY, {"strategies": [{"name": "other", **columns}]})


TOOL_BOOKS = {"tool_status", "tool_proficiency", "tool_trial_start", "tool_trial_revenue", "tool_use"} | {
    f"weekly {name}" for name in ("tool_use", "in_trial", "in_routine")
}
SUPPORT_BOOKS = {
    "support",
    "arrival",
    "support_start",
    "support_end",
    "supported",
    "engineers",
    "free_at",
} | {f"weekly support_{name}" for name in ("asked", "started", "wait", "waiting")}


def test_a_strategy_of_another_name_alone() -> None:
    assert differences(after(LIVELY), after(LIVELY, (1, 1, 0))) == {"strategy", "social_since"} - {
        "social_since"
    }


def test_a_tool_that_does_nothing() -> None:
    scenario = with_other(tools=["notes", "nothing"])
    found = differences(after(scenario), after(scenario, (1, 1, 1)))
    assert "tool_use" in found
    assert found <= {"strategy"} | TOOL_BOOKS


def test_training_that_changes_no_mind() -> None:
    scenario = parse_scenario(with_other(training=1.0), {"tools": [{"name": "notes", "keep_training": 0.0}]})
    assert differences(after(scenario), after(scenario, (1, 1, 1))) == {"strategy"}


def test_a_push_without_hours_discount_and_dates() -> None:
    push = {"push.hours_shift": 0.0, "push.discount": 0.0, "push.pull_forward": 0.0, "push.below": 10.0}
    scenario = parse_scenario(with_other(push=False), push)
    one, two = after(scenario), after(scenario, (1, 1, 1))
    assert differences(one, two) == {"strategy"}
    # In the window the flag is up, and nothing else.
    one.run(6)
    two.run(6)
    assert np.any(one.market.reps.pushing)
    assert differences(one, two) == {"strategy", "pushing"}


def test_social_departments_that_gain_nothing() -> None:
    gains = {
        "invitations.coverage_social_gain": 0.0,
        "invitations.inbound_social_gain": 0.0,
        "trust.sales_social_gain": 0.0,
    }
    scenario = parse_scenario(with_other(social=[]), gains)
    found = differences(after(scenario), after(scenario, (1, 1, 1)))
    books = {"take_up", *(f"weekly take_up_{name}" for name in ("marketing", "service", "sales"))}
    assert found == {"strategy"} | books


def test_presales_that_weigh_nothing() -> None:
    scenario = parse_scenario(with_other(extra_presales=3), {"effort.support_weight": 0.0})
    found = differences(after(scenario), after(scenario, (1, 1, 1)))
    assert "supported" in found
    assert found <= {"strategy"} | SUPPORT_BOOKS
    closed = parse_scenario(scenario, {"vendors": [{"name": f"v{i}", "presales": 0} for i in range(3)]})
    assert differences(after(scenario), after(closed)) <= SUPPORT_BOOKS


def test_the_will_to_upgrade_without_anything_newer() -> None:
    scenario = with_other(upgrade=True)
    assert differences(after(scenario), after(scenario, (1, 1, 1))) == {"strategy"}


def test_no_extra_hours_written_out() -> None:
    scenario = with_other(extra_hours=dict.fromkeys(("prospecting", "preparation", "selling", "social"), 0.0))
    assert differences(after(scenario), after(scenario, (1, 1, 1))) == {"strategy"}


def test_extra_hours_for_what_nobody_rewards() -> None:
    """They are in the books, and change nothing else."""
    gains = {"effort.trust_weight": 0.0, "prospecting.trust_gain": 0.0}
    scenario = parse_scenario(with_other(extra_hours={"social": 9.0}, push=False), gains)
    scenario = parse_scenario(scenario, {"strategies": [{"name": "usual", "push": False}]})
    found = differences(after(scenario), after(scenario, (1, 1, 1)))
    assert found - {"weekly hours_ramping"} == {"strategy", "hours", "trust", "weekly hours_social"}


def test_a_change_of_habits_towards_those_one_has() -> None:
    scenario = with_other(habit_change=30.0)
    assert differences(after(scenario), after(scenario, (1, 1, 1))) == {"strategy"}


def declared() -> Iterator[Off]:
    """What the rules' own files say of it."""
    for info in pkgutil.iter_modules(mechanisms.__path__, f"{mechanisms.__name__}."):
        yield from getattr(importlib.import_module(info.name), "OFF", ())


@pytest.mark.parametrize("off", list(declared()), ids=lambda off: off.what)
def test_what_has_no_weight_changes_nothing(off: Off) -> None:
    scenario = parse_scenario(LIVELY, dict(off.at))
    one, two = after(scenario), after(parse_scenario(scenario, dict(off.idle)))
    assert differences(one, two) == off.books
    if not off.books:
        assert digest(one) == digest(two)


def test_rules_cannot_read_what_changes_cost_only() -> None:
    dear = [key for key in keys() if key.money_only]
    tables = build_rules(LIVELY)._asdict()
    assert len(dear) > 4
    for key in dear:
        table, _, name = key.path.partition(".")
        assert table not in tables or name not in tables[table]._fields, key.path


@pytest.mark.parametrize(
    "lively",
    [
        {"satisfaction.neighbour_weight": 0.9},
        {"reps.skill_sd": 3.0},
        {"trust.decay": 0.3},
        {"satisfaction.noise_sd": 0.5},
        {"prospecting.goodwill_recovery": 0.9},
        {"quota.stretch": 9.0},
        {"reps.ramp_start": 0.0},
        {"effort.support_weight": 2.0},
        {"support.service_weeks": 6.0},
        {"push.discount": 0.3},
        {"push.hours_shift": 0.9},
        {"push.pull_forward": 1.0},
        {"invitations.coverage_social_gain": 0.0},
        {"trust.sales_social_gain": 0.0},
        {"tools": [{"name": "notes", "saving": 0.0}]},
        {"tools": [{"name": "notes", "scans": 40.0}]},
        {"tools": [{"name": "notes", "boost": 1.0}]},
        {"strategies": [{"name": "usual", "extra_hours": {"prospecting": 9.0}}]},
        {"strategies": [{"name": "usual", "extra_hours": {"preparation": 9.0}}]},
        {"strategies": [{"name": "usual", "extra_hours": {"selling": 9.0}}]},
        {"strategies": [{"name": "usual", "extra_hours": {"social": 9.0}}]},
    ],
)
def test_what_has_a_weight_changes_something(lively: Mapping[str, Any]) -> None:
    """Otherwise the tests above would say nothing."""
    found = differences(after(LIVELY), after(parse_scenario(LIVELY, dict(lively))))
    assert {"weekly attempts", "outcome", "after", "buyer"} & found


@pytest.mark.parametrize("rule", ["independent", "consideration"])
def test_marketing_shows_by_either_rule(rule: str) -> None:
    """Of one vendor alone: a short list is zero-sum, so that what all have alike changes nobody's chance."""
    scenario = parse_scenario(with_other(social=[]), {"invitations.rule": rule})
    without = parse_scenario(scenario, {"invitations.inbound_social_gain": 0.0})
    assert "buyer" in differences(after(scenario, (0, 1, 1)), after(without, (0, 1, 1)))
