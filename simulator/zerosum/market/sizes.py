"""Estimate memory and time of a simulation from the scenario's sizes, before it starts.

Everything that simulates checks here first, so that a market too large for memory is an error at once. Nothing heavy
is imported, and nothing is allocated.
"""

from __future__ import annotations

import math
from collections.abc import Collection

from zerosum.machine import memory_free
from zerosum.scenario.comparison import YEAR
from zerosum.scenario.errors import Problem, ScenarioError
from zerosum.scenario.spec import Scenario

ROW_BYTES = {"runs": 700, "weekly": 390, "reps": 220, "rep_years": 90, "segments": 120, "deals": 195}
"""Table of results -> bytes of a row in memory; ``tests/test_sizes.py`` checks them against the schema."""

COPIES = 2.4
"""Copies of the rows in memory when all replications are put together; measured."""

DEALS_PER_WEEK = 2.1
"""Opportunities that a rep closes in a week, with enough buyers; measured."""

DEALS_PER_BUYER = 0.21 / 52
"""Opportunities of a vendor that close per buyer and week; measured."""

SECONDS_PER_BUYER_WEEK = 60e-9
SECONDS_PER_REP_WEEK = 3e-6
"""Of one processor; docs/architecture.md, "A big market"."""

PROCESS = 300e6
"""Bytes of a process with all libraries loaded."""

LONG = 600.0
"""Seconds from which a command announces its duration."""


def memory_needed(scenario: Scenario) -> int:
    """Estimate the bytes that one replication needs at its peak.

    That is when the chance baseline is being built or run: two markets' constant columns, three states (a start, a run
    and one more), a fourth if adopters share runs; who follows which strategy, in each run; and working
    space.
    """
    n_vendors, ties = len(scenario.vendors), scenario.market.neighbours
    constant = 17 + 8 * n_vendors + 4 * ties
    changing = 51 + 12 * n_vendors
    building = 32 + 24 * ties
    states = 3 if len(scenario.comparison.adopters) == 1 else 4
    n_reps = sum(v.reps for v in scenario.vendors)
    per_rep = (
        400 + 60 * len(scenario.tools) + 60 * scenario.reps.max_open_opportunities + 8 * scenario.clock.weeks
    )
    weekly = scenario.clock.weeks * n_vendors * 400
    assignments = 8 * n_reps * (len(_moves(scenario)) + 1)
    return (
        scenario.market.buyers * (2 * constant + states * changing + building)
        + states * n_reps * per_rep
        + states * weekly
        + assignments
    )


def results_needed(scenario: Scenario, replications: int, tables: Collection[str], nulls: bool = True) -> int:
    """Estimate the bytes that the tables of all replications need, when they are put together.

    Parameters
    ----------
    scenario : Scenario
    replications : int
    tables : collection of str
        Names of the tables that are kept.
    nulls : bool
        Whether there is a chance baseline beside each run.
    """
    weeks, vendor = scenario.clock.weeks, scenario.vendors[scenario.focal_index]
    moves = _moves(scenario)
    apart = sum(adopters != "head-to-head" for adopters in moves)
    # In head-to-head, the strategies share one team.
    teams = apart + (len(moves) - apart) / max(1, len(scenario.compared_names))
    reps = vendor.reps * teams
    buyers = scenario.market.buyers / vendor.reps  # each vendor's territories are the whole market
    deals = weeks * min(DEALS_PER_WEEK, DEALS_PER_BUYER * buyers)
    rows = {
        "runs": len(moves) * (1 + nulls),
        "weekly": apart * weeks,
        "reps": reps * (1 + nulls),
        "rep_years": reps * (1 + nulls) * math.ceil(weeks / YEAR),
        "segments": len(moves) * len(scenario.segments),
        "deals": reps * deals,
    }
    once = sum(size * rows[name] for name, size in ROW_BYTES.items() if name in tables)
    return int(COPIES * replications * once)


def seconds_needed(scenario: Scenario, replications: int, nulls: bool = True) -> float:
    """Estimate the processor seconds of replications: all strategies for all adopters, and the chance baseline."""
    clock = scenario.clock
    reps = sum(v.reps for v in scenario.vendors)
    week = SECONDS_PER_BUYER_WEEK * scenario.market.buyers + SECONDS_PER_REP_WEEK * reps
    weeks = clock.warmup_weeks + len(_moves(scenario)) * clock.weeks
    return replications * (1 + nulls) * weeks * week


def workers_that_fit(
    scenario: Scenario,
    wanted: int,
    replications: int = 1,
    tables: Collection[str] = (),
    *,
    process: bool = False,
) -> int:
    """Return how many replications fit in memory at a time, at most ``wanted``.

    Parameters
    ----------
    scenario : Scenario
    wanted : int
        Workers.
    replications : int
        Whose ``tables`` are kept in memory until all are there.
    tables : collection of str
        Names of these tables.
    process : bool
        Whether each worker is a process with libraries of its own.

    Raises
    ------
    ScenarioError
        If not even one does; says how much it takes, and what to lower.
    """
    worker = memory_needed(scenario) + (PROCESS if process else 0.0)
    kept = results_needed(scenario, replications, tables)
    free = memory_free()
    if worker + kept > free:
        raise ScenarioError(_too_large(scenario, replications, worker, kept, free))
    if math.isinf(free):  # a system that doesn't say what it has
        return wanted
    return min(wanted, max(1, int((free - kept) / worker)))


def check_market(scenario: Scenario) -> None:
    """Check that the market fits in memory.

    Raises
    ------
    ScenarioError
        Says how much it takes, and what to lower.
    """
    if memory_needed(scenario) > PROCESS:  # smaller ones fit everywhere, and the question takes its time
        workers_that_fit(scenario, 1)


def format_bytes(count: float) -> str:
    """Write a number of bytes.

    >>> format_bytes(1.03e12), format_bytes(22.4e9), format_bytes(3_100_000), format_bytes(1_300)
    ('1.03 TB', '22.4 GB', '3.1 MB', '2 kB')
    """
    for size, unit, digits in ((1e12, "TB", 2), (1e9, "GB", 1), (1e6, "MB", 1)):
        if count >= size:
            return f"{count / size:,.{digits}f} {unit}"
    return f"{math.ceil(count / 1e3)} kB"


def format_duration(seconds: float) -> str:
    """Write a long time.

    >>> format_duration(1_560), format_duration(90_000), format_duration(3e8)
    ('26 minutes', '25 hours', '9.5 years')
    """
    for size, unit in ((365.25 * 86_400, "years"), (86_400.0, "days")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds / 3600:,.0f} hours" if seconds >= 7200 else f"{seconds / 60:.0f} minutes"


def _moves(scenario: Scenario) -> list[str]:
    """Return who adopts, for every strategy and choice of adopters."""
    return [adopters for adopters in scenario.comparison.adopters for _ in scenario.compared_names]


def _too_large(scenario: Scenario, replications: int, worker: float, kept: float, free: float) -> Problem:
    reps, strategies = sum(v.reps for v in scenario.vendors), len(scenario.compared_names)
    parts = [f"a market of {scenario.market.buyers:,} buyers and {reps:,} reps {format_bytes(worker)}"]
    if kept:
        many = "replication" if replications == 1 else "replications"
        parts.append(
            f"the results of {strategies:,} strategies in {replications:,} {many} {format_bytes(kept)}"
        )
    largest = max(scenario.vendors, key=lambda v: v.reps)
    lower = []
    if kept > free / 2:
        lower += ["comparison.replications", "comparison.strategies"]
    if reps > scenario.market.buyers / 10:
        lower.append(f"vendors.{largest.name}.reps")
        lower += ["reps.max_open_opportunities"] if worker > free / 2 else []
    else:
        lower.append("market.buyers")
    return Problem(
        wrong=f"this needs about {format_bytes(worker + kept)} of memory ({', '.join(parts)}); {format_bytes(free)} "
        "are free here",
        source=scenario.name,
        allowed=f"lower {' or '.join(lower)}",
    )
