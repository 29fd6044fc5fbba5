"""Plot responses along a factor: a line with a band for numbers, dots with intervals for names or samples."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zerosum.report.intervals import excludes_zero
from zerosum.report.plots import factors, layout, style
from zerosum.report.plots.layout import Panel
from zerosum.report.responses import View, signs
from zerosum.report.wording import count, format_unit
from zerosum.studies.sweep.analysis.effects import FEW, format_factor

HEIGHT = 1.75
"""Inches of a panel."""
MOST_FACETS = 12
"""Maximum combinations of the other factors; of more, an evenly spaced selection."""
MOST_DOTS = 3_000
"""Maximum points of a sample; of more, an evenly spaced selection."""
NOTE = (
    "95 % intervals, each for itself; filled: it excludes zero, hollow: it includes zero, or there is none."
)
Ends = tuple[float, float]


@style.styled
def plot_along(view: View, name: str) -> Figure:
    """Draw every strategy's difference along the only factor, with levels beside it."""
    rows, against, label = view.rows, view.against, view.title_of(name)
    ends = style.limits([_numbers(rows[one], "difference low high") for one in view.others])
    levels = [_numbers(frame, "mean mean_low mean_high chance_baseline") for frame in rows.values()]
    level_ends = style.limits(np.concatenate(levels), zero=False)
    found: list[layout.Row] = []
    for one in view.others or tuple(rows):
        draw = partial(_draw_levels, view=view, strategy=one, name=name, ends=level_ends)
        row = [Panel(draw, HEIGHT, " " * bool(view.others), _of_levels(view, one), label)]
        if view.others:
            title = one if len(view.others) == 1 else f"{one}: {seen(rows[one], against, name)}"
            detail = f"difference from '{against}', {style.unit_of_difference(view.unit, view.currency)}"
            draw = partial(_draw_over_others, view=view, strategy=one, name=name, ends=ends)
            row.insert(0, Panel(draw, HEIGHT, title, detail, label))
        found.append(row)
    notes = NOTE + (" Gray lines: the other strategies." if len(view.others) > 1 else "")
    return layout.compose(found, _title(view, name), view.where(), notes)


def _numbers(rows: pd.DataFrame, names: str) -> Any:
    return rows[names.split()].to_numpy(float)


def _title(view: View, name: str) -> str:
    label, against, others = view.label, view.against, view.others
    if not others:
        return f"{label} of '{against}', the only strategy, along {view.title_of(name)}"
    if len(others) == 1:
        return f"{label}: '{others[0]}' {seen(view.rows[others[0]], against, name)}"
    better, worse = ([one for one in others if signs(view.rows[one])[side]] for side in (0, 1))
    of = count(len(others), "strategy")
    if not better and not worse:
        return f"{label}: none of {of} can be told from '{against}' at any value of {name}"
    many = [str(len(strategies)) if strategies else "none" for strategies in (better, worse)]
    both = sum(one in worse for one in better)
    said = f"{label}: of {of}, {many[0]} above '{against}' somewhere along {name}, {many[1]} below"
    return said + (f", {both} of them both" if both else "")


def seen(rows: pd.DataFrame, against: str, name: str) -> str:
    """Say where a strategy is above, below, neither."""
    above, below, neither = signs(rows)
    total = count(len(rows), "value")
    if not above and not below:
        several = f"can't be told from '{against}' at any of {total}"
        return several if len(rows) > 1 else f"not told from '{against}'"
    said = [f"above at {above}"] if above else []
    said += [f"below at {below}"] if below else []
    return f"{', '.join(said)} of {total} of {name}" + (f", open at {neither}" if neither else "")


def _of_levels(view: View, strategy: str) -> str:
    word = f" ({format_unit(view.unit)})" if format_unit(view.unit) else ""
    gray = f", gray '{view.against}'" if strategy != view.against else ""
    dotted = np.isfinite(view.rows[strategy]["chance_baseline"]).any()
    return f"level{word}: line '{strategy}'{gray}" + (", dotted its chance baseline" if dotted else "")


def _draw_over_others(ax: Axes, view: View, strategy: str, name: str, ends: Ends) -> None:
    """Draw a strategy over faint lines of the other strategies."""
    for other in view.others if view.is_numeric(name) else ():
        if other != strategy:
            line = view.rows[other].sort_values(name)
            ax.plot(line[name], line["difference"], color=style.PALE, linewidth=0.8, zorder=1)
    draw_response(ax, view, view.rows[strategy], name, ends)


def draw_response(ax: Axes, view: View, rows: pd.DataFrame, name: str, ends: Ends) -> None:
    """Draw a difference along a factor: a band for numeric factors, bars for others or one point."""
    numeric = view.is_numeric(name)
    x, rows = factors.in_order(view, rows, name)
    mean, low, high = _numbers(rows, "difference low high").T
    if numeric:
        ax.fill_between(x, low, high, color=style.FOCUS, alpha=0.18, linewidth=0, zorder=3)
        ax.plot(x, mean, color=style.FOCUS, linewidth=1.4, zorder=4)
    for at, middle, bottom, top in zip(x, mean, low, high, strict=True):
        certain = excludes_zero(bottom, top)
        if not numeric or len(x) == 1:
            ax.plot([at, at], [bottom, top], **style.interval(certain))
        if len(x) <= 40:
            ax.plot([at], [middle], **style.dot(certain) | {"markersize": 4.5 if len(x) <= FEW else 3.0})
    _differences_axes(ax, view, name, ends)


def _differences_axes(ax: Axes, view: View, name: str, ends: Ends) -> None:
    ax.axhline(0.0, color=style.INK, linewidth=1.0, zorder=2)
    style.scale_y(ax, ends, lambda value: style.tick(value, view.unit))
    factors.factor_axis(ax, view, name)


def _draw_levels(ax: Axes, view: View, strategy: str, name: str, ends: Ends) -> None:
    """Draw levels of a strategy and of its comparison, with the chance baseline."""
    drawn = [(view.against, style.PALE, 0.15)] if strategy != view.against else []
    for one, ink, fill in (*drawn, (strategy, style.FOCUS, 0.18)):
        x, frame = factors.in_order(view, view.rows[one], name)
        mean, low, high = _numbers(frame, "mean mean_low mean_high").T
        if view.is_numeric(name) and len(x) > 1:
            ax.fill_between(x, low, high, color=ink, alpha=fill, linewidth=0)
            ax.plot(x, mean, color=ink, linewidth=1.4)
        else:
            aside = 0.0 if strategy == view.against else (-0.12 if one == view.against else 0.12)
            ax.vlines(x + aside, low, high, color=ink, linewidth=1.6)
            ax.plot(x + aside, mean, color=ink, marker="o", markersize=4.5, linestyle="")
        if one == strategy and np.isfinite(frame["chance_baseline"]).any():
            ax.plot(x, frame["chance_baseline"], color=style.INK, linestyle=":", linewidth=1.3, zorder=5)
    style.scale_y(ax, ends, lambda value: style.level_tick(value, view.unit))
    factors.factor_axis(ax, view, name)


@style.styled
def plot_facets(
    view: View, strategy: str, name: str, others: Sequence[str], combinations: pd.DataFrame
) -> Figure:
    """Draw one strategy's difference along a factor, a panel per combination of the others.

    Parameters
    ----------
    view : View
    strategy, name : str
        the strategy, the factor
    others : names
        factors of the panels
    combinations : DataFrame
        their values, a row per panel
    """
    cases = facets(view.rows[strategy], others, combinations)
    ends = style.limits(_numbers(pd.concat([here for _, here in cases]), "difference low high"))
    found = [
        Panel(
            partial(draw_response, view=view, rows=here, name=name, ends=ends),
            HEIGHT - 0.3,
            label,
            xlabel=view.title_of(name),
        )
        for label, here in cases
    ]
    return layout.compose(
        layout.in_rows(found, min(3, max(2, len(found)))),
        view.seen(strategy),
        view.where(factors.difference_from(view)),
        f"{NOTE} {left_out(len(combinations), view.rows[strategy], others)}".strip(),
    )


def facets(
    rows: pd.DataFrame, others: Sequence[str], combinations: pd.DataFrame
) -> list[tuple[str, pd.DataFrame]]:
    """Group rows by the values of other factors, with each group's name."""
    return [
        (
            ", ".join(f"{other} = {format_factor(combination[other])}" for other in others),
            rows[(rows[list(others)] == combination).all(axis=1)],
        )
        for _, combination in combinations.iterrows()
    ]


def left_out(shown: int, rows: pd.DataFrame, others: Sequence[str]) -> str:
    """Format the number of combinations left out."""
    total = len(rows[list(others)].drop_duplicates())
    return f"{shown} of {total} combinations are shown." if shown < total else ""


@style.styled
def plot_scatter(view: View, strategy: str) -> Figure:
    """Draw one strategy's difference at each point, a panel per factor, with bin averages and intervals."""
    rows, means = view.rows[strategy], view.table("effects", strategy)
    ends = style.limits(rows["difference"].to_numpy(float))
    draw = partial(_draw_scatter, view=view, rows=rows, means=means, ends=ends)
    found = [Panel(partial(draw, name=name), HEIGHT, view.title_of(name)) for name in view.outcome.factors]
    notes = "Pale: points of the design. "
    if len(rows) > MOST_DOTS:
        notes = f"Pale: {MOST_DOTS:,} of {len(rows):,} points. "
    if len(means):
        notes += (
            "Dots with intervals: averages over the points in a bin, or at a value, and 95 % for what another sample "
            "and other random events would give; filled: the interval excludes zero."
        )
    where = view.where(factors.difference_from(view))
    return layout.compose(layout.in_rows(found, 2), view.seen(strategy), where, notes.strip())


def _draw_scatter(
    ax: Axes, view: View, rows: pd.DataFrame, means: pd.DataFrame, name: str, ends: Ends
) -> None:
    shown = rows.iloc[np.linspace(0, len(rows) - 1, min(len(rows), MOST_DOTS)).astype(int)]
    x = factors.places_of(view, shown, name)
    numeric = view.outcome.is_numeric(name)
    if not numeric:
        x = x + np.random.default_rng(1).uniform(-0.15, 0.15, len(shown))
    ax.plot(x, shown["difference"], ls="", marker=".", markersize=3, color=style.PALE, alpha=0.5, zorder=1)
    here = means[means["factor"] == name] if len(means) else means
    for row in here.to_dict("records"):
        at = row["place"] if numeric else factors.levels_of(view, name).index(row["value"])
        certain = excludes_zero(row["low"], row["high"])
        if np.isfinite(row["low"]):
            ax.plot([at, at], [row["low"], row["high"]], **style.interval(certain))
        ax.plot([at], [row["difference"]], **(style.dot(certain) | {"markersize": 4.5}))
    _differences_axes(ax, view, name, ends)
