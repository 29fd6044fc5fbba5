"""The page of what the shipped experiments answer: that it is of these questions and of this market."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from docs.tools.answers_page import BEGIN, END, PAGE, page
from docs.tools.questions import QUESTIONS, Answer, asked

pytestmark = pytest.mark.uncompiled


ANSWER = Answer(
    "saturation",
    "Where do calls stop paying?",
    ("zerosum sweep experiments/saturation.toml", "zerosum analyse experiments/saturation.toml"),
    ("Nowhere.", "  They go on paying.", "Intervals are wide."),
    {"saturation-response.png": lambda path: None},
)


def test_every_experiment_that_ships_is_told_of() -> None:
    files = {path.stem for path in (Path(__file__).parents[1] / "experiments").glob("*.toml")}
    assert set(QUESTIONS) == files - {"calibration"}


def test_an_answer_has_its_question_its_command_and_its_figures() -> None:
    text = page([ANSWER], {"saturation": "00"})
    assert (
        "## saturation\n\n**Where do calls stop paying?**\n\n- Nowhere.\n    - They go on paying.\n" in text
    )
    assert (
        "`zerosum sweep experiments/saturation.toml`, then `zerosum analyse experiments/saturation.toml`"
        in text
    )
    assert "![Where do calls stop paying?](answers/saturation-response.png)" in text


def test_the_page_is_of_these_questions_and_this_market() -> None:
    text = PAGE.read_text(encoding="utf-8")
    kept = json.loads(text.split(BEGIN)[1].split(END)[0])
    assert kept == asked(), "run `make answers`"
    for name in QUESTIONS:
        assert f"\n## {name}\n" in text
    pictures = re.findall(r"\]\((answers/[^)]*)\)", text)
    assert pictures
    assert [name for name in pictures if not (PAGE.parent / name).is_file()] == []
