"""The commands as functions, for scripts and notebooks: scenarios in, pandas tables out."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.errors import InputError
from zerosum.machine import usable_cores
from zerosum.market.metrics import DEFAULT_METRIC, Team, measure
from zerosum.market.run import Run
from zerosum.market.run import chance_baseline as null_of
from zerosum.market.run import simulate as simulate_run
from zerosum.market.sizes import workers_that_fit
from zerosum.market.tables import deals_table, decisions_table, dropouts_table, weekly_table
from zerosum.runs.arrays import dataset, html
from zerosum.runs.find import find
from zerosum.runs.replicate import collect, tables_of
from zerosum.runs.store import Lost
from zerosum.scenario import Scenario, load_scenario, parse_scenario
from zerosum.studies.compare import Comparison, compare_strategies, kept_in
from zerosum.studies.compare.restore import restore

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zerosum.studies.breakeven import Answer as BreakEvenAnswer
    from zerosum.studies.map import Map as Mapped
    from zerosum.studies.misses import Misses as Decomposed
    from zerosum.studies.sweep import Swept
    from zerosum.studies.sweep.analysis import Analysis
    from zerosum.studies.sweep.spec import Experiment
    from zerosum.studies.whatif import Answer as WhatIfAnswer

Progress = bool | Callable[[int, int], None]
"""Whether to show a bar, or a function called with (done, wanted)."""


@dataclass(frozen=True, repr=False)
class Simulation:
    """One finished run, as tables.

    Attributes
    ----------
    run : Run
        the market at its end, for further analysis
    """

    run: Run
    _null: bool = False

    def __repr__(self) -> str:
        """Return a one-line description."""
        run = self.run
        name = run.engine.scenario.name
        return f"<Simulation {name}: {run.strategy}; {run.adopters}; replication {run.replication}; {run.weeks} weeks>"

    def _repr_html_(self) -> str:
        return html(repr(self).strip("<>"), self.metrics.rename("value").rename_axis("metric").reset_index())

    @cached_property
    def metrics(self) -> pd.Series[float]:
        """Every metric by name; docs/measures.md explains them."""
        return pd.Series(measure(self.run), name=self.run.strategy)

    @cached_property
    def weekly(self) -> pd.DataFrame:
        """One row per measured week and vendor."""
        return pd.DataFrame(weekly_table(self.run))

    @cached_property
    def deals(self) -> pd.DataFrame:
        """One row per opportunity that closed, of any vendor."""
        return pd.DataFrame(deals_table(self.run))

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """One row per evaluation that ended, with or without a rep."""
        return pd.DataFrame(decisions_table(self.run))

    @cached_property
    def dropouts(self) -> pd.DataFrame:
        """One row per customer that dropped out when its contract ended, of any vendor."""
        return pd.DataFrame(dropouts_table(self.run))

    @cached_property
    def reps(self) -> pd.DataFrame:
        """One row per rep of the measured team."""
        wanted = frozenset({"reps"})
        return tables_of([collect(Team(self.run), self._null, wanted)], wanted)["reps"].to_pandas()


def _warn(lost: Lost) -> None:
    """Warn of an unreadable kept file; its runs are simulated again, or missing."""
    warnings.warn(str(lost), stacklevel=2)


def _workers(workers: Any, least: int) -> int:
    """Return the number of workers; one per usable core if not given.

    Raises
    ------
    ValueError
    """
    if workers is None:
        return usable_cores()
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < least:
        raise InputError(
            f"workers = {workers!r}: it must be a whole number, {least} or more, or None for one per usable core"
        )
    return workers


def _folder(name: str, given: Any) -> Path:
    """Return an argument's folder as a path.

    Raises
    ------
    InputError
    """
    if isinstance(given, str | os.PathLike) and os.fspath(given):
        return Path(given)
    raise InputError(f"{name} = {given!r}: give the path of a folder, such as 'results/mine'")


def _load_scenario(
    scenario: Scenario | Mapping[str, Any] | str | Path, values: Mapping[str, Any]
) -> Scenario:
    given = {key: value for key, value in values.items() if value is not None}
    if isinstance(scenario, Mapping) or (isinstance(scenario, Scenario) and given):
        return parse_scenario(scenario, given)
    return scenario if isinstance(scenario, Scenario) else load_scenario(str(scenario), given)


def simulate(
    scenario: Scenario | Mapping[str, Any] | str | Path,
    strategy: str | None = None,
    adopters: str | None = None,
    *,
    replication: int = 0,
    weeks: int | None = None,
    seed: int | None = None,
    chance_baseline: bool = False,
) -> Simulation:
    """Simulate one strategy once.

    Parameters
    ----------
    scenario : Scenario, mapping, str or path
        a file, the name of a shipped one, or a file's content
    strategy : str, optional
        a strategy; the baseline if not given
    adopters : str, optional
        who adopts it: focal, competitors, all, head-to-head; the scenario's first if not given
    replication : int
        index of the replication
    weeks, seed : int, optional
        the scenario's if not given
    chance_baseline : bool
        with identical reps in the same territories

    Raises
    ------
    ScenarioError
        if the scenario is invalid; names what and where
    ValueError
        for a strategy that the scenario doesn't have
    """
    asked = _load_scenario(
        scenario,
        {
            "clock.weeks": weeks,
            "comparison.seed": seed,
            "comparison.adopters": [adopters] if adopters is not None else None,
        },
    )
    market = null_of(asked) if chance_baseline else asked
    return Simulation(simulate_run(market, strategy, None, replication), chance_baseline)


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
    threads = _workers(workers, 1)
    asked = _load_scenario(
        scenario,
        {
            "comparison.strategies": list(strategies) if strategies is not None else None,
            "comparison.adopters": list(adopters) if adopters is not None else None,
            "comparison.replications": replications,
            "clock.weeks": weeks,
            "comparison.seed": seed,
        },
    )
    kept = kept_in(_folder("keep_in", keep_in), asked, on_lost=_warn) if keep_in is not None else None
    wanted = asked.comparison.replications
    with _show_progress("replications", progress) as on_progress:
        return compare_strategies(asked, threads, lambda done: on_progress(done, wanted), kept=kept)


@dataclass(frozen=True, repr=False)
class Misses:
    """What missed quotas are made of: sentences, tables and a figure.

    Attributes
    ----------
    decomposed : zerosum.studies.misses.Misses
        the decomposition itself, for further analysis
    """

    decomposed: Decomposed

    def __repr__(self) -> str:
        """Return one line: the shares."""
        return repr(self.decomposed)

    def _repr_html_(self) -> str:
        from html import escape

        said = "".join(f"<p>{escape(words)}</p>" for words in self.answer)
        return said + html(repr(self).strip("<>"), self.shares)

    @property
    def answer(self) -> tuple[str, str]:
        """How many misses identical reps would share, and what differences in attainment come from: a sentence each."""
        from zerosum.report.identical import format_misses
        from zerosum.report.misses import format_shares

        return format_misses(self.decomposed.shared), format_shares(self.decomposed)

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
    replications: int | None = None,
    weeks: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress = False,
) -> Misses:
    """Say what missed quotas are made of, in the status quo: luck, skill, territories and how quotas are set.

    Parameters
    ----------
    scenario : Scenario, mapping, str or path
        a file, the name of a shipped one, or a file's content
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
        if the team has one rep
    ValueError
        if workers isn't a whole number from 1 up
    """
    from zerosum.studies.misses import decompose_misses

    threads = _workers(workers, 1)
    changed = {"comparison.replications": replications, "clock.weeks": weeks, "comparison.seed": seed}
    asked = _load_scenario(scenario, changed)
    wanted = asked.comparison.replications
    threads = workers_that_fit(asked, threads, wanted)
    with _show_progress("replications", progress) as on_progress:
        return Misses(decompose_misses(asked, threads, lambda done: on_progress(done, wanted)))


@dataclass(frozen=True, repr=False)
class Sweep:
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

    def _repr_html_(self) -> str:
        return html(repr(self).strip("<>"), self.responses)

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
        from zerosum.studies.sweep import responses

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
        from zerosum.scenario.errors import suggest
        from zerosum.studies.sweep.analysis import analyse

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
    many = _workers(workers, 0)
    # Imported here: designs need libraries that take time to load and that simulations don't use.
    from zerosum.runs.executors import Executor, Here, Processes
    from zerosum.runs.executors.dask import Dask
    from zerosum.studies.sweep import Study
    from zerosum.studies.sweep import sweep as make_runs
    from zerosum.studies.sweep.folder import default_folder
    from zerosum.studies.sweep.plan import check_memory

    part = _shard(shard)
    study = Study(*_experiment(experiment)).asking(replications)
    if part and study.experiment.precision:
        raise InputError(
            f"shard = {shard}: where a precision is asked for, what is still to do hangs on all results"
        )
    folder = default_folder(study) if keep_in is None else _folder("keep_in", keep_in)
    executor: Executor = Here()
    if many and (dask is None or dask == "local"):
        largest = check_memory(study)
        many = workers_that_fit(largest, many, process=True)
        executor = Processes(many)
    if dask is not None:
        address = _address(dask)
        executor = Dask(address, max(1, many), on_news=lambda news: warnings.warn(news, stacklevel=2))
    with _show_progress("runs", progress) as on_progress:
        swept = make_runs(
            study,
            folder,
            executor,
            part,
            retry,
            on_state=lambda now: on_progress(now.done + now.failed, now.wanted),
            on_lost=_warn,
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
    from zerosum.scenario.explain import validate_file
    from zerosum.studies.questions import question_file
    from zerosum.studies.sweep import load_experiment
    from zerosum.studies.sweep.spec import Experiment

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


@contextlib.contextmanager
def _show_progress(what: str, progress: Progress) -> Iterator[Callable[[int, int], None]]:
    """Show progress: by rich's bar (terminal or notebook) or the caller's function."""
    if callable(progress):
        yield progress
    elif not progress:
        yield lambda done, of: None
    else:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Bar(*columns, transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, of: bar.update(task, completed=done, total=of)


@dataclass(frozen=True, repr=False)
class Map:
    """A map of where a verdict changes over two keys: tables and a figure.

    Attributes
    ----------
    mapped : zerosum.studies.map.Map
        the sweep itself, for further analysis
    """

    mapped: Mapped

    def __repr__(self) -> str:
        """Return one line: what was mapped, and how much of it is certain."""
        found = self.mapped
        question, keys = found.question, " and ".join(axis.key for axis in found.axes)
        first, second, _ = found.shares
        pair = f"{question.metric.name} of '{question.strategy}' less '{question.against}'"
        return f"<Map {question.scenario.name}: {pair} over {keys}; better {first:.0%}, worse {second:.0%} of it>"

    def _repr_html_(self) -> str:
        from html import escape

        from zerosum.report.plots.map import map_svg

        said = "".join(f"<p>{escape(words)}</p>" for words in self.answer)
        return said + str(map_svg(self.mapped)) + html(repr(self).strip("<>"), self.points)

    @property
    def answer(self) -> tuple[str, ...]:
        """The verdict at your values, where it changes, and which values facts rule out: a sentence or two each."""
        from zerosum.report.map import format_answer

        return format_answer(self.mapped)

    @property
    def points(self) -> pd.DataFrame:
        """One row per point: both keys, n, difference, low, high, is_place (your own)."""
        return self.mapped.points

    @property
    def surface(self) -> pd.DataFrame:
        """One row per point of a grid: both keys, difference, low, high, probability that the strategy is better."""
        return self.mapped.surface

    @property
    def crossover(self) -> pd.DataFrame:
        """Points, in order, where both strategies are equal: line (several are possible), both keys."""
        return self.mapped.crossover

    @property
    def ranking(self) -> pd.DataFrame:
        """One row per ranked key, by effect on the verdict, largest first; empty if you gave keys."""
        return self.mapped.ranking

    @property
    def facts(self) -> pd.DataFrame:
        """One row per key and fact that responds to it, with the range that the fact allows."""
        from zerosum.report.map_tables import facts_table

        return facts_table(self.mapped)

    def figure(self) -> Figure:
        """Draw the map."""
        from zerosum.report.plots.map import plot_map

        return plot_map(self.mapped)


def map(
    scenario: Scenario | Mapping[str, Any] | str | Path,
    *,
    strategy: str | None = None,
    against: str | None = None,
    keys: Sequence[str] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    at: Mapping[str, float] | None = None,
    metric: str | None = None,
    adopters: str | None = None,
    replications: int | None = None,
    points: int | None = None,
    facts: bool | Sequence[str | Path] = True,
    workers: int | None = None,
    keep_in: str | Path | None = None,
    progress: Progress = False,
) -> Map:
    """Map where the verdict between two strategies changes over two keys.

    Parameters
    ----------
    scenario : Scenario, mapping, str or path
        a file, the name of a shipped one, or a file's content
    strategy, against : str, optional
        both strategies; if the scenario compares two, these are the default
    keys : pair of str, optional
        if not given, the two uncertain or calibrated keys that move the verdict most
    ranges : mapping, optional
        key -> (low, high); those of ``uncertain`` or of the shipped calibrated sets if not given
    at : mapping, optional
        key -> your value; the scenario's if not given
    metric, adopters : str, optional
        as for ``compare``
    replications, points : int, optional
        at each point (12); points within the map (32, a power of two)
    facts : bool or sequence of path
        whether to test which facts constrain the keys; or files of facts to add
    workers : int, optional
        processes; one per usable core if not given, 0: in this process
    keep_in : path, optional
        folder of kept runs; that of ``zerosum map`` if not given
    progress : bool or callable
        show a progress bar; or a function called with (runs done, runs wanted)

    Returns
    -------
    Map
        with ``points``, ``surface``, ``crossover``, ``facts`` as DataFrames, and ``figure()``

    Raises
    ------
    InputError
        if an argument is invalid; says what to give

    Examples
    --------
    >>> import tempfile
    >>> small = {"extends": "workshop", "market": {"buyers": 200}, "clock": {"weeks": 4}}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = map(
    ...         small,
    ...         strategy="shots",
    ...         keys=("market.saturation", "choice.fit_sd"),
    ...         ranges={"market.saturation": (0.2, 0.95)},
    ...         metric="goodwill_burnt",
    ...         replications=2,
    ...         points=4,
    ...         facts=False,
    ...         workers=0,
    ...         keep_in=folder,
    ...     )
    >>> len(found.points), list(found.surface.columns)[:3]
    (9, ['market.saturation', 'choice.fit_sd', 'difference'])
    """
    many = _workers(workers, 0)
    from zerosum.runs.executors import Executor, Here, Processes
    from zerosum.studies import map as maps
    from zerosum.studies.facts import load_facts
    from zerosum.studies.sweep.plan import check_memory

    spec = _load_scenario(scenario, {"comparison.adopters": [adopters] if adopters is not None else None})
    question = maps.ask(spec, strategy, against, metric, replications, points)
    spans = {key: maps.parse_range(f"{key}={ends[0]}:{ends[1]}")[1] for key, ends in (ranges or {}).items()}
    axes = maps.find_axes(spec, keys, spans, at or {})
    known = load_facts(() if facts is True else facts) if facts else ()
    folder = question.folder(axes) if keep_in is None else _folder("keep_in", keep_in)
    executor: Executor = Here()
    if many:
        largest = check_memory(maps.map_study(question, (axes[0], axes[1])))
        executor = Processes(workers_that_fit(largest, many, process=True))
    with _show_progress("runs", progress) as on_progress:
        found = maps.make_map(
            question,
            axes,
            folder,
            executor,
            known,
            on_stage=lambda _, done, of: on_progress(done, of),
            on_lost=_warn,
        )
    if found.failures:
        warnings.warn(
            f"{len(found.failures):,} runs failed and are not on the map, the first with: {found.failures[0].error}",
            stacklevel=2,
        )
    return Map(found)


@dataclass(frozen=True, repr=False)
class WhatIf:
    """What other values change against today: tables and a figure.

    Attributes
    ----------
    found : zerosum.studies.whatif.Answer
        the answer itself, for further analysis
    """

    found: WhatIfAnswer

    def __repr__(self) -> str:
        """Return one line: what was asked, and of how many runs."""
        asked = self.found.asked
        keys = "; ".join(
            f"{change.key} = {', '.join(str(value) for value in change.values)}" for change in asked.changes
        )
        return f"<WhatIf {asked.scenario.name}: {keys}; '{asked.strategy}'; n = {self.found.often}>"

    def _repr_html_(self) -> str:
        from html import escape

        said = "".join(f"<p>{escape(words)}</p>" for words in self.answer)
        return said + html(repr(self).strip("<>"), self.table)

    @property
    def answer(self) -> tuple[str, ...]:
        """What each key's values change in the metric that decides: a sentence for each key."""
        from zerosum.report.whatif import format_answer

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
    threads = _workers(workers, 1)
    from zerosum.runs.executors import Threads
    from zerosum.studies.sweep import sweep as make_runs
    from zerosum.studies.sweep.plan import check_memory
    from zerosum.studies.whatif import Answer, ask, check_points

    spec = _load_scenario(
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
    folder = asked.folder() if keep_in is None else _folder("keep_in", keep_in)
    threads = workers_that_fit(check_memory(study), threads)
    with _show_progress("runs", progress) as on_progress:
        swept = make_runs(
            study,
            folder,
            Threads(threads),
            retry=True,
            on_state=lambda now: on_progress(now.done + now.failed, now.wanted),
            on_lost=_warn,
            work=study.work(),
        )
    if swept.failures:
        warnings.warn(
            f"{len(swept.failures):,} runs failed and are left out, the first with: {swept.failures[0].error}",
            stacklevel=2,
        )
    return WhatIf(Answer(asked, swept))


@dataclass(frozen=True, repr=False)
class BreakEven:
    """When a strategy with tools pays: tables and a figure.

    Attributes
    ----------
    found : zerosum.studies.breakeven.Answer
        the answer itself, for further analysis
    """

    found: BreakEvenAnswer

    def __repr__(self) -> str:
        """Return one line: what was asked, and today's net gain."""
        asked, today = self.found.asked, self.found.today
        gain = f"net gain {today.mean:,.0f} a year; n = {today.n}"
        return f"<BreakEven {asked.scenario.name}: '{asked.strategy}'; {gain}>"

    def _repr_html_(self) -> str:
        from html import escape

        said = "".join(f"<p>{escape(words)}</p>" for words in self.answer)
        return said + html(repr(self).strip("<>"), self.points)

    @property
    def answer(self) -> tuple[str, ...]:
        """What each tool may cost, and from which adoption and effect on the strategy pays: a sentence or two each."""
        from zerosum.report.breakeven import format_answers

        return tuple(words for _, words in format_answers(self.found))

    @property
    def prices(self) -> pd.DataFrame:
        """One row per tool: entered, and the licence at which the net gain is 0, with its 95 % interval."""
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
    """Find out when a strategy with tools pays: at which price, adoption and effect.

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
        whether to ask for the price only
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
    from zerosum.runs.executors import Threads
    from zerosum.studies.breakeven import DIALS, answer, ask
    from zerosum.studies.sweep import sweep as run_sweep
    from zerosum.studies.sweep.plan import check_memory

    many = _workers(workers, 1)
    given = {
        "comparison.adopters": None if adopters is None else [adopters],
        "comparison.replications": replications,
    }
    question = ask(_load_scenario(scenario, given), strategy, () if price_only else DIALS)
    study = question.study()
    folder = question.folder() if keep_in is None else _folder("keep_in", keep_in)
    threads = workers_that_fit(check_memory(study), many, study.experiment.replications * len(study.points))
    with _show_progress("runs", progress) as on_progress:
        found = answer(
            question,
            lambda part, within: run_sweep(
                part,
                folder / within,
                Threads(threads),
                retry=True,
                on_state=lambda now: on_progress(now.done + now.failed, now.wanted),
                on_lost=_warn,
                work=part.work(),
            ),
        )
    if found.failures:
        warnings.warn(
            f"{len(found.failures):,} runs failed and are left out, the first with: {found.failures[0][1].error}",
            stacklevel=2,
        )
    return BreakEven(found)


def open_map(folder: str | Path) -> Map:
    """Load a finished map from the folder of ``zerosum map`` or ``map``.

    Raises
    ------
    InputError
        if there is none, if it isn't finished, or if another version made it
    StoreError
        if its runs can't be read
    """
    from zerosum.studies.map import restore as restored

    return Map(restored(_folder("folder", folder)))


def open_sweep(folder: str | Path) -> Sweep:
    """Load the runs of ``zerosum sweep`` from a folder, finished or not.

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
