"""Numbers with intervals, and what they allow to be said, in plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from zerosum.report.document import Cell
from zerosum.report.wording import MISSING, format_with_ends, is_money

if TYPE_CHECKING:
    from zerosum.statistics import Interval


def format_interval(mean: float, low: float, high: float, unit: str) -> str:
    """Say a difference and its 95 % interval, to as many digits as the interval's width warrants."""
    if not math.isfinite(mean):
        return MISSING
    factor, word = (100.0, " pp") if unit.startswith(("share", "points")) else (1.0, "")
    width = factor * (high - low) / 2 if math.isfinite(high - low) else abs(factor * mean) / 10
    digits = 1 if width <= 0 else max(0, 1 - math.floor(math.log10(width)))
    # An end that isn't nothing is not said to be: it tells on which side the interval lies.
    while digits < 4 and any(end and abs(round(factor * end, digits)) == 0.0 for end in (low, high)):
        digits += 1
    digits = min(digits, 4)

    def format_gap(value: float) -> str:
        text = f"{factor * value:+,.{digits}f}"
        return text.lstrip("+-") if not any(d in "123456789" for d in text) else text

    if not math.isfinite(low):
        return format_gap(mean) + word
    return f"{format_gap(mean)}{word} [{format_gap(low)}, {format_gap(high)}]"


def format_row(row: Any) -> str:
    """Say the row of a table that has mean, low, high and unit."""
    return format_interval(row["mean"], row["low"], row["high"], row["unit"])


class Gap(NamedTuple):
    """A difference and its interval (empty: none) in words."""

    words: str
    ends: str

    @property
    def whole(self) -> str:
        """Both in a row."""
        return f"{self.words} ({self.ends})" if self.ends else self.words


def format_gap(mean: float, low: float, high: float, unit: str) -> Gap:
    """Say a difference with its interval.

    Parameters
    ----------
    mean, low, high : float
        NaN where there is none
    unit : str
        as in the metrics' catalogue
    """
    if not math.isfinite(mean):
        return Gap(MISSING, "")
    if is_money(unit):
        found, first, last = format_with_ends(mean, low, high, unit)
        return Gap(found, f"{first} to {last}" if math.isfinite(low) else "")
    words, _, ends = format_interval(mean, low, high, unit).partition(" [")
    return Gap(words, ends.removesuffix("]").replace(", ", " to "))


def format_row_gap(row: Any) -> Gap:
    """Say the row of a table with difference, low, high and unit."""
    return format_gap(float(row["difference"]), float(row["low"]), float(row["high"]), str(row["unit"]))


def difference_cell(row: Any, strong: bool | None = None) -> Cell:
    """Show such a row, its interval below; strong, if not said otherwise, where that excludes zero."""
    found = format_row_gap(row)
    return Cell(found.words, found.ends, excludes_zero(row["low"], row["high"]) if strong is None else strong)


def format_gain(found: Interval, unit: str, sign: int) -> str:
    """Say a gain, more being better, as a difference of its metric: ``+0.85 k [-4.37, +6.07 k]``."""
    if not math.isfinite(found.mean):
        return MISSING
    low, high = sorted((sign * found.low, sign * found.high))
    if not is_money(unit):
        return format_interval(sign * found.mean, low, high, unit)
    mean, first, last = format_with_ends(sign * found.mean, low, high, unit)
    return mean if first == MISSING else f"{mean} [{first}, {last}]"


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
