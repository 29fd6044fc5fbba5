"""A report in one file: ``page.py`` gathers, ``template.html.j2`` and ``style.css`` lay out, ``plots`` draws."""

from zerosum.report.html.flipped import MOST as MOST_TRACED
from zerosum.report.html.page import page
from zerosum.report.leading import leading

__all__ = ["MOST_TRACED", "leading", "page"]
