"""What other values of single keys change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.api.arguments import Progress, check_folder, count_workers, load_market, show_progress
from zerosum.api.points import run_points, warn_of_failed
from zerosum.api.result import Result
from zerosum.market.metrics import DEFAULT_METRIC
from zerosum.market.sizes import workers_that_fit
from zerosum.report.whatif import format_answer
from zerosum.scenario import Scenario
from zerosum.studies.sweep.plan import check_memory
from zerosum.studies.whatif import Answer, ask, check_points

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class WhatIf(Result):
    """What other values change against today: tables and a figure.

    Attributes
    ----------
    found : zerosum.studies.whatif.Answer
        the answer itself, for further analysis
    """

    found: Answer

    def __repr__(self) -> str:
        """Return one line: what was asked, and of how many runs."""
        asked = self.found.asked
        keys = "; ".join(
            f"{change.key} = {', '.join(str(value) for value in change.values)}" for change in asked.changes
        )
        return f"<WhatIf {asked.scenario.name}: {keys}; '{asked.strategy}'; n = {self.found.often}>"

    def _lead(self) -> tuple[Sequence[str], pd.DataFrame]:
        return self.answer, self.table

    @property
    def answer(self) -> tuple[str, ...]:
        """What each key's values change in the metric that decides: a sentence for each key."""
        return tuple(format_answer(self.found, change) for change in self.found.asked.changes)

    @property
    def table(self) -> pd.DataFrame:
        """One row per value, strategy and metric: level, paired difference from today, and 95 % ranges."""
        return self.found.table

    def figure(self) -> Figure:
        """Draw each value's difference from today."""
        from zerosum.report.plots.whatif import plot_what_if

        return plot_what_if(self.found)


def what_if(
    scenario: Scenario | Mapping[str, Any] | str | Path,
    changes: Mapping[str, Sequence[Any]],
    *,
    strategy: str | None = None,
    metric: str | None = None,
    adopters: str | None = None,
    replications: int | None = None,
    weeks: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    keep_in: str | Path | None = None,
    progress: Progress = False,
) -> WhatIf:
    """Compare today with other values of single keys, on the same random events.

    Parameters
    ----------
    scenario : Scenario, mapping, str or path
        a file, the name of a shipped one, or a file's content
    changes : mapping
        key -> values; each value is compared with today by itself
    strategy : str, optional
        the strategy whose gain over the baseline is followed; if not given, the one that the keys are about, or the
        baseline
    metric : str, optional
        the metric that decides; contribution, whose difference is the net gain, if not given
    adopters, replications, weeks, seed
        as for ``compare``
    workers : int, optional
        threads; one per usable core if not given
    keep_in : path, optional
        folder of kept runs; that of ``zerosum compare --what-if`` if not given
    progress : bool or callable
        show a progress bar; or a function called with (runs done, runs wanted)

    Returns
    -------
    WhatIf
        with ``answer``, ``table`` and ``figure()``

    Raises
    ------
    InputError
        if a key, a value or an argument is invalid; says what to give

    Examples
    --------
    >>> import tempfile
    >>> small = {"extends": "workshop", "market": {"buyers": 200}, "clock": {"weeks": 4}}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = what_if(small, {"vendors.Alder.presales": [0, 2]}, replications=2, keep_in=folder)
    >>> found
    <WhatIf unnamed: vendors.Alder.presales = 0, 2; 'usual'; n = 2>
    """
    threads = count_workers(workers, 1)
    spec = load_market(
        scenario,
        {
            "comparison.adopters": [adopters] if adopters is not None else None,
            "comparison.replications": replications,
            "clock.weeks": weeks,
            "comparison.seed": seed,
        },
    )
    asked = ask(spec, changes.items(), strategy, DEFAULT_METRIC if metric is None else metric)
    study = asked.study()
    check_points(study)
    folder = asked.folder() if keep_in is None else check_folder("keep_in", keep_in)
    threads = workers_that_fit(check_memory(study), threads)
    with show_progress("runs", progress) as on_progress:
        swept = run_points(study, folder, threads, on_progress)
    if swept.failures:
        warn_of_failed(len(swept.failures), swept.failures[0].error)
    return WhatIf(Answer(asked, swept))
