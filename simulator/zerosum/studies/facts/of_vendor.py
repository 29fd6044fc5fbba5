"""Measures of one vendor in a finished run, counted as in the facts' sources.

Each function takes a :class:`~zerosum.market.metrics.Team` and returns a row of numbers: one, or several that
:mod:`~zerosum.studies.facts.measures` sums over vendors and replications before it makes one number of them.
Measures of a year are taken of whole calendar years, a rep in a year being one observation: over three years
together, noise would average out that no quota and no survey averages out.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from zerosum.market.metrics.team import Rows, Team, count, mean, quantile, ratio, spread, top_fifth_share
from zerosum.market.records import (
    GREEN_FIELD,
    OWN_CUSTOMER,
    RIVAL_HELD,
    SUPPORT_ASKED,
    SUPPORT_STARTED,
    SUPPORT_WAITING,
    WON,
)
from zerosum.market.state import (
    FOUND,
    NONE,
    PREPARATION,
    PROVOKED,
    QUARTER,
    SELLING,
    WAITING,
    YEAR,
    Float,
)

Ints = npt.NDArray[np.signedinteger]
Read = Callable[[Team], Float]
Which = Callable[[Team], Rows]

FIFTHS = 5


def one(value: float) -> Float:
    """Return a row of one number."""
    return np.array([value], np.float64)


# --- Which of a team's closed opportunities -------------------------------------------------------------------


def own_clients(team: Team) -> Rows:
    """With the vendor's own customers."""
    return np.asarray(team.deals.kind == OWN_CUSTOMER)


def new_business(team: Team) -> Rows:
    """With buyers that were not the vendor's customers."""
    return ~own_clients(team)


def rival_held(team: Team) -> Rows:
    """With a rival's customers."""
    return np.asarray(team.deals.kind == RIVAL_HELD)


def contested(team: Team) -> Rows:
    """With another vendor in the deal."""
    return ~team.alone


def own_alone(team: Team) -> Rows:
    """With own customers, no other vendor in the deal."""
    return own_clients(team) & team.alone


def own_contested(team: Team) -> Rows:
    """With own customers, another vendor in the deal."""
    return own_clients(team) & ~team.alone


def unserved_alone(team: Team) -> Rows:
    """With a buyer that had no incumbent, no other vendor in the deal."""
    return np.asarray(team.deals.kind == GREEN_FIELD) & team.alone


def asked_presales(team: Team) -> Rows:
    """Prepared enough to have requested presales; an opportunity requests it in the week it reaches that."""
    return _asked(team, team.deals.preparation)


def _asked(team: Team, preparation: Float) -> Rows:
    """Return whether hours of preparation are enough to request presales."""
    rules = team.engine.rules
    return np.asarray(1.0 - np.exp(-preparation / rules.effort.preparation_hours) >= rules.support.threshold)


def share_of_closed(which: Which) -> Read:
    """Return a measure: the share of closed opportunities that ``which`` selects."""
    return lambda team: one(ratio(count(which(team)), len(team.won)))


def share_among(of: Which, which: Which) -> Read:
    """Return a measure: the share of closed opportunities in ``of`` that ``which`` selects too."""
    return lambda team: one(ratio(count(of(team) & which(team)), count(of(team))))


def win_rate_of(which: Which) -> Read:
    """Return a measure: won / closed among the opportunities that ``which`` selects."""
    return lambda team: one(team.win_rate(which(team)))


def found_by_outreach(team: Team) -> Rows:
    """Opened by a rep's call: on a buyer in an evaluation (``found``), or starting one (``provoked``)."""
    return np.isin(team.deals.source, (FOUND, PROVOKED))


# --- By value -------------------------------------------------------------------------------------------------


def by_value(team: Team) -> Float:
    """Return new business by fifths of value, the lowest first: won [5], closed [5], sum of vendors per deal [5].

    NaN with fewer than five opportunities.
    """
    rows = np.flatnonzero(new_business(team))
    if len(rows) < FIFTHS:
        return np.full(3 * FIFTHS, math.nan)
    value = team.engine.market.buyers.value[team.deals.buyer[rows]]
    fifth = np.empty(len(rows), np.int64)
    fifth[np.argsort(value, kind="stable")] = np.arange(len(rows)) * FIFTHS // len(rows)
    counted = (team.won[rows], np.ones(len(rows)), team.deals.offers[rows])
    return np.concatenate([np.bincount(fifth, weights=each, minlength=FIFTHS) for each in counted])


# --- Whole years ----------------------------------------------------------------------------------------------


def _attainment(team: Team) -> Float:
    """Return attainments of rep-years; none without a whole year, since sources count by the year."""
    return team.attainment if _whole(team) else np.empty(0)


def _whole(team: Team) -> bool:
    return any(year.weeks == YEAR for year in team.engine.recorder.rep_years)


def _years(team: Team) -> list[tuple[Float, Float]]:
    return team.rep_years(with_quotas=True) if _whole(team) else []


def attainment_within(low: float, high: float = math.inf) -> Read:
    """Return a measure: the share of rep-years with attainment from ``low`` to ``high``."""
    return lambda team: one(mean((_attainment(team) >= low) & (_attainment(team) <= high)))


def attainment_quantile(share: float) -> Read:
    """Return a measure: a quantile of attainment over rep-years."""
    return lambda team: one(quantile(_attainment(team), share))


def company_attainment(team: Team) -> Float:
    """Return sum of credit / sum of quotas, over whole years with quotas."""
    years = _years(team)
    return one(ratio(sum(credit.sum() for _, credit in years), sum(quota.sum() for quota, _ in years)))


def top_fifth(team: Team) -> Float:
    """Return the share of a year's credited revenue from the best fifth of reps, mean over whole years."""
    return one(team.of_years(top_fifth_share) if _whole(team) else math.nan)


def _at_quota(team: Team) -> tuple[float, float, float]:
    """Return a year's quota, base pay and variable pay at exactly 100 % attainment; means over rep-years."""
    quotas = [quota[quota > 0].mean() for quota, _ in _years(team)]
    pay, quota = team.engine.scenario.pay, mean(quotas)
    return quota, pay.base_per_year, pay.commission * quota


def quota_over_pay(team: Team) -> Float:
    """Quota / pay at quota (base and commission; the accelerator begins above it)."""
    quota, base, variable = _at_quota(team)
    return one(ratio(quota, base + variable))


def variable_pay(team: Team) -> Float:
    """Commission / all pay, at quota."""
    _, base, variable = _at_quota(team)
    return one(ratio(variable, base + variable))


# --- Pipeline, presales, cycles, hours ------------------------------------------------------------------------


def pipeline_coverage(team: Team) -> Float:
    """Return credit of all open opportunities if won / a quarter's quota; mean over quarters' ends.

    Dates of opening and closing show which opportunities were open. Until an opportunity closes, its buyer doesn't
    change its vendor.
    """
    engine, deals, still = team.engine, team.deals, team.open
    table, buyers, products = engine.market.opportunities, engine.market.buyers, engine.rules.products
    buyer = np.concatenate([deals.buyer, table.buyer[still]])
    opened = np.concatenate([deals.opened, table.opened[still]])
    closed = np.concatenate([deals.week, np.full(np.count_nonzero(still), engine.week)])
    pitched = np.concatenate([deals.product, table.product[still]])
    held = np.concatenate([deals.incumbent, buyers.holds[table.buyer[still]]])
    own = (held != NONE) & (products.vendor[held] == team.run.vendor)
    price = np.where(own, products.price[held], products.price[pitched])
    credit = buyers.value[buyer] * price * np.where(own, engine.rules.quota.renewal_credit, 1.0)
    found = []
    for year in engine.recorder.rep_years:
        quota = float(year.quota[team.run.team].sum()) * QUARTER / YEAR
        for week in range(year.week, year.week + year.weeks):
            if week % QUARTER == QUARTER - 1 and quota > 0:
                found.append(float(credit[(opened <= week) & (closed > week)].sum()) / quota)
    return one(mean(found))


def presales_used(team: Team) -> Float:
    """Return mean service time of the presales requests started / engineers' time; of the whole vendor."""
    engine, vendor = team.engine, team.run.vendor
    started = float(engine.recorder.weekly[:, vendor, SUPPORT_STARTED].sum())
    time = float(engine.market.vendors.engineers[vendor]) * team.run.weeks
    return one(ratio(started * engine.rules.support.service_weeks, time))


def presales_never(team: Team) -> Float:
    """Return presales requests not started before their opportunity closed / all requests that closed.

    Of the whole vendor. Waiting requests are counted each week before decisions. A request that is gone a week later
    without a start has closed.
    """
    engine, vendor = team.engine, team.run.vendor
    table, slots = engine.market.opportunities, engine.rules.reps.max_open_opportunities
    still = (
        (table.buyer != NONE)
        & (table.support == WAITING)
        & np.repeat(engine.market.reps.vendor == vendor, slots)
    )
    weekly = engine.recorder.weekly[:, vendor]
    waiting, new = weekly[:, SUPPORT_WAITING], weekly[:, SUPPORT_ASKED] - weekly[:, SUPPORT_STARTED]
    given_up = float((waiting[:-1] + new[1:] - waiting[1:]).sum() + waiting[-1] - count(still))
    deals = engine.recorder.deals
    return one(ratio(given_up, count(_asked(team, deals.preparation[deals.vendor == vendor]))))


def won_cycles(team: Team) -> Float:
    """Return weeks from opening to signature of deals won, rounded up: at least one."""
    return np.maximum(team.cycles[team.won], 1.0)


def won_cycle_median(team: Team) -> Float:
    """Median of :func:`won_cycles`."""
    return one(quantile(won_cycles(team), 0.5))


def won_cycle_spread(team: Team) -> Float:
    """Standard deviation of ln :func:`won_cycles`."""
    return one(spread(np.log(won_cycles(team))))


def hours_per_opportunity(team: Team) -> Float:
    """Hours of preparation and selling / closed opportunities."""
    return one(ratio(float(team.hours[PREPARATION] + team.hours[SELLING]), len(team.won)))


def closed_per_rep(team: Team) -> Float:
    """Closed opportunities per rep and year."""
    return one(ratio(len(team.won), team.reps * team.years))


def won_per_rep(team: Team) -> Float:
    """Deals won per rep and year, including renewals in which the rep took part."""
    return one(ratio(count(team.won), team.reps * team.years))


def contested_in_a_quarter(team: Team) -> Float:
    """Return the share of buyers that in a quarter had an evaluation with a vendor other than their incumbent.

    Mean over whole quarters; for a buyer without an incumbent, any vendor counts.
    """
    engine, recorder = team.engine, team.engine.recorder
    decisions, deals, buyers = recorder.decisions, recorder.deals, engine.market.buyers
    outside = deals.kind != OWN_CUSTOMER
    ended = np.isin(
        _address(decisions.week, decisions.buyer), _address(deals.week[outside], deals.buyer[outside])
    )
    table, slots = engine.market.opportunities, engine.rules.reps.max_open_opportunities
    rows = np.flatnonzero(table.buyer != NONE)
    held = buyers.holds[table.buyer[rows]]
    theirs = np.where(held == NONE, NONE, engine.rules.products.vendor[held])
    still = np.unique(table.buyer[rows[engine.market.reps.vendor[rows // slots] != theirs]])
    buyer = np.concatenate([decisions.buyer[ended], still])
    start = np.concatenate([decisions.started[ended], buyers.evaluation_start[still]])
    end = np.concatenate([decisions.week[ended], np.full(len(still), engine.week)])
    first, shares = engine.week - team.run.weeks, []
    for week in range(first, first + team.run.weeks - QUARTER + 1, QUARTER):
        there = np.unique(buyer[(start < week + QUARTER) & (end >= week)])
        shares.append(len(there) / len(buyers.value))
    return one(mean(shares))


def _address(week: Ints, buyer: Ints) -> Ints:
    """Return one key for a week and a buyer."""
    return np.asarray(week, np.int64) * 2**32 + buyer


def gross_retention(team: Team) -> Float:
    """Return 1 - ARR lost in a year (to a competitor or to no one) / ARR at the start; without growth."""
    left = (team.arr_lost + float(team.dropouts.arr.sum())) / team.years
    return one(1.0 - ratio(left, float(team.paying.sum()) - team.arr_net_new))


# --- Differences between reps ---------------------------------------------------------------------------------


def rep_differences(which: Which | None = None) -> Read:
    """Return a measure: ICC(1) of won / not won by rep, for unequal numbers of deals (Donner & Koval 1980)."""

    def correlation(team: Team) -> Float:
        deals, n_reps = team.deals, len(team.run.team)
        rows = np.ones(len(deals.rep), np.bool_) if which is None else which(team)
        rep, won = deals.rep[rows], (deals.outcome[rows] == WON).astype(np.float64)
        n = np.bincount(rep, minlength=n_reps).astype(np.float64)
        rate = np.bincount(rep, weights=won, minlength=n_reps)[n > 0] / n[n > 0]
        n = n[n > 0]
        if len(n) < 2 or n.sum() <= len(n):
            return one(math.nan)
        between = float((n * (rate - won.mean()) ** 2).sum()) / (len(n) - 1)
        within = float((n * rate * (1.0 - rate)).sum()) / (n.sum() - len(n))
        size = (n.sum() - float((n**2).sum()) / n.sum()) / (len(n) - 1)
        total = between + (size - 1.0) * within
        return one(float((between - within) / total) if total > 0 else math.nan)

    return correlation
