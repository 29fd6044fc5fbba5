"""Say how many missed quotas identical reps would share, for every command that has a chance baseline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zerosum.report.lines import Line

if TYPE_CHECKING:
    from zerosum.studies.misses import SharedMisses

IN_TEN, IN_A_HUNDRED = 10, 100


def format_misses(found: SharedMisses | None) -> str:
    """Say in a sentence how many misses identical reps would share; nothing without pairs to compare.

    >>> from zerosum.statistics import Interval
    >>> from zerosum.studies.misses import SharedMisses
    >>> format_misses(SharedMisses(920, 837, 925, 1800, Interval(0.91, 0.9, 0.92, 60)))
    'Of 10 missed quotas, identical reps in these territories would also miss 9 (5 if misses fell at random).'
    """
    if found is None or found.rep_years == 0:
        return ""
    if found.missed == 0:
        return "No rep missed a quota."
    of, also, coincidence = _scaled(found)
    return (
        f"Of {of} missed {'quota' if of == 1 else 'quotas'}, identical reps in these territories would also miss "
        f"{also} ({coincidence} if misses fell at random)."
    )


def _scaled(found: SharedMisses) -> tuple[int, int, int]:
    """Return how many misses, how many of them are shared, and how many would be by coincidence.

    Few misses are counted themselves. Others are told of ten; of a hundred where that would say "none" or "all".
    """
    chance = found.by_coincidence
    if found.missed < IN_A_HUNDRED:
        return found.missed, found.also, round(found.missed * chance)
    share = found.also / found.missed
    of = IN_TEN if 0 < round(IN_TEN * share) < IN_TEN or share in (0.0, 1.0) else IN_A_HUNDRED
    return of, round(of * share), round(of * chance)


def identical_object(found: SharedMisses | None) -> dict[str, Any] | None:
    """Return the counts as an object of ``summary.json``; None if there are no pairs to compare."""
    if found is None:
        return None
    return {
        "missed": found.missed,
        "also": found.also,
        "equal_missed": found.equal_missed,
        "rep_years": found.rep_years,
        "share": found.share.mean,
        "low": found.share.low,
        "high": found.share.high,
        "n": found.share.n,
        "by_coincidence": found.by_coincidence,
    }


def misses_lines(found: SharedMisses | None) -> Iterator[Line]:
    """Yield the line of what misses have to do with skill; none without pairs of reps to compare."""
    if sentence := format_misses(found):
        yield Line("MISSED QUOTAS", sentence)
