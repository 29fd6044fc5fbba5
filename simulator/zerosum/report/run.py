"""Report one run: its main metrics, with the chance baseline where it applies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.market.metrics import BY_NAME, NULL_METRICS
from zerosum.market.metrics.catalogue import registered_metrics
from zerosum.market.state import YEAR
from zerosum.report.document import Column, Document, Section, Table, Words
from zerosum.report.identical import identical_object, misses_lines
from zerosum.report.lines import ADOPTING, Line, format_length, format_reps, labeled_lines
from zerosum.report.summary import numbers_of, summary_of
from zerosum.report.wording import (
    count,
    format_adopters,
    format_chance_baseline,
    format_difference,
    format_level,
    format_money,
    format_side_by_side,
    format_territories,
)

if TYPE_CHECKING:
    from zerosum.market.run import Run
    from zerosum.scenario.spec import Scenario
    from zerosum.studies.misses import SharedMisses

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


BRIDGE = (
    ("arr_new_market", "new-market", 1.0),
    ("arr_competitive", "competitive wins", 1.0),
    ("arr_upgraded", "upgrades", 1.0),
    ("arr_repriced", "renewals at another price", 1.0),
    ("arr_lost", "lost to competitors", -1.0),
    ("arr_dropped_out", "dropped out", -1.0),
)
"""What net new ARR is made of: metric, name, sign."""


def describe_run_screen(
    run: Run, numbers: Mapping[str, float], null: Mapping[str, float], shared: SharedMisses | None = None
) -> Document:
    """Describe one run in a few lines of money; parameters as for :func:`describe_run`, and misses that are shared."""
    scenario = run.engine.scenario
    team = f"'{run.strategy}' · {format_reps(scenario, int(run.team.sum()))}"
    head = (
        f"{team} · simulated run {run.replication} of {format_length(run.weeks)} · {ADOPTING[run.adopters]}"
    )
    screen = Document()
    screen.add(Words(f"{scenario.name.upper()}   {head}", "heading"))
    screen.add(labeled_lines(list(_lines(run, numbers, null, shared))))
    if run.weeks < YEAR:
        part = f"Amounts a year are those of {count(run.weeks, 'week')}, scaled to a year; quotas are counted in part."
        screen.add(part, look="note")
    screen.add(
        "This is one of many possible runs, and chance makes much of it: to judge a strategy, compare it with another.",
        look="note",
    )
    return screen


def _lines(
    run: Run, numbers: Mapping[str, float], null: Mapping[str, float], shared: SharedMisses | None
) -> Iterator[Line]:
    length = format_length(run.weeks)
    start = numbers["arr"] - numbers["arr_net_new"]
    (first, last), unit = format_side_by_side((start, numbers["arr"]), "money/year", signed=False)
    net = format_difference(numbers["arr_net_new"], "money/year")
    yield Line("ARR", f"{first}{unit} at the start, {last}{unit} at the end: {net} in {length}.")
    parts = [(words, sign * numbers[name]) for name, words, sign in BRIDGE]
    amounts, unit = format_side_by_side([amount for _, amount in parts], "money/year")
    bridge = zip(parts, amounts, strict=True)
    said = [f"{words} {amount}{unit}" for (words, value), amount in bridge if value]
    yield Line("NET NEW ARR", f"{', '.join(said) or 'nothing changed'}.")
    spent = numbers["cost"]
    share = numbers["cost_of_sales"]
    of = f" ({100 * share:.0f} % of recurring revenue)" if math.isfinite(share) else ""
    margin = run.engine.scenario.money.margin
    yield Line(
        "CONTRIBUTION",
        f"{format_money(numbers['contribution'])} a year: {100 * margin:.0f} % margin on recurring revenue of "
        f"{format_money(numbers['arr_earned'])}, less cost of {format_money(spent)}{of}.",
    )
    if math.isfinite(numbers["share_at_quota"]):
        whole, chance = (100 * source["company_attainment"] for source in (numbers, null))
        yield Line(
            "QUOTA",
            f"{_share(numbers, 'share_at_quota')} of reps at or above quota (identical reps: "
            f"{_share(null, 'share_at_quota')}); the company reaches {whole:.0f} % of all quotas (identical reps: "
            f"{chance:.0f} %), of {format_money(numbers['quota_per_rep'])} a rep and year.",
        )
    yield from misses_lines(shared)
    if math.isfinite(numbers["presales_used"]):
        late = numbers["never_served"]
        more = f"; too late for {100 * late:.0f} % of the deals that asked" if math.isfinite(late) else ""
        yield Line("PRESALES", f"{_share(numbers, 'presales_used')} of their time is used{more}.")


def _share(numbers: Mapping[str, float], name: str) -> str:
    return f"{100 * numbers[name]:.0f} %"


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
    shared: SharedMisses | None = None,
) -> dict[str, Any]:
    """Return a run as one object."""
    more = {
        "replication": run.replication,
        "identical_reps": identical_object(shared),
        "adopters": {run.adopters: {run.strategy: numbers_of(numbers, null)}},
    }
    return summary_of("run", scenario, more, files)
