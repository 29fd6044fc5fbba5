"""``zerosum compare``: compare strategies with the baseline, once or under each calibrated parameter set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zerosum.cli.decide import Asked, deciding_options, parse_deciding
from zerosum.cli.session import (
    ADOPTERS,
    Session,
    details_option,
    replications_option,
    reporting_lost,
    run_replications,
    scenario_argument,
    scenario_options,
    warn_of_alike,
    workers_option,
    workers_that_fit,
)
from zerosum.cli.terminal import EXIT_FAILED, notify
from zerosum.errors import InputError

if TYPE_CHECKING:
    from zerosum.scenario.spec import Scenario

COMPARED = ("runs", "weekly", "reps", "rep_years", "segments", "deals")
"""Tables of all replications in a comparison."""

ACROSS = ("across", "differences", "runs")
"""Tables of a comparison under several sets."""
FILES_ACROSS = (
    "summary.json",
    *(f"{name}.{kind}" for name in ACROSS for kind in ("csv", "parquet")),
    "figure.png",
)


@click.command()
@scenario_argument
@replications_option
@click.option(
    "--adopters",
    "adopters",
    multiple=True,
    metavar=ADOPTERS,
    help="Who adopts the strategy. Repeatable (default: the scenario's).",
)
@deciding_options
@click.option(
    "--what-if",
    "what_if",
    multiple=True,
    metavar="KEY=V1,V2",
    help="Instead of all strategies, compare today with other values of a key, such as vendors.Alder.reps=8,12. "
    "Repeatable: each key by itself.",
)
@click.option(
    "--strategy",
    metavar="NAME",
    help="For --what-if: the strategy whose gain over the baseline is followed (default: the baseline itself).",
)
@workers_option
@click.option("--fresh", is_flag=True, help="Simulate everything again; use nothing that was kept.")
@details_option
@click.option(
    "--across-fits",
    is_flag=True,
    help="Compare under each of several sets of assumptions that agree with the fitted facts, and show what "
    "holds in all of them. Takes that many times as long.",
)
@click.option(
    "--fits",
    "fits_file",
    metavar="FILE",
    help="The sets for --across-fits, as 'zerosum calibrate' writes them (default: those that ship).",
)
@scenario_options
def compare(
    session: Session,
    scenario: str,
    replications: int | None,
    adopters: tuple[str, ...],
    what_if: tuple[str, ...],
    strategy: str | None,
    workers: int | None,
    fresh: bool,
    details: bool,
    across_fits: bool,
    fits_file: str | None,
    **deciding: Any,
) -> None:
    """Compare strategies with the baseline, in money.

    Use it to choose a strategy. All strategies of a SCENARIO (a file, or the name of one that ships) are simulated on
    the same random events, once for each choice of adopters. Writes the result tables, the differences, a summary and a
    figure.

    With --what-if, it compares today with other values of a key, such as the number of reps or presales engineers, the
    quota or a tool's price.

    Finished replications are kept and not simulated again.
    """
    if fits_file is not None and not across_fits:
        raise InputError(f"--fits {fits_file}: add --across-fits")
    if fits_file is not None and not fits_file.strip():
        raise InputError("--fits '': name a file that 'zerosum calibrate' wrote")
    spec = session.load(scenario, replications, adopters)
    asked = parse_deciding(spec, replications, **deciding)
    if strategy is not None and not what_if:
        raise InputError(
            f"--strategy {strategy}: add --what-if KEY=VALUE, or leave it out to compare all strategies"
        )
    if what_if:
        from zerosum.cli.whatif import ask_what_if, refuse_with_what_if

        refuse_with_what_if(across_fits, adopters, asked)
        ask_what_if(session, scenario, spec, what_if, strategy, asked, workers, fresh)
        return
    warn_of_alike(spec, quiet=session.quiet)
    if across_fits:
        if asked.until:
            raise InputError(
                "--across-fits and --until-…: all sets get the same number of replications; give --replications"
            )
        if asked.matters:
            raise InputError(
                f"--across-fits and --matters {asked.matters.written}: sets are compared with zero, not with "
                "an amount; leave --matters out"
            )
        _compare_across(session, scenario, spec, fits_file, asked.metric.name, workers, fresh, details)
        return
    if not _compare_once(session, scenario, spec, asked, workers, fresh, details):
        notify(f"Not decided: {asked.at_most:,} replications were not enough.")
        raise click.exceptions.Exit(EXIT_FAILED)


def _compare_once(
    session: Session,
    path: str,
    scenario: Scenario,
    asked: Asked,
    workers: int | None,
    fresh: bool,
    details: bool,
) -> bool:
    """Compare; return False if a rule didn't decide."""
    from zerosum.report.compare import describe_comparison, summarize_comparison
    from zerosum.report.plots.compare import plot_compare
    from zerosum.report.screen import describe_screen, format_next, nearest_first
    from zerosum.runs import outputs
    from zerosum.runs.derived import remove_outdated
    from zerosum.runs.manifest import describe_scenario, read_manifest
    from zerosum.runs.parts import FOLDER
    from zerosum.scenario import folder_name, results_hash, scenario_text
    from zerosum.studies.compare import NotDecidable, compare_strategies, decide, kept_in, value_table
    from zerosum.studies.compare import asked as asked_of
    from zerosum.studies.rests import find_rests

    home = Path("results") / scenario.name / folder_name(scenario)
    folder = session.folder(home, "compare", files_compared(), beside=(FOLDER,))
    threads = workers_that_fit(path, scenario, workers, asked.at_most, COMPARED, quiet=session.quiet)
    session.ending.kept(folder)
    outputs.check_writable(folder)
    with reporting_lost() as on_lost:
        kept = kept_in(folder, scenario, fresh, on_lost, session.others)
        try:
            found = run_replications(
                folder,
                asked.at_most,
                session.quiet,
                lambda on_done, stop: compare_strategies(
                    scenario, threads, on_done, stop, kept, asked.until, asked.at_most
                ),
            )
        except NotDecidable as error:
            raise InputError(
                f"--until-…: {error}; --metric names another number, --replications a fixed count"
            ) from None
    decision = decide(found, asked.metric, asked.matters)
    values = value_table(found)
    document = summarize_comparison(found, decision, session.files, values)
    where_from = (
        f"# What was compared here, files and command line put together; hash {results_hash(found.scenario)[:16]}.\n"
        "# 'zerosum compare scenario.toml' does it again, wherever this file is.\n\n"
    )
    written: dict[str, Any] = {
        "figure.png": outputs.picture(plot_compare(found, asked.metric.name)),
        "differences.csv": outputs.csv(found.differences),
        "summary.json": outputs.document(document),
        "differences.parquet": outputs.parquet(found.differences),
        "runs.csv": outputs.csv(found.runs),
        **{f"{name}.parquet": outputs.arrow(table) for name, table in found.tables.items()},
        "scenario.toml": outputs.text(where_from + scenario_text(found.scenario)),
    }
    was_asked = asked_of(found, asked.metric, asked.matters)
    session.write(folder, document, written, describe_scenario(found.scenario, was_asked))
    if gone := remove_outdated(folder, read_manifest(folder).belongs):
        notify(gone)
    shown = describe_screen(found, decision, values, find_rests(scenario, asked.metric.name, folder))
    if details:
        shown.add(*describe_comparison(found, decision, values).parts)
    named = list(document["decision"]["adopters"][scenario.comparison.adopters[0]]["leaders"])
    others = nearest_first(decision, scenario.comparison.adopters[0])
    results = scenario.name if session.out is None else session.out
    session.show(document, shown, format_next(results, scenario, next(iter(named + others), None), details))
    return not asked.until or bool(document["decision"]["decided"])


def files_compared() -> tuple[str, ...]:
    """Return the names of a comparison's files, in display order."""
    from zerosum.runs.schema import TABLES

    first = ("figure.png", "differences.csv", "summary.json", "differences.parquet", "runs.csv")
    return (*first, *(f"{name}.parquet" for name in TABLES), "scenario.toml", "manifest.json")


def _compare_across(
    session: Session,
    path: str,
    scenario: Scenario,
    fits_file: str | None,
    metric: str,
    workers: int | None,
    fresh: bool,
    details: bool,
) -> None:
    """Compare under each set, and report what holds in all."""
    from zerosum.report.across import describe_across, summarize_across
    from zerosum.report.across_screen import describe_across_screen
    from zerosum.report.plots.compare import plot_across
    from zerosum.runs import outputs
    from zerosum.scenario.fits import SHIPPED, load_fits
    from zerosum.studies.across import across, apply_all
    from zerosum.studies.compare import kept_in

    home = Path("results") / scenario.name / "compare-across-fits"
    folder = session.folder(home, "compare-across-fits", FILES_ACROSS)
    try:
        fits = load_fits(SHIPPED if fits_file is None else fits_file)
        often = scenario.comparison.replications * len(apply_all(scenario, fits))
    except InputError as error:
        raise InputError(str(error) + ("" if fits_file else "; --fits FILE names another")) from None
    threads = workers_that_fit(path, scenario, workers, often, ("runs",), quiet=session.quiet)
    session.ending.kept(folder)
    outputs.check_writable(folder)
    with reporting_lost() as on_lost:
        kept = kept_in(folder, scenario, fresh, on_lost, across_fits=True)
        found = run_replications(
            folder,
            often,
            session.quiet,
            lambda on_done, stop: across(scenario, fits, threads, on_done, stop, kept),
        )
    written: dict[str, Any] = {}
    for name, frame in zip(ACROSS, (found.table, found.differences, found.runs), strict=True):
        written |= {f"{name}.csv": outputs.csv(frame), f"{name}.parquet": outputs.parquet(frame)}
    written["figure.png"] = outputs.picture(plot_across(found, metric))
    document = summarize_across(found, session.files, metric)
    shown = describe_across_screen(found, metric)
    if details:
        shown.add(*describe_across(found, metric).parts)
    session.finish(
        folder, document, written, shown, "" if details else "--details: all measures and verdicts"
    )
