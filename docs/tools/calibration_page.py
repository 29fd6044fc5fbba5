"""Write ``docs/calibration.md`` from the shipped fits, the facts and the spec."""

from __future__ import annotations

from pathlib import Path

from docs.tools.blocks import DOCS
from zerosum.report.calibration_page import write_page
from zerosum.scenario.fits import load_fits
from zerosum.studies.facts import load_facts


def texts() -> dict[Path, str]:
    """Return the page."""
    return {DOCS / "calibration.md": write_page(load_fits(), load_facts())}
