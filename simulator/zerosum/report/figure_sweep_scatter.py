"""Responses of a sample: each arm's difference at every point against each factor, with averages over bins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zerosum.report import figure_sweep_parts as parts
from zerosum.report import panels, style
from zerosum.report.figure_sweep_parts import Panel
from zerosum.report.wording import count
from zerosum.studies.sweep.analysis.effects import FEW, told

if TYPE_CHECKING:
    from zerosum.studies.sweep.analysis import Analysis, Outcome

HEIGHT = 1.7
MOST_DOTS = 3_000
"""Points that are drawn; of more, some are, evenly over all."""


@style.drawn
def figure_scatter(analysis: Analysis, outcome: Outcome, arm: str) -> Figure:
    """Draw one arm's difference at each point, a panel a factor, with averages over bins and their intervals."""
    rows = parts.responses(analysis, outcome, arm)
    means = analysis.of("effects", outcome)
    means = means[means["arm"] == arm] if len(means) else means
    ends = parts.limits(rows["difference"].to_numpy(float))
    width = (parts.ROOM - 2 * parts.TICKS - parts.GAP) / 2
    found = [
        Panel(
            parts.title_of(analysis, name),
            lambda ax, name=name: _panel(ax, analysis, outcome, rows, means, name, ends, width),  # type: ignore[misc]
            width,
            HEIGHT,
            names=() if outcome.is_numeric(name) else parts.levels_of(analysis, name),
        )
        for name in outcome.factors
    ]
    above, below, neither = parts.signs(rows)
    seen = f"'{arm}' above '{analysis.against}' at {above}, below at {below}, open at {neither}"
    title = f"{analysis.metric.label}: {seen} of {count(len(rows), 'point')}"
    subtitle = f"Difference from '{analysis.against}', {panels.unit_of_difference(analysis.metric.unit)}. "
    notes = "Pale: points of the design. "
    if len(rows) > MOST_DOTS:
        notes = f"Pale: {MOST_DOTS:,} of {len(rows):,} points. "
    if len(means):
        notes += (
            "Dots with intervals: averages over the points in a bin, or at a value, and 95 % for what another sample "
            "and other luck would give; filled: the interval excludes zero."
        )
    return parts.compose(
        title, (subtitle + parts.where(analysis, outcome)).strip(), parts.in_rows(found, 2), notes.strip()
    )


def _panel(
    ax: Axes,
    analysis: Analysis,
    outcome: Outcome,
    rows: pd.DataFrame,
    means: pd.DataFrame,
    name: str,
    ends: tuple[float, float],
    width: float,
) -> None:
    shown = rows.iloc[np.linspace(0, len(rows) - 1, min(len(rows), MOST_DOTS)).astype(int)]
    log = parts.is_log(analysis, name)
    if outcome.is_numeric(name):
        x: Any = shown[name].to_numpy(float)
        places = parts.round_places(float(rows[name].min()), float(rows[name].max()), log)
        if rows[name].nunique() <= FEW:
            places = sorted(map(float, rows[name].unique()))
        labels = parts.short(places)
    else:
        labels = parts.levels_of(analysis, name)
        places = [float(i) for i in range(len(labels))]
        aside = np.random.default_rng(1).uniform(-0.15, 0.15, len(shown))
        x = np.array([labels.index(told(value)) for value in shown[name]]) + aside
    ax.plot(
        x, shown["difference"], linestyle="", marker=".", markersize=3, color=style.PALE, alpha=0.5, zorder=1
    )
    here = means[means["factor"] == name] if len(means) else means
    for row in here.to_dict("records"):
        at = row["place"] if outcome.is_numeric(name) else labels.index(row["value"])
        certain = panels.excludes_zero(row["low"], row["high"])
        if np.isfinite(row["low"]):
            ax.plot([at, at], [row["low"], row["high"]], **panels.interval(certain))
        ax.plot([at], [row["difference"]], **(panels.dot(certain) | {"markersize": 4.5}))
    parts.zero_line(ax)
    parts.y_axis(ax, ends, analysis.metric.unit)
    if outcome.is_numeric(name):
        parts.x_axis(ax, places, labels, width, log, (float(rows[name].min()), float(rows[name].max())))
    else:
        parts.names_axis(ax, labels, width)
