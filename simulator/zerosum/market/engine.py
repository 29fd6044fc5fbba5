"""A market in motion: state, rules and record of one run, one week at a time.

:class:`Engine` is what everything else drives: the Mesa shell, the runner, the tests. It can be copied at any
week (:meth:`Engine.branch`), which is how every arm starts from the same warm-up.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zerosum.market.declare.rules import Rules, build_rules
from zerosum.market.draws import run_key
from zerosum.market.jit import bind
from zerosum.market.outside import Outside
from zerosum.market.population import build_market, status_quo
from zerosum.market.records import Record, Recorder
from zerosum.market.schedule import BeforeChoices, one_week
from zerosum.market.sizes import check_market
from zerosum.market.state import Int, Market, copy_market
from zerosum.scenario.spec import Scenario


class Engine:
    """One market under one key.

    Parameters
    ----------
    scenario : Scenario
    replication : int
        with the seed, it addresses all luck
    seed : int, optional
        the scenario's ``comparison.seed`` if not given (0 is a seed)

    Attributes
    ----------
    week : int
        the next week to be simulated
    market : Market
        the state, to be read between weeks
    recorder : Recorder
        what has been remembered since the start or since :meth:`branch`
    before_choices : callable, optional
        called in each week before buyers choose, to read the market as it then stands; a branch has none

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
        self.recorder = Recorder(self.market, scenario.clock.weeks)
        self.before_choices: BeforeChoices | None = None

    def _set_market(self, market: Market) -> None:
        self.market = market
        self._market = bind(market)

    def branch(self, scenario: Scenario | None = None) -> Engine:
        """Return an independent copy of the market as it stands, with an empty record.

        What never changes (traits, territories, network, rules) is shared.

        Parameters
        ----------
        scenario : Scenario, optional
            whose rules hold from here on; its market must be built alike: the same buyers, vendors, reps,
            tools, as many strategies, room for as many engineers
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
        record = self.recorder.open_week(self.week, self.market)
        self._outside.act("start", self, record)
        one_week(self.key, self.week, self._market, self._rules, record, self._stop(record))
        self._outside.act("end", self, record)
        self.recorder.close_week(self.week, self.market)
        self.week += 1

    def _stop(self, record: Record) -> BeforeChoices | None:
        """Return what is called before choices: rules from outside act first, then whoever watches may look."""
        watch = self.before_choices
        if not self._outside:
            return watch

        def stop(week: int, closing: Int) -> None:
            self._outside.act("choices", self, record)
            if watch is not None:
                watch(week, closing)

        return stop

    def run(self, weeks: int) -> None:
        """Simulate several weeks."""
        for _ in range(weeks):
            self.step()

    def assign(self, vendor_strategies: Sequence[int], rep_strategies: Sequence[int]) -> None:
        """Give every vendor and every rep a strategy (row of the scenario's), from the coming week on.

        Vendors that change begin anew with social media and with engineers added; habits, trust and tools in
        use stay as they are.
        """
        market, scenario = self.market, self.scenario
        vendors = market.vendors
        for v, strategy in enumerate(vendor_strategies):
            if strategy == vendors.strategy[v]:
                continue
            vendors.strategy[v] = strategy
            vendors.social_since[v] = self.week
            engineers = scenario.vendors[v].presales + scenario.strategies[strategy].extra_presales
            vendors.free_at[v, vendors.engineers[v] : engineers] = self.week
            vendors.engineers[v] = engineers
        market.reps.strategy[:] = np.asarray(rep_strategies, np.int16)
        # A tool that is no longer offered has no use from now on, also before the week's own adoption step.
        offered = self.rules.strategies.offers[market.reps.strategy]
        market.reps.tool_use[:] *= offered

    def status_quo(self) -> tuple[list[int], list[int]]:
        """Strategies of the warm-up: (of every vendor, of every rep)."""
        vendors = status_quo(self.scenario)
        return [int(s) for s in vendors], [int(vendors[v]) for v in self.market.reps.vendor]
