"""From records to named numbers with units."""

from zerosum.market.metrics.amounts import Amount, parse_amount
from zerosum.market.metrics.catalogue import (
    BY_NAME,
    HEADLINES,
    METRICS,
    NULL_METRICS,
    OF_COST,
    Metric,
    shown_with,
)
from zerosum.market.metrics.measure import (
    attainment,
    booked,
    gini,
    measure,
    quota_and_credit,
    team_deals,
    top_fifth_share,
)

__all__ = [
    "BY_NAME",
    "HEADLINES",
    "METRICS",
    "NULL_METRICS",
    "OF_COST",
    "Amount",
    "Metric",
    "attainment",
    "booked",
    "gini",
    "measure",
    "parse_amount",
    "quota_and_credit",
    "shown_with",
    "team_deals",
    "top_fifth_share",
]
