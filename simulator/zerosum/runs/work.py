"""What is given to a worker, and what comes back: tasks, each a point on a course of luck; rows, and what failed.

A *run* of a study is all strategies for all adopters at one point on one course of luck; its address is (point,
replication).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import pyarrow as pa

from zerosum.market.run import OnWeek

RUNS = "runs"
"""The table that every run has."""


@dataclass(frozen=True)
class Place:
    """A point as workers need it: enough to make its scenario, and small.

    ``base``: row of the study's scenarios; ``changes``: key -> value.
    """

    number: int
    base: int
    changes: Mapping[str, Any]


class Task(NamedTuple):
    """A run that is to be made: of some strategies, or of all if none are named."""

    place: Place
    replication: int
    strategies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """A run that ended otherwise; ``kind`` is "error" (it raised one) or "killed" (it took its process with it)."""

    point: int
    replication: int
    kind: str
    error: str
    trace: str = ""


@dataclass(frozen=True)
class Done:
    """What became of a batch.

    Attributes
    ----------
    tables : name -> rows
        of all runs that went well, a column ``point`` first
    finished : tuple
        addresses of those runs
    failures : tuple of Failure
    seconds : float
        it took
    made_by : mapping
        see :func:`zerosum.runs.origin.origin`
    """

    tables: Mapping[str, pa.Table]
    finished: tuple[tuple[int, int], ...]
    failures: tuple[Failure, ...] = ()
    seconds: float = 0.0
    made_by: Mapping[str, str] = field(default_factory=dict)


class Work(Protocol):
    """Makes runs; small, and the same for every worker of a study."""

    def __call__(self, tasks: Sequence[Task], on_week: OnWeek | None = None) -> Done:
        """Make the runs of a batch; one that fails leaves the others as they are."""
        ...
