"""``zerosum run``: one strategy, once."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from zerosum.cli.common import (
    WORLDS,
    common_options,
    keep,
    load,
    options_given,
    scenario_argument,
    tell,
    workers_that_fit,
)
from zerosum.cli.folder import folder_for
from zerosum.cli.terminal import Fault, plainly, progress, stoppable

if TYPE_CHECKING:
    from zerosum.market.run import OnWeek, Run
    from zerosum.scenario.spec import Scenario


FILES = ("summary.json", "weekly.csv", "deals.csv", "decisions.csv", "figure.png")


def _check_strategy(path: str, scenario: Scenario, strategy: str | None) -> str:
    """Check that the scenario has this strategy, and in ``head-to-head`` a team for it."""
    from zerosum.scenario.errors import listed, nearest

    if strategy is None:
        return scenario.baseline_name
    in_teams = scenario.comparison.worlds[0] == "head-to-head"
    known = scenario.compared_names if in_teams else tuple(s.name for s in scenario.strategies)
    if strategy in known:
        return strategy
    close = nearest(strategy, known)
    lacking = "no team of that name in head-to-head" if in_teams else "no such strategy"
    hint = f"did you mean '{close}'?" if close else f"there are {listed(known, 'and')}"
    raise Fault(f"{path}: --strategy {strategy}: there is {lacking}; {hint}")


@click.command()
@scenario_argument
@click.option("--strategy", metavar="A", help="Strategy to run (default: the scenario's baseline).")
@click.option("--world", metavar=WORLDS, help="Who else moves (default: the scenario's first world).")
@click.option(
    "--replication",
    type=click.IntRange(0),
    metavar="N",
    default=0,
    show_default=True,
    help="Which of the possible courses of luck.",
)
@common_options
def run(
    scenario: str,
    strategy: str | None,
    world: str | None,
    replication: int,
    weeks: int | None,
    seed: int | None,
    overrides: tuple[str, ...],
    out: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Run one strategy of a SCENARIO (file, or name of a shipped one) once and show what happened.

    Writes the weekly series, the deals, a summary and a figure.
    """
    with plainly() as ending:
        started = time.monotonic()
        spec = load(
            scenario,
            overrides,
            options_given(weeks, seed)
            | {f"--world {world}": ("comparison.worlds", [world] if world is not None else None)},
        )
        chosen, where = _check_strategy(scenario, spec, strategy), spec.comparison.worlds[0]
        folder = folder_for(out, Path("results") / spec.name / f"run-{chosen}-{where}", "run", FILES)
        workers_that_fit(scenario, spec, 1)
        from zerosum.market.frames import deals_frame, decisions_frame, weekly_frame
        from zerosum.market.metrics import measure
        from zerosum.market.run import chance_baseline, simulate
        from zerosum.report import documents, tables
        from zerosum.report.plots.run import plot_run
        from zerosum.runs import store

        store.check_writable(folder)
        with progress("weeks", quiet or as_json) as on_week:

            def both(stop: Event) -> tuple[Run, Run]:
                told = _until(stop, on_week)
                return (
                    simulate(spec, chosen, where, replication, on_week=told),
                    simulate(chance_baseline(spec), chosen, where, replication, on_week=told),
                )

            finished, lucky = stoppable(both)
        numbers, null = measure(finished), measure(lucky)
        files = [folder / name for name in FILES]
        document = documents.run_document(spec, chosen, where, replication, numbers, null, files)
        written = {
            "summary.json": store.document(document),
            "weekly.csv": store.csv(weekly_frame(finished)),
            "deals.csv": store.csv(deals_frame(finished)),
            "decisions.csv": store.csv(decisions_frame(finished)),
            "figure.png": store.picture(plot_run(finished, lucky)),
        }
        keep(folder, written, ending)
        tell(document, tables.run_table(finished, numbers, null), as_json, quiet, time.monotonic() - started)


def _until(stop: Event, on_week: OnWeek) -> OnWeek:
    """Pass on each week that is over, until the user wants no more of them."""

    def told(week: int, weeks: int) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        on_week(week, weeks)

    return told
