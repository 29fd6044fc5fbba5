"""``zerosum calibrate``: fit a scenario's assumptions to the facts."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path

import click

from zerosum.cli.common import keep, tell, tell_of_unchecked, told_of_lost, workers_option, workers_that_fit
from zerosum.cli.folder import folder_for
from zerosum.cli.terminal import check_extra, plainly, stages, stoppable

FILES = ("fits.toml", "calibration.md", "trials.parquet", "summary.json")
STAGES = {
    "scattered": "spread over all ranges",
    "guided": "search",
    "polished": "polishing the best",
    "sampled": "sampling what agrees",
    "verified": "checking on new luck",
}
"""Stage of the search -> what it is called on the screen."""


@click.command()
@click.argument("file")
@workers_option
@click.option("--out", metavar="DIR", help="Folder for the files (default: results/ and the FILE's name).")
@click.option("--quiet", "-q", is_flag=True, help="No progress, no file list.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def calibrate(file: str, workers: int | None, out: str | None, quiet: bool, as_json: bool) -> None:
    """Fit a scenario's assumptions to the facts.

    FILE says which and how; or the name of one that ships (calibration): 'zerosum experiments' lists them.
    Writes the fits, a page about them, all trials and a summary. Trials are kept as they are done: stopped by
    Ctrl-C or otherwise, the same command goes on from there.
    """
    with plainly() as ending:
        check_extra("optimise")
        started = time.monotonic()
        from zerosum.report import calibration as report
        from zerosum.report.calibration_page import page
        from zerosum.runs import store
        from zerosum.runs.lock import writing
        from zerosum.studies import calibrate as calibration
        from zerosum.studies.facts import load_facts
        from zerosum.studies.sweep.reading import question_file

        here = question_file(file)
        settings = calibration.load_calibration(here)
        folder = folder_for(out, Path("results") / here.stem, "calibrate", FILES)
        facts = load_facts([here.parent / name for name in settings.facts])
        trials, anchors, checks = calibration.prepared(settings, here, folder)
        middle = trials.market([0.5] * len(settings.parameters))
        threads = workers_that_fit(
            file,
            middle,
            workers,
            settings.replications,
            quiet=quiet or as_json,
            times=settings.scattered + settings.guided + settings.polished,
        )
        store.check_writable(folder)
        ending.kept(folder)
        kept_in = (trials.file, anchors.file, checks.file)
        if not (quiet or as_json):
            _tell_of_unused(folder, kept_in)

        def so_far() -> str:
            kept = sum(map(_lines, kept_in))
            return f"Stopped: {kept:,} trial{'s were' if kept != 1 else ' was'} done."

        with told_of_lost() as on_lost, writing(folder), stages(quiet or as_json) as on_stage:

            def on_trial(stage: str, done: int, of: int, lowest: float) -> None:
                words = STAGES[stage]
                if stage != "verified" and math.isfinite(lowest):
                    words += f" (lowest loss {lowest:.3f})"
                on_stage(words, done, max(done, of))

            found = stoppable(
                lambda stop: calibration.calibrate(settings, here, folder, threads, on_trial, stop, on_lost),
                so_far,
            )
        tell_of_unchecked(found.unchecked, "trials")
        files = [folder / name for name in FILES]
        document = report.calibration_document(file, found, facts, files)
        fits_text, words = calibration.fits_text(found.fits, here), page(found.fits, facts)
        written = {
            "fits.toml": lambda path: path.write_text(fits_text, encoding="utf-8"),
            "calibration.md": lambda path: path.write_text(words, encoding="utf-8"),
            "trials.parquet": store.parquet(calibration.trials_frame(found)),
            "summary.json": store.document(document),
        }
        keep(folder, written, ending)
        table = report.calibration_tables(found.fits, facts)
        tell(document, table, as_json, quiet, time.monotonic() - started)


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.is_file() else 0


def _tell_of_unused(folder: Path, used: Sequence[Path]) -> None:
    """Say which trials lie in the folder but belong to another engine, scenario or file."""
    unused = sorted(path.name for path in folder.glob("trials-*.jsonl") if path not in used)
    if unused:
        click.echo(
            f"{folder}/ holds trials of another version of the engine or of other settings. They are not used: "
            f"{', '.join(unused)}",
            err=True,
        )
