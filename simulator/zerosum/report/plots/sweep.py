"""Which figures an analyzed sweep has: by how many factors there are, and whether their values are numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from zerosum.report.plots.sweep_factors import plot_indices, plot_tornado
from zerosum.report.plots.sweep_maps import plot_maps
from zerosum.report.plots.sweep_responses import MOST_FACETS, plot_along, plot_facets, plot_scatter

if TYPE_CHECKING:
    from zerosum.studies.sweep.analysis import Analysis, Outcome

FULL = 0.5
"""Part of a map's cells that must have points; below, points are scattered instead."""


def plot_sweep(analysis: Analysis) -> Mapping[str, Figure]:
    """Draw an analyzed sweep.

    Returns
    -------
    mapping
        file name -> Figure: ``response-…`` what comes out where, ``tornado-…``, ``indices-…`` what it hangs
        on
    """
    found: dict[str, Figure] = {}
    for outcome in analysis.outcomes:
        if not np.isfinite(outcome.values).any():
            continue
        place = "-".join(_plain(word) for word in (outcome.world, outcome.scenario) if word)
        for name, figure in _responses(analysis, outcome):
            found[f"response-{place}{name}.png"] = figure
        if not analysis.others:
            continue
        if len(analysis.of("indices", outcome)):
            found[f"indices-{place}.png"] = plot_indices(analysis, outcome)
        swings = analysis.of("swings", outcome)
        if len(swings) and np.isfinite(swings["swing"]).any():
            found[f"tornado-{place}.png"] = plot_tornado(analysis, outcome)
    return found


def _responses(analysis: Analysis, outcome: Outcome) -> Iterator[tuple[str, Figure]]:
    """Figures of what comes out where, with what is added to their file names."""
    names = list(outcome.factors)
    if not names:
        return
    if len(names) == 1 and not analysis.swept.study.is_sampled:
        yield "", plot_along(analysis, outcome, names[0])
        return
    points = analysis.swept.study.points.iloc[outcome.points]
    by_count = sorted(names, key=lambda name: -len(set(points[name])))
    numeric = [name for name in by_count if outcome.is_numeric(name)]
    full = _fullness(points[numeric[:2]]) if len(numeric) > 1 else 1.0
    if analysis.swept.study.is_sampled or full < FULL:
        for strategy in analysis.others:
            yield f"-{_plain(strategy)}", plot_scatter(analysis, outcome, strategy)
        return
    axes = numeric[:2] if len(numeric) > 1 else (numeric or by_count)[:1]
    others = [name for name in names if name not in axes]
    if not others and analysis.others:
        yield "", plot_maps(analysis, outcome, analysis.others, (axes[0], axes[1]))
        return
    combinations = _some(points[others].drop_duplicates()) if others else points[others]
    for strategy in analysis.others:
        if len(axes) > 1:
            maps = plot_maps(analysis, outcome, (strategy,), (axes[0], axes[1]), others, combinations)
            yield f"-{_plain(strategy)}", maps
        else:
            yield (
                f"-{_plain(strategy)}",
                plot_facets(analysis, outcome, strategy, axes[0], others, combinations),
            )


def _fullness(points: pd.DataFrame) -> float:
    """Part of all combinations that are there."""
    return len(points.drop_duplicates()) / float(np.prod([points[name].nunique() for name in points.columns]))


def _some(combinations: pd.DataFrame) -> pd.DataFrame:
    if len(combinations) <= MOST_FACETS:
        return combinations
    return combinations.iloc[np.linspace(0, len(combinations) - 1, MOST_FACETS).round().astype(int)]


def _plain(name: str) -> str:
    """Return a name as part of a file's."""
    return re.sub(r"[^A-Za-z0-9_.]+", "-", name).strip("-.") or "strategy"
