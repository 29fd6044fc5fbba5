"""Lessons: those that ship can be given, and what is wrong with a file is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.each import each
from tests.workshop.settings import WORKSHOP
from zerosum.errors import InputError
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.workshop.lessons import Lesson, lesson_named, lessons_of, load_lesson, shipped_lessons

SHIPPED = shipped_lessons()


def test_at_least_four_ship_and_fit_their_scenario() -> None:
    assert len(SHIPPED) >= 4
    assert len({lesson.name for lesson in SHIPPED}) == len(SHIPPED)
    assert all(lesson.fits(load_scenario(lesson.scenario)) for lesson in SHIPPED)
    assert lessons_of(WORKSHOP) == [lesson for lesson in SHIPPED if lesson.scenario == "workshop"]


@pytest.mark.parametrize("lesson", SHIPPED, ids=lambda lesson: lesson.name)
def test_the_room_predicts_before_it_sees(lesson: Lesson) -> None:
    """Every reveal follows a bet on the very settings that it shows, and the lesson ends in talk."""
    kinds = [step.kind for step in lesson.steps]
    assert kinds[0] == "tell"
    assert kinds[-1] == "discuss"
    for before, step in zip(lesson.steps, lesson.steps[1:], strict=False):
        if step.kind == "reveal":
            assert before.kind in ("bet", "again")
            assert step.state == before.state
    assert kinds.count("bet") + kinds.count("again") >= 2


@pytest.mark.parametrize("lesson", SHIPPED, ids=lambda lesson: lesson.name)
def test_sides_of_every_step_have_names_that_say_what_differs(lesson: Lesson) -> None:
    for step in lesson.steps:
        left, right = (side.label or side.strategy for side in (step.state.left, step.state.right))
        assert left != right, step.title


@pytest.mark.parametrize("lesson", SHIPPED, ids=lambda lesson: lesson.name)
def test_what_the_room_reads_promises_no_result(lesson: Lesson) -> None:
    """Defaults may be fitted anew: a number of points, or a winner, is read off the run."""
    for step in lesson.steps:
        read = f"{step.title} {step.text} {step.question or ''}"
        assert "%" not in read
        assert not any(word in read for word in (" wins by", " will win", " points ahead"))


def test_a_step_says_what_changes_and_keeps_the_rest() -> None:
    lesson = next(one for one in SHIPPED if one.name == "red-queen")
    first, *_, last = lesson.steps
    assert (first.state.adopters, last.state.adopters) == ("focal", "all")
    assert first.state.right == last.state.right


def test_another_scenario_has_no_lessons_of_this_one() -> None:
    assert lessons_of(load_scenario("kickoff")) == []
    # A copy may be changed, as long as it can have every state of them.
    assert lessons_of(parse_scenario(WORKSHOP, {"market.saturation": 0.8})) == list(SHIPPED)
    fewer = parse_scenario(WORKSHOP, {"tools.dialler.boost": 0.0})
    assert "kickoff" not in [lesson.name for lesson in lessons_of(fewer)]


def test_an_unknown_lesson_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'red-queen'"):
        lesson_named("redqueen", SHIPPED)
    with pytest.raises(InputError, match="this scenario has none"):
        lesson_named("kickoff", [])


GOOD = """
title = "T"
scenario = "workshop"
minutes = 5
words = "W"
handout = { words = "H" }
[[steps]]
kind = "bet"
title = "B"
text = "X"
notes = "N"
question = "Who?"
state = { left = { strategy = "shots" }, right = { strategy = "usual" } }
[[steps]]
kind = "reveal"
title = "R"
text = "X"
notes = "N"
"""


def test_a_small_lesson_is_a_lesson(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(GOOD)
    lesson = load_lesson(path)
    assert lesson.name == "small"
    assert lesson.fits(WORKSHOP)


@each(
    ("old", "new", "said"),
    [
        ('title = "T"', "", "'title' is missing"),
        (
            'text = "X"',
            f'text = "{"x" * 221}"',
            r"1 \(B\): text = .* is too long \(221 characters\); it must be text of 1 to 220",
        ),
        ('question = "Who?"', "", r"1 \(B\): .*has a question"),
        (
            'kind = "reveal"',
            'kind = "show"',
            r"2 \(R\): kind = \"show\" is not known; it must be 'tell', 'bet'",
        ),
        (
            'title = "R"',
            'title = "R"\npause = 0',
            r"2 \(R\): pause = 0 is too small; it must be a whole number from 1",
        ),
        ('question = "Who?"', 'question = "Who?"\nanswer = 0', "number of a choice"),
        (
            'question = "Who?"',
            'question = "Who?"\nchoices = [{ label = "One" }]',
            r"1 \(B\): choices = .* is too short; it must be 2 to 4 tables",
        ),
        (
            'strategy = "usual"',
            'strategies = "usual"',
            r"^[^\n]* has no 'strategy'[^\n]*\n[^\n]*'strategies'[^\n]*state\.right; did you mean 'strategy'\?$",
        ),
        ("minutes = 5", "minutes = five", "small.toml: "),
        ("[[steps]]", "[[step]]", "steps"),
        ("state = {", "state = 3 #", r"1 \(B\): state = 3 is not a table"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "small.toml"
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(InputError, match=said) as error:
        load_lesson(path)
    assert str(error.value).startswith("small.toml: ")


def test_a_lesson_for_what_the_scenario_has_not_does_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    for old, new in (
        ('"usual"', '"unusual"'),
        ('"shots" }', '"shots", values = { "tools.dialler.boost" = 0.51 } }'),
    ):
        path.write_text(GOOD.replace(old, new))
        assert not load_lesson(path).fits(WORKSHOP)
