"""Step 9: a buyer whose evaluation ends chooses, and everybody lives with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zerosum.market.draws import CHOICE

if TYPE_CHECKING:
    from tests.reference.buyers import Buyer
    from tests.reference.opportunity import Opportunity
    from tests.reference.vendors import Product

NO_DECISION, RENEWAL, NEW, DISPLACEMENT, UPGRADE = 0, 1, 2, 3, 4

OWN_UPGRADE = 1_000_000  # number of the option; vendors have 1, 2, …

RULED_OUT = -50.0  # "no decision" with a utility of this or less is no option

# A deal is an opportunity that has closed: how it ended, and what kind it was.
NOT_DECIDED, WON, LOST = 0, 1, 2
FROM_NOBODY, FROM_A_RIVAL, OWN_CUSTOMER = 0, 1, 2


@dataclass
class Option:
    """Something the buyer may choose; ``product`` and what follows are unset for "no decision"."""

    number: int
    outcome: int
    utility: float
    product: Product | None = None
    opportunity: Opportunity | None = None
    discount: float = 0.0


def options(buyer: Buyer, week: int) -> list[Option]:
    """What the buyer can choose between, in order of number."""
    offers = []
    for vendor in buyer.model.vendors:
        opportunity = buyer.opportunities.get(vendor.number)
        if buyer.holds is not None and buyer.holds.vendor is vendor:
            offers.append(_stay(buyer, week, opportunity))
        elif opportunity is not None:
            offers.append(_change(buyer, week, opportunity))
    upgrade = _upgrade(buyer, week)
    if upgrade is not None:
        offers.append(upgrade)
    if buyer.spec.choice.no_decision > RULED_OUT or not offers:
        offers.insert(0, Option(0, NO_DECISION, buyer.spec.choice.no_decision))
    return offers


def _stay(buyer: Buyer, week: int, opportunity: Opportunity | None) -> Option:
    """The product held; its rep's effort counts only if the rep is there."""
    discount = opportunity.discount(week) if opportunity else 0.0
    effort = opportunity.effort(week) if opportunity else 0.0
    utility = (
        buyer.appeal(buyer.holds, discount)
        + buyer.spec.choice.satisfaction_weight * buyer.satisfaction(week)
        + buyer.switching
        + effort
    )
    number = 1 + buyer.holds.vendor.number
    return Option(number, RENEWAL, utility, buyer.holds, opportunity, discount)


def _change(buyer: Buyer, week: int, opportunity: Opportunity) -> Option:
    """What another vendor pitches."""
    discount = opportunity.discount(week)
    utility = buyer.appeal(opportunity.product, discount) + opportunity.effort(week)
    outcome = NEW if buyer.holds is None else DISPLACEMENT
    number = 1 + opportunity.rep.vendor.number
    return Option(number, outcome, utility, opportunity.product, opportunity, discount)


def _upgrade(buyer: Buyer, week: int) -> Option | None:
    """A newer product of the vendor whose product is held, where its rep pitches such."""
    if buyer.holds is None:
        return None
    opportunity = buyer.opportunities.get(buyer.holds.vendor.number)
    if opportunity is None or not opportunity.rep.strategy.upgrade:
        return None
    if not opportunity.product.launch > buyer.holds.launch:
        return None
    rule = buyer.spec.choice
    discount = opportunity.discount(week)
    utility = (
        buyer.appeal(opportunity.product, discount)
        + rule.satisfaction_weight * buyer.satisfaction(week)
        + (1 - rule.upgrade_switching_share) * buyer.switching
        + opportunity.effort(week)
    )
    number = OWN_UPGRADE
    return Option(number, UPGRADE, utility, opportunity.product, opportunity, discount)


def choose(buyer: Buyer, week: int) -> Option:
    """The option with the highest utility, noise included; the lowest number of equals."""
    return max(
        options(buyer, week),
        key=lambda option: (
            option.utility + buyer.noise.gumbel(CHOICE, buyer.number, buyer.evaluation_start, option.number)
        ),
    )


def revenue(buyer: Buyer, chosen: Option) -> float:
    """What the vendor chosen earns; called while the buyer still holds its old product."""
    if chosen.outcome == NO_DECISION:
        return 0.0
    price = chosen.product.price * (1 - chosen.discount)
    if chosen.outcome == UPGRADE:
        return buyer.value * (price - buyer.price_paid)
    return buyer.value * price


def decide(buyer: Buyer, week: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Close the evaluation; returns the decision's record and the deals' records, by vendor."""
    chosen = choose(buyer, week)
    earned = revenue(buyer, chosen)
    credit = earned
    if chosen.outcome == RENEWAL:
        credit = buyer.spec.quota.renewal_credit * earned
    if chosen.opportunity is not None:
        chosen.opportunity.rep.earn(credit)
    decision = {
        "week": week,
        "started": buyer.evaluation_start,
        "reason": buyer.reason,
        "buyer": buyer.number,
        "before": number_of(buyer.holds),
        "after": number_of(buyer.holds if chosen.outcome == NO_DECISION else chosen.product),
        "outcome": chosen.outcome,
        "offers": len(buyer.opportunities),
        "revenue": earned,
        "arr_before": buyer.value * buyer.price_paid,
    }
    deals = [
        _deal(buyer, week, opportunity, chosen, earned, credit)
        for _, opportunity in sorted(buyer.opportunities.items())
    ]
    if chosen.outcome == NO_DECISION:
        buyer.postpone(week)
    elif chosen.outcome == RENEWAL:
        buyer.renew(week, chosen.product.price * (1 - chosen.discount))
    else:
        buyer.adopt(chosen.product, week, chosen.product.price * (1 - chosen.discount))
    decision["arr_after"] = buyer.value * buyer.price_paid
    if chosen.product is not None:
        buyer.goodwill[chosen.product.vendor.number] = 1.0
    buyer.leave_market(week)
    return decision, deals


def _deal(
    buyer: Buyer, week: int, opportunity: Opportunity, chosen: Option, earned: float, credit: float
) -> dict[str, Any]:
    won = chosen.opportunity is opportunity
    if buyer.holds is None:
        kind = FROM_NOBODY
    else:
        kind = OWN_CUSTOMER if buyer.holds.vendor is opportunity.rep.vendor else FROM_A_RIVAL
    return {
        "week": week,
        "opened": opportunity.opened,
        "buyer": buyer.number,
        "rep": opportunity.rep.row,
        "vendor": opportunity.rep.vendor.number,
        "source": opportunity.source,
        "product": opportunity.product.number,
        "incumbent": number_of(buyer.holds),
        "offers": len(buyer.opportunities),
        "outcome": WON if won else NOT_DECIDED if chosen.outcome == NO_DECISION else LOST,
        "kind": kind,
        "preparation": opportunity.preparation,
        "selling": opportunity.selling,
        "supported": int(opportunity.supported(week)),
        "discount": opportunity.discount(week),
        "revenue": earned if won else 0.0,
        "credit": credit if won else 0.0,
    }


def number_of(product: Product | None) -> int:
    """A product's number as the columns have it, -1 for none."""
    return -1 if product is None else product.number
