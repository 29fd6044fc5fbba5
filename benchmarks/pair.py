"""Two commits, the same command, in turns: ``python -m benchmarks.pair OLD_PYTHON_PATH -- compare kickoff -n 60``.

OLD_PYTHON_PATH is the folder that holds the other commit's package, ``zerosum`` or, as it once was, ``simulator``.
Both run in this environment. Ratios of processor time are steady on a busy machine; those by the clock aren't.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

NEW = Path(__file__).parents[1] / "simulator"


def run(folder: Path, arguments: Sequence[str]) -> tuple[float, float]:
    """Run a command of the package in a folder; return seconds by the clock and of the processor."""
    package = "zerosum" if (folder / "zerosum").is_dir() else "simulator"
    code = f"from {package}.cli import main; main()"
    before, start = os.times(), time.perf_counter()
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(
            [sys.executable, "-c", code, *arguments, "--quiet", "--out", out + "/out"],
            env=os.environ | {"PYTHONPATH": str(folder)},
            check=True,
            stdout=subprocess.DEVNULL,
        )
    after = os.times()
    spent = after.children_user - before.children_user + after.children_system - before.children_system
    return time.perf_counter() - start, spent


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print medians and ratios."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.pair", description="Time two commits in turns."
    )
    parser.add_argument("old", type=Path, help="folder that holds the other commit's package")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("command", nargs="+", help="what follows zerosum, after --")
    given = parser.parse_args(arguments)
    folders = {"old": given.old.resolve(), "new": NEW}
    found: dict[str, list[tuple[float, float]]] = {"old": [], "new": []}
    for folder in folders.values():
        run(folder, given.command)  # compiles
    for _ in range(given.repeats):
        for name, folder in folders.items():
            found[name].append(run(folder, given.command))
    medians = {name: [statistics.median(r[i] for r in runs) for i in (0, 1)] for name, runs in found.items()}
    for i, what in enumerate(("by the clock", "processor")):
        old, new = medians["old"][i], medians["new"][i]
        print(f"{what}: old {old:.2f} s, new {new:.2f} s, {old / new:.2f} times as fast")
    return 0


if __name__ == "__main__":
    sys.exit(main())
