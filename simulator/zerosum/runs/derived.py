"""Files made from results and stored beside them: the page, a workbook, why strategies differ, tables as CSV.

Each records the digest of its results (:attr:`zerosum.runs.manifest.Manifest.numbers`, or
:attr:`zerosum.runs.manifest.Manifest.answer` if it also depends on the question; of a map that of its tables). When
the results change, the file is outdated.
"""

from __future__ import annotations

import contextlib
import re
import shlex
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from zerosum.errors import RunError
from zerosum.runs.manifest import NAME
from zerosum.runs.outputs import SUMMARY, summary_of
from zerosum.runs.store import reason

IN_FOLDERS = ("deals", "export")
"""Commands that write a folder within the results, with a summary that has ``made_from``."""
_PAGE = re.compile(r'<meta name="generator" content="zerosum')
_MADE_FROM = re.compile(r'<meta name="made-from" content="([0-9a-f]+)">')
_HEAD = 4000
"""The first characters of a page; they name the results that it was made from."""
MADE_FROM = "made-from"
"""Name of a workbook's property that holds the digest of its results."""
_PROPERTIES = "docProps/custom.xml"
_IN_WORKBOOK = re.compile(rf'name="{MADE_FROM}"[^>]*><vt:lpwstr>([0-9a-f]+)<')
_MOST = 1_000_000
"""Bytes of a workbook's properties that are read."""


class Derived(NamedTuple):
    """Output made from results: its path, its results, its files, and the command that makes it again."""

    path: Path
    made_from: str
    files: Sequence[Path]
    command: str


def is_page(path: Path) -> bool:
    """Return whether ``zerosum report`` wrote a file."""
    return bool(_PAGE.search(_head(path)))


def is_workbook(path: Path) -> bool:
    """Return whether ``zerosum export`` wrote a file."""
    return bool(_made_from(path))


def _made_from(path: Path) -> str:
    """Return the digest of the results that a workbook was made from; empty if it isn't ours."""
    try:
        with zipfile.ZipFile(path) as book, book.open(_PROPERTIES) as file:
            found = _IN_WORKBOOK.search(file.read(_MOST).decode("utf-8", "replace"))
    except (OSError, KeyError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return ""
    return found[1] if found else ""


def outdated(results: Path, belongs: Collection[str]) -> list[Derived]:
    """Return outputs in a folder that were made from other results than those with these digests."""
    return [one for one in _derived(results) if one.made_from not in belongs]


def remove_outdated(results: Path, belongs: Collection[str]) -> str:
    """Delete outputs made from other results; return which, and the commands that make them again.

    Parameters
    ----------
    results : Path
    belongs : collection of str
        digests of the results that are there now

    Raises
    ------
    RunError
        if one can't be deleted
    """
    gone = outdated(results, belongs)
    for one in gone:
        try:
            _remove(one)
        except OSError as error:
            raise RunError(f"can't remove {one.path}, made from earlier results: {reason(error)}") from None
    named = ", ".join(f"{one.path.name} ('{one.command}' makes it again)" for one in gone)
    return f"Removed, because it was made from earlier results: {named}." if gone else ""


def _remove(one: Derived) -> None:
    """Delete its files, and its folder if nothing else is in it."""
    for file in one.files:
        file.unlink(missing_ok=True)
    if one.path.is_dir():
        with contextlib.suppress(OSError):
            one.path.rmdir()


def _derived(results: Path) -> Iterator[Derived]:
    for path in sorted(results.iterdir()):
        if path.suffix in (".html", ".htm") and is_page(path):
            told = _MADE_FROM.search(_head(path))
            again = shlex.join(["zerosum", "report", str(results)])
            yield Derived(path, told[1] if told else "", [path], again)
        if path.suffix == ".xlsx" and (source := _made_from(path)):
            again = shlex.join(["zerosum", "export", str(results), "--xlsx", str(path)])
            yield Derived(path, source, [path], again)
        summary = summary_of(path)
        if summary.get("command") in IN_FOLDERS:
            names = [*(Path(str(file)).name for file in summary.get("files", ())), NAME]
            # The summary last: it is the only file that names the results.
            files = [path / name for name in sorted(names, key=lambda name: name == SUMMARY)]
            yield Derived(path, str(summary.get("made_from", "")), files, _again(results, path, summary))


def _again(results: Path, path: Path, summary: Any) -> str:
    if summary["command"] == "export":
        return shlex.join(["zerosum", "export", str(results), "--csv", str(path)])
    words = ["zerosum", "deals", str(results)]
    for option in ("strategy", "against", "adopters"):
        words += [f"--{option}", str(summary.get(option, ""))]
    if path.name.endswith(f"-first-{summary.get('replications')}"):
        words += ["-n", str(summary["replications"])]
    return shlex.join(words)


def _head(path: Path) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_HEAD)
    except OSError:
        return ""
