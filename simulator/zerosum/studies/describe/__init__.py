"""Describe a team's own data: each figure with its interval, and what of it is only luck."""

from zerosum.studies.describe.description import Description, describe_team
from zerosum.studies.describe.figure import Figure

__all__ = ["Description", "Figure", "describe_team"]
