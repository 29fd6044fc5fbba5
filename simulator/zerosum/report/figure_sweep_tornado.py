"""What the decision hangs on: from end to end of each factor, or by indices. Computes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from zerosum.report import figure_sweep_parts as parts
from zerosum.report import panels, style
from zerosum.report.figure_sweep_parts import Panel
from zerosum.report.wording import count, with_ends

if TYPE_CHECKING:
    from zerosum.studies.sweep.analysis import Analysis, Outcome

ROW = 0.46
"""Inches of a factor."""
MOST_FACTORS = 20
NAMES = 2.0
"""Inches of the factors' names."""


@style.drawn
def figure_tornado(analysis: Analysis, outcome: Outcome) -> Figure:
    """Draw each arm's difference at the low and the high end of every factor, the widest swing on top."""
    table = analysis.of("swings", outcome)
    columns = ["from_difference", "from_low", "from_high", "to_difference", "to_low", "to_high"]
    width = parts.ROOM - NAMES - 0.3
    ends = panels.scale(table[columns].to_numpy(float).ravel(), width, 0.3)
    found: list[Sequence[Panel]] = []
    for arm in analysis.others:
        here = _sorted(table[table["arm"] == arm], "swing")
        shown = here.head(MOST_FACTORS)
        found.append(
            [
                Panel(
                    f"{arm}: {hangs_on(here, analysis.metric.unit)}",
                    lambda ax, shown=shown: _swings(ax, analysis, shown, ends, width),  # type: ignore[misc]
                    width,
                    ROW * len(shown) + 0.1,
                    ticks=NAMES,
                )
            ]
        )
    sampled = analysis.swept.study.is_sampled
    what = "in the lowest and the highest fifth" if sampled else "at the low and the high end"
    said = [_sorted(table[table["arm"] == arm], "swing") for arm in analysis.others]
    title = f"{analysis.metric.label}: what the differences from '{analysis.against}' hang on"
    if len(said) == 1:
        top = said[0].iloc[0]
        sure = panels.excludes_zero(top["swing_low"], top["swing_high"])
        unseen = "this sample" if top["limited_by"] == "sample" else "luck"
        hung = f"hangs most on {top['factor']}" if sure else f"hangs on no factor that {unseen} lets see"
        title = f"{analysis.metric.label}: the difference of '{analysis.others[0]}' {hung}"
    subtitle = f"Difference {what} of each factor, averaged over the others, {_unit(analysis)}."
    notes = (
        "Hollow: low end, filled: high end, with 95 % intervals; the values stand below the factor's name. Dark line: "
        "the distance between the two can be told from luck."
    )
    return parts.compose(title, f"{subtitle} {parts.where(analysis, outcome)}".strip(), found, notes)


def _unit(analysis: Analysis) -> str:
    return panels.unit_of_difference(analysis.metric.unit)


def _sorted(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    return rows.sort_values(column, key=lambda values: -values.abs(), kind="stable")


def hangs_on(rows: pd.DataFrame, unit: str) -> str:
    """Say on which factor a difference hangs most, by how much; rows: of one arm, the widest swing first."""
    if rows.empty or not np.isfinite(rows.iloc[0]["swing"]):
        return "no factor has two ends with runs"
    top = rows.iloc[0]
    if not np.isfinite(top["swing_low"]):
        return "luck can't be judged from so few runs"
    if not panels.excludes_zero(top["swing_low"], top["swing_high"]):
        small = top["limited_by"] == "sample"
        return "no factor's ends can be told apart" + (": the sample of points is too small" if small else "")
    mean, low, high = with_ends(top["swing"], top["swing_low"], top["swing_high"], unit)
    ends = f"at {top['to_value']}, against {top['from_value']}"
    return f"hangs most on {top['factor']}: {mean} [{low}, {high}] {ends}"


def _swings(
    ax: Axes, analysis: Analysis, rows: pd.DataFrame, ends: tuple[float, float], width: float
) -> None:
    panels.bare(ax, -0.5, len(rows) - 0.4)
    panels.axis(ax, ends, width, analysis.metric.unit)
    ax.axvline(0.0, color=style.INK, linewidth=1.0, zorder=1)
    for i, row in enumerate(rows.to_dict("records")):
        sure = panels.excludes_zero(row["swing_low"], row["swing_high"])
        ink = style.FOCUS if sure else style.PALE
        ax.plot(
            [row["from_difference"], row["to_difference"]], [i, i], color=ink, linewidth=3.2, alpha=0.75, zorder=2,
            solid_capstyle="butt",
        )  # fmt: skip
        for side, aside, filled in (("from", -0.13, False), ("to", 0.13, True)):
            low, high = row[f"{side}_low"], row[f"{side}_high"]
            if np.isfinite(low):
                ax.plot([low, high], [i + aside, i + aside], color=style.QUIET, linewidth=1.2, zorder=3)
            ax.plot([row[f"{side}_difference"]], [i + aside], **_end(filled))
        _name(ax, i, analysis, str(row["factor"]), _both(row["from_value"], row["to_value"]))


def _both(one: str, other: str) -> str:
    """Say two ends below a factor's name; of long names, each gets half the room."""
    room = NAMES - 0.15
    whole = f"{one} / {other}"
    if style.text_width(whole, style.SMALL - 1) <= room:
        return whole
    half = room / 2 - 0.1
    return f"{style.cut(one, half, style.SMALL - 1)} / {style.cut(other, half, style.SMALL - 1)}"


def _end(filled: bool) -> dict[str, Any]:
    look = {"marker": "o", "markersize": 5.0, "linestyle": "", "markeredgecolor": style.INK, "zorder": 4}
    return look | {"markerfacecolor": style.INK if filled else "white"}


def _name(ax: Axes, row: int, analysis: Analysis, factor: str, below: str) -> None:
    """Write a factor left of its row, and something smaller below it."""
    label = style.cut(parts.title_of(analysis, factor), NAMES - 0.15, style.SMALL)
    under = style.cut(below, NAMES - 0.15, style.SMALL - 1)
    both = ((label, 8 if under else 0, style.SMALL, style.INK), (under, -8, style.SMALL - 1, style.QUIET))
    for words, up, size, ink in both:
        ax.annotate(
            words,
            (0, row),
            xycoords=ax.get_yaxis_transform(),
            xytext=(-NAMES * 72, up),
            textcoords="offset points",
            va="center",
            size=size,
            color=ink,
            annotation_clip=False,
        )


@style.drawn
def figure_indices(analysis: Analysis, outcome: Outcome) -> Figure:
    """Draw Morris' or Sobol's indices of each arm's difference, with intervals."""
    table = analysis.of("indices", outcome)
    morris = "mu_star" in table
    dark, pale = ("mu_star", "sigma") if morris else ("ST", "S1")
    width = parts.ROOM - NAMES - 0.3
    every = table[[f"{name}{end}" for name in (dark, pale) for end in ("", "_low", "_high")]].to_numpy(float)
    top, low = max(0.0, float(np.nanmax(every))), min(0.0, float(np.nanmin(every)))
    ends = (low - 0.03 * (top - low), top * 1.05)
    unit = analysis.metric.unit if morris else "index"
    found: list[Sequence[Panel]] = []
    for arm in [arm for arm in analysis.others if (table["arm"] == arm).any()]:
        here = _sorted(table[table["arm"] == arm], dark)
        shown = here.head(MOST_FACTORS)
        found.append(
            [
                Panel(
                    f"{arm}: {_clear(here)}",
                    lambda ax, shown=shown: _bars(ax, analysis, shown, dark, pale, ends, width, unit),  # type: ignore[misc]
                    width,
                    ROW * len(shown) + 0.1,
                    ticks=NAMES,
                )
            ]
        )
    clear = int(table["clear"].sum())
    title = (
        f"{analysis.metric.label}: {clear} of {count(len(table), 'factor')} clearly matter for the difference from "
        f"'{analysis.against}'"
        if len(found) == 1
        else f"{analysis.metric.label}: what the differences from '{analysis.against}' hang on"
    )
    if morris:
        subtitle = f"Morris' measures: change over a factor's whole law, {_unit(analysis)}."
        notes = (
            "Filled: mu*, the mean size of the change; hollow: sigma, how much it hangs on the other factors or bends. "
            "95 % intervals, for another sample and other luck."
        )
    else:
        subtitle = "Sobol's indices: part of the variance of the difference between points, 1 = all of it."
        notes = (
            "Filled: total, with all that a factor does together with others; hollow: by itself. 95 % intervals, for "
            "another sample and other luck."
        )
    return parts.compose(title, f"{subtitle} {parts.where(analysis, outcome)}".strip(), found, notes)


def _clear(rows: pd.DataFrame) -> str:
    names = [str(row["factor"]) for row in rows.to_dict("records") if row["clear"]]
    if not names:
        return "no factor is clearly above 0"
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return f"hangs on {', '.join(names[:4])}{more}"


def _bars(
    ax: Axes,
    analysis: Analysis,
    rows: pd.DataFrame,
    dark: str,
    pale: str,
    ends: tuple[float, float],
    width: float,
    unit: str,
) -> None:
    panels.bare(ax, -0.5, len(rows) - 0.4)
    ax.set_xlim(*ends)

    def label(value: float) -> str:
        return f"{value:.3g}" if unit == "index" else panels.tick(value, unit).lstrip("+")

    ticks = style.round_ticks(min(ends[0], -1e-12), ends[1], width, label)
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: label(value)))
    ax.tick_params(length=3, color=style.PALE, pad=2)
    ax.axvline(0.0, color=style.INK, linewidth=1.0, zorder=1)
    for i, row in enumerate(rows.to_dict("records")):
        clear = bool(row["clear"])
        ax.barh(i - 0.13, row[dark], 0.22, color=style.FOCUS if clear else style.PALE, alpha=0.55, zorder=2)
        for name, aside, filled in ((dark, -0.13, True), (pale, 0.17, False)):
            ax.plot(
                [row[f"{name}_low"], row[f"{name}_high"]],
                [i + aside] * 2,
                color=style.QUIET,
                linewidth=1.3,
                zorder=3,
            )
            ax.plot([row[name]], [i + aside], **_end(filled))
        _name(ax, i, analysis, str(row["factor"]), "")
