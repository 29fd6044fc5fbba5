"""Where a rep's week goes: administration first, learning, then what habits say; freed hours as planned.

Habits move slowly towards the strategy's plan. A tool frees hours at once, but changes no habit. Extra hours come on
top of the working week, for one activity; a new rep works up to them as to all others.

Source: MODEL.md step 5; the time shares it is fitted to are in the table of evidence (admin 16-31 %, selling
30-46 %).
"""

from __future__ import annotations

import math

from zerosum.market.jit import kernel
from zerosum.market.rules import Rules
from zerosum.market.state import (
    ADMINISTRATION,
    IDLE,
    LEARNING,
    N_PLANNED,
    PREPARATION,
    PROSPECTING,
    RAMPING,
    ROUTINE,
    SELLING,
    SLACK,
    SOCIAL,
    TRIAL,
    Market,
)

HIGHEST_SAVING = 0.8
"""Tools together save at most this share of administration."""


@kernel
def ramp(rep: int, week: int, market: Market, rules: Rules) -> float:
    """Share (0..1) of a rep's hours that is productive, after its time in the job."""
    hired = market.reps.hired[rep]
    if hired < 0:
        return 1.0
    options = rules.workweek
    return 1.0 - (1.0 - options.ramp_start) * math.exp(-(week - hired) / options.ramp_weeks)


@kernel
def divide_week(week: int, market: Market, rules: Rules) -> None:
    """Divide every rep's week.

    Reads: reps.strategy, hired, tool_*, free_slots, pushing. Writes: reps.habits, admin_hours, hours.
    Keeps: the hours of a rep sum to its working hours and its strategy's extra hours.
    """
    reps, tools, strategies, options = market.reps, rules.tools, rules.strategies, rules.workweek
    for rep in range(len(reps.vendor)):
        strategy, hours = reps.strategy[rep], reps.hours[rep]
        ramped = ramp(rep, week, market, rules)
        productive = options.hours * ramped
        learning, saving = 0.0, 0.0
        for tool in range(len(tools.saving)):
            status = reps.tool_status[rep, tool]
            if strategies.offers[strategy, tool] == 1 and (status == TRIAL or status == ROUTINE):
                proficiency = reps.tool_proficiency[rep, tool]
                learning += (
                    tools.learning_hours[tool] * (1.0 - proficiency) + tools.upkeep_hours[tool] * proficiency
                )
                saving += tools.saving[tool] * reps.tool_use[rep, tool]
        learning = min(learning, productive)
        n_open = options.slots - reps.free_slots[rep]
        admin = min(options.admin_fixed + options.admin_per_opportunity * n_open, productive - learning)
        saved = admin * min(HIGHEST_SAVING, saving)
        left = productive - learning - admin

        pace = min(1.0, options.habit_rate * strategies.habit_change[strategy])
        all_extra = 0.0
        for activity in range(N_PLANNED):
            habit = reps.habits[rep, activity]
            habit += pace * (strategies.plan[strategy, activity] - habit)
            reps.habits[rep, activity] = habit
            extra = strategies.extra[strategy, activity]
            hours[activity] = left * habit + saved * strategies.reinvest[strategy, activity] + ramped * extra
            all_extra += extra
        if reps.pushing[rep] == 1:
            shift = rules.push.hours_shift
            for activity in (PROSPECTING, PREPARATION, SOCIAL):
                moved = shift * hours[activity]
                hours[activity] -= moved
                hours[SELLING] += moved
        reps.admin_hours[rep] = admin
        hours[ADMINISTRATION] = admin - saved
        hours[LEARNING] = learning
        hours[SLACK] = saved * strategies.reinvest[strategy, N_PLANNED]
        hours[RAMPING] = options.hours - productive + (1.0 - ramped) * all_extra
        hours[IDLE] = 0.0
