"""Why a decision was made in one run only. Each has one cause: the first that holds of those below.

1. ``timing``: the other run has the same evaluation, still open when the measured weeks end.
2. ``provoked``: our rep's call opened it.
3. ``rivals``: a rival's call opened it.
4. ``holder``: when it opened, the account was in other hands than in the other run.
5. ``earlier``: the same holder, but since the runs parted this account had other evaluations, other outcomes, or the
   same in other weeks: its contract ends in another week, or it is just in the market.
6. ``word_of_mouth``: the same account with the same past had a review, or a need, in one run only. Candidate weeks
   are common luck, so satisfaction, or the neighbours served, must differ.

That is all there is: a contract's end follows from the account's decisions, so that it is covered by 4 and 5.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zerosum.market.state import BY_NEED, BY_PROVOCATION, BY_REVIEW, NO_DECISION, NONE, PROVOKED
from zerosum.studies.attribution.causes import EARLIER, HOLDER, PROVOKED_BY_US, RIVALS, TIMING, WORD_OF_MOUTH
from zerosum.studies.attribution.pairing import Rows
from zerosum.studies.attribution.side import Side


class Past(NamedTuple):
    """An evaluation of a buyer: when it opened, when it was decided (NONE: not yet), how, what was held then."""

    start: int
    week: int
    outcome: int
    after: int


def name_unmatched(side: Side, rows: Rows, other: Side) -> Rows:
    """Name the cause of decisions that the other run hasn't.

    Parameters
    ----------
    side, rows
        where they were made
    other
        where they were not

    Returns
    -------
    int[n]
        numbers of causes
    """
    buyers = set(side.made_of.buyer[rows].tolist())
    pasts, others = _pasts(side, buyers), _pasts(other, buyers)
    return np.array([_cause(side, int(row), other, pasts, others) for row in rows], np.intp)


def _cause(
    side: Side, row: int, other: Side, pasts: dict[int, list[Past]], others: dict[int, list[Past]]
) -> int:
    made_of, vendor = side.made_of, side.run.vendor
    buyer, start, reason = int(made_of.buyer[row]), int(made_of.start[row]), int(made_of.reason[row])
    if other.run.engine.market.buyers.evaluation_start[buyer] == start:
        return TIMING
    if reason == BY_PROVOCATION:
        ours = made_of.source[row, vendor] == PROVOKED and made_of.opened[row, vendor] == start
        return PROVOKED_BY_US if ours else RIVALS
    before = [past for past in pasts[buyer] if past.start < start]
    beside = [past for past in others[buyer] if past.start < start]
    held = int(other.witness.start_holds[buyer])
    for past in beside:
        # Evaluations open before the week's decisions are made.
        if past.week != NONE and past.week < start:
            held = past.after
    if held != made_of.held[row]:
        return HOLDER
    if before != beside:
        return EARLIER
    if reason not in (BY_REVIEW, BY_NEED):
        raise RuntimeError(
            f"buyer {buyer}: nothing says why its evaluation of week {start} is in one run only"
        )
    return WORD_OF_MOUTH


def _pasts(side: Side, buyers: set[int]) -> dict[int, list[Past]]:
    """Evaluations of some buyers since the runs parted, in order."""
    found: dict[int, list[Past]] = {buyer: [] for buyer in buyers}
    made_of = side.made_of
    for row in np.flatnonzero(np.isin(made_of.buyer, list(buyers))):
        found[int(made_of.buyer[row])].append(
            Past(
                int(made_of.start[row]),
                int(made_of.week[row]),
                int(side.outcome[row]),
                int(side.after[row]),
            )
        )
    market = side.run.engine.market.buyers
    for buyer in buyers:
        if market.evaluation_end[buyer] != NONE:
            found[buyer].append(Past(int(market.evaluation_start[buyer]), NONE, NO_DECISION, NONE))
    return found
