"""Save a room as a file for ``zerosum compare``."""

from __future__ import annotations

from zerosum.scenario import scenario_text
from zerosum.workshop.room import Room


def saved(room: Room) -> str:
    """Format a room's scenario, with a comment on what it is."""
    year = room.state.year
    return (
        f"# What a room saw: side A is the baseline, side B the other strategy; year {year + 1}, replication {year}.\n"
        f"# 'zerosum compare FILE' compares them over many years. In runs.csv, replication {year} is the room's.\n\n"
        f"{scenario_text(room.scenario)}"
    )
