"""What a room saw, as a file that ``zerosum compare`` takes."""

from __future__ import annotations

from zerosum.scenario import scenario_text
from zerosum.workshop.room import Room


def saved(room: Room) -> str:
    """Write a room's scenario, with a word on what it is."""
    year = room.state.year
    return (
        f"# What a room saw: side A is the baseline, side B the other strategy; year {year + 1}, replication {year}.\n"
        f"# 'zerosum compare FILE' compares them over many years. In runs.csv, replication {year} is the room's.\n\n"
        f"{scenario_text(room.scenario)}"
    )
