"""Report a calibration in the terminal and as a JSON object."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from zerosum.report.document import Column, Document, Table
from zerosum.report.wording import MISSING, format_band, format_level
from zerosum.runs.store import without_nan
from zerosum.scenario.fits import Fits, Parameter
from zerosum.studies.calibrate import Fitted
from zerosum.studies.facts import Fact

UNIDENTIFIED = 0.85
"""From this spread on, facts count as not constraining a parameter."""


class Found(NamedTuple):
    """A fact, and the calibrated sets' values for it."""

    fact: Fact
    fitted: bool
    """False: held out."""
    values: tuple[float, ...]
    """By set, the default first; empty: not measured."""

    @property
    def band(self) -> str:
        """The allowed band, with its unit: ``5 to 15 %``, ``at least 0``."""
        low, high = (math.nan if end is None else end for end in (self.fact.low, self.fact.high))
        return format_band(low, high, self.fact.unit)

    @property
    def default(self) -> str:
        """The default's value."""
        return format_level(self.values[0], self.fact.unit) if self.values else MISSING

    @property
    def holds(self) -> int:
        """The number of sets that meet it."""
        return sum(self.fact.holds(value) for value in self.values)


def find_facts(fits: Fits, facts: Sequence[Fact]) -> list[Found]:
    """Return every fact judged or held out, with the sets' values on the runs that checked them."""
    found, held_out = fits.about.get("found", {}), fits.about.get("held_out", ())
    told = (fact for fact in facts if fact.judged or fact.name in held_out)
    return [Found(fact, fact.name not in held_out, tuple(found.get(fact.name, ()))) for fact in told]


def is_told(parameter: Parameter) -> bool | None:
    """Return whether facts constrain a parameter; None: too few markets agreed to know."""
    if not parameter.pinned_by:
        return False
    return None if math.isnan(parameter.spread) else parameter.spread < UNIDENTIFIED


def format_extent(values: Sequence[float], unit: str) -> str:
    """Format the range of values, without undefined ones."""
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return MISSING
    low, high = format_level(min(known), unit), format_level(max(known), unit)
    return low if low == high else f"{low} to {high}"


def format_short(value: float) -> str:
    """Format a parameter's value, with three digits."""
    return f"{value:.4g}"


def format_spread(parameter: Parameter) -> str:
    """Format a spread."""
    return MISSING if math.isnan(parameter.spread) else f"{parameter.spread:.2f}"


def describe_calibration(fits: Fits, facts: Sequence[Fact]) -> Document:
    """Describe the result: facts, then parameters."""
    about, labels = fits.about, {fact.name: fact.label for fact in facts}
    title = (
        f"{about['scenario']}: {about['trials']:,} trials; of {about['sampled']:,} sampled markets "
        f"{about['agreeing']:,} agreed with every fitted fact; {len(fits.sets)} sets of values kept"
    )
    told = (
        Column("fact", lambda row: row.fact.label, text=True, least=20),
        Column("band", lambda row: row.band, text=True),
        Column("default", lambda row: row.default),
        Column("all sets", lambda row: format_extent(row.values, row.fact.unit)),
        Column("", _format_held, text=True),
    )

    def every(one: Parameter) -> list[float]:
        return [values[one.key] for values in fits.sets]

    values = (
        Column("parameter", lambda one: one.key + " (factor)" * one.factor, text=True, least=24),
        Column("range", lambda one: f"{format_short(one.low)} to {format_short(one.high)}"),
        Column("default", lambda one: format_short(every(one)[0])),
        Column("all sets", lambda one: f"{format_short(min(every(one)))} to {format_short(max(every(one)))}"),
        Column("spread", format_spread),
        Column(
            "facts that respond",
            lambda one: ", ".join(labels.get(name, name) for name in one.pinned_by) or "no fact",
            text=True,
        ),
    )
    note = (
        "Measured on other runs than were fitted to. Spread: standard deviation among the markets that agree, over "
        f"that of the whole range; from {UNIDENTIFIED} on the facts say next to nothing about the parameter."
    )
    note = f"{format_registered(fits)} {note}".lstrip()
    return Document(
        [
            Table(told, find_facts(fits, facts), title, narrow="list"),
            Table(values, fits.parameters, note=note, narrow="list"),
        ]
    )


def format_registered(fits: Fits) -> str:
    """Say whether held-out facts were registered before the search; empty if there are none."""
    held_out, digest = fits.about.get("held_out", ()), fits.about.get("registered")
    if not held_out:
        return ""
    if not digest:
        return "The held-out facts were not registered before the search."
    return (
        f"Held out, and registered with all bands before the search (digest {digest}): {', '.join(held_out)}."
    )


def _format_held(row: Found) -> str:
    met = "" if row.holds == len(row.values) else f"met by {row.holds} of {len(row.values)}"
    return ", ".join(filter(None, ["" if row.fitted else "held out", met]))


def summarize_calibration(
    file: str, fitted: Fitted, facts: Sequence[Fact], files: list[Path]
) -> dict[str, Any]:
    """Describe a calibration as a JSON object; undefined numbers are null."""
    fits = fitted.fits
    document = {
        "command": "calibrate",
        "file": file,
        "about": {key: value for key, value in fits.about.items() if key not in ("found", "rests_on")},
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
            for row in find_facts(fits, facts)
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
