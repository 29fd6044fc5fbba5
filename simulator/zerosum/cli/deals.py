"""``zerosum deals``: why two strategies differ, deal by deal."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import click

from zerosum.cli.results import find_results
from zerosum.cli.session import (
    Session,
    check_name,
    details_option,
    output_options,
    pair_options,
    results_argument,
    run_replications,
    workers_option,
    workers_that_fit,
)
from zerosum.cli.terminal import notify
from zerosum.errors import InputError

if TYPE_CHECKING:
    from zerosum.scenario.comparison import Adopters
    from zerosum.scenario.spec import Scenario

FILES = (
    "summary.json",
    "causes.csv",
    "causes.parquet",
    "changed_deals.csv",
    "changed_deals.parquet",
    "figure.png",
)


@click.command()
@results_argument
@pair_options("to explain", "[focal|competitors|all]", required=True)
@click.option(
    "--replications",
    "-n",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    help="Use the first N replications (default: all).",
)
@click.option(
    "--largest",
    type=click.IntRange(0, 1000),
    metavar="N",
    default=20,
    show_default=True,
    help="Largest deals to describe one by one.",
)
@workers_option
@details_option
@output_options("one within the results")
def deals(
    session: Session,
    results: str,
    strategy: str,
    against: str | None,
    adopters: str | None,
    replications: int | None,
    largest: int,
    workers: int | None,
    details: bool,
) -> None:
    """Explain a difference deal by deal.

    Use it after 'zerosum compare' to see why a strategy differs. It finds the deals with a different result under two
    strategies, and the cause of each. Causes sum to the difference in revenue. RESULTS is a folder, the name of a
    scenario, or the start of a hash; both strategies are simulated again on its random events. Writes causes and deals
    as CSV and Parquet, a summary and a figure.
    """
    folder, manifest = find_results(results)
    scenario = manifest.load()
    base = against if against is not None else scenario.baseline_name
    apart = [moved for moved in scenario.comparison.adopters if moved != "head-to-head"]
    moves = _check(scenario, strategy, base, adopters or (apart or scenario.comparison.adopters)[0])
    count = replications or manifest.replications
    if count > manifest.replications:
        raise InputError(
            f"--replications {count}: {folder} has {manifest.replications}; give at most as many, or compare more first"
        )
    _warn_of_other_origin(manifest.origin)
    part = f"-first-{count}" if count < manifest.replications else ""
    target = session.folder(folder / f"deals-{strategy}-against-{base}-{moves}{part}", "deals", FILES)
    threads = workers_that_fit(str(folder), scenario, workers, count, quiet=session.quiet)
    from zerosum.report.deals import (
        describe_changed_deals,
        describe_deals_screen,
        summarize_changed_deals,
    )
    from zerosum.report.plots.compare import plot_changed_deals
    from zerosum.runs import outputs
    from zerosum.studies.attribution import explain

    found = run_replications(
        target,
        count,
        session.quiet,
        lambda on_done, stop: explain(scenario, strategy, base, moves, count, threads, on_done, stop),
    )
    written = {
        "causes.csv": outputs.csv(found.by_replication),
        "causes.parquet": outputs.parquet(found.by_replication),
        "changed_deals.csv": outputs.csv(found.deals),
        "changed_deals.parquet": outputs.parquet(found.deals),
        "figure.png": outputs.picture(plot_changed_deals(found)),
    }
    document = summarize_changed_deals(found, manifest.numbers, session.files)
    shown = describe_deals_screen(found)
    if details:
        shown.add(*describe_changed_deals(found, largest).parts)
    more = "" if details else f"--details: kinds of revenue, the {largest} largest deals · "
    session.finish(target, document, written, shown, f"{more}zerosum report {shlex.quote(results)}")


def _check(scenario: Scenario, strategy: str, base: str, who: str) -> Adopters:
    """Return who adopts; raise for strategies and adopters that can't be explained; name the nearest."""
    from zerosum.scenario.comparison import ADOPTERS
    from zerosum.scenario.errors import join_names

    known = tuple(strategy.name for strategy in scenario.strategies)
    adopters = tuple(w for w in ADOPTERS if w != "head-to-head")
    check_name("--strategy", strategy, known, "strategy")
    check_name("--against", base, known, "strategy")
    if who == "head-to-head":
        raise InputError(
            "--adopters head-to-head: all strategies are teams in one market there, so no deal can be compared "
            f"with another run; there are {join_names(adopters, 'and')}"
        )
    check_name("--adopters", who, adopters, "choice")
    if strategy == base:
        raise InputError(
            f"--strategy {strategy}: a strategy can't be compared with itself; name another with --against"
        )
    if who == "competitors" and len(scenario.vendors) < 2:
        raise InputError("--adopters competitors: the scenario has one vendor only; choose focal or all")
    return cast("Adopters", who)


def _warn_of_other_origin(origin: Mapping[str, str]) -> None:
    from zerosum.runs.origin import differing

    other = differing(origin)
    if other:
        notify(f"The results were made under other conditions ({other}): some deals may differ.")
