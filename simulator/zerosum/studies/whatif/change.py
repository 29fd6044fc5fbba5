"""What is changed: a key and its values, read from ``KEY=VALUE,VALUE`` and checked before a run is made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from zerosum.errors import InputError
from zerosum.files import UnreadableFile, parse_toml
from zerosum.scenario import Option, ScenarioError, keys_by_path, parse_scenario, results_hash
from zerosum.scenario.errors import format_value, suggest
from zerosum.scenario.overrides import find_path, key_at
from zerosum.scenario.paths import Path as KeyPath
from zerosum.scenario.paths import meet, split_pair, value_at, write_key
from zerosum.scenario.schema import keys_of, node_at
from zerosum.scenario.spec import NAMED_TABLES, Scenario
from zerosum.studies.whatif.branch import changes_at_branch

Since = Literal["branch", "start"]
"""Whether a change holds from the first measured week, or from the first week of the warm-up."""

ELSEWHERE = {
    "comparison": "it says what is asked, not how the market is",
    "clock": "it says how long a run is; change the scenario",
    "uncertain": "it says what is not known; --set changes it",
    "name": "it changes no result",
    "question": "it changes no result",
}
"""Table or key -> why it can't be a what-if."""

EXAMPLE = "vendors.Alder.reps=8,12"

_RELATIVE = re.compile(r"(?P<sign>[+\-\u2212])\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<percent>%?)")
"""A change of a number, rather than a number: ``+5``, ``+5%``, ``-5%``. ``-5`` is a number."""


@dataclass(frozen=True)
class Change:
    """One key, its values, and what it is today.

    Attributes
    ----------
    key : str
        canonical
    values : tuple
        other than today's, in the order given
    today : object
        None: not given, or a default that follows from other keys
    since : str
        "branch" or "start", see :data:`Since`
    label, unit : str
        the key's meaning and unit
    """

    key: str
    values: tuple[Any, ...]
    today: Any
    since: Since
    label: str
    unit: str

    def overrides(self, value: Any) -> Mapping[str, Any]:
        """Return the scenario's key and its value."""
        return {self.key: value}


def parse_change(text: str) -> tuple[str, list[Any]]:
    """Read ``KEY=VALUE,VALUE``: numbers, words, or lists and tables as in a scenario.

    Raises
    ------
    InputError
        says what to write
    """
    said = f"--what-if {text}"
    try:
        parts, values = split_pair(text)
    except ValueError:
        parts, values = [], None
    if values is None:
        raise InputError(f"{said}: write a key, =, and values with commas between them, such as {EXAMPLE}")
    if not values.strip():
        raise InputError(f"{said}: there is no value after =; write {EXAMPLE}")
    pieces = [piece.strip() for piece in values.split(",")]
    listed = None if any(map(_is_relative, pieces)) else _as_list(values)
    if listed is None:
        if not all(pieces):
            raise InputError(f"{said}: a value is missing between two commas, or at an end; write {EXAMPLE}")
        listed = [_one(piece, said) for piece in pieces]
    return write_key(parts), listed


def _as_list(text: str) -> list[Any] | None:
    try:
        found = parse_toml(f"value = [{text}\n]", "a value", "a value")
    except UnreadableFile:
        return None
    if found.keys() != {"value"} or text.rstrip().endswith(","):
        return None
    return list(found["value"])


def _is_relative(value: Any) -> bool:
    """Return whether a value is written as a change. TOML takes ``+5`` for 5, and 5 reps aren't 5 more."""
    found = _RELATIVE.fullmatch(value) if isinstance(value, str) else None
    return found is not None and (found["sign"] == "+" or bool(found["percent"]))


def _check_absolute(values: Sequence[Any], now: Any, said: str) -> None:
    """Raise an error for a value that is written as a change; it names the value to write."""
    for value in values:
        if not _is_relative(value):
            continue
        wrong = f"{said}={value}: this is a change, and a what-if takes the new value"
        if isinstance(now, bool) or not isinstance(now, int | float):
            raise InputError(f"{wrong}; write that")
        found = _RELATIVE.fullmatch(value)
        assert found is not None
        by = float(found["number"]) * (1 if found["sign"] == "+" else -1)
        then = now * (1 + by / 100) if found["percent"] else now + by
        raise InputError(f"{wrong}; today is {format_choice(now)}, so write {then:.6g}")


def _one(text: str, said: str) -> Any:
    if _is_relative(text):
        return text
    found = _as_list(text)
    if found is not None and len(found) == 1:
        return found[0]
    if text[0] in "\"'[{":
        raise InputError(f'{said}: {text} is no value; write a number, a word, or a list such as ["a", "b"]')
    return text


def find_change(scenario: Scenario, key: str, values: Sequence[Any]) -> Change:
    """Check a key and its values against a scenario.

    Raises
    ------
    InputError
        for a key that doesn't exist or can't be changed; for values that the scenario can't have, that are the same,
        or that are all today's
    """
    said = f"--what-if {key}"
    if not isinstance(values, list | tuple) or not values:
        raise InputError(
            f"{said}: {format_value(values)}: give a list of one or more values, such as [8, 12]"
        )
    path = _path(scenario, key, said, values)
    canonical = key_at(scenario, path)
    _check_absolute(values, value_at(scenario.model_dump(), path), said)
    today, seen = results_hash(scenario), dict[str, Any]()
    for value in values:
        option = Option(f"{said}={format_choice(value)}", canonical, value)
        try:
            changed = results_hash(parse_scenario(scenario, [option]))
        except ScenarioError as error:
            raise ScenarioError(
                replace(problem, source=option.source) for problem in error.problems
            ) from None
        if changed in seen:
            again = format_choice(seen[changed]), format_choice(value)
            same = (
                f"{again[0]} stands there twice"
                if len(set(again)) == 1
                else f"{' and '.join(again)} are the same"
            )
            raise InputError(f"{said}: {same}; give each value once")
        seen[changed] = value
    now = value_at(scenario.model_dump(), path)
    if isinstance(now, dict):
        now = {name: now[name] for value in values for name in value if name in now}
    others = tuple(value for changed, value in seen.items() if changed != today)
    if not others:
        raise InputError(
            f"{said}: {format_choice(next(iter(seen.values())))} is today's value already; give others to compare"
        )
    known = keys_by_path().get(write_key(part for part in path if isinstance(part, str)))
    since: Since = "branch" if changes_at_branch(scenario, [canonical]) else "start"
    return Change(
        canonical, others, now, since, known.description if known else key, known.unit if known else ""
    )


def format_choice(value: Any) -> str:
    """Format a value as it is typed: ``1,500``, ``0.93``, a word without quotes, ``{small=4, mid=3}``, ``[a, b]``."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}={format_choice(inner)}' for name, inner in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(format_choice, value))}]"
    if isinstance(value, str):
        return value
    return format_value(value) if isinstance(value, bool) or value is None else f"{value:,.12g}"


def _path(scenario: Scenario, key: str, said: str, values: Sequence[Any]) -> KeyPath:
    """Return the path of a key that a what-if can change."""
    table = key.partition(".")[0]
    if table in ELSEWHERE:
        raise InputError(f"{said}: {ELSEWHERE[table]}")
    try:
        path = find_path(scenario, key, said)
    except ScenarioError as error:
        raise _no_such_key(key, said, error) from None
    if path[0] in NAMED_TABLES and path[2:] == ("name",):
        raise InputError(f"{said}: this is a row's name, which changes no result")
    if len(path) == 1 and path[0] in NAMED_TABLES:
        rows = ", ".join(row.name for row in getattr(scenario, str(path[0])))
        raise InputError(f"{said}: name one row and its key, such as {path[0]}.ROW.KEY; rows: {rows}")
    inner = keys_of(node_at(path) or {})
    if inner and not all(isinstance(value, Mapping) and "name" not in value for value in values):
        raise InputError(
            f"{said}: this is a table; name one of its keys ({', '.join(inner)}), or write several as "
            f"{{{next(reversed(inner))}=VALUE}}"
        )
    for row in scenario.uncertain:
        if meet(find_path(scenario, row.key), path):
            raise InputError(
                f"{said}: this key is uncertain in the scenario ([[uncertain]]), so each simulated run draws it; "
                "--set 'uncertain=[]' takes the scenario's own values"
            )
    return path


def _no_such_key(key: str, said: str, error: ScenarioError) -> InputError:
    """Return the error for a key that doesn't exist; for one without its row, the keys with it."""
    table, _, rest = key.partition(".")
    if table in NAMED_TABLES and key in keys_by_path():
        problem = error.problems[0]
        return InputError(f"{said}: say which of the [[{table}]]: {table}.ROW.{rest}; {problem.allowed}")
    if not error.problems[0].nearest and table not in {one.partition(".")[0] for one in keys_by_path()}:
        known = dict.fromkeys(one.partition(".")[0] for one in keys_by_path())
        return InputError(f"{said}: there is no such key; {suggest(table, known)}")
    return error
