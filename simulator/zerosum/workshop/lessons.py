"""Lessons: short scripts (bet, reveal, discuss) for one scenario, in files that an educator can copy and change.

A step has the changes of ``state``, merged into the step before key by key. Texts on the page are limited, because
the back row reads two lines, not six; everything else goes into the notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from zerosum.errors import InputError
from zerosum.files import read_toml
from zerosum.scenario.errors import Problem, join_names, nearest
from zerosum.scenario.explain import validate_file
from zerosum.scenario.shipped import shipped_paths
from zerosum.scenario.spec import Scenario
from zerosum.workshop.room import understood
from zerosum.workshop.state import Refusal, State

Text = Annotated[str, Field(min_length=1)]
Title = Annotated[str, Field(min_length=1, max_length=60)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Choice(_Strict):
    """What can be bet on, where it is not one of the sides."""

    label: Title


class Step(_Strict):
    """One page of the script.

    ``answer`` is the number of the choice that is right, where that is known beforehand; without choices the side that
    ends ahead is right.
    """

    kind: Literal["tell", "bet", "reveal", "discuss", "again"]
    title: Title
    text: Annotated[str, Field(min_length=1, max_length=220)]
    notes: Text
    question: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    choices: Annotated[tuple[Choice, ...], Field(min_length=2, max_length=4)] | None = None
    answer: Annotated[int, Field(ge=0, le=3)] | None = None
    pause: Annotated[int, Field(ge=1)] | None = None
    state: State

    @model_validator(mode="after")
    def _bets_are_whole(self) -> Step:
        bets = self.kind in ("bet", "again")
        if bets != (self.question is not None):
            raise ValueError("a step that bets has a question, and no other step has one")
        if self.choices and not bets:
            raise ValueError("choices belong to a step that bets")
        if self.answer is not None and self.answer >= len(self.choices or ()):
            raise ValueError("answer is the number of a choice, from 0")
        if self.pause is not None and self.kind != "reveal":
            raise ValueError("pause belongs to a reveal")
        return self


class Handout(_Strict):
    """The one sheet that each of the room has."""

    words: Text
    """Paragraphs above the bets, an empty line between them."""


class Lesson(_Strict):
    """A whole lesson."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
    title: Title
    scenario: Text
    """Name of the scenario that it is about."""
    minutes: Annotated[int, Field(ge=1, le=240)]
    place: Annotated[int, Field(ge=1, le=1000)] = 1000
    """Where it stands among the lessons; those of one place by their names."""
    words: Annotated[str, Field(min_length=1, max_length=160)]
    """What it is about, in the list of lessons."""
    steps: Annotated[tuple[Step, ...], Field(min_length=2, max_length=30)]
    handout: Handout

    def listed(self) -> dict[str, Any]:
        """Return the lesson's entry in the page's list, and its number of steps for addresses."""
        shown = {name: getattr(self, name) for name in ("name", "title", "minutes", "words")}
        return shown | {"steps": len(self.steps)}

    def document(self) -> dict[str, Any]:
        """Return the answer of ``/api/lessons/NAME``: every step with its whole state."""
        told = self.model_dump(mode="json", exclude_none=True)
        for step, written in zip(self.steps, told["steps"], strict=True):
            written["state"] = step.state.model_dump(mode="json")
        return told

    def fits(self, scenario: Scenario) -> bool:
        """Return whether a scenario is the lesson's, and allows every state of the lesson."""
        try:
            return scenario.name == self.scenario and all(
                understood(scenario, step.state) == step.state for step in self.steps
            )
        except Refusal:
            return False


def shipped_lessons() -> list[Lesson]:
    """Return the lessons that come with zerosum, in the order of the list."""
    found = [load_lesson(path) for path in shipped_paths("lessons").values()]
    return sorted(found, key=lambda lesson: (lesson.place, lesson.name))


def lessons_of(scenario: Scenario) -> list[Lesson]:
    """Return the shipped lessons that fit a scenario."""
    return [lesson for lesson in shipped_lessons() if lesson.fits(scenario)]


def lesson_named(name: str, lessons: Iterable[Lesson]) -> Lesson:
    """Return a lesson by its name.

    Raises
    ------
    InputError
        with the nearest name
    """
    known = {lesson.name: lesson for lesson in lessons}
    if name in known:
        return known[name]
    if not known:
        raise InputError(f"there is no lesson '{name[:60]}': this scenario has none")
    close = nearest(name, known)
    right = f"did you mean '{close}'?" if close else f"there are {join_names(known, 'and')}"
    raise InputError(f"there is no lesson '{name[:60]}'; {right}")


def load_lesson(path: Path) -> Lesson:
    """Read a lesson's file.

    Raises
    ------
    InputError
    """
    tables = read_toml(path, "a lesson", path.name)
    whole = {"name": path.stem, **tables}
    if "steps" in tables:
        whole["steps"] = _whole_states(tables["steps"])
    return validate_file(Lesson, whole, path.name, _told_once)


def _whole_states(rows: Any) -> Any:
    """Return steps with whole states: each step's changes merged into the state before."""
    steps, before = [], dict[str, Any]()
    for step in rows if isinstance(rows, list) else ():
        if isinstance(step, dict) and isinstance(step.get("state", {}), dict):
            before = {**before, **step.get("state", {})}
            steps.append({**step, "state": before})
        else:
            steps.append(step)  # validation reports what is wrong
    return steps if isinstance(rows, list) else rows


def _told_once(problems: Iterable[Problem]) -> list[Problem]:
    """Drop problems of a state that repeat those of the step before."""
    once: dict[Any, Problem] = {}
    for problem in problems:
        of_state = re.fullmatch(r"(.*)\[\[steps\]\] .*?: state(.*)", problem.wrong)
        once.setdefault(of_state.groups() if of_state else problem, problem)
    return list(once.values())
