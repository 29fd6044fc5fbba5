"""Why two strategies differ: the deals with a different result, each traced to its causes."""

from zerosum.studies.attribution.causes import CAUSES, TOTALS, Cause
from zerosum.studies.attribution.explain import ChangedDeals, explain

__all__ = ["CAUSES", "TOTALS", "Cause", "ChangedDeals", "explain"]
