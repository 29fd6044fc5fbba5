"""``manifest.json``: a command's files in a folder, their digests and origin; written last.

For a comparison it also has the scenario, so that you can open the results from the folder alone.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import shlex
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from zerosum.errors import InputError
from zerosum.machine import usable_cores
from zerosum.runs.origin import origin
from zerosum.runs.outputs import Writer
from zerosum.runs.store import UnreadableError, read_content, read_document, save_document
from zerosum.scenario import results_hash
from zerosum.scenario.extend import absent, outside, register_installed
from zerosum.scenario.spec import Scenario

NAME = "manifest.json"
FORMAT = 4
_KINDS = {"str": str, "int": int, "Mapping": dict, "Sequence": list}


@dataclass(frozen=True)
class Manifest:
    """The manifest of a comparison.

    Attributes
    ----------
    command : sequence of str
        as it was typed
    started, finished : str
        UTC, ISO 8601
    origin : mapping
        versions of package, engine, Python and libraries; kind of machine
    files : mapping
        name -> {"bytes", "sha256"}
    scenario, question : str
        its name, and what it asks
    hash : str
        of all that can change a replication, see :func:`zerosum.scenario.results_hash`
    replications : int
    settings : mapping
        from the scenario's files and the command line
    whole : mapping
        the same, with all defaults, which may change in a later version
    asked : mapping
        primary metric, smallest difference that matters, stopping rule and whether it was met
    """

    command: Sequence[str]
    started: str
    finished: str
    origin: Mapping[str, str]
    files: Mapping[str, Mapping[str, Any]]
    scenario: str
    question: str
    hash: str
    replications: int
    settings: Mapping[str, Any]
    whole: Mapping[str, Any]
    asked: Mapping[str, Any]

    def load(self) -> Scenario:
        """Return the scenario that was run, even if defaults have changed since.

        Raises
        ------
        ValueError
            if it can't be restored
        """
        register_installed()
        said = Scenario.model_validate(dict(self.settings))
        if results_hash(said, self.origin) == self.hash:
            return said
        whole = Scenario.model_validate(dict(self.whole))
        if results_hash(whole, self.origin) != self.hash:
            raise ValueError("the settings are not those of the hash")
        return whole

    @property
    def numbers(self) -> str:
        """Digest of scenario, versions and all tables; not of times and command."""
        tables = {name: known for name, known in self.files.items() if name.endswith(".parquet")}
        return _digits(self.scenario, self.question, self.hash, self.replications, dict(self.origin), tables)

    @property
    def answer(self) -> str:
        """Digest of :attr:`numbers` and what was asked."""
        return _digits(self.numbers, dict(self.asked))

    @property
    def belongs(self) -> tuple[str, str]:
        """The digests of what was made from these results."""
        return self.numbers, self.answer


def _digits(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def describe_scenario(scenario: Scenario, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the entries that only a comparison's manifest has."""
    return {
        "scenario": scenario.name,
        "question": scenario.question,
        "hash": results_hash(scenario),
        "replications": scenario.comparison.replications,
        "settings": scenario.model_dump(mode="json", exclude_unset=True),
        "whole": scenario.model_dump(mode="json"),
        "asked": dict(asked),
        "origin": {**origin(), **outside(scenario)},
    }


def write_manifest(
    command: Sequence[str],
    began: datetime.datetime,
    names: Collection[str],
    more: Mapping[str, Any] | None = None,
) -> Writer:
    """Write the origin of files, which must exist: command, times, cores, versions, commit, digests.

    Parameters
    ----------
    command : sequence of str
        as it was typed
    began : datetime
        with its time zone
    names : collection of str
        files of the same folder
    more : mapping, optional
        see :func:`describe_scenario`
    """

    def write(path: Path) -> None:
        ended = datetime.datetime.now(datetime.UTC)
        content = {
            "format": FORMAT,
            "command": list(command),
            "started": began.isoformat(timespec="seconds"),
            "finished": ended.isoformat(timespec="seconds"),
            "seconds": round((ended - began).total_seconds(), 3),
            "cores": usable_cores(),
            "origin": dict(origin()),
            "commit": commit(),
            **(more or {}),
            "files": {name: digest_of((path.parent / name).read_bytes()) for name in names},
        }
        save_document(path, content)

    return write


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a comparison.

    Raises
    ------
    InputError
        if there is none
    StoreError
        if it can't be parsed
    """
    try:
        found = read_document(folder / NAME)
    except FileNotFoundError:
        raise InputError(f"{folder}: no results here (no {NAME})") from None
    except UnreadableError as error:
        raise damaged(folder, NAME, error.why) from None
    if found.get("format") == FORMAT and "replications" not in found:
        raise InputError(
            f"{folder}: no comparison is here; '{shlex.join(found.get('command', ()))}' wrote it"
        )
    if wrong := _wrong(found):
        raise damaged(folder, NAME, wrong, fresh=found.get("format") != FORMAT)
    names = {field.name for field in fields(Manifest)}
    manifest = Manifest(**{name: content for name, content in found.items() if name in names})
    try:
        manifest.load()
    except ValueError:
        if lacking := absent(manifest.origin):
            raise InputError(f"{folder}: {lacking}") from None
        raise damaged(
            folder, NAME, "its settings are not the scenario that it names, or this zerosum can't read them"
        ) from None
    return manifest


def _wrong(found: Mapping[str, Any]) -> str:
    """Return why an object is no comparison's manifest; empty if it is one."""
    if "format" not in found:
        return "this is no manifest of zerosum"
    if found["format"] != FORMAT:
        return f"its format is {found['format']}, and this zerosum reads format {FORMAT}: another version wrote it"
    known = {field.name: _KINDS[str(field.type).partition("[")[0]] for field in fields(Manifest)}
    if missing := [name for name in known if name not in found]:
        return f"it lacks {', '.join(missing)}"
    bad = [name for name, kind in known.items() if type(found[name]) is not kind]
    return f"what it says of '{bad[0]}' can't be understood" if bad else ""


def damaged(folder: Path, name: str, wrong: str, fresh: bool = False) -> UnreadableError:
    """Return the error for a damaged file of results: which, why, and how to restore it."""
    error = UnreadableError(folder / name, wrong, True)
    error.args = (f"{error}. {mending(folder, fresh=fresh)}",)
    return error


def mending(folder: Path, command: Sequence[str] = (), fresh: bool = False) -> str:
    """Return the command that restores damaged results; stored runs aren't simulated again.

    Parameters
    ----------
    folder : Path
    command : sequence of str
        that made them, if their scenario's file can't be used
    fresh : bool
        the stored runs can't be read either
    """
    scenario = folder / "scenario.toml"
    words = list(command) or ["zerosum", "compare", str(scenario) if scenario.is_file() else "SCENARIO"]
    words += ["--out", str(folder), *(["--fresh"] if fresh else [])]
    return f"'{shlex.join(words)}' writes the results anew; or delete the folder {folder}"


def faults(folder: Path) -> tuple[list[str], int]:
    """Return what is wrong with each damaged file that a command wrote to a folder.

    Returns
    -------
    tuple
        what is wrong, how many files were checked; 0 if there is no manifest
    """
    try:
        files = read_document(folder / NAME).get("files", {})
    except FileNotFoundError:
        return [], 0
    except UnreadableError as error:
        return [f"{NAME}: {error.why}"], 1
    return list(altered(folder, files)), len(files) + 1


def altered(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield what is wrong with each file that was changed.

    Parameters
    ----------
    folder : Path
    files : mapping
        name -> its size and SHA-256, see :func:`digest_of`
    """
    for name, known in files.items():
        try:
            content = read_content(folder / name)
        except FileNotFoundError:
            yield f"{name} is missing"
        except UnreadableError as error:
            yield f"{name}: {error.why}"
        else:
            if digest_of(content) != known:
                yield f"{name} was changed since it was written"


def digest_of(content: bytes) -> dict[str, Any]:
    """Return size and SHA-256 of a file's content."""
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


@cache
def commit() -> str | None:
    """Return the commit of the checkout that zerosum runs from, with ``+`` if it was changed; None if there is none."""
    top = Path(__file__).resolve().parents[3]
    if not (top / ".git").exists():
        return None
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        asked = {"cwd": top, "capture_output": True, "text": True, "check": True, "timeout": 5.0}
        head = subprocess.run(["git", "rev-parse", "HEAD"], **asked).stdout.strip()  # type: ignore[call-overload]
        changed = subprocess.run(["git", "status", "--porcelain", "-uno"], **asked).stdout  # type: ignore[call-overload]
        return f"{head}+" if changed.strip() else head
    return None
