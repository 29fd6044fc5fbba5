"""What causes missed quotas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.api.arguments import Progress, count_workers, load_market, show_progress
from zerosum.api.result import Result
from zerosum.market.sizes import workers_that_fit
from zerosum.report.misses import format_answer
from zerosum.scenario import Scenario
from zerosum.studies.misses import Misses as Decomposed
from zerosum.studies.misses import decompose_misses

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class Misses(Result):
    """What causes missed quotas: sentences, tables and a figure.

    Attributes
    ----------
    decomposed : zerosum.studies.misses.Misses
        the decomposition itself, for further analysis
    """

    decomposed: Decomposed

    def __repr__(self) -> str:
        """Return one line: the shares."""
        return repr(self.decomposed)

    def _lead(self) -> tuple[Sequence[str], pd.DataFrame]:
        return self.answer, self.shares

    @property
    def answer(self) -> tuple[str, ...]:
        """How many misses identical reps would share, what differences in attainment come from, and what to do."""
        return format_answer(self.decomposed)

    @property
    def shares(self) -> pd.DataFrame:
        """One row for luck, skill, territory and quotas: share, low, high, removed, n; docs/misses.md explains them."""
        return self.decomposed.shares

    @property
    def cases(self) -> pd.DataFrame:
        """One row per case, each factor as it is (True) or made equal: variance, low, high, missed, n."""
        return self.decomposed.cases

    def figure(self) -> Figure:
        """Draw the shares."""
        from zerosum.report.plots.misses import plot_misses

        return plot_misses(self.decomposed)


def misses(
    scenario: Scenario | Mapping[str, Any] | str | Path,
    *,
    strategy: str | None = None,
    replications: int | None = None,
    weeks: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress = False,
) -> Misses:
    """Show what causes missed quotas: luck, skill, territories and how quotas are set.

    Parameters
    ----------
    scenario : Scenario, mapping, str or path
        a file, the name of a shipped one, or a file's content
    strategy : str, optional
        strategy that the focal vendor adopts alone; the status quo if not given
    replications, weeks, seed : optional
        the scenario's if not given
    workers : int, optional
        threads; one per usable core if not given
    progress : bool or callable
        show a progress bar; or a function called with (replications done, wanted)

    Returns
    -------
    Misses
        with ``answer``, ``shares`` and ``cases``, and ``figure()``

    Raises
    ------
    ScenarioError
        if the scenario is invalid; names what and where
    InputError
        if the team has one rep, or there is no such strategy
    ValueError
        if workers isn't a whole number from 1 up
    """
    threads = count_workers(workers, 1)
    changed = {"comparison.replications": replications, "clock.weeks": weeks, "comparison.seed": seed}
    asked = load_market(scenario, changed)
    wanted = asked.comparison.replications
    threads = workers_that_fit(asked, threads, wanted)
    with show_progress("replications", progress) as on_progress:
        return Misses(
            decompose_misses(asked, threads, lambda done: on_progress(done, wanted), strategy=strategy)
        )
