"""The page's first sheet: what was asked, the verdict, one chart, one table, and what all of it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerosum.report.document import Figure
from zerosum.report.html.assumed import count_evidence
from zerosum.report.html.shown import DIFFERENCES, draw_rows_svg
from zerosum.report.identical import format_misses
from zerosum.report.intervals import format_list
from zerosum.report.lines import ADOPTING, format_length, without_options
from zerosum.report.plots.compare import frame_rows
from zerosum.report.plots.style import unit_of_difference
from zerosum.report.recommend import name_of_difference
from zerosum.report.screen import list_verdict, values_table
from zerosum.report.verdict import reach_verdict
from zerosum.report.wording import count
from zerosum.studies.misses import share_of_strategy
from zerosum.studies.rests import claimed_tools

if TYPE_CHECKING:
    import pandas as pd

    from zerosum.scenario.spec import Scenario
    from zerosum.studies.compare import Comparison, Decision
    from zerosum.studies.rests import Rests

MOST = 12
"""Strategies in the chart and the table of the first sheet; the sections after it have all."""


def show_summary(
    comparison: Comparison, decision: Decision, values: pd.DataFrame, rests: Rests
) -> dict[str, Any]:
    """Return what the first sheet says.

    Parameters
    ----------
    comparison : Comparison
    decision : Decision
    values : DataFrame
        of :func:`zerosum.studies.compare.value_table`
    rests : Rests
        what was found beside the results

    Returns
    -------
    dict
        ``head`` (what was simulated), ``lines`` (label and words), ``figure`` (chart and table; None with one
        strategy), ``rests_on`` (sentences)
    """
    scenario = comparison.scenario
    lines = without_options(list_verdict(comparison, decision, values, rests))
    return {
        "head": _describe_runs(scenario),
        "lines": lines,
        "figure": _figure(comparison, decision, values),
        "rests_on": list(_rests_on(comparison)),
    }


def _describe_runs(scenario: Scenario) -> str:
    vendor, asked = scenario.vendors[scenario.focal_index], scenario.comparison
    runs = f"{count(asked.replications, 'simulated run')} of {format_length(scenario.clock.weeks)}"
    return f"{vendor.name}, {count(vendor.reps, 'rep')} · {runs} · {ADOPTING[asked.adopters[0]]}"


def _figure(comparison: Comparison, decision: Decision, values: pd.DataFrame) -> Figure | None:
    """Draw every strategy's difference, best first, with the table of the first screen beside it."""
    scenario, metric = comparison.scenario, decision.metric
    adopters, usual = scenario.comparison.adopters[0], scenario.baseline_name
    leaders = reach_verdict(comparison, decision, adopters, values).leaders
    table = values_table(comparison, decision, values, leaders)
    if table is None:
        return None
    rows = decision.table[(decision.table["adopters"] == adopters) & (decision.table["strategy"] != usual)]
    order = [str(name) for name in table.records]
    rows = rows.set_index("strategy", drop=False).loc[order[:MOST]]
    title = name_of_difference(metric)
    panel = draw_rows_svg(
        "summary",
        f"{title[0].upper()}{title[1:]}",
        f"{unit_of_difference(metric.unit, scenario.money.currency)}, compared with '{usual}'",
        frame_rows(rows, "strategy", metric.unit),
        metric.unit,
    )
    return Figure("summary-figure", "", table.note, [panel], table, DIFFERENCES, beside=True)


def _rests_on(comparison: Comparison) -> Iterator[str]:
    """Yield sentences on what the numbers rest on."""
    scenario = comparison.scenario
    counted = count_evidence(scenario)
    parts = [f"{n} {words}" for words, n in counted if n]
    yield (
        f"Of the model's {sum(n for _, n in counted)} values: {format_list(parts)}. All of them, with sources, are "
        "under 'What is assumed'."
    )
    if tools := claimed_tools(scenario, scenario.compared_names):
        yield f"What {format_list(list(tools))} can do is what their vendors claim; nobody measured it."
    if said := format_misses(share_of_strategy(comparison)):
        yield said
    yield (
        "A range holds the true mean difference in 95 of 100 such comparisons. It knows chance only: not whether the "
        "model fits your market. Trust signs and proportions before amounts."
    )
