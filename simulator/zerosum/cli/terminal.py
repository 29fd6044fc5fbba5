"""Terminal, signals and exit codes: errors in plain words, progress, Ctrl-C, output streams.

Exit codes: 0 done; 1 failed (can't write, damaged results, missing runs), or the market disagrees with the facts of
``validate``; 2 invalid command line or scenario; 128 plus the signal's number if stopped: 130 by Ctrl-C, 143 by
SIGTERM, 129 by SIGHUP.
"""

from __future__ import annotations

import atexit
import codecs
import contextlib
import datetime
import gc
import logging
import os
import re
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from zerosum.errors import ExecutorError, Interrupted, RunError, ZerosumError

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")

EXIT_FAILED, EXIT_USAGE = 1, 2
WIDTH_WITHOUT_TERMINAL = 132
PATIENCE = 2.0
"""Seconds that Ctrl-C waits for the work to stop."""


class _Ended(click.ClickException):
    """An early end with its reason, shown without a traceback."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(_plain(message, sys.stderr))
        self.exit_code = exit_code  # type: ignore[misc]  # click declares it on the class, reads it from the instance


class Commands(click.Group):
    """A group of commands that exits at once if work can't be stopped after Ctrl-C.

    A thread in the compiler would keep the process alive for half a minute. No data is lost: files are written
    before, or not at all.
    """

    def main(self, args: Sequence[str] | None = None, *rest: Any, **kwargs: Any) -> Any:
        """Run; see ``click.Command.main``."""
        # Imports make many objects and no garbage; collecting it as often as usual takes a tenth of a start.
        gc.set_threshold(50_000, 20, 20)
        # A last garbage collection at exit is useless, and takes a fifth of a short command.
        atexit.register(gc.freeze)
        _prepare_streams()
        _began[:] = [datetime.datetime.now(datetime.UTC)]
        _typed[:] = ["zerosum", *(sys.argv[1:] if args is None else args)]
        code = EXIT_FAILED
        with _stopped_by_signals():
            try:
                return super().main(args, *rest, **kwargs)
            except SystemExit as error:
                code = error.code if isinstance(error.code, int) else code
                raise
            finally:
                if any(thread.is_alive() for thread in _abandoned):
                    _flush()
                    os._exit(code)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the typed command; handle errors and signals before its start like later ones."""
        with reporting_errors():
            try:
                return super().invoke(ctx)
            except click.UsageError as error:
                hint = _hint(error)
                said = _number_fault(error) or error.format_message() + hint
                raise click.UsageError(said, error.ctx) if said != error.format_message() else error from None


_MISSING = {
    "SCENARIO": " Give a file, or a name such as kickoff ('zerosum scenarios' lists them)",
    "FILE": " Give a file, or the name of one that ships ('zerosum experiments' lists them)",
    "RESULTS": " Give a folder, or the name of a scenario ('zerosum results' lists what there is)",
}
"""Argument -> what to give."""


def _hint(error: click.UsageError) -> str:
    """Add the likely fix to click's message."""
    if isinstance(error, click.MissingParameter) and isinstance(error.param, click.Argument):
        return _MISSING.get((error.param.name or "").upper(), "")
    if "unexpected extra argument" in error.message and "--set" in _typed:
        return "; write --set KEY=VALUE without a space about the ="
    from zerosum.scenario.errors import RENAMED

    name = re.search(r"No such (?:option|command) '(--)?(\w+)'", error.format_message())
    return f" It is called '{name[1] or ''}{RENAMED[name[2]]}' now." if name and name[2] in RENAMED else ""


def _number_fault(error: click.UsageError) -> str:
    """Say what number to type for ``-n 1,000``, ``--until-best 95%``; empty if click's message is of another kind."""
    found = re.search(
        r"^Invalid value for (.+?): '(.*)' is not a valid (integer|float)( range)?", error.format_message()
    )
    if found is None or not isinstance(error, click.BadParameter):
        return ""
    from zerosum.spreadsheet import WEEKS, plain, read_number

    option, text, whole = found[1].split("' / '")[0].strip("'"), found[2], found[3] == "integer"
    said = f"{option} {text}: this is not a {'whole ' if whole else ''}number"
    number = read_number(text, groups=whole)
    if number is None:
        return said
    weeks = WEEKS.get(number.unit.removesuffix("s")) if option == "--weeks" else None
    value = number.value * (weeks or 1)
    if whole and value != int(value):
        return said
    return f"{said}; write {option} {plain(value)}" + (f" for {number.percent} %" if number.percent else "")


# --- Streams --------------------------------------------------------------------------------------------------

_BLANKS = re.compile(r"(?:[ ]|\x1b\[[0-9;]*m)+$", re.MULTILINE)
"""Blanks at the end of a line, with changes of style between them."""


def _say_plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    from zerosum.signs import SIGNS  # not before: terminals that lack signs are few

    lacking = error.object[error.start : error.end]
    return "".join(SIGNS.get(character, "?") for character in lacking), error.end


def _prepare_streams() -> None:
    """Replace signs that the terminal lacks; silence matplotlib's log."""
    codecs.register_error("zerosum.plain", _say_plainly)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="zerosum.plain")
    logging.getLogger("matplotlib").setLevel(logging.ERROR)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()


def _console(stream: IO[str]) -> Console:
    from rich.console import Console

    known = stream.isatty() or "COLUMNS" in os.environ
    return Console(file=stream, highlight=False, width=None if known else WIDTH_WITHOUT_TERMINAL)


def say(*parts: Any) -> None:
    """Print texts or rich renderables to standard output.

    Raises
    ------
    RunError
        if standard output is closed or can't be written; a closed pipe is no error
    """
    if sys.stdout is None:
        raise RunError("Standard output is closed: there is nowhere to show the result.")
    try:
        console = _console(sys.stdout)
        for part in parts:
            if isinstance(part, str):
                # click would write UTF-8 to a stream that knows ASCII only.
                click.echo(_plain(part, sys.stdout))
            else:
                with console.capture() as printed:
                    console.print(part)
                # Whoever pipes or copies a table wants no blanks to the right of it. The console chose the styles.
                text = _BLANKS.sub(lambda found: found[0].replace(" ", ""), printed.get())
                click.echo(text, nl=False, color=True)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
        raise click.exceptions.Exit(EXIT_FAILED) from None
    except OSError as error:
        _discard_output()
        raise RunError(f"can't write to standard output: {error.strerror or error}") from error


def notify(text: str) -> None:
    """Print a note to standard error, with plain signs if it lacks others."""
    # click would write UTF-8 to a stream that knows ASCII only.
    click.echo(_plain(text, sys.stderr), err=True)


def knows_signs(stream: IO[str] | None = None) -> bool:
    """Return whether a stream can hold any character; standard output if none is given."""
    return (getattr(stream or sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")


def _plain(text: str, stream: IO[str] | None) -> str:
    """Return a text with plain signs, if the stream lacks others."""
    if knows_signs(stream):
        return text
    from zerosum.signs import to_ascii

    return to_ascii(text)


MOST_COLUMNS = 100
"""Width up to which lines of files and hints go, in characters."""


def fill_lines(parts: Iterable[str], joint: str = " ") -> str:
    """Set parts side by side, as many as fit in a line; no part is broken, so commands can be copied.

    >>> print(fill_lines(["one " * 12 + "end", "two " * 12 + "end", "three"], " · "))
    one one one one one one one one one one one one end
    two two two two two two two two two two two two end · three
    """
    width = min(MOST_COLUMNS, _console(sys.stdout).width) if sys.stdout else MOST_COLUMNS
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(joint) + len(part) <= width:
            lines[-1] += joint + part
        else:
            lines.append(part)
    return "\n".join(lines)


def _discard_output() -> None:
    """Discard buffered output, so that Python doesn't report the error again when it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# --- Errors, Ctrl-C and other signals --------------------------------------------------------------------------

_SIGNALS = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""Signals that stop a command like Ctrl-C, if the system has them."""
_began: list[datetime.datetime] = []
_typed: list[str] = []
"""The typed command."""
_signal: signal.Signals | None = None
"""The signal that stops the command; None: no signal, or Ctrl-C."""


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Treat termination signals like Ctrl-C, unless other code handles or ignores them."""
    global _signal
    _signal = None
    before: dict[signal.Signals, Any] = {}

    def stop(number: int, _frame: object) -> None:
        global _signal
        _signal = signal.Signals(number)
        for other in before:  # already ending: ignore a second signal
            signal.signal(other, signal.SIG_IGN)
        _leave_dead_streams()
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        for name in _SIGNALS:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def started_at() -> datetime.datetime:
    """Return when the command began."""
    return _began[0] if _began else datetime.datetime.now(datetime.UTC)


def stopping_signal() -> signal.Signals | None:
    """Return the signal that stops the command; None for Ctrl-C or no signal."""
    return _signal


def _leave_dead_streams() -> None:
    """Discard further output if the terminal is closed."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            number = stream.fileno()
            try:
                os.write(number, b"")
            except OSError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), number)


class Ending:
    """The state of the files when a command ends early."""

    _folder: Path | None

    def __init__(self) -> None:
        self._said, self._folder = "Nothing was written.", None

    @property
    def files(self) -> str:
        """Their state now."""
        if self._folder is None:
            return self._said
        from zerosum.runs.parts import any_runs  # not before: Ctrl-C would wait for what it imports

        if not any(any_runs(folder) for folder in (self._folder, *self._folder.glob("*/"))):
            return "Nothing was finished, so nothing is kept."
        return f"What was finished is kept in {self._folder}/; {say_how_to_go_on()}"

    @files.setter
    def files(self, said: str) -> None:
        self._said, self._folder = said, None

    def kept(self, folder: Path) -> None:
        """Record the folder that keeps finished runs."""
        self._folder = folder


def say_how_to_go_on() -> str:
    """Return the command that continues after a stop."""
    words = [word for word in _typed if word != "--fresh"]
    same = "the same command without --fresh" if len(words) < len(_typed) else "the same command"
    return f"{same} goes on from there: {shlex.join(words)}"


def _describe_stop(error: KeyboardInterrupt, ending: Ending) -> _Ended:
    said = str(error) or "Stopped."
    if _signal is not None:
        said = said.replace("Stopped", f"Stopped by {_signal.name}", 1)
    return _Ended(f"{said} {ending.files}", 128 + (_signal or signal.SIGINT))


@contextlib.contextmanager
def reporting_errors() -> Iterator[Ending]:
    """Turn errors into a message and an exit code."""
    ending = Ending()
    try:
        yield ending
    except KeyboardInterrupt as error:
        raise _describe_stop(error, ending) from None
    except MemoryError as error:
        raise _Ended(
            "This market doesn't fit in memory: lower market.buyers or reps.max_open_opportunities.",
            EXIT_USAGE,
        ) from error
    except Interrupted as error:
        stopped = KeyboardInterrupt(f"Stopped: {error.done:,} of {error.wanted:,} {error.what} are done.")
        raise _describe_stop(stopped, ending) from None
    except ExecutorError as error:
        raise _Ended(f"{error.typed}. {ending.files}", EXIT_FAILED) from error
    except ZerosumError as error:
        raise _Ended(error.typed, EXIT_FAILED if isinstance(error, RunError) else EXIT_USAGE) from error


_EXTRAS = {
    "crm": ("charset_normalizer", "pandera", "python_calamine"),
    "game": ("nashpy",),
    "optimise": ("optuna", "cmaes"),
    "workshop": ("starlette", "uvicorn", "h11"),
}
"""Extra of this package -> its libraries. Those of Dask are checked with the cluster."""


def check_extra(extra: str) -> None:
    """Raise an error, before any simulation, if libraries of an extra aren't installed."""
    from importlib.util import find_spec

    lacking = [name for name in _EXTRAS[extra] if find_spec(name) is None]
    if lacking:
        are = "is" if len(lacking) == 1 else "are"
        raise RunError(
            f"{' and '.join(lacking)}, which this command needs, {are} not installed: pip install 'zerosum[{extra}]'"
        )


_abandoned: list[threading.Thread] = []


def stoppable(task: Callable[[threading.Event], T], so_far: Callable[[], str] = lambda: "Stopped.") -> T:
    """Run a task in its own thread; this thread waits for it and for Ctrl-C.

    A signal during compiled code or the compiler can be lost, or worse; this thread only waits.

    Parameters
    ----------
    task : callable
        gets an event; once it is set, the task should raise any exception
    so_far : callable
        returns a text about the progress, after Ctrl-C

    Returns
    -------
    the task's result

    Raises
    ------
    KeyboardInterrupt
        with the text of ``so_far``
    any error of the task
    """
    stop, done = threading.Event(), threading.Event()
    result: list[T] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            result.append(task(stop))
        except BaseException as error:
            failure.append(error)
        finally:
            done.set()

    thread = threading.Thread(target=work, name="work", daemon=True)
    try:
        thread.start()  # Ctrl-C may come before it returns
        # With an unbounded wait, some platforms delay Ctrl-C.
        while not done.wait(0.2):
            pass
    except KeyboardInterrupt:
        stop.set()
        with contextlib.suppress(KeyboardInterrupt):  # twice: exit at once
            done.wait(PATIENCE)
        if not done.is_set():
            _abandoned.append(thread)
        raise KeyboardInterrupt(so_far()) from None
    if failure:
        raise failure[0]
    return result[0]


# --- Progress -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def progress(what: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Show progress of one task: call with (done, total)."""
    with stages(quiet) as on_stage:
        yield lambda done, of: on_stage(what, done, of)


A_MINUTE = 60.0
"""Seconds between two lines of progress without a terminal."""


@contextlib.contextmanager
def stages(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Show progress of named stages: a bar, or a line a minute without a terminal."""
    if quiet or sys.stderr is None:
        yield lambda what, done, of: None
        return
    console = _console(sys.stderr)
    if not console.is_terminal:
        said = time.monotonic()

        def tell(what: str, done: int, of: int) -> None:
            nonlocal said
            if time.monotonic() - said >= A_MINUTE:
                said = time.monotonic()
                console.print(f"{what}: {done:,} of {of:,}")

        with _showing_compiling(lambda _what, done, _of: None if done else console.print(f"{COMPILING} …")):
            yield tell
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(what: str, done: int, of: int) -> None:
            bar.update(task, description=what, completed=done, total=of)

        with _showing_compiling(show):
            yield show


COMPILING = "Compiling the engine, once on this machine"


@contextlib.contextmanager
def _showing_compiling(show: Callable[[str, int, int], object]) -> Iterator[None]:
    """Show what is compiled, except entries of a few kernels, which take no time."""
    from zerosum.market import jit

    def listener(name: str, done: int, of: int) -> None:
        if of > 20:
            show(f"{COMPILING}: {name}", done, of)

    jit.listeners.append(listener)
    try:
        yield
    finally:
        jit.listeners.remove(listener)


A_WHILE = 10.0
"""Seconds between two lines about work of unknown length, without a terminal."""


@contextlib.contextmanager
def working(what: str) -> Iterator[None]:
    """Show the current work at once, and its time so far."""
    if sys.stderr is None:
        yield
        return
    console = _console(sys.stderr)
    if console.is_terminal:
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            bar.add_task(what, total=None)
            yield
        return
    console.print(f"{what} …")
    began, done = time.monotonic(), threading.Event()

    def tell() -> None:
        while not done.wait(A_WHILE):
            console.print(f"{what}: {time.monotonic() - began:.0f} s so far")

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
