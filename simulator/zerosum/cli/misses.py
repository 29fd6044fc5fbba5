"""``zerosum misses``: what missed quotas are made of."""

from __future__ import annotations

from functools import partial

import click

from zerosum.cli.session import (
    Session,
    count_replications,
    scenario_options,
    scenario_or_default,
    study_market,
    workers_option,
)

ENOUGH = 300
"""Replications; in the kick-off the intervals of shares are then about five points wide."""

FILES = ("summary.json", "shares.csv", "cases.csv", "misses.md", "figure.png")


@click.command()
@scenario_or_default
@count_replications(ENOUGH)
@workers_option
@scenario_options
def misses(session: Session, scenario: str, replications: int, workers: int | None) -> None:
    """Show what causes missed quotas.

    Use it before you change quotas, territories or people. It divides the differences in attainment between reps, in
    the status quo of a SCENARIO (default: kickoff), into four parts: luck, skill, territories, and how quotas are set.
    Each is made equal, alone and with the others, on the same random events. Writes shares and cases as CSV, a page, a
    summary and a figure.
    """
    from zerosum.report.misses import describe_misses, misses_page, summarize_misses
    from zerosum.report.plots.misses import plot_misses
    from zerosum.runs import outputs
    from zerosum.studies.misses import decompose_misses

    spec = session.load(scenario, replications)
    folder, found = study_market(session, scenario, spec, FILES, workers, partial(decompose_misses, spec))
    written = {
        "shares.csv": outputs.csv(found.shares),
        "cases.csv": outputs.csv(found.cases),
        "misses.md": outputs.text(misses_page(found)),
        "figure.png": outputs.picture(plot_misses(found)),
    }
    document = summarize_misses(found, session.files)
    session.finish(folder, document, written, describe_misses(found))
