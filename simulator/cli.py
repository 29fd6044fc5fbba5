"""The command ``zerosum``: thin doors. Each parses, calls one function, prints. Exit codes: ``terminal.py``."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from simulator.terminal import Commands, Ending, Fault, plainly, progress, say, stoppable

if TYPE_CHECKING:
    from simulator.run import OnWeek, Run
    from simulator.scenario.spec import Scenario


def _load(path: str, overrides: tuple[str, ...], options: dict[str, tuple[str, Any]]) -> Scenario:
    """Read a scenario; what was given on the command line becomes part of it, and of its hash.

    ``options``: what was written -> (key of the scenario, value); None: not given.
    """
    from simulator.scenario import Option, load_scenario

    given = [Option(name, key, value) for name, (key, value) in options.items() if value is not None]
    return load_scenario(path, [*overrides, *given])


def _workers_that_fit(path: str, scenario: Scenario, wanted: int) -> int:
    """How many replications fit in memory at a time, at most ``wanted``; a fault if not even one does."""
    from simulator.population import memory_needed

    needed, available = memory_needed(scenario), _memory()
    if needed > available:
        raise Fault(
            f"{path}: market.buyers = {scenario.market.buyers:,} needs about {needed / 1e9:,.1f} GB of memory; this "
            f"machine has {available / 1e9:,.1f} GB free. Lower market.buyers (or reps, or reps.slots)."
        )
    return wanted if wanted * needed <= available else int(available / needed)


def _memory() -> float:
    """Bytes of memory that can be used, as far as the system says."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            fields = dict(line.split(":", 1) for line in lines)
        return 1024.0 * int(fields["MemAvailable"].split()[0])
    except (OSError, KeyError, ValueError):
        try:
            return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
        except (AttributeError, OSError, ValueError):
            return float("inf")


def _check_arm(path: str, scenario: Scenario, arm: str | None) -> str:
    """Check that the scenario has this strategy, and in ``head-to-head`` a team for it."""
    from simulator.scenario.errors import listed, nearest

    if arm is None:
        return scenario.baseline_name
    in_teams = scenario.comparison.worlds[0] == "head-to-head"
    known = scenario.arm_names if in_teams else tuple(s.name for s in scenario.strategies)
    if arm in known:
        return arm
    close = nearest(arm, known)
    lacking = "no team of that name in head-to-head" if in_teams else "no such strategy"
    hint = f"did you mean '{close}'?" if close else f"there are {listed(known, 'and')}"
    raise Fault(f"{path}: --arm {arm}: there is {lacking}; {hint}")


def _folder(out: str | None, default: Path) -> Path:
    """Where the files go; a fault of the command line if there can be no such folder."""
    if out is None:
        return default
    if not out.strip():
        raise Fault("--out '': name a folder; it is made if it doesn't exist")
    if Path(out).is_file():
        raise Fault(f"--out {out}: this is a file; name a folder")
    return Path(out)


def _tell(document: dict[str, Any], table: Any, as_json: bool, quiet: bool, seconds: float) -> None:
    """Print a result: one JSON object, or tables and where the files are."""
    if as_json:
        say(json.dumps(document, indent=2, ensure_ascii=False))
        return
    parts = [table]
    if not quiet:
        folder = Path(document["files"][0]).parent
        names = ", ".join(Path(f).name for f in document["files"])
        parts.append(f"\nIn {folder}/: {names}   ({seconds:.1f} s)")
    say(*parts)


def _keep(folder: Path, files: dict[str, Any], ending: Ending) -> None:
    from simulator import store

    store.write_all(folder, files)
    ending.files = f"The results are in {folder}/."


_WORLDS = "[alone|rivals|everyone|head-to-head]"
_SCENARIO = click.argument("scenario")
_COMMON = (
    click.option("--weeks", type=int, metavar="N", help="Measured weeks (default: the scenario's)."),
    click.option("--seed", type=int, metavar="N", help="Seed of all luck (default: the scenario's)."),
    click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="One value of the scenario, such as market.saturation=0.4. Repeatable.",
    ),
    click.option("--out", metavar="DIR", help="Folder for the files (default: results/SCENARIO/…)."),
    click.option("--quiet", "-q", is_flag=True, help="No progress, no file list."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables."),
)


def _common(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_COMMON):
        command = option(command)
    return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zerosum", prog_name="zerosum")
def main() -> None:
    """Simulate sales reps and buyers in a saturated, zero-sum market.

    Start with: zerosum compare scenarios/kickoff.toml
    """


@main.command()
@_SCENARIO
@click.option("--arm", metavar="A", help="Strategy to run (default: the scenario's baseline).")
@click.option("--world", metavar=_WORLDS, help="Who else moves (default: the scenario's first world).")
@click.option(
    "--replication",
    type=click.IntRange(0),
    metavar="N",
    default=0,
    show_default=True,
    help="Which of the possible courses of luck.",
)
@_common
def run(
    scenario: str,
    arm: str | None,
    world: str | None,
    replication: int,
    weeks: int | None,
    seed: int | None,
    overrides: tuple[str, ...],
    out: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Run one arm of a SCENARIO (file, or name of a shipped one) once and show what happened.

    Writes the weekly series, the deals, a summary and a figure.
    """
    with plainly() as ending:
        started = time.monotonic()
        spec = _load(
            scenario,
            overrides,
            {
                f"--seed {seed}": ("comparison.seed", seed),
                f"--weeks {weeks}": ("clock.weeks", weeks),
                f"--world {world}": ("comparison.worlds", [world] if world is not None else None),
            },
        )
        chosen, where = _check_arm(scenario, spec, arm), spec.comparison.worlds[0]
        folder = _folder(out, Path("results") / spec.name / f"run-{chosen}-{where}")
        _workers_that_fit(scenario, spec, 1)
        from simulator import store
        from simulator.frames import deals_frame, decisions_frame, weekly_frame
        from simulator.metrics import measure
        from simulator.report import documents, tables
        from simulator.report.figure_run import figure_run
        from simulator.run import luck_null, simulate

        store.check_writable(folder)
        with progress("weeks", quiet or as_json) as on_week:

            def both(stop: Event) -> tuple[Run, Run]:
                told = _until(stop, on_week)
                return (
                    simulate(spec, chosen, where, replication, on_week=told),
                    simulate(luck_null(spec), chosen, where, replication, on_week=told),
                )

            finished, lucky = stoppable(both)
        numbers, null = measure(finished), measure(lucky)
        names = ("summary.json", "weekly.csv", "deals.csv", "decisions.csv", "figure.png")
        files = [folder / name for name in names]
        document = documents.run_document(spec, chosen, where, replication, numbers, null, files)
        written = {
            "summary.json": store.document(document),
            "weekly.csv": store.csv(weekly_frame(finished)),
            "deals.csv": store.csv(deals_frame(finished)),
            "decisions.csv": store.csv(decisions_frame(finished)),
            "figure.png": store.picture(figure_run(finished, lucky)),
        }
        _keep(folder, written, ending)
        _tell(document, tables.run_table(finished, numbers, null), as_json, quiet, time.monotonic() - started)


def _until(stop: Event, on_week: OnWeek) -> OnWeek:
    """Pass on each week that is over, until the user wants no more of them."""

    def told(week: int, weeks: int) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        on_week(week, weeks)

    return told


@main.command()
@_SCENARIO
@click.option(
    "--replications", "-n", type=int, metavar="N", help="Paired replications (default: the scenario's)."
)
@click.option(
    "--world",
    "worlds",
    multiple=True,
    metavar=_WORLDS,
    help="Who moves; repeatable (default: the scenario's worlds).",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Threads, 1 to 256 (default: one per processor). Changes the time, not the result.",
)
@_common
def compare(
    scenario: str,
    replications: int | None,
    worlds: tuple[str, ...],
    workers: int | None,
    weeks: int | None,
    seed: int | None,
    overrides: tuple[str, ...],
    out: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Compare every arm of a SCENARIO with its baseline, on the same luck, in every chosen world.

    Writes the differences and all runs as CSV and Parquet, a summary and a figure.
    """
    with plainly() as ending:
        started = time.monotonic()
        spec = _load(
            scenario,
            overrides,
            {
                f"--seed {seed}": ("comparison.seed", seed),
                f"--weeks {weeks}": ("clock.weeks", weeks),
                f"--world {' --world '.join(worlds)}": (
                    "comparison.worlds",
                    list(dict.fromkeys(worlds)) or None,
                ),
                f"--replications {replications}": ("comparison.replications", replications),
            },
        )
        folder = _folder(out, Path("results") / spec.name / "compare")
        threads = _workers_that_fit(scenario, spec, workers or os.cpu_count() or 1)
        from simulator import store
        from simulator.compare import compare as compare_arms
        from simulator.report import documents, tables
        from simulator.report.figure_compare import figure_compare

        store.check_writable(folder)
        wanted, finished = spec.comparison.replications, [0]
        with progress("replications", quiet or as_json) as on_progress:

            def on_done(done: int) -> None:
                finished[0] = done
                on_progress(done, wanted)

            found = stoppable(
                lambda stop: compare_arms(spec, threads, on_done=on_done, stop=stop),
                lambda: f"Stopped: {finished[0]} of {wanted} replications were done.",
            )
        names = (
            "summary.json",
            "differences.csv",
            "differences.parquet",
            "runs.csv",
            "runs.parquet",
            "figure.png",
        )
        files = [folder / name for name in names]
        document = documents.compare_document(found, files)
        written = {
            "summary.json": store.document(document),
            "differences.csv": store.csv(found.differences),
            "differences.parquet": store.parquet(found.differences),
            "runs.csv": store.csv(found.runs),
            "runs.parquet": store.parquet(found.runs),
            "figure.png": store.picture(figure_compare(found)),
        }
        _keep(folder, written, ending)
        _tell(document, tables.compare_tables(found), as_json, quiet, time.monotonic() - started)


@main.command()
def schema() -> None:
    """Print the JSON Schema of scenario files; editors complete from it."""
    with plainly():
        from simulator.scenario import scenario_schema

        say(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))


@main.command()
def scenarios() -> None:
    """List the scenarios that ship, and the question that each answers."""
    with plainly():
        from rich.table import Table

        from simulator.scenario import shipped_scenarios

        table = Table(show_edge=False, pad_edge=False)
        table.add_column("name", no_wrap=True)
        table.add_column("question")
        for shipped in shipped_scenarios():
            table.add_row(shipped.name, shipped.question)
        say(table)
