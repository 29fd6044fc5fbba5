"""Facts: bands with their source, read from ``facts.toml`` and from files of users that look like it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from zerosum.errors import InputError
from zerosum.files import read_toml
from zerosum.scenario.errors import suggest
from zerosum.scenario.explain import Row, validate_file
from zerosum.studies.facts.measures import MEASURES

SHIPPED = Path(__file__).with_name("facts.toml")

TAGS = {
    "read": "read in the study's own text or abstract",
    "second-hand": "from a vendor or the press",
    "computed": "computed from a public data set",
    "memory": "from memory, to be verified",
    "theory": "follows from an argument, not from data",
    "own": "the user's own figures",
}
Tag = Literal["read", "second-hand", "computed", "memory", "theory", "own"]


class Fact(Row):
    """One figure of the real world, as a band, and the measure that a simulated market is asked for.

    ``low`` and ``high`` are in the measure's unit; one of them may be missing (None).
    """

    name: str = Field(min_length=1, max_length=60, pattern=r"^[a-z0-9][a-z0-9-]*$")
    label: str = Field(min_length=1, max_length=60)
    measure: str
    low: float | None = None
    high: float | None = None
    tag: Tag
    source: str = Field(min_length=1)
    note: str = ""
    judged: bool = True

    @model_validator(mode="after")
    def _there_is_a_band(self) -> Fact:
        if self.low is None and self.high is None:
            raise ValueError("give low, high or both")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"low = {self.low:g} must be less than high = {self.high:g}")
        if self.measure not in MEASURES:
            hint = suggest(self.measure, MEASURES, "'zerosum facts --measures' lists them")
            raise ValueError(f"there is no measure '{self.measure}'; {hint}")
        return self

    @property
    def unit(self) -> str:
        """The measure's unit."""
        return MEASURES[self.measure].unit

    def holds(self, value: float) -> bool:
        """Tell whether a value lies within the band; an undefined one does not."""
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        return low <= value <= high


def load_facts(paths: Sequence[str | Path] = ()) -> tuple[Fact, ...]:
    """Read the shipped facts and those of further files.

    Parameters
    ----------
    paths : files
        in the form of the shipped one; a fact replaces an earlier one of the same name

    Returns
    -------
    facts, in order of first appearance

    Raises
    ------
    InputError
        with everything that is wrong with the first faulty file
    """
    facts: dict[str, Fact] = {}
    for path in (SHIPPED, *map(Path, paths)):
        for fact in _read(path):
            facts[fact.name] = fact
    return tuple(facts.values())


class _File(Row):
    facts: tuple[Fact, ...]

    @model_validator(mode="after")
    def _each_once(self) -> _File:
        names = [fact.name for fact in self.facts]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError("; ".join(f"two facts are named '{name}'" for name in twice))
        return self


def _read(path: Path) -> tuple[Fact, ...]:
    content = read_toml(path, "a file of facts")
    rows = content.get("facts")
    if set(content) != {"facts"} or not isinstance(rows, list) or not rows:
        found = ", ".join(sorted(set(content) - {"facts"})) or "none"
        raise InputError(
            f"{path}: a file of facts has [[facts]] tables and nothing else (other keys: {found})"
        )
    return validate_file(_File, content, path).facts
