"""Maps on the page: where a verdict changes over two keys, what facts say of each, and what is held."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.report.document import Cell, Figure, Table, table_of
from zerosum.report.html.assumed import break_key
from zerosum.report.html.rendering import render
from zerosum.report.intervals import difference_cell, format_list
from zerosum.report.map import (
    format_answer,
    format_changes,
    format_crossover,
    format_facts,
    format_held,
    format_here,
    format_left,
    format_parts,
    format_title,
    ranking_table,
)
from zerosum.report.map_tables import digest_of_map
from zerosum.report.plots import style
from zerosum.report.plots.layout import Panel
from zerosum.report.plots.map import draw_map
from zerosum.report.plots.svg import Drawing
from zerosum.report.wording import format_adopters, format_band, format_difference
from zerosum.runs.origin import origin
from zerosum.studies.map import is_at, written

if TYPE_CHECKING:
    from zerosum.scenario.spec import Scenario
    from zerosum.studies.map import Axis, Map
    from zerosum.studies.map.facts import Parts

MOST = 3
"""Maximum maps on a scenario's page; each is some tenths of a megabyte."""
HIGH = 2.9
"""Inches of a map's axes."""


def show_maps(maps: Sequence[tuple[Path, Map]], scenario: Scenario) -> list[dict[str, Any]]:
    """Return what a scenario's page says of each map."""
    shown = []
    for number, (folder, found) in enumerate(maps):
        one = show_map(found, f"map-{number + 1}")
        if not is_at(found, scenario):
            moved = format_list([f"{axis.key} = {axis.format(axis.here)}" for axis in found.axes])
            one["held"].insert(
                0, f"The place on this map was given ({moved}); it is not this scenario's own."
            )
        finished = written(folder).get("finished", "")
        made = f"Made on {str(finished)[:10]}. " if finished else ""
        one["made"] = (
            f"{made}The map is in the folder '{folder.name}'; 'zerosum report' of that folder writes a page of it, "
            "with its command."
        )
        shown.append(one)
    return shown


def write_map_page(found: Map, folder: Path) -> str:
    """Write a map's own page: HTML without external references."""
    question, manifest = found.question, written(folder)
    return render(
        "map.html.j2",
        version=origin().get("zerosum", ""),
        made_from=digest_of_map(found),
        scenario=question.scenario,
        m=show_map(found, "map"),
        command=shlex.join(manifest.get("command", ())),
        finished=str(manifest.get("finished", "")),
        digits=question.hash(found.axes)[:16],
        origin=dict(origin()),
    )


def show_map(found: Map, name: str) -> dict[str, Any]:
    """Return a map's sentences, figure and tables; ``name``: of the figure, unique on the page."""
    question, scenario = found.question, found.question.scenario
    focal = scenario.vendors[scenario.focal_index].name
    return {
        "title": f"'{question.strategy}' or '{question.against}'?",
        "who": f"{format_adopters(question.adopters, focal)}: {question.metric.label}",
        "sentences": [format_here(found), *format_changes(found), *format_facts(found), *_left(found)],
        "figure": _figure(found, name),
        "points": _points(found),
        "held": list(format_held(found)),
        "facts": _facts(found),
        "ranking": ranking_table(found) if len(found.ranking) else None,
        "made": "",
    }


def _figure(found: Map, name: str) -> Figure:
    question = found.question
    panel = Panel(partial(draw_map, found=found, page=True), HIGH)
    keys = [
        ("first", f"'{question.strategy}' is better"),
        ("second", f"'{question.against}' is better (dotted)"),
        ("neither", "can't be told apart"),
        ("equal", "crossover: both equal"),
        ("here", "your place"),
    ]
    if any(one.constrains for one in found.constraints):
        keys.append(("left", "what facts don't rule out (along the axis)"))
    unit = style.unit_of_difference(question.metric.unit, question.scenario.money.currency)
    note = (
        f"'{question.strategy}' less '{question.against}'. Better: with a probability of 97.5 % and more, at each "
        f"place for itself. Thin lines: equal differences, in {unit}; small "
        "dots: the points that were simulated."
    )
    label = f"Map. {format_title(found)}. {' '.join(format_answer(found))}"
    return Figure(name, format_title(found), note, [Drawing(name, label, (panel,))], _axes(found), keys, True)


def name_older(folders: Sequence[Path]) -> str:
    """Name the maps that a scenario's page doesn't show."""
    names = format_list([f"'{folder.name}'" for folder in folders])
    return f"Older maps of this scenario are in the folders {names}." if folders else ""


def _left(found: Map) -> list[str]:
    """Say how the part that facts leave of both keys is divided."""
    if found.shares_left is None or not any(found.shares[:2]):
        return []
    question, (first, second, open_) = found.question, found.shares_left
    return [
        f"Within what facts leave of both keys, '{question.strategy}' is better on {100 * first:.0f} %, "
        f"'{question.against}' on {100 * second:.0f} %; on {100 * open_:.0f} % they can't be told apart."
    ]


def _points(found: Map) -> Table:
    """Return the simulated points."""
    keys, unit = [axis.key for axis in found.axes], found.question.metric.unit
    rows = [
        (f"{row[keys[0]]:.3g}", f"{row[keys[1]]:.3g}", difference_cell(row | {"unit": unit}), f"{row['n']:,}")
        for row in found.points.to_dict("records")
    ]
    return table_of("The simulated points", (*keys, "difference", "runs"), rows, ())


def _axes(found: Map) -> Table:
    """Return a row per key: the place, its range, crossovers, and what facts leave."""
    by_key = {one.axis.key: one for one in found.constraints}
    rows = []
    for axis, crossed in zip(found.axes, found.crossings, strict=True):
        where = [format_crossover(axis, one) for one in crossed]
        one = by_key.get(axis.key)
        left = Cell("not asked")
        if one is not None:
            ends = format_list(list(dict.fromkeys(filter(None, (one.low_by, one.high_by)))))
            left = Cell(format_left(one), ends) if one.constrains else Cell("all of it")
            left = left if one.seen else Cell("all of it", "no fact responds to this key")
        rows.append(
            (
                Cell(break_key(axis.key).words, f"{axis.label}{_unit(axis)}"),
                axis.format(axis.here),
                f"{axis.format(axis.span.low)} to {axis.format(axis.span.high)}",
                Cell("; ".join(at for at, _ in where) or "none", "; ".join(ends for _, ends in where)),
                left,
                f"{len(one.seen)} of {found.facts}" if one else "",
            )
        )
    head = (
        "key",
        "your place",
        "range",
        "both equal at (95 % interval)",
        "what facts leave",
        "facts that respond",
    )
    return table_of("Each key", head, rows, (0, 4))


def _facts(found: Map) -> Table | None:
    """Return a row per key and fact that responds to it; None without facts."""
    rows = []
    for one in found.constraints:
        for seen in one.seen:
            fact, unit = seen.fact, seen.fact.unit
            low, high = (math.nan if end is None else end for end in (fact.low, fact.high))
            place = "missed at your place" if seen in one.missed else ""
            rows.append(
                (
                    Cell(break_key(one.axis.key).words),
                    Cell(fact.label, place, bool(place)),
                    format_band(low, high, unit),
                    format_difference(seen.moves, unit).removeprefix("+"),
                    _allowed(one.axis, seen.allowed),
                )
            )
    if not rows:
        return None
    head = ("key", "fact", "its band", "the market's number moves by", "doesn't rule out")
    return table_of("Facts that respond to these keys", head, rows, (0, 1, 2, 4))


def _allowed(axis: Axis, parts: Parts) -> str:
    """Format the parts of an axis that a fact doesn't rule out."""
    if parts == (axis.span[:2],):
        return "all of it"
    return format_parts(axis, parts) or "none of it"


def _unit(axis: Axis) -> str:
    return f" ({axis.unit.replace('/', ' per ')})" if axis.unit not in ("", "name", "yes/no") else ""
