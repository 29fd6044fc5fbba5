"""How long deals take: the estimators are a library's, and open deals count."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from tests.describe.teams import make_deals
from zerosum.crm.tables import DECIDED
from zerosum.studies.describe import describe_team
from zerosum.studies.describe.cycles import cycles_of

AS_OF = pd.Timestamp("2025-01-01")


def draw(seed: int, n: int, back: int = 400) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw deals created within ``back`` days: won ones last 120 days in the middle, lost ones 40; 35 % are won."""
    draws = np.random.default_rng(seed)
    created = AS_OF - pd.to_timedelta(draws.integers(0, back, n), unit="D")
    kind = np.where(draws.random(n) < 0.35, "won", np.where(draws.random(n) < 0.6, "lost", "no_decision"))
    days = np.ceil(draws.lognormal(np.log(np.where(kind == "won", 120, 40)), 0.4)).astype(int)
    closed = created + pd.to_timedelta(days, unit="D")
    still = closed > AS_OF
    outcome = np.where(still, "open", kind)
    return pd.DataFrame(
        {"created": created, "closed": pd.Series(closed).where(~still), "outcome": outcome}
    ), days


@pytest.mark.filterwarnings("ignore::RuntimeWarning:statsmodels")
def test_curves_are_a_librarys() -> None:
    deals, _ = draw(1, 500)
    found = cycles_of(deals, AS_OF)
    assert found is not None
    ended = deals["closed"].fillna(AS_OF)
    days = (ended - deals["created"]).dt.days.to_numpy()
    status = deals["outcome"].map({"open": 0, "won": 1, "lost": 2, "no_decision": 3}).to_numpy()
    survival = SurvfuncRight(days, status > 0)
    at = np.searchsorted(survival.surv_times, found.curves["weeks"] * 7 + 1e-6, side="right") - 1
    assert found.curves["open"].to_numpy() == pytest.approx(survival.surv_prob[at], abs=1e-12)
    incidence = CumIncidenceRight(days, status)
    place = np.searchsorted(incidence.times, found.curves["weeks"] * 7 + 1e-6, side="right") - 1
    for cause, end in enumerate(DECIDED):
        assert found.curves[end].to_numpy() == pytest.approx(incidence.cinc[cause][place], abs=1e-12)


def test_open_deals_lengthen_cycles_as_they_should() -> None:
    # The truth is 120 days = 17.1 weeks; deals that are already won are shorter.
    found, naive, within = [], [], 0
    for seed in range(40):
        deals, _ = draw(seed, 600)
        one = cycles_of(deals, AS_OF)
        assert one is not None
        median = one.figures[0]
        assert median.name == "won_cycle_median"
        won = deals[deals["outcome"] == "won"]
        found.append(median.value)
        naive.append((won["closed"] - won["created"]).dt.days.median() / 7)
        within += median.low <= 120.5 / 7 <= median.high
    assert np.mean(found) == pytest.approx(120.5 / 7, abs=0.35)
    assert np.mean(naive) < 16.3
    assert within >= 35  # of 40; 38 are expected


def test_without_open_deals_it_is_the_plain_median() -> None:
    deals, days = draw(3, 400, 100)
    deals["outcome"] = np.where(deals["outcome"] == "open", "won", deals["outcome"])
    deals["closed"] = deals["created"] + pd.to_timedelta(days, unit="D")
    one = cycles_of(deals, AS_OF)
    assert one is not None
    assert one.n_open == 0
    won = days[deals["outcome"] == "won"]
    assert one.figures[0].value == pytest.approx(np.sort(won)[math.ceil(len(won) / 2) - 1] / 7)
    assert one.curves["won"].iloc[-1] == pytest.approx(len(won) / 400)


def test_the_chance_of_an_open_deal_is_that_of_those_that_lasted() -> None:
    deals, _days = draw(5, 40_000, 1500)
    one = cycles_of(deals, AS_OF)
    assert one is not None
    chance = {figure.name: figure for figure in one.figures}["still_won[weeks=13]"]
    draws = np.random.default_rng(6)
    won = draws.random(400_000) < 0.35
    length = np.ceil(draws.lognormal(np.log(np.where(won, 120, 40)), 0.4))
    truth = won[length > 91].mean()
    assert chance.value == pytest.approx(truth, abs=0.015)
    assert chance.low < truth < chance.high
    ended = deals["closed"].fillna(AS_OF)
    assert chance.n == ((ended - deals["created"]).dt.days > 91).sum()


def test_deals_without_dates_or_closed_before_they_began_are_counted_apart() -> None:
    deals, _ = draw(7, 100)
    deals.loc[0, "created"] = pd.NaT
    ended = deals.index[deals["outcome"] != "open"]
    deals.loc[ended[1], "created"] = deals.loc[ended[1], "closed"] + pd.Timedelta(days=3)
    one = cycles_of(deals, AS_OF)
    assert one is not None
    assert one.left_out == 2


def test_no_deal_won_has_no_cycle() -> None:
    deals, _ = draw(8, 50)
    assert cycles_of(deals[deals["outcome"] != "won"], AS_OF) is None
    assert cycles_of(deals.assign(created=pd.NaT), AS_OF) is None


def test_the_teams_own_date_censors() -> None:
    team = make_deals(9, 2000)
    assert team.as_of == datetime.date(2025, 6, 30)
    found = describe_team(team)
    assert found.cycles is not None
    assert found.figure("won_cycle_median").value > found.figure("won_cycle_naive").value
    # The truth: exp(4) days.
    assert found.figure("won_cycle_median").value == pytest.approx(np.exp(4.0) / 7, abs=0.6)
