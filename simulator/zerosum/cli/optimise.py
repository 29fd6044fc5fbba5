"""``zerosum optimise``: the best strategy to be found, and how much of its gain was luck's."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zerosum.cli.common import (
    keep,
    kept_options,
    tell,
    tell_of_unchecked,
    told_of_lost,
    workers_option,
    workers_that_fit,
)
from zerosum.cli.folder import folder_for
from zerosum.cli.terminal import check_extra, plainly, stages, stoppable

if TYPE_CHECKING:
    from zerosum.studies.optimise import Optimised

FILES = ("summary.json", "best.toml", "trials.parquet", "search.png")


@click.command()
@click.argument("file")
@click.option(
    "--trials",
    type=click.IntRange(2, 100_000),
    metavar="N",
    help="Strategies that are tried (default: the file's). More of them go on from those that are there.",
)
@workers_option
@kept_options
def optimise(
    file: str,
    trials: int | None,
    workers: int | None,
    fresh: bool,
    out: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Search for a better strategy.

    FILE says what may vary, and the aim; or the name of one that ships (optimise-kickoff): 'zerosum experiments' lists
    them.
    All trials share their luck; the best few are tried again on luck that the search never saw. What is finished is on
    disk: stopped by Ctrl-C or a crash, the same command goes on from there, with the same trials.
    """
    with plainly() as ending:
        check_extra("optimise")
        started = time.monotonic()
        from zerosum.runs import store
        from zerosum.studies import optimise as optimisation
        from zerosum.studies.sweep.reading import question_file

        here = question_file(file)
        question = optimisation.load_optimisation(here)
        if trials is not None:
            question = question.model_copy(update={"trials": trials})
        problem = optimisation.Problem(question, here)
        folder = folder_for(out, problem.default_folder(), "optimise", FILES)
        threads = workers_that_fit(
            file,
            problem.scenario,
            workers,
            question.replications,
            quiet=quiet or as_json,
            times=question.trials,
        )
        store.check_writable(folder)
        ending.kept(folder)
        done = [0]
        with told_of_lost() as on_lost, stages(quiet or as_json) as on_stage:

            def on_trial(what: str, number: int, of: int) -> None:
                done[0] = number if what == "trials" else question.trials
                on_stage(what, number, of)

            found = stoppable(
                lambda stop: optimisation.optimise(problem, folder, threads, fresh, on_trial, stop, on_lost),
                lambda: f"Stopped: {done[0]:,} of {question.trials:,} trials are done.",
            )
        tell_of_unchecked(found.unchecked, "trials")
        written, document, tables = _told(found, folder)
        keep(folder, written, ending)
        tell(document, tables, as_json, quiet, time.monotonic() - started)


def _told(found: Optimised, folder: Path) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """Files, JSON document and tables of an optimisation."""
    from zerosum.report.document_optimise import best_text, optimise_document, trials_frame
    from zerosum.report.plots.optimise import plot_optimise
    from zerosum.report.table_optimise import optimise_tables
    from zerosum.runs import store

    document = optimise_document(found, [folder / name for name in FILES])
    writers = (
        store.document(document),
        store.text(best_text(found)),
        store.parquet(trials_frame(found)),
        store.picture(plot_optimise(found)),
    )
    return dict(zip(FILES, writers, strict=True)), document, optimise_tables(found)
