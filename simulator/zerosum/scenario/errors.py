"""Errors of scenario files: the file, the key, what is wrong, what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zerosum.errors import InputError
from zerosum.files import printable

LONGEST_VALUE = 60
"""Maximum characters of a wrong value, name or path in a message."""
MOST_LINES = 20
"""Maximum problems in a message; ``ScenarioError.problems`` has all."""


@dataclass(frozen=True)
class Problem:
    """One problem of a scenario.

    ``str(problem)`` is one line for the user (for a syntax error, the line of the file follows).
    """

    wrong: str
    """What is wrong, in a sentence that names key and value."""
    source: str = ""
    """The file, or the ``--set`` argument, that the value came from."""
    key: str = ""
    """The key, as for ``--set``: ``vendors.Alder.reps``."""
    value: str = ""
    """The wrong value as TOML; long ones are cut."""
    allowed: str = ""
    """What is allowed; the message gives only the nearest name, if there is one."""
    nearest: str = ""
    """The most similar valid name."""
    excerpt: str = ""
    """The line of the file, for a syntax error."""

    def __str__(self) -> str:
        parts = [self.wrong]
        if self.nearest:
            parts.append(f"did you mean '{self.nearest}'?")
        elif self.allowed:
            parts.append(self.allowed)
        line = printable("; ".join(parts))
        if self.source:
            line = f"{printable(self.source)}: {line}"
        return f"{line}\n    {printable(self.excerpt)}" if self.excerpt else line


class ScenarioError(InputError):
    """A scenario that can't be used; ``str()`` says why, one problem per line.

    Parameters
    ----------
    problems : Problem or iterable of Problem
        at least one
    """

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(self.problems)  # so that it can be pickled in a worker process

    def __str__(self) -> str:
        return format_problems(self.problems)


def format_problems(problems: Sequence[Problem]) -> str:
    """Format problems, one a line, at most ``MOST_LINES``."""
    lines = [str(problem) for problem in problems[:MOST_LINES]]
    if len(problems) > MOST_LINES:
        lines.append(f"... and {len(problems) - MOST_LINES} more problems")
    return "\n".join(lines)


RENAMED = {"world": "adopters", "worlds": "adopters", "alone": "focal", "rivals": "competitors", "everyone": "all"} | {
    "arm": "strategy", "arms": "strategies", "slots": "max_open_opportunities", "flips": "deals",
    "luck": "random_numbers",
}  # fmt: skip
"""Old name -> new name."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name most like ``name``, or its new name; an empty string if there is none.

    >>> nearest("Buyer", ["saturation", "buyers"])
    'buyers'
    >>> nearest("colour", ["saturation", "buyers"])
    ''
    """

    def plain(text: str) -> str:
        return text[: 2 * LONGEST_VALUE].lower().replace("-", "_").replace(" ", "_")

    by_plain = {plain(candidate): candidate for candidate in known}
    if RENAMED.get(name) in by_plain.values():
        return RENAMED[name]
    close = difflib.get_close_matches(plain(name), by_plain, n=1, cutoff=0.6)
    return by_plain[close[0]] if close else ""


def suggest(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Format a suggestion: the nearest known name; if none is near, ``otherwise`` or all names.

    >>> suggest("Buyer", ["saturation", "buyers"])
    "did you mean 'buyers'?"
    >>> suggest("colour", ["saturation", "buyers"])
    'there are: saturation, buyers'
    """
    names = tuple(known)
    close = nearest(name, names)
    return f"did you mean '{close}'?" if close else otherwise or f"there are: {', '.join(names) or 'none'}"


def join_names(names: Iterable[str], last: str = "or") -> str:
    """Join names in plain English.

    >>> join_names(["focal", "competitors", "all"])
    "'focal', 'competitors' or 'all'"
    """
    quoted = [f"'{name}'" for name in names]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"


def format_value(value: Any) -> str:
    """Format a value as TOML; long ones are cut. Any object is allowed.

    >>> format_value(True), format_value("text"), format_value([1, 2.5])
    ('true', '"text"', '[1, 2.5]')
    >>> format_value(float("nan")), format_value({"a": 1})
    ('nan', 'a table')
    """
    text = _toml(value, depth=2)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."


def _toml(value: Any, depth: int) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            text = value[:LONGEST_VALUE].replace("\\", "\\\\").replace('"', '\\"')
            return f'"{printable(text)}"' if len(value) <= LONGEST_VALUE else f'"{printable(text)}...'
        case int():
            digits = int(value.bit_length() * 0.30103)
            return str(value) if digits < LONGEST_VALUE else f"a number of about {digits} digits"
        case float():
            return repr(float(value))
        case Mapping():
            return "a table"
        case list() | tuple():
            if depth == 0:
                return "[...]"
            parts = [_toml(item, depth - 1) for item in value[:LONGEST_VALUE]]
            return f"[{', '.join(parts)}]"
        case None:
            return "nothing"
        case _:
            return printable(str(value)[:LONGEST_VALUE])
