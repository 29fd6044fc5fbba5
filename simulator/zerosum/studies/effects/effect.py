"""What an effect is: something that is said of selling, an experiment that would show it, and what counts as shown.

Every effect is looked for on paired replications in which one thing differs, named in ``differs``. What is found
is one of three: it emerges, it doesn't, or the opposite does. No rule of the market was made for an effect, and
none is bent for one that is missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from zerosum.market.run import OnWeek
from zerosum.market.state import Float
from zerosum.scenario.spec import Scenario
from zerosum.statistics import Interval
from zerosum.studies.facts import Measure

Expected = Literal["above", "below", "none", "open"]
"""Where a number is expected: above zero, below zero, within a margin of zero; or nobody said."""

EMERGES, MISSING, OPPOSITE, OPEN = "emerges", "not shown", "the opposite", ""
"""What can be found. Not shown: the interval reaches over the edge of what was expected; more replications may tell."""


@dataclass(frozen=True)
class Number:
    """One number of an effect, and where it is expected.

    Attributes
    ----------
    measure : Measure
        name, label, unit, meaning, and how rows of replications become a number
    expected : Expected
    margin : float
        what still counts as none, in the measure's unit
    """

    measure: Measure
    expected: Expected = "open"
    margin: float = 0.0

    def verdict(self, found: Interval) -> str:
        """Say what an interval shows; nothing can be shown without one."""
        if self.expected == "open":
            return OPEN
        if not math.isfinite(found.low) or found.low == found.high == 0.0:
            return EMERGES if self.expected == "none" and found.low == found.high == 0.0 else MISSING
        if self.expected == "none":
            if -self.margin <= found.low and found.high <= self.margin:
                return EMERGES
            return OPPOSITE if found.low > self.margin or found.high < -self.margin else MISSING
        low, high = (found.low, found.high) if self.expected == "above" else (-found.high, -found.low)
        if low > 0:
            return EMERGES
        return OPPOSITE if high < 0 else MISSING


Row = Mapping[str, Float]
"""Number's name -> its row, float[k], of one replication."""


@dataclass(frozen=True)
class Effect:
    """An effect to look for.

    Attributes
    ----------
    name, title : str
    expected : str
        what is said, in a sentence
    source : str
        by whom
    differs : str
        the one thing in which the paired runs differ
    numbers : tuple
        the first decides
    observe : callable
        one replication of a scenario -> rows
    """

    name: str
    title: str
    expected: str
    source: str
    differs: str
    numbers: tuple[Number, ...]
    observe: Callable[[Scenario, int, OnWeek | None], Row]


def number(
    name: str,
    label: str,
    unit: str,
    expected: Expected = "open",
    *,
    margin: float = 0.0,
    reduce: Callable[[Float], float] | None = None,
) -> Number:
    """Declare a number; with ``reduce``, the mean row over replications becomes it."""
    if reduce is None:
        return Number(Measure(name, label, unit, label), expected, margin)
    return Number(Measure(name, label, unit, label, "", reduce, pooled=True), expected, margin)


def one(value: float) -> Float:
    """Return a row of one number."""
    return np.array([value])
