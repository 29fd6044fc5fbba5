"""What the runs in a folder are of: ``KIND.json`` tells whoever finds them, and every part bears it as well.

Runs of one folder may differ in what their addresses say (points, strategies, replications). In everything else they
are alike, and what was made otherwise is refused: by another engine or library, or in answer to another question.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from zerosum.errors import InputError, StoreError
from zerosum.runs.origin import differing, origin
from zerosum.runs.store import Lost, UnreadableError, make_folder, read_document, save_document, set_aside

KINDS = ("comparison", "across", "sweep", "game", "optimisation", "calibration")
"""What the runs of a folder can be of."""

FORMAT = 2


def hash_of(content: Any) -> str:
    """Return 64 hexadecimal digits of what JSON can say."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Question:
    """What the runs of a folder are of.

    Attributes
    ----------
    kind : str
        one of ``KINDS``
    alike : mapping
        what all runs of the folder have in common, by name
    told : mapping
        what else whoever finds the folder should know
    """

    kind: str
    alike: Mapping[str, Any]
    told: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def of(self) -> Mapping[str, Any]:
        """What every part bears: the kind, a digest of each thing in common, and what it was made with."""
        digests = {name: hash_of(content)[:16] for name, content in self.alike.items()}
        return {"kind": self.kind, **digests, "origin": dict(origin())}

    def differing(self, of: Mapping[str, Any]) -> str:
        """Say in what other runs differ from these; empty if in nothing."""
        if other := differing(of.get("origin", {})):
            return f"holds runs that were made otherwise ({other}), and the two must not be mixed"
        names = [name for name, ours in self.of.items() if of.get(name) != ours]
        if not names:
            return ""
        verb = "differ" if len(names) > 1 or names[0].endswith("s") else "differs"
        return f"holds runs of another {of.get('kind', self.kind)}: the {' and the '.join(names)} {verb}"

    def is_of(self, folder: Path) -> bool:
        """Tell whether a folder says that its runs are alike."""
        return (description(folder, self.kind) or {}).get("of") == self.of

    def write(self, folder: Path) -> Lost | None:
        """Say in a folder what its runs are of.

        Returns
        -------
        Lost, optional
            the file that said so before, if it is damaged

        Raises
        ------
        StoreError
            if it can't be written
        """
        path, lost = folder / f"{self.kind}.json", None
        content = {"kind": self.kind, "format": FORMAT, **self.told, "of": self.of}
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


def taken(why: str) -> InputError:
    """Make the error about a folder that holds something else, and say what helps."""
    return InputError(
        why,
        python=". Name another folder (keep_in), or delete this one",
        typed=". --fresh makes them anew, --out names another folder",
    )


def description(folder: Path, kind: str) -> Mapping[str, Any] | None:
    """Return what a folder says of its runs; None if it says nothing that can be read."""
    try:
        return read_document(folder / f"{kind}.json")
    except (OSError, StoreError):
        return None


def find_questions(home: Path = Path("results")) -> Iterator[tuple[Path, str]]:
    """Yield (folder, kind) of what is in a folder and those within, in order of name."""
    for folder in (home, *sorted(home.glob("*")), *sorted(home.glob("*/*"))):
        for kind in KINDS:
            if (description(folder, kind) or {}).get("kind") == kind:
                yield folder, kind


def faults(folder: Path) -> tuple[list[str], int]:
    """Say what is wrong with the files that say of what a folder's runs are, and how many there are."""
    wrong, there = list[str](), [name for name in KINDS if (folder / f"{name}.json").exists()]
    for kind in there:
        try:
            read_document(folder / f"{kind}.json")
        except UnreadableError as error:
            wrong.append(f"{kind}.json: {error.why}")
    return wrong, len(there)
