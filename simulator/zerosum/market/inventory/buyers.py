"""Buyers: their number, segments, and network."""

from __future__ import annotations

from zerosum.market.declare import sources
from zerosum.market.declare.evidence import assumption, computed, definition, read, second_hand, theory
from zerosum.market.declare.rules import derived
from zerosum.market.declare.section import (
    LEAST_MONEY,
    LEAST_WEEKS,
    MONEY,
    MUCH,
    Name,
    Section,
    calibrated,
    quantity,
)


class Market(Section):
    """How many buyers there are, how many are already somebody's customer, and who hears whom."""

    buyers: int = quantity(
        3500,
        "buyers",
        "Number of buyers (accounts) in the market.",
        evidence=second_hand(
            "Actively AI, a vendor: 150 to 300 accounts for the average enterprise rep, "
            "https://fantastic-forest-088323.framer.app/blog/blog-account-coverage-gap-pipeline-ratio",
            "Only accounts per rep matter: 3,500 divided among a vendor's 10 reps are 350. Order of "
            "magnitude; reps who sell to smaller firms have more.",
        ),
        ge=1,
        le=2_000_000_000,
    )
    saturation: float = quantity(
        0.95,
        "share",
        "Share of buyers that have an incumbent when the warm-up starts.",
        evidence=assumption(
            "The premise of the question: nearly every buyer has an incumbent.", source=sources.BRIEF
        ),
        ge=0,
        le=1,
    )
    neighbours: int = quantity(
        6,
        "buyers",
        "Neighbors of a buyer in the small-world network, mostly within its segment (even). 0: no network; "
        "every buyer sees the whole market (full mixing).",
        evidence=assumption(
            "Form only; how many peers a business buyer hears of is not known.",
            source=(
                "Watts & Strogatz 1998, Collective dynamics of small-world networks, "
                "http://www.iss.im/node/78"
            ),
        ),
        ge=0,
        le=64,
        multiple_of=2,
    )
    rewired: float = quantity(
        0.1,
        "share",
        "Share of network ties that lead to a random buyer of any segment.",
        evidence=theory(
            "Watts & Strogatz 1998, Collective dynamics of small-world networks; the range as cited at "
            "https://iris.joshua-becker.com/lab/small-world-watts-strogatz/",
            "At 0.01 to 0.1 paths are short and clusters still whole. Not measured among business buyers.",
        ),
        ge=0,
        le=1,
    )

    @derived
    def full_mixing(self) -> bool:
        """Return whether there is no network: all buyers see the whole market."""
        return self.neighbours == 0


class Segment(Section):
    """A kind of buyer: what it spends, how long it takes, how visible its intent is."""

    name: Name = quantity(..., "name", "Name of the segment.", evidence=definition())
    share: float = quantity(
        1.0,
        "share",
        "Share of all buyers; the segments' shares sum to 1.",
        evidence=definition("One kind of buyer is all buyers."),
        gt=0,
        le=1,
    )
    value_median: float = quantity(
        20_000.0,
        "money/year",
        "Median annual contract value.",
        evidence=second_hand(
            "KBCM (Pacific Crest) surveys of some 400 software firms: medians of 20 k to 28 k dollars, "
            "2013-2021, "
            ""
            ""
            ""
            ""
            "https://www.insivia.com/quoter/the-median-annual-contract-value-acv-was-25k-21k-21k-20k-in-2016-2015-2014-and-2013/",
            "Software only. Except for pay and costs, the level is only a matter of currency.",
        ),
        ge=LEAST_MONEY,
        le=MONEY,
    )
    value_sigma: float = quantity(
        calibrated("segments.value_sigma"),
        "log units",
        "Spread of the lognormal contract value.",
        evidence=computed(
            "a public set of deals: 1.50; band for plausible markets 1.0 to 1.6",
            "The project's notes don't name the set. Fitted; segments whose medians differ have less spread "
            "each.",
        ),
        ge=0,
        le=4,
    )
    contract_weeks: int = quantity(
        calibrated("segments.contract_weeks"),
        "weeks",
        "Length of a contract.",
        evidence=second_hand(
            sources.DAWES,
            "Service providers are changed about every five years. Contracts themselves are shorter: a "
            "median of 1.3 years in software (KBCM 2016).",
        ),
        ge=1,
        le=5200,
    )
    extension_weeks: int = quantity(
        52,
        "weeks",
        "Shortest time until the contract ends again after 'no decision'.",
        evidence=assumption("A budget year."),
        ge=1,
        le=5200,
    )
    evaluation_weeks: float = quantity(
        calibrated("segments.evaluation_weeks"),
        "weeks",
        "Median length of an evaluation.",
        evidence=read(
            sources.BRIDGE_2017,
            "Median sales cycle 60 days, 8.6 weeks; software. A cycle starts with the seller, an "
            "evaluation with the buyer.",
        ),
        ge=LEAST_WEEKS,
        le=260,
    )
    evaluation_sigma: float = quantity(
        calibrated("segments.evaluation_sigma"),
        "log units",
        "Spread of the lognormal evaluation length.",
        evidence=computed(
            sources.OLIST,
            "Coefficient of variation 1.5 there (a sigma of 1.09), 1.1 here. Small merchants in Brazil.",
        ),
        ge=0,
        le=3,
    )
    switching_cost: float = quantity(
        calibrated("segments.switching_cost"),
        "utility",
        "Mean cost of changing the incumbent.",
        evidence=assumption(
            "Direction only, from consumer goods: 11 to 72 % of choices are due to loyalty. The number "
            "is chosen for the share of renewals it leads to.",
            source="Kong, Dube & Daljord 2024, NBER w32994, https://www.nber.org/papers/w32994",
        ),
        ge=-MUCH,
        le=MUCH,
    )
    switching_cost_sd: float = quantity(
        0.5, "utility", "Spread of the switching cost between buyers.", ge=0, le=MUCH
    )
    voice: float = quantity(
        0.4, "share", "Mean of how much of a buyer's intent shows in public (0: silent, 1: all).", ge=0, le=1
    )

    @derived
    def voice_power(self) -> float:
        """Power of a uniform number that has the mean ``voice``; negative: silent."""
        return 1.0 / self.voice - 1.0 if self.voice > 0 else -1.0
