"""From a scenario to the rules' numbers: per-year rates become weekly hazards, rows become arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from zerosum.market import rules as r
from zerosum.market.state import DEPARTMENTS, N_PLANNED, YEAR, Float, column_types
from zerosum.scenario.spec import Scenario


def _floats(values: Iterable[float]) -> Float:
    return np.array(list(values), dtype=np.float64)


def _columns(kind: Any, rows: tuple[Any, ...], **given: Any) -> Any:
    """Fill a table of arrays from rows that have attributes of the same names."""
    columns = {
        name: np.array([getattr(row, name) for row in rows], dtype)
        for name, dtype in column_types(kind).items()
        if name not in given
    }
    return kind(**columns, **given)


def _products(scenario: Scenario) -> r.Products:
    vendors = [v.name for v in scenario.vendors]
    start = scenario.clock.warmup_weeks
    return r.Products(
        vendor=np.array([vendors.index(p.vendor) for p in scenario.products], np.int16),
        quality=_floats(p.quality for p in scenario.products),
        price=_floats(p.price for p in scenario.products),
        launch=np.array(
            [r.ALWAYS if p.launch_week is None else start + p.launch_week for p in scenario.products],
            np.int32,
        ),
    )


def _strategies(scenario: Scenario) -> r.Strategies:
    rows = scenario.strategies
    planned = ("prospecting", "preparation", "selling", "social")
    offers = [[tool.name in s.tools for tool in scenario.tools] for s in rows]
    return r.Strategies(
        plan=np.array([[getattr(s.plan, a) for a in planned] for s in rows], np.float64),
        reinvest=np.array([[getattr(s.reinvest, a) for a in (*planned, "slack")] for s in rows], np.float64),
        extra=np.array([[getattr(s.extra_hours, a) for a in planned] for s in rows], np.float64),
        offers=np.array(offers, np.int8).reshape(len(rows), len(scenario.tools)),
        training=_floats(s.training for s in rows),
        habit_change=_floats(s.habit_change for s in rows),
        social=np.array([[d in s.social for d in DEPARTMENTS] for s in rows], np.int8),
        by_value=np.array([s.focus == "value" for s in rows], np.int8),
        push=np.array([s.push for s in rows], np.int8),
        upgrade=np.array([s.upgrade for s in rows], np.int8),
    )


def _satisfaction(scenario: Scenario) -> r.Satisfaction:
    options = scenario.satisfaction
    retention = 1.0 - options.pull * (1.0 + options.neighbour_weight)
    spread = options.noise_sd / math.sqrt(1.0 - retention**2)
    halves = [r.MOOD_EPOCH // 2 ** (level + 1) for level in range(r.MOOD_LEVELS)]
    kept = [retention**half for half in halves]
    epoch = retention**r.MOOD_EPOCH
    return r.Satisfaction(
        service=_floats(v.service for v in scenario.vendors),
        appeal_weight=float(options.appeal_weight),
        neighbour_weight=float(options.neighbour_weight),
        retention=retention,
        mood_sd=spread,
        epoch_retention=epoch,
        epoch_sd=spread * math.sqrt(1.0 - epoch**2),
        bridge_weight=_floats(k / (1.0 + k * k) for k in kept),
        bridge_sd=_floats(spread * math.sqrt((1.0 - k * k) / (1.0 + k * k)) for k in kept),
    )


def _evaluations(scenario: Scenario) -> r.Evaluations:
    review, need, heard = scenario.review, scenario.need, scenario.invitations
    innovation, imitation = need.innovation_per_year, need.imitation_per_year
    return r.Evaluations(
        review_hazard=review.max_per_year / YEAR,
        steepness=float(review.steepness),
        critical=float(review.critical),
        need_innovation=innovation / YEAR,
        need_imitation=imitation / YEAR,
        top_hazard=max(review.max_per_year, innovation + imitation) / YEAR,
        full_mixing=scenario.market.neighbours == 0,
        coverage=float(heard.coverage),
        inbound=float(heard.inbound),
        coverage_social_gain=float(heard.coverage_social_gain),
        inbound_social_gain=float(heard.inbound_social_gain),
    )


def _departments(scenario: Scenario) -> r.Departments:
    rows = [getattr(scenario.social, name) for name in DEPARTMENTS]
    return r.Departments(
        innovation=_floats(d.innovation_per_year / YEAR for d in rows),
        imitation=_floats(d.imitation_per_year / YEAR for d in rows),
        delay=np.array([d.delay_weeks for d in rows], np.int32),
    )


def _choice(scenario: Scenario) -> r.Choice:
    choice, effort = scenario.choice, scenario.effort
    return r.Choice(
        no_decision=float(choice.no_decision),
        price_weight=float(choice.price_weight),
        fit_sd=float(choice.fit_sd),
        satisfaction_weight=float(choice.satisfaction_weight),
        upgrade_switching_share=float(choice.upgrade_switching_share),
        preparation_weight=float(effort.preparation_weight),
        selling_weight=float(effort.selling_weight),
        support_weight=float(effort.support_weight),
        skill_weight=float(effort.skill_weight),
        trust_weight=float(effort.trust_weight),
        unprepared_share=float(effort.unprepared_share),
    )


def build_rules(scenario: Scenario) -> r.Rules:
    """Turn a validated scenario into what kernels read.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    Rules
        weekly hazards, float64; row numbers as in the scenario
    """
    reps, prospecting, quota, push = scenario.reps, scenario.prospecting, scenario.quota, scenario.push
    segments = scenario.segments
    assert N_PLANNED == 4
    return r.Rules(
        products=_products(scenario),
        segments=_columns(
            r.Segments,
            segments,
            voice_power=_floats(1.0 / s.voice - 1.0 if s.voice > 0 else -1.0 for s in segments),
        ),
        tools=_columns(r.Tools, scenario.tools),
        strategies=_strategies(scenario),
        satisfaction=_satisfaction(scenario),
        evaluations=_evaluations(scenario),
        departments=_departments(scenario),
        workweek=r.Workweek(
            hours=float(reps.hours_per_week),
            slots=reps.slots,
            skill_sd=float(reps.skill_sd),
            admin_fixed=float(reps.admin_fixed_hours),
            admin_per_opportunity=float(reps.admin_hours_per_opportunity),
            habit_rate=float(reps.habit_rate),
            conservatism=float(reps.conservatism),
            ramp_start=float(reps.ramp_start),
            ramp_weeks=float(reps.ramp_weeks),
        ),
        prospecting=r.Prospecting(
            attempts_per_hour=float(prospecting.attempts_per_hour),
            contact=float(prospecting.contact),
            trust_gain=float(prospecting.trust_gain),
            provoke_customer=float(prospecting.provoke_customer),
            provoke_unserved=float(prospecting.provoke_unserved),
            goodwill_burn=float(prospecting.goodwill_burn),
            goodwill_retention=1.0 - prospecting.goodwill_recovery,
        ),
        casework=r.Casework(
            preparation_hours=float(scenario.effort.preparation_hours),
            selling_hours=float(scenario.effort.selling_hours),
            social_hours=float(scenario.trust.social_hours),
            trust_decay=float(scenario.trust.decay),
            sales_social_gain=float(scenario.trust.sales_social_gain),
        ),
        support=r.Support(
            threshold=float(scenario.support.threshold),
            service_weeks=float(scenario.support.service_weeks),
            by_value=scenario.support.order == "value",
        ),
        choice=_choice(scenario),
        quota=r.Quota(
            stretch=float(quota.stretch),
            team_weight=float(quota.team_weight),
            ratchet=float(quota.ratchet),
            growth=float(quota.growth),
            renewal_credit=float(quota.renewal_credit),
            last_formula_week=max(scenario.clock.warmup_weeks, YEAR),
            below=float(scenario.turnover.below),
            leave_below=float(scenario.turnover.leave_below),
            leave_other=float(scenario.turnover.leave_other),
        ),
        push=r.Push(
            weeks=push.weeks,
            below=float(push.below),
            hours_shift=float(push.hours_shift),
            discount=float(push.discount),
            pull_forward=float(push.pull_forward),
            pull_weeks=push.pull_weeks,
        ),
    )
