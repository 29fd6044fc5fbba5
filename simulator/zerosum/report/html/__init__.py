"""A report in one file: ``page.py`` and ``maps.py`` collect, the templates lay out, ``plots`` draws."""

from zerosum.report.answers import find_leading
from zerosum.report.html.deals import MOST as MOST_TRACED
from zerosum.report.html.maps import MOST as MOST_MAPS
from zerosum.report.html.maps import write_map_page
from zerosum.report.html.page import write_page

__all__ = ["MOST_MAPS", "MOST_TRACED", "find_leading", "write_map_page", "write_page"]
