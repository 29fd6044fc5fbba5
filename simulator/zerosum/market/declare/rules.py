"""From a scenario to the numbers that kernels read: ``rules.push.weeks`` is the key ``push.weeks``.

Every table of the scenario becomes a frozen tuple of the same name, and every number in it a field of the same name.
A table with rows becomes columns: ``rules.segments.contract_weeks[segment]``. Names, choices and keys that
change money only are left out: a rule that can't read them can't respond to them. Where a rule needs another value than
the file's, a method of the table computes it, marked :func:`derived`.

>>> class Review(Section):
...     max_per_year: float = 2.6
...     @derived
...     def hazard(self) -> float:
...         return self.max_per_year / 52
>>> numbers_of(Review(), None).hazard
0.05
"""

from __future__ import annotations

import inspect
from collections import namedtuple
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple, Protocol, TypeVar, get_args, get_type_hints

import numpy as np

from zerosum.market.declare.section import Section


class Rules(Protocol):
    """What kernels read: the scenario's tables.

    They follow from declarations, so no static type can list them; a wrong name fails when a kernel is
    compiled. Other types (a market, a record) are told apart.
    """

    def __getattr__(self, table: str) -> Any: ...


F = TypeVar("F", bound=Callable[..., Any])

COLUMN = {bool: np.int8, int: np.int32, float: np.float64}
"""Type of a number in a file -> type of its column in a table with rows."""


class Number(NamedTuple):
    """A field of a table as kernels read it."""

    kind: type
    """bool, int or float."""
    read: Callable[[Any, Any], Any]
    """Called with the table and the whole scenario."""


def derived(method: F) -> F:
    """Let kernels read what a method of a table returns, under the method's name.

    Parameters
    ----------
    method : callable
        Of the table alone, or of the table and the whole scenario. It returns a number, or several that become an
        array; its return annotation says of which type (of rows it is needed where there may be none).

    Returns
    -------
    callable
        The method itself.

    Notes
    -----
    A method ``read_<key>`` replaces a key that is no number: kernels read it as ``<key>``.
    """
    method.is_derived = True  # type: ignore[attr-defined]
    return method


def _kind(annotation: Any) -> type | None:
    """Return the number type of an annotation; None if it has none."""
    if annotation in COLUMN:
        return annotation
    found = {_kind(part) for part in get_args(annotation) if part is not ...}
    return found.pop() if len(found) == 1 else None


def _fields(table: type[Section]) -> Iterator[tuple[str, Number]]:
    for name, field in table.model_fields.items():
        said: Any = field.json_schema_extra or {}
        if said.get("money_only"):
            continue
        if field.annotation in COLUMN:
            yield name, Number(field.annotation, lambda row, _, name=name: getattr(row, name))  # type: ignore[misc]
        elif _is_table(field.annotation) and all(f.annotation is float for f in _inner(field.annotation)):
            yield name, Number(float, lambda row, _, name=name: [v for _, v in getattr(row, name)])  # type: ignore[misc]


def _inner(table: Any) -> Any:
    return table.model_fields.values()


def _is_table(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Section)


def _methods(table: type[Section]) -> Iterator[tuple[str, Number]]:
    # A copy: another thread may add attributes to the class meanwhile.
    found = {name: made for part in reversed(table.__mro__) for name, made in list(vars(part).items())}
    for name, method in found.items():
        if getattr(method, "is_derived", False):
            kind = _kind(get_type_hints(method)["return"]) or float
            whole = len(inspect.signature(method).parameters) == 2
            read = method if whole else lambda row, _, method=method: method(row)
            yield name.removeprefix("read_"), Number(kind, read)


@cache
def _numbers(table: type[Section]) -> dict[str, Number]:
    return {**dict(_fields(table)), **dict(_methods(table))}


@cache
def _tuple_of(table: type[Section], fields: tuple[str, ...]) -> Any:
    """Make the class of a table's numbers. It can be found by its name, which numba's cache needs."""
    made: Any = namedtuple("Numbers", fields)  # type: ignore[misc]
    made.__module__, made.__qualname__ = table.__module__, f"{table.__qualname__}.Numbers"
    table.Numbers = made  # type: ignore[attr-defined]
    return made


def numbers_of(table: Section, scenario: Any) -> Any:
    """Return the numbers of a table without rows.

    Parameters
    ----------
    table : Section
    scenario : Scenario
        The whole scenario, for values derived from more than the table.

    Returns
    -------
    NamedTuple
        bool, int, float, or arrays
    """
    values: dict[str, Any] = {}
    for name, number in _numbers(type(table)).items():
        value = number.read(table, scenario)
        values[name] = np.array(value, COLUMN[number.kind]) if np.iterable(value) else number.kind(value)
    return _tuple_of(type(table), tuple(values))(**values)


def columns_of(row: type[Section], rows: tuple[Section, ...], scenario: Any) -> Any:
    """Return the numbers of a table with rows, as columns.

    Parameters
    ----------
    row : type
        Class of the rows; there may be none.
    rows : tuple of Section
    scenario : Scenario
        The whole scenario, as for :func:`numbers_of`.

    Returns
    -------
    NamedTuple
        arrays of float64, int32 or int8 (1: yes), one row each
    """
    columns = {
        name: np.array([number.read(one, scenario) for one in rows], COLUMN[number.kind])
        for name, number in _numbers(row).items()
    }
    return _tuple_of(row, tuple(columns))(**columns)


def build_rules(scenario: Section) -> Rules:
    """Turn a validated scenario into what kernels read.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    Rules
        one tuple per table that describes the market
    """
    tables: dict[str, Any] = {}
    for name, field in type(scenario).model_fields.items():
        table: Any = field.annotation
        if type(None) in get_args(table):
            continue  # of a rule from outside, which reads its own table
        rows = not _is_table(table)
        if rows:
            table = next((kind for kind in get_args(table) if _is_table(kind)), None)
        if table is None or not table.of_market or not _numbers(table):
            continue
        value = getattr(scenario, name)
        tables[name] = columns_of(table, value, scenario) if rows else numbers_of(value, scenario)
    return _tuple_of(type(scenario), tuple(tables))(**tables)
