"""What a folder of results says of itself: ``manifest.json``, written last, so that whatever it names is there."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from zerosum.errors import InputError
from zerosum.runs.origin import origin
from zerosum.runs.store import UnreadableError, Writer, read_document, save_document
from zerosum.scenario import results_hash
from zerosum.scenario.extend import absent, outside, register_installed
from zerosum.scenario.spec import Scenario

NAME = "manifest.json"
FORMAT = 3
READABLE = (2, FORMAT)
"""Format 2 is the same without the SHA-256 of the manifest itself."""
_KINDS = {"str": str, "int": int, "Mapping": dict, "Sequence": list}


@dataclass(frozen=True)
class Manifest:
    """A folder's manifest.

    Attributes
    ----------
    scenario : str
        its name
    question : str
    hash : str
        of all that can change a replication, see :func:`zerosum.scenario.results_hash`
    replications : int
    settings : mapping
        what the scenario's files and the command line said
    whole : mapping
        the same with what was left to defaults, which may be others in a later version
    command : sequence of str
        as it was typed
    started, finished : str
        UTC, ISO 8601
    asked : mapping
        metric that decides, what matters, rule that ended it and whether it was met
    origin : mapping
        versions of package, engine, Python and libraries; kind of machine
    files : mapping
        name -> {"bytes", "sha256"}
    format : int
        of this file
    """

    scenario: str
    question: str
    hash: str
    replications: int
    settings: Mapping[str, Any]
    command: Sequence[str]
    started: str
    finished: str
    asked: Mapping[str, Any]
    origin: Mapping[str, str]
    files: Mapping[str, Mapping[str, Any]]
    whole: Mapping[str, Any] = field(default_factory=dict)
    format: int = FORMAT

    def load(self) -> Scenario:
        """Return the scenario that was run, also where defaults have changed since.

        Raises
        ------
        ValueError
            if it can't be told any more
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
        """Digits that are the same as long as scenario, versions and all tables are; times and command don't count."""
        tables = {name: known for name, known in self.files.items() if name.endswith(".parquet")}
        return _digits(self.scenario, self.question, self.hash, self.replications, dict(self.origin), tables)

    @property
    def answer(self) -> str:
        """As :attr:`numbers`, with what was asked of them."""
        return _digits(self.numbers, dict(self.asked))


def _digits(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def write_manifest(
    scenario: Scenario,
    asked: Mapping[str, Any],
    command: Sequence[str],
    started: str,
    finished: str,
    names: Sequence[str],
) -> Writer:
    """Write the manifest of a folder beside the files it names, which must be there."""

    def write(path: Path) -> None:
        manifest = Manifest(
            scenario=scenario.name,
            question=scenario.question,
            hash=results_hash(scenario),
            replications=scenario.comparison.replications,
            settings=scenario.model_dump(mode="json", exclude_unset=True),
            whole=scenario.model_dump(mode="json"),
            command=list(command),
            started=started,
            finished=finished,
            asked=dict(asked),
            origin={**origin(), **outside(scenario)},
            files={name: digest_of((path.parent / name).read_bytes()) for name in names},
        )
        save_document(path, asdict(manifest))

    return write


def read_manifest(folder: Path) -> Manifest:
    """Read a folder's manifest.

    Raises
    ------
    InputError
        if there is none
    StoreError
        if it can't be understood
    """
    path = folder / NAME
    try:
        found = read_document(path)
    except FileNotFoundError:
        raise InputError(f"{folder}: no results here (no {NAME})") from None
    except UnreadableError as error:
        raise damaged(folder, NAME, error.why) from None
    wrong = _wrong(found)
    if wrong:
        raise damaged(folder, NAME, wrong)
    manifest = Manifest(**found)
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
    """Say what keeps something from being a manifest; empty if nothing does."""
    if "format" not in found:
        return "this is no manifest of zerosum"
    if found["format"] not in READABLE:
        return f"its format is {found['format']}, and this zerosum reads format {FORMAT}: another version wrote it"
    known = {field.name: _KINDS[str(field.type).partition("[")[0]] for field in fields(Manifest)}
    missing = [name for name in known if name not in found]
    if missing:
        return f"it lacks {', '.join(missing)}"
    unknown = [name for name in found if name not in known]
    if unknown:
        return f"it has '{unknown[0]}', which no manifest has"
    bad = [name for name, kind in known.items() if type(found[name]) is not kind]
    if bad:
        return f"what it says of '{bad[0]}' can't be understood"
    return ""


def damaged(folder: Path, name: str, wrong: str) -> UnreadableError:
    """Make the error about a damaged file of results: which, why, and how to get it back."""
    error = UnreadableError(folder / name, wrong, True)
    error.args = (f"{error}. {mending(folder)}",)
    return error


def mending(folder: Path, command: Sequence[str] = ()) -> str:
    """Say which command makes damaged results good again; what is kept isn't simulated again.

    Parameters
    ----------
    folder : Path
    command : sequence of str
        that made them, where their own scenario's file is no help
    """
    scenario = folder / "scenario.toml"
    words = list(command) or ["zerosum", "compare", str(scenario) if scenario.is_file() else "SCENARIO"]
    words += ["--out", str(folder)]
    return f"'{shlex.join(words)}' writes the results anew; or delete the folder {folder}"


def digest_of(content: bytes) -> dict[str, Any]:
    """Return size and SHA-256 of a file's content."""
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
