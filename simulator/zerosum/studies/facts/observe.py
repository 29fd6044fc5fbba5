"""One replication of a market, asked for all measures: the status quo, its chance baseline, and what is tried.

Everything a probe tries branches from the same warm-up as the status quo and shares its luck, so that what differs
is the probe. What probes try is added to the scenario; its own strategies and tools stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from zerosum.market.engine import Engine
from zerosum.market.metrics import METRICS, Team, measure
from zerosum.market.records import GREEN_FIELD, WON
from zerosum.market.run import OnWeek, Run, assignment, branches, chance_baseline, warm_up
from zerosum.market.state import NONE, YEAR, Float
from zerosum.scenario.comparison import Adopters
from zerosum.scenario.spec import Scenario
from zerosum.studies.facts.measures import MEASURES
from zerosum.studies.probes import (
    DOSES,
    MONTHS,
    add_to,
    adopt,
    assistant,
    baseline_strategy,
    dose,
    gain,
    hours_more,
    relative,
    small_tools,
    use_by_month,
    vary,
)

Observation = Mapping[str, Float]
"""Measure -> its row of numbers, float[k]."""

MORE_HOURS = 0.1
"""Of the working week."""


def with_probes(scenario: Scenario, adoption: Mapping[str, Any] | None = None) -> Scenario:
    """Return the scenario with what is tried added after its own strategies and tools.

    ``adoption``: keys of a tool that say how reps take it up, where they are not to be the package's defaults.
    """
    now = baseline_strategy(scenario)
    more = {name: MORE_HOURS * scenario.reps.hours_per_week * share for name, share in now.plan}
    tool, small = assistant(**(adoption or {})), small_tools(**(adoption or {}))
    strategies = (
        vary(scenario, "hours", extra_hours=hours_more(scenario, **more)),
        vary(scenario, "plan", focus="even" if now.focus == "value" else "value"),
        vary(scenario, "untrained", tools=(tool.name,), training=0.0),
        adopt(scenario, "trained", [tool]),
        *dose(scenario, small),
    )
    return add_to(scenario, strategies, (tool, *small))


class _Probes:
    """What is tried in one replication, from one warm-up; markets are let go as soon as they have been read."""

    def __init__(self, start: Engine, usual: str, vendors: Sequence[int], on_week: OnWeek | None) -> None:
        self.start, self.usual, self.vendors, self.on_week = start, usual, vendors, on_week
        self.status_quo = self.run(usual)

    def run(self, strategy: str, adopters: Adopters = "focal", vendor: int | None = None) -> Run:
        """Let a vendor (the focal one if not given) try a strategy."""
        return next(branches(_seen_by(self.start, vendor), [strategy], [adopters], self.on_week))

    def revenue(self, strategy: str) -> float:
        """Revenue of the vendors when each by itself tries a strategy: their sum."""
        if strategy == self.usual:
            return sum(measure(_as_of(self.status_quo, self.start, v))["revenue"] for v in self.vendors)
        return sum(measure(self.run(strategy, vendor=v))["revenue"] for v in self.vendors)


def _seen_by(start: Engine, vendor: int | None) -> Engine:
    """Return the same market with another focal vendor; which one it is changes nothing until somebody moves."""
    if vendor is None or vendor == start.scenario.focal_index:
        return start
    scenario = start.scenario
    seen = start.branch()
    focal = scenario.comparison.model_copy(update={"focal": scenario.vendors[vendor].name})
    seen.scenario = scenario.model_copy(update={"comparison": focal})
    return seen


def observe(
    scenario: Scenario,
    replication: int,
    on_week: OnWeek | None = None,
    *,
    measures: Collection[str] = tuple(MEASURES),
    null: bool = True,
    vendors: Sequence[int] = (),
    adoption: Mapping[str, Any] | None = None,
) -> tuple[Observation, Observation]:
    """Ask one replication for measures.

    Parameters
    ----------
    scenario : Scenario
    replication : int
    on_week : callable, optional
    measures : names
        probes that yield none of them are not run
    null : bool
        whether the chance baseline of the status quo is simulated too
    vendors : rows
        over which the status quo's metrics are averaged, and who try more hours and planned calls, each by
        itself; none given: the focal vendor alone
    adoption : mapping
        how reps take up the probes' tools, see :func:`with_probes`

    Returns
    -------
    tuple
        observation, what the chance baseline says where it belongs; empty without ``null``
    """
    needed = {MEASURES[name].probe for name in measures} - {""}
    baseline, who = scenario.baseline_name, tuple(vendors) or (scenario.focal_index,)
    start = warm_up(with_probes(scenario, adoption) if needed else scenario, replication, on_week)
    probes = _Probes(start, baseline, who, on_week)
    rows = _status_quo(probes.status_quo, start, who)
    for probe, read in _READ.items():
        if probe in needed:
            rows |= read(probes)
    lucky: dict[str, Float] = {}
    if null:
        begun = warm_up(chance_baseline(scenario), replication, on_week)
        equal = _status_quo(next(branches(begun, [baseline], ["focal"], on_week)), begun, who)
        lucky = {name: row for name, row in equal.items() if MEASURES[name].beside_luck}
    return {name: rows[name] for name in MEASURES if name in measures}, lucky


def vendors_alike(scenario: Scenario) -> tuple[int, ...]:
    """Return the focal vendor, and all others that differ from it in nothing but their names.

    In their status quo they are exchangeable, so each is a further observation of the same thing.
    """

    def traits(row: int) -> object:
        vendor = scenario.vendors[row]
        products = [p for p in scenario.products if p.vendor == vendor.name]
        strategy = vendor.strategy or scenario.baseline_name
        nameless = [p.model_dump(exclude={"name", "vendor"}) for p in products]
        share = scenario.vendor_shares[row]
        return vendor.model_dump(exclude={"name", "strategy", "share"}), strategy, share, nameless

    focal = scenario.focal_index
    if scenario.vendors[focal].strategy not in (None, scenario.baseline_name):
        # It leaves its strategy for the baseline as the measured weeks begin; nobody else does.
        return (focal,)
    others = (row for row in range(len(scenario.vendors)) if row != focal)
    return (focal, *(row for row in others if traits(row) == traits(focal)))


def _as_of(run: Run, start: Engine, vendor: int) -> Run:
    """Return the run of the status quo as another vendor sees it."""
    team = start.market.reps.vendor == vendor
    return replace(run, vendor=vendor, team=team, start_accounts=int(start.market.vendors.customers[vendor]))


def _metrics(run: Run, start: Engine, vendors: Sequence[int]) -> dict[str, Float]:
    """Every metric of the status quo, averaged over some vendors."""
    every = [measure(_as_of(run, start, v)) for v in vendors]
    return {m.name: np.array([_known_mean([numbers[m.name] for numbers in every])]) for m in METRICS}


def _known_mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def _status_quo(run: Run, start: Engine, vendors: Sequence[int]) -> dict[str, Float]:
    return {
        **_metrics(run, start, vendors),
        "rep_icc": np.array([_intra_class_correlation(run)]),
        "green_field_alone_together": _green_field_alone(run, vendors),
    }


def _green_field_alone(run: Run, vendors: Sequence[int]) -> Float:
    """Won and closed, where nobody held the account and no other vendor was in the deal."""
    deals = run.engine.recorder.deals
    alone = (deals.kind == GREEN_FIELD) & (deals.offers == 1) & np.isin(deals.vendor, vendors)
    return np.array([np.count_nonzero(alone & (deals.outcome == WON)), np.count_nonzero(alone)], np.float64)


def _ramped(probes: _Probes) -> dict[str, Float]:
    """Won by month, by reps of all vendors hired as the measured weeks began; then the same had they been there long.

    float[2 * MONTHS]; NaN if the run doesn't measure a whole year, or nobody is new.
    """
    run, start, on_week = probes.status_quo, probes.start, probes.on_week
    engine = run.engine
    first = engine.week - run.weeks
    new = np.zeros(len(run.team), np.bool_)
    if first > 0:
        # As it was noted then: some of them have left again when more than a year is measured.
        new = engine.recorder.left_at_start[0] == 1
    if run.weeks < YEAR or not new.any():
        return {"ramp_months": np.full(2 * MONTHS, math.nan)}
    ramped = start.branch()
    ramped.assign(*assignment(start.scenario, start, run.strategy, run.adopters))
    for week in range(YEAR):
        ramped.step()
        if week == 0:
            ramped.market.reps.hired[new] = NONE
        if on_week:
            on_week(week + 1, YEAR)
    rows = []
    for market in (engine, ramped):
        deals = market.recorder.deals
        month = (deals.week - first) * MONTHS // YEAR
        counted = (deals.outcome == WON) & new[deals.rep] & (month < MONTHS)
        rows.append(np.bincount(month[counted], minlength=MONTHS).astype(np.float64))
    return {"ramp_months": np.concatenate(rows)}


def _intra_class_correlation(run: Run) -> float:
    """ICC(1) of won / not won in groups of unequal size (Donner & Koval 1980): our reps."""
    deals = Team(run).deals
    won = (deals.outcome == WON).astype(np.float64)
    n = np.bincount(deals.rep, minlength=len(run.team)).astype(np.float64)
    rate = np.bincount(deals.rep, weights=won, minlength=len(run.team))[n > 0] / n[n > 0]
    n = n[n > 0]
    if len(n) < 2 or n.sum() <= len(n):
        return math.nan
    between = float((n * (rate - won.mean()) ** 2).sum()) / (len(n) - 1)
    within = float((n * rate * (1.0 - rate)).sum()) / (n.sum() - len(n))
    size = (n.sum() - float((n**2).sum()) / n.sum()) / (len(n) - 1)
    total = between + (size - 1.0) * within
    return float((between - within) / total) if total > 0 else math.nan


def _relative(top: float, bottom: float) -> float:
    return top / bottom - 1.0 if bottom > 0 else math.nan


def _more_hours(probes: _Probes) -> dict[str, Float]:
    rise = _relative(probes.revenue("(hours)"), probes.revenue(probes.usual))
    return {"effort_elasticity": np.array([rise / MORE_HOURS])}


def _planned_calls(probes: _Probes) -> dict[str, Float]:
    scenario = probes.start.scenario
    tried, other = "(plan)", probes.usual
    if scenario.strategies[scenario.strategy_index(other)].focus == "value":
        tried, other = other, tried
    return {"planned_calls_lift": np.array([_relative(probes.revenue(tried), probes.revenue(other))])}


def _untrained(probes: _Probes) -> dict[str, Float]:
    # Everybody at once: what a rep does with a tool depends on its colleagues, hardly on other vendors.
    run = probes.run("(untrained)", "all")
    ours = np.isin(run.engine.market.reps.vendor, probes.vendors)
    return {"untrained_use_fall": use_by_month(run, ours)}


def _many_tools(probes: _Probes) -> dict[str, Float]:
    revenue = [measure(probes.run(f"({dose} tools)"))["revenue"] for dose in DOSES]
    return {"usage_inverted_u": relative(np.array(revenue))}


def _everyone(probes: _Probes) -> dict[str, Float]:
    tried, other = (probes.run(name, "all") for name in ("(trained)", probes.usual))
    return {"everyone_share_gain": np.array([gain(tried, other, "share_of_served")])}


_READ = {
    "ramped": _ramped,
    "more-hours": _more_hours,
    "planned-calls": _planned_calls,
    "untrained": _untrained,
    "many-tools": _many_tools,
    "everyone": _everyone,
}
