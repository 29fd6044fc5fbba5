"""What commands share: options, a scenario loaded with them, a folder for the files, how a result is told."""

from __future__ import annotations

import contextlib
import datetime
import json
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from zerosum.cli.terminal import Ending, Fault, began, progress, say, stoppable
from zerosum.machine import usable_cores

if TYPE_CHECKING:
    from zerosum.runs.store import Lost
    from zerosum.scenario.spec import Scenario

T = TypeVar("T")


class Outcome(NamedTuple):
    """What a command found: files to be written, the JSON document, what is shown."""

    files: dict[str, Any]
    document: dict[str, Any]
    tables: Any


def known_name(option: str, name: str, known: Iterable[str], kind: str, otherwise: str = "") -> str:
    """Return a name that an option gave, if it is known.

    Raises
    ------
    Fault
        with the nearest name; where none is near, all of them, or ``otherwise``
    """
    from zerosum.scenario.errors import listed, nearest

    names = tuple(known)
    if name in names:
        return name
    close = nearest(name, names)
    hint = f"did you mean '{close}'?" if close else otherwise or f"there are {listed(names, 'and')}"
    raise Fault(f"{option} {name}: there is no such {kind}; {hint}")


def load(path: str, overrides: tuple[str, ...], options: dict[str, tuple[str, Any]]) -> Scenario:
    """Read a scenario; what was given on the command line becomes part of it, and of its hash.

    ``options``: what was written -> (key of the scenario, value); None: not given.
    """
    from zerosum.scenario import Option, load_scenario

    given = [Option(name, key, value) for name, (key, value) in options.items() if value is not None]
    return load_scenario(path, [*overrides, *given])


def warn_of_alike(scenario: Scenario, names: Iterable[str] = (), quiet: bool = False) -> None:
    """Say before anything is run which strategies the market can't tell apart."""
    from zerosum.report.wording import alike_in_words

    said = "" if quiet else alike_in_words(scenario, names)
    if said:
        click.echo(said, err=True)


def workers_that_fit(
    path: str,
    scenario: Scenario,
    wanted: int | None,
    replications: int = 1,
    tables: Collection[str] = (),
    *,
    quiet: bool = False,
    process: bool = False,
    times: int = 1,
) -> int:
    """Return how many replications fit in memory at a time; say beforehand if the whole takes over ten minutes.

    Parameters
    ----------
    path : str
        What errors call the scenario.
    scenario, replications, tables, process
        As for :func:`zerosum.market.sizes.workers_that_fit`.
    wanted : int, optional
        How many would be run at a time; not given: one for each core that may be used.
    quiet : bool
        Say nothing of the time.
    times : int
        How often as many replications are simulated: points, combinations, trials.

    Raises
    ------
    Fault
        If not even one replication fits; says how much it takes, and what to lower.
    """
    from zerosum.market.sizes import LONG, format_duration, seconds_needed
    from zerosum.market.sizes import workers_that_fit as fitting
    from zerosum.scenario import ScenarioError

    try:
        workers = fitting(scenario, wanted or usable_cores(), replications, tables, process=process)
    except ScenarioError as error:
        raise Fault("\n".join(str(replace(problem, source=path)) for problem in error.problems)) from None
    seconds = times * seconds_needed(scenario, replications) / workers
    if seconds > LONG and not quiet:
        click.echo(
            f"{path}: this takes about {format_duration(seconds)}, on {workers} at a time. Ctrl-C stops it.",
            err=True,
        )
    return workers


MOST_NAMED = 6
"""Files that are named after a result."""


def tell(document: dict[str, Any], table: Any, as_json: bool, quiet: bool, seconds: float) -> None:
    """Print a result: one JSON object, or tables and where the files are."""
    if as_json:
        say(json.dumps(document, indent=2, ensure_ascii=False))
        return
    parts = [table]
    if not quiet:
        folder = Path(document["files"][0]).parent
        files = [Path(f).name for f in document["files"]]
        named = files if len(files) <= MOST_NAMED else files[:3]
        more = f" and {len(files) - len(named)} more" if files[len(named) :] else ""
        names = ", ".join(named) + more
        parts.append(f"\nIn {folder}/: {names}   ({seconds:.1f} s)")
    say(*parts)


def options_given(
    weeks: int | None = None, seed: int | None = None, replications: int | None = None
) -> dict[str, tuple[str, Any]]:
    """Return what was given on the command line for :func:`load`: as written -> (key, value)."""
    return {
        f"--seed {seed}": ("comparison.seed", seed),
        f"--weeks {weeks}": ("clock.weeks", weeks),
        f"--replications {replications}": ("comparison.replications", replications),
    }


def replicated(
    folder: Path,
    wanted: int,
    quiet: bool,
    task: Callable[[Callable[[int], None], threading.Event], T],
) -> T:
    """Run a task of so many replications with a bar, until it is done or stopped.

    Nothing is run if the results could not be written. The task gets ``on_done`` and ``stop``.
    """
    from zerosum.runs import store

    store.check_writable(folder)
    finished = [0]
    with progress("replications", quiet) as on_progress:

        def on_done(done: int) -> None:
            finished[0] = done
            on_progress(done, wanted)

        return stoppable(
            lambda stop: task(on_done, stop),
            lambda: f"Stopped: {finished[0]} of {wanted} replications were done.",
        )


def keep(folder: Path, files: dict[str, Any], ending: Ending) -> None:
    """Write a command's files, all or none, and let an interruption say that they are there."""
    from zerosum.runs import provenance, store

    amiss, _ = provenance.faults(folder)
    if amiss:
        click.echo(f"Not as it was written, and written anew: {'; '.join(amiss)}.", err=True)
    told = provenance.write_provenance(as_typed(click.get_current_context()), began(), tuple(files))
    store.write_all(folder, {**files, provenance.NAME: told})
    ending.files = f"The results are in {folder}/."


MOST_LOST = 5
"""Files that couldn't be read and are named one by one."""


@contextlib.contextmanager
def told_of_lost() -> Iterator[Callable[[Lost], None]]:
    """Say at the end, however it comes, which kept files couldn't be read: called with each."""
    lost: list[Lost] = []
    try:
        yield lost.append
    finally:
        for one in lost[:MOST_LOST]:
            click.echo(str(one), err=True)
        if len(lost) > MOST_LOST:
            click.echo(f"… and {len(lost) - MOST_LOST:,} more files.", err=True)
        if lost:
            click.echo("What they held is not used; it is simulated again.", err=True)


def tell_of_unchecked(count: int, what: str) -> None:
    """Say that something was read that an earlier version has kept, in which nobody can see a flipped bit."""
    if count:
        click.echo(
            f"Kept by an earlier version, without a SHA-256, and read unchecked: {count:,} {what}.", err=True
        )


def now() -> str:
    """Return the time, UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


_NO_MATTER = ("workers", "quiet", "as_json", "fresh", "out")


def as_typed(context: click.Context) -> list[str]:
    """Return the command with what was given and can change a result, in the order of its options."""
    words = ["zerosum", context.info_name or ""]
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        given = context.get_parameter_source(parameter.name or "") == click.core.ParameterSource.COMMANDLINE
        if not given or parameter.name in _NO_MATTER:
            continue
        if isinstance(parameter, click.Argument):
            words.append(str(value))
        elif getattr(parameter, "is_flag", False):
            words.append(parameter.opts[0])
        else:
            for one in value if isinstance(value, tuple) else (value,):
                words += [parameter.opts[0], str(one)]
    return words


WORLDS = "[alone|rivals|everyone|head-to-head]"
scenario_argument = click.argument("scenario")
scenario_or_default = click.argument("scenario", default="kickoff")
replications_option = click.option(
    "--replications", "-n", type=int, metavar="N", help="Paired replications (default: the scenario's)."
)
workers_option = click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Threads, 1 to 256 (default: one per usable core). Changes the time, not the result.",
)
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


def common_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that every command on a scenario has."""
    for option in reversed(_COMMON):
        command = option(command)
    return command


_KEPT = (
    click.option("--fresh", is_flag=True, help="Make everything anew, also what was finished before."),
    click.option("--out", metavar="DIR", help="Folder for the results (default: results/NAME/HASH)."),
    click.option("--quiet", "-q", is_flag=True, help="No progress, no file list."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables."),
)


def kept_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that every command on a question's file has, whose finished runs are kept."""
    for option in reversed(_KEPT):
        command = option(command)
    return command
