"""Convert between a strategy and places on axes.

Shares that sum to 1 (a plan, the use of freed hours) form a simplex. Each activity has an axis from 0 to 1. Its place
u gives the weight -ln(u), and shares are weights over their sum. If places are uniform, shares are uniform over the
simplex (normalized exponentials: Devroye 1986, *Non-Uniform Random Variate Generation*, XI.4.1). So a uniform start
covers all plans evenly, including corners; a softmax of uniform numbers would not. Raising all places to the same
power gives the same plan: there is one axis too many, but no activity is treated as the remainder.

A set (tools, departments) has one yes or no for each member. Values are rounded before the trial, so that the shown
values were simulated: shares to thousandths that sum to 1 exactly, numbers to three digits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from zerosum.market.declare.section import SMALLEST
from zerosum.market.inventory.strategies import Strategy
from zerosum.scenario.errors import suggest
from zerosum.scenario.spec import Scenario
from zerosum.studies.optimise.spec import (
    DEPARTMENTS,
    NUMBERS,
    SETS,
    SHARES,
    SWITCHES,
    WHOLE,
    WORDS,
    Parameter,
)

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Places = Mapping[str, Any]
"""Axis -> place."""

PARTS = 1000
"""Shares are multiples of 1 / PARTS."""

DIGITS = 3
IDLE = ("reinvest", "training")
"""Tables of a strategy without effect if it has no tools."""

LEAST = 1e-9
"""Place below which a weight no longer grows."""


class Axes:
    """One parameter: its axes, a strategy's places on them, and the values at places.

    Parameters
    ----------
    parameter : Parameter
    scenario : Scenario
    like : Strategy
        start strategy, whose values don't vary otherwise

    Raises
    ------
    ValueError
        if the scenario lacks a name in the parameter, or ``like`` is outside its range
    """

    def __init__(self, parameter: Parameter, scenario: Scenario, like: Strategy) -> None:
        self.key, self.parameter, self._like = parameter.key, parameter, like
        self.members = parameter.choices or SHARES.get(self.key, ())
        if self.key in SETS:
            known = [tool.name for tool in scenario.tools] if self.key == "tools" else list(DEPARTMENTS)
            if not known:
                raise ValueError("'tools': the scenario has none")
            self.members = parameter.choices or tuple(known)
            for name in self.members:
                if name not in known:
                    raise ValueError(f"'{self.key}': the scenario has no '{name}'; {suggest(name, known)}")
        if self.key in NUMBERS:
            assert parameter.low is not None
            assert parameter.high is not None
            value = self._number()
            if not parameter.low <= value <= parameter.high:
                raise ValueError(
                    f"'{self.key}' is {value:g} in '{like.name}', the first that is tried; it must lie between low = "
                    f"{parameter.low:g} and high = {parameter.high:g}"
                )
        if self.key in SHARES and self._movable() <= 0:
            raise ValueError(
                f"'{self.key}': {', '.join(self.members)} have no share in '{like.name}' to be moved"
            )

    def _table(self) -> dict[str, float]:
        return dict(getattr(self._like, self.key).model_dump())

    def _number(self) -> float:
        table, _, name = self.key.partition(".")
        found = getattr(self._like, table)
        return float(getattr(found, name) if name else found)

    def _movable(self) -> float:
        table = self._table()
        return sum(table[name] for name in self.members)

    @property
    def axes(self) -> Mapping[str, BaseDistribution]:
        """Return each axis's optuna distribution."""
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        if self.key in SHARES:
            return {f"{self.key}.{name}": FloatDistribution(0.0, 1.0) for name in self.members}
        if self.key in SETS:
            return {f"{self.key}.{name}": CategoricalDistribution([False, True]) for name in self.members}
        if self.key in SWITCHES:
            return {self.key: CategoricalDistribution([False, True])}
        if self.key in WORDS:
            return {self.key: CategoricalDistribution(list(WORDS[self.key]))}
        low, high = self.parameter.low, self.parameter.high
        assert low is not None
        assert high is not None
        if self.key in WHOLE:
            return {self.key: IntDistribution(int(low), int(high))}
        return {self.key: FloatDistribution(low, high)}

    @property
    def start(self) -> Places:
        """Return the places of ``like``."""
        if self.key in SHARES:
            table, whole = self._table(), self._movable()
            return {f"{self.key}.{name}": math.exp(-table[name] / whole) for name in self.members}
        if self.key in SETS:
            there = getattr(self._like, self.key)
            return {f"{self.key}.{name}": name in there for name in self.members}
        if self.key in NUMBERS:
            return {self.key: int(self._number()) if self.key in WHOLE else self._number()}
        return {self.key: getattr(self._like, self.key)}

    def at(self, places: Places) -> Any:
        """Return the value of the strategy's key (of a number in a table: the number)."""
        if self.key in SHARES:
            return self._shares([float(places[f"{self.key}.{name}"]) for name in self.members])
        if self.key in SETS:
            kept = [name for name in getattr(self._like, self.key) if name not in self.members]
            return (*kept, *(name for name in self.members if places[f"{self.key}.{name}"]))
        value = places[self.key]
        if self.key in NUMBERS and self.key not in WHOLE:
            assert self.parameter.low is not None
            assert self.parameter.high is not None
            return min(max(_round(float(value)), self.parameter.low), self.parameter.high)
        return value

    def _shares(self, places: Sequence[float]) -> dict[str, float]:
        weights = np.array([-math.log(max(place, LEAST)) for place in places])
        if weights.sum() <= 0:
            weights = np.ones(len(weights))
        rest = {name: share for name, share in self._table().items() if name not in self.members}
        whole = round(PARTS * self._movable())
        return {**self._table(), **rest, **dict(zip(self.members, _apportion(weights, whole), strict=True))}


def _apportion(weights: Sequence[float] | np.ndarray[Any, Any], whole: int) -> list[float]:
    """Round to thousandths by largest remainders, so that they sum to the whole."""
    exact = np.asarray(weights, np.float64) / np.sum(weights) * whole
    parts = np.floor(exact).astype(int)
    for i in np.argsort(parts - exact, kind="stable")[: whole - int(parts.sum())]:
        parts[i] += 1
    return [int(part) / PARTS for part in parts]


def _round(value: float) -> float:
    return 0.0 if abs(value) < SMALLEST else round(value, DIGITS - 1 - math.floor(math.log10(abs(value))))


def strategy_at(like: Strategy, axes: Sequence[Axes], places: Places, name: str) -> Strategy:
    """Return the strategy at places: ``like`` with the varied values.

    Without tools, the tables in ``IDLE`` have no effect (a test checks this). They then stay as in ``like``, so that
    equal strategies don't look different to a search.

    Raises
    ------
    ValueError
        if the values are invalid for a strategy
    """
    values = like.model_dump()
    for one in axes:
        table, _, inner = one.key.partition(".")
        if inner:
            values[table][inner] = one.at(places)
        else:
            values[table] = one.at(places)
    if not values["tools"]:
        values |= {table: like.model_dump()[table] for table in IDLE}
    return Strategy.model_validate(values | {"name": name})
