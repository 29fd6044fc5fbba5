"""Strategies, and the tools that they use."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator

from zerosum.market.declare import sources
from zerosum.market.declare.evidence import assumption, definition, second_hand
from zerosum.market.declare.rules import derived
from zerosum.market.declare.section import (
    HOURS_OF_A_WEEK,
    MONEY,
    MUCH,
    Name,
    Section,
    calibrated,
    must_sum_to_one,
    quantity,
)
from zerosum.market.state import DEPARTMENTS

INERT = definition("Neutral: a tool has no effect unless its row sets it.")
NOT_DONE = definition("Neutral: off unless a row sets it.")


MOST_BOOST = 4
"""Five times as many attempts: no vendor's claim is lost, and 30 for 30 % is met at the door."""

CLAIMS = ("saving", "boost", "dprime", "scans", "accuracy")
"""Keys of a tool that say what it does, as its vendor claims. The hours that its use costs are no claim."""


class Tool(Section):
    """A productivity, listening or analytics tool that is offered to reps. Neutral by default: it does nothing."""

    name: Name = quantity(..., "name", "Name of the tool.", evidence=definition())
    saving: float = quantity(
        0.0, "share", "Share of admin that it saves at full use.", evidence=INERT, ge=0, le=1
    )
    boost: float = quantity(
        0.0,
        "share",
        "Relative increase of attempts per prospecting hour at full use (0.5: 50 % more).",
        evidence=INERT,
        ge=0,
        le=MOST_BOOST,
    )
    dprime: float = quantity(
        0.0,
        "d'",
        "How well it separates buyers in the market from others (signal detection), at full use.",
        evidence=INERT,
        ge=0,
        le=10,
    )
    scans: float = quantity(
        0.0,
        "accounts/week",
        "Additional accounts that it looks at for the rep at full use.",
        evidence=INERT,
        ge=0,
        le=MUCH,
    )
    accuracy: float = quantity(
        0.0,
        "share",
        "Probability that the best-fitting product is pitched at full use.",
        evidence=INERT,
        ge=0,
        le=1,
    )
    innovation: float = quantity(
        calibrated("tools.innovation"),
        "per week",
        "Hazard of starting a trial without imitation (Bass p).",
        evidence=assumption("Form only.", source=sources.BASS),
        ge=0,
        le=1,
    )
    imitation: float = quantity(
        calibrated("tools.imitation"),
        "per week",
        "Additional hazard when all colleagues use it (Bass q).",
        evidence=assumption("Form only.", source=sources.BASS),
        ge=0,
        le=1,
    )
    trial_weeks: int = quantity(8, "weeks", "Length of the trial.", ge=1, le=520)
    learning_rate: float = quantity(
        0.15, "per week", "Share of the gap to full proficiency closed in a week.", ge=0, le=1
    )
    learning_hours: float = quantity(
        2.0, "hours/week", "Hours that learning costs at proficiency 0.", ge=0, le=HOURS_OF_A_WEEK
    )
    upkeep_hours: float = quantity(0.5, "hours/week", "Hours that full use costs.", ge=0, le=HOURS_OF_A_WEEK)
    keep: float = quantity(
        calibrated("tools.keep"),
        "logit",
        "Logit of keeping it after the trial, before the terms below.",
        evidence=assumption(
            "Direction only: reps welcomed the tool after training and widely rejected it after six months.",
            source=sources.SPEIER,
        ),
        ge=-MUCH,
        le=MUCH,
    )
    keep_training: float = quantity(
        calibrated("tools.keep_training"),
        "logit",
        "Increase of that logit with full training.",
        evidence=assumption(
            "Direction only: a tool helps with training and support, and harms without.",
            source=(
                "Ahearne & Jelinek, Moving beyond the direct effect of SFA adoption, 108 salespeople, "
                ""
                ""
                ""
                "http://economy.alljournals.cn/view_abstract.aspx?aid=DEAEA61CBDF8832EC6CBB582E36B1B6B&pcid=4182BDE6AAE91C51"
            ),
        ),
        ge=-MUCH,
        le=MUCH,
    )
    keep_hours: float = quantity(
        0.3, "logit per hour/week", "Increase per hour of admin that it saves a week.", ge=-MUCH, le=MUCH
    )
    keep_pace: float = quantity(
        0.5,
        "logit per quota pace",
        "Increase per unit of quota pace above 1 during the trial.",
        ge=-MUCH,
        le=MUCH,
    )
    cost_per_rep_year: float = quantity(
        1_200.0,
        "money/year",
        "License price for each rep who is offered the tool.",
        evidence=second_hand(
            "list prices: Sales Cloud 960 to 1,980 dollars "
            "(https://www.bestnegotiationconsultingfirms.com/blog/salesforce-edition-comparison.html), "
            "Salesloft some 1,000 to 2,160 (https://www.stitchflow.com/user-management/salesloft/manual)",
            "Before discounts, which are usual.",
        ),
        money_only=True,
        ge=0,
        le=MONEY,
    )
    training_cost: float = quantity(
        500.0,
        "money",
        "Full training for each rep who is offered the tool, once.",
        evidence=assumption(
            "An upper bound: what one tool's share is, is not known.",
            source=(
                "ATD 2021: 2,020 dollars a year per salesperson for all training, "
                "https://www.td.org/atd-blog/"
                "atds-new-state-of-sales-training-shows-trends-in-learning-spending-hours-for-salespeople; "
                "2019: median 1,000, "
                "https://www.td.org/insights/atd-research-presents-2019-state-of-sales-training"
            ),
        ),
        money_only=True,
        ge=0,
        le=MONEY,
    )


class Plan(Section):
    """Shares of the hours left after admin and learning; they sum to 1."""

    prospecting: float = quantity(
        0.2,
        "share",
        "Finding buyers.",
        evidence=second_hand(
            sources.CSO_2011,
            "24 % of all time for leads and research together; here 15 % for prospecting once "
            "admin (23 %) is taken off. Order of magnitude.",
        ),
        ge=0,
        le=1,
    )
    preparation: float = quantity(
        0.25,
        "share",
        "Gathering information and preparing the case.",
        evidence=assumption(
            "Research is in the 24 % for leads and research; how it divides is not known.",
            source=sources.CSO_2011,
        ),
        ge=0,
        le=1,
    )
    selling: float = quantity(
        0.4,
        "share",
        "Meetings, proposals, negotiation.",
        evidence=second_hand(
            sources.CSO_2011,
            "41 % of all time, 46 % in 2006; 35 % elsewhere (InsideSales, from memory). Here 31 % once "
            "admin is taken off, the low end.",
        ),
        ge=0,
        le=1,
    )
    social: float = quantity(0.15, "share", "Social media: being known in the territory.", ge=0, le=1)

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Plan:
        must_sum_to_one(self)
        return self


class Reinvestment(Section):
    """Where saved hours go; the shares sum to 1."""

    prospecting: float = quantity(0.0, "share", "Finding buyers.", evidence=NOT_DONE, ge=0, le=1)
    preparation: float = quantity(
        0.0, "share", "Gathering information and preparing the case.", evidence=NOT_DONE, ge=0, le=1
    )
    selling: float = quantity(
        0.0, "share", "Meetings, proposals, negotiation.", evidence=NOT_DONE, ge=0, le=1
    )
    social: float = quantity(0.0, "share", "Social media.", evidence=NOT_DONE, ge=0, le=1)
    slack: float = quantity(
        0.0,
        "share",
        "No activity: the hours stay unused.",
        evidence=definition(
            "Within the table all shares start from 0; a strategy without the table has slack 1."
        ),
        ge=0,
        le=1,
    )

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Reinvestment:
        must_sum_to_one(self)
        return self


class ExtraHours(Section):
    """Hours a week that reps work on top, by activity: what another hour buys, without any tool."""

    prospecting: float = quantity(
        0.0, "hours/week", "Finding buyers.", evidence=NOT_DONE, ge=0, le=HOURS_OF_A_WEEK
    )
    preparation: float = quantity(
        0.0,
        "hours/week",
        "Gathering information and preparing the case.",
        evidence=NOT_DONE,
        ge=0,
        le=HOURS_OF_A_WEEK,
    )
    selling: float = quantity(
        0.0, "hours/week", "Meetings, proposals, negotiation.", evidence=NOT_DONE, ge=0, le=HOURS_OF_A_WEEK
    )
    social: float = quantity(0.0, "hours/week", "Social media.", evidence=NOT_DONE, ge=0, le=HOURS_OF_A_WEEK)


class Strategy(Section):
    """A time plan, tools, a use for the freed hours, and the departments that take up social media."""

    name: Name = quantity(..., "name", "Name of the strategy.", evidence=definition())
    plan: Plan = quantity(Plan(), "table", "How a rep's hours are meant to be spent.")
    tools: tuple[Name, ...] = quantity(
        (), "names", "Tools that its reps are offered.", evidence=NOT_DONE, max_length=64
    )
    reinvest: Reinvestment = quantity(
        Reinvestment(slack=1.0), "table", "Where the hours that tools save go; not given: slack."
    )
    extra_hours: ExtraHours = quantity(
        ExtraHours(),
        "table",
        "Hours a week that its reps work on top, by activity: what another hour buys, without any tool. A new rep "
        "works up to them; they are paid at the base wage of an hour.",
    )
    training: float = quantity(0.5, "share", "Share of the tools' full training that reps get.", ge=0, le=1)
    habit_change: float = quantity(
        1.0,
        "factor",
        "Factor on the speed at which habits follow the plan; 0: a tool without a change of behavior.",
        evidence=definition("Neutral: habits move at reps.habit_rate."),
        ge=0,
        le=MUCH,
    )
    social: tuple[Literal["marketing", "service", "sales"], ...] = quantity(
        (), "names", "Departments that take up social media.", evidence=NOT_DONE
    )
    focus: Literal["even", "value"] = quantity(
        "even",
        "rule",
        "How hours are divided among open opportunities.",
        evidence=assumption("The plainest rule."),
    )
    extra_presales: int = quantity(
        0, "engineers", "Presales engineers added to the vendor's own.", evidence=NOT_DONE, ge=0, le=10_000
    )
    push: bool = quantity(False, "yes/no", "Reps behind quota push at a quarter's end.", evidence=NOT_DONE)
    upgrade: bool = quantity(
        False, "yes/no", "Newer products are pitched to the vendor's own customers.", evidence=NOT_DONE
    )

    @derived
    def offers(self, scenario: Any) -> list[bool]:
        """Return whether its reps are offered a tool, by tool."""
        return [tool.name in self.tools for tool in scenario.tools]

    @derived
    def read_social(self) -> list[bool]:
        """Return whether a department adopts social media, by department."""
        return [department in self.social for department in DEPARTMENTS]

    @derived
    def by_value(self) -> bool:
        """Whether hours follow the value of the opportunity."""
        return self.focus == "value"
