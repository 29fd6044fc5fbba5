"""The rules' numbers, as kernels want them: weekly hazards, arrays by row.

Frozen tuples, one per mechanism, made from a scenario by ``zerosum.market.parameters``. The meaning of each number
stands beside its key in the scenario (``zerosum schema``); here only what was derived from it is explained.
"""

from __future__ import annotations

from typing import NamedTuple

from zerosum.market.state import Byte, Float, Int, Short

MOOD_EPOCH = 1024
"""Weeks between two points of a mood path that are drawn in sequence; a power of two."""

MOOD_LEVELS = 10
"""Halvings from an epoch to a week."""

RULED_OUT = -50.0
"""At or below this utility, 'no decision' is not offered."""


class Products(NamedTuple):
    """[products]."""

    vendor: Short
    quality: Float  # utility
    price: Float  # index
    launch: Int  # week of the run; ALWAYS where it was sold from the beginning


ALWAYS = -(2**30)


class Segments(NamedTuple):
    """[segments]."""

    contract_weeks: Int
    extension_weeks: Int
    evaluation_weeks: Float  # median
    evaluation_sigma: Float
    switching_cost: Float
    switching_cost_sd: Float
    voice_power: Float  # u ** voice_power is a buyer's voice; negative: silent


class Tools(NamedTuple):
    """[tools]; keys of the scenario's tools."""

    saving: Float
    boost: Float
    dprime: Float
    scans: Float
    accuracy: Float
    innovation: Float
    imitation: Float
    trial_weeks: Int
    learning_rate: Float
    learning_hours: Float
    upkeep_hours: Float
    keep: Float
    keep_training: Float
    keep_hours: Float
    keep_pace: Float


class Strategies(NamedTuple):
    """[strategies, ...]."""

    plan: Float  # [strategies, 4]
    reinvest: Float  # [strategies, 5]: the four planned activities, then slack
    extra: Float  # [strategies, 4] hours/week on top
    offers: Byte  # [strategies, tools] 1: the tool is offered
    training: Float
    habit_change: Float
    social: Byte  # [strategies, 3] 1: the department goes social
    by_value: Byte  # 1: hours follow the value of the opportunity
    push: Byte
    upgrade: Byte


class Satisfaction(NamedTuple):
    """Satisfaction, its norm, and the mood path about it."""

    service: Float  # [vendors]
    appeal_weight: float
    neighbour_weight: float
    retention: float  # a: what is left of a distance from the norm after a week
    mood_sd: float  # S: stationary spread of the mood
    epoch_retention: float  # a ** MOOD_EPOCH
    epoch_sd: float
    bridge_weight: Float  # [MOOD_LEVELS] weight of the sum of the two ends
    bridge_sd: Float  # [MOOD_LEVELS]


class Evaluations(NamedTuple):
    """What opens an evaluation, and who hears of it."""

    review_hazard: float  # per week, of a customer that could not be less satisfied
    steepness: float
    critical: float
    need_innovation: float  # per week
    need_imitation: float  # per week
    top_hazard: float  # per week: the bound under which candidate weeks are drawn
    full_mixing: bool  # no network: everybody sees the whole market
    coverage: float
    inbound: float
    coverage_social_gain: float
    inbound_social_gain: float


class Departments(NamedTuple):
    """[3] each: marketing, service, sales."""

    innovation: Float  # per week
    imitation: Float  # per week
    delay: Int


class Workweek(NamedTuple):
    """A rep's week."""

    hours: float
    slots: int
    skill_sd: float
    admin_fixed: float
    admin_per_opportunity: float
    habit_rate: float
    conservatism: float
    ramp_start: float
    ramp_weeks: float


class Prospecting(NamedTuple):
    """Shots on goal."""

    attempts_per_hour: float
    contact: float
    trust_gain: float
    provoke_customer: float
    provoke_unserved: float
    goodwill_burn: float
    goodwill_retention: float  # what is left of burnt goodwill after a week


class Casework(NamedTuple):
    """Hours that saturate, and trust."""

    preparation_hours: float
    selling_hours: float
    social_hours: float
    trust_decay: float
    sales_social_gain: float


class Support(NamedTuple):
    """Presales."""

    threshold: float
    service_weeks: float
    by_value: bool


class Choice(NamedTuple):
    """What weighs in a decision."""

    no_decision: float
    price_weight: float
    fit_sd: float
    satisfaction_weight: float
    upgrade_switching_share: float
    preparation_weight: float
    selling_weight: float
    support_weight: float
    skill_weight: float
    trust_weight: float
    unprepared_share: float


class Quota(NamedTuple):
    """Quota, and who leaves."""

    stretch: float
    team_weight: float
    ratchet: float
    growth: float
    renewal_credit: float
    last_formula_week: int  # up to this week quotas are set afresh, later they ratchet
    below: float
    leave_below: float
    leave_other: float


class Push(NamedTuple):
    """What a quarter's end does to reps behind quota."""

    weeks: int
    below: float
    hours_shift: float
    discount: float
    pull_forward: float
    pull_weeks: int


class Rules(NamedTuple):
    """All of them."""

    products: Products
    segments: Segments
    tools: Tools
    strategies: Strategies
    satisfaction: Satisfaction
    evaluations: Evaluations
    departments: Departments
    workweek: Workweek
    prospecting: Prospecting
    casework: Casework
    support: Support
    choice: Choice
    quota: Quota
    push: Push
