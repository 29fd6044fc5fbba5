"""What an effect is: something that is said of selling, an experiment that would show it, and what counts as shown.

Every effect is looked for on paired replications in which one thing differs, named in ``differs``. What is found
is one of three: it emerges, it doesn't, or the opposite does. No rule of the market was made for an effect, and
none is bent for one that is missing.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from zerosum.market.run import OnWeek
from zerosum.market.state import Float
from zerosum.runs.executors import replications
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


@dataclass(frozen=True)
class Found:
    """What was found.

    Attributes
    ----------
    scenario : Scenario
    effects : tuple of Effect
    table : DataFrame
        one row per effect and number: effect, number, label, unit, mean, low, high (95 %), n, expected,
        margin, verdict ("" where nobody said what to expect), decides (True: the number that the effect's
        verdict rests on)
    """

    scenario: Scenario
    effects: tuple[Effect, ...]
    table: pd.DataFrame

    def verdict(self, effect: str) -> str:
        """Say whether an effect emerges."""
        rows = self.table[(self.table["effect"] == effect) & self.table["decides"]]
        return str(rows["verdict"].iloc[0])


def look_for(
    effects: Sequence[Effect],
    scenario: Scenario,
    workers: int = 1,
    on_done: Callable[[int], None] | None = None,
    stop: threading.Event | None = None,
) -> Found:
    """Look for effects in ``scenario.comparison.replications`` markets.

    Parameters
    ----------
    effects
        which
    scenario : Scenario
    workers, on_done, stop
        see :func:`zerosum.runs.executors.replications`

    Raises
    ------
    Interrupted
    """

    def task(number: int, check: OnWeek) -> list[Row]:
        return [effect.observe(scenario, number, check) for effect in effects]

    observed = replications(task, scenario.comparison.replications, workers, on_done, stop)
    rows = []
    for i, effect in enumerate(effects):
        for place, wanted in enumerate(effect.numbers):
            name = wanted.measure.name
            found = wanted.measure.interval(np.array([row[i][name] for row in observed]))
            rows.append(
                {
                    "effect": effect.name,
                    "number": name,
                    "label": wanted.measure.label,
                    "unit": wanted.measure.unit,
                    "mean": found.mean,
                    "low": found.low,
                    "high": found.high,
                    "n": found.n,
                    "expected": wanted.expected,
                    "margin": wanted.margin,
                    "verdict": wanted.verdict(found),
                    "decides": place == 0,
                }
            )
    return Found(scenario, tuple(effects), pd.DataFrame(rows))
