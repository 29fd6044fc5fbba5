"""The figure of a validation: every fact's band as a pale box, and where the market lies. It computes nothing.

All bands are equally wide, whatever their units; what lies further away than there is room for is marked at the
panel's edge. It is laid out in inches and sized by what it shows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from zerosum.report import style
from zerosum.report.table_validate import Line, explained, lines, measured, result
from zerosum.report.wording import edge, unit_word

if TYPE_CHECKING:
    from zerosum.studies.validate import Validation

GAP = 0.22
"""Inches between columns."""
PLACES, LABELS = 0.3, 3.4
"""Inches for the numbers of facts, and for their names; a longer name is broken."""
NUMBERS, VERDICTS = 2.2, 0.95
"""Inches for what stands at the right."""
ROW = 0.47
"""Inches of a fact, with the ends of its band below the box."""
BOX = 0.2
"""Inches that a box is high."""
LEFT, RIGHT = -0.85, 1.85
"""Limits, where the band goes from 0 to 1."""
HEAD = 0.35


@style.drawn
def figure_validate(found: Validation) -> Figure:
    """Draw where the market lies in every fact's band, the judged facts first.

    Parameters
    ----------
    found : Validation

    Returns
    -------
    Figure
    """
    room = style.WIDTH - 2 * style.MARGIN
    every = lines(found)
    numbers: Any = found.table.set_index("fact")
    first = style.MARGIN + PLACES + LABELS + GAP
    panel = style.WIDTH - style.MARGIN - VERDICTS - NUMBERS - 2 * GAP - first
    beside = (first + panel + GAP, first + panel + GAP + NUMBERS + GAP)
    title = style.wrap(f"{found.scenario.name}: {result(found)}", room, style.TITLE, "bold")
    subtitle = style.wrap(f"{measured(found)}.", room, style.LARGE)
    key_top = 0.3 + style.height(title, style.TITLE) + style.height(subtitle, style.LARGE) + 0.1
    groups = [
        (words, [(n, line) for n, line in enumerate(every, 1) if line.judged == judged])
        for words, judged in (("Judged", True), ("Shown only: no reason to fail", False))
    ]
    groups = [(words, members) for words, members in groups if members]
    heights = [[_height(line) for _, line in members] for _, members in groups]
    notes = style.wrap(explained(found), room, style.SMALL)
    sources = style.wrap(_sources(every), room, style.SMALL)
    start = key_top + 0.45
    end = start + sum(HEAD + sum(rows) + 0.15 for rows in heights)
    notes_top = end + 0.1
    sources_top = notes_top + style.height(notes, style.SMALL) + 0.1

    figure = style.sheet(style.WIDTH, sources_top + style.height(sources, style.SMALL) + 0.2)
    style.write(figure, style.MARGIN, 0.2, title, style.TITLE, weight="bold")
    below = 0.25 + style.height(title, style.TITLE)
    style.write(figure, style.MARGIN, below, subtitle, style.LARGE, color=style.QUIET)
    _key(figure, key_top, any(line.null for line in every))
    top = start
    for (words, members), rows in zip(groups, heights, strict=True):
        style.write(figure, style.MARGIN, top, words, style.LARGE, weight="bold")
        top += HEAD
        for (n, line), high in zip(members, rows, strict=True):
            above = (ROW - 0.17 - style.line_height(style.NORMAL)) / 2
            style.write(figure, style.MARGIN, top + above, str(n), color=style.QUIET)
            style.write(figure, style.MARGIN + PLACES, top + above, style.wrap(line.label, LABELS))
            ax = style.place(figure, first, top, panel, ROW)
            _fact(ax, numbers.loc[line.name], line, panel)
            _beside(figure, top + above, beside, line)
            top += high
        top += 0.15
    style.write(figure, style.MARGIN, notes_top, notes, style.SMALL, color=style.QUIET)
    style.write(figure, style.MARGIN, sources_top, sources, style.SMALL, color=style.QUIET)
    return figure


def _numbers(line: Line) -> list[str]:
    """Lines in normal type at the right: number and interval, on two lines if there is no room on one."""
    words = f"{line.value}  {line.interval}".rstrip()
    fits = style.text_width(words) <= NUMBERS
    return [words] if fits else [style.cut(part, NUMBERS) for part in (line.value, line.interval) if part]


def _height(line: Line) -> float:
    beside = len(_numbers(line)) * style.line_height(style.NORMAL)
    beside += style.line_height(style.SMALL) if line.null else 0.0
    return max(ROW, style.height(style.wrap(line.label, LABELS), style.NORMAL) + 0.1, beside + 0.1)


def _sources(every: Sequence[Line]) -> str:
    said = "  ".join(f"[{n}] {line.source} ({line.tag})." for n, line in enumerate(every, 1))
    return f"Sources: {said}"


class _Scale:
    """From a fact's unit to widths of its band: a closed band goes from 0 to 1, an open one on beyond its only end."""

    def __init__(self, row: Any) -> None:
        self.low, self.high = float(row["low"]), float(row["high"])
        shown = [float(row[name]) for name in ("mean", "mean_low", "mean_high", "luck_null")]
        if self.low < self.high:
            self.origin, self.width = self.low, self.high - self.low
            return
        end = self.high if math.isnan(self.low) else self.low
        furthest = max((abs(x - end) for x in shown if math.isfinite(x)), default=0.0)
        self.width = 1.25 * furthest or 1.0
        self.origin = end - self.width if math.isnan(self.low) else end

    def __call__(self, value: float) -> float:
        return (value - self.origin) / self.width


def _fact(ax: Axes, row: Any, line: Line, width: float) -> None:
    """One fact: its box with the ends labelled, the luck null, the interval, the market."""
    scale = _Scale(row)
    ax.set_xlim(LEFT, RIGHT)
    ax.set_ylim(-(ROW - BOX / 2 - 0.05), BOX / 2 + 0.05)  # inches; the box lies around 0
    ax.set_axis_off()
    ax.plot([LEFT, RIGHT], [0, 0], color=style.FAINT, linewidth=0.7, zorder=1)
    numbers, word = [edge(end, row["unit"]) for end in (scale.low, scale.high)], unit_word(row["unit"])
    ends = [f"{number} {word}".rstrip() for number in numbers]
    if sum(style.text_width(words, style.SMALL) for words in ends) / 2 + 0.1 > width / (RIGHT - LEFT):
        ends[0] = numbers[0]
    left = LEFT if math.isnan(scale.low) else 0.0
    right = RIGHT if math.isnan(scale.high) else 1.0
    ax.add_patch(
        Rectangle((left, -BOX / 2), right - left, BOX, facecolor="#e6e6e6", edgecolor="none", zorder=2)
    )
    for end, at, words in ((scale.low, 0.0, ends[0]), (scale.high, 1.0, ends[1])):
        if math.isfinite(end):
            ax.plot([at, at], [-BOX / 2, BOX / 2], color=style.PALE, linewidth=1.2, zorder=3)
            ax.text(
                at,
                -BOX / 2 - 0.1,
                words,
                ha="center",
                va="center_baseline",
                size=style.SMALL,
                color=style.QUIET,
            )
    mean = float(row["mean"])
    if not math.isfinite(mean):
        words = "undefined in every replication"
        ax.text(0.5, 0, words, ha="center", va="center_baseline", size=style.SMALL, zorder=6)
        return
    at, low, high = scale(mean), scale(float(row["mean_low"])), scale(float(row["mean_high"]))
    if math.isfinite(low):
        _interval(ax, low, high)
    null = scale(float(row["luck_null"]))
    if LEFT <= null <= RIGHT:
        ax.plot([null], [0], **_luck(), zorder=6)
    if at < LEFT or at > RIGHT:
        edge_at, marker = (LEFT, "<") if at < LEFT else (RIGHT, ">")
        inward = 0.05 if at < LEFT else -0.05
        ax.plot([edge_at + inward], [0], **_market(marker), zorder=5)
    else:
        ax.plot([at], [0], **_market("s" if line.outside else "o"), zorder=5)


def _interval(ax: Axes, low: float, high: float) -> None:
    """Draw the market's interval, with an arrowhead where it goes on beyond the panel."""
    if high < LEFT or low > RIGHT:
        return
    shown = max(low, LEFT), min(high, RIGHT)
    ax.plot(shown, [0, 0], **_range(), zorder=4)
    for beyond, at, marker in ((low < LEFT, LEFT, 4), (high > RIGHT, RIGHT, 5)):
        if beyond:
            inward = 0.03 if at == LEFT else -0.03
            ax.plot([at + inward], [0], marker=marker, markersize=7, color=style.FOCUS, zorder=4)


def _range() -> dict[str, Any]:
    return {"color": style.FOCUS, "linewidth": 2.6, "solid_capstyle": "butt"}


def _market(marker: str) -> dict[str, Any]:
    """The market: a filled dot inside; hollow and cornered outside, a triangle beyond the panel."""
    inside = marker == "o"
    return {
        "marker": marker,
        "markersize": 7.5 if inside else 9.0,
        "markeredgecolor": style.FOCUS if inside else style.INK,
        "markeredgewidth": 1.0 if inside else 2.0,
        "markerfacecolor": style.FOCUS if inside else "white",
        "linestyle": "",
    }


def _luck() -> dict[str, Any]:
    return {
        "marker": "D",
        "markersize": 5.0,
        "markeredgecolor": style.QUIET,
        "markeredgewidth": 1.2,
        "markerfacecolor": "white",
        "linestyle": "",
    }


def _beside(figure: Figure, top: float, lefts: Sequence[float], line: Line) -> None:
    """Write number, interval, luck null and verdict at the right."""
    words = "\n".join(_numbers(line))
    style.write(figure, lefts[0], top, words)
    if line.null:
        null = style.cut(f"luck null {line.null}", NUMBERS, style.SMALL)
        under = top + style.height(words, style.NORMAL)
        style.write(figure, lefts[0], under, null, style.SMALL, color=style.QUIET)
    amiss = not line.verdict.startswith("inside")
    style.write(figure, lefts[1], top, line.verdict, weight="bold" if amiss else "normal")


def _key(figure: Figure, top: float, with_null: bool) -> None:
    """Explain the marks, with the marks themselves."""
    room = style.WIDTH - 2 * style.MARGIN
    ax = style.place(figure, style.MARGIN, top, room, 0.26)
    ax.set_axis_off()
    ax.set_xlim(0, room)
    ax.set_ylim(-0.13, 0.13)
    entries = [("box", "band"), ("o", "market inside, 95 % interval"), ("s", "market OUTSIDE")]
    entries += [(">", "OUTSIDE, further away than there is room")]
    entries += [("D", "luck null")] * with_null
    left = 0.0
    for mark, words in entries:
        if mark == "box":
            ax.add_patch(Rectangle((left, -BOX / 2), 0.5, BOX, facecolor="#e6e6e6", edgecolor="none"))
            for at in (left, left + 0.5):
                ax.plot([at, at], [-BOX / 2, BOX / 2], color=style.PALE, linewidth=1.2)
        else:
            if mark == "o":
                ax.plot([left, left + 0.5], [0, 0], **_range())
            ax.plot([left + 0.25], [0], **(_luck() if mark == "D" else _market(mark)))
        ax.text(left + 0.6, 0, words, va="center_baseline", size=style.SMALL)
        left += 0.6 + style.text_width(words, style.SMALL) + 0.3
