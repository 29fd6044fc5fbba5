"""Marketing, service and sales adopt social media, each on its own Bass curve.

Source: Bass (1969), the discrete mean path; the order marketing, service, sales as observed by the
question's author (see ``Social`` in the scenario).
"""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from zerosum.market.declare import sources
from zerosum.market.declare.evidence import assumption, definition
from zerosum.market.declare.rules import Rules, derived
from zerosum.market.declare.section import MONEY, Section, quantity
from zerosum.market.jit import kernel
from zerosum.market.records import TAKE_UP, Record
from zerosum.market.state import DEPARTMENTS, YEAR, Market


class Department(Section):
    """How one department takes up social media: a Bass curve of its own."""

    innovation_per_year: float = quantity(
        0.3,
        "per year",
        "Take-up without imitation (Bass p).",
        evidence=assumption("Form only.", source=sources.BASS),
        ge=0,
        le=52,
    )
    imitation_per_year: float = quantity(
        2.0,
        "per year",
        "Take-up by imitation (Bass q).",
        evidence=assumption("Form only.", source=sources.BASS),
        ge=0,
        le=52,
    )
    delay_weeks: int = quantity(
        0,
        "weeks",
        "Weeks after the strategy's start at which it begins.",
        evidence=definition(
            "The clock starts with marketing, which most often owns social media.",
            source=(
                "Useful Social Media 2013, in "
                ""
                "https://www.cmswire.com/cms/social-business/got-social-new-report-from-useful-social-media-says-most-companies-do-020251.php"
            ),
        ),
        ge=0,
        le=5200,
    )

    cost_per_year: float = quantity(
        70_000.0,
        "money/year",
        "What its social presence costs the vendor: people, content, software.",
        evidence=assumption("One person's pay. No source: enter your own cost. 0: its gains are free."),
        money_only=True,
        ge=0,
        le=MONEY,
    )

    @model_validator(mode="after")
    def _the_weekly_hazard_is_a_probability(self) -> Self:
        if self.innovation_per_year + self.imitation_per_year > 52:
            raise ValueError("innovation_per_year + imitation_per_year must not exceed 52 (one a week)")
        return self


class Service(Department):
    """Service follows marketing."""

    delay_weeks: int = quantity(
        13,
        "weeks",
        "Weeks after the strategy's start at which it begins.",
        evidence=assumption(
            "The order (marketing, service, sales) is the brief's; that it takes a quarter is an assumption.",
            source=sources.BRIEF,
        ),
        ge=0,
        le=5200,
    )


class Sales(Department):
    """Sales comes last."""

    delay_weeks: int = quantity(
        26,
        "weeks",
        "Weeks after the strategy's start at which it begins.",
        evidence=assumption(
            "The order (marketing, service, sales) is the brief's; that it takes two quarters is an "
            "assumption.",
            source=sources.BRIEF,
        ),
        ge=0,
        le=5200,
    )


class Social(Section):
    """Departments in their default order: marketing first, then service, sales last."""

    marketing: Department = quantity(
        Department(), "table", "Marketing's presence raises the chance to be invited."
    )
    service: Service = quantity(Service(), "table", "Service that listens raises the coverage.")
    sales: Sales = quantity(Sales(), "table", "Sales makes a social hour build more trust.")

    def _departments(self) -> list[Department]:
        return [getattr(self, name) for name in DEPARTMENTS]

    @derived
    def innovation(self) -> list[float]:
        """Return the take-up hazard, unaided, per week, by department."""
        return [department.innovation_per_year / YEAR for department in self._departments()]

    @derived
    def imitation(self) -> list[float]:
        """Return the take-up hazard by imitation, per week, by department."""
        return [department.imitation_per_year / YEAR for department in self._departments()]

    @derived
    def delay(self) -> list[int]:
        """Return the weeks after the strategy's start, by department."""
        return [department.delay_weeks for department in self._departments()]


@kernel
def go_social(week: int, market: Market, rules: Rules, record: Record) -> None:
    """Update the take-up of each department that adopts social media under its vendor's strategy.

    Reads: vendors.strategy, social_since. Writes: vendors.take_up.
    """
    vendors, options = market.vendors, rules.social
    for vendor in range(len(vendors.strategy)):
        for department in range(len(options.delay)):
            begun = week >= vendors.social_since[vendor] + options.delay[department]
            if begun and rules.strategies.social[vendors.strategy[vendor], department] == 1:
                taken = vendors.take_up[vendor, department]
                hazard = options.innovation[department] + options.imitation[department] * taken
                vendors.take_up[vendor, department] = taken + hazard * (1.0 - taken)
            record.weekly[vendor, TAKE_UP + department] = vendors.take_up[vendor, department]
