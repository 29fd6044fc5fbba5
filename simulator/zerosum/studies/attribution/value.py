"""Recompute a decision from its inputs: the buyer's choice and its result for the vendor studied.

It repeats the rules of ``mechanisms/options.py`` and ``choice.py`` in plain numpy, also for hypothetical rows. So you
can compute a decision with other inputs and the same draws.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from zerosum.market import bulk, draws
from zerosum.market.bulk import new_batch
from zerosum.market.declare.rules import Rules
from zerosum.market.mechanisms.options import RULED_OUT, UPGRADE_DRAW
from zerosum.market.state import (
    DISPLACEMENT,
    NEW,
    NO_DECISION,
    NONE,
    RENEWAL,
    UPGRADE,
    Byte,
    Float,
    Int,
    Market,
    Short,
)
from zerosum.studies.attribution.causes import N_KINDS, QUANTITIES
from zerosum.studies.attribution.witness import Ingredients


class Shared(NamedTuple):
    """Data of a decision that two runs share, one row each: the buyer's traits and its evaluation's noise."""

    value: Float  # money/year
    noise: Float  # [decisions, vendors + 2] standard Gumbel: no decision, each vendor, own upgrade
    fit: Float  # [decisions, products] z(buyer, product)
    switching: Float  # utility


class Decided(NamedTuple):
    """Results, one row per decision."""

    outcome: Byte  # index of market.OUTCOMES
    vendor: Short  # winner, NONE after no decision
    product: Short  # product held afterwards, NONE
    revenue: Float  # money/year: what the winner earns


def draw_shared(key: np.uint64, buyer: Int, start: Int, market: Market, rules: Rules) -> Shared:
    """Draw the random traits and noise of evaluations.

    Parameters
    ----------
    key : uint64
        run key
    buyer, start : int32[n] whose evaluation, and the week in which it opened
    market : Market
        only its traits and sizes are read

    Notes
    -----
    Draws: (CHOICE, agent=buyer, week=start, draw=option), (FIT, agent=buyer, draw=product), (SWITCHING, agent=buyer).
    """
    n, n_vendors, n_products = len(buyer), market.buyers.owner.shape[1], len(rules.products.vendor)
    option = np.array([*range(n_vendors + 1), UPGRADE_DRAW])
    batch = new_batch(n * len(option))
    batch.agent[:] = np.repeat(buyer, len(option))
    batch.week[:] = np.repeat(start, len(option))
    batch.draw[:] = np.tile(option, n)
    bulk.uniforms(key, draws.CHOICE, len(batch.agent), batch)
    noise = -np.log(-np.log(batch.uniform.reshape(n, len(option))))

    fit = np.zeros((n, n_products))
    if rules.choice.fit_sd != 0.0:
        fit = _normals(key, draws.FIT, np.repeat(buyer, n_products), np.tile(np.arange(n_products), n))
        fit = fit.reshape(n, n_products)
    segment = market.buyers.segment[buyer]
    switching = rules.segments.switching_cost[segment] + rules.segments.switching_cost_sd[segment] * _normals(
        key, draws.SWITCHING, buyer, np.zeros(n, np.int64)
    )
    return Shared(market.buyers.value[buyer], noise, fit, switching)


def _normals(key: np.uint64, stream: int, agent: Int, draw: npt.NDArray[np.int64]) -> Float:
    batch = new_batch(len(agent))
    batch.agent[:], batch.week[:], batch.draw[:] = agent, 0, draw
    bulk.normals(key, stream, len(agent), batch)
    return batch.normal.copy()


def _effort(made_of: Ingredients, rules: Rules) -> Float:
    """Return the utility of each rep's work for its offer, 0 without one; [rows, vendors]."""
    weigh = rules.effort
    case = 1.0 - np.exp(-made_of.preparation / weigh.preparation_hours)
    talk = 1.0 - np.exp(-made_of.selling / weigh.selling_hours)
    worth = weigh.unprepared_share + (1.0 - weigh.unprepared_share) * case
    work = (
        weigh.preparation_weight * case
        + weigh.selling_weight * talk * worth
        + np.where(made_of.support, weigh.support_weight, 0.0)
        + weigh.skill_weight * made_of.skill
        + weigh.trust_weight * made_of.trust
    )
    return np.where(made_of.offer, work, 0.0)


def _appeal(shared: Shared, product: Short, discount: Float, rules: Rules) -> Float:
    """Return the utility of a product (NONE: -inf) at a discount; [rows, k]."""
    products, weigh = rules.products, rules.choice
    paid = products.price[product] * (1.0 - discount)
    fit = np.take_along_axis(shared.fit, np.maximum(product, 0).astype(np.intp), axis=1)
    appeal = products.quality[product] - weigh.price_weight * np.log(paid) + weigh.fit_sd * fit
    return np.where(product == NONE, -np.inf, appeal)


def decide(made_of: Ingredients, shared: Shared, rules: Rules) -> Decided:
    """Compute buyers' choices.

    Parameters
    ----------
    made_of : Ingredients
        n rows
    shared : Shared
        of the same decisions
    """
    products, weigh = rules.products, rules.choice
    n, n_vendors = made_of.offer.shape
    every = np.arange(n)
    served = made_of.held >= 0
    incumbent = np.where(served, products.vendor[made_of.held], NONE)
    holds = incumbent[:, None] == np.arange(n_vendors)
    discount = np.where(made_of.offer, made_of.discount, 0.0)
    work = _effort(made_of, rules)

    stands_for = np.where(holds, made_of.held[:, None], np.where(made_of.offer, made_of.product, NONE))
    stands_for = stands_for.astype(np.int16)
    content = weigh.satisfaction_weight * (made_of.level + made_of.mood)
    utility = np.full((n, n_vendors + 2), -np.inf)
    utility[:, 1:-1] = _appeal(shared, stands_for, discount, rules) + work
    utility[:, 1:-1] += np.where(holds, (content + shared.switching)[:, None], 0.0)

    pitched = made_of.product[every, incumbent]
    newer = served & made_of.offer[every, incumbent] & made_of.upgrade[every, incumbent]
    newer &= products.launch[pitched] > products.launch[made_of.held]
    newer_product = np.where(newer, pitched, NONE).astype(np.int16)
    kept = (1.0 - weigh.upgrade_switching_share) * shared.switching
    appeal = _appeal(shared, newer_product[:, None], discount[every, incumbent][:, None], rules)[:, 0]
    utility[:, -1] = appeal + content + kept + work[every, incumbent]

    alone = ~served & ~made_of.offer.any(axis=1)
    utility[:, 0] = np.where(alone | (weigh.no_decision > RULED_OUT), weigh.no_decision, -np.inf)
    option = np.argmax(utility + shared.noise, axis=1)
    return _book(option, incumbent, stands_for, newer_product, discount, made_of, shared.value, rules)


def _book(
    option: npt.NDArray[np.intp],
    incumbent: Short,
    stands_for: Short,
    newer: Short,
    discount: Float,
    made_of: Ingredients,
    value: Float,
    rules: Rules,
) -> Decided:
    """Return the winner, its product and its revenue."""
    products, every, last = rules.products, np.arange(len(option)), stands_for.shape[1] + 1
    vendor = np.where(option == 0, NONE, np.where(option == last, incumbent, option - 1))
    product = np.where(option == 0, made_of.held, np.where(option == last, newer, stands_for[every, vendor]))
    outcome = np.full(len(option), DISPLACEMENT, np.int8)
    outcome[incumbent == NONE] = NEW
    outcome[vendor == incumbent] = RENEWAL
    outcome[option == last] = UPGRADE
    outcome[option == 0] = NO_DECISION
    paid = products.price[product] * (1.0 - discount[every, vendor])
    before = np.where(outcome == UPGRADE, made_of.paid, 0.0)
    revenue = np.where(option == 0, 0.0, value * (paid - before))
    return Decided(outcome, vendor.astype(np.int16), product.astype(np.int16), revenue)


def results(decided: Decided, held: Short, paid: Float, vendor: int, rules: Rules) -> Float:
    """Return decisions' results for a vendor.

    Parameters
    ----------
    decided : Decided
    held : int16[n]
        product held before, NONE
    paid : float64[n]
        money/year: what the buyer paid before
    vendor : int

    Returns
    -------
    float64[n, 10]
        columns as in :data:`zerosum.studies.attribution.causes.QUANTITIES`: revenue from buyers without an
        incumbent, from rivals, renewals, own products replaced, and payments of accounts lost to rivals; then
        the deals
    """
    found = np.zeros((len(held), len(QUANTITIES)))
    won = decided.vendor == vendor
    for kind, outcome in enumerate((NEW, DISPLACEMENT, RENEWAL, UPGRADE)):
        of_kind = won & (decided.outcome == outcome)
        found[of_kind, kind] = decided.revenue[of_kind]
        found[of_kind, N_KINDS + kind] = 1.0
    lost = (decided.outcome == DISPLACEMENT) & ~won & (rules.products.vendor[held] == vendor)
    found[lost, N_KINDS - 1] = paid[lost]
    found[lost, -1] = 1.0
    return found
