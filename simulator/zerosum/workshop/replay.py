"""Simulate the content of a replay: finished years, the verdict over many years, and lessons with their years."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from zerosum.market.assumptions import courses
from zerosum.scenario.spec import Scenario
from zerosum.workshop.lessons import Lesson
from zerosum.workshop.room import furnish
from zerosum.workshop.setup import setup_of
from zerosum.workshop.state import State
from zerosum.workshop.verdict import of_many_years
from zerosum.workshop.words import span_of
from zerosum.workshop.year import year_of
from zerosum.workshop.years import endings_of


def replay_of(
    scenario: Scenario,
    state: State,
    years: int,
    replications: int,
    lessons: Sequence[Lesson] = (),
    on_done: Callable[[int, int], None] = lambda done, of: None,
) -> dict[str, Any]:
    """Simulate the content of a replay file.

    Parameters
    ----------
    scenario, state
    years : int
        to play, from year 0 on
    replications : int
        for the verdict over many years
    lessons : lessons to include
    on_done : callable
        called with (settings and years done, total)

    Returns
    -------
    dict
        ``setup`` (its ``lesson`` opens), ``years`` (answers of ``/api/year``), ``many`` (settings and the
        last line of ``/api/years``), ``lessons`` by name
    """
    shown = [state.model_copy(update={"year": number}) for number in range(years)]
    shown += [step.state for lesson in lessons for step in lesson.steps]
    played, settings = _distinct(shown), _distinct(one.model_copy(update={"year": 0}) for one in shown)
    parts = len(played) + replications * len(settings)
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        on_done(done, parts)

    found = []
    for one in played:
        found.append(year_of(scenario, one))
        tick()
    many = []
    for one in settings:
        room, endings = furnish(scenario, one), []
        for number in range(replications):
            endings += endings_of(room, [number])
            tick()
        line = of_many_years(room.state, endings, courses(scenario), span_of(scenario.clock.weeks))
        many.append({"state": room.state.model_dump(mode="json"), "line": line})
    opens = {"lesson": lessons[0].name} if lessons else {}
    return {
        "setup": setup_of(scenario, lessons, live=False) | opens,
        "years": found,
        "many": many,
        "lessons": {lesson.name: lesson.document() for lesson in lessons},
    }


def _distinct(states: Iterable[State]) -> list[State]:
    """Return each state once, in order."""
    return list({state.model_dump_json(): state for state in states}.values())
