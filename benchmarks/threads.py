"""A comparison on one thread and on two: the same results, in how much less time."""

from __future__ import annotations

import statistics
import time

from benchmarks.measure import Options, Table
from zerosum.scenario import load_scenario
from zerosum.studies.compare import compare_strategies

WORKERS = (1, 2)


def measure(options: Options) -> list[Table]:
    """Time kickoff's comparison by the clock: this is about using the other core, so nothing else may use it."""
    replications = 2 if options.quick else 8
    name = "workshop" if options.quick else "kickoff"
    scenario = load_scenario(name, [f"comparison.replications={replications}"])
    runs = compare_strategies(scenario, 1).runs  # compiles
    medians = []
    for workers in WORKERS:
        seconds = []
        for _ in range(1 if options.quick else 3):
            start = time.perf_counter()
            found = compare_strategies(scenario, workers)
            seconds.append(time.perf_counter() - start)
            if not found.runs.equals(runs):
                raise AssertionError(f"{workers} threads give another result")
        medians.append(statistics.median(seconds))
    rows = [
        [str(workers), f"{took:.2f}", f"{medians[0] / took:.2f}", "equal"]
        for workers, took in zip(WORKERS, medians, strict=True)
    ]
    title = f"zerosum compare {name}, {replications} replications"
    return [Table("threads", title, ("threads", "by the clock (s)", "one thread = 1", "results"), rows)]
