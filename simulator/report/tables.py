"""Tables for the terminal. They compute nothing: numbers come from metrics and statistics."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulator.metrics import BY_NAME, HEADLINES, NULL_METRICS
from simulator.report.wording import difference, number, world_in_words
from simulator.run import Run

if TYPE_CHECKING:
    from simulator.compare import Comparison

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Winning": (
        "win_rate",
        "win_rate_displacement",
        "win_rate_green_field",
        "renewal_rate_alone",
        "renewal_rate_contested",
        "no_decision_rate",
        "deals_closed",
    ),
    "Quota": (
        "share_at_quota",
        "attainment_median",
        "attainment_p10",
        "attainment_p90",
        "top_fifth_share",
        "win_rate_sd",
    ),
    "Revenue": (
        "revenue",
        "revenue_new",
        "revenue_displaced",
        "revenue_renewed",
        "revenue_upgraded",
        "revenue_per_rep",
        "revenue_per_working_hour",
        "revenue_per_selling_hour",
        "cost",
        "cost_tools",
        "revenue_per_cost",
    ),
    "Market": ("market_share", "share_gain", "churn", "in_market_quarter"),
    "Pipeline": ("cycle_weeks_median", "pipeline_coverage", "attempts", "provoked", "presales_wait"),
    "Where the hours went": (
        "share_prospecting",
        "share_preparation",
        "share_selling",
        "share_social",
        "share_administration",
        "share_learning",
        "share_slack",
        "share_ramping",
        "share_idle",
    ),
}
"""What ``run`` shows, in this order. The files hold every metric."""


def _unit_in_words(unit: str) -> str:
    words = {"share": "", "share/year": "a year", "ratio": "", "money/money": "per unit spent"}
    return words.get(unit, unit.replace("/", " per "))


def run_table(run: Run, numbers: Mapping[str, float], null: Mapping[str, float]) -> Table:
    """Lay out one run, the luck null beside what it belongs to.

    Parameters
    ----------
    run : Run
    numbers, null : name -> value     of :func:`simulator.metrics.measure`
    """
    scenario = run.engine.scenario
    vendor = scenario.vendors[run.vendor].name
    title = (
        f"{scenario.name}: '{run.arm}', {run.weeks} weeks, one replication of one market\n"
        f"{world_in_words(run.world, vendor)}. Measured: {vendor}, {int(run.team.sum())} reps"
    )
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    table.add_column("")
    table.add_column("value", justify="right")
    table.add_column("luck null", justify="right", style="dim")
    table.add_column("")
    for section, names in SECTIONS.items():
        table.add_section()
        table.add_row(Text(section, style="bold"), "", "", "")
        for name in names:
            metric = BY_NAME[name]
            beside = number(null[name], metric.unit) if name in NULL_METRICS else ""
            unit = _unit_in_words(metric.unit)
            table.add_row(
                f"  {metric.label}", number(numbers[name], metric.unit), beside, Text(unit, style="dim")
            )
    table.caption = (
        "Luck null: the same run with equal reps and interchangeable territories. "
        "One replication is one year of one market: to judge a strategy, use 'zerosum compare'."
    )
    table.caption_justify = "left"
    return table


def _cell(row: pd.Series) -> Text:
    """Difference above its interval; bold with a star where the interval excludes zero."""
    if not math.isfinite(row["low"]):
        return Text(difference(row["difference"], row["unit"]))
    certain = row["low"] > 0 or row["high"] < 0
    mean = difference(row["difference"], row["unit"]) + (" *" if certain else "")
    low, high = (difference(row[end], row["unit"]).removesuffix(" pp") for end in ("low", "high"))
    return Text(mean, style="bold" if certain else "").append(f"\n{low} … {high}", style="dim not bold")


def _level(row: pd.Series) -> Text:
    text = Text(number(row["mean"], row["unit"]))
    if row["metric"] in NULL_METRICS:
        text.append(f"\nluck null {number(row['luck_null'], row['unit'])}", style="dim")
    return text


def compare_tables(comparison: Comparison) -> RenderableType:
    """Lay out one table per world: the baseline's levels, then each arm's paired differences."""
    scenario, frame = comparison.scenario, comparison.differences
    focal = scenario.vendors[scenario.focal_index].name
    replications = scenario.comparison.replications
    parts: list[RenderableType] = []
    for world in scenario.comparison.worlds:
        table = Table(
            title=f"{scenario.name}, world '{world}': {world_in_words(world, focal)}",
            title_justify="left",
            show_edge=False,
            pad_edge=False,
            show_lines=True,
        )
        table.add_column("arm")
        for name in HEADLINES:
            table.add_column(BY_NAME[name].label, justify="right")
        here: Any = frame[frame["world"] == world].set_index(["arm", "metric"], drop=False)
        for arm in scenario.arm_names:
            rows = [here.loc[(arm, name)] for name in HEADLINES]
            if arm == scenario.baseline_name:
                table.add_row(Text(f"{arm}\n(baseline)", style="italic"), *(_level(row) for row in rows))
            else:
                table.add_row(arm, *(_cell(row) for row in rows))
        parts += [table, Text("")]
    parts.append(
        Text(
            f"First line: mean over {replications} replications. Others: paired difference to "
            f"'{scenario.baseline_name}' on the same luck, below it the 95 % interval; "
            "* the interval excludes zero. pp: percentage points; money per year. Luck null: the share of reps "
            "that would reach quota if all reps were equal and territories interchangeable. "
            "No correction for looking at many differences at once.",
            style="dim",
        )
    )
    return Group(*parts)
