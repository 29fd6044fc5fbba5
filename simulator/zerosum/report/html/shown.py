"""Make the page's figures from a comparison's tables."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from zerosum.market.metrics import BY_NAME, DEFAULT_METRIC, shown_with
from zerosum.market.metrics.team import mean
from zerosum.report.document import Cell, Figure, table_of
from zerosum.report.intervals import difference_cell, format_gap
from zerosum.report.plots.compare import difference_panel, frame_rows
from zerosum.report.plots.curves import HIGH, Band, Numbers, Spread, draw_band, draw_reached
from zerosum.report.plots.layout import PHONE, Panel, panel_width
from zerosum.report.plots.rows import Row, rows_panel
from zerosum.report.plots.style import limits as limits_of
from zerosum.report.plots.svg import Drawing
from zerosum.report.wording import format_chance_baseline, format_level
from zerosum.studies.compare import by_quantile, by_week, judged_years

if TYPE_CHECKING:
    from zerosum.studies.compare import Comparison

DIFFERENCES = (("certain", "interval excludes zero"), ("open", "interval includes zero"))
"""Legends: the name of a mark that the page draws, and its meaning."""


def draw_rows_svg(
    name: str,
    title: str,
    detail: str,
    rows: Sequence[Row],
    unit: str,
    limits: tuple[float, float] | None = None,
) -> Drawing:
    """Draw rows of differences, with all numbers for screen readers."""
    panel = rows_panel(rows, unit, panel_width(PHONE, 1), title, detail, limits)
    return Drawing(name, _describe_rows(title, rows, unit), (panel,))


def _describe_rows(title: str, rows: Sequence[Row], unit: str) -> str:
    listed = "; ".join(f"{row.name} {format_gap(*row.marks[0][:3], unit).whole}" for row in rows)
    return f"{title}: differences with 95 % intervals. {listed}."


def draw_differences(comparison: Comparison, adopters: str, metric: str = DEFAULT_METRIC) -> Figure:
    """Draw every strategy's paired difference in headline metrics and the decision metric."""
    usual, frame = comparison.scenario.baseline_name, comparison.differences
    panels = []
    for name in shown_with(metric):
        rows = frame[
            (frame["adopters"] == adopters) & (frame["metric"] == name) & (frame["strategy"] != usual)
        ]
        shown = BY_NAME[name]
        heard = _describe_rows(shown.label, frame_rows(rows, "strategy", shown.unit), shown.unit)
        panel = difference_panel(frame, comparison.scenario, adopters, name, panel_width(PHONE, 1))
        panels.append(Drawing(f"differences-{adopters}-{name}", heard, (panel,)))
    return Figure(
        f"differences-{adopters}",
        f"What each strategy changes, compared with '{usual}'",
        f"A dot is the mean difference to '{usual}', the line its 95 % interval; the thin line down is no difference. "
        f"Right of it: more than '{usual}'. Each panel has a scale of its own.",
        panels,
        keys=DIFFERENCES,
    )


def draw_quota(comparison: Comparison, adopters: str) -> Figure | None:
    """Draw the distribution of attainment over reps and years; None without quotas."""
    scenario, years = comparison.scenario, judged_years(comparison)
    years = years[years["adopters"] == adopters]
    spreads: dict[Any, Numbers] = {
        strategy_and_null: rows["attainment"].to_numpy(np.float64)
        for strategy_and_null, rows in years.groupby(["strategy", "null"], sort=False)
    }
    if not any(not null for _, null in spreads):
        return None
    nothing = np.zeros(0)
    right = min(3.0, max(1.5, *(float(np.quantile(values, 0.97)) for values in spreads.values())))
    usual, panels, rows = scenario.baseline_name, [], []
    for strategy in scenario.compared_names:
        own = spreads.get((strategy, False), nothing)
        if len(own) == 0:
            continue
        by_chance = spreads.get((strategy, True), nothing)
        baseline = None if strategy == usual else spreads.get((usual, False))
        title = f"{strategy} (baseline)" if strategy == usual else strategy
        reach, reach_by_chance = (format_level(mean(values >= 1.0), "share") for values in (own, by_chance))
        spread = Spread(own, baseline, by_chance)
        panels.append(
            Drawing(
                f"quota-{adopters}-{strategy}",
                f"{title}: share of reps that reach at least so much of their quota. All of it: {reach}.",
                (Panel(partial(draw_reached, spread=spread, right=right, at_quota=reach), HIGH, title),),
            )
        )
        quarters = [format_level(float(q), "ratio") for q in np.quantile(own, [0.1, 0.25, 0.5, 0.75, 0.9])]
        rows.append([title, reach, reach_by_chance, *quarters])
    head = (
        "strategy",
        "reach quota",
        "by chance alone",
        "lowest tenth",
        "lowest quarter",
        "middle",
        "highest quarter",
        "highest tenth",
    )
    return Figure(
        f"quota-{adopters}",
        "Who reaches how much of the quota",
        "Height: the share of reps that reach at least so much of their quota in a year (1: all of it, the line down), "
        "over all years and simulated runs. A strategy that lifts reps moves the dark line to the right. Where it lies "
        "on the dotted one, identical reps would spread as widely: attainment then says little about who is good.",
        panels,
        table_of("Attainment (credited revenue / quota) over reps and years", head, rows),
        (
            ("own", "the strategy"),
            ("usual", f"'{usual}'"),
            ("chance", f"by chance alone: {format_chance_baseline(comparison.scenario)}"),
        ),
    )


def draw_quantiles(comparison: Comparison, adopters: str) -> Figure | None:
    """Draw a strategy's effect on low, middle and top reps; None without quotas."""
    scenario, frame = comparison.scenario, by_quantile(comparison)
    frame = (
        frame[(frame["adopters"] == adopters) & (frame["strategy"] != scenario.baseline_name)]
        if len(frame)
        else frame
    )
    if len(frame) == 0 or not np.isfinite(frame["low_all"]).any():
        return None
    usual = scenario.baseline_name
    limits = limits_of(frame[["low_all", "high_all", "low", "high"]].to_numpy())
    ticks = [(0.1, "lowest\ntenth"), (0.5, "middle"), (0.9, "highest\ntenth")]
    panels: list[Drawing] = []
    rows: list[list[Cell | str]] = []
    for strategy, here in frame.groupby("strategy", sort=False):
        columns = [
            here[n].to_numpy(np.float64)
            for n in ("probability", "difference", "low", "high", "low_all", "high_all")
        ]
        listed = "; ".join(
            f"{100 * row['probability']:.0f} %: {_format_row(row, 'ratio')}"
            for row in here.to_dict("records")
        )
        label = f"{strategy}: change of quota attainment by quantile over reps. {listed}."
        draw = partial(draw_band, band=Band(*columns), unit="ratio", limits=limits, ticks=ticks)
        panel = Panel(draw, HIGH, str(strategy), "of quota (1 = all of it)")
        panels.append(Drawing(f"quantiles-{adopters}-{strategy}", label, (panel,)))
        rows.append(
            [
                str(strategy),
                *(difference_cell(row | {"unit": "ratio"}) for row in here.to_dict("records")[::2]),
            ]
        )
    shown = frame[frame["strategy"] == frame["strategy"].iloc[0]]["probability"].to_list()[::2]
    return Figure(
        f"quantiles-{adopters}",
        "Does it lift those who lag, the middle, or the best?",
        f"Reps are ranked by attainment, the lowest at the left; the dot is how much more of quota the rep at that "
        f"rank reaches than the one at the same rank under '{usual}'. Thin lines: 95 % for each; the shaded band: 95 % "
        "for all of them at once. All panels have one scale.",
        panels,
        table_of(
            "Difference in attainment at ranks from the lowest to the highest, with 95 % interval",
            ("strategy", *(f"{100 * p:.0f} %" for p in shown)),
            rows,
        ),
        (("point", "difference and its interval"), ("band", "95 % for all ranks at once")),
    )


def draw_share(comparison: Comparison, adopters: str) -> Figure | None:
    """Draw market share by week; None for teams in one market, which are one vendor."""
    frame = by_week(comparison)
    frame = frame[frame["adopters"] == adopters] if len(frame) else frame
    if len(frame) == 0:
        return None
    usual = comparison.scenario.baseline_name
    others = frame[frame["strategy"] != usual]
    if len(others) == 0 or not np.isfinite(others["low"]).any():
        return None
    limits = limits_of(others[["low", "high"]].to_numpy())
    last = int(frame["week"].max())
    weeks = sorted({1, *range(13, last + 1, 13), last}) if last >= 13 else sorted({1, last})
    ticks = [(float(week), str(week)) for week in weeks if week == last or last - week >= last / 10]
    panels: list[Drawing] = []
    rows: list[list[Cell | str]] = []
    levels = frame[frame["strategy"] == usual]
    rows.append([f"{usual} (baseline)", *_ends(levels, "share"), ""])
    for strategy, here in others.groupby("strategy", sort=False):
        column = {n: here[n].to_numpy(np.float64) for n in ("week", "difference", "low", "high")}
        band = Band(column["week"], column["difference"], None, None, column["low"], column["high"])
        end = here.iloc[-1]
        said = _format_row(end, "share")
        label = f"{strategy}: share of the market less that of {usual}, by week. In week {last}: {said}."
        draw = partial(draw_band, band=band, unit="share", limits=limits, ticks=ticks)
        panel = Panel(draw, HIGH, str(strategy), "percentage points, by week")
        panels.append(Drawing(f"share-{adopters}-{strategy}", label, (panel,)))
        rows.append(
            [str(strategy), *_ends(here, "share"), difference_cell(end.to_dict() | {"unit": "share"})]
        )
    start, end_level = _ends(levels, "share")
    return Figure(
        f"share-{adopters}",
        "Share of the market over time",
        f"The line is the vendor's share of all buyers less its share under '{usual}' (which goes from {start} to "
        f"{end_level}); the band holds the whole line with 95 %. What is gained here, somebody else has lost.",
        panels,
        table_of(
            "Share of all buyers",
            ("strategy", "in week 1", f"in week {last}", f"difference in week {last}"),
            rows,
        ),
        (("line", "difference"), ("band", "95 % for the whole line")),
    )


def _ends(rows: pd.DataFrame, unit: str) -> list[str]:
    return [format_level(float(rows["mean"].iloc[at]), unit) for at in (0, -1)]


def _format_row(row: Any, unit: str) -> str:
    return format_gap(float(row["difference"]), float(row["low"]), float(row["high"]), unit).whole
