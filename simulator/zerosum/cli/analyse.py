"""``zerosum analyse``: what a sweep says, from its folder alone."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zerosum.cli.common import keep, known_name, tell
from zerosum.cli.decide import metric_named
from zerosum.cli.folder import folder_for
from zerosum.cli.terminal import EXIT_FAILED, Fault, plainly

if TYPE_CHECKING:
    from zerosum.studies.sweep.analysis import Analysis
    from zerosum.studies.sweep.points import Study

HERE = "analysis"
"""Folder within the sweep's."""
MOST_NAMED = 5


@click.command()
@click.argument("results")
@click.option("--metric", metavar="NAME", help="The number that decides (default: the experiment's first).")
@click.option(
    "--against", metavar="ARM", help="The strategy that the others are held against (default: the baseline)."
)
@click.option("--out", metavar="DIR", help="Folder for the files (default: analysis/METRIC in the sweep's).")
@click.option("--quiet", "-q", is_flag=True, help="No file list.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def analyse(
    results: str, metric: str | None, against: str | None, out: str | None, quiet: bool, as_json: bool
) -> None:
    """Say what a sweep shows: where each strategy is better, what that hangs on, where another becomes the best.

    RESULTS is the folder of a sweep, finished or not (it has a sweep.json); or an experiment's file, or the name of one
    that ships, whose folder in results/ is then meant. Writes tables as CSV and Parquet, figures as PNG, and a summary.
    """
    with plainly() as ending:
        started = time.monotonic()
        from zerosum.studies.sweep.restore import restored, study_of

        folder = sweep_folder(results)
        study = study_of(folder)
        number = _metric(study, metric)
        held = _strategy(study, against)
        swept = restored(folder, (number,), study)
        for lost in swept.lost:
            click.echo(str(lost), err=True)
        if not swept.tables or not len(next(iter(swept.tables.values()))):
            raise Fault(f"{folder}: no run is finished yet; 'zerosum sweep' makes them", EXIT_FAILED)
        from zerosum.report.document_sweep import analysis_document
        from zerosum.report.table_analysis import analysis_tables
        from zerosum.studies.sweep.analysis import analyse as analysed

        found = analysed(swept, number, held)
        written = files_of(found)
        name = number if held == study.baseline else f"{number}-against-{held}"
        there = folder_for(out, folder / HERE / name, "analyse", ["summary.json", *written])
        stale = _stale(there, written)
        from zerosum.runs import store

        document = analysis_document(found, [there / file for file in ("summary.json", *written)])
        keep(there, {"summary.json": store.document(document), **written}, ending)
        for path in stale:
            path.unlink(missing_ok=True)
        tell(document, analysis_tables(found), as_json, quiet, time.monotonic() - started)
        if swept.missing:
            of = sum(swept.replications.values())
            raise Fault(
                f"{swept.missing:,} of {of:,} runs are missing, and not in these tables. 'zerosum sweep' makes them.",
                EXIT_FAILED,
            )


def sweep_folder(results: str) -> Path:
    """Return the folder of the sweep that is meant.

    Raises
    ------
    Fault
        if there is none: says what is there instead
    """
    from zerosum.studies.sweep import Study, load_experiment
    from zerosum.studies.sweep.folder import MANIFEST, as_begun, default_folder
    from zerosum.studies.sweep.reading import question_file

    path = Path(results)
    if path.is_dir() and not (path / MANIFEST).exists():
        within = sorted(found.parent for depth in ("*", "*/*") for found in path.glob(f"{depth}/{MANIFEST}"))
        if len(within) == 1:
            return within[0]
        if within:
            named = ", ".join(map(str, within[:MOST_NAMED]))
            raise Fault(f"{results}: there are {len(within)} sweeps here; name one: {named}")
    if path.is_dir():
        return path
    here = question_file(results)
    if here.suffix != ".toml":
        what = "this is a file" if path.exists() else "there is no such folder"
        raise Fault(f"{results}: {what}; give a sweep's folder, or an experiment's file (.toml) or name")
    folder = default_folder(as_begun(Study(load_experiment(here), here)))
    if not folder.is_dir():
        raise Fault(f"{folder}: nothing is there yet; 'zerosum sweep {results}' begins it")
    return folder


def _metric(study: Study, name: str | None) -> str:
    return study.experiment.metrics[0] if name is None else metric_named(name).name


def _strategy(study: Study, name: str | None) -> str:
    return study.baseline if name is None else known_name("--against", name, study.strategies, "strategy")


def files_of(analysis: Analysis) -> dict[str, Any]:
    """Return the files of an analysis: name -> what writes it."""
    from zerosum.report.plots.sweep import plot_sweep
    from zerosum.runs import store

    full = {name: table for name, table in analysis.tables.items() if len(table)}
    return {
        **{f"{name}.csv": store.csv(table) for name, table in full.items()},
        **{f"{name}.parquet": store.parquet(table) for name, table in full.items()},
        **{name: store.picture(figure) for name, figure in plot_sweep(analysis).items()},
    }


def _stale(folder: Path, written: dict[str, Any]) -> list[Path]:
    """Files that an earlier analysis has left here and this one doesn't write."""
    from zerosum.runs import store

    before = store.summary_of(folder)
    if before.get("command") != "analyse":
        return []
    names = [Path(str(file)).name for file in before.get("files", [])]
    return [folder / name for name in names if name not in written and name != store.SUMMARY]
