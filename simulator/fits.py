"""Fitted parameters: values that a calibration found to agree with the facts, and how a scenario gets them.

The shipped ones (``fits.toml``) were written by ``zerosum calibrate experiments/calibration.toml``. The first of
them is what the package's defaults are; the others agree with the facts as well, and differ from it as much as the
facts allow. A conclusion that doesn't hold under all of them is undecided.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.scenario import keys, parse_scenario
from simulator.scenario.spec import NAMED_TABLES, Scenario

SHIPPED = Path(__file__).with_name("fits.toml")


class FitsError(Exception):
    """A file of fits can't be read; the message says which and why."""


@dataclass(frozen=True)
class Parameter:
    """One fitted parameter.

    Attributes
    ----------
    key : str           path in the scenario; of a table with rows, every row is meant (``segments.switching_cost``)
    low, high : float   the range that was thought possible before looking at the facts
    factor : bool       the value multiplies what the rows say, instead of replacing it
    spread : float      standard deviation among the markets that agree with the facts / that of the whole range: about
                        1 where the facts say nothing about the parameter
    pinned_by : names of the facts that respond most to it, the strongest first
    """

    key: str
    low: float
    high: float
    factor: bool = False
    spread: float = 1.0
    pinned_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fits:
    """Parameters, and several sets of values for them, key -> value; the first set is the default."""

    parameters: tuple[Parameter, ...]
    sets: tuple[Mapping[str, float], ...]
    about: Mapping[str, Any]
    """How they were found: scenario, seed, trials, …"""

    def applied(self, scenario: Scenario, number: int) -> Scenario:
        """Return the scenario under fit ``number``: the default is 0.

        Values replace the package's defaults, not what a scenario says itself. Factors multiply what rows say,
        by the fit's factor over the default fit's.
        """
        default, chosen = self.sets[0], self.sets[number]
        values = {
            p.key: chosen[p.key] / default[p.key] if p.factor else chosen[p.key] for p in self.parameters
        }
        return lay(scenario, self.parameters, values, spoken=False)


def lay(
    scenario: Scenario,
    parameters: Sequence[Parameter],
    values: Mapping[str, float],
    *,
    base: Mapping[str, Mapping[str, float]] | None = None,
    spoken: bool = True,
) -> Scenario:
    """Lay values over a scenario.

    Parameters
    ----------
    scenario : Scenario
    parameters : what the keys of ``values`` are
    values : key -> value or factor
    base : key -> row's name -> number      what factors multiply; the scenario's own rows if not given
    spoken : bool       whether what the scenario says itself is replaced, too

    Returns
    -------
    Scenario        checked as a whole

    Raises
    ------
    ScenarioError   if it would not be valid
    """
    overrides: dict[str, Any] = {}
    for parameter in parameters:
        table, _, rest = parameter.key.partition(".")
        value = values[parameter.key]
        if table not in NAMED_TABLES:
            if spoken or not _says(scenario, parameter.key):
                overrides[parameter.key] = _like_the_default(parameter.key, value)
            continue
        for row in getattr(scenario, table):
            path = f'{table}."{row.name}".{rest}'
            if parameter.factor:
                start = (base or {}).get(parameter.key, {}).get(row.name, getattr(row, rest))
                overrides[path] = _like_the_default(parameter.key, value * start)
            elif spoken or not _says(row, rest):
                overrides[path] = _like_the_default(parameter.key, value)
    return parse_scenario(scenario, overrides)


def _says(table: Any, path: str) -> bool:
    """Tell whether a scenario or one of its rows gives a value itself."""
    for part in path.split("."):
        if part not in table.model_fields_set:
            return False
        table = getattr(table, part)
    return True


def _like_the_default(key: str, value: float) -> float | int:
    return round(value) if _WHOLE[key] else float(value)


_WHOLE = {key.path: isinstance(key.default, int) and not isinstance(key.default, bool) for key in keys()}


def check_keys(paths: Sequence[str]) -> list[str]:
    """Return what is wrong with keys that are to be fitted: not in the spec, or no number."""
    wrong = []
    known = {key.path: key for key in keys()}
    for path in paths:
        if path not in known:
            close = difflib.get_close_matches(path, known, 1)
            wrong.append(f"there is no key '{path}'" + (f"; did you mean '{close[0]}'?" if close else ""))
        elif not isinstance(known[path].default, int | float) or isinstance(known[path].default, bool):
            wrong.append(f"'{path}' has no number for a default, so it can't be fitted")
    return wrong


def load_fits(path: str | Path = SHIPPED) -> Fits:
    """Read a file of fits, as ``zerosum calibrate`` writes them.

    Raises
    ------
    FitsError
    """
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        parameters = tuple(
            Parameter(**{**row, "pinned_by": tuple(row.get("pinned_by", ()))})
            for row in content["parameters"]
        )
        sets = tuple({str(key): float(value) for key, value in row.items()} for row in content["fits"])
        about = content["about"]
    except OSError as error:
        raise FitsError(f"{path}: the file can't be read ({(error.strerror or '').lower()})") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FitsError(f"{path}: this is no file that 'zerosum calibrate' wrote ({error})") from None
    wrong = check_keys([p.key for p in parameters])
    wanted = {p.key for p in parameters}
    wrong += [
        f"fit {i}: the keys are not those of [[parameters]]" for i, s in enumerate(sets) if set(s) != wanted
    ]
    if not sets:
        wrong.append("there are no [[fits]]")
    if wrong:
        raise FitsError("\n".join(f"{path}: {fault}" for fault in wrong))
    return Fits(parameters, sets, about)
