"""Little's law: open opportunities are weekly arrivals times cycle length. Pipeline coverage follows from it."""

from __future__ import annotations

from docs.tools.theory.law import Law, Row, row
from zerosum.market.engine import Engine
from zerosum.market.records import OPEN, OPENED
from zerosum.scenario import load_scenario, parse_scenario

WEEKS = 260


def rows(replications: int) -> list[Row]:
    """Open opportunities per rep against arrivals times cycle, in the market of the kick-off."""
    scenario = parse_scenario(load_scenario("kickoff"), {"market.buyers": 1000, "comparison.seed": 7})
    n_reps = sum(vendor.reps for vendor in scenario.vendors)
    said, theory = [], []
    for number in range(replications):
        engine = Engine(scenario, number)
        engine.run(scenario.clock.warmup_weeks)
        done = len(engine.recorder.deals.week)
        engine.run(WEEKS)
        weekly, deals = engine.recorder.weekly[-WEEKS:], engine.recorder.deals
        stay = (deals.week - deals.opened)[done:].astype(float)
        theory.append(weekly[:, :, OPENED].sum() / WEEKS * stay.mean() / n_reps)
        said.append(weekly[:, :, OPEN].sum() / WEEKS / n_reps)
    return [row("open opportunities per rep, mean over five years", theory, said)]


LAW = Law(
    "Little's law",
    "Open opportunities are arrivals a week times weeks from opening to close.",
    "any market that neither grows nor shrinks; what is open at both ends of the time adds an error",
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
