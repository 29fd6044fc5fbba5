"""List all keys of a scenario, each with its default, unit and the evidence for the default.

>>> evidence_of("clock.weeks").tag
'definition'
>>> [key.path for key in keys() if key.path.startswith("market.")]
['market.buyers', 'market.saturation', 'market.neighbours', 'market.rewired']
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, get_args

from zerosum.market.declare.evidence import Evidence
from zerosum.market.declare.section import Section
from zerosum.scenario.extend import register_installed
from zerosum.scenario.spec import Scenario, after_a_new_table


class Key(NamedTuple):
    """A leaf of the spec: a key that a scenario file can set to a value."""

    path: str
    """Keys joined by dots, rows without an index: ``segments.value_sigma``."""
    unit: str
    default: Any
    """The default in Python; ``...`` for a required key, None for "not given"."""
    description: str
    evidence: Evidence
    money_only: bool = False
    """Whether it changes only how much money is counted, and nothing in the market."""


def keys() -> tuple[Key, ...]:
    """Return every leaf key of the spec, in the spec's order."""
    return tuple(keys_by_path().values())


def keys_by_path() -> Mapping[str, Key]:
    """Return every leaf key of the spec by its path."""
    register_installed()
    return _by_path()


@cache
def _by_path() -> dict[str, Key]:
    return {key.path: key for key in _leaves(Scenario, "")}


def evidence_of(key_path: str) -> Evidence:
    """Return the evidence for a key's default.

    Parameters
    ----------
    key_path : str
        as in :class:`Key`, such as ``"strategies.plan.prospecting"``

    Raises
    ------
    KeyError
        if the spec has no such leaf
    """
    return keys_by_path()[key_path].evidence


def _leaves(table: type[Section], head: str) -> Iterator[Key]:
    for name, field in table.model_fields.items():
        path = f"{head}{name}"
        inner = _table_in(field.annotation)
        if inner is not None:
            yield from _leaves(inner, f"{path}.")
            continue
        said: Any = field.json_schema_extra
        yield Key(
            path,
            said["unit"],
            ... if field.is_required() else field.default,
            field.description or "",
            Evidence(**said["evidence"]),
            said.get("money_only", False),
        )


def _table_in(annotation: Any) -> type[Section] | None:
    """Return the class of a field's table, or of its rows; None for a leaf."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, Section):
            return kind
    return None


after_a_new_table.append(_by_path.cache_clear)
