"""Fit a scenario to a team's own data: what the data say of the model's parameters, and what they can't say."""

from zerosum.studies.fit.fit import KIND, TEAMS, Fitted, fit_team
from zerosum.studies.fit.output import FITS, SCENARIO, estimates, fits_toml, scenario_toml

__all__ = [
    "FITS",
    "KIND",
    "SCENARIO",
    "TEAMS",
    "Fitted",
    "estimates",
    "fit_team",
    "fits_toml",
    "scenario_toml",
]
