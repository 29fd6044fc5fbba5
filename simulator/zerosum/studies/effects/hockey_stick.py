"""A quota ratchet and a push at the quarter's end create a hockey stick."""

from __future__ import annotations

import numpy as np

from zerosum.market.metrics import measure
from zerosum.market.records import REVENUE_DISPLACED, REVENUE_NEW, REVENUE_RENEWED, REVENUE_UPGRADED
from zerosum.market.run import OnWeek, Run
from zerosum.market.state import QUARTER, YEAR
from zerosum.scenario import parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.effects.effect import Effect, Row, number, one
from zerosum.studies.probes import added, runs, varied

YEARS = 2
"""Long enough for a ratchet to have turned, and for what was borrowed to be missing."""


def _late(run: Run, weeks: int) -> float:
    """Part of our revenue that is booked in the last weeks of quarters."""
    columns = [REVENUE_NEW, REVENUE_DISPLACED, REVENUE_RENEWED, REVENUE_UPGRADED]
    booked = run.engine.recorder.weekly[:, run.vendor, columns].sum(axis=1)
    first = run.engine.week - run.weeks
    last = (first + np.arange(len(booked))) % QUARTER >= QUARTER - weeks
    return float(booked[last].sum() / booked.sum())


def _pushed(scenario: Scenario, replication: int, on_week: OnWeek | None) -> tuple[float, float]:
    """Rise of the late part, and relative rise of revenue, by pushing."""
    strategies = [varied(scenario, "calm", push=False), varied(scenario, "pushes", push=True)]
    found = runs(
        added(scenario, strategies),
        replication,
        [(strategy.name, "alone") for strategy in strategies],
        on_week,
    )
    calm, pushed = found.values()
    weeks = scenario.push.weeks
    revenue = measure(pushed)["revenue"] / measure(calm)["revenue"] - 1.0
    return _late(pushed, weeks) - _late(calm, weeks), revenue


def _observe(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    longer = parse_scenario(scenario, {"clock.weeks": YEAR * YEARS})
    late, revenue = _pushed(longer, replication, on_week)
    loose, _ = _pushed(parse_scenario(longer, {"quota.ratchet": 0.0}), replication, on_week)
    tight, _ = _pushed(parse_scenario(longer, {"quota.ratchet": 1.0}), replication, on_week)
    return {"late": one(late), "ratchet": one(tight - loose), "revenue": one(revenue)}


HOCKEY_STICK = Effect(
    "hockey-stick",
    "Push and ratchet make a hockey stick",
    "Reps behind quota who push at a quarter's end crowd revenue into its last weeks, the more so the tighter quotas "
    "follow results; and it costs revenue.",
    "Larkin 2014 (6 to 8 % of revenue); Misra & Nair 2011 (ratchet); Oyer 1998",
    "whether our reps push; then quota.ratchet (1 against 0). Two measured years",
    (
        number("late", "Part of revenue in the last weeks of quarters, push less no push", "share", "above"),
        number("ratchet", "  that rise, full ratchet less none", "share", "above"),
        number("revenue", "  relative change of revenue by pushing", "share", "below"),
    ),
    _observe,
)
