"""Fit a scenario's assumptions to the facts, and find out which of them the facts say nothing about."""

from zerosum.studies.calibrate.fit import Fitted, calibrate, prepared
from zerosum.studies.calibrate.settings import Calibration, load_calibration
from zerosum.studies.calibrate.write import fits_text, trials_frame

__all__ = [
    "Calibration",
    "Fitted",
    "calibrate",
    "fits_text",
    "load_calibration",
    "prepared",
    "trials_frame",
]
