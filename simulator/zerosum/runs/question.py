"""The question that a folder's runs answer: ``KIND.json`` describes it, and every part has its digests.

Runs of one folder may differ in their addresses (points, strategies, replications). All else must be the same:
runs of another engine, library or question are refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

from zerosum.errors import InputError, StoreError
from zerosum.runs.origin import differing, origin
from zerosum.runs.store import Lost, UnreadableError, make_folder, read_document, save_document, set_aside

Kind = Literal[
    "comparison",
    "across",
    "sweep",
    "game",
    "optimisation",
    "calibration",
    "map",
    "what-if",
    "break-even",
    "fit",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Kinds of studies."""

FORMAT = 2
MOST_NAMED = 3
"""Maximum settings that an error names."""
ABSENT = "not set"


def hash_of(content: Any) -> str:
    """Return the SHA-256 of a JSON value, 64 hexadecimal digits."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Question:
    """The question that a folder's runs answer.

    Attributes
    ----------
    kind : str
        one of ``KINDS``
    alike : mapping
        what is the same for all runs of the folder, by name
    told : mapping
        what else ``KIND.json`` tells the reader
    settings : mapping
        the settings behind ``alike``, to name those that differ; ``KIND.json`` keeps them
    """

    kind: str
    alike: Mapping[str, Any]
    told: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def of(self) -> Mapping[str, Any]:
        """What every part records: the kind, a digest of each entry of ``alike``, and the origin."""
        digests = {name: hash_of(content)[:16] for name, content in self.alike.items()}
        return {"kind": self.kind, **digests, "origin": dict(origin())}

    def differing(self, of: Mapping[str, Any], folder: Path | None = None) -> str:
        """Format how other runs differ from these; empty if they don't.

        Parameters
        ----------
        of : mapping
            what their parts record
        folder : Path, optional
            of the study that they belong to
        """
        if other := differing(of.get("origin", {})):
            return f"holds runs that were made otherwise ({other}), and the two must not be mixed"
        names = [name for name, ours in self.of.items() if of.get(name) != ours]
        if not names:
            return ""
        if folder and (settings := self._differing_settings(folder)):
            return f"holds runs of another {of.get('kind', self.kind)}: {settings}"
        verb = "differ" if len(names) > 1 or names[0].endswith("s") else "differs"
        return f"holds runs of another {of.get('kind', self.kind)}: the {' and the '.join(names)} {verb}"

    def _differing_settings(self, folder: Path) -> str:
        """Name settings that are others in a folder's description; empty if that isn't known."""
        theirs = (description(folder, self.kind) or {}).get("settings")
        if not self.settings or not isinstance(theirs, dict):
            return ""
        there, here = dict(_leaves(theirs)), dict(_leaves(json.loads(json.dumps(self.settings))))
        apart = [key for key in {**there, **here} if there.get(key, ABSENT) != here.get(key, ABSENT)]
        said = [
            f"{key} is {_write(there.get(key, ABSENT))} there, {_write(here.get(key, ABSENT))} here"
            for key in apart[:MOST_NAMED]
        ]
        more = f"; and {len(apart) - MOST_NAMED} more keys" if len(apart) > MOST_NAMED else ""
        return "; ".join(said) + more

    def is_of(self, folder: Path) -> bool:
        """Return whether a folder's question is this one."""
        return (description(folder, self.kind) or {}).get("of") == self.of

    def write(self, folder: Path) -> Lost | None:
        """Write the question to a folder.

        Returns
        -------
        Lost, optional
            the earlier file, if it was damaged

        Raises
        ------
        StoreError
            if it can't be written
        """
        path, lost = folder / f"{self.kind}.json", None
        settings = {"settings": self.settings} if self.settings else {}
        content = {"kind": self.kind, "format": FORMAT, **self.told, **settings, "of": self.of}
        try:
            if read_document(path) == json.loads(json.dumps(content)):
                return None
        except FileNotFoundError:
            pass
        except UnreadableError as error:
            if not error.damaged:
                raise
            lost = set_aside(error)
        try:
            make_folder(folder)
            save_document(path, content)
        except OSError as error:
            raise StoreError(f"can't write results to {folder}: {error.strerror or error}") from error
        return lost


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every setting with its key: ``vendors.Alder.reps``; rows without a name have their number."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}".strip("."))
    elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        for number, row in enumerate(value):
            yield from _leaves(row, f"{path}.{row.get('name', number)}")
    else:
        yield path, value


def _write(value: Any) -> str:
    """Write a setting as a person would: lists without brackets and quotes."""
    if isinstance(value, list):
        return " and ".join(map(_write, value)) or "empty"
    return value if isinstance(value, str) else json.dumps(value)


def taken(why: str) -> InputError:
    """Return the error for a folder with other runs, with a likely fix."""
    return InputError(
        why,
        python=". Name another folder (keep_in), or delete this one",
        typed=". --fresh makes them anew, --out names another folder",
    )


def description(folder: Path, kind: str) -> Mapping[str, Any] | None:
    """Return a folder's description of its runs; None if there is none that can be read."""
    try:
        return read_document(folder / f"{kind}.json")
    except (OSError, StoreError):
        return None


def find_questions(home: Path = Path("results")) -> Iterator[tuple[Path, str]]:
    """Yield (folder, kind) of each question in a folder and its subfolders, in order of name, damaged or not.

    The sweeps of a map are part of it, and aren't listed.
    """
    for folder in (home, *sorted(home.glob("*")), *sorted(home.glob("*/*"))):
        for kind in KINDS:
            path = folder / f"{kind}.json"
            if not path.is_file() or (folder != home and (folder.parent / "map.json").is_file()):
                continue
            try:
                if read_document(path).get("kind") == kind:
                    yield folder, kind
            except (OSError, StoreError):
                yield folder, kind


def faults(folder: Path) -> tuple[list[str], int]:
    """Return what is wrong with a folder's ``KIND.json`` files, and how many there are."""
    wrong, there = list[str](), [name for name in KINDS if (folder / f"{name}.json").exists()]
    for kind in there:
        try:
            read_document(folder / f"{kind}.json")
        except UnreadableError as error:
            wrong.append(f"{kind}.json: {error.why}")
    return wrong, len(there)
