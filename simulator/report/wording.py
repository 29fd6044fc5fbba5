"""How numbers and worlds are said: one place for units, rounding and words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulator.scenario.comparison import World

if TYPE_CHECKING:
    from simulator.across import Across

MISSING = "–"
"""Shown where a number is undefined."""
MOST_KEPT = 5
"""Keys that a sentence lists."""


def money(value: float, signed: bool = False) -> str:
    """Say an amount with three significant digits and k, M or G: ``1.23 M``, ``45.6 k``, ``789``."""
    if not math.isfinite(value):
        return MISSING
    size, suffix = abs(value), ""
    for factor, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if size >= 0.9995 * factor:
            size, suffix = size / factor, letter
            break
    return _signed(value, _three_digits(size), signed) + suffix


def _three_digits(size: float) -> str:
    if size >= 99.95:
        return f"{size:,.0f}"
    return f"{size:.1f}" if size >= 9.995 else f"{size:.2f}"


def _signed(value: float, digits: str, signed: bool) -> str:
    """Put a sign before digits: the ends of an interval show on which side of nothing they lie, levels don't."""
    if value < 0 and (signed or any(digit in "123456789" for digit in digits)):
        return f"-{digits}"
    return f"+{digits}" if signed else digits


def _said(value: float, unit: str, signed: bool) -> str:
    if not math.isfinite(value):
        return MISSING
    if unit.startswith("money") and unit != "money/money":
        return money(value, signed)
    size = abs(value)
    if unit.startswith("share"):
        return _signed(value, f"{100 * size:.1f}", signed) + (" pp" if signed else " %")
    if unit == "points":
        return _signed(value, f"{100 * size:.1f}", True) + " pp"
    if unit in ("ratio", "money/money"):
        return _signed(value, f"{size:.2f}", signed)
    return _signed(value, f"{size:,.0f}" if size >= 99.95 else f"{size:.1f}", signed)


def short_money(value: float, sign: str = "") -> str:
    """Say a round amount: ``250 k``, ``1.5 M``."""
    for factor, suffix in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= 0.9995 * factor:
            return f"{value / factor:{sign}.4g}{suffix}"
    return f"{value:{sign}.4g}"


def number(value: float, unit: str) -> str:
    """Say a level in its unit: shares in per cent, money with k, M or G."""
    return _said(value, unit, signed=False)


def difference(value: float, unit: str) -> str:
    """Say a difference: shares in percentage points, always with its sign."""
    return _said(value, unit, signed=True)


def count(n: int, noun: str) -> str:
    """Say how many: ``1 rep``, ``20 reps``."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def world_in_words(world: World, focal: str) -> str:
    """Say who moves."""
    return {
        "alone": f"{focal} moves alone; the others carry on",
        "rivals": f"{focal} carries on; all others move",
        "everyone": "everybody moves",
        "head-to-head": f"{focal}'s reps in teams, one per arm, in one market",
    }[world]


def span(low: float, high: float, unit: str, signed: bool = False) -> str:
    """Say from where to where numbers lie, the unit once: ``+0.2 … +0.9 pp``; one number if both are said alike."""
    first, last = _said(low, unit, signed), _said(high, unit, signed)
    if first == last:
        return first
    for suffix in (" pp", " %"):
        if last.endswith(suffix):
            first = first.removesuffix(suffix)
    return f"{first} … {last}"


def fits_in_words(across: Across) -> str:
    """Say what the fits are, and what they left of the scenario as it was."""
    changes, n = across.changes, len(across.fits.sets)
    touched = {key for change in changes for key in (*change.replaced, *change.scaled)}
    said = [
        f"{count(n, 'fit')}: sets of values for {count(len(across.fits.parameters), 'assumption')} that agree with the "
        f"facts equally well; the first is the default. They change {count(len(touched), 'value')} of this scenario"
    ]
    if not touched:
        return f"{said[0]}: it says all of them itself, or has no use for them, so all fits are alike."
    kept = changes[0].kept
    if kept:
        more = f" and {len(kept) - MOST_KEPT} more" if len(kept) > MOST_KEPT else ""
        said.append(f"and keep what it says itself: {', '.join(kept[:MOST_KEPT])}{more}")
    return ", ".join(said) + "."
