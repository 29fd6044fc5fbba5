"""A calibration on the screen and as a JSON object."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zerosum.report.wording import MISSING, number
from zerosum.runs.store import without_nan
from zerosum.scenario.fits import Fits, Parameter
from zerosum.studies.calibrate import Fitted
from zerosum.studies.facts import Fact

UNIDENTIFIED = 0.85
"""Spread from which on the facts are said not to tell a parameter."""


class Found(NamedTuple):
    """A fact, and what the sets of values said of it."""

    fact: Fact
    fitted: bool
    """False: held out."""
    values: tuple[float, ...]
    """By set, the default's first; empty: it was not asked for."""

    @property
    def holds(self) -> int:
        """How many sets meet it."""
        return sum(self.fact.holds(value) for value in self.values)


def found_facts(fits: Fits, facts: Sequence[Fact]) -> list[Found]:
    """Return every judged fact with what the fits said to it on the luck that they were checked with."""
    found, held_out = fits.about.get("found", {}), fits.about.get("held_out", ())
    judged = (fact for fact in facts if fact.judged)
    return [Found(fact, fact.name not in held_out, tuple(found.get(fact.name, ()))) for fact in judged]


def is_told(parameter: Parameter) -> bool | None:
    """Tell whether the facts say something about a parameter; None: too few markets agreed to know."""
    if not parameter.pinned_by:
        return False
    return None if math.isnan(parameter.spread) else parameter.spread < UNIDENTIFIED


def band(fact: Fact) -> str:
    """Say a band in its unit: ``5.0 % to 15.0 %``, ``at least 0.0``."""
    if fact.low is None:
        return f"at most {number(fact.high or 0.0, fact.unit)}"
    if fact.high is None:
        return f"at least {number(fact.low, fact.unit)}"
    return f"{number(fact.low, fact.unit)} to {number(fact.high, fact.unit)}"


def extent(values: Sequence[float], unit: str) -> str:
    """Say from where to where values reach, without those that are undefined."""
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return MISSING
    low, high = number(min(known), unit), number(max(known), unit)
    return low if low == high else f"{low} to {high}"


def short(value: float) -> str:
    """Say a parameter's value, which has three digits."""
    return f"{value:.4g}"


def spread_in_digits(parameter: Parameter) -> str:
    """Say a spread."""
    return MISSING if math.isnan(parameter.spread) else f"{parameter.spread:.2f}"


def calibration_tables(fits: Fits, facts: Sequence[Fact]) -> RenderableType:
    """Lay out what was found: facts, then parameters."""
    about, labels = fits.about, {fact.name: fact.label for fact in facts}
    head = (
        f"{about['scenario']}: {about['trials']:,} trials; of {about['sampled']:,} sampled markets "
        f"{about['agreeing']:,} agreed with every fitted fact; {len(fits.sets)} sets of values kept"
    )
    told = Table(title=head, title_justify="left", show_edge=False, pad_edge=False)
    for name in ("fact", "band", "default", "all sets", ""):
        told.add_column(name, justify="left" if name in ("fact", "") else "right")
    for row in found_facts(fits, facts):
        value = number(row.values[0], row.fact.unit) if row.values else MISSING
        met = "" if row.holds == len(row.values) else f"met by {row.holds} of {len(row.values)}"
        words = ", ".join(filter(None, ["" if row.fitted else "held out", met]))
        told.add_row(row.fact.label, band(row.fact), value, extent(row.values, row.fact.unit), words)
    values = Table(show_edge=False, pad_edge=False)
    for name in ("parameter", "range", "default", "all sets", "spread", "pinned down by"):
        values.add_column(name, justify="left" if name in ("parameter", "pinned down by") else "right")
    for one in fits.parameters:
        column = [values_of[one.key] for values_of in fits.sets]
        values.add_row(
            one.key + (" (factor)" if one.factor else ""),
            f"{short(one.low)} to {short(one.high)}",
            short(column[0]),
            f"{short(min(column))} to {short(max(column))}",
            spread_in_digits(one),
            ", ".join(labels.get(name, name) for name in one.pinned_by) or "no fact",
        )
    note = (
        "Measured on other luck than was fitted to. Spread: standard deviation among the markets that agree, over "
        f"that of the whole range; from {UNIDENTIFIED} on the facts say next to nothing about the parameter."
    )
    return Group(told, Text(""), values, Text(note, style="dim"))


def calibration_document(
    file: str, fitted: Fitted, facts: Sequence[Fact], files: list[Path]
) -> dict[str, Any]:
    """Describe a calibration as a JSON object; undefined numbers are null."""
    fits = fitted.fits
    document = {
        "command": "calibrate",
        "file": file,
        "about": {key: value for key, value in fits.about.items() if key != "found"},
        "facts": {
            row.fact.name: {
                "label": row.fact.label,
                "unit": row.fact.unit,
                "low": row.fact.low,
                "high": row.fact.high,
                "fitted": row.fitted,
                "found": list(row.values),
                "met": row.holds,
            }
            for row in found_facts(fits, facts)
        },
        "parameters": {
            one.key: {
                "low": one.low,
                "high": one.high,
                "factor": one.factor,
                "spread": one.spread,
                "pinned_by": list(one.pinned_by),
                "values": [values[one.key] for values in fits.sets],
            }
            for one in fits.parameters
        },
        "files": [str(path) for path in files],
    }
    return dict(without_nan(document))
