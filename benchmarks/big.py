"""A big market in a process of its own: time, memory, and where a week goes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.markets import busy_market
from benchmarks.measure import NANO, Options, SteppedEngine, Table, clock, python_module, stopwatches
from zerosum.market.state import bytes_per_buyer

STRATEGIES = ("usual", "everything")
"""The status quo of kickoff, with no tool in use, and all mechanisms at once."""


def peak_memory() -> int:
    """Return the most bytes this process has held in memory at once; 0 where the system doesn't say."""
    try:
        import resource
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most) if sys.platform == "darwin" else int(most) * 1024


def run(buyers: int, weeks: int, strategy: str) -> dict[str, Any]:
    """Build the market and run it; return seconds, bytes and the seconds of each step."""
    SteppedEngine(busy_market(2_000, strategy=strategy)).run(2)  # compiles, or loads what was compiled
    scenario = busy_market(buyers, weeks=weeks, strategy=strategy)
    start = clock()
    engine = SteppedEngine(scenario)
    built = clock()
    with stopwatches() as steps:
        engine.run(weeks)
    ran = clock() - built
    return {
        "strategy": strategy,
        "buyers": buyers,
        "reps": len(engine.market.reps.vendor),
        "weeks": weeks,
        "build": built - start,
        "run": ran,
        "bytes_per_buyer": bytes_per_buyer(engine.market),
        "peak": peak_memory(),
        "steps": dict(steps),
    }


def measure(options: Options) -> list[Table]:
    """Time the market under both strategies, one process each."""
    buyers, weeks = (2_000, 4) if options.quick else (options.buyers, 52)
    found = [
        python_module("benchmarks.big", f"--buyers={buyers}", f"--weeks={weeks}", f"--strategy={strategy}")
        for strategy in STRATEGIES
    ]
    rows = [
        [
            run["strategy"],
            f"{run['build']:.1f}",
            f"{run['run']:.1f}",
            f"{_per_buyer_week(run, run['run']):.0f}",
            f"{run['bytes_per_buyer']:.0f}",
            f"{run['peak'] / 1e9:.2f}",
        ]
        for run in found
    ]
    return [
        Table(
            "big",
            f"A big market: {buyers:,} buyers, {found[0]['reps']:,} reps, 4 vendors, {weeks} weeks",
            (
                "everybody's strategy",
                "build (s)",
                "run (s)",
                "per buyer-week (ns)",
                "bytes per buyer",
                "peak (GB)",
            ),
            rows,
            ("One thread. Goals: under 40 ns and under 200 bytes. Peak: the whole process.",),
        ),
        _steps(found),
    ]


def _per_buyer_week(run: dict[str, Any], seconds: float) -> float:
    return float(seconds * NANO / run["weeks"] / run["buyers"])


def _steps(found: list[dict[str, Any]]) -> Table:
    """Where the week goes, in the order of the last run's most expensive step."""
    for run in found:
        run["steps"]["(records and calls)"] = run["run"] - sum(run["steps"].values())
    rows = []
    for name in sorted(found[-1]["steps"], key=lambda name: -found[-1]["steps"][name]):
        row = [name]
        for run in found:
            seconds = run["steps"].get(name, 0.0)
            row += [f"{_per_buyer_week(run, seconds):.2f}", f"{seconds / run['run']:.1%}"]
        rows.append(row)
    columns = ["step (kernel)"]
    for run in found:
        columns += [f"{run['strategy']} (ns)", "of the week"]
    title = f"Where a week goes, per buyer-week: {found[0]['buyers']:,} buyers"
    return Table("steps", title, columns, rows, ("The same runs as above.",))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one market and print what was measured, as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.big", description="Time one big market.")
    parser.add_argument("--buyers", type=int, default=1_000_000)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--strategy", default="everything")
    options = parser.parse_args(arguments)
    print(json.dumps(run(options.buyers, options.weeks, options.strategy)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
