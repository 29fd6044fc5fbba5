"""Chance alone makes most of the famous numbers: who reaches the quota, and what the best fifth brings.

A hundred equal reps decide twenty deals each and win a quarter of them; contracts are worth lognormal amounts
with a sigma of 1.5; the quota is the expected revenue. About 32 % make it, and the best fifth brings 54 % of
all (docs/model.md, "What is measured"). Here the whole engine plays that game: a green field, one vendor,
twenty slots a rep and more than twenty buyers who want an offer, utilities 0 and ln 3. Beside it stands the
same law in four lines of numpy.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.helpers import mean_and_error, n_vendors_alike, share_error, silent_market, within
from zerosum.market.engine import Engine
from zerosum.market.metrics import measure
from zerosum.market.records import WON
from zerosum.market.run import Run

REPS, DEALS, WIN_RATE, SIGMA, MEDIAN = 100, 20, 0.25, 1.5, 20_000.0
QUOTA = DEALS * WIN_RATE * MEDIAN * math.exp(SIGMA**2 / 2)
"""The expected revenue."""

PUBLISHED_AT_QUOTA, PUBLISHED_TOP_FIFTH = 0.32, 0.54

SCENARIO = silent_market(
    clock={"warmup_weeks": 0, "weeks": 2},
    market={"buyers": 6_000, "saturation": 0.0},
    segments=[{"name": "all", "value_median": MEDIAN, "value_sigma": SIGMA, "extension_weeks": 5200}],
    vendors=n_vendors_alike(1, reps=REPS, territory="random"),
    need={"innovation_per_year": 52.0},
    invitations={"inbound": 1.0},
    choice={"no_decision": math.log(1 / WIN_RATE - 1)},
    reps={"max_open_opportunities": DEALS},
)


def played(replication: int) -> tuple[dict[str, float], Any]:
    """One season: all metrics, and the deals."""
    engine = Engine(SCENARIO, replication)
    engine.market.reps.quota[:] = QUOTA * 52 / 2  # a year's quota; the season has two weeks
    engine.run(2)
    engine.recorder.finish(engine.week, engine.market)
    everybody = np.ones(REPS, np.bool_)
    season = Run(
        strategy="usual",
        adopters="focal",
        replication=replication,
        engine=engine,
        vendor=0,
        team=everybody,
        strategy_row=0,
        start_accounts=0,
        start_served=0,
        weeks=2,
    )
    return measure(season), engine.recorder.deals


def expected(seasons: int) -> Any:
    """Draw (share at quota, top fifth's share) of each season from the law itself."""
    rng = np.random.default_rng(2024)
    found = []
    for _ in range(seasons):
        values = MEDIAN * np.exp(SIGMA * rng.standard_normal((REPS, DEALS)))
        revenue = (values * (rng.random((REPS, DEALS)) < WIN_RATE)).sum(axis=1)
        best = np.sort(revenue)[-REPS // 5 :]
        found.append([np.mean(revenue >= QUOTA), best.sum() / revenue.sum()])
    return np.array(found)


def test_equal_reps_get_the_famous_numbers() -> None:
    """Compare the engine with the law (4 standard errors), and with the two numbers as they are published.

    Those are given to two digits, so up to half a digit (.005) lies in the rounding; the rest of what is allowed is the
    engine's own standard error.
    """
    seasons = [played(r) for r in range(200)]
    for _, deals in seasons:
        assert np.array_equal(np.bincount(deals.rep), np.full(REPS, DEALS))
    won = np.mean([np.mean(deals.outcome == WON) for _, deals in seasons])
    assert within(won, WIN_RATE, share_error(WIN_RATE, 200 * REPS * DEALS))
    mean, se = mean_and_error([[m["share_at_quota"], m["top_fifth_share"]] for m, _ in seasons])
    law, law_se = mean_and_error(expected(2000))
    assert within(mean, law, np.hypot(se, law_se))
    assert np.all(se < 0.006)
    published = np.array([PUBLISHED_AT_QUOTA, PUBLISHED_TOP_FIFTH])
    assert np.all(np.abs(mean - published) <= 0.005 + 3 * se)
    assert np.all(np.abs(law - published) <= 0.005 + 3 * law_se)
    # The spread between seasons is that of the law too, not of some hidden difference between reps.
    spread = np.std([[m["share_at_quota"], m["top_fifth_share"]] for m, _ in seasons], axis=0, ddof=1)
    assert spread == pytest.approx(expected(2000).std(axis=0, ddof=1), rel=0.2)


def test_nobody_is_favored_by_chance_by_place() -> None:
    """The first rep and the last, the first slot and the last have the same chances."""
    seasons = [deals for _, deals in (played(r) for r in range(150))]
    revenue = np.array([np.bincount(d.rep, weights=d.outcome == WON, minlength=REPS) for d in seasons])
    mean, se = mean_and_error(revenue)
    assert within(mean, DEALS * WIN_RATE, se)
    halves = revenue[:, : REPS // 2].sum(axis=1) - revenue[:, REPS // 2 :].sum(axis=1)
    mean, se = mean_and_error(halves)
    assert within(mean, 0.0, se)
