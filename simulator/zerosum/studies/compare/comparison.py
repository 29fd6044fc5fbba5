"""Compare all strategies with the baseline: simulate what is not there yet, then pair.

A replication is the unit of work. What it yields depends on its number alone, so replications can be kept, and more
of them added later.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from zerosum.errors import Interrupted
from zerosum.market.assumptions import courses
from zerosum.market.sizes import workers_that_fit
from zerosum.runs.arrays import dataset, html
from zerosum.runs.kept import Kept
from zerosum.runs.parallel import replications
from zerosum.runs.replicate import ALL, replicate, stacked
from zerosum.runs.schema import Tables
from zerosum.scenario.spec import Scenario
from zerosum.studies.compare.observations import observations
from zerosum.studies.compare.paired import differences
from zerosum.studies.compare.stopping import FIRST, Until

BATCH = 10
"""Replications between two looks of a stopping rule."""


@dataclass(frozen=True, repr=False)
class Comparison:
    """What a comparison found.

    Attributes
    ----------
    scenario : Scenario
        ``comparison.replications`` is how many there are
    tables : Tables
        see :data:`zerosum.runs.TABLES`
    until : Until, optional
        the rule that was to end it
    decided : bool
        whether it did
    """

    scenario: Scenario
    tables: Tables
    until: Until | None = None
    decided: bool = True

    def __repr__(self) -> str:
        """Return what was compared, on one line."""
        comparison = self.scenario.comparison
        strategies, worlds = ", ".join(self.scenario.compared_names), ", ".join(comparison.worlds)
        return f"<Comparison {self.scenario.name}: {strategies}; {worlds}; {comparison.replications:,} replications>"

    def _repr_html_(self) -> str:
        return html(repr(self).strip("<>"), self.differences)

    def to_xarray(self) -> Any:
        """Return every metric as an ``xarray.Dataset`` over world, strategy and replication.

        Raises
        ------
        InputError
            if xarray isn't installed
        """
        return dataset(self.runs, ("world", "strategy", "replication"))

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per world, strategy, replication and ``null`` (True: the chance baseline), a column per metric."""
        return self._frame("runs")

    @cached_property
    def weekly(self) -> pd.DataFrame:
        """One row per world, strategy, replication and measured week."""
        return self._frame("weekly")

    @cached_property
    def reps(self) -> pd.DataFrame:
        """One row per world, strategy, replication, ``null`` and rep."""
        return self._frame("reps")

    @cached_property
    def segments(self) -> pd.DataFrame:
        """One row per world, strategy, replication and segment."""
        return self._frame("segments")

    @cached_property
    def deals(self) -> pd.DataFrame:
        """One row per opportunity that closed."""
        return self._frame("deals")

    @cached_property
    def assumptions(self) -> pd.DataFrame:
        """One row per replication and key that the scenario is uncertain about."""
        return self._frame("assumptions")

    @cached_property
    def differences(self) -> pd.DataFrame:
        """One row per world, strategy and metric, see :func:`zerosum.studies.compare.differences`."""
        return differences(self.scenario, self.runs)

    def _frame(self, name: str) -> pd.DataFrame:
        if name not in self.tables:
            raise ValueError(f"the table '{name}' was not asked for in this comparison")
        return self.tables[name].to_pandas()


def compare(
    scenario: Scenario,
    workers: int = 1,
    on_done: Callable[[int], None] | None = None,
    stop: threading.Event | None = None,
    kept: Kept | None = None,
    until: Until | None = None,
    at_most: int | None = None,
    wanted: frozenset[str] = ALL,
) -> Comparison:
    """Compare the scenario's strategies with its baseline, as its ``comparison`` table says.

    Parameters
    ----------
    scenario : Scenario
    workers : int
        threads; changes the time, not the result
    on_done : callable, optional
        called with the number of replications finished
    stop : Event, optional
        set by another thread to end the whole
    kept : Kept, optional
        where replications are read from that were finished before, and kept
    until : Until, optional
        when to end; without it after the scenario's number of replications
    at_most : int, optional
        replications at which a rule gives up
    wanted : names
        tables to be filled

    Returns
    -------
    Comparison

    Raises
    ------
    Interrupted
        on Ctrl-C, or when ``stop`` is set, with how far it got
    ScenarioError
        if it doesn't fit in memory; says how much it takes, and what to lower
    """
    workers = workers_that_fit(scenario, workers, at_most or scenario.comparison.replications, wanted)
    if until is None:
        wanted_numbers = scenario.comparison.replications
        parts = _finished(scenario, range(wanted_numbers), workers, on_done, stop, kept, wanted)
        return Comparison(scenario, stacked(wanted, parts))
    most = at_most if at_most is not None else scenario.comparison.replications
    first, batch = FIRST * courses(scenario), BATCH * courses(scenario)
    parts, decided = [], None
    while decided is None and len(parts) < most:
        following = range(len(parts), min(most, max(first, len(parts) + batch)))
        parts += _finished(scenario, following, workers, on_done, stop, kept, wanted)
        runs = stacked(["runs"], parts)["runs"].to_pandas()
        reached = until.reached(observations(scenario, runs))
        decided = None if reached is None else reached * courses(scenario)
    often = decided or len(parts)
    sized = scenario.comparison.model_copy(update={"replications": often})
    return Comparison(
        scenario.model_copy(update={"comparison": sized}),
        stacked(wanted, parts[:often]),
        until,
        decided is not None,
    )


def _finished(
    scenario: Scenario,
    numbers: range,
    workers: int,
    on_done: Callable[[int], None] | None,
    stop: threading.Event | None,
    kept: Kept | None,
    wanted: frozenset[str],
) -> list[Tables]:
    """Return replications in order, simulating those that aren't kept."""
    found = kept.read_all(numbers) if kept else {}
    missing = [number for number in numbers if number not in found]

    def told(done: int) -> None:
        if on_done:
            on_done(numbers.start + len(found) + done)

    def task(position: int, check: Callable[[int, int], None]) -> Tables:
        number = missing[position]
        # What is kept must serve any later question.
        tables = replicate(scenario, number, check, ALL if kept else wanted)
        if kept:
            kept.add(number, tables)
        return tables

    if found:
        told(0)
    try:
        made = replications(task, len(missing), workers, told, stop)
    except Interrupted as error:
        raise Interrupted(numbers.start + len(found) + error.done, numbers.stop) from None
    found |= dict(zip(missing, made, strict=True))
    return [found[number] for number in numbers]
