"""A stored sweep of 100,000 runs, analysed in a process of its own: time and memory. The runs are made up."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.big import peak_memory
from benchmarks.measure import Options, Table, python_module
from zerosum.market.metrics import METRICS
from zerosum.runs.addresses import at_point
from zerosum.runs.schema import TABLES
from zerosum.runs.work import RUNS
from zerosum.studies.sweep import Study, load_experiment
from zerosum.studies.sweep.folder import parts_of

REPLICATIONS = 20
IN_A_PART = 500
"""Runs of a part, as a sweep writes them."""

GOAL_SECONDS, GOAL_BYTES = 10.0, 2 * 2**30

GRID = """
[[factors]]
key = "market.saturation"
low = 0.05
high = 0.95
steps = {across}

[[factors]]
key = "reps.hours_per_week"
low = 20
high = 60
steps = {up}
"""

SAMPLE = """
[design]
kind = "saltelli"
points = {base}

[[factors]]
key = "market.saturation"
low = 0.05
high = 0.95

[[factors]]
key = "reps.hours_per_week"
low = 20
high = 60

[[factors]]
key = "choice.price_weight"
low = 0.5
high = 2.0
"""

DESIGNS = ("grid", "saltelli")


def experiment(design: str, runs: int) -> str:
    """Return the file of an experiment of about so many runs."""
    head = f'scenario = "workshop"\nreplications = {REPLICATIONS}\nmetrics = ["share_at_quota"]\n'
    points = runs // REPLICATIONS
    if design == "grid":
        across = max(2, round((2 * points) ** 0.5))
        return head + GRID.format(across=across, up=max(2, points // across))
    return head + SAMPLE.format(base=1 << max(2, round(math.log2(points / 5))))


def fabricate(folder: Path, design: str, runs: int) -> int:
    """Write a finished sweep that nobody ran, in parts; return how many runs it has."""
    file = folder / f"{design}.toml"
    file.write_text(experiment(design, runs), encoding="utf-8")
    study = Study(load_experiment(file), file)
    results = folder / design
    rng = np.random.default_rng(1)
    parts, strategies = parts_of(study, results), study.strategies
    addresses = [(point, course) for course in range(REPLICATIONS) for point in range(len(study.points))]
    effect = study.points.iloc[:, 0].to_numpy(np.float64)
    noise = rng.normal(0.5, 0.1, REPLICATIONS)
    for start in range(0, len(addresses), IN_A_PART):
        batch = np.array(addresses[start : start + IN_A_PART])
        rows = len(batch) * 2 * len(strategies)
        point, course = (np.repeat(column, 2 * len(strategies)) for column in batch.T)
        strategy = np.tile(np.arange(len(strategies)), 2 * len(batch))
        columns: dict[str, Any] = {m.name: rng.normal(1.0, 0.2, rows) for m in METRICS}
        columns["share_at_quota"] = (
            noise[course] + 0.1 * strategy * (0.6 - effect[point]) + rng.normal(0, 0.02, rows)
        )
        columns |= {
            "adopters": [study.adopters[0]] * rows,
            "strategy": np.array(strategies)[strategy],
            "replication": course,
            "null": np.tile(np.repeat([False, True], len(strategies)), len(batch)),
        }
        table = at_point(TABLES["runs"].filled(columns), 0)
        numbered = table.set_column(0, table.schema.field(0), pa.array(point))
        parts.add({RUNS: study.grid.addressed(numbered)})
    return len(addresses)


def run(folder: Path) -> dict[str, Any]:
    """Analyse a sweep as the command does; return seconds by the clock, processor seconds and bytes."""
    from zerosum.cli import main as zerosum

    start, spent = time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        zerosum(["analyse", str(folder), "--json"], standalone_mode=False)
    figures = len(list(folder.glob("analysis/*/*.png")))
    found = {"seconds": time.perf_counter() - start, "processor": time.process_time() - spent}
    return found | {"peak": peak_memory(), "figures": figures}


def measure(options: Options) -> list[Table]:
    """Analyse a grid and a sample, one process each."""
    wanted = 400 if options.quick else 100_000
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for design in DESIGNS:
            runs = fabricate(Path(name), design, wanted)
            found = python_module("benchmarks.analysis", str(Path(name) / design))
            rows.append(
                [
                    design,
                    f"{runs:,}",
                    f"{found['seconds']:.1f}",
                    f"{found['processor']:.1f}",
                    f"{found['peak'] / 2**30:.2f}",
                    str(found["figures"]),
                ]
            )
    columns = ("design", "runs", "by the clock (s)", "processor (s)", "peak (GiB)", "figures")
    note = f"Tables and figures written. Goals: under {GOAL_SECONDS:.0f} s and {GOAL_BYTES / 2**30:.0f} GiB."
    return [
        Table(
            "analysis",
            "zerosum analyse, 3 strategies, all metrics stored, 20 replications a point",
            columns,
            rows,
            (note,),
        )
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Analyse one sweep and print what was measured, as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.analysis", description="Time one analysis.")
    parser.add_argument("folder", type=Path)
    print(json.dumps(run(parser.parse_args(arguments).folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
