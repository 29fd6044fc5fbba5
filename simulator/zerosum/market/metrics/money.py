"""What a team earns and costs in each measured week.

Customers pay week by week for as long as they stay: a contract that is prolonged in silence brings what a signed
renewal at the same price brings. The market doesn't depend on any of it.

Source: docs/model.md, "Money".
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from zerosum.market.state import YEAR, Float

if TYPE_CHECKING:
    from zerosum.market.inventory.strategies import Tool
    from zerosum.market.metrics.team import Team
    from zerosum.scenario.spec import Scenario


class Money:
    """The books of a team over the measured weeks. Each property is computed once, at its first use.

    Parameters
    ----------
    team : Team
    """

    def __init__(self, team: Team) -> None:
        # Not the team, which holds these books: such a circle would keep each market until garbage is collected.
        self._run, self._engine = team.run, team.engine
        self._reps, self._years, self._engineers = team.reps, team.years, team.engineers
        self._deals, self._decisions, self._dropouts = team.deals, team.decisions, team.dropouts
        self._paying, self._arr_change = team.paying, team.arr_change

    @property
    def _scenario(self) -> Scenario:
        return self._engine.scenario

    # --- Earned ---------------------------------------------------------------------------------------------------

    @cached_property
    def arr(self) -> Float:
        """ARR at the end of each measured week; money/year, [weeks]."""
        weeks = self._run.weeks
        # Without a decision bincount returns whole numbers.
        change = np.bincount(self._place(self._decisions.week), self._arr_change, weeks).astype(np.float64)
        change -= np.bincount(self._place(self._dropouts.week), self._dropouts.arr, weeks)
        return np.asarray(self._paying.sum() - change.sum() + change.cumsum(), np.float64)

    @property
    def earned(self) -> float:
        """What customers paid: the sum of each week's :attr:`arr` / 52; money."""
        return float(self.arr.sum()) / YEAR

    def earned_by(self, group: npt.NDArray[np.integer], n: int) -> Float:
        """Return what customers of each group paid: what they pay at the end, less each change until it was made.

        Parameters
        ----------
        group : int[buyers]
            each buyer's group
        n : int
            number of groups

        Returns
        -------
        float64[n]
            money; over all groups :attr:`earned`
        """
        decisions, dropouts = self._decisions, self._dropouts
        whole = np.bincount(group, self._paying, n) * self._run.weeks
        before = self._place(decisions.week) * self._arr_change
        whole -= np.bincount(group[decisions.buyer], before, n)
        whole += np.bincount(group[dropouts.buyer], self._place(dropouts.week) * dropouts.arr, n)
        return np.asarray(whole / YEAR, np.float64)

    def _place(self, week: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Return weeks of the run as places among the measured ones, from 0."""
        return week - (self._engine.recorder.first_week or 0)

    # --- Paid -----------------------------------------------------------------------------------------------------

    @cached_property
    def cost(self) -> Float:
        """All that the vendor paid for the team in each week; money, [weeks].

        Pay, licenses, presales and departments cost the same each week; commission is paid in the week that it is
        earned in, training in the first.
        """
        found = self._commission + (self.base_pay + self.licences + self.presales + self.departments) / YEAR
        found[:1] += self.training
        return found

    @property
    def base_pay(self) -> float:
        """Base pay, extra hours at the same wage, a year."""
        scenario = self._scenario
        strategy, usual = scenario.strategies[self._run.strategy_row], scenario.reps.hours_per_week
        longer = sum(extra for _, extra in strategy.extra_hours) / usual if usual > 0 else 0.0
        return scenario.pay.base_per_year * (1.0 + longer) * self._reps

    @property
    def presales(self) -> float:
        """Pay of presales engineers, a year."""
        return self._engineers * self._scenario.pay.presales_per_year

    @property
    def departments(self) -> float:
        """Social departments, a year; a team in head-to-head pays its part."""
        scenario, run = self._scenario, self._run
        # They follow the vendor's strategy, which in head-to-head isn't the team's.
        names = scenario.strategies[self._engine.market.vendors.strategy[run.vendor]].social
        part = self._reps / scenario.vendors[run.vendor].reps
        return sum(getattr(scenario.social, name).cost_per_year for name in names) * part

    @cached_property
    def _commission(self) -> Float:
        """Commission and accelerator, week by week as each rep's credit of the year grows; money, [weeks]."""
        run, deals, pay = self._run, self._deals, self._scenario.pay
        seat = np.cumsum(run.team) - 1
        credit = np.zeros((run.weeks, self._reps))
        np.add.at(credit, (self._place(deals.week), seat[deals.rep]), deals.credit)
        found = np.zeros(run.weeks)
        first = self._engine.recorder.first_week or 0
        for year in self._engine.recorder.rep_years:
            weeks = slice(year.week - first, year.week - first + year.weeks)
            so_far = credit[weeks].cumsum(axis=0)
            quota = year.quota[run.team] * year.weeks / YEAR
            above = np.where(quota > 0, np.maximum(so_far - quota, 0.0), 0.0)
            due = pay.commission * np.maximum(so_far, 0.0) + pay.accelerator * above
            found[weeks] = np.diff(due.sum(axis=1), prepend=0.0)
        return found

    @property
    def payout(self) -> float:
        """Commission and accelerator; money."""
        return float(self._commission.sum())

    @property
    def licences(self) -> float:
        """Licenses of the strategy's tools, a year."""
        return sum(tool.cost_per_rep_year for tool in self._tools()) * self._reps

    @property
    def training(self) -> float:
        """Training for the strategy's tools, once; money."""
        strategy = self._scenario.strategies[self._run.strategy_row]
        return sum(tool.training_cost for tool in self._tools()) * strategy.training * self._reps

    def _tools(self) -> list[Tool]:
        offered = self._scenario.strategies[self._run.strategy_row].tools
        return [tool for tool in self._scenario.tools if tool.name in offered]

    @property
    def cost_of_tools(self) -> float:
        """Licenses and training; money."""
        return self.licences * self._years + self.training

    # --- What is left ---------------------------------------------------------------------------------------------

    @property
    def contribution(self) -> Float:
        """What each week leaves of what customers paid: the margin on it less the week's cost; money, [weeks]."""
        return np.asarray(self._scenario.money.margin * self.arr / YEAR - self.cost, np.float64)

    @property
    def present_value(self) -> float:
        """The sum of :attr:`contribution`, each week's discounted from its end to the start of the first; money."""
        weeks = np.arange(1, self._run.weeks + 1)
        factor = (1.0 + self._scenario.money.discount_rate) ** (-weeks / YEAR)
        return float((self.contribution * factor).sum())
