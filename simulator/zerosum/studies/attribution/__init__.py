"""Why two strategies differ: the deals with a different result, each traced to its causes."""

from zerosum.studies.attribution.causes import CAUSES, TOTALS, Cause
from zerosum.studies.attribution.explain import Flips, explain

__all__ = ["CAUSES", "TOTALS", "Cause", "Flips", "explain"]
