"""Plot an optimization: results of the search and of new simulated runs; with two objectives, the front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zerosum.market.metrics import BY_NAME
from zerosum.report.intervals import excludes_zero
from zerosum.report.optimise_findings import gain
from zerosum.report.plots import layout, style
from zerosum.report.plots.layout import Panel
from zerosum.report.plots.rows import Mark, Row, rows_panel
from zerosum.report.wording import count, format_level
from zerosum.studies.optimise.search import front, sign_of

if TYPE_CHECKING:
    from zerosum.studies.optimise import Optimised
    from zerosum.studies.optimise.holdout import Final

HEIGHT = 3.0


@style.styled
def plot_optimise(found: Optimised) -> Figure:
    """Draw an optimization, with one or two objectives."""
    return _front(found) if len(found.problem.file.objectives) == 2 else _course(found)


def _course(found: Optimised) -> Figure:
    """Draw gains by trial, with the best so far; below it the finalists, on both kinds of runs."""
    (metric,) = found.problem.file.objectives
    unit, sign = BY_NAME[metric].unit, sign_of(metric)
    detail = "across: trial; line: the best so far"
    panels = [
        Panel(
            lambda ax: _draw_course(ax, found, unit, sign),
            HEIGHT,
            "On the search's runs",
            detail + ("; hollow: beyond the budget" if found.problem.file.budget else ""),
        )
    ]
    if found.finals:
        rows = [_final_row(final, metric, sign) for final in found.finals]
        width = layout.panel_width(layout.READABLE, 1)
        panels.append(
            rows_panel(
                rows, unit, width, "The best few again", "diamond: as searched; dot: on new simulated runs"
            )
        )
    best, label = found.best, BY_NAME[metric].label
    if best is None:
        title = f"{label}: nothing within the budget"
    elif best.better():
        title = f"{label}: {gain(best.fresh[0], metric)} over '{found.problem.baseline.name}' on new simulated runs"
    else:
        title = f"{label}: nothing better than '{found.problem.baseline.name}' can be told from chance"
    return layout.compose([[panel] for panel in panels], title, _subtitle(found), _notes(found))


def _final_row(final: Final, metric: str, sign: int) -> Row:
    fresh, diamond = final.fresh[0], {"marker": "D", "markersize": 5, "markeredgecolor": style.QUIET}
    low, high = sorted((sign * fresh.low, sign * fresh.high))
    looks: Any = ({}, {**diamond, "markerfacecolor": "white", "linestyle": ""})
    marks = [
        Mark(sign * final.searched[0].mean, float("nan"), float("nan"), looks),
        Mark(sign * fresh.mean, low, high),
    ]
    return Row(f"trial {final.trial.number}", gain(fresh, metric), marks, excludes_zero(low, high))


def _draw_course(ax: Axes, found: Optimised, unit: str, sign: int) -> None:
    known = [trial for trial in found.trials if not trial.failed]
    gains = sign * np.array([trial.gains[0] for trial in known])
    style.scale_y(ax, style.limits(gains), lambda value: style.tick(value, unit))
    ax.axhline(0.0, color=style.INK, linewidth=1.0, zorder=2)
    for within in (False, True):
        which = [i for i, trial in enumerate(known) if trial.within == within]
        _dots(ax, [known[i].number for i in which], gains[which], within)
    best, steps, at = -np.inf, list[float](), list[int]()
    for trial in known:
        if trial.within and trial.gains[0] > best:
            best = trial.gains[0]
        if np.isfinite(best):
            steps.append(sign * best)
            at.append(trial.number)
    ax.step(at, steps, where="post", color=style.FOCUS, lw=1.8, zorder=4)
    last = float(max(trial.number for trial in found.trials))
    style.scale_x(ax, style.limits([0.0, last], margin=0.02), lambda value: f"{value:g}")


def _dots(ax: Axes, x: Any, y: Any, within: bool) -> None:
    ax.plot(x, y, "o", ms=4.5, mec=style.PALE, mfc=style.PALE if within else "white", ls="", zorder=3)


def _front(found: Optimised) -> Figure:
    """Draw trials by both objectives, the front, and the finalists on new simulated runs."""
    one, other = (BY_NAME[name] for name in found.problem.file.objectives)
    signs = np.array([sign_of(name) for name in found.problem.file.objectives])
    usual, currency = found.problem.baseline.name, found.problem.scenario.money.currency
    better = " and ".join(
        f"{'more' if sign > 0 else 'less'} {metric.label.lower()}"
        for sign, metric in zip(signs, (one, other), strict=True)
    )
    panel = Panel(
        lambda ax: _draw_front(ax, found, signs, (one.unit, other.unit)),
        HEIGHT + 1.0,
        f"{other.label}, difference from '{usual}' ({style.unit_of_difference(other.unit, currency)})",
        "diamonds and line: the front on the search's runs; numbered dots: finalists on new simulated runs",
        f"{one.label}, difference from '{usual}' ({style.unit_of_difference(one.unit, currency)})",
    )
    title = f"{one.label} against {other.label[0].lower()}{other.label[1:]}: {better} is better"
    return layout.compose([[panel]], title, _subtitle(found), _notes(found))


def _draw_front(ax: Axes, found: Optimised, signs: Any, units: tuple[str, str]) -> None:
    known = [trial for trial in found.trials if not trial.failed]
    gains = signs * np.array([trial.gains for trial in known])
    ends = [
        style.limits([*gains[:, i], *(signs[i] * e for f in found.finals for e in _ends(f, i))])
        for i in (0, 1)
    ]
    style.scale_x(ax, ends[0], lambda value: style.tick(value, units[0]))
    style.scale_y(ax, ends[1], lambda value: style.tick(value, units[1]))
    ax.axhline(0.0, color=style.INK, linewidth=1.0, zorder=2)
    ax.axvline(0.0, color=style.INK, linewidth=1.0, zorder=2)
    for within in (False, True):
        which = [i for i, trial in enumerate(known) if trial.within == within]
        _dots(ax, gains[which, 0], gains[which, 1], within)
    along = sorted(front(found.trials), key=lambda trial: trial.gains[0])
    line = signs * np.array([trial.gains for trial in along]).reshape(-1, 2)
    ax.plot(line[:, 0], line[:, 1], "-D", color=style.INK, lw=1.2, ms=6, mec=style.INK, mfc="white", zorder=4)
    for final in found.finals:
        a, b = final.fresh
        sure = [excludes_zero(interval.low, interval.high) for interval in (a, b)]
        x, y = signs[0] * a.mean, signs[1] * b.mean
        ax.plot([signs[0] * a.low, signs[0] * a.high], [y, y], **style.interval(sure[0]))
        ax.plot([x, x], [signs[1] * b.low, signs[1] * b.high], **style.interval(sure[1]))
        ax.plot([x], [y], **style.dot(any(sure)))
        ax.annotate(
            str(final.trial.number), (x, y), (6, 5), textcoords="offset points", size=style.SMALL, zorder=6
        )


def _ends(final: Final, objective: int) -> tuple[float, ...]:
    fresh = final.fresh[objective]
    return (fresh.low, fresh.high, fresh.mean, final.searched[objective].mean)


def _subtitle(found: Optimised) -> str:
    file = found.problem.file
    return (
        f"{count(len(found.trials), 'trial')}, each on {count(file.replications, 'common simulated run')}; "
        f"{count(len(found.finals), 'finalist')} on {file.holdout} new simulated runs."
    )


def _notes(found: Optimised) -> str:
    said = [
        f"{BY_NAME[name].label.lower()} at most "
        f"{most if isinstance(most, str) else format_level(most, BY_NAME[name].unit)}"
        for name, most in found.problem.file.budget.items()
    ]
    budget = "; ".join(said)
    return (
        "Differences from the baseline on the same random events. Intervals: 95 % on new simulated runs, "
        "over all finalists together; "
        "filled and wide: it excludes zero." + (f" Budget: {budget}." if budget else "")
    )
