"""Find a folder of results by its path, its scenario's name, or the start of its hash."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from zerosum.errors import InputError, RunError, StoreError
from zerosum.runs.manifest import NAME, read_manifest
from zerosum.runs.outputs import summary_of
from zerosum.runs.question import KINDS

COMPARISON = "comparison.json"
EARLIER = "replications"
"""Folder in which earlier versions stored a comparison's replications."""
HOME = Path("results")
"""Where commands put results, below the current folder."""


def find_all(home: Path = HOME) -> Iterator[Path]:
    """Yield all folders of comparisons: ``home`` and those within, finished or not, in order of name."""
    for path in (home, *sorted(home.glob("*")), *sorted(home.glob("*/*"))):
        if (path / COMPARISON).is_file() or (path / EARLIER).is_dir():
            yield path


def find_others(home: Path = HOME) -> Iterator[tuple[Path, str]]:
    """Yield (folder, command) of results without kept runs, such as of ``misses``; the summary names the command."""
    kept = {COMPARISON, *(f"{kind}.json" for kind in KINDS)}
    for path in (home, *sorted(home.glob("*")), *sorted(home.glob("*/*"))):
        command = summary_of(path).get("command")
        if (
            isinstance(command, str)
            and command not in ("compare", "export")
            and not any((path / name).exists() for name in kept)
        ):
            yield path, command


def find(name: str, home: Path = HOME) -> Path:
    """Return the folder of results with a name.

    Parameters
    ----------
    name : str
        a folder; the name of a scenario (its newest results); or the first four or more digits of a hash

    Raises
    ------
    InputError
        if there is none, or several
    RunError
        if the named folder's comparison isn't finished
    """
    if not name.strip():
        raise InputError("name a folder of results, a scenario that was compared, or the start of a hash")
    path = Path(name)
    if (path / NAME).is_file():
        return path
    finished = [folder for folder in find_all(home) if (folder / NAME).is_file()]
    stem = path.stem if path.suffix == ".toml" else name
    of_scenario = [folder for folder in finished if folder.parent.name == stem]
    if of_scenario:
        return max(of_scenario, key=_finished)
    of_hash = [folder for folder in finished if len(name) >= 4 and folder.name.startswith(name)]
    if len(of_hash) == 1:
        return of_hash[0]
    if of_hash:
        raise InputError(f"{name}: several results begin so: {', '.join(str(f) for f in of_hash)}")
    if (path / COMPARISON).is_file():
        raise RunError(f"{name}: this comparison is not finished; run it again, it goes on where it stopped")
    raise InputError(f"{name}: {_instead(path, name, finished, home)}")


def folders_beside(scenario: str, folder: Path) -> list[Path]:
    """Return the folders of the named scenario's results, and those beside a folder."""
    homes = (HOME / scenario, folder.parent)
    return list({path.resolve(): path for home in homes for path in home.glob("*")}.values())


def _finished(folder: Path) -> str:
    """Return when results were finished; damaged ones count as the oldest."""
    try:
        return read_manifest(folder).finished
    except StoreError:
        return ""


def _instead(path: Path, name: str, finished: list[Path], home: Path) -> str:
    if path.is_dir():
        return f"no results here (no {NAME}); 'zerosum compare' makes some"
    maps = [
        folder.as_posix()
        for folder in sorted((home / path.stem).glob("*"))
        if (folder / "map.json").is_file()
    ]
    if maps:
        return f"it was not compared; 'zerosum compare' does. Its maps are {', '.join(maps)}"
    names = sorted({folder.parent.name for folder in finished})
    if not names:
        return f"no such folder, and no results in {home}/ yet; 'zerosum compare' makes some"
    close = difflib.get_close_matches(name, names, 1)
    return "no such results; " + (
        f"did you mean '{close[0]}'?" if close else f"there are: {', '.join(names)}"
    )
