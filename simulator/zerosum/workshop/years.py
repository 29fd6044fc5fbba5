"""Simulate the same settings in many years: one year may be chance, two hundred show how often."""

from __future__ import annotations

from collections.abc import Sequence

from zerosum.market.run import branches, warm_up
from zerosum.workshop.room import Room
from zerosum.workshop.verdict import Ending
from zerosum.workshop.year import ending_of


def endings_of(room: Room, numbers: Sequence[int]) -> list[Ending]:
    """Simulate years by number, without the causes of differences."""
    return [_ending(room, number) for number in numbers]


def _ending(room: Room, number: int) -> Ending:
    start = warm_up(room.scenario, number)
    left, right = branches(start, room.strategies, [room.state.adopters])
    return ending_of((left, right))
