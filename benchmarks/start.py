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
_RUN = ("run", "scenarios/workshop.toml", "--quiet", "--out")


def _wait_for(*words: str, cache: Path | None = None) -> tuple[float, float]:
    """Run a command in a process of its own; return (seconds by the clock, processor seconds)."""
    environment = dict(os.environ)
    if cache is not None:
        environment["ZEROSUM_CACHE_DIR"] = str(cache)
    before, start = _children_seconds(), time.perf_counter()
    subprocess.run([*_ZEROSUM, *words], env=environment, check=True, capture_output=True)
    return time.perf_counter() - start, _children_seconds() - before


def _children_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


def measure(options: Options) -> list[Table]:
    """Time warm starts, and one with an empty cache."""
    repeats = 1 if options.quick else options.repeats
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = (*_RUN, str(folder / "run"))
        _wait_for(*run)  # compiles, if nobody has yet
        rows = []
        for words, goal in ((("--help",), "0.25"), (run, "3")):
            _wait_for(*words)
            often = [_wait_for(*words) for _ in range(repeats)]
            rows.append([f"{words[0]}, compiled before (median of {repeats})", *_texts(often), goal])
        if not options.quick:
            rows.append(
                ["run, the first ever, with an empty cache", *_texts([_wait_for(*run, cache=folder)]), "40"]
            )
    columns = ("zerosum …", "by the clock (s)", "processor (s)", "goal: under (s)")
    return [
        Table("start", f"zerosum --help, zerosum {' '.join(_RUN[:-1])}: the whole process", columns, rows)
    ]


def _texts(runs: list[tuple[float, float]]) -> list[str]:
    return [f"{statistics.median(run[i] for run in runs):.2f}" for i in (0, 1)]
