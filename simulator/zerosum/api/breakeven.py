"""When a strategy with tools pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.api.arguments import Progress, check_folder, count_workers, load_market, show_progress
from zerosum.api.points import run_points, warn_of_failed
from zerosum.api.result import Result
from zerosum.market.sizes import workers_that_fit
from zerosum.report.breakeven import format_answers
from zerosum.scenario import Scenario
from zerosum.studies.breakeven import DIALS, Answer, answer, ask
from zerosum.studies.sweep.plan import check_memory

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class BreakEven(Result):
    """When a strategy with tools pays: tables and a figure.

    Attributes
    ----------
    found : zerosum.studies.breakeven.Answer
        the answer itself, for further analysis
    """

    found: Answer

    def __repr__(self) -> str:
        """Return one line: what was asked, and today's net gain."""
        asked, today = self.found.asked, self.found.today
        gain = f"net gain {today.mean:,.0f} a year; n = {today.n}"
        return f"<BreakEven {asked.scenario.name}: '{asked.strategy}'; {gain}>"

    def _lead(self) -> tuple[Sequence[str], pd.DataFrame]:
        return self.answer, self.points

    @property
    def answer(self) -> tuple[str, ...]:
        """What each tool may cost, and from which adoption and effect on the strategy pays: a sentence or two each."""
        return tuple(words for _, words in format_answers(self.found))

    @property
    def prices(self) -> pd.DataFrame:
        """One row per tool: entered, and the license at which the net gain is 0, with its 95 % interval."""
        return self.found.prices

    @property
    def points(self) -> pd.DataFrame:
        """One row per setting: dial, setting, value, is_today, net, net_low, net_high, adoption, n."""
        return self.found.points

    def figure(self) -> Figure:
        """Draw prices, and the net gain at each setting."""
        from zerosum.report.plots.breakeven import plot_break_even

        return plot_break_even(self.found)


def breakeven(
    scenario: Scenario | Mapping[str, Any] | str | Path,
    strategy: str | None = None,
    *,
    adopters: str | None = None,
    replications: int | None = None,
    price_only: bool = False,
    workers: int | None = None,
    keep_in: str | Path | None = None,
    progress: Progress = False,
) -> BreakEven:
    """Find the price, use and effect at which a strategy with tools pays.

    Parameters
    ----------
    scenario : Scenario, mapping, str or path
        a file, the name of a shipped one, or a file's content
    strategy : str, optional
        if only one has tools that the baseline lacks, it is the default
    adopters : str, optional
        ``focal`` or ``all``; the first of the scenario if not given
    replications : int, optional
        the scenario's if not given
    price_only : bool
        find the price only; about ten times faster
    workers : int, optional
        threads; one per usable core if not given
    keep_in : path, optional
        folder of kept runs; that of ``zerosum breakeven`` if not given
    progress : bool or callable
        show a progress bar; or a function called with (runs done, runs wanted)

    Returns
    -------
    BreakEven
        with ``answer``, ``prices``, ``points`` and ``figure()``

    Raises
    ------
    InputError
        if an argument is invalid; says what to give

    Examples
    --------
    >>> import tempfile
    >>> small = {"extends": "workshop", "market": {"buyers": 200}, "clock": {"weeks": 13}}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = breakeven(small, "shots", replications=2, price_only=True, keep_in=folder)
    >>> found.prices["tool"].tolist(), found.prices["entered"].tolist()
    (['dialler'], [1500.0])
    """
    many = count_workers(workers, 1)
    given = {
        "comparison.adopters": None if adopters is None else [adopters],
        "comparison.replications": replications,
    }
    question = ask(load_market(scenario, given), strategy, () if price_only else DIALS)
    study = question.study()
    folder = question.folder() if keep_in is None else check_folder("keep_in", keep_in)
    threads = workers_that_fit(check_memory(study), many, study.experiment.replications * len(study.points))
    with show_progress("runs", progress) as on_progress:
        found = answer(
            question,
            lambda part, within: run_points(part, folder / within, threads, on_progress),
        )
    if found.failures:
        warn_of_failed(len(found.failures), found.failures[0][1].error)
    return BreakEven(found)
