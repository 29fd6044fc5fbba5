"""What every table of a scenario file has in common: frozen, strict, documented.

A quantity is declared with :func:`quantity`, which keeps its unit and its evidence beside its default, so that the JSON
schema, the documentation and later the sliders of the workshop read the same line.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from simulator.scenario.evidence import Evidence, assumption

Name = Annotated[
    str, StringConstraints(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.+-]*$")
]
"""A name that can stand in a table, a file name and a ``--set`` path."""

SHARES_TOLERANCE = 1e-6
"""How far a list of shares may be from summing to one (three thirds written as 0.333333)."""


MUCH = 1e6
"""Limit of quantities that have no natural one: beyond all sense, and too small to overflow."""

MONEY = 1e12
"""Limit of amounts of money."""


UNITS_OF_TABLES = ("table", "tables")
"""Units of a field that holds no value of its own but further fields."""


class Fault(NamedTuple):
    """Two tables that don't agree: where to look and what is wrong there."""

    path: tuple[str | int, ...]
    wrong: str
    """What is wrong; what would be right stands after a semicolon."""
    value: Any = None
    known: tuple[str, ...] | None = None
    """Names that would be right, for a name that is not."""


def quantity(
    default: Any,
    unit: str,
    description: str,
    *,
    evidence: Evidence | None = None,
    cost_only: bool = False,
    **limits: Any,
) -> Any:
    """Declare one documented number: its default, unit, meaning, limits and what the default rests on.

    Parameters
    ----------
    default : the value used where the scenario file is silent; ``...`` for "must be given"
    unit : str      the unit, in words; ``share`` for 0..1, ``utility`` for logit units (Gumbel scale 1)
    description : str
    evidence : Evidence    what the default rests on; not given: an assumption
    cost_only : bool       it changes what the vendor pays, and nobody in the market responds to it
    **limits : ``ge``, ``gt``, ``le``, ``lt``, ``multiple_of`` as in pydantic
    """
    extra: dict[str, Any] = {"unit": unit}
    if cost_only:
        extra["cost_only"] = True
    if unit not in UNITS_OF_TABLES:  # a table's own fields say what they rest on
        extra["evidence"] = (evidence or assumption())._asdict()
    return Field(default, description=description, json_schema_extra=extra, **limits)


class Section(BaseModel):
    """A table of the scenario file: unknown keys, NaN and wrong types are refused, nothing changes later."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _lists_become_tuples(cls, values: Any) -> Any:
        # TOML arrays arrive as lists; a frozen spec must not hold a thing that can be appended to.
        if isinstance(values, dict):
            return {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
        return values


def must_sum_to_one(shares: Iterable[tuple[str, float]]) -> None:
    """Raise ``ValueError`` that lists the shares, unless they sum to one."""
    given = list(shares)
    total = sum(share for _, share in given)
    if abs(total - 1) > SHARES_TOLERANCE:
        parts = ", ".join(f"{name} {share:g}" for name, share in given if share)
        raise ValueError(f"the shares sum to {total:g} ({parts or 'all 0'}); they must sum to 1")
