"""Figures of an optimisation: what the search saw beside what fresh luck says; of two objectives, the front."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zerosum.market.metrics import BY_NAME
from zerosum.report import figure_sweep_parts as parts
from zerosum.report import panels, style
from zerosum.report.figure_sweep_parts import Panel
from zerosum.report.optimise_in_words import gain
from zerosum.report.wording import count, number
from zerosum.studies.optimise.search import front, sign_of

if TYPE_CHECKING:
    from zerosum.studies.optimise import Optimised
    from zerosum.studies.optimise.holdout import Final

HEIGHT = 3.6
SIDE = 1.9
"""Inches of the panel of finalists."""


@style.drawn
def figure_optimise(found: Optimised) -> Figure:
    """Draw an optimisation; what, hangs on the number of objectives."""
    return _front(found) if len(found.problem.file.objectives) == 2 else _course(found)


def _course(found: Optimised) -> Figure:
    """Gains trial by trial, with the best so far; beside it the finalists, on both kinds of luck."""
    (metric,) = found.problem.file.objectives
    unit, sign = BY_NAME[metric].unit, sign_of(metric)
    known = [trial for trial in found.trials if not trial.failed]
    gains = sign * np.array([trial.gains[0] for trial in known])
    ends = parts.limits([*gains, *(sign * e for f in found.finals for e in _ends(f, 0))])
    width = parts.ROOM - SIDE - 2 * parts.TICKS - parts.GAP

    def course(ax: Axes) -> None:
        parts.y_axis(ax, ends, unit)
        parts.zero_line(ax)
        for within in (False, True):
            which = [i for i, trial in enumerate(known) if trial.within == within]
            fill = style.PALE if within else "white"
            x = [known[i].number for i in which]
            ax.plot(x, gains[which], "o", ms=4.5, mec=style.PALE, mfc=fill, ls="", zorder=3)
        best, steps, at = -np.inf, list[float](), list[int]()
        for trial in known:
            if trial.within and trial.gains[0] > best:
                best = trial.gains[0]
            if np.isfinite(best):
                steps.append(sign * best)
                at.append(trial.number)
        ax.step(at, steps, where="post", color=style.FOCUS, lw=1.8, zorder=4)
        numbers = [trial.number for trial in found.trials]
        places = parts.round_places(0.0, float(max(numbers)), False)
        parts.x_axis(ax, places, parts.short(places), width, ends=(0.0, float(max(numbers))))

    def finals(ax: Axes) -> None:
        parts.y_axis(ax, ends, unit)
        parts.zero_line(ax)
        for i, final in enumerate(found.finals):
            searched, fresh = sign * final.searched[0].mean, final.fresh[0]
            ax.plot([i - 0.15], [searched], "D", ms=6, mec=style.QUIET, mfc="white", zorder=4)
            certain = panels.excludes_zero(fresh.low, fresh.high)
            ax.plot([i + 0.15] * 2, [sign * fresh.low, sign * fresh.high], **panels.interval(certain))
            ax.plot([i + 0.15], [sign * fresh.mean], **panels.dot(certain))
        parts.names_axis(ax, [str(final.trial.number) for final in found.finals], SIDE)

    rows = [
        Panel(
            "On the search's luck",
            course,
            width,
            HEIGHT,
            xlabel="trial",
            detail="line: the best so far"
            + ("; hollow: beyond the budget" if found.problem.file.budget else ""),
        )
    ]
    if found.finals:
        rows.append(
            Panel(
                "The best few again",
                finals,
                SIDE,
                HEIGHT,
                xlabel="trial",
                detail="diamond: as searched; dot: on fresh luck",
            )
        )
    best = found.best
    told = BY_NAME[metric].label
    if best is None:
        title = f"{told}: nothing within the budget"
    elif best.better():
        title = f"{told}: {gain(best.fresh[0], metric)} over '{found.problem.baseline.name}' on fresh luck"
    else:
        title = f"{told}: nothing better than '{found.problem.baseline.name}' can be told from luck"
    return parts.compose(title, _subtitle(found), [rows], _notes(found))


def _front(found: Optimised) -> Figure:
    """Trials by both objectives, the front among them, and the finalists on fresh luck."""
    objectives = found.problem.file.objectives
    one, other = (BY_NAME[name] for name in objectives)
    signs = np.array([sign_of(name) for name in objectives])
    known = [trial for trial in found.trials if not trial.failed]
    gains = signs * np.array([trial.gains for trial in known])
    along = sorted(front(found.trials), key=lambda trial: trial.gains[0])
    ends = [
        parts.limits([*gains[:, i], *(signs[i] * e for f in found.finals for e in _ends(f, i))])
        for i in (0, 1)
    ]
    width = parts.ROOM - parts.TICKS

    def draw(ax: Axes) -> None:
        parts.y_axis(ax, ends[1], other.unit)
        panels.axis(ax, ends[0], width, one.unit)
        parts.zero_line(ax)
        ax.axvline(0.0, color=style.INK, linewidth=1.0, zorder=2)
        for within in (False, True):
            which = [i for i, trial in enumerate(known) if trial.within == within]
            fill = style.PALE if within else "white"
            ax.plot(gains[which, 0], gains[which, 1], "o", ms=4.5, mec=style.PALE, mfc=fill, ls="", zorder=3)
        line = signs * np.array([trial.gains for trial in along]).reshape(-1, 2)
        ax.plot(line[:, 0], line[:, 1], "-", color=style.INK, lw=1.2, zorder=3)
        ax.plot(line[:, 0], line[:, 1], "D", ms=6, mec=style.INK, mfc="white", ls="", zorder=4)
        for final in found.finals:
            a, b = final.fresh
            sure = [panels.excludes_zero(interval.low, interval.high) for interval in (a, b)]
            x, y = signs[0] * a.mean, signs[1] * b.mean
            ax.plot([signs[0] * a.low, signs[0] * a.high], [y, y], **panels.interval(sure[0]))
            ax.plot([x, x], [signs[1] * b.low, signs[1] * b.high], **panels.interval(sure[1]))
            ax.plot([x], [y], **panels.dot(any(sure)))
            ax.annotate(
                str(final.trial.number),
                (x, y),
                xytext=(6, 5),
                textcoords="offset points",
                size=style.SMALL,
                zorder=6,
            )

    better = " and ".join(
        f"{'more' if sign > 0 else 'less'} {metric.label.lower()}"
        for sign, metric in zip(signs, (one, other), strict=True)
    )
    panel = Panel(
        f"{other.label}, difference from '{found.problem.baseline.name}' ({panels.unit_of_difference(other.unit)})",
        draw,
        width,
        HEIGHT + 0.6,
        xlabel=f"{one.label}, difference from '{found.problem.baseline.name}' ({panels.unit_of_difference(one.unit)})",
        detail="diamonds and line: the front on the search's luck; numbered dots: finalists on fresh luck",
    )
    title = f"{one.label} against {other.label[0].lower()}{other.label[1:]}: {better} is better"
    return parts.compose(title, _subtitle(found), [[panel]], _notes(found))


def _ends(final: Final, objective: int) -> tuple[float, ...]:
    fresh = final.fresh[objective]
    return (fresh.low, fresh.high, fresh.mean, final.searched[objective].mean)


def _subtitle(found: Optimised) -> str:
    file = found.problem.file
    return (
        f"{count(len(found.trials), 'trial')}, each on {count(file.replications, 'course')} of common luck; "
        f"{count(len(found.finals), 'finalist')} on {file.holdout} of fresh luck."
    )


def _notes(found: Optimised) -> str:
    said = [
        f"{BY_NAME[name].label.lower()} at most {most if isinstance(most, str) else number(most, BY_NAME[name].unit)}"
        for name, most in found.problem.file.budget.items()
    ]
    budget = "; ".join(said)
    return (
        "Differences from the baseline on the same luck. Intervals: 95 % on fresh luck, over all finalists together; "
        "filled and wide: it excludes zero." + (f" Budget: {budget}." if budget else "")
    )
