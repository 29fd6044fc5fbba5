"""Uncertain assumptions: keys of a scenario with a known range only."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import model_validator

from zerosum.market.declare.evidence import definition
from zerosum.market.declare.section import SMALLEST, Section, quantity

NEVER_UNCERTAIN = ("name", "question", "clock", "comparison", "uncertain")
"""Tables for the question, not for the market."""

MOST_RATIO = 1e12
"""Maximum high / low of a range on a log scale; beyond it, "equally likely" means nothing, and the ratio of the
smallest numbers overflows."""


class Uncertain(Section):
    """One of [[uncertain]]: a value that is drawn from a range, once for all strategies of a replication."""

    of_market: ClassVar[bool] = False

    key: str = quantity(
        ...,
        "key",
        "Key of the scenario, written as for --set: effort.preparation_weight.",
        evidence=definition(),
        min_length=1,
        max_length=200,
    )
    low: float = quantity(..., "unit of the key", "Lowest possible value.", evidence=definition())
    high: float = quantity(..., "unit of the key", "Highest possible value.", evidence=definition())
    scale: Literal["linear", "log"] = quantity(
        "linear",
        "name",
        "linear: every value in the range is equally likely; log: every ratio is, for a range above zero.",
        evidence=definition(),
    )

    @model_validator(mode="after")
    def _is_a_range(self) -> Uncertain:
        if not self.low < self.high:
            raise ValueError(f"low = {self.low:g} must be below high = {self.high:g}")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f'low = {self.low:g} must be above 0 where scale = "log"')
        if self.scale == "log" and self.high / self.low > MOST_RATIO:
            raise ValueError(
                f'high = {self.high:g} is more than {MOST_RATIO:g} times low = {self.low:g}; scale = "log" goes no '
                "further"
            )
        return self

    def at(self, place: float) -> float:
        """Return the value at a position in the range, 0 to 1; never beyond an end, even by rounding."""
        if self.scale == "log":
            value = self.low * (self.high / self.low) ** place
        else:
            value = self.low + (self.high - self.low) * place
        value = min(max(value, self.low), self.high)
        return 0.0 if abs(value) < SMALLEST else float(value)
