"""The market as a Mesa model: one step is one week, agents are views, the engine does the work.

A :class:`MarketModel` starts with the measured weeks: the warm-up has run, and strategies are assigned.
``model.week`` is the week of the run, which every column, record and view uses; ``model.measured_weeks``
counts from 0. This module doesn't affect the market: the engine never reads the agents and draws nothing from
``model.random`` or ``model.rng``, which are free for your own code.

>>> model = MarketModel("workshop", strategy="shots", market__buyers=400, rng=0)
>>> model.step()
>>> model.week, model.measured_weeks, model.running
(105, 1, True)
>>> len(model.agents), sorted(set(model.agents.get("vendor")))
(12, ['Alder', 'Brightwell'])
"""

from __future__ import annotations

import copy
import math
import operator
import os
import random
from collections.abc import Mapping
from typing import Any, Literal, SupportsIndex

import mesa
import numpy as np

from zerosum.market.metrics import BY_NAME, measure
from zerosum.market.records import Recorder
from zerosum.market.run import Run, assignment, team_of_reps, warm_up
from zerosum.market.state import NONE
from zerosum.mesa.agents import Buyer, Rep, Vendor, row_named
from zerosum.scenario.comparison import ADOPTERS, Adopters
from zerosum.scenario.load import load_scenario, parse_scenario
from zerosum.scenario.spec import Scenario

MODEL_REPORTERS = ("win_rate", "attainment_median", "market_share", "in_market")
_KNOWN_AT_THE_START = ("market_share", "share_of_served", "saturation_start", "saturation_end")
AGENT_REPORTERS = {"revenue": "revenue_year", "quota": "quota"}

Collect = bool | Literal["reps"]

_ARGUMENTS = ("scenario", "strategy", "adopters", "replication", "set", "collect")
_PARTS = ("engine", "spec", "reps", "vendors")
"""Attributes of a model that are decided when it is made. ``rng`` isn't among them: it is Mesa's, for your use."""
_KINDS: dict[str, tuple[type, str]] = {
    "running": (bool, "True or False"),
    "datacollector": (
        mesa.DataCollector,
        "a mesa.DataCollector; MarketModel(collect=False) collects nothing",
    ),
    "rng": (np.random.Generator, "a numpy.random.Generator"),
    "random": (random.Random, "a random.Random"),
}
"""Mesa's attributes that may be replaced -> by which type."""


class MarketModel(mesa.Model):
    """One strategy of a scenario, week by week.

    Parameters
    ----------
    scenario : str, path or Scenario
        a file, a shipped scenario's name, or a scenario
    strategy : str, optional
        strategy to simulate; the baseline if not given
    adopters : str, optional
        who adopts it (docs/model.md, "Strategies and adopters"); the scenario's first if not given: ``focal``,
        unless the file says otherwise
    replication : int
        with the seed, it addresses all random numbers; strategies of one replication share them
    rng : int, optional
        seed; the scenario's own if not given. 0 is a seed
    set : mapping, optional
        key paths of the scenario and their values: ``{"vendors.Alder.reps": 30}``
    collect : bool or "reps"
        collect numbers after each week; "reps": each rep's revenue and quota, too
    **kwargs
        key paths with ``__`` for each dot: ``market__saturation=0.4``

    Raises
    ------
    ScenarioError
        if the scenario, or an override, is wrong
    ValueError, TypeError
        if another argument is

    Attributes
    ----------
    engine : Engine
        the market, its rules and its record
    spec : Scenario
        as it is simulated (Mesa reserves the name ``scenario``)
    strategy, adopters, replication
    reps : tuple[Rep, ...]
        all reps, by row; also in ``agents``
    vendors : tuple[Vendor, ...]
        by row
    running : bool
        False after the last measured week; further steps still simulate
    datacollector : mesa.DataCollector
        may be replaced by your own before the first step
    """

    def __init__(
        self,
        scenario: str | os.PathLike[str] | Scenario = "workshop",
        *,
        strategy: str | None = None,
        adopters: Adopters | None = None,
        replication: SupportsIndex = 0,
        rng: SupportsIndex | None = None,
        set: Mapping[str, Any] | None = None,
        collect: Collect = True,
        **kwargs: Any,
    ) -> None:
        spec = _loaded(scenario, rng, set, kwargs)
        strategy, adopters = _chosen(spec, strategy, adopters)
        if collect not in (True, False, "reps"):
            raise ValueError(f"collect = {collect!r}: it must be True, False or 'reps'")
        start = warm_up(spec, _whole("replication", replication))
        super().__init__(rng=int(start.key))
        self.spec = spec
        self.strategy = strategy
        self.adopters = adopters
        self.replication = start.replication
        self.engine = start.branch()
        self.engine.assign(*assignment(spec, self.engine, strategy, adopters))
        self._first_week = start.week
        self._team = np.asarray(start.market.reps.vendor == spec.focal_index)
        if adopters == "head-to-head":
            self._team = np.array(team_of_reps(spec, start)) == spec.compared_names.index(strategy)
        self._start_accounts = self._accounts()
        self._start_served = int(start.market.vendors.customers.sum())
        self.reps = tuple(Rep(self, row) for row in range(len(self._team)))
        self.vendors = tuple(Vendor(self, row) for row in range(len(spec.vendors)))
        self._collects = bool(collect)
        self.datacollector = mesa.DataCollector(
            model_reporters={name: name for name in MODEL_REPORTERS},
            agent_reporters=dict(AGENT_REPORTERS) if collect == "reps" else None,
        )

    @property
    def scenario(self) -> None:
        """Return None: Mesa, from 3.5 on, expects its own type here, and would build new models from it."""
        return None

    @scenario.setter
    def scenario(self, _: Any) -> None:
        """Ignore what Mesa's constructor sets."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute of Mesa's or your own; raise for one that wouldn't change the market.

        Raises
        ------
        AttributeError
            for an argument of the model, or a value read from the market
        TypeError
            for a type that Mesa, or the next step, couldn't use
        """
        made = "vendors" in self.__dict__  # set after all else that is fixed
        attribute = getattr(type(self), name, None)
        if made and (name in _ARGUMENTS or "__" in name.strip("_")):
            raise AttributeError(
                f"MarketModel.{name} is an argument: it is decided when a model is made, so make another one "
                f"({name}=...); during a run, some attributes of reps, buyers and vendors can be assigned"
            )
        fixed = isinstance(attribute, property) and attribute.fset is None
        if fixed or (made and (name in _PARTS or name in BY_NAME)):
            raise AttributeError(f"MarketModel.{name} is read-only: it is the market's, or read from it")
        if made and name == "seed":
            raise AttributeError(
                "MarketModel.seed changes nothing: the seed is an argument, MarketModel(rng=...)"
            )
        if made and name in _KINDS and not isinstance(value, _KINDS[name][0]):
            raise TypeError(f"MarketModel.{name} = {value!r}: it must be {_KINDS[name][1]}")
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        """Delete an attribute of your own; ``AttributeError`` for those that the model uses."""
        if name in (*_PARTS, *_ARGUMENTS, *_KINDS) or hasattr(type(self), name):
            raise AttributeError(f"MarketModel.{name} can't be deleted: the model works with it")
        super().__delattr__(name)

    def step(self) -> None:
        """Simulate one week, then collect."""
        self.engine.step()
        if self.measured_weeks >= self.spec.clock.weeks:
            self.running = False
        if self._collects:
            self.datacollector.collect(self)

    @property
    def week(self) -> int:
        """Weeks simulated since week 0 of the run, the warm-up among them."""
        return self.engine.week

    @property
    def measured_weeks(self) -> int:
        """Weeks simulated since the warm-up."""
        return self.engine.week - self._first_week

    @property
    def recorder(self) -> Recorder:
        """The record of the measured weeks: deals, decisions, weekly numbers."""
        return self.engine.recorder

    @property
    def focal(self) -> Vendor:
        """The vendor that is studied."""
        return self.vendors[self.spec.focal_index]

    def rep(self, row: SupportsIndex) -> Rep:
        """Return the rep in a row; ``IndexError`` if there is none."""
        return self.reps[_row("rep", row, len(self.reps))]

    def buyer(self, row: SupportsIndex) -> Buyer:
        """Make a view of the buyer in a row; ``IndexError`` if there is none."""
        return Buyer(self, _row("buyer", row, len(self.engine.market.buyers.value)))

    def vendor(self, name: str) -> Vendor:
        """Return the vendor with this name; ``ValueError`` if there is none."""
        return self.vendors[row_named(name, (v.name for v in self.spec.vendors), "vendor")]

    def so_far(self) -> Run:
        """Return the measured weeks so far as a finished run, for ``zerosum.market.metrics`` and ``.frames``.

        It shares the market with the model: use it before the next step.
        """
        engine = copy.copy(self.engine)
        engine.recorder = copy.copy(self.engine.recorder)
        engine.recorder.rep_years = list(engine.recorder.rep_years)
        engine.recorder.finish(engine.week, engine.market)
        return Run(
            strategy=self.strategy,
            adopters=self.adopters,
            replication=self.replication,
            engine=engine,
            vendor=self.spec.focal_index,
            team=self._team,
            strategy_row=int(engine.market.reps.strategy[np.argmax(self._team)]),
            start_accounts=self._start_accounts,
            start_served=self._start_served,
            weeks=self.measured_weeks,
        )

    def metrics(self) -> dict[str, float]:
        """Every metric of the measured weeks so far (``zerosum.market.metrics.METRICS``); NaN before the first."""
        return measure(self.so_far()) if self.measured_weeks else dict.fromkeys(BY_NAME, math.nan)

    def __getattr__(self, name: str) -> float:
        """Return a metric of the measured weeks so far, so that a DataCollector can use its name; NaN if undefined."""
        if name.startswith("_") or name not in BY_NAME:
            raise AttributeError(
                f"MarketModel has no attribute '{name}', and there is no metric of this name"
            )
        known = self.measured_weeks or name in _KNOWN_AT_THE_START
        return measure(self.so_far(), [name])[name] if known else math.nan

    @property
    def in_market(self) -> float:
        """Share: buyers in an evaluation / all buyers."""
        return float(np.mean(self.engine.market.buyers.evaluation_end != NONE))

    def _accounts(self) -> int:
        """Customers of the focal vendor in the team's territories."""
        buyers, vendor = self.engine.market.buyers, self.spec.focal_index
        held = (buyers.holds >= 0) & (self.engine.rules.products.vendor[buyers.holds] == vendor)
        return int(np.count_nonzero(held & self._team[buyers.owner[:, vendor]]))


def _loaded(
    scenario: str | os.PathLike[str] | Scenario,
    rng: SupportsIndex | None,
    table: Mapping[str, Any] | None,
    keywords: Mapping[str, Any],
) -> Scenario:
    """Load the scenario with all overrides, including the seed."""
    if "seed" in keywords:
        raise TypeError("MarketModel takes rng=, not seed=")
    if table is not None and not isinstance(table, Mapping):
        raise TypeError(
            f"set = {table!r}: it must be a table of key paths and values "
            "(batch_run goes through a table's keys: give it a list of tables)"
        )
    overrides = {**(table or {}), **{key.replace("__", "."): value for key, value in keywords.items()}}
    if rng is not None:
        overrides["comparison.seed"] = _whole("rng", rng)
    # numpy's numbers are not Python's.
    plain = {key: v.item() if isinstance(v, np.generic) else v for key, v in overrides.items()}
    if isinstance(scenario, Scenario):
        return parse_scenario(scenario, plain) if plain else scenario
    if not isinstance(scenario, str | os.PathLike):
        raise TypeError(f"scenario must be a name, a path or a Scenario, not {type(scenario).__name__}")
    return load_scenario(scenario, plain)


def _chosen(spec: Scenario, strategy: str | None, adopters: Adopters | None) -> tuple[str, Adopters]:
    """Fill in and check strategy and adopters."""
    adopters = spec.comparison.adopters[0] if adopters is None else adopters
    row_named(adopters, ADOPTERS, "adopters")
    if strategy is None:
        return spec.baseline_name, adopters
    if adopters == "head-to-head":
        row_named(strategy, spec.compared_names, "strategy")
    row_named(strategy, (s.name for s in spec.strategies), "strategy")
    return strategy, adopters


def _whole(name: str, value: SupportsIndex) -> int:
    if isinstance(value, bool | np.bool_) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} = {value!r}: it must be a whole number")
    return operator.index(value)


def _row(kind: str, row: SupportsIndex, rows: int) -> int:
    number = _whole(kind, row)
    if not 0 <= number < rows:
        raise IndexError(f"there is no {kind} {number}: rows go from 0 to {rows - 1}")
    return number
