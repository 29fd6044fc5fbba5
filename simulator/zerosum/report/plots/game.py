"""Plot a game: each combination's payoffs less those if nobody moves; and replicator dynamics."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zerosum.market.metrics import BY_NAME
from zerosum.report.game_findings import does, ends_at
from zerosum.report.plots import layout, style
from zerosum.report.plots.compare import difference_row
from zerosum.report.plots.layout import Key, Panel
from zerosum.report.plots.rows import limits_of, rows_panel
from zerosum.report.wording import count
from zerosum.statistics import Interval, paired_difference

if TYPE_CHECKING:
    from zerosum.studies.game import Analysis
    from zerosum.studies.game.dynamics import Course
    from zerosum.studies.game.payoffs import Profile

MOST_COMBINATIONS = 27
"""Maximum shown; of more, equilibria, single moves and the first."""
LINES = ("-", "--", ":", "-.")
COLORS = (style.FOCUS, style.INK, style.PALE, style.FOCUS, style.INK)


@style.styled
def plot_payoffs(analysis: Analysis, currency: str = "") -> Figure:
    """Draw each player's payoff per combination, less that if nobody moves.

    Without such a combination, the first one replaces it.
    """
    payoffs = analysis.payoffs
    metric = BY_NAME[payoffs.metric]
    before = analysis.nobody or next(iter(payoffs.profiles))
    stable = {e.profile for e in analysis.equilibria.found}
    profiles = _chosen(analysis, before)
    rows = []
    for k in range(len(payoffs.players)):
        found = []
        for profile in profiles:
            gap = _difference(analysis, profile, before, k)
            name = " / ".join(payoffs.names_of(profile)) + (" (equilibrium)" if profile in stable else "")
            found.append(difference_row(name, gap.mean, gap.low, gap.high, metric.unit))
        rows.append(found)
    ends, width = limits_of([row for found in rows for row in found]), layout.panel_width(layout.READABLE, 2)
    panels = [
        rows_panel(found, metric.unit, width, player, limits=ends)
        for player, found in zip(payoffs.players, rows, strict=True)
    ]
    held = "nobody's moving" if analysis.nobody is not None else f"({', '.join(payoffs.names_of(before))})"
    subtitle = (
        f"In {style.unit_of_difference(metric.unit, currency)}. Combinations: {' / '.join(payoffs.players)}. "
        f"{count(payoffs.n, 'replication')} with common random numbers."
    )
    if len(profiles) < math.prod(len(names) for names in payoffs.strategies):
        subtitle += f" {len(profiles)} combinations; payoffs.csv has all."
    notes = (
        "95 % intervals, each for itself; filled: it excludes zero, hollow: it includes zero. Equilibria: those in "
        "which nobody mixes."
    )
    title = f"{metric.label}: what each combination brings beyond {held}"
    return layout.compose(layout.in_rows(panels, 2), title, subtitle, notes)


def _chosen(analysis: Analysis, before: Profile) -> list[Profile]:
    """Return combinations to show: all, or equilibria, single moves and the first."""
    profiles = list(analysis.payoffs.profiles)
    if len(profiles) <= MOST_COMBINATIONS:
        return profiles
    first = {before} | {e.profile for e in analysis.equilibria.found if e.profile is not None}
    single = [p for p in profiles if sum(a != b for a, b in zip(p, before, strict=True)) == 1]
    for profile in (*single, *profiles):
        if len(first) < MOST_COMBINATIONS:
            first.add(profile)
    return [profile for profile in profiles if profile in first]


def _difference(analysis: Analysis, profile: Profile, before: Profile, player: int) -> Interval:
    """Return a player's payoff difference of two combinations, in the metric's own direction."""
    payoffs = analysis.payoffs
    found = paired_difference(payoffs.at(profile)[:, player], payoffs.at(before)[:, player])
    low, high = sorted((payoffs.sign * found.low, payoffs.sign * found.high))
    return Interval(payoffs.sign * found.mean, low, high, found.n)


@style.styled
def plot_dynamics(analysis: Analysis) -> Figure:
    """Draw replicator dynamics: shares over time if hardly anybody has moved; for 2 x 2 games also the plane."""
    payoffs, course = analysis.payoffs, analysis.dynamics.first
    last = _shown_until(course)
    one_key = len(set(payoffs.strategies)) == 1
    found = [
        Panel(
            partial(
                _draw_shares,
                course=course,
                player=k,
                last=last,
                names=() if one_key else payoffs.strategies[k],
            ),
            2.2,
            f"{player}'s share of each strategy",
            xlabel="time (without a unit)",
        )
        for k, player in enumerate(payoffs.players)
    ]
    rows = layout.in_rows(found, 2)
    if one_key:
        rows.insert(0, Key([(_look(i), name) for i, name in enumerate(payoffs.strategies[0])]))
    if len(payoffs.players) == 2 and all(len(names) == 2 for names in payoffs.strategies):
        one, other = payoffs.players
        plane = Panel(
            partial(_draw_plane, analysis=analysis),
            3.1,
            f"From everywhere: share of '{payoffs.strategies[0][1]}' with {one}, across, and of "
            f"'{payoffs.strategies[1][1]}' with {other}, upwards",
            "dots: equilibria; a cross: where nearly all carry on",
            one,
        )
        rows.append([plane])
    where = course.leads
    told = " / ".join(payoffs.names_of(where)) if where is not None else ""
    start = "a start where 95 % carry on" if analysis.nobody is not None else "an even start"
    equilibria = "; ".join(does(analysis, e) for e in analysis.equilibria.found[:3]) or "none"
    return layout.compose(
        rows,
        f"Where what pays is copied, it {ends_at(course, told)}",
        f"Replicator dynamics of the mean payoffs, from {start}. Equilibria: {equilibria}.",
        "A thought experiment on means of simulated payoffs: chance is not in it, and its time is not the market's.",
    )


def _shown_until(course: Course) -> float:
    """Return the time when changes nearly stop, plus a little."""
    moving = np.zeros(len(course.times), np.bool_)
    for shares in course.shares:
        moving |= np.abs(shares - shares[-1]).max(axis=1) > 0.01
    last = int(np.flatnonzero(moving).max()) if moving.any() else 10
    return float(course.times[min(len(course.times) - 1, round(1.25 * last) + 4)])


def _look(number: int) -> dict[str, Any]:
    """Return a strategy's line style."""
    return {"ls": LINES[number % len(LINES)], "color": COLORS[number % len(COLORS)], "lw": 1.8}


def _draw_shares(ax: Axes, course: Course, player: int, last: float, names: Sequence[str]) -> None:
    for i in range(course.shares[player].shape[1]):
        label = style.cut(names[i], style.inches(ax)[0] - 1.0, style.SMALL) if names else None
        ax.plot(course.times, 100 * course.shares[player][:, i], label=label, **_look(i))
    ax.set_xlim(0.0, last)
    _percent(ax, "y")
    ax.set_ylim(-2, 102)
    if names:
        ax.legend(loc="center right", frameon=True, framealpha=0.85, edgecolor="none")


def _percent(ax: Axes, which: str) -> None:
    (ax.set_xticks if which == "x" else ax.set_yticks)([0, 50, 100], ["0 %", "50 %", "100 %"])


def _draw_plane(ax: Axes, analysis: Analysis) -> None:
    for course in analysis.dynamics.sample:
        x, y = (100 * shares[:, 1] for shares in course.shares)
        ax.plot(x, y, color=style.PALE, lw=0.8)
        _arrow(ax, x, y)
    x, y = (100 * shares[:, 1] for shares in analysis.dynamics.first.shares)
    ax.plot(x, y, color=style.FOCUS, lw=2.0)
    if analysis.nobody is not None:
        ax.plot(x[0], y[0], "x", color=style.FOCUS, ms=8, mew=2, clip_on=False)
    for equilibrium in analysis.equilibria.found:
        a, b = (100 * shares[1] for shares in equilibrium.mix)
        ax.plot(a, b, "o", color=style.INK, ms=9, clip_on=False, zorder=5)
    ax.set_xlim(0, 100)
    ax.set_ylim(0, 100)
    ax.set_box_aspect(1)
    ax.set_anchor("W")
    _percent(ax, "x")
    _percent(ax, "y")


def _arrow(ax: Axes, x: Any, y: Any) -> None:
    """Draw an arrow a third of the way along a course."""
    way = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    if way[-1] < 5:
        return
    i = max(1, int(np.searchsorted(way, way[-1] / 3)))
    looks = {"arrowstyle": "-|>", "color": style.PALE, "lw": 0.8, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (x[i], y[i]), (x[i - 1], y[i - 1]), arrowprops=looks)
