"""Measures of a market: every metric of its status quo, and its response to probes.

A replication yields a row of numbers for each measure. For most measures the row is one number, averaged over
replications. Some (a curve, its peak) reduce the mean row to one number. Their interval is a jackknife over
replications.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from zerosum.market.metrics import METRICS, NULL_METRICS
from zerosum.market.state import Float
from zerosum.statistics import Interval, mean_interval
from zerosum.studies.facts import of_vendor
from zerosum.studies.facts.of_vendor import FIFTHS, Read
from zerosum.studies.probes import DOSES, MONTHS, fall_from_peak, height_of_the_middle

PRODUCTIVE = 0.9
"""New reps are productive when they win this part of what they would win fully ramped."""


def _value(row: Float) -> float:
    return float(row[0])


@dataclass(frozen=True)
class Measure:
    """A measure's name, unit and meaning, and how to compute it.

    Attributes
    ----------
    name, label, unit, meaning : str
    probe : str
        probe that yields it; "" for the status quo
    reduce : callable
        mean row -> number
    pooled : bool
        whether it is computed from all replications together
    beside_chance : bool
        whether to show the chance baseline beside it
    read : callable, optional
        reads it from one vendor's status quo; None: it is a metric, or a probe yields it
    counts : str
        data it is computed from: ``deals`` (closed opportunities), ``reps``, ``buyers``, …; "": not stated
    part : str
        measure of the part of those data that it uses; "": all
    """

    name: str
    label: str
    unit: str
    meaning: str
    probe: str = ""
    reduce: Callable[[Float], float] = _value
    pooled: bool = False
    beside_chance: bool = False
    read: Read | None = None
    counts: str = ""
    part: str = ""

    def interval(self, rows: Float) -> Interval:
        """Estimate with a 95 % interval.

        Parameters
        ----------
        rows : float[replications, k]
            rows with NaN are undefined and left out

        Returns
        -------
        Interval
            Student's t over replications; pooled measures: over jackknife pseudo-values (Tukey 1958)
        """
        if not self.pooled:
            return mean_interval(rows[:, 0])
        rows = rows[~np.isnan(rows).any(axis=1)]
        n = len(rows)
        if n == 0:
            return Interval(math.nan, math.nan, math.nan, 0)
        whole = self.reduce(rows.mean(axis=0))
        if n == 1:
            return Interval(whole, math.nan, math.nan, 1)
        total = rows.sum(axis=0)
        without = np.array([self.reduce((total - row) / (n - 1)) for row in rows])
        spread = mean_interval(n * whole - (n - 1) * without)
        half = (spread.high - spread.low) / 2.0
        return Interval(whole, whole - half, whole + half, n)


def _ratio(counts: Float) -> float:
    return float(counts[0] / counts[1]) if counts[1] > 0 else math.nan


def _fall_by_value(fifths: Float) -> float:
    """Return 1 - win rate of the highest fifth of value / that of the lowest; see :func:`of_vendor.by_value`."""
    won, closed, _ = fifths.reshape(3, FIFTHS)
    return float(1.0 - won[-1] / closed[-1] / (won[0] / closed[0])) if won[0] > 0 else math.nan


def _rise_of_bidders(fifths: Float) -> float:
    """Return vendors per deal in the highest fifth of value / those in the lowest, less 1."""
    _, closed, vendors = fifths.reshape(3, FIFTHS)
    return float(vendors[-1] / closed[-1] / (vendors[0] / closed[0]) - 1.0)


def _months_to_productive(counts: Float) -> float:
    """Return the first month, interpolated, in which new reps are productive (moving mean of three months).

    ``counts``: deals won by new reps, and by the same reps if fully ramped, by month, [2 * MONTHS].
    """
    won, could = (np.convolve(part, np.ones(3), "valid") for part in counts.reshape(2, MONTHS))
    if could.min() <= 0:
        return math.nan
    relative = won / could
    low = int(relative.argmin())
    for i in range(low, len(relative)):
        if relative[i] >= PRODUCTIVE:
            # Place i is the mean of months i+1 to i+3, whose middle lies a month and a half after i.
            if i == low:
                return float(i + 1.5)
            return float(i + 0.5 + (PRODUCTIVE - relative[i - 1]) / (relative[i] - relative[i - 1]))
    return float(MONTHS)


def _of_closed(name: str, label: str, meaning: str, which: of_vendor.Which) -> Measure:
    """Declare a share of all closed opportunities; other measures use it as their ``part``."""
    return Measure(
        name,
        label,
        "share",
        f"{meaning} / all closed",
        counts="deals",
        read=of_vendor.share_of_closed(which),
    )


def _of_reps(name: str, label: str, unit: str, meaning: str, read: Read) -> Measure:
    """Declare a measure over reps and whole years."""
    return Measure(name, label, unit, meaning, read=read, beside_chance=True, counts="reps")


# Tables with one measure a row, which the formatter would break up.
# fmt: off
_MIX = (
    _of_closed("own_client_share", "Opportunities with own customers", "with own customers", of_vendor.own_clients),
    _of_closed("new_business_share", "Opportunities of new business", "with buyers that were no own customers",
               of_vendor.new_business),
    _of_closed("rival_held_share", "Opportunities with rivals' customers", "with rivals' customers",
               of_vendor.rival_held),
    _of_closed("contested_share", "Opportunities with another vendor in the deal", "with another vendor in the deal",
               of_vendor.contested),
    _of_closed("own_alone_share", "Opportunities with own customers, no rival", "with own customers, no other vendor",
               of_vendor.own_alone),
    _of_closed("own_contested_share", "Opportunities with own customers, a rival there",
               "with own customers and another vendor", of_vendor.own_contested),
    _of_closed("unserved_alone_share", "Opportunities with an unserved buyer, no rival",
               "with a buyer without an incumbent, no other vendor", of_vendor.unserved_alone),
    _of_closed("asked_presales_share", "Opportunities that asked for presales", "that had asked for presales",
               of_vendor.asked_presales),
    Measure("in_market_contested", "Buyers in a contested evaluation in a quarter", "share",
            "buyers in an evaluation, at some time of a quarter, with a vendor in it that isn't theirs / all buyers",
            read=of_vendor.contested_in_a_quarter, counts="buyers"),
    Measure("own_client_win_rate", "Deals won with own customers", "share", "won / closed with own customers",
            read=of_vendor.win_rate_of(of_vendor.own_clients), counts="deals", part="own_client_share"),
    Measure("own_client_alone", "Own-customer deals without a rival", "share",
            "no other vendor in the deal / closed with own customers",
            read=of_vendor.share_among(of_vendor.own_clients, of_vendor.own_alone),
            counts="deals", part="own_client_share"),
    Measure("self_generated", "New business found by own outreach", "share",
            "opened by a rep's own call (found in an evaluation, or setting one off) / closed with buyers that were no "
            "own customers",
            read=of_vendor.share_among(of_vendor.new_business, of_vendor.found_by_outreach),
            counts="deals", part="new_business_share"),
    Measure("win_rate_fall_by_value", "Fall of the win rate with value, new business", "share",
            "1 less win rate in the highest fifth of value / in the lowest; all deals of all replications together",
            reduce=_fall_by_value, pooled=True, read=of_vendor.by_value,
            counts="deals", part="new_business_share"),
    Measure("bidders_rise_by_value", "Rise of bidders with value, new business", "share",
            "vendors in a deal in the highest fifth of value / in the lowest, less 1; all together",
            reduce=_rise_of_bidders, pooled=True, read=of_vendor.by_value,
            counts="deals", part="new_business_share"),
    Measure("green_field_alone_together", "Win rate, no incumbent and no competitor, all deals together", "share",
            "won / closed where nobody held the account and no other vendor was in the deal, counted over all "
            "replications",
            reduce=_ratio, pooled=True,
            read=lambda team: np.array([np.count_nonzero(of_vendor.unserved_alone(team) & team.won),
                                        np.count_nonzero(of_vendor.unserved_alone(team))], np.float64),
            counts="deals", part="unserved_alone_share"),
)
_LEVELS = (
    _of_reps("company_attainment", "Company attainment", "ratio",
             "sum of credited revenue / sum of quotas, whole years", of_vendor.company_attainment),
    _of_reps("rep_years_at_quota", "Reps at or above quota in a year", "share",
             "a rep in a year being one; whole years", of_vendor.attainment_within(1.0)),
    _of_reps("rep_years_p10", "Quota attainment in a year, lowest tenth", "ratio",
             "10 % quantile over reps and whole years", of_vendor.attainment_quantile(0.1)),
    _of_reps("rep_years_p90", "Quota attainment in a year, highest tenth", "ratio",
             "90 % quantile over reps and whole years", of_vendor.attainment_quantile(0.9)),
    _of_reps("rep_years_far_above", "Reps at 150 % of quota or more in a year", "share",
             "a rep in a year being one; whole years", of_vendor.attainment_within(1.5)),
    _of_reps("rep_years_near_quota", "Reps within 80 to 120 % of quota in a year", "share",
             "a rep in a year being one; whole years", of_vendor.attainment_within(0.8, 1.2)),
    _of_reps("top_fifth_of_year", "Top fifth's share of a year's revenue", "share",
             "part of the credited revenue that the best fifth of reps brings, mean over whole years",
             of_vendor.top_fifth),
    Measure("quota_over_pay", "Quota over pay at quota", "ratio", "mean quota / base pay and commission at quota",
            read=of_vendor.quota_over_pay, counts="reps"),
    Measure("variable_pay", "Variable part of pay at quota", "share", "commission / base pay and commission, at quota",
            read=of_vendor.variable_pay, counts="reps"),
    Measure("pipeline_coverage_quarters", "Pipeline coverage, mean of quarters", "ratio",
            "credit that open opportunities would bring if all were won / a quarter's quota, mean over quarters' ends",
            read=of_vendor.pipeline_coverage, counts="reps"),
    Measure("presales_used", "Presales engineers' time used", "share",
            "requests taken up, each at the mean length of service / engineers' time",
            read=of_vendor.presales_used, counts="engineers"),
    Measure("presales_never", "Presales requests never served", "share",
            "of opportunities that closed while they waited / closed that had asked",
            read=of_vendor.presales_never, counts="deals", part="asked_presales_share"),
    Measure("won_cycle_median", "Cycle of won deals, median", "weeks",
            "from opening to signature, begun weeks", read=of_vendor.won_cycle_median,
            counts="deals", part="win_rate"),
    Measure("won_cycle_sigma", "Cycle of won deals, spread of its logarithm", "log units",
            "standard deviation of ln(weeks from opening to signature, at least 1)",
            read=of_vendor.won_cycle_spread, counts="deals", part="win_rate"),
    Measure("hours_per_opportunity", "Hours per opportunity", "hours",
            "preparation and selling / closed opportunities", read=of_vendor.hours_per_opportunity,
            counts="deals"),
    Measure("closed_per_rep", "Opportunities per rep and year", "a year", "closed, whatever came of them",
            read=of_vendor.closed_per_rep, counts="deals"),
    Measure("won_per_rep", "Deals won per rep and year", "a year", "renewals with the rep there among them",
            read=of_vendor.won_per_rep, counts="deals"),
    Measure("gross_retention", "Gross ARR retention", "share/year",
            "1 less the ARR that left, for a competitor or for nobody / ARR at the start",
            read=of_vendor.gross_retention, counts="buyers"),
    Measure("rep_icc", "Intra-class correlation of wins within reps", "ratio",
            "share of the variance of won / not won that lies between our reps (one-way analysis of variance)",
            read=of_vendor.rep_differences(), beside_chance=True, counts="deals"),
    Measure("rep_icc_own", "Intra-class correlation of wins, own customers", "ratio",
            "share of that variance, deals with own customers",
            read=of_vendor.rep_differences(of_vendor.own_clients), beside_chance=True,
            counts="deals", part="own_client_share"),
    Measure("rep_icc_new", "Intra-class correlation of wins, new business", "ratio",
            "share of that variance, buyers that were no customers",
            read=of_vendor.rep_differences(of_vendor.new_business), beside_chance=True,
            counts="deals", part="new_business_share"),
)
_DRIFTS = tuple(
    Measure(f"drift_{name}", f"{label}, year 3 against year 1", "share",
            f"{label.lower()} of the whole market in the third measured year / in the first, less 1",
            "three-years", counts=counts)
    for name, label, counts in (
        ("evaluations", "Evaluations", "buyers"),
        ("opportunities", "Opportunities", "deals"),
        ("won", "Deals won", "deals"),
        ("revenue", "Revenue", "deals"),
        ("penetration", "Market penetration", "buyers"),
    )
)
_PROBED = (
    Measure("effort_elasticity", "Effort elasticity of revenue", "ratio",
            "relative rise of revenue / relative rise of hours, when all our reps work 10 % more hours for a year",
            "more-hours", counts="reps"),
    Measure("effort_elasticity_credit", "Effort elasticity of credited revenue", "ratio",
            "the same, of the revenue that counts for quotas", "more-hours", counts="reps"),
    Measure("effort_elasticity_new", "Effort elasticity of new business", "ratio",
            "the same, of revenue from accounts won (no incumbent, or a competitor's)", "more-hours", counts="reps"),
    *(Measure(f"hour_of_{name}", f"ARR by an hour more of {label}", "share",
              f"relative rise of ARR at the end for each hour a week and rep on top that goes to {label}",
              f"hour-{name}", counts="reps")
      for name, label in (("prospecting", "calls"), ("preparation", "preparation"), ("selling", "selling"),
                          ("social", "social media"))),
    Measure("preparation_less_calls", "ARR by preparation less by calls", "share",
            "relative rise of ARR at the end for an hour a week and rep more of preparation, less that for calls",
            "preparation-or-calls", counts="reps"),
    Measure("planned_calls_lift", "Lift of revenue by planned calls", "share",
            "relative rise of revenue when our reps' hours follow the value of their opportunities, against an even "
            "spread", "planned-calls", counts="reps"),
    Measure("push_revenue", "Change of revenue by pushing at quarters' ends", "share",
            "relative change of revenue when our reps behind quota push at quarters' ends, against not pushing",
            "push", counts="reps"),
    Measure("untrained_use_fall", "Fall of tool use to month 6, untrained", "points",
            "mean use of a tool that is offered without training: highest of months 1 to 5 less month 6",
            "untrained", fall_from_peak, pooled=True, counts="reps"),
    Measure("usage_inverted_u", "Height of the middle in tool use", "points",
            f"relative gain in revenue over no tools with {DOSES[1]} or {DOSES[2]} tools in use, the better of them, "
            f"less that with none or {DOSES[3]}, the better of them",
            "many-tools", height_of_the_middle, pooled=True, counts="reps"),
    Measure("everyone_share_gain", "Gain in share when all adopt", "points",
            "our share of those served when all vendors adopt a tool and prepare in the hours it frees, less without",
            "everyone", counts="buyers"),
    Measure("everyone_arr_gain", "Gain in ARR when all adopt", "share",
            "our ARR at the end when all vendors adopt it / without, less 1",
            "everyone", counts="buyers"),
    Measure("ramp_months", "Months until a new rep is productive", "months",
            f"until new reps win {100 * PRODUCTIVE:g} % of the deals that the same would win if they had been long in "
            "the job (all vendors; three months at a time)",
            "ramped", _months_to_productive, pooled=True, counts="reps", part="turnover"),
)
# fmt: on

_METRICS_REST_ON = {
    **dict.fromkeys(
        ("win_rate", "no_decision_rate", "deal_value_sigma", "cycle_weeks_median", "cycle_weeks_cv"),
        ("deals", ""),
    ),
    "cycle_weeks_skewness": ("deals", ""),
    "win_rate_displacement": ("deals", "rival_held_share"),
    "renewal_rate_alone": ("deals", "own_alone_share"),
    "renewal_rate_contested": ("deals", "own_contested_share"),
    **dict.fromkeys(
        ("share_at_quota", "top_fifth_share", "turnover", "selling_share", "share_administration"),
        ("reps", ""),
    ),
    **dict.fromkeys(("in_market_quarter", "churn"), ("buyers", "")),
}
"""Metric of a shipped fact -> its data, and the part of them that it uses."""

MEASURES: dict[str, Measure] = {
    **{
        m.name: Measure(m.name, m.label, m.unit, m.meaning, beside_chance=m.name in NULL_METRICS)
        for m in METRICS
    },
    **{m.name: m for m in (*_MIX, *_LEVELS, *_DRIFTS, *_PROBED)},
}
for _name, (_counts, _part) in _METRICS_REST_ON.items():
    MEASURES[_name] = replace(MEASURES[_name], counts=_counts, part=_part)
