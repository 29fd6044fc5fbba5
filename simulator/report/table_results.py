"""The list of results in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from simulator.report.wording import count
from simulator.results import Manifest, read_manifest
from simulator.results.kept import FOLDER


def results_table(folders: Sequence[Path], home: Path) -> Table | str:
    """Lay out folders of results, newest last; those that aren't finished after them."""
    if not folders:
        return f"No results in {home}/ yet; 'zerosum compare SCENARIO' makes some."
    finished: list[tuple[Path, Manifest]] = []
    rest: list[tuple[Path, str]] = []
    for folder in folders:
        try:
            finished.append((folder, read_manifest(folder)))
        except ValueError as error:
            unfinished = (folder / FOLDER).is_dir() and not (folder / "manifest.json").exists()
            rest.append((folder, "not finished" if unfinished else str(error)))
    table = Table(show_edge=False)
    for heading in ("results", "worlds", "arms", "replications", "seed", "finished (UTC)", "MB"):
        table.add_column(
            heading, justify="right" if heading in ("arms", "replications", "seed", "MB") else "left"
        )
    for folder, manifest in sorted(finished, key=lambda pair: pair[1].finished):
        scenario = manifest.load()
        table.add_row(
            folder.as_posix(),
            ", ".join(scenario.comparison.worlds),
            str(len(scenario.arm_names)),
            f"{manifest.replications:,}",
            str(scenario.comparison.seed),
            manifest.finished.removesuffix("+00:00").replace("T", " "),
            f"{_megabytes(folder):,.1f}",
        )
    for folder, why in rest:
        kept = len(list((folder / FOLDER).glob("*.arrow")))
        said = f"{why}; {count(kept, 'replication')} kept" if kept else why
        table.add_row(
            Text(folder.as_posix(), style="dim"),
            Text(said, style="dim"),
            "",
            "",
            "",
            "",
            f"{_megabytes(folder):,.1f}",
        )
    return table


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
