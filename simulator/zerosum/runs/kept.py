"""Finished replications on disk, so that a run that was killed goes on, and a longer one adds to a shorter one.

A replication is one file, its tables as Arrow streams behind each other, that is written beside, flushed, and renamed:
it exists whole or not at all, whatever happens in the midst. (One file, because each flush takes the disk as long as
a small market takes to run.) What it holds depends on its number only, so it doesn't matter which run, thread or
process finished it. Its name bears its SHA-256: one that isn't as it was written is set aside, and made again.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pyarrow as pa

from zerosum.errors import InputError, StoreError
from zerosum.runs.origin import differing, origin
from zerosum.runs.schema import TABLES, Tables
from zerosum.runs.store import (
    PARTIAL,
    Lost,
    UnreadableError,
    is_checked,
    make_folder,
    read_document,
    read_kept,
    save_document,
    save_kept,
    set_aside,
)
from zerosum.scenario import results_hash
from zerosum.scenario.spec import Scenario

FOLDER = "replications"
_IDENTITY = "identity.json"
_ENDING = ".arrow"
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")


class Kept:
    """Replications kept in a folder of results.

    Parameters
    ----------
    results : Path
        the folder of results; replications lie in a folder within it
    scenario : Scenario
    fresh : bool
        forget what is there
    on_lost : callable
        called with each file that couldn't be read: its replication is not there

    Attributes
    ----------
    unchecked : int
        files that were read, of an earlier version, which have no SHA-256

    Raises
    ------
    InputError
        if they are of another scenario, engine or library version
    StoreError
        if the folder can't be written, or what it holds is known to nobody
    """

    def __init__(
        self,
        results: Path,
        scenario: Scenario,
        fresh: bool = False,
        on_lost: Callable[[Lost], None] = lambda _: None,
    ) -> None:
        self.folder = results / FOLDER
        self.unchecked = 0
        self._on_lost = on_lost
        self._of = identity = {"scenario": results_hash(scenario), "origin": dict(origin())}
        try:
            if fresh:
                self.forget()
            known = self._identity()
            if known is None:
                make_folder(self.folder)
                self._distrust()
                save_document(self.folder / _IDENTITY, identity)
            elif known != identity:
                raise InputError(_amiss(results, known, identity))
            for partial in self.folder.glob(PARTIAL + "*"):
                if not _is_written_to(partial):
                    partial.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"can't write results to {results}: {error.strerror or error}") from error

    def forget(self) -> None:
        """Delete all replications."""
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.folder)

    def numbers(self) -> set[int]:
        """Which replications are there."""
        return set(_places(self.folder))

    def read(self, number: int) -> Tables | None:
        """Return a replication's tables; None if it isn't there, or can't be read."""
        return self.read_all([number]).get(number)

    def read_all(self, numbers: Iterable[int]) -> dict[int, Tables]:
        """Return the tables of those replications that are there and can be read, by number."""
        there, found = _places(self.folder), dict[int, Tables]()
        for number in numbers:
            for path in there.get(number, ()):
                try:
                    found[number] = _tables(path, number)
                except FileNotFoundError:
                    self._on_lost(Lost(path, "it is gone"))
                except UnreadableError as error:
                    self._on_lost(set_aside(error))
                else:
                    self.unchecked += not is_checked(path)
                    break
        return found

    def add(self, number: int, tables: Tables) -> None:
        """Keep a replication; safe beside others that add the same one.

        Raises
        ------
        StoreError
            if it can't be written
        """
        content = io.BytesIO()
        for name in TABLES:
            table = tables[name]
            with pa.ipc.new_stream(content, table.schema, options=_COMPRESSED) as stream:
                stream.write_table(table)
        try:
            if not (self.folder / _IDENTITY).exists():  # somebody may have removed the folder
                make_folder(self.folder)
                save_document(self.folder / _IDENTITY, self._of)
            save_kept(self.folder, f"{number:06d}", _ENDING, content.getvalue())
        except OSError as error:
            raise StoreError(
                f"can't keep replication {number} in {self.folder}: {error.strerror or error}"
            ) from error

    def _identity(self) -> Mapping[str, object] | None:
        """Return what the replications are of; None if nothing is known of it any more."""
        try:
            return read_document(self.folder / _IDENTITY)
        except FileNotFoundError:
            return None
        except UnreadableError as error:
            if not error.damaged:
                raise StoreError(
                    f"{error}: nobody knows of which scenario its replications are. --out names another folder"
                ) from None
            self._on_lost(set_aside(error))
            return None

    def _distrust(self) -> None:
        """Set all replications aside: without an identity, nobody knows what they are of.

        The folder stays, for another run may be beginning in it.
        """
        for paths in _places(self.folder).values():
            for path in paths:
                why = f"without {_IDENTITY} nobody knows of which scenario it is"
                lost = set_aside(UnreadableError(path, why, True))
                if lost.aside is None:
                    raise StoreError(f"{path}: {why}, and it can't be set aside. --out names another folder")
                self._on_lost(lost)


def faults(results: Path) -> tuple[list[str], int]:
    """Say of every kept file that isn't as it was written what is wrong with it.

    Returns
    -------
    tuple
        what is wrong, how many files were looked at
    """
    folder, wrong = results / FOLDER, list[str]()
    places = _places(folder)
    files = [(number, path) for number in sorted(places) for path in places[number]]
    if not folder.is_dir():
        return [], 0
    wrong += [fault] if (fault := identity_fault(results)) else []
    for number, path in files:
        try:
            _tables(path, number)
        except FileNotFoundError:
            continue
        except UnreadableError as error:
            wrong.append(f"{FOLDER}/{path.name}: {error.why}")
    return wrong, len(files) + 1


def identity_fault(results: Path) -> str:
    """Say what is wrong with the file that says of what a folder's replications are; empty if nothing is."""
    try:
        read_document(results / FOLDER / _IDENTITY)
    except FileNotFoundError:
        return f"{FOLDER}/{_IDENTITY} is missing" if _places(results / FOLDER) else ""
    except UnreadableError as error:
        return f"{FOLDER}/{_IDENTITY}: {error.why}"
    return ""


def _places(folder: Path) -> dict[int, list[Path]]:
    """Return the files of each replication."""
    found: dict[int, list[Path]] = {}
    for path in sorted(folder.glob(f"*{_ENDING}")):
        number = path.name.partition(".")[0].partition("-")[0]
        if number.isdecimal():
            found.setdefault(int(number), []).append(path)
    return found


def _tables(path: Path, number: int) -> Tables:
    """Read a replication's file.

    Raises
    ------
    FileNotFoundError
    UnreadableError
    """
    content = read_kept(path)
    try:
        file = pa.BufferReader(content)
        tables = {name: pa.ipc.open_stream(file).read_all() for name in TABLES}
        there = set(tables["runs"]["replication"].to_pylist())
    except (OSError, ValueError, KeyError, pa.ArrowException):
        raise UnreadableError(path, "it is cut short, or no replication", True) from None
    # A file that somebody copied or renamed holds another one.
    if there != {number}:
        raise UnreadableError(path, f"it doesn't hold replication {number}", True)
    return tables


def _is_written_to(partial: Path) -> bool:
    """Tell whether the process that began this file still runs."""
    try:
        os.kill(int(partial.name.removeprefix(PARTIAL).split("-")[0]), 0)
    except (ValueError, ProcessLookupError):
        return False
    except OSError:
        return True
    return True


def _amiss(results: Path, known: Mapping[str, object], identity: Mapping[str, object]) -> str:
    if known.get("scenario") != identity["scenario"]:
        return (
            f"{results} holds replications of another scenario (hash {str(known.get('scenario'))[:16]}, not "
            f"{str(identity['scenario'])[:16]}); --fresh replaces them, --out names another folder"
        )
    theirs = known.get("origin")
    other = differing(theirs if isinstance(theirs, dict) else {})
    return (
        f"{results} holds replications that were made otherwise ({other}), and the two must not be mixed; --fresh "
        "makes them anew, --out names another folder"
    )
