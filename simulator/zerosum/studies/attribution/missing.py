"""Find the cause of an offer, or of a whole decision, that is in one run only.

Random numbers are common, so the same draws show counterfactuals: a call that failed would have succeeded at full
goodwill; an invitation was drawn, but found no free capacity.

A decision that is in one run only has one cause, the first of these that holds:

1. ``timing``: the other run has the same evaluation, still open when the measured weeks end.
2. ``provoked``: our rep's call opened it.
3. ``competitors``: a rival's call opened it.
4. ``incumbent``: when it opened, the account had another incumbent than in the other run.
5. ``earlier``: the same incumbent, but since the runs parted this account had other evaluations, other outcomes, or the
   same in other weeks: its contract ends in another week, or it is just in the market.
6. ``word_of_mouth``: the same account with the same past had a review, or a need, in one run only. Candidate weeks
   are common, so satisfaction, or the neighbours served, must differ.

The list is complete: a contract's end follows from the account's decisions, so 4 and 5 cover it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zerosum.market import draws
from zerosum.market.bulk import new_batch, uniforms
from zerosum.market.state import (
    BY_NEED,
    BY_PROVOCATION,
    BY_REVIEW,
    FOUND,
    NO_DECISION,
    NONE,
    PROVOKED,
    Float,
    Int,
)
from zerosum.studies.attribution.causes import (
    CONTACT,
    EARLIER,
    FATIGUE,
    INCUMBENT,
    NO_FREE_CAPACITY,
    PROVOKED_BY_US,
    RIVALS,
    TIMING,
    WORD_OF_MOUTH,
)
from zerosum.studies.attribution.side import Rows, Side
from zerosum.studies.attribution.witness import Bool

# --- Offers ---------------------------------------------------------------------------------------------------


def name_missing(there: Side, there_rows: Rows, missing: Side, missing_rows: Rows) -> Rows:
    """Return the cause of each missing offer.

    In this order: fatigue, if a call during the evaluation failed that would have been heard at full goodwill;
    no free capacity, if the rep was invited and it had no free capacity, or if they were full when the calls of that
    week were over in which the other run's rep was heard, and the account was not called that week; contact.

    Parameters
    ----------
    there, there_rows
        where our rep made an offer
    missing, missing_rows
        the same decisions, where it made none

    Returns
    -------
    int[n]
        CONTACT, FATIGUE or NO_FREE_CAPACITY

    Notes
    -----
    Draws: (CONTACT, agent=buyer, week of the call, draw=vendor).
    """
    named = np.full(len(missing_rows), CONTACT)
    full = is_invited_in_vain(missing, missing_rows) | is_crowded_out(
        there, there_rows, missing, missing_rows
    )
    named[full] = NO_FREE_CAPACITY
    named[is_fatigue(missing, missing_rows)] = FATIGUE
    return named


def _uniforms(side: Side, stream: int, agent: Int, week: Int) -> Float:
    batch = new_batch(len(agent))
    batch.agent[:], batch.week[:], batch.draw[:] = agent, week, side.run.vendor
    uniforms(side.witness.key, stream, len(agent), batch)
    return batch.uniform


def is_fatigue(side: Side, rows: Rows) -> Bool:
    """Return whether a call during the evaluation failed only because of low goodwill."""
    options, calls, decisions = side.witness.rules.prospecting, side.attempts, side.made_of
    noise = _uniforms(side, draws.CONTACT, calls.buyer, calls.week)
    fresh = options.contact * (1.0 + options.trust_gain * calls.trust)
    in_vain = (noise >= fresh * calls.goodwill) & (noise < fresh)
    buyer, week = calls.buyer[in_vain], calls.week[in_vain]
    found = np.zeros(len(rows), np.bool_)
    for i, row in enumerate(rows):
        during = (week >= decisions.start[row]) & (week <= decisions.week[row])
        found[i] = np.any(during & (buyer == decisions.buyer[row]))
    return found


def is_invited_in_vain(side: Side, rows: Rows) -> Bool:
    """Return whether our rep was invited when the evaluation opened, but had no free capacity."""
    return side.made_of.turned_away[rows, side.run.vendor]


def is_crowded_out(there: Side, there_rows: Rows, missing: Side, missing_rows: Rows) -> Bool:
    """Return whether the rep had no free capacity after calls in the week of the other run's successful call."""
    vendor, owner = missing.run.vendor, missing.run.engine.market.buyers.owner
    found = np.zeros(len(missing_rows), np.bool_)
    called = set(zip(missing.attempts.buyer.tolist(), missing.attempts.week.tolist(), strict=True))
    for i, (row, other) in enumerate(zip(there_rows, missing_rows, strict=True)):
        week, buyer = int(there.made_of.opened[row, vendor]), int(missing.made_of.buyer[other])
        heard = there.made_of.source[row, vendor] == FOUND and week <= missing.made_of.week[other]
        if heard and (buyer, week) not in called:
            found[i] = missing.witness.free_capacity(week)[owner[buyer, vendor]] == 0
    return found


# --- Decisions ------------------------------------------------------------------------------------------------


DROPPED_OUT = -1
"""Outcome of a contract's end without an evaluation."""


class Past(NamedTuple):
    """A buyer's evaluation: weeks of opening and decision (NONE: not yet), outcome, product held then.

    Or a dropout: within a week, with an outcome of its own.
    """

    start: int
    week: int
    outcome: int
    after: int


def name_unmatched(side: Side, rows: Rows, other: Side) -> Rows:
    """Return the cause of each decision that the other run doesn't have.

    Parameters
    ----------
    side, rows
        run with the decisions, and their rows
    other
        run without them

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
        return INCUMBENT
    if before != beside:
        return EARLIER
    if reason not in (BY_REVIEW, BY_NEED):
        raise RuntimeError(
            f"buyer {buyer}: nothing says why its evaluation of week {start} is in one run only"
        )
    return WORD_OF_MOUTH


def _pasts(side: Side, buyers: set[int]) -> dict[int, list[Past]]:
    """Return evaluations and dropouts of some buyers since the runs' branching, in order."""
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
    dropouts = side.run.engine.recorder.dropouts
    for week, buyer in zip(dropouts.week.tolist(), dropouts.buyer.tolist(), strict=True):
        if buyer in found:
            found[buyer].append(Past(week, week, DROPPED_OUT, NONE))
            found[buyer].sort()
    return found
