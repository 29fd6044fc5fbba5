"""Vendors and what they sell: products, departments that go social, presales engineers (steps 3 and 8)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tests.reference.opportunity import SERVED, WAITING, Opportunity
from zerosum.market.draws import SUPPORT_SERVICE

if TYPE_CHECKING:
    from tests.reference.noise import Noise
    from tests.reference.reps import Rep
    from zerosum.market.inventory.strategies import Strategy
    from zerosum.scenario.spec import Scenario

DEPARTMENTS = ("marketing", "service", "sales")


class Product:
    """Something on sale from its launch week on; the launch of what was always sold is minus infinity."""

    def __init__(self, number: int, vendor: Vendor, quality: float, price: float, launch: float) -> None:
        self.number = number
        self.vendor = vendor
        self.quality = quality
        self.price = price
        self.launch = launch


class Vendor:
    """A company: its products, its reps, its departments and its engineers."""

    def __init__(self, scenario: Scenario, noise: Noise, number: int) -> None:
        self.scenario = scenario
        self.noise = noise
        self.number = number
        self.spec = scenario.vendors[number]
        self.products: list[Product] = []
        self.reps: list[Rep] = []
        self.strategy_number = scenario.strategy_index(self.spec.strategy or scenario.baseline_name)
        self.social_since = 0
        self.take_up = dict.fromkeys(DEPARTMENTS, 0.0)
        most_extra = max(strategy.extra_presales for strategy in scenario.strategies)
        self.free_at = [0.0] * (self.spec.presales + most_extra)
        # Colleagues in routine use of each tool as step 4 began.
        self.routine_users = [0] * len(scenario.tools)

    @property
    def strategy(self) -> Strategy:
        return self.scenario.strategies[self.strategy_number]

    @property
    def engineers(self) -> int:
        """How many it employs; the rows of ``free_at`` beyond them don't count."""
        return self.spec.presales + self.strategy.extra_presales

    def follow(self, strategy_number: int, week: int) -> None:
        """Take a strategy at the start of a week; nothing happens if it is the one it has."""
        if strategy_number == self.strategy_number:
            return
        before = self.engineers
        self.strategy_number = strategy_number
        self.social_since = week
        for engineer in range(before, self.engineers):
            self.free_at[engineer] = float(week)

    def on_sale(self, week: int) -> list[Product]:
        return [product for product in self.products if product.launch <= week]

    def lead(self, week: int) -> Product:
        """Its most recently launched product; of several the first listed."""
        return max(self.on_sale(week), key=lambda product: product.launch)

    def customers(self) -> int:
        """How many buyers hold one of its products."""
        buyers = self.reps[0].model.buyers
        return sum(buyer.holds is not None and buyer.holds.vendor is self for buyer in buyers)

    def arr(self) -> float:
        """What its customers pay a year."""
        buyers = self.reps[0].model.buyers
        return sum(b.value * b.price_paid for b in buyers if b.holds is not None and b.holds.vendor is self)

    def coverage(self) -> float:
        """How likely its rep learns of an evaluation of its own customer."""
        rule = self.scenario.invitations
        return rule.coverage + (1 - rule.coverage) * rule.coverage_social_gain * self.take_up["service"]

    def inbound(self) -> float:
        """How likely anybody else invites it."""
        rule = self.scenario.invitations
        return min(1.0, rule.inbound * (1 + rule.inbound_social_gain * self.take_up["marketing"]))

    def go_social(self, week: int) -> None:
        """Step 3: each department of the strategy climbs its own Bass curve."""
        for name in DEPARTMENTS:
            curve = getattr(self.scenario.social, name)
            if name in self.strategy.social and week >= self.social_since + curve.delay_weeks:
                have = self.take_up[name]
                rate = (curve.innovation_per_year + curve.imitation_per_year * have) / 52
                self.take_up[name] = have + rate * (1 - have)

    def serve(self, week: int) -> None:
        """Step 8: the engineers take waiting requests for as long as one can start in this week."""
        waiting = [
            opportunity
            for rep in self.reps
            for opportunity in rep.opportunities()
            if opportunity.support == WAITING
        ]
        while waiting and self.engineers > 0:
            engineer = min(range(self.engineers), key=lambda e: self.free_at[e])
            now = max(self.free_at[engineer], min(request.arrival for request in waiting))
            if not now < week + 1:
                return
            there = [request for request in waiting if request.arrival <= now]
            request = min(there, key=self._rank)
            self._start(request, engineer, now)
            waiting.remove(request)

    def _rank(self, request: Opportunity) -> tuple[float, float]:
        """Who is served first: early arrivals, or large values and then early arrivals."""
        if self.scenario.support.order == "value":
            return (-request.buyer.value, request.arrival)
        return (request.arrival, 0.0)

    def _start(self, request: Opportunity, engineer: int, start: float) -> None:
        week_of_request = math.floor(request.arrival)
        length = self.scenario.support.service_weeks * self.noise.exponential(
            SUPPORT_SERVICE, request.buyer.number, week_of_request, self.number
        )
        request.support = SERVED
        request.support_start = start
        request.support_end = start + length
        self.free_at[engineer] = start + length
