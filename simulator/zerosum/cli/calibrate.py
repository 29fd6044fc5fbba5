"""``zerosum calibrate``: fit a scenario's assumptions to the facts."""

from __future__ import annotations

import math
from pathlib import Path

import click

from zerosum.cli.session import (
    Session,
    kept_options,
    reporting_lost,
    workers_option,
    workers_that_fit,
)
from zerosum.cli.terminal import check_extra, stages, stoppable

FILES = ("fits.toml", "calibration.md", "trials.parquet", "summary.json")
STAGES = {
    "scattered": "spread over all ranges",
    "guided": "search",
    "polished": "polishing the best",
    "sampled": "sampling values that agree",
    "pushed": "pushing answers to both ends",
    "verified": "checking on new simulated runs",
}
"""Stage of the search -> its name on the screen."""


@click.command()
@click.argument("file")
@workers_option
@kept_options
def calibrate(session: Session, file: str, workers: int | None, fresh: bool) -> None:
    """Fit a scenario's assumptions to published facts.

    Use it when no source gives your parameters. FILE is a calibration's file, or the name of one that ships, such as
    calibration ('zerosum experiments' lists them). Writes the parameter sets, a page about them, all trials and a
    summary.

    Finished trials are kept: after Ctrl-C or a crash, the same command continues.
    """
    check_extra("optimise")
    from zerosum.report import calibration as report
    from zerosum.report.calibration_page import write_page
    from zerosum.runs import outputs
    from zerosum.runs.lock import writing
    from zerosum.runs.parts import Parts
    from zerosum.studies import calibrate as calibration
    from zerosum.studies.facts import load_facts
    from zerosum.studies.questions import question_file

    here = question_file(file)
    settings = calibration.load_calibration(here)
    folder = session.folder(Path("results") / here.stem, "calibrate", FILES)
    facts = load_facts([here.parent / name for name in settings.facts])
    trials, _, _ = calibration.prepared(settings, here)
    middle, often = trials.market([0.5] * len(settings.parameters)), settings.replications
    times = settings.scattered + settings.guided + settings.polished + settings.sampled + settings.pushed
    threads = workers_that_fit(file, middle, workers, often, quiet=session.quiet, times=times)
    outputs.check_writable(folder)
    session.ending.kept(folder)

    def so_far() -> str:
        kept = len(Parts(folder).finished())
        return f"Stopped: {kept:,} trial{'s were' if kept != 1 else ' was'} done."

    with reporting_lost() as on_lost, writing(folder), stages(session.quiet) as on_stage:

        def on_trial(stage: str, done: int, of: int, lowest: float) -> None:
            words = STAGES[stage]
            if stage != "verified" and math.isfinite(lowest):
                words += f" (lowest loss {lowest:.3f})"
            on_stage(words, done, max(done, of))

        found = stoppable(
            lambda stop: calibration.calibrate(
                settings, here, folder, threads, on_trial, stop, on_lost, fresh
            ),
            so_far,
        )
    written = {
        "fits.toml": outputs.text(calibration.fits_text(found.fits, here)),
        "calibration.md": outputs.text(write_page(found.fits, facts)),
        "trials.parquet": outputs.parquet(calibration.trials_frame(found)),
    }
    document = report.summarize_calibration(file, found, facts, session.files)
    session.finish(folder, document, written, report.describe_calibration(found.fits, facts))
