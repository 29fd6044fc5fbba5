"""The list of results in a folder."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from zerosum.errors import StoreError, ZerosumError
from zerosum.market.sizes import format_bytes
from zerosum.report.document import Column, Document, Table
from zerosum.report.wording import count
from zerosum.runs.find import COMPARISON
from zerosum.runs.manifest import NAME, Manifest, read_manifest
from zerosum.runs.outputs import SUMMARY
from zerosum.runs.parts import Parts
from zerosum.runs.question import description, faults
from zerosum.runs.store import read_document
from zerosum.scenario.spec import Scenario
from zerosum.studies.map.folder import FACTS, SWEEPS
from zerosum.studies.sweep.restore import study_of


class _Finished(NamedTuple):
    folder: Path
    manifest: Manifest
    scenario: Scenario


def _path_column(head: str) -> Column:
    """Make a column of paths; they don't wrap, so you can copy them."""
    return Column(head, lambda row: row[0].as_posix(), text=True, least=1_000)


def describe_results(folders: Sequence[Path], home: Path) -> Document:
    """List result folders, newest last; then unfinished and unreadable ones."""
    found = Document()
    if not folders:
        found.add(f"No results in {home}/ yet; 'zerosum compare SCENARIO' makes some.")
        return found
    finished: list[_Finished] = []
    rest: list[str] = []
    for folder in folders:
        try:
            manifest = read_manifest(folder)
            finished.append(_Finished(folder, manifest, manifest.load()))
        except ZerosumError as error:
            rest.append(_format_missing(folder, str(error)))
    columns = [
        _path_column("results"),
        Column("adopters", lambda row: ", ".join(row.scenario.comparison.adopters), text=True, drop=1),
        Column("strategies", lambda row: str(len(row.scenario.compared_names)), drop=3),
        Column("replications", lambda row: f"{row.manifest.replications:,}"),
        Column("seed", lambda row: str(row.scenario.comparison.seed), drop=4),
        Column("finished (UTC)", lambda row: row.manifest.finished.removesuffix("+00:00").replace("T", " ")),
        Column("size", lambda row: _size(row.folder), drop=2),
    ]
    if finished:
        rows = sorted(finished, key=lambda row: row.manifest.finished)
        found.add(Table(columns, rows, narrow="list", plain=True))
    found.add(*rest)
    return found


def format_found(compared: int, asked: int, home: Path) -> str:
    """Say in one line what a folder of results has."""
    parts = [count(compared, "comparison")] * bool(compared) + [count(asked, "other result")] * bool(asked)
    return (
        f"{' and '.join(parts)} in {home}/; comparisons: the newest last"
        if compared
        else f"{parts[0]} in {home}/"
    )


def describe_others(folders: Sequence[tuple[Path, str]]) -> Document:
    """List folders of other results: (folder, kind or command); then those that can't be read."""
    columns = [
        _path_column("other results"),
        Column("kind", lambda row: row[1], text=True),
        Column("shown by", lambda row: _shown_by(*row), text=True),
        Column("runs", lambda row: f"{n:,}" if (n := _runs(*row)) else "", drop=3),
        Column("finished (UTC)", lambda row: _finished(*row), text=True, drop=2),
        Column("size", lambda row: _size(row[0]), drop=1),
    ]
    damaged = {folder: faults(folder)[0] for folder, _ in folders}
    sound = [row for row in folders if not damaged[row[0]]]
    found = Document([Table(columns, sound, narrow="list", plain=True)] if sound else [])
    for folder, wrong in damaged.items():
        found.add(*(f"{folder.as_posix()}/{fault}" for fault in wrong))
    return found


_SHOWS = {"map": "results show", "sweep": "analyse"}
"""Kind -> the command that shows it without simulating."""
_MAKES = {
    "across": "compare --across-fits",
    "what-if": "compare --what-if",
    "calibration": "calibrate",
    "break-even": "breakeven",
    "optimisation": "optimise",
}
"""Kind -> the command that makes it, if that has another name: given again, it shows what is kept."""


def _shown_by(folder: Path, kind: str) -> str:
    """Return the command that shows stored results; of kept runs, the one that made them; otherwise a file."""
    if kind in _SHOWS:
        return f"zerosum {_SHOWS[kind]}"
    if (folder / f"{kind}.json").exists():
        return f"zerosum {_MAKES.get(kind, kind)}, again"
    files = sorted(path.name for path in folder.glob("*.md"))
    return files[0] if files else SUMMARY


def _runs(folder: Path, kind: str) -> int:
    """Count finished runs; in a sweep, a run is all strategies at a point."""
    if kind == "map":
        kinds = {FACTS: "facts"}
        return sum(_runs(folder / name, kinds.get(name, "sweep")) for name in SWEEPS)
    there = Parts(folder).finished()
    if kind == "sweep":
        with contextlib.suppress(ZerosumError):
            return len(study_of(folder).grid.complete(there))
    return len(there)


def _finished(folder: Path, kind: str) -> str:
    """Return when a command finished last in a folder; a map says itself whether all its runs are there.

    What-ifs of a market share a folder of runs; each has its files in a folder within it.
    """
    if kind == "what-if" and not (folder / NAME).exists():
        within = [_finished(one.parent, "") for one in folder.glob(f"*/{NAME}")]
        return max(within, default="not finished")
    if kind == "map" and not (description(folder, kind) or {}).get("complete"):
        return "not finished"
    try:
        finished = str(read_document(folder / NAME).get("finished", ""))
    except FileNotFoundError:
        if kind and not (folder / f"{kind}.json").exists():
            return ""  # without kept runs, its files were written at once
        return "complete, no files" if kind == "map" else "not finished"
    except StoreError:
        return f"{NAME} is damaged"
    return finished.removesuffix("+00:00").replace("T", " ")


def _format_missing(folder: Path, why: str) -> str:
    """Say why a folder's results can't be listed."""
    if (folder / COMPARISON).is_file() and not (folder / "manifest.json").exists():
        kept = {replication for _, replication in Parts(folder).finished()}
        return f"{folder.as_posix()}: not finished; {count(len(kept), 'replication')} kept"
    return why


def _size(folder: Path) -> str:
    return format_bytes(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))


def summarize_export(manifest: Manifest, files: Sequence[Path]) -> dict[str, Any]:
    """Return one object that names the results of exported tables."""
    return {
        "command": "export",
        "scenario": manifest.scenario,
        "hash": manifest.hash,
        "results": manifest.hash[:16],
        "made_from": manifest.numbers,
        "replications": manifest.replications,
        "files": [str(file) for file in files],
    }
