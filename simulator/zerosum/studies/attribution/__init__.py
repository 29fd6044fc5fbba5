"""Why two strategies differ: the very deals that came out otherwise, each traced to its causes on common luck."""

from zerosum.studies.attribution.causes import CAUSES, TOTALS, Cause
from zerosum.studies.attribution.explain import Flips, explain

__all__ = ["CAUSES", "TOTALS", "Cause", "Flips", "explain"]
