"""The relation of tool use and performance is an inverted U."""

from __future__ import annotations

import numpy as np

from zerosum.market.metrics import measure
from zerosum.market.run import OnWeek
from zerosum.market.state import YEAR, Float
from zerosum.scenario.spec import Scenario
from zerosum.studies.effects.effect import Effect, Row, number
from zerosum.studies.probes import (
    DOSES,
    Branch,
    added,
    assistant,
    dosed,
    height_of_the_middle,
    relative,
    runs,
    small_tools,
    varied,
)


def _gains(scenario: Scenario, replication: int, on_week: OnWeek | None, **keys: float) -> Float:
    """Relative gain in revenue at each dose over none; ``keys``: of the tools."""
    tools = small_tools(**keys)
    strategies = dosed(scenario, tools)
    market = added(scenario, strategies, tools)
    found = runs(market, replication, [(strategy.name, "alone") for strategy in strategies], on_week)
    return relative(np.array([measure(found[strategy.name, "alone"])["revenue"] for strategy in strategies]))


def _use_and_attainment(scenario: Scenario, replication: int, on_week: OnWeek | None) -> Float:
    """Sums from which attainment can be regressed on use and its square, over all vendors' reps."""
    tool = assistant()
    adopter = varied(scenario, "adopts", tools=(tool.name,), training=0.5)
    strategy: Branch = (adopter.name, "everyone")
    engine = runs(added(scenario, [adopter], [tool]), replication, [strategy], on_week)[strategy].engine
    quota = sum((y.quota * y.weeks / YEAR for y in engine.recorder.rep_years), np.zeros(1))
    earned = sum((y.revenue for y in engine.recorder.rep_years), np.zeros(1))
    use = engine.recorder.rep_tool_use.mean(axis=0)[quota > 0]
    # A rep with many times its quota has been lucky once; that must not decide over a curve.
    attained = np.minimum(earned[quota > 0] / quota[quota > 0], 3.0)
    powers = np.stack([use**k for k in range(5)], 1).sum(axis=0)
    products = np.stack([attained * use**k for k in range(3)], 1).sum(axis=0)
    return np.concatenate([powers, products])


def _curvature(sums: Float) -> float:
    """Coefficient of use squared."""
    s, y = sums[:5], sums[5:]
    normal = np.array([[s[i + j] for j in range(3)] for i in range(3)])
    return float(np.linalg.lstsq(normal, y, rcond=None)[0][2])


def _heights(gains: Float) -> float:
    half = len(gains) // 2
    return height_of_the_middle(gains[:half]) - height_of_the_middle(gains[half:])


def _observe(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    dear = _gains(scenario, replication, on_week)
    free = _gains(scenario, replication, on_week, learning_hours=0.0, upkeep_hours=0.0)
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
    _observe,
)
