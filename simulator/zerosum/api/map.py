"""A map of where a verdict changes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.api.arguments import (
    Progress,
    check_folder,
    count_workers,
    load_market,
    show_progress,
    warn_of_lost,
)
from zerosum.api.result import Result
from zerosum.market.sizes import workers_that_fit
from zerosum.report.map import format_answer
from zerosum.report.map_tables import facts_table
from zerosum.runs.executors import Executor, Here, Processes
from zerosum.scenario import Scenario
from zerosum.studies import map as maps
from zerosum.studies.facts import load_facts
from zerosum.studies.map import Map as Mapped
from zerosum.studies.sweep.plan import check_memory

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class Map(Result):
    """A map of where a verdict changes over two keys: tables and a figure.

    Attributes
    ----------
    mapped : zerosum.studies.map.Map
        the map itself, for further analysis
    """

    mapped: Mapped

    def __repr__(self) -> str:
        """Return one line: what was mapped, and how much of it is certain."""
        found = self.mapped
        question, keys = found.question, " and ".join(axis.key for axis in found.axes)
        first, second, _ = found.shares
        pair = f"{question.metric.name} of '{question.strategy}' less '{question.against}'"
        return f"<Map {question.scenario.name}: {pair} over {keys}; better {first:.0%}, worse {second:.0%} of it>"

    def _lead(self) -> tuple[Sequence[str], pd.DataFrame]:
        return self.answer, self.points

    def _picture(self) -> str:
        from zerosum.report.plots.map import map_svg

        return str(map_svg(self.mapped))

    @property
    def answer(self) -> tuple[str, ...]:
        """The verdict at your values, where it changes, and which values facts rule out: a sentence or two each."""
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
    many = count_workers(workers, 0)
    spec = load_market(scenario, {"comparison.adopters": [adopters] if adopters is not None else None})
    question = maps.ask(spec, strategy, against, metric, replications, points)
    spans = {key: maps.parse_range(f"{key}={ends[0]}:{ends[1]}")[1] for key, ends in (ranges or {}).items()}
    axes = maps.find_axes(spec, keys, spans, at or {})
    known = load_facts(() if facts is True else facts) if facts else ()
    folder = question.folder(axes) if keep_in is None else check_folder("keep_in", keep_in)
    executor: Executor = Here()
    if many:
        largest = check_memory(maps.map_study(question, (axes[0], axes[1])))
        executor = Processes(workers_that_fit(largest, many, process=True))
    with show_progress("runs", progress) as on_progress:
        found = maps.make_map(
            question,
            axes,
            folder,
            executor,
            known,
            on_stage=lambda _, done, of: on_progress(done, of),
            on_lost=warn_of_lost,
        )
    if found.failures:
        warnings.warn(
            f"{len(found.failures):,} runs failed and are not on the map, the first with: {found.failures[0].error}",
            stacklevel=2,
        )
    return Map(found)


def open_map(folder: str | Path) -> Map:
    """Load a finished map from the folder of ``zerosum map`` or ``map``.

    Raises
    ------
    InputError
        if there is none, if it isn't finished, or if another version made it
    StoreError
        if its runs can't be read
    """
    return Map(maps.restore(check_folder("folder", folder)))
