"""Why our rep was not in a deal in one run: tired of our calls, no room for it, or simply not found and not invited.

Luck is common, so what would have been can be worked out from the same draws: a call that failed at the goodwill there
was, and would have succeeded at full goodwill; an invitation that was drawn, and found all slots full.
"""

from __future__ import annotations

import numpy as np

from zerosum.market import draws
from zerosum.market.bulk import new_batch, uniforms
from zerosum.market.state import BY_PROVOCATION, FOUND, MARKETING, SERVICE, Float, Int
from zerosum.studies.attribution.causes import CONTACT, FATIGUE, NO_FREE_SLOT
from zerosum.studies.attribution.ingredients import Bool
from zerosum.studies.attribution.pairing import Rows
from zerosum.studies.attribution.side import Side


def name_missing(there: Side, there_rows: Rows, missing: Side, missing_rows: Rows) -> Rows:
    """Name the cause for which an offer is missing.

    In this order: fatigue, if a call during the evaluation failed that would have been heard at full goodwill;
    no free slot, if the rep was invited and all its slots were full, or if they were full when the calls of that
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
        CONTACT, FATIGUE or NO_FREE_SLOT

    Notes
    -----
    Draws: (CONTACT, agent=buyer, week of the call, draw=vendor), (INVITATION, agent=buyer, week=start, draw=vendor).
    """
    named = np.full(len(missing_rows), CONTACT)
    full = invited_in_vain(missing, missing_rows) | crowded_out(there, there_rows, missing, missing_rows)
    named[full] = NO_FREE_SLOT
    named[tired(missing, missing_rows)] = FATIGUE
    return named


def _uniforms(side: Side, stream: int, agent: Int, week: Int) -> Float:
    batch = new_batch(len(agent))
    batch.agent[:], batch.week[:], batch.draw[:] = agent, week, side.run.vendor
    uniforms(side.witness.key, stream, len(agent), batch)
    return batch.uniform


def tired(side: Side, rows: Rows) -> Bool:
    """Tell whether burnt goodwill alone made one of our calls during the evaluation fail."""
    options, calls, decisions = side.witness.rules.prospecting, side.attempts, side.made_of
    luck = _uniforms(side, draws.CONTACT, calls.buyer, calls.week)
    fresh = options.contact * (1.0 + options.trust_gain * calls.trust)
    in_vain = (luck >= fresh * calls.goodwill) & (luck < fresh)
    buyer, week = calls.buyer[in_vain], calls.week[in_vain]
    found = np.zeros(len(rows), np.bool_)
    for i, row in enumerate(rows):
        during = (week >= decisions.start[row]) & (week <= decisions.week[row])
        found[i] = np.any(during & (buyer == decisions.buyer[row]))
    return found


def invited_in_vain(side: Side, rows: Rows) -> Bool:
    """Tell whether our rep was invited when the evaluation opened; without an offer, all its slots were full.

    Whoever was invited before the run parted from the other had the offer in both.
    """
    witness, decisions, vendor = side.witness, side.made_of, side.run.vendor
    options, products = witness.rules.invitations, witness.rules.products
    luck = _uniforms(side, draws.INVITATION, decisions.buyer[rows], decisions.start[rows])
    found = np.zeros(len(rows), np.bool_)
    for i, row in enumerate(rows):
        start = int(decisions.start[row])
        if start < witness.first_week:
            continue
        # What a call provokes opens after the departments' step, all else before it.
        social = witness.take_up(start, after=decisions.reason[row] == BY_PROVOCATION)
        held = decisions.held[row]
        if held >= 0 and products.vendor[held] == vendor:
            missed = (1.0 - options.coverage) * options.coverage_social_gain
            chance = options.coverage + missed * social[SERVICE]
        else:
            chance = min(1.0, options.inbound * (1.0 + options.inbound_social_gain * social[MARKETING]))
        found[i] = luck[i] < chance
    return found


def crowded_out(there: Side, there_rows: Rows, missing: Side, missing_rows: Rows) -> Bool:
    """Tell whether all slots were full, after the calls of the week in which the other run's rep was heard."""
    vendor, owner = missing.run.vendor, missing.run.engine.market.buyers.owner
    found = np.zeros(len(missing_rows), np.bool_)
    called = set(zip(missing.attempts.buyer.tolist(), missing.attempts.week.tolist(), strict=True))
    for i, (row, other) in enumerate(zip(there_rows, missing_rows, strict=True)):
        week, buyer = int(there.made_of.opened[row, vendor]), int(missing.made_of.buyer[other])
        heard = there.made_of.source[row, vendor] == FOUND and week <= missing.made_of.week[other]
        if heard and (buyer, week) not in called:
            found[i] = missing.witness.free_slots(week)[owner[buyer, vendor]] == 0
    return found
