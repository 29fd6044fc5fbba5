"""Find, read, classify and check files of questions.

One folder can hold calibrations, experiments, games and optimizations. If you give one to the wrong command, the
error names the right one. Shipped files are found by name, like scenarios.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, Field

from zerosum.errors import InputError
from zerosum.files import UnreadableFile, printable, read_toml
from zerosum.market.declare.section import check_file_name
from zerosum.market.metrics import BY_NAME
from zerosum.market.metrics.names import find_metric
from zerosum.scenario import ScenarioError, load_scenario
from zerosum.scenario.errors import format_problems
from zerosum.scenario.explain import validate_file
from zerosum.scenario.paths import meet, split_key
from zerosum.scenario.shipped import COMMANDS, kind_of, shipped_path, shipped_paths, with_article
from zerosum.scenario.spec import Scenario

MOST_OPENED = 5
"""Most files with a similar name to open if the named one doesn't exist."""

LARGEST = 1e15
"""Larger than any number of a scenario; differences and products of such numbers are still finite."""

FileName = Annotated[
    str, Field(max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$|^$"), AfterValidator(check_file_name)
]
"""Name of a question and of its results' folder; empty: the file's name."""


M = TypeVar("M", bound=BaseModel)


class Shipped(NamedTuple):
    """A shipped question, with its command and text."""

    name: str
    path: Path
    command: str
    question: str


def shipped_questions() -> list[Shipped]:
    """Return the shipped files of questions, sorted by name."""
    found = []
    for name, path in shipped_paths("experiments").items():
        content = read_toml(path, "a question")
        kind = kind_of(content) or "experiment"
        found.append(Shipped(name, path, COMMANDS[kind], content.get("question", "")))
    return found


def question_file(given: str | os.PathLike[str]) -> Path:
    """Return an existing file or, if there is none, the shipped one of this name.

    Parameters
    ----------
    given : str or path
        such as ``mine.toml``; or ``saturation``, ``experiments/saturation.toml``

    Returns
    -------
    Path
        unchanged if no file is found; reading it then raises
    """
    path, name = Path(given), os.fspath(given)
    if os.path.exists(name) and not os.path.isdir(name):  # Path.exists raises where a name is too long
        return path
    return shipped_path(name, "experiments") or shipped_path(name) or path


def name_of(path: str | Path) -> str:
    """Return a file's name for users: a shipped file's name, any other's path."""
    ours = (*shipped_paths("experiments").values(), *shipped_paths().values())
    return Path(path).stem if Path(path) in ours else str(path)


def load_question(model: type[M], kind: str, path: str | Path) -> M:
    """Load a file of the given kind; ``name`` defaults to the file's name.

    Raises
    ------
    InputError
        with all problems, one a line; for a file of another kind, with its command
    """
    file = Path(path)
    try:
        content = read_toml(file, with_article(kind))
    except UnreadableFile as error:
        raise InputError(f"{error}{_nearby(file, kind) if error.missing else ''}") from None
    found = kind_of(content, first=kind)
    if found not in (None, kind):
        name = name_of(path)
        raise InputError(f"{name}: this is {with_article(found)}; 'zerosum {COMMANDS[found]} {name}' runs it")
    if "name" in model.model_fields:
        content.setdefault("name", file.stem)
    return validate_file(model, content, path)


def _nearby(file: Path, kind: str) -> str:
    """Suggest a file of this kind: in the same folder, in experiments/, or shipped."""
    shipped = {one.name: one.path for one in shipped_questions() if one.command == COMMANDS[kind]}
    there = dict(shipped)
    for folder in (Path("experiments"), file.parent):
        with contextlib.suppress(OSError, ValueError):
            there |= {path.stem: path for path in folder.glob("*.toml")}
    # Match names first, to open only a few files.
    for name in difflib.get_close_matches(file.stem, there, MOST_OPENED):
        with contextlib.suppress(UnreadableFile):
            if kind_of(read_toml(there[name], with_article(kind))) == kind:
                return f"; did you mean '{name_of(there[name])}'?"
    return f"; shipped: {', '.join(shipped)}"


def check_metric(name: str) -> None:
    """Raise if a metric doesn't exist.

    Raises
    ------
    ValueError
    """
    find_metric(name)


def check_aim(name: str) -> None:
    """Raise if a metric doesn't exist, or if neither more nor less of it is better.

    Raises
    ------
    ValueError
    """
    check_metric(name)
    if BY_NAME[name].higher_is_better is None:
        raise ValueError(
            f"metric '{name}': neither more nor less of it is better, so there is nothing to aim at"
        )


def load_scenario_of(name: str, here: Path, changes: Mapping[str, Any]) -> Scenario:
    """Load the scenario that a file names: a file beside it, or a shipped one.

    Raises
    ------
    InputError
    """
    beside: Path | None = here.parent / name
    with contextlib.suppress(OSError, ValueError):  # too long, or with a null character: loading it raises
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
        raise InputError(f"{name_of(here)}: scenario = '{printable(name[:60])}': {wrong}") from None


def refuse_said_elsewhere(changes: Mapping[str, Any], instead: Mapping[str, str]) -> None:
    """Refuse keys of the scenario that the file itself says, however they are spelled.

    Parameters
    ----------
    changes : mapping
        Key of the scenario -> value.
    instead : mapping
        Key of the scenario, of no table with rows -> what of the file says it.

    Raises
    ------
    ValueError
        Names the key as it is spelled, and what says it.
    """
    for key, value in changes.items():
        for path in _leaves(tuple(split_key(key)), value):
            for known, words in instead.items():
                if meet(path, tuple(split_key(known))):
                    spelled = f"'{known}'" if key == known else f"'{known}' (as '{key}')"
                    raise ValueError(f"{spelled} has no meaning here: it is said by '{words}' of this file")


def _leaves(path: tuple[str, ...], value: Any) -> Iterator[tuple[str, ...]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves((*path, str(key)), inner)
    else:
        yield path
