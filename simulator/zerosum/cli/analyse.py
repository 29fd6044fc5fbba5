"""``zerosum analyse``: show what a sweep found, from its folder alone."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zerosum.cli.decide import find_metric
from zerosum.cli.session import Session, check_name, details_option, output_options
from zerosum.cli.terminal import notify
from zerosum.errors import InputError, RunError

if TYPE_CHECKING:
    from zerosum.studies.sweep import Study
    from zerosum.studies.sweep.analysis import Analysis

HERE = "analysis"
"""Subfolder of the sweep's."""
MOST_NAMED = 5


@click.command()
@click.argument("results")
@click.option("--metric", metavar="NAME", help="The metric that decides (default: the experiment's first).")
@click.option(
    "--strategy",
    metavar="B",
    help="Of the sweep that 'zerosum sweep --strategy B' made; RESULTS is a file or name.",
)
@click.option(
    "--against", metavar="A", help="The strategy to compare the others with (default: the sweep's own)."
)
@details_option
@output_options("analysis/METRIC in the sweep's", quiet="No file list.")
def analyse(
    session: Session,
    results: str,
    metric: str | None,
    strategy: str | None,
    against: str | None,
    details: bool,
) -> None:
    """Show what a sweep found.

    Use it after 'zerosum sweep'. It shows where each strategy is better, which factors matter, and where another
    strategy becomes the best.

    RESULTS is the folder of a sweep, finished or not. With an experiment's file or name, its folder in results/ is
    read. Writes tables as CSV and Parquet, figures as PNG, and a summary.
    """
    from zerosum.studies.sweep.restore import restored, study_of

    folder = sweep_folder(results, strategy, against)
    study = study_of(folder)
    number = study.experiment.metrics[0] if metric is None else find_metric(metric).name
    if against is not None and against not in study.strategies and _is_known(study, against):
        raise InputError(
            f"--against {against}: this sweep has no runs of it; 'zerosum sweep {_experiment_of(results, study)} "
            f"--against {against}' makes them, and no other twice"
        )
    held = (
        study.against if against is None else check_name("--against", against, study.strategies, "strategy")
    )
    swept = restored(folder, (number,), study)
    for lost in swept.lost:
        notify(str(lost))
    if not swept.tables or not len(next(iter(swept.tables.values()))):
        raise RunError(f"{folder}: no run is finished yet; 'zerosum sweep' makes them")
    from zerosum.report.analysis import describe_analysis, summarize_analysis
    from zerosum.runs import outputs
    from zerosum.studies.sweep.analysis import analyse as analysed

    found = analysed(swept, number, held)
    written = files_of(found)
    name = number if held == study.against else f"{number}-against-{held}"
    there = session.folder(folder / HERE / name, "analyse", [outputs.SUMMARY, *written])
    before = outputs.summary_of(there)
    names = [Path(str(file)).name for file in before.get("files", []) if before.get("command") == "analyse"]
    document = summarize_analysis(found, session.files)
    session.write(there, document, written)
    for name in set(names) - {
        outputs.SUMMARY,
        *written,
    }:  # left by an earlier analysis
        (there / name).unlink(missing_ok=True)
    more = "" if details else "--details: all tables, and how to read them · "
    session.show(document, describe_analysis(found, details), f"{more}--metric NAME: another measure")
    if swept.missing:
        raise RunError(
            f"{swept.missing:,} of {sum(swept.replications.values()):,} runs are missing, and not in these tables. "
            "'zerosum sweep' makes them."
        )


def _is_known(study: Study, name: str) -> bool:
    return any(name in [row.name for row in base.strategies] for base in study.bases)


def _experiment_of(results: str, study: Study) -> str:
    return study.experiment.name if Path(results).is_dir() else results


def sweep_folder(results: str, strategy: str | None = None, against: str | None = None) -> Path:
    """Find the folder of the sweep; of an experiment's file, that of these strategies if there is one.

    Raises
    ------
    InputError
        if there is none; says what exists instead
    """
    from zerosum.cli.sweep import lay_out_study
    from zerosum.studies.questions import question_file
    from zerosum.studies.sweep.folder import MANIFEST, default_folder

    path = Path(results)
    if path.is_dir() and strategy is not None:
        raise InputError(f"--strategy {strategy}: {results} is the folder of one sweep; leave --strategy out")
    if path.is_dir() and not (path / MANIFEST).exists():
        within = sorted(found.parent for depth in ("*", "*/*") for found in path.glob(f"{depth}/{MANIFEST}"))
        if len(within) == 1:
            return within[0]
        if within:
            named = ", ".join(map(str, within[:MOST_NAMED]))
            raise InputError(f"{results}: there are {len(within)} sweeps here; name one: {named}")
    if path.is_dir():
        return path
    here = question_file(results)
    if here.suffix != ".toml":
        what = "this is a file" if path.exists() else "there is no such folder"
        raise InputError(f"{results}: {what}; give a sweep's folder, or an experiment's file (.toml) or name")
    folder = default_folder(lay_out_study(here, strategy, against))
    if not folder.is_dir() and strategy is None:
        folder = default_folder(lay_out_study(here))  # which may have the other strategy, too
    if not folder.is_dir():
        given = (("--strategy", strategy), ("--against", against))
        again = ["zerosum", "sweep", results, *(word for pair in given if pair[1] for word in pair)]
        raise InputError(f"{folder}: nothing is there yet; '{shlex.join(map(str, again))}' begins it")
    return folder


def files_of(analysis: Analysis) -> dict[str, Any]:
    """Return the files of an analysis: name -> function that writes it."""
    from zerosum.report.plots.sweep import plot_sweep
    from zerosum.runs import outputs

    full = {name: table for name, table in analysis.tables.items() if len(table)}
    return {
        **{f"{name}.csv": outputs.csv(table) for name, table in full.items()},
        **{f"{name}.parquet": outputs.parquet(table) for name, table in full.items()},
        **{name: outputs.picture(figure) for name, figure in plot_sweep(analysis).items()},
    }
