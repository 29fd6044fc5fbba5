"""Calibrate a scenario's assumptions to the facts, and find assumptions that the facts don't constrain."""

from zerosum.studies.calibrate.fit import Fitted, calibrate, fits_text, prepared, trials_frame
from zerosum.studies.calibrate.settings import Calibration, load_calibration

__all__ = [
    "Calibration",
    "Fitted",
    "calibrate",
    "fits_text",
    "load_calibration",
    "prepared",
    "trials_frame",
]
