"""Effects of tools: when all adopt, without training, too many of them, with scarce presales, on reps who sell well."""

from __future__ import annotations

import math

import numpy as np

from zerosum.market.metrics import measure
from zerosum.market.records import ARR
from zerosum.market.run import OnWeek, Run
from zerosum.market.state import YEAR, Float
from zerosum.scenario import parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.effects.effect import Effect, Row, number, one
from zerosum.studies.probes import (
    DOSES,
    SIX_MONTHS,
    Branch,
    add_to,
    adopt,
    assistant,
    baseline_strategy,
    dose,
    fall_from_peak,
    gain,
    height_of_the_middle,
    relative,
    relative_gain,
    run_from_one_warm_up,
    small_tools,
    use_by_month,
    vary,
)

# --- A tool that all vendors adopt moves no share -------------------------------------------------------------

MARGIN = 0.001
"""0.1 percentage points of the market."""

ARR_MARGIN = 0.005
"""0.5 % of ARR: some buyers have no incumbent, and better offers win a few of them."""


def _gain_of_all(of: Run, over: Run) -> float:
    """Return the relative gain in the ARR of all vendors at the end: what one takes from another is not in it."""
    after, before = (float(run.engine.recorder.weekly[-1, :, ARR].sum()) for run in (of, over))
    return after / before - 1.0 if before > 0 else math.nan


def _observe_everyone(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    tool = assistant()
    adopter = adopt(scenario, "adopts", [tool])
    market = add_to(scenario, [adopter], [tool])
    base, new = baseline_strategy(market).name, adopter.name
    strategies: list[Branch] = [(base, "focal"), (new, "focal"), (base, "all"), (new, "all")]
    found = run_from_one_warm_up(market, replication, strategies, on_week)
    alone = found[new, "focal"], found[base, "focal"]
    everyone = found[new, "all"], found[base, "all"]
    return {
        "all": one(gain(*everyone, "share_of_served")),
        "focal": one(gain(*alone, "share_of_served")),
        "arr_all": one(_gain_of_all(*everyone)),
        "arr_focal": one(relative_gain(*alone, "arr")),
        "contribution": one(gain(*everyone, "contribution") / float(everyone[0].team.sum())),
    }


EVERYONE = Effect(
    "everyone-adopts",
    "A tool that all adopt changes no share",
    "An advantage that all vendors have is none: our share stays, and what customers pay to all hardly changes.",
    "theory: vendors that are alike share a zero-sum market equally",
    "who adopts: nobody or all vendors (an assistant with full training, its hours go to preparation)",
    (
        number("all", "Gain in share of those served when all adopt", "points", "none", margin=MARGIN),
        number("focal", "  when we alone adopt", "points", "above"),
        number(
            "arr_all", "  gain in the ARR of all vendors when all adopt", "share", "none", margin=ARR_MARGIN
        ),
        number("arr_focal", "  gain in our ARR when we alone adopt", "share", "above"),
        number("contribution", "  contribution per rep when all adopt", "money/year"),
    ),
    _observe_everyone,
)


# --- Without training, tool use peaks and then falls ----------------------------------------------------------


def _observe_training(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    tool = assistant()
    strategies = [
        vary(scenario, name, tools=(tool.name,), training=training)
        for name, training in (("untrained", 0.0), ("trained", 1.0))
    ]
    market = add_to(scenario, strategies, [tool])
    found = run_from_one_warm_up(
        market, replication, [(strategy.name, "focal") for strategy in strategies], on_week
    )
    without, with_it = (use_by_month(run, run.team) for run in found.values())
    return {
        "untrained": without,
        "difference": np.concatenate([without, with_it]),
        "trained": with_it,
    }


def _difference_in_fall(use: Float) -> float:
    return fall_from_peak(use[:SIX_MONTHS]) - fall_from_peak(use[SIX_MONTHS:])


TRAINING = Effect(
    "use-falls-untrained",
    "Without training, tool use peaks and then falls",
    "Offered without training, a tool is taken up at first, and six months later it is used less than at its peak.",
    "Speier & Venkatesh 2002",
    "training (none against full) of a team that is offered an assistant",
    (
        number(
            "untrained",
            "Use at its peak in months 1 to 5 less month 6, untrained",
            "share",
            "above",
            reduce=fall_from_peak,
        ),
        number(
            "difference", "  that fall, untrained less trained", "share", "above", reduce=_difference_in_fall
        ),
        number("trained", "  with full training", "share", reduce=fall_from_peak),
    ),
    _observe_training,
)


# --- The relation of tool use and performance is an inverted U ------------------------------------------------


def _revenue_by_dose(scenario: Scenario, replication: int, on_week: OnWeek | None, **keys: float) -> Float:
    """Return the relative gain in revenue at each dose over none; ``keys``: of the tools."""
    tools = small_tools(**keys)
    strategies = dose(scenario, tools)
    market = add_to(scenario, strategies, tools)
    found = run_from_one_warm_up(
        market, replication, [(strategy.name, "focal") for strategy in strategies], on_week
    )
    return relative(np.array([measure(found[strategy.name, "focal"])["revenue"] for strategy in strategies]))


def _use_and_attainment(scenario: Scenario, replication: int, on_week: OnWeek | None) -> Float:
    """Return sums for the regression of attainment on use and use squared, over all vendors' reps."""
    tool = assistant()
    adopter = vary(scenario, "adopts", tools=(tool.name,), training=0.5)
    strategy: Branch = (adopter.name, "all")
    engine = run_from_one_warm_up(add_to(scenario, [adopter], [tool]), replication, [strategy], on_week)[
        strategy
    ].engine
    quota = sum((y.quota * y.weeks / YEAR for y in engine.recorder.rep_years), np.zeros(1))
    earned = sum((y.revenue for y in engine.recorder.rep_years), np.zeros(1))
    use = engine.recorder.rep_tool_use.mean(axis=0)[quota > 0]
    # A rep with many times its quota was lucky once, and must not dominate the curve.
    attained = np.minimum(earned[quota > 0] / quota[quota > 0], 3.0)
    powers = np.stack([use**k for k in range(5)], 1).sum(axis=0)
    products = np.stack([attained * use**k for k in range(3)], 1).sum(axis=0)
    return np.concatenate([powers, products])


def _curvature(sums: Float) -> float:
    """Return the coefficient of use squared."""
    s, y = sums[:5], sums[5:]
    normal = np.array([[s[i + j] for j in range(3)] for i in range(3)])
    return float(np.linalg.lstsq(normal, y, rcond=None)[0][2])


def _heights(gains: Float) -> float:
    half = len(gains) // 2
    return height_of_the_middle(gains[:half]) - height_of_the_middle(gains[half:])


def _observe_overuse(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    dear = _revenue_by_dose(scenario, replication, on_week)
    free = _revenue_by_dose(scenario, replication, on_week, learning_hours=0.0, upkeep_hours=0.0)
    return {
        "height": dear,
        "difference": np.concatenate([dear, free]),
        "free": free,
        "curvature": _use_and_attainment(scenario, replication, on_week),
    }


OVERUSE = Effect(
    "too-much-of-a-good-thing",
    "Tool use and performance: an inverted U",
    "Some use of tools raises performance, too much of it lowers it again.",
    "Ahearne, Srinivasan & Weinstein 2004",
    f"number of small tools in our reps' hands ({', '.join(map(str, DOSES))}); then the hours that a tool costs",
    (
        number(
            "height",
            "Revenue in the middle less at the better end, of that without tools",
            "share",
            "above",
            reduce=height_of_the_middle,
        ),
        number("difference", "  that height, less if tools cost no hours", "share", "above", reduce=_heights),
        number("free", "  if tools cost no hours", "share", reduce=height_of_the_middle),
        number(
            "curvature",
            "  across reps: curvature of quota attainment over use",
            "ratio",
            "below",
            reduce=_curvature,
        ),
    ),
    _observe_overuse,
)


# --- Presales overload turns freed hours into waiting ---------------------------------------------------------

SCARCE = 0.5
"""Part of its engineers that every vendor keeps, rounded up: two of the kick-off's three, about what the work fills."""


def _rises(scenario: Scenario, replication: int, on_week: OnWeek | None) -> tuple[float, float]:
    """Return the rise of the wait (weeks) and of the win rate (share) if hours are freed for preparation."""
    tool = assistant()
    preparer = adopt(scenario, "prepares", [tool])
    market = add_to(scenario, [preparer], [tool])
    base = baseline_strategy(market).name
    found = run_from_one_warm_up(market, replication, [(base, "focal"), (preparer.name, "focal")], on_week)
    more, less = found[preparer.name, "focal"], found[base, "focal"]
    return gain(more, less, "presales_wait"), gain(more, less, "win_rate")


def _observe_presales(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    few = {f"vendors.{v.name}.presales": max(1, math.ceil(SCARCE * v.presales)) for v in scenario.vendors}
    many = {f"vendors.{v.name}.presales": 4 * max(1, v.presales) for v in scenario.vendors}
    wait, rate = _rises(parse_scenario(scenario, few), replication, on_week)
    no_wait, free_rate = _rises(parse_scenario(scenario, many), replication, on_week)
    return {
        "difference": one(wait - no_wait),
        "scarce": one(wait),
        "ample": one(no_wait),
        "win_rate": one(rate - free_rate),
    }


PRESALES = Effect(
    "presales-overload",
    "Presales overload turns freed hours into waiting",
    "Where presales engineers are scarce, hours freed for preparation lengthen their queue instead of winning deals.",
    "queueing theory (Erlang): near capacity, a little more work means much more waiting",
    "presales engineers of all vendors: half of the scenario's, rounded up, against four times as many",
    (
        number("difference", "Rise of the wait by freed hours, scarce less ample", "weeks", "above"),
        number("scarce", "  with scarce engineers", "weeks"),
        number("ample", "  with ample engineers", "weeks"),
        number("win_rate", "  gain in win rate by freed hours, scarce less ample", "share", "below"),
    ),
    _observe_presales,
)


# --- Conservative reps adopt later when they sell well: if it isn't broke, don't fix it -----------------------


def _delay(scenario: Scenario, replication: int, on_week: OnWeek | None) -> float:
    """Return how many weeks later the better half of our reps starts a trial than the other half.

    In one year, in which nobody leaves: in a longer run, a seat whose rep has left has fewer sales while its successor
    ramps, and a later trial, its successor's. That would be turnover, not conservatism.

    Better: by quota attainment in the same year with the same draws but without the tool, to exclude the tool's
    effect. A rep that hasn't started by the end of the run counts as starting then.
    """
    tool = assistant()
    taker = vary(scenario, "offered", tools=(tool.name,), training=0.5)
    market = add_to(scenario, [taker], [tool])
    base = baseline_strategy(market).name
    found = run_from_one_warm_up(market, replication, [(base, "focal"), (taker.name, "focal")], on_week)
    without, offered = found[base, "focal"], found[taker.name, "focal"]
    years = without.engine.recorder.rep_years
    quota = sum((y.quota * y.weeks / YEAR for y in years), np.zeros(1))[without.team]
    earned = sum((y.revenue for y in years), np.zeros(1))[without.team]
    attained = earned / np.where(quota > 0, quota, np.nan)
    engine = offered.engine
    first = engine.market.reps.tool_trial_start[offered.team, len(scenario.tools)]
    begun = np.where(first >= 0, first, engine.week) - (engine.week - offered.weeks)
    better = attained > np.nanmedian(attained)
    return float(begun[better].mean() - begun[~better].mean())


def _observe_conservatism(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    year = parse_scenario(scenario, {"clock.weeks": YEAR})
    held = _delay(year, replication, on_week)
    free = _delay(parse_scenario(year, {"reps.conservatism": 0.0}), replication, on_week)
    return {"delay": one(held), "difference": one(held - free), "free": one(free)}


CONSERVATISM = Effect(
    "nothing-to-mend",
    "Reps who sell well adopt later",
    "On commission, a rep who sells well sees no reason to change, and takes up a new tool later than one who doesn't.",
    "a CRM analyst in 2013, of sales on commission: 'if it isn't broke, don't fix it'",
    "reps.conservatism: the scenario's against none. One measured year",
    (
        number("delay", "Start of the trial, better half of reps less the other half", "weeks", "above"),
        number("difference", "  less the same without conservatism", "weeks", "above"),
        number("free", "  without conservatism", "weeks"),
    ),
    _observe_conservatism,
)
