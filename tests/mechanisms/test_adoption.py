"""Trials, learning, keeping: hazards and logits by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.helpers import share_error, silent_market, within
from zerosum.market.engine import Engine
from zerosum.market.state import DROPPED, IDLE_TOOL, ROUTINE, TRIAL

pytestmark = pytest.mark.uncompiled


N = 4_000


def team(tool: dict[str, Any], size: int = N, **tables: Any) -> Engine:
    """One vendor whose reps are offered a tool."""
    strategy = {"name": "usual", "tools": ["t"], **tables.pop("strategy", {})}
    return Engine(
        silent_market(
            **{
                "market": {"buyers": 10},
                "vendors": [{"name": "A", "reps": size, "territory": "random"}],
                "tools": [{"name": "t", **tool}],
                "strategies": [strategy],
                **tables,
            }
        )
    )


def states(engine: Engine) -> Any:
    return np.bincount(engine.market.reps.tool_status[:, 0], minlength=4)


@pytest.mark.compiled
def test_trials_start_at_the_hazard() -> None:
    """Alone: geometric. The trial outlasts the run, so nobody is an example to anybody."""
    engine = team({"innovation": 0.07, "imitation": 0.9, "trial_weeks": 520})
    started = []
    for _ in range(40):
        engine.step()
        started.append(states(engine)[TRIAL])
    fresh = np.diff([0, *started])
    expected = N * 0.07 * 0.93 ** np.arange(40)
    rest = N - sum(fresh)
    assert stats.chisquare([*fresh, rest], [*expected, N * 0.93**40]).pvalue > 1e-3
    assert np.all(np.diff(engine.market.reps.tool_trial_start[:, 0] >= 0) <= 1)


def test_colleagues_in_routine_use_are_an_example() -> None:
    """Of N colleagues k use it: hazard imitation * k/(N - 1) for the others, from the week after they have begun."""
    engine = team({"innovation": 0.0, "imitation": 0.5, "trial_weeks": 520})
    engine.market.reps.tool_status[: N // 4, 0] = ROUTINE
    engine.market.reps.tool_proficiency[: N // 4, 0] = 1.0
    engine.step()
    others = N - N // 4
    hazard = 0.5 * (N // 4) / (N - 1)
    assert within(states(engine)[TRIAL] / others, hazard, share_error(hazard, others))
    # Those in trial are no example: the hazard stays as it was.
    before = states(engine)[IDLE_TOOL]
    engine.step()
    new = before - states(engine)[IDLE_TOOL]
    assert within(new / before, hazard, share_error(hazard, before))


def test_colleagues_count_as_they_stood_when_the_step_began() -> None:
    """The first half ends its trial and keeps the tool; the second half sees that in the week after, not before."""
    engine = team({"innovation": 0.0, "imitation": 1.0, "trial_weeks": 2, "keep": 90.0}, size=40)
    engine.market.reps.tool_status[:20, 0] = TRIAL
    engine.market.reps.tool_trial_start[:20, 0] = -2
    engine.step()
    assert states(engine).tolist() == [20, 0, 20, 0]
    engine.step()
    assert states(engine)[TRIAL] > 0


def test_another_vendor_s_users_are_no_example() -> None:
    engine = team(
        {"innovation": 0.0, "imitation": 1.0}, vendors=[{"name": "A", "reps": 5}, {"name": "B", "reps": 5}]
    )
    engine.market.reps.tool_status[:5, 0] = ROUTINE
    engine.run(30)
    assert not np.any(engine.market.reps.tool_status[5:, 0])


@pytest.mark.parametrize(
    ("pace", "conservatism"), [(0.5, 0.6), (1.0, 0.6), (3.0, 0.6), (3.0, 1.0), (0.5, 0.0)]
)
def test_those_who_sell_well_see_nothing_to_mend(pace: float, conservatism: float) -> None:
    engine = team({"innovation": 0.3, "imitation": 0.0}, reps={"conservatism": conservatism})
    engine.week = 26  # half the year has gone
    engine.market.reps.quota[:] = 100.0
    engine.market.reps.revenue_year[:] = 50.0 * pace
    engine.step()
    hazard = 0.3 * (1 - conservatism * min(1.0, pace))
    assert within(states(engine)[TRIAL] / N, hazard, share_error(hazard, N))


def test_proficiency_climbs_along_the_learning_curve_and_is_the_use() -> None:
    engine = team({"innovation": 1.0, "learning_rate": 0.2}, size=10)
    for week in range(1, 12):
        engine.step()
        assert engine.market.reps.tool_proficiency == pytest.approx(1 - 0.8**week)
        assert np.array_equal(engine.market.reps.tool_use, engine.market.reps.tool_proficiency)


@pytest.mark.parametrize(
    ("training", "hours", "quota"), [(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.5, 20.0, 0.0), (0.5, 20.0, 100.0)]
)
def test_the_trial_ends_in_a_logit(training: float, hours: float, quota: float) -> None:
    """keep + training + the hours felt + what the trial's pace says (nothing sold: pace 0; no quota: 1)."""
    tool = {
        "innovation": 1.0, "trial_weeks": 3, "learning_rate": 0.5, "saving": 0.4,
        "keep": -0.4, "keep_training": 0.9, "keep_hours": 0.1, "keep_pace": 0.7,
    }  # fmt: skip
    engine = team(
        tool,
        strategy={"training": training},
        reps={"hours_per_week": 40.0, "admin_fixed_hours": hours},
        prospecting={"attempts_per_hour": 0.0},
    )
    engine.market.reps.quota[:] = quota
    engine.run(3)
    assert states(engine)[TRIAL] == N
    engine.step()
    # In its fourth week the trial is over; the proficiency felt is that of three weeks.
    inclination = -0.4 + 0.9 * training + 0.1 * 0.4 * (1 - 0.5**3) * hours + (0.7 * -1.0 if quota else 0.0)
    p = 1 / (1 + math.exp(-inclination))
    assert states(engine)[ROUTINE] + states(engine)[DROPPED] == N
    assert within(states(engine)[ROUTINE] / N, p, share_error(p, N))
    kept = engine.market.reps.tool_status[:, 0] == ROUTINE
    assert np.all(engine.market.reps.tool_use[~kept] == 0)
    assert engine.market.reps.tool_use[kept] == pytest.approx(1 - 0.5**4)


def test_what_was_dropped_is_not_tried_again() -> None:
    engine = team({"innovation": 1.0, "imitation": 1.0, "trial_weeks": 1, "keep": -100.0}, size=50)
    engine.run(2)
    assert states(engine)[DROPPED] == 50
    engine.run(60)
    assert states(engine)[DROPPED] == 50


@pytest.mark.compiled
def test_a_windfall_counts_twice_the_quota_at_most() -> None:
    """The trial's pace is held within 0..2: from 2 on, more revenue makes nobody keep it rather."""
    kept = []
    for revenue in (0.0, 2.0, 50.0):
        engine = team(
            {"innovation": 1.0, "trial_weeks": 4, "keep": 0.0, "keep_training": 0.0, "keep_pace": 1.0}
        )
        engine.market.reps.quota[:] = 52.0  # a week's share is 1
        engine.run(4)
        engine.market.reps.revenue_total[:] += 4 * revenue
        engine.step()
        kept.append(states(engine)[ROUTINE])
    assert kept[1] == kept[2]
    for share, pace in ((kept[0], 0.0), (kept[1], 2.0)):
        p = 1 / (1 + math.exp(1.0 - pace))
        assert within(share / N, p, share_error(p, N))


def test_a_rep_decides_on_each_tool_by_itself() -> None:
    """Of two equal tools, tried at the same time, each is kept by half, and both by a quarter."""
    tool = {
        "innovation": 1.0,
        "trial_weeks": 1,
        "keep": 0.0,
        "keep_training": 0.0,
        "keep_hours": 0.0,
        "keep_pace": 0.0,
    }
    both = [{"name": name, **tool} for name in ("t", "u")]
    engine = team(tool, 2_000, tools=both, strategies=[{"name": "usual", "tools": ["t", "u"]}])
    engine.run(2)
    kept = engine.market.reps.tool_status == ROUTINE
    assert within(kept.mean(axis=0), 0.5, share_error(0.5, 2_000))
    assert within(kept.all(axis=1).mean(), 0.25, share_error(0.25, 2_000))
