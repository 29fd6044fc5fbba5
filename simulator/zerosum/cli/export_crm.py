"""``zerosum export-crm``: a simulated vendor's pipeline, written as a CRM system exports it."""

from __future__ import annotations

import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from zerosum.cli.session import (
    MOST_IN_THE_WAY,
    Session,
    check_name,
    in_session,
    refuse_reserved,
    set_option,
    workers_that_fit,
)
from zerosum.cli.terminal import progress, say, stoppable
from zerosum.errors import InputError

if TYPE_CHECKING:
    from zerosum.crm.export import CrmExport
    from zerosum.crm.simulated import SimulatedTeam
    from zerosum.scenario.spec import Scenario

SYSTEMS = "[salesforce|hubspot|dynamics|pipedrive]"


@click.command("export-crm")
@click.argument("results", metavar="RESULTS|SCENARIO")
@click.option("--system", metavar=SYSTEMS, help="Whose export it should look like.")
@click.option(
    "--run",
    "replication",
    type=click.IntRange(0),
    metavar="N",
    help="Number of the simulated run (default: 0, or that of the results).",
)
@click.option("--vendor", metavar="NAME", help="Whose pipeline (default: the focal vendor's).")
@click.option(
    "--strategy", metavar="A", help="Strategy to simulate (default: the baseline, or that of the results)."
)
@click.option(
    "--start", metavar="DATE", help="Monday on which the measured weeks begin (default: 2023-01-02)."
)
@click.option(
    "--quirks",
    multiple=True,
    metavar="NAMES",
    help="What to do wrong on purpose: 'usual', 'all', or names with or without a rate, such as "
    "'duplicates=0.1,footer'. Repeatable; 'list' lists them.",
)
@click.option("--no-truth", is_flag=True, help="Write no truth.json: to hand out to a class.")
@click.option("--weeks", type=int, metavar="N", help="Weeks to measure (default: the scenario's).")
@click.option("--seed", type=int, metavar="N", help="Seed of all random numbers (default: the scenario's).")
@set_option
@click.option(
    "--out", metavar="DIR", help="Folder for the files: new, empty, or of an earlier export of the same kind."
)
@click.option("--quiet", "-q", is_flag=True, help="No progress, no file list.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@in_session
def export_crm(
    session: Session,
    results: str,
    system: str | None,
    replication: int | None,
    vendor: str | None,
    strategy: str | None,
    start: str | None,
    quirks: tuple[str, ...],
    no_truth: bool,
) -> None:
    """Write a simulated vendor's pipeline as a CRM export.

    SCENARIO is a file, or the name of one that ships. RESULTS is a folder of 'zerosum run' or 'zerosum compare': one of
    its runs is simulated again. Beside the opportunities are reps, quotas, accounts and stage history; truth.json has
    what is true of them, for teachers.

    Example: zerosum export-crm workshop --system salesforce --quirks usual --out class
    """
    from zerosum.crm.quirks import parse_quirks
    from zerosum.crm.systems import SYSTEMS as KNOWN
    from zerosum.report.crm import describe_export, describe_quirks, summarize_crm_export

    if "list" in quirks:
        say(describe_quirks())
        return
    if system is None:
        raise InputError(f"name the system whose export it should look like: --system {'|'.join(KNOWN)}")
    check_name("--system", system, KNOWN, "system")
    rates = parse_quirks(quirks)
    spec, of_results = _load(session, results)
    chosen = check_name(
        "--strategy",
        strategy or of_results.get("strategy", spec.baseline_name),
        [one.name for one in spec.strategies],
        "strategy",
    )
    if vendor is not None:
        check_name("--vendor", vendor, [one.name for one in spec.vendors], "vendor")
    number = of_results.get("replication", 0) if replication is None else replication
    monday = _monday(start)
    folder = _folder(session)
    workers_that_fit(results, spec, 1)
    from zerosum.crm.export import make_export
    from zerosum.crm.simulated import simulate_team
    from zerosum.runs import outputs

    outputs.check_writable(folder)
    with progress("weeks", session.quiet) as on_progress:

        def simulate(stop: Event) -> SimulatedTeam:
            def on_week(week: int, weeks: int) -> None:
                if stop.is_set():
                    raise KeyboardInterrupt
                on_progress(week, weeks)

            return simulate_team(
                spec, strategy=chosen, vendor=vendor, replication=number, start=monday, on_week=on_week
            )

        simulated = stoppable(simulate)
    made = make_export(simulated, system, rates, with_truth=not no_truth)
    _refuse_others(folder, made)
    written = outputs.write_all(folder, made.files)
    session.files = written
    session.ending.files = f"The export is in {folder}/."
    document = summarize_crm_export(made, written, with_truth=not no_truth)
    session.show(document, describe_export(made, with_truth=not no_truth))


def _load(session: Session, name: str) -> tuple[Scenario, dict[str, Any]]:
    """Return a scenario, and the run and strategy of results."""
    folder = Path(name)
    if not folder.is_dir():
        return session.load(name), {}
    if session.changed:
        raise InputError(f"{name}: {session.changed} can't change finished results; name a scenario instead")
    from zerosum.runs import outputs
    from zerosum.scenario import parse_scenario

    told = outputs.summary_of(folder)
    if told.get("command") == "run":
        strategies = [one for by in told.get("adopters", {}).values() for one in by]
        return parse_scenario(dict(told["settings"])), {
            "replication": told["replication"],
            "strategy": strategies[0],
        }
    from zerosum.cli.results import find_results

    _, manifest = find_results(name)
    return manifest.load(), {}


def _monday(text: str | None) -> datetime.date:
    from zerosum.crm.simulated import START

    if text is None:
        return START
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise InputError(f"--start {text}: write a date as year-month-day, such as {START}") from None


def _folder(session: Session) -> Path:
    from zerosum.crm.export import README, is_export

    out = session.out
    if out is None or not out.strip():
        raise InputError("name a folder for the files: --out class; it is made if it doesn't exist")
    refuse_reserved(out)
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"--out {out}: this is a file; name a folder")
    if (strange := _names_in(folder)) and not is_export(folder):
        raise _in_the_way(folder, strange, f"not from 'zerosum export-crm' (no {README} of its own)")
    return folder


def _refuse_others(folder: Path, made: CrmExport) -> None:
    """Raise an error for files of an earlier export that would stay and look like part of this one."""
    if others := [name for name in _names_in(folder) if name not in made.files]:
        raise _in_the_way(folder, others, "not part of this export")


def _names_in(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []


def _in_the_way(folder: Path, names: list[str], why: str) -> InputError:
    more = f" and {len(names) - MOST_IN_THE_WAY} more" if len(names) > MOST_IN_THE_WAY else ""
    listed = ", ".join(names[:MOST_IN_THE_WAY])
    return InputError(f"--out {folder}: {listed}{more} there: {why}; name an empty folder, or move them away")
