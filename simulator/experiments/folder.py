"""A folder of a study's results: what it is of, who writes to it, and that nothing else gets into it."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from simulator.experiments.points import Study
from simulator.experiments.reading import ExperimentError
from simulator.experiments.spec import KEEPABLE
from simulator.results.origin import differing, origin
from simulator.store import StoreError

MANIFEST = "sweep.json"
OUTPUTS = (
    *("summary.json", "responses.csv", "points.csv", "failures.csv"),
    *(f"{name}.parquet" for name in ("runs", *KEEPABLE)),
)
"""Files that a sweep writes at its end."""

FORMAT = 1
_LOCK = ".lock"


def find_sweeps(home: Path = Path("results")) -> Iterator[tuple[Path, str, int]]:
    """Yield (folder, experiment, runs that are there) of all sweeps in a folder and those within, in order of name."""
    from simulator.experiments.parts import Parts

    for path in (home, *sorted(home.glob("*")), *sorted(home.glob("*/*"))):
        known = _read(path / MANIFEST) if path.is_dir() else None
        if known is not None:
            yield path, str(known.get("experiment")), len(Parts(path).finished())


def default_folder(study: Study, results: Path = Path("results")) -> Path:
    """Return where a study's results go if nothing else is said."""
    return results / study.experiment.name / study.hash[:16]


def open_folder(folder: Path, study: Study, fresh: bool = False) -> None:
    """Make a folder a study's own, or find that it is.

    Parameters
    ----------
    fresh : bool        forget what is there

    Raises
    ------
    ExperimentError     if it holds results of another study, engine or library version: says in what they differ
    StoreError          if it can't be written
    """
    from simulator.experiments.parts import Parts

    path = folder / MANIFEST
    known = _read(path)
    if fresh:
        Parts(folder).forget()
        for name in OUTPUTS:  # what was made from the runs that are forgotten
            (folder / name).unlink(missing_ok=True)
    elif known is None and not Parts(folder).finished():
        Parts(folder).forget()
    elif known is None:
        raise ExperimentError(
            f"{folder} holds runs, but no readable {MANIFEST} that says of what; --fresh makes them anew, --out names "
            "another folder"
        )
    else:
        _refuse(folder, known, study)
    content = {
        "format": FORMAT,
        "experiment": study.experiment.name,
        "question": study.experiment.question,
        "hash": study.hash,
        "identity": dict(study.identity),
        "origin": dict(origin()),
        "file": study.experiment.model_dump(mode="json", exclude_unset=True),
        # Whole, because what was left to defaults may be other in a later version.
        "scenarios": [base.model_dump(mode="json") for base in study.bases],
        **study.listed,
    }
    if known != content:
        _write(path, content)


def refuse_others(folder: Path, study: Study) -> None:
    """Refuse a folder that is not this study's.

    Raises
    ------
    ExperimentError     says in what they differ
    """
    known = _read(folder / MANIFEST)
    if known is None:
        raise ExperimentError(f"{folder}: no runs of an experiment here (no readable {MANIFEST})")
    _refuse(folder, known, study)


def _refuse(folder: Path, known: Mapping[str, Any], study: Study) -> None:
    if known.get("format") != FORMAT:
        raise ExperimentError(
            f"{folder / MANIFEST}: format {known.get('format')}; this zerosum reads format {FORMAT}"
        )
    theirs = known.get("identity", {})
    for name, ours in study.identity.items():
        if theirs.get(name) != ours:
            raise ExperimentError(
                f"{folder} holds runs of another experiment ('{known.get('experiment')}', hash "
                f"{str(known.get('hash'))[:16]}): the {name} differ{'' if name.endswith('s') else 's'}. --out names "
                "another folder, --fresh deletes them"
            )
    other = differing(known.get("origin", {}))
    if other:
        raise ExperimentError(
            f"{folder} holds runs that were made otherwise ({other}), and the two must not be mixed. --fresh makes "
            "them anew, --out names another folder"
        )


@contextlib.contextmanager
def writing(folder: Path, shard: tuple[int, int] | None) -> Iterator[None]:
    """Be the one who writes to a folder; shards of one sweep write side by side, each once.

    The lock is the system's, so that it ends with the process, however that ends.

    Raises
    ------
    ExperimentError     if another process writes there
    """
    with contextlib.ExitStack() as locks:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            locks.enter_context(_locked(folder / _LOCK, shared=shard is not None, folder=folder))
            if shard is not None:
                own = folder / f"{_LOCK}-{shard[0]}-of-{shard[1]}"
                locks.enter_context(_locked(own, shared=False, folder=folder))
        except OSError as error:
            raise StoreError(f"can't write results to {folder}: {error.strerror or error}") from error
        yield


@contextlib.contextmanager
def _locked(path: Path, shared: bool, folder: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows: nothing is locked; parts have names of their own, so no run is lost
        yield
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ExperimentError(
                f"another sweep writes to {folder} just now{_by_whom(path)}. Wait for it, or share the work: --shard "
                "1/2 here and --shard 2/2 there"
            ) from None
        if not shared:
            os.ftruncate(handle, 0)
            os.write(handle, f"process {os.getpid()}, since {time.strftime('%H:%M:%S')}".encode())
        yield
    finally:
        os.close(handle)


def _by_whom(path: Path) -> str:
    with contextlib.suppress(OSError):
        said = path.read_text(encoding="utf-8", errors="replace").strip()
        return f" ({said})" if said else ""
    return ""


def _read(path: Path) -> Mapping[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _write(path: Path, content: Mapping[str, Any]) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(partial, "w", encoding="utf-8") as file:
            file.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        raise StoreError(f"can't write results to {path.parent}: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
