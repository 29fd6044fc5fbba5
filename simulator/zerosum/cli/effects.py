"""``zerosum effects``: test whether known effects of selling emerge in a market."""

from __future__ import annotations

from functools import partial

import click

from zerosum.cli.session import (
    Session,
    check_name,
    details_option,
    replications_option,
    scenario_options,
    scenario_or_default,
    study_market,
    workers_option,
)
from zerosum.cli.terminal import say

FILES = ("summary.json", "effects.csv", "effects.md")


@click.command()
@scenario_or_default
@click.option(
    "--only", "names", multiple=True, metavar="NAME", help="Name of an effect. Repeatable (default: all)."
)
@click.option("--explain", is_flag=True, help="Describe the effects and their sources, and stop.")
@replications_option
@workers_option
@details_option
@scenario_options
def effects(
    session: Session,
    scenario: str,
    names: tuple[str, ...],
    explain: bool,
    replications: int | None,
    workers: int | None,
    details: bool,
) -> None:
    """Test whether known effects of selling emerge.

    Use it to see if the market behaves as studies of selling say. Each effect is an experiment in the market of a
    SCENARIO (default: kickoff): paired replications that differ in one thing. Writes all numbers as CSV and Markdown,
    and a summary.
    """
    from zerosum.report import effects as report
    from zerosum.runs import outputs
    from zerosum.studies.effects import EFFECTS, look_for

    for name in names:
        check_name("--only", name, (effect.name for effect in EFFECTS), "effect")
    wanted = tuple(effect for effect in EFFECTS if not names or effect.name in names)
    if explain:
        say(report.explain_effects(wanted))
        return
    spec = session.load(scenario, replications)
    folder, found = study_market(session, scenario, spec, FILES, workers, partial(look_for, wanted, spec))
    written = {
        "effects.csv": outputs.csv(found.table),
        "effects.md": outputs.text(report.effects_page(found)),
    }
    document = report.summarize_effects(found, session.files)
    shown = report.describe_effects_screen(found)
    if details:
        shown.add(*report.describe_effects(found).parts)
    more = "" if details else "--details: all numbers · "
    session.finish(
        folder, document, written, shown, f"{more}zerosum effects --explain: what differs, and who says so"
    )
