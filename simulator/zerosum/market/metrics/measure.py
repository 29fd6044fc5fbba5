"""What one run says about the team whose move is studied.

Every number is computed for the measured vendor (in ``head-to-head`` for the strategy's team), over the measured weeks.
A ratio without a denominator is NaN, and stays NaN: it is no zero.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from zerosum.market.metrics.catalogue import METRICS
from zerosum.market.records import (
    GREEN_FIELD,
    OWN_CUSTOMER,
    REP_ATTEMPTS,
    REP_GOODWILL_BURNT,
    REP_PROVOKED,
    REP_SUPPORT_STARTED,
    REP_SUPPORT_WAIT,
    RIVAL_HELD,
    STALLED,
    WON,
    Deals,
)
from zerosum.market.run import Run
from zerosum.market.state import (
    ACTIVITIES,
    DISPLACEMENT,
    NO_DECISION,
    NONE,
    PROSPECTING,
    QUARTER,
    SELLING,
    UPGRADE,
    WAITING,
    YEAR,
    Float,
)
from zerosum.scenario.spec import Scenario


def _ratio(top: float, bottom: float) -> float:
    return float(top / bottom) if bottom > 0 else math.nan


def team_deals(run: Run) -> Deals:
    """Closed opportunities of the team."""
    deals = run.engine.recorder.deals
    ours = (deals.vendor == run.vendor) & run.team[deals.rep]
    return Deals._make(column[ours] for column in deals)


def _win_rates(deals: Deals) -> dict[str, float]:
    won = deals.outcome == WON

    def rate(which: npt.NDArray[np.bool_]) -> float:
        return _ratio(float(np.count_nonzero(won & which)), float(np.count_nonzero(which)))

    everything = np.ones(len(won), np.bool_)
    alone = deals.offers == 1
    own = deals.kind == OWN_CUSTOMER
    return {
        "win_rate": rate(everything),
        "win_rate_displacement": rate(deals.kind == RIVAL_HELD),
        "win_rate_green_field": rate(deals.kind == GREEN_FIELD),
        "win_rate_green_field_alone": rate((deals.kind == GREEN_FIELD) & alone),
        "renewal_rate_alone": rate(own & alone),
        "renewal_rate_contested": rate(own & ~alone),
        "no_decision_rate": _ratio(float(np.count_nonzero(deals.outcome == STALLED)), len(won)),
        "deals_closed": float(len(won)),
    }


def quota_and_credit(run: Run) -> tuple[Float, Float]:
    """Quota (0: none was set) and credited revenue of every rep over the measured weeks; money, [reps] each."""
    years, nothing = run.engine.recorder.rep_years, np.zeros(len(run.team))
    quota = sum((y.quota * y.weeks / YEAR for y in years), nothing)
    return quota, sum((y.revenue for y in years), nothing)


def attainment(run: Run) -> Float:
    """Credited revenue over quota of each rep of the team, over the measured weeks; without a quota: left out."""
    quota, revenue = quota_and_credit(run)
    counted = run.team & (quota > 0)
    return np.asarray(revenue[counted] / quota[counted], np.float64)


def _quota(run: Run) -> dict[str, float]:
    values = attainment(run)
    if len(values) == 0:
        return dict.fromkeys(
            ("share_at_quota", "attainment_median", "attainment_p10", "attainment_p90"), math.nan
        )
    p10, median, p90 = np.quantile(values, [0.1, 0.5, 0.9])
    return {
        "share_at_quota": float(np.mean(values >= 1.0)),
        "attainment_median": float(median),
        "attainment_p10": float(p10),
        "attainment_p90": float(p90),
    }


def top_fifth_share(revenue: Float) -> float:
    """Part of the sum that the best fifth brings (rounded to whole reps, at least one)."""
    best = np.sort(revenue)[::-1][: max(1, round(len(revenue) / 5))]
    return _ratio(float(best.sum()), float(revenue.sum()))


def gini(revenue: Float) -> float:
    """Gini coefficient of non-negative amounts."""
    ordered, n = np.sort(revenue), len(revenue)
    weighted = float((np.arange(1, n + 1) * ordered).sum())
    return _ratio(2.0 * weighted, n * float(ordered.sum())) - (n + 1) / n


def _concentration(run: Run, deals: Deals) -> dict[str, float]:
    n_reps = len(run.team)
    credited = np.maximum(quota_and_credit(run)[1][run.team], 0.0)
    closed = np.bincount(deals.rep, minlength=n_reps)[run.team]
    won = np.bincount(deals.rep, weights=deals.outcome == WON, minlength=n_reps)[run.team]
    rates = won[closed > 0] / closed[closed > 0]
    return {
        "top_fifth_share": top_fifth_share(credited),
        "gini": gini(credited),
        "win_rate_sd": float(np.std(rates, ddof=1)) if len(rates) > 1 else math.nan,
    }


def booked(run: Run) -> npt.NDArray[np.bool_]:
    """Tell which decisions brought the vendor a contract in the team's territories; [decisions]."""
    engine, decisions = run.engine, run.engine.recorder.decisions
    ours = engine.rules.products.vendor[decisions.after] == run.vendor
    ours &= decisions.outcome != NO_DECISION
    return np.asarray(ours & run.team[engine.market.buyers.owner[decisions.buyer, run.vendor]], np.bool_)


def _revenue(run: Run) -> dict[str, float]:
    """Contracts booked by the vendor in the team's territories, whether or not the rep was there."""
    decisions, ours = run.engine.recorder.decisions, booked(run)
    by_outcome = np.bincount(decisions.outcome[ours], weights=decisions.revenue[ours], minlength=UPGRADE + 1)
    _, renewed, new, displaced, upgraded = (float(x) for x in by_outcome)
    return {
        "revenue": renewed + new + displaced + upgraded,
        "revenue_new": new,
        "revenue_displaced": displaced,
        "revenue_renewed": renewed,
        "revenue_upgraded": upgraded,
    }


def _wage_of_an_hour(scenario: Scenario) -> float:
    """Base pay of an hour of the working week; 0 where nobody has one."""
    hours = YEAR * scenario.reps.hours_per_week
    return scenario.pay.base_per_year / hours if hours > 0 else 0.0


def _cost(run: Run) -> dict[str, float]:
    """What the vendor paid for the team. Costs drive no behaviour."""
    scenario, engine = run.engine.scenario, run.engine
    strategy, pay = scenario.strategies[run.strategy_row], scenario.pay
    n_reps, years = int(run.team.sum()), run.weeks / YEAR
    tools = [t for t in scenario.tools if t.name in strategy.tools]
    licences = sum(t.cost_per_rep_year for t in tools) * years * n_reps
    training = sum(t.training_cost for t in tools) * strategy.training * n_reps
    credited = above = 0.0
    for year in engine.recorder.rep_years:
        revenue, quota = year.revenue[run.team], year.quota[run.team] * year.weeks / YEAR
        credited += float(np.maximum(revenue, 0.0).sum())
        above += float(np.where(quota > 0, np.maximum(revenue - quota, 0.0), 0.0).sum())
    wages = pay.base_per_year * years * n_reps + pay.commission * credited + pay.accelerator * above
    part = n_reps / scenario.vendors[run.vendor].reps
    wages += sum(hours for _, hours in strategy.extra_hours) * run.weeks * n_reps * _wage_of_an_hour(scenario)
    presales = engine.market.vendors.engineers[run.vendor] * pay.presales_per_year * years * part
    return {"cost": licences + training + wages + float(presales), "cost_tools": licences + training}


def _hours(run: Run) -> dict[str, float]:
    hours = run.engine.recorder.rep_hours[run.team].sum(axis=0)
    total = float(hours.sum())
    shares = {f"share_{name}": _ratio(hours[i], total) for i, name in enumerate(ACTIVITIES)}
    selling = float(hours[PROSPECTING] + hours[SELLING])
    return {**shares, "selling_share": _ratio(selling, total), "_working": total, "_selling": selling}


def _accounts(run: Run) -> dict[str, float]:
    engine = run.engine
    buyers, owner = engine.market.buyers, engine.market.buyers.owner[:, run.vendor]
    held = (buyers.holds >= 0) & (engine.rules.products.vendor[buyers.holds] == run.vendor)
    ours = run.team[owner]
    end, accounts = int(np.count_nonzero(held & ours)), int(np.count_nonzero(ours))
    gained = end - run.start_accounts
    decisions = engine.recorder.decisions
    lost = decisions.outcome == DISPLACEMENT
    lost &= engine.rules.products.vendor[decisions.before] == run.vendor
    lost &= run.team[owner[decisions.buyer]]
    n_lost = float(np.count_nonzero(lost))
    return {
        "saturation_start": run.start_served / len(buyers.value),
        "saturation_end": _ratio(float(engine.market.vendors.customers.sum()), len(buyers.value)),
        "churn": _ratio(n_lost * YEAR / run.weeks, run.start_accounts),
        "market_share": _ratio(end, accounts),
        "share_of_served": _ratio(end, int(np.count_nonzero((buyers.holds >= 0) & ours))),
        "share_gain": _ratio(gained, accounts),
        "accounts_gained": float(gained),
    }


def _credit_if_won(run: Run, rows: npt.NDArray[np.bool_]) -> Float:
    """Credit that opportunities (rows of slots) would bring: own customers' count as renewals, at no discount."""
    engine = run.engine
    table, buyers, products = engine.market.opportunities, engine.market.buyers, engine.rules.products
    buyer, pitched = table.buyer[rows], table.product[rows]
    held = buyers.holds[buyer]
    own = (held >= 0) & (products.vendor[held] == run.vendor)
    price = np.where(own, products.price[held], products.price[pitched])
    credit: Float = buyers.value[buyer] * price * np.where(own, engine.rules.quota.renewal_credit, 1.0)
    return credit


def _flow(run: Run, deals: Deals) -> dict[str, float]:
    engine = run.engine
    weeks = (deals.week - deals.opened).astype(np.float64)
    table, slots = engine.market.opportunities, engine.rules.reps.slots
    rep = np.arange(len(table.buyer)) // slots
    is_open = (table.buyer >= 0) & run.team[rep]
    value = float(_credit_if_won(run, is_open).sum())
    quota = float(engine.market.reps.quota[run.team].sum()) / (YEAR / QUARTER)
    distance = weeks - weeks.mean() if len(weeks) else weeks
    log_values = np.log(engine.market.buyers.value[deals.buyer])
    return {
        "cycle_weeks_median": float(np.median(weeks)) if len(weeks) else math.nan,
        "cycle_weeks_cv": _ratio(float(weeks.std()), float(weeks.mean())) if len(weeks) else math.nan,
        "cycle_weeks_skewness": _ratio(float((distance**3).mean()), float(weeks.std()) ** 3)
        if len(weeks)
        else math.nan,
        "deal_value_sigma": float(log_values.std(ddof=1)) if len(weeks) > 1 else math.nan,
        "pipeline_coverage": _ratio(value, quota),
    }


def _in_market_quarter(run: Run) -> float:
    """Mean over whole quarters of the share of all buyers that were in an evaluation at some time of it."""
    recorder, buyers = run.engine.recorder, run.engine.market.buyers
    decisions, first = recorder.decisions, recorder.first_week or 0
    still_open = np.flatnonzero(buyers.evaluation_end != NONE)
    buyer = np.concatenate([decisions.buyer, still_open])
    start = np.concatenate([decisions.started, buyers.evaluation_start[still_open]])
    end = np.concatenate([decisions.week, np.full(len(still_open), run.engine.week)])
    shares = []
    for week in range(first, first + run.weeks - QUARTER + 1, QUARTER):
        there = (start < week + QUARTER) & (end >= week)
        shares.append(len(np.unique(buyer[there])) / len(buyers.value))
    return float(np.mean(shares)) if shares else math.nan


def _reps(run: Run) -> dict[str, float]:
    """What is summed over the team's reps: tools, contacts, presales, who left."""
    recorder, reps = run.engine.recorder, run.team
    use = recorder.rep_tool_use[:, reps].mean(axis=1)
    counts = recorder.rep_counts[reps].sum(axis=0)
    table, slots = run.engine.market.opportunities, run.engine.rules.reps.slots
    waits = (table.buyer != NONE) & (table.support == WAITING) & np.repeat(reps, slots)
    left = [float(start[reps].mean()) for start in recorder.left_at_start]
    return {
        "attempts": float(counts[REP_ATTEMPTS]),
        "provoked": float(counts[REP_PROVOKED]),
        "goodwill_burnt": float(counts[REP_GOODWILL_BURNT]),
        "tool_use_mid": float(use[21:26].mean()) if len(use) >= 26 else math.nan,
        "tool_use_peak": float(use.max()),
        "tool_use_end": float(use[-4:].mean()),
        "presales_wait": _ratio(float(counts[REP_SUPPORT_WAIT]), float(counts[REP_SUPPORT_STARTED])),
        "presales_waiting": float(np.count_nonzero(waits)),
        "turnover": float(np.mean(left)) if left else math.nan,
    }


def measure(run: Run) -> dict[str, float]:
    """Compute every metric of one run.

    Parameters
    ----------
    run : Run

    Returns
    -------
    dict
        name -> value, in the order of :data:`METRICS`; NaN where a ratio has no denominator
    """
    deals = team_deals(run)
    numbers = {
        **_win_rates(deals),
        **_quota(run),
        **_concentration(run, deals),
        **_revenue(run),
        **_cost(run),
        **_hours(run),
        **_accounts(run),
        **_flow(run, deals),
        **_reps(run),
        "in_market_quarter": _in_market_quarter(run),
    }
    n_reps, years = int(run.team.sum()), run.weeks / YEAR
    won = numbers["revenue_new"] + numbers["revenue_displaced"]
    numbers |= {
        "revenue_per_rep": _ratio(numbers["revenue"], n_reps * years),
        "won_revenue_per_rep": _ratio(won, n_reps * years),
        "revenue_per_working_hour": _ratio(numbers["revenue"], numbers["_working"]),
        "revenue_per_selling_hour": _ratio(numbers["revenue"], numbers["_selling"]),
        "revenue_per_cost": _ratio(numbers["revenue"], numbers["cost"]),
        "contribution_per_rep": _ratio(numbers["revenue"] - numbers["cost"], n_reps),
    }
    return {metric.name: numbers[metric.name] for metric in METRICS}
