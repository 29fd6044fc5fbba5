"""A fitted scenario as a file whose every value says where it comes from, and the sets of values that fit as well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from zerosum.scenario.fits import keys_in
from zerosum.scenario.spec import NAMED_TABLES, Scenario
from zerosum.studies.calibrate.fit import fits_text
from zerosum.studies.fit.base import START
from zerosum.studies.fit.design import Free
from zerosum.studies.fit.fit import Fitted

SCENARIO, FITS = "scenario.toml", "fits.toml"

HEAD = """\
# A market like yours, fitted to your own pipeline by 'zerosum fit'. Each value says where it comes from:
#   data        counted in your pipeline, or scaled so that a simulated pipeline is like yours
#   fitted      simulated teams with values like these give figures like yours; the 90 % range is behind it
#   prior       what is known about selling
#   assumption  your data don't say; change it if you know better
# All other values are kickoff's (zerosum schema lists them).
"""

SETS_HEAD = """\
# Sets of values that agree with your pipeline and differ from each other as much as possible. Written by 'zerosum fit'.
#
# [about]         the scenario that they belong to; trials: simulated teams
# [[parameters]]  what was fitted, and the range that was looked at. factor: the value multiplies the rows' values.
#                 replaces: fitted to your data, so it replaces the scenario's value. spread: standard deviation given
#                 the data / that of the whole range (about 1: the data don't say)
# [[fits]]        sets of values; the first is the scenario's own. The others differ in what your data can't tell, too
"""

DIGITS = 6
"""Significant digits of a written value."""


class Estimate(NamedTuple):
    """A fitted parameter: its values' 90 % range, in its own units; for a factor, of the base's values."""

    free: Free
    middle: float
    low: float
    high: float
    spread: float
    identified: bool


def estimates(fitted: Fitted) -> list[Estimate]:
    """Return all fitted parameters, those that the data say most about first."""
    posterior = fitted.posterior
    ends = posterior.quantiles([0.05, 0.5, 0.95])
    rows = [
        Estimate(free, free.value(middle), free.value(low), free.value(high), float(spread), bool(identified))
        for free, (low, middle, high), spread, identified in zip(
            fitted.model.free, ends, posterior.spread, posterior.identified, strict=True
        )
    ]
    return sorted(rows, key=lambda row: row.spread)


def scenario_toml(fitted: Fitted) -> str:
    """Return the fitted scenario as TOML, with the origin of each value."""
    scenario, notes = fitted.scenario, _notes(fitted)

    def line(key: str, name: str, value: Any) -> str:
        written = value if isinstance(value, str) else _round(value)
        note = f"  # {notes[key]}" if key in notes else ""
        return f"{name} = {json.dumps(written, ensure_ascii=False)}{note}"

    parts = [HEAD, f'extends = "{START}"', f"name = {json.dumps(scenario.name)}"]
    parts += ['question = "What would another strategy bring this team?"']
    singles: dict[str, list[str]] = {
        "clock": [line("clock.weeks", "weeks", scenario.clock.weeks)],
        "market": [line("market.buyers", "buyers", scenario.market.buyers)],
    }
    if fitted.base.team.currency:
        singles["money"] = [line("money.currency", "currency", scenario.money.currency)]
    for free in fitted.model.free:
        table, _, name = free.key.partition(".")
        if table not in NAMED_TABLES and free.key != "market.buyers":
            value = getattr(getattr(scenario, table), name)
            singles.setdefault(table, []).append(line(free.key, name, value))
    for table, lines in singles.items():
        parts += ["", f"[{table}]", *lines]
    for table in ("segments", "vendors"):
        for row in getattr(scenario, table):
            parts += ["", f"[[{table}]]"]
            for name, value in row.model_dump(mode="json", exclude_unset=True).items():
                parts.append(line(f"{table}.{row.name}.{name}", name, value))
    return "\n".join(parts) + "\n"


def _round(value: Any) -> Any:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def _notes(fitted: Fitted) -> dict[str, str]:
    """Return the comment of each key."""
    notes = {value.key: f"{value.origin}: {value.why}" for value in fitted.base.values}
    notes["money.currency"] = "data"
    for one in estimates(fitted):
        for key in keys_in(fitted.scenario, one.free.key):
            notes[key] = " ".join(_words(fitted, one, key))
    return notes


def _words(fitted: Fitted, one: Estimate, key: str) -> Iterator[str]:
    scale = _value_at(fitted.base.scenario, key) if one.free.parameter.factor else 1.0
    yield f"fitted: {_short(one.low * scale)} to {_short(one.high * scale)}"
    if not one.identified:
        yield "(your data hardly narrow it)"


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _value_at(scenario: Scenario, key: str) -> float:
    table, name, *rest = key.split(".")
    row = next(row for row in getattr(scenario, table) if row.name == name)
    return float(getattr(row, rest[0]))


def fits_toml(fitted: Fitted) -> str:
    """Return the sets of values as TOML, for ``compare --across-fits --fits``."""
    return fits_text(fitted.ensemble, Path(FITS), SETS_HEAD)
