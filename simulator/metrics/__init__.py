"""From records to named numbers with units."""

from simulator.metrics.catalogue import BY_NAME, HEADLINES, METRICS, NULL_METRICS, Metric
from simulator.metrics.measure import attainment, gini, measure, team_deals, top_fifth_share

__all__ = [
    "BY_NAME",
    "HEADLINES",
    "METRICS",
    "NULL_METRICS",
    "Metric",
    "attainment",
    "gini",
    "measure",
    "team_deals",
    "top_fifth_share",
]
