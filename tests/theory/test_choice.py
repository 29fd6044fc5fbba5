"""Choice alone is a multinomial logit.

Utility V plus standard Gumbel noise, the highest wins: P(j) = exp(V_j) / sum_k exp(V_k). Noise and choice
belong together as McFadden (1974), "Conditional logit analysis of qualitative choice behavior", has shown;
with a normal taste for each product the probability is that of a mixed logit, an integral over the taste
(Train 2009, "Discrete Choice Methods with Simulation", chapter 6). Adding the same to every option changes
nobody's choice.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from tests.helpers import n_vendors_alike, share_error, silent_market, within
from zerosum.market.engine import Engine
from zerosum.market.state import DISPLACEMENT, NEW, NO_DECISION, NONE, RENEWAL, UPGRADE

PER_REP = 100
"""Buyers in a territory, and slots: nobody is turned away."""


def decided_once(n_buyers: int, n_vendors: int = 3, **tables: Any) -> Engine:
    """Let every buyer choose exactly once, with an offer of every vendor.

    Those without a supplier find their need in week 0 and choose in week 1; contracts end in week 1, and
    their incumbents choose in week 2.
    """
    vendors = tables.pop("vendors", n_vendors_alike(n_vendors))
    reps = {"max_open_opportunities": PER_REP, **tables.pop("reps", {})}
    scenario = silent_market(
        **{
            "market": {"buyers": n_buyers, "saturation": 0.6},
            "segments": [{"name": "all", "contract_weeks": 1, "switching_cost": 0.7}],
            "need": {"innovation_per_year": 52.0},
            "invitations": {"coverage": 1.0, "inbound": 1.0},
            "vendors": [{"reps": n_buyers // PER_REP, **vendor} for vendor in vendors],
            "reps": reps,
            **tables,
        }
    )
    engine = Engine(scenario)
    engine.run(3)
    assert sorted(engine.recorder.decisions.buyer) == list(range(n_buyers))
    assert np.all(engine.recorder.decisions.offers == n_vendors)
    return engine


def logit(utilities: Any) -> Any:
    weights = np.exp(np.asarray(utilities))
    return weights / weights.sum()


QUALITY, PRICE, SERVICE = (0.4, -0.3, 0.1), (1.0, 1.2, 0.8), (0.3, -0.2, 0.0)
PRICE_WEIGHT, CONTENT, SWITCHING, NOTHING = 1.5, 0.5, 0.7, 0.2


def test_shares_of_all_options_are_the_logit_probabilities() -> None:
    vendors = [{**v, "service": SERVICE[i]} for i, v in enumerate(n_vendors_alike(3))]
    engine = decided_once(
        60_000,
        vendors=vendors,
        products=[
            {"name": f"p{v}", "vendor": vendors[v]["name"], "quality": QUALITY[v], "price": PRICE[v]}
            for v in range(3)
        ],
        choice={"no_decision": NOTHING, "price_weight": PRICE_WEIGHT, "satisfaction_weight": CONTENT},
    )
    decisions = engine.recorder.decisions
    appeal = np.array(QUALITY) - PRICE_WEIGHT * np.log(PRICE)
    for held in (NONE, 0, 1, 2):
        mine = decisions.before == held
        utilities = np.array([NOTHING, *appeal])
        if held != NONE:
            utilities[1 + held] += CONTENT * SERVICE[held] + SWITCHING
        p = logit(utilities)
        n = np.count_nonzero(mine)
        chosen = np.where(decisions.outcome == NO_DECISION, 0, 1 + decisions.after)[mine]
        counts = np.bincount(chosen, minlength=4)
        assert within(counts / n, p, share_error(p, n))
        assert stats.chisquare(counts, n * p).pvalue > 1e-4
        outcomes = set(decisions.outcome[mine].tolist())
        assert outcomes == {NO_DECISION, NEW} if held == NONE else {NO_DECISION, RENEWAL, DISPLACEMENT}


def test_hours_and_support_add_their_utility() -> None:
    """Vendor A prepares, B sells, C does both by halves; A has engineers."""
    n, hours = 40_000, 80.0
    even = {"prospecting": 0.0, "preparation": 0.5, "selling": 0.5, "social": 0.0}
    prepares, sells = even | {"preparation": 1.0, "selling": 0.0}, even | {"preparation": 0.0, "selling": 1.0}
    strategies = [{"name": f"s{i}", "plan": plan} for i, plan in enumerate((prepares, sells, even))]
    vendors = [{**v, "strategy": f"s{i}", "presales": int(i == 0)} for i, v in enumerate(n_vendors_alike(3))]
    engine = decided_once(
        n,
        vendors=vendors,
        market={"buyers": n, "saturation": 0.0},
        strategies=strategies,
        reps={"hours_per_week": hours, "max_open_opportunities": PER_REP},
        effort={
            "preparation_weight": 1.1,
            "selling_weight": 1.4,
            "support_weight": 0.6,
            "preparation_hours": 1.0,
            "selling_hours": 2.0,
            "unprepared_share": 0.25,
            "skill_weight": 0.0,
            "trust_weight": 0.0,
        },
        support={"threshold": 0.0, "service_weeks": 1e-6},
    )
    worked = 2 * hours / PER_REP  # in the week of the opening and in the week of the choice
    utilities = []
    for preparation, selling, support in ((worked, 0.0, 1), (0.0, worked, 0), (worked / 2, worked / 2, 0)):
        case, talk = 1 - math.exp(-preparation / 1.0), 1 - math.exp(-selling / 2.0)
        utilities.append(1.1 * case + 1.4 * talk * (0.25 + 0.75 * case) + 0.6 * support)
    p = logit(utilities)
    counts = np.bincount(engine.recorder.decisions.after, minlength=3)
    assert within(counts / n, p, share_error(p, n))


@pytest.mark.parametrize("fit_sd", [0.6, 2.0])
def test_tastes_make_a_mixed_logit(fit_sd: float) -> None:
    n, better = 40_000, 0.8
    engine = decided_once(
        n,
        n_vendors=2,
        market={"buyers": n, "saturation": 0.0},
        choice={"no_decision": -60.0, "fit_sd": fit_sd},
        products=[
            {"name": "better", "vendor": "Vendor A", "quality": better},
            {"name": "plain", "vendor": "Vendor B"},
        ],
    )
    # The two tastes are independent, so their difference has a standard deviation of sqrt(2) fit_sd.
    p, _ = integrate.quad(
        lambda z: stats.norm.pdf(z) / (1 + math.exp(-better - math.sqrt(2) * fit_sd * z)), -9, 9
    )
    share = np.mean(engine.recorder.decisions.after == 0)
    assert within(share, p, share_error(p, n))


def test_an_own_upgrade_is_an_option_with_a_lower_switching_cost() -> None:
    """The incumbent may stay, take its vendor's newer product, or leave."""
    n, kept, better = 40_000, 0.25, 0.3
    products = [
        {"name": "old", "vendor": "Vendor A"},
        {"name": "new", "vendor": "Vendor A", "quality": better, "launch_week": 1},
        {"name": "rival", "vendor": "Vendor B", "quality": 0.5},
    ]
    engine = decided_once(
        n,
        vendors=[{"name": "Vendor A", "share": 1.0}, {"name": "Vendor B"}],
        n_vendors=2,
        market={"buyers": n, "saturation": 1.0},
        choice={"no_decision": -60.0, "upgrade_switching_share": 1 - kept},
        products=products,
        strategies=[{"name": "usual", "upgrade": True}],
    )
    p = logit([SWITCHING, better + kept * SWITCHING, 0.5])
    counts = np.bincount(engine.recorder.decisions.after, minlength=3)
    assert within(counts / n, p, share_error(p, n))
    assert np.count_nonzero(engine.recorder.decisions.outcome == UPGRADE) == counts[1]


def test_what_all_options_gain_changes_no_choice() -> None:
    """No decision is ruled out; then the same lift for all vendors changes not a single deal."""

    def choices(lift: float) -> Any:
        products = [
            {"name": f"p{v}", "vendor": f"Vendor {'ABC'[v]}", "quality": QUALITY[v] + lift} for v in range(3)
        ]
        engine = decided_once(20_000, choice={"no_decision": -60.0, "fit_sd": 0.6}, products=products)
        return engine.recorder.decisions.after

    assert np.array_equal(choices(0.0), choices(1.5))
