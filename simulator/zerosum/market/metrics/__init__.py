"""Metrics: named numbers with units, from records."""

from zerosum.market.metrics.amounts import Amount, parse_amount
from zerosum.market.metrics.catalogue import (
    BY_NAME,
    COSTS,
    DEFAULT_METRIC,
    HEADLINES,
    METRICS,
    NULL_METRICS,
    OF_MONEY,
    Metric,
    measure,
    shown_with,
)
from zerosum.market.metrics.team import Team, gini, top_fifth_share

__all__ = [
    "BY_NAME",
    "COSTS",
    "DEFAULT_METRIC",
    "HEADLINES",
    "METRICS",
    "NULL_METRICS",
    "OF_MONEY",
    "Amount",
    "Metric",
    "Team",
    "gini",
    "measure",
    "parse_amount",
    "shown_with",
    "top_fifth_share",
]
