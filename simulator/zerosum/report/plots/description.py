"""Figures of a team's own data: reps and groups as rows of dots, cycles and months as lines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from zerosum.report.plots import style
from zerosum.report.plots.layout import PHONE, Panel, panel_width
from zerosum.report.plots.rows import FILLED, HOLLOW, Mark, Row, rows_panel
from zerosum.studies.describe import Figure

HIGH = 1.9
"""Inches of a panel with lines."""
CURVES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("lost", "lost", {"color": style.PALE, "linewidth": 3.0}),
    ("no_decision", "no decision", {"color": style.INK, "linewidth": 1.4, "linestyle": (0, (2.5, 2))}),
    ("won", "won", {"color": style.FOCUS, "linewidth": 2.2}),
)
"""Columns of curves, their names and looks; the last one on top."""
TO_SEE = 0.985
"""Part of all ends that the scale of weeks includes."""


def reps_panel(rows: pd.DataFrame, limits: tuple[float, float]) -> Panel:
    """Draw each rep's shrunk rate with its interval, below the observed one and what an identical rep would have."""
    marks = [
        Row(
            str(row["rep"]),
            f"{100 * row['shrunk']:.0f} % of {row['n']:,}",
            [
                Mark(row["rate"], row["chance_low"], row["chance_high"], HOLLOW),
                Mark(row["shrunk"], row["low"], row["high"], FILLED),
            ],
        )
        for row in rows.to_dict("records")
    ]
    return _rows(marks, limits)


def figures_panel(figures: Sequence[Figure], limits: tuple[float, float], title: str) -> Panel:
    """Draw shares with their intervals."""
    rows = [
        Row(one.label, f"{100 * one.value:.0f} % of {one.n:,}", [Mark(one.value, one.low, one.high, FILLED)])
        for one in figures
    ]
    return _rows(rows, limits, title)


def periods_panel(periods: pd.DataFrame) -> Panel:
    """Draw the share of reps at or above quota in each period, and where identical reps would be."""
    rows = [
        Row(
            f"{row['period_start']:%Y-%m-%d} to {row['period_end']:%Y-%m-%d}",
            f"{100 * row['at_quota']:.0f} % of {row['reps']:,}",
            [
                Mark(row["chance"], row["chance_low"], row["chance_high"], HOLLOW),
                Mark(row["at_quota"], float("nan"), float("nan"), FILLED),
            ],
        )
        for row in periods.to_dict("records")
    ]
    return _rows(rows, (-0.03, 1.03))


def _rows(rows: Sequence[Row], limits: tuple[float, float], title: str = "") -> Panel:
    return rows_panel(rows, "share", panel_width(PHONE, 1), title, "", limits, _percent)


def _percent(value: float, unit: str) -> str:
    return f"{100 * value:.0f} %"


def limits_of(*values: Any) -> tuple[float, float]:
    """Return limits, within 0 and 1, that hold all shares."""
    low, high = style.limits(np.concatenate([np.asarray(one, float).ravel() for one in values]), zero=False)
    return max(low, -0.03), min(high, 1.03)


def cycle_panel(curves: pd.DataFrame) -> Panel:
    """Draw which share of deals has ended, and how, by weeks since they were created."""
    return Panel(partial(_draw_cycle, curves=curves), HIGH, xlabel="weeks since a deal was created")


def _draw_cycle(ax: Axes, curves: pd.DataFrame) -> None:
    ended = 1.0 - curves["open"].to_numpy()
    last = curves["weeks"].to_numpy()[int(np.searchsorted(ended, TO_SEE * ended[-1]))]
    weeks = np.concatenate([[0.0], curves["weeks"].to_numpy()])
    top = max(float(curves[name].max()) for name, _, _ in CURVES)
    style.scale_y(ax, (0.0, 1.06 * top), lambda value: f"{100 * value:.0f} %")
    style.scale_x(ax, (0.0, max(float(last), 1.0)), lambda value: f"{value:g}")
    for name, _, look in CURVES:
        if curves[name].iloc[-1] > 0:
            share = np.concatenate([[0.0], curves[name].to_numpy()])
            ax.plot(weeks, share, drawstyle="steps-post", solid_capstyle="butt", **look)


def months_panel(months: pd.DataFrame) -> Panel:
    """Draw how many deals were created and won in each month."""
    return Panel(partial(_draw_months, months=months), HIGH, xlabel="month")


def _draw_months(ax: Axes, months: pd.DataFrame) -> None:
    top = float(max(months["created"].max(), months["won"].max(), 1))
    style.scale_y(ax, (0.0, 1.06 * top), lambda value: f"{value:,.0f}")
    at = np.arange(len(months))
    ax.set_xlim(-0.5, max(len(months) - 0.5, 0.5))
    step = max(1, -(-len(months) // 4))
    ax.set_xticks(at[::step], list(months["month"].iloc[::step]))
    ax.plot(at, months["created"], color=style.PALE, linewidth=2.6, solid_capstyle="butt")
    ax.plot(at, months["won"], color=style.FOCUS, linewidth=2.0, solid_capstyle="butt")
