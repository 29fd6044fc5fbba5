"""Maps: where a verdict changes over two keys, the user's place, and the values that facts rule out.

``axes`` keys with their ranges; ``design`` the question and its sweeps; ``ranking`` the keys with the largest effect;
``surface`` a smooth surface through the differences; ``answer`` results from it; ``facts`` values that facts rule out;
``map`` all of these.
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
