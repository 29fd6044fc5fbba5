"""Tables for the terminal. They compute nothing: numbers come from metrics and statistics."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from zerosum.market.metrics import BY_NAME, HEADLINES, NULL_METRICS, shown_with
from zerosum.market.run import Run
from zerosum.report.wording import (
    across_in_words,
    alike_in_words,
    count,
    fits_in_words,
    number,
    span,
    territories_in_words,
    with_ends,
    world_in_words,
)
from zerosum.studies.across import (
    BASELINE,
    FLIPS,
    HIGHER,
    LOWER,
    MAYBE_HIGHER,
    MAYBE_LOWER,
    NO_INTERVAL,
    UNCLEAR,
)
from zerosum.studies.compare import DEFAULT_METRIC

if TYPE_CHECKING:
    from zerosum.scenario.spec import Scenario
    from zerosum.studies.across import Across
    from zerosum.studies.compare import Comparison

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
    "Market": (
        "saturation_start",
        "saturation_end",
        "market_share",
        "share_gain",
        "churn",
        "in_market_quarter",
    ),
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
    words = {"share": "", "points": "", "share/year": "a year", "ratio": "", "money/money": "per unit spent"}
    return words.get(unit, unit.replace("/", " per "))


def run_table(run: Run, numbers: Mapping[str, float], null: Mapping[str, float]) -> Table:
    """Lay out one run, the chance baseline beside what it belongs to.

    Parameters
    ----------
    run : Run
    numbers, null : name -> value
        of :func:`zerosum.market.metrics.measure`
    """
    scenario = run.engine.scenario
    vendor = scenario.vendors[run.vendor].name
    title = (
        f"{scenario.name}: '{run.strategy}', {count(run.weeks, 'week')}, one replication of one market\n"
        f"{world_in_words(run.world, vendor)}. Measured: {vendor}, {count(int(run.team.sum()), 'rep')}"
    )
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    table.add_column("")
    table.add_column("value", justify="right")
    table.add_column("chance baseline", justify="right", style="dim")
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
    said = (
        territories_in_words(scenario),
        "Chance baseline: the same run with equal reps and interchangeable territories.",
        "One replication is one possible course of luck: to judge a strategy, use 'zerosum compare'.",
    )
    table.caption = " ".join(filter(None, said))
    table.caption_justify = "left"
    return table


def _cell(row: pd.Series) -> Text:
    """Difference above its interval; bold with a star where it holds though several strategies were looked at."""
    found, low, high = with_ends(row["difference"], row["low"], row["high"], row["unit"])
    text = Text(found)
    if math.isfinite(row["low"]):
        # Two equal differences have no spread: that is no certainty, it is too few replications.
        certain = row["low"] < row["high"] and row["p_holm"] < 0.05
        if certain:
            text = Text(f"{found} *", style="bold")
        text.append(f"\n{low} … {high}", style="dim not bold")
    return _with_luck(text, row)


def _level(row: pd.Series) -> Text:
    return _with_luck(Text(number(row["mean"], row["unit"])), row)


def _with_luck(text: Text, row: pd.Series) -> Text:
    """Add the level that the same strategy would reach by luck alone, to what must not be read without it."""
    if row["metric"] in NULL_METRICS:
        text.append(f"\nby chance {number(row['chance_baseline'], row['unit'])}", style="dim not bold")
    return text


def _width(name: str, cells: Iterable[Text]) -> int:
    """Terminal cells that a column of numbers needs: its heading may wrap between words, its numbers may not."""
    return max(_widest(cells), *(len(word) for word in BY_NAME[name].label.split()))


def _widest(texts: Iterable[Text]) -> int:
    """Terminal cells that the longest line takes."""
    return max(line.cell_len for text in texts for line in text.split("\n"))


def _grid(strategies: Sequence[Text], columns: Mapping[str, Sequence[Text]]) -> Table:
    table = Table(show_edge=False, show_lines=True)
    # Widths are fixed, because rich, left to itself, would cut the last column by a cell or two.
    table.add_column("strategy", width=_widest(strategies))
    for name, cells in columns.items():
        table.add_column(BY_NAME[name].label, justify="right", width=_width(name, cells))
    for i, strategy in enumerate(strategies):
        table.add_row(strategy, *(cells[i] for cells in columns.values()))
    return table


class _World:
    """One world's table; where the terminal is too narrow for all metrics, in parts below each other."""

    def __init__(self, title: str, strategies: Sequence[Text], columns: Mapping[str, Sequence[Text]]) -> None:
        self._title, self._strategies, self._columns = title, strategies, columns

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(self._title, style="italic")
        part: dict[str, Sequence[Text]] = {}
        first = _widest(self._strategies) + 2
        used = first
        for name, cells in self._columns.items():
            wide = _width(name, cells) + 3  # a blank on either side, and a line
            if part and used + wide > options.max_width:
                yield _grid(self._strategies, part)
                yield Text("")
                part, used = {}, first
            part[name] = cells
            used += wide
        yield _grid(self._strategies, part)
        yield Text("")


def compare_tables(comparison: Comparison) -> RenderableType:
    """Lay out one table per world: the baseline's levels, then each strategy's paired differences."""
    scenario, frame = comparison.scenario, comparison.differences
    focal = scenario.vendors[scenario.focal_index].name
    replications = scenario.comparison.replications
    baseline = scenario.baseline_name
    strategies = _strategies(scenario)
    parts: list[RenderableType] = []
    for world in scenario.comparison.worlds:
        here: Any = frame[frame["world"] == world].set_index(["strategy", "metric"], drop=False)
        columns = {
            name: [
                (_level if strategy == baseline else _cell)(here.loc[(strategy, name)])
                for strategy in scenario.compared_names
            ]
            for name in HEADLINES
        }
        served = [
            number(here.loc[(baseline, name), "mean"], "share")
            for name in ("saturation_start", "saturation_end")
        ]
        title = (
            f"{scenario.name}, world '{world}': {world_in_words(world, focal)}. "
            f"Buyers with a supplier: {served[0]} at the start, {served[1]} at the end"
        )
        parts.append(_World(title, strategies, columns))
    if len(strategies) > 1 and replications > 1:
        parts.append(Text(_STAR))
    said = (
        alike_in_words(scenario),
        _explained(scenario, len(strategies)),
        territories_in_words(scenario),
    )
    parts.append(Text(" ".join(filter(None, said)), style="dim"))
    return Group(*parts)


def _strategies(scenario: Scenario) -> list[Text]:
    strategies = [Text(strategy) for strategy in scenario.compared_names]
    strategies[0].append("\n(baseline)", style="italic")
    return strategies


_STAR = (
    "* holds though several strategies were looked at: p below .05 after Holm's adjustment. Without it a difference "
    "may be chance, even where its interval excludes zero."
)
_UNITS = (
    "Win rate: of all closed opportunities, renewals among them. Selling hours: prospecting and selling. Return: "
    "revenue over cost. By chance: the chance baseline, the level of the same strategy with equal reps and "
    "interchangeable territories."
)


def _units(scenario: Scenario, metric: str) -> str:
    """Say in which units the numbers of a table are; `metric` stands in it beside the headlines."""
    decides = BY_NAME[metric]
    but = (
        f", but of '{decides.label}' money in the {count(scenario.clock.weeks, 'measured week')}"
        if decides.unit == "money"
        else ""
    )
    return f"pp: percentage points; money per year{but}. {_UNITS}"


def _explained(scenario: Scenario, n_strategies: int) -> str:
    """Say how to read the tables of a comparison."""
    baseline, replications = scenario.baseline_name, scenario.comparison.replications
    said = [f"'{baseline}': mean over {count(replications, 'replication')}."]
    if n_strategies == 1:
        said.append("No other strategy was run: there is nothing to compare it with.")
    elif replications == 1:
        said.append("Others: difference to it on the same luck; one replication has no interval.")
    else:
        said.append("Others: paired difference to it on the same luck, below it the 95 % interval.")
    said.append(_units(scenario, DEFAULT_METRIC))
    if n_strategies > 1 and replications > 1:
        said.append("No correction for looking at many metrics at once.")
    return " ".join(said)


def _cell_across(row: pd.Series) -> Text:
    """Verdict, below it the range of differences over fits and what the verdict rests on, luck where it belongs."""
    if row["verdict"] == BASELINE:
        text = Text(span(row["level_smallest"], row["level_largest"], row["unit"]))
    else:
        plain = row["verdict"] in (HIGHER, LOWER, FLIPS)
        text = Text(row["verdict"], style="bold" if plain else "")
        text.append(f"\n{span(row['smallest'], row['largest'], row['unit'], signed=True)}", style="not bold")
        text.append(f"\n{_counted(row)}", style="dim not bold")
    if row["metric"] in NULL_METRICS:
        luck = span(row["chance_baseline_smallest"], row["chance_baseline_largest"], row["unit"])
        text.append(f"\nby chance {luck}", style="dim not bold")
    return text


def _counted(row: pd.Series) -> str:
    """Say in how many fits the interval lies where the verdict says."""
    of = f"of {row['fits']}"
    return {
        FLIPS: f"{row['above']} up, {row['below']} down {of}",
        NO_INTERVAL: f"in {row['without']} {of}",
        UNCLEAR: f"{row['around']} {of}",
        MAYBE_HIGHER: f"higher in {row['above']} {of}",
        MAYBE_LOWER: f"lower in {row['below']} {of}",
    }.get(row["verdict"], f"{row['fits']} {of}")


def across_tables(across: Across, metric: str = DEFAULT_METRIC) -> RenderableType:
    """Lay out one table per world: what can be said of each strategy's differences under all fits.

    Parameters
    ----------
    across : Across
    metric : str
        The number that decides: what holds of it is said above the table.
    """
    scenario = across.scenario
    focal = scenario.vendors[scenario.focal_index].name
    parts: list[RenderableType] = []
    for world in scenario.comparison.worlds:
        here: Any = across.table[across.table["world"] == world].set_index(["strategy", "metric"], drop=False)
        columns = {
            name: [_cell_across(here.loc[(strategy, name)]) for strategy in scenario.compared_names]
            for name in shown_with(metric)
        }
        title = (
            f"{scenario.name}, world '{world}': {world_in_words(world, focal)}. "
            f"What holds under {count(len(across.fits.sets), 'fit')}"
        )
        answer = across_in_words(across, metric, world)
        if answer:
            parts.append(Text(answer, style="bold"))
        parts.append(_World(title, _strategies(scenario), columns))
    parts.append(Text(_across_explained(across, metric), style="dim"))
    return Group(*parts)


def _across_explained(across: Across, metric: str) -> str:
    """Say how to read the tables of a comparison across fits."""
    scenario = across.scenario
    often = count(scenario.comparison.replications, "replication")
    said = [
        fits_in_words(across),
        f"'{scenario.baseline_name}': from the smallest to the largest mean over {often}. Others: difference to it on "
        "the same luck, from the smallest to the largest over fits; above it what the 95 % intervals say, below it in "
        "how many fits.",
        "Higher, lower: the interval lies above, below zero; unclear: it includes zero. Flips: above zero in one fit "
        "and below in another, so the facts don't decide it. Fits are no sample: their range is no interval.",
        _units(scenario, metric),
        "No correction for looking at many differences at once.",
        territories_in_words(scenario),
        alike_in_words(scenario),
    ]
    return " ".join(filter(None, said))
