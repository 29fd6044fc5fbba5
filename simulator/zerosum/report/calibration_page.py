"""The page about a calibration: ``calibration.md.j2`` has the text; this module fills in numbers and tables."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from zerosum.market.declare.evidence import TAGS
from zerosum.report.calibration import (
    UNIDENTIFIED,
    Found,
    find_facts,
    format_extent,
    format_registered,
    format_short,
    format_spread,
    is_told,
)
from zerosum.report.intervals import format_list
from zerosum.report.markdown import format_rows
from zerosum.report.wording import MISSING
from zerosum.scenario import keys
from zerosum.scenario.errors import format_value
from zerosum.scenario.fits import Fits, Parameter
from zerosum.scenario.keys import Key
from zerosum.studies.calibrate.fit import CONTENDERS, SURE, WAY
from zerosum.studies.facts import MEASURES, Fact
from zerosum.studies.facts import TAGS as TAGS_OF_FACTS


def write_page(fits: Fits, facts: Sequence[Fact]) -> str:
    """Write the page.

    Parameters
    ----------
    fits : Fits
    facts : all facts, judged or not
    """
    about, parameters = fits.about, fits.parameters
    labels = {fact.name: fact.label for fact in facts}
    held_out = list(about.get("held_out", ()))

    def of(key: str, otherwise: str = MISSING) -> str:
        value = about.get(key)
        return f"{value:,}" if isinstance(value, int) else otherwise

    def seed(key: str, more: int = 0) -> str:
        value = about.get(key)
        return str(value + more) if isinstance(value, int) else MISSING

    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    text = Path(__file__).with_name("calibration.md.j2").read_text(encoding="utf-8")
    return environment.from_string(text).render(
        about=about,
        parameters=parameters,
        sets=len(fits.sets),
        of=of,
        seed=seed,
        many=of("verified", "many"),
        sure=f"{SURE:.0%}",
        contenders=CONTENDERS,
        way=f"{WAY[0]:.0%}",
        unidentified=UNIDENTIFIED,
        fitted=[name for name in about.get("found", {}) if name not in held_out],
        held_out=held_out,
        registered=format_registered(fits),
        facts=_facts(fits, facts),
        quality=_quality(facts),
        missed=format_list(
            [
                f"{row.fact.label} ({row.holds} of {len(row.values)} sets)"
                for row in find_facts(fits, facts)
                if not row.fitted and row.values and row.holds < len(row.values)
            ]
        ),
        answers=[MEASURES[name].label for name in about.get("answers", {})],
        answered=_answers(fits),
        shown_only=[fact.label for fact in facts if not fact.judged and fact.name not in held_out],
        values=_values(fits, labels),
        deaf=[p for p in parameters if not p.pinned_by],
        wide=[p for p in parameters if p.pinned_by and is_told(p) is False],
        unknown=[p for p in parameters if is_told(p) is None],
        listed=lambda some: format_list([f"`{p.key}` ({format_spread(p)})" for p in some]),
        tags=TAGS.items(),
        defaults=list(_defaults(fits, labels)),
    )


def _facts(fits: Fits, facts: Sequence[Fact]) -> str:
    rows = [
        (
            row.fact.label,
            row.band,
            row.default,
            format_extent(row.values, row.fact.unit),
            _verdict(row),
        )
        for row in find_facts(fits, facts)
    ]
    return format_rows(("fact", "band", "default", "all sets", ""), rows, numbers=(1, 2, 3))


def _quality(facts: Sequence[Fact]) -> str:
    """Return how many of the judged facts are of which quality, in the order of the tags."""
    counts = Counter[str](fact.tag for fact in facts if fact.judged)
    return "; ".join(f"{TAGS_OF_FACTS[tag]}: {counts[tag]}" for tag in TAGS_OF_FACTS if counts[tag])


def _answers(fits: Fits) -> str:
    """Return a table of what each set answers to the questions in which the sets were to differ."""
    rows = [
        (
            MEASURES[name].label,
            *(
                f"{100 * value:+.2f} %" if MEASURES[name].unit == "share" else f"{value:+.3g}"
                for value in values
            ),
        )
        for name, values in fits.about.get("answers", {}).items()
    ]
    head = ("answer", "set 1 (default)", *(f"set {number}" for number in range(2, len(fits.sets) + 1)))
    return format_rows(head, rows, numbers=range(1, len(head)))


def _verdict(row: Found) -> str:
    if not row.values:
        return "not measured"
    sets = f"{row.holds} of {len(row.values)} sets"
    if not row.fitted:
        word = "emerged" if row.fact.holds(row.values[0]) else "did **not** emerge"
        return f"held out: {word}" + ("" if len(row.values) == 1 else f" (in {sets})")
    return "fitted" if row.holds == len(row.values) else f"fitted; met by {sets}"


def _values(fits: Fits, labels: dict[str, str]) -> str:
    units, rows = {key.path: key.unit for key in keys()}, []
    for one in fits.parameters:
        column = [values[one.key] for values in fits.sets]
        rows.append(
            (
                f"`{one.key}`",
                "factor" if one.factor else units[one.key],
                format_short(column[0]),
                f"{format_short(one.low)} to {format_short(one.high)}",
                f"{format_short(min(column))} to {format_short(max(column))}",
                format_spread(one),
                _responding(one, labels) or "none",
            )
        )
    head = ("key", "unit", "default", "range tried", "all sets", "spread", "facts that respond")
    return format_rows(head, rows, numbers=(2, 3, 4, 5))


def _responding(one: Parameter, labels: dict[str, str]) -> str:
    return "; ".join(labels.get(name, name) for name in one.pinned_by)


def _defaults(fits: Fits, labels: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each table of a scenario, with the sources of its keys' defaults."""
    parameters = {p.key: p for p in fits.parameters}
    for table, rows in groupby(keys(), key=lambda key: key.path.partition(".")[0] if "." in key.path else ""):
        cells = [
            (
                f"`{key.path.removeprefix(table + '.')}`",
                _default(key),
                key.unit,
                _rests_on(key, parameters.get(key.path), fits.sets[0].get(key.path, math.nan), labels),
            )
            for key in rows
        ]
        yield table, format_rows(("key", "default", "unit", "rests on"), cells, numbers=())


def _default(key: Key) -> str:
    if key.default is ...:
        return "must be given"
    if key.default is None:
        return "none"
    return f"`{format_value(list(key.default) if isinstance(key.default, tuple) else key.default)}`"


def _rests_on(key: Key, parameter: Parameter | None, value: float, labels: dict[str, str]) -> str:
    evidence = key.evidence
    words = evidence.tag if not evidence.source else f"{evidence.tag}: {evidence.source}"
    told = f"{words}. {evidence.note}" if evidence.note else words
    if parameter is None:
        return told
    by = _responding(parameter, labels)
    by = f"facts that respond: {by}" if by else "no fact responds"
    what = "**fitted**" if value == key.default else f"**fitted** (here {format_short(value)})"
    if parameter.factor:
        what = f"**fitted** (factor {format_short(value)} on the rows' earlier values)"
    return f"{what}; {by}. Before: {told}"
