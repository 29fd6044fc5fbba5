"""Plot a comparison, under one or several parameter sets: paired differences with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure

from zerosum.market.metrics import BY_NAME, DEFAULT_METRIC, NULL_METRICS, shown_with
from zerosum.report.answers import choose_names
from zerosum.report.intervals import excludes_zero, format_gap
from zerosum.report.plots import layout, style
from zerosum.report.plots.layout import Key, Panel, Words
from zerosum.report.plots.rows import Mark, Row, rows_panel
from zerosum.report.plots.style import limits, unit_of_difference
from zerosum.report.wording import (
    MISSING,
    count,
    format_adopters,
    format_chance_baseline,
    format_level,
    format_number,
    format_span,
)
from zerosum.scenario.comparison import Adopters
from zerosum.scenario.spec import Scenario

if TYPE_CHECKING:
    from zerosum.studies.across import Across
    from zerosum.studies.compare import Comparison

BY_CHANCE = "by chance alone"
COLUMNS = 4
"""Panels side by side."""
FEWEST, MOST, TALLEST = 4, 20, 28.0
"""Least and most strategies in a figure, with the baseline; its target height, in inches."""
LOOKS = (
    ({**style.interval(True), **style.dot(True), "linestyle": "-"}, "interval excludes zero"),
    (
        {**style.interval(False), **style.dot(False), "linestyle": "-"},
        "interval includes zero, or there is none",
    ),
)


def difference_row(name: str, mean: float, low: float, high: float, unit: str) -> Row:
    """Make a row of one difference with its interval, bold if it excludes zero."""
    return Row(
        name, format_gap(mean, low, high, unit).words, [Mark(mean, low, high)], excludes_zero(low, high)
    )


def frame_rows(frame: pd.DataFrame, names: str, unit: str) -> list[Row]:
    """Make a row per difference in a table; ``names`` is the column of names."""
    return [
        difference_row(str(row[names]), row["difference"], row["low"], row["high"], unit)
        for row in frame.to_dict("records")
    ]


def difference_panel(
    frame: pd.DataFrame,
    scenario: Scenario,
    adopters: str,
    metric: str,
    width: float,
    ends: tuple[float, float] | None = None,
) -> Panel:
    """Make a metric's panel: every strategy's difference, with the baseline's level and its chance baseline above."""
    shown, rows = BY_NAME[metric], frame[(frame["adopters"] == adopters) & (frame["metric"] == metric)]
    usual = rows[rows["strategy"] == scenario.baseline_name].iloc[0]
    level = f"'{scenario.baseline_name}': {format_level(float(usual['mean']), shown.unit)}"
    if metric in NULL_METRICS:
        level += f", {BY_CHANCE} {format_level(float(usual['chance_baseline']), shown.unit)}"
    others = set(scenario.compared_names) - {scenario.baseline_name}
    return rows_panel(
        frame_rows(rows[rows["strategy"].isin(others)], "strategy", shown.unit),
        shown.unit,
        width,
        shown.label,
        f"{unit_of_difference(shown.unit, scenario.money.currency)}; {level}",
        ends,
    )


def _ends(frame: pd.DataFrame, scenario: Scenario, adopters: Adopters, metric: str) -> tuple[float, float]:
    """Return a metric's limits over all comparable adopters.

    Teams in ``head-to-head`` have different reps; their intervals are far wider.
    """
    peers = [w for w in scenario.comparison.adopters if (w == "head-to-head") == (adopters == "head-to-head")]
    rows = frame[frame["adopters"].isin(peers) & (frame["metric"] == metric)]
    return limits(rows[["difference", "low", "high"]])


def _sheet(
    scenario: Scenario,
    differences: pd.DataFrame,
    metric: str,
    name: str,
    height: float,
    key: Key,
    draw: Callable[[Scenario, Adopters, str], Panel],
    about: str,
    notes: Sequence[str],
) -> Figure:
    """Draw a row of panels, one per metric, for each choice of adopters; of many strategies only the best.

    Parameters
    ----------
    scenario : Scenario
        the compared scenario
    differences : DataFrame
        used to choose the best
    metric : str
        decision metric: it has its own panel and selects the best
    name : str
        text after the vendor in the title
    height : float
        approximate inches per strategy in a panel
    key : Key
    draw : callable
        (shown scenario, adopters, metric) -> panel
    about : str
        text below the title
    notes : sequence of str
    """
    metrics = shown_with(metric)
    columns = 3 if len(metrics) % 3 == 0 else COLUMNS
    adopters, vendor = scenario.comparison.adopters, scenario.vendors[scenario.focal_index].name
    room = int(TALLEST / (height * len(adopters) * -(-len(metrics) // columns)))
    names = choose_names(scenario, differences, metric, max(FEWEST, min(MOST, room)))
    asked = scenario.comparison.model_copy(update={"strategies": names, "baseline": scenario.baseline_name})
    shown = scenario.model_copy(update={"comparison": asked})
    rows: list[layout.Row] = [key]
    for who in adopters:
        several = who == "head-to-head" and len(adopters) > 1
        own_scale = " (on a scale of its own)" if several else ""
        label = Words(f"Adopters '{who}': {format_adopters(who, vendor)}{own_scale}", style.LARGE, "bold")
        rows += [label, *layout.in_rows([draw(shown, who, one) for one in metrics], columns)]
    n, total, usual = scenario.comparison.replications, len(scenario.compared_names), scenario.baseline_name
    said = [f"Only '{usual}' was run: there is nothing to compare it with."] * (total == 1)
    first = f" for adopters '{adopters[0]}'" if len(adopters) > 1 else ""
    if len(names) < total:
        by = BY_NAME[metric].label.lower() + first
        said.append(
            f"Shown: '{usual}' and the best {len(names) - 1} of {total - 1} other strategies by {by}; differences.csv "
            "has all."
        )
    intervals = ", 95 % intervals" if n > 1 else "; one replication has no interval"
    return layout.compose(
        rows,
        f"{scenario.name}: what each strategy changes for {vendor}{name}, {count(n, 'replication')}",
        f"Paired differences to '{usual}' with common random numbers{intervals}. {about}".strip(),
        " ".join([*said, *notes]),
        layout.WIDE,
    )


@style.styled
def plot_compare(comparison: Comparison, metric: str = DEFAULT_METRIC) -> Figure:
    """Draw every strategy's paired difference from the baseline.

    Parameters
    ----------
    comparison : Comparison
    metric : str
        The decision metric.

    Returns
    -------
    Figure
    """
    frame = comparison.differences

    def draw(scenario: Scenario, adopters: Adopters, name: str) -> Panel:
        ends = _ends(frame, scenario, adopters, name)
        return difference_panel(frame, scenario, adopters, name, _width(metric), ends)

    notes = [
        f"Above each panel stands the mean of '{comparison.scenario.baseline_name}', and of the same with "
        f"{format_chance_baseline(comparison.scenario)}: by chance alone. "
        "No correction for looking at many differences at once. Money: k thousand, M million."
    ]
    shown = frame[frame["metric"].isin(shown_with(metric))]
    if (shown["n"] < comparison.scenario.comparison.replications).any():
        notes.append("Replications in which a number is undefined are left out of its interval.")
    key = Key([*LOOKS, _right_of(comparison.scenario)])
    return _sheet(comparison.scenario, frame, metric, "", 0.44, key, draw, "", notes)


def _width(metric: str) -> float:
    """Return a panel's approximate width of axes, in inches."""
    return layout.panel_width(layout.WIDE, 3 if len(shown_with(metric)) % 3 == 0 else COLUMNS)


def _right_of(scenario: Scenario) -> tuple[dict[str, Any], str]:
    return {"linestyle": ""}, f"right of 0: more than '{scenario.baseline_name}'"


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
    """Draw each set's paired differences of strategies from the baseline.

    Parameters
    ----------
    across : Across
    metric : str
        The decision metric.

    Returns
    -------
    Figure
    """
    from zerosum.report.across import PLAIN, VERDICTS_NOTE, format_fits

    usual, fits = across.scenario.baseline_name, len(across.fits.sets)
    table: Any = across.table.set_index(["adopters", "metric", "strategy"]).sort_index()
    drawn: Any = across.differences.set_index(["adopters", "metric", "strategy"]).sort_index()

    def draw(scenario: Scenario, adopters: Adopters, name: str) -> Panel:
        level, unit, rows = table.loc[(adopters, name, usual)], BY_NAME[name].unit, []
        detail = f"'{usual}': {format_span(level['level_smallest'], level['level_largest'], unit)}"
        if name in NULL_METRICS:
            chance = format_span(level["chance_baseline_smallest"], level["chance_baseline_largest"], unit)
            detail += f", {BY_CHANCE} {chance}"
        for strategy in scenario.compared_names[1:]:
            found = table.loc[(adopters, name, strategy)]
            verdict = (
                found["verdict"]
                if math.isfinite(found["difference"])
                else f"{MISSING} undefined in every set"
            )
            marks = drawn.loc[[(adopters, name, strategy)]].sort_values("fit").to_dict("records")
            rows.append(Row(strategy, verdict, list(map(_fit_mark, marks)), found["verdict"] in PLAIN))
        ends = _ends(across.differences, scenario, adopters, name)
        return rows_panel(
            rows,
            unit,
            _width(metric),
            BY_NAME[name].label,
            f"{unit_of_difference(unit, scenario.money.currency)}; {detail}",
            ends,
        )

    def look(certain: bool, default: bool) -> dict[str, Any]:
        line, dot = _fit_looks(certain, default)
        return {**line, **dot, "linestyle": "-"}

    key = Key(
        [
            (look(True, False), "a fit: interval excludes zero"),
            (look(False, False), "includes zero, or there is none"),
            (look(True, True), "set 1, the default"),
            _right_of(across.scenario),
        ]
    )
    notes = [
        format_fits(across),
        VERDICTS_NOTE,
        f"The numbers above the panels are means of '{usual}', and of the same with "
        f"{format_chance_baseline(across.scenario)} (by chance alone), from the smallest to the largest over "
        "fits. No correction for looking at many differences at once. Money: k thousand, M million.",
    ]
    about = "A fit is a set of assumptions that agrees with the facts."
    high = 0.27 + fits * (0.085 if fits > 3 else 0.15)
    default = across.comparisons[0].differences
    under = f" under {count(fits, 'calibrated parameter set')}"
    return _sheet(
        across.scenario,
        default,
        metric,
        under,
        high,
        key,
        draw,
        about,
        notes,
    )


def cause_rows(causes: pd.DataFrame, total: Any) -> list[Row]:
    """Make a row of money per cause, and of all together."""
    rows = [
        difference_row(str(row["label"]), row["money"], row["money_low"], row["money_high"], "money/year")
        for row in causes.to_dict("records")
    ]
    all_of_them = difference_row(
        "all causes together", total["money"], total["money_low"], total["money_high"], "money/year"
    )
    return [*rows, all_of_them._replace(strong=True)]


@style.styled
def plot_changed_deals(changed: Any) -> Figure:
    """Draw each cause's money with its interval, and beside it deals and lost customers.

    Parameters
    ----------
    changed : ChangedDeals
    """
    from zerosum.report.deals import BOOKED, format_over, sort_causes, sum_of_causes

    scenario, causes, total = changed.scenario, sort_causes(changed), sum_of_causes(changed)
    money = f", {scenario.money.currency}" * bool(scenario.money.currency)
    counts = [*causes[["n", "n_lost_accounts"]].to_numpy(), total[["n", "n_lost_accounts"]].to_numpy()]
    rows = [
        row._replace(
            words=f"{row.words}; deals {format_number(n, 1)}, customers lost {format_number(lost, 1)}"
        )
        for row, (n, lost) in zip(cause_rows(causes, total), counts, strict=True)
    ]
    vendor = scenario.vendors[scenario.focal_index].name
    intervals = "95 % intervals" if changed.replications > 1 else "one replication has no interval"
    width = layout.panel_width(layout.READABLE, 1)
    return layout.compose(
        [Key(LOOKS), [rows_panel(rows, "money/year", width, "Revenue", f"a year{money}")]],
        f"{scenario.name}: why '{changed.strategy}' differs from '{changed.against}'",
        f"Revenue of {vendor} gained and lost in the deals with a different result, by cause; {intervals}. "
        f"Adopters '{changed.adopters}': {format_adopters(changed.adopters, vendor)}.",
        f"'{changed.strategy}' less '{changed.against}', a year, mean of {format_over(changed)}. Revenue: {BOOKED}. "
        "All causes together are the difference in revenue of the runs' own metrics. A deal that several causes "
        "changed is shared out among them (Shapley). Deals: won, renewed and upgraded. "
        f"{count(len(changed.deals), 'deal')} with a different result in all. Money: k thousand, M million.",
    )
