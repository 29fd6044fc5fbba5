"""One rep's work on one buyer: what has been done so far, and what it is worth (steps 7 to 9)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from zerosum.market.draws import GIVEN_AWAY, SUPPORT_ARRIVAL

if TYPE_CHECKING:
    from tests.reference.buyers import Buyer
    from tests.reference.reps import Rep
    from tests.reference.vendors import Product

# How it came about.
INVITED, FOUND, PROVOKED = 1, 2, 3
# Presales support.
NONE, WAITING, SERVED = 0, 1, 2

UNSET = -1.0


class Opportunity:
    """An open opportunity: in one slot of a rep, and known to the buyer by the vendor's number."""

    def __init__(self, rep: Rep, buyer: Buyer, product: Product, source: int, week: int) -> None:
        self.rep = rep
        self.buyer = buyer
        self.product = product
        self.source = source
        self.opened = week
        self.preparation = 0.0
        self.selling = 0.0
        self.support = NONE
        self.arrival = UNSET
        self.support_start = UNSET
        self.support_end = UNSET

    def prepared(self) -> float:
        """G: how full the case is, 0..1."""
        return 1 - math.exp(-self.preparation / self.rep.spec.effort.preparation_hours)

    def sold(self) -> float:
        """F: how much of the full effect selling time has had, 0..1."""
        return 1 - math.exp(-self.selling / self.rep.spec.effort.selling_hours)

    def ask_for_support(self, week: int) -> None:
        """Step 8: a case that is prepared enough asks once."""
        if self.support == NONE and self.prepared() >= self.rep.spec.support.threshold:
            self.support = WAITING
            self.arrival = week + self.rep.noise.u(
                SUPPORT_ARRIVAL, self.buyer.number, week, self.rep.vendor.number
            )

    def supported(self, week: int) -> bool:
        """Whether support counts in a decision of this week."""
        return self.support == SERVED and self.support_end <= week + 1

    def effort(self, week: int) -> float:
        """E: what the rep's work is worth to the buyer in a decision of this week."""
        rule = self.rep.spec.effort
        case = self.prepared()
        return (
            rule.preparation_weight * case
            + rule.selling_weight * self.sold() * (rule.unprepared_share + (1 - rule.unprepared_share) * case)
            + rule.support_weight * self.supported(week)
            + rule.skill_weight * self.rep.skill
            + rule.trust_weight * self.rep.trust
        )

    def discount(self, week: int) -> float:
        """What the offer is cheaper by: its rep pushes, or gives it away at a quarter's end."""
        rule = self.rep.spec.push
        gives = self.rep.pushing
        if not gives and self.rep.strategy.push and week % 13 > 12 - rule.weeks:
            b, v = self.buyer.number, self.rep.vendor.number
            gives = self.rep.noise.u(GIVEN_AWAY, b, week, v) < rule.given_away
        return self.rep.year_end(week) * rule.discount if gives else 0.0
