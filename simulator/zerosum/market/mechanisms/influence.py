"""Customer satisfaction in any week, without an update every week.

Satisfaction is an AR(1) process about a norm: ``s += pull * (m - s) + noise``. Its distance from the norm
decays exactly as ``retention ** weeks`` while the norm is constant. Its noise, the *mood*, is a
stationary AR(1) series that is a pure function of (buyer, week). Its value in any week is found by halving
an epoch of 1,024 weeks: the midpoint of an AR(1) bridge is normal with known mean and standard deviation. So
reading a value changes nothing, and two strategies that read different weeks see the same path.

Influence: when a buyer's satisfaction is updated, its norm is computed from its neighbours' latest opinions.

Source: AR(1) bridge from the joint normal distribution of a stationary AR(1) process (Box & Jenkins 1970, ch.
3; Lévy's construction of Brownian motion by midpoints, carried over); influence among customers of one vendor
as in docs/model.md step 2.
"""

from __future__ import annotations

import math

import numpy as np
from pydantic import model_validator

from zerosum.market import bulk, draws
from zerosum.market.bulk import Batch, new_batch
from zerosum.market.declare.evidence import assumption
from zerosum.market.declare.rules import Rules, derived
from zerosum.market.declare.section import MUCH, Off, Section, quantity
from zerosum.market.jit import kernel
from zerosum.market.mechanisms import preferences
from zerosum.market.state import Float, Int, Market

MOOD_EPOCH = 1024
"""Weeks between two points of a mood path that are drawn in sequence; a power of two."""

MOOD_LEVELS = 10
"""Halvings from an epoch to a week."""


class Satisfaction(Section):
    """How a customer's satisfaction with its incumbent moves: an AR(1) process about a norm."""

    pull: float = quantity(
        0.05,
        "per week",
        "Weekly pull of satisfaction back to its norm (theta).",
        evidence=assumption("Half of a shock is gone after 14 weeks."),
        ge=1e-6,
        le=1,
    )
    appeal_weight: float = quantity(
        0.4, "share", "How much of a product's appeal counts in use (lambda).", ge=0, le=MUCH
    )
    neighbour_weight: float = quantity(
        0.3,
        "share",
        "Weight of neighbors with the same vendor in a customer's satisfaction (psi).",
        ge=0,
        le=10,
    )
    noise_sd: float = quantity(
        0.15,
        "utility/week",
        "Weekly shocks to satisfaction.",
        evidence=assumption("With the pull, a spread of 0.48 between customers."),
        ge=0,
        le=MUCH,
    )

    @model_validator(mode="after")
    def _the_process_is_stationary(self) -> Satisfaction:
        if self.pull * (1 + self.neighbour_weight) > 1:
            raise ValueError(
                f"pull * (1 + neighbour_weight) is {self.pull * (1 + self.neighbour_weight):g}; it must not "
                "exceed 1, or satisfaction would overshoot its norm every week"
            )
        return self

    @derived
    def retention(self) -> float:
        """Return the share of a distance from the norm that is left after a week."""
        return 1.0 - self.pull * (1.0 + self.neighbour_weight)

    @derived
    def mood_sd(self) -> float:
        """Return the stationary standard deviation of the mood."""
        return self.noise_sd / math.sqrt(1.0 - self.retention() ** 2)

    @derived
    def epoch_retention(self) -> float:
        """Return the share of a mood that is left after an epoch."""
        return self.retention() ** MOOD_EPOCH

    @derived
    def epoch_sd(self) -> float:
        """Return the standard deviation of what an epoch adds to a mood."""
        return self.mood_sd() * math.sqrt(1.0 - self.epoch_retention() ** 2)

    def _kept(self) -> list[float]:
        """Return the share of a mood left after half of each span, from an epoch down to two weeks."""
        return [self.retention() ** (MOOD_EPOCH // 2 ** (level + 1)) for level in range(MOOD_LEVELS)]

    @derived
    def bridge_weight(self) -> list[float]:
        """Return the weight of the sum of a span's ends in its midpoint, by level."""
        return [kept / (1.0 + kept * kept) for kept in self._kept()]

    @derived
    def bridge_sd(self) -> list[float]:
        """Return the midpoint's standard deviation given both ends, by level."""
        return [
            self.mood_sd() * math.sqrt((1.0 - kept * kept) / (1.0 + kept * kept)) for kept in self._kept()
        ]


OFF = (
    Off(
        "A network that nobody listens to.",
        {"satisfaction.neighbour_weight": 0.0, "need.imitation_per_year": 0.0},
        {"market.neighbours": 12, "market.rewired": 0.9},
        frozenset({"neighbours", "neighbour_start"}),
    ),
    Off(
        "Satisfaction that neither opens nor decides anything.",
        {"choice.satisfaction_weight": 0.0, "review.steepness": 0.0},
        {"satisfaction.noise_sd": 2.0, "satisfaction.appeal_weight": 3.0},
        frozenset({"level", "norm", "opinion"}),
    ),
)


@kernel
def mood(key: np.uint64, buyer: int, week: int, rules: Rules) -> float:
    """Return the noise (utility) in a buyer's satisfaction, in any week.

    Draws: (MOOD, agent=buyer, week=epoch, draw=0) at epochs, (MOOD, agent=buyer, week, draw=1) at midpoints.
    Costs: at most 10 + epochs normal draws.
    """
    options = rules.satisfaction
    if options.mood_sd == 0.0:
        return 0.0
    epoch = week // MOOD_EPOCH
    left = options.mood_sd * draws.normal(key, draws.MOOD, buyer, 0, 0)
    for passed in range(1, epoch + 1):
        shock = draws.normal(key, draws.MOOD, buyer, passed, 0)
        left = options.epoch_retention * left + options.epoch_sd * shock
    start = epoch * MOOD_EPOCH
    if week == start:
        return left
    shock = draws.normal(key, draws.MOOD, buyer, epoch + 1, 0)
    right = options.epoch_retention * left + options.epoch_sd * shock
    half = MOOD_EPOCH // 2
    for level in range(MOOD_LEVELS):
        middle = start + half
        shock = draws.normal(key, draws.MOOD, buyer, middle, 1)
        value = options.bridge_weight[level] * (left + right) + options.bridge_sd[level] * shock
        if week == middle:
            return value
        if week < middle:
            right = value
        else:
            start, left = middle, value
        half //= 2
    return left


@kernel
def _shocks(key: np.uint64, week: int, draw: int, n: int, batch: Batch) -> None:
    """Draw (MOOD, agent=buyer, week, draw) for the first ``n`` agents of a batch."""
    for i in range(n):
        batch.week[i], batch.draw[i] = week, draw
    bulk.normals(key, draws.MOOD, n, batch)


@kernel
def moods(key: np.uint64, week: int, n: int, batch: Batch, rules: Rules, out: Float) -> None:
    """Compute :func:`mood` of many buyers in one week, one point of the path at a time.

    Parameters
    ----------
    n : int
        buyers; their numbers are batch.agent[:n]
    batch : Batch
        its other columns are overwritten
    out : float64[>=n]
        written
    """
    options = rules.satisfaction
    if options.mood_sd == 0.0:
        out[:n] = 0.0
        return
    shock = batch.normal
    left, right = out[:n], np.empty(n, np.float64)
    epoch = week // MOOD_EPOCH
    _shocks(key, 0, 0, n, batch)
    for i in range(n):
        left[i] = options.mood_sd * shock[i]
    for passed in range(1, epoch + 1):
        _shocks(key, passed, 0, n, batch)
        for i in range(n):
            left[i] = options.epoch_retention * left[i] + options.epoch_sd * shock[i]
    start = epoch * MOOD_EPOCH
    if week == start:
        return
    _shocks(key, epoch + 1, 0, n, batch)
    for i in range(n):
        right[i] = options.epoch_retention * left[i] + options.epoch_sd * shock[i]
    half = MOOD_EPOCH // 2
    for level in range(MOOD_LEVELS):
        middle = start + half
        weight, sd = options.bridge_weight[level], options.bridge_sd[level]
        _shocks(key, middle, 1, n, batch)
        if week < middle:
            for i in range(n):
                right[i] = weight * (left[i] + right[i]) + sd * shock[i]
        else:
            for i in range(n):
                left[i] = weight * (left[i] + right[i]) + sd * shock[i]
            start = middle
        if week == middle:
            return
        half //= 2


@kernel
def base_with(fit: float, product: int, rules: Rules) -> float:
    """Return the norm (utility) of satisfaction with a product of this fit, without neighbours' influence."""
    service = rules.vendors.service[rules.products.vendor[product]]
    appeal = preferences.appeal_with(fit, product, 0.0, rules)
    return service + rules.satisfaction.appeal_weight * appeal


@kernel
def satisfaction(key: np.uint64, buyer: int, week: int, market: Market, rules: Rules) -> float:
    """Return the exact satisfaction (utility) of a customer in a week."""
    return satisfaction_with(mood(key, buyer, week, rules), buyer, week, market, rules)


@kernel
def satisfaction_with(mood: float, buyer: int, week: int, market: Market, rules: Rules) -> float:
    """Return the satisfaction (utility) of a customer in a week whose mood is known."""
    buyers = market.buyers
    weeks = week - buyers.stock_week[buyer]
    distance = buyers.level[buyer] - buyers.norm[buyer]
    if distance != 0.0:
        distance *= rules.satisfaction.retention**weeks
    return buyers.norm[buyer] + distance + mood


@kernel
def dissatisfaction(score: float, rules: Rules) -> float:
    """Return the share (0..1) of the highest review hazard at this satisfaction."""
    return 1.0 / (1.0 + math.exp(rules.review.steepness * (score - rules.review.critical)))


@kernel
def _heard(buyer: int, vendor: int, silent: float, market: Market, rules: Rules) -> float:
    """Return the mean opinion of neighbours with the same vendor; ``silent`` without any."""
    buyers = market.buyers
    neighbours, holds, opinion, vendor_of = (
        buyers.neighbours,
        buyers.holds,
        buyers.opinion,
        rules.products.vendor,
    )
    total, n_heard = 0.0, 0
    for i in range(buyers.neighbour_start[buyer], buyers.neighbour_start[buyer + 1]):
        other = neighbours[i]
        product = holds[other]
        if product >= 0 and vendor_of[product] == vendor:
            total += opinion[other]
            n_heard += 1
    return total / n_heard if n_heard > 0 else silent


@kernel
def take_stock(key: np.uint64, week: int, looking: Int, market: Market, rules: Rules) -> None:
    """Update the satisfaction of all customers that are due this week.

    Parameters
    ----------
    week : int
    looking : int32[n]
        buyers due this week and not in an evaluation, ascending
    market
        reads buyers.holds, opinion, neighbours; writes level, norm, stock_week, opinion

    Notes
    -----
    Influence uses the opinions from before this week's update. So the order of buyers doesn't matter.

    Draws: (FIT, agent=buyer, draw=product held), and those of :func:`moods`.
    """
    buyers, options, products = market.buyers, rules.satisfaction, rules.products
    batch = new_batch(len(looking))
    n = 0
    for buyer in looking:
        if buyers.holds[buyer] >= 0:
            batch.agent[n] = buyer
            n += 1
    said = np.empty(n, np.float64)
    moods(key, week, n, batch, rules, said)
    # Short loops over one column each: due buyers lie far apart in memory, and many can be fetched at once.
    holds, opinion, level, norm = buyers.holds, buyers.opinion, buyers.level, buyers.norm
    stock_week = buyers.stock_week
    for i in range(n):
        batch.draw[i] = holds[batch.agent[i]]
    preferences.fits(key, n, batch, rules)
    own, heard, left = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        own[i] = base_with(batch.normal[i], int(batch.draw[i]), rules)
        heard[i] = own[i]
    if options.neighbour_weight > 0.0:
        for i in range(n):
            vendor = int(products.vendor[batch.draw[i]])
            heard[i] = _heard(int(batch.agent[i]), vendor, own[i], market, rules)
    for i in range(n):
        batch.week[i] = week - stock_week[batch.agent[i]]
    bulk.powers(options.retention, n, batch.week, left)
    for i in range(n):
        buyer = batch.agent[i]
        level[buyer] = norm[buyer] + (level[buyer] - norm[buyer]) * left[i]
        norm[buyer] = (own[i] + options.neighbour_weight * heard[i]) / (1.0 + options.neighbour_weight)
        stock_week[buyer] = week
        said[i] += level[buyer]
    for i in range(n):
        opinion[batch.agent[i]] = said[i]


@kernel
def settle(buyer: int, week: int, mood: float, fit: float, market: Market, rules: Rules) -> None:
    """Set a new customer's satisfaction to its product's norm, without neighbours' influence."""
    buyers = market.buyers
    norm = base_with(fit, int(buyers.holds[buyer]), rules)
    buyers.norm[buyer] = norm
    buyers.level[buyer] = norm
    buyers.stock_week[buyer] = week
    buyers.opinion[buyer] = norm + mood
