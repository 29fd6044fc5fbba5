"""``zerosum run``: simulate one strategy, once or several times."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from zerosum.cli.session import (
    ADOPTERS,
    Session,
    check_name,
    details_option,
    run_replications,
    scenario_argument,
    scenario_options,
    workers_option,
    workers_that_fit,
)
from zerosum.cli.terminal import progress, stoppable

if TYPE_CHECKING:
    import numpy.typing as npt

    from zerosum.market.run import Run
    from zerosum.studies.misses import SharedMisses

    Pair = tuple[Mapping[str, float], Mapping[str, float], SharedMisses | None]

RUNS = "runs.csv"
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
    help="Number of the first simulated run: other random events.",
)
@click.option(
    "--replications",
    "-n",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    default=1,
    show_default=True,
    help="Simulated runs, to see how much is chance: means with 95 % ranges.",
)
@workers_option
@details_option
@scenario_options
def run(
    session: Session,
    scenario: str,
    strategy: str | None,
    adopters: str | None,
    replication: int,
    replications: int,
    workers: int | None,
    details: bool,
) -> None:
    """Simulate one strategy, once or several times.

    SCENARIO is a file, or the name of one that ships ('zerosum scenarios' lists them). Use it to see one market in
    detail: the weekly series and the deals of the first run, a summary and a figure; with -n also every run's metrics.
    """
    spec = session.load(scenario, adopters=() if adopters is None else (adopters,))
    where, chosen = spec.comparison.adopters[0], spec.baseline_name
    if strategy is not None:
        in_teams = where == "head-to-head"
        known = spec.compared_names if in_teams else [strategy.name for strategy in spec.strategies]
        kind = "team in head-to-head" if in_teams else "strategy"
        chosen = check_name(f"{scenario}: --strategy", strategy, known, kind)
    files = FILES if replications == 1 else (*FILES, RUNS)
    folder = session.folder(Path("results") / spec.name / f"run-{chosen}-{where}", "run", files)
    threads = workers_that_fit(scenario, spec, workers, replications, quiet=session.quiet)
    from zerosum.market.metrics import measure
    from zerosum.market.run import chance_baseline, simulate
    from zerosum.market.tables import deals_table, decisions_table, dropouts_table, weekly_table
    from zerosum.report.plots.run import plot_run
    from zerosum.report.run import average, describe_run, describe_run_screen, summarize_run
    from zerosum.runs import outputs
    from zerosum.studies.misses import pool_shared, share_of_run

    outputs.check_writable(folder)

    def both(number: int, on_week: Callable[[int, int], None]) -> tuple[Run, Run]:
        return (
            simulate(spec, chosen, where, number, on_week=on_week),
            simulate(chance_baseline(spec), chosen, where, number, on_week=on_week),
        )

    def measure_both(one: Run, null: Run) -> Pair:
        return measure(one), measure(null), share_of_run(one, null)

    with progress("weeks", session.quiet) as on_progress:

        def first(stop: Event) -> tuple[Run, Run]:
            def on_week(week: int, weeks: int) -> None:
                if stop.is_set():
                    raise KeyboardInterrupt
                on_progress(week, weeks)

            return both(replication, on_week)

        finished, by_chance = stoppable(first)
    pairs = [measure_both(finished, by_chance)]
    if replications > 1:
        from zerosum.runs.executors import replications as in_threads

        pairs += run_replications(
            folder,
            replications,
            session.quiet,
            lambda on_done, stop: in_threads(
                lambda number, on_week: measure_both(*both(replication + 1 + number, on_week)),
                replications - 1,
                threads,
                on_done,
                stop,
                1,
            ),
        )
    found, shared = (
        average([(numbers, null) for numbers, null, _ in pairs]),
        pool_shared([one for *_, one in pairs]),
    )
    written = {
        "weekly.csv": outputs.csv(weekly_table(finished)),
        "deals.csv": outputs.csv(deals_table(finished)),
        "decisions.csv": outputs.csv(decisions_table(finished)),
        "dropouts.csv": outputs.csv(dropouts_table(finished)),
        "figure.png": outputs.picture(plot_run(finished, by_chance)),
    }
    if replications > 1:
        written[RUNS] = outputs.csv(_runs_table(replication, pairs))
    document = summarize_run(spec, finished, found, session.files, shared)
    shown = describe_run_screen(finished, found, shared)
    if details:
        shown.add(*describe_run(finished, found).parts)
    session.finish(folder, document, written, shown, _format_next(scenario, replications, details))


def _runs_table(first: int, pairs: Sequence[Pair]) -> dict[str, npt.NDArray[Any]]:
    """Return the metrics of every run and of its chance baseline, a row each."""
    import numpy as np

    rows = [
        {"replication": number, "null": null} | dict(numbers)
        for number, pair in enumerate(pairs, first)
        for null, numbers in zip((False, True), pair[:2], strict=True)
    ]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _format_next(scenario: str, replications: int, details: bool) -> str:
    """Name the commands that go on from here."""
    quoted = shlex.quote(scenario)
    said = [] if details else ["--details: all measures"]
    said += ["-n 20: means over 20 runs, with ranges"] * (replications == 1)
    return " · ".join([*said, f"zerosum compare {quoted}"])
