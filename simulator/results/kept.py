"""Finished replications on disk, so that a run that was killed goes on, and a longer one adds to a shorter one.

A replication is one file, its tables as Arrow streams behind each other, that is written beside, flushed, and renamed:
it exists whole or not at all, whatever happens in the midst. (One file, because each flush takes the disk as long as
a small market takes to run.) What it holds depends on its number only, so it doesn't matter which run, thread or
process finished it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from simulator.results.origin import differing, origin
from simulator.results.schema import TABLES, Tables
from simulator.scenario import results_hash
from simulator.scenario.spec import Scenario
from simulator.store import StoreError, flush_folder

FOLDER = "replications"
_IDENTITY = "identity.json"
_PARTIAL = ".partial-"
_ENDING = ".arrow"
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")


class KeptError(Exception):
    """The folder holds replications of something else; the message says of what, and what can be done."""


class Kept:
    """Replications kept in a folder of results.

    Parameters
    ----------
    results : Path      the folder of results; replications lie in a folder within it
    scenario : Scenario
    fresh : bool        forget what is there

    Raises
    ------
    KeptError       if they are of another scenario, engine or library version
    StoreError      if the folder can't be written
    """

    def __init__(self, results: Path, scenario: Scenario, fresh: bool = False) -> None:
        self.folder = results / FOLDER
        identity = {"scenario": results_hash(scenario), "origin": dict(origin())}
        try:
            if fresh:
                self.forget()
            known = _read(self.folder / _IDENTITY)
            if known is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                # Nothing can be trusted without it; but the folder stays, for another run may be beginning in it.
                for number in self.numbers():
                    self._place(number).unlink(missing_ok=True)
                _write(self.folder / _IDENTITY, identity)
            elif known != identity:
                raise KeptError(_amiss(results, known, identity))
            for partial in self.folder.glob(_PARTIAL + "*"):
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
        return {int(path.stem) for path in self.folder.glob(f"*{_ENDING}") if path.stem.isdecimal()}

    def read(self, number: int) -> Tables | None:
        """Return a replication's tables; None if it isn't there, or can't be read any more."""
        try:
            with pa.OSFile(str(self._place(number)), "rb") as file:
                tables = {name: pa.ipc.open_stream(file).read_all() for name in TABLES}
            # A file that somebody copied or renamed holds another one.
            if set(tables["runs"]["replication"].to_pylist()) != {number}:
                raise OSError(f"not replication {number}")
            return tables
        except (OSError, pa.ArrowException):
            self._place(number).unlink(missing_ok=True)
            return None

    def add(self, number: int, tables: Tables) -> None:
        """Keep a replication; safe beside others that add the same one.

        Raises
        ------
        StoreError      if it can't be written
        """
        try:
            handle, name = tempfile.mkstemp(prefix=f"{_PARTIAL}{os.getpid()}-", dir=self.folder)
            partial = Path(name)
            try:
                with os.fdopen(handle, "wb") as file:
                    for table_name in TABLES:
                        table = tables[table_name]
                        with pa.ipc.new_stream(file, table.schema, options=_COMPRESSED) as stream:
                            stream.write_table(table)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(partial, self._place(number))
                flush_folder(self.folder)
            finally:
                partial.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                f"can't keep replication {number} in {self.folder}: {error.strerror or error}"
            ) from error

    def _place(self, number: int) -> Path:
        return self.folder / f"{number:06d}{_ENDING}"


def _is_written_to(partial: Path) -> bool:
    """Tell whether the process that began this file still runs."""
    try:
        os.kill(int(partial.name.removeprefix(_PARTIAL).split("-")[0]), 0)
    except (ValueError, ProcessLookupError):
        return False
    except OSError:
        return True
    return True


def _read(path: Path) -> Mapping[str, object] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _write(path: Path, identity: Mapping[str, object]) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    with open(partial, "w", encoding="utf-8") as file:
        file.write(json.dumps(identity, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


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
