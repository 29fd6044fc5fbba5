"""Axes for a sweep's factors, and the responses along them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from zerosum.report.plots import style
from zerosum.report.responses import View
from zerosum.studies.sweep.analysis.effects import FEW, format_factor
from zerosum.studies.sweep.spec import SCENARIO

MOST_LINES = 4
"""Maximum lines of a name below a panel."""


def difference_from(view: View) -> str:
    """Return the plotted quantity and its unit."""
    unit = style.unit_of_difference(view.unit, view.currency)
    return f"Difference from '{view.against}', {unit}."


def levels_of(view: View, name: str) -> list[str]:
    """Return the simulated values of a non-numeric factor, in its own order."""
    study = view.study
    listed = study.experiment.scenario if name == SCENARIO else study.experiment.factor(name).listed
    there = set(study.points[name])
    return [format_factor(value) for value in listed if value in there]


def places_of(view: View, rows: pd.DataFrame, name: str) -> Any:
    """Return the rows' positions on a factor's axis."""
    if view.is_numeric(name):
        return rows[name].to_numpy(float)
    order = {value: float(i) for i, value in enumerate(levels_of(view, name))}
    return np.array([order[format_factor(value)] for value in rows[name]])


def in_order(view: View, rows: pd.DataFrame, name: str) -> tuple[Any, pd.DataFrame]:
    """Return positions on a factor's axis, and rows, both from left to right."""
    places = places_of(view, rows, name)
    order = np.argsort(places, kind="stable")
    return places[order], rows.iloc[order]


def factor_axis(ax: Axes, view: View, name: str) -> None:
    """Set a panel's axis for a factor: its few values, round numbers, or names."""
    points, wide = view.study.points[name], style.inches(ax)[0]
    ax.xaxis.set_minor_locator(NullLocator())
    if not view.is_numeric(name):
        names = levels_of(view, name)
        ax.set_xlim(-0.5, len(names) - 0.5)
        ax.set_xticks(range(len(names)), [_broken(one, wide / len(names) - 0.15) for one in names])
        return
    values = sorted({float(value) for value in points})
    log = name != SCENARIO and view.study.experiment.factor(name).scale == "log"
    if log:
        ax.set_xscale("log")
        ax.xaxis.set_minor_locator(NullLocator())
        margin = (values[-1] / values[0]) ** 0.04
        ends = (values[0] / margin, values[-1] * margin)
    else:
        ends = style.limits(values, zero=False, margin=0.04)
    if len(values) > FEW and not log:
        style.scale_x(ax, ends, lambda value: f"{value:.5g}")
        return
    if len(values) > FEW:
        ticks = LogLocator(subs=(1, 2, 5)).tick_values(*ends)
        values = [float(t) for t in ticks if ends[0] <= t <= ends[1]]
    write_some(ax, "x", values, short(values), wide, ends)


def write_some(
    ax: Axes,
    which: str,
    places: Sequence[float],
    labels: Sequence[str],
    inches: float,
    ends: tuple[float, float],
) -> None:
    """Write all labels at an axis, or every second, every third, so that they don't touch."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    (ax.set_xlim if which == "x" else ax.set_ylim)(*ends)
    at = axis.get_transform().transform(np.array([*ends, *places], float))
    at = (at[2:] - at[0]) / (at[1] - at[0]) * inches
    room = [style.text_width(label, style.SMALL) + 0.12 if which == "x" else 0.18 for label in labels]
    step = next(
        (
            n
            for n in range(1, len(labels))
            if all(
                at[j] - at[i] >= (room[i] + room[j]) / 2
                for i, j in zip(range(0, len(at) - n, n), range(n, len(at), n), strict=False)
            )
        ),
        len(labels),
    )
    shown = list(range(0, len(labels), step))
    axis.set_major_locator(FixedLocator([places[i] for i in shown]))
    axis.set_major_formatter(FuncFormatter(lambda _, position: labels[shown[position or 0]]))


def _broken(label: str, room: float) -> str:
    """Wrap a name to its width below a panel, into a few lines at most."""
    lines = style.wrap(label, room, style.SMALL).split("\n")
    more = "…" if len(lines) > MOST_LINES else ""
    return "\n".join(style.cut(line, room, style.SMALL) for line in lines[:MOST_LINES]) + more


def short(values: Sequence[float]) -> list[str]:
    """Format numbers with three digits, or as many as distinguish them."""
    for digits in (3, 4, 5):
        labels = [f"{float(value):.{digits}g}" for value in values]
        if len(set(labels)) == len(labels):
            return labels
    return [format_factor(value) for value in values]
