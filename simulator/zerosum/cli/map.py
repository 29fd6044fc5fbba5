"""``zerosum map``: show where the verdict between two strategies changes over two keys."""

from __future__ import annotations

from typing import Any

import click

from zerosum.cli.session import (
    Session,
    count_replications,
    details_option,
    pair_options,
    reporting_lost,
    scenario_options,
    workers_that_fit,
)
from zerosum.cli.sweep import check_dask, executor_options, make_executor, parse_patience
from zerosum.cli.terminal import notify, stages, stoppable
from zerosum.cli.validate import facts_option
from zerosum.errors import InputError, RunError
from zerosum.machine import usable_cores

FILES = ("map.png", "map.csv", "ranking.csv", "facts.csv", "summary.json")


@click.command("map")
@click.argument("scenario")
@pair_options("whose verdict is mapped (default: of two compared, the other)")
@click.option(
    "--keys",
    metavar="KEY,KEY",
    help="The two keys (default: of those that are uncertain, the two that move the verdict most).",
)
@click.option(
    "--range",
    "ranges",
    multiple=True,
    metavar="KEY=LOW:HIGH",
    help="Range of a key (default: that of [[uncertain]] or of the shipped parameter sets). Repeatable.",
)
@click.option(
    "--at",
    "places",
    multiple=True,
    metavar="KEY=VALUE",
    help="Your place (default: the scenario's values). Repeatable.",
)
@click.option(
    "--metric", metavar="NAME", help="The metric that decides, such as arr (default: as in compare)."
)
@count_replications("12", " at each point", adds=2)
@click.option(
    "--points",
    type=click.IntRange(4, 1024),
    metavar="N",
    help="Points within the map, a power of two (default: 32). A larger number adds to those that are there.",
)
@click.option("--no-facts", is_flag=True, help="Don't ask which facts constrain the keys; quicker.")
@facts_option
@executor_options
@click.option("--fresh", is_flag=True, help="Simulate everything again; use nothing that was kept.")
@details_option
@scenario_options
def map_(
    session: Session,
    scenario: str,
    strategy: str | None,
    against: str | None,
    keys: str | None,
    ranges: tuple[str, ...],
    places: tuple[str, ...],
    metric: str | None,
    adopters: str | None,
    replications: int | None,
    points: int | None,
    no_facts: bool,
    files: tuple[str, ...],
    workers: int | None,
    dask: str | None,
    wait_for_workers: str | None,
    fresh: bool,
    details: bool,
) -> None:
    """Map where the verdict on two strategies changes.

    SCENARIO is a file, or the name of one that ships. Use it when a verdict depends on two values that you don't know.
    Both strategies are simulated on the same random events at points over two keys. A surface through their differences
    shows where they are equal, how sure that is, and your own place. Published facts then rule out some values of each
    key.

    Finished runs are kept: after Ctrl-C or a crash, the same command continues.
    """
    if no_facts and files:
        raise InputError(f"--no-facts and --facts {files[0]}: give one of the two")
    patience = parse_patience(wait_for_workers, dask)
    check_dask(dask, workers)
    spec = session.load(scenario, None, [adopters] if adopters else ())
    from zerosum.report.map import describe_map
    from zerosum.report.map_tables import digest_of_map, facts_table, map_table, summarize_map
    from zerosum.report.plots.map import plot_map
    from zerosum.runs import outputs
    from zerosum.runs.derived import remove_outdated
    from zerosum.studies import map as maps
    from zerosum.studies.facts import load_facts
    from zerosum.studies.sweep.plan import check_memory

    question = maps.ask(spec, strategy, against, metric, replications, points)
    named = None if keys is None else [key.strip() for key in keys.split(",")]
    axes = maps.find_axes(
        spec, named, dict(map(maps.parse_range, ranges)), dict(map(maps.parse_place, places))
    )
    folder = session.folder(question.folder(axes), "map", FILES)
    known = () if no_facts else load_facts(files)
    many = workers if workers is not None else usable_cores()
    largest = check_memory(maps.map_study(question, (axes[0], axes[1])))
    times = 2 * (len(axes) if len(axes) > 2 else 0) + question.points
    fitting = workers_that_fit(
        scenario,
        largest,
        max(1, many),
        question.replications,
        quiet=session.quiet,
        process=many > 0,
        times=times,
    )
    outputs.check_writable(folder)
    session.ending.kept(folder)
    executor = make_executor(fitting if many else 0, dask, patience)
    done = ["", 0, 0]
    with reporting_lost() as on_lost, stages(session.quiet) as on_stage:

        def on_runs(what: str, made: int, of: int) -> None:
            done[:] = [what, made, of]
            on_stage(what, made, of)

        found = stoppable(
            lambda stop: maps.make_map(
                question,
                axes,
                folder,
                executor,
                known,
                fresh,
                on_runs,
                stop,
                on_lost,
            ),
            lambda: f"Stopped: {done[0]}, {done[1]:,} of {done[2]:,} are done.",
        )
    written: dict[str, Any] = {
        "map.png": outputs.picture(plot_map(found)),
        "map.csv": outputs.csv(map_table(found)),
        "ranking.csv": outputs.csv(found.ranking),
        "facts.csv": outputs.csv(facts_table(found)),
    }
    document = summarize_map(found, session.files)
    session.write(folder, document, written)
    if gone := remove_outdated(folder, [digest_of_map(found)]):
        notify(gone)
    more = "" if details else "--details: what moves the verdict, how to read this · "
    session.show(document, describe_map(found, details), f"{more}zerosum report {folder}: one page")
    if found.failures:
        first = found.failures[0]
        raise RunError(
            f"{len(found.failures):,} runs failed and are not on the map, the first with: {first.error}. "
            "The same command tries them again"
        )
