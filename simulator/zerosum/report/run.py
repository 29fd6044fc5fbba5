"""Report one run, or the mean of several: the main metrics, with the chance baseline where it applies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from zerosum.market.metrics import BY_NAME, COSTS, NULL_METRICS
from zerosum.market.metrics.catalogue import registered_metrics
from zerosum.market.state import YEAR
from zerosum.report.document import Cell, Column, Document, Section, Table, Words
from zerosum.report.identical import identical_object, misses_lines
from zerosum.report.lines import ADOPTING, Line, format_length, format_reps, labeled_lines
from zerosum.report.summary import numbers_of, summary_of
from zerosum.report.wording import (
    count,
    format_adopters,
    format_chance_baseline,
    format_level,
    format_money,
    format_side_by_side,
    format_territories,
    with_currency,
)
from zerosum.statistics import mean_interval

if TYPE_CHECKING:
    from zerosum.market.run import Run
    from zerosum.scenario.spec import Scenario
    from zerosum.statistics import Interval
    from zerosum.studies.misses import SharedMisses

SECTIONS: Mapping[str, str] = {
    "Winning": "win_rate win_rate_displacement win_rate_green_field renewal_rate_alone renewal_rate_contested "
    "no_decision_rate deals_closed",
    "Quota": "share_at_quota company_attainment attainment_median attainment_p10 attainment_p90 top_fifth_share "
    "win_rate_sd quota_per_rep",
    "Revenue": "revenue revenue_new revenue_displaced revenue_renewed revenue_upgraded revenue_per_rep "
    "revenue_per_working_hour revenue_per_selling_hour",
    "Money": "arr arr_net_new arr_earned cost cost_pay cost_commission cost_presales cost_licenses cost_training "
    "cost_departments cost_of_sales payout_per_rep contribution present_value",
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


class Measured(NamedTuple):
    """What was measured over one run or several.

    Attributes
    ----------
    numbers, null : mapping
        metric -> mean over runs; of the chance baseline
    ranges : mapping
        metric -> its 95 % interval; empty for one run
    n : int
        runs
    """

    numbers: Mapping[str, float]
    null: Mapping[str, float]
    ranges: Mapping[str, Interval]
    n: int


def average(runs: Sequence[tuple[Mapping[str, float], Mapping[str, float]]]) -> Measured:
    """Average metrics over runs, each with its chance baseline; undefined numbers are left out of a mean.

    Parameters
    ----------
    runs : sequence of (numbers, null)
        of :func:`zerosum.market.metrics.measure`
    """
    if len(runs) == 1:
        return Measured(*runs[0], {}, 1)
    own, null = (
        {name: mean_interval([run[side][name] for run in runs]) for name in runs[0][side]} for side in (0, 1)
    )
    numbers, by_chance = ({name: found.mean for name, found in side.items()} for side in (own, null))
    return Measured(numbers, by_chance, own, len(runs))


def describe_run_screen(run: Run, found: Measured, shared: SharedMisses | None = None) -> Document:
    """Describe one run, or the mean of several, in a few lines: how the team did, and what it earned and cost.

    Parameters
    ----------
    run : Run
        the first
    found : Measured
    shared : SharedMisses, optional
        misses that identical reps share, of all runs
    """
    scenario = run.engine.scenario
    team = f"'{run.strategy}' · {format_reps(scenario, int(run.team.sum()))}"
    runs = count(found.n, "simulated run") if found.n > 1 else "one simulated run"
    numbered = f" (number {run.replication})" if found.n == 1 and run.replication else ""
    head = f"{team} · {runs}{numbered} of {format_length(run.weeks)} · {ADOPTING[run.adopters]}"
    screen = Document()
    screen.add(Words(f"{scenario.name.upper()}   {head}", "heading"))
    screen.add(labeled_lines(list(_Lines(run, found).all(shared))))
    if run.weeks < YEAR:
        part = f"Amounts a year are those of {count(run.weeks, 'week')}, scaled to a year; quotas are counted in part."
        screen.add(part, look="note")
    if found.n == 1:
        note = "This is one of many possible runs, and chance makes much of it: -n 20 shows how much. "
    else:
        note = "In brackets: the 95 % range of a mean. "
    screen.add(f"{note}To judge a strategy, compare it with another.", look="note")
    return screen


class _Lines:
    """The lines of a run's screen."""

    def __init__(self, run: Run, found: Measured) -> None:
        self.run, self.found, self.money = run, found, run.engine.scenario.money

    def all(self, shared: SharedMisses | None) -> Iterator[Line]:
        numbers, null = self.found.numbers, self.found.null
        if math.isfinite(numbers["share_at_quota"]):
            yield Line(
                "QUOTA",
                f"{self.level('share_at_quota')} of reps at or above quota; identical reps: "
                f"{_share(null, 'share_at_quota')}. The company reaches {self.level('company_attainment')} of all "
                f"quotas; with identical reps {_share(null, 'company_attainment')}. A rep's quota is "
                f"{self.amount('quota_per_rep')} a year.",
            )
        yield from misses_lines(shared)
        if math.isfinite(numbers["win_rate"]):
            yield Line(
                "WIN RATE",
                f"{self.level('win_rate')} of closed opportunities, renewals among them; "
                f"{_share(numbers, 'no_decision_rate')} end without a decision.",
            )
        yield from self._arr()
        yield from self._cost()
        if math.isfinite(numbers["presales_used"]):
            asked = math.isfinite(numbers["never_served"])
            late = f"; too late for {self.level('never_served')} of the deals that asked" if asked else ""
            yield Line("PRESALES", f"{self.level('presales_used')} of their time is used{late}.")

    def _arr(self) -> Iterator[Line]:
        numbers, length = self.found.numbers, format_length(self.run.weeks)
        start = numbers["arr"] - numbers["arr_net_new"]
        net = self.amount("arr_net_new", signed=True)
        ends = f"{self.price(start)} at the start, {self.price(numbers['arr'])} at the end"
        yield Line("ARR", f"{ends}: {net} in {length}.")
        said = [
            f"{words} {self.price(sign * numbers[name], signed=True)}"
            for name, words, sign in BRIDGE
            if numbers[name]
        ]
        yield Line("NET NEW ARR", f"{', '.join(said) or 'nothing changed'}.")

    def _cost(self) -> Iterator[Line]:
        numbers = self.found.numbers
        yield Line(
            "CONTRIBUTION",
            f"{self.amount('contribution')} a year: {100 * self.money.margin:.0f} % margin on recurring revenue of "
            f"{self.price(numbers['arr_earned'])}, less cost of {self.price(numbers['cost'])}.",
        )
        kinds = [(BY_NAME[name].label, numbers[name]) for name in COSTS if numbers[name]]
        parts = [f"{label[:1].lower()}{label[1:]} {self.price(value)}" for label, value in kinds]
        if math.isfinite(numbers["cost_of_sales"]):
            made = f": {', '.join(parts)}" if parts else ""
            yield Line("COST OF SALES", f"{self.level('cost_of_sales')} of recurring revenue{made}.")

    def price(self, value: float, signed: bool = False) -> str:
        """Format an amount in the scenario's currency."""
        return with_currency(format_money(value, signed), self.money.currency)

    def amount(self, name: str, signed: bool = False) -> str:
        """Format a metric of money, with the range of its mean over several runs."""
        value, found = self.found.numbers[name], self.found.ranges.get(name)
        if found is None or not math.isfinite(found.low):
            return self.price(value, signed)
        (mean, low, high), unit = format_side_by_side((value, found.low, found.high), "money", signed)
        return f"{with_currency(mean + unit, self.money.currency)} ({low} to {high})"

    def level(self, name: str) -> str:
        """Format a share in per cent, with the range of its mean over several runs."""
        found = self.found.ranges.get(name)
        if found is None or not math.isfinite(found.low):
            return _share(self.found.numbers, name)
        digits = 0 if found.high - found.low >= 0.01 else 1
        mean, low, high = (f"{100 * value:.{digits}f}" for value in (found.mean, found.low, found.high))
        return f"{mean} % ({low} to {high})"


def _share(numbers: Mapping[str, float], name: str) -> str:
    return f"{100 * numbers[name]:.0f} %"


def describe_run(run: Run, found: Measured) -> Document:
    """Describe all main metrics of one run, or their means over several; parameters as for the screen."""
    null = found.null
    scenario = run.engine.scenario
    vendor = scenario.vendors[run.vendor].name
    columns = [
        Column("", lambda name: f"  {BY_NAME[name].label}", text=True, least=30),
        Column("value", lambda name: _format_value(found, name)),
        Column(
            "chance baseline",
            lambda name: format_level(null[name], BY_NAME[name].unit) if name in NULL_METRICS else "",
            dim=True,
        ),
        Column(
            "", lambda name: _unit_in_words(BY_NAME[name].unit, scenario.money.currency), text=True, dim=True
        ),
    ]
    records = [row for section, names in SECTIONS.items() for row in (Section(section), *names.split())]
    if added := registered_metrics():
        records += [Section("From other packages"), *added]
    many = f"Means over {count(found.n, 'simulated run')}; in brackets: 95 % range."
    one = "One simulated run is one of many possible ones: to judge a strategy, use 'zerosum compare'."
    said = (
        format_territories(scenario),
        f"Money and counts are sums over all {count(run.weeks, 'week')}, unless a unit says otherwise.",
        f"Chance baseline: the same run with {format_chance_baseline(scenario)}.",
        many if found.n > 1 else one,
    )
    runs = count(found.n, "simulated run") if found.n > 1 else "one simulated run"
    title = (
        f"{scenario.name}: '{run.strategy}', {count(run.weeks, 'week')}, {runs} of one market\n"
        f"{format_adopters(run.adopters, vendor)}. Measured: {vendor}, {count(int(run.team.sum()), 'rep')}"
    )
    note = " ".join(filter(None, said))
    return Document([Table(columns, records, title, note, beside=True, lines=False)])


def _format_value(found: Measured, name: str) -> Cell:
    """Format a metric, below it the range of its mean over several runs."""
    unit, spread = BY_NAME[name].unit, found.ranges.get(name)
    if spread is None or not math.isfinite(spread.low):
        return Cell(format_level(found.numbers[name], unit))
    (mean, low, high), suffix = format_side_by_side((spread.mean, spread.low, spread.high), unit, False)
    return Cell(mean + suffix, f"[{low}, {high}]")


def _unit_in_words(unit: str, currency: str) -> str:
    words = _UNITS.get(unit, unit.replace("/", " per "))
    return words.replace("money", currency) if currency else words


def summarize_run(
    scenario: Scenario,
    run: Run,
    found: Measured,
    files: Sequence[Path],
    shared: SharedMisses | None = None,
) -> dict[str, Any]:
    """Return one run, or the mean of several, as one object."""
    strategy = numbers_of(found.numbers, found.null)
    if found.ranges:
        strategy["ranges"] = {name: {"low": one.low, "high": one.high} for name, one in found.ranges.items()}
    more = {
        "replication": run.replication,
        "replications": found.n,
        "identical_reps": identical_object(shared),
        "adopters": {run.adopters: {run.strategy: strategy}},
    }
    return summary_of("run", scenario, more, files)
