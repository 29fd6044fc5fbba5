"""The simulated weeks, and the strategies that are compared."""

from __future__ import annotations

from typing import ClassVar, Literal

from zerosum.market.declare.evidence import definition
from zerosum.market.declare.section import Name, Section, quantity

Adopters = Literal["focal", "competitors", "all", "head-to-head"]
ADOPTERS: tuple[Adopters, ...] = ("focal", "competitors", "all", "head-to-head")
ChanceBaseline = Literal["equal-reps", "equal-reps-and-territories"]
YEAR = 52


class Clock(Section):
    """The weeks of the run."""

    of_market: ClassVar[bool] = False

    warmup_weeks: int = quantity(
        208,
        "weeks",
        "Weeks of status quo before the strategies branch; whole years.",
        evidence=definition(
            "Four years: the market starts with equal chances and becomes stationary. A test checks its drift."
        ),
        ge=0,
        le=5200,
        multiple_of=YEAR,
    )
    weeks: int = quantity(
        156,
        "weeks",
        "Weeks that are measured.",
        evidence=definition("Three years: one year shows about a third of what three years show."),
        ge=1,
        le=5200,
    )


class Comparison(Section):
    """Strategies, adopters, replications."""

    of_market: ClassVar[bool] = False

    strategies: tuple[Name, ...] = quantity(
        (), "names", "Strategies to compare; none given: all of them.", evidence=definition()
    )
    baseline: Name | None = quantity(
        None,
        "name",
        "The strategy of the status quo; the first strategy if not given.",
        evidence=definition(),
    )
    focal: Name | None = quantity(
        None,
        "name",
        "The vendor whose change is studied; the first vendor if not given.",
        evidence=definition(),
    )
    adopters: tuple[Adopters, ...] = quantity(
        ("focal",),
        "names",
        "Who adopts the strategy. focal: only the focal vendor, competitors don't react; competitors: only they; "
        "all: all vendors; head-to-head: the focal vendor's reps are split into one team per strategy.",
        evidence=definition(),
        min_length=1,
    )
    replications: int = quantity(
        30,
        "runs",
        "Paired replications.",
        evidence=definition("A choice of precision; every result says how precise it is."),
        ge=1,
        le=1_000_000,
    )
    chance_baseline: ChanceBaseline = quantity(
        "equal-reps",
        "choice",
        "What is made equal in the chance baseline. equal-reps: skill; territories stay as they are. "
        "equal-reps-and-territories: the territories too, balanced by value.",
        evidence=definition("Only one thing differs from the real runs: the reps' skill."),
    )
    seed: int = quantity(
        1, "number", "Seed of all random numbers; 0 is a seed.", evidence=definition(), ge=0, le=2**63 - 1
    )
