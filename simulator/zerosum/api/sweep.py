"""An experiment's runs."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.api.arguments import Progress, check_folder, count_workers, show_progress, warn_of_lost
from zerosum.api.result import Result
from zerosum.errors import InputError
from zerosum.market.sizes import workers_that_fit
from zerosum.runs.arrays import dataset
from zerosum.runs.executors import Executor, Here, Processes
from zerosum.scenario.errors import suggest
from zerosum.scenario.explain import validate_file
from zerosum.studies.questions import question_file
from zerosum.studies.sweep import Study, Swept, load_experiment, responses
from zerosum.studies.sweep import sweep as make_runs
from zerosum.studies.sweep.analysis import Analysis, analyse
from zerosum.studies.sweep.folder import default_folder
from zerosum.studies.sweep.plan import check_memory
from zerosum.studies.sweep.restore import restored
from zerosum.studies.sweep.spec import Experiment

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class Sweep(Result):
    """An experiment's runs, as tables.

    Attributes
    ----------
    swept : Swept
        the sweep itself, for further analysis
    """

    swept: Swept

    def __repr__(self) -> str:
        """Return one line: factors and progress."""
        study, wanted = self.swept.study, sum(self.swept.replications.values())
        done = wanted - self.swept.missing - len(self.swept.failures)
        factors = ", ".join(str(name) for name in study.points.columns)
        points = f"{len(study.points):,} points of {factors}"
        failed = f", {len(self.swept.failures):,} failed" if self.swept.failures else ""
        return f"<Sweep {study.experiment.name}: {points}; {done:,} of {wanted:,} runs{failed}>"

    def _lead(self) -> tuple[Sequence[str], pd.DataFrame]:
        return (), self.responses

    @property
    def points(self) -> pd.DataFrame:
        """One row per point of the design: the factors' values."""
        return self.swept.study.points.rename_axis("point").reset_index()

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per point, adopters, strategy and replication (``null``: the chance baseline): every metric."""
        table = self.swept.tables.get("runs")
        return pd.DataFrame() if table is None else table.to_pandas()

    @cached_property
    def responses(self) -> pd.DataFrame:
        """One row per point, adopters, strategy and metric: the mean, and the paired difference from the baseline."""
        return responses(self.swept)

    @property
    def failures(self) -> pd.DataFrame:
        """One row per failed run, with its error and origin."""
        columns = ["point", "replication", "kind", "error", "trace"]
        return pd.DataFrame([vars(failure) for failure in self.swept.failures], columns=columns)

    def analyse(self, metric: str | None = None, *, against: str | None = None) -> Analysis:
        """Find where each strategy is better, which factors matter, and where the best strategy changes.

        Parameters
        ----------
        metric : str, optional
            one of the experiment's; its first if not given
        against : str, optional
            the strategy to compare with; the baseline if not given

        Returns
        -------
        Analysis
            ``tables`` has a DataFrame for each part of the answer

        Raises
        ------
        InputError
            if the metric or strategy doesn't exist, or no run is finished
        """
        study = self.swept.study
        for name, given, known in (
            ("metric", metric, study.experiment.metrics),
            ("against", against, study.strategies),
        ):
            if given is not None and given not in known:
                raise InputError(f"{name} = {given!r}: not in this sweep; {suggest(str(given), known)}")
        if not len(self.runs):
            raise InputError("no run of this sweep is finished yet")
        return analyse(self.swept, metric or "", against or "")

    def figures(self, metric: str | None = None, *, against: str | None = None) -> dict[str, Figure]:
        """Draw an analysis: file name, as ``zerosum analyse`` writes it -> figure.

        Parameters
        ----------
        metric, against : str, optional
            as for ``analyse``
        """
        from zerosum.report.plots.sweep import plot_sweep

        return dict(plot_sweep(self.analyse(metric, against=against)))

    def to_xarray(self) -> Any:
        """Return every metric as an ``xarray.Dataset`` over point, adopters, strategy and replication.

        The factors' values are coordinates along ``point``.

        Raises
        ------
        InputError
            if xarray isn't installed, or no run is finished
        """
        if not len(self.runs):
            raise InputError("no run of this sweep is finished yet")
        return dataset(self.runs, ("point", "adopters", "strategy", "replication"), self.swept.study.points)


def sweep(
    experiment: str | Path | Mapping[str, Any] | Experiment,
    *,
    replications: int | None = None,
    workers: int | None = None,
    keep_in: str | Path | None = None,
    dask: str | None = None,
    shard: tuple[int, int] | None = None,
    retry: bool = False,
    progress: Progress = False,
) -> Sweep:
    """Simulate all missing runs of an experiment.

    Parameters
    ----------
    experiment : str, path, mapping or Experiment
        a file, the name of a shipped one, or a file's content
    replications : int, optional
        at each point; the experiment's if not given
    workers : int, optional
        processes; one per usable core if not given, 0: in this process. They don't import the caller's script:
        it needs no ``if __name__ == "__main__":``
    keep_in : path, optional
        folder of the runs; that of ``zerosum sweep`` if not given
    dask : str, optional
        address of a Dask scheduler whose workers simulate; ``local`` starts one here
    shard : tuple of int, optional
        (i, n): simulate only the i-th of n parts; other calls do the rest
    retry : bool
        repeat failed runs
    progress : bool or callable
        show a progress bar; or a function called with (runs done, runs wanted)

    Returns
    -------
    Sweep
        with ``runs`` and ``responses`` as DataFrames

    Raises
    ------
    InputError
        if the experiment, an argument or the folder is invalid; names what and where
    ExecutorError
        if workers can't be started or reached; finished runs are kept

    Examples
    --------
    >>> import tempfile
    >>> fuller = {
    ...     "scenario": "workshop",
    ...     "set": {"market.buyers": 200, "clock.weeks": 4},
    ...     "strategies": ["usual", "shots"],
    ...     "metrics": ["attempts"],
    ...     "replications": 2,
    ...     "factors": [{"key": "market.saturation", "values": [0.2, 0.9]}],
    ... }
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sweep(fuller, workers=0, keep_in=folder)
    <Sweep experiment: 2 points of saturation; 4 of 4 runs>
    """
    many = count_workers(workers, 0)
    part = _shard(shard)
    study = Study(*_experiment(experiment)).asking(replications)
    if part and study.experiment.precision:
        raise InputError(
            f"shard = {shard}: where a precision is asked for, what is still to do hangs on all results"
        )
    folder = default_folder(study) if keep_in is None else check_folder("keep_in", keep_in)
    executor: Executor = Here()
    if many and (dask is None or dask == "local"):
        largest = check_memory(study)
        many = workers_that_fit(largest, many, process=True)
        executor = Processes(many)
    if dask is not None:
        from zerosum.runs.executors.dask import Dask

        address = _address(dask)
        executor = Dask(address, max(1, many), on_news=lambda news: warnings.warn(news, stacklevel=2))
    with show_progress("runs", progress) as on_progress:
        swept = make_runs(
            study,
            folder,
            executor,
            part,
            retry,
            on_state=lambda now: on_progress(now.done + now.failed, now.wanted),
            on_lost=warn_of_lost,
            shared=not study.experiment.precision,
        )
    if swept.missing_here:
        warnings.warn(
            f"{swept.missing_here:,} runs are missing: their files were removed from {folder}", stacklevel=2
        )
    if swept.failures:
        first, wanted = swept.failures[0], sum(swept.replications.values())
        warnings.warn(
            f"{len(swept.failures):,} of {wanted:,} runs failed, the first with: {first.error}. 'failures' has them "
            "all; retry=True tries them again",
            stacklevel=2,
        )
    return Sweep(swept)


def _experiment(given: Any) -> tuple[Experiment, Path]:
    """Return an experiment, and the file that its paths are relative to."""
    if isinstance(given, Experiment):
        return given, Path(given.name)
    if isinstance(given, Mapping):
        return validate_file(Experiment, {"name": "experiment", **given}, "experiment"), Path("experiment")
    if not isinstance(given, str | os.PathLike):
        raise InputError(f"experiment = {given!r}: give a file, the name of one that ships, or a dict")
    here = question_file(given)
    return load_experiment(here), here


def _address(given: Any) -> str:
    if isinstance(given, str) and given.strip():
        return given
    raise InputError(f"dask = {given!r}: give a scheduler's address, such as tcp://10.0.0.5:8786, or 'local'")


def _shard(given: Any) -> tuple[int, int] | None:
    if given is None:
        return None
    with contextlib.suppress(TypeError, ValueError):
        number, of = given
        if type(number) is int and type(of) is int and 1 <= number <= of:
            return number, of
    raise InputError(f"shard = {given!r}: give (i, n), from (1, n) to (n, n), such as (3, 10)")


def open_sweep(folder: str | Path) -> Sweep:
    """Load the runs of ``zerosum sweep`` from a folder, finished or not.

    Raises
    ------
    InputError
        if there are none, or they can't be read
    """
    swept = restored(check_folder("folder", folder))
    for lost in swept.lost:
        warn_of_lost(lost)
    return Sweep(swept)
