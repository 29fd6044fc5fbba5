"""Designs of simulated teams: what varies, that all executors agree, and that a stopped one goes on."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.crm.markets import small_market
from zerosum.errors import Interrupted
from zerosum.runs.executors import Executor, Here, Threads
from zerosum.runs.parts import Parts
from zerosum.runs.question import Question
from zerosum.scenario.fits import Fits, Parameter
from zerosum.studies.fit.design import Design, Free, Model, simulate
from zerosum.studies.fit.ensemble import choose, distances, ensemble_of, fitted_scenario
from zerosum.studies.fit.posterior import Posterior

pytestmark = pytest.mark.uncompiled

ATTRITION = small_market().contracts.attrition
"""The package's default, which the first set has."""

FITS = Fits(
    (
        Parameter("segments.evaluation_weeks", 0.5, 1.5, factor=True),
        Parameter("segments.switching_cost", 0.5, 1.5, factor=True),
        Parameter("choice.no_decision", 1.0, 3.0),
        Parameter("contracts.attrition", 0.02, 0.16),
    ),
    (
        {
            "segments.evaluation_weeks": 0.8,
            "segments.switching_cost": 1.0,
            "choice.no_decision": 2.0,
            "contracts.attrition": ATTRITION,
        },
        {
            "segments.evaluation_weeks": 1.2,
            "segments.switching_cost": 1.5,
            "choice.no_decision": 1.5,
            "contracts.attrition": 0.05,
        },
    ),
    {},
)
MODEL = Model(
    small_market(**{"clock.weeks": 13, "clock.warmup_weeks": 52, "market.buyers": 90}),
    (
        Free(Parameter("segments.evaluation_weeks", 0.5, 2.0, factor=True)),
        Free(Parameter("choice.no_decision", 1.0, 3.0)),
        Free(Parameter("market.buyers", 60, 135), log=True),
    ),
    FITS,
)


def parts_in(folder: Path) -> Parts:
    return Parts(folder, Question("fit", {"of": "a test"}))


def test_places_and_values_are_each_others_inverse() -> None:
    for one in MODEL.free:
        assert one.place(one.value(0.3)) == pytest.approx(0.3, abs=1e-5)
        assert (one.value(0.0), one.value(1.0)) == (one.parameter.low, one.parameter.high)
    assert MODEL.free[2].value(0.5) == pytest.approx(90.0)


def test_a_place_sets_what_is_fitted_and_a_calibrated_set_the_rest() -> None:
    rows = MODEL.base.segments
    for number, switching, attrition in ((0, 1.0, ATTRITION), (1, 1.5, 0.05)):
        made = MODEL.scenario([0.5, 0.25, 0.0], number)
        assert [row.evaluation_weeks for row in made.segments] == pytest.approx(
            [1.25 * row.evaluation_weeks for row in rows]
        )
        assert [row.switching_cost for row in made.segments] == pytest.approx(
            [switching * row.switching_cost for row in rows]
        )
        assert (made.choice.no_decision, made.contracts.attrition) == (1.5, attrition)
        assert made.market.buyers == 60
    kept = replace(MODEL, kept=frozenset({"contracts.attrition", "segments.switching_cost"}))
    made = kept.scenario([0.5, 0.25, 0.0], 1)
    assert made.contracts.attrition == MODEL.base.contracts.attrition
    assert made.segments[0].switching_cost == rows[0].switching_cost


def test_a_longer_design_begins_with_the_shorter() -> None:
    short, long = Design.spread(MODEL, 6), Design.spread(MODEL, 50)
    assert (long.places[:6] == short.places).all()
    assert long.numbers[:6] == short.numbers
    assert set(long.numbers) == {0, 1}
    assert np.abs(Design.spread(MODEL, 256).places.mean(axis=0) - 0.5).max() < 0.01


def test_all_executors_agree_and_a_stopped_design_goes_on(tmp_path: Path) -> None:
    design = Design.spread(MODEL, 10)
    expected = simulate(MODEL, design, parts_in(tmp_path / "a"), Here())
    assert expected["win_rate"].between(0.0, 1.0).all()
    assert expected["win_rate"].nunique() > 5
    stop, told = threading.Event(), []

    def until_six(done: int, of: int) -> None:
        told.append((done, of))
        if done >= 6:
            stop.set()

    with pytest.raises(Interrupted):
        simulate(MODEL, design, parts_in(tmp_path / "b"), Here(), until_six, stop)
    assert told == [(0, 10), (4, 10), (8, 10)]
    executor: Executor = Threads(2)  # type: ignore[assignment]  # of any batches
    rest = simulate(MODEL, design, parts_in(tmp_path / "b"), executor, lambda *state: told.append(state))
    assert told[3] == (8, 10)
    pd.testing.assert_frame_equal(rest, expected)


def test_a_team_that_cannot_be_simulated_is_a_row_of_nothing(tmp_path: Path) -> None:
    bad = replace(MODEL, free=(*MODEL.free[:2], Free(Parameter("market.saturation", 0.5, 1.5))))
    design = Design(np.array([[0.5, 0.5, 0.2], [0.5, 0.5, 0.9]]), (0, 0))
    parts = parts_in(tmp_path)
    found = simulate(bad, design, parts, Here())
    assert math.isfinite(found["win_rate"][0])
    assert found.iloc[1].isna().all()
    assert [("saturation" in failure.error) for failure in parts.failed().values()] == [True]


# --- Sets that agree with the data ----------------------------------------------------------------------------------


def test_distance_is_in_standard_deviations_and_nothing_is_far() -> None:
    rows = np.array([[0.0, 10.0], [2.0, 30.0], [1.0, math.nan]])
    away = distances(rows, np.array([0.0, 10.0]))
    assert away[0] == 0.0
    assert away[1] == pytest.approx(math.sqrt((6 + 4) / 2))
    assert math.isinf(away[2])


def test_sets_are_far_from_each_other_and_near_the_data() -> None:
    line = np.linspace(0.0, 1.0, 11)[:, None]
    away = np.where(np.arange(11) == 10, 9.0, 1.0)  # The last isn't near the data.
    chosen = choose(line, [row % 2 for row in range(11)], away, np.array([0.44]), 4)
    # The mean is nearest to row 4; rows 9 and 0 are the ends; then the middle of the widest gap.
    assert chosen[:3] == [4, 9, 0]
    assert chosen[3] in (2, 6, 7)
    assert choose(line, [1] * 11, away, np.array([0.31]), 99)[0] == 3
    assert len(choose(line, [1] * 11, away, np.array([0.31]), 99)) == 10


def test_the_ensemble_gives_each_sets_scenario_again() -> None:
    design = Design(np.array([[0.5, 0.25, 0.3], [0.1, 0.9, 0.8]]), (0, 1))
    posterior = Posterior(design.places, np.array([0.5, 0.5]), 2, np.zeros(1, bool))
    fits = ensemble_of(MODEL, design, [0, 1], posterior)
    own = fitted_scenario(MODEL, design.places[0].tolist())
    assert fits.applied(own, 0).model_dump() == own.model_dump()
    assert fits.changes(own, 0).moved == pytest.approx(0.0, abs=0.05)
    made, expected = fits.applied(own, 1), MODEL.scenario(design.places[1], 1)
    assert made.choice.no_decision == expected.choice.no_decision == pytest.approx(2.8)
    assert made.market.buyers == expected.market.buyers
    assert made.contracts.attrition == expected.contracts.attrition
    for ours, theirs in zip(made.segments, expected.segments, strict=True):
        assert ours.evaluation_weeks == pytest.approx(theirs.evaluation_weeks)
        assert ours.switching_cost == pytest.approx(theirs.switching_cost)
