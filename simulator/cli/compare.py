"""``zerosum compare``: every arm against the baseline, on common luck; once, or under each of several fits."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from simulator.cli.common import (
    WORLDS,
    common_options,
    folder_for,
    keep,
    load,
    options_given,
    replicated,
    replications_option,
    scenario_argument,
    tell,
    workers_option,
    workers_that_fit,
)
from simulator.terminal import Fault, plainly

if TYPE_CHECKING:
    from simulator.scenario.spec import Scenario


@click.command()
@scenario_argument
@replications_option
@click.option(
    "--world",
    "worlds",
    multiple=True,
    metavar=WORLDS,
    help="Who moves; repeatable (default: the scenario's worlds).",
)
@workers_option
@click.option(
    "--across-fits",
    is_flag=True,
    help="Compare under each of several equally good sets of assumptions, and say what holds in all of them. "
    "Takes as many times as long.",
)
@click.option(
    "--fits",
    "fits_file",
    metavar="FILE",
    help="The sets for --across-fits, as 'zerosum calibrate' writes them (default: those that ship).",
)
@common_options
def compare(
    scenario: str,
    replications: int | None,
    worlds: tuple[str, ...],
    workers: int | None,
    across_fits: bool,
    fits_file: str | None,
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
        if fits_file is not None and not across_fits:
            raise Fault(f"--fits {fits_file}: this goes with --across-fits")
        if fits_file is not None and not fits_file.strip():
            raise Fault("--fits '': name a file that 'zerosum calibrate' wrote")
        spec = load(
            scenario,
            overrides,
            options_given(weeks, seed, replications)
            | {
                f"--world {' --world '.join(worlds)}": (
                    "comparison.worlds",
                    list(dict.fromkeys(worlds)) or None,
                )
            },
        )
        folder = folder_for(
            out, Path("results") / spec.name / ("compare-across-fits" if across_fits else "compare")
        )
        asked = _Asked(scenario, spec, folder, workers or os.cpu_count() or 1, quiet or as_json)
        found = _under_all_fits(asked, fits_file) if across_fits else _once(asked)
        keep(folder, found.files, ending)
        tell(found.document, found.tables, as_json, quiet, time.monotonic() - started)


class _Asked(NamedTuple):
    path: str
    scenario: Scenario
    folder: Path
    workers: int
    quiet: bool


class _Found(NamedTuple):
    files: dict[str, Any]
    document: dict[str, Any]
    tables: Any


def _once(asked: _Asked) -> _Found:
    threads = workers_that_fit(asked.path, asked.scenario, asked.workers)
    from simulator import store
    from simulator.compare import compare as compare_arms
    from simulator.report import documents, tables
    from simulator.report.figure_compare import figure_compare

    found = replicated(
        asked.folder,
        asked.scenario.comparison.replications,
        asked.quiet,
        lambda on_done, stop: compare_arms(asked.scenario, threads, on_done=on_done, stop=stop),
    )
    names = (
        "summary.json",
        "differences.csv",
        "differences.parquet",
        "runs.csv",
        "runs.parquet",
        "figure.png",
    )
    document = documents.compare_document(found, [asked.folder / name for name in names])
    written = {
        "summary.json": store.document(document),
        "differences.csv": store.csv(found.differences),
        "differences.parquet": store.parquet(found.differences),
        "runs.csv": store.csv(found.runs),
        "runs.parquet": store.parquet(found.runs),
        "figure.png": store.picture(figure_compare(found)),
    }
    return _Found(written, document, tables.compare_tables(found))


def _under_all_fits(asked: _Asked, fits_file: str | None) -> _Found:
    from simulator.fits import SHIPPED, FitsError, load_fits

    try:
        fits = load_fits(SHIPPED if fits_file is None else fits_file)
        fitted = [fits.applied(asked.scenario, number) for number in range(len(fits.sets))]
    except FitsError as error:
        raise Fault(str(error) + ("" if fits_file else "; --fits FILE names another")) from None
    threads = min(workers_that_fit(asked.path, scenario, asked.workers) for scenario in fitted)
    from simulator import store
    from simulator.across import across
    from simulator.report import documents, tables
    from simulator.report.figure_across import figure_across

    found = replicated(
        asked.folder,
        asked.scenario.comparison.replications * len(fitted),
        asked.quiet,
        lambda on_done, stop: across(asked.scenario, fits, threads, on_done=on_done, stop=stop),
    )
    frames = {"across": found.table, "differences": found.differences, "runs": found.runs}
    kinds = {"csv": store.csv, "parquet": store.parquet}
    names = [
        "summary.json",
        *(f"{name}.{ending}" for name in frames for ending in kinds),
        "figure.png",
    ]
    document = documents.across_document(found, [asked.folder / name for name in names])
    written = {"summary.json": store.document(document)}
    written |= {
        f"{name}.{ending}": write(frame) for name, frame in frames.items() for ending, write in kinds.items()
    }
    written["figure.png"] = store.picture(figure_across(found))
    return _Found(written, document, tables.across_tables(found))
