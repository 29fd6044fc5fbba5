"""Analyse a sweep: responses, sensitivity of the decision, crossovers; and what can't be told from chance.

==============  ====================================================================================
``outcome``     one number of every run, by point and replication
``averages``    averages over groups of points, with intervals that know what is shared
``noise``       how much of what differs between points is noise
``effects``     what each factor does, value by value and from end to end
``indices``     Morris' and Sobol's indices of the difference between two strategies
``switches``    where, along a factor, another strategy becomes the best
``analyse``     all of them
==============  ====================================================================================
"""

from zerosum.studies.sweep.analysis.analyse import Analysis, Refusal, analyse
from zerosum.studies.sweep.analysis.outcome import Outcome

__all__ = ["Analysis", "Outcome", "Refusal", "analyse"]
