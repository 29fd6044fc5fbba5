"""Report a map: the verdict at the user's values, where it changes, and what facts rule out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zerosum.market.metrics import Metric
from zerosum.report.document import Cell, Column, Document, Table, table_of
from zerosum.report.intervals import excludes_zero, format_gap, format_list
from zerosum.report.wording import count, format_adopters
from zerosum.studies.map.answer import SURE

if TYPE_CHECKING:
    from zerosum.studies.map import Axis, Map
    from zerosum.studies.map.answer import Crossover
    from zerosum.studies.map.facts import Constraint, Seen

MOST_RANKED = 10
"""Maximum keys shown of a ranking."""


def describe_map(found: Map, details: bool = False) -> Document:
    """Describe a map: the answer in three sentences, and a table.

    Parameters
    ----------
    found : Map
    details : bool
        also the ranking of keys, and how to read it all
    """
    said = Document()
    said.add(*format_answer(found), look="answer")
    answers = _answers(found)
    said.add(answers if details else replace(answers, note=""))
    if len(found.ranking) and details:
        said.add(ranking_table(found))
    for words in format_held(found):
        said.add(words, look="note")
    return said


# --- Sentences --------------------------------------------------------------------------------------------------


def format_answer(found: Map) -> tuple[str, ...]:
    """Return the verdict at the user's values, where it changes, and what facts rule out."""
    said = (format_here(found), " ".join(format_changes(found)), " ".join(format_facts(found)))
    return tuple(words for words in said if words)


def format_held(found: Map) -> tuple[str, ...]:
    """Say what the map holds fixed, and how much was simulated."""
    scenario, question = found.question.scenario, found.question
    focal = scenario.vendors[scenario.focal_index].name
    who = format_adopters(question.adopters, focal)
    weeks = "" if any(axis.key == "clock.weeks" for axis in found.axes) else f"; {scenario.clock.weeks} weeks"
    held = (
        f"{who[:1].upper()}{who[1:]}{weeks}. "
        f"{count(len(found.points), 'point')}, {question.replications} simulated runs each. All other keys are at the "
        "scenario's own values."
    )
    if len(found.ranking):
        among = "[[uncertain]] keys of the scenario" if scenario.uncertain else "keys"
        held += f" Of {len(found.ranking)} {among}, these two move the verdict most; --keys maps others."
    if not scenario.uncertain:
        return (held,)
    return (held, "Its [[uncertain]] keys are not drawn here, but held at these values.")


def format_here(found: Map) -> str:
    """Format the difference at the user's values."""
    question, here = found.question, found.here
    at = ", ".join(f"{axis.key} = {axis.format(axis.here)}" for axis in found.axes)
    gap = format_gap(here.mean, here.low, here.high, question.metric.unit)
    label = _lower(question.metric)
    if not excludes_zero(here.low, here.high):
        return (
            f"At your place ({at}) '{question.strategy}' and '{question.against}' can't be told apart in {label}: "
            f"{gap.whole_in(question.metric.unit)}."
        )
    brings = f"{'brings' if found.sign > 0 else 'has'} {'more' if here.mean > 0 else 'less'}"
    return (
        f"At your place ({at}) '{question.strategy}' {brings} {label} than '{question.against}': "
        f"{gap.whole_in(question.metric.unit)}."
    )


def format_changes(found: Map) -> tuple[str, ...]:
    """Say where the verdict changes, a sentence or two an axis, the axis with the nearest crossover first."""
    ways = [(axis, crossed) for axis, crossed in zip(found.axes, found.crossings, strict=True)]
    order = [way for way in sorted(ways, key=lambda way: _distance(*way)) if way[0].key not in found.inert]
    inert = tuple(
        f"Nothing in this market responds to {key}: from end to end of its range every number of a run is the same "
        "to the last bit. Map another key."
        for key in found.inert
    )
    if not any(found.shares[:2]):
        often = f"{count(len(found.points), 'point')}, {found.question.replications} simulated runs each"
        return (*inert, f"Nowhere on this map can the two be told apart ({often}); more runs may tell (-n).")
    if any(crossed for _, crossed in order):
        return inert + tuple(
            _changes(found, axis, crossed) if crossed else f"Along {axis.key} the sign doesn't change."
            for axis, crossed in order
        )
    if found.shares[0] and found.shares[1]:
        return (
            *inert,
            "Along neither axis through your place does the sign change; elsewhere on the map it does.",
        )
    return (*inert, f"Along neither axis through your place does the sign change ({_ranges(found)}).")


def _changes(found: Map, axis: Axis, crossed: Sequence[Crossover]) -> str:
    """Say where the crossover next to your place is, and which strategy is ahead beyond it."""
    located = [one for one in crossed if is_located(axis, one)]
    if not located:
        return (
            f"A crossover along {axis.key} is not located: its 95 % interval spans the whole range "
            f"({axis.format(axis.span.low)} to {axis.format(axis.span.high)}); more points or runs may locate it."
        )
    one = min(located, key=lambda cross: abs(float(axis.place(cross.at)) - float(axis.place(axis.here))))
    below, mine = one.at < axis.here, ""
    ahead = found.question.strategy if (one.rises != below) == (found.sign > 0) else found.question.against
    if one.low <= axis.here <= one.high:
        mine = "; your place is within this interval"
    more = f", and {count(len(crossed) - 1, 'more time')}" if len(crossed) > 1 else ""
    at, ends = format_crossover(axis, one)
    side = "below" if below else "above"
    return f"Crossover at {axis.key} = {at} ({ends}{mine}){more}: {side} it '{ahead}' is ahead."


def is_located(axis: Axis, one: Crossover) -> bool:
    """Return whether a crossover's interval leaves any value of the axis out."""
    low, high = axis.span[:2]
    return one.low > low + 1e-9 * abs(low) or one.high < high - 1e-9 * abs(high)


def format_crossover(axis: Axis, one: Crossover) -> tuple[str, str]:
    """Format a crossover, and its interval."""
    low, high = axis.span[:2]
    if not is_located(axis, one):
        return "not located", f"anywhere from {axis.format(low)} to {axis.format(high)}"
    ends = [axis.format(one.low), axis.format(one.high)]
    ends[0] = f"below {ends[0]}" if one.low <= low * (1 + 1e-9) else ends[0]
    ends[1] = f"above {ends[1]}" if one.high >= high * (1 - 1e-9) else ends[1]
    return axis.format(one.at), f"{ends[0]} to {ends[1]}"


def format_facts(found: Map) -> tuple[str, ...]:
    """Name the facts, if any, that constrain each axis, and those that the place misses whatever the keys are."""
    said = [format_constraint(found, one, number) for number, one in enumerate(found.constraints)]
    if found.missed:
        said.append(
            f"At your place the market also misses {count(len(found.missed), 'fact')} that "
            f"{_respond(len(found.missed))} to neither key: {format_list(found.missed)}."
        )
    return tuple(said)


def format_constraint(found: Map, one: Constraint, number: int) -> str:
    """Say which part of an axis facts allow, whether the sign changes in it, and which facts the place misses."""
    key = one.axis.key
    if not one.seen:
        return f"No published fact says where {key} lies: none of the {found.facts} asked changes along it."
    responding = f"{len(one.seen)} of {count(found.facts, 'judged fact')} {_respond(len(one.seen))} to {key}"
    if one.constrains:
        by = format_list(list(dict.fromkeys(filter(None, (one.low_by, one.high_by)))))
        said = f"Facts leave {key} {format_left(one)} ({by}); {_within(found, one, number)}."
    elif one.missed and len(one.missed) == len(one.seen):
        said = f"{responding}."
    else:
        said = f"{responding}, but rule out no value of its range."
    return " ".join([said, *(_missed(one, seen) for seen in one.missed)])


def _missed(one: Constraint, seen: Seen) -> str:
    """Say that the place misses a fact, and where on the axis the market would meet it."""
    where = format_parts(one.axis, seen.allowed)
    return f"At your place the market misses '{seen.fact.label}'; " + (
        f"it is met with {one.axis.key} {where}."
        if where
        else f"no value of {one.axis.key} mends that alone."
    )


def format_left(one: Constraint) -> str:
    """Format the parts of an axis that facts leave."""
    return format_parts(one.axis, sorted([(one.low, one.high), *one.elsewhere]))


def format_parts(axis: Axis, parts: Sequence[tuple[float, float]]) -> str:
    """Format parts of an axis; empty: none."""
    return " or ".join(f"from {axis.format(low)} to {axis.format(high)}" for low, high in parts)


def _within(found: Map, one: Constraint, number: int) -> str:
    """Say whether the sign changes within what facts leave around the place."""
    crossed = found.crossings[number]
    if not any(found.shares[:2]):
        return "whether the sign changes within that isn't known"
    if not crossed:
        return "the sign doesn't change within that"
    crossed = tuple(cross for cross in crossed if is_located(one.axis, cross))
    if not crossed:
        return "where the sign changes is not located"
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
    said += f"; not ruled out: {format_left(one)}" if one.constrains else ""
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
    question, unit, sure = found.question, found.question.metric.unit, f"{100 * SURE:.3g}"
    first, second, open_ = found.shares
    rows: list[tuple[str, str]] = [
        (f"'{question.strategy}' is better ({sure} % sure)", f"{100 * first:.0f} % of the map"),
        (f"'{question.against}' is better ({sure} % sure)", f"{100 * second:.0f} % of the map"),
        ("can't be told apart", f"{100 * open_:.0f} % of the map"),
    ]
    if found.shares_left is not None and any(found.shares[:2]):
        first, second, open_ = found.shares_left
        rows.append(
            (
                "within what facts leave of both keys",
                f"'{question.strategy}' {100 * first:.0f} %, '{question.against}' {100 * second:.0f} %, "
                f"neither {100 * open_:.0f} %",
            )
        )
    surface = found.surface
    gaps = surface["difference"].to_numpy()
    ends = [surface.iloc[int(i)] for i in (gaps.argmin(), gaps.argmax())]
    words = [
        format_gap(float(end["difference"]), float(end["low"]), float(end["high"]), unit).whole_in(unit)
        for end in ends
    ]
    rows += [("smallest difference on the map", words[0]), ("largest difference on the map", words[1])]
    for axis, crossed in zip(found.axes, found.crossings, strict=True):
        where = "; ".join("{} ({})".format(*format_crossover(axis, one)) for one in crossed) or "none"
        rows.append((f"crossover along {axis.key}", where))
    rows += [(f"facts on {one.axis.key}", _short(found, one)) for one in found.constraints]
    note = (
        f"Sure: with a probability of {sure} % and more, at each place for itself. Crossovers: along an "
        "axis through your place, with their 95 % interval; below, above: it may lie beyond the range."
    )
    return table_of("", ("on this map", "what was found"), rows, (0, 1), note=note)


def ranking_table(found: Map) -> Table:
    """List the keys by how much they move the verdict."""
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
    if found.question.scenario.uncertain:
        note += " Ranked were only the keys that the scenario calls [[uncertain]]."
    return Table(
        columns, rows[:MOST_RANKED], f"What moves the verdict most{more}", note, beside=True, lines=False
    )
