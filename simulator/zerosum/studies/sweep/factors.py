"""A factor: the key of a scenario that an experiment varies, and its values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from zerosum.market.declare.section import SMALLEST as NOTHING
from zerosum.scenario import keys_by_path
from zerosum.scenario.explain import Row
from zerosum.scenario.paths import split_key
from zerosum.scenario.spec import NAMED_TABLES
from zerosum.studies.questions import LARGEST

Value = bool | int | float | str
"""A factor's value at a point."""

DIGITS = 6
"""Significant digits of a value in a range, so that tables show the simulated value."""

SMALLEST = 1e-12
"""Smallest sd of a normal distribution, and smallest low / high of a range on a log scale."""

NAME = r"^[A-Za-z][A-Za-z0-9_]*$"
"""Pattern of a factor's name: it becomes a column of tables and a name in constraints."""


class Level(Row):
    """One of a factor's named levels: it sets several keys together."""

    name: str = Field(min_length=1, max_length=60)
    set: Mapping[str, Any]


class Factor(Row):
    """One factor: a key (and keys scaled with it), or named levels of several keys.

    Attributes
    ----------
    key : str, optional
        key of the scenario, as for ``--set``
    name : str
        its column in tables; default: the last word of the key
    label, unit : str
        for figures; default: the key's
    values : tuple, optional
        values to simulate, in this order
    low, high : float, optional a range; ``steps`` values of it where the design is a grid
    scale : str
        linear or log spacing of a range
    distribution : str
        uniform over the range; normal (``mean``, ``sd``; truncated at low and high if given);
        triangular (low, ``mode``, high)
    also : mapping
        further key -> multiplier of the value
    levels : tuple of Level
        named levels instead of a key
    """

    key: str | None = None
    name: str = Field(default="", max_length=60)
    label: str = ""
    unit: str = ""
    values: tuple[Value, ...] = ()
    low: float | None = Field(default=None, ge=-LARGEST, le=LARGEST)
    high: float | None = Field(default=None, ge=-LARGEST, le=LARGEST)
    steps: int | None = Field(default=None, ge=2, le=100_000)
    scale: Literal["linear", "log"] = "linear"
    distribution: Literal["uniform", "normal", "triangular"] = "uniform"
    mean: float | None = Field(default=None, ge=-LARGEST, le=LARGEST)
    sd: float | None = Field(default=None, ge=SMALLEST, le=LARGEST)
    mode: float | None = Field(default=None, ge=-LARGEST, le=LARGEST)
    also: Mapping[str, Annotated[float, Field(ge=-LARGEST, le=LARGEST)]] = {}
    levels: tuple[Level, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _has_a_name(cls, given: Any) -> Any:
        if isinstance(given, dict) and "name" not in given and isinstance(given.get("key"), str):
            try:
                last = split_key(given["key"])[-1]
            except ValueError:
                return given | {"name": "unnamed"}  # the error is about the key, not the name
            return given | {"name": last.replace("-", "_")}
        return given

    @model_validator(mode="after")
    def _has_keys(self) -> Factor:
        for key in () if self.key is None and not self.levels else self.keys:
            try:
                split_key(key)
            except ValueError:
                raise ValueError(
                    f"'{key}' is no key; write names with dots between them, such as market.saturation"
                ) from None
        return self

    @model_validator(mode="after")
    def _says_one_thing(self) -> Factor:
        if (self.key is None) == (not self.levels):
            raise ValueError("give either 'key', or 'levels' of several keys")
        if self.levels:
            self._refuse("levels", "values", "low", "high", "steps", "mean", "sd", "mode", "also")
            twice = _twice([level.name for level in self.levels])
            if twice:
                raise ValueError(f"there are two levels '{twice}'")
            if len(self.levels) < 2:
                raise ValueError("one level is no factor; give two or more")
        elif self.values:
            self._refuse("values", "low", "high", "steps", "mean", "sd", "mode")
            if _twice(self.values) is not None:
                comma = "; a number has a point, not a comma: write 0.5" if 0 in self.values else ""
                raise ValueError(f"values: {_twice(self.values)} stands there twice{comma}")
            if self.also and not all(_is_number(v) for v in self.values):
                raise ValueError("'also' multiplies, so the values must be numbers")
        else:
            self._is_a_range()
        return self

    def _refuse(self, what: str, *names: str) -> None:
        for name in names:
            if getattr(self, name):
                raise ValueError(f"'{name}' doesn't go with '{what}'")

    def _is_a_range(self) -> None:
        bounded = self.low is not None and self.high is not None
        if self.distribution == "normal":
            if self.mean is None or self.sd is None:
                raise ValueError(
                    'distribution = "normal" needs mean and sd (and, to cut it off, low and high)'
                )
            self._refuse('distribution = "normal"', "mode")
        elif not bounded:
            raise ValueError("there is nothing to vary: give 'values', or 'low' and 'high'")
        if bounded and not self.low < self.high:  # type: ignore[operator]
            raise ValueError(f"low = {self.low:g} must be below high = {self.high:g}")
        if self.distribution == "triangular":
            if self.mode is None:
                raise ValueError('distribution = "triangular" needs mode, the likeliest value')
            if not self.low <= self.mode <= self.high:  # type: ignore[operator]
                raise ValueError(f"mode = {self.mode:g} must lie between low and high")
        if self.distribution == "uniform":
            self._refuse('distribution = "uniform"', "mean", "sd", "mode")
        if self.scale == "log":
            if self.distribution != "uniform":
                raise ValueError(f'scale = "log" doesn\'t go with distribution = "{self.distribution}"')
            if self.low <= 0:  # type: ignore[operator]
                raise ValueError(f'low = {self.low:g} must be above 0 where scale = "log"')
            if self.low < SMALLEST * self.high:  # type: ignore[operator]
                raise ValueError(
                    f'high = {self.high:g} is more than {1 / SMALLEST:g} times low = {self.low:g}; scale = "log" goes '
                    "no further"
                )

    @property
    def is_range(self) -> bool:
        """Whether its values are a range, not a list."""
        return not self.values and not self.levels

    @property
    def listed(self) -> tuple[Value, ...]:
        """Values of a grid, in order.

        Raises
        ------
        ValueError
            for a range without ``steps``
        """
        if self.levels:
            return tuple(level.name for level in self.levels)
        if self.values:
            return self.values
        if self.steps is None:
            raise ValueError(f"factor '{self.name}': a grid needs 'values', or 'steps' beside low and high")
        if self.distribution == "uniform":
            places = np.linspace(0.0, 1.0, self.steps)
        else:  # medians of equally likely parts of the distribution
            places = (np.arange(self.steps) + 0.5) / self.steps
        return tuple(dict.fromkeys(self.at(float(place)) for place in places))

    @property
    def count(self) -> int:
        """Number of values in a grid."""
        return len(self.listed)

    def at(self, place: float) -> Value:
        """Return the value at a quantile (0 to 1) of its distribution: a listed one, or a rounded number."""
        if not self.is_range:
            every = self.listed
            return every[min(int(place * len(every)), len(every) - 1)]
        exact = self._quantile(place)
        if self.is_whole:
            return round(exact)
        return 0.0 if abs(exact) < NOTHING else round(exact, DIGITS - 1 - math.floor(math.log10(abs(exact))))

    def _quantile(self, place: float) -> float:
        from scipy import stats

        low, high = self.low, self.high
        if self.distribution == "normal":
            assert self.mean is not None
            assert self.sd is not None
            ends = [
                (low - self.mean) / self.sd if low is not None else -np.inf,
                (high - self.mean) / self.sd if high is not None else np.inf,
            ]
            return float(stats.truncnorm(*ends, loc=self.mean, scale=self.sd).ppf(place))
        assert low is not None
        assert high is not None
        if self.distribution == "triangular":
            assert self.mode is not None
            peak = (self.mode - low) / (high - low)
            return float(stats.triang(peak, loc=low, scale=high - low).ppf(place))
        if self.scale == "log":
            return float(low * (high / low) ** place)
        return float(low + (high - low) * place)

    @property
    def is_bounded(self) -> bool:
        """Whether it has a lowest and a highest value; a normal distribution may have none."""
        return not self.is_range or (self.low is not None and self.high is not None)

    @property
    def is_whole(self) -> bool:
        """Whether the scenario's key takes whole numbers."""
        return self.key is not None and isinstance(_default(self.key), int)

    def overrides(self, value: Value) -> Mapping[str, Any]:
        """Return the scenario's keys and their values for this value of the factor."""
        if self.levels:
            return next(level.set for level in self.levels if level.name == value)
        assert self.key is not None
        found: dict[str, Any] = {self.key: value}
        for key, times in self.also.items():
            assert isinstance(value, int | float)
            scaled = value * times
            found[key] = round(scaled) if isinstance(_default(key), int) else scaled
        return found

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys that it sets, over all levels."""
        if self.levels:
            return tuple(dict.fromkeys(key for level in self.levels for key in level.set))
        return (self.key or "", *self.also)

    @property
    def title(self) -> str:
        """Label with its unit, for axes; default: the key's."""
        unit = self.unit or (_unit(self.key) if self.key else "")
        label = self.label or self.name.replace("_", " ")
        return f"{label} ({unit})" if unit and unit not in ("name", "yes/no") else label


def _twice(items: Any) -> Any:
    seen: list[Any] = []
    for item in items:
        if any(item == other and _is_number(item) == _is_number(other) for other in seen):
            return item
        seen.append(item)
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _leaf(key: str) -> str:
    """Return the key without the name of a row: ``vendors.Alder.reps`` becomes ``vendors.reps``."""
    table, *rest = split_key(key)
    if table not in NAMED_TABLES:
        return key
    # A row's name may hold dots.
    tails = (f"{table}.{'.'.join(rest[i:])}" for i in range(1, len(rest)))
    return next((tail for tail in tails if tail in keys_by_path()), key)


def _default(key: str) -> Any:
    default = keys_by_path()[_leaf(key)].default if _leaf(key) in keys_by_path() else None
    return None if isinstance(default, bool) else default


def _unit(key: str) -> str:
    return keys_by_path()[_leaf(key)].unit if _leaf(key) in keys_by_path() else ""
