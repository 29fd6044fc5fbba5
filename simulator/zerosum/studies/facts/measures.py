"""What a market can be asked for: every metric of its status quo, and what it does when something is tried.

A replication yields a row of numbers for each measure. Most are one number, whose mean over replications
counts. Some need all replications together (a curve, its peak): they reduce the mean row to one number, and their
interval comes from leaving out one replication at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from zerosum.market.metrics import METRICS, NULL_METRICS
from zerosum.market.state import Float
from zerosum.statistics import Interval, mean_interval
from zerosum.studies.probes import DOSES, MONTHS, fall_from_peak, height_of_the_middle

PRODUCTIVE = 0.9
"""New reps are productive when they win this part of what they would if they had been long in the job."""


def _value(row: Float) -> float:
    return float(row[0])


@dataclass(frozen=True)
class Measure:
    """Name, unit, meaning; the probe that yields it ("" for the status quo); and how a mean row becomes a number."""

    name: str
    label: str
    unit: str
    meaning: str
    probe: str = ""
    reduce: Callable[[Float], float] = _value
    pooled: bool = False
    beside_luck: bool = False
    """Whether luck alone gives such a number, so that the chance baseline belongs beside it."""

    def interval(self, rows: Float) -> Interval:
        """Estimate with a 95 % interval.

        Parameters
        ----------
        rows : float[replications, k]
            NaN in a row: undefined in that replication, left out

        Returns
        -------
        Interval
            Student's t over replications; for a pooled measure over jackknife pseudo-values (Tukey 1958)
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


def _months_to_productive(counts: Float) -> float:
    """First month, interpolated, in which new reps win enough of what they could (a moving mean of three).

    ``counts``: deals won by new reps, and by the same if they had been long in the job, by month, [2 * MONTHS].
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


_PROBED = (
    Measure(
        "green_field_alone_together",
        "Win rate, no supplier and no rival, all deals together",
        "share",
        "won / closed where nobody held the account and no other vendor was in the deal, counted over all replications",
        "",
        _ratio,
        pooled=True,
    ),
    Measure(
        "effort_elasticity",
        "Effort elasticity of revenue",
        "ratio",
        "relative rise of revenue / relative rise of hours, when all our reps work 10 % more hours for a year",
        "more-hours",
    ),
    Measure(
        "planned_calls_lift",
        "Lift of revenue by planned calls",
        "share",
        "relative rise of revenue when our reps' hours follow the value of their opportunities, against an even spread",
        "planned-calls",
    ),
    Measure(
        "untrained_use_fall",
        "Fall of tool use to month 6, untrained",
        "points",
        "mean use of a tool that is offered without training: highest of months 1 to 5 less month 6",
        "untrained",
        fall_from_peak,
        pooled=True,
    ),
    Measure(
        "usage_inverted_u",
        "Height of the middle in tool use",
        "points",
        f"relative gain in revenue over no tools with {DOSES[1]} or {DOSES[2]} tools in use, the better of them, less "
        f"that with none or {DOSES[3]}, the better of them",
        "many-tools",
        height_of_the_middle,
        pooled=True,
    ),
    Measure(
        "everyone_share_gain",
        "Gain in share when all adopt",
        "points",
        "our share of those served when all vendors adopt a tool and prepare in the hours it frees, less without",
        "everyone",
    ),
    Measure(
        "ramp_months",
        "Months until a new rep is productive",
        "months",
        f"until new reps win {100 * PRODUCTIVE:g} % of the deals that the same would win if they had been long in the "
        "job (all vendors; three months at a time)",
        "ramped",
        _months_to_productive,
        pooled=True,
    ),
    Measure(
        "rep_icc",
        "Intra-class correlation of wins within reps",
        "ratio",
        "share of the variance of won / not won that lies between our reps (one-way analysis of variance)",
        beside_luck=True,
    ),
)

MEASURES: dict[str, Measure] = {
    **{
        m.name: Measure(m.name, m.label, m.unit, m.meaning, beside_luck=m.name in NULL_METRICS)
        for m in METRICS
    },
    **{m.name: m for m in _PROBED},
}
