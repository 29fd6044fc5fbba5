"""Why two arms differ: the very deals that came out otherwise, each traced to its causes on common luck."""

from simulator.flips.causes import CAUSES, TOTALS, Cause
from simulator.flips.explain import Flips, explain

__all__ = ["CAUSES", "TOTALS", "Cause", "Flips", "explain"]
