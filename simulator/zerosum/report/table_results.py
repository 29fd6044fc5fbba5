"""The list of results in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zerosum.errors import ZerosumError
from zerosum.report.wording import count
from zerosum.runs.kept import FOLDER
from zerosum.runs.manifest import Manifest, read_manifest
from zerosum.runs.parts import Parts
from zerosum.runs.store import Journal, UnreadableError
from zerosum.studies.optimise.tried import FILE as TRIED


def results_table(folders: Sequence[Path], home: Path) -> RenderableType:
    """Lay out folders of results, newest last; below them those that aren't finished, or can't be read."""
    if not folders:
        return f"No results in {home}/ yet; 'zerosum compare SCENARIO' makes some."
    finished: list[tuple[Path, Manifest]] = []
    rest: list[Text] = []
    for folder in folders:
        try:
            finished.append((folder, read_manifest(folder)))
        except ZerosumError as error:
            rest.append(_not_there(folder, str(error)))
    table = Table(show_edge=False)
    table.add_column("results", no_wrap=True)
    table.add_column("worlds")
    for heading in ("strategies", "replications", "seed"):
        table.add_column(heading, justify="right")
    table.add_column("finished (UTC)")
    table.add_column("MB", justify="right")
    for folder, manifest in sorted(finished, key=lambda pair: pair[1].finished):
        scenario = manifest.load()
        table.add_row(
            folder.as_posix(),
            ", ".join(scenario.comparison.worlds),
            str(len(scenario.compared_names)),
            f"{manifest.replications:,}",
            str(scenario.comparison.seed),
            manifest.finished.removesuffix("+00:00").replace("T", " "),
            f"{_megabytes(folder):,.1f}",
        )
    return Group(*([table] if finished else []), *rest)


def experiments_table(folders: Sequence[tuple[Path, str]]) -> RenderableType:
    """Lay out folders of experiments: (folder, kind)."""
    table = Table(show_edge=False)
    table.add_column("experiments", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    for heading in ("runs", "MB"):
        table.add_column(heading, justify="right", no_wrap=True)
    for folder, kind in folders:
        runs = _runs_tried(folder) if kind == "optimisation" else len(Parts(folder).finished())
        table.add_row(folder.as_posix(), kind, f"{runs:,}", f"{_megabytes(folder):,.1f}")
    return table


def _runs_tried(folder: Path) -> int:
    """Runs of an optimisation that are there."""
    try:
        return sum(1 for _ in Journal(folder / TRIED).read())
    except UnreadableError:
        return 0


def _not_there(folder: Path, why: str) -> Text:
    """Say of a folder why its results can't be listed."""
    kept = len(list((folder / FOLDER).glob("*.arrow")))
    if (folder / FOLDER).is_dir() and not (folder / "manifest.json").exists():
        said = f"{folder.as_posix()}: not finished; {count(kept, 'replication')} kept"
    else:
        said = why
    return Text(said, style="dim")


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
