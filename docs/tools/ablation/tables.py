"""Tables of the page: what each rule is there for, and the facts before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from docs.tools.ablation.markets import Change
from zerosum.report.markdown import format_rows
from zerosum.report.validate import Line, format_lines
from zerosum.studies.validate import Validation

INSIDE = "inside"


def lines_of(found: Validation) -> dict[str, Line]:
    """Return the judged facts as text, by name."""
    return {line.name: line for line in format_lines(found) if line.judged}


def rules_table(default: Validation, found: Sequence[Validation], changes: Sequence[Change]) -> Iterator[str]:
    """Yield how many facts lie within their bands without each rule, and which leave them or come in."""
    usual = lines_of(default)
    rows = [["", "the default market", "", _count(usual), _outside(usual.values())]]
    for change, validation in zip(changes, found, strict=True):
        lines = lines_of(validation)
        gone = [lines[name] for name, line in usual.items() if lines[name].stands_out and not line.stands_out]
        come = [line.label for name, line in usual.items() if line.stands_out and not lines[name].stands_out]
        said = _outside(gone) if gone else "none"
        if come:
            said += f"; inside here: {', '.join(come)}"
        rows.append([change.letter, change.without, _changed(change, validation), _count(lines), said])
    head = ["", "without", "key", "facts inside", "which leave their band: market [95 %], band"]
    yield format_rows(head, rows, numbers=[3])


def numbers_table(
    default: Validation, found: Sequence[Validation], changes: Sequence[Change]
) -> Iterator[str]:
    """Yield the numbers of all facts that lie outside in one of the markets."""
    every = [lines_of(default), *map(lines_of, found)]
    rows = []
    for name, usual in every[0].items():
        if any(lines[name].stands_out for lines in every):
            cells = [_strong(lines[name]) + _doubt(lines[name]) for lines in every]
            rows.append([usual.label, usual.band, *cells])
    yield format_rows(["fact", "band", "default", *(change.letter for change in changes)], rows, right=2)


def numbers_beside(found: Sequence[Validation], heads: Sequence[str]) -> Iterator[str]:
    """Yield all judged facts in some markets, with intervals."""
    every = [lines_of(one) for one in found]
    rows = [
        [line.label, line.band, *(_with_interval(lines[name]) for lines in every)]
        for name, line in every[0].items()
    ]
    yield format_rows(["fact", "band", *(f"{head} [95 %]" for head in heads)], rows, right=2)


def before_and_after(former: Validation, new: Validation) -> Iterator[str]:
    """Yield all judged facts in the former default market and in the new one."""
    sides = [
        (lines_of(found), dict(zip(found.table["fact"], found.table["n"], strict=True)))
        for found in (former, new)
    ]
    rows = []
    for name, line in sides[1][0].items():
        cells = []
        for lines, counted in sides:
            there = lines[name]
            cells += [_with_interval(there), f"{counted[name]:.0f}"]
        rows.append([line.label, line.band, *cells])
    yield format_rows(["fact", "band", "before [95 %]", "n", "now [95 %]", "n"], rows, right=2)


def held_out_words(names: Sequence[str], new: Validation) -> str:
    """Say where the facts lie that the search never saw."""
    lines = {line.name: line for line in format_lines(new)}
    return "; ".join(_said(lines[name]) + ("" if lines[name].judged else ", shown only") for name in names)


def _changed(change: Change, found: Validation) -> str:
    """Write the keys that were set, with their values."""
    return ", ".join(f"`{key} = {_value(found.scenario, key)}`" for key in change.values)


def _value(scenario: Any, key: str) -> str:
    table, name = key.split(".")
    value = getattr(getattr(scenario, table), name)
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"


def _count(lines: Mapping[str, Line]) -> str:
    return f"{sum(not line.stands_out for line in lines.values())} of {len(lines)}"


def _outside(lines: Any) -> str:
    return "; ".join(_said(line) for line in lines if line.stands_out) or "none outside"


def _said(line: Line) -> str:
    return f"{line.label}: {line.value} {line.interval}{_doubt(line)}, {line.band}"


def _with_interval(line: Line) -> str:
    return f"{_strong(line)} {line.interval}".rstrip() + _doubt(line)


def _strong(line: Line) -> str:
    return f"**{line.value}**" if line.stands_out else line.value


def _doubt(line: Line) -> str:
    return "" if line.verdict in (INSIDE, "OUTSIDE", "undefined") else " ?"
