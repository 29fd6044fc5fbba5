"""``zerosum compare``: every arm against the baseline, on common luck."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from simulator.cli.common import (
    WORLDS,
    common_options,
    folder_for,
    keep,
    load,
    scenario_argument,
    tell,
    workers_that_fit,
)
from simulator.terminal import plainly, progress, stoppable


@click.command()
@scenario_argument
@click.option(
    "--replications", "-n", type=int, metavar="N", help="Paired replications (default: the scenario's)."
)
@click.option(
    "--world",
    "worlds",
    multiple=True,
    metavar=WORLDS,
    help="Who moves; repeatable (default: the scenario's worlds).",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Threads, 1 to 256 (default: one per processor). Changes the time, not the result.",
)
@common_options
def compare(
    scenario: str,
    replications: int | None,
    worlds: tuple[str, ...],
    workers: int | None,
    weeks: int | None,
    seed: int | None,
    overrides: tuple[str, ...],
    out: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Compare every arm of a SCENARIO with its baseline, on the same luck, in every chosen world.

    Writes the differences and all runs as CSV and Parquet, a summary and a figure.
    """
    with plainly() as ending:
        started = time.monotonic()
        spec = load(
            scenario,
            overrides,
            {
                f"--seed {seed}": ("comparison.seed", seed),
                f"--weeks {weeks}": ("clock.weeks", weeks),
                f"--world {' --world '.join(worlds)}": (
                    "comparison.worlds",
                    list(dict.fromkeys(worlds)) or None,
                ),
                f"--replications {replications}": ("comparison.replications", replications),
            },
        )
        folder = folder_for(out, Path("results") / spec.name / "compare")
        threads = workers_that_fit(scenario, spec, workers or os.cpu_count() or 1)
        from simulator import store
        from simulator.compare import compare as compare_arms
        from simulator.report import documents, tables
        from simulator.report.figure_compare import figure_compare

        store.check_writable(folder)
        wanted, finished = spec.comparison.replications, [0]
        with progress("replications", quiet or as_json) as on_progress:

            def on_done(done: int) -> None:
                finished[0] = done
                on_progress(done, wanted)

            found = stoppable(
                lambda stop: compare_arms(spec, threads, on_done=on_done, stop=stop),
                lambda: f"Stopped: {finished[0]} of {wanted} replications were done.",
            )
        names = (
            "summary.json",
            "differences.csv",
            "differences.parquet",
            "runs.csv",
            "runs.parquet",
            "figure.png",
        )
        files = [folder / name for name in names]
        document = documents.compare_document(found, files)
        written = {
            "summary.json": store.document(document),
            "differences.csv": store.csv(found.differences),
            "differences.parquet": store.parquet(found.differences),
            "runs.csv": store.csv(found.runs),
            "runs.parquet": store.parquet(found.runs),
            "figure.png": store.picture(figure_compare(found)),
        }
        keep(folder, written, ending)
        tell(document, tables.compare_tables(found), as_json, quiet, time.monotonic() - started)
