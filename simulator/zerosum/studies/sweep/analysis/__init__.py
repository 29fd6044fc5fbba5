"""Analyze a sweep: responses, sensitivity of the decision, crossovers and noise.

==============  ====================================================================================
``outcome``     one number of every run, by point and replication
``averages``    averages over groups of points, with intervals for shared random numbers
``noise``       share of the variance between points that is noise
``effects``     effect of each factor, by value and from end to end
``indices``     Morris' and Sobol's indices of the difference between two strategies
``switches``    where, along a factor, another strategy becomes the best
``analyse``     all of these
==============  ====================================================================================
"""

from zerosum.studies.sweep.analysis.analyse import Analysis, Refusal, analyse
from zerosum.studies.sweep.analysis.outcome import Outcome

__all__ = ["Analysis", "Outcome", "Refusal", "analyse"]
