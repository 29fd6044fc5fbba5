"""Check [[uncertain]] in a scenario whose tables are valid: canonical keys, and ranges that are possible together."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from zerosum.scenario.errors import Problem, ScenarioError
from zerosum.scenario.explain import validate_scenario
from zerosum.scenario.merging import Tables
from zerosum.scenario.overrides import apply_overrides, find_path, key_at
from zerosum.scenario.paths import Path, meet
from zerosum.scenario.spec import Scenario
from zerosum.scenario.uncertain import NEVER_UNCERTAIN, Uncertain

ALL_CORNERS = 4
"""Up to this many rows, every combination of the ends of their ranges is tried."""

Corner = tuple[bool, ...]
"""For each row, whether it is at the high end of its range."""

INSIDE = 1e-6
"""Position in a range just above its low end; some keys can be 0, but not nearly 0."""


def settle(scenario: Scenario, tables: Tables, setters: Mapping[Path, str]) -> tuple[Scenario, list[Problem]]:
    """Return the scenario with canonical keys in [[uncertain]], and the problems there.

    Parameters
    ----------
    scenario : Scenario
        Valid, except for [[uncertain]].
    tables : Tables
        Its source tables, so that errors name files.
    setters : mapping
        Path that an override has set -> the override's name in errors.
    """
    problems: list[Problem] = []
    paths: list[Path] = []
    for i, row in enumerate(scenario.uncertain):
        try:
            path = find_path(scenario, row.key)
        except ScenarioError as error:
            problems.append(_of_key(tables, i, row.key, error.problems[0]))
            continue
        problems += _astray(scenario, tables, i, path, paths, setters)
        paths.append(path)
    if problems:
        return scenario, problems
    rows = tuple(
        row.model_copy(update={"key": key_at(scenario, path)})
        for row, path in zip(scenario.uncertain, paths, strict=True)
    )
    return scenario.model_copy(update={"uncertain": rows}), list(_impossible(scenario, rows, tables))


def _of_key(tables: Tables, number: int, key: str, first: Problem) -> Problem:
    return Problem(
        wrong=f"uncertain: {key}: {first.wrong}",
        source=tables.source_of(("uncertain", number)),
        key=f"uncertain.{number}.key",
        value=key,
        allowed=first.allowed,
        nearest=first.nearest,
    )


def _astray(
    scenario: Scenario,
    tables: Tables,
    number: int,
    path: Path,
    others: Sequence[Path],
    setters: Mapping[Path, str],
) -> Iterator[Problem]:
    """Yield what is wrong with the path of a row's key."""
    given = scenario.uncertain[number].key
    source = tables.source_of(("uncertain", number))
    if path[0] in NEVER_UNCERTAIN:
        wrong = f"'{given}' can't be uncertain: it says what is asked, not how the market is"
        yield Problem(f"uncertain: {wrong}", source, f"uncertain.{number}.key", given)
    for other, known in enumerate(others):
        if meet(known, path):
            twice = scenario.uncertain[other].key
            keys = (
                f"'{given}' is named 2 times" if twice == given else f"'{twice}' and '{given}' are one value"
            )
            yield Problem(
                f"uncertain: {keys}: {key_at(scenario, path)}",
                source,
                f"uncertain.{number}.key",
                given,
                "give one range for it",
            )
    for known, setter in setters.items():
        if meet(known, path):
            row = scenario.uncertain[number]
            yield Problem(
                f"{key_at(scenario, path)} is uncertain here ({row.low:g} to {row.high:g}), so a value that is set "
                "would never be used",
                setter,
                key_at(scenario, path),
                allowed=f"leave it out, or take it out of [[uncertain]] ({source}); uncertain=[] makes all certain",
            )


def _impossible(scenario: Scenario, rows: Sequence[Uncertain], tables: Tables) -> Iterator[Problem]:
    """Yield problems of values that the scenario can't have together.

    All rows are drawn at once, so corners of the box of all ranges are tried. Rules of the spec that combine keys
    (sums and products of non-negative values with a limit; hours of a week; shares) increase with each key, so their
    extremes are where all keys are low and where all are high. The other corners are for future rules.
    """
    reported: list[frozenset[int]] = []
    for corner in _corners(len(rows)):
        faults = _faults(scenario, rows, corner)
        if not faults:
            continue
        flipped = [
            {fault.wrong for fault in _faults(scenario, rows, _flip(corner, i))} for i in range(len(rows))
        ]
        for fault in faults:
            blamed = [i for i in range(len(rows)) if fault.wrong not in flipped[i]] or range(len(rows))
            if not any(before <= frozenset(blamed) for before in reported):
                reported.append(frozenset(blamed))
                yield _of_range(rows, corner, list(blamed), fault, tables)
    if not reported:
        for fault in _faults_at(scenario, {row.key: row.at(INSIDE) for row in rows}):
            source = tables.source_of(("uncertain",))
            yield Problem(f"uncertain: just above low: {fault.wrong}", source, fault.key, "", fault.allowed)


def _corners(count: int) -> Iterator[Corner]:
    yield (False,) * count
    yield (True,) * count
    if count <= ALL_CORNERS:
        yield from (c for c in itertools.product((False, True), repeat=count) if 0 < sum(c) < count)
        return
    for i in range(count):
        yield tuple(j == i for j in range(count))
        yield tuple(j != i for j in range(count))


def _flip(corner: Corner, row: int) -> Corner:
    return tuple(high != (i == row) for i, high in enumerate(corner))


def _faults(scenario: Scenario, rows: Sequence[Uncertain], corner: Corner) -> list[Problem]:
    """Return the problems if the rows are at these ends of their ranges."""
    return _faults_at(
        scenario, {row.key: row.high if high else row.low for row, high in zip(rows, corner, strict=True)}
    )


def _faults_at(scenario: Scenario, values: Mapping[str, float]) -> list[Problem]:
    tables = Tables()
    tables.values = scenario.model_copy(update={"uncertain": ()}).model_dump(exclude_unset=True)
    apply_overrides(tables, values)
    try:
        validate_scenario(tables)
    except ScenarioError as error:
        return list(error.problems)
    return []


def _of_range(
    rows: Sequence[Uncertain], corner: Corner, blamed: list[int], fault: Problem, tables: Tables
) -> Problem:
    ends = ["high" if high else "low" for high in corner]
    first = blamed[0]
    if len(blamed) == 1:
        wrong = f"{rows[first].key} can't be {ends[first]} = {getattr(rows[first], ends[first]):g}"
    else:
        values = (f"{rows[i].key} = {getattr(rows[i], ends[i]):g} ({ends[i]})" for i in blamed)
        wrong = f"{' and '.join(values)} can't be together, though each range may be right"
    return Problem(
        wrong=f"uncertain: {wrong}: {fault.wrong}",
        source=tables.source_of(("uncertain", first)),
        key=f"uncertain.{first}.{ends[first]}",
        value=f"{getattr(rows[first], ends[first]):g}",
        allowed=fault.allowed,
        nearest=fault.nearest,
    )
