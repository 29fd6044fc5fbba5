"""The command ``zerosum``: thin doors. Each parses, calls one function, prints.

Exit codes: 0 done; 1 it could not be finished (interrupted, nowhere to write); 2 the command line or the
scenario is at fault.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from simulator.scenario.spec import Scenario

EXIT_FAILED, EXIT_USAGE = 1, 2
WIDTH_WITHOUT_TERMINAL = 132


class Fault(click.ClickException):
    """Something the user can mend: shown without a traceback."""

    def __init__(self, message: str, exit_code: int = EXIT_USAGE) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click declares it on the class, reads it from the instance


def _console(stderr: bool = False) -> Console:
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    known = stream.isatty() or "COLUMNS" in os.environ
    return Console(stderr=stderr, highlight=False, width=None if known else WIDTH_WITHOUT_TERMINAL)


@contextlib.contextmanager
def _said_plainly() -> Iterator[None]:
    """Turn what can go wrong into a message and an exit code."""
    from simulator.run import Interrupted
    from simulator.scenario import ScenarioError
    from simulator.store import StoreError

    try:
        yield
    except ScenarioError as error:
        raise Fault(str(error)) from error
    except StoreError as error:
        raise Fault(str(error), EXIT_FAILED) from error
    except Interrupted as error:
        message = f"Stopped: {error.done} of {error.wanted} replications were done. Nothing was written."
        raise Fault(message, EXIT_FAILED) from error
    except KeyboardInterrupt:
        raise Fault("Stopped. Nothing was written.", EXIT_FAILED) from None
    except MemoryError as error:
        raise Fault("This market doesn't fit in memory: lower market.buyers or reps.slots.") from error


def _nearest(name: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean '{close[0]}'?" if close else ""
    return f"{hint} Known: {', '.join(known)}"


def _load(path: str, overrides: tuple[str, ...], **options: Any) -> Scenario:
    """Read a scenario; what was given on the command line becomes part of it, and of its hash."""
    from simulator.population import memory_needed
    from simulator.scenario import load_scenario, parse_scenario

    scenario = load_scenario(path, overrides)
    given = {key.replace("__", "."): value for key, value in options.items() if value is not None}
    if given:
        scenario = parse_scenario(scenario, given)
    needed, available = memory_needed(scenario), _memory()
    if needed > available:
        raise Fault(
            f"{path}: market.buyers = {scenario.market.buyers:,} needs about {needed / 1e9:.0f} GB of memory; "
            f"this machine has {available / 1e9:.0f} GB free. Lower market.buyers (or reps, or reps.slots)."
        )
    return scenario


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


def _check_arm(scenario: Scenario, arm: str | None) -> str:
    known = tuple(s.name for s in scenario.strategies)
    if arm is None:
        return scenario.baseline_name
    if arm not in known:
        raise Fault(f"--arm: there is no strategy '{arm}'{_nearest(arm, known)}")
    return arm


@contextlib.contextmanager
def _progress(what: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Show a bar with the time left on standard error; first say so if the engine has to be compiled."""
    from simulator.jit import compiled_before

    if quiet:
        yield lambda done, of: None
        return
    console = _console(stderr=True)
    if not compiled_before():
        console.print("Compiling the engine: once on this machine, about half a minute …")
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _tell(document: dict[str, Any], table: Any, as_json: bool, quiet: bool, seconds: float) -> None:
    """Print a result: one JSON object, or tables and where the files are."""
    if as_json:
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    console = _console()
    console.print(table)
    if not quiet:
        folder = Path(document["files"][0]).parent
        names = ", ".join(Path(f).name for f in document["files"])
        console.print(f"\nIn {folder}/: {names}   ({seconds:.1f} s)", soft_wrap=True)


_SCENARIO = click.argument("scenario")
_COMMON = (
    click.option("--weeks", type=click.IntRange(1, 5200), help="Measured weeks (default: the scenario's)."),
    click.option(
        "--seed", type=click.IntRange(0, 2**63 - 1), help="Seed of all luck (default: the scenario's)."
    ),
    click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="One value of the scenario, such as market.saturation=0.4. Repeatable.",
    ),
    click.option(
        "--out", type=click.Path(path_type=Path), help="Folder for the files (default: results/SCENARIO/…)."
    ),
    click.option("--quiet", "-q", is_flag=True, help="No progress, no file list."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables."),
)
WORLD_NAMES = ("alone", "rivals", "everyone", "head-to-head")


def _common(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_COMMON):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zerosum", prog_name="zerosum")
def main() -> None:
    """Simulate sales reps and buyers in a saturated, zero-sum market.

    Start with: zerosum compare scenarios/kickoff.toml
    """


@main.command()
@_SCENARIO
@click.option("--arm", help="Strategy to run (default: the scenario's baseline).")
@click.option(
    "--world", type=click.Choice(WORLD_NAMES), help="Who else moves (default: the scenario's first)."
)
@click.option(
    "--replication", type=click.IntRange(0), default=0, show_default=True, help="Which of the possible years."
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
    out: Path | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Run one arm of a SCENARIO (file, or name of a shipped one) once and show what happened.

    Writes the weekly series, the deals, a summary and a figure.
    """
    with _said_plainly():
        started = time.monotonic()
        worlds = [world] if world else None
        spec = _load(
            scenario, overrides, comparison__seed=seed, clock__weeks=weeks, comparison__worlds=worlds
        )
        chosen, where = _check_arm(spec, arm), spec.comparison.worlds[0]
        if where == "head-to-head" and chosen not in spec.arm_names:
            raise Fault(
                f"--arm: in head-to-head only the comparison's arms have teams{_nearest(chosen, spec.arm_names)}"
            )
        folder = out or Path("results") / spec.name / f"run-{chosen}-{where}"
        from simulator import store
        from simulator.frames import deals_frame, decisions_frame, weekly_frame
        from simulator.metrics import measure
        from simulator.report import documents, tables
        from simulator.report.figure_run import figure_run
        from simulator.run import luck_null, simulate

        store.check_writable(folder)
        with _progress("weeks", quiet or as_json) as on_week:
            finished = simulate(spec, chosen, where, replication, on_week=on_week)
            lucky = simulate(luck_null(spec), chosen, where, replication, on_week=on_week)
        numbers, null = measure(finished), measure(lucky)
        names = ("summary.json", "weekly.csv", "deals.csv", "decisions.csv", "figure.png")
        files = [folder / name for name in names]
        document = documents.run_document(spec, chosen, where, replication, numbers, null, files)
        store.write_all(
            folder,
            {
                "summary.json": store.document(document),
                "weekly.csv": store.csv(weekly_frame(finished)),
                "deals.csv": store.csv(deals_frame(finished)),
                "decisions.csv": store.csv(decisions_frame(finished)),
                "figure.png": store.picture(figure_run(finished, lucky)),
            },
        )
        _tell(document, tables.run_table(finished, numbers, null), as_json, quiet, time.monotonic() - started)


@main.command()
@_SCENARIO
@click.option(
    "--replications",
    "-n",
    type=click.IntRange(1, 1_000_000),
    help="Paired replications (default: the scenario's).",
)
@click.option(
    "--world",
    "worlds",
    type=click.Choice(WORLD_NAMES),
    multiple=True,
    help="Who moves; repeatable (default: the scenario's).",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help="Threads (default: one per processor). Changes the time, not the result.",
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
    out: Path | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Compare every arm of a SCENARIO with its baseline, on the same luck, in every chosen world.

    Writes the differences and all runs as CSV and Parquet, a summary and a figure.
    """
    with _said_plainly():
        started = time.monotonic()
        spec = _load(
            scenario,
            overrides,
            comparison__seed=seed,
            clock__weeks=weeks,
            comparison__worlds=list(dict.fromkeys(worlds)) or None,
            comparison__replications=replications,
        )
        folder = out or Path("results") / spec.name / "compare"
        from simulator import store
        from simulator.compare import compare as compare_arms
        from simulator.report import documents, tables
        from simulator.report.figure_compare import figure_compare

        store.check_writable(folder)
        wanted = spec.comparison.replications
        with _progress("replications", quiet or as_json) as on_progress:
            found = compare_arms(
                spec, workers or os.cpu_count() or 1, on_done=lambda done: on_progress(done, wanted)
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
        store.write_all(
            folder,
            {
                "summary.json": store.document(document),
                "differences.csv": store.csv(found.differences),
                "differences.parquet": store.parquet(found.differences),
                "runs.csv": store.csv(found.runs),
                "runs.parquet": store.parquet(found.runs),
                "figure.png": store.picture(figure_compare(found)),
            },
        )
        _tell(document, tables.compare_tables(found), as_json, quiet, time.monotonic() - started)


@main.command()
def schema() -> None:
    """Print the JSON Schema of scenario files; editors complete from it."""
    from simulator.scenario import scenario_schema

    click.echo(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))


@main.command()
def scenarios() -> None:
    """List the scenarios that ship, and the question that each answers."""
    from rich.table import Table

    from simulator.scenario import shipped_scenarios

    with _said_plainly():
        table = Table(show_edge=False, pad_edge=False)
        table.add_column("name", no_wrap=True)
        table.add_column("question")
        for shipped in shipped_scenarios():
            table.add_row(shipped.name, shipped.question)
        _console().print(table)
