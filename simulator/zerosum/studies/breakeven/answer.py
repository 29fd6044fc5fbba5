"""When a strategy pays: the price of each tool, the share of reps that use it, the part of its claims that is true."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from zerosum.market.metrics import DEFAULT_METRIC
from zerosum.market.state import Float
from zerosum.runs.work import Failure
from zerosum.statistics import Interval, mean_interval, replications_needed
from zerosum.statistics.verdicts import SAME
from zerosum.studies.breakeven.dials import ADOPTION, Dial
from zerosum.studies.breakeven.question import BreakEven
from zerosum.studies.compare.value import licences
from zerosum.studies.sweep import Swept, outcomes
from zerosum.studies.sweep.analysis.crossovers import ROUNDING, Line, cross_between, find_crossovers, line_of
from zerosum.studies.whatif import TODAY, WhatIfStudy

CONFIDENCE = 0.95

IF_COPIED = "if-copied"
"""Folder, within a break-even's, of the runs in which all vendors adopt."""

Pays = Literal["always", "never", "changes", "open"]
"""Over a dial: it pays at every setting, at none, the sign changes beyond chance, or it can't be told."""


@dataclass(frozen=True)
class Crossing:
    """A value of a dial at which the net gain is 0.

    Attributes
    ----------
    at, low, high : float
        the value, and its 95 % interval
    rises : bool
        the strategy pays above it, not below it
    """

    at: float
    low: float
    high: float
    rises: bool


@dataclass(frozen=True)
class Answer:
    """The results of a break-even.

    Attributes
    ----------
    asked : BreakEven
    swept : Swept
        its runs
    copied : Answer, optional
        the answer where all vendors adopt, in the same markets; None if that is what is asked
    """

    asked: BreakEven
    swept: Swept
    copied: Answer | None = None

    @property
    def failures(self) -> tuple[tuple[str, Failure], ...]:
        """Runs that failed, with what was changed in each."""
        own = tuple((self.swept.study.describe(one.point), one) for one in self.swept.failures)
        return own + (tuple((IF_COPIED, one) for _, one in self.copied.failures) if self.copied else ())

    @cached_property
    def net(self) -> Float:
        """Net gain at each point in each observation, money/year, float[points, n]; NaN where a run failed."""
        found = self._outcomes(DEFAULT_METRIC)
        return np.asarray(found[self.asked.strategy] - found[self.asked.scenario.baseline_name])

    @property
    def today(self) -> Interval:
        """The net gain as the scenario has it."""
        return mean_interval(self.net[TODAY])

    @property
    def lost_if_copied(self) -> Interval:
        """Net gain that is lost if all vendors adopt, of pairs of the same market; NaN if that wasn't asked."""
        if self.copied is None:
            return Interval(math.nan, math.nan, math.nan, 0)
        return mean_interval(self.net[TODAY] - self.copied.net[TODAY])

    @cached_property
    def prices(self) -> pd.DataFrame:
        """One row per tool: tool, entered, price, price_low, price_high (money/year for each rep; 95 %)."""
        scenario = self.asked.scenario
        reps = scenario.vendors[scenario.focal_index].reps
        rows = []
        for tool in self.asked.tools:
            entered = licences(scenario, tool, self.net.shape[1])
            price = mean_interval(entered + self.net[TODAY] / reps)
            rows.append((tool.name, float(entered.mean()), price.mean, price.low, price.high))
        return pd.DataFrame(rows, columns=["tool", "entered", "price", "price_low", "price_high"])

    @cached_property
    def needed(self) -> int | None:
        """Simulated runs that would tell today's net gain from 0, at 80 % power; None: unknown."""
        needed = replications_needed(self.today, None)
        often = self.swept.study.experiment.replications
        return None if needed is None else needed * (often // self.net.shape[1])

    # --- Dials ----------------------------------------------------------------------------------------------------

    @cached_property
    def points(self) -> pd.DataFrame:
        """One row per setting of each dial, today's among them, ascending in ``value``.

        dial, setting, value (adoption: the share of reps that use the tools at the end, mean over runs; effect: part
        of what is claimed), is_today, net, net_low, net_high (money/year, 95 %), adoption, n
        """
        adoption, rows = self._adoption, []
        for dial in self.asked.dials:
            for point, setting in self._settings(dial):
                net = mean_interval(self.net[point])
                value = float(adoption[point]) if dial.key == ADOPTION else setting
                rows.append(
                    (
                        dial.key,
                        setting,
                        value,
                        point == TODAY,
                        net.mean,
                        net.low,
                        net.high,
                        adoption[point],
                        net.n,
                    )
                )
        columns = ["dial", "setting", "value", "is_today", "net", "net_low", "net_high", "adoption", "n"]
        found = pd.DataFrame(rows, columns=columns)
        order = {dial.key: number for number, dial in enumerate(self.asked.dials)}
        return found.sort_values(
            ["dial", "value", "setting"],
            key=lambda s: s.map(order) if s.name == "dial" else s,
            ignore_index=True,
        )

    @property
    def _adoption(self) -> Float:
        """Share of reps that use the tools that are turned at each point, at the end; mean over tools and runs.

        The metric is of all of the strategy's tools. What is left of it where nobody uses these is the others' part.
        """
        asked = self.asked
        strategy = asked.scenario.strategies[asked.scenario.strategy_index(asked.strategy)]
        found = np.nanmean(self._outcomes("adoption")[asked.strategy], axis=1)
        for dial in asked.dials:
            if dial.key == ADOPTION:
                nobody = next(point for point, setting in self._settings(dial) if setting == -1.0)
                rest = found - found[nobody]
                return np.asarray(
                    np.clip(rest * len(strategy.tools) / len(asked.tools), 0.0, 1.0), np.float64
                )
        return np.asarray(found, np.float64)

    def crossings(self, dial: Dial) -> list[Crossing]:
        """Return where the net gain changes its sign beyond chance along a dial, ascending.

        Between two settings it is interpolated; see :mod:`zerosum.studies.sweep.analysis.crossovers`. Both ends of the
        dial are asked first, since most dials rise or fall all along: two tests then, and not one for each setting.
        """
        line = self._line(dial)
        if line is None:
            return []
        ends = find_crossovers(line_at(line, [0, len(line.x) - 1]))
        found = find_crossovers(line)
        if len(found) < 2 and ends:
            found = [cross_between(line, 0, 0, len(line.x) - 1, ends[0].before, ends[0].after, CONFIDENCE)]
        return [Crossing(one.at, one.low, one.high, one.after == 0) for one in found]

    def sure(self, dial: Dial) -> tuple[float, float]:
        """Return the value from which on the strategy surely pays, and up to which it surely doesn't.

        Each setting's 95 % interval by itself; NaN: from or up to none.
        """
        here = self.points[self.points["dial"] == dial.key]
        value, low, high = (here[name].to_numpy() for name in ("value", "net_low", "net_high"))
        pays = value[len(value) - _leading(low[::-1] > 0) :]
        loses = value[: _leading(high < 0)]
        return (float(pays[0]) if len(pays) else math.nan, float(loses[-1]) if len(loses) else math.nan)

    def pays(self, dial: Dial) -> Pays:
        """Say whether the strategy pays along a dial."""
        if self.crossings(dial):
            return "changes"
        value = self.points.loc[self.points["dial"] == dial.key, "value"]
        pays_from, loses_to = self.sure(dial)
        if pays_from == value.min():
            return "always"
        return "never" if loses_to == value.max() else "open"

    def _settings(self, dial: Dial) -> list[tuple[int, float]]:
        """Return each point of a dial with its setting, today's among them."""
        rows = list(enumerate(self.swept.study.what_if.points))  # type: ignore[attr-defined]
        return [(TODAY, float(dial.today)), *((n, float(value)) for n, (one, value) in rows if one is dial)]

    def _line(self, dial: Dial) -> Line | None:
        """Return both strategies' contribution along a dial."""
        found = self._outcomes(DEFAULT_METRIC)
        numbers = [point for point, _ in self._settings(dial)]
        values = self.points[self.points["dial"] == dial.key].set_index("setting")["value"]
        x = np.array([values[setting] for _, setting in self._settings(dial)])
        x, first = np.unique(x, return_index=True)
        rows = [numbers[place] for place in first]
        names: Sequence[str] = (self.asked.strategy, self.asked.scenario.baseline_name)
        line = line_of(np.stack([found[name][rows] for name in names], axis=2), x, common=True)
        if line is None or self.net.shape[1] < SAME:
            return line
        # Where nobody uses a tool, every run loses the same: it is sure, though nothing varies.
        least = (2.0 * ROUNDING * float(np.abs(line.level).max())) ** 2
        return replace(line, variance=np.maximum(line.variance, least))

    def _outcomes(self, metric: str) -> dict[str, Float]:
        """Return a metric by strategy, float[points, observations]."""
        runs = outcomes(self.swept, metric)[self.asked.adopters]
        points = range(len(self.swept.study.points))
        return {str(name): runs[name].unstack("replication").reindex(points).to_numpy(float) for name in runs}


def answer(asked: BreakEven, simulate: Callable[[WhatIfStudy, str], Swept]) -> Answer:
    """Answer a question with the runs that ``simulate`` makes of a study, given the name of the folder within its own.

    Where competitors don't react, today's setting is simulated once more with all vendors adopting.
    """
    swept, copied = simulate(asked.study(), ""), asked.if_copied()
    return Answer(
        asked, swept, None if copied is None else Answer(copied, simulate(copied.study(), IF_COPIED))
    )


def line_at(line: Line, places: Sequence[int]) -> Line:
    """Return a line of some of its places; only the first two are next to each other."""
    at = list(places)
    picked = {name: getattr(line, name)[at] for name in ("x", "level", "gap", "variance", "df")}
    return replace(line, **picked, covariance=np.zeros((len(at) - 1, line.gap.shape[1])))


def _leading(true: npt.NDArray[np.bool_]) -> int:
    """Return how many of the first are true."""
    return len(true) if true.all() else int(np.argmin(true))
