"""The market's tables handed to kernels by value and by pointer: what each costs to compile and to run.

numba passes a named tuple by value, field by field; `zerosum.market.jit.bind` makes one pointer of it instead.
The same week is compiled from nothing and run both ways, in a process and with a kernel cache of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.markets import busy_market
from benchmarks.measure import Options, Table, clock, python_module, replaced
from zerosum.market import engine, population, records
from zerosum.market.engine import Engine


def run(buyers: int, weeks: int, by_value: bool) -> dict[str, Any]:
    """Compile a market's week from nothing, then time it; processor seconds."""
    scenario = busy_market(buyers, weeks=weeks)
    with contextlib.ExitStack() as stack:
        if by_value:
            for module in (engine, population, records):
                stack.enter_context(replaced(module, bind=lambda table: table))
        start = clock()
        Engine(scenario).run(1)
        compiled = clock() - start
        seconds = []
        for _ in range(5):
            market = Engine(scenario)
            start = clock()
            market.run(weeks)
            seconds.append(clock() - start)
    return {"compile": compiled, "week": statistics.median(seconds) / weeks}


def measure(options: Options) -> list[Table]:
    """Time both ways at two sizes of market; a small one shows the cost of the calls themselves."""
    sizes = (500,) if options.quick else (500, 20_000)
    found: dict[str, list[dict[str, Any]]] = {}
    for how in ("by pointer", "by value"):
        with tempfile.TemporaryDirectory() as cache:
            found[how] = [
                python_module(
                    "benchmarks.binding",
                    f"--buyers={buyers}",
                    f"--weeks={4 if options.quick else 52}",
                    *(["--by-value"] if how == "by value" else []),
                    cache=Path(cache),
                )
                for buyers in sizes
            ]
    rows = [
        [how, f"{runs[0]['compile']:.0f}", *(f"{run['week'] * 1e3:.3f}" for run in runs)]
        for how, runs in found.items()
    ]
    weeks = [f"a week, {buyers:,} buyers (ms)" for buyers in sizes]
    note = "Compiled with an empty cache, population included; one thread; a week: median of 5 years."
    return [Table("bind", "Tables to kernels", ("tables passed", "compile (s)", *weeks), rows, (note,))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one way and print it, as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.binding", description="Time one way.")
    parser.add_argument("--buyers", type=int, default=20_000)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--by-value", action="store_true")
    options = parser.parse_args(arguments)
    print(json.dumps(run(options.buyers, options.weeks, options.by_value)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
