"""Commands as a test calls them."""

from __future__ import annotations

import _thread
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from zerosum.cli import main


def zerosum(*arguments: str, code: int = 0, columns: str | None = None) -> Result:
    """Call the command in this process; it must end with the given exit code, and never with a traceback."""
    done = CliRunner(env={"COLUMNS": columns} if columns else None).invoke(main, arguments)
    assert done.exit_code == code, (done.output, done.exception)
    assert "Traceback" not in done.output
    return done


@contextlib.contextmanager
def ctrl_c() -> Iterator[Callable[[], None]]:
    """Give a function that does to this process, from whichever thread, what Ctrl-C does to a command."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield _thread.interrupt_main
    finally:
        signal.signal(signal.SIGINT, before)


def shop(buyers: int, weeks: int, strategies: str, comparison: str) -> str:
    """Return a scenario file of two vendors without a warm-up, the market on which commands are tried.

    Parameters
    ----------
    buyers, weeks : int
    strategies : str        what stands between the brackets, beside 'usual'
    comparison : str        what stands between the braces, beside the seed
    """
    return f"""
name = "shop"
question = "Does it pay?"
clock = {{ warmup_weeks = 0, weeks = {weeks} }}
market = {{ buyers = {buyers}, saturation = 0.8 }}
vendors = [{{ name = "Alder", reps = 3 }}, {{ name = "Elm", reps = 2 }}]
strategies = [{{ name = "usual" }}, {strategies}]
comparison = {{ seed = 4, {comparison} }}
"""


def main_module(monkeypatch: pytest.MonkeyPatch, file: str | None, spec: ModuleSpec | None = None) -> None:
    """Let this process look as if another main module had been started: a script, ``-m spec.name``, a notebook."""
    main = ModuleType("__main__")
    main.__spec__ = spec
    if file is not None:
        main.__file__ = file
    monkeypatch.setitem(sys.modules, "__main__", main)
