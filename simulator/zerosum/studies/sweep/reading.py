"""Files of questions: found, read, told from each other, and said what is wrong with them.

A folder of such files holds calibrations, experiments, games and optimisations side by side. Whoever gives one to the
wrong command is told the right one. Those that ship are found by name, as scenarios are.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from zerosum.errors import InputError
from zerosum.files import UnreadableFile, printable, read_toml
from zerosum.market.metrics import BY_NAME
from zerosum.scenario import ScenarioError, load_scenario
from zerosum.scenario.errors import format_problems
from zerosum.scenario.shipped import COMMANDS, kind_of, shipped_path, shipped_paths, with_article
from zerosum.scenario.spec import Scenario

MOST_OPENED = 5
"""Files of a similar name that are looked into, when the one that was named isn't there."""


class Shipped(NamedTuple):
    """A question that comes with zerosum: the command that runs it, and what it asks."""

    name: str
    path: Path
    command: str
    question: str


def shipped_questions() -> list[Shipped]:
    """Return the files of questions that come with zerosum, sorted by name."""
    found = []
    for name, path in shipped_paths("experiments").items():
        content = read_toml(path, "a question")
        kind = kind_of(content) or "experiment"
        found.append(Shipped(name, path, COMMANDS[kind], content.get("question", "")))
    return found


def question_file(given: str | os.PathLike[str]) -> Path:
    """Return the file that is meant: one that is there or, if there is none, the one that ships under this name.

    Parameters
    ----------
    given : str or path
        such as ``mine.toml``; or ``saturation``, ``experiments/saturation.toml``

    Returns
    -------
    Path
        as given where no file is found: whoever reads it says so
    """
    path, name = Path(given), os.fspath(given)
    if os.path.exists(name) and not os.path.isdir(name):  # Path.exists raises where a name is too long
        return path
    return shipped_path(name, "experiments") or shipped_path(name) or path


def called(path: str | Path) -> str:
    """Return how a user names a file: one that ships by its name, any other by its path."""
    ours = (*shipped_paths("experiments").values(), *shipped_paths().values())
    return Path(path).stem if Path(path) in ours else str(path)


def read(path: str | Path, kind: str) -> dict[str, Any]:
    """Read a file that is to be of a kind; its name is that of the file if it gives none.

    Raises
    ------
    InputError
        if it can't be read, is no TOML, or is of another kind: says which command runs it
    """
    file = Path(path)
    try:
        content = read_toml(file, with_article(kind))
    except UnreadableFile as error:
        raise InputError(f"{error}{_nearby(file, kind) if error.missing else ''}") from None
    found = kind_of(content)
    if found not in (None, kind):
        name = called(path)
        raise InputError(f"{name}: this is {with_article(found)}; 'zerosum {COMMANDS[found]} {name}' runs it")
    content.setdefault("name", file.stem)
    return content


def _nearby(file: Path, kind: str) -> str:
    """Name the file of this kind that may be meant: in the same folder, in experiments/, or one that ships."""
    shipped = {one.name: one.path for one in shipped_questions() if one.command == COMMANDS[kind]}
    there = dict(shipped)
    for folder in (Path("experiments"), file.parent):
        with contextlib.suppress(OSError, ValueError):
            there |= {path.stem: path for path in folder.glob("*.toml")}
    # Names first: of a folder of many files, or large ones, only a few are opened.
    for name in difflib.get_close_matches(file.stem, there, MOST_OPENED):
        with contextlib.suppress(UnreadableFile):
            if kind_of(read_toml(there[name], with_article(kind))) == kind:
                return f"; did you mean '{called(there[name])}'?"
    return f"; shipped: {', '.join(shipped)}"


def near(word: str, known: Sequence[str] | Mapping[str, Any], listing: str = "there are") -> str:
    """Say which known word is nearest, or else all of them: ``; did you mean 'plan'?``."""
    close = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean '{close[0]}'?" if close else f"; {listing}: {', '.join(known) or 'none'}"


def check_metric(name: str) -> None:
    """Refuse a metric that there isn't, or of which nobody says whether more is better.

    Raises
    ------
    ValueError
    """
    if name not in BY_NAME:
        close = difflib.get_close_matches(name, BY_NAME, 1)
        hint = f"did you mean '{close[0]}'?" if close else f"there are: {', '.join(BY_NAME)}"
        raise ValueError(f"there is no metric '{name}'; {hint}")
    if BY_NAME[name].higher_is_better is None:
        raise ValueError(
            f"metric '{name}': neither more nor less of it is better, so there is nothing to aim at"
        )


def scenario_of(name: str, here: Path, changes: Mapping[str, Any]) -> Scenario:
    """Load the scenario that a file names: a file beside it, or a shipped one.

    Raises
    ------
    InputError
    """
    beside: Path | None = here.parent / name
    with contextlib.suppress(OSError, ValueError):  # too long, or with a null character: said by who loads it
        beside = beside if beside and beside.is_file() else None
    try:
        return load_scenario(beside or name, dict(changes))
    except ScenarioError as error:
        wrong = format_problems(
            [
                replace(
                    p,
                    source=re.sub(r"^override ", "[set] ", p.source),
                    wrong=p.wrong.replace("'override ", "'[set] "),
                )
                for p in error.problems
            ]
        )
        raise InputError(f"{called(here)}: scenario = '{printable(name[:60])}': {wrong}") from None
