"""A comparison as an Excel workbook: a summary with charts, the strategies, and a sheet per table."""

from zerosum.report.workbook.book import QUICK, plan_parts, write_workbook
from zerosum.report.workbook.sheets import MOST_ROWS

__all__ = ["MOST_ROWS", "QUICK", "plan_parts", "write_workbook"]
