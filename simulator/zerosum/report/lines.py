"""Labelled lines, which a screen begins with, and the words of its first line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from zerosum.market.state import YEAR
from zerosum.report.document import Cell, Column, Table
from zerosum.report.wording import count

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


def labeled_lines(lines: Sequence[Line]) -> Table:
    """Set labelled lines below each other, the labels in a column of their own."""
    columns = [
        Column("", lambda line: Cell(line.label, strong=True), text=True, least=LABEL),
        Column("", lambda line: line.words, text=True, least=20),
    ]
    return Table(columns, lines, lines=False, plain=True)
