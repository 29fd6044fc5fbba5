"""Calibrated parameter sets: values that agree with the facts, applied to a scenario.

``zerosum calibrate experiments/calibration.toml`` wrote the shipped ones (``fits.toml``). The first set has the
package's defaults. The others agree with the facts, too, and differ from it as much as the facts allow. A conclusion
that doesn't hold under all of them is undecided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field, model_validator

from zerosum.errors import InputError
from zerosum.files import UnreadableFile, read_toml
from zerosum.market.declare.section import Fault
from zerosum.scenario import ScenarioError, keys_by_path, parse_scenario
from zerosum.scenario.errors import suggest
from zerosum.scenario.explain import Row, validate_file
from zerosum.scenario.overrides import key_at
from zerosum.scenario.spec import NAMED_TABLES, Scenario, raise_faults

SHIPPED = Path(__file__).with_name("fits.toml")
LARGEST = 1e15
"""Larger numbers are refused."""


@dataclass(frozen=True)
class Parameter:
    """One calibrated parameter.

    Attributes
    ----------
    key : str
        path in the scenario; in a table with rows, it means every row (``segments.switching_cost``)
    low, high : float
        the plausible range before calibration
    factor : bool
        the value multiplies the rows' values, instead of replacing them
    spread : float
        standard deviation among the markets that agree with the facts / that of the whole range: about 1
        if the facts say nothing about the parameter
    pinned_by
        names of the facts that depend most on it, the strongest first
    replaces : bool
        the values also replace what a scenario sets itself: they were fitted to the data that the scenario is of
    """

    key: str
    low: float
    high: float
    factor: bool = False
    spread: float = 1.0
    pinned_by: tuple[str, ...] = ()
    replaces: bool = False


@dataclass(frozen=True)
class Changes:
    """How a calibrated set changes a scenario.

    Attributes
    ----------
    replaced : key -> (package's default, the set's value)
        if the scenario doesn't set the key and the two differ
    scaled : key -> (the row's value, the set's value)
        if the two differ
    kept : calibrated keys that the scenario sets itself, or has in [[uncertain]]
    moved : float
        distance from the package's default (for a factor: from the default set), in ranges (``high - low``):
        mean over the parameters that could be replaced or scaled
    """

    replaced: Mapping[str, tuple[float, float]]
    scaled: Mapping[str, tuple[float, float]]
    kept: tuple[str, ...]
    moved: float


@dataclass(frozen=True)
class Fits:
    """Parameters and their calibrated sets, key -> value; the first set is the default."""

    parameters: tuple[Parameter, ...]
    sets: tuple[Mapping[str, float], ...]
    about: Mapping[str, Any]
    """How they were found: scenario, seed, trials, …"""
    source: str = field(default="fits", compare=False)
    """Their name in errors: the file."""

    def applied(self, scenario: Scenario, number: int) -> Scenario:
        """Return the scenario with calibrated set ``number``: the default is 0.

        Values replace the package's defaults, and what a scenario sets itself only if the parameter ``replaces``.
        Factors multiply the rows' values by the set's factor / the default set's.

        Raises
        ------
        InputError
            if the scenario would not be valid
        """
        try:
            return apply_values(scenario, self.parameters, self._values(number), spoken=False)
        except ScenarioError as error:
            told = (replace(problem, source="") for problem in error.problems)
            faults = (f"{self.source}: fit {number} of {scenario.name}: {problem}" for problem in told)
            raise InputError("\n".join(faults)) from None

    def changes(self, scenario: Scenario, number: int) -> Changes:
        """Return how :meth:`applied` changes a scenario."""
        values = self._values(number)
        found: dict[bool, dict[str, tuple[float, float]]] = {False: {}, True: {}}
        kept: list[str] = []
        moves: list[float] = []
        for parameter in self.parameters:
            silent = 0
            for place in _places(scenario, parameter.key):
                if place.believed or (place.said and not parameter.factor and not parameter.replaces):
                    kept.append(place.key)
                    continue
                silent += 1
                scale = place.now if parameter.factor else 1.0
                then = _like_the_default(parameter.key, values[parameter.key] * scale)
                if then != place.now:
                    found[parameter.factor][place.key] = (place.now, then)
            if silent:
                key = parameter.key
                fitted = parameter.factor or parameter.replaces
                before = self.sets[0][key] if fitted else keys_by_path()[key].default
                moves.append(abs(self.sets[number][key] - before) / (parameter.high - parameter.low))
        moved = sum(moves) / len(moves) if moves else 0.0
        return Changes(found[False], found[True], tuple(kept), moved)

    def _values(self, number: int) -> dict[str, float]:
        default, chosen = self.sets[0], self.sets[number]
        return {p.key: chosen[p.key] / default[p.key] if p.factor else chosen[p.key] for p in self.parameters}


def apply_values(
    scenario: Scenario,
    parameters: Sequence[Parameter],
    values: Mapping[str, float],
    *,
    base: Mapping[str, Mapping[str, float]] | None = None,
    spoken: bool = True,
) -> Scenario:
    """Set values in a scenario.

    Parameters
    ----------
    scenario : Scenario
    parameters
        the parameters of the keys in ``values``
    values : key -> value or factor
    base : key -> row's name -> number
        the numbers that factors multiply; the scenario's own rows if not given
    spoken : bool
        whether to replace values that the scenario sets itself, too; keys in [[uncertain]] are never replaced

    Returns
    -------
    Scenario
        checked as a whole

    Raises
    ------
    ScenarioError
        if it would not be valid
    """
    overrides: dict[str, Any] = {}
    for parameter in parameters:
        value = values[parameter.key]
        for place in _places(scenario, parameter.key):
            if place.believed:
                continue
            if parameter.factor:
                start = (base or {}).get(parameter.key, {}).get(place.row, place.now)
                overrides[place.key] = _like_the_default(parameter.key, value * start)
            elif spoken or parameter.replaces or not place.said:
                overrides[place.key] = _like_the_default(parameter.key, value)
    return parse_scenario(scenario, overrides)


class _Place(NamedTuple):
    """The place of a parameter in a scenario."""

    key: str
    """The key, as for ``--set``."""
    row: str
    """Name of the row, in a table with rows."""
    now: float
    said: bool
    """Whether the scenario sets it itself."""
    believed: bool
    """Whether it is in [[uncertain]]: then each replication draws its value."""


def _places(scenario: Scenario, key: str) -> Iterator[_Place]:
    """Yield a parameter's places in a scenario: one, or one for each row of its table."""
    believed = {row.key for row in scenario.uncertain}
    table, _, rest = key.partition(".")
    if table not in NAMED_TABLES:
        yield _Place(key, "", *_look(scenario, key), key in believed)
        return
    for i, row in enumerate(getattr(scenario, table)):
        written = key_at(scenario, (table, i, *rest.split(".")))
        yield _Place(written, row.name, *_look(row, rest), written in believed)


def keys_in(scenario: Scenario, key: str) -> list[str]:
    """Return the scenario's canonical keys of a parameter: one, or one for each row of its table."""
    return [place.key for place in _places(scenario, key)]


def _look(table: Any, path: str) -> tuple[float, bool]:
    """Return a value, and whether a scenario or one of its rows sets it."""
    said = True
    for part in path.split("."):
        said = said and part in table.model_fields_set
        table = getattr(table, part)
    return table, said


def _like_the_default(key: str, value: float) -> float | int:
    return round(value) if isinstance(keys_by_path()[key].default, int) else float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_ALL_KEYS = "'zerosum schema' prints all keys"


def check_keys(paths: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with keys to calibrate: not in the spec, no number, or given twice."""
    known = keys_by_path()
    for path in dict.fromkeys(paths):
        if path not in known:
            yield f"there is no key '{path}'; {suggest(path, known, _ALL_KEYS)}"
        elif not _is_number(known[path].default):
            yield f"'{path}' has no number for a default, so it can't be fitted"
        if paths.count(path) > 1:
            yield f"'{path}' is given twice"


class _Row(Row):
    key: str
    low: float = Field(ge=-LARGEST, le=LARGEST)
    high: float = Field(ge=-LARGEST, le=LARGEST)
    factor: bool = False
    spread: float = Field(default=1.0, allow_inf_nan=True)
    pinned_by: tuple[str, ...] = ()
    replaces: bool = False

    @model_validator(mode="after")
    def _is_a_range(self) -> _Row:
        if self.low >= self.high:
            raise ValueError(f"low = {self.low:g} must be less than high = {self.high:g}")
        if self.factor and self.key.partition(".")[0] not in NAMED_TABLES:
            raise ValueError(f"a factor needs a table with rows, such as {', '.join(NAMED_TABLES)}")
        return self


class _File(Row):
    about: Mapping[str, Any]
    parameters: tuple[_Row, ...] = Field(min_length=1)
    fits: tuple[Mapping[str, float], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits_together(self) -> _File:
        factors = {row.key: row.factor for row in self.parameters}
        faults = [Fault(("parameters",), wrong) for wrong in check_keys([row.key for row in self.parameters])]
        for number, row in enumerate(self.fits):
            for key in factors.keys() - row.keys():
                faults.append(
                    Fault(("fits", number), f"'{key}' is missing; each set has all of [[parameters]]")
                )
            for key, value in row.items():
                if key not in factors:
                    faults.append(Fault(("fits", number), f"'{key}' is none of [[parameters]]; leave it out"))
                elif factors[key] and value <= 0:
                    faults.append(Fault(("fits", number), f"'{key}' = {value:g}; a factor must be above 0"))
        raise_faults(faults)
        return self


def load_fits(path: str | Path = SHIPPED) -> Fits:
    """Load a file of calibrated sets, as ``zerosum calibrate`` writes it.

    Raises
    ------
    InputError
    """
    try:
        content = read_toml(path, "a file of fits")
    except UnreadableFile as error:
        none = ": no fits came with this zerosum. 'zerosum calibrate' writes one"
        raise InputError(f"{error}{none if error.missing and path == SHIPPED else ''}") from None
    file = validate_file(_File, content, path)
    parameters = tuple(Parameter(**row.model_dump()) for row in file.parameters)
    sets = tuple({key: float(value) for key, value in row.items()} for row in file.fits)
    return Fits(parameters, sets, content["about"], str(path))
