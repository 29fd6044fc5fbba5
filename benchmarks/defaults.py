"""The default market beside the one before it: what a week costs a buyer, and what happens in it.

A market in which more happens costs more. So the processor's time is set beside what it was spent on: evaluations that
were decided, and opportunities that reps worked on. The markets run in turns, after their warm-ups; of several times
the shortest counts, since other work on the machine only adds to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from benchmarks.measure import NANO, Options, Table, clock
from docs.tools.ablation.markets import FORMER
from zerosum.market.engine import Engine
from zerosum.market.records import OPEN
from zerosum.market.state import YEAR, bytes_per_buyer
from zerosum.scenario import Scenario, load_scenario, parse_scenario


class Found(NamedTuple):
    """What a market costs, and what happens in it: seconds, evaluations and opportunities are per buyer and week."""

    buyers: int
    reps: int
    seconds: float
    evaluations: float
    opportunities: float
    open: float
    """Open opportunities per rep, mean over weeks."""
    slots: int
    bytes_per_buyer: float
    bytes_per_rep: float


def markets(quick: bool) -> Mapping[str, Scenario]:
    """Return the markets to be timed, the former default first."""
    now = load_scenario("kickoff")
    found = {
        "before": load_scenario(FORMER),
        "now": now,
        "now, capacity 24": parse_scenario(now, {"reps.max_open_opportunities": 24}),
        "now, no lists": parse_scenario(now, {"invitations.rule": "independent"}),
    }
    if not quick:
        return found
    return {
        name: parse_scenario(one, {"market.buyers": 400, "clock.warmup_weeks": 52})
        for name, one in found.items()
    }


def bytes_per_rep(engine: Engine) -> float:
    """Count the bytes of all columns whose length grows with the reps, per rep; territories count for buyers."""
    market = engine.market
    columns = [*market.opportunities, *(c for n, c in market.reps._asdict().items() if n != "territory")]
    return sum(np.asarray(column).nbytes for column in columns) / len(market.reps.vendor)


def timed(start: Engine) -> tuple[float, Engine]:
    """Run a copy of a warmed-up market for a year; return the processor seconds, and the copy."""
    engine = start.branch()
    before = clock()
    engine.run(YEAR)
    return clock() - before, engine


def measure(options: Options) -> list[Table]:
    """Time the markets in turns."""
    scenarios = markets(options.quick)
    starts = {name: Engine(scenario) for name, scenario in scenarios.items()}
    for name, start in starts.items():
        start.run(scenarios[name].clock.warmup_weeks)
    seconds = dict.fromkeys(starts, np.inf)
    ended: dict[str, Engine] = {}
    repeats = 1 if options.quick else 4 * options.repeats
    for _ in range(repeats):
        for name, start in starts.items():
            spent, ended[name] = timed(start)
            seconds[name] = min(seconds[name], spent)
    found = {name: _found(seconds[name], starts[name], ended[name]) for name in starts}
    before = found["before"]
    lines: Mapping[str, Callable[[Found], str]] = {
        "buyers": lambda one: f"{one.buyers:,}",
        "reps": lambda one: f"{one.reps}",
        "per buyer-week (ns)": lambda one: f"{NANO * one.seconds:.0f}",
        "per buyer-week, before = 1": lambda one: f"{one.seconds / before.seconds:.2f}",
        "evaluations a buyer and year": lambda one: f"{YEAR * one.evaluations:.2f}",
        "opportunities a buyer and year": lambda one: f"{YEAR * one.opportunities:.2f}",
        "time per evaluation, before = 1": lambda one: _ratio(
            one, before, one.evaluations / before.evaluations
        ),
        "time per opportunity, before = 1": lambda one: _ratio(
            one, before, one.opportunities / before.opportunities
        ),
        "open opportunities a rep": lambda one: f"{one.open:.1f}",
        "capacity a rep": lambda one: f"{one.slots}",
        "memory of a buyer (bytes)": lambda one: f"{one.bytes_per_buyer:,.0f}",
        "memory of a rep (bytes)": lambda one: f"{one.bytes_per_rep:,.0f}",
    }
    return [
        Table(
            "defaults",
            "The default market and the one before it, a year after their warm-ups",
            ("", *found),
            [[what, *map(said, found.values())] for what, said in lines.items()],
            (
                f"One thread, in turns, the least of {repeats} times each. Goal: at equal activity at most 1.2.",
                "Before: docs/tools/ablation/former.toml.",
            ),
        )
    ]


def _ratio(one: Found, before: Found, activity: float) -> str:
    return f"{one.seconds / before.seconds / activity:.2f}"


def _found(seconds: float, start: Engine, end: Engine) -> Found:
    buyers, reps = len(start.market.buyers.value), len(start.market.reps.vendor)
    per_week = buyers * YEAR
    return Found(
        buyers,
        reps,
        seconds / per_week,
        len(end.recorder.decisions.week) / per_week,
        len(end.recorder.deals.week) / per_week,
        float(end.recorder.weekly[:, :, OPEN].sum()) / YEAR / reps,
        end.scenario.reps.max_open_opportunities,
        bytes_per_buyer(end.market),
        bytes_per_rep(end),
    )
