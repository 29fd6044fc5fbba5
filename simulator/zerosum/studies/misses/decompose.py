"""Decompose the differences in attainment between reps: luck, territory, skill and how quotas are set.

Worth of a set of factors: the variance of attainment between the reps of a team in a year where these factors are as
they are, and the others are equal. Of no factor: luck. Each factor's part is its Shapley value; with luck the parts sum
to the variance as it is. A share is a part over that variance. It can be negative: the factor evens out differences.

Shapley values are linear in the worths, so a share is a ratio of two means over replications (Fieller's interval).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zerosum.errors import InputError
from zerosum.market.run import OnWeek
from zerosum.market.state import Float
from zerosum.runs.executors import replications
from zerosum.scenario.errors import suggest
from zerosum.scenario.spec import Scenario
from zerosum.statistics import mean_interval, ratio_of_means, shapley_values
from zerosum.studies.facts import vendors_alike
from zerosum.studies.misses.design import AS_IT_IS, CASES, FACTORS, Observed, observe
from zerosum.studies.misses.identical import SharedMisses, summarize_shared

LUCK = "luck"


@dataclass(frozen=True, repr=False)
class Misses:
    """What missed quotas are made of, in the status quo or under a strategy.

    Attributes
    ----------
    scenario : Scenario
    vendors : tuple of str
        whose reps were measured: the focal vendor and those that differ from it in name only
    shares : DataFrame
        one row for luck and each factor: factor, share, low, high (95 %), removed, removed_low, removed_high (part of
        the variance that goes if only this is made equal; NaN for luck), n (replications)
    cases : DataFrame
        one row per case: skill, territory, quotas (True: as it is), variance, low, high, missed (share of rep-years
        below quota), n
    shared : SharedMisses
        missed quotas that identical reps would also have missed in the same territories
    strategy : str, optional
        what the focal vendor follows, while competitors don't react; None: the status quo
    """

    scenario: Scenario
    vendors: tuple[str, ...]
    shares: pd.DataFrame
    cases: pd.DataFrame
    shared: SharedMisses
    strategy: str | None = None

    def __repr__(self) -> str:
        """Return one line: the shares."""
        parts = ", ".join(f"{row.factor} {row.share:.0%}" for row in self.shares.itertuples())
        return f"<Misses {self.scenario.name}: {parts}>"

    @property
    def variance(self) -> float:
        """Variance of attainment between the reps of a team in a year, as it is."""
        return float(self.cases["variance"].iloc[AS_IT_IS])


def decompose_misses(
    scenario: Scenario,
    workers: int = 1,
    on_done: Callable[[int], None] | None = None,
    stop: threading.Event | None = None,
    strategy: str | None = None,
) -> Misses:
    """Decompose the differences in attainment over ``scenario.comparison.replications`` replications.

    Parameters
    ----------
    scenario : Scenario
    workers, on_done, stop
        see :func:`zerosum.runs.executors.replications`
    strategy : str, optional
        what the focal vendor follows in the measured weeks, while competitors don't react; only its reps are measured
        then. The status quo if it isn't given, or is the baseline

    Raises
    ------
    InputError
        if the team has one rep: nobody can differ; if there is no such strategy
    Interrupted
    """
    if strategy is not None:
        check_strategy(scenario, strategy)
        strategy = None if strategy == scenario.baseline_name else strategy
    rows = vendors_alike(scenario) if strategy is None else (scenario.focal_index,)
    if scenario.vendors[scenario.focal_index].reps < 2:
        name = scenario.vendors[scenario.focal_index].name
        raise InputError(f"'{name}' has one rep: differences between reps need two; set vendors.{name}.reps")

    def task(number: int, check: OnWeek) -> Observed:
        return observe(scenario, number, rows, check, strategy)

    observed = replications(task, scenario.comparison.replications, workers, on_done, stop)
    variance, missed, shared = (np.array(column) for column in zip(*observed, strict=True))
    names = tuple(scenario.vendors[row].name for row in rows)
    return Misses(
        scenario,
        names,
        shares_table(variance),
        cases_table(variance, missed),
        summarize_shared(shared),
        strategy,
    )


def check_strategy(scenario: Scenario, strategy: str) -> None:
    """Raise if a scenario has no such strategy."""
    known = [row.name for row in scenario.strategies]
    if strategy not in known:
        raise InputError(f"strategy {strategy}: there is no such strategy; {suggest(strategy, known)}")


def shares_table(variance: Float) -> pd.DataFrame:
    """Return the shares of luck and each factor; see :class:`Misses`.

    Parameters
    ----------
    variance : float64[replications, 8]
        of each case; factor j is as it is in case c if bit j of c is set

    Examples
    --------
    Luck of 2; skill adds 1 and territory 3, quotas nothing:

    >>> worth = [2.0 + (c & 1) + 3 * (c >> 1 & 1) for c in range(8)]
    >>> shares_table(np.array([worth]))[["factor", "share"]].round(3).values.tolist()
    [['luck', 0.333], ['skill', 0.167], ['territory', 0.5], ['quotas', 0.0]]
    """
    whole = variance[:, AS_IT_IS]
    parts = np.column_stack([variance[:, 0], shapley_values(variance[:, :, None])[:, :, 0]])
    removed = [np.full(len(whole), np.nan)]
    removed += [whole - variance[:, AS_IT_IS & ~(1 << j)] for j in range(len(FACTORS))]
    rows = []
    for factor, part, gone in zip((LUCK, *FACTORS), parts.T, removed, strict=True):
        share, less = ratio_of_means(part, whole), ratio_of_means(gone, whole)
        rows.append(
            {
                "factor": factor,
                "share": share.mean,
                "low": share.low,
                "high": share.high,
                "removed": less.mean,
                "removed_low": less.low,
                "removed_high": less.high,
                "n": share.n,
            }
        )
    return pd.DataFrame(rows)


def cases_table(variance: Float, missed: Float) -> pd.DataFrame:
    """Return the variance and the share of misses of each case; see :class:`Misses`."""
    rows = []
    for case in range(CASES):
        found, below = mean_interval(variance[:, case]), mean_interval(missed[:, case])
        rows.append(
            {name: bool(case >> j & 1) for j, name in enumerate(FACTORS)}
            | {"variance": found.mean, "low": found.low, "high": found.high}
            | {"missed": below.mean, "n": found.n}
        )
    return pd.DataFrame(rows)
