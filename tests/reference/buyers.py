"""Buyers: who they are, how content they stay, when they enter the market (steps 2 and 6)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa

from tests.reference.mood import Mood
from tests.reference.noise import logistic
from tests.reference.opportunity import INVITED, Opportunity
from zerosum.market.draws import (
    ATTRITION,
    CONSIDERED,
    CONTRACT,
    EVALUATION_LENGTH,
    FIT,
    INCUMBENT,
    INVITATION,
    REVIEW,
    REVIEW_GAP,
    SEGMENT,
    SWITCHING,
    VALUE,
    VOICE,
)

if TYPE_CHECKING:
    from tests.reference.model import ReferenceModel
    from tests.reference.reps import Rep
    from tests.reference.vendors import Product, Vendor

NOT_THERE = -1  # a week that is not set

# Why an evaluation opened.
NO_REASON, CONTRACT_ENDS, REVIEWS, NEEDS, IS_PROVOKED = 0, 1, 2, 3, 4

LONGEST_EVALUATION = 520


class Buyer(mesa.Agent):
    """A buyer, from before week 0. Neighbours and owners are filled in by population.py."""

    def __init__(self, model: ReferenceModel, number: int) -> None:
        super().__init__(model)
        self.number = number
        self.noise = model.noise
        self.spec = model.spec
        self._draw_traits()
        self.neighbours: list[Buyer] = []
        self.owner: list[Rep] = []  # by vendor
        self.opportunities: dict[int, Opportunity] = {}  # by vendor
        self.goodwill = [1.0] * len(model.vendors)
        self.turned_away = [0] * len(model.vendors)
        self.goodwill_week = [NOT_THERE] * len(model.vendors)
        self.holds: Product | None = self._first_product(model.vendors)
        self.contract_end = NOT_THERE
        self.price_paid = 0.0
        self.norm = self.level = self.opinion = 0.0
        self.stock_week = 0
        if self.holds is not None:
            contract = self.noise.u(CONTRACT, number, 0, 0) * self.kind.contract_weeks
            self.contract_end = 1 + math.floor(contract)
            self.price_paid = self.holds.price
            self._settle_with(self.holds, 0)
        self.evaluation_start = self.evaluation_end = NOT_THERE
        self.reason = NO_REASON
        self.candidate = self._next_candidate(-1)
        self._look_next()

    def _draw_traits(self) -> None:
        b, noise = self.number, self.noise
        self.segment = self._draw_segment()
        self.kind = kind = self.spec.segments[self.segment]
        self.value = kind.value_median * math.exp(kind.value_sigma * noise.n(VALUE, b, 0, 0))
        self.voice = noise.u(VOICE, b, 0, 0) ** (1 / kind.voice - 1) if kind.voice > 0 else 0.0
        self.switching = kind.switching_cost + kind.switching_cost_sd * noise.n(SWITCHING, b, 0, 0)
        rule = self.spec.satisfaction
        self.memory = 1 - rule.pull * (1 + rule.neighbour_weight)
        self.mood = Mood(noise, b, self.memory, rule.noise_sd)
        self._fit: dict[int, float] = {}
        self._appeal: dict[tuple[int, float], float] = {}

    def _draw_segment(self) -> int:
        draw = self.noise.u(SEGMENT, self.number, 0, 0)
        cumulated = 0.0
        for row, segment in enumerate(self.spec.segments):
            cumulated += segment.share
            if cumulated > draw:
                return row
        return len(self.spec.segments) - 1

    def _first_product(self, vendors: list[Vendor]) -> Product | None:
        saturation = self.spec.market.saturation
        draw = self.noise.u(INCUMBENT, self.number, 0, 0)
        if not draw < saturation:
            return None
        shares = self.spec.vendor_shares
        cumulated = 0.0
        for vendor in vendors:
            cumulated += shares[vendor.number]
            if cumulated > draw / saturation:
                return vendor.lead(0)
        return [vendor for vendor in vendors if shares[vendor.number] > 0][-1].lead(0)

    # What a product is worth to it

    def appeal(self, product: Product, discount: float = 0.0) -> float:
        """Give the utility of a product at its price less a discount; it is kept once worked out."""
        key = (product.number, discount)
        if key not in self._appeal:
            self._appeal[key] = (
                product.quality
                - self.spec.choice.price_weight * math.log(product.price * (1 - discount))
                + self.spec.choice.fit_sd * self._fit_of(product)
            )
        return self._appeal[key]

    def _fit_of(self, product: Product) -> float:
        if product.number not in self._fit:
            self._fit[product.number] = self.noise.n(FIT, self.number, 0, product.number)
        return self._fit[product.number]

    def base(self, product: Product) -> float:
        """The norm of its satisfaction with a product when nobody else is heard."""
        return product.vendor.spec.service + self.spec.satisfaction.appeal_weight * self.appeal(product)

    # Satisfaction between two stock-takings

    def _level_at(self, week: int) -> float:
        return self.norm + self.memory ** (week - self.stock_week) * (self.level - self.norm)

    def satisfaction(self, week: int) -> float:
        return self._level_at(week) + self.mood.at(week)

    def heard(self) -> float:
        """Mean opinion of the neighbours with the same vendor; its own base if there are none."""
        fellows = [n.opinion for n in self.neighbours if n.holds and n.holds.vendor is self.holds.vendor]
        return sum(fellows) / len(fellows) if fellows else self.base(self.holds)

    def take_stock(self, week: int, heard: float) -> None:
        """Bring the level up to the week, renew the norm, form an opinion."""
        weight = self.spec.satisfaction.neighbour_weight
        self.level = self._level_at(week)
        self.norm = (self.base(self.holds) + weight * heard) / (1 + weight)
        self.stock_week = week
        self.opinion = self.level + self.mood.at(week)

    def _settle_with(self, product: Product, week: int) -> None:
        """Start afresh with a product that it did not hold before."""
        self.holds = product
        self.norm = self.level = self.base(product)
        self.opinion = self.level + self.mood.at(week)
        self.stock_week = week

    # When it enters the market

    @property
    def in_market(self) -> bool:
        return self.evaluation_end != NOT_THERE

    def _highest_hazard(self) -> float:
        """The weekly hazard that no reason to look around exceeds."""
        need = self.spec.need
        return max(self.spec.review.max_per_year, need.innovation_per_year + need.imitation_per_year) / 52

    def _next_candidate(self, week: int) -> int:
        """The candidate week after one: a fixed path that bounds every hazard."""
        return week + self.noise.geometric(REVIEW_GAP, self.number, week + 1, 0, self._highest_hazard())

    def _look_next(self) -> None:
        """Set ``due`` outside an evaluation."""
        self.due = self.candidate if self.holds is None else min(self.candidate, self.contract_end)

    def pass_candidates(self, week: int) -> None:
        """Leave candidate weeks up to this one behind, and set ``due`` if it is not in the market."""
        while self.candidate <= week:
            self.candidate = self._next_candidate(self.candidate)
        if not self.in_market:
            self._look_next()

    def reason_to_evaluate(self, week: int, share_served: float) -> int:
        """Why an evaluation opens this week (step 2), or ``NO_REASON``.

        ``share_served``: share of all buyers with a supplier, for a market without a network.
        """
        if self.holds is not None and self.contract_end == week:
            return CONTRACT_ENDS
        if self.candidate != week:
            return NO_REASON
        if self.holds is not None:
            hazard, reason = self._review_hazard(), REVIEWS
        else:
            hazard, reason = self._need_hazard(share_served), NEEDS
        if self.noise.u(REVIEW, self.number, week, 0) < hazard / self._highest_hazard():
            return reason
        return NO_REASON

    def _review_hazard(self) -> float:
        rule = self.spec.review
        return rule.max_per_year / 52 * logistic(-rule.steepness * (self.opinion - rule.critical))

    def _need_hazard(self, share_served: float) -> float:
        if self.spec.market.neighbours == 0:
            share = share_served
        elif self.neighbours:
            share = sum(n.holds is not None for n in self.neighbours) / len(self.neighbours)
        else:
            share = 0.0
        rule = self.spec.need
        return (rule.innovation_per_year + rule.imitation_per_year * share) / 52

    def provocation(self, week: int) -> float:
        """How likely a contact makes it evaluate (step 6)."""
        rule, review = self.spec.prospecting, self.spec.review
        if self.holds is None:
            return rule.provoke_unserved
        discontent = self.satisfaction(week) - review.critical
        return rule.provoke_customer * logistic(-review.steepness * discontent)

    def open_evaluation(self, week: int, reason: int) -> None:
        """Enter the market, and let vendors without an opportunity hear of it."""
        shock = self.noise.n(EVALUATION_LENGTH, self.number, week, 0)
        length = math.floor(self.kind.evaluation_weeks * math.exp(self.kind.evaluation_sigma * shock) + 0.5)
        self.evaluation_start = week
        self.evaluation_end = self.due = week + min(max(length, 1), LONGEST_EVALUATION)
        self.reason = reason
        self.turned_away = [0] * len(self.turned_away)
        for vendor in self._told(week):
            rep = self.owner[vendor.number]
            if rep.has_free_slot():
                rep.open_opportunity(self, INVITED, week)
            else:
                self.turned_away[vendor.number] = 1

    def _told(self, week: int) -> list[Vendor]:
        """Vendors that hear of the evaluation and don't work on this buyer yet."""
        others = [vendor for vendor in self.model.vendors if vendor.number not in self.opportunities]
        told = []
        if self.holds is not None and self.holds.vendor in others:
            incumbent = self.holds.vendor
            others.remove(incumbent)
            if self._invitation(week, incumbent) < incumbent.coverage():
                told.append(incumbent)
        if self.spec.invitations.rule == "independent":
            told += [vendor for vendor in others if self._invitation(week, vendor) < vendor.inbound()]
        else:
            told += sorted(others, key=lambda vendor: self._clock(week, vendor))[: self._list_length(week)]
        return told

    def _invitation(self, week: int, vendor: Vendor) -> float:
        return self.noise.u(INVITATION, self.number, week, vendor.number)

    def _clock(self, week: int, vendor: Vendor) -> float:
        """When a vendor comes to mind: exponential, at a rate that grows with its presence."""
        rule = self.spec.invitations
        presence = (vendor.customers() + 1) ** rule.presence_share
        presence *= 1 + rule.inbound_social_gain * vendor.take_up["marketing"]
        presence *= math.exp(rule.presence_trust * self.owner[vendor.number].trust)
        return -math.log(self._invitation(week, vendor)) / presence

    def _list_length(self, week: int) -> int:
        """How many competitors are on the short list: Poisson, by inversion."""
        rule = self.spec.invitations
        segments = self.spec.segments
        typical = math.exp(sum(segment.share * math.log(segment.value_median) for segment in segments))
        mean = rule.competitors * (self.value / typical) ** rule.value_exponent
        if self.reason in (REVIEWS, IS_PROVOKED):
            mean *= rule.review_factor
        if self.holds is None:
            mean *= rule.need_factor
        else:
            mean *= math.exp(min(500, -rule.dissatisfaction * (self.opinion - self.spec.review.critical)))
        mean = min(mean, 500)
        draw = self.noise.u(CONSIDERED, self.number, week, 0)
        k, probability = 0, math.exp(-mean)
        below = probability
        while not draw < below and k < len(self.model.vendors):
            k += 1
            probability *= mean / k
            below += probability
        return k

    # What comes of it (step 9; choices.py says which)

    def drops_out(self, week: int) -> bool:
        """Leave its supplier without looking at another, perhaps (step 2): the need is gone for now."""
        if self.holds is None or self.contract_end != week:
            return False
        if not self.noise.u(ATTRITION, self.number, week, 0) < self.spec.contracts.attrition:
            return False
        self.holds = None
        self.contract_end = NOT_THERE
        self.price_paid = self.norm = self.level = self.opinion = 0.0
        self.stock_week = week
        self.pass_candidates(week)
        return True

    def postpone(self, week: int) -> None:
        """Decide nothing: a customer's contract runs on for a while."""
        if self.holds is not None:
            self.contract_end = max(self.contract_end, week + self.kind.extension_weeks)

    def renew(self, week: int, price: float) -> None:
        self.price_paid = price
        self.contract_end = week + self.kind.contract_weeks

    def adopt(self, product: Product, week: int, price: float) -> None:
        """Hold another product from now on, at a price."""
        self.price_paid = price
        self.contract_end = week + self.kind.contract_weeks
        self._settle_with(product, week)

    def leave_market(self, week: int) -> None:
        """Close the evaluation and every opportunity in it."""
        for opportunity in self.opportunities.values():
            opportunity.rep.close(opportunity)
        self.opportunities.clear()
        self.evaluation_start = self.evaluation_end = NOT_THERE
        self.reason = NO_REASON
        self.pass_candidates(week)

    # Goodwill towards a vendor (step 6)

    def recover_goodwill(self, vendor: int, week: int) -> float:
        """Bring goodwill up to the week of this attempt."""
        if self.goodwill_week[vendor] != NOT_THERE:
            weeks = week - self.goodwill_week[vendor]
            lost = (1 - self.goodwill[vendor]) * (1 - self.spec.prospecting.goodwill_recovery) ** weeks
            self.goodwill[vendor] = 1 - lost
        self.goodwill_week[vendor] = week
        return self.goodwill[vendor]
