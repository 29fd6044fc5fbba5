"""Rules of somebody else's: how a package adds one, with keys of its own. ``docs/extend.md`` has a whole example.

A rule is named like its table in the scenario file. Without the table it is off, and changes no bit; with it, the
digest of its code is part of what identifies a scenario, so that results of two versions are never mixed.
"""

from __future__ import annotations

import hashlib
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, cast, get_args

from zerosum.market.declare.section import Section
from zerosum.scenario.errors import Problem, ScenarioError
from zerosum.scenario.spec import Scenario, add_table

GROUP = "zerosum.mechanisms"
"""Entry points of this group are registered when scenarios are first read."""

FIRST_STREAM, STREAMS = 0x8000, 0x8000
"""Streams of chance from this one on are for rules from outside; the package's own are counted from 1."""

Phase = Literal["start", "choices", "end"]


@dataclass(frozen=True)
class Mechanism:
    """A rule from outside the package.

    Attributes
    ----------
    name : str
        of the rule and of its table in a scenario file
    table : type
        its keys: a subclass of :class:`~zerosum.market.declare.section.Section` in which each has a default
    phase : {"start", "choices", "end"}
        before the week's first step; before its choices (step 9); after its last step
    act : callable
        called with (key, week, market, rules, record, options), ``options`` being the numbers of the table
    compiled : bool
        False: ``act`` is plain Python instead of a kernel, and called with (engine, options)
    """

    name: str
    table: type[Section]
    phase: Phase
    act: Callable[..., Any]
    compiled: bool = True

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that change with every source of the rule's package."""
        return _digest(getattr(self.act, "py_func", self.act))


_registered: dict[str, Mechanism] = {}
_streams: dict[int, tuple[str, str]] = {}


def _refuse(wrong: str, right: str) -> ScenarioError:
    return ScenarioError(Problem(wrong=wrong, source="zerosum.register", key="", allowed=right))


def stream(mechanism: str, purpose: str) -> int:
    """Return the number of a stream of chance for a rule from outside, for ``draws.uniform(key, stream, ...)``.

    It depends on the two names alone, not on what else is installed.

    Raises
    ------
    ScenarioError
        If another purpose has the same number.
    """
    names = (mechanism, purpose)
    number = FIRST_STREAM + int.from_bytes(hashlib.sha256(repr(names).encode()).digest()[:4], "big") % STREAMS
    if _streams.setdefault(number, names) != names:
        raise _refuse(
            f"the streams {names} and {_streams[number]} have the same number",
            "rename one of the two purposes",
        )
    return number


def register(mechanism: Mechanism) -> Mechanism:
    """Add a rule from outside, for this process.

    Workers in other processes don't know of it: a package that names the rule in its entry points
    (``zerosum.mechanisms``) is found by all.

    Parameters
    ----------
    mechanism : Mechanism

    Returns
    -------
    Mechanism
        the same

    Raises
    ------
    ScenarioError
        If it can't be added; says why.
    """
    name, table = mechanism.name, cast("Any", mechanism.table)
    known = _registered.get(name)
    if known == mechanism:
        return mechanism
    if not re.fullmatch("[a-z][a-z0-9_]*", name):
        raise _refuse(
            f"'{name}' can't be a table's name", "write small letters, digits and _, a letter first"
        )
    if known is not None or name in Scenario.model_fields:
        raise _refuse(f"there is a table [{name}] already", "take another name")
    if mechanism.phase not in get_args(Phase):
        raise _refuse(f"there is no phase '{mechanism.phase}'", f"known: {', '.join(get_args(Phase))}")
    if not (isinstance(table, type) and issubclass(table, Section)):
        raise _refuse(
            f"the table of '{name}' is no Section", "derive it from zerosum.market.declare.section.Section"
        )
    required = [key for key, field in mechanism.table.model_fields.items() if field.is_required()]
    if required:
        raise _refuse(f"{name}.{required[0]} has no default", "give each key one")
    add_table(name, mechanism.table, optional=True)
    _registered[name] = mechanism
    return mechanism


def switched_on(scenario: Scenario) -> Iterator[tuple[Mechanism, Section]]:
    """Yield the rules from outside that a scenario has a table for, with the table, in order of their names."""
    for name in sorted(_registered):
        table = getattr(scenario, name, None)
        if table is not None:
            yield _registered[name], table


def outside(scenario: Scenario) -> dict[str, str]:
    """Return which rules from outside a scenario has: name -> package and digest of its code."""
    return {
        mechanism.name: f"{mechanism.act.__module__.partition('.')[0]} {mechanism.digest}"
        for mechanism, _ in switched_on(scenario)
    }


def register_installed() -> None:
    """Register what installed packages offer. One that can't be loaded is told of, and left out."""
    for entry in sorted(metadata.entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            register(entry.load())
        except Exception as error:  # whatever a stranger's package raises must not stop ours
            warnings.warn(f"the rule '{entry.name}' ({entry.value}) can't be loaded: {error}", stacklevel=2)


@cache
def _digest(function: Any) -> str:
    """Digest the sources of a function's package; of its code, if it has no file."""
    digest = hashlib.sha256()
    top = sys.modules.get(function.__module__.partition(".")[0])
    file = getattr(top, "__file__", None)
    if file is None:
        digest.update(repr((function.__code__.co_code, function.__code__.co_names)).encode())
        digest.update(repr(function.__code__.co_consts).encode())
        return digest.hexdigest()[:16]
    package = hasattr(top, "__path__")
    for path in sorted(Path(file).parent.rglob("*.py")) if package else [Path(file)]:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()[:16]
