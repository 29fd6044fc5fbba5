"""``zerosum play``: the workshop page, with two strategies side by side."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING

import click

from zerosum.cli.session import set_option, workers_that_fit
from zerosum.cli.terminal import COMPILING, check_extra, notify, stoppable, stopping_signal, working
from zerosum.errors import InputError
from zerosum.machine import usable_cores

if TYPE_CHECKING:
    from zerosum.scenario.spec import Scenario
    from zerosum.workshop.engines import Engines

MOST_ENGINES = 8
PLENTY = 240
"""Connections of 40 browsers."""

LONGEST_YEAR = 120.0
"""Longest acceptable time to simulate a year, in seconds."""


@click.command()
@click.argument("scenario", default="workshop")
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    metavar="N",
    help="Port of the page (default: 8765, or the next that is free).",
)
@click.option(
    "--host",
    default="127.0.0.1",
    metavar="H",
    show_default=True,
    help="Address to listen at. Other computers need the token in the link.",
)
@click.option("--no-browser", is_flag=True, help="Don't open a browser; print the link only.")
@click.option("--lesson", metavar="NAME", help="Lesson to open with.")
@set_option
def play(
    scenario: str,
    port: int | None,
    host: str,
    no_browser: bool,
    lesson: str | None,
    overrides: tuple[str, ...],
) -> None:
    """Open the workshop page in a browser.

    Use it to teach. The page shows two strategies side by side in one simulated year of a SCENARIO (default: workshop),
    with bets, causes, what-ifs and lessons. Press Ctrl-C to close it.
    """
    check_extra("workshop")
    # At once: imports and the engine take time.
    notify("Starting the workshop …")
    from zerosum.scenario import load_scenario

    spec = load_scenario(scenario, overrides)
    many = workers_that_fit(scenario, spec, min(usable_cores(), MOST_ENGINES), quiet=True, process=True)
    _refuse_long_years(scenario, spec)
    from zerosum.workshop.connections import places
    from zerosum.workshop.engines import Engines
    from zerosum.workshop.lessons import lesson_named, lessons_of
    from zerosum.workshop.serve import listen, serve
    from zerosum.workshop.server import application

    try:
        lessons = lessons_of(spec)
        if lesson is not None:
            lesson_named(lesson, lessons)
    except InputError as error:
        raise InputError(f"--lesson {lesson}: {error}" if lesson else str(error)) from None
    address = listen(host, port)
    most, _ = places()
    if most < PLENTY:
        browsers = f"some {most // 6} browsers"
        notify(f"This system lets the workshop hold {most} connections ('ulimit -n'): {browsers}.")
    engines = Engines(spec, many)
    try:
        _begin(engines)
        link = address.link
        if lesson is not None:
            link += ("&" if "?" in link else "?") + f"lesson={lesson}"
        if address.moved:
            notify("The usual port, 8765, is taken.")

        def announce() -> None:
            click.echo(f"The workshop is at {link} (Ctrl-C ends it).")
            if not no_browser:
                webbrowser.open(link)

        try:
            serve(application(spec, lessons, engines), address, announce)
        except KeyboardInterrupt:
            by = stopping_signal()
            notify(f"The workshop is closed{f' by {by.name}' if by else ''}.")
            if by:
                raise click.exceptions.Exit(128 + by) from None
    finally:
        engines.end()
        address.socket.close()


def _refuse_long_years(path: str, scenario: Scenario) -> None:
    """Raise an error if a year takes minutes to simulate."""
    from zerosum.market.sizes import seconds_needed

    comparison = scenario.comparison.model_copy(update={"adopters": scenario.comparison.adopters[:1]})
    seconds = seconds_needed(scenario.model_copy(update={"comparison": comparison}), 1, nulls=False)
    seconds *= 2 / len(scenario.compared_names)  # two sides
    if seconds > LONGEST_YEAR:
        buyers, reps = scenario.market.buyers, sum(v.reps for v in scenario.vendors)
        raise InputError(
            f"{path}: a year of {buyers:,} buyers and {reps:,} reps takes about {seconds / 60:,.0f} minutes, too "
            "long for a room; lower market.buyers or the vendors' reps"
        )


def _begin(engines: Engines) -> None:
    """Prepare and, if needed, compile an engine before showing the page's address."""
    from zerosum.market.jit import is_compiled
    from zerosum.market.schedule import run_weeks

    what = "Loading the engine" if is_compiled(run_weeks) else f"{COMPILING}, some 20 seconds"
    with working(what):
        stoppable(lambda _stop: engines.begin())
