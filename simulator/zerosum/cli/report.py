"""``zerosum report``: one HTML file of stored results, to read, print and share."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zerosum.cli.results import find_map, open_again, refuse_for_map
from zerosum.cli.session import Session, in_session, output_file, results_argument, run_replications
from zerosum.cli.terminal import notify, say
from zerosum.errors import RunError, ZerosumError
from zerosum.machine import usable_cores

if TYPE_CHECKING:
    from zerosum.runs.manifest import Manifest
    from zerosum.scenario.spec import Scenario
    from zerosum.studies.attribution import ChangedDeals
    from zerosum.studies.compare import Comparison, Decision
    from zerosum.studies.map import Map

NAME = "report.html"


@click.command()
@results_argument
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
@click.option("--out", metavar="FILE", help=f"File to write (default: {NAME} in the results).")
@click.option(
    "--metric",
    metavar="NAME",
    help="The metric that decides (default: the comparison's own).",
)
@click.option("--matters", metavar="AMOUNT", help="Smallest difference that matters, such as 1pp.")
@click.option("--no-deals", is_flag=True, help="Leave out the deals that made the difference; quicker.")
@in_session
def report(
    session: Session, results: str, show: bool, metric: str | None, matters: str | None, no_deals: bool
) -> None:
    """Write a comparison or a map as one HTML page.

    RESULTS is a folder, the name of a scenario, or the start of a hash. Use it to take results to a meeting: the page
    works offline and prints. Up to 20 replications of the leading strategy are simulated again to show which deals made
    the difference. Maps of the same scenario and the results of 'zerosum misses' become sections of the page if they
    are in neighboring folders. For the folder of a map, the page shows the map only.
    """
    if there := find_map(results):
        refuse_for_map(metric, matters)
        _report_map(session, there, show)
        return
    folder, manifest, comparison, decision = open_again(results, metric, matters)
    from zerosum.report.html import write_page
    from zerosum.runs import outputs
    from zerosum.runs.derived import is_page
    from zerosum.runs.find import folders_beside
    from zerosum.studies.misses import misses_of
    from zerosum.studies.rests import find_rests

    file = output_file(session.out, folder / NAME, "report", is_page)
    outputs.check_writable(file.parent)
    found, without = _explain_leading(comparison, decision, manifest, file.parent, no_deals)
    maps, older = _find_maps(comparison.scenario, folder)
    shares = misses_of(comparison.scenario, folders_beside(comparison.scenario.name, folder))
    page = write_page(
        comparison,
        decision,
        manifest,
        found,
        without,
        maps,
        older,
        decomposed=shares[1] if shares else None,
        rests=find_rests(comparison.scenario, decision.metric.name, folder),
    )
    _write(session, file, page, show)


def _report_map(session: Session, folder: Path, show: bool) -> None:
    """Write a map's own page."""
    from zerosum.report.html import write_map_page
    from zerosum.runs.derived import is_page
    from zerosum.studies.map import restore

    found = restore(folder)
    _write(
        session,
        output_file(session.out, folder / NAME, "report", is_page),
        write_map_page(found, folder),
        show,
    )


def _write(session: Session, file: Path, text: str, show: bool) -> None:
    """Write a page, say where it is, and open it if asked to."""
    from zerosum.runs import outputs

    outputs.check_writable(file.parent)
    outputs.write_all(file.parent, {file.name: outputs.text(text)})
    session.ending.files = f"The report is {file}."
    say(f"{file}   ({len(text.encode()) / 1000:,.0f} kB)")
    if show:
        _open(file)


def _find_maps(scenario: Scenario, folder: Path) -> tuple[list[tuple[Path, Map]], list[Path]]:
    """Return the newest maps of a scenario beside its results, and the folders of older ones.

    Maps without their runs are named and left out.
    """
    from zerosum.report.html import MOST_MAPS
    from zerosum.runs.find import folders_beside
    from zerosum.studies.map import maps_of, restore

    there = sorted(maps_of(scenario, folders_beside(scenario.name, folder)), key=lambda one: one.folder.name)
    found: list[tuple[Path, Map]] = []
    older: list[Path] = []
    for path, asked, _ in sorted(there, key=lambda one: one.finished, reverse=True):
        if len(found) == MOST_MAPS:
            older.append(path)
            continue
        try:
            found.append((path, restore(path, asked)))
        except ZerosumError as error:
            notify(f"Not on the page: {error}")
    return found, older


def _explain_leading(
    comparison: Comparison, decision: Decision, manifest: Manifest, folder: Path, skip: bool
) -> tuple[ChangedDeals | None, str]:
    """Trace the leading strategy's difference, or return the reason why not."""
    from zerosum.report.html import MOST_TRACED, find_leading
    from zerosum.runs.origin import differing
    from zerosum.studies.attribution import explain

    scenario = comparison.scenario
    apart = [who for who in scenario.comparison.adopters if who != "head-to-head"]
    if len(scenario.compared_names) < 2:
        return None, ""
    if not apart:
        return None, (
            "All strategies are teams in one market here: there is no second run to compare a deal with. Where one "
            "vendor adopts a strategy, deals can be compared."
        )
    adopters, base = apart[0], scenario.baseline_name
    strategy = find_leading(decision, adopters)
    if strategy is None:
        return None, ""
    if skip:
        return None, "This page was written without the deals that made the difference."
    other = differing(manifest.origin)
    if other:
        return None, (
            f"The results were made by other versions than this page ({other}): the deals can't be traced as they were."
        )
    wanted, cores = min(MOST_TRACED, manifest.replications), usable_cores()
    found = run_replications(
        folder,
        wanted,
        False,
        lambda on_done, stop: explain(scenario, strategy, base, adopters, wanted, cores, on_done, stop),
    )
    return found, ""


def _open(file: Path) -> None:
    import webbrowser

    opened = False
    with contextlib.suppress(webbrowser.Error, OSError):
        opened = webbrowser.open(file.resolve().as_uri())
    if not opened:
        raise RunError(f"No browser was found; open {file} yourself.")
