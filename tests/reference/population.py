"""Before week 0: vendors, products, buyers, who hears whom, and who sells to whom."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.reference.buyers import Buyer
from tests.reference.reps import Rep
from tests.reference.vendors import Product, Vendor
from zerosum.market.draws import NEIGHBOUR, TERRITORY

if TYPE_CHECKING:
    from tests.reference.model import ReferenceModel
    from tests.reference.noise import Noise
    from zerosum.scenario.spec import Scenario


def make_vendors(scenario: Scenario, noise: Noise) -> tuple[list[Vendor], list[Product]]:
    """Vendors with their products; launches counted in weeks of the run."""
    vendors = [Vendor(scenario, noise, number) for number in range(len(scenario.vendors))]
    by_name = {vendor.spec.name: vendor for vendor in vendors}
    products = []
    for number, row in enumerate(scenario.products):
        launch = -math.inf if row.launch_week is None else row.launch_week + scenario.clock.warmup_weeks
        vendor = by_name[row.vendor]
        product = Product(number, vendor, row.quality, row.price, launch)
        vendor.products.append(product)
        products.append(product)
    return vendors, products


def make_buyers(model: ReferenceModel) -> list[Buyer]:
    """Buyers on their small-world network."""
    buyers = [Buyer(model, number) for number in range(model.spec.market.buyers)]
    for segment in range(len(model.spec.segments)):
        _tie(model, [buyer for buyer in buyers if buyer.segment == segment], buyers)
    for buyer in buyers:
        buyer.neighbours.sort(key=lambda neighbour: neighbour.number)
    return buyers


def _tie(model: ReferenceModel, ring: list[Buyer], everybody: list[Buyer]) -> None:
    """Tie each buyer of a segment to those after it on the ring, or to somebody anywhere."""
    market, noise = model.spec.market, model.noise
    for place, buyer in enumerate(ring):
        for k in range(1, market.neighbours // 2 + 1):
            other = ring[(place + k) % len(ring)]
            if noise.u(NEIGHBOUR, buyer.number, 0, 2 * k) < market.rewired:
                other = everybody[noise.choose(NEIGHBOUR, buyer.number, 0, 2 * k + 1, len(everybody))]
            if other is not buyer:
                buyer.neighbours.append(other)
                other.neighbours.append(buyer)


def make_reps(model: ReferenceModel) -> list[Rep]:
    """Reps of all vendors, in order; each vendor divides all buyers among its own."""
    reps: list[Rep] = []
    for vendor in model.vendors:
        for index in range(vendor.spec.reps):
            rep = Rep(model, len(reps), vendor, index)
            vendor.reps.append(rep)
            reps.append(rep)
        _divide(model, vendor)
    return reps


def _divide(model: ReferenceModel, vendor: Vendor) -> None:
    owners: dict[Buyer, Rep] = {}
    if vendor.spec.territory == "random":
        for buyer in model.buyers:
            index = model.noise.choose(TERRITORY, buyer.number, 0, vendor.number, len(vendor.reps))
            owners[buyer] = vendor.reps[index]
    elif vendor.spec.territory == "balanced":
        owners = _deal_out(vendor, model.buyers, vendor.reps)
    else:
        first = 0
        for segment, count in enumerate(_reps_per_segment(model, vendor)):
            members = [buyer for buyer in model.buyers if buyer.segment == segment]
            owners |= _deal_out(vendor, members, vendor.reps[first : first + count])
            first += count
    for buyer in model.buyers:
        buyer.owner.append(owners[buyer])
        owners[buyer].territory.append(buyer)


def _deal_out(vendor: Vendor, buyers: list[Buyer], reps: list[Rep]) -> dict[Buyer, Rep]:
    """Give each rep one buyer of every block of about the same value."""
    owners = {}
    ranked = sorted(buyers, key=lambda buyer: (-buyer.value, buyer.number))
    for start in range(0, len(ranked), len(reps)):
        block = ranked[start : start + len(reps)]
        block.sort(key=lambda buyer: vendor.noise.u(TERRITORY, buyer.number, 0, vendor.number))
        owners.update(zip(block, reps, strict=False))
    return owners


def _reps_per_segment(model: ReferenceModel, vendor: Vendor) -> list[int]:
    """As stated; else one rep where less is due, the others by potential; exact, so that ties are ties."""
    segments = model.spec.segments
    if vendor.spec.reps_by_segment:
        return [vendor.spec.reps_by_segment[segment.name] for segment in segments]
    worth = [
        Fraction(str(segment.share))
        * Fraction(str(segment.value_median))
        * Fraction(math.exp(segment.value_sigma**2 / 2))
        for segment in segments
    ]
    counts: dict[int, int] = {}
    while True:
        others = [s for s in range(len(segments)) if s not in counts]
        reps = vendor.spec.reps - len(counts)
        fair = {s: reps * worth[s] / sum(worth[o] for o in others) for s in others}
        if all(x >= 1 for x in fair.values()):
            break
        counts |= {s: 1 for s, x in fair.items() if x < 1}
    counts |= {s: int(x) for s, x in fair.items()}
    left = vendor.spec.reps - sum(counts.values())
    for s in sorted(fair, key=lambda s: (int(fair[s]) - fair[s], s))[:left]:
        counts[s] += 1
    return [counts[s] for s in range(len(segments))]
