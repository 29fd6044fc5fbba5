"""Buyer preferences: appeal of a product, switching cost, and public buying signals.

These are fixed traits of a buyer. They are drawn from their address when they are needed, and never stored:
a market of ten million buyers and forty products would otherwise store four hundred million numbers, and read
a few thousand a week.

Source: random utility with product fit (McFadden 1974); price in logs as in docs/model.md, "Entities and columns".
"""

from __future__ import annotations

import math

import numpy as np

from zerosum.market import bulk, draws
from zerosum.market.bulk import Batch
from zerosum.market.declare.rules import Rules
from zerosum.market.jit import kernel
from zerosum.market.state import ALWAYS, NONE, Market


@kernel
def fit(key: np.uint64, buyer: int, product: int, rules: Rules) -> float:
    """Return z(buyer, product): how well a product fits a buyer. Draws: (FIT, agent=buyer, draw=product)."""
    if rules.choice.fit_sd == 0.0:
        return 0.0
    return draws.normal(key, draws.FIT, buyer, 0, product)


@kernel
def fits(key: np.uint64, n: int, batch: Batch, rules: Rules) -> None:
    """Write :func:`fit` of buyers batch.agent[:n] and products batch.draw[:n] to batch.normal."""
    for i in range(n):
        batch.week[i], batch.normal[i] = 0, 0.0
    if rules.choice.fit_sd != 0.0:
        bulk.normals(key, draws.FIT, n, batch)


@kernel
def appeal_with(fit: float, product: int, discount: float, rules: Rules) -> float:
    """Return the utility of a product at a discount (share of the price), given its fit.

    ``quality - price_weight * ln(price * (1 - discount)) + fit_sd * z(buyer, product)``
    """
    products, choice = rules.products, rules.choice
    paid = products.price[product] * (1.0 - discount)
    return products.quality[product] - choice.price_weight * math.log(paid) + choice.fit_sd * fit


@kernel
def appeal(key: np.uint64, buyer: int, product: int, discount: float, rules: Rules) -> float:
    """Return the utility of a product to a buyer at a discount (share of the price)."""
    return appeal_with(fit(key, buyer, product, rules), product, discount, rules)


@kernel
def switching_costs(key: np.uint64, n: int, batch: Batch, market: Market, rules: Rules) -> None:
    """Write to batch.normal the utility that buyers batch.agent[:n] lose by changing vendor.

    Draws: (SWITCHING, agent=buyer).
    """
    batch.week[:n] = 0
    batch.draw[:n] = 0
    bulk.normals(key, draws.SWITCHING, n, batch)
    segments, means, spreads = (
        market.buyers.segment,
        rules.segments.switching_cost,
        rules.segments.switching_cost_sd,
    )
    for i in range(n):
        segment = segments[batch.agent[i]]
        batch.normal[i] = means[segment] + spreads[segment] * batch.normal[i]


@kernel
def voice(key: np.uint64, buyer: int, market: Market, rules: Rules) -> float:
    """Return the share (0..1) of a buyer's intent that is public. Draws: (VOICE, agent=buyer)."""
    power = rules.segments.voice_power[market.buyers.segment[buyer]]
    if power < 0.0:
        return 0.0
    return draws.uniform(key, draws.VOICE, buyer, 0, 0) ** power


@kernel
def lead_product(vendor: int, week: int, rules: Rules) -> int:
    """Return the product that a vendor pitches by default: the last launched (ties: first listed)."""
    lead, launched = NONE, ALWAYS - 1
    for product in range(len(rules.products.vendor)):
        launch = rules.products.launch[product]
        if rules.products.vendor[product] == vendor and launched < launch <= week:
            lead, launched = product, launch
    return lead


@kernel
def best_product(key: np.uint64, buyer: int, vendor: int, week: int, rules: Rules) -> int:
    """Return the product on sale with the highest appeal to a buyer (ties: first listed)."""
    best, highest = NONE, -np.inf
    for product in range(len(rules.products.vendor)):
        if rules.products.vendor[product] == vendor and rules.products.launch[product] <= week:
            utility = appeal(key, buyer, product, 0.0, rules)
            if utility > highest:
                best, highest = product, utility
    return best
