"""What figures of an analysed sweep share: a sheet to be read at 800 pixels, rows of panels, axes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from zerosum.report import panels, style
from zerosum.report.wording import world_in_words
from zerosum.studies.sweep.analysis.effects import told
from zerosum.studies.sweep.spec import SCENARIO

if TYPE_CHECKING:
    from zerosum.studies.sweep.analysis import Analysis, Outcome

WIDTH = 8.0
"""Inches: 1,200 pixels, of which 800 still can be read."""
ROOM = WIDTH - 2 * style.MARGIN
TICKS = 0.72
"""Inches left of a panel, for the numbers on its axis."""
GAP = 0.25
"""Inches between panels."""
BELOW = 0.27
"""Inches of the numbers below a panel."""
HEADING = 13.0
"""Points of a figure's title."""
MOST_LINES = 4
"""Lines of a name below a panel."""


@dataclass(frozen=True)
class Panel:
    """One panel of a row: what stands above and below it, what draws it, its size in inches; ``names`` on its axis."""

    heading: str
    draw: Callable[[Axes], None]
    width: float
    height: float
    ticks: float = TICKS
    xlabel: str = ""
    detail: str = ""
    names: Sequence[str] = ()

    @cached_property
    def lines(self) -> tuple[str, str, str]:
        """Heading, detail and label of the axis, broken to the panel's width."""
        whole = self.width + self.ticks
        return (
            style.wrap(self.heading, whole, style.NORMAL, "bold"),
            style.wrap(self.detail, whole, style.SMALL),
            style.wrap(self.xlabel, self.width + 0.1, style.SMALL),
        )

    @property
    def above(self) -> float:
        """Inches that stand above the panel."""
        heading, detail, _ = self.lines
        high = style.height(heading, style.NORMAL) if heading else 0.0
        return high + (style.height(detail, style.SMALL) if detail else 0.0) + 0.08

    @property
    def below(self) -> float:
        """Inches that stand below the panel."""
        label = self.lines[2]
        return self.numbers + (style.height(label, style.SMALL) if label else 0.0)

    @property
    def numbers(self) -> float:
        """Inches of what stands at the axis."""
        lines = max((label.count("\n") for label in broken(self.names, self.width)), default=0)
        return BELOW + lines * style.line_height(style.SMALL)


Row = Sequence[Panel]


def compose(title: str, subtitle: str, rows: Sequence[Row], notes: str) -> Figure:
    """Put rows of panels below a title, and notes below them; as high as it takes."""
    said = style.wrap(title, ROOM, HEADING, "bold")
    second = style.wrap(subtitle, ROOM, style.NORMAL) if subtitle else ""
    last = style.wrap(notes, ROOM, style.SMALL)
    under = 0.05 + style.height(second, style.NORMAL) if second else 0.0
    head = 0.2 + style.height(said, HEADING) + under + 0.18
    highs = [
        max(p.above for p in row) + max(p.height for p in row) + max(p.below for p in row) + 0.12
        for row in rows
    ]
    figure = style.sheet(WIDTH, head + sum(highs) + 0.05 + style.height(last, style.SMALL) + 0.15)
    style.write(figure, style.MARGIN, 0.2, said, HEADING, weight="bold")
    style.write(figure, style.MARGIN, 0.25 + style.height(said, HEADING), second, color=style.QUIET)
    top = head
    for row, high in zip(rows, highs, strict=True):
        _row(figure, top, row)
        top += high
    style.write(figure, style.MARGIN, top + 0.05, last, style.SMALL, color=style.QUIET)
    return figure


def _row(figure: Figure, top: float, row: Row) -> None:
    left, above = style.MARGIN, max(panel.above for panel in row)
    for panel in row:
        heading, detail, label = panel.lines
        if heading:
            style.write(figure, left, top, heading, weight="bold")
        if detail:
            under = style.height(heading, style.NORMAL) if heading else 0.0
            style.write(figure, left, top + under, detail, style.SMALL, color=style.QUIET)
        ax = style.place(figure, left + panel.ticks, top + above, panel.width, panel.height)
        panel.draw(ax)
        if label:
            under = top + above + panel.height + panel.numbers - 0.02
            style.write(figure, left + panel.ticks, under, label, style.SMALL, color=style.QUIET)
        left += panel.ticks + panel.width + GAP


def in_rows(found: Sequence[Panel], a_row: int) -> list[Row]:
    """Cut a list of panels into rows."""
    return [found[i : i + a_row] for i in range(0, len(found), a_row)]


def title_of(analysis: Analysis, name: str) -> str:
    """Say what an axis shows: a factor's label with its unit."""
    return name if name == SCENARIO else analysis.swept.study.experiment.factor(name).title


def is_log(analysis: Analysis, name: str) -> bool:
    """Whether a factor is gone through on a log scale."""
    return name != SCENARIO and analysis.swept.study.experiment.factor(name).scale == "log"


def where(analysis: Analysis, outcome: Outcome) -> str:
    """Say in which world, and in which scenario, numbers are from; empty where there is one of each."""
    study = analysis.swept.study
    said = []
    if len(study.worlds) > 1:
        base = study.bases[0]
        words = world_in_words(outcome.world, base.vendors[base.focal_index].name)  # type: ignore[arg-type]
        said.append(f"World '{outcome.world}': {words}.")
    if outcome.scenario:
        said.append(f"Scenario '{outcome.scenario}'.")
    return " ".join(said)


def responses(analysis: Analysis, outcome: Outcome, arm: str) -> pd.DataFrame:
    """Rows of an arm in an outcome's world and scenario, in order of points."""
    table = analysis.tables["responses"]
    here = table[(table["world"] == outcome.world) & (table["arm"] == arm)]
    if outcome.scenario:
        here = here[here[SCENARIO] == outcome.scenario]
    return here.sort_values("point")


def signs(rows: pd.DataFrame) -> tuple[int, int, int]:
    """How many intervals of a difference lie above zero, below it, and neither."""
    narrow = rows["low"].to_numpy() < rows["high"].to_numpy()
    above = int((narrow & (rows["low"].to_numpy() > 0)).sum())
    below = int((narrow & (rows["high"].to_numpy() < 0)).sum())
    return above, below, len(rows) - above - below


def limits(values: Any, zero: bool = True) -> tuple[float, float]:
    """Limits of an axis that hold all numbers, and zero."""
    known = np.asarray(values, np.float64).ravel()
    known = known[np.isfinite(known)]
    ends = [*known, 0.0] if zero or not len(known) else list(known)
    low, high = min(ends), max(ends)
    edge = 0.06 * (high - low) or 0.5 * abs(high) or 1.0
    return low - edge, high + edge


def y_axis(
    ax: Axes, ends: tuple[float, float], unit: str, label: Callable[[float, str], str] = panels.tick
) -> None:
    """Give a panel its vertical scale, with round numbers."""
    ax.set_ylim(*ends)
    ax.locator_params(axis="y", nbins=5)
    ticks = [t for t in ax.get_yticks() if ends[0] <= t <= ends[1]]
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: label(value, unit)))
    ax.tick_params(length=3, color=style.PALE, pad=2)


def x_axis(
    ax: Axes,
    places: Sequence[float],
    labels: Sequence[str],
    width: float,
    log: bool = False,
    ends: tuple[float, float] | None = None,
) -> None:
    """Give a panel its horizontal scale: as many labels as have room.

    Parameters
    ----------
    ends : (float, float)
        numbers that must have room on it; those of ``places`` if not given
    """
    if log:
        ax.set_xscale("log")
    first, last = ends or (min(places), max(places))
    at = np.log(places) if log else np.asarray(places, np.float64)
    low, high = (math.log(first), math.log(last)) if log else (first, last)
    edge = 0.04 * (high - low) or 0.5
    low, high = low - edge, high + edge
    shown = with_room([(float(place) - low) / (high - low) * width for place in at], labels)
    _bounded(
        ax, (math.exp(low), math.exp(high)) if log else (low, high), [(places[i], labels[i]) for i in shown]
    )


def names_axis(ax: Axes, labels: Sequence[str], width: float) -> None:
    """Give a panel a horizontal axis of names, each broken to its room."""
    _bounded(ax, (-0.5, len(labels) - 0.5), list(enumerate(broken(labels, width))))


def broken(labels: Sequence[str], width: float) -> list[str]:
    """Break names to the room that each has below a panel, into a few lines at most."""
    room = width / max(len(labels), 1) - 0.1
    found = []
    for label in labels:
        lines = style.wrap(label, room, style.SMALL).split("\n")
        more = "…" if len(lines) > MOST_LINES else ""
        found.append("\n".join(style.cut(line, room, style.SMALL) for line in lines[:MOST_LINES]) + more)
    return found


def _bounded(ax: Axes, ends: tuple[float, float], shown: Sequence[tuple[float, str]]) -> None:
    """Give a panel the ends of its horizontal scale, and what is written there."""
    ax.set_xlim(*ends)
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_locator(FixedLocator([place for place, _ in shown]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda _, position: shown[position][1]))
    ax.tick_params(length=3, color=style.PALE, pad=2)


def round_places(low: float, high: float, log: bool) -> list[float]:
    """Round numbers from one to another, a few."""
    if not log:
        return [float(place) for place in MaxNLocator(4).tick_values(low, high) if low <= place <= high]
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1,), (1, 3), (1, 2, 5), range(1, 10)):
        found = [
            digit * 10.0**power for power in powers for digit in digits if low <= digit * 10.0**power <= high
        ]
        if len(found) > 2:
            return found
    return [low, high]


def with_room(inches: Sequence[float], labels: Sequence[str]) -> list[int]:
    """Choose labels that don't touch each other: all, or every second, every third."""
    halves = [style.text_width(label, style.SMALL) / 2 for label in labels]
    for step in range(1, len(labels) + 1):
        chosen = list(range(0, len(labels), step))
        if all(inches[b] - inches[a] >= halves[a] + halves[b] + 0.1 for a, b in itertools.pairwise(chosen)):
            return chosen
    return [0]


def short(values: Sequence[float]) -> list[str]:
    """Write numbers with three digits, or with as many as keep them apart."""
    for digits in (3, 4, 5):
        labels = [f"{float(value):.{digits}g}" for value in values]
        if len(set(labels)) == len(labels):
            return labels
    return [told(value) for value in values]


def levels_of(analysis: Analysis, name: str) -> list[str]:
    """Values of a factor without numbers that were tried, in its own order."""
    study = analysis.swept.study
    listed = study.experiment.scenario if name == SCENARIO else study.experiment.factor(name).listed
    there = set(study.points[name])
    return [told(value) for value in listed if value in there]


def zero_line(ax: Axes) -> None:
    """Draw where there is no difference."""
    ax.axhline(0.0, color=style.INK, linewidth=1.0, zorder=2)
