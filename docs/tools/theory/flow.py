"""Little's law: open opportunities are weekly arrivals times cycle length. Pipeline coverage follows from it."""

from __future__ import annotations

from docs.tools.theory.law import Law, Row, row
from zerosum.market.engine import Engine
from zerosum.market.records import OPEN, OPENED
from zerosum.scenario import load_scenario, parse_scenario

WEEKS, AFTER = 260, 520
"""Weeks that are looked at, and weeks after them, until what came in them has ended: some buyers take years."""


def rows(replications: int) -> list[Row]:
    """Open opportunities per rep against arrivals times cycle, in the market of the kick-off."""
    scenario = parse_scenario(load_scenario("kickoff"), {"market.buyers": 1000, "comparison.seed": 7})
    n_reps = sum(vendor.reps for vendor in scenario.vendors)
    said, theory = [], []
    first, last = scenario.clock.warmup_weeks, scenario.clock.warmup_weeks + WEEKS
    for number in range(replications):
        engine = Engine(scenario, number)
        engine.run(last + AFTER)
        weekly, deals = engine.recorder.weekly[first:last], engine.recorder.deals
        came = (deals.opened >= first) & (deals.opened < last)
        stay = (deals.week - deals.opened)[came].astype(float)
        theory.append(weekly[:, :, OPENED].sum() / WEEKS * stay.mean() / n_reps)
        said.append(weekly[:, :, OPEN].sum() / WEEKS / n_reps)
    return [row("open opportunities per rep, mean over five years", theory, said)]


LAW = Law(
    "Little's law",
    "Open opportunities = arrivals a week × weeks from opening to close.",
    "any market that neither grows nor shrinks; opportunities open at the start or the end of the period add an error",
    "Little 1961",
    rows,
    exact=False,
)


def coverage(attainment: float, cycle_weeks: float, win_rate_by_value: float) -> float:
    """Return pipeline coverage by Little's law: open value over a quarter's quota.

    >>> round(coverage(attainment=1.0, cycle_weeks=13.0, win_rate_by_value=0.25), 2)
    4.0
    """
    return 4.0 * attainment * (cycle_weeks / 52.0) / win_rate_by_value
