"""The list of results in a folder."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zerosum.errors import ZerosumError
from zerosum.report.document import Document, table_of
from zerosum.report.wording import count
from zerosum.runs.find import COMPARISON
from zerosum.runs.manifest import Manifest, read_manifest
from zerosum.runs.parts import Parts
from zerosum.studies.sweep.restore import study_of


def describe_results(folders: Sequence[Path], home: Path) -> Document:
    """List folders of results, newest last; below them those that aren't finished, or can't be read."""
    found = Document()
    if not folders:
        found.add(f"No results in {home}/ yet; 'zerosum compare SCENARIO' makes some.")
        return found
    finished: list[tuple[Path, Manifest]] = []
    rest: list[str] = []
    for folder in folders:
        try:
            finished.append((folder, read_manifest(folder)))
        except ZerosumError as error:
            rest.append(_not_there(folder, str(error)))
    rows = []
    for folder, manifest in sorted(finished, key=lambda pair: pair[1].finished):
        scenario = manifest.load()
        rows.append(
            (
                folder.as_posix(),
                ", ".join(scenario.comparison.adopters),
                str(len(scenario.compared_names)),
                f"{manifest.replications:,}",
                str(scenario.comparison.seed),
                manifest.finished.removesuffix("+00:00").replace("T", " "),
                f"{_megabytes(folder):,.1f}",
            )
        )
    heads = ("results", "adopters", "strategies", "replications", "seed", "finished (UTC)", "MB")
    if rows:
        found.add(table_of("", heads, rows, text=(0, 1)))
    found.add(*rest)
    return found


def describe_experiments(folders: Sequence[tuple[Path, str]]) -> Document:
    """List folders of experiments: (folder, kind)."""
    rows = []
    for folder, kind in folders:
        rows.append((folder.as_posix(), kind, f"{_runs(folder, kind):,}", f"{_megabytes(folder):,.1f}"))
    return Document([table_of("", ("experiments", "kind", "runs", "MB"), rows, text=(0, 1))])


def _runs(folder: Path, kind: str) -> int:
    """Count the runs that are there; of a sweep, one is all strategies at a point."""
    there = Parts(folder).finished()
    if kind == "sweep":
        with contextlib.suppress(ZerosumError):
            return len(study_of(folder).grid.complete(there))
    return len(there)


def _not_there(folder: Path, why: str) -> str:
    """Say of a folder why its results can't be listed."""
    if (folder / COMPARISON).is_file() and not (folder / "manifest.json").exists():
        kept = {replication for _, replication in Parts(folder).finished()}
        return f"{folder.as_posix()}: not finished; {count(len(kept), 'replication')} kept"
    return why


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def summarize_export(manifest: Manifest, files: Sequence[Path]) -> dict[str, Any]:
    """Put into one object of which results exported tables are."""
    return {
        "command": "results-export",
        "scenario": manifest.scenario,
        "hash": manifest.hash,
        "results": manifest.hash[:16],
        "made_from": manifest.numbers,
        "replications": manifest.replications,
        "files": [str(file) for file in files],
    }
