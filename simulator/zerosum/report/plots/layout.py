"""A figure of panels in rows: matplotlib's constrained layout, on a sheet as high as its panels need.

A sheet of a PNG has many panels; a panel of the page is a sheet of its own, as wide as a telephone.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from zerosum.report.plots import style
from zerosum.report.plots.scales import inches
from zerosum.report.plots.svg import inline

DPI = 150
LONGEST_SIDE = 60_000
"""Pixels; the renderer ends at 65,535."""
WIDE, READABLE, PHONE = 13.33, 8.0, 3.4
"""Inches: of a slide, of what can still be read at 800 pixels, of a panel of the page."""
EDGE = 0.18
"""Inches around a sheet and between its panels; of the page's, which has margins of its own, less."""


@dataclass(frozen=True)
class Panel:
    """One panel: what draws it, the height of its axes in inches, and the words around it."""

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
    """What marks mean: pairs of a look (of :class:`~matplotlib.lines.Line2D`) and words."""

    entries: Sequence[tuple[dict[str, Any], str]]


Row = Sequence[Panel | None] | Words | Key


def panel_width(width: float, columns: int) -> float:
    """Return about how wide the axes of a panel are, in inches."""
    return (width - 2 * EDGE) / columns - 0.24


def in_rows(panels: Sequence[Panel], columns: int) -> list[Row]:
    """Cut a list of panels into rows; where there are several, the last one is filled up with nothing."""
    missing = -len(panels) % columns if len(panels) > columns else 0
    every = [*panels, *[None] * missing]
    return [every[i : i + columns] for i in range(0, len(every), columns)]


def compose(rows: Sequence[Row], title: str, subtitle: str, notes: str, width: float = READABLE) -> Figure:
    """Put rows of panels below a title, and notes below them; as high as it takes."""
    head: list[Row] = [Words(title, style.TITLE, "bold")]
    if subtitle:
        head.append(Words(subtitle, color=style.QUIET))
    return _laid_out([*head, *rows, Words(notes, style.SMALL, color=style.QUIET)], width, EDGE)


def panel_svg(name: str, label: str, *panels: Panel) -> Markup:
    """Draw panels below each other as an element of the page.

    Parameters
    ----------
    name : str
        of its own on the page
    label : str
        what a reader hears who can't see it
    *panels : Panel
    """
    found: list[Markup] = []

    def build() -> Figure:
        figure = _laid_out([[panel] for panel in panels], PHONE, 0.03)
        found.append(inline(figure, name, label))
        return figure

    style.styled(build)()
    return found[0]


def _laid_out(rows: Sequence[Row], width: float, edge: float) -> Figure:
    columns = math.lcm(*(len(row) for row in rows if not isinstance(row, Words | Key)))
    heights = [0.01 if isinstance(row, Words | Key) else max(p.height for p in row if p) for row in rows]
    guess = sum(heights) + 0.6 * len(rows) + 0.5
    dpi = min(DPI, LONGEST_SIDE / max(width, 1.5 * guess))
    engine = ConstrainedLayoutEngine(w_pad=edge, h_pad=edge / 2, wspace=0.0, hspace=0.0)
    figure = Figure(figsize=(width, guess), dpi=dpi, layout=engine)
    FigureCanvasAgg(figure)
    # Where axes are until they are laid out: near to where they will be, for words that are broken by then.
    side = edge / width
    grid = figure.add_gridspec(
        len(rows), columns, height_ratios=heights, left=side, right=1 - side, wspace=0.24 / width * columns
    )
    placed: list[tuple[Axes, Row | Panel]] = []
    for i, row in enumerate(rows):
        if isinstance(row, Words | Key):
            ax = figure.add_subplot(grid[i, :])
            ax.set_axis_off()
            placed.append((ax, row))
            continue
        span = columns // len(row)
        for j, panel in enumerate(row):
            if panel is None:
                continue
            ax = figure.add_subplot(grid[i, j * span : (j + 1) * span])
            panel.draw(ax)
            placed.append((ax, panel))
    _lay_out(figure, engine)  # tells how wide axes are
    for ax, what in placed:
        _write_around(ax, what)
    _lay_out(figure, engine)  # tells how much room words take
    taken = figure.get_figheight() - _axes_height(figure)
    high = math.ceil((taken + sum(heights) + edge) * dpi - 0.01) / dpi
    figure.set_figheight(high)
    engine.set(rect=(0.0, edge / 2 / high, 1.0, 1.0 - edge / high))
    _lay_out(figure, engine)
    figure.set_layout_engine("none")
    _put_on_pixels(figure)
    figure.draw_without_rendering()  # square axes find their place within
    return figure


def _lay_out(figure: Figure, engine: ConstrainedLayoutEngine) -> None:
    """Find the places of axes without drawing; square ones are narrower than their place."""
    engine.execute(figure)
    for ax in figure.axes:
        ax.apply_aspect()


def _put_on_pixels(figure: Figure) -> None:
    """Move the edges of all axes inward to whole pixels.

    The solver of the layout leaves other last digits from one process to the next, and they would show in the files.
    Not outward: a wider axis might get a number more, for which there is no room.
    """
    sides = figure.get_size_inches() * figure.dpi
    for ax in figure.axes:
        low, high = ax.get_position(original=True).get_points() * sides
        low = np.ceil(low - 1e-3)
        extent = np.maximum(np.floor(high + 1e-3) - low, 1.0)
        ax.set_position((*(low / sides), *(extent / sides)))


def _axes_height(figure: Figure) -> float:
    """Sum of the heights of the rows of axes, in inches."""
    rows = {ax.get_subplotspec().rowspan.start: inches(ax)[1] for ax in figure.axes}  # type: ignore[union-attr]
    return sum(rows.values())


def _write_around(ax: Axes, what: Row | Panel) -> None:
    wide = inches(ax)[0]
    if isinstance(what, Words):
        words = style.wrap(what.words, wide, what.size, what.weight)
        ax.set_title(words, loc="left", size=what.size, weight=what.weight, color=what.color, pad=2)
    elif isinstance(what, Key):
        _write_key(ax, what, wide)
    elif isinstance(what, Panel):
        title = style.wrap(what.title, wide, style.NORMAL, "bold") if what.title else ""
        detail = style.wrap(what.detail, wide, style.SMALL) if what.detail else ""
        if title and detail:
            above = 72 * style.height(detail, style.SMALL)
            ax.set_title(title, loc="left", size=style.NORMAL, weight="bold", pad=above + 8)
            under: dict[str, Any] = {"va": "bottom", "size": style.SMALL, "color": style.QUIET}
            note = ax.annotate(detail, (0, 1), (0, 5), "axes fraction", "offset points", **under)
            note.set_in_layout(False)
        elif title or detail:
            looks: dict[str, Any] = (
                {"size": style.NORMAL, "weight": "bold"}
                if title
                else {"size": style.SMALL, "color": style.QUIET}
            )
            ax.set_title(title or detail, loc="left", pad=5, **looks)
        if what.xlabel:
            ax.set_xlabel(style.wrap(what.xlabel, wide, style.SMALL), loc="left")


def _write_key(ax: Axes, key: Key, wide: float) -> None:
    looks = [Line2D([], [], **look) for look, _ in key.entries]
    words = [words for _, words in key.entries]
    needed = [style.text_width(w, style.SMALL) + 0.75 for w in words]
    columns = len(words)
    while columns > 1 and sum(sorted(needed)[-columns:]) > wide:
        columns -= 1
    legend = ax.legend(
        looks, words, loc="upper left", ncols=columns, borderaxespad=0, borderpad=0.2, handlelength=2.6
    )
    legend.set_in_layout(True)


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move positions apart to at least ``gap``, within bounds, in their order and near to where they should be.

    Where there isn't room for all, they share what there is.
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    placed = [max(low, min(wanted[i], high - gap * (len(order) - 1 - rank))) for rank, i in enumerate(order)]
    placed = list(itertools.accumulate(placed, lambda before, at: max(at, before + gap)))
    found = dict(zip(order, placed, strict=True))
    return [found[i] for i in range(len(wanted))]
