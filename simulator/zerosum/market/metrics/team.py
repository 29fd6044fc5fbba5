"""The data of the measured team in a finished run, from which metrics are computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from zerosum.market.metrics.money import Money
from zerosum.market.records import WON, Deals, Decisions, Dropouts, RepYear
from zerosum.market.state import (
    DISPLACEMENT,
    NEW,
    NO_DECISION,
    NONE,
    PROSPECTING,
    QUARTER,
    RENEWAL,
    ROUTINE,
    SELLING,
    TRIAL,
    UPGRADE,
    YEAR,
    Float,
)

if TYPE_CHECKING:
    from zerosum.market.engine import Engine
    from zerosum.market.run import Run

Rows = npt.NDArray[np.bool_]


def ratio(top: float, bottom: float) -> float:
    """Return the ratio; NaN, never 0, without a denominator."""
    return float(top / bottom) if bottom > 0 else math.nan


def count(rows: Rows) -> float:
    """Count the rows that are marked."""
    return float(np.count_nonzero(rows))


def mean(values: Sequence[float] | npt.NDArray[Any]) -> float:
    """Return the mean; NaN without values."""
    return float(np.mean(values)) if len(values) else math.nan


def spread(values: Float) -> float:
    """Return the standard deviation of a sample; NaN with fewer than two."""
    return float(values.std(ddof=1)) if len(values) > 1 else math.nan


def variation(values: Float) -> float:
    """Return the standard deviation over the mean; NaN without values."""
    return ratio(float(values.std()), float(values.mean())) if len(values) else math.nan


def skewness(values: Float) -> float:
    """Return the third standardized moment; NaN without values."""
    if len(values) == 0:
        return math.nan
    distance = values - values.mean()
    return ratio(float((distance**3).mean()), float(values.std()) ** 3)


def quantile(values: Float, share: float) -> float:
    """Return a quantile, interpolated; NaN without values. Equals numpy's, in a tenth of the time."""
    if len(values) == 0:
        return math.nan
    ordered = np.sort(values)
    place = (len(ordered) - 1) * share
    before, part = int(place), place - int(place)
    low, high = float(ordered[before]), float(ordered[min(before + 1, len(ordered) - 1)])
    return high - (high - low) * (1.0 - part) if part >= 0.5 else low + (high - low) * part


def top_fifth_share(revenue: Float) -> float:
    """Return the share of the sum that the best fifth brings (rounded to whole reps, at least one)."""
    best = np.sort(revenue)[::-1][: max(1, round(len(revenue) / 5))]
    return ratio(float(best.sum()), float(revenue.sum()))


def gini(revenue: Float) -> float:
    """Return the Gini coefficient of non-negative amounts."""
    ordered, n = np.sort(revenue), len(revenue)
    weighted = float((np.arange(1, n + 1) * ordered).sum())
    return ratio(2.0 * weighted, n * float(ordered.sum())) - (n + 1) / n


class Team:
    """A team's data in a finished run: the measured vendor's reps, over the measured weeks.

    With ``head-to-head`` it is the strategy's team. Each property is computed once, at its first use.

    Parameters
    ----------
    run : Run
        its ``engine`` holds the market at the end, the record of the measured weeks and the scenario
    """

    def __init__(self, run: Run) -> None:
        self.run = run

    @property
    def engine(self) -> Engine:
        """The market at the end of the run."""
        return self.run.engine

    @cached_property
    def reps(self) -> int:
        """Number of reps in the team."""
        return int(self.run.team.sum())

    @property
    def years(self) -> float:
        """Length of the measured weeks, in years."""
        return self.run.weeks / YEAR

    # --- Deals ----------------------------------------------------------------------------------------------------

    @cached_property
    def deals(self) -> Deals:
        """The team's closed opportunities."""
        deals = self.engine.recorder.deals
        ours = np.flatnonzero((deals.vendor == self.run.vendor) & self.run.team[deals.rep])
        return Deals._make(column.take(ours) for column in deals)

    @cached_property
    def won(self) -> Rows:
        """Which of :attr:`deals` were won."""
        return np.asarray(self.deals.outcome == WON, np.bool_)

    @cached_property
    def alone(self) -> Rows:
        """Which of :attr:`deals` had no other vendor."""
        return np.asarray(self.deals.offers == 1, np.bool_)

    def win_rate(self, which: Rows | None = None) -> float:
        """Won / closed, of some of the deals or of all."""
        if which is None:
            return ratio(count(self.won), float(len(self.won)))
        return ratio(count(self.won & which), count(which))

    @cached_property
    def cycles(self) -> Float:
        """Weeks from the opening of each of :attr:`deals` to its close."""
        return (self.deals.week - self.deals.opened).astype(np.float64)

    # --- Reps -----------------------------------------------------------------------------------------------------

    @cached_property
    def quota(self) -> Float:
        """Quota of every rep of the market over the measured weeks; money, [reps]; 0: none was set."""
        years = self.engine.recorder.rep_years
        return sum((y.quota * y.weeks / YEAR for y in years), np.zeros(len(self.run.team)))

    @cached_property
    def credit(self) -> Float:
        """Credited revenue of every rep of the market over the measured weeks; money, [reps]."""
        return sum((y.revenue for y in self.engine.recorder.rep_years), np.zeros(len(self.run.team)))

    def rep_years(self, with_quotas: bool = False) -> list[tuple[Float, Float]]:
        """Return quota and credited revenue of the team's reps in each year; money, [reps].

        Whole years only, unless there is none (a run of half a year, or quotas only in part of one): quotas are set by
        the year, and reps are judged by it. Over several years together, chance averages out.
        """
        team = self.run.team
        years = self._years_that_count(with_quotas)
        return [(year.quota[team] * year.weeks / YEAR, year.revenue[team]) for year in years]

    def _years_that_count(self, with_quotas: bool) -> list[RepYear]:
        team = self.run.team
        years = [y for y in self.engine.recorder.rep_years if not with_quotas or y.quota[team].any()]
        return [year for year in years if year.weeks == YEAR] or years

    @cached_property
    def attainment(self) -> Float:
        """Credited revenue over quota of each rep of the team in each year; those without a quota are left out."""
        years = self.rep_years(with_quotas=True)
        found = [credit[quota > 0] / quota[quota > 0] for quota, credit in years]
        return np.concatenate(found) if found else np.empty(0)

    @property
    def company_attainment(self) -> float:
        """Credited revenue over quota of all reps and years together; those without a quota are left out."""
        years = self.rep_years(with_quotas=True)
        credit = sum(float(credit[quota > 0].sum()) for quota, credit in years)
        return ratio(credit, sum(float(quota.sum()) for quota, _ in years))

    @property
    def quota_a_year(self) -> float:
        """Mean yearly quota of the team's reps that have one, over the years that count; money/year."""
        years = [year.quota[self.run.team] for year in self._years_that_count(with_quotas=True)]
        return mean(np.concatenate([quota[quota > 0] for quota in years]) if years else ())

    def of_years(self, statistic: Callable[[Float], float]) -> float:
        """Return the mean over years of a statistic of the reps' credited revenue, no less than 0 each."""
        return mean([statistic(np.maximum(credit, 0.0)) for _, credit in self.rep_years()])

    @cached_property
    def rep_win_rates(self) -> Float:
        """Won / closed of each rep of the team that closed anything."""
        n, team = len(self.run.team), self.run.team
        closed = np.bincount(self.deals.rep, minlength=n)[team]
        won = np.bincount(self.deals.rep, weights=self.won, minlength=n)[team]
        return np.asarray(won[closed > 0] / closed[closed > 0], np.float64)

    @cached_property
    def hours(self) -> Float:
        """Hours of the team, [9], by :data:`~zerosum.market.state.ACTIVITIES`."""
        return np.asarray(self.engine.recorder.rep_hours[self.run.team].sum(axis=0), np.float64)

    @property
    def selling_hours(self) -> float:
        """Hours of prospecting and selling."""
        return float(self.hours[PROSPECTING] + self.hours[SELLING])

    @cached_property
    def counts(self) -> Float:
        """Sums over the team, [5], by :data:`~zerosum.market.records.REP_COUNTS`."""
        return np.asarray(self.engine.recorder.rep_counts[self.run.team].sum(axis=0), np.float64)

    @property
    def adopted(self) -> Rows:
        """Whether each rep of the team uses each tool of its strategy at the end; one after the other, may be none."""
        strategy, reps = self.engine.scenario.strategies[self.run.strategy_row], self.engine.market.reps
        offered = [tool.name in strategy.tools for tool in self.engine.scenario.tools]
        status = reps.tool_status[self.run.team][:, offered]
        return np.asarray((status == TRIAL) | (status == ROUTINE), np.bool_).ravel()

    @property
    def engineers(self) -> float:
        """Presales engineers of the vendor, the team's part by its number of reps."""
        run = self.run
        part = self.reps / self.engine.scenario.vendors[run.vendor].reps
        return float(self.engine.market.vendors.engineers[run.vendor]) * part

    @property
    def asked(self) -> Rows:
        """Which of :attr:`deals` were prepared well enough to ask for presales support."""
        rules = self.engine.rules
        prepared = 1.0 - np.exp(-self.deals.preparation / rules.effort.preparation_hours)
        enough = self.deals.preparation >= rules.support.fewest_hours
        return np.asarray(enough & (prepared >= rules.support.threshold), np.bool_)

    @cached_property
    def tool_use(self) -> Float:
        """Mean use of the tools that reps are offered, by week."""
        return np.asarray(self.engine.recorder.rep_tool_use[:, self.run.team].mean(axis=1), np.float64)

    # --- Contracts and accounts -----------------------------------------------------------------------------------

    @cached_property
    def decisions(self) -> Decisions:
        """Evaluations that ended, of all buyers."""
        return self.engine.recorder.decisions

    @cached_property
    def booked(self) -> Rows:
        """Which of :attr:`decisions` brought the vendor a contract in the team's territories."""
        decisions = self.decisions
        ours = self.engine.rules.products.vendor[decisions.after] == self.run.vendor
        ours &= decisions.outcome != NO_DECISION
        return np.asarray(ours & self.run.team[self.owner[decisions.buyer]], np.bool_)

    @cached_property
    def revenue(self) -> Float:
        """Annual value of contracts booked, whether or not the rep was there; money, by OUTCOMES."""
        decisions, ours = self.decisions, self.booked
        found = np.bincount(decisions.outcome[ours], weights=decisions.revenue[ours], minlength=UPGRADE + 1)
        return np.asarray(found, np.float64)

    @cached_property
    def booked_revenue(self) -> float:
        """The sum of :attr:`revenue`."""
        found = self.revenue
        return float(found[RENEWAL] + found[NEW] + found[DISPLACEMENT] + found[UPGRADE])

    @property
    def owner(self) -> npt.NDArray[np.int32]:
        """The vendor's rep in whose territory each buyer is, [buyers]."""
        return self.engine.market.buyers.owner[:, self.run.vendor]

    @cached_property
    def territory(self) -> Rows:
        """Which buyers are in the team's territories."""
        return np.asarray(self.run.team[self.owner], np.bool_)

    @cached_property
    def accounts(self) -> int:
        """Buyers in the team's territories that the vendor holds at the end."""
        held = self.engine.market.buyers.holds
        ours = (held >= 0) & (self.engine.rules.products.vendor[held] == self.run.vendor)
        return int(np.count_nonzero(ours & self.territory))

    @property
    def gained(self) -> int:
        """Accounts held at the end less at the start."""
        return self.accounts - self.run.start_accounts

    @cached_property
    def paying(self) -> Float:
        """What each buyer in the team's territories pays the vendor at the end; money/year, [buyers]."""
        buyers, held = self.engine.market.buyers, self.engine.market.buyers.holds
        ours = (held >= 0) & (self.engine.rules.products.vendor[held] == self.run.vendor) & self.territory
        return np.asarray(np.where(ours, buyers.value * buyers.price_paid, 0.0), np.float64)

    @cached_property
    def arr_change(self) -> Float:
        """What each of :attr:`decisions` adds to the vendor's ARR in the team's territories; money/year."""
        decisions, vendor_of = self.decisions, self.engine.rules.products.vendor
        after = (decisions.after >= 0) & (vendor_of[decisions.after] == self.run.vendor)
        before = (decisions.before >= 0) & (vendor_of[decisions.before] == self.run.vendor)
        change = np.where(after, decisions.arr_after, 0.0) - np.where(before, decisions.arr_before, 0.0)
        return np.asarray(np.where(self.territory[decisions.buyer], change, 0.0), np.float64)

    @cached_property
    def arr_by_outcome(self) -> Float:
        """Sums of :attr:`arr_change`, by OUTCOMES; under DISPLACEMENT only gains count."""
        won = np.maximum(self.arr_change, 0.0)
        won = np.where(self.decisions.outcome == DISPLACEMENT, won, self.arr_change)
        found = np.bincount(self.decisions.outcome, weights=won, minlength=UPGRADE + 1)
        return np.asarray(found, np.float64)

    @cached_property
    def arr_lost(self) -> float:
        """ARR of the team's customers that competitors took; money/year."""
        taken = self.decisions.outcome == DISPLACEMENT
        return float(-np.minimum(self.arr_change[taken], 0.0).sum())

    @cached_property
    def dropouts(self) -> Dropouts:
        """The team's customers that dropped out."""
        dropouts = self.engine.recorder.dropouts
        ours = self.engine.rules.products.vendor[dropouts.product] == self.run.vendor
        ours &= self.territory[dropouts.buyer]
        return Dropouts._make(column[ours] for column in dropouts)

    @property
    def arr_net_new(self) -> float:
        """ARR at the end less at the start; money/year."""
        return float(self.arr_change.sum() - self.dropouts.arr.sum())

    @cached_property
    def lost(self) -> float:
        """Accounts of the team lost to rivals."""
        decisions = self.decisions
        lost = decisions.outcome == DISPLACEMENT
        lost &= self.engine.rules.products.vendor[decisions.before] == self.run.vendor
        return count(lost & self.run.team[self.owner[decisions.buyer]])

    @cached_property
    def money(self) -> Money:
        """What the team earned and cost in each week."""
        return Money(self)

    # --- What is open at the end ----------------------------------------------------------------------------------

    @cached_property
    def slots(self) -> Rows:
        """Which rows of the market's opportunities belong to the team's reps."""
        return np.repeat(self.run.team, self.engine.rules.reps.max_open_opportunities)

    @cached_property
    def open(self) -> Rows:
        """Which rows of the market's opportunities are open and the team's."""
        return np.asarray((self.engine.market.opportunities.buyer != NONE) & self.slots, np.bool_)

    @cached_property
    def credit_if_won(self) -> float:
        """Credit that the open opportunities would bring: own customers' count as renewals, at no discount."""
        engine = self.engine
        table, buyers, products = engine.market.opportunities, engine.market.buyers, engine.rules.products
        buyer, pitched = table.buyer[self.open], table.product[self.open]
        held = buyers.holds[buyer]
        own = (held >= 0) & (products.vendor[held] == self.run.vendor)
        price = np.where(own, products.price[held], products.price[pitched])
        credit = buyers.value[buyer] * price * np.where(own, engine.rules.quota.renewal_credit, 1.0)
        return float(credit.sum())

    @property
    def quarterly_quota(self) -> float:
        """A quarter's quota of the team, at the end; money."""
        return float(self.engine.market.reps.quota[self.run.team].sum()) / (YEAR / QUARTER)

    @cached_property
    def in_market_quarter(self) -> float:
        """Mean over whole quarters of the share of all buyers that were in an evaluation at some time of it."""
        recorder, buyers = self.engine.recorder, self.engine.market.buyers
        decisions, first = recorder.decisions, recorder.first_week or 0
        still_open = np.flatnonzero(buyers.evaluation_end != NONE)
        buyer = np.concatenate([decisions.buyer, still_open])
        start = np.concatenate([decisions.started, buyers.evaluation_start[still_open]])
        end = np.concatenate([decisions.week, np.full(len(still_open), self.engine.week)])
        there = np.zeros((self.run.weeks // QUARTER, len(buyers.value)), np.bool_)
        earliest = np.maximum((start - first) // QUARTER, 0)
        latest = np.minimum((end - first) // QUARTER, len(there) - 1)
        for later in range(int((latest - earliest).max(initial=-1)) + 1):
            rows = earliest + later <= latest
            there[earliest[rows] + later, buyer[rows]] = True
        return mean(np.count_nonzero(there, axis=1) / len(buyers.value))
