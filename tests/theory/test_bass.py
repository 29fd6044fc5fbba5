"""Need spreads along a Bass curve.

Of those without a supplier a share p + q F finds its need per unit of time, F being the share of all that
have one (Bass 1969, "A new product growth for model consumer durables"). In continuous time F(t) = (1 -
e^-(p+q)t) / (1 + q/p e^-(p+q)t), which grows fastest at t* = ln(q/p)/(p+q), where F = 1/2 - p/2q: 6.19 years
and .4605 for p = .03, q = .38 a year, the averages over many durables found by Sultan, Farley and Lehmann
(1990).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.helpers import mean_and_error, n_vendors_alike, silent_market, within
from zerosum.market.engine import Engine

P, Q = 0.03, 0.38
PEAK_YEAR, PEAK_SHARE = 6.19, 0.4605


def recursion(p: float, q: float, steps: int, lag: int = 0) -> Any:
    """Share that has a supplier after each step, for hazards per step.

    ``lag`` steps lie between the need and the supplier; those who evaluate neither count nor find a need
    again.
    """
    opened = np.zeros(steps)
    share = np.zeros(steps + 1)  # share[t + 1]: after step t
    for t in range(steps):
        evaluating = opened[max(0, t - lag) : t].sum()
        opened[t] = (1 - share[t] - evaluating) * (p + q * share[t])
        share[t + 1] = share[t] + (opened[t - lag] if t >= lag else 0.0)
    return share[1:]


def simulated(n: int, weeks: int, per_year: float, replications: int, evaluation_weeks: float = 1.0) -> Any:
    """Share of buyers with a supplier at each week's end, [replications, weeks]."""
    scenario = silent_market(
        clock={"warmup_weeks": 0, "weeks": weeks},
        market={"buyers": n, "saturation": 0.0},
        segments=[{"name": "all", "evaluation_weeks": evaluation_weeks}],
        vendors=n_vendors_alike(1, reps=n // 100),
        need={"innovation_per_year": P * per_year, "imitation_per_year": Q * per_year},
        invitations={"inbound": 1.0, "coverage": 1.0},
        reps={"max_open_opportunities": 100},
    )
    shares = []
    for replication in range(replications):
        engine = Engine(scenario, replication)
        engine.run(weeks)
        shares.append(engine.recorder.weekly[:weeks, 0, 0] / n)
    return np.array(shares)


@pytest.mark.parametrize("evaluation_weeks", [1, 9])
def test_the_engine_follows_the_discrete_curve(evaluation_weeks: int) -> None:
    weeks = 12 * 52
    shares = simulated(20_000, weeks, 1.0, replications=8, evaluation_weeks=float(evaluation_weeks))
    expected = recursion(P / 52, Q / 52, weeks, lag=evaluation_weeks)
    mean, se = mean_and_error(shares)
    years = np.arange(1, 13) * 52 - 1
    # Eight replications know their own spread badly (t, 7 degrees of freedom), hence the pooled error.
    relative = np.sqrt(np.mean(se[years] ** 2 / expected[years]))
    assert within(mean[years], expected[years], relative * np.sqrt(expected[years]))


def test_small_steps_lead_to_the_continuous_curve() -> None:
    steps = 5_200  # a year
    share = recursion(P / steps, Q / steps, 12 * steps)
    t = np.arange(1, len(share) + 1) / steps
    decay = np.exp(-(P + Q) * t)
    assert share == pytest.approx((1 - decay) / (1 + Q / P * decay), abs=1e-4)
    peak = (1 + np.argmax(np.diff(share))) / steps
    assert peak == pytest.approx(math.log(Q / P) / (P + Q), abs=0.01)
    assert peak == pytest.approx(PEAK_YEAR, abs=0.01)
    assert share[round(peak * steps)] == pytest.approx(PEAK_SHARE, abs=2e-4)


def test_the_engine_with_slow_years_comes_near_the_published_peak() -> None:
    """A year of 520 weeks: the week is a small step, and the evaluation a short one."""
    steps = 520
    weeks = round(PEAK_YEAR * steps)
    shares = simulated(20_000, weeks, 52 / steps, replications=10)
    expected = recursion(P / steps, Q / steps, weeks, lag=1)
    assert expected[-1] == pytest.approx(PEAK_SHARE, abs=0.001)
    mean, se = mean_and_error(shares[:, -1])
    assert within(mean, expected[-1], se, z=5)  # t with 9 degrees of freedom
    assert se < 0.003
