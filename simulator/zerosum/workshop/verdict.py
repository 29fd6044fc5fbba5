"""Format the verdict on one year and on many, with its certainty. The page has no other verdicts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from zerosum.report.wording import format_money
from zerosum.statistics import Interval, mean_interval
from zerosum.workshop.state import SIDES, State
from zerosum.workshop.words import label_of, points

LEVEL = 1e-9
"""Shares that differ by less are equal."""


class Ending(NamedTuple):
    """The result of a year for each side.

    Sides are compared by their gains: two markets start equal, two teams in one market don't.
    """

    gained: tuple[float, float]
    """Share of the buyers in its territories, less the share at the start."""
    money: tuple[float, float]
    """Recurring revenue (ARR) at the end, less that at the start; money/year."""


def labels_of(state: State) -> tuple[str, str]:
    """Return the sides' names, always two different ones; the page uses the same (``labels.js``).

    They are the labels, or else the strategies; if both are equal, the letters are added.
    """
    left, right = (side.label or label_of(side.strategy) for side in (state.left, state.right))
    return (f"{left} (A)", f"{right} (B)") if left == right else (left, right)


def of_one_year(state: State, ending: Ending, span: str = "year") -> dict[str, Any]:
    """Format who ended ahead in one year; ``span`` is what it is called (:func:`words.span_of`).

    Returns
    -------
    dict
        ``leader`` (left, right, none), ``words``, ``certainty``
    """
    names = labels_of(state)
    ahead, richer = _leader(ending.gained), _leader(ending.money)
    once = f"One {span} is one random draw: press M for many."
    if ahead is None:
        return {"leader": "none", "words": "They end level.", "certainty": once}
    if richer is not None and richer != ahead:
        more = format_money(ending.money[richer] - ending.money[1 - richer])
        once = f"{names[richer]} has gained {more} a year more of recurring revenue all the same. {once}"
    by = points(ending.gained[1] - ending.gained[0])
    words = (
        f"{names[ahead]} has gained {by} more."
        if state.adopters == "head-to-head"
        else f"{names[ahead]} ends ahead by {by}."
    )
    return {"leader": SIDES[ahead], "words": words, "certainty": once}


def _leader(pair: tuple[float, float]) -> int | None:
    if abs(pair[1] - pair[0]) < LEVEL:
        return None
    return int(pair[1] > pair[0])


def counted(endings: Sequence[Ending]) -> dict[str, int]:
    """Count the years in which each side ended ahead, and in which they were level."""
    leaders = [_leader(ending.gained) for ending in endings]
    return {"left": leaders.count(0), "right": leaders.count(1), "tied": leaders.count(None)}


def of_many_years(
    state: State, endings: Sequence[Ending], courses: int = 1, span: str = "year"
) -> dict[str, Any]:
    """Format how often each side ended ahead, by how much on average, and the chance baseline.

    Parameters
    ----------
    endings : sequence of Ending
        in order of replication
    courses : int
        consecutive replications with the same assumptions, which count as one observation
    span : str
        what a year is called (:func:`words.span_of`)

    Returns
    -------
    dict
        the last line of ``/api/years``
    """
    names, n, ahead = labels_of(state), len(endings), counted(endings)
    share = _difference([ending.gained for ending in endings], courses)
    money = _difference([ending.money for ending in endings], courses)
    leader = max(SIDES, key=lambda side: ahead[side])
    if ahead["tied"] == n:
        words = f"They end level in all of {n} {span}s."
    elif ahead["left"] == ahead["right"]:
        words = f"Each ends ahead in {ahead['left']} of {n} {span}s."
    else:
        does = "gains more" if state.adopters == "head-to-head" else "ends ahead"
        words = f"{names[SIDES.index(leader)]} {does} in {ahead[leader]} of {n} {span}s."
    decided = ahead["left"] + ahead["right"]
    low, high = tosses(decided)
    return {
        "done": n,
        "n": n,
        "ahead": ahead,
        "difference": {"share": _document(share), "money": _document(money)},
        "words": words,
        "certainty": _average(names, share, money, span),
        "null": {
            "words": f"If both were equally good, each would be ahead in {low} to {high} of {decided} by mere chance."
            if decided
            else "They never differ."
        },
    }


def _difference(pairs: Sequence[tuple[float, float]], courses: int) -> Interval:
    """Return the mean of right less left over years."""
    gaps = np.array([right - left for left, right in pairs])
    return mean_interval([float(gaps[i : i + courses].mean()) for i in range(0, len(gaps), courses)])


def _document(interval: Interval) -> dict[str, float | None]:
    ends = {"mean": interval.mean, "low": interval.low, "high": interval.high}
    return {name: None if math.isnan(value) else round(value, 6) for name, value in ends.items()}


def _average(names: tuple[str, str], share: Interval, money: Interval, span: str) -> str:
    """Format the mean difference in shares with its interval, then in money."""
    if abs(share.mean) < LEVEL:
        return "On average they are level."
    more = int(share.mean > 0)
    sign = 1 if more else -1
    if math.isnan(share.low):
        return f"{names[more]} has {points(share.mean)} more; one {span} says nothing of how sure that is."
    low, high = sorted((sign * 100 * share.low, sign * 100 * share.high))
    digits = 1 if max(abs(low), abs(high)) >= 1 else 2
    said = f"On average {names[more]} has {100 * abs(share.mean):.{digits}f} points more "
    said += f"(95% sure: {low:.{digits}f} to {high:.{digits}f})"
    if share.low <= 0 <= share.high:
        said += ": too close to call"
    by = f"{format_money(abs(money.mean))} a year {'more' if sign * money.mean > 0 else 'less'}"
    unsure = ", give or take" if money.low <= 0 <= money.high else ""
    return f"{said}. Of recurring revenue it gains {by}{unsure}."


def tosses(n: int) -> tuple[int, int]:
    """Return the range of heads in n tosses of a fair coin with 95 % probability."""
    below, low = 0.0, 0
    while n and (below := below + math.comb(n, low) / 2**n) < 0.025:
        low += 1
    return low, n - low
