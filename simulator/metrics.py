"""From records to named numbers with units: what one run says about the team whose move is studied.

Every number is computed for the measured vendor (in ``head-to-head`` for the arm's team), over the measured
weeks. A ratio without a denominator is NaN, and stays NaN: it is no zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.market import (
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
from simulator.records import (
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
from simulator.run import Run


@dataclass(frozen=True)
class Metric:
    """Name, unit and meaning of a number."""

    name: str
    label: str
    unit: str
    meaning: str
    higher_is_better: bool | None = None


METRICS: tuple[Metric, ...] = (
    Metric("win_rate", "Win rate", "share", "won / closed opportunities, renewals among them", True),
    Metric(
        "win_rate_displacement",
        "Win rate, rival's customer",
        "share",
        "won / closed where a rival held the account",
        True,
    ),
    Metric(
        "win_rate_green_field",
        "Win rate, no supplier",
        "share",
        "won / closed where nobody held the account",
        True,
    ),
    Metric(
        "win_rate_green_field_alone",
        "Win rate, no supplier and no rival",
        "share",
        "the same, with no other vendor in the deal",
        True,
    ),
    Metric(
        "renewal_rate_alone",
        "Renewal kept, no rival in the deal",
        "share",
        "won / closed with own customers, no other vendor in the deal",
        True,
    ),
    Metric(
        "renewal_rate_contested",
        "Renewal kept, rival in the deal",
        "share",
        "won / closed with own customers, another vendor in the deal",
        True,
    ),
    Metric(
        "no_decision_rate",
        "No decision",
        "share",
        "closed opportunities in which the buyer decided nothing",
        False,
    ),
    Metric(
        "share_at_quota", "Reps at quota", "share", "reps whose credited revenue reaches their quota", True
    ),
    Metric(
        "attainment_median",
        "Median quota attainment",
        "ratio",
        "median over reps of credited revenue / quota",
        True,
    ),
    Metric("attainment_p10", "Quota attainment, lowest tenth", "ratio", "10 % quantile over reps", True),
    Metric("attainment_p90", "Quota attainment, highest tenth", "ratio", "90 % quantile over reps", True),
    Metric(
        "top_fifth_share",
        "Top fifth's share of revenue",
        "share",
        "part of the credited revenue that the best fifth of reps brings",
    ),
    Metric("gini", "Gini of revenue over reps", "ratio", "0: all alike, 1: one rep brings everything"),
    Metric(
        "win_rate_sd",
        "Spread of win rates between reps",
        "share",
        "standard deviation over reps of won / closed",
    ),
    Metric(
        "revenue",
        "Revenue",
        "money/year",
        "annual value of contracts won, renewed and upgraded in the measured weeks",
        True,
    ),
    Metric(
        "revenue_new",
        "Revenue, no supplier before",
        "money/year",
        "contracts won from buyers without a supplier",
        True,
    ),
    Metric(
        "revenue_displaced", "Revenue, taken from rivals", "money/year", "contracts won from rivals", True
    ),
    Metric(
        "revenue_renewed",
        "Revenue, renewed",
        "money/year",
        "contracts renewed, with or without the rep",
        True,
    ),
    Metric(
        "revenue_upgraded",
        "Revenue, taken from ourselves",
        "money/year",
        "difference earned where own products displace own products",
    ),
    Metric(
        "revenue_per_rep", "Revenue per rep", "money/year", "revenue / reps, as if for a whole year", True
    ),
    Metric(
        "won_revenue_per_rep",
        "New business per rep",
        "money/year",
        "revenue from accounts won (no supplier, or a rival's) / reps, as if for a whole year",
        True,
    ),
    Metric("revenue_per_working_hour", "Revenue per working hour", "money/hour", "revenue / all hours", True),
    Metric(
        "revenue_per_selling_hour",
        "Revenue per selling hour",
        "money/hour",
        "revenue / hours of prospecting and selling",
        True,
    ),
    Metric("revenue_per_cost", "Return on what was spent", "money/money", "revenue / cost", True),
    Metric("cost", "Cost", "money", "pay, tools, training and presales over the measured weeks", False),
    Metric("cost_tools", "Cost of tools and training", "money", "licences and training", False),
    Metric("contribution_per_rep", "Revenue less cost, per rep", "money", "(revenue - cost) / reps", True),
    Metric(
        "market_share",
        "Share of the market",
        "share",
        "accounts held / all buyers (of the team's territories), at the end",
        True,
    ),
    Metric(
        "saturation_start",
        "Buyers with a supplier, at the start",
        "share",
        "of the whole market, when the measured weeks begin: the warm-up fills what is open",
    ),
    Metric("saturation_end", "Buyers with a supplier, at the end", "share", "of the whole market"),
    Metric("share_gain", "Gain in market share", "points", "market share at the end less at the start", True),
    Metric(
        "accounts_gained",
        "Accounts gained, net",
        "buyers",
        "accounts held at the end less at the start",
        True,
    ),
    Metric(
        "cycle_weeks_median",
        "Cycle length, median",
        "weeks",
        "from the opening of an opportunity to its close",
    ),
    Metric(
        "cycle_weeks_cv", "Cycle length, spread", "ratio", "standard deviation / mean of the cycle length"
    ),
    Metric(
        "pipeline_coverage",
        "Pipeline coverage",
        "ratio",
        "credit that open opportunities would bring if all were won / a quarter's quota, at the end",
    ),
    Metric("deals_closed", "Opportunities closed", "deals", "won, lost and undecided"),
    Metric("attempts", "Contact attempts", "attempts", "shots on goal"),
    Metric("provoked", "Evaluations provoked", "evaluations", "by the team's contacts"),
    Metric(
        "goodwill_burnt", "Goodwill burnt", "buyers", "sum of the goodwill lost by fruitless contacts", False
    ),
    Metric("selling_share", "Time selling", "share", "prospecting and selling / all hours"),
    *(
        Metric(f"share_{name}", f"Time: {name}", "share", f"hours of {name} / all hours")
        for name in ACTIVITIES
    ),
    Metric("tool_use_mid", "Tool use in month 6", "share", "mean use in weeks 22 to 26"),
    Metric("tool_use_peak", "Tool use, peak", "share", "highest weekly use"),
    Metric("tool_use_end", "Tool use at the end", "share", "mean use in the last four weeks"),
    Metric("presales_wait", "Wait for presales", "weeks", "mean wait of requests that were taken up", False),
    Metric("presales_waiting", "Presales queue at the end", "requests", "requests that still wait", False),
    Metric(
        "in_market_quarter",
        "Buyers in the market in a quarter",
        "share",
        "buyers in an evaluation at some time of a quarter / all buyers",
    ),
    Metric(
        "churn",
        "Customers lost to rivals",
        "share/year",
        "accounts lost to rivals / customers at the start",
        False,
    ),
    Metric("turnover", "Reps that left", "share", "at the year's ends within the run"),
)
BY_NAME = {metric.name: metric for metric in METRICS}

HEADLINES = (
    "win_rate",
    "share_at_quota",
    "attainment_median",
    "revenue_per_rep",
    "revenue_per_selling_hour",
    "revenue_per_cost",
)
"""What ``compare`` shows."""

NULL_METRICS = (
    "share_at_quota",
    "attainment_median",
    "attainment_p10",
    "attainment_p90",
    "top_fifth_share",
    "gini",
    "win_rate_sd",
)
"""What is shown beside the luck null."""


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


def attainment(run: Run) -> Float:
    """Credited revenue over quota of each rep of the team, over the measured weeks; without a quota: left out."""
    years = run.engine.recorder.rep_years
    quota = sum((y.quota * y.weeks / YEAR for y in years), np.zeros(len(run.team)))
    revenue = sum((y.revenue for y in years), np.zeros(len(run.team)))
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
    years = run.engine.recorder.rep_years
    credited = sum((y.revenue for y in years), np.zeros(n_reps))[run.team]
    credited = np.maximum(credited, 0.0)
    closed = np.bincount(deals.rep, minlength=n_reps)[run.team]
    won = np.bincount(deals.rep, weights=deals.outcome == WON, minlength=n_reps)[run.team]
    rates = won[closed > 0] / closed[closed > 0]
    return {
        "top_fifth_share": top_fifth_share(credited),
        "gini": gini(credited),
        "win_rate_sd": float(np.std(rates, ddof=1)) if len(rates) > 1 else math.nan,
    }


def _revenue(run: Run) -> dict[str, float]:
    """Contracts booked by the vendor in the team's territories, whether or not the rep was there."""
    engine, decisions = run.engine, run.engine.recorder.decisions
    vendor_of = engine.rules.products.vendor
    booked = (decisions.outcome != NO_DECISION) & (vendor_of[decisions.after] == run.vendor)
    booked &= run.team[engine.market.buyers.owner[decisions.buyer, run.vendor]]
    by_outcome = np.bincount(
        decisions.outcome[booked], weights=decisions.revenue[booked], minlength=UPGRADE + 1
    )
    _, renewed, new, displaced, upgraded = (float(x) for x in by_outcome)
    return {
        "revenue": renewed + new + displaced + upgraded,
        "revenue_new": new,
        "revenue_displaced": displaced,
        "revenue_renewed": renewed,
        "revenue_upgraded": upgraded,
    }


def _cost(run: Run) -> dict[str, float]:
    """What the vendor paid for the team. Costs drive no behaviour."""
    scenario, engine = run.engine.scenario, run.engine
    strategy, pay = scenario.strategies[run.strategy], scenario.pay
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
    table, slots = engine.market.opportunities, engine.rules.workweek.slots
    rep = np.arange(len(table.buyer)) // slots
    is_open = (table.buyer >= 0) & run.team[rep]
    value = float(_credit_if_won(run, is_open).sum())
    quota = float(engine.market.reps.quota[run.team].sum()) / (YEAR / QUARTER)
    return {
        "cycle_weeks_median": float(np.median(weeks)) if len(weeks) else math.nan,
        "cycle_weeks_cv": _ratio(float(weeks.std()), float(weeks.mean())) if len(weeks) else math.nan,
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
    table, slots = run.engine.market.opportunities, run.engine.rules.workweek.slots
    waits = (table.buyer != NONE) & (table.support == WAITING) & np.repeat(reps, slots)
    left = [float(y.left[reps].mean()) for y in recorder.rep_years[:-1]]
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
    dict        name -> value, in the order of :data:`METRICS`; NaN where a ratio has no denominator
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
