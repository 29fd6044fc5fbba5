"""Statistics of comparisons with common random numbers.

All strategies of one replication share their random numbers, so every procedure here uses paired differences;
none assumes independent strategies. All are pure functions of numbers, without scenarios or metrics.

==============  ==========================================================================================
``intervals``   the mean of a number, or of a paired difference, with its interval
``pairs``       two strategies pair by pair: difference, p, how often one beats the other, what pairing brings
``verdicts``    better, worse, equivalent or undecided; how many more replications would decide
``bands``       a mean curve with a band that holds the whole of it
``ratios``      the ratio of two means with its interval; runs drawn again
``quantiles``   who gains, the weakest or the strongest: differences of quantiles
``best``        how far each strategy is from the best of the others; p values of many tests at once
``selection``   find the best strategy with as few replications as it takes
``sequential``  go on until differences are known well enough
``signflips``   do the columns of a table differ, where a row is one observation?
``shapley``     each player's part of what all players bring together
``uncertainty`` part the spread of a difference into noise and assumptions
==============  ==========================================================================================

Which one answers which question, and pitfalls: ``docs/statistics.md``. Quantiles come from ``scipy.special``, because
importing ``scipy.stats`` takes a second.
"""

from typing import TYPE_CHECKING

from zerosum.lazy import exports

if TYPE_CHECKING:
    from zerosum.statistics.bands import Band, simultaneous_band
    from zerosum.statistics.best import compare_with_best, holm, may_be_best
    from zerosum.statistics.intervals import Interval, mean_interval, paired_difference
    from zerosum.statistics.pairs import Pairs, compare_pairs
    from zerosum.statistics.quantiles import QuantileDifference, quantile_differences
    from zerosum.statistics.ratios import ratio_of_means, resampled
    from zerosum.statistics.selection import Selection, kim_nelson
    from zerosum.statistics.sequential import halfwidth_reached
    from zerosum.statistics.shapley import shapley_values
    from zerosum.statistics.signflips import sign_flip_test
    from zerosum.statistics.uncertainty import Parts, range_over_assumptions, split_variance
    from zerosum.statistics.verdicts import Verdict, replications_for_halfwidth, replications_needed, verdict

__all__ = [
    "Band",
    "Interval",
    "Pairs",
    "Parts",
    "QuantileDifference",
    "Selection",
    "Verdict",
    "compare_pairs",
    "compare_with_best",
    "halfwidth_reached",
    "holm",
    "kim_nelson",
    "may_be_best",
    "mean_interval",
    "paired_difference",
    "quantile_differences",
    "range_over_assumptions",
    "ratio_of_means",
    "replications_for_halfwidth",
    "replications_needed",
    "resampled",
    "shapley_values",
    "sign_flip_test",
    "simultaneous_band",
    "split_variance",
    "verdict",
]

__getattr__ = exports(__name__, __file__)
