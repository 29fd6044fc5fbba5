"""Compare all strategies for all adopters, with common random numbers: levels, differences, decisions."""

from typing import TYPE_CHECKING

from zerosum.lazy import exports

if TYPE_CHECKING:
    from zerosum.runs.replicate import replicate
    from zerosum.studies.compare.breakdown import by_quantile, by_segment, by_third, by_week, judged_years
    from zerosum.studies.compare.comparison import Comparison, compare_strategies
    from zerosum.studies.compare.decision import Alike, Decision, compare_leaders, decide
    from zerosum.studies.compare.paired import differences
    from zerosum.studies.compare.replications import Replications, kept_in
    from zerosum.studies.compare.restore import asked
    from zerosum.studies.compare.stopping import Best, Halfwidth, NotDecidable, Until
    from zerosum.studies.compare.value import break_even_prices, value_table

__all__ = [
    "Alike",
    "Best",
    "Comparison",
    "Decision",
    "Halfwidth",
    "NotDecidable",
    "Replications",
    "Until",
    "asked",
    "break_even_prices",
    "by_quantile",
    "by_segment",
    "by_third",
    "by_week",
    "compare_leaders",
    "compare_strategies",
    "decide",
    "differences",
    "judged_years",
    "kept_in",
    "replicate",
    "value_table",
]

__getattr__ = exports(__name__, __file__)
