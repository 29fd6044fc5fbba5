"""Maps: where a verdict changes over two keys, the user's own place on them, and what facts say of each key.

``axes`` keys with their ranges; ``design`` the question and its sweeps; ``ranking`` which keys move the verdict most;
``surface`` a smooth surface through the differences; ``answer`` what it says; ``facts`` which values facts rule out;
``map`` all of them.
"""

from zerosum.studies.map.axes import Axis, Span, find_axes, parse_place, parse_range
from zerosum.studies.map.design import Question, ask, map_study
from zerosum.studies.map.map import Map, make_map

__all__ = [
    "Axis",
    "Map",
    "Question",
    "Span",
    "ask",
    "find_axes",
    "make_map",
    "map_study",
    "parse_place",
    "parse_range",
]
