"""Labeled lines, which a screen begins with, and the words of its first line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from zerosum.market.state import YEAR
from zerosum.report.document import Cell, Column, Table
from zerosum.report.wording import count

if TYPE_CHECKING:
    from zerosum.scenario.spec import Scenario

LABEL = 18
"""Width of a verdict's labels, in characters."""
ADOPTING = {
    "focal": "competitors don't react",
    "competitors": "only competitors adopt",
    "all": "all vendors adopt",
    "head-to-head": "teams within one market",
}


class Line(NamedTuple):
    """A line of a screen: its label in capitals, and its words."""

    label: str
    words: str


def format_length(weeks: int) -> str:
    """Format a length: in years if it is whole years."""
    return count(weeks // YEAR, "year") if weeks % YEAR == 0 else count(weeks, "week")


def format_reps(scenario: Scenario, reps: int) -> str:
    """Format a team's reps beside those of all vendors: ``45 of 160 reps``."""
    every = sum(vendor.reps for vendor in scenario.vendors)
    return f"{reps:,} of {count(every, 'rep')}" if reps < every else count(reps, "rep")


_HINT = re.compile(r"[;,] --?[a-z][^;,.()]*")


def without_options(lines: Sequence[Line]) -> list[Line]:
    """Leave out parts of sentences that begin with an option: who reads a page or a workbook has no command line.

    >>> without_options([Line("LOOKS BEST", "calls: 6 runs are a first look, -n 20 narrows the range (-36 to +7).")])
    [Line(label='LOOKS BEST', words='calls: 6 runs are a first look (-36 to +7).')]
    """
    return [
        line._replace(words=_HINT.sub(lambda found: " " * found[0].endswith(" "), line.words))
        for line in lines
    ]


def labeled_lines(lines: Sequence[Line]) -> Table:
    """Set labeled lines below each other, the labels in a column of their own."""
    columns = [
        Column("", lambda line: Cell(line.label, strong=True), text=True, least=LABEL),
        Column("", lambda line: line.words, text=True, least=20),
    ]
    return Table(columns, lines, lines=False, plain=True)
