"""Plot the factors that matter: by their swings or indices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from zerosum.report.intervals import excludes_zero, format_gap
from zerosum.report.plots import layout, style
from zerosum.report.plots.rows import FILLED, HOLLOW, Mark, Row, limits_of, rows_panel
from zerosum.report.responses import View, hangs_on
from zerosum.report.wording import count

MOST_FACTORS = 20


def _strategies(view: View, table: pd.DataFrame, column: str) -> dict[str, pd.DataFrame]:
    """Return each strategy's rows, the largest first."""
    return {
        str(strategy): table[table["strategy"] == strategy].sort_values(
            column, key=lambda v: -v.abs(), kind="stable"
        )
        for strategy in view.others
        if (table["strategy"] == strategy).any()
    }


def _panels(
    rows: Mapping[str, tuple[str, Sequence[Row]]],
    unit: str,
    label: Any = style.tick,
    from_zero: bool = False,
) -> list[layout.Row]:
    """Make a panel per strategy, on one scale."""
    low, high = limits_of([row for _, found in rows.values() for row in found])
    ends = (max(low, -0.03 * high), high) if from_zero and low > -0.07 * high else (low, high)
    width = layout.panel_width(layout.READABLE, 1)
    return [
        [rows_panel(found, unit, width, f"{strategy}: {words}", limits=ends, label=label)]
        for strategy, (words, found) in rows.items()
    ]


def _mark(row: Any, name: str, looks: Any) -> Mark:
    return Mark(float(row[name]), float(row[f"{name}_low"]), float(row[f"{name}_high"]), looks)


@style.styled
def plot_tornado(view: View) -> Figure:
    """Draw each strategy's difference at both ends of every factor, the widest swing on top."""
    unit, strategies = view.unit, _strategies(view, view.table("swings"), "swing")

    def row(swing: Any) -> Row:
        ends = [
            Mark(
                float(swing[f"{side}_difference"]),
                float(swing[f"{side}_low"]),
                float(swing[f"{side}_high"]),
                looks,
            )
            for side, looks in (("from", HOLLOW), ("to", FILLED))
        ]
        name = view.title_of(str(swing["factor"]))
        sure = excludes_zero(swing["swing_low"], swing["swing_high"])
        gap = format_gap(swing["swing"], swing["swing_low"], swing["swing_high"], unit).words
        values = [style.cut(str(swing[f"{side}_value"]), 1.6, style.SMALL) for side in ("from", "to")]
        return Row(name, f"{values[0]} → {values[1]}: {gap}", ends, sure, joined=True)

    rows = {
        strategy: (hangs_on(found, unit), [row(s) for s in found.head(MOST_FACTORS).to_dict("records")])
        for strategy, found in strategies.items()
    }
    title = f"{view.label}: what the differences from '{view.against}' hang on"
    if len(strategies) == 1:
        ((strategy, found),) = strategies.items()
        top = found.iloc[0]
        sure = excludes_zero(top["swing_low"], top["swing_high"])
        unseen = "this sample" if top["limited_by"] == "sample" else "noise"
        hung = f"depends most on {top['factor']}" if sure else f"depends on no factor that {unseen} lets see"
        title = f"{view.label}: the difference of '{strategy}' {hung}"
    sampled = view.study.is_sampled
    what = "in the lowest and the highest fifth" if sampled else "at the low and the high end"
    of = style.unit_of_difference(unit, view.currency)
    first = f"Difference {what} of each factor, averaged over the others, {of}."
    notes = (
        "Hollow: low end, filled: high end, with 95 % intervals; at the right their values and the distance between "
        "the two. In bold: it can be told from chance."
    )
    return layout.compose(_panels(rows, unit), title, view.where(first), notes)


@style.styled
def plot_indices(view: View) -> Figure:
    """Draw Morris or Sobol indices of each strategy's difference, with intervals."""
    table = view.table("indices")
    morris = "mu_star" in table
    whole, part = ("mu_star", "sigma") if morris else ("ST", "S1")
    unit = view.unit if morris else "index"

    def label(value: float, unit: str) -> str:
        return f"{value:.3g}" if unit == "index" else style.level_tick(value, unit)

    def row(found: Any) -> Row:
        marks = [_mark(found, whole, FILLED), _mark(found, part, HOLLOW)]
        words = label(float(f"{found[whole]:.2g}"), unit) if np.isfinite(found[whole]) else ""
        return Row(view.title_of(str(found["factor"])), words, marks, bool(found["clear"]))

    rows = {
        strategy: (_clear(found), [row(one) for one in found.head(MOST_FACTORS).to_dict("records")])
        for strategy, found in _strategies(view, table, whole).items()
    }
    clear = int(table["clear"].sum())
    title = (
        f"{view.label}: {clear} of {count(len(table), 'factor')} clearly matter for the difference from "
        f"'{view.against}'"
        if len(rows) == 1
        else f"{view.label}: what the differences from '{view.against}' hang on"
    )
    if morris:
        first = f"Morris' measures: change over a factor's whole law, {style.unit_of_difference(unit, view.currency)}."
        hollow = "hollow: sigma, how much it hangs on the other factors or bends. "
        notes = f"Filled: mu*, the mean size of the change; {hollow}"
    else:
        first = "Sobol's indices: part of the variance of the difference between points, 1 = all of it."
        notes = "Filled: total, with all that a factor does together with others; hollow: by itself. "
    notes += (
        "At the right the filled one's value. 95 % intervals, for another sample and other random events."
    )
    subtitle = view.where(first)
    return layout.compose(_panels(rows, unit, label, from_zero=True), title, subtitle, notes)


def _clear(rows: pd.DataFrame) -> str:
    names = [str(row["factor"]) for row in rows.to_dict("records") if row["clear"]]
    if not names:
        return "no factor is clearly above 0"
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return f"hangs on {', '.join(names[:4])}{more}"
