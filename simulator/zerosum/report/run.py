"""Report one run: its main metrics, with the chance baseline where it applies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.market.metrics import BY_NAME, NULL_METRICS
from zerosum.market.metrics.catalogue import registered_metrics
from zerosum.report.document import Column, Document, Section, Table
from zerosum.report.summary import numbers_of, summary_of
from zerosum.report.wording import (
    count,
    format_adopters,
    format_chance_baseline,
    format_level,
    format_territories,
)

if TYPE_CHECKING:
    from zerosum.market.run import Run
    from zerosum.scenario.spec import Scenario

SECTIONS: Mapping[str, str] = {
    "Winning": "win_rate win_rate_displacement win_rate_green_field renewal_rate_alone renewal_rate_contested "
    "no_decision_rate deals_closed",
    "Quota": "share_at_quota company_attainment attainment_median attainment_p10 attainment_p90 top_fifth_share "
    "win_rate_sd quota_per_rep",
    "Revenue": "revenue revenue_new revenue_displaced revenue_renewed revenue_upgraded revenue_per_rep "
    "revenue_per_working_hour revenue_per_selling_hour",
    "Money": "arr arr_net_new arr_earned cost cost_tools cost_of_sales payout_per_rep contribution present_value",
    "Market": "saturation_start saturation_end market_share share_gain churn in_market_quarter",
    "Pipeline": "cycle_weeks_median pipeline_coverage attempts provoked presales_wait presales_used never_served",
    "Where the hours went": "share_prospecting share_preparation share_selling share_social share_administration "
    "share_learning share_slack share_ramping share_idle",
}
"""Metrics that ``run`` shows, in this order. The files have all."""

_UNITS = {
    "share": "",
    "points": "",
    "share/year": "a year",
    "ratio": "",
}


def describe_run(run: Run, numbers: Mapping[str, float], null: Mapping[str, float]) -> Document:
    """Describe one run.

    Parameters
    ----------
    run : Run
    numbers, null : name -> value
        of :func:`zerosum.market.metrics.measure`; for the run, and for its chance baseline
    """
    scenario = run.engine.scenario
    vendor = scenario.vendors[run.vendor].name
    columns = [
        Column("", lambda name: f"  {BY_NAME[name].label}", text=True, least=30),
        Column("value", lambda name: format_level(numbers[name], BY_NAME[name].unit)),
        Column(
            "chance baseline",
            lambda name: format_level(null[name], BY_NAME[name].unit) if name in NULL_METRICS else "",
            dim=True,
        ),
        Column("", lambda name: _unit_in_words(BY_NAME[name].unit), text=True, dim=True),
    ]
    records = [row for section, names in SECTIONS.items() for row in (Section(section), *names.split())]
    if added := registered_metrics():
        records += [Section("From other packages"), *added]
    said = (
        format_territories(scenario),
        f"Money and counts are sums over all {count(run.weeks, 'week')}, unless a unit says otherwise.",
        f"Chance baseline: the same run with {format_chance_baseline(scenario)}.",
        "One simulated run is one of many possible ones: to judge a strategy, use 'zerosum compare'.",
    )
    title = (
        f"{scenario.name}: '{run.strategy}', {count(run.weeks, 'week')}, one replication of one market\n"
        f"{format_adopters(run.adopters, vendor)}. Measured: {vendor}, {count(int(run.team.sum()), 'rep')}"
    )
    return Document([Table(columns, records, title, " ".join(filter(None, said)))])


def _unit_in_words(unit: str) -> str:
    return _UNITS.get(unit, unit.replace("/", " per "))


def summarize_run(
    scenario: Scenario,
    run: Run,
    numbers: Mapping[str, float],
    null: Mapping[str, float],
    files: Sequence[Path],
) -> dict[str, Any]:
    """Return a run as one object."""
    more = {
        "replication": run.replication,
        "adopters": {run.adopters: {run.strategy: numbers_of(numbers, null)}},
    }
    return summary_of("run", scenario, more, files)
