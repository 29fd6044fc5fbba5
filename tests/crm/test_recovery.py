"""The recovery measures what it says: textbook intervals, markets within the ranges, figures that come back."""

from __future__ import annotations

import math
import tomllib

import numpy as np
import pandas as pd
import pytest

from benchmarks.recovery import (
    FIGURES,
    RANGES,
    as_markdown,
    clustered_share,
    draw_markets,
    median,
    recover,
    share,
    survival_median,
    tabulate,
)
from tests.helpers import share_error, within
from zerosum.crm.systems import SYSTEMS

pytestmark = pytest.mark.uncompiled


def test_a_share_has_wilsons_interval() -> None:
    found = share(8, 40)
    z = 1.959963984540054
    middle, half = (
        (0.2 + z**2 / 80) / (1 + z**2 / 40),
        z * math.sqrt(0.2 * 0.8 / 40 + z**2 / 6400) / (1 + z**2 / 40),
    )
    assert found.value == 0.2
    assert (found.low, found.high) == pytest.approx((middle - half, middle + half))
    assert math.isnan(share(0, 0).value)


def test_intervals_of_medians_hold_the_median_as_often_as_they_say() -> None:
    rng, held, held_censored, n = np.random.default_rng(3), 0, 0, 400
    for _ in range(n):
        days = rng.exponential(1 / math.log(2), 150)  # median 1
        found = median(days)
        held += found.low <= 1.0 <= found.high
        until = rng.uniform(0.2, 6.0, 150)
        censored = survival_median(np.minimum(days, until), days <= until)
        held_censored += censored.low <= 1.0 <= censored.high
    assert within(held / n, 0.95, share_error(0.95, n))
    assert within(held_censored / n, 0.95, share_error(0.95, n))


def test_an_interval_with_clusters_holds_the_truth_where_deals_of_one_rep_are_alike() -> None:
    rng, held, held_plain, n = np.random.default_rng(4), 0, 0, 300
    for _ in range(n):
        rates = rng.beta(6, 14, 30)  # mean 0.3
        won, rep = rng.random((30, 40)) < rates[:, None], np.repeat(np.arange(30), 40)
        found = clustered_share(won.ravel(), pd.Series(rep).astype(str))
        held += found.low <= 0.3 <= found.high
        plain = share(int(won.sum()), won.size)
        held_plain += plain.low <= 0.3 <= plain.high
    assert within(held / n, 0.95, share_error(0.95, n))
    # Variance is 1 + 39 / 21 times that of independent deals: 1.96 standard errors are 1.16.
    assert within(held_plain / n, 0.754, share_error(0.754, n))


def test_without_censoring_the_survival_median_is_the_median() -> None:
    days = np.arange(1.0, 100.0)
    assert survival_median(days, np.ones(99, bool)).value == median(days).value == 50.0


def test_leaving_open_deals_out_would_shorten_the_cycle() -> None:
    rng = np.random.default_rng(5)
    days, until = rng.exponential(1 / math.log(2), 4000), rng.uniform(0.0, 1.5, 4000)
    ended = days <= until
    assert median(days[ended]).value < 0.6
    assert abs(survival_median(np.minimum(days, until), ended).value - 1.0) < 0.1


def test_markets_lie_within_the_ranges_and_differ() -> None:
    rows = {row["key"]: row for row in tomllib.loads(RANGES.read_text(encoding="utf-8"))["parameters"]}
    markets = [scenario for scenario, _ in draw_markets(6, seed=2)]
    for scenario in markets:
        assert (
            rows["choice.no_decision"]["low"]
            <= scenario.choice.no_decision
            <= rows["choice.no_decision"]["high"]
        )
        small, factor = scenario.segments[0], rows["segments.evaluation_weeks"]
        assert factor["low"] <= small.evaluation_weeks / factor["factor_of"]["small"] <= factor["high"]
        assert 8 <= scenario.vendors[0].reps <= 40
        assert 150 <= scenario.market.buyers / scenario.vendors[0].reps <= 400
    assert len({scenario.choice.no_decision for scenario in markets}) == 6
    assert [one.model_dump() for one, _ in draw_markets(6, seed=2)] == [one.model_dump() for one in markets]


@pytest.mark.slow
@pytest.mark.compiled
def test_figures_come_back_through_dirty_exports() -> None:
    found = [recover(scenario, dirt, SYSTEMS[n % 4], 8) for n, (scenario, dirt) in enumerate(draw_markets(8))]
    rows = tabulate(found)
    assert [row.figure for row in rows] == [figure.name for figure in FIGURES]
    for row in rows:
        assert row.markets == 8
        assert row.error_of_import < 0.02, row
        assert row.held >= 4, row  # of 8 intervals of 95 %, fewer hold once in 60,000 times
    assert as_markdown(rows, 8).count("\n| ") == len(FIGURES)
