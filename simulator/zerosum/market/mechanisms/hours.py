"""Divide a rep's week: admin first, then learning, then by habits; saved hours as the strategy plans.

Habits move slowly towards the strategy's plan. A tool saves hours at once, but changes no habit. Extra hours are
added to the working week, by activity; a new rep ramps up to them as to all others.

Source: docs/model.md step 5; the time shares that it is fitted to are in the table of evidence (admin 16-31 %, selling
30-46 %).
"""

from __future__ import annotations

import math

from zerosum.market.declare.evidence import assumption, definition, second_hand
from zerosum.market.declare.rules import Rules
from zerosum.market.declare.section import (
    HOURS_OF_A_WEEK,
    LEAST_WEEKS,
    MUCH,
    SHORTEST_WEEK,
    Section,
    calibrated,
    quantity,
)
from zerosum.market.jit import kernel
from zerosum.market.mechanisms import push
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


class Reps(Section):
    """What a rep's week is made of, and how reps differ."""

    hours_per_week: float = quantity(
        45.0,
        "hours/week",
        "Working hours of a rep. With a strategy's extra_hours, at most 168.",
        evidence=second_hand(
            "Aaron Wallis (recruiters) 2009, 644 British salespeople, "
            "http://news.aaronwallis.co.uk/2009/10/sales-professionals-are-working-harder.html",
            "79 % work more than 40 hours, 8 % 60 or more; the mean is not given. Order of magnitude.",
        ),
        ge=0,
        above_zero=SHORTEST_WEEK,
        le=HOURS_OF_A_WEEK,
    )
    skill_sd: float = quantity(
        1.0,
        "skill units",
        "Spread of skill between reps; 0: all alike.",
        evidence=definition("Skill is in standard units; what a unit is worth is effort.skill_weight."),
        ge=0,
        le=MUCH,
    )
    max_open_opportunities: int = quantity(
        48,
        "opportunities",
        "Open-opportunity capacity: how many a rep can work on at once.",
        evidence=second_hand(
            "Chief, a vendor: 10 to 15 for contracts of 50 k dollars, more for smaller ones, "
            "https://www.getchief.com/sales-glossary-terms/open-opportunity",
            "A limit, twice what a rep has open on average: arrivals and cycles decide how many that is.",
        ),
        ge=1,
        le=1000,
    )
    admin_fixed_hours: float = quantity(
        calibrated("reps.admin_fixed_hours"),
        "hours/week",
        "Admin and meetings, independent of open opportunities.",
        evidence=second_hand(
            "16 % of time (Yankee Group 2004, "
            "https://www.sellingpower.com/2010/01/13/1236/how-to-manipulate-father-time) to 31 % "
            "(Proudfoot, measured, "
            "https://repsly.com/blog/field-team-management/how-a-field-rep-spends-his-day)",
            "The figure is for all admin: with ten opportunities open, 23 % here. Its division "
            "into fixed and per opportunity is an assumption.",
        ),
        ge=0,
        le=HOURS_OF_A_WEEK,
    )
    admin_hours_per_opportunity: float = quantity(
        calibrated("reps.admin_hours_per_opportunity"),
        "hours/week",
        "Admin per open opportunity.",
        evidence=assumption(
            "The sum with admin_fixed_hours is within 16 to 31 % of time; how it divides is not known."
        ),
        ge=0,
        le=HOURS_OF_A_WEEK,
    )
    habit_rate: float = quantity(
        0.08,
        "per week",
        "Share of the gap between habits and the strategy's plan that closes in a week.",
        evidence=second_hand(
            "Lally et al. 2010, as reported in the press, "
            "https://www.businessinsider.com/how-long-does-it-take-to-establish-good-habits-2011-11",
            "Simple personal habits: 66 days on average, 18 to some 250, to the plateau. 95 % of the way "
            "takes 252 days here, the slow end. Order of magnitude only.",
        ),
        ge=0,
        le=1,
    )
    conservatism: float = quantity(
        calibrated("reps.conservatism"),
        "share",
        "How much less a rep at quota pace tries a tool (0: no less).",
        ge=0,
        le=1,
    )
    ramp_start: float = quantity(
        calibrated("reps.ramp_start"),
        "share",
        "Share of a new rep's hours that are productive at first.",
        evidence=second_hand(
            "a vendor's curve of a complex sale: 20/30/50/65/70/95 % in the first six quarters",
            "First quarter 20 %; the default averages 47 % in it, because its whole ramp is shorter "
            "(ramp_weeks).",
        ),
        ge=0,
        le=1,
    )
    ramp_weeks: float = quantity(
        calibrated("reps.ramp_weeks"),
        "weeks",
        "Weeks in which a new rep gains 63 % of the missing productive hours.",
        evidence=second_hand(
            "Bridge Group 2024: median ramp 5 months",
            "77 % productive after 5 months here, 95 % after a year.",
        ),
        ge=LEAST_WEEKS,
        le=5200,
    )


HIGHEST_SAVING = 0.8
"""Tools together save at most this share of admin."""


@kernel
def ramp(rep: int, week: int, market: Market, rules: Rules) -> float:
    """Return the productive share (0..1) of a rep's hours, given its time in the job."""
    hired = market.reps.hired[rep]
    if hired < 0:
        return 1.0
    options = rules.reps
    return 1.0 - (1.0 - options.ramp_start) * math.exp(-(week - hired) / options.ramp_weeks)


@kernel
def divide_week(week: int, market: Market, rules: Rules) -> None:
    """Divide every rep's week.

    Reads: reps.strategy, hired, tool_*, free_capacity, pushing. Writes: reps.habits, admin_hours, hours.
    Keeps: the hours of a rep sum to its working hours and its strategy's extra hours.
    """
    reps, tools, strategies, options = market.reps, rules.tools, rules.strategies, rules.reps
    for rep in range(len(reps.vendor)):
        strategy, hours = reps.strategy[rep], reps.hours[rep]
        ramped = ramp(rep, week, market, rules)
        productive = options.hours_per_week * ramped
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
        n_open = options.max_open_opportunities - reps.free_capacity[rep]
        admin = min(
            options.admin_fixed_hours + options.admin_hours_per_opportunity * n_open, productive - learning
        )
        saved = admin * min(HIGHEST_SAVING, saving)
        left = productive - learning - admin

        pace = min(1.0, options.habit_rate * strategies.habit_change[strategy])
        all_extra = 0.0
        for activity in range(N_PLANNED):
            habit = reps.habits[rep, activity]
            habit += pace * (strategies.plan[strategy, activity] - habit)
            reps.habits[rep, activity] = habit
            extra = strategies.extra_hours[strategy, activity]
            hours[activity] = left * habit + saved * strategies.reinvest[strategy, activity] + ramped * extra
            all_extra += extra
        if reps.pushing[rep] == 1:
            shift = min(1.0, push.year_end(week, rules) * rules.push.hours_shift)
            for activity in (PROSPECTING, PREPARATION, SOCIAL):
                moved = shift * hours[activity]
                hours[activity] -= moved
                hours[SELLING] += moved
        reps.admin_hours[rep] = admin
        hours[ADMINISTRATION] = admin - saved
        hours[LEARNING] = learning
        hours[SLACK] = saved * strategies.reinvest[strategy, N_PLANNED]
        hours[RAMPING] = options.hours_per_week - productive + (1.0 - ramped) * all_extra
        hours[IDLE] = 0.0
