"""Simulate a batch of runs in a worker; failures are part of the result.

A *run* of a study is all strategies for all adopters at one point in one replication. Its address is (point,
replication).
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from zerosum.market.run import OnWeek
from zerosum.runs.addresses import at_point
from zerosum.runs.origin import origin
from zerosum.runs.replicate import replicate
from zerosum.runs.schema import Tables
from zerosum.runs.work import RUNS, Done, Failure, Place, Task
from zerosum.scenario.spec import Scenario
from zerosum.studies.sweep.points import scenario_at

REMEMBERED = 512
"""Most scenarios of points that a worker caches for further replications."""


@dataclass(frozen=True)
class Work:
    """Simulate runs; small, and the same for every worker of a study.

    Attributes
    ----------
    bases : tuple of Scenario
    nulls : bool
        whether to simulate the chance baseline too
    keep : tuple of str
        tables to store beside the runs
    """

    bases: tuple[Scenario, ...]
    nulls: bool
    keep: tuple[str, ...] = ()
    _known: dict[int, Scenario] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __call__(self, tasks: Sequence[Task], on_week: OnWeek | None = None) -> Done:
        """Simulate the runs of a batch; a failed run doesn't affect the others."""
        started = time.perf_counter()
        wanted = frozenset({RUNS, *self.keep})
        parts: list[Mapping[str, pa.Table]] = []
        finished, failures = [], []
        for place, replication, strategies in tasks:
            try:
                rows = self.rows(place, replication, on_week, wanted, strategies)
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
                failures.append(Failure(place.number, replication, "error", said, traceback.format_exc()))
                continue
            parts.append({name: at_point(table, place.number) for name, table in rows.items()})
            finished.append((place.number, replication))
        tables = (
            {name: pa.concat_tables([part[name] for part in parts]).combine_chunks() for name in wanted}
            if parts
            else {}
        )
        return Done(tables, tuple(finished), tuple(failures), time.perf_counter() - started, origin())

    def rows(
        self,
        place: Place,
        replication: int,
        on_week: OnWeek | None,
        wanted: frozenset[str],
        strategies: tuple[str, ...],
    ) -> Tables:
        """Simulate one run; return its rows by table."""
        return replicate(self.scenario(place), replication, on_week, wanted, self.nulls, strategies)

    def scenario(self, place: Place) -> Scenario:
        """Return the scenario of a point, cached for its replications."""
        known = self._known.get(place.number)
        if known is None:
            if len(self._known) >= REMEMBERED:  # another thread of a worker may do so at any time
                self._known.clear()
            known = self._known[place.number] = scenario_at(self.bases, place)
        return known
