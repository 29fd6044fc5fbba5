"""Every arm in every world, over many replications on common luck: what they do, and how they differ."""

from simulator.comparison.arms import Comparison, compare
from simulator.comparison.breakdown import by_quantile, by_segment, by_third, by_week
from simulator.comparison.decision import Decision, decide
from simulator.comparison.paired import differences
from simulator.comparison.replicate import replicate
from simulator.comparison.stopping import Best, Halfwidth, Until

__all__ = [
    "Best",
    "Comparison",
    "Decision",
    "Halfwidth",
    "Until",
    "by_quantile",
    "by_segment",
    "by_third",
    "by_week",
    "compare",
    "decide",
    "differences",
    "replicate",
]
