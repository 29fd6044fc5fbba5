"""What is known about selling, and how a market is asked for the same numbers."""

from zerosum.studies.facts.catalogue import TAGS, Fact, asked_for, load_facts, register_held_out
from zerosum.studies.facts.measures import MEASURES, Measure
from zerosum.studies.facts.observe import Observation, observe, vendors_alike

__all__ = [
    "MEASURES",
    "TAGS",
    "Fact",
    "Measure",
    "Observation",
    "asked_for",
    "load_facts",
    "observe",
    "register_held_out",
    "vendors_alike",
]
