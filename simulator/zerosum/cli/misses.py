"""``zerosum misses``: what missed quotas are made of."""

from __future__ import annotations

from functools import partial

import click

from zerosum.cli.session import (
    Session,
    check_name,
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
@click.option(
    "--strategy",
    metavar="NAME",
    help="Ask under this strategy, which your vendor adopts alone (default: the status quo).",
)
@workers_option
@scenario_options
def misses(
    session: Session, scenario: str, replications: int, strategy: str | None, workers: int | None
) -> None:
    """Show what causes missed quotas.

    Use it before you change quotas, territories or people. It divides the differences in attainment between reps, in
    the status quo of a SCENARIO (default: kickoff) or under a strategy, into four parts: luck, skill, territories, and
    how quotas are set. Skill, territories and quotas are made equal, one by one and together, on the same random
    events. Writes shares and cases as CSV, a page, a summary and a figure.
    """
    from zerosum.report.misses import describe_misses, format_next, misses_page, summarize_misses
    from zerosum.report.plots.misses import plot_misses
    from zerosum.runs import outputs
    from zerosum.studies.misses import decompose_misses

    spec = session.load(scenario, replications)
    if strategy is not None:
        check_name("--strategy", strategy, [row.name for row in spec.strategies], "strategy")
        strategy = None if strategy == spec.baseline_name else strategy
    study = partial(decompose_misses, spec, strategy=strategy)
    part = f"-{strategy}" if strategy else ""
    folder, found = study_market(session, scenario, spec, FILES, workers, study, part)
    written = {
        "shares.csv": outputs.csv(found.shares),
        "cases.csv": outputs.csv(found.cases),
        "misses.md": outputs.text(misses_page(found)),
        "figure.png": outputs.picture(plot_misses(found)),
    }
    document = summarize_misses(found, session.files)
    session.finish(folder, document, written, describe_misses(found), format_next(found, scenario))
