"""A rep's week by hand: administration first, learning, then habits; freed hours as planned."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.helpers import silent_market
from zerosum.market.engine import Engine
from zerosum.market.state import ACTIVITIES

pytestmark = pytest.mark.uncompiled


W, FIXED, PER_CASE = 40.0, 10.0, 0.5
PLAN = {"prospecting": 0.1, "preparation": 0.2, "selling": 0.3, "social": 0.4}
REINVEST = {"prospecting": 0.4, "preparation": 0.3, "selling": 0.2, "slack": 0.1}


def week_of(
    tools: Any = (), hours: float = W, weeks: int = 1, strategy: Any = None, **tables: Any
) -> dict[str, float]:
    """Hours of the first rep in the last of some weeks."""
    engine = Engine(market(tools, hours, strategy, **tables))
    engine.run(weeks)
    return dict(zip(ACTIVITIES, engine.market.reps.hours[0].tolist(), strict=True))


def market(tools: Any = (), hours: float = W, strategy: Any = None, **tables: Any) -> Any:
    own = {
        "name": "usual",
        "plan": PLAN,
        "reinvest": REINVEST,
        "tools": [t["name"] for t in tools],
        **(strategy or {}),
    }
    reps = {"hours_per_week": hours, "admin_fixed_hours": FIXED, "admin_hours_per_opportunity": PER_CASE}
    return silent_market(
        **{
            "market": {"buyers": 200},
            "tools": [dict(t) for t in tools],
            "strategies": [own],
            "prospecting": {"attempts_per_hour": 0.0},
            **tables,
            "reps": {**reps, **tables.get("reps", {})},
        }
    )


def total(hours: dict[str, float]) -> float:
    return sum(hours.values())


def test_without_tools_habits_divide_what_administration_leaves() -> None:
    got = week_of()
    assert got["administration"] == FIXED
    assert got["prospecting"] == pytest.approx(30 * 0.1)
    assert got["social"] == pytest.approx(30 * 0.4)
    # There is no open case: hours for cases are idle.
    assert got["preparation"] == got["selling"] == 0.0
    assert got["idle"] == pytest.approx(30 * 0.5)
    assert total(got) == pytest.approx(W)


def test_freed_hours_follow_the_plan_for_them_and_not_habits() -> None:
    got = week_of([{"name": "notes", "saving": 0.6}])
    assert got["administration"] == pytest.approx(4.0)
    assert got["prospecting"] == pytest.approx(30 * 0.1 + 6 * 0.4)
    assert got["idle"] == pytest.approx(30 * 0.5 + 6 * 0.5)
    assert got["social"] == pytest.approx(30 * 0.4)
    assert got["slack"] == pytest.approx(0.6)
    assert total(got) == pytest.approx(W)


def test_tools_together_save_at_most_four_fifths() -> None:
    got = week_of([{"name": "a", "saving": 0.6}, {"name": "b", "saving": 0.6}])
    assert got["administration"] == pytest.approx(2.0)
    assert got["slack"] == pytest.approx(0.8)


def test_learning_and_upkeep_go_with_proficiency() -> None:
    """(1 - p) of the learning hours and p of the upkeep; p = 1 - .5^t in week t."""
    tool = {"name": "a", "learning_hours": 8.0, "upkeep_hours": 2.0, "learning_rate": 0.5}
    for weeks in (1, 2, 5):
        p = 1 - 0.5**weeks
        assert week_of([tool], weeks=weeks)["learning"] == pytest.approx(8 * (1 - p) + 2 * p)


def test_a_short_week_goes_to_learning_first_then_to_administration() -> None:
    tool = {"name": "a", "learning_hours": 0.0, "upkeep_hours": 15.0}
    got = week_of([tool], hours=20.0)
    assert (got["learning"], got["administration"]) == (15.0, 5.0)
    assert total(got) == pytest.approx(20.0)
    got = week_of([tool], hours=12.0)
    assert (got["learning"], got["administration"]) == (12.0, 0.0)


# Twelve buyers, all of them open cases of the one rep.
CASES: dict[str, Any] = {
    "market": {"buyers": 12, "saturation": 0.0},
    "segments": [{"name": "all", "evaluation_weeks": 9.0}],
    "need": {"innovation_per_year": 52.0},
    "invitations": {"inbound": 1.0},
    "vendors": [{"name": "A"}],
}


def test_administration_grows_with_open_cases() -> None:
    got = week_of(**CASES)
    assert got["administration"] == pytest.approx(FIXED + 12 * PER_CASE)
    assert got["idle"] == 0.0
    assert got["preparation"] == pytest.approx((W - 16) * 0.2)


def test_habits_go_a_share_of_the_way_each_week() -> None:
    """From one plan to the other: old + (1 - (1 - r)^n) (new - old); none of it if behavior doesn't change."""
    other = {"prospecting": 1.0, "preparation": 0.0, "selling": 0.0, "social": 0.0}
    for change in (0.0, 0.5, 1.0, 50.0):
        scenario = market(reps={"habit_rate": 0.1})
        rows = [scenario.strategies[0].model_dump(), {"name": "new", "plan": other, "habit_change": change}]
        scenario = type(scenario).model_validate({**scenario.model_dump(), "strategies": rows})
        engine = Engine(scenario)
        engine.assign(*[[1] * len(x) for x in engine.status_quo()])
        engine.run(7)
        gone = 1 - (1 - min(1.0, 0.1 * change)) ** 7
        old = np.array([0.1, 0.2, 0.3, 0.4])
        assert engine.market.reps.habits[0] == pytest.approx(old + gone * (np.eye(4)[0] - old))


def test_a_new_rep_ramps() -> None:
    """Week n in the job: 1 - (1 - start) e^(-n/weeks) of the hours are productive."""
    engine = Engine(
        market(turnover={"leave_other": 1.0, "leave_below": 1.0}, reps={"ramp_start": 0.25, "ramp_weeks": 10})
    )
    engine.run(52)
    ramping = ACTIVITIES.index("ramping")
    assert not np.any(engine.market.reps.hours[:, ramping])
    for n in range(20):
        engine.step()
        lost = W * 0.75 * math.exp(-n / 10)
        assert engine.market.reps.hours[:, ramping] == pytest.approx(lost)
        assert engine.market.reps.hours.sum(axis=1) == pytest.approx(W)


EXTRA = {"prospecting": 1.0, "preparation": 2.0, "selling": 4.0, "social": 8.0}


def test_extra_hours_come_on_top_and_move_nothing_else() -> None:
    """Neither administration, nor learning, nor what a tool frees, nor habits see them."""
    tool = {"name": "notes", "saving": 0.6, "upkeep_hours": 3.0}
    usual = week_of([tool], **CASES)
    longer = week_of([tool], strategy={"extra_hours": EXTRA}, **CASES)
    assert usual["idle"] == 0.0
    assert longer == pytest.approx({name: h + EXTRA.get(name, 0.0) for name, h in usual.items()})
    assert total(longer) == pytest.approx(W + 15.0)
    one = week_of([tool], strategy={"extra_hours": {"selling": 5.0}}, **CASES)
    assert one == usual | {"selling": pytest.approx(usual["selling"] + 5.0)}


def test_extra_hours_are_worked_where_the_working_week_is_too_short_for_anything() -> None:
    got = week_of(hours=0.0, strategy={"extra_hours": EXTRA}, **CASES)
    assert got == {name: EXTRA.get(name, 0.0) for name in ACTIVITIES}


def test_extra_hours_without_a_case_are_idle() -> None:
    got = week_of(strategy={"extra_hours": EXTRA})
    assert got["preparation"] == got["selling"] == 0.0
    assert got["idle"] == pytest.approx(30 * 0.5 + 6.0)


def test_a_new_rep_works_up_to_extra_hours() -> None:
    """As to all others: what is not productive yet is ramping."""
    engine = Engine(
        market(
            turnover={"leave_other": 1.0, "leave_below": 1.0},
            reps={"ramp_start": 0.25, "ramp_weeks": 10},
            strategy={"extra_hours": EXTRA},
        )
    )
    engine.run(52)
    social, prospecting = ACTIVITIES.index("social"), ACTIVITIES.index("prospecting")
    hours = engine.market.reps.hours
    assert hours[:, social] == pytest.approx(30 * 0.4 + 8.0)
    for n in range(20):
        engine.step()
        ramp = 1 - 0.75 * math.exp(-n / 10)
        left = max(W * ramp - FIXED, 0.0)
        assert hours[:, social] == pytest.approx(left * 0.4 + ramp * 8.0)
        assert hours[:, prospecting] == pytest.approx(left * 0.1 + ramp * 1.0)
        assert hours[:, ACTIVITIES.index("ramping")] == pytest.approx((W + 15.0) * (1 - ramp))
        assert hours.sum(axis=1) == pytest.approx(W + 15.0)


def test_a_push_takes_its_part_of_extra_hours_too() -> None:
    engine = Engine(market(strategy={"extra_hours": EXTRA}, push={"hours_shift": 0.25}, **CASES))
    engine.market.reps.pushing[:] = 1
    engine.run(1)
    got = dict(zip(ACTIVITIES, engine.market.reps.hours[0].tolist(), strict=True))
    left = W - FIXED - 12 * PER_CASE
    others = {name: left * PLAN[name] + EXTRA[name] for name in ("prospecting", "preparation", "social")}
    assert {name: got[name] for name in others} == pytest.approx({k: 0.75 * h for k, h in others.items()})
    assert got["selling"] == pytest.approx(left * 0.3 + 4.0 + 0.25 * sum(others.values()))
    assert total(got) == pytest.approx(W + 15.0)
