"""Results from a surface: the difference at a place, crossovers along an axis, shares of the map by verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from zerosum.market.state import Float
from zerosum.statistics import Interval
from zerosum.studies.map.axes import Axis
from zerosum.studies.map.surface import Surface

SURE = 0.975
"""Probability from which a strategy counts as better at a place: a two-sided test at 5 %."""

FINE = 1001
"""Places along an axis in the search for crossovers."""


class Crossover(NamedTuple):
    """Where the difference is zero along an axis through the user's place, in the factor's unit.

    ``low``, ``high``: 95 % interval; an end of the axis means that it may lie beyond. ``rises``: whether the difference
    is above zero beyond it, at higher values.
    """

    at: float
    low: float
    high: float
    rises: bool


def places_of(axes: Sequence[Axis], values: Sequence[Float]) -> Float:
    """Return places on the unit square, float[n, 2], of values of both axes."""
    return np.column_stack([axis.place(value) for axis, value in zip(axes, values, strict=True)])


def here_of(axes: Sequence[Axis]) -> Float:
    """Return the user's place on the unit square, float[1, 2]."""
    return places_of(axes, [np.array([axis.here]) for axis in axes])


def at_place(surface: Surface, axes: Sequence[Axis]) -> Interval:
    """Return the difference at the user's place."""
    found, low, high = surface.interval(here_of(axes))
    return Interval(float(found[0]), float(low[0]), float(high[0]), int(surface.df))


def crossovers(surface: Surface, axes: Sequence[Axis], number: int) -> list[Crossover]:
    """Find where the difference changes sign along an axis, with the other axis at the user's place.

    Each interval holds all values around it where the difference isn't significantly different from 0 (Fieller 1954).
    """
    along = np.linspace(0.0, 1.0, FINE)
    places = np.repeat(here_of(axes), FINE, axis=0)
    places[:, number] = along
    found, low, high = surface.interval(places)
    open_ = (low <= 0.0) & (high >= 0.0)
    axis, crossed = axes[number], []
    for i in np.flatnonzero(np.sign(found[:-1]) * np.sign(found[1:]) < 0):
        at = along[i] + (along[i + 1] - along[i]) * found[i] / (found[i] - found[i + 1])
        first, last = int(i), int(i) + 1
        while first > 0 and open_[first - 1]:
            first -= 1
        while last < FINE - 1 and open_[last + 1]:
            last += 1
        where, begin, end = (_value(axis, float(place)) for place in (at, along[first], along[last]))
        crossed.append(Crossover(where, begin, end, bool(found[i + 1] > 0)))
    return crossed


def shares(probability: Float) -> tuple[float, float, float]:
    """Return the shares of a map where the first is better, where the second is, and where neither is clearly."""
    first, second = float((probability >= SURE).mean()), float((probability <= 1.0 - SURE).mean())
    return first, second, 1.0 - first - second


def _value(axis: Axis, place: float) -> float:
    low, high, scale = axis.span
    return float(low * (high / low) ** place if scale == "log" else low + (high - low) * place)
