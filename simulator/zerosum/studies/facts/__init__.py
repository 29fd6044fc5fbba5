"""What is known about selling, and how a market is asked for the same numbers."""

from zerosum.studies.facts.catalogue import TAGS, Fact, load_facts
from zerosum.studies.facts.measures import MEASURES, Measure
from zerosum.studies.facts.observe import Observation, observe, vendors_alike

__all__ = [
    "MEASURES",
    "TAGS",
    "Fact",
    "Measure",
    "Observation",
    "load_facts",
    "observe",
    "vendors_alike",
]
