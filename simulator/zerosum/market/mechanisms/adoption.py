"""Tool adoption: trial, learning, and routine use.

A rep that is offered a tool starts a trial on its own or after colleagues; reps on pace for quota do so less
often. In a trial proficiency follows a learning curve; at its end the rep keeps or drops the tool.

Source: Bass (1969) within a team; conservatism of those on commission as in docs/model.md step 4; trial and decay
without training after Speier & Venkatesh (2002).
"""

from __future__ import annotations

import math

import numpy as np

from zerosum.market import draws
from zerosum.market.declare.rules import Rules
from zerosum.market.jit import kernel
from zerosum.market.records import IN_ROUTINE, IN_TRIAL, TOOL_USE, Record
from zerosum.market.state import DROPPED, IDLE_TOOL, ROUTINE, TRIAL, YEAR, Market

HIGHEST_TRIAL_PACE = 2.0
"""Cap, so that a windfall in the trial counts for the tool only so far."""


@kernel
def quota_pace(rep: int, weeks_passed: int, market: Market) -> float:
    """Return revenue over quota, year to date; 0 without a quota or a week."""
    quota = market.reps.quota[rep]
    if quota <= 0.0 or weeks_passed == 0:
        return 0.0
    return max(0.0, market.reps.revenue_year[rep] / (quota * weeks_passed / YEAR))


@kernel
def _trial_pace(rep: int, tool: int, market: Market, rules: Rules) -> float:
    """Return revenue over the quota due during the trial, within 0..2; 1 without a quota."""
    reps = market.reps
    if reps.quota[rep] <= 0.0:
        return 1.0
    expected = reps.quota[rep] * rules.tools.trial_weeks[tool] / YEAR
    pace = (reps.revenue_total[rep] - reps.tool_trial_revenue[rep, tool]) / expected
    return min(max(pace, 0.0), HIGHEST_TRIAL_PACE)


@kernel
def _keeps(key: np.uint64, week: int, rep: int, tool: int, market: Market, rules: Rules) -> bool:
    """Return whether the rep keeps the tool after a trial. Draws: (KEEP, agent=address, week, draw=tool)."""
    reps, tools = market.reps, rules.tools
    hours_felt = tools.saving[tool] * reps.tool_proficiency[rep, tool] * reps.admin_hours[rep]
    inclination = (
        tools.keep[tool]
        + tools.keep_training[tool] * rules.strategies.training[reps.strategy[rep]]
        + tools.keep_hours[tool] * hours_felt
        + tools.keep_pace[tool] * (_trial_pace(rep, tool, market, rules) - 1.0)
    )
    chance = 1.0 / (1.0 + math.exp(-inclination))
    return draws.uniform(key, draws.KEEP, int(reps.address[rep]), week, tool) < chance


@kernel
def adopt(key: np.uint64, week: int, market: Market, rules: Rules, record: Record) -> None:
    """Simulate a week of every rep's tool adoption.

    Colleagues' use is that at the week's start, so the order of reps doesn't matter.

    Draws: (TRIAL, agent=address, week, draw=tool), (KEEP, likewise).
    Writes: reps.tool_*.
    """
    reps, tools, strategies = market.reps, rules.tools, rules.strategies
    n_tools, n_vendors = len(tools.saving), len(market.vendors.strategy)
    if n_tools == 0:
        return
    routine = np.zeros((n_vendors, n_tools), np.int64)
    team = np.zeros(n_vendors, np.int64)
    for rep in range(len(reps.vendor)):
        team[reps.vendor[rep]] += 1
        for tool in range(n_tools):
            if reps.tool_status[rep, tool] == ROUTINE:
                routine[reps.vendor[rep], tool] += 1

    for rep in range(len(reps.vendor)):
        vendor, strategy = int(reps.vendor[rep]), int(reps.strategy[rep])
        content = rules.reps.conservatism * min(1.0, quota_pace(rep, week % YEAR, market))
        n_offered, used = 0, 0.0
        for tool in range(n_tools):
            reps.tool_use[rep, tool] = 0.0
            if strategies.offers[strategy, tool] == 0:
                continue
            n_offered += 1
            status = int(reps.tool_status[rep, tool])
            if status == IDLE_TOOL:
                colleagues = routine[vendor, tool]
                share = colleagues / (team[vendor] - 1) if team[vendor] > 1 else 0.0
                hazard = (tools.innovation[tool] + tools.imitation[tool] * share) * (1.0 - content)
                if draws.uniform(key, draws.TRIAL, int(reps.address[rep]), week, tool) < hazard:
                    status = TRIAL
                    reps.tool_proficiency[rep, tool] = 0.0
                    reps.tool_trial_start[rep, tool] = week
                    reps.tool_trial_revenue[rep, tool] = reps.revenue_total[rep]
            elif status == TRIAL and week - reps.tool_trial_start[rep, tool] >= tools.trial_weeks[tool]:
                status = ROUTINE if _keeps(key, week, rep, tool, market, rules) else DROPPED
            reps.tool_status[rep, tool] = status
            if status in (TRIAL, ROUTINE):
                proficiency = reps.tool_proficiency[rep, tool]
                proficiency += tools.learning_rate[tool] * (1.0 - proficiency)
                reps.tool_proficiency[rep, tool] = proficiency
                reps.tool_use[rep, tool] = proficiency
                record.weekly[vendor, IN_TRIAL if status == TRIAL else IN_ROUTINE] += 1.0
            used += reps.tool_use[rep, tool]
        record.rep_use[rep] = used / n_offered if n_offered > 0 else 0.0
        record.weekly[vendor, TOOL_USE] += record.rep_use[rep] / team[vendor]
