"""Find factors that change nothing in the market: their values differ in cost, or in nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import pandas as pd

from zerosum.scenario import ScenarioError, market_json
from zerosum.studies.sweep.factors import Factor
from zerosum.studies.sweep.points import Study

MOST_VALUES = 12
"""Values of a factor that are tried, evenly over all."""


class Unresponsive(NamedTuple):
    """A factor that moves nobody."""

    factor: str
    keys: tuple[str, ...]
    cost: bool
    """Whether its values differ in cost; else in nothing."""


@lru_cache(maxsize=4)
def unresponsive(study: Study) -> tuple[Unresponsive, ...]:
    """Find the factors of an experiment to which nothing in the market responds, at none of its points' extremes.

    No run is made: scenarios are compared that differ in one factor.

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
            cost = any(len(place.with_cost) > 1 for place in seen)
            found.append(Unresponsive(factor.name, factor.keys, cost))
    return tuple(found)


class _Seen(NamedTuple):
    """What the values of a factor make of a point: the markets, and the same with what is paid."""

    markets: set[str]
    with_cost: set[str]


def _places(study: Study, factor: Factor, values: list[Any]) -> Iterator[_Seen]:
    """Try a factor's values at one extreme point after the other, until a market responds."""
    for number in study.extremes():
        seen = _Seen(set(), set())
        for value in values:
            try:
                scenario = study.with_value(number, factor, value)
            except ScenarioError:
                continue  # not every combination of values needs to be possible
            seen.markets.add(market_json(scenario))
            seen.with_cost.add(market_json(scenario, with_cost=True))
            if len(seen.markets) > 1:
                yield seen
                return
        if seen.markets:
            yield seen
