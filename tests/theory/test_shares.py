"""Market shares without reps' work: a Markov chain; with alike vendors: a fair game.

A customer of vendor i opens an evaluation with weekly hazard h_i, decides a week later, and goes to j with
probability P_ij. Its incumbents are a semi-Markov process: with nu the stationary distribution of P and m_i =
1/h_i + 1 the mean weeks from decision to decision, the stationary share of vendor i is nu_i m_i / sum_j nu_j
m_j (Ross 2014, "Introduction to Probability Models", section 7.6).
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tests.helpers import mean_and_error, n_vendors_alike, share_error, silent_market, within
from zerosum.market.engine import Engine
from zerosum.market.records import WON
from zerosum.scenario.spec import Scenario

PER_REP = 40
QUALITY, SERVICE = np.array([0.5, 0.0, -0.4]), np.array([0.6, 0.0, -0.6])
INBOUND, STAYING, CONTENT, NOTHING, REVIEWS = 0.5, 0.8, 0.5, -0.5, 26.0


def transition_probabilities() -> Any:
    """Enumerate who is invited; the incumbent, and deciding nothing, are always options."""
    n = len(QUALITY)
    p = np.zeros((n, n))
    for held in range(n):
        rivals = [v for v in range(n) if v != held]
        for invited in itertools.product([False, True], repeat=len(rivals)):
            chance = np.prod([INBOUND if there else 1 - INBOUND for there in invited])
            weights = {held: np.exp(NOTHING) + np.exp(QUALITY[held] + CONTENT * SERVICE[held] + STAYING)}
            weights |= {v: np.exp(QUALITY[v]) for v, there in zip(rivals, invited, strict=True) if there}
            for v, weight in weights.items():
                p[held, v] += chance * weight / sum(weights.values())
    return p


def stationary(p: Any) -> Any:
    """Return nu with nu P = nu, sum 1."""
    values, vectors = np.linalg.eig(p.T)
    nu = np.real(vectors[:, np.argmax(np.real(values))])
    return nu / nu.sum()


def test_shares_settle_where_the_markov_chain_does() -> None:
    n, weeks, settled = 40_000, 70, 40
    vendors = [
        {**v, "service": float(SERVICE[i])} for i, v in enumerate(n_vendors_alike(3, reps=n // PER_REP))
    ]
    scenario = silent_market(
        market={"buyers": n},
        segments=[{"name": "all", "extension_weeks": 5200, "switching_cost": STAYING}],
        vendors=vendors,
        products=[
            {"name": f"p{v}", "vendor": vendors[v]["name"], "quality": float(QUALITY[v])} for v in range(3)
        ],
        review={"max_per_year": REVIEWS, "steepness": 1.0, "critical": 0.0},
        choice={"no_decision": NOTHING, "satisfaction_weight": CONTENT},
        invitations={"inbound": INBOUND},
        reps={"max_open_opportunities": PER_REP},
    )
    engine = Engine(scenario)
    engine.run(weeks)
    p = transition_probabilities()
    hazard = REVIEWS / 52 / (1 + np.exp(SERVICE))

    decisions = engine.recorder.decisions
    late = decisions.week >= settled
    for held in range(3):
        after = decisions.after[late & (decisions.before == held)]
        observed = np.bincount(after, minlength=3) / len(after)
        assert within(observed, p[held], share_error(p[held], len(after)))

    held_for = stationary(p) * (1 / hazard + 1)
    shares = held_for / held_for.sum()
    # Buyers are independent of each other, so at any one time incumbents are a multinomial sample.
    holds = np.bincount(engine.market.buyers.holds, minlength=3) / n
    assert within(holds, shares, share_error(shares, n))
    busy = float(np.sum(shares / (1 / hazard + 1)))
    in_market = np.mean(engine.market.buyers.evaluation_end >= 0)
    assert within(in_market, busy, share_error(busy, n))


LIFT = {
    "tools": [
        {"name": "all in one", "saving": 0.6, "boost": 0.5, "dprime": 1.5, "scans": 40.0, "innovation": 0.5}
    ],
    "strategies": [
        {"name": "usual"},
        {
            "name": "lift",
            "tools": ["all in one"],
            "reinvest": {"preparation": 1.0},
            "social": ["marketing", "service", "sales"],
            "upgrade": True,
            "push": True,
            "extra_presales": 1,
        },
    ],
}


ALIKE = Scenario.model_validate(
    {
        "clock": {"warmup_weeks": 0},
        "market": {"buyers": 400},
        "vendors": n_vendors_alike(3, reps=4, presales=2),
        "review": {"max_per_year": 3.0},
        **LIFT,
    }
)


def after_a_year(replication: int, strategies: list[int]) -> tuple[Any, int]:
    """Shares of the vendors under a strategy each, and the deals that were won."""
    engine = Engine(ALIKE, replication)
    engine.assign(strategies, [s for s in strategies for _ in range(4)])
    engine.run(52)
    customers = engine.market.vendors.customers
    return customers / customers.sum(), int(np.sum(engine.recorder.deals.outcome == WON))


def test_the_same_lift_for_vendors_alike_moves_no_share() -> None:
    usual = [after_a_year(r, [0, 0, 0]) for r in range(60)]
    lifted = [after_a_year(r, [1, 1, 1]) for r in range(60)]
    alone = [after_a_year(r, [1, 0, 0]) for r in range(60)]
    before, after, first = (
        np.array([shares for shares, _ in strategy]) for strategy in (usual, lifted, alone)
    )
    for shares, expected in ((before, 1 / 3), (after, 1 / 3), (after - before, 0.0)):
        mean, se = mean_and_error(shares)
        assert within(mean, expected, se)
    # The lift does something: more deals are won, and for one vendor alone it moves the share.
    gained, se = mean_and_error([lifted[r][1] - usual[r][1] for r in range(60)])
    assert gained > 4 * se
    gained, se = mean_and_error((first - before)[:, 0])
    assert gained > 4 * se
