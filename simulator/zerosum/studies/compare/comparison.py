"""Compare all strategies with the baseline: simulate missing replications, then pair runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from zerosum.market.assumptions import courses
from zerosum.market.sizes import workers_that_fit
from zerosum.runs.parts import Parts
from zerosum.runs.replicate import ALL
from zerosum.runs.schema import Tables
from zerosum.runs.work import RUNS
from zerosum.scenario.spec import Scenario
from zerosum.studies.compare.paired import differences, observations
from zerosum.studies.compare.replications import Replications
from zerosum.studies.compare.stopping import FIRST, Until

BATCH = 10
"""Replications between two checks of a stopping rule."""


@dataclass(frozen=True, repr=False)
class Comparison:
    """Results of a comparison.

    Attributes
    ----------
    scenario : Scenario
        ``comparison.replications``: number of replications
    tables : Tables
        see :data:`zerosum.runs.TABLES`
    until : Until, optional
        the stopping rule
    decided : bool
        whether the rule was met
    """

    scenario: Scenario
    tables: Tables
    until: Until | None = None
    decided: bool = True

    def __repr__(self) -> str:
        """Return a one-line summary."""
        comparison = self.scenario.comparison
        strategies, adopters = ", ".join(self.scenario.compared_names), ", ".join(comparison.adopters)
        return f"<Comparison {self.scenario.name}: {strategies}; {adopters}; {comparison.replications:,} replications>"

    def _repr_html_(self) -> str:
        from zerosum.runs.arrays import html

        return html(repr(self).strip("<>"), self.differences)

    def to_xarray(self) -> Any:
        """Return every metric as an ``xarray.Dataset`` over adopters, strategy and replication.

        Raises
        ------
        InputError
            if xarray isn't installed
        """
        from zerosum.runs.arrays import dataset

        return dataset(self.runs, ("adopters", "strategy", "replication"))

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per adopters, strategy, replication and ``null`` (True: the chance baseline), a column per metric."""
        return self._frame("runs")

    @cached_property
    def weekly(self) -> pd.DataFrame:
        """One row per adopters, strategy, replication and measured week."""
        return self._frame("weekly")

    @cached_property
    def reps(self) -> pd.DataFrame:
        """One row per adopters, strategy, replication, ``null`` and rep."""
        return self._frame("reps")

    @cached_property
    def rep_years(self) -> pd.DataFrame:
        """One row per adopters, strategy, replication, ``null``, year and rep."""
        return self._frame("rep_years")

    @cached_property
    def segments(self) -> pd.DataFrame:
        """One row per adopters, strategy, replication and segment."""
        return self._frame("segments")

    @cached_property
    def deals(self) -> pd.DataFrame:
        """One row per opportunity that closed."""
        return self._frame("deals")

    @cached_property
    def assumptions(self) -> pd.DataFrame:
        """One row per replication and uncertain key."""
        return self._frame("assumptions")

    @cached_property
    def differences(self) -> pd.DataFrame:
        """One row per adopters, strategy and metric, see :func:`zerosum.studies.compare.differences`."""
        return differences(self.scenario, self.runs)

    def _frame(self, name: str) -> pd.DataFrame:
        if name not in self.tables:
            raise ValueError(f"the table '{name}' was not asked for in this comparison")
        return self.tables[name].to_pandas()


def compare_strategies(
    scenario: Scenario,
    workers: int = 1,
    on_done: Callable[[int], None] | None = None,
    stop: threading.Event | None = None,
    kept: Parts | None = None,
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
        another thread sets it to stop the comparison
    kept : Parts, optional
        storage for finished replications, see :func:`kept_in`
    until : Until, optional
        stopping rule; default: the scenario's number of replications
    at_most : int, optional
        most replications with a rule
    wanted : names
        tables to fill

    Raises
    ------
    Interrupted
        on Ctrl-C, or when ``stop`` is set; it holds the progress
    ScenarioError
        if it doesn't fit in memory; says how much it needs, and what to lower
    """
    workers = workers_that_fit(scenario, workers, at_most or scenario.comparison.replications, wanted)
    made = Replications([scenario], wanted, workers, kept, on_done, stop)
    most = at_most if until and at_most is not None else scenario.comparison.replications
    if until is None:
        made.make(most)
        return Comparison(scenario, made.tables())
    first, batch = FIRST * courses(scenario), BATCH * courses(scenario)
    decided = None
    while decided is None and made.often < most:
        made.make(min(most, max(first, made.often + batch)))
        reached = until.reached(observations(scenario, made.tables(names=[RUNS])[RUNS].to_pandas()))
        decided = None if reached is None else reached * courses(scenario)
    often = decided or made.often
    sized = scenario.comparison.model_copy(update={"replications": often})
    whole = scenario.model_copy(update={"comparison": sized})
    return Comparison(whole, made.tables(often=often), until, decided is not None)
