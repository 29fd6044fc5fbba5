"""Both figures, until the tests no longer ask for them here."""

from simulator.report.figure_compare import figure_compare
from simulator.report.figure_run import _attainment_in_words, figure_run

__all__ = ["_attainment_in_words", "figure_compare", "figure_run"]
