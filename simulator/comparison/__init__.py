"""Every arm in every world, over many replications on common luck: what they do, and how they differ."""

from simulator.comparison.arms import Comparison, compare
from simulator.comparison.breakdown import by_quantile, by_segment, by_third, by_week
from simulator.comparison.decision import Decision, decide
from simulator.comparison.paired import differences
from simulator.comparison.replicate import replicate
from simulator.comparison.restore import DEFAULT_METRIC, asked, restore
from simulator.comparison.stopping import Best, Halfwidth, NotDecidable, Until

__all__ = [
    "DEFAULT_METRIC",
    "Best",
    "Comparison",
    "Decision",
    "Halfwidth",
    "NotDecidable",
    "Until",
    "asked",
    "by_quantile",
    "by_segment",
    "by_third",
    "by_week",
    "compare",
    "decide",
    "differences",
    "replicate",
    "restore",
]
