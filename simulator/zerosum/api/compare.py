"""A comparison of strategies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zerosum.api.arguments import (
    Progress,
    check_folder,
    count_workers,
    load_market,
    show_progress,
    warn_of_lost,
)
from zerosum.runs.find import find
from zerosum.scenario import Scenario
from zerosum.studies.compare import Comparison, compare_strategies, kept_in
from zerosum.studies.compare.restore import restore


def compare(
    scenario: Scenario | Mapping[str, Any] | str | Path,
    *,
    strategies: Sequence[str] | None = None,
    adopters: Sequence[str] | None = None,
    replications: int | None = None,
    weeks: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    keep_in: str | Path | None = None,
    progress: Progress = False,
) -> Comparison:
    """Compare strategies with the scenario's baseline, on the same random events.

    Parameters
    ----------
    scenario : Scenario, mapping, str or path
        a file, the name of a shipped one, or a file's content
    strategies, adopters, replications, weeks, seed : optional
        the scenario's if not given
    workers : int, optional
        threads; one per usable core if not given
    keep_in : path, optional
        folder of kept replications; they aren't simulated again
    progress : bool or callable
        show a progress bar; or a function called with (replications done, wanted)

    Returns
    -------
    Comparison
        with ``runs``, ``differences``, ``weekly``, ``reps``, ``segments``, ``deals`` as DataFrames

    Raises
    ------
    ScenarioError
        if the scenario is invalid; names what and where
    InputError
        if the folder holds replications of something else
    ValueError
        if workers isn't a whole number from 1 up
    """
    threads = count_workers(workers, 1)
    asked = load_market(
        scenario,
        {
            "comparison.strategies": list(strategies) if strategies is not None else None,
            "comparison.adopters": list(adopters) if adopters is not None else None,
            "comparison.replications": replications,
            "clock.weeks": weeks,
            "comparison.seed": seed,
        },
    )
    kept = (
        kept_in(check_folder("keep_in", keep_in), asked, on_lost=warn_of_lost)
        if keep_in is not None
        else None
    )
    wanted = asked.comparison.replications
    with show_progress("replications", progress) as on_progress:
        return compare_strategies(asked, threads, lambda done: on_progress(done, wanted), kept=kept)


def open_results(name: str | Path) -> Comparison:
    """Load a comparison that ``zerosum compare`` wrote.

    Parameters
    ----------
    name : str or path
        a folder of results, the name of a scenario (its newest), or the start of a hash

    Raises
    ------
    ValueError
        if there is none, or it can't be read
    """
    return restore(find(str(name)))[0]
