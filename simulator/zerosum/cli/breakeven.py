"""``zerosum breakeven``: what a strategy's tools may cost, how many reps must use them, how much must be true."""

from __future__ import annotations

from typing import Any

import click

from zerosum.cli.points import simulate_points
from zerosum.cli.session import (
    Session,
    replications_option,
    scenario_argument,
    scenario_options,
    workers_option,
    workers_that_fit,
)
from zerosum.cli.terminal import EXIT_FAILED

FILES = ("prices.csv", "points.csv", "figure.png", "summary.json")


@click.command("breakeven")
@scenario_argument
@click.option(
    "--strategy",
    metavar="NAME",
    help="The strategy to examine (default: the only one with tools of its own).",
)
@click.option(
    "--adopters", metavar="[focal|all]", help="Who adopts it (default: the first that the scenario names)."
)
@click.option("--price-only", is_flag=True, help="Find the price only; about ten times faster.")
@replications_option
@workers_option
@click.option("--fresh", is_flag=True, help="Simulate everything again; use nothing that was kept.")
@scenario_options
def breakeven(
    session: Session,
    scenario: str,
    strategy: str | None,
    adopters: str | None,
    price_only: bool,
    replications: int | None,
    workers: int | None,
    fresh: bool,
) -> None:
    """Find the price, use and effect at which a tool pays.

    SCENARIO is a file, or the name of one that ships. Use it before you negotiate a price. It finds each tool's license
    price at which the strategy's net gain over the baseline is 0. Then it varies how many reps use the tools, and how
    much of the vendors' claims is true. It shows where the net gain changes its sign.

    Finished runs are kept: after Ctrl-C or a crash, the same command continues.
    """
    spec = session.load(scenario, replications, [adopters] if adopters else ())
    from zerosum.report.breakeven import describe_break_even, summarize_break_even
    from zerosum.report.plots.breakeven import plot_break_even
    from zerosum.runs import outputs
    from zerosum.studies.breakeven import DIALS, answer, ask
    from zerosum.studies.sweep.plan import check_memory

    question = ask(spec, strategy, () if price_only else DIALS)
    # A break-even of the price only leaves the points of a whole one where they are.
    files = tuple(name for name in FILES if question.dials or name != "points.csv")
    study = question.study()
    folder = session.folder(question.folder(), "breakeven", files)
    points = len(study.points) + (question.if_copied() is not None)
    often = study.experiment.replications * points
    threads = workers_that_fit(scenario, check_memory(study), workers, often, quiet=session.quiet)
    outputs.check_writable(folder)
    session.ending.kept(folder)
    found = answer(
        question,
        lambda part, within: simulate_points(part, folder / within, threads, fresh, session.quiet),
    )
    written: dict[str, Any] = {"prices.csv": outputs.csv(found.prices)}
    if question.dials:
        written["points.csv"] = outputs.csv(found.points)
    written["figure.png"] = outputs.picture(plot_break_even(found))
    document = summarize_break_even(found, session.files)
    then = "prices.csv and points.csv have all numbers"
    if not question.dials:
        then = "prices.csv has all numbers · without --price-only: which adoption and effect it takes"
    session.finish(folder, document, written, describe_break_even(found), then)
    if found.failures:
        raise click.exceptions.Exit(EXIT_FAILED)
