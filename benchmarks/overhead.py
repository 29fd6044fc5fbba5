"""What a run costs beside its simulated weeks, in a market so small that little else is left."""

from __future__ import annotations

import statistics
from typing import Any

from benchmarks.measure import Options, Table, clock, replaced
from zerosum.market import engine
from zerosum.runs.replicate import replicate
from zerosum.runs.schema import TABLES
from zerosum.scenario import load_scenario

BUYERS = 200
GOAL = 1.0
"""Milliseconds."""

WANTED = {"runs alone": frozenset({"runs"}), "all": frozenset(TABLES)}


def measure(options: Options) -> list[Table]:
    """Time replications, warm-ups included, and the weeks within them."""
    scenario = load_scenario("workshop", [f"market.buyers={BUYERS}"])
    runs = 2 * len(scenario.compared_names) * len(scenario.comparison.adopters)
    within = [0.0]
    run_weeks = engine.run_weeks

    def timed(*arguments: Any) -> int:
        start = clock()
        week = run_weeks(*arguments)
        within[0] += clock() - start
        return week

    rows = []
    with replaced(engine, run_weeks=timed):
        for name, wanted in WANTED.items():
            replicate(scenario, 0, wanted=wanted)  # compiles, or loads what was compiled
            whole, weeks = [], []
            for replication in range(1, 3 if options.quick else 41):
                within[0], start = 0.0, clock()
                replicate(scenario, replication, wanted=wanted)
                whole.append((clock() - start) * 1e3 / runs)
                weeks.append(within[0] * 1e3 / runs)
            beside = [a - b for a, b in zip(whole, weeks, strict=True)]
            found = [statistics.median(times) for times in (whole, weeks, beside)]
            rows.append([name, *(f"{milliseconds:.2f}" for milliseconds in found), f"{GOAL:.0f}"])
    columns = ("tables", "a run (ms)", "its weeks (ms)", "beside them (ms)", "goal: under (ms)")
    title = f"What a run costs beside its weeks: workshop with {BUYERS} buyers"
    note = "One thread; a run's part of the warm-ups and of the market's building is in it. Median of 40 replications."
    return [Table("overhead", title, columns, rows, (note,))]
