"""Numbers with intervals, and what they allow to be said, in plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from zerosum.report.wording import MISSING


def interval(mean: float, low: float, high: float, unit: str) -> str:
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

    def said(value: float) -> str:
        text = f"{factor * value:+,.{digits}f}"
        return text.lstrip("+-") if not any(d in "123456789" for d in text) else text

    if not math.isfinite(low):
        return said(mean) + word
    return f"{said(mean)}{word} [{said(low)}, {said(high)}]"


def of_row(row: Any) -> str:
    """Say the row of a table that has mean, low, high and unit."""
    return interval(row["mean"], row["low"], row["high"], row["unit"])


def side(low: float, high: float) -> int:
    """1 where an interval lies above zero, -1 below, 0 where it includes zero or is none."""
    return int(low > 0) - int(high < 0) if math.isfinite(low) and math.isfinite(high) and low < high else 0


def listed(words: Sequence[str], last: str = "and") -> str:
    """Join words: ``a``, ``a and b``, ``a, b and c``."""
    if not words:
        return "none"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: int = 1) -> str:
    """Write a Markdown table; columns from number ``right`` on are aligned to the right."""
    lines = ["| " + " | ".join(head) + " |"]
    lines.append("|" + "|".join("---" if i < right else "--:" for i in range(len(head))) + "|")
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)
