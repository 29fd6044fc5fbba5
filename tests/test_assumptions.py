"""What is only believed: drawn from its range, once for all arms, on two courses of luck, and refused where absurd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from simulator.assumptions import COURSES, assumed, believed, draw_of
from simulator.comparison import compare, replicate
from simulator.run import luck_null, warm_up
from simulator.scenario import ScenarioError, folder_name, parse_scenario
from simulator.scenario.spec import Scenario

BASE = """
name = "unsure"
clock = { warmup_weeks = 0, weeks = 8 }
market = { buyers = 80, saturation = 0.8 }
vendors = [{ name = "Alder", reps = 3 }, { name = "Elm", reps = 2 }]
tools = [{ name = "listener", dprime = 1.0 }]
strategies = [{ name = "usual" }, { name = "selling", extra_hours = { selling = 9.0 } }]
comparison = { replications = 4, seed = 5, worlds = ["alone", "everyone"] }
"""
WEIGHT = {"key": "effort.preparation_weight", "low": 0.5, "high": 2.5}
TOOL = {"key": "tools.listener.dprime", "low": 0.1, "high": 3.0, "scale": "log"}


def unsure(*rows: dict[str, Any], **more: Any) -> Scenario:
    return parse_scenario(BASE, {"uncertain": list(rows), **more})


def test_without_beliefs_nothing_is_drawn() -> None:
    scenario = unsure()
    assert believed(scenario, 3) == {}
    assert assumed(scenario, 3) is scenario


def test_a_replication_takes_its_values_and_is_certain_of_them() -> None:
    scenario = unsure(WEIGHT, TOOL)
    taken = assumed(scenario, 2)
    values = believed(scenario, 2)
    assert taken.uncertain == ()
    assert taken.effort.preparation_weight == values["effort.preparation_weight"]
    assert taken.tools[0].dprime == values["tools.listener.dprime"]
    assert warm_up(scenario, 2).scenario == taken
    undone = {"effort.preparation_weight": scenario.effort.preparation_weight, "tools.listener.dprime": 1.0}
    certain = scenario.model_copy(update={"uncertain": ()})
    assert folder_name(parse_scenario(taken, undone)) == folder_name(certain)


def test_two_replications_share_a_set_and_no_more() -> None:
    scenario = unsure(WEIGHT)
    values = [believed(scenario, r)["effort.preparation_weight"] for r in range(6)]
    assert COURSES == 2
    assert [draw_of(r) for r in range(6)] == [0, 0, 1, 1, 2, 2]
    assert values[0] == values[1] != values[2] == values[3] != values[4] == values[5]
    assert values[0] != values[4]


def test_what_else_is_uncertain_changes_no_value() -> None:
    alone, both = unsure(WEIGHT), unsure(TOOL, WEIGHT)
    for replication in range(4):
        key = "effort.preparation_weight"
        assert believed(alone, replication)[key] == believed(both, replication)[key]
    assert believed(both, 0)["tools.listener.dprime"] != believed(both, 2)["tools.listener.dprime"]
    assert believed(unsure(WEIGHT, **{"comparison.seed": 6}), 0) != believed(alone, 0)


@pytest.mark.parametrize("row", [WEIGHT, TOOL])
def test_values_fill_their_range_evenly(row: dict[str, Any]) -> None:
    """Kolmogorov and Smirnov, on the scale that was said: fixed seed, so it fails always or never."""
    scenario = unsure(row)
    values = np.array([believed(scenario, COURSES * k)[row["key"]] for k in range(2000)])
    low, high = row["low"], row["high"]
    places = np.log(values / low) / np.log(high / low) if "scale" in row else (values - low) / (high - low)
    assert stats.kstest(places, "uniform").pvalue > 0.01
    assert stats.kstest((values - low) / (high - low), "uniform").pvalue < 1e-9 or "scale" not in row


def test_two_keys_are_drawn_apart() -> None:
    scenario = unsure(WEIGHT, TOOL)
    both = np.array([list(believed(scenario, COURSES * k).values()) for k in range(2000)])
    assert abs(stats.spearmanr(both).statistic) < 0.07


def test_arms_worlds_and_the_null_share_the_values() -> None:
    """An arm that is the baseline under another name still differs by nothing, whatever is believed."""
    scenario = unsure(WEIGHT, strategies=[{"name": "usual"}, {"name": "twin"}])
    found = compare(scenario)
    gaps = found.differences[found.differences["arm"] == "twin"]
    assert (gaps.loc[gaps["n"] > 0, "difference"] == 0.0).all()
    assert found.assumptions["draw"].tolist() == [0, 0, 1, 1]
    assert found.assumptions["value"].nunique() == 2


def test_the_luck_null_keeps_reps_equal_whatever_is_believed_of_them() -> None:
    scenario = unsure({"key": "reps.skill_sd", "low": 0.5, "high": 2.0}, WEIGHT)
    engine = warm_up(luck_null(scenario), 1)
    assert not engine.market.reps.skill.any()
    assert engine.scenario.effort.preparation_weight == assumed(scenario, 1).effort.preparation_weight
    assert warm_up(scenario, 1).market.reps.skill.any()
    reps = replicate(scenario, 1)["reps"].to_pandas()
    assert (reps.loc[reps["null"], "skill"] == 0.0).all()


def test_beliefs_part_results() -> None:
    names = {folder_name(s) for s in (unsure(), unsure(WEIGHT), unsure(WEIGHT, TOOL))}
    assert len(names) == 3


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"key": "effort.preparation_weigth", "low": 1.0, "high": 2.0}, "did you mean 'preparation_weight'?"),
        ({"key": "market.saturation", "low": 0.5, "high": 1.5}, "can't be high = 1.5"),
        ({"key": "clock.weeks", "low": 5.0, "high": 9.0}, "says what is asked, not how the market is"),
        ({"key": "market.saturation", "low": 0.7, "high": 0.5}, "low = 0.7 must be below high = 0.5"),
        ({"key": "market.saturation", "low": 0.5, "high": 0.5}, "must be below"),
        ({"key": "vendors.Alder.reps", "low": 3.0, "high": 9.0}, "is not a whole number"),
        ({"key": "market.saturation", "low": 0.0, "high": 0.5, "scale": "log"}, "must be above 0"),
        ({"key": "market.saturation", "low": 0.1, "high": 0.5, "scale": "cubic"}, "scale"),
        ({"key": "tools.lisener.dprime", "low": 0.1, "high": 0.5}, "did you mean 'listener'?"),
        ({"key": "", "low": 0.1, "high": 0.5}, "key"),
        ({"key": "name", "low": 0.1, "high": 0.5}, "says what is asked"),
        ({"key": "uncertain", "low": 0.1, "high": 0.5}, "says what is asked"),
        ({"key": "market.saturation", "low": 0.1}, "high"),
    ],
)
def test_a_range_that_cannot_be_is_refused_in_words(row: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        unsure(row)
    assert said in str(caught.value)
    assert "uncertain" in str(caught.value)


def test_one_key_twice_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"'effort.preparation_weight' is named 2 times"):
        unsure(WEIGHT, WEIGHT)
