"""Effects of the market and of quotas: calls in a green field, double jeopardy, the hockey stick."""

from __future__ import annotations

import numpy as np

from zerosum.market.metrics import measure
from zerosum.market.records import (
    ACCOUNTS_LOST,
    CUSTOMERS,
    REVENUE_DISPLACED,
    REVENUE_NEW,
    REVENUE_RENEWED,
    REVENUE_UPGRADED,
)
from zerosum.market.run import OnWeek, Run
from zerosum.market.state import QUARTER, YEAR
from zerosum.scenario import parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.effects.effect import Effect, Row, number, one
from zerosum.studies.probes import (
    add_to,
    baseline_strategy,
    gain,
    hours_more,
    relative_gain,
    run_from_one_warm_up,
    vary,
)

# --- More calls help far more in a green field than in a saturated market, per hour spent ---------------------

MORE = 4.0
"""Hours per week and rep."""

OPEN = {"clock.warmup_weeks": YEAR, "clock.weeks": YEAR}
"""A green field fills up: a year of warm-up sets the quotas, and what is measured is the year after it."""


def _worth(scenario: Scenario, replication: int, on_week: OnWeek | None) -> tuple[float, float]:
    """Return new business in a year per extra hour of calls, money/hour, and the share of buyers served before it."""
    caller = vary(scenario, "calls more", extra_hours=hours_more(scenario, prospecting=MORE))
    market = add_to(scenario, [caller])
    base = baseline_strategy(market).name
    found = run_from_one_warm_up(market, replication, [(base, "focal"), (caller.name, "focal")], on_week)
    less, more = found[base, "focal"], found[caller.name, "focal"]
    # Per rep and year, divided by a rep's extra hours of calls a year.
    worth = gain(more, less, "won_revenue_per_rep") / (MORE * YEAR)
    return worth, measure(less)["saturation_start"]


def _observe_calls(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    early = parse_scenario(scenario, OPEN)
    saturated, full = _worth(early, replication, on_week)
    green, filling = _worth(parse_scenario(early, {"market.saturation": 0.0}), replication, on_week)
    return {
        "more": one(green - saturated),
        "green": one(green),
        "saturated": one(saturated),
        "served": one(filling - full),
    }


CALLS = Effect(
    "calls-need-an-open-market",
    "More calls help more in a green field",
    "An hour of calls brings far more where most buyers have no incumbent than where nearly all have one.",
    "the question this project began with: in a saturated market a win is somebody's loss",
    f"market.saturation when the market opens (0 against the scenario's); in both, after one year of warm-up, our reps "
    f"call {MORE:g} hours a week more or don't, for a year",
    (
        number(
            "more",
            "New business per hour of further calls, green field less saturated",
            "money/hour",
            "above",
        ),
        number("green", "  in the green field", "money/hour"),
        number("saturated", "  in the saturated market", "money/hour"),
        number("served", "  market penetration before that year, green field less saturated", "points"),
    ),
    _observe_calls,
)


# --- Double jeopardy: the smaller vendor has fewer customers, and they are less loyal -------------------------


def _slope(scenario: Scenario, replication: int, on_week: OnWeek | None) -> float:
    """Return the least-squares slope over vendors of yearly retention on market share (both shares)."""
    run = run_from_one_warm_up(scenario, replication, [(baseline_strategy(scenario).name, "focal")], on_week)[
        baseline_strategy(scenario).name, "focal"
    ]
    weekly = run.engine.recorder.weekly
    # Of those who are customers week by week, not of those at the start: a vendor that grows has more to lose later.
    customers = weekly[:, :, CUSTOMERS].mean(axis=0)
    kept = 1.0 - weekly[:, :, ACCOUNTS_LOST].mean(axis=0) * YEAR / customers
    share = customers / customers.sum()
    distance = share - share.mean()
    return float((distance * kept).sum() / (distance**2).sum())


def _observe_jeopardy(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    n = len(scenario.vendors)
    part = np.arange(n, 0, -1) / (n * (n + 1) / 2)
    shares = {f"vendors.{v.name}.share": float(x) for v, x in zip(scenario.vendors, part, strict=True)}
    staff: dict[str, int] = {}
    for v, x in zip(scenario.vendors, part, strict=True):
        staff[f"vendors.{v.name}.reps"] = max(1, round(x * n * v.reps))
        staff[f"vendors.{v.name}.presales"] = max(1, round(x * n * v.presales))
    better = {
        f"products.{p.name}.quality": p.quality + float(q)
        for p, q in zip(scenario.products, np.linspace(0.3, -0.3, len(scenario.products)), strict=True)
    }
    return {
        "size": one(_slope(parse_scenario(scenario, {**shares, **staff}), replication, on_week)),
        "customers": one(_slope(parse_scenario(scenario, shares), replication, on_week)),
        "quality": one(_slope(parse_scenario(scenario, better), replication, on_week)),
    }


DOUBLE_JEOPARDY = Effect(
    "double-jeopardy",
    "Double jeopardy of small vendors",
    "A smaller vendor has fewer customers, and keeps a smaller part of them.",
    "Ehrenberg, Goodhardt & Barwise 1990; for contracted B2B supply Uncles & Ehrenberg 1990",
    "the vendors' size (4 : 3 : 2 : 1 in customers at the start, reps and presales), all else alike; then only their "
    "customers; then only their products' quality",
    (
        number("size", "Rise of yearly retention per unit of market share, sizes differ", "ratio", "above"),
        number("customers", "  if they differ in customers only, not in reps", "ratio", "above"),
        number("quality", "  if size comes of a product's quality", "ratio", "above"),
    ),
    _observe_jeopardy,
)


# --- A quota ratchet and a push at the quarter's end create a hockey stick ------------------------------------

YEARS = 3
"""Long enough for a quota ratchet, and for what was pulled forward or sold at a discount to be missed later."""


def _late(run: Run, weeks: int) -> float:
    """Return the share of our revenue booked in the last weeks of quarters."""
    columns = [REVENUE_NEW, REVENUE_DISPLACED, REVENUE_RENEWED, REVENUE_UPGRADED]
    booked = run.engine.recorder.weekly[:, run.vendor, columns].sum(axis=1)
    first = run.engine.week - run.weeks
    last = (first + np.arange(len(booked))) % QUARTER >= QUARTER - weeks
    return float(booked[last].sum() / booked.sum())


def _pushed(scenario: Scenario, replication: int, on_week: OnWeek | None) -> tuple[float, float]:
    """Return the rise of that share, and the relative rise of what customers pay, by pushing."""
    strategies = [vary(scenario, "calm", push=False), vary(scenario, "pushes", push=True)]
    found = run_from_one_warm_up(
        add_to(scenario, strategies),
        replication,
        [(strategy.name, "focal") for strategy in strategies],
        on_week,
    )
    calm, pushed = found.values()
    weeks = scenario.push.weeks
    return _late(pushed, weeks) - _late(calm, weeks), relative_gain(pushed, calm, "arr_earned")


def _observe_hockey_stick(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    longer = parse_scenario(scenario, {"clock.weeks": YEAR * YEARS})
    late, revenue = _pushed(longer, replication, on_week)
    loose, _ = _pushed(parse_scenario(longer, {"quota.ratchet": 0.0}), replication, on_week)
    tight, _ = _pushed(parse_scenario(longer, {"quota.ratchet": 1.0}), replication, on_week)
    _, given = _pushed(parse_scenario(longer, {"push.given_away": 1.0}), replication, on_week)
    return {"late": one(late), "ratchet": one(tight - loose), "revenue": one(revenue), "given": one(given)}


HOCKEY_STICK = Effect(
    "hockey-stick",
    "Push and ratchet make a hockey stick",
    "Reps behind quota who push at a quarter's end crowd revenue into its last weeks, the more so the tighter quotas "
    "follow results; and it costs revenue.",
    "Larkin 2014 (6 to 8 % of revenue); Misra & Nair 2011 (ratchet); Oyer 1998",
    "whether our reps push; then quota.ratchet (1 against 0), and push.given_away (1: those who aren't behind give the "
    f"discount, too). {YEARS} measured years",
    (
        number("late", "Part of revenue in the last weeks of quarters, push less no push", "share", "above"),
        number("ratchet", "  that rise, full ratchet less none", "share", "above"),
        number("revenue", "  relative change of what customers pay, by pushing", "share", "below"),
        number("given", "  the same if every deal in those weeks gets the discount", "share", "below"),
    ),
    _observe_hockey_stick,
)
