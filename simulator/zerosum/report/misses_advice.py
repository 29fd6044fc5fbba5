"""Say what one can decide with what missed quotas are made of, and if there are enough runs to say it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from zerosum.report.answers import round_up
from zerosum.statistics.intervals import critical_value

if TYPE_CHECKING:
    from zerosum.studies.misses import Misses

MOST = 0.5
"""Share of luck above which most of the differences are luck, or below which they aren't: the whole interval counts."""
WORTH = 0.05
"""Share from which a factor is worth acting on, if its interval excludes 0."""
HIGH = 2.0 / 3.0
"""Share of rep-years below quota from which quotas are high, if identical reps miss as many."""
WIDEST = 0.15
"""Half-width of a share's interval up to which shares are told."""
FEWEST = 10
"""Simulated runs below which no share is told: their spread itself is hardly known."""

MEASURES = {
    "quotas": "Divide the team's quota by the territories' value",
    "territory": "Balance territories by value",
    "skill": "Coach and hire, because skill counts",
}
"""Factor -> what to do if its share is measurable and large enough."""
SUBJECTS = {
    "quotas": "How quotas are set evens",
    "territory": "Territories as they are even",
    "skill": "Differences in skill even",
}
"""Factor -> the beginning of a sentence about a share below 0."""
SHORT = {"quotas": "how quotas are set", "territory": "territories", "skill": "skill"}


def widest(found: Misses) -> float:
    """Return the largest half-width of a share's interval; inf if one isn't bounded."""
    halves = (found.shares["high"] - found.shares["low"]).to_numpy(float) / 2.0
    return float(halves.max()) if all(map(math.isfinite, halves)) else math.inf


def runs_for_shares(found: Misses) -> int | None:
    """Return about how many simulated runs shares need; 0: there are enough, None: these can't tell."""
    half, often = widest(found), found.scenario.comparison.replications
    if half <= WIDEST and often >= FEWEST:
        return 0
    if not math.isfinite(half):
        return None
    spread = half * math.sqrt(often) / critical_value(often - 1, 0.95)
    needed = FEWEST
    for _ in range(20):  # the quantile of Student's t depends on the number
        needed = max(FEWEST, math.ceil((critical_value(needed - 1, 0.95) * spread / WIDEST) ** 2))
    return max(int(round_up(needed)), often + 1)


def format_advice(found: Misses) -> str:
    """Say what to decide, from the figures; nothing if nothing was missed, or attainment doesn't differ."""
    if found.shared.missed == 0 or not math.isfinite(found.shares["share"].iloc[0]):
        return ""
    needed = runs_for_shares(found)
    if needed != 0:
        enough = f"-n {needed}" if needed else "more runs (-n)"
        return f"Nothing yet: give {enough}."
    return " ".join((*_of_luck(found), *_of_factors(found), *_of_level(found)))


def _of_luck(found: Misses) -> Iterator[str]:
    luck: Any = found.shares[found.shares["factor"] == "luck"].iloc[0]
    if luck["low"] > MOST:
        yield "Most of the differences between reps in a year are luck: don't rank or judge them by one year."
    elif luck["high"] < MOST:
        yield "Less than half of the differences between reps in a year are luck."
    else:
        yield "Whether most of the differences between reps in a year are luck can't be told."


def _of_factors(found: Misses) -> Iterator[str]:
    """Yield what to do about each factor, the largest share first; those too small to act on in one sentence."""
    rows = found.shares[found.shares["factor"] != "luck"].sort_values("share", ascending=False, kind="stable")
    small = []
    for row in rows.to_dict("records"):
        name = str(row["factor"])
        if row["low"] > 0.0 and row["share"] >= WORTH:
            yield f"{MEASURES[name]}: {_if_equal(row)}."
        elif row["low"] > 0.0:
            small.append(f"{SHORT[name]} ({100 * row['share']:.1f} %)")
        elif row["high"] < 0.0:
            yield f"{SUBJECTS[name]} out differences: leave that as it is."
    if small:
        yield f"Measurable, but too small to act on: {', '.join(small)}."


def _if_equal(row: Mapping[Any, Any]) -> str:
    """Say what making only this factor equal does to the variance."""
    gone, low, high = (100 * float(row[name]) for name in ("removed", "removed_low", "removed_high"))
    if not low > 0.0:
        return "by itself, that changes the variance by no measurable amount"
    return f"if only this were equal, {gone:.0f} % of the variance would go ({low:.0f} to {high:.0f})"


def _of_level(found: Misses) -> Iterator[str]:
    shared = found.shared
    missed, equal = shared.missed / shared.rep_years, shared.equal_missed / shared.rep_years
    if missed >= HIGH and equal >= HIGH:
        yield (
            f"{100 * missed:.0f} % of rep-years miss, of identical reps {100 * equal:.0f} %: quotas are too high for "
            "this market, whoever the reps are."
        )
