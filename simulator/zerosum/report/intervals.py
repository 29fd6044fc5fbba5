"""Numbers with intervals, and what they allow to be said, in plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from zerosum.report.document import Cell
from zerosum.report.wording import MISSING, format_number, format_side_by_side, is_money

if TYPE_CHECKING:
    from zerosum.statistics import Interval


class Gap(NamedTuple):
    """A difference and its interval (empty: none) in words."""

    words: str
    ends: str

    @property
    def whole(self) -> str:
        """Both in a row."""
        return f"{self.words} {self.ends}".rstrip()


def format_gap(mean: float, low: float, high: float, unit: str) -> Gap:
    """Say a difference with its interval, as every command does: ``+0.85 k``, ``[-4.37, +6.07]``.

    The unit stands once. There are as many digits as the interval's width warrants, three of an amount with a letter.

    Parameters
    ----------
    mean, low, high : float
        NaN where there is none
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
        digits = 1 if width <= 0 else max(0, 1 - math.floor(math.log10(width)))
        # An end that isn't nothing is not said to be: it tells on which side the interval lies.
        while digits < 4 and any(value and abs(round(factor * value, digits)) == 0.0 for value in known[1:]):
            digits += 1
        said = [format_number(factor * value, min(digits, 4)) for value in (mean, low, high)]
    return Gap(said[0] + suffix, f"[{said[1]}, {said[2]}]" if math.isfinite(low) else "")


def format_row(row: Any) -> str:
    """Say the row of a table that has mean, low, high and unit."""
    return format_gap(row["mean"], row["low"], row["high"], row["unit"]).whole


def format_range(low: float, high: float, unit: str) -> str:
    """Say an interval whose middle isn't told, ``[0, +2.3] pp``; nothing where it isn't known."""
    if not math.isfinite(low):
        return ""
    (first, last), suffix = format_side_by_side((low, high), unit)
    return f"[{first}, {last}]{suffix}"


def format_row_gap(row: Any) -> Gap:
    """Say the row of a table with difference, low, high and unit."""
    return format_gap(float(row["difference"]), float(row["low"]), float(row["high"]), str(row["unit"]))


def difference_cell(row: Any, strong: bool | None = None) -> Cell:
    """Show such a row, its interval below; strong, if not said otherwise, where that excludes zero."""
    found = format_row_gap(row)
    return Cell(found.words, found.ends, excludes_zero(row["low"], row["high"]) if strong is None else strong)


def format_gain(found: Interval, unit: str, sign: int) -> str:
    """Say a gain, more being better, as a difference of its metric: ``+0.85 k [-4.37, +6.07]``."""
    low, high = sorted((sign * found.low, sign * found.high))
    return format_gap(sign * found.mean, low, high, unit).whole


def find_side(low: float, high: float) -> int:
    """1 where an interval lies above zero, -1 below, 0 where it includes zero or is none."""
    return int(low > 0) - int(high < 0) if math.isfinite(low) and math.isfinite(high) and low < high else 0


def excludes_zero(low: float, high: float) -> bool:
    """Tell whether an interval lies on one side of zero; one without width doesn't count."""
    return find_side(low, high) != 0


def format_list(words: Sequence[str], last: str = "and") -> str:
    """Join words: ``a``, ``a and b``, ``a, b and c``."""
    if not words:
        return "none"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
