"""The numbers that a run is described by: names, units, meanings. How they are computed: ``measure.py``."""

from __future__ import annotations

from dataclasses import dataclass

from zerosum.market.state import ACTIVITIES


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
        "money",
        "annual value of contracts won, renewed and upgraded in the measured weeks",
        True,
    ),
    Metric(
        "revenue_new",
        "Revenue, no supplier before",
        "money",
        "contracts won from buyers without a supplier",
        True,
    ),
    Metric("revenue_displaced", "Revenue, taken from rivals", "money", "contracts won from rivals", True),
    Metric(
        "revenue_renewed",
        "Revenue, renewed",
        "money",
        "contracts renewed, with or without the rep",
        True,
    ),
    Metric(
        "revenue_upgraded",
        "Revenue, taken from ourselves",
        "money",
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
    Metric(
        "cost",
        "Cost",
        "money",
        "pay, tools, training and presales over the measured weeks; extra hours at the base wage of an hour",
        False,
    ),
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
    Metric(
        "share_of_served",
        "Share of those served",
        "share",
        "accounts held / buyers with any supplier (of the team's territories), at the end",
        True,
    ),
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
    Metric("cycle_weeks_skewness", "Cycle length, skewness", "ratio", "third standardised moment"),
    Metric(
        "deal_value_sigma",
        "Spread of deal values",
        "log units",
        "standard deviation of ln(annual contract value) over closed opportunities",
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
    Metric(
        "turnover",
        "Reps that left",
        "share",
        "at a year's start, mean over those in the measured weeks (the first of them ends the warm-up)",
    ),
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


OF_COST = ("revenue_per_cost", "cost", "cost_tools", "contribution_per_rep")
"""Metrics that hang on what the vendor pays; no other does."""


def shown_with(metric: str) -> tuple[str, ...]:
    """Return the metrics that tables and figures show: the one that decides first, unless it is a headline.

    >>> shown_with("win_rate") == HEADLINES, shown_with("churn")[:2]
    (True, ('churn', 'win_rate'))
    """
    return HEADLINES if metric in HEADLINES else (metric, *HEADLINES)


NULL_METRICS = (
    "share_at_quota",
    "attainment_median",
    "attainment_p10",
    "attainment_p90",
    "top_fifth_share",
    "gini",
    "win_rate_sd",
)
"""What is shown beside the chance baseline."""
