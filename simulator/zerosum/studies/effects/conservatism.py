"""Conservative reps adopt later when they sell well: if it isn't broke, don't fix it."""

from __future__ import annotations

import numpy as np

from zerosum.market.run import OnWeek
from zerosum.market.state import YEAR
from zerosum.scenario import parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.effects.effect import Effect, Row, number, one
from zerosum.studies.probes import added, assistant, runs, usual, varied


def _delay(scenario: Scenario, replication: int, on_week: OnWeek | None) -> float:
    """Weeks by which the better half of our reps begin a trial later than the other half.

    Better: by quota attainment in the same year on the same luck without the tool, so that what the tool does to it
    doesn't count. A rep that hasn't begun when the run ends counts as beginning then.
    """
    tool = assistant()
    taker = varied(scenario, "offered", tools=(tool.name,), training=0.5)
    market = added(scenario, [taker], [tool])
    base = usual(market).name
    found = runs(market, replication, [(base, "alone"), (taker.name, "alone")], on_week)
    without, offered = found[base, "alone"], found[taker.name, "alone"]
    years = without.engine.recorder.rep_years
    quota = sum((y.quota * y.weeks / YEAR for y in years), np.zeros(1))[without.team]
    earned = sum((y.revenue for y in years), np.zeros(1))[without.team]
    attained = earned / np.where(quota > 0, quota, np.nan)
    engine = offered.engine
    first = engine.market.reps.tool_trial_start[offered.team, len(scenario.tools)]
    begun = np.where(first >= 0, first, engine.week) - (engine.week - offered.weeks)
    better = attained > np.nanmedian(attained)
    return float(begun[better].mean() - begun[~better].mean())


def _observe(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    held = _delay(scenario, replication, on_week)
    free = _delay(parse_scenario(scenario, {"reps.conservatism": 0.0}), replication, on_week)
    return {"delay": one(held), "difference": one(held - free), "free": one(free)}


CONSERVATISM = Effect(
    "nothing-to-mend",
    "Those who sell well adopt later",
    "On commission, a rep who sells well sees nothing to mend, and takes up a new tool later than one who doesn't.",
    "a CRM analyst in 2013, of sales on commission: 'if it isn't broke, don't fix it'",
    "reps.conservatism: the scenario's against none",
    (
        number("delay", "Start of the trial, better half of reps less the other half", "weeks", "above"),
        number("difference", "  less the same without conservatism", "weeks", "above"),
        number("free", "  without conservatism", "weeks"),
    ),
    _observe,
)
