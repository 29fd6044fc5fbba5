"""A report in one file: ``page.py`` collects, ``template.html.j2`` and ``style.css`` lay out, ``plots`` draws."""

from zerosum.report.answers import find_leading
from zerosum.report.html.deals import MOST as MOST_TRACED
from zerosum.report.html.page import write_page

__all__ = ["MOST_TRACED", "find_leading", "write_page"]
