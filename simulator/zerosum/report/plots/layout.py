"""Lay out panels in rows, on a sheet as high as its panels and text need.

A PNG's sheet has many panels; each panel of the page is its own sheet, as wide as a telephone.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.text import Text

from zerosum.report.plots import style

DPI = 150
LONGEST_SIDE = 60_000
"""Pixels; the renderer's limit is 65,535."""
WIDE, READABLE, PHONE = 13.33, 8.0, 3.4
"""Inches: of a slide, of a figure still readable at 800 pixels, of a panel of the page."""
NARROWEST, GAP = 0.5, 0.06
"""Inches: smallest width of axes, smallest gap beside text."""
EDGE = 0.18
"""Inches around a sheet and between its panels; less on the page, which has its own margins."""


@dataclass(frozen=True)
class Panel:
    """One panel: its drawing function, the height of its axes in inches, and the text around it."""

    draw: Callable[[Axes], None]
    height: float
    title: str = ""
    detail: str = ""
    xlabel: str = ""


@dataclass(frozen=True)
class Words:
    """Text across the whole sheet."""

    words: str
    size: float = style.NORMAL
    weight: str = "normal"
    color: str = style.INK


@dataclass(frozen=True)
class Key:
    """A legend: pairs of a look (of :class:`~matplotlib.lines.Line2D`) and words."""

    entries: Sequence[tuple[dict[str, Any], str]]


Row = Sequence[Panel | None] | Words | Key
Numbers = npt.NDArray[np.float64]


def panel_width(width: float, columns: int) -> float:
    """Return the approximate width of a panel's axes, in inches."""
    return (width - 2 * EDGE) / columns - 0.24


def in_rows(panels: Sequence[Panel], columns: int) -> list[Row]:
    """Split a list of panels into rows; if there are several, pad the last."""
    missing = -len(panels) % columns if len(panels) > columns else 0
    every = [*panels, *[None] * missing]
    return [every[i : i + columns] for i in range(0, len(every), columns)]


def compose(rows: Sequence[Row], title: str, subtitle: str, notes: str, width: float = READABLE) -> Figure:
    """Put rows of panels below a title, and notes below them; the height adapts."""
    head: list[Row] = [Words(title, style.TITLE, "bold")]
    if subtitle:
        head.append(Words(subtitle, color=style.QUIET))
    return lay_out([*head, *rows, Words(notes, style.SMALL, color=style.QUIET)], width, EDGE)


class _Cell(NamedTuple):
    """A drawn panel, its column, the number of columns, and its labels' overhang beyond the axes, in inches."""

    ax: Axes
    panel: Panel
    column: int
    columns: int
    room: Numbers
    """Left, below, right, above."""


def lay_out(rows: Sequence[Row], width: float, edge: float) -> Figure:
    """Draw all panels, measure them, and stack the rows from the last one up, on whole pixels.

    Axes are measured once, at about their width and without text around them, because it costs as much as drawing.
    So a scale's numbers must not depend on the last tenth of an inch; text wraps to the final width.
    """
    heights = [0.0 if isinstance(row, Words | Key) else max(p.height for p in row if p) for row in rows]
    guess = sum(heights) + len(rows)
    figure = Figure((width, guess), min(DPI, LONGEST_SIDE / max(width, 1.5 * guess)))
    FigureCanvasAgg(figure)
    grid = [_draw(figure, row, high) for row, high in zip(rows, heights, strict=True)]
    columns = _columns([cell for cells in grid for cell in cells], width, edge)
    left, y = min(places[0][0] for places in columns.values()), edge
    placed: list[tuple[_Cell, float, float]] = []
    for row, high, cells in reversed(list(zip(rows, heights, grid, strict=True))):
        if isinstance(row, Words | Key):
            words = _write(figure, row, left, y, width - edge - left)
            y += words.get_window_extent().height / figure.dpi + edge
            continue
        around = [_write_around(cell, columns[cell.columns][cell.column][1]) for cell in cells]
        below, above = np.max(around, axis=0)
        placed += [(cell, y + below, high) for cell in cells]
        y += below + high + above + edge
    figure.set_figheight(math.ceil(y * figure.dpi - 0.01) / figure.dpi)
    for cell, bottom, high in placed:
        x, wide = columns[cell.columns][cell.column]
        low = np.ceil(np.array((x, bottom)) * figure.dpi - 0.01)
        size = np.floor(np.array((wide, high)) * figure.dpi + 0.01)
        cell.ax.set_position((*(low / figure.bbox.size), *(size / figure.bbox.size)))
    return figure


def _draw(figure: Figure, row: Row, high: float) -> list[_Cell]:
    """Draw the panels of a row at their height and about their width, and measure them."""
    cells: list[_Cell] = []
    if not isinstance(row, Words | Key):
        size = figure.get_size_inches()
        for column, panel in enumerate(row):
            if panel is not None:
                ax = figure.add_axes((0.0, 0.0, panel_width(size[0], len(row)) / size[0], high / size[1]))
                panel.draw(ax)
                cells.append(_Cell(ax, panel, column, len(row), _room(ax)))
    return cells


def _room(ax: Axes) -> Numbers:
    place = ax.get_position(original=True).transformed(ax.figure.transSubfigure)
    whole = ax.get_tightbbox() or place
    reach = np.subtract(place.extents, whole.extents) * (1, 1, -1, -1)
    return np.maximum(reach, 0.0) / ax.figure.dpi


def _columns(cells: Sequence[_Cell], width: float, edge: float) -> dict[int, list[tuple[float, float]]]:
    """Return the axes' start and width, in inches, by column and number of columns in a row.

    Axes in a row are equally wide; all rows begin and end alike.
    """
    beside: dict[int, Numbers] = {}
    for cell in cells:
        here = beside.setdefault(cell.columns, np.zeros((cell.columns, 2)))
        here[cell.column] = np.maximum(here[cell.column], cell.room[::2])
    ends = [max(here[at] for here in beside.values()) for at in ((0, 0), (-1, 1))]
    found: dict[int, list[tuple[float, float]]] = {}
    for columns, here in beside.items():
        here[0, 0], here[-1, 1] = ends
        wide = max((width - here.sum()) / columns - 2 * edge, NARROWEST)
        steps = here.sum(axis=1) + wide + 2 * edge
        found[columns] = [(float(x), wide) for x in edge + here[:, 0] + np.cumsum(steps) - steps]
    return found


def _write(figure: Figure, what: Words | Key, x: float, y: float, wide: float) -> Text | Legend:
    """Write across the sheet, above a point in inches from its lower left corner."""
    if isinstance(what, Words):
        look: dict[str, Any] = {"size": what.size, "weight": what.weight, "color": what.color, "va": "bottom"}
        # Hinted letters are up to 2 % wider than their outlines, which `text_width` measures.
        words = style.wrap(what.words, 0.97 * wide, what.size, what.weight)
        return figure.text(x, y, words, transform=figure.dpi_scale_trans, **look)
    needed = [style.text_width(words, style.SMALL) + 0.75 for _, words in what.entries]
    columns = len(needed)
    while columns > 1 and sum(sorted(needed)[-columns:]) > wide:
        columns -= 1
    return figure.legend(
        [Line2D([], [], **look) for look, _ in what.entries],
        [words for _, words in what.entries],
        loc="lower left",
        bbox_to_anchor=(x, y),
        bbox_transform=figure.dpi_scale_trans,
        ncols=columns,
        borderaxespad=0,
        borderpad=0.2,
        handlelength=2.6,
    )


def _write_around(cell: _Cell, wide: float) -> tuple[float, float]:
    """Write a panel's title above it, its scale's name below; return the inches used below and above."""
    title = style.wrap(cell.panel.title, wide, style.NORMAL, "bold")
    detail = style.wrap(cell.panel.detail, wide, style.SMALL)
    xlabel = style.wrap(cell.panel.xlabel, wide, style.SMALL)
    above, below = style.height(detail, style.SMALL), style.height(xlabel, style.SMALL) + GAP * bool(xlabel)
    if detail:
        quiet: dict[str, Any] = {"size": style.SMALL, "color": style.QUIET}
        cell.ax.annotate(detail, (0, 1), (0, 5), "axes fraction", "offset points", va="bottom", **quiet)
    if title:
        pad = 72 * above + (8 if detail else 5)
        cell.ax.set_title(title, loc="left", pad=pad, size=style.NORMAL, weight="bold")
    if xlabel:
        cell.ax.set_xlabel(xlabel, loc="left")
    above += style.height(title, style.NORMAL) + GAP * (bool(title) + bool(detail))
    return cell.room[1] + below, max(cell.room[3], above)


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move positions at least ``gap`` apart, within bounds, in order and near their targets.

    If there isn't enough room, the gap is smaller.
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    placed = [max(low, min(wanted[i], high - gap * (len(order) - 1 - rank))) for rank, i in enumerate(order)]
    placed = list(itertools.accumulate(placed, lambda before, at: max(at, before + gap)))
    found = dict(zip(order, placed, strict=True))
    return [found[i] for i in range(len(wanted))]
