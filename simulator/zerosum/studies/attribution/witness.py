"""Record the inputs of every decision in a run, without changing the run.

Once a week, just before the week's decisions (``Engine.before_choices``), the witness copies its data from the market.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from zerosum.market.bulk import new_batch
from zerosum.market.engine import Engine
from zerosum.market.jit import bind
from zerosum.market.mechanisms.influence import moods
from zerosum.market.mechanisms.push import discounts
from zerosum.market.state import BY_PROVOCATION, NONE, SERVED, Byte, Float, Int, Short

Bool = npt.NDArray[np.bool_]


class Ingredients(NamedTuple):
    """Inputs of decisions, one row each; an offer's data have a column per vendor, meaningless without the offer.

    ``trust``, ``skill``, ``discount`` and ``upgrade`` are those of the rep whose territory includes the buyer, and
    are known even without an offer.
    """

    buyer: Int
    start: Int  # week in which the evaluation opened
    week: Int  # week of the decision
    reason: Byte  # index of market.REASONS
    held: Short  # product held, NONE
    paid: Float  # index: price that is paid for it, 0 without one
    level: Float  # utility: satisfaction without mood, 0 where nothing is held
    mood: Float  # utility: the mood of that week
    offer: Bool  # [decisions, vendors]
    turned_away: Bool  # [decisions, vendors] told of the evaluation, without free capacity
    source: Byte  # [decisions, vendors] index of market.SOURCES, 0 without an offer
    opened: Int  # [decisions, vendors] week, NONE
    product: Short  # [decisions, vendors] product pitched, NONE
    preparation: Float  # [decisions, vendors] hours
    selling: Float  # [decisions, vendors] hours
    support: Bool  # [decisions, vendors] presales help counts
    trust: Float  # [decisions, vendors] share
    skill: Float  # [decisions, vendors] skill units
    discount: Float  # [decisions, vendors] share
    upgrade: Bool  # [decisions, vendors] newer products are offered to own customers


def take(ingredients: Ingredients, rows: npt.NDArray[np.intp]) -> Ingredients:
    """Return rows in the given order; repeats are allowed."""
    return Ingredients._make(column[rows] for column in ingredients)


def join(parts: list[Ingredients]) -> Ingredients:
    """Concatenate tables; there must be at least one."""
    return Ingredients._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


class Attempts(NamedTuple):
    """A vendor's calls on buyers in an evaluation, one row each, by week."""

    buyer: Int
    week: Int
    goodwill: Float  # share left at the time of the call
    trust: Float  # share: the caller's


class Witness:
    """Record one market from its current week on.

    Parameters
    ----------
    engine : Engine
        its ``before_choices`` is set to this witness
    vendor : int
        vendor whose calls and capacity are recorded

    Attributes
    ----------
    first_week : int
    start_holds : int16[buyers]
        products held at the start
    """

    def __init__(self, engine: Engine, vendor: int) -> None:
        market = engine.market
        # The market, not the engine: a reference cycle would keep the engine in memory.
        self._market, self.rules, self.key, self.vendor = market, engine.rules, engine.key, vendor
        self._rules, self._bound = bind(engine.rules), bind(market)
        self.first_week = engine.week
        self.start_holds = market.buyers.holds.copy()
        self._trust = market.reps.trust.copy()
        self._free_capacity: list[Int] = []
        self._decisions = [self._made_of(engine.week, np.empty(0, np.int32))]
        self._attempts: list[Attempts] = []
        engine.before_choices = self._look

    def decisions(self) -> Ingredients:
        """Return the inputs of all decisions so far, in recorded order."""
        return join(self._decisions)

    def attempts(self) -> Attempts:
        """Return the vendor's calls on buyers in an evaluation."""
        none = Attempts(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0), np.empty(0))
        return Attempts._make(
            np.concatenate(columns) for columns in zip(*[none, *self._attempts], strict=True)
        )

    def free_capacity(self, week: int) -> Int:
        """Return free open-opportunity capacity after a week's calls; int32[reps]."""
        return self._free_capacity[week - self.first_week]

    def _look(self, week: int, closing: Int) -> None:
        reps = self._market.reps
        self._decisions.append(self._made_of(week, closing))
        self._note_attempts(week)
        # Casework has updated trust: next week's calls use the value read here.
        self._trust = reps.trust.copy()
        self._free_capacity.append(reps.free_capacity.copy())

    def _note_attempts(self, week: int) -> None:
        """Record the vendor's calls this week on buyers that were already in an evaluation."""
        buyers, reps = self._market.buyers, self._market.reps
        tried = np.flatnonzero(buyers.goodwill_week[:, self.vendor] == week).astype(np.int32)
        # An evaluation provoked by a call this week opened after all calls.
        opened_before = buyers.evaluation_start[tried] < week
        opened_before |= buyers.evaluation_reason[tried] != BY_PROVOCATION
        tried = tried[(buyers.evaluation_end[tried] != NONE) & opened_before]
        rep = buyers.owner[tried, self.vendor]
        # A rep hired this week had no trust yet.
        trust = np.where(reps.hired[rep] == week, 0.0, self._trust[rep])
        self._attempts.append(
            Attempts(tried, np.full(len(tried), week, np.int32), buyers.goodwill[tried, self.vendor], trust)
        )

    def _made_of(self, week: int, closing: Int) -> Ingredients:
        market, rules = self._market, self.rules
        buyers, reps, table = market.buyers, market.reps, market.opportunities
        row = self._offers(closing)
        offer, owner = row != NONE, buyers.owner[closing]
        mood = np.empty(len(closing))
        batch = new_batch(len(closing))
        batch.agent[:] = closing
        moods(self.key, week, len(closing), batch, self._rules, mood)
        held = buyers.holds[closing]
        distance = buyers.level[closing] - buyers.norm[closing]
        distance *= rules.satisfaction.retention ** (week - buyers.stock_week[closing])
        return Ingredients(
            buyer=closing,
            start=buyers.evaluation_start[closing],
            week=np.full(len(closing), week, np.int32),
            reason=buyers.evaluation_reason[closing],
            held=held,
            paid=buyers.price_paid[closing],
            level=np.where(held >= 0, buyers.norm[closing] + distance, 0.0),
            mood=mood,
            offer=offer,
            turned_away=buyers.turned_away[closing] == 1,
            source=np.where(offer, table.source[row], 0).astype(np.int8),
            opened=np.where(offer, table.opened[row], NONE).astype(np.int32),
            product=np.where(offer, table.product[row], NONE).astype(np.int16),
            preparation=np.where(offer, table.preparation[row], 0.0),
            selling=np.where(offer, table.selling[row], 0.0),
            support=offer & (table.support[row] == SERVED) & (table.support_end[row] <= week + 1),
            trust=reps.trust[owner],
            skill=reps.skill[owner],
            discount=discounts(self.key, week, closing, self._bound, self._rules),
            upgrade=rules.strategies.upgrade[reps.strategy[owner]] == 1,
        )

    def _offers(self, closing: Int) -> Int:
        """Return the row of each vendor's opportunity with each buyer, or NONE; int32[closing, vendors]."""
        market, rules = self._market, self.rules
        place = np.full(len(market.buyers.value), NONE, np.int32)
        place[closing] = np.arange(len(closing))
        rows = np.flatnonzero(market.opportunities.buyer != NONE)
        at = place[market.opportunities.buyer[rows]]
        rows, at = rows[at != NONE], at[at != NONE]
        found = np.full((len(closing), len(market.vendors.strategy)), NONE, np.int32)
        found[at, market.reps.vendor[rows // rules.reps.max_open_opportunities]] = rows
        return found
