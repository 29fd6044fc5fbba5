"""Format numbers with intervals, and find on which side of zero they lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from zerosum.report.document import Cell
from zerosum.report.wording import MISSING, format_number, format_side_by_side, is_money

if TYPE_CHECKING:
    from zerosum.statistics import Interval


PER = {"money/year": " a year", "money/hour": " an hour"}
"""Unit -> the words after an amount."""


class Gap(NamedTuple):
    """A difference and its interval (empty: none) as text."""

    words: str
    ends: str

    @property
    def whole(self) -> str:
        """Both, joined."""
        return f"{self.words} {self.ends}".rstrip()

    def whole_in(self, unit: str) -> str:
        """Return both, with the time that an amount of money is for: ``+5.4 M a year [+4.3, +6.5]``."""
        per = PER.get(unit, "") if self.words != MISSING else ""
        return f"{self.words}{per} {self.ends}".rstrip()


def format_gap(mean: float, low: float, high: float, unit: str) -> Gap:
    """Format a difference with its interval, for every command: ``+0.85 k``, ``[-4.37, +6.07]``.

    The unit appears once. The interval's width sets the number of digits; amounts with k, M or G have three.

    Parameters
    ----------
    mean, low, high : float
        NaN if missing
    unit : str
        as in the metrics' catalogue
    """
    if not math.isfinite(mean):
        return Gap(MISSING, "")
    known = [value for value in (mean, low, high) if math.isfinite(value)]
    said, suffix = format_side_by_side((mean, low, high), unit)
    if not (is_money(unit) and suffix):
        factor, suffix = (100.0, " pp") if unit.startswith(("share", "points")) else (1.0, "")
        width = factor * (max(known) - min(known)) / 2 if len(known) == 3 else abs(factor * mean) / 10
        digits = 1 if width <= 0 else min(3, max(0, 1 - math.floor(math.log10(width))))
        # Don't round a nonzero end to 0: it shows on which side the interval lies.
        while digits < 4 and any(value and abs(round(factor * value, digits)) == 0.0 for value in known[1:]):
            digits += 1
        said = [format_number(factor * value, min(digits, 4)) for value in (mean, low, high)]
    # Ends show their side of zero; a mean that rounds to 0 has none.
    middle = said[0] if any(digit in "123456789" for digit in said[0]) else said[0].lstrip("+-")
    return Gap(middle + suffix, f"[{said[1]}, {said[2]}]" if math.isfinite(low) else "")


def format_row(row: Any) -> str:
    """Format a table row with mean, low, high and unit."""
    return format_gap(row["mean"], row["low"], row["high"], row["unit"]).whole


def format_range(low: float, high: float, unit: str) -> str:
    """Format an interval without its mean, ``[0, +2.3] pp``; empty if it isn't known."""
    if not math.isfinite(low):
        return ""
    (first, last), suffix = format_side_by_side((low, high), unit)
    return f"[{first}, {last}]{suffix}"


def format_row_gap(row: Any) -> Gap:
    """Format a table row with difference, low, high and unit."""
    return format_gap(float(row["difference"]), float(row["low"]), float(row["high"]), str(row["unit"]))


def difference_cell(row: Any, strong: bool | None = None) -> Cell:
    """Format such a row, its interval below; by default strong if the interval excludes zero."""
    found = format_row_gap(row)
    return Cell(found.words, found.ends, excludes_zero(row["low"], row["high"]) if strong is None else strong)


def format_gain(found: Interval, unit: str, sign: int) -> str:
    """Format a gain (more is better) as its metric's difference: ``+0.85 k a year [-4.37, +6.07]``."""
    low, high = sorted((sign * found.low, sign * found.high))
    return format_gap(sign * found.mean, low, high, unit).whole_in(unit)


def find_side(low: float, high: float) -> int:
    """Return 1 if an interval is above zero, -1 if below, 0 if it includes zero or is undefined."""
    return int(low > 0) - int(high < 0) if math.isfinite(low) and math.isfinite(high) and low < high else 0


def excludes_zero(low: float, high: float) -> bool:
    """Return whether an interval lies on one side of zero; False without width."""
    return find_side(low, high) != 0


def format_list(words: Sequence[str], last: str = "and") -> str:
    """Join words: ``a``, ``a and b``, ``a, b and c``."""
    if not words:
        return "none"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
