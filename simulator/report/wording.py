"""How numbers and worlds are said: one place for units, rounding and words."""

from __future__ import annotations

import math

from simulator.scenario.comparison import World

MISSING = "–"
"""Shown where a number is undefined."""


def money(value: float, signed: bool = False) -> str:
    """Say an amount with three significant digits and k or M: ``1.23 M``, ``45.6 k``, ``789``."""
    if not math.isfinite(value):
        return MISSING
    sign = "-" if value < 0 else "+" if signed else ""
    size = abs(value)
    for factor, suffix in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if size >= 0.9995 * factor:
            return f"{sign}{_three_digits(size / factor)}{suffix}"
    return f"{sign}{_three_digits(size)}"


def _three_digits(size: float) -> str:
    if size >= 99.95:
        return f"{size:.0f}"
    return f"{size:.1f}" if size >= 9.995 else f"{size:.2f}"


def number(value: float, unit: str) -> str:
    """Say a level in its unit: shares in per cent, money with k or M."""
    if not math.isfinite(value):
        return MISSING
    if unit.startswith("share"):
        return f"{100 * value:.1f} %"
    if unit == "money/money":
        return f"{value:.2f}"
    if unit.startswith("money"):
        return money(value)
    if unit == "ratio":
        return f"{value:.2f}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def difference(value: float, unit: str) -> str:
    """Say a difference: shares in percentage points, always with its sign."""
    if not math.isfinite(value):
        return MISSING
    if unit.startswith("share"):
        return f"{100 * value:+.1f} pp"
    if unit in ("ratio", "money/money"):
        return f"{value:+.2f}"
    if unit.startswith("money"):
        return money(value, signed=True)
    return f"{value:+,.0f}" if abs(value) >= 100 else f"{value:+.1f}"


def world_in_words(world: World, focal: str) -> str:
    """Say who moves."""
    return {
        "alone": f"{focal} moves alone; the others carry on",
        "rivals": f"{focal} carries on; all others move",
        "everyone": "everybody moves",
        "head-to-head": f"{focal}'s reps in teams, one per arm, in one market",
    }[world]
