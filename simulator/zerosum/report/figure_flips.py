"""The figure of an explanation: a bar of money per cause, the largest first, all of them together at the end.

It computes nothing. Gains are filled and losses hatched, so that it reads in grey as in colour.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zerosum.report import panels, style
from zerosum.report.table_flips import by_size
from zerosum.report.wording import count, money, world_in_words
from zerosum.studies.attribution import Flips

ROW = 0.34
"""Inches from one cause to the next."""
BAR = 0.62
"""Height of a bar, in rows."""
GAP = 0.25
"""Inches between columns."""
HEADS = ("revenue", "deals", "customers lost")
"""What stands right of the bars, in numbers."""
TOTAL = "all causes: the difference"


@style.drawn
def figure_flips(flips: Flips) -> Figure:
    """Draw the money of each cause with its interval, and beside it the deals and the customers lost.

    Parameters
    ----------
    flips : Flips

    Returns
    -------
    Figure
    """
    rows: list[Any] = [row for _, row in by_size(flips).iterrows()]
    total = pd.concat([flips.totals.iloc[0], pd.Series({"label": TOTAL})])
    room = style.WIDTH - 2 * style.MARGIN
    labels = [*(row["label"] for row in rows), TOTAL]
    numbers = [_numbers(row) for row in (*rows, total)]
    left = style.MARGIN + max(style.text_width(label, weight="bold") for label in labels) + GAP
    widths = [
        max(style.text_width(words, weight="bold") for words in column)
        for column in zip(HEADS, *numbers, strict=True)
    ]
    width = style.WIDTH - style.MARGIN - sum(widths) - GAP * len(widths) - left

    title, subtitle = _in_words(flips, room)
    heads = 0.3 + style.height(title, style.TITLE) + style.height(subtitle, style.LARGE) + 0.2
    top = heads + style.line_height(style.NORMAL) + 0.1
    bottom = top + ROW * (len(rows) + 1.5)
    notes = style.wrap(_notes(flips), room, style.SMALL)
    figure = style.sheet(style.WIDTH, bottom + 0.65 + style.height(notes, style.SMALL) + 0.2)
    style.write(figure, style.MARGIN, 0.2, title, style.TITLE, weight="bold")
    below_title = 0.25 + style.height(title, style.TITLE)
    style.write(figure, style.MARGIN, below_title, subtitle, style.LARGE, color=style.QUIET)
    places = [i * 1.0 for i in range(len(rows))] + [len(rows) + 0.5]
    ends = np.cumsum(widths) + GAP * np.arange(1, len(widths) + 1) + left + width
    for right, head in zip(ends, HEADS, strict=True):
        style.write(figure, float(right), heads, head, ha="right", weight="bold")
    for place, label, said in zip(places, labels, numbers, strict=True):
        weight = "bold" if label == TOTAL else "normal"
        y = top + ROW * (place + 0.5) - style.line_height(style.NORMAL) / 2
        style.write(figure, style.MARGIN, y, label, weight=weight)
        for right, words in zip(ends, said, strict=True):
            style.write(figure, float(right), y, words, ha="right", weight=weight)
    ax = style.place(figure, left, top, width, bottom - top)
    _bars(ax, [*rows, total], places, width)
    style.write(figure, style.MARGIN, bottom + 0.5, notes, style.SMALL, color=style.QUIET)
    return figure


def _in_words(flips: Flips, room: float) -> tuple[str, str]:
    scenario = flips.scenario
    vendor = scenario.vendors[scenario.focal_index].name
    often = count(flips.replications, "paired replication")
    title = f"{scenario.name}: why '{flips.arm}' differs from '{flips.against}', {often}"
    intervals = "95 % intervals" if flips.replications > 1 else "one replication has no interval"
    subtitle = (
        f"Revenue of {vendor} gained and lost in the very deals that came out otherwise, by cause; {intervals}. "
        f"World '{flips.world}': {world_in_words(flips.world, vendor)}."
    )
    return style.wrap(title, room, style.TITLE, "bold"), style.wrap(subtitle, room, style.LARGE)


def _notes(flips: Flips) -> str:
    return (
        f"Means of a replication, '{flips.arm}' less '{flips.against}', in annual contract value. Filled: gained; "
        "hatched: lost; dark: all causes together, which is the difference in revenue of the runs' own metrics. "
        "A deal that several things flipped is shared out among them (Shapley). Deals: won, renewed and upgraded. "
        f"{count(len(flips.flips), 'deal')} came out otherwise in all. Money: k thousand, M million."
    )


def _numbers(row: Any) -> tuple[str, str, str]:
    return money(row["money"], signed=True), _count(row["n"]), _count(row["n_lost_accounts"])


def _count(value: float) -> str:
    said = f"{value:+.1f}"
    return "0" if said in ("+0.0", "-0.0") else said


def _bars(ax: Axes, rows: list[Any], places: list[float], width: float) -> None:
    """Bars right and left of zero; y runs down, in rows."""
    panels.bare(ax, -0.5, places[-1] + 0.5)
    ends = np.array([[row["money"], row["money_low"], row["money_high"]] for row in rows], np.float64)
    panels.axis(ax, panels.scale(ends.ravel(), width, 0.06), width, "money")
    for place, row in zip(places, rows, strict=True):
        mean, low, high = (float(row[name]) for name in ("money", "money_low", "money_high"))
        looks: dict[str, Any] = {"facecolor": style.FOCUS, "edgecolor": style.FOCUS}
        if row["label"] == TOTAL:
            looks = {"facecolor": style.INK, "edgecolor": style.INK}
        elif mean < 0:
            looks = {"facecolor": "white", "edgecolor": style.FOCUS, "hatch": "/////"}
        ax.barh([place], [mean], height=BAR, linewidth=1.0, zorder=3, **looks)
        if math.isfinite(low):
            # Pale under and dark over the bar: seen on white and on either fill.
            ax.plot(
                [low, high], [place, place], color="white", linewidth=3.2, zorder=4, solid_capstyle="butt"
            )
            ax.plot([low, high], [place, place], color=style.QUIET, linewidth=1.3, zorder=5)
    ax.axvline(0.0, color=style.INK, linewidth=1.0, zorder=6)
    ax.axhline(places[-1] - 0.75, color=style.FAINT, linewidth=0.8, zorder=1)
