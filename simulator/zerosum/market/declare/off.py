"""What switches a rule off, said beside the rule: a test tries each, on two runs that must be equal to the bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Off(NamedTuple):
    """Values at which a part of a rule is not there. A rule's file lists its own in ``OFF``."""

    what: str
    at: Mapping[str, Any]
    """Keys and the values that switch it off."""
    idle: Mapping[str, Any]
    """Keys that then do nothing, each with a value that would matter otherwise."""
    books: frozenset[str] = frozenset()
    """Columns in which the rule's own books may differ all the same."""
