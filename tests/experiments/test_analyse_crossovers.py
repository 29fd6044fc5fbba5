"""Switch points: known ones are found where they are, none is made up, and intervals hold as often as they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.experiments.fabricated import METRIC, column, hours, saturation, study_of, swept_of
from tests.helpers import share_error
from zerosum.market.state import Float
from zerosum.studies.sweep import Swept
from zerosum.studies.sweep.analysis import analyse
from zerosum.studies.sweep.analysis.crossovers import find_crossovers, line_of

pytestmark = pytest.mark.uncompiled


X = np.linspace(0.0, 1.0, 6)
TRUE = 0.37


def crossing(rng: np.random.Generator, courses: int, common: bool, slope: float = 4.0) -> Float:
    """Two strategies along a line, the first ahead up to ``TRUE``; [values, courses, strategies]."""
    one = (1, courses) if common else (len(X), courses)
    gap = slope * (TRUE - X)[:, None] + 0.8 * rng.normal(size=one) + 0.6 * rng.normal(size=(len(X), courses))
    noise = rng.normal(0, 3, one)
    return np.stack([noise + gap / 2, noise - gap / 2], axis=2)


@pytest.mark.parametrize("common", [True, False])
@pytest.mark.parametrize("courses", [5, 20])
def test_intervals_hold_the_place_as_often_as_they_say(courses: int, common: bool) -> None:
    rng, trials = np.random.default_rng(courses), 800
    held, found = 0, 0
    for _ in range(trials):
        line = line_of(crossing(rng, courses, common, slope=8.0), X, common)
        assert line is not None
        for switch in find_crossovers(line):
            assert (switch.before, switch.after) == (0, 1)
            assert switch.ahead_until <= switch.low <= switch.at <= switch.high <= switch.behind_from
            found += 1
            held += switch.low <= TRUE <= switch.high
    assert found > 0.7 * trials
    # Own random numbers: the degrees of freedom are on the careful side.
    assert (
        0.95 - 4 * share_error(0.95, found)
        <= held / found
        <= (0.95 + 4 * share_error(0.95, found) if common else 1)
    )


@pytest.mark.parametrize("common", [True, False])
def test_pure_noise_has_no_switch(common: bool) -> None:
    rng, trials = np.random.default_rng(1), 1_000
    made_up = 0
    for _ in range(trials):
        line = line_of(rng.normal(size=(8, 6, 3)), np.arange(8.0), common)
        assert line is not None
        made_up += bool(find_crossovers(line))
    assert made_up <= 0.01 * trials


@pytest.mark.parametrize("common", [True, False])
def test_strategies_that_only_draw_level_have_none_more_often_than_stated(common: bool) -> None:
    rng, trials = np.random.default_rng(2), 1_500
    made_up = 0
    for _ in range(trials):
        cube = rng.normal(size=(8, 10, 2))
        cube[:4, :, 0] += 6.0
        line = line_of(cube, np.arange(8.0), common)
        assert line is not None
        made_up += bool(find_crossovers(line))
    assert made_up / trials <= 0.025 + 4 * share_error(0.025, trials)


def test_many_lines_are_one_test() -> None:
    rng = np.random.default_rng(3)
    line = line_of(crossing(rng, 6, True, slope=12.0), X, True)
    assert line is not None
    assert len(find_crossovers(line)) == 1
    assert not find_crossovers(line, tests=10**9)


def exact(levels: Float, noise: float = 0.01, courses: int = 6) -> Any:
    rng = np.random.default_rng(4)
    cube = np.asarray(levels, float)[:, None, :] + rng.normal(
        0, noise, (len(levels), courses, len(levels[0]))
    )
    return line_of(cube, np.arange(float(len(levels))), True)


def test_each_strategy_that_takes_the_lead_is_told_in_turn() -> None:
    found = find_crossovers(
        exact(np.array([[3.0, 0, 0], [3, 2, 0], [3, 4, 0], [3, 4, 3], [3, 4, 6], [3, 4, 9]]))
    )
    assert [(s.before, s.after) for s in found] == [(0, 1), (1, 2)]
    assert [s.at for s in found] == pytest.approx([1.5, 3 + 1 / 3], abs=0.02)


def test_a_lead_that_comes_back_is_two_switches() -> None:
    found = find_crossovers(exact(np.array([[1.0, 0], [0, 1], [1, 0]])))
    assert [(s.before, s.after) for s in found] == [(0, 1), (1, 0)]
    assert [s.at for s in found] == pytest.approx([0.5, 1.5], abs=0.02)


def test_a_strategy_between_two_hides_no_switch() -> None:
    """At the middle a third strategy seems best, by chance; the first and the second still change places."""
    rng = np.random.default_rng(5)
    cube = np.zeros((3, 8, 3)) + rng.normal(0, 0.1, (3, 8, 3))
    cube[0, :, 0] += 5
    cube[2, :, 1] += 5
    cube[1, :, 2] += 0.1
    (found,) = find_crossovers(line_of(cube, np.arange(3.0), True))
    assert (found.before, found.after) == (0, 1)


def test_strategies_that_tie_in_every_run_have_no_switch() -> None:
    cube = np.repeat(np.random.default_rng(6).normal(size=(5, 6, 1)), 2, axis=2)
    assert not find_crossovers(line_of(cube, np.arange(5.0), True))
    # A difference without any spread is no proof: nobody knows how often it would differ.
    cube[:, :, 0] += np.array([1.0, 1, 0, -1, -1])[:, None]
    assert not find_crossovers(line_of(cube, np.arange(5.0), True))


def test_what_is_missing_is_left_out() -> None:
    cube = crossing(np.random.default_rng(7), 12, True, slope=8.0)
    cube[2, 5] = np.nan
    cube[3] = np.nan
    line = line_of(cube, X, True)
    assert line is not None
    assert len(line.x) == 5
    assert line.df.tolist() == [10.0] * 5
    assert line_of(cube[:, :1], X, True) is None
    assert line_of(cube[:, :1], X, False) is None


def fabricated(
    design: str = "", often: int = 8, more: str = "", scale: str = "", strategies: Any = ("usual", "calls")
) -> Swept:
    points = "low = 0.1\nhigh = 0.9\n" + ("" if design else "steps = 5\n") + scale
    others = "values = [30, 50]" if not design else "low = 30\nhigh = 50"
    study = study_of(
        [saturation(points), hours(others)], design, often=often, more=more, strategies=strategies
    )

    def number(p: pd.DataFrame, rng: np.random.Generator, n: int) -> Any:
        noise, x = rng.normal(0, 5, (1, n)), column(p, "saturation")
        x = np.log(x / 0.3) if scale else x - 0.4
        return noise, noise + 10 * x - 0.1 * (column(p, "hours") - 40) + rng.normal(0, 0.3, (len(p), n))

    return swept_of(study, number)


@pytest.mark.parametrize("more", ["", 'random_numbers = "own"'])
def test_a_known_crossing_is_found_on_each_line(more: str) -> None:
    table = analyse(fabricated(more=more)).tables["switches"]
    found = table[table["found"] & (table["factor"] == "saturation")].set_index("others")
    assert found["before"].tolist() == ["usual", "usual"]
    assert found["after"].tolist() == ["calls", "calls"]
    for others, truth in (("hours = 30", 0.3), ("hours = 50", 0.5)):
        assert found.loc[others, "low"] <= truth <= found.loc[others, "high"]
        assert found.loc[others, "high"] - found.loc[others, "low"] < 0.2
    along_hours = table[table["factor"] == "hours"]
    assert len(along_hours) == 5
    assert along_hours["first_best"].iloc[0] == "usual"
    assert along_hours["last_best"].iloc[-1] == "calls"


def test_where_less_is_better_the_lead_is_the_other_ones() -> None:
    swept = fabricated()
    turned = swept.tables["runs"].to_pandas().rename(columns={METRIC: "churn"})
    import dataclasses

    import pyarrow as pa

    from zerosum.market.metrics import BY_NAME

    assert BY_NAME["churn"].higher_is_better is False
    less = dataclasses.replace(swept, tables={"runs": pa.Table.from_pandas(turned, preserve_index=False)})
    table = analyse(less, "churn").tables["switches"]
    assert set(table[table["found"]]["after"]) == {"usual"} | set(
        table[table["found"] & (table["factor"] == "hours")]["after"]
    )
    assert set(table[table["found"] & (table["factor"] == "saturation")]["before"]) == {"calls"}


def test_a_log_scale_is_gone_through_on_a_log_scale() -> None:
    table = analyse(fabricated(scale='scale = "log"')).tables["switches"]
    row = table[table["found"] & (table["others"] == "hours = 30")].iloc[0]
    truth = 0.3 * np.exp(-0.1)
    assert row["low"] <= truth <= row["high"]
    assert row["ahead_until"] < truth < row["behind_from"]
    assert row["behind_from"] <= 0.9 + 1e-9


def test_a_sample_has_one_line_over_bins() -> None:
    table = analyse(fabricated('kind = "latin-hypercube"\npoints = 400')).tables["switches"]
    found = table[table["factor"] == "saturation"]
    assert len(found) == 1
    row = found.iloc[0]
    assert row["found"]
    assert row["low"] <= 0.4 <= row["high"]
    assert not table[table["factor"] == "hours"]["found"].any()


def test_one_replication_has_no_lines() -> None:
    assert analyse(fabricated(often=1)).tables["switches"].empty
