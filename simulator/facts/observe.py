"""One replication of a market, asked for all measures: the status quo, its luck null, and what happens when tried.

Everything a probe tries branches from the same warm-up as the status quo and shares its luck, so that what differs
is the probe. What probes try is added to the scenario; its own strategies and tools stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from simulator.engine import Engine
from simulator.facts.measures import DOSES, MEASURES, MONTHS
from simulator.market import YEAR, Float
from simulator.metrics import METRICS, measure, team_deals
from simulator.records import WON
from simulator.run import OnWeek, Run, branches, luck_null, warm_up
from simulator.scenario.comparison import World
from simulator.scenario.spec import Scenario
from simulator.scenario.strategies import ExtraHours, Reinvestment, Strategy, Tool

Observation = Mapping[str, Float]
"""Measure -> its row of numbers, float[k]."""

MORE_HOURS = 0.1
"""Of the working week."""

PROBES = ("more-hours", "planned-calls", "untrained", "many-tools", "everyone")

_SUITE = "probe suite"
_ASSISTANT = "probe assistant"


def _probe_strategies(scenario: Scenario) -> dict[str, Strategy]:
    """What is tried, by strategy name; each differs from the status quo in one respect."""
    usual = scenario.strategies[scenario.strategy_index(scenario.baseline_name)]

    def like_usual(name: str, **changes: object) -> Strategy:
        return usual.model_copy(update={"name": name, **changes})

    more = MORE_HOURS * scenario.reps.hours_per_week
    extra = {
        activity: getattr(usual.extra_hours, activity) + more * getattr(usual.plan, activity)
        for activity in ExtraHours.model_fields
    }
    prepare = Reinvestment(preparation=1.0)
    doses = {
        f"probe {dose} tools": like_usual(
            f"probe {dose} tools",
            tools=tuple(f"{_SUITE} {i}" for i in range(dose)),
            training=1.0,
            reinvest=prepare,
        )
        for dose in DOSES
    }
    return {
        "probe hours": like_usual("probe hours", extra_hours=ExtraHours(**extra)),
        "probe plan": like_usual("probe plan", focus="even" if usual.focus == "value" else "value"),
        "probe untrained": like_usual("probe untrained", tools=(_ASSISTANT,), training=0.0),
        "probe trained": like_usual("probe trained", tools=(_ASSISTANT,), training=1.0, reinvest=prepare),
        **doses,
    }


def _probe_tools(adoption: Mapping[str, Any]) -> tuple[Tool, ...]:
    """A tool that saves 40 % of the record keeping, and many small ones that do a bit of everything.

    Only what they do is given: how reps take them up, and what they cost in hours, are the package's defaults.
    """
    small: dict[str, Any] = {"saving": 0.2, "boost": 0.15, "dprime": 0.6, "scans": 15.0}
    return (
        Tool(name=_ASSISTANT, saving=0.4, **adoption),
        *(Tool(name=f"{_SUITE} {i}", **small, **adoption) for i in range(max(DOSES))),
    )


def with_probes(scenario: Scenario, adoption: Mapping[str, Any] | None = None) -> Scenario:
    """Return the scenario with the probes' tools and strategies added after its own.

    ``adoption``: keys of a tool that say how reps take it up, where they are not to be the package's defaults.
    """
    return scenario.model_copy(
        update={
            "tools": scenario.tools + _probe_tools(adoption or {}),
            "strategies": (*scenario.strategies, *_probe_strategies(scenario).values()),
            "comparison": scenario.comparison.model_copy(update={"baseline": scenario.baseline_name}),
        }
    )


@dataclass
class _Found:
    """What the runs of one replication say: their metrics, by strategy and world. Markets themselves are let go."""

    scenario: Scenario
    metrics: dict[tuple[str, World], Mapping[str, float]] = field(default_factory=dict)
    untrained_use: Float = field(default_factory=lambda: np.empty(0))

    def metric(self, name: str, strategy: str, world: World = "alone") -> float:
        return self.metrics[strategy, world][name]


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
    measures : names            probes that yield none of them are not run
    null : bool                 whether the luck null of the status quo is simulated too
    vendors : rows              over which the status quo's metrics are averaged; none given: the focal vendor alone
    adoption : mapping          how reps take up the probes' tools, see :func:`with_probes`

    Returns
    -------
    (observation, luck null's metrics of the status quo; empty without ``null``)
    """
    probes = {MEASURES[name].probe for name in measures} - {""}
    usual = scenario.baseline_name
    wanted: list[tuple[str, World]] = [(usual, "alone")]
    wanted += [("probe hours", "alone")] * ("more-hours" in probes)
    wanted += [("probe plan", "alone")] * ("planned-calls" in probes)
    wanted += [("probe untrained", "alone")] * ("untrained" in probes)
    wanted += [(f"probe {dose} tools", "alone") for dose in DOSES] * ("many-tools" in probes)
    if "everyone" in probes:
        wanted += [(usual, "everyone"), ("probe trained", "everyone")]

    start = warm_up(with_probes(scenario, adoption) if probes else scenario, replication, on_week)
    found, rows = _Found(start.scenario), dict[str, Float]()
    for world in dict.fromkeys(w for _, w in wanted):
        arms = [arm for arm, w in wanted if w == world]
        for run in branches(start, arms, [world], on_week):
            found.metrics[run.arm, world] = measure(run)
            if (run.arm, world) == (usual, "alone"):
                rows = _status_quo(run, start, vendors)
            if run.arm == "probe untrained":
                found.untrained_use = run.engine.recorder.rep_tool_use[:, run.team].mean(axis=1)
    for probe, read in _READ.items():
        if probe in probes:
            rows |= read(found, usual)
    lucky: dict[str, Float] = {}
    if null:
        equal = luck_null(scenario)
        begun = warm_up(equal, replication, on_week)
        lucky = _metrics(next(branches(begun, [usual], ["alone"], on_week)), begun, vendors)
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


def _metrics(run: Run, start: Engine, vendors: Sequence[int]) -> dict[str, Float]:
    """Every metric of the status quo, of the focal vendor or averaged over some."""
    vendor_of, customers = start.market.reps.vendor, start.market.vendors.customers
    every = [
        measure(replace(run, vendor=v, team=vendor_of == v, start_accounts=int(customers[v])))
        for v in vendors or (run.vendor,)
    ]
    return {m.name: np.array([_known_mean([numbers[m.name] for numbers in every])]) for m in METRICS}


def _known_mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def _status_quo(run: Run, start: Engine, vendors: Sequence[int]) -> dict[str, Float]:
    icc = np.array([_intra_class_correlation(run)])
    return {**_metrics(run, start, vendors), "ramp_months": _wins_of_new_reps(run), "rep_icc": icc}


def _wins_of_new_reps(run: Run) -> Float:
    """Won and closed by month, of reps hired as the measured weeks began and of all others, all vendors.

    float[4 * MONTHS]; NaN if the run doesn't measure a whole year, or nobody is new.
    """
    engine = run.engine
    first = engine.week - run.weeks
    new = np.zeros(len(run.team), np.bool_)
    if first > 0:
        # As it was noted then: some of them have left again when more than a year is measured.
        new = engine.recorder.left_at_start[0] == 1
    if run.weeks < YEAR or not new.any():
        return np.full(4 * MONTHS, math.nan)
    deals = engine.recorder.deals
    month = (deals.week - first) * MONTHS // YEAR
    rows = []
    for who in (new, ~new):
        for which in (deals.outcome == WON, np.ones(len(month), np.bool_)):
            counted = which & who[deals.rep] & (month < MONTHS)
            rows.append(np.bincount(month[counted], minlength=MONTHS).astype(np.float64))
    return np.concatenate(rows)


def _intra_class_correlation(run: Run) -> float:
    """ICC(1) of won / not won in groups of unequal size (Donner & Koval 1980): our reps."""
    deals = team_deals(run)
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


def _more_hours(found: _Found, usual: str) -> dict[str, Float]:
    rise = _relative(found.metric("revenue", "probe hours"), found.metric("revenue", usual))
    return {"effort_elasticity": np.array([rise / MORE_HOURS])}


def _planned_calls(found: _Found, usual: str) -> dict[str, Float]:
    scenario = found.scenario
    tried, other = "probe plan", usual
    if scenario.strategies[scenario.strategy_index(usual)].focus == "value":
        tried, other = usual, "probe plan"
    lift = _relative(found.metric("revenue", tried), found.metric("revenue", other))
    return {"planned_calls_lift": np.array([lift])}


def _untrained(found: _Found, _usual: str) -> dict[str, Float]:
    use = found.untrained_use
    if len(use) < YEAR // 2:
        return {"untrained_use_fall": np.full(6, math.nan)}
    month = np.arange(YEAR // 2) * MONTHS // YEAR
    return {"untrained_use_fall": np.bincount(month, use[: len(month)]) / np.bincount(month)}


def _many_tools(found: _Found, _usual: str) -> dict[str, Float]:
    revenue = np.array([found.metric("revenue", f"probe {dose} tools") for dose in DOSES])
    if revenue[0] <= 0:
        return {"usage_inverted_u": np.full(len(DOSES), math.nan)}
    return {"usage_inverted_u": revenue / revenue[0] - 1.0}


def _everyone(found: _Found, usual: str) -> dict[str, Float]:
    gain = found.metric("share_of_served", "probe trained", "everyone")
    gain -= found.metric("share_of_served", usual, "everyone")
    return {"everyone_share_gain": np.array([gain])}


_READ = {
    "more-hours": _more_hours,
    "planned-calls": _planned_calls,
    "untrained": _untrained,
    "many-tools": _many_tools,
    "everyone": _everyone,
}
