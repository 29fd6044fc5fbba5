"""``zerosum replay``: the workshop page as one file, for a room without a server, or to send."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from zerosum.cli.common import known_name, load, workers_that_fit
from zerosum.cli.folder import refuse_reserved
from zerosum.cli.results import found_results, results_argument
from zerosum.cli.terminal import Fault, plainly, progress, say, stoppable
from zerosum.errors import InputError

if TYPE_CHECKING:
    from zerosum.scenario.comparison import World
    from zerosum.scenario.spec import Scenario
    from zerosum.workshop.lessons import Lesson
    from zerosum.workshop.state import State

PLAYED = 20
"""Years that can be played, if not asked otherwise."""


@click.command()
@results_argument
@click.option("--out", metavar="FILE", required=True, help="The file to be written, such as room.html.")
@click.option("--against", metavar="A", help="Strategy of side A (default: as the page opens).")
@click.option("--strategy", metavar="B", help="Strategy of side B (default: as the page opens).")
@click.option(
    "--world",
    metavar="[alone|rivals|everyone|head-to-head]",
    help="Who moves (default: the first that was compared).",
)
@click.option(
    "--years",
    type=click.IntRange(1, 100),
    metavar="N",
    help="Years that can be played (default: 20, or all that were compared).",
)
@click.option(
    "--lesson",
    "names",
    multiple=True,
    metavar="NAME",
    help="A lesson, with the years that it shows. Repeatable; the first one opens.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def replay(
    results: str,
    out: str,
    against: str | None,
    strategy: str | None,
    world: str | None,
    years: int | None,
    names: tuple[str, ...],
    quiet: bool,
) -> None:
    """Write the workshop page with finished years of RESULTS as one file that needs no server.

    RESULTS is what 'zerosum compare' left (a folder, the name of a scenario, the start of a hash), or a scenario's
    file, such as the page saves. Years are simulated again, on the same luck.
    """
    with plainly() as ending:
        scenario, count = _asked(results)
        from zerosum.runs import store
        from zerosum.workshop.bundle import bundled
        from zerosum.workshop.replay import replay_of

        workers_that_fit(results, scenario, 1, min(years or PLAYED, count))
        state = _state(scenario, against, strategy, world)
        lessons = _lessons(scenario, names)
        path = _target(out)
        store.check_writable(path.parent)
        with progress("years", quiet) as on_progress:

            def work(stop: threading.Event) -> dict[str, Any]:
                def on_done(done: int, of: int) -> None:
                    if stop.is_set():
                        raise KeyboardInterrupt
                    on_progress(done, of)

                return replay_of(scenario, state, min(years or PLAYED, count), count, lessons, on_done)

            data = stoppable(work)
        store.write_all(path.parent, {path.name: store.text(bundled(data))})
        ending.files = f"The replay is {path}."
        say(f"{path}   ({path.stat().st_size / 1000:,.0f} kB)")


def _asked(results: str) -> tuple[Scenario, int]:
    """The scenario that is meant, and how many replications a verdict over many years is about."""
    if results.endswith(".toml") and Path(results).is_file():
        scenario = load(results, (), {})
        return scenario, scenario.comparison.replications
    _, manifest = found_results(results)
    return manifest.load(), manifest.replications


def _state(scenario: Scenario, against: str | None, strategy: str | None, world: str | None) -> State:
    """What the file opens with."""
    from zerosum.workshop.room import worlds_of
    from zerosum.workshop.setup import first_state
    from zerosum.workshop.state import Side

    state = first_state(scenario)
    names = [s.name for s in scenario.strategies]
    changed: dict[str, Any] = {}
    for option, side, name in (("--against", "left", against), ("--strategy", "right", strategy)):
        if name is not None:
            changed[side] = Side(strategy=known_name(option, name, names, "strategy"))
    if world is not None:
        changed["world"] = cast("World", known_name("--world", world, worlds_of(scenario), "world"))
    return state.model_copy(update=changed)


def _lessons(scenario: Scenario, names: tuple[str, ...]) -> list[Lesson]:
    from zerosum.workshop.lessons import lesson_named, lessons_of

    try:
        known = lessons_of(scenario) if names else []
        return [lesson_named(name, known) for name in dict.fromkeys(names)]
    except InputError as error:
        raise Fault(f"--lesson: {error}") from None


def _target(out: str) -> Path:
    """The file to be written; nothing but an earlier replay is replaced."""
    path = Path(out)
    if not out.strip():
        raise Fault("--out '': name a file; it is made if it doesn't exist")
    if path.is_dir() or out.endswith(("/", os.sep)):
        raise Fault(f"--out {out}: this is a folder; name a file in it, such as {path / 'room.html'}")
    refuse_reserved(out)
    if path.suffix.lower() not in (".html", ".htm"):
        raise Fault(f"--out {out}: browsers open files that end with .html")
    if path.exists() and not _is_replay(path):
        raise Fault(
            f"--out {out}: this would be replaced, and it is not from 'zerosum replay'; name another file"
        )
    return path


def _is_replay(path: Path) -> bool:
    from zerosum.files import LARGEST_JSON, UnreadableFile, read_text
    from zerosum.workshop.bundle import MARK

    try:
        return MARK in read_text(path, "a replay", largest=LARGEST_JSON)
    except UnreadableFile:
        return False
