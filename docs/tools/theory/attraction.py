"""Market-share attraction: a vendor's share of decisions is its attraction over the sum of all attractions.

With everybody invited and buyers alike a decision is a multinomial logit, which is an attraction model with exponential
attractions (Cooper & Nakanishi 1988). Incumbency violates independence from irrelevant
alternatives: aggregated over customers of different vendors, shares no longer keep their ratios.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from docs.tools.theory.law import Law, Row, bare_market, row
from zerosum.market.engine import Engine
from zerosum.market.state import Float

BUYERS = 4_000
PRICES = (0.7, 0.9, 1.1, 1.4)
WEIGHT = 1.8
QUALITY = (0.6, 0.0, -0.5)
SWITCHING = 1.5


def _vendors(n: int, **columns: Any) -> list[dict[str, Any]]:
    return [{"name": f"V{v}", "reps": 8, "presales": 0, **columns} for v in range(n)]


def _decided(scenario: Any, number: int, weeks: int) -> tuple[Engine, Float]:
    """Run a market, and return shares of decisions by vendor."""
    engine = Engine(scenario, number)
    engine.run(weeks)
    after = engine.rules.products.vendor[engine.recorder.decisions.after]
    counts = np.bincount(after, minlength=len(scenario.vendors))
    return engine, counts / counts.sum()


def _need(prices: tuple[float, ...], qualities: tuple[float, ...]) -> Any:
    """Return a market of buyers without a vendor, each of whom decides once."""
    n = len(prices)
    return bare_market(
        BUYERS,
        market={"saturation": 0.0},
        need={"innovation_per_year": 52.0},
        choice={"price_weight": WEIGHT},
        vendors=_vendors(n),
        products=[
            {"name": f"P{v}", "vendor": f"V{v}", "price": prices[v], "quality": qualities[v]}
            for v in range(n)
        ],
    )


def slope_rows(replications: int) -> list[Row]:
    """Shares of decisions, and the slope of log-centered shares on log-centered prices."""
    scenario = _need(PRICES, (0.0,) * len(PRICES))
    shares = np.array([_decided(scenario, number, 2)[1] for number in range(replications)])
    pull = np.array(PRICES) ** -WEIGHT
    found = [
        row(f"share of decisions at a price of {PRICES[v]:g}", pull[v] / pull.sum(), shares[:, v])
        for v in (0, 3)
    ]
    x = np.log(PRICES) - np.mean(np.log(PRICES))
    y = np.log(shares) - np.log(shares).mean(axis=1, keepdims=True)
    slopes = (y * x).sum(axis=1) / (x**2).sum()
    return [*found, row("slope of log-centered shares on log-centered prices", -WEIGHT, slopes)]


def ratio_rows(replications: int) -> list[Row]:
    """Ratios of shares with and without a third vendor, among new buyers and among customers."""
    found = []
    for n in (2, 3):
        scenario = _need((1.0,) * n, QUALITY[:n])
        shares = np.array([_decided(scenario, number, 2)[1] for number in range(replications)])
        odds = np.log(shares[:, 0] / shares[:, 1])
        found.append(
            row(
                f"log of share 1 : share 2 among new buyers, {n} vendors invited",
                QUALITY[0] - QUALITY[1],
                odds,
            )
        )
    for n in (2, 3):
        scenario = bare_market(
            BUYERS,
            {"contract_weeks": 1, "switching_cost": SWITCHING, "extension_weeks": 5200},
            vendors=[{**v, "share": 1.0 / n} for v in _vendors(n)],
            products=[{"name": f"P{v}", "vendor": f"V{v}", "quality": QUALITY[v]} for v in range(n)],
        )
        theory, odds = [], []
        for number in range(replications):
            start = Engine(scenario, number).market.vendors.customers / BUYERS
            theory.append(_mixed_odds(start, n))
            # All contracts end in week 1; the decisions that follow are the first of each customer.
            odds.append(math.log(np.divide(*_decided(scenario, number, 3)[1][:2])))
        what = f"log of share 1 : share 2 among customers who all decide again, {n} vendors"
        found.append(row(what, theory, odds))
    return found


def _mixed_odds(start: Float, n: int) -> float:
    """Log of the ratio of the first two shares, customers of each vendor having its switching cost on its side."""
    total = np.zeros(n)
    for held in range(n):
        weights = np.exp(np.array(QUALITY[:n]) + np.where(np.arange(n) == held, SWITCHING, 0.0))
        total += start[held] * weights / weights.sum()
    return math.log(total[0] / total[1])


ATTRACTION = Law(
    "Market-share attraction",
    "A vendor's share of decisions is its attraction divided by the sum of all attractions. Log-centered "
    "shares fall with log price; the slope is the price weight.",
    "all vendors are invited; buyers have no incumbent and are alike; effort has no effect",
    "Cooper & Nakanishi 1988",
    slope_rows,
)
INDEPENDENCE = Law(
    "Independence from irrelevant alternatives",
    "Among new buyers, a third vendor doesn't change the ratio of two shares. Among customers it does, because "
    "each has an incumbent.",
    "all vendors are invited; the second pair of rows has switching costs",
    "McFadden 1974; Luce 1959",
    ratio_rows,
)
