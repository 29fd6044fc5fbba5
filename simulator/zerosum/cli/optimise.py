"""``zerosum optimise``: search for a better strategy, and report how much of its gain was chance."""

from __future__ import annotations

import click

from zerosum.cli.session import (
    Session,
    details_option,
    kept_options,
    reporting_lost,
    workers_option,
    workers_that_fit,
)
from zerosum.cli.terminal import check_extra, stages, stoppable

FILES = ("summary.json", "best.toml", "trials.parquet", "search.png")


@click.command()
@click.argument("file")
@click.option(
    "--trials",
    type=click.IntRange(2, 100_000),
    metavar="N",
    help="Strategies to try (default: the file's). A larger number adds to those that are there.",
)
@workers_option
@details_option
@kept_options
def optimise(
    session: Session, file: str, trials: int | None, workers: int | None, fresh: bool, details: bool
) -> None:
    """Search for a better strategy.

    Use it when the strategies you listed aren't all you could do. FILE names what may vary and the aim. You can also
    give the name of a file that ships, such as optimise-kickoff ('zerosum experiments' lists them). All trials share
    their random events; the best few are tried again on fresh ones.

    Finished trials are kept: after Ctrl-C or a crash, the same command continues with the same trials.
    """
    check_extra("optimise")
    from zerosum.report.optimise import (
        best_text,
        describe_optimisation,
        summarize_optimisation,
        trials_frame,
    )
    from zerosum.report.plots.optimise import plot_optimise
    from zerosum.runs import outputs
    from zerosum.studies import optimise as optimisation
    from zerosum.studies.questions import question_file

    here = question_file(file)
    question = optimisation.load_optimisation(here)
    if trials is not None:
        question = question.model_copy(update={"trials": trials})
    problem = optimisation.Problem(question, here)
    folder = session.folder(problem.default_folder(), "optimise", FILES)
    spec, often, times = problem.scenario, question.replications, question.trials
    threads = workers_that_fit(file, spec, workers, often, quiet=session.quiet, times=times)
    outputs.check_writable(folder)
    session.ending.kept(folder)
    done = [0]
    with reporting_lost() as on_lost, stages(session.quiet) as on_stage:

        def on_trial(what: str, number: int, of: int) -> None:
            done[0] = number if what == "trials" else times
            on_stage(what, number, of)

        found = stoppable(
            lambda stop: optimisation.optimise(problem, folder, threads, fresh, on_trial, stop, on_lost),
            lambda: f"Stopped: {done[0]:,} of {times:,} trials are done.",
        )
    written = {
        "best.toml": outputs.text(best_text(found)),
        "trials.parquet": outputs.parquet(trials_frame(found)),
        "search.png": outputs.picture(plot_optimise(found)),
    }
    more = "" if details else "--details: budget, limits · "
    then = f"{more}zerosum compare {folder / 'best.toml'}: the best against the others"
    document = summarize_optimisation(found, session.files)
    session.finish(folder, document, written, describe_optimisation(found, details), then)
