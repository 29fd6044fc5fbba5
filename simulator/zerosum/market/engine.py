"""The engine: state, rules and record of one run.

The Mesa model, the runner and the tests use :class:`Engine`. It can be copied at any week
(:meth:`Engine.branch`), so every strategy starts from the same warm-up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from zerosum.market.declare.rules import Rules, build_rules
from zerosum.market.draws import run_key
from zerosum.market.jit import bind
from zerosum.market.outside import Outside
from zerosum.market.population import build_market, status_quo
from zerosum.market.records import Recorder
from zerosum.market.schedule import CHOICES, FIRST_STEP, LAST_STEP, run_weeks
from zerosum.market.sizes import check_market
from zerosum.market.state import NONE, YEAR, Int, Market, copy_market
from zerosum.scenario.spec import Scenario

BeforeChoices = Callable[[int, Int], None]
"""Called before step 9 with the week and the buyers whose evaluation ends, ascending; it may only read."""

OnWeek = Callable[[int, int], None]
"""Called after some weeks with (weeks done, weeks in all)."""

_BUYER_WEEKS = 1_000_000
"""Buyers times weeks that are simulated in one call: a fraction of a second, in which Ctrl-C has to wait."""


class Engine:
    """One market under one key.

    Parameters
    ----------
    scenario : Scenario
    replication : int
        with the seed, it addresses all random numbers
    seed : int, optional
        the scenario's ``comparison.seed`` if not given (0 is a seed)

    Attributes
    ----------
    week : int
        the next week to be simulated
    market : Market
        the state, to be read between weeks
    recorder : Recorder
        what was recorded since the start or since :meth:`branch`
    before_choices : callable, optional
        called in each week before buyers choose, to read the market; a branch has none

    Raises
    ------
    ScenarioError
        If the market doesn't fit in memory.
    """

    def __init__(self, scenario: Scenario, replication: int = 0, seed: int | None = None) -> None:
        check_market(scenario)
        self.scenario = scenario
        self.replication = replication
        self.key = run_key(scenario.comparison.seed if seed is None else seed, replication)
        self.week = 0
        self.rules: Rules = build_rules(scenario)
        self._set_market(build_market(scenario, self.key, self.rules))
        self._rules = bind(self.rules)
        self._outside = Outside(scenario)
        self.recorder = Recorder(self.market, max(scenario.clock.warmup_weeks, scenario.clock.weeks))
        self.before_choices: BeforeChoices | None = None

    def _set_market(self, market: Market) -> None:
        self.market = market
        self._market = bind(market)

    def branch(self, scenario: Scenario | None = None) -> Engine:
        """Return an independent copy of the market, with an empty record.

        What never changes (traits, territories, network, rules) is shared.

        Parameters
        ----------
        scenario : Scenario, optional
            whose rules hold from here on; its market must be built alike: the same buyers, vendors, reps and tools,
            and the same strategies in the same rows (more may follow)
        """
        twin = object.__new__(Engine)
        twin.replication, twin.key, twin.week = self.replication, self.key, self.week
        if scenario is None:
            twin.scenario, twin.rules, twin._rules = self.scenario, self.rules, self._rules
        else:
            twin.scenario, twin.rules = scenario, build_rules(scenario)
            twin._rules = bind(twin.rules)
        twin._outside = Outside(twin.scenario)
        twin._set_market(copy_market(self.market))
        twin.recorder = Recorder(twin.market, twin.scenario.clock.weeks)
        twin.before_choices = None
        return twin

    def step(self) -> None:
        """Simulate one week."""
        self.run(1)

    def run(self, weeks: int, on_week: OnWeek | None = None) -> None:
        """Simulate several weeks.

        Parameters
        ----------
        weeks : int
        on_week : callable, optional
            called from time to time, and at the end, with (weeks done, weeks in all)
        """
        start, end = self.week, self.week + weeks
        at_once = max(1, _BUYER_WEEKS // len(self.market.buyers.value))
        while self.week < end:
            if self.before_choices is None and not self._outside.steps:
                self._run_until(min(end, self.week + at_once))
            else:
                self._run_watched()
            if on_week:
                on_week(self.week - start, weeks)

    def _run_until(self, end: int) -> None:
        """Simulate weeks in one call for each year, or until the record must be made longer."""
        while self.week < end:
            first, record = self.week, self.recorder.open_weeks(self.week, self.market)
            last = min(end, (first // YEAR + 1) * YEAR)
            self.week = run_weeks(
                self.key, first, last, FIRST_STEP, LAST_STEP, self._market, self._rules, record
            )
            self.recorder.close_weeks(first, self.market)

    def _run_watched(self) -> None:
        """Simulate a week in several calls; rules from outside and ``before_choices`` run between them."""
        week, buyers, recorder = self.week, self.market.buyers, self.recorder
        self.market.reps.edge[:] = 0.0
        record, step = recorder.open_weeks(week, self.market), FIRST_STEP
        watched = () if self.before_choices is None else (CHOICES,)
        for stop in sorted({*self._outside.steps, *watched, LAST_STEP + 1}):
            if stop > step:
                record = recorder.make_room(week, self.market)
                run_weeks(self.key, week, week + 1, step, stop - 1, self._market, self._rules, record)
                step = stop
            self._outside.act(stop, self, record)
            if stop == CHOICES and self.before_choices is not None:
                closing = (buyers.due == week) & (buyers.evaluation_end != NONE)
                self.before_choices(week, np.flatnonzero(closing).astype(np.int32))
        recorder.close_weeks(week, self.market)
        self.week += 1

    def assign(self, vendor_strategies: Sequence[int], rep_strategies: Sequence[int]) -> None:
        """Give every vendor and every rep a strategy (row of the scenario's), from the coming week on.

        Vendors that change restart the clock of social media. All employ the engineers that the scenario and their
        strategy give them. Habits, trust and tools in use don't change.
        """
        market = self.market
        vendors = market.vendors
        for v, strategy in enumerate(vendor_strategies):
            if strategy == vendors.strategy[v]:
                continue
            vendors.strategy[v] = strategy
            vendors.social_since[v] = self.week
        self._staff()
        market.reps.strategy[:] = np.asarray(rep_strategies, np.int16)
        # A tool that is no longer offered has no use from now on, also before the week's own adoption step.
        offered = self.rules.strategies.offers[market.reps.strategy]
        market.reps.tool_use[:] *= offered

    def _staff(self) -> None:
        """Employ the engineers that vendors and their strategies have, new ones from the coming week on."""
        vendors, scenario = self.market.vendors, self.scenario
        wanted = [
            vendor.presales + scenario.strategies[strategy].extra_presales
            for vendor, strategy in zip(scenario.vendors, vendors.strategy, strict=True)
        ]
        if (lacking := max(wanted) - vendors.free_at.shape[1]) > 0:
            room = np.pad(vendors.free_at, ((0, 0), (0, lacking)))
            self._set_market(self.market._replace(vendors=vendors._replace(free_at=room)))
            vendors = self.market.vendors
        for v, engineers in enumerate(wanted):
            vendors.free_at[v, vendors.engineers[v] : engineers] = self.week
            vendors.engineers[v] = engineers

    def status_quo(self) -> tuple[list[int], list[int]]:
        """Strategies of the warm-up: (of every vendor, of every rep)."""
        vendors = status_quo(self.scenario)
        return [int(s) for s in vendors], [int(vendors[v]) for v in self.market.reps.vendor]
