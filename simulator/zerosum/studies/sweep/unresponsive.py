"""Find factors that change nothing in the market: they change only how much money is counted, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import pandas as pd

from zerosum.scenario import ScenarioError, market_json
from zerosum.studies.sweep.factors import Factor
from zerosum.studies.sweep.points import Study

MOST_VALUES = 12
"""Most values of a factor to check, evenly spaced."""


class Unresponsive(NamedTuple):
    """A factor that doesn't change the market."""

    factor: str
    keys: tuple[str, ...]
    money: bool
    """Whether its values change how much money is counted."""


@lru_cache(maxsize=4)
def unresponsive(study: Study) -> tuple[Unresponsive, ...]:
    """Find the factors of an experiment that don't change the market at any of the extreme points.

    It compares scenarios that differ in one factor, without a simulation.

    Parameters
    ----------
    study : Study

    Returns
    -------
    tuple of Unresponsive
        In the factors' order.
    """
    found = []
    for factor in study.experiment.factors:
        every = pd.unique(study.points[factor.name])
        step = max(1, (len(every) - 1) // (MOST_VALUES - 1))
        values = list(dict.fromkeys([every[0], every[-1], *every[::step]]))
        seen = list(_places(study, factor, values))
        if len(values) > 1 and seen and all(len(place.markets) == 1 for place in seen):
            money = any(len(place.with_money) > 1 for place in seen)
            found.append(Unresponsive(factor.name, factor.keys, money))
    return tuple(found)


class _Seen(NamedTuple):
    """The markets that a factor's values give at a point, without and with keys that change money only."""

    markets: set[str]
    with_money: set[str]


def _places(study: Study, factor: Factor, values: list[Any]) -> Iterator[_Seen]:
    """Yield the markets of a factor's values at each extreme point; stop at the first that changes."""
    for number in study.extremes():
        seen = _Seen(set(), set())
        for value in values:
            try:
                scenario = study.with_value(number, factor, value)
            except ScenarioError:
                continue  # some combinations of values may be invalid
            seen.markets.add(market_json(scenario))
            seen.with_money.add(market_json(scenario, with_money=True))
            if len(seen.markets) > 1:
                yield seen
                return
        if seen.markets:
            yield seen
