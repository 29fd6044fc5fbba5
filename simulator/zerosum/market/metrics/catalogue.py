"""The metrics of a run: names, units, meanings, and how each is computed.

A metric is one row here. ``zerosum.register`` adds those of other packages; every list of metrics includes them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, SupportsFloat

import numpy as np

from zerosum.market.metrics.team import (
    Team,
    count,
    gini,
    mean,
    quantile,
    ratio,
    skewness,
    spread,
    top_fifth_share,
    variation,
)
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
)
from zerosum.market.state import (
    ACTIVITIES,
    ACTIVITY_LABELS,
    DISPLACEMENT,
    NEW,
    RENEWAL,
    UPGRADE,
    WAITING,
    YEAR,
)
from zerosum.scenario import extend

if TYPE_CHECKING:
    from zerosum.market.run import Run

Compute = Callable[[Team], SupportsFloat]


@dataclass(frozen=True)
class Metric:
    """A number that describes a run.

    Attributes
    ----------
    name : str
        column of tables, and value of ``--metric``
    label : str
        its name in tables and figures
    unit : str
        It decides how the number is written: a ``share`` in per cent, ``points`` in percentage points, ``money`` (also
        ``money/year``) with k and M, a ``ratio`` with two decimals; any other word follows the number.
    meaning : str
        in a few words
    compute : callable
        called with a ``zerosum.market.metrics.Team``; returns a number, NaN where it is undefined
    higher_is_better : bool, optional
        None: neither, so it ranks no strategy as best
    beside_chance : bool
        show the chance baseline beside it: identical reps in the same territories
    of_money : bool
        it depends on keys to which nothing in the market responds: pay, prices of tools, margin, discount rate
    difference_label : str
        name of its difference from the baseline, such as "Net gain"; empty: the label
    total : bool
        a sum over the team: it grows with the number of reps
    """

    name: str
    label: str
    unit: str
    meaning: str
    compute: Compute
    higher_is_better: bool | None = None
    beside_chance: bool = False
    of_money: bool = False
    difference_label: str = ""
    total: bool = False

    kind: ClassVar[str] = "metric"

    @property
    def code(self) -> Callable[..., object]:
        """The function that computes it."""
        return self.compute

    def parameters(self) -> str:
        """Return the function's parameters."""
        return "team"

    def check(self) -> None:
        """Raise if the metric's name is taken, or a text is missing."""
        if self.name in _catalogue or self.name in RESERVED:
            raise extend.refusal(f"there is a metric or column '{self.name}' already", "take another name")
        for said in ("label", "unit", "meaning"):
            if not (isinstance(getattr(self, said), str) and getattr(self, said).strip()):
                raise extend.refusal(f"the metric '{self.name}' has no {said}", "write a few words")

    def take_up(self) -> None:
        """Add the metric to every list of metrics."""
        _catalogue[self.name] = self
        for forget in after_a_new_metric:
            forget()


def _share_of_hours(activity: int) -> Compute:
    return lambda team: ratio(team.hours[activity], team.hours.sum())


# One metric per row: the formatter would spread each over many lines.
# fmt: off
_OWN = (
    Metric("win_rate", "Win rate", "share", "won / closed opportunities, renewals among them",
           lambda team: team.win_rate(), higher_is_better=True),
    Metric("win_rate_displacement", "Win rate, competitor's customer", "share",
           "won / closed with a competitor's customer", lambda team: team.win_rate(team.deals.kind == RIVAL_HELD),
           higher_is_better=True),
    Metric("win_rate_green_field", "Win rate, no incumbent", "share", "won / closed with buyers without an incumbent",
           lambda team: team.win_rate(team.deals.kind == GREEN_FIELD), higher_is_better=True),
    Metric("win_rate_green_field_alone", "Win rate, no incumbent and no competitor", "share",
           "the same, with no other vendor in the deal",
           lambda team: team.win_rate((team.deals.kind == GREEN_FIELD) & team.alone), higher_is_better=True),
    Metric("renewal_rate_alone", "Renewal rate, no competitor in the deal", "share",
           "won / closed with own customers, no other vendor in the deal",
           lambda team: team.win_rate((team.deals.kind == OWN_CUSTOMER) & team.alone), higher_is_better=True),
    Metric("renewal_rate_contested", "Renewal rate, competitor in the deal", "share",
           "won / closed with own customers, another vendor in the deal",
           lambda team: team.win_rate((team.deals.kind == OWN_CUSTOMER) & ~team.alone), higher_is_better=True),
    Metric("no_decision_rate", "No decision", "share", "closed opportunities in which the buyer decided nothing",
           lambda team: ratio(count(team.deals.outcome == STALLED), len(team.won)), higher_is_better=False),
    Metric("share_at_quota", "Reps at quota", "share",
           "reps whose credited revenue reaches their quota in a year; mean over years",
           lambda team: mean(team.attainment >= 1.0), higher_is_better=True, beside_chance=True),
    Metric("attainment_median", "Median quota attainment", "ratio",
           "median over reps and years of credited revenue / quota",
           lambda team: quantile(team.attainment, 0.5), higher_is_better=True, beside_chance=True),
    Metric("attainment_p10", "Quota attainment, lowest tenth", "ratio", "10 % quantile over reps and years",
           lambda team: quantile(team.attainment, 0.1), higher_is_better=True, beside_chance=True),
    Metric("attainment_p90", "Quota attainment, highest tenth", "ratio", "90 % quantile over reps and years",
           lambda team: quantile(team.attainment, 0.9), higher_is_better=True, beside_chance=True),
    Metric("company_attainment", "Company's quota attainment", "ratio",
           "credited revenue of all reps with a quota / the sum of their quotas, over the years that count for reps",
           lambda team: team.company_attainment, higher_is_better=True, beside_chance=True),
    Metric("quota_per_rep", "Quota per rep", "money/year", "mean yearly quota of the reps that have one",
           lambda team: team.quota_a_year),
    Metric("top_fifth_share", "Top fifth's share of revenue", "share",
           "part of a year's credited revenue that the best fifth of reps brings; mean over years",
           lambda team: team.of_years(top_fifth_share), beside_chance=True),
    Metric("gini", "Gini of revenue over reps", "ratio",
           "0: all alike, 1: one rep brings all of a year's; mean over years",
           lambda team: team.of_years(gini), beside_chance=True),
    Metric("win_rate_sd", "Spread of win rates between reps", "share", "standard deviation over reps of won / closed",
           lambda team: spread(team.rep_win_rates), beside_chance=True),
    Metric("revenue", "Revenue", "money", "annual value of contracts won, renewed and upgraded in the measured weeks",
           lambda team: team.booked_revenue, higher_is_better=True, total=True),
    Metric("revenue_new", "Revenue, new market", "money", "contracts won from buyers without an incumbent",
           lambda team: team.revenue[NEW], higher_is_better=True, total=True),
    Metric("revenue_displaced", "Revenue, competitive wins", "money", "contracts won from competitors",
           lambda team: team.revenue[DISPLACEMENT], higher_is_better=True, total=True),
    Metric("revenue_renewed", "Revenue, renewals", "money", "contracts renewed, with or without the rep",
           lambda team: team.revenue[RENEWAL], higher_is_better=True, total=True),
    Metric("revenue_upgraded", "Revenue, upgrades", "money",
           "difference in price where own products replace own products", lambda team: team.revenue[UPGRADE],
           total=True),
    Metric("arr", "ARR", "money/year", "annual recurring revenue at the end: what customers pay a year",
           lambda team: team.paying.sum(), higher_is_better=True, total=True),
    Metric("arr_net_new", "Net new ARR", "money/year", "ARR at the end less at the start",
           lambda team: team.arr_net_new, higher_is_better=True, total=True),
    Metric("arr_new_market", "New-market ARR", "money/year", "of buyers who had no incumbent",
           lambda team: team.arr_by_outcome[NEW], higher_is_better=True, total=True),
    Metric("arr_competitive", "Competitive wins, ARR", "money/year", "of customers taken from competitors",
           lambda team: team.arr_by_outcome[DISPLACEMENT], higher_is_better=True, total=True),
    Metric("arr_upgraded", "Upgrades, ARR", "money/year", "what own customers pay more for a newer product",
           lambda team: team.arr_by_outcome[UPGRADE], higher_is_better=True, total=True),
    Metric("arr_repriced", "Renewals at another price, ARR", "money/year",
           "what renewed customers pay more than before", lambda team: team.arr_by_outcome[RENEWAL],
           higher_is_better=True, total=True),
    Metric("arr_lost", "Lost to competitors, ARR", "money/year", "of customers that competitors took",
           lambda team: team.arr_lost, higher_is_better=False, total=True),
    Metric("arr_dropped_out", "Dropped out, ARR", "money/year",
           "of customers that left without an evaluation", lambda team: team.dropouts.arr.sum(),
           higher_is_better=False, total=True),
    Metric("arr_earned", "Recurring revenue earned", "money/year",
           "what customers paid in the measured weeks (each week's ARR / 52, summed), as if for a whole year",
           lambda team: team.money.earned / team.years, higher_is_better=True, total=True),
    Metric("revenue_per_rep", "Revenue per rep", "money/year", "revenue / reps, as if for a whole year",
           lambda team: ratio(team.booked_revenue, team.reps * team.years), higher_is_better=True),
    Metric("won_revenue_per_rep", "New business per rep", "money/year",
           "revenue from accounts won (no incumbent, or a competitor's) / reps, as if for a whole year",
           lambda team: ratio(team.revenue[NEW] + team.revenue[DISPLACEMENT], team.reps * team.years),
           higher_is_better=True),
    Metric("revenue_per_working_hour", "Revenue per working hour", "money/hour", "revenue / all hours",
           lambda team: ratio(team.booked_revenue, team.hours.sum()), higher_is_better=True),
    Metric("revenue_per_selling_hour", "Revenue per selling hour", "money/hour",
           "revenue / hours of prospecting and selling", lambda team: ratio(team.booked_revenue, team.selling_hours),
           higher_is_better=True),
    Metric("contribution", "Contribution", "money/year",
           "margin * recurring revenue earned - cost, as if for a whole year",
           lambda team: team.money.contribution.sum() / team.years, higher_is_better=True, of_money=True,
           difference_label="Net gain", total=True),
    Metric("present_value", "Present value of contribution", "money",
           "each measured week's margin * recurring revenue - cost, discounted to the start, summed; "
           "what customers go on to pay after the last week isn't counted",
           lambda team: team.money.present_value, higher_is_better=True, of_money=True,
           difference_label="Present value of the net gain", total=True),
    Metric("cost", "Cost", "money/year",
           "pay, tools, training, presales and social departments, as if for a whole year; "
           "extra hours at the base wage",
           lambda team: team.money.cost.sum() / team.years, higher_is_better=False, of_money=True, total=True),
    Metric("cost_tools", "Cost of tools and training", "money/year", "licenses and training, as if for a whole year",
           lambda team: team.money.cost_of_tools / team.years, higher_is_better=False, of_money=True, total=True),
    Metric("cost_licenses", "Licenses", "money/year", "licenses of the strategy's tools, as if for a whole year",
           lambda team: float(team.money.licences), higher_is_better=False, of_money=True, total=True),
    Metric("cost_training", "Training", "money/year",
           "training for the strategy's tools, paid once in the first measured week; as if for a whole year",
           lambda team: team.money.training / team.years, higher_is_better=False, of_money=True, total=True),
    Metric("cost_commission", "Commission", "money/year", "commission and accelerator, as if for a whole year",
           lambda team: team.money.payout / team.years, of_money=True, total=True),
    Metric("cost_pay", "Base pay", "money/year", "base pay of the reps, extra hours at the same wage",
           lambda team: team.money.base_pay, higher_is_better=False, of_money=True, total=True),
    Metric("cost_presales", "Presales engineers", "money/year", "pay of presales engineers",
           lambda team: team.money.presales, higher_is_better=False, of_money=True, total=True),
    Metric("cost_departments", "Social departments", "money/year",
           "departments for social media that the strategy uses",
           lambda team: float(team.money.departments), higher_is_better=False, of_money=True, total=True),
    Metric("cost_of_sales", "Cost of sales", "share", "cost / recurring revenue earned",
           lambda team: ratio(team.money.cost.sum(), team.money.earned), higher_is_better=False, of_money=True),
    Metric("payout_per_rep", "Commission per rep", "money/year",
           "commission and accelerator / reps, as if for a whole year; without base pay",
           lambda team: ratio(team.money.payout, team.reps * team.years), of_money=True),
    Metric("market_share", "Share of the market", "share",
           "accounts held / all buyers (of the team's territories), at the end",
           lambda team: ratio(team.accounts, count(team.territory)), higher_is_better=True),
    Metric("saturation_start", "Market penetration, at the start", "share",
           "of the whole market, when the measured weeks begin: the warm-up fills what is open",
           lambda team: team.run.start_served / len(team.owner)),
    Metric("saturation_end", "Market penetration, at the end", "share", "of the whole market",
           lambda team: ratio(team.engine.market.vendors.customers.sum(), len(team.owner))),
    Metric("share_of_served", "Share of those served", "share",
           "accounts held / buyers with any incumbent (of the team's territories), at the end",
           lambda team: ratio(team.accounts, count(team.territory & (team.engine.market.buyers.holds >= 0))),
           higher_is_better=True),
    Metric("share_gain", "Gain in market share", "points", "market share at the end less at the start",
           lambda team: ratio(team.gained, count(team.territory)), higher_is_better=True),
    Metric("accounts_gained", "Accounts gained, net", "buyers", "accounts held at the end less at the start",
           lambda team: team.gained, higher_is_better=True, total=True),
    Metric("cycle_weeks_median", "Cycle length, median", "weeks", "from the opening of an opportunity to its close",
           lambda team: quantile(team.cycles, 0.5)),
    Metric("cycle_weeks_cv", "Cycle length, spread", "ratio", "standard deviation / mean of the cycle length",
           lambda team: variation(team.cycles)),
    Metric("cycle_weeks_skewness", "Cycle length, skewness", "ratio", "third standardised moment",
           lambda team: skewness(team.cycles)),
    Metric("deal_value_sigma", "Spread of deal values", "log units",
           "standard deviation of ln(annual contract value) over closed opportunities",
           lambda team: spread(np.log(team.engine.market.buyers.value[team.deals.buyer]))),
    Metric("pipeline_coverage", "Pipeline coverage", "ratio",
           "credit that open opportunities would bring if all were won / a quarter's quota, at the end",
           lambda team: ratio(team.credit_if_won, team.quarterly_quota)),
    Metric("deals_closed", "Opportunities closed", "deals", "won, lost and undecided", lambda team: len(team.won),
           total=True),
    Metric("attempts", "Outreach attempts", "attempts", "calls and messages to accounts",
           lambda team: team.counts[REP_ATTEMPTS], total=True),
    Metric("provoked", "Opportunities created by outreach", "evaluations", "by the team's contacts",
           lambda team: team.counts[REP_PROVOKED], total=True),
    Metric("goodwill_burnt", "Goodwill burnt", "buyers", "sum of the goodwill lost by contacts without a result",
           lambda team: team.counts[REP_GOODWILL_BURNT], higher_is_better=False, total=True),
    Metric("selling_share", "Time selling", "share", "prospecting and selling / all hours",
           lambda team: ratio(team.selling_hours, team.hours.sum())),
    *(Metric(f"share_{name}", f"Time: {label}", "share", f"hours of {label} / all hours", _share_of_hours(i))
      for i, (name, label) in enumerate(zip(ACTIVITIES, ACTIVITY_LABELS, strict=True))),
    Metric("tool_use_mid", "Tool use in month 6", "share", "mean use in weeks 22 to 26",
           lambda team: team.tool_use[21:26].mean() if len(team.tool_use) >= 26 else math.nan),
    Metric("tool_use_peak", "Tool use, peak", "share", "highest weekly use", lambda team: team.tool_use.max()),
    Metric("tool_use_end", "Tool use at the end", "share", "mean use in the last four weeks",
           lambda team: team.tool_use[-4:].mean()),
    Metric("adoption", "Adoption", "share",
           "reps that use a tool of the strategy in the last week, on trial or in routine; mean over its tools",
           lambda team: mean(team.adopted)),
    Metric("presales_wait", "Wait for presales", "weeks", "mean wait of requests that were taken up",
           lambda team: ratio(team.counts[REP_SUPPORT_WAIT], team.counts[REP_SUPPORT_STARTED]),
           higher_is_better=False),
    Metric("presales_waiting", "Presales queue at the end", "requests", "requests that still wait",
           lambda team: count(team.open & (team.engine.market.opportunities.support == WAITING)),
           higher_is_better=False, total=True),
    Metric("presales_used", "Presales time used", "share",
           "requests taken up * the mean time of one / the engineers' weeks; above 100 % by chance where they are busy",
           lambda team: ratio(team.counts[REP_SUPPORT_STARTED] * team.engine.scenario.support.service_weeks,
                              team.engineers * team.run.weeks)),
    Metric("never_served", "Presales too late", "share",
           "closed opportunities that asked for presales and closed before it was done / all that asked",
           lambda team: ratio(count(team.asked & (team.deals.supported == 0)), count(team.asked)),
           higher_is_better=False),
    Metric("in_market_quarter", "Buyers in the market in a quarter", "share",
           "buyers in an evaluation at some time of a quarter / all buyers", lambda team: team.in_market_quarter),
    Metric("churn", "Logo churn", "share/year",
           "customers lost to competitors or dropped out / customers at the start",
           lambda team: ratio((team.lost + len(team.dropouts.week)) * YEAR / team.run.weeks, team.run.start_accounts),
           higher_is_better=False),
    Metric("dropped_out", "Customers dropped out", "share/year",
           "customers that left without an evaluation / customers at the start",
           lambda team: ratio(len(team.dropouts.week) * YEAR / team.run.weeks, team.run.start_accounts),
           higher_is_better=False),
    Metric("turnover", "Reps that left", "share",
           "at a year's start, mean over those in the measured weeks (the first of them ends the warm-up)",
           lambda team: mean([left[team.run.team].mean() for left in team.engine.recorder.left_at_start])),
)
# fmt: on

_catalogue = {metric.name: metric for metric in _OWN}
_OWN_NAMES = frozenset(_catalogue)

after_a_new_metric: list[Callable[[], object]] = []
"""Functions that clear caches of metrics."""

RESERVED = ("adopters", "strategy", "replication", "null", "point", "player", "scenario", "metric")
"""Other columns of tables that have metrics as columns."""


class _Catalogue(Mapping[str, Metric]):
    """All metrics by name, those of other packages last; it is always up to date."""

    def __getitem__(self, name: str) -> Metric:
        extend.register_installed()
        return _catalogue[name]

    def __iter__(self) -> Iterator[str]:
        extend.register_installed()
        return iter(_catalogue)

    def __len__(self) -> int:
        extend.register_installed()
        return len(_catalogue)


class _Marked(Collection[str]):
    """Names of the metrics with a certain mark."""

    def __init__(self, mark: str) -> None:
        self._mark = mark

    def __iter__(self) -> Iterator[str]:
        return (metric.name for metric in METRICS if getattr(metric, self._mark))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, name: object) -> bool:
        return name in BY_NAME and bool(getattr(BY_NAME[str(name)], self._mark))


BY_NAME: Mapping[str, Metric] = _Catalogue()
METRICS: Collection[Metric] = BY_NAME.values()

OF_MONEY: Collection[str] = _Marked("of_money")
"""The metrics that depend on what the vendor pays."""

NULL_METRICS: Collection[str] = _Marked("beside_chance")
"""Metrics shown beside the chance baseline."""


def registered_metrics() -> list[str]:
    """Return the names of the metrics of other packages."""
    return [name for name in BY_NAME if name not in _OWN_NAMES]


DEFAULT_METRIC = "contribution"
"""The metric that decides, unless another is asked for: its paired difference from the baseline is the net gain."""

COSTS = (
    "cost_pay",
    "cost_commission",
    "cost_presales",
    "cost_licenses",
    "cost_training",
    "cost_departments",
)
"""What ``cost`` is the sum of."""

HEADLINES = (
    DEFAULT_METRIC,
    "win_rate",
    "share_at_quota",
    "attainment_median",
    "revenue_per_rep",
    "revenue_per_selling_hour",
)
"""Metrics that ``compare`` shows."""


def shown_with(metric: str) -> tuple[str, ...]:
    """Return the metrics that tables and figures show: the deciding one first, unless it is a headline.

    >>> shown_with("win_rate") == HEADLINES, shown_with("churn")[:2]
    (True, ('churn', 'win_rate'))
    """
    return HEADLINES if metric in HEADLINES else (metric, *HEADLINES)


def measure(run: Run | Team, names: Iterable[str] | None = None) -> dict[str, float]:
    """Compute metrics of one run.

    Parameters
    ----------
    run : Run or Team
    names : iterable of str, optional
        all if not given

    Returns
    -------
    dict
        name -> value, in the order of :data:`METRICS`; NaN where a ratio has no denominator

    Raises
    ------
    RunError
        if a metric of another package can't be computed
    """
    team = run if isinstance(run, Team) else Team(run)
    extend.register_installed()
    asked = _catalogue.values() if names is None else [BY_NAME[name] for name in names]
    return {metric.name: _value(metric, team) for metric in asked}


def _value(metric: Metric, team: Team) -> float:
    if metric.name in _OWN_NAMES:
        return float(metric.compute(team))
    try:
        value = metric.compute(team)
        if isinstance(value, (str, bytes)) or math.isinf(number := float(value)):
            raise ValueError(f"it is {value!r}; return a number, NaN where there is none")
    except Exception as error:
        run = team.run
        when = f"for the strategy '{run.strategy}' in replication {run.replication}"
        raise extend.failure(metric, when, error) from error
    return number
