"""The sellers' side of a scenario: vendors, products, reps, their hours, effort, quota and pay."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from simulator.scenario.section import MONEY, MUCH, Name, Section, quantity


class Vendor(Section):
    """A company with reps in the market."""

    name: Name = quantity(..., "name", "Name of the vendor.")
    reps: int = quantity(20, "reps", "Number of sales reps.", ge=1, le=1_000_000)
    share: float | None = quantity(
        None,
        "share",
        "Share of the served buyers at the start; vendors without one split the rest equally.",
        ge=0,
        le=1,
    )
    service: float = quantity(
        0.0, "utility", "Service quality: the norm of its customers' satisfaction.", ge=-MUCH, le=MUCH
    )
    presales: int = quantity(4, "engineers", "Presales engineers who can support a case.", ge=0, le=10_000)
    territory: Literal["random", "balanced", "segment"] = quantity(
        "random",
        "rule",
        "How buyers are divided among reps: at random, balanced by value, or by segment (then balanced).",
    )
    strategy: Name | None = quantity(
        None, "name", "Strategy it follows in the warm-up; the baseline if not given."
    )


class Product(Section):
    """Something a vendor sells."""

    name: Name = quantity(..., "name", "Name of the product.")
    vendor: Name = quantity(..., "name", "The vendor that sells it.")
    quality: float = quantity(0.0, "utility", "Quality, felt by every buyer alike.", ge=-MUCH, le=MUCH)
    price: float = quantity(1.0, "index", "Price, 1 = market level.", gt=0, le=MUCH)
    launch_week: int | None = quantity(
        None,
        "weeks",
        "Week of its launch, counted from the start of the measured weeks; not given: always sold.",
        ge=-5200,
        le=5200,
    )


class Reps(Section):
    """What a rep's week is made of, and how reps differ."""

    hours_per_week: float = quantity(45.0, "hours/week", "Working hours of a rep.", ge=0, le=168)
    skill_sd: float = quantity(
        1.0, "skill units", "Spread of skill between reps; 0: all alike.", ge=0, le=MUCH
    )
    slots: int = quantity(24, "opportunities", "Open opportunities a rep can work at once.", ge=1, le=1000)
    admin_fixed_hours: float = quantity(
        7.5, "hours/week", "Record keeping and meetings, whatever is open.", ge=0, le=168
    )
    admin_hours_per_opportunity: float = quantity(
        0.3, "hours/week", "Record keeping per open opportunity.", ge=0, le=168
    )
    habit_rate: float = quantity(
        0.08,
        "per week",
        "Share of the way from old habits to the strategy's plan that a rep goes in a week.",
        ge=0,
        le=1,
    )
    conservatism: float = quantity(
        0.7,
        "share",
        "How far a rep at quota pace loses interest in trying a tool (0: not at all).",
        ge=0,
        le=1,
    )
    ramp_start: float = quantity(
        0.25, "share", "Share of a new rep's hours that are productive at first.", ge=0, le=1
    )
    ramp_weeks: float = quantity(18.0, "weeks", "Time scale on which a new rep ramps.", gt=0, le=5200)


class Effort(Section):
    """What a rep's work on an opportunity is worth to the buyer."""

    preparation_weight: float = quantity(0.7, "utility", "A fully prepared case.", ge=0, le=MUCH)
    selling_weight: float = quantity(0.7, "utility", "Full selling time on a full case.", ge=0, le=MUCH)
    support_weight: float = quantity(0.5, "utility", "Presales support delivered.", ge=0, le=MUCH)
    skill_weight: float = quantity(
        0.25, "utility per skill unit", "A standard deviation of skill.", ge=0, le=MUCH
    )
    trust_weight: float = quantity(0.5, "utility", "Full trust in the rep's territory.", ge=0, le=MUCH)
    preparation_hours: float = quantity(
        7.0, "hours", "Preparation that makes 63 % of a full case (k0).", gt=0, le=MUCH
    )
    selling_hours: float = quantity(
        14.0, "hours", "Selling that makes 63 % of its full effect (f0).", gt=0, le=MUCH
    )
    unprepared_share: float = quantity(
        0.3, "share", "What selling time is worth without any preparation (iota): an assumption.", ge=0, le=1
    )


class Prospecting(Section):
    """Shots on goal: how many, how often they find somebody, what they leave behind."""

    attempts_per_hour: float = quantity(
        0.5, "attempts/hour", "Contact attempts per prospecting hour.", ge=0, le=200
    )
    contact: float = quantity(
        0.2, "share", "Attempts that reach somebody, with fresh goodwill and no trust.", ge=0, le=1
    )
    trust_gain: float = quantity(
        0.5, "share", "Rise of the contact probability with full trust.", ge=0, le=MUCH
    )
    provoke_customer: float = quantity(
        0.15,
        "share",
        "Contacts that make a thoroughly dissatisfied customer of a rival evaluate.",
        ge=0,
        le=1,
    )
    provoke_unserved: float = quantity(
        0.25, "share", "Contacts that make a buyer without a supplier evaluate.", ge=0, le=1
    )
    goodwill_burn: float = quantity(
        0.15, "share", "Goodwill lost by a contact that comes to nothing.", ge=0, le=1
    )
    goodwill_recovery: float = quantity(
        0.02, "per week", "Share of the lost goodwill that returns in a week.", ge=0, le=1
    )


class Invitations(Section):
    """Who hears of an evaluation when it opens."""

    coverage: float = quantity(
        0.85, "share", "Evaluations of its own customers that the incumbent's rep learns of.", ge=0, le=1
    )
    inbound: float = quantity(0.55, "share", "Evaluations to which another vendor is invited.", ge=0, le=1)
    coverage_social_gain: float = quantity(
        0.4, "share", "Part of the missed coverage that full service listening recovers.", ge=0, le=1
    )
    inbound_social_gain: float = quantity(
        0.5, "share", "Rise of the inbound rate with marketing fully social.", ge=0, le=MUCH
    )


class Trust(Section):
    """A rep's reputation in the territory, built by social hours."""

    social_hours: float = quantity(
        120.0, "hours", "Social hours that close 63 % of the gap to full trust.", gt=0, le=MUCH
    )
    decay: float = quantity(0.01, "per week", "Share of trust that fades in a week.", ge=0, le=1)
    sales_social_gain: float = quantity(
        0.5,
        "share",
        "Rise of what a social hour is worth with the sales department fully social.",
        ge=0,
        le=MUCH,
    )


class Department(Section):
    """How one department takes up social media: a Bass curve of its own."""

    innovation_per_year: float = quantity(0.3, "per year", "Take-up unaided.", ge=0, le=52)
    imitation_per_year: float = quantity(2.0, "per year", "Take-up from those who have.", ge=0, le=52)
    delay_weeks: int = quantity(
        0, "weeks", "Weeks after the strategy's start at which it begins.", ge=0, le=5200
    )

    @model_validator(mode="after")
    def _the_weekly_hazard_is_a_probability(self) -> Self:
        if self.innovation_per_year + self.imitation_per_year > 52:
            raise ValueError("innovation_per_year + imitation_per_year must not exceed 52 (one a week)")
        return self


class Service(Department):
    """Service follows marketing."""

    delay_weeks: int = quantity(
        13, "weeks", "Weeks after the strategy's start at which it begins.", ge=0, le=5200
    )


class Sales(Department):
    """Sales comes last."""

    delay_weeks: int = quantity(
        26, "weeks", "Weeks after the strategy's start at which it begins.", ge=0, le=5200
    )


class Social(Section):
    """Departments in their usual order: marketing first, then service, sales last."""

    marketing: Department = quantity(Department(), "table", "Marketing's presence raises the inbound rate.")
    service: Service = quantity(Service(), "table", "Service that listens raises the coverage.")
    sales: Sales = quantity(Sales(), "table", "Sales makes a social hour build more trust.")


class Support(Section):
    """Presales: a finite group of engineers serves prepared opportunities."""

    threshold: float = quantity(
        0.6, "share", "Preparation G (0..1) at which an opportunity asks for support.", ge=0, le=1
    )
    service_weeks: float = quantity(
        0.5, "weeks", "Mean time an engineer gives to a request (exponential).", gt=0, le=5200
    )
    order: Literal["first-come", "value"] = quantity(
        "first-come", "rule", "Which waiting request is served next."
    )


class Quota(Section):
    """How quotas are set, and how they follow results."""

    stretch: float = quantity(0.75, "ratio", "Quota over the expected revenue.", gt=0, le=1000)
    team_weight: float = quantity(
        0.5, "share", "Weight of the team average; the rest follows territory potential.", ge=0, le=1
    )
    ratchet: float = quantity(
        0.3, "share", "Weight of last year's own revenue in next year's quota (rho).", ge=0, le=1
    )
    growth: float = quantity(1.0, "ratio", "Factor on every later year's quota.", gt=0, le=10)
    renewal_credit: float = quantity(
        0.25, "share", "Share of a renewal's value that counts for the rep.", ge=0, le=1
    )


class Pay(Section):
    """What the vendor pays: costs only, no behaviour hangs on it."""

    base_per_year: float = quantity(60_000.0, "money/year", "Base salary of a rep.", ge=0, le=MONEY)
    commission: float = quantity(0.08, "share", "Commission on credited revenue.", ge=0, le=1)
    accelerator: float = quantity(
        0.04, "share", "Extra commission on credited revenue above quota.", ge=0, le=1
    )
    presales_per_year: float = quantity(
        110_000.0, "money/year", "Cost of a presales engineer.", ge=0, le=MONEY
    )


class Turnover(Section):
    """Who leaves at a year's end."""

    below: float = quantity(0.5, "attainment", "Attainment under which a rep is at risk.", ge=0, le=MUCH)
    leave_below: float = quantity(0.5, "share", "Probability that a rep at risk leaves.", ge=0, le=1)
    leave_other: float = quantity(0.12, "share", "Probability that any other rep leaves.", ge=0, le=1)


class Push(Section):
    """What reps behind quota do at a quarter's end, where their strategy says so."""

    weeks: int = quantity(3, "weeks", "Length of the window before the quarter ends.", ge=1, le=12)
    below: float = quantity(1.0, "attainment", "Quota pace under which a rep pushes.", ge=0, le=MUCH)
    hours_shift: float = quantity(
        0.3, "share", "Share of other customer-related hours moved to selling.", ge=0, le=1
    )
    discount: float = quantity(0.1, "share", "Discount on decisions within the window.", ge=0, lt=1)
    pull_forward: float = quantity(
        0.3, "share", "Open opportunities due soon after the quarter that are pulled into it.", ge=0, le=1
    )
    pull_weeks: int = quantity(
        6, "weeks", "How far after the quarter's end a decision can be pulled from.", ge=0, le=5200
    )
