"""Choose an analyzed sweep's figures, by the number of factors and whether they are numeric."""

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
from zerosum.report.responses import View

if TYPE_CHECKING:
    from zerosum.studies.sweep.analysis import Analysis

FULL = 0.5
"""Smallest share of a map's cells with points; below it, a scatter plot instead."""


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
        view, place = (
            View(analysis, outcome),
            "-".join(map(_plain, filter(None, (outcome.adopters, outcome.scenario)))),
        )
        found |= {f"response-{place}{name}.png": figure for name, figure in _responses(view)}
        if view.others and len(view.table("indices")):
            found[f"indices-{place}.png"] = plot_indices(view)
        swings = view.table("swings")
        if view.others and len(swings) and np.isfinite(swings["swing"]).any():
            found[f"tornado-{place}.png"] = plot_tornado(view)
    return found


def _responses(view: View) -> Iterator[tuple[str, Figure]]:
    """Return figures of responses, with the suffixes of their file names."""
    names, sampled = list(view.outcome.factors), view.study.is_sampled
    if len(names) == 1 and not sampled:
        yield "", plot_along(view, names[0])
    if not names or (len(names) == 1 and not sampled):
        return
    points = view.study.points.iloc[view.outcome.points]
    by_count = sorted(names, key=lambda name: -len(set(points[name])))
    numeric = [name for name in by_count if view.outcome.is_numeric(name)]
    full = _fullness(points[numeric[:2]]) if len(numeric) > 1 else 1.0
    axes = numeric[:2] if len(numeric) > 1 else (numeric or by_count)[:1]
    others = [name for name in names if name not in axes]
    if not (sampled or full < FULL or others) and view.others:
        yield "", plot_maps(view, view.others, (axes[0], axes[1]))
        return
    combinations = _some(points[others].drop_duplicates()) if others else points[others]
    for strategy in view.others:
        if sampled or full < FULL:
            figure = plot_scatter(view, strategy)
        elif len(axes) > 1:
            figure = plot_maps(view, (strategy,), (axes[0], axes[1]), others, combinations)
        else:
            figure = plot_facets(view, strategy, axes[0], others, combinations)
        yield f"-{_plain(strategy)}", figure


def _fullness(points: pd.DataFrame) -> float:
    """Return the share of combinations with points."""
    return len(points.drop_duplicates()) / float(np.prod([points[name].nunique() for name in points.columns]))


def _some(combinations: pd.DataFrame) -> pd.DataFrame:
    if len(combinations) <= MOST_FACETS:
        return combinations
    return combinations.iloc[np.linspace(0, len(combinations) - 1, MOST_FACETS).round().astype(int)]


def _plain(name: str) -> str:
    """Return a name as part of a file's."""
    return re.sub(r"[^A-Za-z0-9_.]+", "-", name).strip("-.") or "strategy"
