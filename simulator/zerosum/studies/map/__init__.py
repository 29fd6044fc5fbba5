"""Maps: where a verdict changes over two keys, the user's place, and the values that facts rule out.

``axes`` keys with their ranges; ``design`` the question and its sweeps; ``ranking`` the keys with the largest effect;
``surface`` a smooth surface through the differences; ``answer`` results from it; ``facts`` values that facts rule out;
``map`` all of these; ``folder`` what a map was asked for, ``restore`` the map from its folder.
"""

from zerosum.studies.map.axes import Axis, Span, find_axes, parse_place, parse_range
from zerosum.studies.map.design import Question, ask, map_study
from zerosum.studies.map.folder import Asked, read_asked
from zerosum.studies.map.map import Map, make_map
from zerosum.studies.map.restore import is_at, maps_of, restore, written

__all__ = [
    "Asked",
    "Axis",
    "Map",
    "Question",
    "Span",
    "ask",
    "find_axes",
    "is_at",
    "make_map",
    "map_study",
    "maps_of",
    "parse_place",
    "parse_range",
    "read_asked",
    "restore",
    "written",
]
