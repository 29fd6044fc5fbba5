"""Effects: a claim about selling, an experiment to test it, and a criterion.

Each experiment uses paired replications that differ in one thing, named in ``differs``. The result is one of three:
the effect emerges, it doesn't, or the opposite does. No rule of the market was made for an effect, or changed for a
missing one.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from zerosum.market.assumptions import assumed
from zerosum.market.run import OnWeek
from zerosum.market.state import Float
from zerosum.runs.executors import replications
from zerosum.scenario.spec import Scenario
from zerosum.statistics import Interval
from zerosum.studies.facts import Measure

Expected = Literal["above", "below", "none", "open"]
"""Expected value: above zero, below zero, within a margin of zero, or no expectation."""

EMERGES, MISSING, OPPOSITE, OPEN = "emerges", "not shown", "the opposite", ""
"""Verdicts. Not shown: the interval crosses a limit of the expectation; more replications may decide."""


@dataclass(frozen=True)
class Number:
    """One number of an effect, and its expected value.

    Attributes
    ----------
    measure : Measure
        name, label, unit, meaning, and how to compute it from replications
    expected : Expected
    margin : float
        largest deviation that counts as none, in the measure's unit
    """

    measure: Measure
    expected: Expected = "open"
    margin: float = 0.0

    def verdict(self, found: Interval) -> str:
        """Return the verdict of an interval; without one, nothing is shown."""
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
"""Number's name -> its row in one replication, float[k]."""


@dataclass(frozen=True)
class Effect:
    """An effect to test.

    Attributes
    ----------
    name, title : str
    expected : str
        the claim, in a sentence
    source : str
        of the claim
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
    """Declare a number; ``reduce`` computes it from the mean row over replications."""
    if reduce is None:
        return Number(Measure(name, label, unit, label), expected, margin)
    return Number(Measure(name, label, unit, label, "", reduce, pooled=True), expected, margin)


def one(value: float) -> Float:
    """Return a row of one number."""
    return np.array([value])


@dataclass(frozen=True)
class Found:
    """Results of tests of effects.

    Attributes
    ----------
    scenario : Scenario
    effects : tuple of Effect
    table : DataFrame
        one row per effect and number: effect, number, label, unit, mean, low, high (95 %), n, expected,
        margin, verdict ("" without an expectation), decides (True: the number that decides the effect's
        verdict)
    """

    scenario: Scenario
    effects: tuple[Effect, ...]
    table: pd.DataFrame

    def verdict(self, effect: str) -> str:
        """Return an effect's verdict."""
        rows = self.table[(self.table["effect"] == effect) & self.table["decides"]]
        return str(rows["verdict"].iloc[0])


def look_for(
    effects: Sequence[Effect],
    scenario: Scenario,
    workers: int = 1,
    on_done: Callable[[int], None] | None = None,
    stop: threading.Event | None = None,
) -> Found:
    """Test effects in ``scenario.comparison.replications`` markets.

    Parameters
    ----------
    effects
        effects to test
    scenario : Scenario
    workers, on_done, stop
        see :func:`zerosum.runs.executors.replications`

    Raises
    ------
    Interrupted
    """

    def task(number: int, check: OnWeek) -> list[Row]:
        market = assumed(scenario, number, alone=True)  # before probes are added: their names aren't a file's
        return [effect.observe(market, number, check) for effect in effects]

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
