"""What a vendor can choose: tools, and strategies that use them."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from simulator.scenario.section import (
    MONEY,
    MUCH,
    Name,
    Section,
    must_sum_to_one,
    quantity,
)


class Tool(Section):
    """A productivity, listening or analytics tool that is offered to reps. Neutral by default: it does nothing."""

    name: Name = quantity(..., "name", "Name of the tool.")
    saving: float = quantity(0.0, "share", "Share of administrative hours it saves at full use.", ge=0, le=1)
    boost: float = quantity(0.0, "share", "More attempts per prospecting hour at full use.", ge=0, le=100)
    dprime: float = quantity(
        0.0,
        "d'",
        "How well it tells buyers in the market from others (signal detection), at full use.",
        ge=0,
        le=10,
    )
    scans: float = quantity(
        0.0, "accounts/week", "Further accounts it looks at for the rep at full use.", ge=0, le=MUCH
    )
    accuracy: float = quantity(
        0.0, "share", "Probability that the best-fitting product is pitched at full use.", ge=0, le=1
    )
    innovation: float = quantity(0.08, "per week", "Hazard of starting a trial unaided.", ge=0, le=1)
    imitation: float = quantity(0.2, "per week", "Further hazard when all colleagues use it.", ge=0, le=1)
    trial_weeks: int = quantity(8, "weeks", "Length of the trial.", ge=1, le=520)
    learning_rate: float = quantity(
        0.15, "per week", "Share of the gap to full proficiency closed in a week.", ge=0, le=1
    )
    learning_hours: float = quantity(
        2.0, "hours/week", "Hours that learning costs while proficiency is nil.", ge=0, le=168
    )
    upkeep_hours: float = quantity(0.5, "hours/week", "Hours that full use costs.", ge=0, le=168)
    keep: float = quantity(-0.3, "logit", "Inclination to keep it after the trial.", ge=-MUCH, le=MUCH)
    keep_training: float = quantity(
        1.5, "logit", "Rise of that inclination with full training.", ge=-MUCH, le=MUCH
    )
    keep_hours: float = quantity(
        0.3, "logit per hour/week", "Rise per administrative hour it saves a week.", ge=-MUCH, le=MUCH
    )
    keep_pace: float = quantity(
        0.5,
        "logit per quota pace",
        "Rise per unit of quota pace above 1 during the trial.",
        ge=-MUCH,
        le=MUCH,
    )
    cost_per_rep_year: float = quantity(
        1_200.0, "money/year", "Licence per rep it is offered to.", ge=0, le=MONEY
    )
    training_cost: float = quantity(
        500.0, "money", "Full training per rep it is offered to, once.", ge=0, le=MONEY
    )


class Plan(Section):
    """Shares of the hours left after administration and learning; they sum to 1."""

    prospecting: float = quantity(0.2, "share", "Finding buyers.", ge=0, le=1)
    preparation: float = quantity(0.25, "share", "Gathering information and making the case.", ge=0, le=1)
    selling: float = quantity(0.4, "share", "Meetings, proposals, negotiation.", ge=0, le=1)
    social: float = quantity(0.15, "share", "Social media: being known in the territory.", ge=0, le=1)

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Plan:
        must_sum_to_one(self)
        return self


class Reinvestment(Section):
    """Where saved hours go; the shares sum to 1."""

    prospecting: float = quantity(0.0, "share", "Finding buyers.", ge=0, le=1)
    preparation: float = quantity(0.0, "share", "Gathering information and making the case.", ge=0, le=1)
    selling: float = quantity(0.0, "share", "Meetings, proposals, negotiation.", ge=0, le=1)
    social: float = quantity(0.0, "share", "Social media.", ge=0, le=1)
    slack: float = quantity(0.0, "share", "Nothing in particular.", ge=0, le=1)

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Reinvestment:
        must_sum_to_one(self)
        return self


class Strategy(Section):
    """A time plan, tools, a use for the freed hours, and the departments that go social."""

    name: Name = quantity(..., "name", "Name of the strategy.")
    plan: Plan = quantity(Plan(), "table", "How a rep's hours are meant to be spent.")
    tools: tuple[Name, ...] = quantity((), "names", "Tools that its reps are offered.", max_length=64)
    reinvest: Reinvestment = quantity(
        Reinvestment(slack=1.0), "table", "Where the hours that tools save go; not given: slack."
    )
    training: float = quantity(0.5, "share", "Share of the tools' full training that reps get.", ge=0, le=1)
    habit_change: float = quantity(
        1.0,
        "factor",
        "Factor on the speed at which habits follow the plan; 0: a tool without a change of behaviour.",
        ge=0,
        le=MUCH,
    )
    social: tuple[Literal["marketing", "service", "sales"], ...] = quantity(
        (), "names", "Departments that take up social media."
    )
    focus: Literal["even", "value"] = quantity(
        "even", "rule", "How hours are spread over open opportunities."
    )
    extra_presales: int = quantity(
        0, "engineers", "Presales engineers added to the vendor's own.", ge=0, le=10_000
    )
    push: bool = quantity(False, "yes/no", "Reps behind quota push at a quarter's end.")
    upgrade: bool = quantity(False, "yes/no", "Newer products are pitched to the vendor's own customers.")
