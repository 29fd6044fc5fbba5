"""The relation of tool use and performance is an inverted U."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator.effects.cells import ASSISTANT, runs, varied, with_strategies
from simulator.effects.effect import Effect, Row, number
from simulator.facts.measures import DOSES
from simulator.market import Float
from simulator.metrics import measure
from simulator.run import OnWeek
from simulator.scenario.spec import Scenario
from simulator.scenario.strategies import Reinvestment, Tool


def _suite(free: bool) -> list[Tool]:
    """Return many small tools that do a bit of everything; ``free``: learning and upkeep cost no hours."""
    cost: dict[str, Any] = {"learning_hours": 0.0, "upkeep_hours": 0.0} if free else {}
    return [
        Tool(name=f"small tool {i}", saving=0.2, boost=0.15, dprime=0.6, scans=15.0, **cost)
        for i in range(max(DOSES))
    ]


def _gains(scenario: Scenario, replication: int, on_week: OnWeek | None, free: bool) -> Float:
    """Relative gain in revenue at each dose over none."""
    tools = _suite(free)
    arms = [
        varied(
            scenario,
            f"{dose} tools",
            tools=tuple(tool.name for tool in tools[:dose]),
            training=1.0,
            reinvest=Reinvestment(preparation=1.0),
        )
        for dose in DOSES
    ]
    market = with_strategies(scenario, arms, tools)
    found = runs(market, replication, [(arm.name, "alone") for arm in arms], on_week)
    revenue = np.array([measure(found[arm.name, "alone"])["revenue"] for arm in arms])
    return np.asarray(revenue / revenue[0] - 1.0)


def _use_and_attainment(scenario: Scenario, replication: int, on_week: OnWeek | None) -> Float:
    """Sums from which attainment can be regressed on use and its square, over all vendors' reps."""
    market = with_strategies(
        scenario, [varied(scenario, "adopts", tools=(ASSISTANT.name,), training=0.5)], [ASSISTANT]
    )
    engine = runs(market, replication, [("adopts", "everyone")], on_week)["adopts", "everyone"].engine
    quota = sum((y.quota * y.weeks / 52 for y in engine.recorder.rep_years), np.zeros(1))
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


def _height(gains: Float) -> float:
    return float(gains[1:-1].max() - max(gains[0], gains[-1]))


def _heights(gains: Float) -> float:
    half = len(gains) // 2
    return _height(gains[:half]) - _height(gains[half:])


def _observe(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    dear = _gains(scenario, replication, on_week, free=False)
    free = _gains(scenario, replication, on_week, free=True)
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
            reduce=_height,
        ),
        number("difference", "  that height, less if tools cost no hours", "share", "above", reduce=_heights),
        number("free", "  if tools cost no hours", "share", reduce=_height),
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
