"""``zerosum run``: simulate one strategy once."""

from __future__ import annotations

import shlex
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from zerosum.cli.session import (
    ADOPTERS,
    Session,
    check_name,
    details_option,
    scenario_argument,
    scenario_options,
    workers_that_fit,
)
from zerosum.cli.terminal import progress, stoppable

if TYPE_CHECKING:
    from zerosum.market.run import Run

FILES = ("summary.json", "weekly.csv", "deals.csv", "decisions.csv", "dropouts.csv", "figure.png")


@click.command()
@scenario_argument
@click.option("--strategy", metavar="A", help="Strategy to simulate (default: the scenario's baseline).")
@click.option("--adopters", metavar=ADOPTERS, help="Who adopts the strategy (default: the scenario's first).")
@click.option(
    "--replication",
    type=click.IntRange(0),
    metavar="N",
    default=0,
    show_default=True,
    help="Number of the simulated run: other random events.",
)
@details_option
@scenario_options
def run(
    session: Session,
    scenario: str,
    strategy: str | None,
    adopters: str | None,
    replication: int,
    details: bool,
) -> None:
    """Simulate one strategy once.

    SCENARIO is a file, or the name of one that ships ('zerosum scenarios' lists them). Use it to see one market in
    detail: the weekly series, the deals, a summary and a figure.
    """
    spec = session.load(scenario, adopters=() if adopters is None else (adopters,))
    where, chosen = spec.comparison.adopters[0], spec.baseline_name
    if strategy is not None:
        in_teams = where == "head-to-head"
        known = spec.compared_names if in_teams else [strategy.name for strategy in spec.strategies]
        kind = "team in head-to-head" if in_teams else "strategy"
        chosen = check_name(f"{scenario}: --strategy", strategy, known, kind)
    folder = session.folder(Path("results") / spec.name / f"run-{chosen}-{where}", "run", FILES)
    workers_that_fit(scenario, spec, 1)
    from zerosum.market.metrics import measure
    from zerosum.market.run import chance_baseline, simulate
    from zerosum.market.tables import deals_table, decisions_table, dropouts_table, weekly_table
    from zerosum.report.plots.run import plot_run
    from zerosum.report.run import describe_run, describe_run_screen, summarize_run
    from zerosum.runs import outputs
    from zerosum.studies.misses import share_of_run

    outputs.check_writable(folder)
    with progress("weeks", session.quiet) as on_progress:

        def both(stop: Event) -> tuple[Run, Run]:
            def on_week(week: int, weeks: int) -> None:
                if stop.is_set():
                    raise KeyboardInterrupt
                on_progress(week, weeks)

            return (
                simulate(spec, chosen, where, replication, on_week=on_week),
                simulate(chance_baseline(spec), chosen, where, replication, on_week=on_week),
            )

        finished, by_chance = stoppable(both)
    numbers, null, shared = measure(finished), measure(by_chance), share_of_run(finished, by_chance)
    written = {
        "weekly.csv": outputs.csv(weekly_table(finished)),
        "deals.csv": outputs.csv(deals_table(finished)),
        "decisions.csv": outputs.csv(decisions_table(finished)),
        "dropouts.csv": outputs.csv(dropouts_table(finished)),
        "figure.png": outputs.picture(plot_run(finished, by_chance)),
    }
    document = summarize_run(spec, finished, numbers, null, session.files, shared)
    shown = describe_run_screen(finished, numbers, null, shared)
    if details:
        shown.add(*describe_run(finished, numbers, null).parts)
    then = f"{'' if details else '--details: all measures · '}zerosum compare {shlex.quote(scenario)}"
    session.finish(folder, document, written, shown, then)
