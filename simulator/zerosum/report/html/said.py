"""How a difference is said on the page: to as many digits as its interval warrants, the interval beside it."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from zerosum.report.html.parts import Cell
from zerosum.report.intervals import interval, side
from zerosum.report.wording import MISSING, with_ends


class Said(NamedTuple):
    """A difference and its interval (empty: none) in words."""

    words: str
    ends: str

    @property
    def whole(self) -> str:
        """Both in a row."""
        return f"{self.words} ({self.ends})" if self.ends else self.words


def said(mean: float, low: float, high: float, unit: str) -> Said:
    """Say a difference with its interval.

    Parameters
    ----------
    mean, low, high : float
        NaN where there is none
    unit : str
        as in the metrics' catalogue
    """
    if not math.isfinite(mean):
        return Said(MISSING, "")
    if unit.startswith("money") and unit != "money/money":
        found, first, last = with_ends(mean, low, high, unit)
        return Said(found, f"{first} to {last}" if math.isfinite(low) else "")
    words, _, ends = interval(mean, low, high, unit).partition(" [")
    return Said(words, ends.removesuffix("]").replace(", ", " to "))


def of_row(row: Any) -> Said:
    """Say the row of a table with difference, low, high and unit."""
    return said(float(row["difference"]), float(row["low"]), float(row["high"]), str(row["unit"]))


def cell(row: Any, strong: bool | None = None) -> Cell:
    """Put it in a cell; strong, if not said otherwise, where the interval excludes zero."""
    found = of_row(row)
    bold = side(float(row["low"]), float(row["high"])) != 0 if strong is None else strong
    return Cell(found.words, found.ends, bold)
