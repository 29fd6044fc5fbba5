"""Published facts about selling, and how to measure the same numbers in a simulated market."""

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
