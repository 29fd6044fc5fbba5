"""Double jeopardy: the smaller vendor has fewer customers, and they are less loyal."""

from __future__ import annotations

import numpy as np

from zerosum.market.records import ACCOUNTS_LOST, CUSTOMERS
from zerosum.market.run import OnWeek
from zerosum.scenario import parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.effects.effect import Effect, Row, number, one
from zerosum.studies.probes import runs, usual


def _slope(scenario: Scenario, replication: int, on_week: OnWeek | None) -> float:
    """Rise of a vendor's yearly retention with its share of the market, both shares; least squares over vendors."""
    run = runs(scenario, replication, [(usual(scenario).name, "alone")], on_week)[
        usual(scenario).name, "alone"
    ]
    weekly = run.engine.recorder.weekly
    # Customers at the start: those after the first week, near enough.
    customers = weekly[0, :, CUSTOMERS]
    kept = 1.0 - weekly[:, :, ACCOUNTS_LOST].sum(axis=0) * 52.0 / run.weeks / customers
    share = customers / customers.sum()
    distance = share - share.mean()
    return float((distance * kept).sum() / (distance**2).sum())


def _observe(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
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
    _observe,
)
