"""``zerosum compare SCENARIO --what-if KEY=VALUE,VALUE``: what another value changes, against today."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zerosum.cli.decide import Asked
from zerosum.cli.points import simulate_points
from zerosum.cli.session import Session, workers_that_fit
from zerosum.cli.terminal import EXIT_FAILED, notify
from zerosum.errors import InputError

if TYPE_CHECKING:
    from zerosum.scenario.spec import Scenario

FILES = ("what-if.csv", "what-if.parquet", "figure.png", "summary.json")


def refuse_with_what_if(across_fits: bool, adopters: tuple[str, ...], asked: Asked) -> None:
    """Raise for options that --what-if doesn't go with."""
    if across_fits:
        raise InputError(
            "--what-if and --across-fits: a what-if is asked under one set of assumptions; leave --across-fits out"
        )
    if asked.until:
        raise InputError(
            "--what-if and --until-…: all values get the same number of runs; give --replications"
        )
    if asked.matters:
        raise InputError(
            f"--what-if and --matters {asked.matters.written}: a what-if is compared with zero, not with an amount; "
            "leave --matters out"
        )
    if len(adopters) > 1:
        raise InputError(f"--what-if and {len(adopters)} times --adopters: give one")


def ask_what_if(
    session: Session,
    path: str,
    scenario: Scenario,
    what_if: tuple[str, ...],
    strategy: str | None,
    asked: Asked,
    workers: int | None,
    fresh: bool,
) -> None:
    """Simulate a what-if, and show what it changes."""
    from zerosum.report.plots.whatif import plot_what_if
    from zerosum.report.whatif import (
        describe_what_if,
        format_kind,
        format_next,
        format_values,
        summarize_what_if,
    )
    from zerosum.runs import outputs
    from zerosum.studies.sweep.plan import check_memory
    from zerosum.studies.whatif import Answer, ask, check_points, parse_change

    question = ask(scenario, map(parse_change, what_if), strategy, asked.metric.name)
    study = question.study()
    check_points(study)
    home = question.folder()
    named = "+".join(_slug(change.key) for change in question.changes)
    if question.strategy != question.baseline:
        named += f"-{_slug(question.strategy)}"
    folder = session.folder(home / named, "compare-what-if", FILES)
    store = home if session.out is None else folder
    for change, responds in zip(question.changes, question.responds, strict=True):
        if responds == "money" and not session.quiet:
            notify(f"{format_values(change)}. {format_kind(question, change)}")
    threads = workers_that_fit(
        path,
        check_memory(study),
        workers,
        scenario.comparison.replications * len(study.points),
        quiet=session.quiet,
    )
    outputs.check_writable(folder)
    session.ending.kept(store)
    swept = simulate_points(study, store, threads, fresh, session.quiet)
    answer = Answer(question, swept)
    written: dict[str, Any] = {
        "what-if.csv": outputs.csv(answer.table),
        "what-if.parquet": outputs.parquet(answer.table),
        "figure.png": outputs.picture(plot_what_if(answer)),
    }
    document = summarize_what_if(answer, session.files)
    session.finish(folder, document, written, describe_what_if(answer), format_next(question))
    if swept.failures:
        raise click.exceptions.Exit(EXIT_FAILED)


def _slug(name: str) -> str:
    """Return a name as part of a folder's."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")[:60] or Path(name).name
