"""Step 6: a rep's attempts to find somebody, on the market as it stands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tests.reference.opportunity import FOUND, PROVOKED
from zerosum.market.draws import ATTEMPTS, CONTACT, LOOK, LOOKS, PROVOKE, SCORE

if TYPE_CHECKING:
    from tests.reference.buyers import Buyer
    from tests.reference.reps import Rep

MOST_LOOKS = 16  # accounts looked at for one attempt


def prospect(rep: Rep, week: int) -> list[Buyer]:
    """Make the week's attempts; returns the buyers that were provoked into an evaluation."""
    if not rep.territory:
        return []
    boost = 1 + sum(state.tool.boost * state.use for state in rep.tools)
    mean = rep.hours["prospecting"] * rep.spec.prospecting.attempts_per_hour * boost
    scans = sum(state.tool.scans * state.use for state in rep.tools)
    sharpness = math.sqrt(sum((state.tool.dprime * state.use) ** 2 for state in rep.tools))
    provoked = []
    for attempt in range(math.floor(mean + rep.noise.u(ATTEMPTS, rep.address, week, 0))):
        if not rep.has_free_slot():
            break
        extra = scans / mean if scans > 0 else 0.0
        buyer = _pick(rep, week, attempt, extra, sharpness)
        if buyer is not None and _contact(rep, buyer, week):
            provoked.append(buyer)
    return provoked


def _pick(rep: Rep, week: int, attempt: int, extra: float, sharpness: float) -> Buyer | None:
    """The most promising of the accounts looked at, or None if none of them can be tried."""
    looks = 1
    if extra > 0:
        looks = min(MOST_LOOKS, math.floor(1 + extra + rep.noise.u(LOOKS, rep.address, week, attempt)))
    accounts = []
    for look in range(looks):
        place = rep.noise.below(LOOK, rep.address, week, MOST_LOOKS * attempt + look, len(rep.territory))
        buyer = rep.territory[place]
        if rep.vendor.number not in buyer.opportunities and buyer.goodwill_week[rep.vendor.number] != week:
            accounts.append(buyer)
    if not accounts:
        return None
    if looks == 1:
        return accounts[0]
    return max(accounts, key=lambda buyer: _score(rep, buyer, week, sharpness))


def _score(rep: Rep, buyer: Buyer, week: int, sharpness: float) -> float:
    """How much a buyer looks as if it were in the market (signal detection)."""
    noise = rep.noise.n(SCORE, buyer.number, week, rep.vendor.number)
    return sharpness * buyer.voice * buyer.in_market + noise


def _contact(rep: Rep, buyer: Buyer, week: int) -> bool:
    """Try an account; says whether it was provoked. Its evaluation opens when all reps have acted."""
    rule, vendor, b = rep.spec.prospecting, rep.vendor.number, buyer.number
    goodwill = buyer.recover_goodwill(vendor, week)
    reached = rule.contact * (1 + rule.trust_gain * rep.trust) * goodwill
    if not rep.noise.u(CONTACT, b, week, vendor) < reached:
        return False
    if buyer.in_market:
        rep.open_opportunity(buyer, FOUND, week)
        return False
    if _is_own_customer(rep, buyer) and not _has_something_newer(rep, buyer, week):
        return False
    if rep.noise.u(PROVOKE, b, week, vendor) < buyer.provocation(week):
        rep.open_opportunity(buyer, PROVOKED, week)
        return True
    buyer.goodwill[vendor] *= 1 - rule.goodwill_burn
    return False


def _is_own_customer(rep: Rep, buyer: Buyer) -> bool:
    return buyer.holds is not None and buyer.holds.vendor is rep.vendor


def _has_something_newer(rep: Rep, buyer: Buyer, week: int) -> bool:
    return rep.strategy.upgrade and rep.vendor.lead(week).launch > buyer.holds.launch
