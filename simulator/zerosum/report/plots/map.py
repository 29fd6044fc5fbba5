"""Plot a map: the better strategy, certainty, the crossover line, the user's values, what facts allow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from zerosum.report.map import format_answer, format_axis_facts, format_title
from zerosum.report.plots import layout, style
from zerosum.report.plots.layout import Key, Panel
from zerosum.report.plots.svg import inline
from zerosum.report.wording import count, format_adopters

if TYPE_CHECKING:
    from zerosum.studies.map import Axis, Map

FIRST, SECOND, OPEN = "#8db4dc", "#f3dfc1", "#ffffff"
"""Zones: first strategy better (in gray the darker), second better (dotted), undecided."""
FAR = 1e3
"""Bound of the advantage over its interval's half."""
HIGH = 5.0
"""Inches of the map's axes on a sheet."""

_HALO = [withStroke(linewidth=3.0, foreground="white")]


@style.styled
def plot_map(found: Map) -> Figure:
    """Draw a map on its own sheet."""
    question = found.question
    who = format_adopters(question.adopters, question.scenario.vendors[question.scenario.focal_index].name)
    pair = f"'{question.strategy}' less '{question.against}'"
    subtitle = f"{pair}; {who}. All other keys at the scenario's own values."
    often = f"{count(len(found.points), 'point')} (small dots), {question.replications} simulated runs each"
    unit = style.unit_of_difference(question.metric.unit, question.scenario.money.currency)
    notes = (
        f"{often}, both strategies on the same random events. Shading: probability of 97.5 % or more at each place "
        f"by itself. Thin lines: equal differences, in {unit}."
    )
    return layout.compose(
        [[Panel(partial(draw_map, found=found), HIGH)], Key(_key(found))],
        format_title(found),
        subtitle,
        notes,
    )


def map_svg(found: Map) -> Markup:
    """Draw the same sheet as an element of a page."""
    return inline(plot_map(found), "map", " ".join((format_title(found), *format_answer(found))))


def draw_map(ax: Axes, found: Map, page: bool = False) -> None:
    """Shade the better strategy, draw the crossover line, mark the user's values and what facts allow.

    Parameters
    ----------
    page : bool
        a panel of a page, with a table of the facts and a legend beside it: labels are short
    """
    x, y = (values / axis.times for values, axis in zip(found.grid, found.axes, strict=True))
    for axis, set_scale, drawn in zip(
        found.axes, (ax.set_xscale, ax.set_yscale), (ax.xaxis, ax.yaxis), strict=True
    ):
        if axis.span.scale == "log":
            set_scale("log")
            drawn.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            drawn.set_minor_locator(NullLocator())
            drawn.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])
    shape = (len(x), len(y))
    gap = found.surface["difference"].to_numpy().reshape(shape).T
    sure = _sureness(found).reshape(shape).T
    ax.contourf(x, y, sure, levels=[-2 * FAR, -1.0, 1.0, 2 * FAR], colors=[SECOND, OPEN, FIRST])
    dots = ax.contourf(x, y, sure, levels=[-2 * FAR, -1.0], colors="none", hatches=["..."])
    dots.set_edgecolor("#b08d57")
    dots.set_linewidth(0.0)
    numbers = _draw_heights(ax, x, y, gap, found.question.metric.unit)
    if gap.min() < 0.0 < gap.max():
        line = ax.contour(x, y, gap, levels=[0.0], colors=style.INK, linewidths=2.4)
        named = ax.clabel(line, fmt={0.0: "both equal"}, fontsize=style.SMALL, inline=True, inline_spacing=6)
        for words in named[:1]:
            words.set_fontweight("bold")
    at = found.points
    ax.plot(at[found.axes[0].key], at[found.axes[1].key], ".", ms=3.0, color=style.PALE, ls="", zorder=3)
    _draw_allowed(ax, found)
    _draw_place(ax, found)
    _name_zones(ax, found, x, y, sure)
    _hide_below(ax, numbers)
    for side in ("top", "right"):
        ax.spines[side].set_visible(True)
    wide, high = style.inches(ax)
    across, up = (_axis_label(found, axis, page) for axis in found.axes)
    ax.set_ylabel(_wrapped(up, high - 0.1), labelpad=6, multialignment="left")
    ax.set_xlabel(_wrapped(across, wide - (0.1 if page else 0.9)), loc="left", multialignment="left")


def _draw_heights(ax: Axes, x: Any, y: Any, gap: Any, unit: str) -> list[Text]:
    """Draw lines of equal differences; return their labels."""
    if np.ptp(gap) == 0.0:
        return []
    levels = [v for v in MaxNLocator(6).tick_values(gap.min(), gap.max()) if abs(v) > 1e-12]
    lines = ax.contour(x, y, gap, levels=levels, colors=style.QUIET, linewidths=0.7, linestyles="solid")
    return list(
        ax.clabel(
            lines, fmt=lambda value: style.tick(value, unit), fontsize=style.SMALL - 1, colors=style.INK
        )
    )


def _sureness(found: Map) -> Any:
    """Return the strategy's advantage at each place over its 95 % interval's half; beyond 1 it is surely better.

    Zones are drawn by this, not by the probability, because it is nearly straight across their edges.
    """
    surface = found.surface
    half = ((surface["high"] - surface["low"]) / 2.0).to_numpy()
    gap = found.sign * surface["difference"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.clip(np.where(half > 0.0, gap / half, FAR * np.sign(gap)), -FAR, FAR)


def _name_zones(ax: Axes, found: Map, x: Any, y: Any, sure: Any) -> None:
    """Label each zone with its better strategy, at its widest place, if there is room."""
    from scipy.ndimage import distance_transform_edt

    question, (wide, high) = found.question, style.inches(ax)
    step = (wide / (len(x) - 1), high / (len(y) - 1))
    place = [float(axis.place(axis.here)) for axis in found.axes]
    here = np.hypot(
        np.linspace(-place[0], 1.0 - place[0], len(x))[None, :] * wide,
        np.linspace(-place[1], 1.0 - place[1], len(y))[:, None] * high,
    )
    for inside, name in (
        (sure >= 1.0, f"'{question.strategy}' is better"),
        (sure <= -1.0, f"'{question.against}' is better"),
    ):
        deep = distance_transform_edt(np.pad(inside, 1), sampling=(step[1], step[0]))[1:-1, 1:-1]
        row, column = np.unravel_index(int(np.minimum(deep, here).argmax()), deep.shape)
        across = 2.0 * float(deep[row, column])
        room = min(across, 2.0 * min(column, len(x) - 1 - column) * step[0] - 0.08)
        for size in (style.SMALL, style.SMALL - 1.0, style.SMALL - 2.0):
            words = style.wrap(name, room, size, "bold")
            widest = max(style.text_width(line, size, "bold") for line in words.split("\n"))
            fits = np.hypot(widest, style.height(words, size)) <= 1.15 * across
            if fits and widest <= room:
                look: dict[str, Any] = {"size": size, "weight": "bold", "path_effects": _HALO, "zorder": 5}
                ax.text(x[column], y[row], words, ha="center", va="center", **look)
                break


def _draw_place(ax: Axes, found: Map) -> None:
    here = (found.axes[0].shown(found.axes[0].here), found.axes[1].shown(found.axes[1].here))
    ax.plot(*here, marker="D", ms=10, mfc="white", mec=style.INK, mew=2.0, ls="", zorder=6, clip_on=False)
    across, up = (float(axis.place(axis.here)) for axis in found.axes)
    half, below = style.text_width("your place", weight="bold") / 2.0 / style.inches(ax)[0] + 0.02, up > 0.15
    ax.annotate(
        "your place",
        here,
        (0, -11 if below else 11),
        textcoords="offset points",
        ha="right" if across > 1.0 - half else "left" if across < half else "center",
        va="top" if below else "bottom",
        weight="bold",
        zorder=7,
        path_effects=_HALO,
    )


def _hide_below(ax: Axes, numbers: Sequence[Text]) -> None:
    """Hide line labels that lie below other text, or beyond the axes."""
    words = [text for text in ax.texts if text not in numbers]
    boxes, whole = [text.get_window_extent() for text in words], ax.get_window_extent()
    for number in numbers:
        own = number.get_window_extent()
        inside = all(whole.contains(*corner) for corner in own.corners())
        number.set_visible(inside and not any(own.overlaps(box) for box in boxes))


def _draw_allowed(ax: Axes, found: Map) -> None:
    """Draw a bar along each axis over values that facts allow; none if no fact constrains it."""
    for one, lay, across in zip(
        found.constraints, (ax.get_xaxis_transform(), ax.get_yaxis_transform()), (True, False), strict=False
    ):
        if not one.constrains:
            continue
        for part in ((one.low, one.high), *one.elsewhere):
            ends, edge = [one.axis.shown(end) for end in part], [0.012, 0.012]
            place = (ends, edge) if across else (edge, ends)
            ax.plot(*place, color=style.INK, lw=5.0, solid_capstyle="butt", transform=lay, zorder=5)


def _key(found: Map) -> list[tuple[dict[str, Any], str]]:
    patch: dict[str, Any] = {"marker": "s", "ls": "", "ms": 11, "mec": style.PALE}
    entries = [
        ({**patch, "mfc": FIRST}, f"'{found.question.strategy}' is better"),
        ({**patch, "mfc": SECOND}, f"'{found.question.against}' is better (dotted)"),
        ({**patch, "mfc": OPEN}, "can't be told apart"),
        ({"color": style.INK, "lw": 2.4}, "crossover: both equal"),
        ({"marker": "D", "ls": "", "ms": 8, "mfc": "white", "mec": style.INK, "mew": 2.0}, "your place"),
    ]
    if any(one.constrains for one in found.constraints):
        entries.append(({"color": style.INK, "lw": 5.0}, "what the facts don't rule out (along the axis)"))
    return entries


def _axis_label(found: Map, axis: Axis, page: bool) -> list[str]:
    """Return the lines of an axis' label: the key with its meaning and unit, and what facts allow."""
    unit = (
        f" ({axis.unit.replace('/', ' per ')})" if axis.unit and axis.unit not in ("name", "yes/no") else ""
    )
    if page:
        return [f"{axis.key}{unit}"]
    return [f"{axis.key}: {axis.label[:1].lower()}{axis.label[1:]}{unit}", format_axis_facts(found, axis)]


def _wrapped(lines: Sequence[str], wide: float) -> str:
    """Wrap lines to a width in inches."""
    return "\n".join(style.wrap(line, wide, style.SMALL) for line in lines if line)
