"""One metric of every run, by strategy, point and replication."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from zerosum.market.metrics import Metric
from zerosum.market.state import Float
from zerosum.studies.sweep.factors import Factor
from zerosum.studies.sweep.points import Study
from zerosum.studies.sweep.response import outcomes
from zerosum.studies.sweep.spec import SCENARIO
from zerosum.studies.sweep.sweep import Swept

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Outcome:
    """One metric of every run for some adopters.

    Attributes
    ----------
    study : Study
    metric : Metric
    against : str
        reference strategy
    adopters : str
    scenario : str
        which scenario, if a sampled design has several; else empty
    points : int[p]
        numbers of the points that have runs, in order
    at : int[n]
        row of each run's point in ``points``
    course : int[n]
        replication of each run, from 0 (replications that share assumptions are one)
    values : float[n, strategies]
        NaN if undefined
    """

    study: Study
    metric: Metric
    against: str
    adopters: str
    scenario: str
    points: Int
    at: Int
    course: Int
    values: Float

    @property
    def strategies(self) -> tuple[str, ...]:
        """Strategies in the scenario's order."""
        return self.study.strategies

    @property
    def others(self) -> tuple[str, ...]:
        """All strategies but the reference."""
        return tuple(strategy for strategy in self.strategies if strategy != self.against)

    @property
    def common(self) -> bool:
        """Whether all points share the random numbers of a replication."""
        return self.study.experiment.random_numbers == "common"

    @property
    def factors(self) -> tuple[str, ...]:
        """Columns that vary here."""
        names = tuple(str(name) for name in self.study.points.columns)
        return tuple(name for name in names if not (self.scenario and name == SCENARIO))

    def factor(self, name: str) -> Factor | None:
        """Return a factor; None for the factor "scenario"."""
        return None if name == SCENARIO else self.study.experiment.factor(name)

    def column(self, name: str) -> pd.Series:
        """Return a factor's value at each of ``points``."""
        return self.study.points[name].iloc[self.points].reset_index(drop=True)

    def is_numeric(self, name: str) -> bool:
        """Return whether a factor's values are numbers, so that you can interpolate."""
        return is_numeric(self.study.points[name])

    def gap(self, strategy: str, than: str | None = None) -> Float:
        """Return a strategy's values minus another's (default: ``against``), pair by pair; float[n]."""
        held = self.strategies.index(than or self.against)
        return self.values[:, self.strategies.index(strategy)] - self.values[:, held]

    def only(self, rows: Bool) -> Outcome:
        """Restrict it to some of ``points``."""
        new = np.cumsum(rows) - 1
        kept = rows[self.at]
        return replace(
            self,
            points=self.points[rows],
            at=new[self.at[kept]],
            course=self.course[kept],
            values=self.values[kept],
        )

    def cube(self) -> Float:
        """Return the values as float[points, courses, strategies], NaN for missing runs."""
        often = int(self.course.max()) + 1 if len(self.course) else 0
        found = np.full((len(self.points), often, len(self.strategies)), np.nan)
        found[self.at, self.course] = self.values
        return found


def is_numeric(column: pd.Series) -> bool:
    """Return whether a column holds numbers; booleans don't count."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def take_outcomes(swept: Swept, metric: Metric, against: str) -> Iterator[Outcome]:
    """Yield a sweep's outcomes: one for each of the adopters and, if a sample has several, for each scenario.

    Such a sample has the same places in every scenario, so its points are not independent.
    """
    study = swept.study
    runs = outcomes(swept, metric.name)
    numbers = runs.index.get_level_values("point").to_numpy(np.int64)
    points, at = np.unique(numbers, return_inverse=True)
    course = runs.index.get_level_values("replication").to_numpy(np.int64)
    for adopters in study.adopters:
        values = runs[adopters][list(study.strategies)].to_numpy(np.float64)
        whole = Outcome(study, metric, against, adopters, "", points, at.astype(np.int64), course, values)
        if study.is_sampled and SCENARIO in study.points:
            names = study.points[SCENARIO].to_numpy()[points]
            for name in study.experiment.scenario:
                yield replace(whole.only(names == name), scenario=name)
        else:
            yield whole
