"""Compute all measures in one replication of a market: status quo, chance baseline and probes.

Probes branch from the status quo's warm-up and share its random numbers, so that only the probe differs. Probes add
strategies and tools to the scenario; its own stay unchanged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from zerosum.market.assumptions import assumed
from zerosum.market.engine import Engine
from zerosum.market.metrics import BY_NAME, Team, measure
from zerosum.market.records import (
    DEALS_WON,
    OPENED,
    OPENED_EVALUATIONS,
    REVENUE_DISPLACED,
    REVENUE_NEW,
    REVENUE_RENEWED,
    REVENUE_UPGRADED,
    SERVED_BUYERS,
    WON,
)
from zerosum.market.run import OnWeek, Run, assignment, branches, chance_baseline, warm_up
from zerosum.market.state import ACTIVITIES, DISPLACEMENT, N_PLANNED, NEW, NONE, YEAR, Float
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
"""Part of the working week."""

AN_HOUR = 4.0
"""Extra hours per week and rep for one activity; results are per hour."""


def with_probes(scenario: Scenario, adoption: Mapping[str, Any] | None = None) -> Scenario:
    """Return the scenario with the probes' strategies and tools after its own.

    ``adoption``: keys of a tool for its adoption by reps; default: the package's.
    """
    now = baseline_strategy(scenario)
    more = {name: MORE_HOURS * scenario.reps.hours_per_week * share for name, share in now.plan}
    hours = {name: hours_more(scenario, **{name: AN_HOUR}) for name, _ in now.plan}
    tool, small = assistant(**(adoption or {})), small_tools(**(adoption or {}))
    strategies = (
        vary(scenario, "hours", extra_hours=hours_more(scenario, **more)),
        *(vary(scenario, f"more {name}", extra_hours=extra) for name, extra in hours.items()),
        vary(scenario, "plan", focus="even" if now.focus == "value" else "value"),
        vary(scenario, "push", push=not now.push),
        vary(scenario, "untrained", tools=(tool.name,), training=0.0),
        adopt(scenario, "trained", [tool]),
        *dose(scenario, small),
    )
    return add_to(scenario, strategies, (tool, *small))


class _Probes:
    """The probes of one replication, from one warm-up; each market is freed once it has been read."""

    def __init__(self, start: Engine, usual: str, vendors: Sequence[int], on_week: OnWeek | None) -> None:
        self.start, self.usual, self.vendors, self.on_week = start, usual, vendors, on_week
        self.status_quo = self.run(usual)

    def run(
        self, strategy: str, adopters: Adopters = "focal", vendor: int | None = None, weeks: int | None = None
    ) -> Run:
        """Simulate a vendor (default: the focal one) with a strategy, for ``weeks`` (default: the measured weeks)."""
        return next(branches(_seen_by(self.start, vendor, weeks), [strategy], [adopters], self.on_week))

    def in_a_year(self, strategy: str, adopters: Adopters = "focal", vendor: int | None = None) -> Run:
        """Simulate a vendor with a strategy for at most a year, as in the sources."""
        return self.run(strategy, adopters, vendor, min(self.status_quo.weeks, YEAR))

    @cached_property
    def usual_year(self) -> Run:
        """Return the status quo over at most a year."""
        return self.status_quo if self.status_quo.weeks <= YEAR else self.in_a_year(self.usual)

    def teams(self, strategy: str) -> Iterator[Team]:
        """Yield each vendor's team when only that vendor uses a strategy for a year."""
        for vendor in self.vendors:
            usual = strategy == self.usual
            yield Team(
                _as_of(self.usual_year, self.start, vendor)
                if usual
                else self.in_a_year(strategy, vendor=vendor)
            )


def _seen_by(start: Engine, vendor: int | None, weeks: int | None) -> Engine:
    """Return the same market with another focal vendor, or with other measured weeks.

    The focal vendor makes no difference until a vendor changes its strategy.
    """
    scenario = start.scenario
    focal = scenario.focal_index if vendor is None else vendor
    measured = scenario.clock.weeks if weeks is None else weeks
    if (focal, measured) == (scenario.focal_index, scenario.clock.weeks):
        return start
    seen = start.branch()
    comparison = scenario.comparison.model_copy(update={"focal": scenario.vendors[focal].name})
    clock = scenario.clock.model_copy(update={"weeks": measured})
    seen.scenario = scenario.model_copy(update={"comparison": comparison, "clock": clock})
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
    """Compute measures in one replication.

    Parameters
    ----------
    scenario : Scenario
    replication : int
    on_week : callable, optional
    measures : names
        measures to compute; other probes are skipped
    null : bool
        whether to simulate the status quo's chance baseline too
    vendors : rows
        vendors to average the status quo's metrics over; each by itself also tries more hours and planned
        calls. Default: the focal vendor
    adoption : mapping
        adoption of the probes' tools by reps, see :func:`with_probes`

    Returns
    -------
    tuple
        observation; chance baseline of the measures shown beside it, empty without ``null``
    """
    needed = {MEASURES[name].probe for name in measures} - {""}
    # Before probes are added: their names aren't a file's.
    scenario = assumed(scenario, replication, alone=True)
    baseline, who = scenario.baseline_name, tuple(vendors) or (scenario.focal_index,)
    start = warm_up(with_probes(scenario, adoption) if needed else scenario, replication, on_week)
    probes = _Probes(start, baseline, who, on_week)
    rows = _status_quo(probes.status_quo, start, who, measures)
    for probe, read in _READ.items():
        if probe in needed:
            rows |= read(probes)
    by_chance: dict[str, Float] = {}
    if null:
        begun = warm_up(chance_baseline(scenario), replication, on_week)
        of_chance = [name for name in measures if MEASURES[name].beside_chance]
        by_chance = _status_quo(next(branches(begun, [baseline], ["focal"], on_week)), begun, who, of_chance)
    return {name: rows[name] for name in MEASURES if name in measures}, by_chance


def vendors_alike(scenario: Scenario) -> tuple[int, ...]:
    """Return the focal vendor and all vendors that differ from it only in name.

    In the status quo they are exchangeable, so each is one more observation.
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
        # Only the focal vendor changes its strategy to the baseline when the measured weeks begin.
        return (focal,)
    others = (row for row in range(len(scenario.vendors)) if row != focal)
    return (focal, *(row for row in others if traits(row) == traits(focal)))


def _as_of(run: Run, start: Engine, vendor: int) -> Run:
    """Return the run of the status quo as another vendor sees it."""
    team = start.market.reps.vendor == vendor
    return replace(run, vendor=vendor, team=team, start_accounts=int(start.market.vendors.customers[vendor]))


def _known_mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def _status_quo(
    run: Run, start: Engine, vendors: Sequence[int], measures: Collection[str]
) -> dict[str, Float]:
    """Return measures of the status quo: averaged over vendors, or summed if pooled."""
    teams = [Team(_as_of(run, start, v)) for v in vendors]
    asked = [name for name in measures if name in BY_NAME]
    every = [measure(team, asked) for team in teams]
    rows = {name: np.array([_known_mean([numbers[name] for numbers in every])]) for name in asked}
    for one in (MEASURES[name] for name in measures):
        if one.read is None:
            continue
        read = [one.read(team) for team in teams]
        rows[one.name] = np.sum(read, axis=0) if one.pooled else np.array([_known_mean([r[0] for r in read])])
    return rows


def _ramped(probes: _Probes) -> dict[str, Float]:
    """Return deals won by month by all vendors' reps hired as the measured weeks began; then by the same, fully ramped.

    float[2 * MONTHS]; NaN if the run is shorter than a year, or no rep is new.
    """
    run, start, on_week = probes.status_quo, probes.start, probes.on_week
    engine = run.engine
    first = engine.week - run.weeks
    new = np.zeros(len(run.team), np.bool_)
    if first > 0:
        # As recorded at the start: in runs over a year, some of them have left since.
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


def _relative(top: float, bottom: float) -> float:
    return top / bottom - 1.0 if bottom > 0 else math.nan


def _more_hours(probes: _Probes) -> dict[str, Float]:
    def sums(strategy: str) -> Float:
        """Return revenue, credited revenue and new-business revenue."""
        found = np.zeros(3)
        for team in probes.teams(strategy):
            new = team.revenue[NEW] + team.revenue[DISPLACEMENT]
            found += (team.booked_revenue, team.credit[team.run.team].sum(), new)
        return found

    rises = map(_relative, sums("(hours)"), sums(probes.usual))
    names = ("effort_elasticity", "effort_elasticity_credit", "effort_elasticity_new")
    return {name: np.array([rise / MORE_HOURS]) for name, rise in zip(names, rises, strict=True)}


def _an_hour(activity: str) -> Callable[[_Probes], dict[str, Float]]:
    def read(probes: _Probes) -> dict[str, Float]:
        return {f"hour_of_{activity}": np.array([_arr_rise(probes, activity)])}

    return read


def _preparation_or_calls(probes: _Probes) -> dict[str, Float]:
    less = _arr_rise(probes, "preparation") - _arr_rise(probes, "prospecting")
    return {"preparation_less_calls": np.array([less])}


def _arr_rise(probes: _Probes, activity: str) -> float:
    """Return the relative rise of the final ARR per extra hour, of vendors that each alone work more."""
    more = usual = 0.0
    for vendor in probes.vendors:
        more += float(Team(probes.run(f"(more {activity})", vendor=vendor)).paying.sum())
        usual += float(Team(_as_of(probes.status_quo, probes.start, vendor)).paying.sum())
    return _relative(more, usual) / AN_HOUR


def _lift(probes: _Probes, tried: str, usual_tries: bool) -> Float:
    """Return the relative rise of revenue by a strategy; with ``usual_tries``, of the status quo over the strategy."""
    more, usual = (sum(team.booked_revenue for team in probes.teams(name)) for name in (tried, probes.usual))
    return np.array([_relative(usual, more) if usual_tries else _relative(more, usual)])


def _planned_calls(probes: _Probes) -> dict[str, Float]:
    usual = baseline_strategy(probes.start.scenario)
    return {"planned_calls_lift": _lift(probes, "(plan)", usual.focus == "value")}


def _push(probes: _Probes) -> dict[str, Float]:
    return {"push_revenue": _lift(probes, "(push)", baseline_strategy(probes.start.scenario).push)}


def _three_years(probes: _Probes) -> dict[str, Float]:
    """Return the relative change of the market's flows from the first to the third year, in the status quo."""
    run = probes.status_quo
    if run.weeks < 3 * YEAR:
        run = probes.run(probes.usual, weeks=3 * YEAR)
    weekly = run.engine.recorder.weekly
    first, third = weekly[:YEAR].sum(axis=0), weekly[2 * YEAR : 3 * YEAR].sum(axis=0)

    def drift(*columns: int, vendors: int | slice = slice(None)) -> Float:
        of_year = [float(year[vendors][..., list(columns)].sum()) for year in (third, first)]
        return np.array([_relative(*of_year)])

    return {
        "drift_evaluations": drift(OPENED_EVALUATIONS, vendors=0),  # the same for all vendors
        "drift_opportunities": drift(OPENED),
        "drift_won": drift(DEALS_WON),
        "drift_revenue": drift(REVENUE_NEW, REVENUE_DISPLACED, REVENUE_RENEWED, REVENUE_UPGRADED),
        "drift_penetration": drift(SERVED_BUYERS, vendors=0),
    }


def _untrained(probes: _Probes) -> dict[str, Float]:
    # All vendors at once: a rep's tool use depends on colleagues, hardly on other vendors.
    run = probes.in_a_year("(untrained)", "all")
    ours = np.isin(run.engine.market.reps.vendor, probes.vendors)
    return {"untrained_use_fall": use_by_month(run, ours)}


def _many_tools(probes: _Probes) -> dict[str, Float]:
    revenue = [measure(probes.in_a_year(f"({dose} tools)"))["revenue"] for dose in DOSES]
    return {"usage_inverted_u": relative(np.array(revenue))}


def _everyone(probes: _Probes) -> dict[str, Float]:
    tried, other = (probes.run(name, "all") for name in ("(trained)", probes.usual))
    more = _relative(*(measure(run)["arr"] for run in (tried, other)))
    return {
        "everyone_share_gain": np.array([gain(tried, other, "share_of_served")]),
        "everyone_arr_gain": np.array([more]),
    }


_READ = {
    "ramped": _ramped,
    "three-years": _three_years,
    "more-hours": _more_hours,
    **{f"hour-{name}": _an_hour(name) for name in ACTIVITIES[:N_PLANNED]},
    "preparation-or-calls": _preparation_or_calls,
    "planned-calls": _planned_calls,
    "push": _push,
    "untrained": _untrained,
    "many-tools": _many_tools,
    "everyone": _everyone,
}
