"""Invitations: which vendors learn of an evaluation when it opens.

The incumbent's rep learns of it with the vendor's coverage. Competitors are invited by one of two rules: independently,
with one probability; or as a short list. Its length depends on contract value, reason and satisfaction; its members
on each vendor's presence. A short list is zero-sum: one vendor's place is another's loss.

Source: consideration sets (Hauser & Wernerfelt 1990); sampling without replacement by exponential clocks (Efraimidis
& Spirakis 2006); docs/model.md step 2.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from zerosum.market import draws
from zerosum.market.declare import sources
from zerosum.market.declare.evidence import assumption, definition
from zerosum.market.declare.rules import Rules, derived
from zerosum.market.declare.section import MUCH, Off, Section, calibrated, quantity
from zerosum.market.jit import kernel
from zerosum.market.mechanisms.opportunities import has_opportunity, open_opportunity
from zerosum.market.records import MISSED, Record
from zerosum.market.state import BY_PROVOCATION, BY_REVIEW, INVITED, MARKETING, NONE, SERVICE, Market


class Invitations(Section):
    """Who hears of an evaluation when it opens."""

    rule: Literal["independent", "consideration"] = quantity(
        "consideration",
        "choice",
        "Whether competitors are invited independently, or as a short list (consideration set).",
        evidence=definition("Both are offered; which one holds is an assumption."),
    )
    coverage: float = quantity(
        calibrated("invitations.coverage"),
        "share",
        "Share of its own customers' evaluations that the incumbent's rep learns of.",
        ge=0,
        le=1,
    )
    inbound: float = quantity(
        0.125,
        "share",
        "Share of evaluations to which another vendor is invited, under the rule 'independent'.",
        evidence=assumption(
            "Direction only: buyers start from a short list. With this value and the other defaults, about as many "
            "competitors are invited as by the short lists.",
            source="6sense 2025, a vendor, as cited at https://coommit.com/blog/vendor-shortlist-effect-2026-b2b",
        ),
        ge=0,
        le=1,
    )
    competitors: float = quantity(
        calibrated("invitations.competitors"),
        "vendors",
        "Competitors on the list of a customer of typical value whose contract ends, on average.",
        evidence=assumption(
            "Chosen for the share of opportunities with another vendor in the deal, 33 to 75 %."
        ),
        ge=0,
        le=200,
    )
    value_exponent: float = quantity(
        calibrated("invitations.value_exponent"),
        "exponent",
        "How the number of competitors rises with the contract's value.",
        evidence=assumption("Direction only: win rates fall with value, and bidders rise."),
        ge=-3,
        le=3,
    )
    review_factor: float = quantity(
        calibrated("invitations.review_factor"),
        "ratio",
        "Factor on the number of competitors if the buyer reviews its incumbent, or outreach created the "
        "opportunity.",
        evidence=assumption(
            "Direction only: a buyer that reviews wants to compare; one that renews may not."
        ),
        ge=0,
        le=100,
    )
    need_factor: float = quantity(
        calibrated("invitations.need_factor"),
        "ratio",
        "Factor on the number of competitors if the buyer has no incumbent.",
        evidence=assumption("Direction only: the buyer has no incumbent to stay with."),
        ge=0,
        le=100,
    )
    dissatisfaction: float = quantity(
        0.0,
        "per utility",
        "Rise of the log of the number per unit of satisfaction below review.critical.",
        evidence=assumption("No source; off."),
        ge=-20,
        le=20,
    )
    presence_share: float = quantity(
        0.5,
        "exponent",
        "How a vendor's chance to be on a list rises with its customers; 0: not at all.",
        evidence=assumption("Direction only: larger vendors are better known."),
        ge=-3,
        le=3,
    )
    presence_trust: float = quantity(
        0.0,
        "log units",
        "Rise of the log of that chance with full trust in the vendor's rep.",
        evidence=assumption("No source; off."),
        ge=-20,
        le=20,
    )
    coverage_social_gain: float = quantity(
        0.4,
        "share",
        "Part of the missed coverage recovered when service fully uses social media.",
        ge=0,
        le=1,
    )
    inbound_social_gain: float = quantity(
        0.5,
        "share",
        "Relative increase of the inbound rate, or of the chance to be on a list, when marketing fully uses "
        "social media.",
        evidence=assumption(
            "How many leads social presence brings is not known; those that came from it converted less "
            "often than leads from search (5.6 against 12 %).",
            source=sources.OLIST,
        ),
        ge=0,
        le=MUCH,
    )

    @derived
    def read_rule(self) -> bool:
        """Return whether buyers use a short list."""
        return self.rule == "consideration"

    @derived
    def typical_value(self, scenario: Any) -> float:
        """Return the contract value of a typical buyer, money/year: the geometric mean over segments."""
        return math.exp(sum(s.share * math.log(s.value_median) for s in scenario.segments))


_OF_LISTS = {
    "invitations.competitors": 2.0,
    "invitations.value_exponent": 1.0,
    "invitations.review_factor": 9.0,
    "invitations.need_factor": 9.0,
    "invitations.dissatisfaction": 1.0,
    "invitations.presence_share": 2.0,
    "invitations.presence_trust": 3.0,
}
OFF = (
    Off(
        "Competitors are invited each for itself: lists don't matter.",
        {"invitations.rule": "independent"},
        _OF_LISTS,
    ),
    Off(
        "Competitors are invited as a list: their own rate doesn't matter.",
        {"invitations.rule": "consideration"},
        {"invitations.inbound": 0.9},
    ),
    Off(
        "Lists are empty: who would be on them doesn't matter.",
        {"invitations.rule": "consideration", "invitations.competitors": 0.0},
        {key: value for key, value in _OF_LISTS.items() if key != "invitations.competitors"},
    ),
)


MOST = 500.0
"""Mean list length, and its log, above which every competitor is on the list."""


@kernel
def _list_length(key: np.uint64, week: int, buyer: int, most: int, market: Market, rules: Rules) -> int:
    """Draw how many competitors a buyer considers: Poisson by inversion, at most ``most``.

    Draws: (CONSIDERED, agent=buyer, week).
    """
    buyers, options = market.buyers, rules.invitations
    mean = options.competitors * (buyers.value[buyer] / options.typical_value) ** options.value_exponent
    reason = buyers.evaluation_reason[buyer]
    if reason in (BY_REVIEW, BY_PROVOCATION):
        mean *= options.review_factor
    if buyers.holds[buyer] < 0:
        mean *= options.need_factor
    else:
        content = options.dissatisfaction * (buyers.opinion[buyer] - rules.review.critical)
        mean *= math.exp(min(-content, MOST))
    mean = min(mean, MOST)
    at = draws.uniform(key, draws.CONSIDERED, buyer, week, 0)
    probability = math.exp(-mean)
    length, below = 0, probability
    while at >= below and length < most:
        length += 1
        probability *= mean / length
        below += probability
    return length


@kernel
def _presence(buyer: int, vendor: int, market: Market, rules: Rules) -> float:
    """Return a vendor's presence: the rate at which a buyer thinks of it."""
    vendors, options = market.vendors, rules.invitations
    trust = market.reps.trust[market.buyers.owner[buyer, vendor]]
    return (
        (vendors.customers[vendor] + 1.0) ** options.presence_share
        * (1.0 + options.inbound_social_gain * vendors.take_up[vendor, MARKETING])
        * math.exp(options.presence_trust * trust)
    )


@kernel
def _tell(
    key: np.uint64, week: int, buyer: int, vendor: int, market: Market, rules: Rules, record: Record
) -> None:
    """Open an opportunity for the vendor's rep, if it has free capacity."""
    if not open_opportunity(key, week, buyer, vendor, INVITED, market, rules, record):
        record.weekly[vendor, MISSED] += 1.0
        market.buyers.turned_away[buyer, vendor] = 1


@kernel
def _invite_list(
    key: np.uint64, week: int, buyer: int, incumbent: int, market: Market, rules: Rules, record: Record
) -> None:
    """Invite the competitors on a buyer's short list.

    Draws: (CONSIDERED, agent=buyer, week), (INVITATION, agent=buyer, week, draw=vendor).
    """
    n_vendors = len(market.vendors.customers)
    length = _list_length(key, week, buyer, n_vendors, market, rules)
    if length == 0:
        return
    clock = np.full(n_vendors, np.inf)
    for vendor in range(n_vendors):
        rep = int(market.buyers.owner[buyer, vendor])
        if vendor != incumbent and not has_opportunity(rep, buyer, market, rules):
            at = draws.uniform(key, draws.INVITATION, buyer, week, vendor)
            clock[vendor] = -math.log(at) / _presence(buyer, vendor, market, rules)
    for _ in range(length):
        first = int(np.argmin(clock))
        if clock[first] == np.inf:
            return
        clock[first] = np.inf
        _tell(key, week, buyer, first, market, rules, record)


@kernel
def invite(key: np.uint64, week: int, buyer: int, market: Market, rules: Rules, record: Record) -> None:
    """Invite vendors to an evaluation that opens, except those that already work on the buyer.

    Draws: (INVITATION, agent=buyer, week, draw=vendor), and those of a short list.
    Writes: opportunities, reps.free_capacity, buyers.turned_away.
    """
    options, take_up = rules.invitations, market.vendors.take_up
    held = int(market.buyers.holds[buyer])
    incumbent = int(rules.products.vendor[held]) if held >= 0 else NONE
    market.buyers.turned_away[buyer] = 0
    for vendor in range(len(take_up)):
        if options.rule and vendor != incumbent:
            continue
        if has_opportunity(int(market.buyers.owner[buyer, vendor]), buyer, market, rules):
            continue
        if vendor == incumbent:
            missed = (1.0 - options.coverage) * options.coverage_social_gain
            chance = options.coverage + missed * take_up[vendor, SERVICE]
        else:
            gain = 1.0 + options.inbound_social_gain * take_up[vendor, MARKETING]
            chance = min(1.0, options.inbound * gain)
        if draws.uniform(key, draws.INVITATION, buyer, week, vendor) < chance:
            _tell(key, week, buyer, vendor, market, rules, record)
    if options.rule:
        _invite_list(key, week, buyer, incumbent, market, rules, record)
