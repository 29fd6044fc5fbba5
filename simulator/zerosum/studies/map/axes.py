"""Axes of a map: a key of the scenario, its range and the user's value."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from zerosum.errors import InputError
from zerosum.market.state import Float
from zerosum.scenario import ScenarioError, keys_by_path, parse_scenario
from zerosum.scenario.errors import suggest
from zerosum.scenario.fits import Fits, keys_in, load_fits
from zerosum.scenario.overrides import find_path, key_at
from zerosum.scenario.paths import Path as KeyPath
from zerosum.scenario.spec import NAMED_TABLES, Scenario
from zerosum.spreadsheet import plain, read_number
from zerosum.studies.questions import LARGEST
from zerosum.studies.sweep.factors import Factor

NEVER = ("comparison", "name", "question", "uncertain")
"""Tables and keys that can't be an axis."""

STEPS = 41
"""Values along an axis at which the surface is computed."""


class Span(NamedTuple):
    """Range of an axis."""

    low: float
    high: float
    scale: str = "linear"


@dataclass(frozen=True)
class Axis:
    """One axis of a map.

    Attributes
    ----------
    key : str
        of the scenario, or of a fitted parameter that stands for a row of each name (``segments.contract_weeks``)
    factor : Factor
        what a sweep varies; its values are in the unit of the first row
    here : float
        the user's place, in the factor's unit
    times : float
        the value that counts as 1 where rows are multiplied together ("times today's"); else 1
    """

    key: str
    factor: Factor
    here: float
    times: float = 1.0

    @property
    def span(self) -> Span:
        """The factor's range."""
        assert self.factor.low is not None
        assert self.factor.high is not None
        return Span(self.factor.low, self.factor.high, self.factor.scale)

    @property
    def ends(self) -> tuple[Any, Any]:
        """Lowest and highest value in a sweep."""
        return self.factor.at(0.0), self.factor.at(1.0)

    @property
    def unit(self) -> str:
        """Unit of shown values."""
        return "times today's" if self.times != 1.0 else _about(self.key)[0]

    @property
    def label(self) -> str:
        """The key's meaning: the first sentence of its description."""
        words = re.split(r"\. |: ", _about(self.key)[1])[0].rstrip(".")
        return re.sub(r" \([a-z_0-9]+\)", "", words)

    @property
    def values(self) -> Float:
        """Values along the axis, in the factor's unit."""
        low, high, scale = self.span
        return np.geomspace(low, high, STEPS) if scale == "log" else np.linspace(low, high, STEPS)

    def place(self, value: Any) -> Any:
        """Return values' places on the axis, 0 to 1."""
        low, high, scale = self.span
        if scale == "log":
            return np.log(np.asarray(value) / low) / math.log(high / low)
        return (np.asarray(value, float) - low) / (high - low)

    def shown(self, value: float) -> float:
        """Return a value in the shown unit."""
        return value / self.times

    def format(self, value: float) -> str:
        """Format a value in the shown unit, to three digits."""
        return f"{self.shown(value):.3g}"


def make_axis(
    scenario: Scenario,
    key: str,
    ranges: Mapping[str, Span] | None = None,
    fits: Fits | None = None,
    at: float | None = None,
) -> Axis:
    """Make an axis of a key.

    Parameters
    ----------
    scenario : Scenario
        its ``[[uncertain]]`` have ranges
    key : str
    ranges : mapping, optional
        key -> given range
    fits : Fits, optional
        fitted parameters, whose ranges are the last resort
    at : float, optional
        the user's place, in the shown unit; default: the scenario's value

    Raises
    ------
    InputError
        for a key that doesn't exist, isn't a number, or has no range: says what to give
    """
    if key.partition(".")[0] in NEVER:
        raise InputError(f"{key}: it says what is asked, not how the market is; give a key of the market")
    given = (ranges or {}).get(key)
    fitted = next((row for row in fits.parameters if row.key == key), None) if fits else None
    rows = _rows(scenario, key, fitted is not None)
    now = [_value(scenario, row) for row in rows]
    for row, value in zip(rows, now, strict=True):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{key}: {row} has no number for a value, so it can't be an axis")
    scaled = fitted is not None and fitted.factor and len(rows) > 0
    if not scaled and len(set(now)) > 1:
        raise InputError(f"{key}: its rows have different values; name one, such as {rows[0]}")
    times = float(now[0]) if scaled else 1.0
    if scaled and times == 0.0:
        raise InputError(f"{key}: {rows[0]} is 0, and can't be multiplied; name another row")
    span = given or _believed(scenario, rows) or _fitted(fits, key)
    if span is None:
        raise InputError(
            f"{key}: neither [[uncertain]] nor the shipped parameter sets say in which range it may lie (the "
            f"scenario's own value is {now[0]:g}); give ",
            python=f"ranges={{'{key}': (LOW, HIGH)}}",
            typed=f"--range {key}=LOW:HIGH",
        )
    here = float(now[0]) if at is None else at * times
    low, high = span.low * times, span.high * times
    if given and not low <= here <= high:
        raise InputError(
            f"range {key}={span.low:g}:{span.high:g}: your place, {here / times:g}, does not lie within it; "
            f"widen it, or move your place with at {key}=VALUE"
        )
    low, high = min(low, here), max(high, here)  # include the user's place in the range
    try:
        factor = Factor(
            key=rows[0],
            name=re.sub(r"[^A-Za-z0-9_]", "_", key),
            low=low,
            high=high,
            scale="log" if span.scale == "log" and low > 0 else "linear",
            also={
                row: value / now[0] if scaled else 1.0 for row, value in zip(rows[1:], now[1:], strict=True)
            },
        )
    except ValueError as error:
        raise InputError(f"range {key}={span.low:g}:{span.high:g}: {error}") from None
    return Axis(key, factor, round(here) if factor.is_whole else here, times)


def find_candidates(
    scenario: Scenario, fits: Fits, ranges: Mapping[str, Span] | None = None
) -> tuple[Axis, ...]:
    """Return the candidate keys of a map: the scenario's uncertain keys; else the fitted ones.

    Keys whose rows have different values, or whose ends are invalid in the scenario, are left out.
    """
    ranges = ranges or {}
    keys = [row.key for row in scenario.uncertain] or [row.key for row in fits.parameters]
    found = []
    for key in dict.fromkeys([*ranges, *keys]):
        try:
            axis = make_axis(scenario, key, ranges, fits)
            if key not in ranges:
                _check_ends(scenario, axis)
        except (InputError, ScenarioError):
            if key in ranges:
                raise
            continue
        found.append(axis)
    return tuple(found)


def find_axes(
    scenario: Scenario, keys: Sequence[str] | None, ranges: Mapping[str, Span], places: Mapping[str, float]
) -> tuple[Axis, ...]:
    """Return the two requested axes; without keys, all candidates for the ranking.

    Parameters
    ----------
    scenario : Scenario
    keys : pair of str, optional
    ranges : mapping
        key -> range
    places : mapping
        key -> the user's place, in the shown unit

    Raises
    ------
    InputError
        if these aren't two axes: says what to give
    """
    fits = load_fits()
    if keys is None:
        for key in places:
            raise InputError(f"at {key}: say with keys which two keys are mapped")
        axes = find_candidates(scenario, fits, ranges)
        if len(axes) < 2:
            raise InputError("a map needs two keys; give keys KEY,KEY and, for each, range KEY=LOW:HIGH")
        return axes
    named, said = list(keys), f"keys {','.join(keys)}"
    if len(named) != 2 or not all(named):
        raise InputError(
            f"{said}: give two keys with a comma between them, such as invitations.inbound,choice.fit_sd"
        )
    for option, given in (("range", ranges), ("at", places)):
        for key in given:
            if key not in named:
                raise InputError(f"{option} {key}: this is none of {said}; overrides change other values")
    first, second = (make_axis(scenario, key, ranges, fits, places.get(key)) for key in named)
    if set(first.factor.keys) & set(second.factor.keys):
        raise InputError(f"{said}: both are the same value; a map needs two different ones")
    return first, second


def without_uncertain(scenario: Scenario) -> Scenario:
    """Return the scenario without uncertain keys: a map varies two keys and holds all others."""
    return scenario.model_copy(update={"uncertain": ()}) if scenario.uncertain else scenario


def parse_range(text: str) -> tuple[str, Span]:
    """Read ``KEY=LOW:HIGH``."""
    key, _, ends = text.partition("=")
    low, colon, high = ends.partition(":")
    try:
        span = Span(float(low), float(high))
    except ValueError:
        span = None
    if not key.strip() or not colon or span is None or not _finite(span):
        meant = [_meant(end) for end in (low, high)]
        fix = f"{key.strip()}={':'.join(meant)}" if key.strip() and all(meant) else ""
        raise InputError(f"range {text}: write {fix or 'KEY=LOW:HIGH, such as invitations.inbound=0.1:0.8'}")
    if span.low >= span.high:
        raise InputError(f"range {text}: {span.low:g} must be below {span.high:g}")
    return key.strip(), span


def parse_place(text: str) -> tuple[str, float]:
    """Read ``KEY=VALUE``."""
    key, _, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not key.strip() or not abs(number) <= LARGEST:
        fix = f"{key.strip()}={_meant(value)}" if key.strip() and _meant(value) else ""
        raise InputError(f"at {text}: write {fix or 'KEY=VALUE, such as invitations.inbound=0.2'}")
    return key.strip(), number


def _meant(text: str) -> str:
    """Return the number that a text means (``55%``, ``0,55``), with a point; empty if it means none."""
    number = read_number(text)
    return plain(number.value) if number is not None and abs(number.value) <= LARGEST else ""


def _finite(span: Span) -> bool:
    return abs(span.low) <= LARGEST and abs(span.high) <= LARGEST


def _rows(scenario: Scenario, key: str, fitted: bool) -> list[str]:
    """Return the canonical keys that an axis sets: one, or one in each row of a table."""
    if fitted:
        rows = keys_in(scenario, key)
        if not rows:
            raise InputError(f"{key}: the scenario has no [[{key.partition('.')[0]}]]")
        return rows
    try:
        return [key_at(scenario, find_path(scenario, key))]
    except ScenarioError as error:
        if error.problems[0].wrong.startswith("[["):  # the table is there, the row isn't
            raise InputError(f"{key}: {replace(error.problems[0], source='')}") from error
        known = [row.key for row in scenario.uncertain] or list(keys_by_path())
        hint = suggest(key, known, "'zerosum schema' prints all keys")
        raise InputError(f"{key}: there is no such key; {hint}") from error


def _value(scenario: Scenario, key: str) -> Any:
    found: Any = scenario
    path: KeyPath = find_path(scenario, key)
    for part in path:
        found = found[part] if isinstance(part, int) else getattr(found, part)
    return found


def _believed(scenario: Scenario, rows: Sequence[str]) -> Span | None:
    for row in scenario.uncertain:
        if [row.key] == list(rows):
            return Span(row.low, row.high, row.scale)
    return None


def _fitted(fits: Fits | None, key: str) -> Span | None:
    for row in fits.parameters if fits else ():
        if row.key == key:
            # What rows say today has the default fit's factor in it already.
            by = fits.sets[0][key] if fits and row.factor else 1.0
            return Span(row.low / by, row.high / by)
    return None


def _check_ends(scenario: Scenario, axis: Axis) -> None:
    for value in axis.ends:
        parse_scenario(without_uncertain(scenario), axis.factor.overrides(value))


def _about(key: str) -> tuple[str, str]:
    """Return unit and description of a key."""
    table, _, rest = key.partition(".")
    known = keys_by_path()
    tails = [key]
    if table in NAMED_TABLES:
        words = rest.split(".")
        tails += [f"{table}.{'.'.join(words[i:])}" for i in range(1, len(words))]
    found = next((known[tail] for tail in tails if tail in known), None)
    return (found.unit, found.description) if found else ("", key)
