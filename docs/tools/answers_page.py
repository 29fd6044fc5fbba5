"""Write the page of answers to the shipped experiments, by running them.

``python -m docs.tools.answers_page`` (``make answers``) makes the runs that are missing, and writes
``docs/answers.md`` with its figures. Its answers are the commands' output, unedited.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence

import click

from docs.tools.questions import ROOT, Answer, answers, asked
from zerosum.machine import usable_cores
from zerosum.runs import outputs

PAGE = ROOT / "docs" / "answers.md"
PICTURES = ROOT / "docs" / "answers"

HEAD = "<!-- Written by python -m docs.tools.answers_page; don't edit it by hand. -->"

BEGIN, END = "<!-- asked: ", " -->"
"""Around the digests by which a test checks that the page is up to date."""


def page(found: Sequence[Answer], digits: Mapping[str, str]) -> str:
    """Write the page; ``digits``: of :func:`docs.tools.questions.asked`."""
    return "\n".join([*_lines(found), "", BEGIN + json.dumps(dict(digits)) + END]) + "\n"


def _lines(found: Sequence[Answer]) -> Iterator[str]:
    yield from ("# What the shipped experiments answer", "", HEAD, "")
    yield (
        "Each question is a file in [`experiments/`](../experiments/README.md). Its answer below is the "
        "commands' own output, with figures. Differences are on the same random events. Each interval is "
        "a separate 95 % interval and covers chance only, not the model's assumptions "
        "([calibration.md](calibration.md)). To write and run experiments, see "
        "[experiments.md](experiments.md), [game.md](game.md) and [optimise.md](optimise.md). `make "
        "answers` runs them and writes this page."
    )
    for answer in found:
        yield from ("", f"## {answer.name}", "", f"**{answer.question}**", "")
        for sentence in answer.words:
            plain = sentence.lstrip()
            yield f"{'    ' if plain != sentence else ''}- {plain}"
        yield from ("", ", then ".join(f"`{command}`" for command in answer.commands))
        for name in answer.pictures:
            yield from ("", f"![{answer.question}](answers/{name})")


def main() -> int:
    """Run what is missing; write the page with its figures."""
    found = answers(usable_cores(), on_question=lambda name: click.echo(f"{name} …"))
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    outputs.write_all(PICTURES, {name: draw for answer in found for name, draw in answer.pictures.items()})
    PAGE.write_text(page(found, asked()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
