"""Shared code of commands: a session with options, folder, progress and output.

The folder for files is new, or the files to replace are the same command's own.
"""

from __future__ import annotations

import contextlib
import functools
import json
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from zerosum.cli.terminal import (
    Ending,
    fill_lines,
    knows_signs,
    notify,
    progress,
    reporting_errors,
    say,
    started_at,
    stoppable,
)
from zerosum.errors import InputError
from zerosum.machine import usable_cores

if TYPE_CHECKING:
    from zerosum.runs.store import Lost
    from zerosum.scenario.spec import Scenario

T = TypeVar("T")
Decorator = Callable[[Callable[..., None]], Callable[..., None]]

MOST_NAMED = 6
"""Files that are listed after a result."""

HINTS = " · "
"""What separates the commands that go on from a result."""

MOST_LOST = 5
"""Maximum number of unreadable files to list."""

MOST_IN_THE_WAY = 3
"""Maximum number of files in the way to list."""

_KINDS = {
    "breakeven": "break-even",
    "calibrate": "calibration",
    "compare": "comparison",
    "compare-across-fits": "across",
    "compare-what-if": "what-if",
    "game": "game",
    "map": "map",
    "optimise": "optimisation",
    "sweep": "sweep",
}
"""Command -> kind of the runs that a stopped command leaves without a summary."""
_TYPED = {
    "compare-across-fits": "compare --across-fits",
    "compare-what-if": "compare --what-if",
}
_NO_MATTER = ("workers", "quiet", "as_json", "fresh", "out", "details")
"""Options that can't change a result."""


class Session:
    """A running command.

    Parameters
    ----------
    ending : Ending
        the state of the files if it ends early
    out, quiet, as_json, weeks, seed, overrides
        options of the command line

    Attributes
    ----------
    quiet : bool
        show no progress and no notes: ``--quiet``, or ``--json``
    files : list of Path
        files to write; set by :meth:`folder`
    others : list of Path
        folders of results with the same name, whose runs can be reused; none with ``--out``
    """

    def __init__(
        self,
        ending: Ending,
        out: str | None = None,
        quiet: bool = False,
        as_json: bool = False,
        weeks: int | None = None,
        seed: int | None = None,
        overrides: tuple[str, ...] = (),
    ) -> None:
        self.ending, self.out, self.quiet, self.files = ending, out, quiet or as_json, list[Path]()
        self.others: list[Path] = []
        self._as_json, self._started = as_json, time.monotonic()
        self._overrides, self._options = overrides, {"seed": seed, "weeks": weeks}

    @property
    def changed(self) -> str:
        """The first option given that changes a scenario; empty if there is none."""
        given = [f"--{name}" for name, value in self._options.items() if value is not None]
        return next(iter([*given, *(f"--set {one}" for one in self._overrides)]), "")

    def load(self, path: str, replications: int | None = None, adopters: Sequence[str] = ()) -> Scenario:
        """Load a scenario; command-line options become part of it and its hash."""
        from zerosum.scenario import Option, load_scenario

        keys = {"seed": "comparison.seed", "weeks": "clock.weeks", "replications": "comparison.replications"}
        given = [
            Option(f"--{name} {value}", keys[name], value)
            for name, value in (self._options | {"replications": replications}).items()
            if value is not None
        ]
        if adopters:
            named = f"--adopters {' --adopters '.join(adopters)}"
            given.append(Option(named, "comparison.adopters", list(dict.fromkeys(adopters))))
        return load_scenario(path, [*self._overrides, *given])

    def folder(
        self,
        default: Path,
        command: str,
        names: Sequence[str],
        beside: Sequence[str] = (),
        option: str = "--out",
    ) -> Path:
        """Return the folder for the command's files: ``--out``, or the default.

        Parameters
        ----------
        default : Path
        command : str
            as in its summary
        names : sequence of str
            files to write
        beside : sequence of str
            other files it keeps there
        option : str
            that names the folder

        Raises
        ------
        InputError
            if the folder can't exist, or if another command's files would be replaced
        """
        folder, called, instead = default, str(default), f"{option} names another folder"
        if self.out is not None:
            folder, called = Path(self.out), f"{option} {self.out}"
            instead = "name another folder, or move them away"
            if not self.out.strip():
                raise InputError(f"{option} '': name a folder; it is made if it doesn't exist")
            if folder.is_file():
                raise InputError(f"{called}: this is a file; name a folder")
            refuse_reserved(self.out, option)
        refuse_strangers(folder, command, (*names, *beside), called, instead)
        self.files = [folder / name for name in names]
        if self.out is None:
            self.others = [one for one in folder.parent.glob("*") if one.name != folder.name]
        return folder

    def finish(
        self, folder: Path, document: dict[str, Any], files: Mapping[str, Any], tables: Any, then: str = ""
    ) -> None:
        """Write the command's files, and print its result; see :meth:`write` and :meth:`show`."""
        self.write(folder, document, files)
        self.show(document, tables, then)

    def write(
        self,
        folder: Path,
        document: dict[str, Any],
        files: Mapping[str, Any],
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """Write all of the command's files or none; a later interruption reports them.

        Parameters
        ----------
        folder : Path
        document : dict
            content of ``summary.json``
        files : mapping
            name -> function that writes it
        more : mapping, optional
            additions to the manifest
        """
        from zerosum.runs import manifest, outputs

        amiss, _ = manifest.faults(folder)
        if amiss:
            notify(f"Not as it was written, and written anew: {'; '.join(amiss)}.")
        if outputs.SUMMARY not in files:
            files = {outputs.SUMMARY: outputs.document(document), **files}
        command = typed_command(click.get_current_context())
        about = manifest.write_manifest(command, started_at(), tuple(files), more)
        outputs.write_all(folder, {**files, manifest.NAME: about})
        self.ending.files = f"The results are in {folder}/."

    def show(self, document: dict[str, Any], tables: Any, then: str = "") -> None:
        """Print a result: one JSON object; or tables, the files' place, and the next command."""
        if self._as_json:
            say(json.dumps(document, indent=2, ensure_ascii=not knows_signs()))
            return
        parts = [tables]
        if not self.quiet:
            names = [Path(file).name for file in document["files"]]
            named = names if len(names) <= MOST_NAMED else names[:3]
            more = f" and {len(names) - len(named)} more" if names[len(named) :] else ""
            seconds = time.monotonic() - self._started
            *first, last = named
            place = [
                f"In {Path(document['files'][0]).parent}/:",
                *(f"{name}," for name in first),
                last + more,
            ]
            parts.append("\n" + fill_lines([*place, f"({seconds:.1f} s)"]))
            parts += [fill_lines(then.split(HINTS), HINTS)] * bool(then)
        say(*parts)


# --- Options ------------------------------------------------------------------------------------------------------


def options(*decorators: Decorator) -> Decorator:
    """Combine options; ``--help`` shows them in this order."""

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return add


def in_session(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command a :class:`Session`, made from the options that the command doesn't use."""
    shared = ("out", "quiet", "as_json", "weeks", "seed", "overrides")

    @functools.wraps(command)
    def run(**given: Any) -> None:
        with reporting_errors() as ending:
            session = Session(ending, **{name: given.pop(name) for name in shared if name in given})
            command(session, **given)

    return run


def output_options(where: str, quiet: str = "No progress, no file list.") -> Decorator:
    """Return the options of every command that writes files; ``where``: its usual folder."""
    return options(
        click.option("--out", metavar="DIR", help=f"Folder for the files (default: {where})."),
        click.option("--quiet", "-q", is_flag=True, help=quiet),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables."),
        in_session,
    )


ADOPTERS = "[focal|competitors|all|head-to-head]"
details_option = click.option(
    "--details", is_flag=True, help="Show all measures, tests and how to read them below the answer."
)
results_argument = click.argument("results", metavar="RESULTS")
scenario_argument = click.argument("scenario")
scenario_or_default = click.argument("scenario", default="kickoff")
workers_option = click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Threads, 1 to 256 (default: one per usable core). Changes the time, not the result.",
)
set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a value of the scenario, such as market.saturation=0.4. Repeatable.",
)


def count_replications(default: int | str = "the scenario's", each: str = "", adds: int = 0) -> Decorator:
    """Return the option of commands that count replications.

    Parameters
    ----------
    default : int or str
        a number, or what it is of
    each : str
        of what so many are made
    adds : int
        the least number, where a larger one adds to replications that are there
    """
    more = "A larger number adds to those that are there." if adds else "More make ranges narrower."
    return click.option(
        "--replications",
        "-n",
        type=click.IntRange(adds, 1_000_000) if adds else int,
        metavar="N",
        default=default if isinstance(default, int) else None,
        help=f"Replications{each} (default: {default}). {more}",
    )


replications_option = count_replications()


def pair_options(whose: str, adopters: str = ADOPTERS, required: bool = False) -> Decorator:
    """Return the options that name two strategies and who adopts them; ``whose``: what is asked of the first."""
    return options(
        click.option("--strategy", metavar="B", required=required, help=f"The strategy {whose}."),
        click.option(
            "--against", metavar="A", help="The strategy to compare it with (default: the baseline)."
        ),
        click.option(
            "--adopters",
            metavar=adopters,
            help="Who adopts the strategies (default: the first that the scenario names).",
        ),
    )


scenario_options = options(
    click.option("--weeks", type=int, metavar="N", help="Weeks to measure (default: the scenario's)."),
    click.option(
        "--seed", type=int, metavar="N", help="Seed of all random numbers (default: the scenario's)."
    ),
    set_option,
    output_options("results/SCENARIO/…"),
)
"""Options of every command that reads a scenario."""

kept_options = options(
    click.option("--fresh", is_flag=True, help="Simulate everything again; use nothing that was kept."),
    output_options("results/NAME/HASH"),
)
"""Options of every command that reads a question's file and keeps finished runs."""


def typed_command(context: click.Context) -> list[str]:
    """Return the command with the given options that can change a result, in order."""
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


def check_name(option: str, name: str, known: Iterable[str], kind: str) -> str:
    """Return an option's name, if known.

    Raises
    ------
    InputError
        gives the nearest name; if none is near, all names
    """
    from zerosum.scenario.errors import suggest

    names = tuple(known)
    if name not in names:
        raise InputError(f"{option} {name}: there is no such {kind}; {suggest(name, names)}")
    return name


# --- Files --------------------------------------------------------------------------------------------------------


class FileKind(NamedTuple):
    """A kind of file that a command writes: its option, its names' ends, and who opens it.

    Attributes
    ----------
    option : str
        of the command line, that names the file
    endings : sequence of str
        the first is the usual one
    opened_by : str
        plural
    usual : str
        name of such a file
    """

    option: str
    endings: Sequence[str]
    opened_by: str
    usual: str


PAGE = FileKind("--out", (".html", ".htm"), "browsers", "room.html")
WORKBOOK = FileKind("--xlsx", (".xlsx",), "spreadsheets", "results.xlsx")


def output_file(
    out: str | None,
    default: Path | None,
    command: str,
    is_ours: Callable[[Path], bool],
    kind: FileKind = PAGE,
) -> Path:
    """Return the file to write; it may replace only an earlier one of the same command.

    Raises
    ------
    InputError
        if the file can't exist, or would replace another
    """
    option, instead = kind.option, "name another file, or move it away"
    if out is None and default is not None:
        path, called, instead = default, str(default), f"{option} names another file"
    else:
        out = out or ""
        path, called = Path(out), f"{option} {out}"
        if not out.strip():
            raise InputError(f"{option} '': name a file; it is made if it doesn't exist")
        if path.is_dir() or out.endswith(("/", "\\")):
            usual = default.name if default else kind.usual
            raise InputError(f"{called}: this is a folder; name a file in it, such as {path / usual}")
        refuse_reserved(out, option)
        if path.suffix.lower() not in kind.endings:
            raise InputError(f"{called}: {kind.opened_by} open files that end with {kind.endings[0]}")
    if path.exists() and not is_ours(path):
        raise InputError(
            f"{called}: this would be replaced, and it is not from 'zerosum {command}'; {instead}"
        )
    return path


def refuse_reserved(out: str, option: str = "--out") -> None:
    """Raise an error for names that Windows can't have, because results are shared."""
    from zerosum.market.declare.section import RESERVED

    for part in Path(out).parts:
        if RESERVED.fullmatch(part):
            raise InputError(
                f"{option} {out}: '{part}' is reserved on Windows (con, nul, com1, ...); take another name"
            )


def refuse_strangers(folder: Path, command: str, names: Sequence[str], called: str, instead: str) -> None:
    """Raise an error if the command would replace files that it didn't write."""
    from zerosum.runs import manifest, outputs

    if outputs.summary_of(folder).get("command") == command:
        return
    if kind := _KINDS.get(command):
        from zerosum.runs.parts import any_runs

        if (folder / f"{kind}.json").exists() or any_runs(folder, kind):
            return
    there = [name for name in names if _is_something(folder / name)]
    there = there or [name for name in (manifest.NAME,) if _is_something(folder / name)]
    if there:
        more = f" and {len(there) - MOST_IN_THE_WAY} more" if len(there) > MOST_IN_THE_WAY else ""
        they = "this is" if len(there) == 1 else "these are"
        raise InputError(
            f"{called}: {', '.join(there[:MOST_IN_THE_WAY])}{more} would be replaced, and {they} not from "
            f"'zerosum {_TYPED.get(command, command)}'; {instead}"
        )


def _is_something(path: Path) -> bool:
    """Return whether a path is a file, or a folder with more than partly written files."""
    from zerosum.runs.store import PARTIAL

    try:
        if path.is_symlink() or path.is_file():
            return True
        return path.is_dir() and not all(inner.name.startswith(PARTIAL) for inner in path.iterdir())
    except OSError:
        return True


# --- Work ---------------------------------------------------------------------------------------------------------


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
    """Return how many replications fit in memory at a time; warn if the work takes over ten minutes.

    Parameters
    ----------
    path : str
        The scenario's name in errors.
    scenario, replications, tables, process
        As for :func:`zerosum.market.sizes.workers_that_fit`.
    wanted : int, optional
        Replications to run at a time; default: one per usable core.
    quiet : bool
        Don't warn of the time.
    times : int
        Number of repeats of the replications: points, combinations, trials.

    Raises
    ------
    ScenarioError
        If not even one replication fits; gives its memory, and what to lower.
    """
    from zerosum.market.sizes import LONG, format_duration, seconds_needed
    from zerosum.market.sizes import workers_that_fit as fitting
    from zerosum.scenario import ScenarioError

    try:
        workers = fitting(scenario, wanted or usable_cores(), replications, tables, process=process)
    except ScenarioError as error:
        raise ScenarioError(replace(problem, source=path) for problem in error.problems) from None
    seconds = times * seconds_needed(scenario, replications) / workers
    if seconds > LONG and not quiet:
        long = format_duration(seconds)
        notify(f"{path}: this takes about {long}, on {workers} at a time. Ctrl-C stops it.")
    return workers


def run_replications(
    folder: Path,
    wanted: int,
    quiet: bool,
    task: Callable[[Callable[[int], None], threading.Event], T],
) -> T:
    """Run a task of replications with a progress bar, until it is done or stopped.

    It doesn't start if the results can't be written. The task gets ``on_done`` and ``stop``.
    """
    from zerosum.runs import outputs

    outputs.check_writable(folder)
    finished = [0]
    with progress("replications", quiet) as on_progress:

        def on_done(done: int) -> None:
            finished[0] = done
            on_progress(done, wanted)

        return stoppable(
            lambda stop: task(on_done, stop),
            lambda: f"Stopped: {finished[0]} of {wanted} replications were done.",
        )


def study_market(
    session: Session,
    path: str,
    scenario: Scenario,
    files: Sequence[str],
    workers: int | None,
    study: Callable[[int, Callable[[int], None], threading.Event], T],
    part: str = "",
) -> tuple[Path, T]:
    """Run a command's study of a scenario, in as many threads as fit; return its folder and result.

    The folder's name ends with ``part``.
    """
    often, command = scenario.comparison.replications, click.get_current_context().info_name or ""
    folder = session.folder(Path("results") / scenario.name / f"{command}{part}", command, files)
    threads = workers_that_fit(path, scenario, workers, often, quiet=session.quiet)
    return folder, run_replications(
        folder, often, session.quiet, lambda on_done, stop: study(threads, on_done, stop)
    )


def warn_of_alike(scenario: Scenario, names: Iterable[str] = (), quiet: bool = False) -> None:
    """Warn, before any simulation, of strategies that the market can't tell apart."""
    from zerosum.report.wording import format_alike

    said = "" if quiet else format_alike(scenario, names)
    if said:
        notify(said)


@contextlib.contextmanager
def reporting_lost() -> Iterator[Callable[[Lost], None]]:
    """Yield a function to call with each unreadable kept file; always list them at the end."""
    lost: list[Lost] = []
    try:
        yield lost.append
    finally:
        for one in lost[:MOST_LOST]:
            notify(str(one))
        if len(lost) > MOST_LOST:
            notify(f"… and {len(lost) - MOST_LOST:,} more files.")
        if lost:
            notify("What they held is not used; it is simulated again.")
