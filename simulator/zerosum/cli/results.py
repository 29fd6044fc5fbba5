"""``zerosum results``: list, show and verify earlier results."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from zerosum.cli.session import details_option, results_argument
from zerosum.cli.terminal import notify, progress, say, stoppable
from zerosum.errors import InputError, RunError, StoreError

if TYPE_CHECKING:
    from zerosum.runs.manifest import Manifest
    from zerosum.studies.compare import Comparison, Decision


@click.group(invoke_without_command=True)
@click.pass_context
def results(context: click.Context) -> None:
    """List, show or verify results."""
    if context.invoked_subcommand is None:
        context.invoke(list_results)


@results.command("list")
@click.option("--in", "home", metavar="DIR", default="results", show_default=True, help="Where to look.")
def list_results(home: str) -> None:
    """List comparisons (newest last) and every other kind of results, finished or not, with what shows each."""
    if Path(home).exists() and not Path(home).is_dir():
        raise InputError(f"{home}: this is a file, not a folder of results; --in names another")
    from zerosum.report.results import describe_others, describe_results, format_found
    from zerosum.runs.find import find_all, find_others
    from zerosum.runs.question import find_questions

    compared = list(find_all(Path(home)))
    asked = [(folder, kind) for folder, kind in find_questions(Path(home)) if kind != "comparison"]
    asked += find_others(Path(home))
    if compared or asked:
        say(format_found(len(compared), len(asked), Path(home)))
    if compared or not asked:
        say(describe_results(compared, Path(home)))
    if asked:
        say("")
        say(describe_others(asked))
    if compared:
        say("zerosum results show NAME: its answer · results verify NAME · report NAME: one page")


@results.command()
@results_argument
@click.option("--metric", metavar="NAME", help="The metric that decides (default: the comparison's own).")
@click.option("--matters", metavar="AMOUNT", help="Smallest difference that matters, such as 1pp.")
@details_option
def show(results: str, metric: str | None, matters: str | None, details: bool) -> None:
    """Show a finished comparison, or a map."""
    if folder := find_map(results):
        refuse_for_map(metric, matters)
        from zerosum.report.map import describe_map
        from zerosum.studies.map import restore

        say(describe_map(restore(folder), details))
        return
    from zerosum.report.compare import describe_comparison
    from zerosum.report.screen import describe_screen
    from zerosum.studies.compare import value_table
    from zerosum.studies.rests import find_rests

    folder, _, comparison, decision = open_again(results, metric, matters)
    rests = find_rests(comparison.scenario, decision.metric.name, folder)
    values = value_table(comparison)
    shown = describe_screen(comparison, decision, values, rests)
    if details:
        shown.add(*describe_comparison(comparison, decision, values).parts)
    say(shown)


@results.command()
@results_argument
@click.option(
    "--rerun",
    type=click.IntRange(0, 1000),
    metavar="N",
    default=2,
    show_default=True,
    help="Replications to simulate again; they must be equal to the last bit.",
)
def verify(results: str, rerun: int) -> None:
    """Check that results are unchanged and can be repeated.

    Checks every file's digest, and simulates some replications again. RESULTS may also be the folder of a sweep, a
    game, a search, a map or a calibration: its kept runs are checked. ('zerosum sweep --verify' simulates some of them
    again.) Exit code 1 if anything differs.
    """
    from zerosum.runs import manifest as manifests
    from zerosum.runs import origin, parts, question
    from zerosum.runs.verify import differing, read_tables
    from zerosum.studies.compare import replicate

    if any((Path(results) / f"{kind}.json").exists() for kind in question.KINDS if kind != "comparison"):
        folder = Path(results)
        checked = [room.faults(folder) for room in (parts, manifests, question)]
        checked += _check_map(folder) if find_map(results) else []
        if wrong := [fault for faults, _ in checked for fault in faults]:
            raise RunError(f"{results}: " + "; ".join(wrong))
        say(f"Intact: {results}, {sum(count for _, count in checked)} files as they were written.")
        return
    folder, manifest = find_results(results)
    unsound, kept = parts.faults(folder)
    unclear, told = question.faults(folder)
    faults = [
        *manifests.altered(folder, manifest.files),
        *unsound,
        *unclear,
        *_list_outdated(folder, manifest.belongs),
    ]
    other = origin.differing(manifest.origin)
    count, last = min(manifest.replications, rerun), manifest.replications - 1
    numbers = [round(i * last / max(1, count - 1)) for i in range(count)]  # evenly spaced, first to last
    again_said = ""
    if not faults and numbers:
        if other:
            notify(f"The results were made under other conditions ({other}), so the numbers may differ.")
        import pyarrow.compute as pc

        stored, scenario = read_tables(folder, manifest), manifest.load()
        with progress("replications", False) as on_progress:

            def again(_stop: object) -> list[str]:
                amiss = []
                for done, number in enumerate(numbers):
                    here = pc.field("replication") == number
                    before = {name: table.filter(here) for name, table in stored.items()}
                    amiss += [
                        f"replication {number}: {column} has another value"
                        for column in differing(before, replicate(scenario, number))
                    ]
                    on_progress(done + 1, len(numbers))
                return amiss

            faults = stoppable(again)
        again_said = f"; {count} of {last + 1} simulated runs repeated: the same to the last bit"
    if faults:
        raise RunError(f"{folder}: " + "; ".join(faults))
    say(f"Intact: {folder}, {len(manifest.files) + 1 + kept + told} files as they were written{again_said}.")


def find_results(name: str) -> tuple[Path, Manifest]:
    """Return the named folder of results, and its manifest."""
    from zerosum.runs.find import find
    from zerosum.runs.manifest import read_manifest

    folder = find(name)
    return folder, read_manifest(folder)


def find_map(name: str) -> Path | None:
    """Return the folder of a map; None if the name is of something else."""
    from zerosum.studies.map.folder import MANIFEST

    folder = Path(name)
    return folder if (folder / MANIFEST).is_file() else None


def refuse_for_map(metric: str | None, matters: str | None) -> None:
    """Raise an error for options that only a comparison has."""
    for option, given in (("--metric", metric), ("--matters", matters)):
        if given is not None:
            raise InputError(
                f"{option} {given}: a map has the metric that it was made for; 'zerosum map --metric' makes another"
            )


def _check_map(folder: Path) -> list[tuple[list[str], int]]:
    """Return what is wrong with a map's sweeps and with what was made from it, and how many files were checked."""
    from zerosum.report.map_tables import digest_of_map
    from zerosum.runs import parts, question
    from zerosum.studies.map import read_asked, restore
    from zerosum.studies.map.folder import SWEEPS

    found = list[tuple[list[str], int]]()
    for name in SWEEPS:
        for room in (parts, question):
            faults, count = room.faults(folder / name)
            found.append(([f"{name}/{fault}" for fault in faults], count))
    if not question.faults(folder)[0] and not any(faults for faults, _ in found):
        asked = read_asked(folder)
        if asked.complete:
            found.append((_list_outdated(folder, [digest_of_map(restore(folder, asked))]), 0))
    return found


def _list_outdated(folder: Path, belongs: Collection[str]) -> list[str]:
    """List files beside the results that were made from other results."""
    from zerosum.runs.derived import outdated

    return [
        f"{one.path.name} was made from other results ('{one.command}' makes it again)"
        for one in outdated(folder, belongs)
    ]


class Opened(NamedTuple):
    """A stored comparison and its decision."""

    folder: Path
    manifest: Manifest
    comparison: Comparison
    decision: Decision


def open_again(name: str, metric: str | None, matters: str | None) -> Opened:
    """Load results, and decide by their decision metric or another one."""
    folder, manifest = find_results(name)
    from zerosum.cli.decide import find_metric, read_amount
    from zerosum.runs import question
    from zerosum.runs.manifest import altered, mending
    from zerosum.studies.compare import decide
    from zerosum.studies.compare.restore import restore

    comparison, number, apart = restore(folder)
    changed = [*altered(folder, manifest.files), *question.faults(folder)[0]]
    if changed:
        spoiled = any(fault.startswith("scenario.toml") for fault in changed)
        raise StoreError(
            f"{folder}: {'; '.join(changed)}. {mending(folder, manifest.command if spoiled else ())}"
        )
    if old := _list_outdated(folder, manifest.belongs):
        notify(f"Not as it was written: {'; '.join(old)}.")
    if metric is not None and metric != number.name:
        number, apart = find_metric(metric), None
    if matters is not None:
        apart = read_amount("--matters", matters, number)
    return Opened(folder, manifest, comparison, decide(comparison, number, apart))
