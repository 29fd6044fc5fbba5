"""``zerosum flips``: why two strategies differ, deal by deal."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import click

from zerosum.cli.common import keep, known_name, replicated, tell, workers_option, workers_that_fit
from zerosum.cli.folder import folder_for
from zerosum.cli.results import found_results, results_argument
from zerosum.cli.terminal import Fault, plainly

if TYPE_CHECKING:
    from zerosum.scenario.comparison import World
    from zerosum.scenario.spec import Scenario

FILES = ("summary.json", "causes.csv", "causes.parquet", "flips.csv", "flips.parquet", "figure.png")


@click.command()
@results_argument
@click.option("--strategy", metavar="B", required=True, help="The strategy to be explained.")
@click.option("--against", metavar="A", help="What it is held against (default: the baseline).")
@click.option(
    "--world",
    metavar="[alone|rivals|everyone]",
    help="Who moves, compared or not (default: the first that was compared).",
)
@click.option(
    "--replications",
    "-n",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    help="How many, from the first on (default: all that were compared).",
)
@click.option(
    "--largest",
    type=click.IntRange(0, 1000),
    metavar="N",
    default=20,
    show_default=True,
    help="Deals that are told one by one.",
)
@workers_option
@click.option("--out", metavar="DIR", help="Folder for the files (default: one within the results).")
@click.option("--quiet", "-q", is_flag=True, help="No progress, no file list.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def flips(
    results: str,
    strategy: str,
    against: str | None,
    world: str | None,
    replications: int | None,
    largest: int,
    workers: int | None,
    out: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Say why a strategy differs from another: the very deals that flipped, each traced to its causes.

    Both strategies are run again on the luck of RESULTS (a folder, the name of a scenario, the start of a hash). The
    causes sum to the difference in revenue. Writes causes and deals as CSV and Parquet, a summary and a figure.
    """
    with plainly() as ending:
        started = time.monotonic()
        folder, manifest = found_results(results)
        scenario = manifest.load()
        base = against if against is not None else scenario.baseline_name
        apart = [moved for moved in scenario.comparison.worlds if moved != "head-to-head"]
        moves = _checked(scenario, strategy, base, world or (apart or scenario.comparison.worlds)[0])
        count = replications or manifest.replications
        if count > manifest.replications:
            raise Fault(
                f"--replications {count}: {folder} has {manifest.replications}; compare more of them first"
            )
        _say_if_otherwise(manifest.origin)
        part = f"-first-{count}" if count < manifest.replications else ""
        target = folder_for(out, folder / f"flips-{strategy}-against-{base}-{moves}{part}", "flips", FILES)
        threads = workers_that_fit(str(folder), scenario, workers, count, quiet=quiet or as_json)
        from zerosum.report import documents, table_flips
        from zerosum.report.plots.compare import plot_flips
        from zerosum.runs import store
        from zerosum.studies.attribution import explain

        found = replicated(
            target,
            count,
            quiet or as_json,
            lambda on_done, stop: explain(scenario, strategy, base, moves, count, threads, on_done, stop),
        )
        document = documents.flips_document(found, manifest.numbers, [target / name for name in FILES])
        written = {
            "summary.json": store.document(document),
            "causes.csv": store.csv(found.by_replication),
            "causes.parquet": store.parquet(found.by_replication),
            "flips.csv": store.csv(found.flips),
            "flips.parquet": store.parquet(found.flips),
            "figure.png": store.picture(plot_flips(found)),
        }
        keep(target, written, ending)
        tell(document, table_flips.flips_table(found, largest), as_json, quiet, time.monotonic() - started)


def _checked(scenario: Scenario, strategy: str, base: str, world: str) -> World:
    """Return the world; refuse strategies and worlds that can't be explained, with the nearest that can."""
    from zerosum.scenario.comparison import WORLDS
    from zerosum.scenario.errors import listed

    known = tuple(s.name for s in scenario.strategies)
    for option, name, names in (
        ("--strategy", strategy, known),
        ("--against", base, known),
        ("--world", world, tuple(w for w in WORLDS if w != "head-to-head")),
    ):
        if (option, name) == ("--world", "head-to-head"):
            raise Fault(
                "--world head-to-head: all strategies are teams in one market there, so no deal has a second course to "
                f"be held against; there are {listed(names, 'and')}"
            )
        known_name(option, name, names, "world" if option == "--world" else "strategy")
    if strategy == base:
        raise Fault(f"--strategy {strategy}: it can't be held against itself; --against names another")
    if world == "rivals" and len(scenario.vendors) < 2:
        raise Fault("--world rivals: there is one vendor only")
    return cast("World", world)


def _say_if_otherwise(origin: Mapping[str, str]) -> None:
    from zerosum.runs.origin import differing

    other = differing(origin)
    if other:
        click.echo(
            f"The results were made otherwise than here ({other}): the deals may not be the very ones.",
            err=True,
        )
