"""What was understood of the files, why, and what has to be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from zerosum.crm.read import Reject
from zerosum.errors import InputError


class Line(NamedTuple):
    """One thing that was understood.

    Attributes
    ----------
    topic, words : str
    why : str
        how it is known
    option : str
        what changes it
    names : str
        what may hold names: shown on the screen, never written
    """

    topic: str
    words: str
    why: str = ""
    option: str = ""
    names: str = ""


class Finding(NamedTuple):
    """One thing that is missing or odd in the data.

    Attributes
    ----------
    what : str
    rows, of : int
        that have it, of how many
    means : str
        what it means for an answer
    fix : str
        what to do in the CRM system
    """

    what: str
    rows: int
    of: int
    means: str
    fix: str


class Question(InputError):
    """Something that can't be known from the files; the message says which option to add."""


@dataclass
class Understood:
    """What was understood so far.

    Attributes
    ----------
    lines : list of Line
    questions : list of str
        each ends with the exact option to add
    findings : list of Finding
    merged : Counter
        reason -> rows that were joined with another one
    rejects : list of Reject
    facts : dict
        the same as numbers and words, for ``import.json``
    """

    lines: list[Line] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    merged: Counter[str] = field(default_factory=Counter)
    rejects: list[Reject] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def say(self, topic: str, words: str, why: str = "", option: str = "", names: str = "") -> None:
        """Add a line."""
        self.lines.append(Line(topic, words, why, option, names))

    def ask(self, question: str) -> None:
        """Add a question, once."""
        if question not in self.questions:
            self.questions.append(question)

    def find(self, what: str, count: int, of: int, means: str, fix: str) -> None:
        """Add a finding, if there is one."""
        if count:
            self.findings.append(Finding(what, int(count), int(of), means, fix))

    def count_rejects(self, what: str) -> dict[str, int]:
        """Return how many rows, or cells, were left out, by reason."""
        return dict(sorted(Counter(one.reason for one in self.rejects if one.what == what).items()))

    def check_answered(self) -> None:
        """Raise an error if anything has to be asked.

        Raises
        ------
        Question
        """
        if len(self.questions) == 1:
            raise Question(self.questions[0])
        if self.questions:
            listed = "\n".join(f"  {number}. {one}" for number, one in enumerate(self.questions, 1))
            raise Question(f"{len(self.questions)} things can't be known from the files:\n{listed}")


def shorten(values: Sequence[str], most: int = 6) -> str:
    """List values for a sentence: the first ones, and how many more there are."""
    shown = [f"'{value[:40]}'" for value in values[:most]]
    more = len(values) - most
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")
