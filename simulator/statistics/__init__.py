"""How sure is a difference? Statistics of comparisons on common luck.

All arms of one replication share their luck, so every procedure here looks at paired differences; none of them takes
arms for independent. All are pure functions of numbers: they know neither scenarios nor metrics.

===================  ===========================================================================================
``intervals``        mean of a number, or of a paired difference, with its interval
===================  ===========================================================================================

Which answers which question, and what misleads: ``docs/statistics.md``. ``scipy.stats`` and ``statsmodels`` take a
second or more to import, so functions that need them import them themselves.
"""

from simulator.statistics.intervals import Interval, mean_interval, paired_difference

__all__ = ["Interval", "mean_interval", "paired_difference"]
