"""Load facts (bands with their source) from ``facts.toml`` and from user files in the same format."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
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
    "norm": "a planner's norm, without a source that we could read",
    "theory": "follows from an argument, not from data",
    "required": "required of a market that is to be compared with itself",
    "own": "the user's own figures",
}
Tag = Literal["read", "second-hand", "computed", "norm", "theory", "required", "own"]


class Fact(Row):
    """One published figure, as a band, and the measure to compare it with.

    Attributes
    ----------
    name, label : str
    measure : str
        measure of a simulated market; "": the fact is only shown
    low, high : float, optional
        ends of the band, in the measure's unit; one may be missing
    tag : str
        quality of the source, see :data:`TAGS`
    source : str
        author
    address : str
        URL
    basis : str
        the source's figures, from which we set the band
    n : int, optional
        effective sample size: exact copies counted once, pairs as one
    note : str
    judged : bool
        False: shown, but can't fail
    """

    name: str = Field(min_length=1, max_length=60, pattern=r"^[a-z0-9][a-z0-9-]*$")
    label: str = Field(min_length=1, max_length=60)
    measure: str = ""
    low: float | None = None
    high: float | None = None
    tag: Tag
    source: str = Field(min_length=1)
    address: str = ""
    basis: str = ""
    n: int | None = Field(default=None, ge=1)
    note: str = ""
    judged: bool = True

    @model_validator(mode="after")
    def _there_is_a_band(self) -> Fact:
        if not self.measure:
            if self.judged or self.low is not None or self.high is not None:
                raise ValueError(
                    "without a measure there is no band, and judged = false; 'zerosum facts --measures' lists them"
                )
            return self
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
        """The measure's unit; empty without one."""
        return MEASURES[self.measure].unit if self.measure else ""

    @property
    def rests_on(self) -> str:
        """Data that the measure is computed from, in words; empty if not stated."""
        if not self.measure:
            return ""
        asked = MEASURES[self.measure]
        if not asked.part:
            return f"all {asked.counts}" if asked.counts else ""
        return f"{asked.counts}: {MEASURES[asked.part].label.lower()}"

    def holds(self, value: float) -> bool:
        """Return whether a value lies within the band; NaN does not."""
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        return low <= value <= high


def load_facts(paths: Sequence[str | Path] = ()) -> tuple[Fact, ...]:
    """Load the shipped facts and those of further files.

    Parameters
    ----------
    paths : files
        in the shipped file's format; a fact replaces an earlier one of the same name

    Returns
    -------
    facts, in order of first appearance

    Raises
    ------
    InputError
        with all problems of the first invalid file
    """
    facts: dict[str, Fact] = {}
    for path in (SHIPPED, *map(Path, paths)):
        for fact in _read(path):
            facts[fact.name] = fact
    return tuple(facts.values())


def asked_for(facts: Iterable[Fact]) -> tuple[str, ...]:
    """Return the measures of some facts, and those that count their data; each once."""
    measures = [fact.measure for fact in facts if fact.measure]
    parts = [MEASURES[name].part for name in measures]
    return tuple(dict.fromkeys([*measures, *filter(None, parts)]))


def register_held_out(facts: Sequence[Fact], held_out: Sequence[str]) -> str:
    """Return a digest of the judged facts' measures and bands, and of the held-out facts.

    Write it into a calibration's file before the search, to prove later that neither was changed to fit the results.
    Texts and sources may change.
    """
    rows = sorted((f.name, f.measure, f.low, f.high, f.judged) for f in facts)
    return hashlib.sha256(json.dumps([rows, sorted(held_out)]).encode()).hexdigest()[:16]


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
