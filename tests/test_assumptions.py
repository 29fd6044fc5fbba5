"""Beliefs: drawn from its range, once for all strategies, on two simulated runs; refused where absurd."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.each import each
from zerosum.market.assumptions import COURSES, assumed, believed, draw_of
from zerosum.market.run import OnWeek, chance_baseline, warm_up
from zerosum.scenario import ScenarioError, folder_name, parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.scenario.uncertain import Uncertain
from zerosum.studies.compare import compare_strategies, replicate
from zerosum.studies.effects import EFFECTS, look_for
from zerosum.studies.effects.effect import Row
from zerosum.studies.facts.observe import observe

BASE = """
name = "unsure"
clock = { warmup_weeks = 0, weeks = 8 }
market = { buyers = 80, saturation = 0.8 }
vendors = [{ name = "Alder", reps = 3 }, { name = "Elm", reps = 2 }]
tools = [{ name = "listener", dprime = 1.0 }]
strategies = [{ name = "usual" }, { name = "selling", extra_hours = { selling = 9.0 } }]
comparison = { replications = 4, seed = 5, adopters = ["focal", "all"] }
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


def test_a_replication_may_have_its_values_to_itself() -> None:
    scenario = unsure(WEIGHT)
    values = [assumed(scenario, r, alone=True).effort.preparation_weight for r in range(4)]
    assert len(set(values)) == 4
    assert values[1] == assumed(scenario, 2).effort.preparation_weight


def test_facts_and_effects_are_asked_of_what_is_drawn() -> None:
    """Their probes have names that no file may have; values are drawn all the same, others for each replication."""
    admin = {"key": "reps.admin_fixed_hours", "low": 3.0, "high": 14.0}
    scenario = unsure(admin, **{"clock.weeks": 26, "comparison.replications": 2})
    effect = next(e for e in EFFECTS if e.name == "everyone-adopts")
    seen: list[Scenario] = []

    def observe_effect(market: Scenario, replication: int, on_week: OnWeek | None) -> Row:
        seen.append(market)
        return effect.observe(market, replication, on_week)

    assert len(look_for([replace(effect, observe=observe_effect)], scenario).table) == len(effect.numbers)
    sure = [assumed(scenario, COURSES * r) for r in range(2)]
    assert seen == sure
    asked = ("share_administration", "everyone_arr_gain")
    for r in range(2):
        found, right = (observe(market, r, measures=asked, null=False)[0] for market in (scenario, sure[r]))
        assert all(np.array_equal(found[name], right[name], equal_nan=True) for name in asked)


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


def test_strategies_adopters_and_the_null_share_the_values() -> None:
    """A strategy that is the baseline under another name still differs by nothing, whatever is believed."""
    scenario = unsure(WEIGHT, strategies=[{"name": "usual"}, {"name": "twin"}])
    found = compare_strategies(scenario)
    gaps = found.differences[found.differences["strategy"] == "twin"]
    assert (gaps.loc[gaps["n"] > 0, "difference"] == 0.0).all()
    assert found.assumptions["draw"].tolist() == [0, 0, 1, 1]
    assert found.assumptions["value"].nunique() == 2


def test_the_chance_baseline_keeps_reps_equal_whatever_is_believed_of_them() -> None:
    scenario = unsure({"key": "reps.skill_sd", "low": 0.5, "high": 2.0}, WEIGHT)
    engine = warm_up(chance_baseline(scenario), 1)
    assert not engine.market.reps.skill.any()
    assert engine.scenario.effort.preparation_weight == assumed(scenario, 1).effort.preparation_weight
    assert warm_up(scenario, 1).market.reps.skill.any()
    reps = replicate(scenario, 1)["reps"].to_pandas()
    assert (reps.loc[reps["null"], "skill"] == 0.0).all()


def test_beliefs_part_results() -> None:
    names = {folder_name(s) for s in (unsure(), unsure(WEIGHT), unsure(WEIGHT, TOOL))}
    assert len(names) == 3


@each(
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
        ({"key": "market.saturation", "low": 1e-320, "high": 0.5, "scale": "log"}, "too near to 0"),
        ({"key": "choice.price_weight", "low": 1e-8, "high": 1e5, "scale": "log"}, "more than 1e+12 times"),
        (
            {"key": "reps.hours_per_week", "low": 0.0, "high": 50.0},
            "is too near to 0; write 0, or at least 0.1",
        ),
        ({"key": "tools.lisener.dprime", "low": 0.1, "high": 0.5}, "did you mean 'listener'?"),
        ({"key": "", "low": 0.1, "high": 0.5}, "key"),
        ({"key": "market.saturation=", "low": 0.1, "high": 0.5}, "'market.saturation=' is no key"),
        ({"key": '"clock" . weeks', "low": 0.1, "high": 0.5}, "says what is asked"),
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


@pytest.mark.parametrize(
    ("first", "second", "canonical"),
    [
        ("effort.preparation_weight", "effort . preparation_weight", "effort.preparation_weight"),
        ("effort.preparation_weight", "effort.'preparation_weight'", "effort.preparation_weight"),
        ("vendors.Alder.service", "vendors.0.service", "vendors.Alder.service"),
        ("tools.listener.dprime", ' "tools".0.dprime', "tools.listener.dprime"),
    ],
)
def test_one_value_by_two_keys_is_refused_and_one_is_kept_under_its_canonical_key(
    first: str, second: str, canonical: str
) -> None:
    rows = [{"key": key, "low": 0.25, "high": 0.5} for key in (first, second)]
    with pytest.raises(ScenarioError) as caught:
        unsure(*rows)
    assert f"'{first}' and '{second}' are one value: {canonical}" in str(caught.value)
    one, other = unsure(rows[0]), unsure(rows[1])
    assert [row.key for row in other.uncertain] == [canonical]
    assert folder_name(one) == folder_name(other)
    assert believed(one, 4) == believed(other, 4)


def test_the_chance_baseline_keeps_reps_equal_however_their_spread_is_spelled() -> None:
    """It was looked for as 'reps.skill_sd', and with spaces in it reps differed in the chance baseline."""
    scenario = unsure({"key": "reps . skill_sd", "low": 0.5, "high": 2.0})
    assert chance_baseline(scenario).uncertain == ()


def test_a_value_that_is_set_beside_its_range_is_refused() -> None:
    """Each replication takes what it draws, so what was set would never be used."""
    scenario = unsure(WEIGHT, TOOL)
    with pytest.raises(
        ScenarioError, match=r"--set tools.0.dprime=2: tools.listener.dprime is uncertain here \(0.1 to"
    ):
        parse_scenario(scenario, ["tools.0.dprime=2"])
    with pytest.raises(ScenarioError, match=r"effort\.preparation_weight is uncertain here"):
        parse_scenario(scenario, {"effort": {"preparation_weight": 2.0}})
    assert parse_scenario(scenario, ["effort.trust_weight=2", "tools.0.boost=2"]).tools[0].boost == 2
    assert parse_scenario(scenario, ["tools.0.dprime=2.5", "uncertain=[]"]).tools[0].dprime == 2.5


PULL = {"key": "satisfaction.pull", "low": 0.6, "high": 0.9}
NEED = {"key": "need.imitation_per_year", "low": 0.1, "high": 30.0}


@pytest.mark.parametrize(
    ("rows", "blamed"),
    [
        (
            [WEIGHT, NEED, {"key": "need.innovation_per_year", "low": 0.1, "high": 30.0}],
            ["need.imitation_per_year = 30 (high)", "need.innovation_per_year = 30 (high)"],
        ),
        (
            [PULL, {"key": "satisfaction.neighbour_weight", "low": 0.0, "high": 0.2}, TOOL],
            ["satisfaction.pull = 0.9 (high)", "satisfaction.neighbour_weight = 0.2 (high)"],
        ),
        (
            [{"key": f"vendors.{name}.share", "low": 0.3, "high": 0.6} for name in ("Alder", "Elm")],
            ["vendors.Alder.share = 0.3 (low)", "vendors.Elm.share = 0.3 (low)"],
        ),
        (
            [
                {"key": f"social.marketing.{name}_per_year", "low": 1.0, "high": 50.0}
                for name in ("innovation", "imitation")
            ],
            [
                "social.marketing.innovation_per_year = 50 (high)",
                "social.marketing.imitation_per_year = 50 (high)",
            ],
        ),
    ],
)
def test_ranges_that_are_impossible_together_are_refused_when_the_scenario_is_loaded(
    rows: list[dict[str, Any]], blamed: list[str]
) -> None:
    """They stopped 'compare' in the middle, at every resume, blaming an override."""
    with pytest.raises(ScenarioError) as caught:
        unsure(*rows)
    (problem,) = caught.value.problems
    assert problem.wrong.startswith(f"uncertain: {' and '.join(blamed)} can't be together")
    assert problem.source == "override uncertain"
    for row in rows:
        unsure({**row, "high": (row["low"] + row["high"]) / 2} if row is PULL else row)


def test_ranges_that_are_possible_together_are_taken_whatever_stands_beside_them() -> None:
    """With the scenario's own neighbour_weight of 0.3, which no replication takes, a pull of 0.9 would be refused."""
    scenario = unsure(PULL, {"key": "satisfaction.neighbour_weight", "low": 0.0, "high": 0.1})
    values = believed(scenario, 6)
    assert assumed(scenario, 6).satisfaction.pull == values["satisfaction.pull"]


COUPLED = (
    *(
        "satisfaction.pull",
        "satisfaction.neighbour_weight",
        "need.innovation_per_year",
        "need.imitation_per_year",
    ),
    *("social.sales.innovation_per_year", "social.sales.imitation_per_year", "vendors.Alder.share"),
    *(
        "reps.hours_per_week",
        "strategies.selling.extra_hours.selling",
        "strategies.selling.extra_hours.social",
    ),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_what_is_taken_is_possible_wherever_its_ranges_lead(data: st.DataObject) -> None:
    """Of ranges of keys that the spec couples: those that are taken are valid at all of twenty places within them."""
    most = {
        "satisfaction": 1.5,
        "need": 60.0,
        "social": 60.0,
        "vendors": 1.2,
        "reps": 120.0,
        "strategies": 90.0,
    }
    rows = []
    for key in data.draw(st.lists(st.sampled_from(COUPLED), min_size=2, max_size=6, unique=True)):
        ends = st.floats(0.001, most[key.partition(".")[0]], allow_nan=False)
        low, high = sorted((data.draw(ends), data.draw(ends)))
        rows.append({"key": key, "low": low, "high": max(high, low * 1.001)})
    try:
        scenario = unsure(*rows)
    except ScenarioError as error:
        assert "uncertain: " in str(error)
        return
    for draw in range(20):
        assert assumed(scenario, COURSES * draw).uncertain == ()


def test_a_value_that_is_nearly_nothing_is_nothing() -> None:
    """No scenario takes a number nearer to 0 than 1e-9, and a range that begins at 0 has many."""
    row = Uncertain(key="market.rewired", low=0.0, high=1e-4)
    assert row.at(1e-6) == 0.0
    assert row.at(0.5) == 5e-5


def test_what_fails_all_the_same_blames_the_ranges_with_what_was_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario = unsure(WEIGHT)
    monkeypatch.setattr("zerosum.market.assumptions.believed", lambda *_: {"effort.preparation_weight": -2.0})
    with pytest.raises(ScenarioError) as caught:
        assumed(scenario, 7)
    assert str(caught.value).startswith(
        "unsure: [[uncertain]] drew for replication 7 what can't be together (effort.preparation_weight = -2): "
    )
    assert "override" not in str(caught.value)


def test_a_value_never_lies_beyond_an_end_of_its_range() -> None:
    """In floating point, 0.1 * (0.8 / 0.1) ** place can be more than 0.8: an end is the limit of a key, too."""
    beyond = 0
    for low, high in ((1 + i / 97, 2 + i / 89) for i in range(200)):
        row = Uncertain(key="x", low=low, high=high, scale="log")
        beyond += low * (high / low) ** 1.0 > high
        assert low <= row.at(0.0) <= row.at(1.0) <= high
        assert low <= row.model_copy(update={"scale": "linear"}).at(1.0) <= high
    assert beyond > 0
