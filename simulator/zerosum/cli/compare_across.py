"""The part of ``zerosum compare`` that compares under each of several fits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zerosum.cli.common import Outcome, replicated, workers_that_fit
from zerosum.cli.terminal import Fault
from zerosum.errors import InputError

if TYPE_CHECKING:
    from zerosum.scenario.spec import Scenario

TABLES = ("across", "differences", "runs")
KINDS = ("csv", "parquet")
FILES = ("summary.json", *(f"{name}.{kind}" for name in TABLES for kind in KINDS), "figure.png")


def under_all_fits(
    path: str,
    scenario: Scenario,
    fits_file: str | None,
    metric: str,
    folder: Path,
    workers: int | None,
    quiet: bool,
) -> Outcome:
    """Compare under each fit, and say what holds in all of them."""
    from zerosum.scenario.fits import SHIPPED, load_fits

    try:
        fits = load_fits(SHIPPED if fits_file is None else fits_file)
        fitted = [fits.applied(scenario, number) for number in range(len(fits.sets))]
    except InputError as error:
        raise Fault(str(error) + ("" if fits_file else "; --fits FILE names another")) from None
    often = scenario.comparison.replications * len(fitted)
    threads = workers_that_fit(path, scenario, workers, often, ("runs",), quiet=quiet)
    from zerosum.report import documents, tables
    from zerosum.report.plots.compare import plot_across
    from zerosum.runs import store
    from zerosum.studies.across import across

    found = replicated(
        folder,
        often,
        quiet,
        lambda on_done, stop: across(scenario, fits, threads, on_done=on_done, stop=stop),
    )
    document = documents.across_document(found, [folder / name for name in FILES], metric)
    written = {"summary.json": store.document(document)}
    for name, frame in zip(TABLES, (found.table, found.differences, found.runs), strict=True):
        for kind, write in zip(KINDS, (store.csv, store.parquet), strict=True):
            written[f"{name}.{kind}"] = write(frame)
    written["figure.png"] = store.picture(plot_across(found, metric))
    return Outcome(written, document, tables.across_tables(found, metric))
