"""A room's settings as a scenario: what is changed, where, and for whom."""

from __future__ import annotations

import pytest

from tests.each import each
from tests.workshop.settings import BOOST, PREPARATION, SHOTS, TRAINING, WORKSHOP, settings
from zerosum.market.run import warm_up
from zerosum.scenario import Scenario, load_scenario, parse_scenario, scenario_text
from zerosum.workshop.presets import presets_of
from zerosum.workshop.room import adopters_of, furnish, understood
from zerosum.workshop.setup import first_state, setup_of
from zerosum.workshop.sliders import sliders_of
from zerosum.workshop.state import Refusal, State, many_from, state_from


def tools(scenario: Scenario) -> dict[str, float]:
    return {tool.name: tool.boost for tool in scenario.tools}


def test_as_it_is_the_scenario_is_the_scenario() -> None:
    room = furnish(WORKSHOP, settings())
    assert room.strategies == (SHOTS, PREPARATION)
    assert room.scenario.compared_names == room.strategies
    assert room.scenario.tools == WORKSHOP.tools
    assert [vendor.strategy for vendor in room.scenario.vendors] == ["usual", "usual"]
    by_name = {strategy.name: strategy for strategy in WORKSHOP.strategies}
    assert all(strategy == by_name[strategy.name] for strategy in room.scenario.strategies)


def test_a_tool_that_nobody_else_uses_is_changed_in_place() -> None:
    """Chance of tools hangs on their row."""
    room = furnish(WORKSHOP, settings(a={BOOST: 0.8}))
    assert tools(room.scenario) == {"dialler": 0.8, "assistant": 0.0, "listener": 0.0}
    assert [tool.name for tool in room.scenario.tools] == [tool.name for tool in WORKSHOP.tools]


def test_sides_with_one_tool_and_two_values_have_two_tools() -> None:
    room = furnish(WORKSHOP, settings(right=SHOTS, a={BOOST: 0.8}))
    assert tools(room.scenario)["dialler"] == 0.8
    assert tools(room.scenario)["B dialler"] == 0.5
    assert room.strategies == (SHOTS, "B shots")
    assert room.scenario.strategies[-1].tools == ("B dialler",)


def test_what_the_status_quo_uses_stays_as_it_was() -> None:
    quo = parse_scenario(WORKSHOP, {"comparison.baseline": SHOTS})
    room = furnish(quo, settings(a={BOOST: 0.8, TRAINING: 1.0}))
    assert tools(room.scenario)["dialler"] == 0.5
    assert tools(room.scenario)["A dialler"] == 0.8
    assert room.strategies == ("A shots", PREPARATION)
    assert {s.name: s.training for s in room.scenario.strategies}[SHOTS] == 0.5


def test_other_shares_of_a_plan_give_way_in_proportion() -> None:
    room = furnish(WORKSHOP, settings(a={"strategies.plan.preparation": 0.5}))
    plan = next(s for s in room.scenario.strategies if s.name == room.strategies[0]).plan
    assert plan.preparation == 0.5
    assert plan.prospecting == pytest.approx(0.2 / 0.75 * 0.5)
    assert plan.selling / plan.social == pytest.approx(0.4 / 0.15)


def test_no_week_has_more_than_its_hours() -> None:
    plan = {"prospecting": 0.8, "preparation": 0.2, "selling": 0.0, "social": 0.0}
    long = load_scenario("workshop", {"strategies.shots.plan": plan})
    state = settings(a={"strategies.plan.prospecting": 0.8, "strategies.plan.preparation": 0.5})
    with pytest.raises(Refusal, match=r"come to 1\.3; a week has no more than 1"):
        furnish(long, state)


def test_the_same_on_both_sides_is_two_strategies_of_one_kind() -> None:
    room = furnish(WORKSHOP, settings(right=SHOTS))
    assert room.strategies == (SHOTS, "B shots")
    first, second = (s for s in room.scenario.strategies if s.name in room.strategies)
    assert second.model_copy(update={"name": first.name}) == first


def test_the_market_is_moved_for_both_and_is_no_longer_uncertain() -> None:
    believed = [
        {"key": "contracts.attrition", "low": 0.1, "high": 0.3},
        {"key": "reps.skill_sd", "low": 0.5, "high": 1.0},
    ]
    unsure = parse_scenario(WORKSHOP, {"uncertain": believed})
    room = furnish(unsure, settings(shared={"contracts.attrition": 0.5, "segments.all.switching_cost": 2.0}))
    assert room.scenario.contracts.attrition == 0.5
    assert room.scenario.segments[0].switching_cost == 2.0
    assert [row.key for row in room.scenario.uncertain] == ["reps.skill_sd"]


def test_what_was_moved_is_no_longer_uncertain_however_its_key_is_spelled() -> None:
    """Else the slider would move and nothing would change: each replication takes what it draws."""
    text = """
vendors = [{ name = "Alder" }, { name = "Elm" }]
segments = [{ name = "S. & M" }]
tools = [{ name = "bot 2.0", boost = 0.5 }]
strategies = [{ name = "usual" }, { name = "v2.0", tools = ["bot 2.0"] }]
""".replace("S. & M", "S. M")
    rows = [
        {"key": "segments . 0 . switching_cost", "low": 1.0, "high": 2.0},
        {"key": "tools.bot 2.0.boost", "low": 0.1, "high": 0.9},
        {"key": "strategies.1.training", "low": 0.1, "high": 0.9},
        {"key": "reps.skill_sd", "low": 0.5, "high": 1.0},
    ]
    market = parse_scenario(text, {"uncertain": rows})
    assert [row.key for row in market.uncertain] == [
        'segments."S. M".switching_cost',
        'tools."bot 2.0".boost',
        'strategies."v2.0".training',
        "reps.skill_sd",
    ]
    cost, boost = 'segments."S. M".switching_cost', 'tools."bot 2.0".boost'
    assert {cost, boost} <= set(sliders_of(market))
    state = State(
        left={"strategy": "usual"},
        right={"strategy": "v2.0", "values": {boost: 0.8, TRAINING: 1.0}},
        shared={cost: 3.0},
    )
    room = furnish(market, state)
    assert room.scenario.segments[0].switching_cost == 3.0
    assert tools(room.scenario) == {"bot 2.0": 0.8}
    assert [row.key for row in room.scenario.uncertain] == ["reps.skill_sd"]
    alone = furnish(market, State(left={"strategy": "usual"}, right={"strategy": "usual"}))
    assert 'strategies."v2.0".training' not in [row.key for row in alone.scenario.uncertain]


def test_equal_reps_are_the_chance_baseline() -> None:
    assert furnish(WORKSHOP, settings(equal=True)).scenario.reps.skill_sd == 0.0


def test_a_value_goes_to_the_nearest_of_its_scale() -> None:
    snapped = understood(WORKSHOP, settings(a={BOOST: 0.8123}, shared={"reps.hours_per_week": 41.7}))
    assert snapped.left.values == {BOOST: 0.8}
    assert snapped.shared == {"reps.hours_per_week": 42.0}
    assert understood(WORKSHOP, snapped) == snapped


@each(
    ("state", "said"),
    [
        (settings(left="shot"), "left.strategy: there is no strategy 'shot'; did you mean 'shots'?"),
        (settings(b={"tools.listner.scans": 1.0}), "did you mean 'tools.listener.scans'?"),
        (settings(a={BOOST: 3.0}), "left.values: tools.dialler.boost = 3; it goes from 0 to 2"),
        (settings(shared={BOOST: 0.5}), "shared: there is no slider 'tools.dialler.boost'"),
        (settings(a={"contracts.attrition": 0.5}), "left.values: there is no slider 'contracts.attrition'"),
        (settings(a={"comparison.seed": 1.0}), "there is no slider 'comparison.seed'"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(state: State, said: str) -> None:
    with pytest.raises(Refusal) as error:
        furnish(WORKSHOP, state)
    assert said in str(error.value)


def test_adopters_that_a_scenario_can_have() -> None:
    assert adopters_of(WORKSHOP) == ("focal", "competitors", "all", "head-to-head")
    alone = parse_scenario('vendors = [{ name = "Alder", reps = 1 }]')
    assert adopters_of(alone) == ("focal",)
    with pytest.raises(Refusal, match="adopters"):
        furnish(alone, settings("usual", "usual", adopters="head-to-head"))


@each(
    ("text", "said"),
    [
        ("", "this is not JSON, or was cut short: line 1, column 1"),
        ("[]", "should be an object"),
        ('{"left": {"strategy": "shots"}}', "right"),
        ('{"left": {"strategy": "shots"}, "right": {"strategy": "usual"}, "year": 1.5}', "year"),
        ('{"left": {"strategy": "shots"}, "right": {"strategy": "usual"}, "year": 10000}', "year"),
        ('{"left": {"strategy": "shots"}, "right": {"strategy": "usual"}, "equal": 1}', "equal"),
        ('{"left": {"strategy": "shots"}, "right": {"strategy": "usual"}, "path": "/etc"}', "path"),
        ('{"left": {"strategy": "shots", "values": {"a": NaN}}, "right": {"strategy": "usual"}}', None),
        ('{"left": {"strategy": "shots", "values": {"a": 1e999}}, "right": {"strategy": "usual"}}', None),
        ("[" * 5000, None),
    ],
)
def test_a_state_is_read_strictly(text: str, said: str | None) -> None:
    with pytest.raises(Refusal, match=said):
        state_from(text)


def test_many_years_are_not_too_many() -> None:
    state = settings().model_dump_json()
    assert many_from(f'{{"state": {state}}}').n == 200
    with pytest.raises(Refusal, match="n = 201 is too large; it must be a whole number from 1 to 200"):
        many_from(f'{{"state": {state}, "n": 201}}')


@pytest.mark.parametrize(
    "name", ["workshop", "kickoff", "own-worst-rival", "presales-bottleneck", "quarter-end"]
)
def test_every_scenario_can_be_opened_and_saved(name: str) -> None:
    scenario = load_scenario(name)
    first = first_state(scenario)
    setup = setup_of(scenario, [])
    assert setup["state"] == first.model_dump(mode="json")
    assert max(len(one["label"]) for one in [*setup["strategies"], *setup["adopters"]]) <= 28
    assert max(len(one["label"]) for one in setup["causes"]) <= 24
    saved = parse_scenario(scenario_text(furnish(scenario, first).scenario))
    assert saved == furnish(scenario, first).scenario
    for preset in presets_of(scenario, first):
        state = State.model_validate(preset["state"])
        assert understood(scenario, state) == state


def test_sliders_reach_the_scenarios_own_values_within_its_limits() -> None:
    for slider in sliders_of(WORKSHOP).values():
        assert slider.low <= slider.default <= slider.high
        assert all(slider.low <= value <= slider.high for value in slider.defaults.values())
        for end in (slider.low, slider.high):
            side = settings(PREPARATION, SHOTS, **({"shared": {slider.key: end}} if not slider.side else {}))
            furnish(WORKSHOP, side)


def test_who_asks_rivals_has_the_slider_of_its_rule() -> None:
    """The other rule's key does nothing: a hand that moves it would learn something false."""
    alone = parse_scenario(WORKSHOP, {"invitations.rule": "independent"})
    keys = {"invitations.competitors", "invitations.inbound"}
    assert keys & set(sliders_of(WORKSHOP)) == {"invitations.competitors"}
    assert keys & set(sliders_of(alone)) == {"invitations.inbound"}


def test_a_slider_keeps_below_what_the_scenario_excludes() -> None:
    """The scenario's own share is within reach, the limit isn't."""
    nearly = parse_scenario(WORKSHOP, {"contracts.attrition": 0.97})
    slider = sliders_of(nearly)["contracts.attrition"]
    assert slider.default <= slider.high < 1
    furnish(nearly, settings(shared={"contracts.attrition": slider.high}))


@pytest.mark.parametrize(("name", "least", "most"), [("full-market", 0.0, 0.01), ("open-market", 0.4, 0.6)])
def test_a_preset_of_the_market_is_a_market_apart(name: str, least: float, most: float) -> None:
    """A preset that the warm-up wipes out again (as it would another `market.saturation`) teaches nothing."""
    presets = {preset["name"]: preset["state"] for preset in presets_of(WORKSHOP, first_state(WORKSHOP))}
    room = furnish(WORKSHOP, State.model_validate(presets[name]))
    unserved = [(warm_up(room.scenario, number).market.buyers.holds < 0).mean() for number in range(4)]
    assert least <= sum(unserved) / 4 <= most
