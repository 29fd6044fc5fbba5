"""``zerosum validate`` and ``facts``: what is known about selling, and whether a market agrees with it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zerosum.cli.common import (
    common_options,
    keep,
    load,
    options_given,
    replicated,
    scenario_or_default,
    tell,
    workers_option,
    workers_that_fit,
)
from zerosum.cli.folder import folder_for
from zerosum.cli.terminal import EXIT_FAILED, plainly, say

if TYPE_CHECKING:
    from zerosum.studies.facts import Fact

ENOUGH = 300
"""Replications: no interval of the kick-off's judged facts is then wider than about a fifth of its band."""

FILES = ("summary.json", "facts.csv", "facts.md", "figure.png")

_facts_option = click.option(
    "--facts",
    "files",
    multiple=True,
    metavar="FILE",
    help="Facts of your own beside those that ship; one of the same name replaces it. Repeatable.",
)


def _known(files: tuple[str, ...]) -> tuple[Fact, ...]:
    """Read the facts that ship and the user's; a fault if a file is wrong."""
    from zerosum.studies.facts import load_facts

    return load_facts(files)


@click.command()
@scenario_or_default
@click.option(
    "--replications",
    "-n",
    type=int,
    metavar="N",
    default=ENOUGH,
    show_default=True,
    help="Replications, whatever the scenario says: with few, intervals are as wide as bands.",
)
@_facts_option
@workers_option
@common_options
def validate(
    scenario: str,
    replications: int,
    files: tuple[str, ...],
    workers: int | None,
    weeks: int | None,
    seed: int | None,
    overrides: tuple[str, ...],
    out: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Ask the market of a SCENARIO (default: kickoff) for every fact that is known about selling.

    Writes each fact's band and the market's number as CSV and Markdown, a summary and a figure. Exit code 1: a judged
    fact lies outside its band, or the market has no such number.
    """
    with plainly() as ending:
        started = time.monotonic()
        known = _known(files)
        spec = load(scenario, overrides, options_given(weeks, seed, replications))
        folder = folder_for(out, Path("results") / spec.name / "validate", "validate", FILES)
        threads = workers_that_fit(
            scenario,
            spec,
            workers,
            spec.comparison.replications,
            quiet=quiet or as_json,
        )
        from zerosum.report import documents, table_validate
        from zerosum.report.plots.validate import plot_validate
        from zerosum.runs import store
        from zerosum.studies.validate import validate as ask

        found = replicated(
            folder,
            spec.comparison.replications,
            quiet or as_json,
            lambda on_done, stop: ask(spec, known, threads, on_done=on_done, stop=stop),
        )
        document = documents.validate_document(found, [folder / name for name in FILES])
        written = {
            "summary.json": store.document(document),
            "facts.csv": store.csv(found.table),
            "facts.md": store.text(table_validate.validate_markdown(found)),
            "figure.png": store.picture(plot_validate(found)),
        }
        keep(folder, written, ending)
        tell(document, table_validate.validate_table(found), as_json, quiet, time.monotonic() - started)
        if found.failing:
            click.echo(table_validate.failing(found), err=True)
            raise click.exceptions.Exit(EXIT_FAILED)


@click.command()
@_facts_option
@click.option(
    "--measures", is_flag=True, help="List what a market can be asked for: measures, with their units."
)
def facts(files: tuple[str, ...], measures: bool) -> None:
    """List what is known about selling: bands, how sure they are, and where they come from."""
    with plainly():
        from zerosum.report.table_validate import facts_table, measures_table

        say(measures_table() if measures else facts_table(_known(files)))
