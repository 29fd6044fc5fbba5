"""``zerosum compare``: every strategy against the baseline, on common luck; once, or under each of several fits."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zerosum.cli.common import (
    WORLDS,
    Outcome,
    as_typed,
    common_options,
    keep,
    load,
    now,
    options_given,
    replicated,
    replications_option,
    scenario_argument,
    tell,
    tell_of_unchecked,
    told_of_lost,
    warn_of_alike,
    workers_option,
    workers_that_fit,
)
from zerosum.cli.compare_across import FILES as FILES_ACROSS
from zerosum.cli.compare_across import under_all_fits
from zerosum.cli.decide import Asked, asked_for, deciding_options
from zerosum.cli.folder import folder_for
from zerosum.cli.terminal import EXIT_FAILED, Fault, plainly

COMPARED = ("runs", "weekly", "reps", "segments", "deals")
"""Tables of all replications that a comparison holds."""

if TYPE_CHECKING:
    from zerosum.scenario.spec import Scenario


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
@deciding_options
@workers_option
@click.option("--fresh", is_flag=True, help="Simulate everything anew, also what was finished before.")
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
@click.pass_context
def compare(
    context: click.Context,
    scenario: str,
    replications: int | None,
    worlds: tuple[str, ...],
    metric: str | None,
    matters: str | None,
    until_best: float | None,
    indifference: str | None,
    until_halfwidth: str | None,
    at_most: int | None,
    workers: int | None,
    fresh: bool,
    across_fits: bool,
    fits_file: str | None,
    weeks: int | None,
    seed: int | None,
    overrides: tuple[str, ...],
    out: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Compare every strategy of a SCENARIO with its baseline, on the same luck, in every chosen world.

    Writes the result tables, the differences, a summary and a figure. What was finished before isn't simulated again.
    """
    with plainly() as ending:
        started, began = time.monotonic(), now()
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
        asked = asked_for(
            spec, metric, matters, until_best, indifference, until_halfwidth, at_most, replications
        )
        warn_of_alike(spec, quiet=quiet or as_json)
        home = Path("results") / spec.name
        if across_fits:
            if asked.until:
                raise Fault(
                    "--across-fits and --until-…: every fit gets the same number; give --replications"
                )
            if asked.matters:
                raise Fault(
                    f"--across-fits and --matters {matters}: fits are held against zero, not against an amount; leave "
                    "--matters out"
                )
            folder = folder_for(out, home / "compare-across-fits", "compare-across-fits", FILES_ACROSS)
            found = under_all_fits(
                scenario, spec, fits_file, asked.metric.name, folder, workers, quiet or as_json
            )
        else:
            from zerosum.runs.kept import FOLDER
            from zerosum.scenario import folder_name

            folder = folder_for(out, home / folder_name(spec), "compare", (*_names(), FOLDER))
            threads = workers_that_fit(
                scenario, spec, workers, asked.at_most, COMPARED, quiet=quiet or as_json
            )
            ending.kept(folder)
            found = _once(spec, asked, folder, threads, fresh, quiet or as_json, (as_typed(context), began))
        keep(folder, found.files, ending)
        if not across_fits:
            _remove_outdated(folder)
        tell(found.document, found.tables, as_json, quiet, time.monotonic() - started)
        if asked.until and not found.document["decision"]["decided"]:
            click.echo(f"Not decided: {asked.at_most:,} replications were not enough.", err=True)
            raise click.exceptions.Exit(EXIT_FAILED)


def _names() -> tuple[str, ...]:
    """Files of a comparison, as they are told."""
    from zerosum.runs.schema import TABLES

    first = ("figure.png", "differences.csv", "summary.json", "differences.parquet", "runs.csv")
    return (*first, *(f"{name}.parquet" for name in TABLES), "scenario.toml", "manifest.json")


def _remove_outdated(folder: Path) -> None:
    """Delete what was made from earlier results of this folder, and say what makes it again."""
    from zerosum.runs.derived import outdated, remove
    from zerosum.runs.manifest import read_manifest

    gone = outdated(folder, read_manifest(folder))
    for one in gone:
        try:
            remove(one)
        except OSError as error:
            raise Fault(
                f"can't remove {one.path}, made from earlier results: {error.strerror or error}", EXIT_FAILED
            ) from None
    if gone:
        told = ", ".join(f"{one.path.name} ('{one.command}' makes it again)" for one in gone)
        click.echo(f"Removed, because it was made from earlier results: {told}.", err=True)


def _told_where_from(scenario: Scenario) -> str:
    from zerosum.scenario import results_hash, scenario_text

    return (
        f"# What was compared here, files and command line put together; hash {results_hash(scenario)[:16]}.\n"
        f"# 'zerosum compare scenario.toml' does it again, wherever this file is.\n\n{scenario_text(scenario)}"
    )


def _once(
    scenario: Scenario,
    asked: Asked,
    folder: Path,
    threads: int,
    fresh: bool,
    quiet: bool,
    said: tuple[list[str], str],
) -> Outcome:
    from zerosum.report import documents, table_decision
    from zerosum.report.plots.compare import plot_compare
    from zerosum.runs import store
    from zerosum.runs.kept import Kept
    from zerosum.runs.manifest import write_manifest
    from zerosum.studies.compare import NotDecidable, decide
    from zerosum.studies.compare import asked as asked_of
    from zerosum.studies.compare import compare as compare_strategies

    store.check_writable(folder)
    with told_of_lost() as on_lost:
        kept = Kept(folder, scenario, fresh, on_lost)
        try:
            found = replicated(
                folder,
                asked.at_most,
                quiet,
                lambda on_done, stop: compare_strategies(
                    scenario, threads, on_done, stop, kept, asked.until, asked.at_most
                ),
            )
        except NotDecidable as error:
            raise Fault(
                f"--until-…: {error}; --metric names another number, --replications a fixed count"
            ) from None
    tell_of_unchecked(kept.unchecked, "replications")
    decision = decide(found, asked.metric, asked.matters)
    result_tables = {f"{name}.parquet": store.arrow(table) for name, table in found.tables.items()}
    document = documents.compare_document(found, decision, [folder / name for name in _names()])
    written = {
        "figure.png": store.picture(plot_compare(found, asked.metric.name)),
        "differences.csv": store.csv(found.differences),
        "summary.json": store.document(document),
        "differences.parquet": store.parquet(found.differences),
        "runs.csv": store.csv(found.runs),
        **result_tables,
        "scenario.toml": store.text(_told_where_from(found.scenario)),
    }
    was_asked = asked_of(found, asked.metric, asked.matters)
    written["manifest.json"] = write_manifest(
        found.scenario, was_asked, said[0], said[1], now(), tuple(written)
    )
    return Outcome(written, document, table_decision.compared_and_decided(found, decision))
