"""A calibration's question: which parameters, within which ranges, are to meet which facts, with how many trials."""

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
"""Significant digits to which a value is rounded before it is tried."""


class Range(Row):
    """A parameter and where it may lie."""

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
        """Where the search begins, and what it stays near to where the facts don't care."""
        return (self.low + self.high) / 2.0 if self.start is None else self.start

    def value(self, place: float) -> float:
        """Value at a place of the range, 0 its low end and 1 its high end; rounded."""
        exact = self.low + min(max(place, 0.0), 1.0) * (self.high - self.low)
        if exact == 0.0:
            return 0.0
        return round(exact, DIGITS - 1 - math.floor(math.log10(abs(exact))))

    def place(self, value: float) -> float:
        """Place of a value within the range."""
        return (value - self.low) / (self.high - self.low)

    @property
    def parameter(self) -> Parameter:
        """As the fits know it."""
        return Parameter(self.key, self.low, self.high, self.factor_of is not None)


class Calibration(Row):
    """The file, checked."""

    scenario: str
    seed: int = Field(ge=0)
    market_seed: int = Field(ge=0)
    replications: int = Field(ge=2, le=1000)
    scattered: int = Field(ge=16, le=1_000_000)
    guided: int = Field(ge=0, le=1_000_000)
    polished: int = Field(ge=0, le=1_000_000)
    sampled: int = Field(ge=0, le=1_000_000)
    anchored: int = Field(default=0, ge=0, le=10_000)
    """Markets on which the best place is tried as well, to correct the noise of the few; 0: no correction."""
    verified: int = Field(ge=2, le=10_000)
    sets: int = Field(ge=1, le=1000)
    question: str = ""
    facts: tuple[str, ...] = ()
    """Further files of facts, relative to this file."""
    comfortable: Mapping[str, float] = {}
    """Fact with one bound -> how far beyond it is comfortable, in the measure's unit."""
    held_out: tuple[str, ...] = ()
    """Facts that are not fitted, judged or only shown: they are to emerge."""
    registered: str = ""
    """Digest of what is judged and held out, written here before the search; "": nothing was registered."""
    spread_over: tuple[str, ...] = ()
    """Measures in which the sets are to differ as far as the facts allow: the answers that the market is asked for."""
    parameters: tuple[Range, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _keys_are_known(self) -> Calibration:
        raise_faults(Fault(("parameters",), wrong) for wrong in check_keys([p.key for p in self.parameters]))
        return self

    @property
    def bases(self) -> Mapping[str, Mapping[str, float]]:
        """What factors multiply: key -> row's name -> number."""
        return {p.key: p.factor_of for p in self.parameters if p.factor_of is not None}


def load_calibration(path: str | Path) -> Calibration:
    """Read a calibration's file; see :func:`zerosum.studies.questions.load_question`."""
    return load_question(Calibration, "calibration", path)
