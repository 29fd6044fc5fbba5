"""``zerosum effects``: look for effects that are said of selling in a market."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zerosum.cli.common import (
    common_options,
    keep,
    known_name,
    load,
    options_given,
    replicated,
    replications_option,
    scenario_or_default,
    tell,
    workers_option,
    workers_that_fit,
)
from zerosum.cli.folder import folder_for
from zerosum.cli.terminal import plainly, say

if TYPE_CHECKING:
    from zerosum.studies.effects import Effect


FILES = ("summary.json", "effects.csv", "effects.md")


def _chosen(names: tuple[str, ...]) -> tuple[Effect, ...]:
    """Return the effects of these names, all if none is given; a fault for an unknown one."""
    from zerosum.studies.effects import EFFECTS

    for name in names:
        known_name("--only", name, (effect.name for effect in EFFECTS), "effect")
    return tuple(effect for effect in EFFECTS if not names or effect.name in names)


@click.command()
@scenario_or_default
@click.option("--only", "names", multiple=True, metavar="NAME", help="An effect; repeatable (default: all).")
@click.option("--explain", is_flag=True, help="Say what the effects are and who says so; run nothing.")
@replications_option
@workers_option
@common_options
def effects(
    scenario: str,
    names: tuple[str, ...],
    explain: bool,
    replications: int | None,
    workers: int | None,
    weeks: int | None,
    seed: int | None,
    overrides: tuple[str, ...],
    out: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Look for effects that are said of selling in the market of a SCENARIO (default: kickoff).

    Each is an experiment on paired replications in which one thing differs. Writes all numbers as CSV and Markdown,
    and a summary.
    """
    with plainly() as ending:
        started = time.monotonic()
        wanted = _chosen(names)
        from zerosum.report import documents, table_effects

        if explain:
            say(table_effects.explained(wanted))
            return
        spec = load(scenario, overrides, options_given(weeks, seed, replications))
        folder = folder_for(out, Path("results") / spec.name / "effects", "effects", FILES)
        threads = workers_that_fit(
            scenario,
            spec,
            workers,
            spec.comparison.replications,
            quiet=quiet or as_json,
        )
        from zerosum.runs import store
        from zerosum.studies.effects import look_for

        found = replicated(
            folder,
            spec.comparison.replications,
            quiet or as_json,
            lambda on_done, stop: look_for(wanted, spec, threads, on_done=on_done, stop=stop),
        )
        document = documents.effects_document(found, [folder / name for name in FILES])
        written = {
            "summary.json": store.document(document),
            "effects.csv": store.csv(found.table),
            "effects.md": store.text(table_effects.effects_markdown(found)),
        }
        keep(folder, written, ending)
        tell(document, table_effects.effects_table(found), as_json, quiet, time.monotonic() - started)
