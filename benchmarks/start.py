"""How long a user waits: for a small scenario as a whole process, and for the first compilation."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import Options, Table

_ZEROSUM = (sys.executable, "-c", "from zerosum.cli import main; main()")
_SCENARIO = "scenarios/workshop.toml"


def _wait_for_run(folder: Path, cache: Path | None = None) -> tuple[float, float]:
    """Run the scenario in a process of its own; return (seconds by the clock, processor seconds)."""
    environment = dict(os.environ)
    if cache is not None:
        environment["ZEROSUM_CACHE_DIR"] = str(cache)
    before, start = _children_seconds(), time.perf_counter()
    subprocess.run(
        [*_ZEROSUM, "run", _SCENARIO, "--quiet", "--out", str(folder)],
        env=environment,
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - start, _children_seconds() - before


def _children_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


def measure(options: Options) -> list[Table]:
    """Time warm starts, and one with an empty cache."""
    repeats = 1 if options.quick else options.repeats
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _wait_for_run(folder / "first")  # compiles, if nobody has yet
        warm = [_wait_for_run(folder / f"warm-{i}") for i in range(repeats)]
        rows = [[f"compiled before (median of {repeats})", *_texts(warm), "3"]]
        if not options.quick:
            cold = [_wait_for_run(folder / "cold", folder / "cache")]
            rows.append(["the first ever, with an empty cache", *_texts(cold), "40"])
    return [
        Table(
            "start",
            f"zerosum run {_SCENARIO} --quiet, the whole process",
            ("start", "by the clock (s)", "processor (s)", "goal: under (s)"),
            rows,
        )
    ]


def _texts(runs: list[tuple[float, float]]) -> list[str]:
    return [f"{statistics.median(run[i] for run in runs):.1f}" for i in (0, 1)]
