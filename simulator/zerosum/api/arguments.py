"""Arguments that several functions take: the market, workers, a folder, progress."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from zerosum.errors import InputError
from zerosum.machine import usable_cores
from zerosum.runs.store import Lost
from zerosum.scenario import Scenario, load_scenario, parse_scenario

Progress = bool | Callable[[int, int], None]
"""Whether to show a bar, or a function called with (done, wanted)."""


def load_market(scenario: Scenario | Mapping[str, Any] | str | Path, values: Mapping[str, Any]) -> Scenario:
    """Return a scenario with some of its keys changed; None leaves a key as it is."""
    given = {key: value for key, value in values.items() if value is not None}
    if isinstance(scenario, Mapping) or (isinstance(scenario, Scenario) and given):
        return parse_scenario(scenario, given)
    return scenario if isinstance(scenario, Scenario) else load_scenario(str(scenario), given)


def count_workers(workers: Any, least: int) -> int:
    """Return the number of workers; one per usable core if not given.

    Raises
    ------
    ValueError
    """
    if workers is None:
        return usable_cores()
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < least:
        raise InputError(
            f"workers = {workers!r}: it must be a whole number, {least} or more, or None for one per usable core"
        )
    return workers


def check_folder(name: str, given: Any) -> Path:
    """Return an argument's folder as a path.

    Raises
    ------
    InputError
    """
    if isinstance(given, str | os.PathLike) and os.fspath(given):
        return Path(given)
    raise InputError(f"{name} = {given!r}: give the path of a folder, such as 'results/mine'")


def warn_of_lost(lost: Lost) -> None:
    """Warn of an unreadable kept file; its runs are simulated again, or missing."""
    warnings.warn(str(lost), stacklevel=2)


@contextlib.contextmanager
def show_progress(what: str, progress: Progress) -> Iterator[Callable[[int, int], None]]:
    """Show progress: by rich's bar (terminal or notebook) or the caller's function."""
    if callable(progress):
        yield progress
    elif not progress:
        yield lambda done, of: None
    else:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Bar(*columns, transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, of: bar.update(task, completed=done, total=of)
