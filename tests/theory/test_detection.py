"""Best of two by score: the area under the ROC curve.

Scores are normal with spread 1, their mean is d' for a buyer in the market and 0 for one at rest. Of one
account of each kind the better score is the right one with probability Phi(d' / sqrt 2); of one among m - 1
at rest with probability integral of phi(x - d') Phi(x)^(m-1) (Green and Swets 1966, "Signal Detection Theory
and Psychophysics", section 2.6). Independent cues add in squares.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from tests.helpers import n_vendors_alike, silent_market, within
from zerosum.market.engine import Engine
from zerosum.market.state import NONE

PER_REP, REPS, WEEKS = 50, 400, 60


def chance_to_pick(dprime: float, looks: int, in_market: Any) -> Any:
    """Probability that the best of ``looks`` accounts, drawn with replacement, is in the market.

    Of k accounts in the market among them, each score is higher than the others' with the same probability.
    Accounts that are drawn twice count once; with two looks that changes nothing.

    Parameters
    ----------
    in_market : float64[reps]    share of each territory that is in the market
    """
    total = np.zeros_like(in_market)
    for k in range(1, looks + 1):
        best, _ = integrate.quad(
            lambda x, k=k: (
                k
                * stats.norm.pdf(x - dprime)
                * stats.norm.cdf(x - dprime) ** (k - 1)
                * stats.norm.cdf(x) ** (looks - k)
            ),
            -10,
            10 + dprime,
        )
        total += stats.binom.pmf(k, looks, in_market) * best
    return total


def picks(tools: list[dict[str, Any]], voice: float = 1.0, size: int = PER_REP) -> tuple[Any, Any]:
    """Let every rep make one attempt a week; half of the buyers are in the market all the time.

    Nobody ever answers, so nothing changes but the week in which an account was tried last.

    Returns
    -------
    bool[weeks, reps]    the account tried is in the market
    float64[reps]        share of each territory that is in the market
    """
    n = size * REPS
    scenario = silent_market(
        market={"buyers": n, "saturation": 0.5},
        segments=[{"name": "all", "evaluation_weeks": 260.0, "voice": voice}],
        vendors=n_vendors_alike(1, reps=REPS),
        need={"innovation_per_year": 52.0},
        prospecting={"contact": 0.0, "attempts_per_hour": 1.0},
        reps={"hours_per_week": 1.0, "admin_fixed_hours": 0.0},
        tools=tools,
        strategies=[
            {
                "name": "usual",
                "plan": {"prospecting": 1.0, "preparation": 0.0, "selling": 0.0, "social": 0.0},
                "tools": [tool["name"] for tool in tools],
            }
        ],
    )
    engine = Engine(scenario)
    buyers = engine.market.buyers
    hits = np.zeros((WEEKS, REPS), bool)
    for week in range(WEEKS):
        engine.step()
        # A contract that ends (one in 5,200 a week) puts a buyer in the market for this week's scores.
        interested = buyers.evaluation_end != NONE
        tried = np.flatnonzero(buyers.goodwill_week[:, 0] == week)
        assert len(tried) == REPS
        hits[week, buyers.owner[tried, 0]] = interested[tried]
    waiting = np.bincount(buyers.owner[buyers.holds == NONE, 0], minlength=REPS)
    return hits, waiting / size


def tool(name: str, **columns: float) -> dict[str, Any]:
    return {"name": name, **columns}


@pytest.mark.parametrize("dprime", [0.0, 0.5, 1.5, 3.0])
def test_best_of_two_has_the_area_under_the_roc_curve(dprime: float) -> None:
    hits, share = picks([tool("ear", dprime=dprime, scans=1.0)])
    auc = stats.norm.cdf(dprime / math.sqrt(2))
    p = share**2 + 2 * share * (1 - share) * auc
    assert p == pytest.approx(chance_to_pick(dprime, 2, share))
    estimated = np.mean((hits.mean(axis=0) - share**2).sum() / (2 * share * (1 - share)).sum())
    se = math.sqrt(np.sum(p * (1 - p)) / WEEKS) / np.sum(2 * share * (1 - share))
    assert se < 0.007
    assert within(estimated, auc, se)


def test_two_cues_add_in_squares() -> None:
    hits, share = picks([tool("ear", dprime=0.9, scans=0.4), tool("eye", dprime=1.2, scans=0.6)])
    p = chance_to_pick(1.5, 2, share)
    assert within(hits.sum(), WEEKS * p.sum(), math.sqrt(WEEKS * np.sum(p * (1 - p))))


def test_best_of_five() -> None:
    """In a territory so large that an account is hardly drawn twice."""
    hits, share = picks([tool("ear", dprime=1.0, scans=4.0)], size=250)
    p = chance_to_pick(1.0, 5, share)
    assert within(hits.sum(), WEEKS * p.sum(), math.sqrt(WEEKS * np.sum(p * (1 - p))))


@pytest.mark.parametrize("tools", [[], [tool("deaf", scans=1.0)], [tool("lazy", dprime=3.0)]])
def test_without_signals_or_looks_it_is_a_blind_pick(tools: list[dict[str, Any]]) -> None:
    hits, share = picks(tools)
    assert within(hits.sum(), WEEKS * share.sum(), math.sqrt(WEEKS * np.sum(share * (1 - share))))


def test_silent_buyers_give_no_signal() -> None:
    hits, share = picks([tool("ear", dprime=3.0, scans=1.0)], voice=0.0)
    assert within(hits.sum(), WEEKS * share.sum(), math.sqrt(WEEKS * np.sum(share * (1 - share))))
