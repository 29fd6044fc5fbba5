"""``zerosum fit``: a market that gives a team's own figures."""

from __future__ import annotations

import json
from pathlib import Path

import click

from zerosum.cli.session import details_option, workers_option
from zerosum.cli.terminal import check_extra, reporting_errors, say, stages, stoppable
from zerosum.machine import usable_cores

RUNS = "fit"
"""Folder of the simulated teams, within the team's."""


@click.command()
@click.argument("folder", metavar="DIR")
@click.option(
    "--teams",
    type=click.IntRange(min=192),
    default=768,
    show_default=True,
    metavar="N",
    help="Teams to simulate.",
)
@click.option(
    "--all-competitors", is_flag=True, help="Every deal with a competitor names one: use that, too."
)
@workers_option
@details_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def fit(
    folder: str,
    teams: int,
    all_competitors: bool,
    workers: int | None,
    details: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Fit a market to your own pipeline.

    DIR is what 'zerosum import' wrote. Simulates many teams like yours, finds which values give your figures, and says
    what your data can't tell. Writes scenario.toml, fits.toml and fit.json into DIR.

    Simulated teams are kept: after Ctrl-C or a crash, the same command continues.
    """
    with reporting_errors() as ending:
        check_extra("crm")
        from zerosum.crm import load_team
        from zerosum.report.fit import describe_fitted, fitted_object
        from zerosum.runs import outputs
        from zerosum.runs.executors import Processes
        from zerosum.runs.lock import writing
        from zerosum.studies import fit as study

        team, runs = load_team(folder), Path(folder) / RUNS
        outputs.check_writable(Path(folder))
        ending.kept(runs)
        with writing(runs), stages(quiet) as on_stage:

            def on_done(done: int, of: int) -> None:
                on_stage("Simulating teams like yours" if of == teams else "Checking the fit", done, of)

            executor = Processes(workers or usable_cores())
            found = stoppable(
                lambda stop: study.fit_team(
                    team, runs, executor, teams, on_done=on_done, stop=stop, competitors=all_competitors
                )
            )
        content = fitted_object(found, folder)
        written = {
            study.SCENARIO: outputs.text(study.scenario_toml(found)),
            study.FITS: outputs.text(study.fits_toml(found)),
            "fit.json": outputs.document(content),
        }
        outputs.write_all(Path(folder), written)
        ending.files = f"The fit is in {folder}/."
        if as_json:
            say(json.dumps(content, indent=2, ensure_ascii=False))
        else:
            say(describe_fitted(found, folder, details))
