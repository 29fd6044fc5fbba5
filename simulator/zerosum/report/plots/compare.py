"""The figures of a comparison, under one set of values or across fits: paired differences with their intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure

from zerosum.market.metrics import BY_NAME, NULL_METRICS, shown_with
from zerosum.report.intervals import excludes_zero, said
from zerosum.report.plots import layout, style
from zerosum.report.plots.layout import Key, Panel, Words
from zerosum.report.plots.rows import Mark, Row, rows_panel
from zerosum.report.plots.scales import limits, unit_of_difference
from zerosum.report.wording import MISSING, count, number, signed_count, span, world_in_words
from zerosum.scenario.comparison import World
from zerosum.scenario.spec import Scenario
from zerosum.studies.compare import DEFAULT_METRIC

if TYPE_CHECKING:
    from zerosum.studies.across import Across
    from zerosum.studies.compare import Comparison

BY_LUCK = "by luck alone"
COLUMNS = 4
"""Panels beside each other."""
LOOKS = (
    ({**style.interval(True), **style.dot(True), "linestyle": "-"}, "interval excludes zero"),
    (
        {**style.interval(False), **style.dot(False), "linestyle": "-"},
        "interval includes zero, or there is none",
    ),
)


def difference_row(name: str, mean: float, low: float, high: float, unit: str) -> Row:
    """Make a row of one difference with its interval, in bold where it excludes zero."""
    return Row(name, said(mean, low, high, unit).words, [Mark(mean, low, high)], excludes_zero(low, high))


def frame_rows(frame: pd.DataFrame, names: str, unit: str) -> list[Row]:
    """Make a row of each difference in a table; ``names`` is the column with their names."""
    return [
        difference_row(str(row[names]), row["difference"], row["low"], row["high"], unit)
        for row in frame.to_dict("records")
    ]


def difference_panel(
    frame: pd.DataFrame,
    scenario: Scenario,
    world: str,
    metric: str,
    width: float,
    ends: tuple[float, float] | None = None,
) -> Panel:
    """Make a metric's panel: every strategy's difference, with the baseline's level and its chance baseline above."""
    shown, rows = BY_NAME[metric], frame[(frame["world"] == world) & (frame["metric"] == metric)]
    usual = rows[rows["strategy"] == scenario.baseline_name].iloc[0]
    level = f"'{scenario.baseline_name}': {number(float(usual['mean']), shown.unit)}"
    if metric in NULL_METRICS:
        level += f", {BY_LUCK} {number(float(usual['chance_baseline']), shown.unit)}"
    return rows_panel(
        frame_rows(rows[rows["strategy"] != scenario.baseline_name], "strategy", shown.unit),
        shown.unit,
        width,
        shown.label,
        f"{unit_of_difference(shown.unit)}; {level}",
        ends,
    )


def _ends(frame: pd.DataFrame, scenario: Scenario, world: World, metric: str) -> tuple[float, float]:
    """Limits that a metric has in all worlds that can be compared.

    The teams of ``head-to-head`` aren't the same reps twice; their intervals are wider by far.
    """
    peers = [w for w in scenario.comparison.worlds if (w == "head-to-head") == (world == "head-to-head")]
    rows = frame[frame["world"].isin(peers) & (frame["metric"] == metric)]
    return limits(rows[["difference", "low", "high"]])


def _world_label(world: World, scenario: Scenario) -> Words:
    words = world_in_words(world, scenario.vendors[scenario.focal_index].name)
    several = world == "head-to-head" and len(scenario.comparison.worlds) > 1
    own_scale = " (on a scale of its own)" if several else ""
    return Words(f"World '{world}': {words}{own_scale}", style.LARGE, "bold")


@style.styled
def plot_compare(comparison: Comparison, metric: str = DEFAULT_METRIC) -> Figure:
    """Draw the paired difference of every strategy to the baseline: worlds below each other, a panel per metric.

    Parameters
    ----------
    comparison : Comparison
    metric : str
        The number that decides; it has a panel of its own where it is no headline.

    Returns
    -------
    Figure
    """
    scenario, frame, metrics = comparison.scenario, comparison.differences, shown_with(metric)
    columns = 3 if len(metrics) % 3 == 0 else COLUMNS
    width = layout.panel_width(layout.WIDE, columns)
    rows: list[layout.Row] = [
        Key([*LOOKS, ({"linestyle": ""}, f"right of 0: more than '{scenario.baseline_name}'")])
    ]
    for world in scenario.comparison.worlds:
        panels = [
            difference_panel(frame, scenario, world, name, width, _ends(frame, scenario, world, name))
            for name in metrics
        ]
        rows += [_world_label(world, scenario), *layout.in_rows(panels, columns)]
    n, vendor = scenario.comparison.replications, scenario.vendors[scenario.focal_index].name
    intervals = ", 95 % intervals" if n > 1 else "; one replication has no interval"
    return layout.compose(
        rows,
        f"{scenario.name}: what each strategy changes for {vendor}, {count(n, 'replication')}",
        f"Paired differences to '{scenario.baseline_name}' on common luck{intervals}.",
        _notes(comparison, metrics),
        layout.WIDE,
    )


def _notes(comparison: Comparison, metrics: Any) -> str:
    scenario, frame = comparison.scenario, comparison.differences
    shown = frame[frame["metric"].isin(metrics)]
    said = [
        f"Above each panel stands the mean of '{scenario.baseline_name}', and of the same with equal reps and "
        "interchangeable territories: by luck alone. No correction for looking at many differences at once. "
        "Money: k thousand, M million."
    ]
    if len(scenario.compared_names) == 1:
        said.insert(0, f"Only '{scenario.baseline_name}' was run: there is nothing to compare it with.")
    if (shown["n"] < scenario.comparison.replications).any():
        said.append("Replications in which a number is undefined are left out of its interval.")
    return " ".join(said)


def _fit_looks(certain: bool, default: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    line, dot = style.interval(certain), style.dot(certain)
    if default:
        return line, {**dot, "marker": "D", "markersize": 6.0, "zorder": 6}
    return {**line, "linewidth": 1.3 if certain else 1.0}, {**dot, "markersize": 3.6, "markeredgewidth": 0.8}


def _fit_mark(row: Any) -> Mark:
    low, high = float(row["low"]), float(row["high"])
    return Mark(float(row["difference"]), low, high, _fit_looks(excludes_zero(low, high), row["fit"] == 0))


@style.styled
def plot_across(across: Across, metric: str = DEFAULT_METRIC) -> Figure:
    """Draw each fit's paired difference of each strategy to the baseline: worlds below each other, a panel per metric.

    Parameters
    ----------
    across : Across
    metric : str
        The number that decides; it has a panel of its own where it is no headline.

    Returns
    -------
    Figure
    """
    from zerosum.studies.across import FLIPS, HIGHER, LOWER

    scenario, metrics = across.scenario, shown_with(metric)
    columns = 3 if len(metrics) % 3 == 0 else COLUMNS
    width = layout.panel_width(layout.WIDE, columns)
    table: Any = across.table.set_index(["world", "metric", "strategy"]).sort_index()
    drawn: Any = across.differences.set_index(["world", "metric", "strategy"]).sort_index()

    def panel(world: World, name: str) -> Panel:
        level, unit, rows = table.loc[(world, name, scenario.baseline_name)], BY_NAME[name].unit, []
        detail = f"'{scenario.baseline_name}': {span(level['level_smallest'], level['level_largest'], unit)}"
        if name in NULL_METRICS:
            detail += f", {BY_LUCK} {span(level['chance_baseline_smallest'], level['chance_baseline_largest'], unit)}"
        for strategy in scenario.compared_names[1:]:
            found = table.loc[(world, name, strategy)]
            known = math.isfinite(found["difference"])
            fits = drawn.loc[[(world, name, strategy)]].sort_values("fit").to_dict("records")
            rows.append(
                Row(
                    strategy,
                    found["verdict"] if known else f"{MISSING} undefined in every fit",
                    [_fit_mark(fit) for fit in fits],
                    found["verdict"] in (HIGHER, LOWER, FLIPS),
                )
            )
        ends = _ends(across.differences, scenario, world, name)
        return rows_panel(
            rows, unit, width, BY_NAME[name].label, f"{unit_of_difference(unit)}; {detail}", ends
        )

    def look(certain: bool, default: bool) -> dict[str, Any]:
        line, dot = _fit_looks(certain, default)
        return {**line, **dot, "linestyle": "-"}

    rows: list[layout.Row] = [
        Key(
            [
                (look(True, False), "a fit: interval excludes zero"),
                (look(False, False), "includes zero, or there is none"),
                (look(True, True), "the default fit"),
                ({"linestyle": ""}, f"right of 0: more than '{scenario.baseline_name}'"),
            ]
        )
    ]
    for world in scenario.comparison.worlds:
        rows += [
            _world_label(world, scenario),
            *layout.in_rows([panel(world, name) for name in metrics], columns),
        ]
    n, vendor = scenario.comparison.replications, scenario.vendors[scenario.focal_index].name
    intervals = ", 95 % intervals" if n > 1 else "; one replication has no interval"
    return layout.compose(
        rows,
        f"{scenario.name}: what each strategy changes for {vendor} under {count(len(across.fits.sets), 'fit')}, "
        f"{count(n, 'replication')} each",
        f"Paired differences to '{scenario.baseline_name}' on common luck{intervals}. "
        "A fit is a set of assumptions that agrees with the facts.",
        _notes_across(across),
        layout.WIDE,
    )


def _notes_across(across: Across) -> str:
    from zerosum.report.across import VERDICTS_NOTE, format_fits

    baseline = across.scenario.baseline_name
    said = [
        format_fits(across),
        VERDICTS_NOTE,
        f"The numbers above the panels are means of '{baseline}', and of the same with equal reps and interchangeable "
        "territories (by luck alone), from the smallest to the largest over fits. No correction for looking at many "
        "differences at once. Money: k thousand, M million.",
    ]
    if len(across.scenario.compared_names) == 1:
        said.insert(0, f"Only '{baseline}' was run: there is nothing to compare it with.")
    return " ".join(said)


def cause_rows(causes: pd.DataFrame, total: Any) -> list[Row]:
    """Make a row of each cause's money, and of all causes together."""
    rows = [
        difference_row(str(row["label"]), row["money"], row["money_low"], row["money_high"], "money/year")
        for row in causes.to_dict("records")
    ]
    all_of_them = difference_row(
        "all causes together", total["money"], total["money_low"], total["money_high"], "money/year"
    )
    return [*rows, all_of_them._replace(strong=True)]


@style.styled
def plot_flips(flips: Any) -> Figure:
    """Draw the money of each cause with its interval, and beside it the deals and the customers lost.

    Parameters
    ----------
    flips : Flips
    """
    from zerosum.report.flips import by_size

    scenario, causes, total = flips.scenario, by_size(flips), flips.totals.iloc[0]
    counts = [*causes[["n", "n_lost_accounts"]].to_numpy(), total[["n", "n_lost_accounts"]].to_numpy()]
    rows = [
        row._replace(words=f"{row.words}; deals {signed_count(n)}, customers lost {signed_count(lost)}")
        for row, (n, lost) in zip(cause_rows(causes, total), counts, strict=True)
    ]
    vendor = scenario.vendors[scenario.focal_index].name
    intervals = "95 % intervals" if flips.replications > 1 else "one replication has no interval"
    often = count(flips.replications, "paired replication")
    return layout.compose(
        [Key(LOOKS), [rows_panel(rows, "money/year", layout.panel_width(layout.READABLE, 1), "")]],
        f"{scenario.name}: why '{flips.strategy}' differs from '{flips.against}', {often}",
        f"Revenue of {vendor} gained and lost in the very deals that came out otherwise, by cause; {intervals}. "
        f"World '{flips.world}': {world_in_words(flips.world, vendor)}.",
        f"Means of a replication, '{flips.strategy}' less '{flips.against}', in annual contract value. All causes "
        "together are the difference in revenue of the runs' own metrics. A deal that several things flipped is shared "
        "out among them (Shapley). Deals: won, renewed and upgraded. "
        f"{count(len(flips.flips), 'deal')} came out otherwise in all. Money: k thousand, M million.",
    )
