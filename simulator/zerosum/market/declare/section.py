"""The base of every table of a scenario file: frozen, strict, documented.

A quantity is declared with :func:`quantity`, which keeps its unit and its evidence beside its default, so that the JSON
schema and the documentation read the same line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from zerosum.market.declare.evidence import Evidence, assumption


def check_file_name(name: str) -> str:
    """Return the name, if it can be a file's or a folder's on every system.

    Raises
    ------
    ValueError
        If Windows reserves the name for a device, or would cut off its end.

    Notes
    -----
    >>> check_file_name("console")
    'console'
    """
    if RESERVED.fullmatch(name):
        raise ValueError(
            f"'{name}' is reserved on Windows (con, nul, com1, ... with any ending); take another name"
        )
    if name != name.rstrip(" ."):
        raise ValueError(f"'{name}' ends with a space or a dot, which Windows would cut off; leave it out")
    return name


Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.+-]*$"),
    AfterValidator(check_file_name),
]
"""A name that can stand in a table, a file name and a ``--set`` path."""

RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9]) *(\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices, with or without an ending: no file or folder there can have one."""

SHARES_TOLERANCE = 1e-6
"""How far a list of shares may be from summing to one (three thirds written as 0.333333)."""


MUCH = 1e6
"""Limit of quantities that have no natural one: beyond all sense, and too small to overflow."""

MONEY = 1e12
"""Limit of amounts of money."""

SMALLEST = 1e-9
"""Least of any number that isn't 0. A number nearer to 0 is a typing error (1e-300), and a division by it (revenue
by hours) is meaningless."""

LEAST_MONEY = 1e-3
"""Least amount where 0 makes no sense: it is a contract of 1,000, in millions. Less is a typing error, and would make
quotas, by which results are divided, almost 0."""

LEAST_PRICE, MOST_PRICE = 0.01, 10.0
"""Limits of a price; 1 is the market level. Beyond them, somebody typed an amount of money or a percentage."""

LEAST_HOURS = 0.01
"""Least hours that work is measured by: half a minute."""

LEAST_WEEKS = 0.001
"""Least of a span of time: some two minutes of a working week."""

AT_ONCE = 1e-6
"""Weeks that count as none: a fraction of a second."""

LEAST_RATIO = 0.01
"""Least quota over expected revenue: with less, attainment is in thousands and meaningless."""

SHORTEST_WEEK = 0.1
"""Hours of the shortest working week: an hour's pay is the week's base pay divided by it."""

HOURS_OF_A_WEEK = 168
"""All of them."""


ABOVE_ZERO = "aboveZero"
"""Of a field in the schema: the least number that isn't 0."""

UNITS_OF_TABLES = ("table", "tables")
"""Units of a field that holds no value of its own but further fields."""


DEFAULTS = Path(__file__).with_name("defaults.toml")
"""Calibrated defaults; a calibration rewrites the file."""


@cache
def _calibrated() -> dict[str, dict[str, float]]:
    return tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))


def calibrated(key: str) -> float:
    """Return the default of a key that a calibration fits, such as ``review.max_per_year``.

    Raises
    ------
    KeyError
        If the calibration doesn't fit it.
    """
    table, _, field = key.partition(".")
    return _calibrated()[table][field]


class Fault(NamedTuple):
    """Two tables that don't agree: where, and what is wrong."""

    path: tuple[str | int, ...]
    wrong: str
    """What is wrong; after a semicolon, what is right."""
    value: Any = None
    known: tuple[str, ...] | None = None
    """Allowed names, if a name is wrong."""


def quantity(
    default: Any,
    unit: str,
    description: str,
    *,
    evidence: Evidence | None = None,
    money_only: bool = False,
    above_zero: float | None = None,
    **limits: Any,
) -> Any:
    """Declare one documented number: its default, unit, meaning, limits and evidence.

    Parameters
    ----------
    default
        the value used where the scenario file is silent; ``...`` for "must be given"
    unit : str
        the unit, in words; ``share`` for 0..1, ``utility`` for logit units (Gumbel scale 1)
    description : str
    evidence : Evidence
        what the default rests on; not given: an assumption
    money_only : bool
        it changes how much money is counted, and nothing in the market depends on it
    above_zero : float
        the least number that isn't 0, where 0 is allowed; not given: ``SMALLEST``
    **limits
        ``ge``, ``gt``, ``le``, ``lt``, ``multiple_of`` as in pydantic
    """
    extra: dict[str, Any] = {"unit": unit}
    if money_only:
        extra["money_only"] = True
    if unit not in UNITS_OF_TABLES:  # a table's own fields have evidence
        extra["evidence"] = (evidence or assumption())._asdict()
    if above_zero is not None:
        extra[ABOVE_ZERO] = above_zero
    return Field(default, description=description, json_schema_extra=extra, **limits)


TABLES: dict[str, type[Section]] = {}
"""Tables that declare their own name: the scenario takes them up, with no line of its own for each."""


class Section(BaseModel):
    """A table of the scenario file: unknown keys, NaN and wrong types are refused, nothing changes later."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    of_market: ClassVar[bool] = True
    """Whether it says how the market is; False: what is asked of it, which no rule may read."""

    def __init_subclass__(cls, table: str = "", **settings: Any) -> None:
        super().__init_subclass__(**settings)
        if table:
            TABLES[table] = cls

    @model_validator(mode="before")
    @classmethod
    def _lists_become_tuples(cls, values: Any) -> Any:
        # TOML arrays arrive as lists; a frozen spec must not hold mutable values.
        if isinstance(values, dict):
            return {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
        return values

    @field_validator("*")
    @classmethod
    def _is_not_next_to_nothing(cls, value: Any, info: ValidationInfo) -> Any:
        if type(value) is float and value != 0.0:
            said: Any = cls.model_fields[str(info.field_name)].json_schema_extra
            if abs(value) < said.get(ABOVE_ZERO, SMALLEST):
                raise PydanticCustomError("next_to_nothing", "too near to 0")
        return value


def must_sum_to_one(shares: Iterable[tuple[str, float]]) -> None:
    """Raise ``ValueError`` that lists the shares, unless they sum to one."""
    given = list(shares)
    total = sum(share for _, share in given)
    if abs(total - 1) > SHARES_TOLERANCE:
        parts = ", ".join(f"{name} {share:g}" for name, share in given if share)
        raise ValueError(f"the shares sum to {total:g} ({parts or 'all 0'}); they must sum to 1")


class Off(NamedTuple):
    """Values that switch a part of a rule off. A rule's file lists its own in ``OFF``; a test tries each."""

    what: str
    at: Mapping[str, Any]
    """Keys, and the values that switch it off."""
    idle: Mapping[str, Any]
    """Keys that then have no effect, each with a value that has one otherwise."""
    books: frozenset[str] = frozenset()
    """Columns of the rule's own that may still differ."""
