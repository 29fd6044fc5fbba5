"""The buyers' side of a scenario: who they are, how content they stay, what opens a review."""

from __future__ import annotations

from pydantic import model_validator

from simulator.scenario.section import MONEY, MUCH, Name, Section, quantity


class Market(Section):
    """How many buyers there are, how many are already somebody's customer, and who hears whom."""

    buyers: int = quantity(
        4000, "buyers", "Number of buyers (accounts) in the market.", ge=1, le=2_000_000_000
    )
    saturation: float = quantity(
        0.95, "share", "Share of buyers that have a supplier when the warm-up starts.", ge=0, le=1
    )
    neighbours: int = quantity(
        6,
        "buyers",
        "Neighbours of a buyer in the small-world network, mostly within its segment (even). "
        "0: no network; everybody sees the whole market (full mixing).",
        ge=0,
        le=64,
        multiple_of=2,
    )
    rewired: float = quantity(
        0.1, "share", "Share of network ties that lead to a random buyer of any segment.", ge=0, le=1
    )


class Segment(Section):
    """A kind of buyer: what it spends, how long it takes, how loudly it thinks."""

    name: Name = quantity(..., "name", "Name of the segment.")
    share: float = quantity(1.0, "share", "Share of all buyers; the segments' shares sum to 1.", gt=0, le=1)
    value_median: float = quantity(20_000.0, "money/year", "Median annual contract value.", gt=0, le=MONEY)
    value_sigma: float = quantity(1.3, "log units", "Spread of the lognormal contract value.", ge=0, le=4)
    contract_weeks: int = quantity(208, "weeks", "Length of a contract.", ge=1, le=5200)
    extension_weeks: int = quantity(
        52, "weeks", "Shortest time until the contract ends again after 'no decision'.", ge=1, le=5200
    )
    evaluation_weeks: float = quantity(8.0, "weeks", "Median length of an evaluation.", gt=0, le=260)
    evaluation_sigma: float = quantity(
        0.9, "log units", "Spread of the lognormal evaluation length.", ge=0, le=3
    )
    switching_cost: float = quantity(1.6, "utility", "Mean cost of changing supplier.", ge=-MUCH, le=MUCH)
    switching_cost_sd: float = quantity(
        0.5, "utility", "Spread of the switching cost between buyers.", ge=0, le=MUCH
    )
    voice: float = quantity(
        0.4, "share", "Mean of how much of a buyer's intent shows in public (0: silent, 1: all).", ge=0, le=1
    )


class Satisfaction(Section):
    """How a customer's satisfaction with its supplier moves: an AR(1) process about a norm."""

    pull: float = quantity(
        0.05, "per week", "Weekly pull of satisfaction back to its norm (theta).", ge=1e-6, le=1
    )
    appeal_weight: float = quantity(
        0.4, "share", "How much of a product's appeal is felt in use (lambda).", ge=0, le=MUCH
    )
    neighbour_weight: float = quantity(
        0.3,
        "share",
        "How strongly neighbours with the same vendor draw satisfaction to theirs (psi).",
        ge=0,
        le=10,
    )
    noise_sd: float = quantity(0.15, "utility/week", "Weekly shocks to satisfaction.", ge=0, le=MUCH)

    @model_validator(mode="after")
    def _the_process_is_stationary(self) -> Satisfaction:
        if self.pull * (1 + self.neighbour_weight) > 1:
            raise ValueError(
                f"pull * (1 + neighbour_weight) is {self.pull * (1 + self.neighbour_weight):g}; it must not "
                "exceed 1, or satisfaction would overshoot its norm every week"
            )
        return self


class Review(Section):
    """An unscheduled review: a customer that has become dissatisfied looks around before its contract ends."""

    max_per_year: float = quantity(
        0.3, "per year", "Reviews a year of a buyer that could not be less satisfied (h_max).", ge=0, le=52
    )
    steepness: float = quantity(
        1.5, "per utility", "How sharply reviews rise with dissatisfaction (eta).", ge=0, le=MUCH
    )
    critical: float = quantity(
        -1.2, "utility", "Satisfaction at which half of the reviews happen (s_crit).", ge=-MUCH, le=MUCH
    )


class Need(Section):
    """A buyer without a supplier discovers its need, on its own or from neighbours (Bass 1969)."""

    innovation_per_year: float = quantity(0.3, "per year", "Need found unaided (Bass p).", ge=0, le=52)
    imitation_per_year: float = quantity(
        0.6, "per year", "Need found when every neighbour has a supplier (Bass q).", ge=0, le=52
    )

    @model_validator(mode="after")
    def _the_weekly_hazard_is_a_probability(self) -> Need:
        total = self.innovation_per_year + self.imitation_per_year
        if total > 52:
            raise ValueError(
                f"innovation_per_year + imitation_per_year is {total:g}; it must not exceed 52 (one a week)"
            )
        return self


class Choice(Section):
    """What weighs in a buyer's decision, beside the reps' effort: a multinomial logit."""

    price_weight: float = quantity(
        2.0, "utility per log price", "Distaste for a price above market level.", ge=0, le=MUCH
    )
    fit_sd: float = quantity(0.6, "utility", "Spread of how well a product fits a buyer.", ge=0, le=MUCH)
    no_decision: float = quantity(
        1.7, "utility", "Appeal of deciding nothing. -50 or less rules it out.", ge=-MUCH, le=MUCH
    )
    satisfaction_weight: float = quantity(
        0.8, "utility per utility", "Weight of satisfaction with the incumbent.", ge=-MUCH, le=MUCH
    )
    upgrade_switching_share: float = quantity(
        0.3,
        "share",
        "Share of the switching cost that a newer product of the same vendor still causes.",
        ge=0,
        le=1,
    )
