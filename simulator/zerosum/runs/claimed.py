"""A folder of results that belongs to one question: what else is in it, or was made otherwise, is refused."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from zerosum.errors import InputError, StoreError
from zerosum.runs.origin import differing, origin
from zerosum.runs.store import Lost, UnreadableError, make_folder, read_document, save_document, set_aside

KINDS = ("sweep", "game", "optimisation")
"""What a folder can hold; ``KIND.json`` says of which question."""


def hash_of(identity: Mapping[str, Any]) -> str:
    """64 hexadecimal digits of all that can change a run."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def claim(
    folder: Path,
    kind: str,
    identity: Mapping[str, Any],
    told: Mapping[str, Any],
    holds_runs: bool,
    on_lost: Callable[[Lost], None] = lambda _: None,
) -> None:
    """Make a folder a question's own, or find that it is.

    Parameters
    ----------
    folder : Path
    kind : str
        one of ``KINDS``
    identity : mapping
        all that can change a run, by name
    told : mapping
        what else whoever finds the folder should know
    holds_runs : bool
        whether there are runs in it
    on_lost : callable
        called if the file that says so is damaged; it is set aside, and written again from its copy

    Raises
    ------
    InputError
        if its runs are of another question, engine or library version: says in what they differ; or if
        nothing says of what they are
    StoreError
        if it can't be written, or what is there can't be read
    """
    known = read_manifest(folder, kind)
    if known is not None:
        refuse_others(folder, kind, known, identity)
    elif holds_runs:
        raise InputError(
            f"{folder} holds runs, but no {kind}.json that says of what; --fresh makes them anew, --out names another "
            "folder"
        )
    content = {
        "kind": kind,
        **told,
        "hash": hash_of(identity),
        "identity": dict(identity),
        "origin": dict(origin()),
    }
    damage = _damage(folder / f"{kind}.json")
    if damage:
        on_lost(set_aside(damage))
    if damage or known != content or not (folder / _copy(kind)).exists():
        _write(folder / _copy(kind), content)
        _write(folder / f"{kind}.json", content)


def find_claimed(home: Path = Path("results")) -> Iterator[tuple[Path, str]]:
    """Yield (folder, kind) of what is in a folder and those within, in order of name."""
    for folder in (home, *sorted(home.glob("*")), *sorted(home.glob("*/*"))):
        for kind in KINDS:
            known = manifest_of(folder, kind)
            if known is not None and known.get("kind") == kind:
                yield folder, kind


def forget(folder: Path, kind: str) -> None:
    """Let a folder be nobody's."""
    for name in (f"{kind}.json", _copy(kind)):
        (folder / name).unlink(missing_ok=True)


def _copy(kind: str) -> str:
    """Name of a second file with the same content: were the one damaged, nobody would know what the runs are of."""
    return f".{kind}-copy.json"


def _damage(path: Path) -> UnreadableError | None:
    try:
        read_document(path)
    except FileNotFoundError:
        return None
    except UnreadableError as error:
        return error if error.damaged else None
    return None


def refuse_others(folder: Path, kind: str, known: Mapping[str, Any], identity: Mapping[str, Any]) -> None:
    """Refuse a folder whose manifest is of another question, engine or library version.

    Raises
    ------
    InputError
        says in what they differ
    """
    theirs = known.get("identity", {})
    for name, ours in identity.items():
        if theirs.get(name) != ours:
            verb = "differ" if name.endswith("s") else "differs"
            raise InputError(
                f"{folder} holds runs of another {kind} (hash {str(known.get('hash'))[:16]}): the {name} {verb}. --out "
                "names another folder, --fresh deletes them"
            )
    other = differing(known.get("origin", {}))
    if other:
        raise InputError(
            f"{folder} holds runs that were made otherwise ({other}), and the two must not be mixed. --fresh makes "
            "them anew, --out names another folder"
        )


def manifest_of(folder: Path, kind: str) -> Mapping[str, Any] | None:
    """Return a folder's manifest; None if there is none that can be read."""
    try:
        return read_manifest(folder, kind)
    except (OSError, StoreError):
        return None


def read_manifest(folder: Path, kind: str) -> Mapping[str, Any] | None:
    """Return a folder's manifest, or its copy where it is damaged; None if there is none.

    Raises
    ------
    StoreError
        if it can't be read, or neither is as it was written
    """
    try:
        return read_document(folder / f"{kind}.json")
    except FileNotFoundError:
        return None
    except UnreadableError as error:
        if error.damaged:
            with contextlib.suppress(FileNotFoundError, UnreadableError):
                return read_document(folder / _copy(kind))
        what = (
            "--fresh makes all runs anew, --out names another folder"
            if error.damaged
            else "--out names another"
        )
        raise StoreError(f"{error}, and nothing else says of what the runs in {folder} are. {what}") from None


def _write(path: Path, content: Mapping[str, Any]) -> None:
    try:
        make_folder(path.parent)
        save_document(path, content)
    except OSError as error:
        raise StoreError(f"can't write results to {path.parent}: {error.strerror or error}") from error
