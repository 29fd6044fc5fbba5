"""The commands as functions, for scripts and notebooks: scenarios in, pandas tables out."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.errors import InputError
from zerosum.machine import usable_cores
from zerosum.market.frames import deals_frame, decisions_frame, weekly_frame
from zerosum.market.metrics import measure
from zerosum.market.run import Run
from zerosum.market.run import luck_null as null_of
from zerosum.market.run import simulate as simulate_run
from zerosum.market.sizes import workers_that_fit
from zerosum.runs.collect import collect
from zerosum.runs.find import find
from zerosum.runs.kept import Kept
from zerosum.runs.store import Lost
from zerosum.scenario import Scenario, load_scenario, parse_scenario
from zerosum.studies.compare import Comparison, restore
from zerosum.studies.compare import compare as compare_arms

if TYPE_CHECKING:
    from zerosum.studies.sweep import Swept


@dataclass(frozen=True)
class Simulation:
    """One finished run, as tables.

    Attributes
    ----------
    run : Run
        the market at its end, for those who want to look deeper
    """

    run: Run
    _null: bool = False

    @cached_property
    def metrics(self) -> pd.Series[float]:
        """Every metric by name; docs/measures.md says what they mean."""
        return pd.Series(measure(self.run), name=self.run.arm)

    @cached_property
    def weekly(self) -> pd.DataFrame:
        """One row per measured week and vendor."""
        return weekly_frame(self.run)

    @cached_property
    def deals(self) -> pd.DataFrame:
        """One row per opportunity that closed, of any vendor."""
        return deals_frame(self.run)

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """One row per evaluation that ended, with or without any rep there."""
        return decisions_frame(self.run)

    @cached_property
    def reps(self) -> pd.DataFrame:
        """One row per rep of the measured team."""
        return collect(self.run, self._null, frozenset({"reps"}))["reps"].to_pandas()


def _warn(lost: Lost) -> None:
    """Say that a kept file couldn't be read; what it held is simulated again, or missing."""
    warnings.warn(str(lost), stacklevel=2)


def _workers(workers: Any, least: int) -> int:
    """Return how many workers are meant: one per processor if not given.

    Raises
    ------
    ValueError
    """
    if workers is None:
        return usable_cores()
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < least:
        raise InputError(
            f"workers = {workers!r}: it must be a whole number, {least} or more, or None for one per processor"
        )
    return workers


def _folder(name: str, given: Any) -> Path:
    """Return the folder that an argument names.

    Raises
    ------
    InputError
    """
    if isinstance(given, str | os.PathLike) and os.fspath(given):
        return Path(given)
    raise InputError(f"{name} = {given!r}: give the path of a folder, such as 'results/mine'")


def _asked(scenario: Scenario | str | Path, values: Mapping[str, Any]) -> Scenario:
    given = {key: value for key, value in values.items() if value is not None}
    if isinstance(scenario, Scenario):
        return parse_scenario(scenario, given) if given else scenario
    return load_scenario(str(scenario), given)


def simulate(
    scenario: Scenario | str | Path,
    arm: str | None = None,
    world: str | None = None,
    *,
    replication: int = 0,
    weeks: int | None = None,
    seed: int | None = None,
    luck_null: bool = False,
) -> Simulation:
    """Simulate one arm in one world, once.

    Parameters
    ----------
    scenario : Scenario, or a file, or the name of one that ships
    arm : str, optional
        a strategy; the baseline if not given
    world : str, optional
        alone, rivals, everyone, head-to-head; the scenario's first if not given
    replication : int
        which of the possible courses of luck
    weeks, seed : int, optional
        the scenario's if not given
    luck_null : bool
        with equal reps and interchangeable territories

    Raises
    ------
    ScenarioError
        says what is wrong with the scenario, and where
    ValueError
        for an arm that the scenario doesn't have
    """
    asked = _asked(
        scenario,
        {
            "clock.weeks": weeks,
            "comparison.seed": seed,
            "comparison.worlds": [world] if world is not None else None,
        },
    )
    market = null_of(asked) if luck_null else asked
    return Simulation(simulate_run(market, arm, None, replication), luck_null)


def compare(
    scenario: Scenario | str | Path,
    *,
    arms: Sequence[str] | None = None,
    worlds: Sequence[str] | None = None,
    replications: int | None = None,
    weeks: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    keep_in: str | Path | None = None,
) -> Comparison:
    """Compare arms with the scenario's baseline, on the same luck.

    Parameters
    ----------
    scenario : Scenario, or a file, or the name of one that ships
    arms, worlds, replications, weeks, seed : optional
        the scenario's if not given
    workers : int, optional
        threads; one per processor if not given
    keep_in : path, optional
        a folder in which replications are kept: what is there isn't simulated again

    Returns
    -------
    Comparison
        with ``runs``, ``differences``, ``weekly``, ``reps``, ``segments``, ``deals`` as DataFrames

    Raises
    ------
    ScenarioError
        says what is wrong with the scenario, and where
    InputError
        if the folder holds replications of something else
    ValueError
        for workers that are no whole number from 1 up
    """
    threads = _workers(workers, 1)
    asked = _asked(
        scenario,
        {
            "comparison.arms": list(arms) if arms is not None else None,
            "comparison.worlds": list(worlds) if worlds is not None else None,
            "comparison.replications": replications,
            "clock.weeks": weeks,
            "comparison.seed": seed,
        },
    )
    kept = Kept(_folder("keep_in", keep_in), asked, on_lost=_warn) if keep_in is not None else None
    return compare_arms(asked, threads, kept=kept)


@dataclass(frozen=True)
class Sweep:
    """An experiment's runs, as tables.

    Attributes
    ----------
    swept : Swept
        for those who want to look deeper
    """

    swept: Swept

    @property
    def points(self) -> pd.DataFrame:
        """One row per point of the design: the factors' values."""
        return self.swept.study.points.rename_axis("point").reset_index()

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per point, world, arm and replication (``null``: the luck null): every metric."""
        table = self.swept.tables.get("runs")
        return pd.DataFrame() if table is None else table.to_pandas()

    @cached_property
    def responses(self) -> pd.DataFrame:
        """One row per point, world, arm and metric: the mean, and the paired difference from the baseline."""
        from zerosum.studies.sweep import responses

        return responses(self.swept)

    @property
    def failures(self) -> pd.DataFrame:
        """One row per run that failed, with its error and where it came from."""
        columns = ["point", "replication", "kind", "error", "trace"]
        return pd.DataFrame([vars(failure) for failure in self.swept.failures], columns=columns)


def sweep(
    experiment: str | Path,
    *,
    replications: int | None = None,
    workers: int | None = None,
    keep_in: str | Path | None = None,
) -> Sweep:
    """Make all runs of an experiment's file that aren't there yet.

    Parameters
    ----------
    experiment : file, or the name of one that ships
    replications : int, optional
        at each point; the experiment's if not given
    workers : int, optional
        processes; one per processor if not given, 0: in this process. They don't import the caller's script:
        it needs no ``if __name__ == "__main__":``
    keep_in : path, optional
        the folder of the runs; where ``zerosum sweep`` puts them if not given

    Returns
    -------
    Sweep
        with ``runs`` and ``responses`` as DataFrames

    Raises
    ------
    InputError
        says what is wrong with the file or the folder, and where
    ExecutorError
        if worker processes can't be started; what was finished is kept
    ValueError
        for workers that are no whole number from 0 up
    """
    many = _workers(workers, 0)
    # Here, because designs bring libraries along that those who only simulate shouldn't wait for.
    from zerosum.studies.sweep import Study, load_experiment
    from zerosum.studies.sweep import sweep as make_runs
    from zerosum.studies.sweep.executors import Here, Processes
    from zerosum.studies.sweep.folder import default_folder
    from zerosum.studies.sweep.plan import check_memory
    from zerosum.studies.sweep.reading import question_file

    here = question_file(experiment)
    study = Study(load_experiment(here), here)
    if many:
        largest = check_memory(study, replications or study.experiment.replications)
        many = workers_that_fit(largest, many, process=True)
    folder = default_folder(study) if keep_in is None else _folder("keep_in", keep_in)
    executor = Processes(many) if many else Here()
    swept = make_runs(study, folder, executor, replications, on_lost=_warn)
    if swept.missing:
        warnings.warn(
            f"{swept.missing:,} runs are missing: their files were removed from {folder}", stacklevel=2
        )
    return Sweep(swept)


def open_sweep(folder: str | Path) -> Sweep:
    """Return the runs that ``zerosum sweep`` has left in a folder, finished or not.

    Raises
    ------
    InputError
        if there are none, or they can't be read
    """
    from zerosum.studies.sweep.restore import restored

    swept = restored(_folder("folder", folder))
    for lost in swept.lost:
        _warn(lost)
    return Sweep(swept)


def open_results(name: str | Path) -> Comparison:
    """Return a comparison that ``zerosum compare`` has left.

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
