"""``zerosum replay``: the workshop page as one file, to use without a server or to send."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from zerosum.cli.results import find_results
from zerosum.cli.session import (
    ADOPTERS,
    Session,
    check_name,
    in_session,
    output_file,
    results_argument,
    workers_that_fit,
)
from zerosum.cli.terminal import progress, say, stoppable
from zerosum.errors import InputError

if TYPE_CHECKING:
    from zerosum.scenario.comparison import Adopters
    from zerosum.scenario.spec import Scenario
    from zerosum.workshop.lessons import Lesson
    from zerosum.workshop.state import State

PLAYED = 20
"""Default number of playable years."""


@click.command()
@results_argument
@click.option("--out", metavar="FILE", required=True, help="File to write, such as room.html.")
@click.option("--against", metavar="A", help="Strategy of side A (default: as the page opens).")
@click.option("--strategy", metavar="B", help="Strategy of side B (default: as the page opens).")
@click.option(
    "--adopters", metavar=ADOPTERS, help="Who adopts the strategy (default: the first that was compared)."
)
@click.option(
    "--years",
    type=click.IntRange(1, 100),
    metavar="N",
    help="Simulated years in the file (default: 20, or all that were compared).",
)
@click.option(
    "--lesson",
    "names",
    multiple=True,
    metavar="NAME",
    help="Lesson to include, with its years. Repeatable; the first one opens.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
@in_session
def replay(
    session: Session,
    results: str,
    against: str | None,
    strategy: str | None,
    adopters: str | None,
    years: int | None,
    names: tuple[str, ...],
) -> None:
    """Save the workshop page as one HTML file.

    Use it to hand out the page without a server. The file holds finished years. RESULTS is what 'zerosum compare' wrote
    (a folder, the name of a scenario, or the start of a hash), or a scenario's file, such as the page saves. Years are
    simulated again, on the same random events.
    """
    if results.endswith(".toml") and Path(results).is_file():
        scenario = session.load(results)
        count = scenario.comparison.replications
    else:
        _, manifest = find_results(results)
        scenario, count = manifest.load(), manifest.replications
    from zerosum.runs import outputs
    from zerosum.workshop.bundle import bundled
    from zerosum.workshop.replay import replay_of

    played = min(years or PLAYED, count)
    workers_that_fit(results, scenario, 1, played)
    state = _state(scenario, against, strategy, adopters)
    lessons = _lessons(scenario, names)
    path = output_file(session.out, None, "replay", _is_replay)
    outputs.check_writable(path.parent)
    with progress("years", session.quiet) as on_progress:

        def work(stop: threading.Event) -> dict[str, Any]:
            def on_done(done: int, of: int) -> None:
                if stop.is_set():
                    raise KeyboardInterrupt
                on_progress(done, of)

            return replay_of(scenario, state, played, count, lessons, on_done)

        data = stoppable(work)
    outputs.write_all(path.parent, {path.name: outputs.text(bundled(data))})
    session.ending.files = f"The replay is {path}."
    say(f"{path}   ({path.stat().st_size / 1000:,.0f} kB)")


def _state(scenario: Scenario, against: str | None, strategy: str | None, adopters: str | None) -> State:
    """Return the page's first state."""
    from zerosum.workshop.room import adopters_of
    from zerosum.workshop.setup import first_state
    from zerosum.workshop.state import Side

    names = [strategy.name for strategy in scenario.strategies]
    changed: dict[str, Any] = {}
    for option, side, name in (("--against", "left", against), ("--strategy", "right", strategy)):
        if name is not None:
            changed[side] = Side(strategy=check_name(option, name, names, "strategy"))
    if adopters is not None:
        changed["adopters"] = cast(
            "Adopters", check_name("--adopters", adopters, adopters_of(scenario), "choice")
        )
    return first_state(scenario).model_copy(update=changed)


def _lessons(scenario: Scenario, names: tuple[str, ...]) -> list[Lesson]:
    from zerosum.workshop.lessons import lesson_named, lessons_of

    try:
        known = lessons_of(scenario) if names else []
        return [lesson_named(name, known) for name in dict.fromkeys(names)]
    except InputError as error:
        raise InputError(f"--lesson: {error}") from None


def _is_replay(path: Path) -> bool:
    from zerosum.files import LARGEST_JSON, UnreadableFile, read_text
    from zerosum.workshop.bundle import MARK

    try:
        return MARK in read_text(path, "a replay", largest=LARGEST_JSON)
    except UnreadableFile:
        return False
