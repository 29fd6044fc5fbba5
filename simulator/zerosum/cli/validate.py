"""``zerosum validate`` and ``facts``: check a market against known facts about selling."""

from __future__ import annotations

from functools import partial

import click

from zerosum.cli.session import (
    Session,
    count_replications,
    details_option,
    scenario_options,
    scenario_or_default,
    study_market,
    workers_option,
)
from zerosum.cli.terminal import EXIT_FAILED, notify, say

ENOUGH = 300
"""Replications; the intervals of the kick-off's judged facts then span at most about a fifth of their bands."""

FILES = ("summary.json", "facts.csv", "facts.md", "figure.png")

facts_option = click.option(
    "--facts",
    "files",
    multiple=True,
    metavar="FILE",
    help="Your own facts; one replaces a shipped fact of the same name. Repeatable.",
)


@click.command()
@scenario_or_default
@count_replications(ENOUGH)
@facts_option
@workers_option
@details_option
@scenario_options
def validate(
    session: Session,
    scenario: str,
    replications: int,
    files: tuple[str, ...],
    workers: int | None,
    details: bool,
) -> None:
    """Check a market against published facts.

    Use it before you trust a scenario. It measures every fact about selling in the market of a SCENARIO (default:
    kickoff). Writes each fact's band and the market's number as CSV and Markdown, a summary and a figure. The exit code
    is 1 if a judged fact is outside its band or can't be measured.
    """
    from zerosum.report import validate as report
    from zerosum.report.plots.validate import plot_validate
    from zerosum.runs import outputs
    from zerosum.studies.facts import load_facts
    from zerosum.studies.validate import validate as ask

    known = load_facts(files)
    spec = session.load(scenario, replications)
    folder, found = study_market(session, scenario, spec, FILES, workers, partial(ask, spec, known))
    written = {
        "facts.csv": outputs.csv(found.table),
        "facts.md": outputs.text(report.validation_page(found)),
        "figure.png": outputs.picture(plot_validate(found)),
    }
    document = report.summarize_validation(found, session.files)
    shown = report.describe_validation_screen(found)
    if details:
        shown.add(*report.describe_validation(found).parts)
    more = "" if details else "--details: all facts, chance baseline, evidence · "
    session.finish(folder, document, written, shown, f"{more}zerosum facts: their sources")
    if found.failing:
        notify(report.format_failing(found))
        raise click.exceptions.Exit(EXIT_FAILED)


@click.command()
@facts_option
@click.option(
    "--measures", is_flag=True, help="List the measures that a fact can be about, with their units."
)
def facts(files: tuple[str, ...], measures: bool) -> None:
    """List the facts about selling, with their sources."""
    from zerosum.report.validate import describe_facts, describe_measures
    from zerosum.scenario.fits import load_fits
    from zerosum.studies.facts import load_facts

    if measures:
        say(describe_measures())
    else:
        say(describe_facts(load_facts(files), load_fits().about.get("rests_on", {})))
