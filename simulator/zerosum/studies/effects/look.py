"""Look for effects in a scenario's market, over many replications."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zerosum.market.run import OnWeek
from zerosum.runs.parallel import replications
from zerosum.scenario.spec import Scenario
from zerosum.studies.effects.effect import Effect, Row


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
        see :func:`zerosum.runs.parallel.replications`

    Returns
    -------
    Found

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
