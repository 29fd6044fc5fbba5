"""A calibration's file: parameters, their ranges, facts and numbers of trials."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, model_validator

from zerosum.market.declare.section import Fault
from zerosum.scenario.explain import Row
from zerosum.scenario.fits import Parameter, check_keys
from zerosum.scenario.spec import raise_faults
from zerosum.studies.questions import LARGEST, load_question

DIGITS = 3
"""Significant digits of the values to try."""


class Range(Row):
    """A parameter and its range."""

    key: str
    low: float = Field(ge=-LARGEST, le=LARGEST)
    high: float = Field(ge=-LARGEST, le=LARGEST)
    start: float | None = Field(default=None, ge=-LARGEST, le=LARGEST)
    factor_of: dict[str, float] | None = None
    """Row's name -> number that the value multiplies."""

    @model_validator(mode="after")
    def _in_order(self) -> Range:
        if self.low >= self.high:
            raise ValueError(f"low = {self.low:g} must be less than high = {self.high:g}")
        if not self.low <= self.centre <= self.high:
            raise ValueError(f"start = {self.start:g} must lie between low and high")
        return self

    @property
    def centre(self) -> float:
        """Start of the search; parameters that the facts don't constrain stay near it."""
        return (self.low + self.high) / 2.0 if self.start is None else self.start

    def value(self, place: float) -> float:
        """Return the rounded value at a place of the range (0: low end, 1: high end)."""
        exact = self.low + min(max(place, 0.0), 1.0) * (self.high - self.low)
        if exact == 0.0:
            return 0.0
        return round(exact, DIGITS - 1 - math.floor(math.log10(abs(exact))))

    def place(self, value: float) -> float:
        """Return a value's place in the range (0: low end, 1: high end)."""
        return (value - self.low) / (self.high - self.low)

    @property
    def parameter(self) -> Parameter:
        """The parameter as stored in fits."""
        return Parameter(self.key, self.low, self.high, self.factor_of is not None)


class Calibration(Row):
    """A calibration's file, validated."""

    scenario: str
    seed: int = Field(ge=0)
    market_seed: int = Field(ge=0)
    replications: int = Field(ge=2, le=1000)
    scattered: int = Field(ge=16, le=1_000_000)
    guided: int = Field(ge=0, le=1_000_000)
    polished: int = Field(ge=0, le=1_000_000)
    sampled: int = Field(ge=0, le=1_000_000)
    pushed: int = Field(default=0, ge=0, le=1_000_000)
    """Trials by which the answers (``spread_over``) are pushed to both ends."""
    anchored: int = Field(default=0, ge=0, le=10_000)
    """Markets for the anchor trials that correct the search's noise; 0: no correction."""
    verified: int = Field(ge=2, le=10_000)
    sets: int = Field(ge=1, le=1000)
    question: str = ""
    facts: tuple[str, ...] = ()
    """Further files of facts, relative to this file."""
    comfortable: Mapping[str, float] = {}
    """Fact with one bound -> comfortable distance beyond it, in the measure's unit."""
    held_out: tuple[str, ...] = ()
    """Facts that are not fitted (judged or only shown): they should emerge."""
    registered: str = ""
    """Digest of the judged and held-out facts, written before the search; "": not registered."""
    spread_over: tuple[str, ...] = ()
    """Measures ("answers") in which the sets should differ as much as the facts allow."""
    parameters: tuple[Range, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _keys_are_known(self) -> Calibration:
        raise_faults(Fault(("parameters",), wrong) for wrong in check_keys([p.key for p in self.parameters]))
        return self

    @property
    def bases(self) -> Mapping[str, Mapping[str, float]]:
        """Numbers that factors multiply: key -> row's name -> number."""
        return {p.key: p.factor_of for p in self.parameters if p.factor_of is not None}


def load_calibration(path: str | Path) -> Calibration:
    """Read a calibration's file; see :func:`zerosum.studies.questions.load_question`."""
    return load_question(Calibration, "calibration", path)
