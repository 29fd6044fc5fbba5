"""Fit a scenario's assumptions to the facts, and find out which of them the facts say nothing about."""

from simulator.calibrate.fit import Fitted, calibrate
from simulator.calibrate.settings import Calibration, CalibrationError, load_calibration

__all__ = ["Calibration", "CalibrationError", "Fitted", "calibrate", "load_calibration"]
