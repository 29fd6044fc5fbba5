"""Figures of a game: what each combination pays, held against nobody moving; and where copying what pays leads."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zerosum.market.metrics import BY_NAME
from zerosum.report import figure_sweep_parts as parts
from zerosum.report import panels, style
from zerosum.report.figure_sweep_parts import Panel
from zerosum.report.game_in_words import does, ends_at
from zerosum.report.wording import count
from zerosum.statistics import Interval, paired_difference

if TYPE_CHECKING:
    from zerosum.studies.game import Analysis
    from zerosum.studies.game.dynamics import Course
    from zerosum.studies.game.payoffs import Profile

MOST_COMBINATIONS = 27
"""That are shown; of more, equilibria, single moves and the first."""
ROW = 0.27
"""Inches of a combination."""
LINES = ("-", "--", ":", "-.")
COLOURS = (style.FOCUS, style.INK, style.PALE, style.FOCUS, style.INK)
NAMES_WIDTH = 3.0


@style.drawn
def figure_payoffs(analysis: Analysis) -> Figure:
    """Draw what each combination pays each player, less what nobody's moving pays it.

    Where there is no such combination, the first one takes its place. In bold: equilibria in which nobody mixes.
    """
    payoffs = analysis.payoffs
    metric = BY_NAME[payoffs.metric]
    before = analysis.nobody or next(iter(payoffs.profiles))
    profiles = _chosen(analysis, before)
    rows = [
        [_difference(analysis, profile, before, k) for profile in profiles]
        for k in range(len(payoffs.players))
    ]
    names = [_name(payoffs.told(profile)) for profile in profiles]
    stable = {e.profile for e in analysis.equilibria.found}
    weights = ["bold" if profile in stable else "normal" for profile in profiles]
    widest = max(
        style.text_width(line, style.SMALL, weight)
        for name, weight in zip(names, weights, strict=True)
        for line in name.split("\n")
    )
    left = min(widest + 0.15, NAMES_WIDTH)
    width = (parts.ROOM - left - parts.GAP) / 2
    numbers = np.array([end for row in rows for i in row for end in (i.low, i.mean, i.high)], np.float64)
    ends = panels.scale(numbers, width, 0.1)

    def drawn(k: int) -> Callable[[Axes], None]:
        def draw(ax: Axes) -> None:
            panels.bare(ax, -0.5, len(profiles) - 0.5)
            ax.axvline(0.0, color=style.INK, linewidth=1.0, zorder=2)
            for place, interval in enumerate(rows[k]):
                certain = panels.excludes_zero(interval.low, interval.high)
                ax.plot([interval.low, interval.high], [place, place], **panels.interval(certain))
                if profiles[place] != before:
                    ax.plot([interval.mean], [place], **panels.dot(certain))
                if k % 2 == 0:
                    lines = names[place].split("\n")
                    said = "\n".join(style.cut(s, left - 0.1, style.SMALL, weights[place]) for s in lines)
                    # Left of the panel, where it has no axis.
                    at = ax.transAxes.inverted().transform(ax.transData.transform((0.0, place)))[1]
                    ax.text(
                        -0.08 / width,
                        at,
                        said,
                        transform=ax.transAxes,
                        ha="right",
                        va="center",
                        size=style.SMALL,
                        weight=weights[place],
                    )
            panels.axis(ax, ends, width, metric.unit)

        return draw

    most = max(name.count("\n") for name in names)
    high = (ROW + most * style.line_height(style.SMALL)) * len(profiles) + 0.1
    row = [
        Panel(player, drawn(k), width, high, ticks=left if k % 2 == 0 else 0.0)
        for k, player in enumerate(payoffs.players)
    ]
    held = "nobody's moving" if analysis.nobody is not None else f"({', '.join(payoffs.told(before))})"
    subtitle = (
        f"In {panels.unit_of_difference(metric.unit)}. Combinations: {' / '.join(payoffs.players)}. "
        f"{count(payoffs.n, 'replication')} on common luck."
    )
    if len(profiles) < math.prod(len(names) for names in payoffs.strategies):
        subtitle += f" {len(profiles)} combinations; payoffs.csv has all."
    notes = (
        "95 % intervals, each for itself; filled: it excludes zero, hollow: it includes zero. In bold: equilibria in "
        "which nobody mixes."
    )
    title = f"{metric.label}: what each combination brings beyond {held}"
    return parts.compose(title, subtitle, [row[i : i + 2] for i in range(0, len(row), 2)], notes)


def _name(strategies: Sequence[str]) -> str:
    """Name a combination, each strategy in a line of its own if one line is too narrow."""
    whole = " / ".join(strategies)
    return (
        whole if style.text_width(whole, style.SMALL, "bold") < NAMES_WIDTH - 0.2 else " /\n".join(strategies)
    )


def _chosen(analysis: Analysis, before: Profile) -> list[Profile]:
    """Combinations that are shown: all, or equilibria and single moves, and the first."""
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
    """Difference of a player's payoffs in two combinations, in the metric's own direction."""
    payoffs = analysis.payoffs
    found = paired_difference(payoffs.at(profile)[:, player], payoffs.at(before)[:, player])
    low, high = sorted((payoffs.sign * found.low, payoffs.sign * found.high))
    return Interval(payoffs.sign * found.mean, low, high, found.n)


@style.drawn
def figure_dynamics(analysis: Analysis) -> Figure:
    """Draw replicator dynamics: shares over time where hardly anybody has moved; of two times two also the plane."""
    payoffs, dynamics = analysis.payoffs, analysis.dynamics
    course = dynamics.first
    last = _shown_until(course)
    width = (parts.ROOM - 2 * parts.TICKS - parts.GAP) / 2
    found = [
        Panel(
            f"{player}'s share of each strategy",
            _over_time(course, k, last, payoffs.strategies[k]),
            width,
            2.2,
            xlabel="time (without a unit)",
        )
        for k, player in enumerate(payoffs.players)
    ]
    rows = [found[i : i + 2] for i in range(0, len(found), 2)]
    if len(set(payoffs.strategies)) == 1:
        rows.insert(0, [_key(payoffs.strategies[0])])
    else:
        rows = [
            row for i, pair in enumerate(rows) for row in (_keys(analysis, 2 * i, len(pair), width), pair)
        ]
    plane = len(payoffs.players) == 2 and all(len(s) == 2 for s in payoffs.strategies)
    if plane:
        one, other = payoffs.players
        rows.append(
            [
                Panel(
                    f"From everywhere: share of '{payoffs.strategies[0][1]}' with {one}, across, and of "
                    f"'{payoffs.strategies[1][1]}' with {other}, upwards",
                    _plane(analysis),
                    3.1,
                    3.1,
                    xlabel=one,
                    detail="dots: equilibria; a cross: where nearly all carry on",
                )
            ]
        )
    where = course.leads
    told = " / ".join(payoffs.told(where)) if where is not None else ""
    title = f"Where what pays is copied, it {ends_at(course, told)}"
    start = "a start where 95 % carry on" if analysis.nobody is not None else "an even start"
    equilibria = "; ".join(does(analysis, e) for e in analysis.equilibria.found[:3]) or "none"
    subtitle = f"Replicator dynamics of the mean payoffs, from {start}. Equilibria: {equilibria}."
    notes = "A thought experiment on means of simulated payoffs: luck is not in it, and its time is not the market's."
    return parts.compose(title, subtitle, rows, notes)


def _shown_until(course: Course) -> float:
    """Time after which hardly anything changes, and a little more."""
    moving = np.zeros(len(course.times), np.bool_)
    for shares in course.shares:
        moving |= np.abs(shares - shares[-1]).max(axis=1) > 0.01
    last = int(np.flatnonzero(moving).max()) if moving.any() else 10
    return float(course.times[min(len(course.times) - 1, round(1.25 * last) + 4)])


def _over_time(course: Course, player: int, last: float, names: tuple[str, ...]) -> Callable[[Axes], None]:
    def draw(ax: Axes) -> None:
        for i in range(len(names)):
            ax.plot(course.times, 100 * course.shares[player][:, i], **_look(i))
        ax.set_xlim(0.0, last)
        ax.set_ylim(-2, 102)
        ax.set_yticks([0, 50, 100], ["0 %", "50 %", "100 %"])

    return draw


def _look(number: int) -> dict[str, Any]:
    """Look of a strategy's line."""
    return {"ls": LINES[number % len(LINES)], "color": COLOURS[number % len(COLOURS)], "lw": 1.8}


def _key(names: Sequence[str], width: float = parts.ROOM) -> Panel:
    """Say which line is which strategy, one below the other."""

    def draw(ax: Axes) -> None:
        ax.set_axis_off()
        ax.set_xlim(0, width)
        ax.set_ylim(len(names) - 0.5, -0.5)
        for i, name in enumerate(names):
            ax.plot([0.0, 0.45], [i, i], **_look(i))
            said = style.cut(name, width - 0.6, style.SMALL)
            ax.text(0.55, i, said, va="center_baseline", size=style.SMALL)

    return Panel("", draw, width, 0.2 * len(names), ticks=0.0)


def _keys(analysis: Analysis, first: int, many: int, width: float) -> list[Panel]:
    """Keys of players that choose among different strategies."""
    return [_key(names, width + parts.TICKS) for names in analysis.payoffs.strategies[first : first + many]]


def _plane(analysis: Analysis) -> Callable[[Axes], None]:
    def draw(ax: Axes) -> None:
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
        ax.set_xticks([0, 50, 100], ["0 %", "50 %", "100 %"])
        ax.set_yticks([0, 50, 100], ["0 %", "50 %", "100 %"])

    return draw


def _arrow(ax: Axes, x: Any, y: Any) -> None:
    """Put an arrow where a course has gone a third of its way."""
    way = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    if way[-1] < 5:
        return
    i = max(1, int(np.searchsorted(way, way[-1] / 3)))
    ax.annotate(
        "",
        (x[i], y[i]),
        (x[i - 1], y[i - 1]),
        arrowprops={"arrowstyle": "-|>", "color": style.PALE, "lw": 0.8, "shrinkA": 0, "shrinkB": 0},
    )
