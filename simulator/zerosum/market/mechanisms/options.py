"""A buyer's options, and their utilities.

Option 0 is no decision; ``1 + v`` is vendor v: the incumbent's option is the product held, another vendor's is the one
it pitches. The last option is a newer product of the incumbent. A week's options are listed for all buyers first,
then their random terms are drawn at once, then utilities are computed.

Source: random utility (McFadden 1974); incumbency and effort as in docs/model.md step 9.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from zerosum.market import bulk, draws
from zerosum.market.bulk import new_batch
from zerosum.market.declare import sources
from zerosum.market.declare.evidence import assumption, read
from zerosum.market.declare.rules import Rules
from zerosum.market.declare.section import MUCH, Off, Section, calibrated, quantity
from zerosum.market.jit import kernel
from zerosum.market.mechanisms import influence, preferences
from zerosum.market.mechanisms.casework import prepared, sold
from zerosum.market.mechanisms.opportunities import find_slot
from zerosum.market.mechanisms.push import discounts
from zerosum.market.state import NONE, SERVED, Float, Int, Market, Short


class Choice(Section):
    """What weighs in a buyer's decision, beside the reps' effort: a multinomial logit."""

    price_weight: float = quantity(
        2.0,
        "utility per log price",
        "Utility lost per unit of log price.",
        evidence=read(
            "Bijmolt, van Heerde & Pieters 2005, 1,851 price elasticities of 81 studies, mean -2.62, "
            "https://studylib.net/doc/8861132/new-empirical-generalizations-on-the-determinants-of-price",
            "Order of magnitude only: mostly consumer goods. A seller chosen with probability P has the "
            "elasticity -2(1-P) here.",
        ),
        ge=0,
        le=MUCH,
    )
    fit_sd: float = quantity(
        calibrated("choice.fit_sd"), "utility", "Spread of how well a product fits a buyer.", ge=0, le=MUCH
    )
    no_decision: float = quantity(
        calibrated("choice.no_decision"),
        "utility",
        "Appeal of deciding nothing. -50 or less rules it out.",
        evidence=assumption(
            "What was read is the share of opportunities without a decision; the utility that leads to "
            "it is an assumption.",
            source="CSO Insights: 16.9 to 23.8 % of forecast deals; Challenger: 38 %",
        ),
        ge=-MUCH,
        le=MUCH,
    )
    satisfaction_weight: float = quantity(
        calibrated("choice.satisfaction_weight"),
        "utility per utility",
        "Weight of satisfaction with the incumbent.",
        evidence=assumption(
            "Direction only; in business markets the link of satisfaction and loyalty often appears weak.",
            source=sources.DOORN,
        ),
        ge=-MUCH,
        le=MUCH,
    )
    upgrade_switching_share: float = quantity(
        0.3,
        "share",
        "Share of the switching cost that a newer product of the same vendor still causes.",
        ge=0,
        le=1,
    )


RULED_OUT = -50.0
"""At or below this utility, 'no decision' is not offered."""

UPGRADE_DRAW = 1_000_000
"""Draw number of an upgrade's noise: above all vendors', so that one more vendor changes no address."""


OFF = (
    Off(
        "Deciding nothing is ruled out: how much less it is worth doesn't matter.",
        {"choice.no_decision": RULED_OUT},
        {"choice.no_decision": -70.0},
    ),
)


@kernel
def support_counts(row: int, week: int, market: Market) -> bool:
    """Return whether presales support was delivered by the week's end."""
    table = market.opportunities
    return table.support[row] == SERVED and table.support_end[row] <= week + 1


@kernel
def effort(row: int, rep: int, week: int, market: Market, rules: Rules) -> float:
    """Return the utility that a rep's work adds to its offer."""
    options = rules.effort
    case, talk = prepared(row, market, rules), sold(row, market, rules)
    worth = options.unprepared_share + (1.0 - options.unprepared_share) * case
    return (
        options.preparation_weight * case
        + options.selling_weight * talk * worth
        + (options.support_weight if support_counts(row, week, market) else 0.0)
        + options.skill_weight * market.reps.skill[rep]
        + options.trust_weight * market.reps.trust[rep]
        + market.reps.edge[rep]
    )


@kernel
def is_upgrade(row: int, rep: int, held: int, market: Market, rules: Rules) -> bool:
    """Return whether the opportunity offers an own customer a newer product."""
    newer = rules.products.launch[market.opportunities.product[row]] > rules.products.launch[held]
    return newer and rules.strategies.upgrade[market.reps.strategy[rep]] == 1


class Choices(NamedTuple):
    """The options of all buyers that decide this week, and their noise; one row per buyer."""

    row: Int  # [buyers, vendors] opportunity of each vendor, NONE
    discount: Float  # [buyers, vendors] share of the price
    product: Short  # [buyers, vendors + 2] product of each option; NONE without such an option
    fit: Float  # [buyers, vendors + 2] z(buyer, product)
    noise: Float  # [buyers, vendors + 2] standard Gumbel
    mood: Float  # [buyers] utility
    switching: Float  # [buyers] utility: cost of changing the vendor


@kernel
def _list_options(closing: Int, market: Market, rules: Rules, row: Int, product: Short) -> int:
    """Fill in the options; return how many have a product."""
    owner, holds, pitched = market.buyers.owner, market.buyers.holds, market.opportunities.product
    n_vendors = row.shape[1]
    product[:] = NONE
    n_options = 0
    for i in range(len(closing)):
        buyer = closing[i]
        held = int(holds[buyer])
        incumbent = int(rules.products.vendor[held]) if held >= 0 else NONE
        for vendor in range(n_vendors):
            rep = int(owner[buyer, vendor])
            there = find_slot(rep, buyer, market, rules)
            row[i, vendor] = there
            if vendor == incumbent:
                product[i, 1 + vendor] = held
                if there != NONE and is_upgrade(there, rep, held, market, rules):
                    product[i, 1 + n_vendors] = pitched[there]
                    n_options += 1
            elif there != NONE:
                product[i, 1 + vendor] = pitched[there]
            n_options += product[i, 1 + vendor] != NONE
    return n_options


@kernel
def list_choices(key: np.uint64, week: int, closing: Int, market: Market, rules: Rules) -> Choices:
    """List the options of buyers whose evaluation ends, and draw what is random about them.

    Parameters
    ----------
    week : int
    closing : int32[n]
        buyers whose evaluation ends this week, ascending

    Notes
    -----
    Draws: (FIT, agent=buyer, draw=product); (CHOICE, agent=buyer, week=start of the evaluation, draw=option, for an own
    upgrade ``UPGRADE_DRAW``); (SWITCHING, agent=buyer); those of :func:`influence.moods`, :func:`push.discounts`.
    """
    n, n_vendors = len(closing), market.buyers.owner.shape[1]
    row = np.empty((n, n_vendors), np.int32)
    product = np.empty((n, n_vendors + 2), np.int16)
    fit, noise = np.zeros((n, n_vendors + 2)), np.zeros((n, n_vendors + 2))
    mood, switching = np.empty(n), np.zeros(n)
    n_options = _list_options(closing, market, rules, row, product)
    batch = new_batch(n + n_options)

    for i in range(n):
        batch.agent[i] = closing[i]
    influence.moods(key, week, n, batch, rules, mood)
    preferences.switching_costs(key, n, batch, market, rules)
    switching[:] = batch.normal[:n]

    at = 0
    for i in range(n):
        for option in range(1, n_vendors + 2):
            if product[i, option] != NONE:
                batch.agent[at] = closing[i]
                batch.draw[at] = product[i, option]
                at += 1
    preferences.fits(key, at, batch, rules)
    at = 0
    for i in range(n):
        for option in range(1, n_vendors + 2):
            if product[i, option] != NONE:
                fit[i, option] = batch.normal[at]
                at += 1

    started = market.buyers.evaluation_start
    at = 0
    for i in range(n):
        for option in range(n_vendors + 2):
            if option == 0 or product[i, option] != NONE:
                batch.agent[at] = closing[i]
                batch.week[at] = started[closing[i]]
                batch.draw[at] = option if option <= n_vendors else UPGRADE_DRAW
                at += 1
    bulk.uniforms(key, draws.CHOICE, at, batch)
    at = 0
    for i in range(n):
        for option in range(n_vendors + 2):
            if option == 0 or product[i, option] != NONE:
                noise[i, option] = -math.log(-math.log(batch.uniform[at]))
                at += 1
    discount = discounts(key, week, closing, market, rules)
    return Choices(row, discount, product, fit, noise, mood, switching)


@kernel
def weigh(
    week: int, i: int, buyer: int, choices: Choices, utilities: Float, market: Market, rules: Rules
) -> None:
    """Fill in the utility of every option of an ending evaluation, without its noise.

    Parameters
    ----------
    i : int
        the buyer's row in ``choices``
    utilities : float64[vendors + 2]
        written; -inf where an option doesn't exist
    """
    buyers, choice, fit = market.buyers, rules.choice, choices.fit
    utilities[:] = -np.inf
    held = int(buyers.holds[buyer])
    incumbent = int(rules.products.vendor[held]) if held >= 0 else NONE
    last = len(utilities) - 1
    n_offers = 0
    for vendor in range(last - 1):
        row = int(choices.row[i, vendor])
        rep = int(buyers.owner[buyer, vendor])
        work, price_cut = 0.0, 0.0
        if row != NONE:
            n_offers += 1
            work = effort(row, rep, week, market, rules)
            price_cut = choices.discount[i, vendor]
        product = int(choices.product[i, 1 + vendor])
        if product == NONE:
            continue
        appeal = preferences.appeal_with(fit[i, 1 + vendor], product, price_cut, rules)
        if vendor != incumbent:
            utilities[1 + vendor] = appeal + work
            continue
        content = influence.satisfaction_with(choices.mood[i], buyer, week, market, rules)
        content *= choice.satisfaction_weight
        to_change = choices.switching[i]
        utilities[1 + vendor] = appeal + content + to_change + work
        newer = int(choices.product[i, last])
        if newer != NONE:
            appeal = preferences.appeal_with(fit[i, last], newer, price_cut, rules)
            kept = (1.0 - choice.upgrade_switching_share) * to_change
            utilities[last] = appeal + content + kept + work
    if choice.no_decision > RULED_OUT or (held < 0 and n_offers == 0):
        utilities[0] = choice.no_decision
