"""Report a map: the verdict at the user's values, where it changes, and what facts rule out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.market.metrics import Metric
from zerosum.report.document import Cell, Column, Document, Table, table_of
from zerosum.report.intervals import excludes_zero, format_gap, format_list
from zerosum.report.wording import count, format_adopters
from zerosum.runs.store import without_nan
from zerosum.studies.map.answer import SURE

if TYPE_CHECKING:
    from zerosum.studies.map import Axis, Map
    from zerosum.studies.map.answer import Crossover
    from zerosum.studies.map.facts import Constraint, Seen

MOST_RANKED = 10
"""Maximum keys shown of a ranking."""


def describe_map(found: Map) -> Document:
    """Describe a map: the answer in three sentences, a table, the ranking of keys, the method."""
    said = Document()
    said.add(*format_answer(found), look="answer")
    said.add(_answers(found))
    if len(found.ranking):
        said.add(_ranking(found))
    question = found.question
    focal = question.scenario.vendors[question.scenario.focal_index].name
    held = (
        f"{format_adopters(question.adopters, focal)}; {question.scenario.clock.weeks} weeks. "
        f"{count(len(found.points), 'point')}, {question.replications} simulated runs each. All other keys are at the "
        "scenario's own values."
    )
    said.add(held, look="note")
    if found.question.scenario.uncertain:
        said.add("Its [[uncertain]] keys are not drawn here, but held at these values.", look="note")
    return said


# --- Sentences --------------------------------------------------------------------------------------------------


def format_answer(found: Map) -> tuple[str, ...]:
    """Return the verdict at the user's values, where it changes, and what facts rule out."""
    said = (format_here(found), format_changes(found), format_facts(found))
    return tuple(words for words in said if words)


def format_here(found: Map) -> str:
    """Format the difference at the user's values."""
    question, here = found.question, found.here
    at = ", ".join(f"{axis.key} = {axis.format(axis.here)}" for axis in found.axes)
    gap = format_gap(here.mean, here.low, here.high, question.metric.unit)
    label = _lower(question.metric)
    if not excludes_zero(here.low, here.high):
        return (
            f"At your place ({at}) '{question.strategy}' and '{question.against}' can't be told apart in {label}: "
            f"{gap.whole}."
        )
    brings = f"{'brings' if found.sign > 0 else 'has'} {'more' if here.mean > 0 else 'less'}"
    return (
        f"At your place ({at}) '{question.strategy}' {brings} {label} than '{question.against}': {gap.whole}."
    )


def format_changes(found: Map) -> str:
    """Say where the verdict changes, the axis with the nearest crossover first."""
    ways = [(axis, crossed) for axis, crossed in zip(found.axes, found.crossings, strict=True)]
    order = sorted(ways, key=lambda way: _distance(*way))
    changing = [way for way in order if way[1]]
    if not changing:
        if found.shares[0] and found.shares[1]:
            return "Along neither axis through your place does the sign change; elsewhere on the map it does."
        return f"Along neither axis through your place does the sign change ({_ranges(found)})."
    said = " ".join(_changes(*way) for way in changing)
    rest = [axis.key for axis, crossed in order if not crossed]
    return said + (f" Along {rest[0]} the sign doesn't change." if rest else "")


def _changes(axis: Axis, crossed: Sequence[Crossover]) -> str:
    one = min(crossed, key=lambda cross: abs(float(axis.place(cross.at)) - float(axis.place(axis.here))))
    way = "falls below" if one.at < axis.here else "rises above"
    more = f", and {count(len(crossed) - 1, 'more time')}" if len(crossed) > 1 else ""
    mine = "; your place is within this interval" if one.low <= axis.here <= one.high else ""
    at, ends = _crossover(axis, one)
    return f"The sign changes where {axis.key} {way} {at} ({ends}{mine}){more}."


def _crossover(axis: Axis, one: Crossover) -> tuple[str, str]:
    """Format a crossover, and its interval."""
    low, high = axis.span[:2]
    ends = [axis.format(one.low), axis.format(one.high)]
    ends[0] = f"below {ends[0]}" if one.low <= low * (1 + 1e-9) else ends[0]
    ends[1] = f"above {ends[1]}" if one.high >= high * (1 - 1e-9) else ends[1]
    return axis.format(one.at), f"{ends[0]} to {ends[1]}"


def format_facts(found: Map) -> str:
    """Name the facts, if any, that constrain each axis, and those that the place misses whatever the keys are."""
    said = [format_constraint(found, one, number) for number, one in enumerate(found.constraints)]
    if found.missed:
        said.append(
            f"At your place the market also misses {count(len(found.missed), 'fact')} that no value of these keys "
            f"mends: {format_list(found.missed)}."
        )
    return " ".join(said)


def format_constraint(found: Map, one: Constraint, number: int) -> str:
    """Say which part of an axis facts allow, whether the sign changes in it, and which facts the place misses."""
    key = one.axis.key
    if not one.seen:
        return f"No published fact says where {key} lies: none of the {found.facts} asked changes along it."
    responding = f"{len(one.seen)} of {count(found.facts, 'judged fact')} {_respond(len(one.seen))} to {key}"
    if one.constrains:
        by = format_list(list(dict.fromkeys(filter(None, (one.low_by, one.high_by)))))
        said = f"Facts leave {key} {_left(one)} ({by}); {_within(one, found.crossings[number])}."
    elif one.missed and len(one.missed) == len(one.seen):
        said = f"{responding}."
    else:
        said = f"{responding}, but rule out no value of its range."
    return " ".join([said, *(_missed(one, seen) for seen in one.missed)])


def _missed(one: Constraint, seen: Seen) -> str:
    """Say that the place misses a fact, and where on the axis the market would meet it."""
    where = _parts(one.axis, seen.allowed)
    return f"At your place the market misses '{seen.fact.label}'; " + (
        f"it is met with {one.axis.key} {where}."
        if where
        else f"no value of {one.axis.key} mends that alone."
    )


def _left(one: Constraint) -> str:
    return _parts(one.axis, sorted([(one.low, one.high), *one.elsewhere]))


def _parts(axis: Axis, parts: Sequence[tuple[float, float]]) -> str:
    return " or ".join(f"from {axis.format(low)} to {axis.format(high)}" for low, high in parts)


def _within(one: Constraint, crossed: Sequence[Crossover]) -> str:
    """Say whether the sign changes within what facts leave around the place."""
    if not crossed:
        return "the sign doesn't change within that"
    if any(one.low <= cross.at <= one.high for cross in crossed):
        return "the sign changes within that"
    if any(cross.low <= one.high and cross.high >= one.low for cross in crossed):
        return "the sign changes outside of that, but its interval reaches into it"
    return "the sign changes outside of that"


def _respond(number: int) -> str:
    return "responds" if number == 1 else "respond"


def _short(found: Map, one: Constraint) -> str:
    """Say briefly which part of an axis facts allow."""
    if not one.seen:
        return "none responds"
    said = f"{len(one.seen)} of {found.facts} {_respond(len(one.seen))}"
    said += f"; they leave it {_left(one)}" if one.constrains else ""
    if one.missed:
        return f"{said}; your place misses {len(one.missed)} of them"
    return said if one.constrains else f"{said}; they rule out nothing"


def format_axis_facts(found: Map, axis: Axis) -> str:
    """Label an axis with the part that facts allow; empty if facts weren't tested."""
    return next((f"Facts: {_short(found, one)}" for one in found.constraints if one.axis.key == axis.key), "")


def format_title(found: Map) -> str:
    """Return the map's title in one line."""
    question = found.question
    first, second, _ = found.shares
    if first and second:
        hangs = " and ".join(axis.key for axis in found.axes)
        return f"{question.metric.label}: which is better hangs on {hangs}"
    if first or second:
        better = question.strategy if first else question.against
        return f"{question.metric.label}: '{better}' is better in places, and nowhere surely worse"
    return f"{question.metric.label}: the two can't be told apart anywhere on this map"


def _lower(metric: Metric) -> str:
    label = metric.label
    return label if label[:2].isupper() else f"{label[:1].lower()}{label[1:]}"


def _distance(axis: Axis, crossed: Sequence[Crossover]) -> float:
    here = float(axis.place(axis.here))
    return min((abs(float(axis.place(one.at)) - here) for one in crossed), default=math.inf)


def _ranges(found: Map) -> str:
    return ", ".join(
        f"{axis.key} {axis.format(axis.span.low)} to {axis.format(axis.span.high)}" for axis in found.axes
    )


# --- Tables -----------------------------------------------------------------------------------------------------


def _answers(found: Map) -> Table:
    question, unit = found.question, found.question.metric.unit
    first, second, open_ = found.shares
    rows: list[tuple[str, str]] = [
        (f"'{question.strategy}' is better", f"{100 * first:.0f} % of the map"),
        (f"'{question.against}' is better", f"{100 * second:.0f} % of the map"),
        ("can't be told apart", f"{100 * open_:.0f} % of the map"),
    ]
    surface = found.surface
    gaps = surface["difference"].to_numpy()
    ends = [surface.iloc[int(i)] for i in (gaps.argmin(), gaps.argmax())]
    words = [
        format_gap(float(end["difference"]), float(end["low"]), float(end["high"]), unit).whole
        for end in ends
    ]
    rows += [("smallest difference on the map", words[0]), ("largest difference on the map", words[1])]
    for axis, crossed in zip(found.axes, found.crossings, strict=True):
        where = "; ".join("{} ({})".format(*_crossover(axis, one)) for one in crossed) or "none"
        rows.append((f"crossover along {axis.key}", where))
    rows += [(f"facts on {one.axis.key}", _short(found, one)) for one in found.constraints]
    note = (
        f"Better: with a probability of {100 * SURE:.3g} % and more, at each place for itself. Crossovers: along an "
        "axis through your place, with their 95 % interval; below, above: it may lie beyond the range."
    )
    return table_of("", ("on this map", "what was found"), rows, (0, 1), note=note)


def _ranking(found: Map) -> Table:
    unit = found.question.metric.unit

    def change(row: Any) -> Cell:
        gap = format_gap(row["change"], row["change_low"], row["change_high"], unit)
        return Cell(gap.words, gap.ends, excludes_zero(row["change_low"], row["change_high"]))

    columns = [
        Column("key", lambda row: row["key"], text=True, least=24),
        Column("range", lambda row: f"{row['low']:.3g} … {row['high']:.3g}"),
        Column("change from low to high", change),
    ]
    rows = found.ranking.to_dict("records")
    more = (
        f" (the first {MOST_RANKED} of {len(rows)}; ranking.csv has all)" if len(rows) > MOST_RANKED else ""
    )
    note = (
        "How the difference changes from one end of a key's range to the other, on average over the ranges of all the "
        "others (a plane through points over all keys). The first two are mapped. *: the interval excludes zero. What "
        "only matters together with another key can be missed; --keys names others."
    )
    return Table(
        columns, rows[:MOST_RANKED], f"What moves the verdict most{more}", note, beside=True, lines=False
    )


# --- As data ----------------------------------------------------------------------------------------------------


def map_table(found: Map) -> pd.DataFrame:
    """Return points, surface and crossover line in one table; ``kind`` tells them apart."""
    points = found.points.rename(columns={"is_place": "kind"})
    points["kind"] = ["place" if is_place else "point" for is_place in found.points["is_place"]]
    parts = [points, found.surface.assign(kind="surface"), found.crossover.assign(kind="crossover")]
    keys = [axis.key for axis in found.axes]
    order = ["kind", *keys, "n", "difference", "low", "high", "probability", "line"]
    return pd.concat([part for part in parts if len(part)], ignore_index=True).reindex(columns=order)


def facts_table(found: Map) -> pd.DataFrame:
    """Return a row per axis and fact that responds to it; an axis with no such fact has one row."""
    rows = []
    for one in found.constraints:
        for seen in one.seen:
            parts = "; ".join(f"{one.axis.format(a)} to {one.axis.format(b)}" for a, b in seen.allowed)
            rows.append((one.axis.key, seen.fact.name, seen.fact.label, seen.moves, parts or "none"))
        if not one.seen:
            rows.append((one.axis.key, "", "no fact responds to this key", math.nan, ""))
    return pd.DataFrame(rows, columns=["key", "fact", "label", "moves", "not_ruled_out"])


def summarize_map(found: Map, files: Sequence[Path]) -> dict[str, Any]:
    """Return a map as one object."""
    question, here = found.question, found.here
    first, second, open_ = found.shares
    axes = []
    for number, axis in enumerate(found.axes):
        one = found.constraints[number] if found.constraints else None
        axes.append(
            {
                "key": axis.key,
                "label": axis.label,
                "unit": axis.unit,
                "low": axis.shown(axis.span.low),
                "high": axis.shown(axis.span.high),
                "place": axis.shown(axis.here),
                "crossovers": [
                    {
                        "at": axis.shown(cross.at),
                        "low": axis.shown(cross.low),
                        "high": axis.shown(cross.high),
                        "rises": cross.rises,
                    }
                    for cross in found.crossings[number]
                ],
                "facts": None
                if one is None
                else {
                    "seen_by": [seen.fact.name for seen in one.seen],
                    "low": axis.shown(one.low),
                    "high": axis.shown(one.high),
                    "low_by": one.low_by,
                    "high_by": one.high_by,
                    "also_left": [[axis.shown(low), axis.shown(high)] for low, high in one.elsewhere],
                    "missed_at_place": [seen.fact.name for seen in one.missed],
                },
            }
        )
    return without_nan(
        {
            "command": "map",
            "scenario": question.scenario.name,
            "hash": question.hash(found.axes),
            "strategy": question.strategy,
            "against": question.against,
            "adopters": question.adopters,
            "metric": question.metric.name,
            "replications": question.replications,
            "points": len(found.points),
            "answer": list(format_answer(found)),
            "at_place": {"difference": here.mean, "low": here.low, "high": here.high},
            "shares": {"strategy_better": first, "against_better": second, "open": open_},
            "axes": axes,
            "missed_whatever_the_keys": list(found.missed),
            "ranking": found.ranking.to_dict("records"),
            "failed": len(found.failures),
            "files": [str(file) for file in files],
        }
    )
